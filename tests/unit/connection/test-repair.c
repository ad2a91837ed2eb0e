/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of a failure once the connection has worked: tried again and when, or closed until the user ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/connection/repair.h"
#include "tests/unit/between.h"

#define SECOND NSEC_PER_SEC
#define MINUTE (60 * SECOND)
#define JITTER 255

static const nsec_t start = 1000 * NSEC_PER_SEC;

static struct repair armed(void)
{
	struct repair r;

	repair_init(&r);
	r.armed = true;
	return r;
}

/* It fails at NOW. Return: WAIT or HOLD. */
static enum repair_decision fails(struct repair *r, enum cause cause, nsec_t now)
{
	const struct failure f = { .cause = cause };

	assert_int_equal(repair_lost(r, &f, CONNECTION_PHASE1, now), REPAIR_WAIT);
	return repair_wait(r, cause, now, JITTER);
}

/* When the next try is. */
static nsec_t next_try(struct repair *r)
{
	nsec_t t = r->retry_at;

	while (repair_check(r, 0, t) == REPAIR_NOTHING)
		t = r->retry_at;
	return t;
}

static void what_never_worked_ends(void **state)
{
	const struct failure f = { .cause = CAUSE_LOST_GATEWAY };
	struct repair r;

	(void)state;
	repair_init(&r);
	assert_int_equal(repair_lost(&r, &f, CONNECTION_PPP, start), REPAIR_FINAL);
	r = armed();
	assert_int_equal(repair_lost(&r, NULL, CONNECTION_UP, start), REPAIR_FINAL);
	repair_stop(&r);
	assert_int_equal(repair_lost(&r, &f, CONNECTION_UP, start), REPAIR_FINAL);
}

static void pppd_that_ended_here_is_called_again(void **state)
{
	const struct failure f = { .cause = CAUSE_LOST_PPP };
	struct connection_repaired done;
	struct repair r = armed();

	(void)state;
	assert_int_equal(repair_lost(&r, &f, CONNECTION_UP, start), REPAIR_BY_CALL);
	assert_true(repair_done(&r, false, start + SECOND, &done));
	assert_int_equal(done.level, REPAIR_CALL);
	assert_int_equal(done.cause, CAUSE_LOST_PPP);
	assert_true(done.took == SECOND);
	assert_false(repair_done(&r, false, start, &done));
	assert_int_equal(repair_lost(&r, &f, CONNECTION_UP, start), REPAIR_BY_CALL);
	assert_int_equal(repair_wait(&r, f.cause, start, JITTER), REPAIR_WAIT);
	assert_int_equal(repair_lost(&r, &f, CONNECTION_L2TP, start), REPAIR_WAIT);
	assert_int_equal(r.level, REPAIR_ALL);
}

/* PAUSES: after the first try, which is made at once. */
static void check_pauses(enum cause cause, const nsec_t *pauses, size_t n)
{
	struct repair r = armed();
	nsec_t now = start;

	assert_int_equal(fails(&r, cause, now), REPAIR_WAIT);
	assert_true(next_try(&r) == now);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(fails(&r, cause, now), REPAIR_WAIT);
		nsec_t t = next_try(&r);
		assert_between(t - now, pauses[i], pauses[i] * 11 / 10);
		now = t;
	}
}

static void refusals_are_tried_seldom_and_silence_closely(void **state)
{
	static const nsec_t growing[] = { 1 * SECOND,  2 * SECOND,  4 * SECOND,	 8 * SECOND,
					  16 * SECOND, 32 * SECOND, 60 * SECOND, 60 * SECOND };
	static const nsec_t close[] = { SECOND / 2, SECOND / 2, SECOND / 2, SECOND / 2 };

	(void)state;
	check_pauses(CAUSE_PSK_WRONG, growing, 8);
	check_pauses(CAUSE_L2TP_REFUSED, growing, 8);
	check_pauses(CAUSE_NO_ROUTE, growing, 8);
	check_pauses(CAUSE_UDP500_SILENT, close, 4);
	check_pauses(CAUSE_RESOLVE, close, 4);
	check_pauses(CAUSE_UDP4500_SILENT, close, 4);
}

static void silence_is_waited_for_closely_ten_minutes_long(void **state)
{
	struct repair r = armed();
	nsec_t now = start;

	(void)state;
	(void)fails(&r, CAUSE_UDP500_SILENT, now);
	(void)next_try(&r);
	now = start + 10 * MINUTE;
	(void)fails(&r, CAUSE_UDP500_SILENT, now);
	assert_between(next_try(&r) - now, SECOND, 2 * SECOND);
}

static void a_refused_password_stays_closed(void **state)
{
	static const enum cause causes[] = { CAUSE_PPP_AUTH,	     CAUSE_ACCOUNT_DISABLED,
					     CAUSE_PASSWORD_EXPIRED, CAUSE_PASSWORD_CHANGE,
					     CAUSE_NO_DIALIN,	     CAUSE_USER_CERT_REFUSED };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
		struct repair r = armed();

		assert_int_equal(fails(&r, causes[i], start), REPAIR_HOLD);
		assert_true(r.retry_at == NSEC_NEVER);
		assert_false(repair_watches(&r));
		repair_hurry(&r, CONNECTION_WAIT, start);
		assert_true(r.retry_at == NSEC_NEVER);
	}
}

/* So many tries may end so, with such a pause at first. */
static void check_logins(enum cause cause, unsigned int tries, nsec_t pause)
{
	struct repair r = armed();
	nsec_t now = start;

	for (unsigned int i = 1; i < tries; i++) {
		assert_int_equal(fails(&r, cause, now), REPAIR_WAIT);
		r.retry_at = now; /* whatever has called for haste */
		nsec_t t = next_try(&r);
		assert_between(t - now, pause, pause * 11 / 10);
		now = t;
		pause = nsec_min(2 * pause, 10 * MINUTE);
	}
	if (tries < 10)
		assert_int_equal(fails(&r, cause, now), REPAIR_HOLD);
}

static void other_logins_are_tried_a_few_times(void **state)
{
	(void)state;
	check_logins(CAUSE_LOGIN_REFUSED, 3, 2 * MINUTE);
	check_logins(CAUSE_LOGIN_FAILED, 3, 2 * MINUTE);
	check_logins(CAUSE_LOGIN_UNANSWERED, 3, 10 * MINUTE);
	check_logins(CAUSE_ACCOUNT_HOURS, 100, 10 * MINUTE);
	check_logins(CAUSE_GATEWAY_UNPROVEN, 100, MINUTE);
}

static void room_at_the_gateway_is_waited_for(void **state)
{
	struct repair r = armed();

	(void)state;
	(void)fails(&r, CAUSE_LOST_GATEWAY, start);
	assert_int_equal(repair_check(&r, start + 5 * SECOND, start), REPAIR_NOTHING);
	assert_true(r.retry_at == start + 5 * SECOND);
	assert_int_equal(repair_check(&r, 0, start + 5 * SECOND), REPAIR_TRY);
	(void)fails(&r, CAUSE_LOST_GATEWAY, start + 6 * SECOND);
	assert_int_equal(repair_check(&r, 0, start + 20 * SECOND), REPAIR_LOOK_UP);
}

static void another_way_is_tried_at_once(void **state)
{
	struct repair r = armed();

	(void)state;
	assert_int_equal(repair_network(&r, REPAIR_PATH_OTHER, CONNECTION_UP, start), REPAIR_LEAVE);
	(void)fails(&r, CAUSE_LOST_GATEWAY, start);
	(void)next_try(&r);
	(void)fails(&r, CAUSE_PSK_WRONG, start);
	assert_true(r.retry_at > start);
	assert_int_equal(repair_network(&r, REPAIR_PATH_SAME, CONNECTION_WAIT, start),
			 REPAIR_NOTHING);
	assert_true(r.retry_at > start);
	assert_int_equal(repair_network(&r, REPAIR_PATH_OTHER, CONNECTION_WAIT, start),
			 REPAIR_WAIT);
	assert_int_equal(repair_wait(&r, CAUSE_LOST_UPLINK, start, JITTER), REPAIR_WAIT);
	assert_int_equal(repair_check(&r, 0, start), REPAIR_TRY);
}

static void news_of_the_network_end_what_waits_for_it(void **state)
{
	struct repair r = armed();

	(void)state;
	assert_int_equal(repair_network(&r, REPAIR_PATH_NONE, CONNECTION_UP, start),
			 REPAIR_NOTHING);
	assert_int_equal(repair_network(&r, REPAIR_PATH_SAME, CONNECTION_UP, start), REPAIR_DOUBT);
	assert_int_equal(repair_network(&r, REPAIR_PATH_SAME, CONNECTION_UP, start),
			 REPAIR_NOTHING);
	(void)fails(&r, CAUSE_NO_ROUTE, start);
	(void)next_try(&r);
	(void)fails(&r, CAUSE_NO_ROUTE, start);
	assert_true(r.retry_at > start);
	(void)repair_network(&r, REPAIR_PATH_SAME, CONNECTION_WAIT, start);
	assert_true(r.retry_at == start);
	(void)repair_network(&r, REPAIR_PATH_NONE, CONNECTION_RESOLVE, start);
	assert_int_equal(repair_network(&r, REPAIR_PATH_SAME, CONNECTION_RESOLVE, start),
			 REPAIR_GO);
}

static void a_nat_that_forgets_is_reminded(void **state)
{
	struct connection_repaired done;
	struct repair r = armed();

	(void)state;
	for (nsec_t keepalive = 20 * SECOND; keepalive > 5 * SECOND; keepalive /= 2) {
		assert_true(r.keepalive == keepalive);
		(void)fails(&r, CAUSE_LOST_GATEWAY, start);
		(void)next_try(&r);
		assert_true(repair_done(&r, true, start, &done));
	}
	(void)fails(&r, CAUSE_LOST_GATEWAY, start);
	(void)next_try(&r);
	assert_true(repair_done(&r, true, start, &done));
	assert_true(r.keepalive == 5 * SECOND);
}

static void mute_esp_gets_one_pair(void **state)
{
	struct repair r = armed();

	(void)state;
	assert_int_equal(repair_mute(&r, 7), REPAIR_NEW_PAIR);
	repair_new_pair(&r, 7);
	assert_int_equal(repair_mute(&r, 7), REPAIR_LOST);
	assert_int_equal(repair_mute(&r, 8), REPAIR_NEW_PAIR);
}

static void a_name_that_leads_elsewhere_is_followed(void **state)
{
	struct repair r = armed();

	(void)state;
	assert_int_equal(repair_resolved(&r, CONNECTION_RESOLVE, false, false), REPAIR_NOTHING);
	(void)fails(&r, CAUSE_LOST_GATEWAY, start);
	assert_int_equal(repair_resolved(&r, CONNECTION_RESOLVE, true, false), REPAIR_GO);
	assert_int_equal(repair_resolved(&r, CONNECTION_PHASE1, true, true), REPAIR_NOTHING);
	assert_int_equal(repair_resolved(&r, CONNECTION_PHASE1, false, false), REPAIR_NOTHING);
	assert_int_equal(repair_resolved(&r, CONNECTION_PHASE1, false, true), REPAIR_MOVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_never_worked_ends),
		cmocka_unit_test(pppd_that_ended_here_is_called_again),
		cmocka_unit_test(refusals_are_tried_seldom_and_silence_closely),
		cmocka_unit_test(silence_is_waited_for_closely_ten_minutes_long),
		cmocka_unit_test(a_refused_password_stays_closed),
		cmocka_unit_test(other_logins_are_tried_a_few_times),
		cmocka_unit_test(room_at_the_gateway_is_waited_for),
		cmocka_unit_test(another_way_is_tried_at_once),
		cmocka_unit_test(news_of_the_network_end_what_waits_for_it),
		cmocka_unit_test(a_nat_that_forgets_is_reminded),
		cmocka_unit_test(mute_esp_gets_one_pair),
		cmocka_unit_test(a_name_that_leads_elsewhere_is_followed),
	};

	return cmocka_run_group_tests_name("repair", tests, NULL, NULL);
}
