/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's language, and texts of several octets a letter. */
#include "client/failure/i18n.h"

#include <libintl.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lib/macros.h"

/* The longest text that stands in a table's column. */
#define COLUMN_TEXT_MAX 128

void i18n_init(const char *folder)
{
	static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE",
					     "LANG" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && strchr(value, '/'))
			(void)unsetenv(names[i]);
	}
	(void)setlocale(LC_ALL, "");
	(void)bindtextdomain("tsunagu", folder);
	/* JSON is UTF-8 in any case, and no converter is loaded; strerror()'s words stand in it, too. */
	(void)bind_textdomain_codeset("tsunagu", "UTF-8");
	(void)bind_textdomain_codeset("libc", "UTF-8");
	(void)textdomain("tsunagu");
}

/* Octets of a letter in UTF-8 that begins with this one (RFC 3629 3). */
static size_t letter_len(unsigned char first)
{
	if (first >= 0xf0)
		return 4;
	if (first >= 0xe0)
		return 3;
	return first >= 0xc0 ? 2 : 1;
}

void i18n_trim(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		size_t len = letter_len((unsigned char)*from), n = 1;

		while (n < len && ((unsigned char)from[n] & 0xc0) == 0x80)
			n++;
		if (n == len && ((unsigned char)*from & 0xc0) != 0x80) {
			memmove(to, from, n);
			to += n;
		}
		from += n;
	}
	*to = '\0';
}

int i18n_pad(const char *text, int columns)
{
	wchar_t wide[COLUMN_TEXT_MAX];
	size_t n = mbstowcs(wide, text, COLUMN_TEXT_MAX);
	int used;

	if (n == (size_t)-1 || n == COLUMN_TEXT_MAX)
		used = (int)strnlen(text, COLUMN_TEXT_MAX);
	else
		used = wcswidth(wide, n);
	return used >= 0 && used < columns ? columns - used : 0;
}
