/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small checks and conversions of texts that users write: what may be shown, numbers, yes and no,
 * base64. What a text means is known elsewhere.
 */
#include "client/profile/text.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

bool text_has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

/* The code point at *P, which moves behind it; -1 when the octets are no UTF-8 (RFC 3629 4). */
static int32_t utf8_next(const unsigned char **p)
{
	const unsigned char *s = *p;
	unsigned int more = s[0] < 0x80	  ? 0
			    : s[0] < 0xc2 ? 9
			    : s[0] < 0xe0 ? 1
			    : s[0] < 0xf0 ? 2
					  : 3;
	static const int32_t smallest[] = { 0, 0x80, 0x800, 0x10000 };

	if (more > 3 || s[0] > 0xf4)
		return -1;
	int32_t c = more == 0 ? s[0] : s[0] & (0x3f >> more);
	for (unsigned int i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return -1;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -1;
	*p = s + more + 1;
	return c;
}

static bool deceives(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb);
}

bool text_is_printable(const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p;) {
		int32_t c = utf8_next(&p);

		if (c < 0 || deceives(c))
			return false;
	}
	return true;
}

size_t text_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max + 1);

	if (len <= max)
		return len;
	for (len = max; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80;)
		len--;
	return len;
}

void text_make_printable(char *text)
{
	for (unsigned char *s = (unsigned char *)text; *s;) {
		const unsigned char *next = s;
		int32_t c = utf8_next(&next);
		size_t len = c < 0 ? 1 : (size_t)(next - s);

		if (c < 0 || deceives(c))
			memset(s, '?', len);
		s += len;
	}
}

int text_parse_uint(const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t v = 0;

	if (!*text)
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(*p - '0');
	}
	if (v < min || v > max)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

int text_parse_bool(const char *text, bool *ret)
{
	static const char *const yes[] = { "yes", "true", "on", "1" };
	static const char *const no[] = { "no", "false", "off", "0" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
			*ret = strcasecmp(text, yes[i]) == 0;
			return 0;
		}
	}
	return -EINVAL;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long text_parse_base64(const char *text, uint8_t *ret, size_t size)
{
	size_t digits = strcspn(text, "="), padding = strspn(text + digits, "=");
	size_t n = 0;
	uint32_t bits = 0;

	if (text[digits + padding] || padding > 2 || digits % 4 == 1 ||
	    (padding > 0 && (digits + padding) % 4 != 0))
		return -EINVAL;
	for (size_t i = 0; i < digits; i++) {
		int digit = base64_digit(text[i]);

		if (digit < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)digit;
		if (i % 4 == 0)
			continue;
		if (n == size)
			return -EMSGSIZE;
		ret[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return (long)n;
}
