/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole conversation with the L2TP engine. A first octet of 255 gives it the tunnel's secret, with a
 * challenge of 44 44 44...; the rest of the input, or all of it, is a list of steps, an octet for what and
 * then:
 *   0  length (16 bits), a datagram as it stands
 *   1  Ns and Nr as signed octets to be added to the ones that are due, flags (1: our session ID,
 *      2: another port, 4: a wrong tunnel), length (an octet), AVPs: a message with a good header
 *   2  time in units of 10 ms (16 bits)
 *   3  until the deadline
 *   4  session ready   5  close, result (an octet)   6  probe   7  another call
 * After each step everything is fetched, and what must always hold is checked.
 */
#include <string.h>

#include "client/certificate/crypto.h"
#include "tests/fuzz/fuzz.h"
#include "l2tp/header.h"
#include "l2tp/l2tp.h"
#include "l2tp/protocol.h"
#include "lib/builder.h"
#include "lib/cursor.h"

#define LOCAL_TUNNEL  0x1111
#define LOCAL_SESSION 0x2222
/* A step brings the whole queue and an acknowledgement at most. */
#define DATAGRAMS_MAX 9
#define STEPS_MAX     2000

struct run {
	struct l2tp *l2tp;
	nsec_t now;
	uint8_t drawn;
	uint16_t due_ns, due_nr; /* what the peer would put into its next message */
	enum l2tp_stage stage;
	bool ready, up, closed;
};

static int draw(void *userdata, void *ret, size_t len)
{
	struct run *run = userdata;

	memset(ret, ++run->drawn * 0x11, len);
	return 0;
}

static void take_datagrams(struct run *run)
{
	struct l2tp_datagram d;
	struct l2tp_header header;
	unsigned int count = 0;

	while (l2tp_next_datagram(run->l2tp, &d)) {
		MUST(++count <= DATAGRAMS_MAX);
		MUST(l2tp_header_parse(d.data, d.len, &header) == 0);
		MUST(header.flags == (L2TP_CONTROL_FLAGS | L2TP_VERSION_2));
		run->due_ns = header.nr;
		if (header.payload.len > 0)
			run->due_nr = (uint16_t)(header.ns + 1);
	}
}

static void take_event(struct run *run, const struct l2tp_event *e)
{
	MUST(!run->closed);
	switch (e->type) {
	case L2TP_EVENT_STAGE:
		/* Each further call in the tunnel begins where the first one did, also when that had no answer yet. */
		MUST(e->u.stage > run->stage || e->u.stage == L2TP_STAGE_WAIT_ICRP);
		MUST(run->stage < L2TP_STAGE_CLOSING || e->u.stage > run->stage);
		run->stage = e->u.stage;
		if (run->stage == L2TP_STAGE_WAIT_ICRP)
			run->ready = run->up = false;
		break;
	case L2TP_EVENT_TUNNEL_UP:
		MUST(e->u.tunnel.peer_id != 0);
		MUST(memchr(e->u.tunnel.host_name, 0, sizeof(e->u.tunnel.host_name)));
		MUST(memchr(e->u.tunnel.vendor_name, 0, sizeof(e->u.tunnel.vendor_name)));
		break;
	case L2TP_EVENT_SESSION_READY:
		MUST(!run->ready && e->u.session.peer_session_id != 0);
		run->ready = true;
		break;
	case L2TP_EVENT_SESSION_UP:
		MUST(!run->up && run->ready && run->stage == L2TP_STAGE_UP);
		run->up = true;
		break;
	case L2TP_EVENT_CLOSED:
		MUST(run->stage == L2TP_STAGE_CLOSED);
		MUST(memchr(e->u.closed.text, 0, sizeof(e->u.closed.text)));
		MUST(e->u.closed.reason != L2TP_FAILURE_INTERNAL);
		run->closed = true;
		break;
	}
}

static void settle(struct run *run)
{
	struct l2tp_event e;
	struct l2tp_stats stats;

	while (l2tp_next_event(run->l2tp, &e))
		take_event(run, &e);
	take_datagrams(run);
	l2tp_get_stats(run->l2tp, &stats);
	MUST(stats.stage == run->stage);
	MUST(run->closed == (run->stage == L2TP_STAGE_CLOSED));
	if (run->closed)
		MUST(l2tp_deadline(run->l2tp) == NSEC_NEVER);
}

static void give(struct run *run, const uint8_t *data, size_t len, uint16_t port)
{
	struct endpoint from = { .family = 2, .addr = { 192, 0, 2, 1 }, .port = port };

	MUST(l2tp_input(run->l2tp, &from, data, len, run->now) >= 0);
}

static void give_message(struct run *run, struct cursor *c)
{
	int8_t ns = (int8_t)cursor_u8(c), nr = (int8_t)cursor_u8(c);
	uint8_t flags = cursor_u8(c);
	size_t len = cursor_u8(c);
	const uint8_t *avps = cursor_bytes(c, len);
	uint8_t buf[300];
	struct builder b = builder_init(buf, sizeof(buf));
	struct l2tp_header header = {
		.flags = L2TP_CONTROL_FLAGS | L2TP_VERSION_2,
		.tunnel_id = flags & 4 ? 1 : LOCAL_TUNNEL,
		.session_id = flags & 1 ? LOCAL_SESSION : 0,
		.ns = (uint16_t)(run->due_ns + ns),
		.nr = (uint16_t)(run->due_nr + nr),
	};

	if (!avps)
		return;
	l2tp_header_put(&b, &header, len);
	builder_bytes(&b, avps, len);
	give(run, buf, builder_len(&b), flags & 2 ? 5000 : 1701);
}

static void pass_time(struct run *run, nsec_t now)
{
	run->now = now;
	MUST(l2tp_timeout(run->l2tp, now) == 0);
	MUST(l2tp_deadline(run->l2tp) > now);
}

/* Whether there is a call that another one can follow. */
static bool has_call(enum l2tp_stage stage)
{
	return stage == L2TP_STAGE_WAIT_ICCN_ACK || stage == L2TP_STAGE_UP;
}

static void step(struct run *run, struct cursor *c)
{
	nsec_t deadline = l2tp_deadline(run->l2tp);

	switch (cursor_u8(c) % 8) {
	case 0: {
		struct chunk raw = cursor_chunk(c, cursor_u16(c));
		if (raw.data)
			give(run, raw.data, raw.len, 1701);
		break;
	}
	case 1:
		give_message(run, c);
		break;
	case 2:
		pass_time(run, run->now + cursor_u16(c) * 10 * NSEC_PER_MSEC);
		break;
	case 3:
		if (deadline != NSEC_NEVER)
			pass_time(run, deadline > run->now ? deadline : run->now);
		break;
	case 4:
		if (l2tp_session_ready(run->l2tp, run->now) == 0)
			MUST(run->stage == L2TP_STAGE_WAIT_SESSION ||
			     run->stage >= L2TP_STAGE_CLOSING);
		else
			MUST(run->stage != L2TP_STAGE_WAIT_SESSION);
		break;
	case 5:
		MUST(l2tp_close(run->l2tp, cursor_u8(c), run->now) == 0);
		break;
	case 6:
		(void)!l2tp_probe(run->l2tp, run->now);
		break;
	case 7:
		MUST((l2tp_call(run->l2tp, (enum l2tp_order)(cursor_u8(c) % 2), run->now) == 0) ==
		     has_call(run->stage));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct l2tp_config config = { .host_name = "pc",
				      .receive_window = 8,
				      .hello_interval = 30 * NSEC_PER_SEC };
	struct run run = { .now = NSEC_PER_SEC };
	struct l2tp_crypto crypto = { &run, draw, crypto_openssl_l2tp.md5 };
	struct cursor c = cursor_init(data, size);

	if (size > 0 && data[0] == 255) {
		(void)cursor_u8(&c);
		MUST(secret_set(&config.secret, "ni no hashi", 11) == 0);
	}
	MUST(l2tp_new(&config, &crypto, &run.l2tp) == 0);
	MUST(l2tp_start(run.l2tp, run.now) == 0);
	settle(&run);
	for (unsigned int i = 0; i < STEPS_MAX && cursor_left(&c) > 0; i++) {
		step(&run, &c);
		settle(&run);
	}
	l2tp_free(run.l2tp);
	return 0;
}
