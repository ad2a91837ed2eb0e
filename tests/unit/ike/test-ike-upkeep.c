/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair that stands: lives and renewals, signs of life, deletes, the end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-talk.h"

static const struct chunk none = { NULL, 0 };

static void test_responder_lifetime(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.responder_lifetime = 900;
	run_reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(run_event(run, IKE_EVENT_CHILD_UP, 0)->u.child.life_s, 900);
	run_free(run);
}

/* Neither shall a gateway have us negotiate for every packet, nor does a floor lengthen what we offer. */
static void test_life_kb(void **state)
{
	static const struct {
		uint32_t offered;
		size_t said;
		uint32_t life_kb;
	} rows[] = {
		{ 250000, 0, 250000 },	  { 250000, 1, 20480 },	    { 250000, 20479, 20480 },
		{ 250000, 20480, 20480 }, { 250000, 20481, 20481 }, { 1000, 1, 1000 },
		{ 0, 1, 20480 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run *run = run_new();
		run->config.phase2_life_kb = rows[i].offered;
		run_start(run);
		run->peer.responder_life_kb = rows[i].said;
		run_reach(run, IKE_STAGE_CHILD_UP);
		assert_int_equal(run_event(run, IKE_EVENT_CHILD_UP, 0)->u.child.life_kb,
				 rows[i].life_kb);
		run_free(run);
	}
}

static void test_delete(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t spi[4], cookies[16];

	run_reach(run, IKE_STAGE_CHILD_UP);
	struct builder b = builder_init(spi, sizeof(spi));
	builder_u32(&b, run->peer.spi_in);
	memcpy(cookies, run->peer.sa.cookie_i, 8);
	memcpy(cookies + 8, run->peer.sa.cookie_r, 8);
	run_forget_events(run);

	/* In clear, or with a wrong hash: nothing. */
	peer_send_clear(&run->peer, ISAKMP_PAYLOAD_DELETE,
			peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(run_feed(run), IKE_DROP_PAYLOADS);
	run->peer.bad_hash = true;
	peer_send_info(&run->peer, 21, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(run_feed(run), IKE_DROP_HASH);
	run->peer.bad_hash = false;
	assert_null(run_event(run, IKE_EVENT_CHILD_DOWN, 0));

	peer_send_info(&run->peer, 22, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(run_feed(run), 0);
	const struct ike_event *down = run_event(run, IKE_EVENT_CHILD_DOWN, 0);
	assert_true(down && down->u.child_down.by_peer);
	assert_int_equal(down->u.child_down.spi_out, run->peer.spi_in);
	assert_int_equal(run_feed(run), IKE_DROP_DUPLICATE);
	assert_null(run_event(run, IKE_EVENT_CHILD_DOWN, 1));

	peer_send_info(&run->peer, 23, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(1, (struct chunk){ cookies, 16 }));
	assert_int_equal(run_feed(run), 0);
	/* Obeyed, and begun anew at once. */
	assert_non_null(run_event(run, IKE_EVENT_PHASE1_DOWN, 0));
	assert_null(run_event(run, IKE_EVENT_CLOSED, 0));
	run_take(run);
	assert_int_equal(run->d.data[4 + 18], ISAKMP_EXCHANGE_MAIN);
	assert_int_equal(run_feed(run), IKE_DROP_COOKIE);
	run_free(run);
}

static struct payload_notify info_notify(struct run *run)
{
	static struct incoming in;
	struct payload_notify n;

	run_take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_notify_parse(incoming_body(&in, ISAKMP_PAYLOAD_NOTIFY, 0), &n), 0);
	assert_int_equal(n.spi.len, 16);
	return n;
}

static void test_dpd(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t cookies[16];

	run_reach(run, IKE_STAGE_QM1_SENT);
	memcpy(cookies, run->peer.sa.cookie_i, 8);
	memcpy(cookies + 8, run->peer.sa.cookie_r, 8);
	for (uint8_t i = 0; i < 3; i++) {
		const uint8_t sequence[] = { 1, 2, 3, i == 0 ? 4 : 5 };
		/* The last two are the same datagram: answered again, though not at once. */
		run->now += NSEC_PER_SEC;
		peer_send_info(&run->peer, i == 0 ? 40 : 41, ISAKMP_PAYLOAD_NOTIFY,
			       peer_notify(36136, (struct chunk){ cookies, 16 },
					   (struct chunk){ sequence, 4 }));
		assert_int_equal(run_feed(run), i == 2 ? IKE_DROP_DUPLICATE : 0);
		struct payload_notify n = info_notify(run);
		assert_int_equal(n.type, 36137);
		assert_memory_equal(n.data.data, sequence, 4);
		assert_memory_equal(n.spi.data, cookies, 16);
	}

	/* Our own: the same number until it is acknowledged, then the next one. */
	uint8_t first[4], next[4];
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	memcpy(first, info_notify(run).data.data, 4);
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	assert_memory_equal(info_notify(run).data.data, first, 4);
	peer_send_info(&run->peer, 42, ISAKMP_PAYLOAD_NOTIFY,
		       peer_notify(36137, (struct chunk){ cookies, 16 },
				   (struct chunk){ first, 4 }));
	assert_int_equal(run_feed(run), 0);
	struct ike_stats stats;
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.last_authenticated, run->now);
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	memcpy(next, info_notify(run).data.data, 4);
	assert_memory_not_equal(next, first, 4);
	run_free(run);

	run = run_natted();
	run->peer.no_dpd = true;
	run_reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(ike_probe(run->ike, run->now), -EOPNOTSUPP);
	run_free(run);
}

static void test_close(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct incoming in;
	struct payload_delete del;

	run_reach(run, IKE_STAGE_CHILD_UP);
	run_forget_events(run);
	assert_int_equal(ike_close(run->ike, run->now), 0);
	run_take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, 3);
	run_take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, 1);
	assert_int_equal(del.spis.len, 16);
	run_take_none(run);
	assert_false(run_event(run, IKE_EVENT_CHILD_DOWN, 0)->u.child_down.by_peer);
	assert_non_null(run_event(run, IKE_EVENT_CLOSED, 0));
	assert_int_equal(ike_close(run->ike, run->now), 0);
	run_take_none(run);
	run_free(run);
}

static void assert_delete(struct run *run, uint8_t protocol)
{
	static struct incoming in;
	struct payload_delete del;

	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, protocol);
}

static void test_renew_pair(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run_reach(run, IKE_STAGE_CHILD_UP);
	nsec_t up = run->now;
	uint32_t old = run_event(run, IKE_EVENT_CHILD_UP, 0)->u.child.spi_in;
	run_forget_events(run);
	run_wait_datagram(run);
	assert_true(run->now - up >= 2700 * NSEC_PER_SEC);
	assert_true(run->now - up <= 2880 * NSEC_PER_SEC);
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	assert_true(peer_qm3(&run->peer, &run->d));
	const struct ike_event *child = run_event(run, IKE_EVENT_CHILD_UP, 0);
	assert_non_null(child);
	assert_int_equal(child->u.child.replaces_spi_in, old);
	assert_int_not_equal(child->u.child.spi_in, old);
	assert_null(run_event(run, IKE_EVENT_STAGE, 0));
	assert_null(run_event(run, IKE_EVENT_CHILD_DOWN, 0));

	nsec_t replaced = run->now;
	assert_null(run_event(run, IKE_EVENT_CHILD_USE, 0));
	assert_int_equal(ike_timeout(run->ike, run->now + 539 * NSEC_PER_MSEC), 0);
	assert_null(run_event(run, IKE_EVENT_CHILD_USE, 0));
	/* Two round trips of 20 ms and half a second after message 3. */
	assert_int_equal(ike_timeout(run->ike, run->now + 540 * NSEC_PER_MSEC), 0);
	assert_int_equal(run_event(run, IKE_EVENT_CHILD_USE, 0)->u.child_use.spi_in,
			 child->u.child.spi_in);
	run_wait_datagram(run);
	assert_int_equal(run->now, replaced + 30 * NSEC_PER_SEC);
	assert_delete(run, 3);
	assert_null(run_event(run, IKE_EVENT_CHILD_DOWN, 0));
	run->now += NSEC_PER_SEC;
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	const struct ike_event *down = run_event(run, IKE_EVENT_CHILD_DOWN, 0);
	assert_int_equal(down->u.child_down.spi_in, old);
	assert_false(down->u.child_down.by_peer);
	run_free(run);
}

static void test_renew_refused(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run_reach(run, IKE_STAGE_CHILD_UP);
	run_forget_events(run);
	run_wait_datagram(run);
	peer_send_info(&run->peer, 0x77, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(run_feed(run), 0);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	nsec_t refused = run->now;
	run_wait_datagram(run);
	assert_int_equal(run->now, refused + 60 * NSEC_PER_SEC);

	/* The same for an answer that wasn't offered; in the end the old pair's life is over. */
	run->peer.selection = PEER_SELECT_TWO;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), IKE_DROP_NOT_OFFERED);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	while (!run_event(run, IKE_EVENT_CHILD_DOWN, 0))
		run_wait_datagram(run);
	assert_null(run_event(run, IKE_EVENT_FAILED, 0));
	assert_int_equal(run_stage(run), IKE_STAGE_CHILD_UP);
	run_free(run);
}

/* Asked for again and again, it never runs out of room. */
static void test_renew_asked(void **state)
{
	(void)state;
	struct run *run = run_natted();

	assert_int_equal(ike_rekey(run->ike, run->now), -ENOENT);
	run_reach(run, IKE_STAGE_CHILD_UP);
	for (unsigned int i = 0; i < 50; i++) {
		run_forget_events(run);
		assert_int_equal(ike_rekey(run->ike, run->now), 0);
		run_take(run);
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(run_feed(run), 0);
		run_take(run);
		assert_non_null(run_event(run, IKE_EVENT_CHILD_UP, 0));
		run->now += 600 * NSEC_PER_MSEC;
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		assert_non_null(run_event(run, IKE_EVENT_CHILD_USE, 0));
	}
	run_free(run);
}

static void test_renew_phase1(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_sa old;

	run->config.phase1_life_s = 600;
	run_start(run);
	run->peer.seen = napt_address;
	run_reach(run, IKE_STAGE_CHILD_UP);
	run_forget_events(run);
	old = run->peer.sa;
	old.dh_private = NULL;
	run_wait_datagram(run);
	assert_true(run->d.natt);
	crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
	run->peer.sa.dh_private = NULL;
	run->peer.seen.port = 61235;
	run->peer.self.port = 4500;
	peer_mm2(&run->peer, &run->d);
	memcpy(run->peer.reply + 4 + 8, "another!", 8);
	memcpy(run->peer.sa.cookie_r, "another!", 8);
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	peer_mm4(&run->peer, &run->d);
	assert_int_equal(run_feed(run), 0);
	run_take(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_int_equal(run_feed(run), 0);
	run_take_none(run);
	assert_non_null(run_event(run, IKE_EVENT_PHASE1_UP, 0));
	assert_null(run_event(run, IKE_EVENT_STAGE, 0));

	/* The old one goes under its own keys, and what follows comes under the new ones. */
	struct ike_sa new = run->peer.sa;
	run_wait_datagram(run);
	run->peer.sa = old;
	assert_delete(run, 1);
	run->peer.sa = new;
	assert_int_equal(ike_rekey(run->ike, run->now), 0);
	run_take(run);
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(run_feed(run), 0);
	assert_non_null(run_event(run, IKE_EVENT_CHILD_UP, 0));
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_responder_lifetime),
		cmocka_unit_test(test_life_kb),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_dpd),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_renew_pair),
		cmocka_unit_test(test_renew_refused),
		cmocka_unit_test(test_renew_asked),
		cmocka_unit_test(test_renew_phase1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
