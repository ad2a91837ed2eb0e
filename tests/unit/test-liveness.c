/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dead peer detection by traffic: when it asks, when it doesn't, and when it gives up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/liveness.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;

static void no_probe_while_packets_arrive(void **state)
{
	struct liveness l = { 0 };

	(void)state;
	assert_true(liveness_deadline(&l) == NSEC_NEVER);
	liveness_start(&l, start);
	for (uint64_t packets = 1; packets <= 1000; packets++)
		assert_int_equal(liveness_check(&l, liveness_deadline(&l), packets, 0),
				 LIVENESS_WAIT);
}

/* A message of IKE counts from when it came, not from when it was looked at. */
static void ike_counts_as_well(void **state)
{
	struct liveness l;

	(void)state;
	liveness_start(&l, start);
	assert_int_equal(liveness_check(&l, liveness_deadline(&l), 0, start + 5 * NSEC_PER_SEC),
			 LIVENESS_WAIT);
	assert_true(liveness_deadline(&l) == start + 5 * NSEC_PER_SEC + LIVENESS_IDLE);
	assert_int_equal(liveness_check(&l, liveness_deadline(&l), 0, start + 5 * NSEC_PER_SEC),
			 LIVENESS_ASK);
}

static void silence_is_asked_and_then_the_end(void **state)
{
	struct liveness l;

	(void)state;
	liveness_start(&l, start);
	for (unsigned int i = 0; i < LIVENESS_PROBES; i++)
		assert_int_equal(liveness_check(&l, liveness_deadline(&l), 0, 0), LIVENESS_ASK);
	assert_int_equal(liveness_check(&l, liveness_deadline(&l), 0, 0), LIVENESS_GONE);
	assert_true(liveness_deadline(&l) ==
		    start + LIVENESS_IDLE + LIVENESS_PROBES * LIVENESS_REPEAT);
}

static void an_answer_begins_anew(void **state)
{
	struct liveness l;

	(void)state;
	liveness_start(&l, start);
	for (unsigned int i = 0; i < LIVENESS_PROBES; i++)
		assert_int_equal(liveness_check(&l, liveness_deadline(&l), 0, 0), LIVENESS_ASK);
	assert_int_equal(liveness_check(&l, liveness_deadline(&l), 1, 0), LIVENESS_WAIT);
	for (unsigned int i = 0; i < LIVENESS_PROBES; i++)
		assert_int_equal(liveness_check(&l, liveness_deadline(&l), 1, 0), LIVENESS_ASK);
	assert_int_equal(liveness_check(&l, liveness_deadline(&l), 1, 0), LIVENESS_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_probe_while_packets_arrive),
		cmocka_unit_test(ike_counts_as_well),
		cmocka_unit_test(silence_is_asked_and_then_the_end),
		cmocka_unit_test(an_answer_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
