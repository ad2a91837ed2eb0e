/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounds-checked reader. Lengths are compared by subtraction, so that no length from outside
 * can make a pointer wrap.
 */
#include "lib/cursor.h"

#include <string.h>

struct cursor cursor_init(const void *data, size_t len)
{
	static const uint8_t nothing[1];
	const uint8_t *p = data ? data : nothing;

	return (struct cursor){ .p = p, .end = p + (data ? len : 0), .bad = !data && len > 0 };
}

size_t cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->p);
}

bool cursor_done(const struct cursor *c)
{
	return !c->bad && c->p == c->end;
}

const uint8_t *cursor_bytes(struct cursor *c, size_t n)
{
	if (c->bad || n > (size_t)(c->end - c->p)) {
		c->bad = true;
		return NULL;
	}

	const uint8_t *p = c->p;
	c->p += n;
	return p;
}

uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p ? p[0] : 0;
}

uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

uint64_t cursor_u64(struct cursor *c)
{
	if (cursor_left(c) < 8) {
		c->bad = true;
		return 0;
	}

	uint64_t high = cursor_u32(c);
	return high << 32 | cursor_u32(c);
}

void cursor_copy(struct cursor *c, void *buf, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);

	if (p)
		memcpy(buf, p, n);
	else
		memset(buf, 0, n);
}

struct chunk cursor_chunk(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);

	return p ? (struct chunk){ p, n } : (struct chunk){ NULL, 0 };
}

struct cursor cursor_sub(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);

	if (!p)
		return (struct cursor){ .bad = true };
	return cursor_init(p, n);
}

struct chunk cursor_rest(struct cursor *c)
{
	return cursor_chunk(c, cursor_left(c));
}
