/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The L2TP header (RFC 2661 3.1), of control and data packets alike: a data packet can reach the
 * control socket while the kernel has no session for it yet, and must be told from a control
 * message that is broken. What the fields mean is the channel's and the engine's business.
 */
#include "l2tp/header.h"

#include <stdbool.h>

#include "l2tp/l2tp.h"
#include "l2tp/protocol.h"
#include "lib/cursor.h"

/*
 * 3.1: L and S must be set in control messages and O must not. P must not either, but a receiver
 * loses nothing by not looking; the reserved bits are to be ignored.
 */
static bool control_flags_good(uint16_t flags)
{
	uint16_t wanted = L2TP_FLAG_LENGTH | L2TP_FLAG_SEQUENCE;

	return (flags & (wanted | L2TP_FLAG_OFFSET)) == wanted;
}

/* Narrows C, from which READ octets are gone, to what the Length field says. */
static void apply_length(struct cursor *c, size_t read)
{
	size_t length = cursor_u16(c);

	read += 2;
	*c = cursor_sub(c, length >= read ? length - read : SIZE_MAX);
}

static void skip_offset(struct cursor *c)
{
	uint16_t size = cursor_u16(c);

	(void)cursor_bytes(c, size);
}

int l2tp_header_parse(const uint8_t *data, size_t len, struct l2tp_header *ret)
{
	struct cursor c = cursor_init(data, len);
	struct l2tp_header h = { .flags = cursor_u16(&c) };

	if (c.bad)
		return L2TP_DROP_DATA;
	if ((h.flags & L2TP_VERSION_MASK) != L2TP_VERSION_2)
		return L2TP_DROP_VERSION;

	bool control = h.flags & L2TP_FLAG_CONTROL;
	if (control && !control_flags_good(h.flags))
		return L2TP_DROP_MALFORMED;

	if (h.flags & L2TP_FLAG_LENGTH)
		apply_length(&c, 2);
	h.tunnel_id = cursor_u16(&c);
	h.session_id = cursor_u16(&c);
	if (h.flags & L2TP_FLAG_SEQUENCE) {
		h.ns = cursor_u16(&c);
		h.nr = cursor_u16(&c);
	}
	if (h.flags & L2TP_FLAG_OFFSET)
		skip_offset(&c);
	if (c.bad)
		return control ? L2TP_DROP_MALFORMED : L2TP_DROP_DATA;

	h.payload = cursor_rest(&c);
	*ret = h;
	return 0;
}

/* What the header itself takes with these flags. */
static size_t header_len(uint16_t flags)
{
	size_t len = 6;

	if (flags & L2TP_FLAG_LENGTH)
		len += 2;
	if (flags & L2TP_FLAG_SEQUENCE)
		len += 4;
	if (flags & L2TP_FLAG_OFFSET)
		len += 2;
	return len;
}

void l2tp_header_put(struct builder *b, const struct l2tp_header *header, size_t payload_len)
{
	size_t total = header_len(header->flags) + payload_len;

	if (total > UINT16_MAX)
		b->overflow = true;
	builder_u16(b, header->flags);
	if (header->flags & L2TP_FLAG_LENGTH)
		builder_u16(b, (uint16_t)total);
	builder_u16(b, header->tunnel_id);
	builder_u16(b, header->session_id);
	if (header->flags & L2TP_FLAG_SEQUENCE) {
		builder_u16(b, header->ns);
		builder_u16(b, header->nr);
	}
	if (header->flags & L2TP_FLAG_OFFSET)
		builder_u16(b, 0);
}
