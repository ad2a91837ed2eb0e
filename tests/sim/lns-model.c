/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The LNS model: the control channel (RFC 2661 5.8) and the messages of an incoming call (6). It
 * takes messages in order only and has the client repeat what came too early.
 */
#include "lns-model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	AVP_SESSION = 14,
	AVP_SERIAL = 15,
	AVP_BEARER_TYPE = 18,
	AVP_FRAMING_TYPE = 19,
	AVP_SPEED = 24,
	N_AVPS = 40,
};

/* What each attribute must look like (RFC 2661 4.4); of the others nothing is known. */
static const struct {
	bool known;
	bool mandatory;
	uint8_t len; /* of the value; 0: any */
} avp_rules[N_AVPS] = {
	[AVP_MESSAGE] = { true, true, 2 },	[AVP_RESULT] = { true, true, 0 },
	[AVP_VERSION] = { true, true, 2 },	[AVP_FRAMING] = { true, true, 4 },
	[AVP_BEARER] = { true, true, 4 },	[AVP_TIE] = { true, false, 8 },
	[AVP_FIRMWARE] = { true, false, 2 },	[AVP_HOST] = { true, true, 0 },
	[AVP_VENDOR] = { true, false, 0 },	[AVP_TUNNEL] = { true, true, 2 },
	[AVP_WINDOW] = { true, true, 2 },	[AVP_SESSION] = { true, true, 2 },
	[AVP_SERIAL] = { true, true, 4 },	[AVP_BEARER_TYPE] = { true, true, 4 },
	[AVP_FRAMING_TYPE] = { true, true, 4 }, [AVP_SPEED] = { true, true, 4 },
};

struct avps {
	uint64_t present;
	uint32_t value[N_AVPS]; /* the first octets of it, as a number */
	bool unknown_mandatory;
};

#define BIT(avp) (UINT64_C(1) << (avp))

void lns_init(struct lns *lns, const struct lns_config *config)
{
	memset(lns, 0, sizeof(*lns));
	lns->config = *config;
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

static void avp(struct builder *b, uint16_t type, const void *value, size_t len)
{
	builder_u16(b, (uint16_t)((avp_rules[type].mandatory ? 0x8000 : 0) | (6 + len)));
	builder_u16(b, 0);
	builder_u16(b, type);
	builder_bytes(b, value, len);
}

static void avp16(struct builder *b, uint16_t type, uint16_t value)
{
	avp(b, type, (const uint8_t[]){ (uint8_t)(value >> 8), (uint8_t)value }, 2);
}

static struct builder begin_message(struct lns *lns, struct lns_datagram *d, uint16_t session,
				    uint16_t type)
{
	struct builder b = begin(d, lns->client_tunnel, session, lns->ns);

	avp16(&b, AVP_MESSAGE, type);
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

static void send_sccrp(struct lns *lns)
{
	static const uint8_t framing[] = { 0, 0, 0, 3 };
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, 0, SCCRP);

	avp16(&b, AVP_VERSION, 0x0100);
	avp(&b, AVP_FRAMING, framing, sizeof(framing));
	avp(&b, AVP_HOST, "gateway", 7);
	avp16(&b, AVP_TUNNEL, lns->config.tunnel_id);
	if (lns->config.window > 0)
		avp16(&b, AVP_WINDOW, lns->config.window);
	send_message(lns, &b, &d);
}

static void send_icrp(struct lns *lns)
{
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, lns->client_session, ICRP);

	avp16(&b, AVP_SESSION, lns->config.session_id);
	send_message(lns, &b, &d);
}

void lns_clear_call(struct lns *lns, uint16_t result, nsec_t now)
{
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, lns->client_session, CDN);

	lns->now = now;
	avp16(&b, AVP_RESULT, result);
	avp16(&b, AVP_SESSION, lns->config.session_id);
	send_message(lns, &b, &d);
	lns->state = LNS_TUNNEL;
}

static void stop(struct lns *lns, uint16_t result, uint16_t error)
{
	const uint8_t code[] = { (uint8_t)(result >> 8), (uint8_t)result, (uint8_t)(error >> 8),
				 (uint8_t)error };
	struct lns_datagram d;
	struct builder b = begin_message(lns, &d, 0, STOPCCN);

	avp16(&b, AVP_TUNNEL, lns->config.tunnel_id);
	avp(&b, AVP_RESULT, code, error > 0 ? 4 : 2);
	send_message(lns, &b, &d);
	lns->state = LNS_CLOSED;
	lns->hello_at = NSEC_NEVER;
}

void lns_stop(struct lns *lns, uint16_t result, nsec_t now)
{
	lns->now = now;
	stop(lns, result, 0);
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
		bool known =
			vendor == 0 && type < N_AVPS && avp_rules[type].known && !(head & 0x7c00);
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
		stop(lns, 4, 0);
		return;
	}
	send_sccrp(lns);
	lns->state = LNS_SENT_SCCRP;
}

static void take_icrq(struct lns *lns, const struct avps *a)
{
	lns->client_session = (uint16_t)a->value[AVP_SESSION];
	if (lns->client_session == 0)
		violation(lns, "a session ID of 0");
	if (lns->config.refuses == LNS_REFUSES_CALL) {
		lns_clear_call(lns, 4, lns->now);
		return;
	}
	send_icrp(lns);
	lns->state = LNS_SENT_ICRP;
}

/* A message that is new and in order. */
static void take_message(struct lns *lns, uint16_t session, const struct avps *a)
{
	uint16_t type = (uint16_t)a->value[AVP_MESSAGE];

	if (a->unknown_mandatory) {
		stop(lns, 2, 8);
		return;
	}
	if (!has_all(lns, a))
		return;
	/* The call's first message can't name a session yet; the others name ours. */
	if ((type == ICCN) != (session == lns->config.session_id) && type != CDN)
		violation(lns, "a session ID in the header that doesn't fit the message");

	if (type == SCCRQ && lns->state == LNS_IDLE) {
		take_sccrq(lns, a);
	} else if (type == SCCCN && lns->state == LNS_SENT_SCCRP) {
		lns->state = LNS_TUNNEL;
	} else if (type == ICRQ && lns->state == LNS_TUNNEL) {
		take_icrq(lns, a);
	} else if (type == ICCN && lns->state == LNS_SENT_ICRP) {
		lns->state = LNS_UP;
	} else if (type == CDN) {
		lns->cdn_result = (uint16_t)(a->value[AVP_RESULT] >> 16 ? a->value[AVP_RESULT] >> 16
									: a->value[AVP_RESULT]);
		lns->state = lns->state == LNS_CLOSED ? LNS_CLOSED : LNS_TUNNEL;
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
	unsigned int violations = lns->violations, received = lns->received;
	char words[sizeof(lns->violation)];

	memcpy(words, lns->violation, sizeof(words));
	lns_init(lns, &config);
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
