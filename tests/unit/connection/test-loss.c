/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a connection that worked ended: what is inquired into, and what the answers mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/connection/loss.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;

static struct loss idle(void)
{
	struct loss l = { 0 };

	loss_forget(&l);
	return l;
}

static struct failure of(enum cause cause)
{
	struct failure f = { 0 };

	(void)failure_set(&f, cause, 0, "as seen");
	return f;
}

static void what_isnt_silence_is_the_reason(void **state)
{
	const struct failure f = of(CAUSE_LOST_CLOSED);
	struct loss l = idle();
	struct failure named = { 0 };

	(void)state;
	assert_int_equal(loss_tell(&l, &f, false, start, &named), LOSS_NAMED);
	assert_int_equal(named.cause, CAUSE_LOST_CLOSED);
	assert_true(loss_deadline(&l) == NSEC_NEVER);
	assert_int_equal(loss_check(&l, &(struct loss_seen){ 0 }, start, &named), LOSS_NOTHING);
}

static void an_end_after_long_silence_is_the_idle_limit(void **state)
{
	const struct failure f = of(CAUSE_LOST_CLOSED);
	struct failure named = { 0 };
	struct loss l = idle();

	(void)state;
	loss_note_traffic(&l, 5, start);
	loss_note_traffic(&l, 5, start + 39 * NSEC_PER_SEC);
	(void)loss_tell(&l, &f, false, start + 39 * NSEC_PER_SEC, &named);
	assert_int_equal(named.cause, CAUSE_LOST_CLOSED);
	named = (struct failure){ 0 };
	(void)loss_tell(&l, &f, false, start + 40 * NSEC_PER_SEC, &named);
	assert_int_equal(named.cause, CAUSE_LOST_IDLE);
	named = (struct failure){ 0 };
	loss_note_traffic(&l, 6, start + 40 * NSEC_PER_SEC);
	(void)loss_tell(&l, &f, false, start + 41 * NSEC_PER_SEC, &named);
	assert_int_equal(named.cause, CAUSE_LOST_CLOSED);
}

static void a_repair_asks_by_itself(void **state)
{
	const struct failure f = of(CAUSE_LOST_GATEWAY);
	struct failure named = { 0 };
	struct loss l = idle();

	(void)state;
	assert_int_equal(loss_tell(&l, &f, true, start, &named), LOSS_NAMED);
	assert_int_equal(named.cause, CAUSE_LOST_GATEWAY);
}

/* The inquiry's result. ELSEWHERE: the name leads to another address. */
static enum cause inquire(const struct loss_seen *seen, bool elsewhere, nsec_t after)
{
	const struct failure f = of(CAUSE_LOST_GATEWAY), later = of(CAUSE_LOST_PPP);
	struct failure named = { 0 };
	struct endpoint gateway, other;
	struct loss l = idle();

	assert_int_equal(endpoint_parse("198.51.100.2", 500, &gateway), 0);
	assert_int_equal(endpoint_parse("192.0.2.7", 0, &other), 0);
	assert_false(loss_resolved(&l, &gateway, &other, 1));
	assert_int_equal(loss_tell(&l, &f, false, start, &named), LOSS_INQUIRE);
	/* What follows from it is no other reason. */
	assert_int_equal(loss_tell(&l, &later, false, start, &named), LOSS_NOTHING);
	assert_true(loss_resolved(&l, &gateway, elsewhere ? &other : &gateway, 1));
	return loss_check(&l, seen, start + after, &named) == LOSS_NAMED ? named.cause : CAUSE_NONE;
}

static void the_answers_name_what_happened(void **state)
{
	const struct loss_seen silent = { 0 }, before = { .authenticated = start - 1 },
			       restarted = { .answers = true },
			       alive = { .authenticated = start + 1 },
			       displaced = { .authenticated = start + 1, .shared_port = true };
	const nsec_t enough = 3 * NSEC_PER_SEC;

	(void)state;
	assert_int_equal(inquire(&silent, false, enough - 1), CAUSE_NONE);
	assert_int_equal(inquire(&restarted, false, enough - 1), CAUSE_NONE);
	assert_int_equal(inquire(&before, false, enough - 1), CAUSE_NONE);
	assert_int_equal(inquire(&silent, false, enough), CAUSE_LOST_GATEWAY);
	assert_int_equal(inquire(&silent, true, enough), CAUSE_LOST_ADDRESS);
	assert_int_equal(inquire(&restarted, true, enough), CAUSE_LOST_REBOOT);
	assert_int_equal(inquire(&alive, false, 2), CAUSE_LOST_GATEWAY);
	assert_int_equal(inquire(&displaced, false, 2), CAUSE_LOST_DISPLACED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_isnt_silence_is_the_reason),
		cmocka_unit_test(an_end_after_long_silence_is_the_idle_limit),
		cmocka_unit_test(a_repair_asks_by_itself),
		cmocka_unit_test(the_answers_name_what_happened),
	};

	return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
