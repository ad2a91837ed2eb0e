/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Translations from the very file that msgfmt makes, in place of client/failure/i18n-text.c: the C library's gettext()
 * translates only in a locale that isn't C's, and glibc 2.41 counts C.UTF-8 among those. Which locales
 * the machine has that builds is no business of the pages.
 *
 * The file, as GNU gettext's manual has it: a magic number that tells the order of octets, and at 8 the number of texts, at
 * 12 and 16 where the originals' and the translations' tables begin, each entry being a length and an offset.
 */
#include "translation.h"

#include <byteswap.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"

#define MAGIC	 0x950412deU
#define FILE_MAX (4U << 20)

static char file[FILE_MAX];
static size_t file_len;
static bool swapped;

static uint32_t number(size_t at)
{
	uint32_t v = 0;

	if (at <= file_len && file_len - at >= sizeof(v))
		memcpy(&v, file + at, sizeof(v));
	return swapped ? bswap_32(v) : v;
}

/* NULL: it isn't whole. */
static const char *entry(size_t table, size_t i)
{
	size_t len = number(table + 8 * i), at = number(table + 8 * i + 4);

	return at < file_len && len < file_len - at && file[at + len] == '\0' ? file + at : NULL;
}

const char *i18n_text(const char *text)
{
	size_t n = number(8), originals = number(12), translations = number(16);

	for (size_t i = 0; i < n; i++) {
		const char *original = entry(originals, i), *translation = entry(translations, i);

		if (original && translation && *translation && strcmp(original, text) == 0)
			return translation;
	}
	return text;
}

int translation_read(const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	file_len = fread(file, 1, sizeof(file), f);
	swapped = number(0) == bswap_32(MAGIC);
	bool whole = feof(f) && !ferror(f) && (swapped || number(0) == MAGIC);
	(void)fclose(f);
	if (!whole)
		file_len = 0;
	return whole ? 0 : -EINVAL;
}
