/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the gateway is there, told by traffic: when it is asked, when it isn't, and when it is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/connection/liveness.h"
#include "tests/unit/between.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;

struct fixture {
	struct liveness liveness;
	struct liveness_seen seen;
	nsec_t now;
};

static struct fixture begin(void)
{
	struct fixture x = { .now = start };

	liveness_start(&x.liveness, x.now, &x.seen);
	return x;
}

/* Looks when it wants to be looked, with so many packets more. */
static enum liveness_verdict look(struct fixture *x, unsigned int in, unsigned int out)
{
	x->now = liveness_deadline(&x->liveness);
	x->seen.in += in;
	x->seen.out += out;
	return liveness_check(&x->liveness, x->now, &x->seen);
}

/* Return: when the verdict came that isn't WAIT; until then nothing comes in, and OUT leaves each time. */
static enum liveness_verdict next_verdict(struct fixture *x, unsigned int out)
{
	for (int i = 0; i < 100; i++) {
		enum liveness_verdict verdict = look(x, 0, out);

		if (verdict != LIVENESS_WAIT)
			return verdict;
	}
	return LIVENESS_WAIT;
}

static void no_question_while_packets_arrive(void **state)
{
	struct liveness off = { 0 };
	struct fixture x = begin();

	(void)state;
	assert_true(liveness_deadline(&off) == NSEC_NEVER);
	liveness_doubt(&off, start, &x.seen);
	assert_true(liveness_deadline(&off) == NSEC_NEVER);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(look(&x, 1, 1), LIVENESS_WAIT);
}

/* An idle tunnel is looked at once in twenty seconds, one in use every two. Signs of life are no use. */
static void looks_are_few(void **state)
{
	struct fixture x = begin();
	nsec_t before;

	(void)state;
	for (int i = 0; i < 300; i++) {
		before = x.now;
		assert_int_equal(look(&x, 2, 2), LIVENESS_WAIT);
		assert_true(x.now - before == LIVENESS_LOOK);
	}
	nsec_t quiet = x.now;
	for (int i = 0; x.now - quiet < LIVENESS_IN_USE; i++)
		(void)look(&x, i % 9 == 0, i % 9 == 0);
	(void)look(&x, 1, 1);
	for (int i = 0; i < 100; i++) {
		before = x.now;
		assert_int_equal(look(&x, 3, 3), LIVENESS_WAIT);
		assert_true(x.now - before == LIVENESS_IDLE);
	}
	/* and in use again */
	(void)look(&x, 40, 40);
	assert_true(liveness_deadline(&x.liveness) - x.now == LIVENESS_LOOK);
}

/* A message of IKE counts from when it came, not from when it was looked at. */
static void ike_counts_as_well(void **state)
{
	struct fixture x = begin();

	(void)state;
	x.seen.authenticated = start + 5 * NSEC_PER_SEC;
	assert_int_equal(look(&x, 0, 0), LIVENESS_WAIT);
	while (x.now < start + 5 * NSEC_PER_SEC + LIVENESS_IDLE - LIVENESS_LOOK)
		assert_int_equal(look(&x, 0, 0), LIVENESS_WAIT);
	assert_int_equal(next_verdict(&x, 0), LIVENESS_ASK);
	assert_true(x.now == start + 5 * NSEC_PER_SEC + LIVENESS_IDLE);
}

static void idle_silence_is_asked_and_then_the_end(void **state)
{
	struct fixture x = begin();

	(void)state;
	for (unsigned int i = 0; i < LIVENESS_PROBES_IDLE; i++)
		assert_int_equal(next_verdict(&x, 0), LIVENESS_ASK);
	assert_int_equal(next_verdict(&x, 0), LIVENESS_GONE);
	assert_true(x.now - start <= 35 * NSEC_PER_SEC);
	assert_true(x.now == start + LIVENESS_IDLE + LIVENESS_PROBES_IDLE * LIVENESS_REPEAT_IDLE);
}

/* Ten seconds at most from the last packet until the gateway counts as gone, while we send. */
static void silence_under_traffic_is_short(void **state)
{
	struct fixture x = begin();
	nsec_t last = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		last = liveness_deadline(&x.liveness);
		assert_int_equal(look(&x, 1, 1), LIVENESS_WAIT);
	}
	for (unsigned int i = 0; i < LIVENESS_PROBES_BUSY; i++)
		assert_int_equal(next_verdict(&x, 1), LIVENESS_ASK);
	assert_int_equal(next_verdict(&x, 1), LIVENESS_GONE);
	assert_between((x.now - last) / NSEC_PER_MSEC, 5000, 9000);
}

/* A slow path has its time: two round trips for each question. */
static void a_slow_path_has_its_time(void **state)
{
	struct fixture x = begin();

	(void)state;
	x.seen.round_trip = 2 * NSEC_PER_SEC;
	(void)look(&x, 1, 1);
	for (unsigned int i = 0; i < LIVENESS_PROBES_BUSY; i++) {
		nsec_t before = x.now;

		assert_int_equal(next_verdict(&x, 1), LIVENESS_ASK);
		assert_true(i == 0 || x.now - before >= 2 * x.seen.round_trip);
	}
}

static void an_answer_begins_anew(void **state)
{
	struct fixture x = begin();

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < LIVENESS_PROBES_IDLE; i++)
			assert_int_equal(next_verdict(&x, 0), LIVENESS_ASK);
		assert_int_equal(look(&x, 1, 0), LIVENESS_WAIT);
	}
}

/* A NAT that forgot the mapping: IKE found its way again, ESP doesn't. */
static void mute_esp_is_told_from_a_gateway_that_is_gone(void **state)
{
	struct fixture x = begin();

	(void)state;
	(void)look(&x, 1, 1);
	for (unsigned int i = 0; i < LIVENESS_PROBES_BUSY; i++) {
		assert_int_equal(next_verdict(&x, 1), LIVENESS_ASK);
		x.seen.authenticated = x.now + 40 * NSEC_PER_MSEC;
	}
	assert_int_equal(next_verdict(&x, 1), LIVENESS_MUTE);
}

/* After a sleep: the question at once, the verdict within a second and a half. */
static void doubt_makes_haste(void **state)
{
	struct fixture x = begin();

	(void)state;
	(void)look(&x, 1, 1);
	x.seen.in += 5; /* before the sleep */
	liveness_doubt(&x.liveness, x.now, &x.seen);
	nsec_t began = x.now;
	for (unsigned int i = 0; i < LIVENESS_PROBES_HASTE; i++)
		assert_int_equal(look(&x, 0, 0), LIVENESS_ASK);
	assert_int_equal(look(&x, 0, 0), LIVENESS_GONE);
	assert_true(x.now - began == LIVENESS_PROBES_HASTE * LIVENESS_REPEAT_HASTE);
	/* answered, it is as before */
	x = begin();
	(void)look(&x, 1, 1);
	x.seen.in += 5; /* before the sleep */
	liveness_doubt(&x.liveness, x.now, &x.seen);
	assert_int_equal(look(&x, 0, 0), LIVENESS_ASK);
	assert_int_equal(look(&x, 1, 0), LIVENESS_WAIT);
	assert_true(liveness_deadline(&x.liveness) == x.now + LIVENESS_LOOK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_question_while_packets_arrive),
		cmocka_unit_test(looks_are_few),
		cmocka_unit_test(ike_counts_as_well),
		cmocka_unit_test(idle_silence_is_asked_and_then_the_end),
		cmocka_unit_test(silence_under_traffic_is_short),
		cmocka_unit_test(a_slow_path_has_its_time),
		cmocka_unit_test(an_answer_begins_anew),
		cmocka_unit_test(mute_esp_is_told_from_a_gateway_that_is_gone),
		cmocka_unit_test(doubt_makes_haste),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
