/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bounds-checked writer, the cursor's counterpart. */
#include "lib/builder.h"

#include <errno.h>
#include <string.h>

struct builder builder_init(void *buf, size_t size)
{
	uint8_t *p = buf;

	return (struct builder){ .start = p, .p = p, .end = p + size };
}

size_t builder_len(const struct builder *b)
{
	return (size_t)(b->p - b->start);
}

/* Room for N bytes, or NULL. */
static uint8_t *builder_take(struct builder *b, size_t n)
{
	if (b->overflow || n > (size_t)(b->end - b->p)) {
		b->overflow = true;
		return NULL;
	}

	uint8_t *p = b->p;
	b->p += n;
	return p;
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

void builder_u8(struct builder *b, uint8_t v)
{
	uint8_t *p = builder_take(b, 1);

	if (p)
		p[0] = v;
}

void builder_u16(struct builder *b, uint16_t v)
{
	uint8_t *p = builder_take(b, 2);

	if (p)
		put16(p, v);
}

void builder_u32(struct builder *b, uint32_t v)
{
	uint8_t *p = builder_take(b, 4);

	if (p)
		put32(p, v);
}

void builder_u64(struct builder *b, uint64_t v)
{
	uint8_t *p = builder_take(b, 8);

	if (p) {
		put32(p, (uint32_t)(v >> 32));
		put32(p + 4, (uint32_t)v);
	}
}

void builder_bytes(struct builder *b, const void *data, size_t len)
{
	uint8_t *p = builder_take(b, len);

	if (p && len > 0)
		memcpy(p, data, len);
}

void builder_zero(struct builder *b, size_t len)
{
	uint8_t *p = builder_take(b, len);

	if (p)
		memset(p, 0, len);
}

/* What was written at AT, N bytes of it, or NULL. */
static uint8_t *builder_at(struct builder *b, size_t at, size_t n)
{
	size_t len = builder_len(b);

	if (b->overflow || at > len || n > len - at) {
		b->overflow = true;
		return NULL;
	}
	return b->start + at;
}

void builder_patch8(struct builder *b, size_t at, uint8_t v)
{
	uint8_t *p = builder_at(b, at, 1);

	if (p)
		p[0] = v;
}

void builder_patch16(struct builder *b, size_t at, uint16_t v)
{
	uint8_t *p = builder_at(b, at, 2);

	if (p)
		put16(p, v);
}

void builder_patch32(struct builder *b, size_t at, uint32_t v)
{
	uint8_t *p = builder_at(b, at, 4);

	if (p)
		put32(p, v);
}

long builder_finish(const struct builder *b)
{
	return b->overflow ? -ENOBUFS : (long)builder_len(b);
}
