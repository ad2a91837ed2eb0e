/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP by script. It repeats nothing: the way through the tunnel loses nothing either. */
#include "ppp-peer.h"

#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "lib/builder.h"
#include "lib/cursor.h"
#include "lib/macros.h"

#define ECHO_PAUSE (5 * NSEC_PER_SEC)

enum {
	PROTO_IPCP = 0x8021,
	PROTO_CCP = 0x80fd,
	PROTO_LCP = 0xc021,
	PROTO_PAP = 0xc023,
	PROTO_CHAP = 0xc223,
	PROTO_EAP = 0xc227,
};

enum {
	CONF_REQ = 1,
	CONF_ACK = 2,
	CONF_NAK = 3,
	CONF_REJ = 4,
	TERM_REQ = 5,
	TERM_ACK = 6,
	PROTO_REJ = 8,
	ECHO_REQ = 9,
	ECHO_REP = 10,
};

enum {
	CHALLENGE = 1,
	RESPONSE = 2,
	SUCCESS = 3,
};

/* RFC 3748 5 */
enum {
	EAP_IDENTITY = 1,
	EAP_NAK = 3,
};

#define IPCP_ADDRESS   3
#define LCP_MRU	       1
#define LCP_AUTH       3
#define CHALLENGE_TEXT "0123456789abcdef"

/* The option of LCP: RFC 1661 6.2, RFC 1994 3, RFC 2433, RFC 2759 3. */
static const struct {
	const char *name;
	uint8_t len;
	uint8_t value[3];
} asks[] = {
	[PPP_ASK_MSCHAP2] = { "MS-CHAPv2", 3, { 0xc2, 0x23, 0x81 } },
	[PPP_ASK_MSCHAP1] = { "MS-CHAP", 3, { 0xc2, 0x23, 0x80 } },
	[PPP_ASK_CHAP] = { "CHAP", 3, { 0xc2, 0x23, 5 } },
	[PPP_ASK_PAP] = { "PAP", 2, { 0xc0, 0x23 } },
	[PPP_ASK_EAP] = { "EAP", 2, { 0xc2, 0x27 } },
};

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

static void send_nothing_in(struct ppp_peer *p, uint16_t protocol, uint8_t code, uint8_t id)
{
	send_code(p, protocol, code, id, (struct chunk){ NULL, 0 });
}

static enum ppp_ask method(const struct ppp_peer *p)
{
	return p->script->asks[p->asking];
}

const char *ppp_peer_method(const struct ppp_peer *p)
{
	return asks[method(p)].name;
}

/* MRU 1792; the way to prove who one is; a magic number. */
static void send_lcp_request(struct ppp_peer *p)
{
	static const uint8_t mru[] = { LCP_MRU, 4, 7, 0 }, magic[] = { 5, 6, 1, 2, 3, 4 };
	bool bare = p->script->early_echo;
	uint8_t options[32];
	struct builder b = builder_init(options, sizeof(options));

	builder_bytes(&b, mru, bare ? 0 : sizeof(mru));
	builder_u8(&b, LCP_AUTH);
	builder_u8(&b, (uint8_t)(2 + asks[method(p)].len));
	builder_bytes(&b, asks[method(p)].value, asks[method(p)].len);
	builder_bytes(&b, magic, bare ? 0 : sizeof(magic));
	send_code(p, PROTO_LCP, CONF_REQ, ++p->lcp_id,
		  (struct chunk){ options, (size_t)builder_finish(&b) });
}

void ppp_peer_init(struct ppp_peer *p)
{
	*p = (struct ppp_peer){ .verdict_at = NSEC_NEVER,
				.echo_at = NSEC_NEVER,
				.again_at = NSEC_NEVER };
}

void ppp_peer_start(struct ppp_peer *p, const struct ppp_script *script, uint16_t tunnel,
		    uint16_t session, nsec_t now)
{
	const struct ppp_peer before = *p;

	ppp_peer_init(p);
	p->script = script;
	p->tunnel = tunnel;
	p->session = session;
	p->now = now;
	p->calls = before.calls + 1;
	p->responses = before.responses;
	p->authentications = before.authentications;
	send_lcp_request(p);
}

void ppp_peer_stop(struct ppp_peer *p)
{
	p->stopped = true;
	p->n = 0;
	p->verdict_at = p->echo_at = p->again_at = NSEC_NEVER;
}

/* The option of that type in the list, without its head. Empty: it isn't there. */
static struct chunk find_option(struct chunk options, uint8_t wanted)
{
	struct cursor c = cursor_init(options.data, options.len);

	while (cursor_left(&c) >= 2) {
		uint8_t type = cursor_u8(&c), len = cursor_u8(&c);
		struct chunk value = cursor_chunk(&c, len < 2 ? 0 : len - 2u);
		if (type == wanted && !c.bad)
			return value;
	}
	return (struct chunk){ NULL, 0 };
}

/* All but that one, with their heads. */
static size_t other_options(struct chunk options, uint8_t but,
			    uint8_t ret[static PPP_PEER_FRAME_MAX])
{
	struct cursor c = cursor_init(options.data, options.len);
	struct builder b = builder_init(ret, PPP_PEER_FRAME_MAX);

	while (cursor_left(&c) >= 2) {
		uint8_t type = cursor_u8(&c), len = cursor_u8(&c);
		struct chunk value = cursor_chunk(&c, len < 2 ? 0 : len - 2u);
		if (c.bad || type == but)
			continue;
		builder_u8(&b, type);
		builder_u8(&b, len);
		builder_bytes(&b, value.data, value.len);
	}
	long n = builder_finish(&b);
	return n < 0 ? 0 : (size_t)n;
}

/* The client doesn't like the method: another one, or the end. */
static void ask_otherwise(struct ppp_peer *p, struct chunk wish)
{
	size_t next = p->asking + 1;

	for (size_t i = 0; !p->script->in_order && wish.len > 0 && i < p->script->n_asks; i++)
		if (asks[p->script->asks[i]].len == wish.len &&
		    memcmp(asks[p->script->asks[i]].value, wish.data, wish.len) == 0)
			next = i;
	if (wish.len == 0 || next >= p->script->n_asks || next == p->asking) {
		send_nothing_in(p, PROTO_LCP, TERM_REQ, ++p->lcp_id);
		return;
	}
	p->asking = next;
	send_lcp_request(p);
}

static void send_challenge(struct ppp_peer *p)
{
	static const char challenge[] = "\x10" CHALLENGE_TEXT "gateway";
	static const char identity[] = "\1Welcome to the SoftEther VPN server!";

	if (method(p) == PPP_ASK_EAP)
		send_code(p, PROTO_EAP, CHALLENGE, 1,
			  (struct chunk){ identity, sizeof(identity) - 1 });
	else if (method(p) != PPP_ASK_PAP)
		send_code(p, PROTO_CHAP, CHALLENGE, ++p->chap_id,
			  (struct chunk){ challenge, sizeof(challenge) - 1 });
}

static void send_echo(struct ppp_peer *p)
{
	static const char text[] = "\0\0\0\0Aho Baka Manuke";

	send_code(p, PROTO_LCP, ECHO_REQ, 0, (struct chunk){ text, sizeof(text) });
}

/* As SoftEther: what it doesn't know, everything but the MRU, is rejected after its own LCP stands. */
static void answer_held(struct ppp_peer *p)
{
	uint8_t rejected[PPP_PEER_FRAME_MAX];
	const struct chunk held = { p->held.data, p->held.len };
	size_t n = other_options(held, LCP_MRU, rejected);

	send_code(p, PROTO_LCP, n > 0 ? CONF_REJ : CONF_ACK, p->held_id,
		  n > 0 ? (struct chunk){ rejected, n } : held);
	p->they_are_acked = n == 0;
}

static void take_lcp_request(struct ppp_peer *p, uint8_t id, struct chunk body)
{
	if (!p->script->early_echo) {
		send_code(p, PROTO_LCP, CONF_ACK, id, body);
		p->they_are_acked = true;
		return;
	}
	p->held_id = id;
	p->held.len = body.len;
	if (body.len > 0)
		memcpy(p->held.data, body.data, body.len);
	if (p->we_are_acked)
		answer_held(p);
}

static void take_lcp_ack(struct ppp_peer *p)
{
	p->we_are_acked = true;
	if (!p->script->early_echo)
		return;
	send_echo(p);
	if (p->held_id > 0)
		answer_held(p);
}

static void reopen(struct ppp_peer *p)
{
	p->reopened = true;
	p->we_are_acked = p->they_are_acked = false;
	p->asking = 0;
	send_lcp_request(p);
}

static void take_lcp(struct ppp_peer *p, uint8_t code, uint8_t id, struct chunk body)
{
	static const uint8_t magic[] = { 1, 2, 3, 4 };

	if (code == CONF_REQ) {
		take_lcp_request(p, id, body);
	} else if (code == CONF_ACK && id == p->lcp_id && !p->we_are_acked) {
		take_lcp_ack(p);
	} else if ((code == CONF_NAK || code == CONF_REJ) && id == p->lcp_id) {
		ask_otherwise(p, code == CONF_NAK ? find_option(body, LCP_AUTH)
						  : (struct chunk){ NULL, 0 });
	} else if (code == TERM_REQ) {
		send_nothing_in(p, PROTO_LCP, TERM_ACK, id);
	} else if (code == ECHO_REQ) {
		send_code(p, PROTO_LCP, ECHO_REP, id, (struct chunk){ magic, sizeof(magic) });
	} else if (code == PROTO_REJ && p->script->demands_mppe && p->answered) {
		send_nothing_in(p, PROTO_LCP, TERM_REQ, ++p->lcp_id);
	}
	if (p->we_are_acked && p->they_are_acked && p->script->reopens && !p->reopened) {
		reopen(p);
	} else if (p->we_are_acked && p->they_are_acked && !p->opened) {
		p->opened = true;
		send_script(p, p->script->open);
		if (p->script->authenticates && p->calls > p->script->mute_calls)
			send_challenge(p);
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

	if (code != CONF_REQ)
		return;
	size_t n = other_options(body, IPCP_ADDRESS, rejected);
	struct chunk address = find_option(body, IPCP_ADDRESS);
	if (n > 0)
		send_code(p, PROTO_IPCP, CONF_REJ, id, (struct chunk){ rejected, n });
	else if (address.len != 4 || memcmp(address.data, theirs + 2, 4) != 0)
		send_code(p, PROTO_IPCP, CONF_NAK, id, (struct chunk){ theirs, sizeof(theirs) });
	else
		send_code(p, PROTO_IPCP, CONF_ACK, id, body);
}

/* Who that is, is settled. */
static void begin_network(struct ppp_peer *p)
{
	static const uint8_t mppe[] = { 18, 6, 1, 0, 0, 0x60 };

	if (p->script->demands_mppe)
		send_code(p, PROTO_CCP, CONF_REQ, 1, (struct chunk){ mppe, sizeof(mppe) });
	else
		send_addresses(p);
}

/* RFC 2759 8.7, of a name and an MD4 of an MD4 of the password in UTF-16. */
static void prove(struct ppp_peer *p, struct chunk value, struct chunk name)
{
	/* "himitsu" */
	static const uint8_t hash_hash[] = {
		0x3c, 0xdb, 0x54, 0xf9, 0x2e, 0xfb, 0xaa, 0x78,
		0xbb, 0x9b, 0xb2, 0x22, 0x83, 0x8e, 0xfa, 0x26,
	};
	static const char magic1[] = "Magic server to client signing constant";
	static const char magic2[] = "Pad to make it do more than one iteration";
	const uint8_t *octets = value.data;
	uint8_t digest[SHA_DIGEST_LENGTH], hash[SHA_DIGEST_LENGTH], text[512];
	struct builder b = builder_init(text, sizeof(text));

	builder_bytes(&b, octets, 16);
	builder_bytes(&b, CHALLENGE_TEXT, 16);
	builder_bytes(&b, name.data, name.len);
	SHA1(text, (size_t)builder_finish(&b), hash);
	b = builder_init(text, sizeof(text));
	builder_bytes(&b, hash_hash, sizeof(hash_hash));
	builder_bytes(&b, octets + 24, 24);
	builder_bytes(&b, magic1, sizeof(magic1) - 1);
	SHA1(text, (size_t)builder_finish(&b), digest);
	b = builder_init(text, sizeof(text));
	builder_bytes(&b, digest, sizeof(digest));
	builder_bytes(&b, hash, 8);
	builder_bytes(&b, magic2, sizeof(magic2) - 1);
	SHA1(text, (size_t)builder_finish(&b), digest);

	p->verdict.len = 2;
	memcpy(p->verdict.data, "S=", 2);
	for (size_t i = 0; i < sizeof(digest); i++)
		p->verdict.len += (size_t)snprintf((char *)p->verdict.data + p->verdict.len, 3,
						   "%02X", digest[i]);
}

static void tell_verdict(struct ppp_peer *p)
{
	p->verdict_at = p->echo_at = p->again_at = NSEC_NEVER;
	p->answered = true;
	if (method(p) == PPP_ASK_PAP)
		send_code(p, PROTO_PAP, CONF_ACK, p->pap_id, (struct chunk){ "\0", 1 });
	else
		send_code(p, PROTO_CHAP, SUCCESS, p->chap_id,
			  (struct chunk){ p->verdict.data, p->verdict.len });
	send_script(p, p->script->answered);
	begin_network(p);
}

static void think(struct ppp_peer *p)
{
	p->authentications++;
	if (p->script->thinks_s == 0) {
		tell_verdict(p);
		return;
	}
	p->verdict_at = p->now + p->script->thinks_s * NSEC_PER_SEC;
	p->echo_at = p->now + ECHO_PAUSE;
	if (p->script->asks_again_s > 0)
		p->again_at = p->now + p->script->asks_again_s * NSEC_PER_SEC;
}

/* One that comes while somebody thinks about the first isn't thought about, but it is the one that gets the verdict. */
static void take_response(struct ppp_peer *p, struct chunk body)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct chunk value = cursor_chunk(&c, cursor_u8(&c));
	struct chunk name = cursor_chunk(&c, cursor_left(&c));

	p->responses++;
	if (p->answered)
		return;
	if (!p->script->authenticates) {
		p->authentications++;
		p->answered = true;
		send_script(p, p->script->answered);
		return;
	}
	if (method(p) == PPP_ASK_MSCHAP2 && !c.bad && value.len == 49 && name.len < 256)
		prove(p, value, name);
	if (p->verdict_at == NSEC_NEVER)
		think(p);
}

static void take_pap(struct ppp_peer *p, uint8_t id)
{
	p->responses++;
	p->pap_id = id;
	if (p->answered)
		send_code(p, PROTO_PAP, CONF_ACK, id, (struct chunk){ "\0", 1 });
	else if (p->verdict_at == NSEC_NEVER)
		think(p);
}

/* SoftEther knows EAP-TLS alone, and takes a Nak of that for EAP's end. */
static void take_eap(struct ppp_peer *p, uint8_t id, struct chunk body)
{
	static const uint8_t tls[] = { 13, 0x20 }, rejected[] = { 0xc2, 0x27 };
	struct cursor c = cursor_init(body.data, body.len);
	uint8_t type = cursor_u8(&c);

	if (type == EAP_IDENTITY)
		send_code(p, PROTO_EAP, CHALLENGE, (uint8_t)(id + 1),
			  (struct chunk){ tls, sizeof(tls) });
	else if (type == EAP_NAK)
		send_code(p, PROTO_LCP, PROTO_REJ, 1, (struct chunk){ rejected, sizeof(rejected) });
}

static void take_packet(struct ppp_peer *p, uint16_t protocol, uint8_t code, uint8_t id,
			struct chunk body)
{
	if (protocol == PROTO_LCP)
		take_lcp(p, code, id, body);
	else if (protocol == PROTO_IPCP && !p->script->demands_mppe)
		take_ipcp(p, code, id, body);
	else if (protocol == PROTO_CCP && p->script->demands_mppe && code == CONF_REJ)
		send_nothing_in(p, PROTO_LCP, TERM_REQ, ++p->lcp_id);
	else if (protocol == PROTO_PAP && code == CONF_REQ)
		take_pap(p, id);
	else if (protocol == PROTO_CHAP && code == RESPONSE)
		take_response(p, body);
	else if (protocol == PROTO_EAP && code == RESPONSE && p->script->authenticates)
		take_eap(p, id, body);
}

void ppp_peer_input(struct ppp_peer *p, const uint8_t *data, size_t len, nsec_t now)
{
	struct cursor c = cursor_init(data, len);
	uint16_t flags = cursor_u16(&c);

	p->now = now;
	if (!p->script || p->stopped)
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
	take_packet(p, protocol, code, id, body);
}

nsec_t ppp_peer_deadline(const struct ppp_peer *p)
{
	return nsec_min(nsec_min(p->verdict_at, p->echo_at), p->again_at);
}

void ppp_peer_timeout(struct ppp_peer *p, nsec_t now)
{
	p->now = now;
	if (p->verdict_at <= now) {
		tell_verdict(p);
	} else if (p->again_at <= now) {
		p->again_at = NSEC_NEVER;
		send_challenge(p);
	} else if (p->echo_at <= now) {
		p->echo_at = now + ECHO_PAUSE;
		send_echo(p);
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
