/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine against a small gateway, message by message: the good way, and what repeats on it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ike-talk.h"
#include "tests/unit/between.h"

static void test_direct(void **state)
{
	(void)state;
	for (size_t select = 0; select < 4; select++) {
		struct run *run = run_new();

		run_start(run);
		run->peer.select = select;
		run_reach(run, IKE_STAGE_CHILD_UP);
		assert_true(peer_qm3(&run->peer, &run->d));
		assert_false(run->d.natt);
		const struct ike_event *natt = run_event(run, IKE_EVENT_NATT, 0);
		assert_true(natt && natt->u.natt.supported);
		assert_false(natt->u.natt.local_nat || natt->u.natt.remote_nat);
		const struct ike_event *up = run_event(run, IKE_EVENT_PHASE1_UP, 0);
		assert_true(up && up->u.phase1.dpd);
		assert_int_equal(up->u.phase1.life_s, 28800);
		assert_int_equal(up->u.phase1.peer_id.type, IKE_ID_IPV4_ADDR);
		const struct ike_event *child = run_event(run, IKE_EVENT_CHILD_UP, 0);
		assert_non_null(child);
		assert_false(child->u.child.udp_encap);
		run_assert_child(run, &child->u.child);
		assert_null(run_event(run, IKE_EVENT_FAILED, 0));
		/* Nothing is due before the pair is to be renewed. */
		assert_true(ike_deadline(run->ike) >= run->now + 2700 * NSEC_PER_SEC);
		run_free(run);
	}
}

static void test_natted(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.id_private = true;
	run_reach(run, IKE_STAGE_MM5_SENT);
	assert_true(run->d.natt);
	assert_int_equal(run->d.remote.port, 4500);
	assert_memory_equal(run->d.data, "\0\0\0\0", 4);
	run_reach(run, IKE_STAGE_CHILD_UP);
	assert_true(peer_qm3(&run->peer, &run->d));
	const struct ike_event *natt = run_event(run, IKE_EVENT_NATT, 0);
	assert_true(natt->u.natt.local_nat && natt->u.natt.remote_nat && !natt->u.natt.forced);
	assert_string_equal(natt->u.natt.variant, "RFC 3947");
	const struct ike_event *child = run_event(run, IKE_EVENT_CHILD_UP, 0);
	assert_true(child->u.child.udp_encap);
	assert_int_equal(child->u.child.remote.port, 4500);
	run_assert_child(run, &child->u.child);

	/* From now on a keepalive every 20 seconds, and nothing else. */
	nsec_t deadline = ike_deadline(run->ike);
	assert_int_equal(deadline, run->now + 20 * NSEC_PER_SEC);
	assert_int_equal(ike_timeout(run->ike, deadline - 1), 0);
	run_take_none(run);
	assert_int_equal(ike_timeout(run->ike, deadline), 0);
	run_take(run);
	assert_int_equal(run->d.len, 1);
	assert_int_equal(run->d.data[0], 0xff);
	assert_int_equal(ike_deadline(run->ike), deadline + 20 * NSEC_PER_SEC);
	assert_int_equal(ike_input(run->ike, &gateway_address, run->d.data, 1, run->now),
			 IKE_DROP_KEEPALIVE);
	run_free(run);
}

static void test_forced(void **state)
{
	(void)state;
	struct run *run = run_new();

	run->config.force_encaps = true;
	run_start(run);
	run_reach(run, IKE_STAGE_CHILD_UP);
	const struct ike_event *natt = run_event(run, IKE_EVENT_NATT, 0);
	assert_true(natt->u.natt.forced);
	assert_true(run_event(run, IKE_EVENT_CHILD_UP, 0)->u.child.udp_encap);
	run_free(run);

	/* Without NAT traversal there is no way to do what was asked for. */
	run = run_new();
	run->config.force_encaps = true;
	run_start(run);
	run->peer.no_natt = true;
	run_reach(run, IKE_STAGE_MM5_SENT);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_true(run_feed(run) > 0);
	assert_int_equal(run_event(run, IKE_EVENT_FAILED, 0)->u.failed.reason, IKE_FAILURE_NO_NATT);
	run_free(run);
}

static void test_no_natt(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.no_natt = true;
	run_reach(run, IKE_STAGE_CHILD_UP);
	assert_false(run_event(run, IKE_EVENT_NATT, 0)->u.natt.supported);
	assert_false(run_event(run, IKE_EVENT_CHILD_UP, 0)->u.child.udp_encap);
	run_free(run);
}

/* Message 1 has Windows' shape: the SA, then vendor IDs; its transforms in Windows' order. */
static void test_message_1(void **state)
{
	(void)state;
	static const uint8_t sa[] = {
		0, 0, 0, 1,    0,    0,	   0,  1,    0,	   0, 0, 0x7c, 1,    1,	 0, 3, /* SA,
											  proposal
											*/
		3, 0, 0, 0x28, 1,    1,	   0,  0,    0x80, 1, 0, 7,    0x80, 14, 1, 0, 0x80,
		2, 0, 4, 0x80, 4,    0,	   14, 0x80, 3,	   0, 1, 0x80, 11,   0,	 1, 0, 12,
		0, 4, 0, 0,    0x70, 0x80,
	};
	struct run *run = run_new();
	struct incoming in;

	run->config.n_proposals = 3;
	run_start(run);
	run_reach(run, IKE_STAGE_MM1_SENT);
	in.raw = (struct chunk){ run->d.data, run->d.len };
	assert_int_equal(isakmp_header_parse(in.raw, &in.header), 0);
	assert_int_equal(in.header.exchange, 2);
	assert_int_equal(in.header.flags, 0);
	assert_int_equal(in.header.msgid, 0);
	assert_memory_equal(in.header.cookie_r, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(incoming_parse(&in), 0);
	struct chunk body = incoming_body(&in, ISAKMP_PAYLOAD_SA, 0);
	assert_true(body.len > sizeof(sa));
	assert_memory_equal(body.data, sa, sizeof(sa));
	assert_int_equal(in.list.list[0].type, ISAKMP_PAYLOAD_SA);
	assert_int_equal(in.list.list[1].type, ISAKMP_PAYLOAD_VENDOR);
	run_free(run);
}

static void test_retransmit(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_datagram first;
	struct ike_stats stats;
	nsec_t last = 0;

	run_start(run);
	run_reach(run, IKE_STAGE_MM1_SENT);
	first = run->d;
	for (unsigned int i = 0; i < 12; i++) {
		nsec_t deadline = ike_deadline(run->ike);
		assert_true(deadline - run->now > last / 2 &&
			    deadline - run->now <= 9 * NSEC_PER_SEC);
		last = deadline - run->now;
		assert_int_equal(ike_timeout(run->ike, deadline - 1), 0);
		run_take_none(run);
		run->now = deadline;
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		run_take(run);
		assert_int_equal(run->d.len, first.len);
		assert_memory_equal(run->d.data, first.data, first.len);
	}
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.retransmitted, 12);
	assert_int_equal(stats.sent, 13);
	assert_int_equal(stats.round_trip, 0);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	run_free(run);
}

/* The next pause, which is about NOMINAL; then the message goes out again. */
static void expect_pause(struct run *run, nsec_t nominal)
{
	nsec_t pause = ike_deadline(run->ike) - run->now;

	assert_between(pause, nominal * 9 / 10, nominal * 11 / 10);
	run->now += pause;
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	run_take(run);
}

/* Repetitions begin soon after a round trip once message 3 is answered, even if that was repeated. */
static void test_soon(void **state)
{
	(void)state;
	for (int lossy = 0; lossy <= 1; lossy++) {
		struct run *run = run_natted();

		run_reach(run, IKE_STAGE_MM3_SENT);
		if (lossy)
			expect_pause(run, 320 * NSEC_PER_MSEC);
		run_reach(run, IKE_STAGE_MM5_SENT);
		expect_pause(run, 140 * NSEC_PER_MSEC);
		expect_pause(run, 224 * NSEC_PER_MSEC);
		run_free(run);
	}
}

/* A gateway that takes longer than our pause answers each of our copies: nothing was lost, and it is known to be slow. */
static void test_echo(void **state)
{
	struct ike_stats stats;

	(void)state;
	struct run *run = run_natted();
	const nsec_t begun = run->now;
	run_reach(run, IKE_STAGE_MM1_SENT);
	run->now = ike_deadline(run->ike);
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	run_take(run);
	peer_mm2(&run->peer, &run->d);
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	const nsec_t answered = run->now;
	ike_get_stats(run->ike, &stats);
	assert_true(stats.round_trip < 100 * NSEC_PER_MSEC); /* a guess */
	/* The answer to the copy: message 3 isn't sent for it, and the path's pace is known. */
	run->now += 250 * NSEC_PER_MSEC;
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take_none(run);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.echoes, 1);
	assert_int_equal(stats.retransmitted, 1);
	assert_true(stats.round_trip == answered - begun);
	/* Once more shows that message 3 was lost. */
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	run_take(run);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),	  cmocka_unit_test(test_natted),
		cmocka_unit_test(test_forced),	  cmocka_unit_test(test_no_natt),
		cmocka_unit_test(test_message_1), cmocka_unit_test(test_retransmit),
		cmocka_unit_test(test_soon),	  cmocka_unit_test(test_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
