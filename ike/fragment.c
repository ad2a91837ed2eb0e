/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE fragmentation: the payload and the collecting of pieces. Who may send us pieces, and when we
 * send ours, is engine.c's matter; what comes out here is a datagram like any other and as little
 * trusted.
 *
 * One message is collected at a time. Pieces may come in any order and twice. One that contradicts
 * what is held (another fragment ID, other octets or another end under the same number) begins
 * anew with itself, so that pieces of two messages are never mixed, and that whoever slips a forged
 * one in spoils no more than what was collected until then: some gateways have the same fragment ID
 * for all their messages, and what they repeat must get through. A piece beyond the last one is
 * dropped.
 */
#include "ike/fragment.h"

#include <assert.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/macros.h"

#define FRAGMENT_FLAG_LAST 0x01

static_assert(IKE_DATAGRAM_MAX <= UINT16_MAX, "offsets of pieces have 16 bits");

/* The MD5 of "FRAGMENTATION"; some append four octets of what they can do. */
static const uint8_t vendor_id[] = { 0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85,
				     0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3 };

int payload_fragment_parse(struct chunk body, struct payload_fragment *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_fragment fragment;

	fragment.id = cursor_u16(&c);
	fragment.number = cursor_u8(&c);
	fragment.last = cursor_u8(&c) & FRAGMENT_FLAG_LAST;
	fragment.data = cursor_rest(&c);
	if (c.bad || fragment.number == 0 || fragment.data.len == 0)
		return IKE_DROP_MALFORMED;
	*ret = fragment;
	return 0;
}

void payload_fragment_build(struct builder *b, const struct payload_fragment *fragment)
{
	builder_u16(b, fragment->id);
	builder_u8(b, fragment->number);
	builder_u8(b, fragment->last ? FRAGMENT_FLAG_LAST : 0);
	builder_bytes(b, fragment->data.data, fragment->data.len);
}

bool fragment_announced(const struct payloads *list)
{
	const size_t capabilities = 4;
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_VENDOR, i)); i++)
		if ((p->body.len == sizeof(vendor_id) ||
		     p->body.len == sizeof(vendor_id) + capabilities) &&
		    memcmp(p->body.data, vendor_id, sizeof(vendor_id)) == 0)
			return true;
	return false;
}

void fragment_vendor_build(struct payload_chain *chain)
{
	payload_add(chain, ISAKMP_PAYLOAD_VENDOR, vendor_id, sizeof(vendor_id));
}

void fragments_reset(struct fragments *f)
{
	f->n = 0;
}

static void begin(struct fragments *f, const struct payload_fragment *piece, nsec_t now)
{
	f->n = 0;
	f->id = piece->id;
	f->last = 0;
	f->until = now + FRAGMENT_PATIENCE;
	f->used = 0;
	memset(f->pieces, 0, sizeof(f->pieces));
}

/* Whether any piece behind this number is here. */
static bool held_behind(const struct fragments *f, uint8_t number)
{
	for (size_t i = number; i < FRAGMENT_PIECES_MAX; i++)
		if (f->pieces[i].len != 0)
			return true;
	return false;
}

/* Whether the piece can't be of the message that is being collected. */
static bool contradicts(const struct fragments *f, const struct payload_fragment *piece)
{
	size_t at = f->pieces[piece->number - 1].at, len = f->pieces[piece->number - 1].len;

	if (piece->id != f->id)
		return true;
	if (piece->last &&
	    ((f->last != 0 && f->last != piece->number) || held_behind(f, piece->number)))
		return true;
	if (len == 0)
		return false;
	return piece->last != (f->last == piece->number) || piece->data.len != len ||
	       memcmp(piece->data.data, f->data + at, len) != 0;
}

static size_t join(const struct fragments *f, uint8_t *ret)
{
	size_t len = 0;

	for (size_t i = 0; i < f->last; i++) {
		memcpy(ret + len, f->data + f->pieces[i].at, f->pieces[i].len);
		len += f->pieces[i].len;
	}
	return len;
}

int fragments_add(struct fragments *f, const struct payload_fragment *piece, nsec_t now,
		  uint8_t *ret, size_t *ret_len)
{
	if (piece->number > FRAGMENT_PIECES_MAX || piece->data.len > sizeof(f->data))
		return IKE_DROP_LIMIT;
	if (f->n == 0 || f->until <= now || contradicts(f, piece))
		begin(f, piece, now);
	else if (f->pieces[piece->number - 1].len != 0)
		return IKE_DROP_DUPLICATE;
	if (f->last != 0 && piece->number > f->last)
		return IKE_DROP_LIMIT;
	if (piece->data.len > sizeof(f->data) - f->used) {
		fragments_reset(f);
		return IKE_DROP_LIMIT;
	}

	f->pieces[piece->number - 1].at = (uint16_t)f->used;
	f->pieces[piece->number - 1].len = (uint16_t)piece->data.len;
	memcpy(f->data + f->used, piece->data.data, piece->data.len);
	f->used += piece->data.len;
	f->n++;
	if (piece->last)
		f->last = piece->number;
	*ret_len = 0;
	if (f->n != f->last)
		return 0;
	*ret_len = join(f, ret);
	fragments_reset(f);
	return 0;
}
