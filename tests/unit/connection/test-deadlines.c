/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The times that something may take: how long, which one counts first, and when somebody is to look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/connection/deadlines.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;

static struct deadlines none(void)
{
	struct deadlines l = { 0 };

	deadlines_clear(&l);
	return l;
}

static struct failure of(enum cause cause)
{
	struct failure f = { 0 };

	(void)failure_set(&f, cause, 0, "as seen");
	return f;
}

static void nothing_goes_on_at_first(void **state)
{
	const struct deadlines l = none();

	(void)state;
	assert_true(deadlines_next(&l) == NSEC_NEVER);
	assert_int_equal(deadlines_reached(&l, 0), DEADLINE_NONE);
	assert_int_equal(deadlines_reached(&l, NSEC_NEVER - 1), DEADLINE_NONE);
}

/* What it was isn't lost with the caller's own words for it. */
static void ppp_has_a_second_for_its_last_words(void **state)
{
	struct failure f = of(CAUSE_L2TP_REFUSED);
	struct deadlines l = none();

	(void)state;
	deadlines_call_ended(&l, &f, start);
	f = (struct failure){ 0 };
	assert_int_equal(l.call_ended.cause, CAUSE_L2TP_REFUSED);
	assert_true(deadlines_next(&l) == start + NSEC_PER_SEC);
	assert_int_equal(deadlines_reached(&l, start + NSEC_PER_SEC - 1), DEADLINE_NONE);
	assert_int_equal(deadlines_reached(&l, start + NSEC_PER_SEC), DEADLINE_LAST_WORDS);
}

static void a_new_pair_has_four_seconds(void **state)
{
	struct failure f = of(CAUSE_LOST_CLOSED);
	struct deadlines l = none();

	(void)state;
	deadlines_pair_gone(&l, &f, start);
	f = (struct failure){ 0 };
	assert_int_equal(l.bridge_ends.cause, CAUSE_LOST_CLOSED);
	assert_true(deadlines_next(&l) == start + 4 * NSEC_PER_SEC);
	assert_int_equal(deadlines_reached(&l, start + 4 * NSEC_PER_SEC - 1), DEADLINE_NONE);
	assert_int_equal(deadlines_reached(&l, start + 4 * NSEC_PER_SEC), DEADLINE_BRIDGE);
}

static void the_attempt_ends_at_its_time(void **state)
{
	struct deadlines l = none();

	(void)state;
	l.attempt = start;
	assert_true(deadlines_next(&l) == start);
	assert_int_equal(deadlines_reached(&l, start - 1), DEADLINE_NONE);
	assert_int_equal(deadlines_reached(&l, start), DEADLINE_ATTEMPT);
}

/* Of several that have come the one that knows the reason best: the attempt's says least. */
static void the_best_reason_counts_first(void **state)
{
	const struct failure f = of(CAUSE_LOST_CLOSED);
	const nsec_t late = start + 60 * NSEC_PER_SEC;
	struct deadlines l = none();

	(void)state;
	l.attempt = start;
	assert_int_equal(deadlines_reached(&l, late), DEADLINE_ATTEMPT);
	deadlines_pair_gone(&l, &f, start);
	assert_int_equal(deadlines_reached(&l, late), DEADLINE_BRIDGE);
	deadlines_call_ended(&l, &f, start);
	assert_int_equal(deadlines_reached(&l, late), DEADLINE_LAST_WORDS);
	/* The ones that haven't come don't hold back the one that has. */
	assert_int_equal(deadlines_reached(&l, start), DEADLINE_ATTEMPT);
}

/* Whichever comes first; closing has its own rule, and is waited for all the same. */
static void the_next_is_the_earliest(void **state)
{
	nsec_t *of_which[4];
	struct deadlines l = none();

	(void)state;
	of_which[0] = &l.attempt;
	of_which[1] = &l.closing;
	of_which[2] = &l.last_words;
	of_which[3] = &l.bridge;
	for (size_t first = 0; first < 4; first++) {
		for (size_t i = 0; i < 4; i++)
			*of_which[i] = start + NSEC_PER_SEC + i;
		*of_which[first] = start;
		assert_true(deadlines_next(&l) == start);
	}
	deadlines_clear(&l);
	l.closing = start;
	assert_true(deadlines_next(&l) == start);
	assert_int_equal(deadlines_reached(&l, start), DEADLINE_NONE);
}

static void cleared_is_as_at_first(void **state)
{
	const struct failure f = of(CAUSE_LOST_CLOSED);
	struct deadlines l = none();

	(void)state;
	l.attempt = l.closing = start;
	deadlines_call_ended(&l, &f, start);
	deadlines_pair_gone(&l, &f, start);
	deadlines_clear(&l);
	assert_true(deadlines_next(&l) == NSEC_NEVER);
	assert_int_equal(deadlines_reached(&l, NSEC_NEVER - 1), DEADLINE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_goes_on_at_first),
		cmocka_unit_test(ppp_has_a_second_for_its_last_words),
		cmocka_unit_test(a_new_pair_has_four_seconds),
		cmocka_unit_test(the_attempt_ends_at_its_time),
		cmocka_unit_test(the_best_reason_counts_first),
		cmocka_unit_test(the_next_is_the_earliest),
		cmocka_unit_test(cleared_is_as_at_first),
	};

	return cmocka_run_group_tests_name("deadlines", tests, NULL, NULL);
}
