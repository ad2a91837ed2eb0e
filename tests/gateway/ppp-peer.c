/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP by script. It repeats nothing: the way through the tunnel loses nothing either. */
#include "ppp-peer.h"

#include <string.h>

#include "lib/builder.h"
#include "lib/cursor.h"

enum {
	PROTO_IPCP = 0x8021,
	PROTO_LCP = 0xc021,
	PROTO_PAP = 0xc023,
	PROTO_CHAP = 0xc223,
};

enum {
	CONF_REQ = 1,
	CONF_ACK = 2,
	CONF_NAK = 3,
	CONF_REJ = 4,
	TERM_REQ = 5,
	TERM_ACK = 6,
	ECHO_REQ = 9,
	ECHO_REP = 10,
};

#define IPCP_ADDRESS 3

/* RFC 2661 3.1: version 2 and no optional field; RFC 1662: address and control. */
static void send_frame(struct ppp_peer *p, uint16_t protocol, const void *data, size_t len,
		       size_t pad)
{
	if (p->n == PPP_PEER_QUEUE_MAX)
		return;
	struct builder b = builder_init(p->queue[p->n].data, PPP_PEER_FRAME_MAX);

	builder_u16(&b, 2);
	builder_u16(&b, p->tunnel);
	builder_u16(&b, p->session);
	builder_u16(&b, 0xff03);
	builder_u16(&b, protocol);
	builder_bytes(&b, data, len);
	while (pad-- > 0)
		builder_u8(&b, 'A');
	long total = builder_finish(&b);
	if (total > 0)
		p->queue[p->n++].len = (size_t)total;
}

static void send_code(struct ppp_peer *p, uint16_t protocol, uint8_t code, uint8_t id,
		      struct chunk body)
{
	uint8_t packet[PPP_PEER_FRAME_MAX];
	struct builder b = builder_init(packet, sizeof(packet));

	builder_u8(&b, code);
	builder_u8(&b, id);
	builder_u16(&b, (uint16_t)(4 + body.len));
	builder_bytes(&b, body.data, body.len);
	long len = builder_finish(&b);
	if (len > 0)
		send_frame(p, protocol, packet, (size_t)len, 0);
}

static void send_script(struct ppp_peer *p, const struct ppp_frame frames[static 4])
{
	for (size_t i = 0; i < 4 && frames[i].data; i++)
		send_frame(p, frames[i].protocol, frames[i].data, frames[i].len, frames[i].pad);
}

void ppp_peer_start(struct ppp_peer *p, const struct ppp_script *script, uint16_t tunnel,
		    uint16_t session)
{
	/* MRU 1792; the way to prove who one is; a magic number. */
	static const uint8_t chap[] = { 1, 4, 7, 0, 3, 5, 0xc2, 0x23, 0x81, 5, 6, 1, 2, 3, 4 };
	static const uint8_t pap[] = { 1, 4, 7, 0, 3, 4, 0xc0, 0x23, 5, 6, 1, 2, 3, 4 };

	*p = (struct ppp_peer){ .script = script, .tunnel = tunnel, .session = session };
	if (script->pap)
		send_code(p, PROTO_LCP, CONF_REQ, 1, (struct chunk){ pap, sizeof(pap) });
	else
		send_code(p, PROTO_LCP, CONF_REQ, 1, (struct chunk){ chap, sizeof(chap) });
}

static void take_lcp(struct ppp_peer *p, uint8_t code, uint8_t id, struct chunk body)
{
	static const uint8_t magic[] = { 1, 2, 3, 4 };

	if (code == CONF_REQ) {
		send_code(p, PROTO_LCP, CONF_ACK, id, body);
		p->they_are_acked = true;
	} else if (code == CONF_ACK) {
		p->we_are_acked = true;
	} else if (code == TERM_REQ) {
		send_code(p, PROTO_LCP, TERM_ACK, id, (struct chunk){ NULL, 0 });
	} else if (code == ECHO_REQ) {
		send_code(p, PROTO_LCP, ECHO_REP, id, (struct chunk){ magic, sizeof(magic) });
	}
	if (p->we_are_acked && p->they_are_acked && !p->opened) {
		p->opened = true;
		send_script(p, p->script->open);
	}
}

static void send_addresses(struct ppp_peer *p)
{
	static const uint8_t ours[] = { IPCP_ADDRESS, 6, 192, 168, 100, 1 };

	send_code(p, PROTO_IPCP, CONF_REQ, 1, (struct chunk){ ours, sizeof(ours) });
}

/* An address for the client; whatever else it asks for is rejected. */
static void take_ipcp(struct ppp_peer *p, uint8_t code, uint8_t id, struct chunk body)
{
	static const uint8_t theirs[] = { IPCP_ADDRESS, 6, 192, 168, 100, 250 };
	uint8_t rejected[PPP_PEER_FRAME_MAX];
	struct builder b = builder_init(rejected, sizeof(rejected));
	struct cursor c = cursor_init(body.data, body.len);
	bool address_good = false;

	if (code != CONF_REQ)
		return;
	while (cursor_left(&c) >= 2) {
		uint8_t type = cursor_u8(&c), len = cursor_u8(&c);
		struct chunk value = cursor_chunk(&c, len < 2 ? 0 : len - 2u);
		if (c.bad)
			return;
		if (type == IPCP_ADDRESS) {
			address_good = value.len == 4 && memcmp(value.data, theirs + 2, 4) == 0;
			continue;
		}
		builder_u8(&b, type);
		builder_u8(&b, len);
		builder_bytes(&b, value.data, value.len);
	}
	long n = builder_finish(&b);
	if (n > 0)
		send_code(p, PROTO_IPCP, CONF_REJ, id, (struct chunk){ rejected, (size_t)n });
	else if (!address_good)
		send_code(p, PROTO_IPCP, CONF_NAK, id, (struct chunk){ theirs, sizeof(theirs) });
	else
		send_code(p, PROTO_IPCP, CONF_ACK, id, body);
}

void ppp_peer_input(struct ppp_peer *p, const uint8_t *data, size_t len)
{
	struct cursor c = cursor_init(data, len);
	uint16_t flags = cursor_u16(&c);

	if (!p->script)
		return;
	if (flags & 0x4000)
		(void)cursor_u16(&c);
	(void)cursor_u32(&c); /* tunnel and session */
	if (flags & 0x0800)
		(void)cursor_u32(&c);
	uint16_t protocol = cursor_u16(&c);
	if (protocol == 0xff03)
		protocol = cursor_u16(&c);
	uint8_t code = cursor_u8(&c), id = cursor_u8(&c);
	uint16_t length = cursor_u16(&c);
	struct chunk body = cursor_chunk(&c, length < 4 ? 0 : length - 4u);
	if (c.bad || (flags & 0x8000))
		return;

	if (protocol == PROTO_LCP) {
		take_lcp(p, code, id, body);
	} else if (protocol == PROTO_IPCP) {
		take_ipcp(p, code, id, body);
	} else if (protocol == PROTO_PAP && code == CONF_REQ) {
		send_code(p, PROTO_PAP, CONF_ACK, id, (struct chunk){ "\0", 1 });
		if (!p->answered)
			send_script(p, p->script->answered);
		p->answered = true;
		send_addresses(p);
	} else if (protocol == PROTO_CHAP && code == 2 && !p->answered) {
		p->answered = true;
		send_script(p, p->script->answered);
	}
}

bool ppp_peer_next(struct ppp_peer *p, uint8_t ret[static PPP_PEER_FRAME_MAX], size_t *ret_len)
{
	if (p->n == 0)
		return false;
	memcpy(ret, p->queue[0].data, p->queue[0].len);
	*ret_len = p->queue[0].len;
	memmove(p->queue, p->queue + 1, --p->n * sizeof(p->queue[0]));
	return true;
}
