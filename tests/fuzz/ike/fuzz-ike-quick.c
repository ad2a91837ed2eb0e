/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands behind HASH(2) in quick mode's second message, once it is decrypted and its hash is
 * right. The first octet has the options of ike-run.h (16: a pair is up, and this is for the one that
 * replaces it); the second is the type of the payload behind the hash, the rest are the payloads.
 */
#include "tests/fuzz/fuzz.h"
#include "ike-run.h"
#include "ike/keymat.h"

static void up_to_quick_mode(struct run *run, bool renew)
{
	while (run->stage < (renew ? IKE_STAGE_CHILD_UP : IKE_STAGE_QM1_SENT)) {
		MUST(run_answer(run));
		run_give(run, run->peer->reply, run->peer->reply_len);
		run_settle(run);
	}
	if (renew)
		MUST(ike_rekey(run->ike, run->now) == 0);
	run_settle(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer peer;
	struct run run;

	if (size < 2 || size > 3000)
		return 0;
	run_begin(&run, &peer, data[0] & 0xf);
	up_to_quick_mode(&run, data[0] & 0x10);
	MUST(run_answer(&run)); /* so that it has the message ID */

	struct outgoing *out = &peer.out;
	outgoing_init(out, &peer.sa, ISAKMP_EXCHANGE_QUICK, peer.qm_msgid);
	outgoing_hash_open(out, &peer.sa);
	builder_patch8(&out->b, out->chain.link, data[1]);
	builder_bytes(&out->b, data + 2, size - 2);
	MUST(outgoing_encrypt(out, &peer.env, &peer.sa, peer.qm_iv) == 0);
	struct ike_datagram d = { .natt = peer.sa.floated };
	struct builder b = builder_init(d.data, sizeof(d.data));
	if (d.natt)
		builder_zero(&b, ISAKMP_MARKER_LEN);
	builder_bytes(&b, out->data, builder_len(&out->b));
	run_give(&run, d.data, builder_len(&b));
	run_settle(&run);
	run_pass_time(&run, run.now + NSEC_PER_SEC);
	run_settle(&run);
	run_end(&run);
	return 0;
}
