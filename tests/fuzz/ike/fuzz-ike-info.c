/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifies, deletes and transactions that the gateway protects, in every state from message 5 on. The first octet
 * is how many right messages precede, less two (bit 7: the message is in clear; bit 6: a transaction's; bit 5: RUN_FAILS);
 * then come messages:
 * the type of the payload behind the hash (bit 7: with the message ID of the one before), a length (16 bits), payloads.
 */
#include "tests/fuzz/fuzz.h"
#include "ike-run.h"
#include "lib/cursor.h"

#define MESSAGES_MAX 100

static void give(struct run *run, uint8_t exchange, uint32_t msgid, uint8_t type, struct chunk body,
		 bool clear)
{
	struct peer *p = run->peer;
	struct outgoing *out = &p->out;
	uint8_t iv[KEYMAT_BLOCK_MAX] = { 0 }, text[IKE_DATAGRAM_MAX];
	struct builder b = builder_init(text, sizeof(text));

	outgoing_init(out, &p->sa, exchange, msgid);
	if (!clear)
		outgoing_hash_open(out, &p->sa);
	builder_patch8(&out->b, out->chain.link, type);
	builder_bytes(&out->b, body.data, body.len);
	MUST((clear ? outgoing_finish(out) : outgoing_encrypt(out, &p->env, &p->sa, iv)) == 0);
	if (p->sa.floated)
		builder_zero(&b, ISAKMP_MARKER_LEN);
	builder_bytes(&b, out->data, builder_len(&out->b));
	run_give(run, text, builder_len(&b));
	run_settle(run);
}

static bool input(const struct run_input *in)
{
	static struct peer peer;
	struct cursor c = cursor_init(in->data, in->size);
	uint8_t first = cursor_u8(&c);
	uint8_t exchange = first & 0x40 ? ISAKMP_EXCHANGE_TRANSACTION : ISAKMP_EXCHANGE_INFO;
	struct run run;

	run_begin(&run, &peer, RUN_NAT);
	for (unsigned int i = 0; i < 2U + first % 3; i++) {
		MUST(run_answer(&run));
		run_give(&run, peer.reply, peer.reply_len);
		run_settle(&run);
	}
	run.work.fails_in = in->fails_in;
	for (uint32_t i = 0, id = 0; i < MESSAGES_MAX && cursor_left(&c) > 0; i++) {
		uint8_t type = cursor_u8(&c);
		struct chunk body = cursor_chunk(&c, cursor_u16(&c));
		if (body.data && body.len < 3000)
			give(&run, exchange, type & 0x80 ? id : ++id, type & 0x7f, body,
			     first & 0x80);
	}
	run_pass_time(&run, run.now + NSEC_PER_SEC);
	run_settle(&run);
	run_end(&run);
	return run.work.failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_each(data, size, input);
	return 0;
}
