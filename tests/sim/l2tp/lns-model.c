/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LNS model: the control channel (RFC 2661 5.8) and the messages of an incoming call (6). It
 * takes messages in order only and has the client repeat what came too early.
 */
#include "lns-model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/certificate/crypto.h"
#include "lib/builder.h"
#include "lib/cursor.h"

#define REPEAT_AFTER NSEC_PER_SEC
#define REPEAT_MAX   (8 * NSEC_PER_SEC)

enum {
	SCCRQ = 1,
	SCCRP = 2,
	SCCCN = 3,
	STOPCCN = 4,
	HELLO = 6,
	ICRQ = 10,
	ICRP = 11,
	ICCN = 12,
	CDN = 14,
	WEN = 15,
	SLI = 16,
};

enum {
	AVP_MESSAGE = 0,
	AVP_RESULT = 1,
	AVP_VERSION = 2,
	AVP_FRAMING = 3,
	AVP_BEARER = 4,
	AVP_TIE = 5,
	AVP_FIRMWARE = 6,
	AVP_HOST = 7,
	AVP_VENDOR = 8,
	AVP_TUNNEL = 9,
	AVP_WINDOW = 10,
	AVP_CHALLENGE = 11,
	AVP_RESPONSE = 13,
	AVP_SESSION = 14,
	AVP_SERIAL = 15,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_SPEED = 24,
	AVP_ERRORS = 34,
	AVP_ACCM = 35,
	AVP_VECTOR = 36,
	AVP_SEQUENCING = 39,
	N_AVPS = 40,
};

/* What each attribute must look like (RFC 2661 4.4); of the others nothing is known. */
static const struct {
	bool known;
	bool mandatory;
	uint8_t len; /* of the value; 0: any */
	bool may_hide;
} avp_rules[N_AVPS] = {
	[AVP_MESSAGE] = { true, true, 2, false },     [AVP_RESULT] = { true, true, 0, false },
	[AVP_VERSION] = { true, true, 2, false },     [AVP_FRAMING] = { true, true, 4, true },
	[AVP_BEARER] = { true, true, 4, true },	      [AVP_TIE] = { true, false, 8, false },
	[AVP_FIRMWARE] = { true, false, 2, true },    [AVP_HOST] = { true, true, 0, false },
	[AVP_VENDOR] = { true, false, 0, true },      [AVP_TUNNEL] = { true, true, 2, true },
	[AVP_WINDOW] = { true, true, 2, false },      [AVP_CHALLENGE] = { true, true, 0, true },
	[AVP_RESPONSE] = { true, true, 16, true },    [AVP_SESSION] = { true, true, 2, true },
	[AVP_SERIAL] = { true, true, 4, true },	      [AVP_BEARER_TYPE] = { true, true, 4, true },
	[AVP_FRAMING_TYPE] = { true, true, 4, true }, [AVP_SPEED] = { true, true, 4, true },
	[AVP_ERRORS] = { true, true, 26, true },      [AVP_ACCM] = { true, true, 10, true },
	[AVP_VECTOR] = { true, true, 0, false },      [AVP_SEQUENCING] = { true, true, 0, false },
};

struct avps {
	uint64_t present;
	uint32_t value[N_AVPS]; /* the first octets of it, as a number */
	struct chunk raw[N_AVPS];
	bool unknown_mandatory;
};

#define BIT(avp) (UINT64_C(1) << (avp))

void lns_init(struct lns *lns, const struct lns_config *config)
{
	memset(lns, 0, sizeof(*lns));
	lns->config = *config;
	lns->random = config->seed;
	lns->repeat_at = lns->hello_at = NSEC_NEVER;
}

static void violation(struct lns *lns, const char *words)
{
	if (lns->violations++ == 0)
		(void)snprintf(lns->violation, sizeof(lns->violation), "%s", words);
}

/* Sends a copy with the newest Nr, which is the last field of the header. */
static void put_out(struct lns *lns, const struct lns_datagram *d)
{
	if (lns->n_out == LNS_OUT_MAX)
		return;

	struct lns_datagram *copy = &lns->out[lns->n_out++];
	*copy = *d;
	copy->data[10] = (uint8_t)(lns->nr >> 8);
	copy->data[11] = (uint8_t)lns->nr;
	lns->sent++;
	lns->answered = true;
}

bool lns_next_datagram(struct lns *lns, struct lns_datagram *ret)
{
	if (lns->n_out == 0)
		return false;
	*ret = lns->out[0];
	memmove(lns->out, lns->out + 1, --lns->n_out * sizeof(lns->out[0]));
	return true;
}

/* RFC 2661 3.1: T, L and S set, version 2; the IDs are the receiver's. */
static struct builder begin(struct lns_datagram *d, uint16_t tunnel, uint16_t session, uint16_t ns)
{
	struct builder b = builder_init(d->data, sizeof(d->data));

	builder_u16(&b, 0xc802);
	builder_u16(&b, 0);
	builder_u16(&b, tunnel);
	builder_u16(&b, session);
	builder_u16(&b, ns);
	builder_u16(&b, 0);
	return b;
}

static void finish(struct builder *b, struct lns_datagram *d)
{
	builder_patch16(b, 2, (uint16_t)builder_len(b));
	long len = builder_finish(b);
	if (len < 0)
		abort();
	d->len = (size_t)len;
}

static void send_zlb(struct lns *lns)
{
	struct lns_datagram d;
	struct builder b = begin(&d, lns->client_tunnel, 0, lns->ns);

	finish(&b, &d);
	lns->zlbs++;
	put_out(lns, &d);
}

/* Nothing here needs to be unguessable. */
static uint8_t random_octet(struct lns *lns)
{
	lns->random = lns->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint8_t)(lns->random >> 56);
}

static void random_octets(struct lns *lns, uint8_t *ret, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ret[i] = random_octet(lns);
}

static void md5(const struct chunk *parts, size_t n, uint8_t ret[16])
{
	if (crypto_openssl_l2tp.md5(crypto_openssl_l2tp.userdata, parts, n, ret) < 0)
		abort();
}

static struct chunk text_chunk(const char *text)
{
	return (struct chunk){ text, strlen(text) };
}

static void avp_header(struct builder *b, unsigned int bits, uint16_t type, size_t len)
{
	builder_u16(b, (uint16_t)((avp_rules[type].mandatory ? 0x8000 : 0) | bits | (6 + len)));
	builder_u16(b, 0);
	builder_u16(b, type);
}

/* RFC 2661 4.3: length, value and padding, block by block, each keyed by the one before it. */
static void hidden_avp(struct lns *lns, struct builder *b, uint16_t type, const void *value,
		       size_t len)
{
	const uint8_t number[] = { (uint8_t)(type >> 8), (uint8_t)type };
	const struct chunk first[] = { { number, 2 },
				       text_chunk(lns->config.secret),
				       { lns->vector, 16 } };
	uint8_t text[128], key[16];
	struct builder t = builder_init(text, sizeof(text));

	builder_u16(&t, (uint16_t)len);
	builder_bytes(&t, value, len);
	for (unsigned int n = random_octet(lns) % 20; n > 0; n--)
		builder_u8(&t, random_octet(lns));
	long total = builder_finish(&t);
	if (total < 0)
		abort();
	md5(first, 3, key);
	for (long at = 0; at < total; at += 16) {
		const struct chunk next[] = { text_chunk(lns->config.secret), { text + at, 16 } };
		for (long i = at; i < at + 16 && i < total; i++)
			text[i] ^= key[i - at];
		if (at + 16 < total)
			md5(next, 2, key);
	}
	avp_header(b, 0x4000, type, (size_t)total);
	builder_bytes(b, text, (size_t)total);
}

static void avp(struct lns *lns, struct builder *b, uint16_t type, const void *value, size_t len)
{
	if (lns->config.hides && lns->config.secret && avp_rules[type].may_hide) {
		hidden_avp(lns, b, type, value, len);
		return;
	}
	avp_header(b, 0, type, len);
	builder_bytes(b, value, len);
}

static void avp16(struct lns *lns, struct builder *b, uint16_t type, uint16_t value)
{
	avp(lns, b, type, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

/* Another vendor's, an unknown one of the IETF's range, one with a reserved bit; none with M. */
static void own_avps(struct lns *lns, struct builder *b)
{
	static const uint8_t avps[] = { 0, 8, 0,    9, 0, 1,  2,   3, /* */
					0, 6, 0,    0, 0, 60,	      /* */
					4, 7, 0x0f, 1, 0, 0,  0xff };

	if (lns->config.chatty)
		builder_bytes(b, avps, sizeof(avps));
}

static struct builder begin_message(struct lns *lns, struct lns_datagram *d, uint16_t session,
				    uint16_t type)
{
	struct builder b = begin(d, lns->client_tunnel, session, lns->ns);

	avp16(lns, &b, AVP_MESSAGE, type);
	if (lns->config.hides && lns->config.secret) {
		random_octets(lns, lns->vector, sizeof(lns->vector));
		avp(lns, &b, AVP_VECTOR, lns->vector, sizeof(lns->vector));
	}
	return b;
}

static void send_message(struct lns *lns, struct builder *b, struct lns_datagram *d)
{
	finish(b, d);
	if (lns->n_queue == LNS_QUEUE_MAX)
		return;
	if (lns->n_queue == 0) {
		lns->first_ns = lns->ns;
		lns->tries = 0;
		lns->repeat_at = lns->now + REPEAT_AFTER;
	}
	lns->queue[lns->n_queue++] = *d;
	lns->ns++;
	put_out(lns, d);
}

/* RFC 2661 4.4.3: MD5 of the answering message's type, the secret and the challenge. */
static void respond(const struct lns *lns, uint8_t type, struct chunk challenge, uint8_t ret[16])
{
	const struct chunk parts[] = { { &type, 1 }, text_chunk(lns->config.secret), challenge };

	md5(parts, 3, ret);
}

static void send_sccrp(struct lns *lns, const struct avps *a)
{
	static const uint8_t framing[] = { 0, 0, 0, 3 };
	uint8_t response[16];
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, 0, SCCRP);

	avp16(lns, &b, AVP_VERSION, 0x0100);
	avp(lns, &b, AVP_FRAMING, framing, sizeof(framing));
	avp(lns, &b, AVP_HOST, "gateway", 7);
	own_avps(lns, &b);
	avp16(lns, &b, AVP_TUNNEL, lns->config.tunnel_id);
	if (lns->config.window > 0)
		avp16(lns, &b, AVP_WINDOW, lns->config.window);
	if (lns->config.secret && lns->config.challenges) {
		random_octets(lns, lns->challenge, sizeof(lns->challenge));
		avp(lns, &b, AVP_CHALLENGE, lns->challenge, sizeof(lns->challenge));
	}
	if (a->present & BIT(AVP_CHALLENGE)) {
		respond(lns, SCCRP, a->raw[AVP_CHALLENGE], response);
		avp(lns, &b, AVP_RESPONSE, response, sizeof(response));
	}
	send_message(lns, &b, &d);
}

uint16_t lns_session(const struct lns *lns)
{
	return (uint16_t)(lns->config.session_id + lns->current);
}

static void send_icrp(struct lns *lns)
{
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, lns->client_session, ICRP);

	avp16(lns, &b, AVP_SESSION, lns_session(lns));
	own_avps(lns, &b);
	if (lns->config.sequencing)
		avp(lns, &b, AVP_SEQUENCING, NULL, 0);
	send_message(lns, &b, &d);
}

/* What some gateways say unasked as soon as the call stands. */
static void send_sli_and_wen(struct lns *lns)
{
	static const uint8_t zero[26] = { 0 };
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, lns->client_session, SLI);

	avp(lns, &b, AVP_ACCM, zero, 10);
	send_message(lns, &b, &d);
	b = begin_message(lns, &d, lns->client_session, WEN);
	avp(lns, &b, AVP_ERRORS, zero, 26);
	send_message(lns, &b, &d);
}

/* RFC 2661 4.4.2: of error code and words the receiver must be able to do without. */
static void avp_result(struct lns *lns, struct builder *b, uint16_t result, uint16_t error,
		       const char *words)
{
	uint8_t value[128];
	struct builder v = builder_init(value, sizeof(value));

	builder_u16(&v, result);
	if (error > 0 || words)
		builder_u16(&v, error);
	if (words)
		builder_bytes(&v, words, strlen(words));
	long len = builder_finish(&v);
	if (len < 0)
		abort();
	avp(lns, b, AVP_RESULT, value, (size_t)len);
}

void lns_clear_call(struct lns *lns, uint16_t result, uint16_t error, const char *words, nsec_t now)
{
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, lns->client_session, CDN);

	lns->now = now;
	avp_result(lns, &b, result, error, words);
	avp16(lns, &b, AVP_SESSION, lns_session(lns));
	send_message(lns, &b, &d);
	if (lns->calls > 0 && lns->current < LNS_CALLS_MAX)
		lns->ended[lns->current] = true;
	lns->state = LNS_TUNNEL;
}

void lns_stop(struct lns *lns, uint16_t result, uint16_t error, const char *words, nsec_t now)
{
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, 0, STOPCCN);

	lns->now = now;
	avp16(lns, &b, AVP_TUNNEL, lns->config.tunnel_id);
	avp_result(lns, &b, result, error, words);
	send_message(lns, &b, &d);
	lns->state = LNS_CLOSED;
	lns->hello_at = NSEC_NEVER;
}

static void stop(struct lns *lns, uint16_t result, uint16_t error, const char *words)
{
	lns_stop(lns, result, error, words, lns->now);
}

/* RFC 2661 4.1: M, H, four reserved bits, the length; vendor; type. */
static bool parse_avps(struct lns *lns, struct cursor c, struct avps *ret)
{
	*ret = (struct avps){ 0 };
	while (cursor_left(&c) > 0) {
		uint16_t head = cursor_u16(&c), vendor = cursor_u16(&c), type = cursor_u16(&c);
		size_t len = head & 0x3ff;
		if (c.bad || len < 6)
			return false;
		struct chunk value = cursor_chunk(&c, len - 6);
		bool known = vendor == 0 && type < N_AVPS && avp_rules[type].known &&
			     !(head & 0x7c00) && !(lns->config.unknown & BIT(type));
		if (c.bad)
			return false;
		if (!known) {
			ret->unknown_mandatory = ret->unknown_mandatory || (head & 0x8000);
			continue;
		}
		if (avp_rules[type].mandatory != !!(head & 0x8000))
			violation(lns, "an AVP with the wrong M bit");
		if (avp_rules[type].len > 0 && avp_rules[type].len != value.len)
			violation(lns, "an AVP of the wrong length");
		if (!ret->present && type != AVP_MESSAGE)
			violation(lns, "a first AVP that isn't Message Type");
		ret->present |= BIT(type);
		ret->raw[type] = value;
		struct cursor v = cursor_init(value.data, value.len);
		ret->value[type] = value.len >= 4   ? cursor_u32(&v)
				   : value.len >= 2 ? cursor_u16(&v)
						    : 0;
	}
	return !c.bad && (ret->present & BIT(AVP_MESSAGE));
}

/* Which attributes a message can't do without (RFC 2661 6). */
static bool has_all(struct lns *lns, const struct avps *a)
{
	static const struct {
		uint16_t message;
		uint64_t needs;
	} needs[] = {
		{ SCCRQ, BIT(AVP_VERSION) | BIT(AVP_HOST) | BIT(AVP_FRAMING) | BIT(AVP_TUNNEL) },
		{ STOPCCN, BIT(AVP_TUNNEL) | BIT(AVP_RESULT) },
		{ ICRQ, BIT(AVP_SESSION) | BIT(AVP_SERIAL) },
		{ ICCN, BIT(AVP_SPEED) | BIT(AVP_FRAMING_TYPE) },
		{ CDN, BIT(AVP_RESULT) | BIT(AVP_SESSION) },
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].message == a->value[AVP_MESSAGE] &&
		    (a->present & needs[i].needs) != needs[i].needs) {
			violation(lns, "a message without an AVP that it must have");
			return false;
		}
	return true;
}

static void take_sccrq(struct lns *lns, const struct avps *a)
{
	if (a->value[AVP_VERSION] != 0x0100)
		violation(lns, "a protocol version other than 1.0");
	if (lns->config.refuses == LNS_REFUSES_TUNNEL) {
		stop(lns, 4, 0, NULL);
	} else if (lns->config.redirect) {
		stop(lns, 2, 7, lns->config.redirect);
	} else if (lns->config.demands & ~a->present) {
		stop(lns, 2, 6, "incomplete");
	} else if ((a->present & BIT(AVP_CHALLENGE)) && !lns->config.secret) {
		stop(lns, 4, 0, NULL);
	} else {
		send_sccrp(lns, a);
		lns->state = LNS_SENT_SCCRP;
	}
}

static void take_scccn(struct lns *lns, const struct avps *a)
{
	uint8_t wanted[16];

	lns->state = LNS_TUNNEL;
	if (!lns->config.secret || !lns->config.challenges)
		return;
	respond(lns, SCCCN, (struct chunk){ lns->challenge, sizeof(lns->challenge) }, wanted);
	struct chunk response = a->raw[AVP_RESPONSE];
	if (response.len != sizeof(wanted) || memcmp(response.data, wanted, sizeof(wanted)) != 0)
		stop(lns, 4, 0, "wrong secret");
}

/* Whether one of the first N calls stands. */
static bool has_calls(const struct lns *lns, unsigned int n)
{
	for (unsigned int i = 0; i < n && i < LNS_CALLS_MAX; i++)
		if (!lns->ended[i])
			return true;
	return false;
}

static void take_icrq(struct lns *lns, const struct avps *a)
{
	uint16_t session = (uint16_t)a->value[AVP_SESSION];

	if (session == 0)
		violation(lns, "a session ID of 0");
	/* RFC 2661 4.4.4: nothing may still come that was meant for the old one. */
	if (lns->calls > 0 &&
	    (session == lns->client_session || a->value[AVP_SERIAL] <= lns->serial))
		violation(lns, "a call that can't be told from the one before it");
	/* xl2tpd takes such an end for the tunnel's. */
	if (lns->unnamed)
		violation(lns, "a call after the end of one that named no session");
	if (lns->calls == LNS_CALLS_MAX)
		violation(lns, "more calls than anybody needs");
	else
		lns->client_sessions[lns->calls] = session;
	bool others = has_calls(lns, lns->calls);
	lns->client_session = session;
	lns->serial = a->value[AVP_SERIAL];
	lns->current = lns->calls;
	lns->calls++;
	if (lns->config.refuses == LNS_REFUSES_CALL || (lns->config.one_call && others)) {
		lns_clear_call(lns, 4, 0, NULL, lns->now);
		return;
	}
	if (lns->config.ignores_second && others && lns->calls <= LNS_CALLS_MAX) {
		lns->ended[lns->calls - 1] = true;
		return;
	}
	send_icrp(lns);
	lns->state = LNS_SENT_ICRP;
}

/* The call that a CDN is about: by our number in the header, or by the client's in its AVP. */
static void note_end(struct lns *lns, uint16_t session, const struct avps *a)
{
	for (unsigned int i = 0; i < lns->calls && i < LNS_CALLS_MAX; i++)
		if (session == lns->config.session_id + i ||
		    (session == 0 && a->value[AVP_SESSION] == lns->client_sessions[i]))
			lns->ended[i] = true;
}

static void end_call(struct lns *lns, uint16_t session, const struct avps *a)
{
	bool answered = lns->state == LNS_SENT_ICRP || lns->state == LNS_UP;
	uint16_t number = (uint16_t)(session - lns->config.session_id);

	if (session != 0 && number < lns->calls && number != lns->current) {
		/* Another call than the one that was taken. */
		if (a->value[AVP_SESSION] != lns->client_sessions[number])
			violation(lns, "the end of a former call under another number");
		return;
	}
	lns->unnamed = session == 0;
	if (a->value[AVP_SESSION] != lns->client_session ||
	    (answered && session != 0 && session != lns_session(lns)))
		violation(lns, "the end of a call that there isn't");
	lns->cdn_result = (uint16_t)(a->value[AVP_RESULT] >> 16 ? a->value[AVP_RESULT] >> 16
								: a->value[AVP_RESULT]);
	lns->state = lns->state == LNS_CLOSED ? LNS_CLOSED : LNS_TUNNEL;
}

static void take_cdn(struct lns *lns, uint16_t session, const struct avps *a)
{
	end_call(lns, session, a);
	note_end(lns, session, a);
	if (lns->config.ends_with_call && lns->state != LNS_CLOSED && !has_calls(lns, lns->calls))
		stop(lns, 1, 0, NULL);
}

/* A message that is new and in order. */
static void take_message(struct lns *lns, uint16_t session, const struct avps *a)
{
	uint16_t type = (uint16_t)a->value[AVP_MESSAGE];

	if (a->unknown_mandatory) {
		stop(lns, 2, 8, NULL);
		return;
	}
	if (!has_all(lns, a))
		return;
	/* The client takes the call whose ICRP came first. */
	uint16_t number = (uint16_t)(session - lns->config.session_id);
	if (type == ICCN && number < lns->calls) {
		lns->current = number;
		lns->client_session = lns->client_sessions[number];
	}
	/* The call's first message can't name a session yet; the others name ours. */
	if ((type == ICCN) != (session == lns_session(lns)) && type != CDN)
		violation(lns, "a session ID in the header that doesn't fit the message");

	if (type == SCCRQ && lns->state == LNS_IDLE) {
		take_sccrq(lns, a);
	} else if (type == SCCCN && lns->state == LNS_SENT_SCCRP) {
		take_scccn(lns, a);
	} else if (type == ICRQ && (lns->state == LNS_TUNNEL || lns->state == LNS_SENT_ICRP ||
				    lns->state == LNS_UP)) {
		take_icrq(lns, a);
	} else if (type == ICCN && lns->state == LNS_SENT_ICRP) {
		lns->state = LNS_UP;
		if (lns->config.chatty)
			send_sli_and_wen(lns);
	} else if (type == CDN) {
		take_cdn(lns, session, a);
	} else if (type == STOPCCN) {
		lns->stop_result =
			(uint16_t)(a->value[AVP_RESULT] >> 16 ? a->value[AVP_RESULT] >> 16
							      : a->value[AVP_RESULT]);
		lns->state = LNS_CLOSED;
		lns->hello_at = lns->repeat_at = NSEC_NEVER;
	} else if (type != HELLO && lns->state != LNS_CLOSED) {
		violation(lns, "a message that doesn't fit the state");
	}
}

static void take_acknowledgement(struct lns *lns, uint16_t nr)
{
	size_t before = lns->n_queue;

	while (lns->n_queue > 0 && (uint16_t)(nr - lns->first_ns - 1) < 0x8000) {
		memmove(lns->queue, lns->queue + 1, --lns->n_queue * sizeof(lns->queue[0]));
		lns->first_ns++;
	}
	if (before != lns->n_queue) {
		lns->tries = 0;
		lns->repeat_at = lns->n_queue > 0 ? lns->now + REPEAT_AFTER : NSEC_NEVER;
	}
}

/* A new tunnel is a new life: the counters begin again. */
static void begin_tunnel(struct lns *lns, uint16_t client_tunnel)
{
	struct lns_config config = lns->config;
	uint64_t random = lns->random;
	unsigned int violations = lns->violations, received = lns->received;
	char words[sizeof(lns->violation)];

	memcpy(words, lns->violation, sizeof(words));
	lns_init(lns, &config);
	lns->random = random;
	memcpy(lns->violation, words, sizeof(words));
	lns->violations = violations;
	lns->received = received;
	lns->client_tunnel = client_tunnel;
}

/* Whether the message is for us; an SCCRQ that isn't the one we have begins a new tunnel. */
static bool is_ours(struct lns *lns, uint16_t tunnel, uint16_t ns, const struct avps *a, nsec_t now)
{
	if (a && a->value[AVP_MESSAGE] == SCCRQ) {
		uint16_t client_tunnel = (uint16_t)a->value[AVP_TUNNEL];
		if (tunnel != 0 || ns != 0 || client_tunnel == 0)
			violation(lns, "an SCCRQ that doesn't begin a tunnel");
		if (lns->state == LNS_IDLE || client_tunnel != lns->client_tunnel)
			begin_tunnel(lns, client_tunnel);
		lns->now = now;
		return true;
	}
	return lns->state != LNS_IDLE && tunnel == lns->config.tunnel_id;
}

void lns_input(struct lns *lns, const uint8_t *data, size_t len, nsec_t now)
{
	struct cursor c = cursor_init(data, len);
	uint16_t flags = cursor_u16(&c), length = cursor_u16(&c), tunnel = cursor_u16(&c);
	uint16_t session = cursor_u16(&c), ns = cursor_u16(&c), nr = cursor_u16(&c);
	bool zlb = cursor_left(&c) == 0;
	struct avps a = { 0 };

	lns->now = now;
	lns->received++;
	if (c.bad || flags != 0xc802 || length != len || (!zlb && !parse_avps(lns, c, &a))) {
		violation(lns, "no control message of L2TP's version 2");
		return;
	}
	if (lns->config.drops_challenge && a.value[AVP_MESSAGE] == SCCRQ &&
	    (a.present & BIT(AVP_CHALLENGE)))
		return;
	if (!is_ours(lns, tunnel, ns, zlb ? NULL : &a, now))
		return;

	take_acknowledgement(lns, nr);
	if (lns->config.hello_interval > 0 && lns->state != LNS_CLOSED)
		lns->hello_at = now + lns->config.hello_interval;
	if (zlb)
		return;
	lns->answered = false;
	uint16_t ahead = (uint16_t)(ns - lns->nr);
	if (ahead == 0) {
		lns->nr++;
		take_message(lns, session, &a);
	} else if (ahead < 0x8000) {
		if (ahead >= (lns->config.window > 0 ? lns->config.window : 4))
			violation(lns, "a message outside of the window");
		return;
	} else {
		lns->duplicates++;
	}
	if (!lns->answered)
		send_zlb(lns);
}

nsec_t lns_deadline(const struct lns *lns)
{
	return nsec_min(lns->repeat_at, lns->hello_at);
}

static void repeat(struct lns *lns)
{
	nsec_t pause = REPEAT_AFTER;

	if (++lns->tries >= lns->config.max_tries) {
		lns->gave_up = true;
		lns->state = LNS_CLOSED;
		lns->n_queue = 0;
		lns->repeat_at = lns->hello_at = NSEC_NEVER;
		return;
	}
	for (unsigned int i = 0; i < lns->tries && pause < REPEAT_MAX; i++)
		pause *= 2;
	lns->repeat_at = lns->now + pause;
	for (size_t i = 0; i < lns->n_queue; i++) {
		lns->repeated++;
		put_out(lns, &lns->queue[i]);
	}
}

void lns_timeout(struct lns *lns, nsec_t now)
{
	struct lns_datagram d;

	lns->now = now;
	if (lns->repeat_at <= now && lns->n_queue > 0)
		repeat(lns);
	if (lns->hello_at <= now) {
		struct builder b = begin_message(lns, &d, 0, HELLO);
		lns->hello_at = now + lns->config.hello_interval;
		if (lns->n_queue == 0)
			send_message(lns, &b, &d);
	}
}
