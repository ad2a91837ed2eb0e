/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole negotiation of the IKE engine. The input: an octet of options (see ike-run.h) and then
 * steps, an octet for what and then:
 *   0  length (16 bits), a datagram as it stands
 *   1  exchange, message ID (0: zero, 1: quick mode's, else this number), flags, first payload's
 *      type, length (16 bits), payloads: a message with the right cookies
 *   2  the gateway's right answer to our last message, with a knob of its (an octet and a number of
 *      16 bits) turned
 *   3  that answer once more
 *   4  time in units of 10 ms (16 bits)
 *   5  until the deadline
 *   6  close   7  probe   8  rekey
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ike-run.h"
#include "lib/cursor.h"

#define STEPS_MAX 1000

/* A message with the right cookies; padded when it says that it is encrypted. */
static void give_message(struct run *run, struct cursor *c)
{
	struct isakmp_header header = { .exchange = cursor_u8(c), .msgid = cursor_u8(c) };
	uint8_t buf[4096];
	struct builder b = builder_init(buf, sizeof(buf));

	if (header.msgid == 1)
		header.msgid = run->peer->qm_msgid;
	header.flags = cursor_u8(c);
	header.next = cursor_u8(c);
	struct chunk body = cursor_chunk(c, cursor_u16(c));
	if (!body.data || body.len > 4000)
		return;
	memcpy(header.cookie_i, run->peer->sa.cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(header.cookie_r, run->peer->sa.cookie_r, ISAKMP_COOKIE_LEN);
	isakmp_header_build(&b, &header);
	builder_bytes(&b, body.data, body.len);
	if (header.flags & ISAKMP_FLAG_ENCRYPTED)
		builder_zero(&b, (16 - body.len % 16) % 16);
	isakmp_header_close(&b, 0);
	run_give(run, buf, builder_len(&b));
}

static void turn_knob(struct peer *p, uint8_t knob, uint16_t value)
{
	p->selection = knob < 6 ? (enum peer_selection)knob : PEER_SELECT_OFFERED;
	p->forged_type = value >> 8;
	p->forged = value & 0xff;
	p->bad_hash = knob == 6;
	p->bad_ke = knob == 7;
	p->short_nonce = knob == 8;
	p->id_private = knob == 9;
	p->id_tcp = knob == 10;
	p->responder_lifetime = knob == 11 ? value : 0;
	p->no_natt = knob == 12;
	p->no_dpd = knob == 13;
}

static void give_answer(struct run *run, struct cursor *c)
{
	uint8_t knob = cursor_u8(c);

	turn_knob(run->peer, knob, cursor_u16(c));
	if (run_answer(run))
		run_give(run, run->peer->reply, run->peer->reply_len);
}

static void step(struct run *run, struct cursor *c)
{
	nsec_t deadline = ike_deadline(run->ike);

	switch (cursor_u8(c) % 9) {
	case 0: {
		struct chunk raw = cursor_chunk(c, cursor_u16(c));
		if (raw.data)
			run_give(run, raw.data, raw.len);
		break;
	}
	case 1:
		give_message(run, c);
		break;
	case 2:
		give_answer(run, c);
		break;
	case 3:
		run_give(run, run->peer->reply, run->peer->reply_len);
		break;
	case 4:
		run_pass_time(run, run->now + cursor_u16(c) * 10 * NSEC_PER_MSEC);
		break;
	case 5:
		if (deadline != NSEC_NEVER)
			run_pass_time(run, deadline > run->now ? deadline : run->now);
		break;
	case 6:
		MUST(ike_close(run->ike, run->now) == 0 || run->work.failed);
		break;
	case 7:
		(void)!ike_probe(run->ike, run->now);
		break;
	case 8:
		run_rekey(run);
		break;
	}
}

static bool input(const struct run_input *in)
{
	static struct peer peer;
	struct cursor c = cursor_init(in->data, in->size);
	struct run run;

	run_begin(&run, &peer, cursor_u8(&c));
	run.work.fails_in = in->fails_in;
	for (unsigned int i = 0; i < STEPS_MAX && cursor_left(&c) > 0; i++) {
		step(&run, &c);
		run_settle(&run);
	}
	run_end(&run);
	return run.work.failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_each(data, size, input);
	return 0;
}
