/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each octet of each message that a gateway sends, changed in four ways by somebody who has the keys:
 * with the null crypto of the fuzz targets (tests/fuzz/ike/ike-run.h) every change outside of a hash is
 * authentic. What comes of it is one of: dropped, and nothing has changed and the right message still
 * counts; refused, and that is the end of this negotiation; taken, and what was agreed keeps within
 * what was offered, which run_settle() checks. How many don't get through is written down here, so
 * that no check goes unnoticed when it goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/ike/ike-run.h"

enum word {
	WORD_ANSWER, /* the right answer to our last message */
	WORD_RENEWAL,
	WORD_DELETE_PAIR,
	WORD_DELETE_SA,
	WORD_PROBE,
	WORD_REFUSAL,
};

static const struct {
	const char *name;
	unsigned int answers; /* right ones before it */
	enum word word;
	uint8_t options;
	unsigned int stopped; /* dropped or refused, at least */
} cases[] = {
	{ "main mode message 2", 0, WORD_ANSWER, RUN_NAT, 326 },
	{ "main mode message 4", 1, WORD_ANSWER, RUN_NAT, 169 },
	{ "main mode message 6", 2, WORD_ANSWER, RUN_NAT, 237 },
	{ "quick mode message 2", 3, WORD_ANSWER, RUN_NAT, 536 },
	{ "quick mode message 2 of a renewal", 4, WORD_RENEWAL, RUN_NAT, 537 },
	{ "delete of the pair", 4, WORD_DELETE_PAIR, RUN_NAT, 234 },
	{ "delete of phase 1", 4, WORD_DELETE_SA, RUN_NAT, 234 },
	{ "sign of life wanted", 4, WORD_PROBE, RUN_NAT, 287 },
	{ "refusal of quick mode", 3, WORD_REFUSAL, RUN_NAT, 222 },
	{ "message 4 with a certificate request", 1, WORD_ANSWER, RUN_NAT | RUN_SIGNED, 183 },
	{ "message 6 with certificates", 2, WORD_ANSWER, RUN_NAT | RUN_SIGNED, 439 },
	/* The gateway begins: main mode's messages 1, 3, 5, quick mode's 1 and 3. */
	{ "the gateway's message 1", 0, WORD_ANSWER, RUN_NAT | RUN_BEGINS, 369 },
	{ "the gateway's message 3", 1, WORD_ANSWER, RUN_NAT | RUN_BEGINS, 169 },
	{ "the gateway's message 5", 2, WORD_ANSWER, RUN_NAT | RUN_BEGINS, 237 },
	{ "the gateway's quick mode 1", 3, WORD_ANSWER, RUN_NAT | RUN_BEGINS, 521 },
	{ "the gateway's quick mode 3", 4, WORD_ANSWER, RUN_NAT | RUN_BEGINS, 221 },
};

static const uint8_t changes[] = { 0x01, 0x20, 0x80, 0xff };

static void write_word(struct run *run, enum word word)
{
	struct peer *p = run->peer;
	const uint8_t pair[] = { 0xc0, 0xff, 0xee, 0x00 };
	uint8_t spi[ISAKMP_COOKIE_SPI];
	const struct chunk none = { NULL, 0 }, cookies = { spi, sizeof(spi) };

	memcpy(spi, p->sa.cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(spi + ISAKMP_COOKIE_LEN, p->sa.cookie_r, ISAKMP_COOKIE_LEN);
	switch (word) {
	case WORD_ANSWER:
	case WORD_RENEWAL:
		assert_true(run_answer(run));
		break;
	case WORD_DELETE_PAIR:
		peer_send_info(p, 5, ISAKMP_PAYLOAD_DELETE,
			       peer_delete(3, (struct chunk){ pair, sizeof(pair) }));
		break;
	case WORD_DELETE_SA:
		peer_send_info(p, 5, ISAKMP_PAYLOAD_DELETE, peer_delete(1, cookies));
		break;
	case WORD_PROBE:
		peer_send_info(p, 5, ISAKMP_PAYLOAD_NOTIFY,
			       peer_notify(36136, cookies, (struct chunk){ "abcd", 4 }));
		break;
	case WORD_REFUSAL:
		peer_send_info(p, 5, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
		break;
	}
}

static void begin(struct run *run, struct peer *peer, size_t i)
{
	run_begin(run, peer, cases[i].options);
	for (unsigned int n = 0; n < cases[i].answers; n++) {
		assert_true(run_answer(run));
		run_give(run, peer->reply, peer->reply_len);
		run_settle(run);
	}
	if (cases[i].word == WORD_RENEWAL)
		assert_int_equal(ike_rekey(run->ike, run->now), 0);
	run_settle(run);
	write_word(run, cases[i].word);
}

static int input(struct run *run)
{
	const struct endpoint from = run->peer->env.config.remote;

	return ike_input(run->ike, &from, run->peer->reply, run->peer->reply_len, run->now);
}

/* What a datagram that is dropped must not touch. */
struct memory {
	struct ike_sa sas[IKE_SAS_MAX];
	struct ike_exchange exchanges[IKE_EXCHANGES_MAX];
	struct ike_pair pairs[IKE_CHILDREN_MAX];
};

static void remember(const struct run *run, struct memory *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->sas, run->ike->sas, sizeof(ret->sas));
	memcpy(ret->exchanges, run->ike->exchanges, sizeof(ret->exchanges));
	memcpy(ret->pairs, run->ike->pairs, sizeof(ret->pairs));
}

static size_t count_pairs(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		n += run->ike->pairs[i].spi_in != 0;
	return n;
}

struct counts {
	unsigned int dropped, refused, taken;
};

/* Whether the octet is one of a hash's: then the change isn't authentic. */
static bool is_hash(const struct peer *p, size_t at)
{
	size_t skip = p->sa.floated ? ISAKMP_MARKER_LEN : 0;

	return p->out.hash_len > 0 && at >= skip + p->out.hash_at &&
	       at < skip + p->out.hash_at + p->out.hash_len;
}

static void mutate(size_t i, size_t at, uint8_t change, struct counts *counts)
{
	static struct memory before, after;
	static struct peer peer;
	struct run run;

	begin(&run, &peer, i);
	size_t pairs = count_pairs(&run);
	remember(&run, &before);
	peer.reply[at] ^= change;
	int r = input(&run);
	assert_true(r >= 0);
	remember(&run, &after);
	run_settle(&run);
	bool same = memcmp(&before, &after, sizeof(before)) == 0 && !run.over;
	if (is_hash(&peer, at))
		assert_true(r > 0 && same);
	if (r > 0 && same) {
		counts->dropped++;
		/* The legitimate twin. */
		peer.reply[at] ^= change;
		assert_int_equal(input(&run), 0);
		run_settle(&run);
	} else if (r > 0) {
		counts->refused++;
		/* What stands doesn't fall with it. */
		assert_true(run.over || count_pairs(&run) == pairs);
	} else {
		counts->taken++;
	}
	run_pass_time(&run, run.now + NSEC_PER_SEC);
	run_settle(&run);
	run_end(&run);
}

static void test_mutations(void **state)
{
	static struct peer peer;
	struct run run;
	bool good = true;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct counts counts = { 0 };
		begin(&run, &peer, i);
		size_t len = peer.reply_len;
		run_end(&run);
		for (size_t at = 0; at < len; at++)
			for (size_t j = 0; j < ARRAY_SIZE(changes); j++)
				mutate(i, at, changes[j], &counts);
		print_message("%s, %zu octets: %u dropped, %u refused, %u taken\n", cases[i].name,
			      len, counts.dropped, counts.refused, counts.taken);
		good = good && counts.dropped + counts.refused >= cases[i].stopped;
	}
	assert_true(good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
