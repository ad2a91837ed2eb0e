/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's own reading and writing of ISAKMP (RFC 2408 3.1 to 3.6). */
#include "isakmp-text.h"

#include <string.h>

bool isa_parse_header(struct cursor *c, struct isa_header *ret)
{
	size_t all = cursor_left(c);

	cursor_copy(c, ret->cky_i, 8);
	cursor_copy(c, ret->cky_r, 8);
	ret->next = cursor_u8(c);
	ret->version = cursor_u8(c);
	ret->exchange = cursor_u8(c);
	ret->flags = cursor_u8(c);
	ret->m_id = cursor_u32(c);
	ret->length = cursor_u32(c);
	return !c->bad && ret->length == all && ret->version == 0x10;
}

bool isa_parse_payloads(struct cursor *c, uint8_t first, struct isa_payloads *ret)
{
	uint8_t type = first;

	ret->n = 0;
	while (type != 0 && ret->n < ISA_PAYLOADS_MAX) {
		uint8_t next = cursor_u8(c);
		uint8_t reserved = cursor_u8(c);
		uint16_t length = cursor_u16(c);
		if (c->bad || length < 4 || reserved != 0)
			return false;
		ret->list[ret->n].type = type;
		ret->list[ret->n++].body = cursor_chunk(c, length - 4);
		type = next;
	}
	ret->end = c->p;
	return type == 0 && !c->bad;
}

struct chunk isa_find(const struct isa_payloads *p, uint8_t type, size_t nth)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].type == type && nth-- == 0)
			return p->list[i].body;
	return (struct chunk){ NULL, 0 };
}

/* RFC 2408 3.3. */
static bool parse_attributes(struct cursor c, struct isa_choice *ret)
{
	ret->attrs = 0;
	ret->life_s = 0;
	while (cursor_left(&c) > 0) {
		uint16_t type = cursor_u16(&c);
		uint16_t value = cursor_u16(&c);
		uint32_t number = value;
		if (!(type & 0x8000)) {
			struct cursor v = cursor_sub(&c, value);
			number = 0;
			while (cursor_left(&v) > 0)
				number = number << 8 | cursor_u8(&v);
		}
		type &= 0x7fff;
		if (c.bad || type >= ISA_ATTR_MAX)
			return false;
		ret->attrs |= UINT32_C(1) << type;
		ret->attr[type] = number;
		if (type == 2 && (ret->attrs & 1 << 1) && ret->attr[1] == 1)
			ret->life_s = number;
	}
	return !c.bad;
}

/* A proposal's transforms (RFC 2408 3.6). */
static bool choose_transform(struct cursor c, isa_accept *accept, void *userdata,
			     struct isa_choice *ret)
{
	uint8_t next;

	do {
		next = cursor_u8(&c);
		cursor_u8(&c);
		uint16_t length = cursor_u16(&c);
		if (c.bad || length < 8)
			return false;
		struct cursor t = cursor_sub(&c, length - 4);
		ret->transform = (struct chunk){ t.p, length - 4 };
		cursor_u8(&t);
		ret->transform_id = cursor_u8(&t);
		cursor_u16(&t);
		if (t.bad || !parse_attributes(t, ret))
			return false;
		if (accept(userdata, ret))
			return true;
	} while (next == 3);
	return false;
}

bool isa_choose(struct chunk sa, isa_accept *accept, void *userdata, struct isa_choice *ret)
{
	struct cursor c = cursor_init(sa.data, sa.len);
	uint8_t next;

	/* RFC 2407 4.6.1: the IPsec DOI, identity only. */
	if (cursor_u32(&c) != 1 || cursor_u32(&c) != 1)
		return false;
	do {
		next = cursor_u8(&c);
		cursor_u8(&c);
		uint16_t length = cursor_u16(&c);
		if (c.bad || length < 8)
			return false;
		struct cursor p = cursor_sub(&c, length - 4);
		ret->proposal_nr = cursor_u8(&p);
		ret->protocol = cursor_u8(&p);
		uint8_t spi_len = cursor_u8(&p);
		cursor_u8(&p);
		ret->spi = cursor_chunk(&p, spi_len);
		if (!p.bad && choose_transform(p, accept, userdata, ret))
			return true;
	} while (next == 2);
	return false;
}

struct isa_message isa_begin(void *buf, size_t size, const uint8_t cky_i[static 8],
			     const uint8_t cky_r[static 8], uint8_t exchange, uint8_t flags,
			     uint32_t m_id)
{
	struct isa_message m = { .b = builder_init(buf, size), .next_at = 16 };

	builder_bytes(&m.b, cky_i, 8);
	builder_bytes(&m.b, cky_r, 8);
	builder_u8(&m.b, 0);
	builder_u8(&m.b, 0x10);
	builder_u8(&m.b, exchange);
	builder_u8(&m.b, flags);
	builder_u32(&m.b, m_id);
	builder_u32(&m.b, 0);
	return m;
}

void isa_open(struct isa_message *m, uint8_t type)
{
	builder_patch8(&m->b, m->next_at, type);
	m->payload = m->next_at = builder_len(&m->b);
	builder_u32(&m->b, 0);
}

void isa_close(struct isa_message *m)
{
	builder_patch16(&m->b, m->payload + 2, (uint16_t)(builder_len(&m->b) - m->payload));
}

void isa_put(struct isa_message *m, uint8_t type, const void *body, size_t len)
{
	isa_open(m, type);
	builder_bytes(&m->b, body, len);
	isa_close(m);
}

void isa_put_choice(struct isa_message *m, const struct isa_choice *choice, struct chunk spi)
{
	isa_open(m, ISA_SA);
	builder_u32(&m->b, 1);
	builder_u32(&m->b, 1);
	builder_u16(&m->b, 0);
	builder_u16(&m->b, (uint16_t)(8 + spi.len + 4 + choice->transform.len));
	builder_u8(&m->b, choice->proposal_nr);
	builder_u8(&m->b, choice->protocol);
	builder_u8(&m->b, (uint8_t)spi.len);
	builder_u8(&m->b, 1);
	builder_bytes(&m->b, spi.data, spi.len);
	builder_u16(&m->b, 0);
	builder_u16(&m->b, (uint16_t)(4 + choice->transform.len));
	builder_bytes(&m->b, choice->transform.data, choice->transform.len);
	isa_close(m);
}
