/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The proof of who we are: how often it is said, and what is learnt while the peer thinks about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/macros.h"
#include "ppp/repeat.h"
#include "tests/unit/between.h"

#define PAUSE (300 * NSEC_PER_MSEC)

/* The peer, which may lose our echoes or their answers, and what we said to it. */
struct run {
	struct ppp_repeat r;
	nsec_t now;
	unsigned int proofs, echoes;
	bool (*is_lost)(unsigned int echo); /* NULL: none */
};

/* The first frame: a Configure-Request with magic number 01020304. */
static const uint8_t request[] = { 0xff, 3, 0xc0, 0x21, 1, 1, 0, 10, 5, 6, 1, 2, 3, 4 };

static void show(struct run *run, bool ours, uint16_t protocol, uint8_t code, uint8_t id)
{
	const uint8_t f[] = { 0xff, 3, (uint8_t)(protocol >> 8),   (uint8_t)protocol, code, id,
			      0,    5, protocol == 0xc227 ? 26 : 0 };

	(ours ? ppp_repeat_sent : ppp_repeat_received)(&run->r, f, sizeof(f), run->now);
}

/* LCP is open, CHAP asked for, and the proof of PROTOCOL is out. */
static struct run run_new(uint16_t protocol, bool lossy)
{
	const uint8_t asks[] = {
		0xff, 3, 0xc0, 0x21, 1, 1, 0, 8, 3, 4, (uint8_t)(protocol >> 8), (uint8_t)protocol
	};
	struct run run = { .now = NSEC_PER_SEC };

	ppp_repeat_init(&run.r, PAUSE, 800 * NSEC_PER_MSEC, lossy);
	ppp_repeat_sent(&run.r, request, sizeof(request), run.now);
	ppp_repeat_received(&run.r, asks, sizeof(asks), run.now);
	show(&run, true, 0xc021, 2, 1);
	show(&run, false, 0xc021, 2, 1);
	if (protocol != 0xc023)
		show(&run, false, protocol, 1, 7);
	show(&run, true, protocol, protocol == 0xc023 ? 1 : 2, 7);
	return run;
}

static void take(struct run *run, const uint8_t *frame, size_t len)
{
	uint16_t protocol = (uint16_t)(frame[2] << 8 | frame[3]);

	if (protocol != 0xc021) {
		run->proofs++;
		return;
	}
	if (frame[4] == 2)
		return; /* our Configure-Ack, which the peer may not have */
	assert_int_equal(len, 12);
	assert_int_equal(frame[4], 9);
	assert_memory_equal(frame + 8, request + 10, 4);
	if (!run->is_lost || !run->is_lost(run->echoes))
		show(run, false, 0xc021, 10, frame[5]);
	run->echoes++;
}

static void pass(struct run *run, nsec_t time)
{
	nsec_t end = run->now + time;
	const uint8_t *frame;
	size_t len;

	while (ppp_repeat_deadline(&run->r) <= end) {
		run->now = ppp_repeat_deadline(&run->r);
		while ((frame = ppp_repeat_due(&run->r, run->now, &len)))
			take(run, frame, len);
		assert_int_equal(ppp_repeat_missing(&run->r, run->now), PPP_MISSING_NOTHING);
	}
	run->now = end;
}

static const uint16_t protocols[] = { 0xc023, 0xc223, 0xc227 };

/* Somebody is asked by telephone: one proof, however long it takes, and it is seen that he is asked. */
static void a_telephone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct run run = run_new(protocols[i], false);

		assert_false(ppp_repeat_checking(&run.r));
		pass(&run, NSEC_PER_SEC);
		assert_false(ppp_repeat_checking(&run.r));
		pass(&run, 3 * NSEC_PER_SEC);
		assert_true(ppp_repeat_checking(&run.r));
		pass(&run, 41 * NSEC_PER_SEC);
		assert_true(ppp_repeat_checking(&run.r));
		assert_int_equal(run.proofs, 0);
		assert_between(run.echoes, 8, 16);
		show(&run, false, protocols[i], protocols[i] == 0xc023 ? 2 : 3, 7);
		assert_false(ppp_repeat_checking(&run.r));
		assert_true(ppp_repeat_deadline(&run.r) == NSEC_NEVER);
	}
}

static bool first_is_lost(unsigned int echo)
{
	return echo == 0;
}

static bool all_are_lost(unsigned int echo)
{
	(void)echo;
	return true;
}

/* An echo that never came while a later one did: the path loses messages, perhaps the proof. */
static void a_loss_shows(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run run = run_new(protocols[i], false);

		run.is_lost = first_is_lost;
		pass(&run, 45 * NSEC_PER_SEC);
		assert_int_equal(run.proofs, 4);
	}
	/* EAP repeats by itself (RFC 3748 4.1). */
	struct run run = run_new(0xc227, true);
	pass(&run, 45 * NSEC_PER_SEC);
	assert_int_equal(run.proofs, 0);
}

/* Nothing at all comes back: that tells of no single loss, and of no life. */
static void silence(void **state)
{
	struct run run = run_new(0xc223, false);

	(void)state;
	run.is_lost = all_are_lost;
	pass(&run, 45 * NSEC_PER_SEC);
	assert_int_equal(run.proofs, 0);
	assert_false(ppp_repeat_checking(&run.r));
}

/* Echoes that come late, in a row, show none either. */
static void late_echoes(void **state)
{
	struct run run = run_new(0xc223, false);

	(void)state;
	run.is_lost = all_are_lost;
	pass(&run, 20 * NSEC_PER_SEC);
	unsigned int sent = run.echoes;
	for (unsigned int i = 1; i <= sent; i++)
		show(&run, false, 0xc021, 10, (uint8_t)i);
	run.is_lost = NULL;
	pass(&run, 20 * NSEC_PER_SEC);
	assert_int_equal(run.proofs, 0);
	assert_true(ppp_repeat_checking(&run.r));
}

/* Where it is known that messages get lost it is said again at once, and then it is the peer's turn. */
static void a_lossy_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run run = run_new(protocols[i], true);

		pass(&run, 2 * PAUSE - 1);
		assert_int_equal(run.proofs, 0);
		pass(&run, 1);
		assert_int_equal(run.proofs, 1);
		pass(&run, 60 * NSEC_PER_SEC);
		assert_int_equal(run.proofs, 4);
		/* Its network's request shows that the answer was lost. */
		show(&run, false, 0x8021, 1, 1);
		pass(&run, PAUSE);
		assert_int_equal(run.proofs, 5);
	}
}

/* What was answered after a repetition was lost before; unless it is answered twice: then the peer is slow. */
static void what_was_seen_before(void **state)
{
	(void)state;
	for (int twice = 0; twice < 2; twice++) {
		struct run run = { .now = NSEC_PER_SEC };
		size_t len;

		ppp_repeat_init(&run.r, PAUSE, 800 * NSEC_PER_MSEC, false);
		ppp_repeat_sent(&run.r, request, sizeof(request), run.now);
		run.now += PAUSE;
		assert_non_null(ppp_repeat_due(&run.r, run.now, &len));
		show(&run, false, 0xc021, 2, 1);
		if (twice)
			show(&run, false, 0xc021, 2, 1);
		show(&run, false, 0xc021, 1, 1);
		show(&run, true, 0xc021, 2, 1);
		show(&run, false, 0xc223, 1, 7);
		show(&run, true, 0xc223, 2, 7);
		pass(&run, 30 * NSEC_PER_SEC);
		assert_int_equal(run.proofs, twice ? 0 : 4);
	}
}

/* A new Challenge is a new question, with an answer of its own. */
static void asked_anew(void **state)
{
	struct run run = run_new(0xc223, true);

	(void)state;
	show(&run, false, 0xc223, 1, 8);
	pass(&run, 10 * NSEC_PER_SEC);
	assert_int_equal(run.proofs, 0);
	assert_int_equal(run.echoes, 0);
	show(&run, true, 0xc223, 2, 8);
	pass(&run, 10 * NSEC_PER_SEC);
	assert_int_equal(run.proofs, 4);
}

/* Somebody is asked by telephone, and the gateway asks us again meanwhile: it lives still, and has one more answer. */
static void asked_again_meanwhile(void **state)
{
	(void)state;
	for (size_t i = 1; i < ARRAY_SIZE(protocols); i++) {
		bool chap = protocols[i] == 0xc223;
		struct run run = run_new(protocols[i], false);

		pass(&run, 20 * NSEC_PER_SEC);
		assert_true(ppp_repeat_checking(&run.r));
		show(&run, false, protocols[i], 1, chap ? 8 : 7);
		show(&run, true, protocols[i], 2, chap ? 8 : 7);
		assert_true(ppp_repeat_checking(&run.r));
		/* Nothing to the point. */
		show(&run, false, 0xc025, 1, 1);
		assert_true(ppp_repeat_checking(&run.r));
		pass(&run, 25 * NSEC_PER_SEC);
		assert_true(ppp_repeat_checking(&run.r));
		assert_int_equal(run.proofs, 0);
		show(&run, false, protocols[i], 3, chap ? 8 : 7);
		assert_false(ppp_repeat_checking(&run.r));
	}
}

/* However often it asks, the time counts from its first question. */
static void asked_each_second(void **state)
{
	struct run run = run_new(0xc223, false);

	(void)state;
	for (uint8_t id = 8; id < 12; id++) {
		pass(&run, NSEC_PER_SEC);
		show(&run, false, 0xc223, 1, id);
		show(&run, true, 0xc223, 2, id);
	}
	pass(&run, NSEC_PER_SEC);
	assert_true(ppp_repeat_checking(&run.r));
}

/* EAP's next question is an answer to the last one's: that one has been checked. */
static void eap_goes_on(void **state)
{
	struct run run = run_new(0xc227, false);

	(void)state;
	pass(&run, 20 * NSEC_PER_SEC);
	show(&run, false, 0xc227, 1, 8);
	show(&run, true, 0xc227, 2, 8);
	assert_false(ppp_repeat_checking(&run.r));
	pass(&run, NSEC_PER_SEC);
	assert_false(ppp_repeat_checking(&run.r));
}

static bool eighth_is_lost(unsigned int echo)
{
	return echo == 7;
}

/* What gets lost while the peer thinks is an echo and not the proof. But in PAP nobody else would ask. */
static void a_late_loss(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct run run = run_new(protocols[i], false);

		run.is_lost = eighth_is_lost;
		pass(&run, 60 * NSEC_PER_SEC);
		assert_true(run.echoes > 9);
		assert_int_equal(run.proofs, protocols[i] == 0xc023 ? 1 : 0);
	}
}

static bool middle_is_lost(unsigned int echo)
{
	return echo >= 6 && echo < 10;
}

/* The gateway's end is seen, and so is its return. */
static void life_ends(void **state)
{
	struct run run = run_new(0xc223, false);

	(void)state;
	run.is_lost = middle_is_lost;
	while (run.echoes < 9) {
		pass(&run, NSEC_PER_SEC);
		assert_true(run.echoes < 4 || ppp_repeat_checking(&run.r));
	}
	while (run.echoes < 10)
		pass(&run, NSEC_PER_SEC);
	assert_false(ppp_repeat_checking(&run.r));
	pass(&run, 6 * NSEC_PER_SEC);
	assert_true(ppp_repeat_checking(&run.r));
}

/* The end of LCP ends the question, and so does IP. */
static void ends(void **state)
{
	struct run run = run_new(0xc223, true);

	(void)state;
	show(&run, false, 0xc021, 5, 1);
	assert_true(ppp_repeat_deadline(&run.r) == NSEC_NEVER);
	run = run_new(0xc223, false);
	ppp_repeat_up(&run.r);
	assert_true(ppp_repeat_deadline(&run.r) == NSEC_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_telephone),
		cmocka_unit_test(a_loss_shows),
		cmocka_unit_test(silence),
		cmocka_unit_test(late_echoes),
		cmocka_unit_test(a_lossy_path),
		cmocka_unit_test(what_was_seen_before),
		cmocka_unit_test(asked_anew),
		cmocka_unit_test(ends),
		cmocka_unit_test(asked_again_meanwhile),
		cmocka_unit_test(asked_each_second),
		cmocka_unit_test(eap_goes_on),
		cmocka_unit_test(a_late_loss),
		cmocka_unit_test(life_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
