/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions: which of them end the attempt, and which end nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-peer.h"

#define NOW (1000 * NSEC_PER_SEC)

struct run {
	struct ike *ike;
	struct peer peer;
	struct ike_datagram last;
	unsigned int n_failed, n_sent;
	enum ike_failure reason;
};

static const struct endpoint gateway = { AF_INET, { 203, 0, 113, 7 }, 500 };

static void drain(struct run *run)
{
	struct ike_event event;
	struct ike_datagram d;

	while (ike_next_event(run->ike, &event)) {
		run->n_failed += event.type == IKE_EVENT_FAILED;
		if (event.type == IKE_EVENT_FAILED)
			run->reason = event.u.failed.reason;
		ike_event_clear(&event);
	}
	while (ike_next_datagram(run->ike, &d)) {
		run->last = d;
		run->n_sent++;
	}
}

static int feed(struct run *run)
{
	int r = ike_input(run->ike, &gateway, run->peer.reply, run->peer.reply_len, NOW);

	drain(run);
	return r;
}

/* Up to quick mode's message 1, or further up to the pair. */
static struct run *run_new(bool pair)
{
	struct run *run = calloc(1, sizeof(*run));
	struct secret psk;

	assert_non_null(run);
	assert_int_equal(secret_set(&psk, "a key", 5), 0);
	const struct ike_config config = {
		.local = { AF_INET, { 10, 1, 2, 3 }, 500 },
		.local_natt_port = 4500,
		.remote = gateway,
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.psk = &psk,
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_ECP256 } },
		.n_proposals = 1,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
	};
	peer_init(&run->peer, &config, &crypto_openssl);
	assert_int_equal(ike_new(&config, &crypto_openssl, &run->ike), 0);
	assert_int_equal(ike_start(run->ike, NOW), 0);
	drain(run);
	peer_mm2(&run->peer, &run->last);
	assert_int_equal(feed(run), 0);
	peer_mm4(&run->peer, &run->last);
	assert_int_equal(feed(run), 0);
	assert_true(peer_mm6(&run->peer, &run->last));
	assert_int_equal(feed(run), 0);
	if (pair) {
		assert_true(peer_qm2(&run->peer, &run->last));
		assert_int_equal(feed(run), 0);
	}
	return run;
}

static void run_free(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(&run->peer);
	free(run);
}

/* clang-format off */
#define BODY(...) { (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }) }

static const struct row {
	const char *words;
	struct chunk body;
	bool pair, in_clear, bad_hash;
	int wanted;
	bool ends, answered;
} rows[] = {
	{ "a request for a login", BODY(1, 0, 1, 2, 0xc0, 0x88, 0, 0, 0x40, 0x89, 0, 0), .ends = true },
	{ "one by challenge", BODY(1, 0, 1, 2, 0x40, 0x8d, 0, 3, 'a', 'b', 'c'), .ends = true },
	{ "the first of the numbers", BODY(1, 0, 1, 2, 0xc0, 0x88, 0, 0), .ends = true },
	{ "the last one", BODY(1, 0, 1, 2, 0x40, 0x91, 0, 0), .ends = true },
	{ "among others", BODY(1, 0, 1, 2, 0, 1, 0, 0, 0x40, 0x89, 0, 0), .ends = true },
	{ "a status that is set", BODY(3, 0, 1, 2, 0xc0, 0x8f, 0, 0), .ends = true },
	{ "a number below", BODY(1, 0, 1, 2, 0xc0, 0x87, 0, 0), .answered = true },
	{ "a number above", BODY(1, 0, 1, 2, 0xc0, 0x92, 0, 0), .answered = true },
	{ "an address that is set", BODY(3, 0, 1, 2, 0, 1, 0, 4, 10, 9, 8, 7), .answered = true },
	{ "a reply that nobody asked for", BODY(2, 0, 1, 2, 0x40, 0x89, 0, 0), .wanted = IKE_DROP_UNEXPECTED },
	{ "no attribute", BODY(1, 0, 1, 2), .answered = true },
	{ "half an attribute", BODY(1, 0, 1, 2, 0x40, 0x89, 0), .wanted = IKE_DROP_MALFORMED },
	{ "one that is longer than the rest", BODY(1, 0, 1, 2, 0x40, 0x89, 0, 1), .wanted = IKE_DROP_MALFORMED },
	{ "no identifier", BODY(1, 0, 1), .wanted = IKE_DROP_MALFORMED },
	{ "when a pair stands", BODY(1, 0, 1, 2, 0x40, 0x89, 0, 0), .pair = true, .wanted = IKE_DROP_UNEXPECTED },
	{ "with a wrong hash", BODY(1, 0, 1, 2, 0x40, 0x89, 0, 0), .bad_hash = true, .wanted = IKE_DROP_HASH },
	{ "in clear", BODY(1, 0, 1, 2, 0x40, 0x89, 0, 0), .in_clear = true, .wanted = IKE_DROP_NOT_ENCRYPTED },
};
/* clang-format on */

/* It goes on with the IV of what it answers, and says that nothing is taken: type and identifier alone. */
static void check_answer(struct run *run, const struct row *row)
{
	const uint8_t *body_in = row->body.data;
	const uint8_t wanted[] = { body_in[0] + 1, 0, body_in[2], body_in[3] };
	const struct ike_sa *sa = &run->peer.sa;
	uint8_t iv[KEYMAT_BLOCK_MAX], hash[KEYMAT_HASH_MAX];
	static struct incoming in;

	memcpy(iv, run->peer.reply + run->peer.reply_len - sizeof(iv), sizeof(iv));
	in.raw = (struct chunk){ run->last.data, run->last.len };
	assert_int_equal(isakmp_header_parse(in.raw, &in.header), 0);
	assert_int_equal(in.header.exchange, ISAKMP_EXCHANGE_TRANSACTION);
	assert_int_equal(in.header.msgid, 77);
	assert_int_equal(incoming_decrypt(&in, &run->peer.env, sa, iv), 0);
	assert_int_equal(rules_check(RULES_TRANSACTION, &in.list), 0);
	assert_int_equal(keymat_hash_1(&crypto_openssl, sa->proposal.hash, &sa->keys.skeyid_a, 77,
				       incoming_rest(&in), hash),
			 0);
	assert_true(incoming_hash_equal(&in, sa, hash));
	struct chunk body = incoming_body(&in, ISAKMP_PAYLOAD_ATTRIBUTES, 0);
	assert_int_equal(body.len, sizeof(wanted));
	assert_memory_equal(body.data, wanted, sizeof(wanted));
}

static void test_transactions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct run *run = run_new(row->pair);
		uint8_t *flags = run->peer.reply + ISAKMP_HEADER_LEN - 9;

		run->peer.bad_hash = row->bad_hash;
		peer_send(&run->peer, ISAKMP_EXCHANGE_TRANSACTION, 77, ISAKMP_PAYLOAD_ATTRIBUTES,
			  row->body);
		if (row->in_clear)
			*flags = 0;
		run->n_sent = 0;
		int r = feed(run);
		if (r != row->wanted || (run->n_failed != 0) != row->ends ||
		    (row->ends && run->reason != IKE_FAILURE_XAUTH))
			fail_msg("%s: verdict %d, failures %u", row->words, r, run->n_failed);
		assert_int_equal(run->n_sent, row->ends || row->answered);
		if (row->answered)
			check_answer(run, row);
		run_free(run);
	}
}

static void again(struct run *run, nsec_t now, unsigned int answers)
{
	run->n_sent = 0;
	assert_int_equal(ike_input(run->ike, &gateway, run->peer.reply, run->peer.reply_len, now),
			 IKE_DROP_DUPLICATE);
	drain(run);
	assert_int_equal(run->n_sent, answers);
}

/* It counts once; the answer may be lost, and is given again. Before phase 1 stands nothing counts. */
static void test_once(void **state)
{
	const struct chunk address = BODY(3, 0, 1, 2, 0, 1, 0, 4, 10, 9, 8, 7);
	struct run *run = run_new(true);
	struct ike_stats stats;

	(void)state;
	peer_send(&run->peer, ISAKMP_EXCHANGE_TRANSACTION, 77, ISAKMP_PAYLOAD_ATTRIBUTES, address);
	assert_int_equal(feed(run), 0);
	again(run, NOW + RETRANSMIT_GUARD - 1, 0);
	again(run, NOW + RETRANSMIT_GUARD, 1);
	again(run, NOW + RETRANSMIT_GUARD, 0);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.last_authenticated, NOW);
	run->ike->sa->up = false;
	peer_send(&run->peer, ISAKMP_EXCHANGE_TRANSACTION, 78, ISAKMP_PAYLOAD_ATTRIBUTES, address);
	assert_int_equal(feed(run), IKE_DROP_UNEXPECTED);
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
