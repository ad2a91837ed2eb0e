/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MS-CHAP hashes a password as UTF-16 (RFC 2433 A.5, RFC 2759 8.3), and pppd makes that of octets by putting a zero behind
 * each: right for ISO 8859-1, whose characters have the numbers that they have in Unicode, and for nothing else.
 */
#include "lib/latin1.h"

#include <errno.h>
#include <string.h>

#include "lib/cursor.h"

/* The next character; C is bad behind what isn't UTF-8. What is beyond ISO 8859-1 may come out as any number beyond it. */
static uint32_t next(struct cursor *c)
{
	uint8_t first = cursor_u8(c);
	unsigned int more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	uint32_t character = more == 0 ? first : first & (0x3fU >> more);

	if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
		c->bad = true;
	for (; more > 0; more--) {
		uint8_t octet = cursor_u8(c);
		if ((octet & 0xc0) != 0x80)
			c->bad = true;
		character = character << 6 | (octet & 0x3f);
	}
	return character;
}

static int check(const uint8_t *text, size_t len)
{
	struct cursor c = cursor_init(text, len);
	bool beyond = false;

	while (cursor_left(&c) > 0 && !c.bad)
		beyond |= next(&c) > 0xff;
	return c.bad ? -EILSEQ : beyond ? -ERANGE : 0;
}

enum latin1_fit latin1_fit(const void *text, size_t len)
{
	struct cursor c = cursor_init(text, len);
	bool ascii = true;

	if (check(text, len) == -ERANGE)
		return LATIN1_BEYOND;
	while (cursor_left(&c) > 0)
		ascii = cursor_u8(&c) < 0x80 && ascii;
	return ascii ? LATIN1_ASCII : LATIN1_FITS;
}

ssize_t latin1_from_utf8(uint8_t *text, size_t len)
{
	struct cursor c = cursor_init(text, len);
	size_t n = 0;
	int r = check(text, len);

	if (r < 0)
		return r;
	/* A character takes no more room than it had. */
	while (cursor_left(&c) > 0)
		text[n++] = (uint8_t)next(&c);
	explicit_bzero(text + n, len - n);
	return (ssize_t)n;
}
