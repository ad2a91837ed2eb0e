/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers that a gateway may give and mustn't, and what somebody else may send in its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-talk.h"

/* What anybody can send who has seen nothing of ours says nothing of the gateway. */
static void test_rubbish_is_nobodys(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_stats stats;
	uint8_t data[64] = { 0 };

	run_reach(run, IKE_STAGE_MM1_SENT);
	for (size_t len = 0; len <= sizeof(data); len++) {
		memset(data, (int)len, sizeof(data));
		assert_true(ike_input(run->ike, &run->config.remote, data, len, run->now) > 0);
	}
	/* Somebody's main mode, and a refusal that has another cookie. */
	memset(data, 0, sizeof(data));
	memset(data, 0x77, 8);
	data[17] = 0x10;
	data[27] = 28;
	for (uint8_t exchange = 0; exchange < 8; exchange++) {
		data[18] = exchange;
		assert_true(ike_input(run->ike, &run->config.remote, data, 28, run->now) > 0);
	}
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 0);
	assert_int_equal(stats.last_drop, IKE_DROP_NONE);
	assert_int_equal(stats.dropped, stats.received);
	memcpy(data, run->d.data, 8);
	assert_true(ike_input(run->ike, &run->config.remote, data, 28, run->now) > 0);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 1);
	run_free(run);
}

/* A message 4 that comes again while 6 is waited for: no harm, and after a while our 5 again. */
static void test_duplicates(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_stats stats;
	struct ike_datagram five, three;

	run_reach(run, IKE_STAGE_MM5_SENT);
	five = run->d;
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take_none(run);
	run->now += RETRANSMIT_GUARD;
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take(run);
	assert_memory_equal(run->d.data, five.data, five.len);
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take_none(run);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 5); /* and messages 2 and 4 themselves */
	assert_int_equal(stats.last_drop, IKE_DROP_DUPLICATE);
	assert_int_equal(stats.round_trip, 20 * NSEC_PER_MSEC);

	/* Message 6 again, after all is over, is answered by nothing. */
	run_reach(run, IKE_STAGE_QM1_SENT);
	struct ike_datagram qm1 = run->d;
	run->now += NSEC_PER_SEC;
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take_none(run);

	/* Quick mode's message 2 again shows that 3 was lost. */
	run->d = qm1;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	three = run->d;
	run->now += 60 * NSEC_PER_SEC;
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take(run);
	assert_int_equal(run->d.len, three.len);
	assert_memory_equal(run->d.data, three.data, three.len);
	assert_non_null(run_event(run, IKE_EVENT_CHILD_UP, 0));
	assert_null(run_event(run, IKE_EVENT_CHILD_UP, 1));
	run_free(run);
}

/* Original addresses are for checksums that the kernel doesn't look at: none of them does harm. */
static void test_nat_oa(void **state)
{
	static const uint8_t address[] = { 1, 0, 0, 0, 192, 168, 100, 1 };
	static const uint8_t six[20] = { 5 };
	const struct chunk bodies[] = { { address, 8 }, { address, 7 }, { six, 20 }, { "", 0 } };

	(void)state;
	for (size_t n = 0; n <= 3; n++)
		for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
			struct run *run = run_natted();
			run_reach(run, IKE_STAGE_QM1_SENT);
			run->peer.n_nat_oa = n;
			run->peer.nat_oa = bodies[i];
			assert_true(peer_qm2(&run->peer, &run->d));
			assert_int_equal(run_feed(run), n <= 2 ? 0 : IKE_DROP_PAYLOADS);
			assert_int_equal(run_stage(run),
					 n <= 2 ? IKE_STAGE_CHILD_UP : IKE_STAGE_QM1_SENT);
			run_free(run);
		}
}

static int feed_octets(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->config.remote;

	return ike_input(run->ike, &from, data, len, run->now);
}

/* A piece of an answer in clear, with the answer's header; `next` of the piece's own header. */
static int feed_piece(struct run *run, struct chunk answer, uint8_t number, bool last,
		      struct chunk data, uint8_t next)
{
	const struct payload_fragment piece = {
		.id = 1, .number = number, .last = last, .data = data
	};
	uint8_t buf[IKE_DATAGRAM_MAX];
	struct builder b = builder_init(buf, sizeof(buf));
	struct isakmp_header header;

	assert_int_equal(isakmp_header_parse(answer, &header), 0);
	isakmp_header_build(&b, &header);
	struct payload_chain chain = payload_chain_init(&b, (size_t)2 * ISAKMP_COOKIE_LEN);
	size_t mark = payload_open(&chain, ISAKMP_PAYLOAD_FRAGMENT);
	payload_fragment_build(&b, &piece);
	payload_close(&chain, mark);
	if (next != 0)
		payload_add(&chain, next, "x", 1);
	isakmp_header_close(&b, 0);
	return feed_octets(run, buf, builder_len(&b));
}

/* Message 4 in two pieces, the second first; before it what must not be taken for one. */
static void test_pieces(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t text[600];

	run_reach(run, IKE_STAGE_MM3_SENT);
	peer_mm4(&run->peer, &run->d);
	struct chunk four = { run->peer.reply, run->peer.reply_len };
	const size_t half = four.len / 2;
	struct chunk head = { four.data, half };
	struct chunk tail = { run->peer.reply + half, four.len - half };

	assert_int_equal(feed_piece(run, four, 1, true, tail, ISAKMP_PAYLOAD_VENDOR),
			 IKE_DROP_PAYLOADS);
	assert_int_equal(feed_piece(run, four, 0, true, tail, 0), IKE_DROP_MALFORMED);
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ "", 0 }, 0),
			 IKE_DROP_MALFORMED);
	assert_int_equal(feed_piece(run, four, 1, true, head, 0), IKE_DROP_MALFORMED);

	/* A piece in a piece, and a message of another SA's in pieces of this one's. */
	assert_true(four.len < sizeof(text));
	memcpy(text, four.data, four.len);
	text[2 * ISAKMP_COOKIE_LEN] = ISAKMP_PAYLOAD_FRAGMENT;
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ text, four.len }, 0),
			 IKE_DROP_MALFORMED);
	memcpy(text, four.data, four.len);
	text[ISAKMP_COOKIE_LEN] ^= 1;
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ text, four.len }, 0),
			 IKE_DROP_COOKIE);
	assert_int_equal(feed_piece(run, (struct chunk){ text, four.len }, 1, true, four, 0),
			 IKE_DROP_COOKIE);
	assert_int_equal(run_stage(run), IKE_STAGE_MM3_SENT);
	run_take_none(run);

	assert_int_equal(feed_piece(run, four, 2, true, tail, 0), 0);
	assert_int_equal(run_stage(run), IKE_STAGE_MM3_SENT);
	assert_int_equal(feed_piece(run, four, 2, true, tail, 0), IKE_DROP_DUPLICATE);
	assert_int_equal(feed_piece(run, four, 1, false, head, 0), 0);
	assert_int_equal(run_stage(run), IKE_STAGE_MM5_SENT);
	run_take(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	run_free(run);
}

static void test_wrong_key(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct peer *peer = &run->peer;

	assert_int_equal(secret_set(&peer->env.psk, "another key", 11), 0);
	run_reach(run, IKE_STAGE_MM5_SENT);
	assert_false(peer_mm6(peer, &run->d));

	/* What such a gateway says, it says under keys that we don't have. */
	memcpy(peer->sa.last_block, peer->iv, sizeof(peer->sa.last_block));
	peer_send_info(peer, 9, ISAKMP_PAYLOAD_NOTIFY,
		       peer_notify(16, (struct chunk){ NULL, 0 }, (struct chunk){ NULL, 0 }));
	run_forget_events(run);
	assert_int_equal(run_feed(run), IKE_DROP_UNDECRYPTABLE);
	const struct ike_event *hint = run_event(run, IKE_EVENT_NOTIFY, 0);
	assert_true(hint && hint->u.notify.undecryptable && !hint->u.notify.authenticated);
	assert_int_equal(hint->u.notify.stage, IKE_STAGE_MM5_SENT);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	assert_int_equal(run_stage(run), IKE_STAGE_MM5_SENT);
	run_free(run);
}

/* The keys are right and HASH_R isn't: dropped, and the right message 6 still counts. */
static void test_bad_hash_r(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t iv[KEYMAT_BLOCK_MAX];

	run_reach(run, IKE_STAGE_MM5_SENT);
	struct ike_datagram five = run->d;
	memcpy(iv, run->peer.iv, sizeof(iv));
	run->peer.bad_hash = true;
	assert_true(peer_mm6(&run->peer, &five));
	assert_int_equal(run_feed(run), IKE_DROP_HASH);
	assert_int_equal(run_stage(run), IKE_STAGE_MM5_SENT);
	run->peer.bad_hash = false;
	memcpy(run->peer.iv, iv, sizeof(iv));
	assert_true(peer_mm6(&run->peer, &five));
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	assert_int_equal(run_stage(run), IKE_STAGE_QM1_SENT);
	run_reach(run, IKE_STAGE_CHILD_UP);
	run_free(run);
}

static void test_identity(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->ike = ike_free(run->ike);
	run->config.remote_id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 3, .data = "gw1" };
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	run_reach(run, IKE_STAGE_MM5_SENT);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_int_equal(run_feed(run), IKE_DROP_ID);
	assert_int_equal(run_event(run, IKE_EVENT_FAILED, 0)->u.failed.reason, IKE_FAILURE_ID);
	assert_int_equal(run_stage(run), IKE_STAGE_CLOSED);
	/* The gateway learns of it. */
	struct incoming in;
	run_take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payloads_count(&in.list, ISAKMP_PAYLOAD_DELETE), 1);
	assert_int_equal(ike_deadline(run->ike), NSEC_NEVER);
	run_free(run);

	run = run_natted();
	run->ike = ike_free(run->ike);
	run->config.remote_id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 3, .data = "gw1" };
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	run->peer.id = (struct payload_id){ .type = IKE_ID_FQDN, .data = { "gw1", 3 } };
	run_reach(run, IKE_STAGE_CHILD_UP);
	run_free(run);
}

struct selection_case {
	enum peer_selection selection;
	uint16_t type, value;
	int verdict;
};

/* Attributes: 1 cipher, 2 hash, 3 authentication, 4 group, 11 and 12 life, 14 key length. */
static const struct selection_case phase1_cases[] = {
	{ PEER_SELECT_OFFERED, 0, 0, 0 },
	{ PEER_SELECT_LIFE, 0, 300, 0 },
	{ PEER_SELECT_LIFE, 0, 28801, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_LIFE, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 1, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 1, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 4, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 64221, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 65001, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 14, 128, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 14, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 11, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 13, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 1, 7, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 16384, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_MISSING, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_TWO, 0, 0, IKE_DROP_NOT_OFFERED },
};

static void test_selection_phase1(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(phase1_cases); i++) {
		const struct selection_case *c = &phase1_cases[i];
		struct run *run = run_natted();

		run_reach(run, IKE_STAGE_MM1_SENT);
		struct ike_datagram one = run->d;
		run->peer.selection = c->selection;
		run->peer.forged_type = c->type;
		run->peer.forged = c->value;
		peer_mm2(&run->peer, &one);
		assert_int_equal(run_feed(run), c->verdict);
		if (c->verdict != 0) {
			/* Anybody may have sent that: the right one still counts. */
			assert_null(run_event(run, IKE_EVENT_FAILED, 0));
			assert_int_equal(run_stage(run), IKE_STAGE_MM1_SENT);
			run->peer.selection = PEER_SELECT_OFFERED;
			peer_mm2(&run->peer, &one);
			assert_int_equal(run_feed(run), 0);
		}
		run_take(run);
		run_reach(run, IKE_STAGE_MM5_SENT);
		run_free(run);
	}
}

/* Attributes: 1 and 2 life, 3 group, 4 mode, 5 authentication, 6 key length. */
static const struct selection_case phase2_cases[] = {
	{ PEER_SELECT_OFFERED, 0, 0, 0 },
	{ PEER_SELECT_LIFE, 0, 600, 0 },
	{ PEER_SELECT_LIFE, 0, 3601, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 61443, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 61444, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 9, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 128, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 192, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 3, 14, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 10, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_MISSING, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_TWO, 0, 0, IKE_DROP_NOT_OFFERED },
};

/* Aggressive mode, or any other exchange, in answer to message 1: not a word more is said. */
static void test_other_exchange(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run_reach(run, IKE_STAGE_MM1_SENT);
	peer_mm2(&run->peer, &run->d);
	for (unsigned int exchange = 0; exchange < 256; exchange++) {
		if (exchange == ISAKMP_EXCHANGE_MAIN)
			continue;
		run->peer.reply[18] = (uint8_t)exchange;
		assert_true(run_feed(run) > 0);
		run_take_none(run);
		assert_int_equal(run_stage(run), IKE_STAGE_MM1_SENT);
	}
	run->peer.reply[18] = ISAKMP_EXCHANGE_MAIN;
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	run_reach(run, IKE_STAGE_MM5_SENT);
	run_free(run);
}

static void test_selection_phase2(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(phase2_cases); i++) {
		const struct selection_case *c = &phase2_cases[i];
		struct run *run = run_natted();

		run_reach(run, IKE_STAGE_QM1_SENT);
		run->peer.selection = c->selection;
		run->peer.forged_type = c->type;
		run->peer.forged = c->value;
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(run_feed(run), c->verdict);
		const struct ike_event *failed = run_event(run, IKE_EVENT_FAILED, 0);
		const struct ike_event *up = run_event(run, IKE_EVENT_CHILD_UP, 0);
		if (c->verdict == 0) {
			assert_non_null(up);
			if (c->selection == PEER_SELECT_LIFE)
				assert_int_equal(up->u.child.life_s, c->value);
		} else {
			assert_null(up);
			assert_int_equal(failed->u.failed.reason, IKE_FAILURE_NOT_OFFERED);
			assert_int_equal(failed->u.failed.stage, IKE_STAGE_QM1_SENT);
		}
		run_free(run);
	}
}

static void test_weak(void **state)
{
	(void)state;
	for (size_t select = 0; select < 4; select++) {
		struct run *run = run_natted();

		run->peer.select = select;
		run_reach(run, IKE_STAGE_MM3_SENT);
		struct ike_datagram three = run->d;
		run->peer.bad_ke = true;
		peer_mm4(&run->peer, &three);
		assert_int_equal(run_feed(run), IKE_DROP_WEAK);
		run->peer.bad_ke = false;
		run->peer.short_nonce = true;
		crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
		peer_mm4(&run->peer, &three);
		assert_int_equal(run_feed(run), IKE_DROP_WEAK);
		run->peer.short_nonce = false;
		crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
		peer_mm4(&run->peer, &three);
		assert_int_equal(run_feed(run), 0);
		run_take(run);
		run_reach(run, IKE_STAGE_CHILD_UP);
		run_free(run);
	}
}

static void test_quick_ids(void **state)
{
	(void)state;
	/* Without a NAT the identities must come back as they went out. */
	struct run *run = run_new();
	run_start(run);
	run_reach(run, IKE_STAGE_QM1_SENT);
	run->peer.id_private = true;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), IKE_DROP_NOT_OFFERED);
	assert_int_equal(run_event(run, IKE_EVENT_FAILED, 0)->u.failed.reason,
			 IKE_FAILURE_NOT_OFFERED);
	run_free(run);

	/* With one the address may differ, but never the protocol. */
	run = run_natted();
	run_reach(run, IKE_STAGE_QM1_SENT);
	run->peer.id_tcp = true;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), IKE_DROP_NOT_OFFERED);
	run_free(run);
}

static const struct chunk none = { NULL, 0 };

static void test_refused(void **state)
{
	(void)state;
	struct run *run = run_natted();

	/* Phase 1: anybody may have said so. */
	run_reach(run, IKE_STAGE_MM1_SENT);
	memcpy(run->peer.sa.cookie_i, run->d.data, 8);
	memcpy(run->peer.sa.cookie_r, "anything", 8);
	peer_send_clear(&run->peer, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(run_feed(run), IKE_DROP_UNAUTHENTICATED);
	const struct ike_event *hint = run_event(run, IKE_EVENT_NOTIFY, 0);
	assert_true(hint && hint->u.notify.type == 14 && !hint->u.notify.authenticated);
	assert_int_equal(run_stage(run), IKE_STAGE_MM1_SENT);
	assert_true(ike_deadline(run->ike) != NSEC_NEVER);

	/* Phase 2, in an informational exchange of its own: that is the gateway's word. */
	run_reach(run, IKE_STAGE_QM1_SENT);
	run_forget_events(run);
	run->peer.bad_hash = true;
	peer_send_info(&run->peer, 0x1234, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(run_feed(run), IKE_DROP_HASH);
	assert_null(run_event(run, IKE_EVENT_NOTIFY, 0));
	run->peer.bad_hash = false;
	peer_send_info(&run->peer, 0x1234, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(run_feed(run), 0);
	const struct ike_event *failed = run_event(run, IKE_EVENT_FAILED, 0);
	assert_int_equal(failed->u.failed.reason, IKE_FAILURE_REFUSED_PHASE2);
	assert_int_equal(failed->u.failed.notify_type, 14);
	run_free(run);
}

/* Every message of a whole negotiation again, in the end: nothing but duplicates and strangers. */
static void test_replay(void **state)
{
	(void)state;
	static struct {
		size_t len;
		uint8_t data[IKE_DATAGRAM_MAX];
	} old[4];
	struct run *run = run_natted();

	for (enum ike_stage s = IKE_STAGE_MM1_SENT; s <= IKE_STAGE_CHILD_UP; s++) {
		if (s == IKE_STAGE_PHASE1_UP)
			continue;
		run_reach(run, s);
		size_t n = s < IKE_STAGE_PHASE1_UP ? s - 1 : s - 2;
		if (n > 0) {
			old[n - 1].len = run->peer.reply_len;
			memcpy(old[n - 1].data, run->peer.reply, run->peer.reply_len);
		}
		struct ike_stats before, after;
		ike_get_stats(run->ike, &before);
		nsec_t deadline = ike_deadline(run->ike);
		run_forget_events(run);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(ike_input(run->ike, &gateway_address, old[i].data,
						   old[i].len, run->now),
					 IKE_DROP_DUPLICATE);
		/* Our own words, thrown back. */
		assert_true(ike_input(run->ike, &gateway_address, run->d.data, run->d.len,
				      run->now) > 0);
		ike_get_stats(run->ike, &after);
		assert_int_equal(after.stage, before.stage);
		assert_int_equal(after.last_authenticated, before.last_authenticated);
		assert_int_equal(ike_deadline(run->ike), deadline);
		assert_null(run_event(run, IKE_EVENT_STAGE, 0));
		run_take_none(run);
	}
	run_free(run);
}

/* Any single octet of any message changed: dropped, and the untouched message still counts. */
static void test_corrupt(void **state)
{
	(void)state;
	struct run *run = run_natted();

	for (enum ike_stage s = IKE_STAGE_MM1_SENT; s < IKE_STAGE_CHILD_UP; s++) {
		if (s == IKE_STAGE_PHASE1_UP)
			continue;
		run_reach(run, s);
		if (s == IKE_STAGE_MM1_SENT)
			peer_mm2(&run->peer, &run->d);
		else if (s == IKE_STAGE_MM3_SENT)
			continue; /* nothing in it is protected; its corruption is found by message
				     6 */
		else if (s == IKE_STAGE_MM5_SENT)
			assert_true(peer_mm6(&run->peer, &run->d));
		else
			assert_true(peer_qm2(&run->peer, &run->d));
		size_t from = s == IKE_STAGE_MM1_SENT ? 16 : 0;
		size_t to = s == IKE_STAGE_MM1_SENT ? 32 : run->peer.reply_len;
		for (size_t i = from; i < to; i++) {
			if (s != IKE_STAGE_MM1_SENT && (i == 4 + 19 || i == 4 + 17))
				continue; /* the flags that don't matter, and the minor version */
			if (s == IKE_STAGE_MM1_SENT && (i == 17 || i == 19))
				continue;
			uint8_t kept = run->peer.reply[i];
			run->peer.reply[i] ^= 0x20;
			int r = run_feed(run);
			assert_true(r > 0);
			assert_int_equal(run_stage(run), s);
			run->peer.reply[i] = kept;
		}
		assert_int_equal(run_feed(run), 0);
		run_take(run);
		run_forget_events(run);
	}
	assert_true(peer_qm3(&run->peer, &run->d));
	run_free(run);
}

/*
 * A main mode that somebody begins who says he is the gateway: from another address it is nothing,
 * from the gateway's it costs one place, however often it is begun, and is forgotten.
 */
static void test_forged_main(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_datagram first, answer;
	struct ike *forger;

	assert_int_equal(ike_new(&run->config, &crypto_openssl, &forger), 0);
	assert_int_equal(ike_start(forger, run->now), 0);
	assert_true(ike_next_datagram(forger, &first));
	ike_free(forger);

	/* Before a pair stands the first phase 1 is ours to make. */
	run_reach(run, IKE_STAGE_QM1_SENT);
	assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len, run->now),
			 IKE_DROP_COOKIE);
	run_reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(ike_input(run->ike, &napt_address, first.data, first.len, run->now),
			 IKE_DROP_COOKIE);
	run_take_none(run);
	for (unsigned int i = 0; i < 1000; i++) {
		first.data[1] = (uint8_t)i;
		first.data[2] = (uint8_t)(i >> 8);
		assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len,
					   run->now),
				 0);
		assert_true(ike_next_datagram(run->ike, &answer));
		assert_true(answer.len <= first.len);
		assert_false(ike_next_datagram(run->ike, &answer));
	}
	/* The same once more isn't answered at the forger's pace. */
	assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len, run->now),
			 IKE_DROP_DUPLICATE);
	run_take_none(run);
	run_forget_events(run);
	assert_int_equal(ike_timeout(run->ike, run->now + 31 * NSEC_PER_SEC), 0);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	assert_null(run_event(run, IKE_EVENT_CHILD_DOWN, 0));
	run_free(run);
}

static void test_config(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_config good = run->config;
	struct ike *ike;

	run->config.n_proposals = 0;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.n_esp = IKE_PROPOSALS_MAX + 1;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.psk = NULL;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.local.family = 0;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.proposals[1].key_bits = 77;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.esp[1].group = IKE_GROUP_MODP2048;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run_start(run);
	assert_int_equal(ike_start(run->ike, run->now), 0);
	assert_int_equal(ike_start(run->ike, run->now), -EALREADY);
	assert_null(ike_free(NULL));
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nat_oa),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_rubbish_is_nobodys),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_bad_hash_r),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_selection_phase1),
		cmocka_unit_test(test_selection_phase2),
		cmocka_unit_test(test_other_exchange),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_quick_ids),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_forged_main),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
