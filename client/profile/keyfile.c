/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keyfile format of GLib, which NetworkManager writes: sections, `key=value`, '#' comments,
 * escapes in values. A file has to mean the same here as there, so each rule is GLib's GKeyFile's, and
 * a test compares the two. Of what GLib refuses, a byte order mark and comments that begin with ';' are
 * taken; a NUL octet is refused. Written here, because GLib's buffers keep the secrets, and
 * INI libraries cut a password at ';' and lines at 200 octets. What keys mean is known to profile-read.c.
 */
#include "client/profile/keyfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "client/profile/text.h"

/* g_ascii_isspace() */
static bool is_space(char c)
{
	return c && strchr(" \t\n\f\r", c);
}

static char *skip_space(char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

void keyfile_cut_space(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && is_space(s[len - 1]))
		s[--len] = '\0';
}

/* g_key_file_is_group_name() */
static bool is_group_name(const char *name)
{
	return *name && !strpbrk(name, "[]") && !text_has_control(name, strlen(name));
}

static bool is_locale(char c)
{
	return !isascii((unsigned char)c) || isalnum((unsigned char)c) || strchr("-_.@", c);
}

/* g_key_file_is_key_name(): anything without brackets, and perhaps a locale in them at the end. */
static bool is_key_name(const char *name)
{
	size_t len = strcspn(name, "[]");
	const char *s = name + len;

	if (len == 0 || name[len - 1] == ' ')
		return false;
	if (!*s)
		return true;
	if (*s++ == ']')
		return false;
	while (*s && is_locale(*s))
		s++;
	return strcmp(s, "]") == 0;
}

static int read_section(char *line, unsigned int nr, const char **ret, struct failure *ret_failure)
{
	char *end = strchr(line, ']');

	if (!end || end[1 + strspn(end + 1, " \t")])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: a section needs its ']'", nr);
	*end = '\0';
	if (!is_group_name(line + 1))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: this is no name of a section", nr);
	text_make_printable(line + 1);
	*ret = line + 1;
	return 0;
}

static int read_item(char *line, unsigned int nr, const char *section,
		     const struct keyfile_handler *handler, struct failure *ret_failure)
{
	char *equals = strchr(line, '=');

	if (!equals)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: neither [section], key=value nor # comment", nr);
	*equals = '\0';
	keyfile_cut_space(line);
	if (!is_key_name(line))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: this is no name of a key", nr);
	text_make_printable(line);
	if (!section)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: key %s stands before the first [section]", nr, line);

	struct keyfile_item item = { section, line, skip_space(equals + 1), nr };
	return handler->item(handler->userdata, &item, ret_failure);
}

/* Cuts the line at S out of the text, without the line's end. Returns where the next one begins. */
static char *cut_line(char *s, const char *end)
{
	size_t len = strcspn(s, "\n");

	if (s + len < end && len > 0 && s[len - 1] == '\r')
		s[len - 1] = '\0';
	s[len] = '\0';
	return s + len + 1;
}

int keyfile_read(char *text, size_t len, const struct keyfile_handler *handler,
		 struct failure *ret_failure)
{
	const char *section = NULL;
	char *next = text, *end = text + len;
	unsigned int nr = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		next += 3;
	if (memchr(text, '\0', len))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "it has a NUL octet");
	while (next < end) {
		char *line = next;
		int r = 0;

		nr++;
		next = cut_line(line, end);
		line = skip_space(line);
		if (*line == '[')
			r = read_section(line, nr, &section, ret_failure);
		else if (*line && *line != '#' && *line != ';')
			r = read_item(line, nr, section, handler, ret_failure);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What the letter behind a backslash stands for, or 0. */
static char escaped(char c)
{
	switch (c) {
	case 's':
		return ' ';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'r':
		return '\r';
	case '\\':
		return '\\';
	}
	return 0;
}

/* As g_key_file_parse_value_as_string(), whose errors NetworkManager passes over. */
static void unescape(char *value, char separator)
{
	char *to = value, *from = value;

	for (; *from; from++) {
		char c = *from;

		if (c == '\\') {
			c = *++from;
			if (!c)
				break;
			if (escaped(c))
				c = escaped(c);
			else if (!separator || c != separator)
				*to++ = '\\';
		}
		*to++ = c;
	}
	explicit_bzero(to, (size_t)(from - to));
}

void keyfile_unescape(char *value)
{
	unescape(value, '\0');
}

/* The end of the entry at S: the separator that no backslash precedes, or the NUL. */
static char *entry_end(char *s, char separator)
{
	for (; *s && *s != separator; s++)
		if (*s == '\\' && s[1])
			s++;
	return s;
}

int keyfile_split(char *value, char separator, char **ret_items, size_t max, size_t *ret_n)
{
	size_t *n = ret_n;

	*n = 0;
	for (char *s = value, *end; s; s = end ? end + 1 : NULL) {
		end = entry_end(s, separator);
		if (*end)
			*end = '\0';
		else
			end = NULL;
		s = skip_space(s);
		keyfile_cut_space(s);
		if (!*s)
			continue;
		unescape(s, separator);
		if (*n == max)
			return -E2BIG;
		ret_items[(*n)++] = s;
	}
	return 0;
}
