/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SA payload: a DOI, a situation and a chain of proposals, each with a chain of transforms,
 * each with a list of attributes (RFC 2408 3.3 to 3.6). Every level is read through a cursor that
 * can't leave its parent and must be used up at the end. The judgement over the content is
 * proposal.c's.
 *
 * Policy: the chain's next fields must be 2 (proposals) or 3 (transforms) and 0 at the end; counts
 * that differ from what is there are malformed; so is a situation other than identity only, since
 * what follows has another layout then (RFC 2407 4.6.1).
 */
#include "ike/sa.h"

#include "lib/cursor.h"

static int attributes_parse(struct cursor c, struct sa_transform *t)
{
	t->n_attributes = 0;
	while (cursor_left(&c) > 0) {
		if (t->n_attributes == ISAKMP_ATTRIBUTES_MAX)
			return IKE_DROP_LIMIT;
		struct sa_attribute *a = &t->attributes[t->n_attributes++];
		uint16_t type = cursor_u16(&c);
		a->type = type & (uint16_t)~ISAKMP_ATTR_SHORT;
		a->is_short = type & ISAKMP_ATTR_SHORT;
		a->value = cursor_chunk(&c, a->is_short ? 2 : cursor_u16(&c));
		if (c.bad)
			return IKE_DROP_MALFORMED;
	}
	return c.bad ? IKE_DROP_MALFORMED : 0;
}

/* The header shared by proposals and transforms, and a cursor over the rest of the substructure. */
static int substructure_take(struct cursor *c, uint8_t type, bool *ret_last, struct cursor *ret)
{
	uint8_t next = cursor_u8(c);
	uint8_t reserved = cursor_u8(c);
	uint16_t len = cursor_u16(c);

	if (c->bad || reserved != 0 || len < ISAKMP_PAYLOAD_HEADER_LEN)
		return IKE_DROP_MALFORMED;
	if (next != type && next != ISAKMP_PAYLOAD_NONE)
		return IKE_DROP_MALFORMED;

	struct cursor sub = cursor_sub(c, len - ISAKMP_PAYLOAD_HEADER_LEN);
	if (sub.bad)
		return IKE_DROP_MALFORMED;
	*ret_last = next == ISAKMP_PAYLOAD_NONE;
	*ret = sub;
	return 0;
}

static int transform_parse(struct cursor c, struct sa_transform *t)
{
	t->number = cursor_u8(&c);
	t->id = cursor_u8(&c);
	(void)cursor_u16(&c);
	return attributes_parse(c, t);
}

static int proposal_parse(struct cursor c, struct sa *sa, struct sa_proposal *p)
{
	p->number = cursor_u8(&c);
	p->protocol = cursor_u8(&c);
	uint8_t spi_len = cursor_u8(&c);
	uint8_t n_transforms = cursor_u8(&c);
	p->spi = cursor_chunk(&c, spi_len);
	p->first = sa->n_transforms;
	p->n_transforms = 0;

	for (bool last = false; !last; p->n_transforms++) {
		struct cursor sub;
		int r = substructure_take(&c, ISAKMP_PAYLOAD_TRANSFORM, &last, &sub);
		if (r != 0)
			return r;
		if (sa->n_transforms == ISAKMP_TRANSFORMS_MAX)
			return IKE_DROP_LIMIT;
		r = transform_parse(sub, &sa->transforms[sa->n_transforms++]);
		if (r != 0)
			return r;
	}
	return cursor_done(&c) && p->n_transforms == n_transforms ? 0 : IKE_DROP_MALFORMED;
}

int sa_parse(struct chunk body, struct sa *ret)
{
	struct cursor c = cursor_init(body.data, body.len);

	ret->doi = cursor_u32(&c);
	ret->situation = cursor_u32(&c);
	ret->n_proposals = 0;
	ret->n_transforms = 0;
	if (c.bad || ret->doi != ISAKMP_DOI_IPSEC || ret->situation != ISAKMP_SITUATION_IDENTITY)
		return IKE_DROP_MALFORMED;

	for (bool last = false; !last;) {
		struct cursor sub;
		int r = substructure_take(&c, ISAKMP_PAYLOAD_PROPOSAL, &last, &sub);
		if (r != 0)
			return r;
		if (ret->n_proposals == ISAKMP_PROPOSALS_MAX)
			return IKE_DROP_LIMIT;
		r = proposal_parse(sub, ret, &ret->proposals[ret->n_proposals++]);
		if (r != 0)
			return r;
	}
	return cursor_done(&c) ? 0 : IKE_DROP_MALFORMED;
}

int sa_attributes_parse(struct chunk data, struct sa_transform *ret)
{
	return attributes_parse(cursor_init(data.data, data.len), ret);
}

int sa_attribute_u32(const struct sa_attribute *attribute, uint32_t *ret)
{
	struct cursor c = cursor_init(attribute->value.data, attribute->value.len);
	uint32_t value = 0;

	if (cursor_left(&c) == 0)
		return IKE_DROP_MALFORMED;
	while (cursor_left(&c) > 0) {
		if (value >> 24 != 0) {
			value = UINT32_MAX;
			break;
		}
		value = value << 8 | cursor_u8(&c);
	}
	*ret = value;
	return 0;
}

struct sa_builder sa_open(struct builder *b)
{
	builder_u32(b, ISAKMP_DOI_IPSEC);
	builder_u32(b, ISAKMP_SITUATION_IDENTITY);
	return (struct sa_builder){ .b = b };
}

/* A substructure's generic header; the one before it, if any, learns that it has a successor. */
static size_t substructure_open(struct sa_builder *sb, size_t before, size_t n_before, uint8_t type)
{
	size_t mark = builder_len(sb->b);

	if (n_before > 0)
		builder_patch8(sb->b, before, type);
	builder_zero(sb->b, ISAKMP_PAYLOAD_HEADER_LEN);
	return mark;
}

void sa_proposal_open(struct sa_builder *sb, uint8_t number, uint8_t protocol, struct chunk spi)
{
	sb->proposal =
		substructure_open(sb, sb->proposal, sb->n_proposals++, ISAKMP_PAYLOAD_PROPOSAL);
	sb->n_transforms = 0;
	builder_u8(sb->b, number);
	builder_u8(sb->b, protocol);
	builder_u8(sb->b, (uint8_t)spi.len);
	builder_u8(sb->b, 0);
	builder_bytes(sb->b, spi.data, spi.len);
}

void sa_transform_open(struct sa_builder *sb, uint8_t number, uint8_t id)
{
	sb->transform =
		substructure_open(sb, sb->transform, sb->n_transforms++, ISAKMP_PAYLOAD_TRANSFORM);
	builder_u8(sb->b, number);
	builder_u8(sb->b, id);
	builder_u16(sb->b, 0);
}

void sa_attribute_short(struct sa_builder *sb, uint16_t type, uint16_t value)
{
	builder_u16(sb->b, type | ISAKMP_ATTR_SHORT);
	builder_u16(sb->b, value);
}

void sa_attribute_long(struct sa_builder *sb, uint16_t type, uint32_t value)
{
	builder_u16(sb->b, type);
	builder_u16(sb->b, 4);
	builder_u32(sb->b, value);
}

void sa_transform_close(struct sa_builder *sb)
{
	builder_patch16(sb->b, sb->transform + 2, (uint16_t)(builder_len(sb->b) - sb->transform));
}

void sa_transform_copy(struct sa_builder *sb, const struct sa_transform *t)
{
	sa_transform_open(sb, t->number, t->id);
	for (size_t i = 0; i < t->n_attributes; i++) {
		const struct sa_attribute *a = &t->attributes[i];
		builder_u16(sb->b, a->is_short ? a->type | ISAKMP_ATTR_SHORT : a->type);
		if (!a->is_short)
			builder_u16(sb->b, (uint16_t)a->value.len);
		builder_bytes(sb->b, a->value.data, a->value.len);
	}
	sa_transform_close(sb);
}

void sa_proposal_close(struct sa_builder *sb)
{
	builder_patch16(sb->b, sb->proposal + 2, (uint16_t)(builder_len(sb->b) - sb->proposal));
	builder_patch8(sb->b, sb->proposal + 7, (uint8_t)sb->n_transforms);
}
