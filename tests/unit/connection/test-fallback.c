/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is tried once more in an attempt, each once for a gateway. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "client/connection/fallback.h"
#include "client/connection/verdict.h"

static struct endpoint address(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(text, 0, &e), 0);
	return e;
}

/* The gateway ends L2TP's tunnel with this advice. */
static struct l2tp_event closed(enum l2tp_advice advice, const char *text)
{
	struct l2tp_event event = { .type = L2TP_EVENT_CLOSED };

	event.u.closed.reason = L2TP_FAILURE_STOPPED_BY_PEER;
	event.u.closed.advice = advice;
	(void)snprintf(event.u.closed.text, sizeof(event.u.closed.text), "%s", text);
	return event;
}

static void addresses_come_in_order(void **state)
{
	const struct endpoint addrs[] = { address("2001:db8::1"), address("198.51.100.2") };
	const struct failure f = { .cause = CAUSE_UDP500_SILENT };
	struct evidence e = { .state = CONNECTION_PHASE1 };
	struct fallback fb = { 0 };

	(void)state;
	assert_false(fallback_has_address(&fb));
	fallback_set_addresses(&fb, addrs, 2);
	struct endpoint to = fallback_next_address(&fb);
	assert_true(endpoint_same_addr(&to, &addrs[0]));
	assert_int_equal(to.port, 500);
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_ADDRESS);
	to = fallback_next_address(&fb);
	assert_true(endpoint_same_addr(&to, &addrs[1]));
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_NONE);
	/* Whoever was heard isn't left any more. */
	fallback_set_addresses(&fb, addrs, 2);
	e.hint_notify = 14;
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_NONE);
}

static void port_1701_is_tried_once(void **state)
{
	const struct failure f = { .cause = CAUSE_PHASE2_REFUSED },
			     no_natt = { .cause = CAUSE_NO_NATT };
	struct fallback fb = { 0 };

	(void)state;
	assert_int_equal(fallback_refused(&fb, &f, false), FALLBACK_NONE);
	assert_int_equal(fallback_refused(&fb, &no_natt, true), FALLBACK_NONE);
	assert_int_equal(fallback_refused(&fb, &f, true), FALLBACK_PORT);
	assert_int_equal(fb.before.cause, CAUSE_PHASE2_REFUSED);
	assert_int_equal(fallback_refused(&fb, &f, true), FALLBACK_NONE);
}

static void silence_of_l2tp_is_the_ports_if_nothing_else_is(void **state)
{
	const struct failure f = { .cause = CAUSE_L2TP_SILENT };
	struct evidence e = { .state = CONNECTION_L2TP };

	(void)state;
	assert_int_equal(fallback_silence(&(struct fallback){ 0 }, &e, &f, true), FALLBACK_PORT);
	e.bare_answered = true;
	assert_int_equal(fallback_silence(&(struct fallback){ 0 }, &e, &f, true), FALLBACK_NONE);
	e = (struct evidence){ .state = CONNECTION_L2TP, .icmp_l2tp = 111 };
	assert_int_equal(fallback_silence(&(struct fallback){ 0 }, &e, &f, true), FALLBACK_NONE);
	e = (struct evidence){ .state = CONNECTION_L2TP, .l2tp.received = 1 };
	assert_int_equal(fallback_silence(&(struct fallback){ 0 }, &e, &f, true), FALLBACK_NONE);
}

static void ppp_is_called_again_unless_somebody_is_asked(void **state)
{
	const struct failure f = { .cause = CAUSE_PPP_SILENT };
	struct evidence e = { .state = CONNECTION_PPP };
	struct fallback fb = { 0 };

	(void)state;
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_CALL);
	e.login = PPP_LOGIN_SENT;
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_NONE);
	e.login = PPP_LOGIN_NONE;
	e.calls = VERDICT_CALLS_MAX;
	assert_int_equal(fallback_silence(&fb, &e, &f, true), FALLBACK_NONE);
}

static enum fallback_decision redirect(struct fallback *fb, const char *to)
{
	const struct evidence e = { .state = CONNECTION_L2TP, .gateway = address("198.51.100.2") };
	const struct endpoint local = address("192.168.1.10");
	const struct l2tp_event event = closed(L2TP_ADVICE_OTHER_GATEWAY, to);
	struct endpoint ret = { 0 };

	return fallback_closed(fb, &e, &event, &local, &ret);
}

static void another_gateway_is_followed_once(void **state)
{
	static const char *const never[] = { "127.0.0.1",    "224.0.0.1",    "0.0.0.0",
					     "::1",	     "ff02::1",	     "a name",
					     "192.168.1.10", "198.51.100.2", "::ffff:7f00:1" };
	struct fallback fb = { .port_changed = true, .sccrq_changed = true, .floated = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		assert_int_equal(redirect(&fb, never[i]), FALLBACK_NONE);
	assert_int_equal(redirect(&fb, "192.0.2.7"), FALLBACK_GATEWAY);
	/* It may need all that once more. */
	assert_false(fb.port_changed || fb.sccrq_changed || fb.floated);
	assert_int_equal(fb.before.cause, CAUSE_L2TP_REFUSED);
	assert_int_equal(redirect(&fb, "192.0.2.8"), FALLBACK_NONE);
}

static void another_sccrq_is_tried_once(void **state)
{
	const struct l2tp_event sccrq = closed(L2TP_ADVICE_OTHER_SCCRQ, ""),
				anew = closed(L2TP_ADVICE_ANEW, ""),
				full = closed(L2TP_ADVICE_LATER, "");
	struct evidence e = { .state = CONNECTION_L2TP };
	const struct endpoint local = { 0 };
	struct fallback fb = { 0 };
	struct endpoint to;

	(void)state;
	assert_int_equal(fallback_closed(&fb, &e, &full, &local, &to), FALLBACK_NONE);
	assert_int_equal(fallback_closed(&fb, &e, &sccrq, &local, &to), FALLBACK_SCCRQ);
	assert_int_equal(fallback_closed(&fb, &e, &sccrq, &local, &to), FALLBACK_NONE);
	assert_int_equal(fallback_closed(&fb, &e, &anew, &local, &to), FALLBACK_TUNNEL);
	e.state = CONNECTION_UP;
	assert_int_equal(fallback_closed(&fb, &e, &anew, &local, &to), FALLBACK_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_come_in_order),
		cmocka_unit_test(port_1701_is_tried_once),
		cmocka_unit_test(silence_of_l2tp_is_the_ports_if_nothing_else_is),
		cmocka_unit_test(ppp_is_called_again_unless_somebody_is_asked),
		cmocka_unit_test(another_gateway_is_followed_once),
		cmocka_unit_test(another_sccrq_is_tried_once),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
