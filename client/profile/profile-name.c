/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name by which a connection's folder, lock, log and credentials go. Other people's names are theirs:
 * NetworkManager's files are called "R&D" or "Oscar's VPN". A name that is safe stays as it is; of any
 * other each octet that isn't is written "=" and two digits, and one too long is cut, with "==" and a
 * hash of the whole. '=' is in no safe name, and none begins the others' way, so that no two files have
 * the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "client/profile/profile-internal.h"
#include "client/profile/text.h"

#define HASH_LEN 18 /* "==" and 16 digits */

static bool is_safe(char c)
{
	static const char ascii[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789 ._@+()-";

	return (unsigned char)c >= 0x80 || (c && strchr(ascii, c));
}

static bool is_safe_first(char c)
{
	return is_safe(c) && !strchr(".- ", c);
}

bool profile_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len >= PROFILE_NAME_MAX || !is_safe_first(name[0]) || !text_is_printable(name))
		return false;
	for (const char *s = name; *s; s++)
		if (!is_safe(*s))
			return false;
	return true;
}

/* FNV-1a */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * UINT64_C(1099511628211);
	return h;
}

void profile_name_derive(const char *base, char ret[static PROFILE_NAME_MAX])
{
	bool utf8 = text_is_printable(base);
	char name[PROFILE_NAME_MAX + 4];
	size_t n = 0, cut = 0; /* cut: how much fits before a hash, whole characters */

	for (const char *s = base; *s && n < PROFILE_NAME_MAX; s++) {
		bool plain = s == base ? is_safe_first(*s) : is_safe(*s);

		if (n <= PROFILE_NAME_MAX - 1 - HASH_LEN && ((unsigned char)*s & 0xc0) != 0x80)
			cut = n;
		if (plain && (utf8 || (unsigned char)*s < 0x80))
			name[n++] = *s;
		else
			n += (size_t)snprintf(name + n, sizeof(name) - n, "=%02x",
					      (unsigned int)(uint8_t)*s);
	}
	name[n] = '\0';
	if (n >= PROFILE_NAME_MAX)
		(void)snprintf(name + cut, sizeof(name) - cut, "==%016llx",
			       (unsigned long long)hash(base));
	memcpy(ret, name, strlen(name) + 1);
}

void profile_name_from_path(const char *path, char ret[static PROFILE_PATH_MAX])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base), suffix = strlen(PROFILE_SUFFIX);

	if (len > suffix && strcmp(base + len - suffix, PROFILE_SUFFIX) == 0)
		len -= suffix;
	(void)snprintf(ret, PROFILE_PATH_MAX, "%.*s", (int)len, base);
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

bool profile_name_unescape(const char *text, char *ret, size_t size)
{
	size_t n = 0;
	bool any = false;

	for (const char *s = text; *s && n < size - 1; s++) {
		int high = s[0] == '\\' && s[1] == 'x' ? hex(s[2]) : -1;
		int low = high < 0 ? -1 : hex(s[3]);

		ret[n++] = *s;
		if (low < 0 || high + low == 0)
			continue;
		ret[n - 1] = (char)(high << 4 | low);
		any = true;
		s += 3;
	}
	ret[n] = '\0';
	return any;
}
