/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keyfile format of GLib, which NetworkManager writes: sections, `key=value`, '#' comments,
 * escapes in values. Written here and not left to an INI library, because none keeps what a profile
 * needs: a password with ';' in it is cut as a comment, lines of more than 200 octets and keys of
 * more than 50 are cut in silence, depending on how the library was built, and its buffers keep the
 * secret. What keys mean is known to profile.c.
 */
#include "client/keyfile.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "client/text.h"

#define NAME_LEN_MAX 64

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts spaces off both ends, in place. */
static char *trim(char *s)
{
	while (is_space(*s))
		s++;
	size_t len = strlen(s);
	while (len > 0 && is_space(s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Names end up in messages, so they hold nothing that could forge or hide one. */
static bool name_valid(const char *name, const char *also)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_LEN_MAX)
		return false;
	for (const char *p = name; *p; p++)
		if (!(isascii((unsigned char)*p) && isalnum((unsigned char)*p)) &&
		    !strchr(also, *p))
			return false;
	return true;
}

static int read_section(char *line, unsigned int nr, const char **ret, struct failure *ret_failure)
{
	size_t len = strlen(line);

	if (line[len - 1] != ']')
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: a section needs its ']'", nr);
	line[len - 1] = '\0';
	if (!name_valid(line + 1, "-_. "))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: this is no name of a section", nr);
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
	char *key = trim(line), *value = trim(equals + 1);
	if (!name_valid(key, "-_.[]@"))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: this is no name of a key", nr);
	if (!section)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: key %s stands before the first [section]", nr, key);
	if (text_has_control(value, strlen(value)))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "line %u: the value of %s.%s has a control character", nr,
				   section, key);

	struct keyfile_item item = { section, key, value, nr };
	return handler->item(handler->userdata, &item, ret_failure);
}

int keyfile_read(char *text, size_t len, const struct keyfile_handler *handler,
		 struct failure *ret_failure)
{
	const char *section = NULL;
	char *next = text, *end = text + len;
	unsigned int nr = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		next += 3;
	while (next < end) {
		size_t line_len = strcspn(next, "\n");
		char *line = next;
		int r = 0;

		nr++;
		next += line_len + 1;
		if (line + line_len < end && line[line_len] == '\0')
			return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
					   "line %u: there is a NUL octet", nr);
		line[line_len] = '\0';
		line = trim(line);
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

int keyfile_unescape(char *value)
{
	char *to = value;

	for (const char *from = value; *from; from++) {
		if (*from == '\\') {
			*to = escaped(*++from);
			if (!*to++)
				return -EINVAL;
		} else {
			*to++ = *from;
		}
	}
	explicit_bzero(to, strlen(to));
	return 0;
}

/* The end of the entry at S: the separator that no backslash precedes, or the NUL. */
static char *entry_end(char *s, char separator)
{
	for (; *s && *s != separator; s++)
		if (*s == '\\' && s[1])
			s++;
	return s;
}

/* "\;" becomes ";" before the other escapes are looked at. */
static void unescape_separator(char *s, char separator)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] == separator)
			s++;
		else if (s[0] == '\\' && s[1])
			*to++ = *s++;
		*to++ = *s;
	}
	*to = '\0';
}

int keyfile_split(char *value, char separator, char **ret_items, size_t max, size_t *ret_n)
{
	size_t n = 0;

	for (char *s = value, *end; s; s = end ? end + 1 : NULL) {
		end = entry_end(s, separator);
		if (*end)
			*end = '\0';
		else
			end = NULL;
		s = trim(s);
		if (!*s)
			continue;
		unescape_separator(s, separator);
		if (keyfile_unescape(s) < 0)
			return -EINVAL;
		if (n == max)
			return -E2BIG;
		ret_items[n++] = s;
	}
	*ret_n = n;
	return 0;
}
