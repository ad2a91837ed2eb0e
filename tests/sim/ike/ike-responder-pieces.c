/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The responder model's fragmentation (MS-IKEE 2.2.2): it takes pieces, and sends again in pieces
 * what is long, the last one first.
 */
#include <string.h>

#include "ike-responder-private.h"

#define PIECE_MAX     400 /* octets of the message in each of ours */
#define FLAG_LAST     1
#define PAYLOAD_PIECE 132

static void send_piece(struct responder *r, const struct responder_datagram *d, size_t skip,
		       uint8_t number, bool last, struct chunk data)
{
	const uint8_t *header = d->data + skip;
	struct responder_datagram piece = { .natt = d->natt, .remote = d->remote };
	struct isa_message m = isa_begin(piece.data + skip, sizeof(piece.data) - skip, header,
					 header + 8, header[18], 0,
					 (uint32_t)header[20] << 24 | (uint32_t)header[21] << 16 |
						 (uint32_t)header[22] << 8 | header[23]);

	isa_open(&m, PAYLOAD_PIECE);
	builder_u16(&m.b, 1); /* always the same, as some gateways have it */
	builder_u8(&m.b, number);
	builder_u8(&m.b, last ? FLAG_LAST : 0);
	builder_bytes(&m.b, data.data, data.len);
	isa_close(&m);
	builder_patch32(&m.b, 24, (uint32_t)builder_len(&m.b));
	piece.len = skip + builder_len(&m.b);
	responder_send(r, &piece);
}

void responder_send_again(struct responder *r, const struct responder_datagram *d)
{
	size_t skip = d->natt ? 4 : 0, n = (d->len - skip + PIECE_MAX - 1) / PIECE_MAX;

	if (!r->peer_pieces || n < 2) {
		responder_send(r, d);
		return;
	}
	for (size_t i = n; i > 0; i--) {
		size_t at = skip + (i - 1) * PIECE_MAX;
		size_t len = i == n ? d->len - at : PIECE_MAX;
		send_piece(r, d, skip, (uint8_t)i, i == n, (struct chunk){ d->data + at, len });
	}
}

bool responder_collect(struct responder *r, const struct isa_header *h, struct chunk message,
		       struct chunk *ret)
{
	struct cursor c = cursor_init(message.data, message.len);
	struct responder_pieces *p = &r->pieces;

	*ret = message;
	if (h->next != PAYLOAD_PIECE)
		return true;
	if (!r->config.pieces)
		responder_violation(r, "a piece of a message for one who doesn't take them");
	(void)cursor_bytes(&c, ISA_HEADER_LEN + 4);
	uint16_t id = cursor_u16(&c);
	uint8_t number = cursor_u8(&c), last = cursor_u8(&c) & FLAG_LAST;
	struct chunk data = cursor_rest(&c);
	if (c.bad || number == 0 || number > RESPONDER_PIECES_MAX || data.len == 0 ||
	    data.len > sizeof(p->data[0])) {
		responder_violation(r, "a piece that isn't in MS-IKEE's form");
		return false;
	}
	if (message.len + 28 > 576)
		responder_violation(r, "a piece that is longer than every path carries");
	if (id != p->id || memcmp(p->cookies, message.data, 16) != 0)
		memset(p, 0, sizeof(*p));
	p->id = id;
	memcpy(p->cookies, message.data, 16);
	p->last = last ? number : p->last;
	p->len[number - 1] = data.len;
	memcpy(p->data[number - 1], data.data, data.len);

	size_t len = 0, n = 0;
	for (; n < p->last && p->len[n] > 0; len += p->len[n++])
		if (len + p->len[n] <= sizeof(p->whole))
			memcpy(p->whole + len, p->data[n], p->len[n]);
	if (p->last == 0 || n < p->last || len > sizeof(p->whole))
		return false;
	r->collected++;
	*ret = (struct chunk){ p->whole, len };
	memset(p->len, 0, sizeof(p->len));
	return true;
}
