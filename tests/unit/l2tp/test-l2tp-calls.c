/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The L2TP engine in conversation: several calls in one tunnel, one after the other and beside one another. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "l2tp-talk.h"

/* PPP has ended on our side alone: another call in the same tunnel. */
static void test_another_call(void **state)
{
	(void)state;
	CONVERSE(TUNNEL, { "call", -ENOTCONN, "", "", S(WAIT_ICRP) });
	CONVERSE(UP, { "call", 0, "CDN=3:0 4/2 1234.5678, ICRQ 5/2 1234.0", "", S(WAIT_ICRP) },
		 /* what still comes about the first one is nothing to the second */
		 { "CDN 2/5 s2222", D(UNEXPECTED), "ZLB 6/3 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 3/6 s2222", D(UNEXPECTED), "ZLB 6/4 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 4/6 s4444", 0, "ZLB 6/5 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 6/5 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "ZLB 5/7", 0, "", "up", S(UP) },
		 { "close 1", 0, "CDN=3:0 7/5 1234.5678, StopCCN=1:0 8/5 1234.0", "", S(CLOSING) },
		 { "ZLB 5/9", 0, "", "closed, asked, in 5 =1:0 \"\"", S(CLOSED) });
	/* refused, it ends as the first would */
	CONVERSE(UP, { "call", 0, "CDN=3:0 4/2 1234.5678, ICRQ 5/2 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 2/6 s4444", 0, "StopCCN=1:0 6/3 1234.0", "", S(CLOSING) },
		 { "ZLB 3/7", 0, "", "closed, cleared, in 2 =3:0 \"\"", S(CLOSED) },
		 { "call", -ENOTCONN, "", "", S(CLOSED) });
}

/* The first call stands until the other one is answered: an LNS may end the tunnel with its last call. */
static void test_call_beside(void **state)
{
	(void)state;
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/5 s4444", 0, "CDN=3:0 5/3 1234.5678", "ready 1234.5678",
		   S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 6/3 1234.5678", "", S(WAIT_ICCN_ACK) },
		 /* that of the first one crosses ours */
		 { "CDN 3/5 s2222", D(UNEXPECTED), "ZLB 7/4 1234.0", "", S(WAIT_ICCN_ACK) },
		 { "ZLB 4/7", 0, "", "up", S(UP) });
	/* The LNS has ended the first one meanwhile: ours would name a call that there isn't. */
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 2/5 s2222", 0, "ZLB 5/3 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 3/5 s4444", 0, "ZLB 5/4 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* It has room for one: the first is ended in its favour. */
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 2/5 s4444", 0, "CDN=3:0 5/3 1234.5678, ICRQ 6/3 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 3/7 s5555", 0, "ZLB 7/4 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* and refuses that, too */
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 2/5 s4444", 0, "CDN=3:0 5/3 1234.5678, ICRQ 6/3 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 3/7 s5555", 0, "StopCCN=1:0 7/4 1234.0", "", S(CLOSING) });
	/* It ignores what comes beside the first, which is ended before the third. */
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "ZLB 2/5", 0, "", "", S(WAIT_ICRP) },
		 { "wait", 0, "ICRQ 5/2 1234.0", "", S(WAIT_ICRP) },
		 { "ZLB 2/6", 0, "", "", S(WAIT_ICRP) },
		 { "wait", 0, "CDN=3:0 6/2 1234.5678, ICRQ 7/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/8 s6666", 0, "ZLB 8/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* Several are under way beside it, of which the first is answered. */
	CONVERSE(UP, { "call beside", 0, "ICRQ 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "ZLB 2/5", 0, "", "", S(WAIT_ICRP) },
		 { "wait", 0, "ICRQ 5/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/6 s4444", 0, "CDN=3:0 6/3 1234.5678", "ready 1234.5678",
		   S(WAIT_SESSION) },
		 { "ICRP 3/7 s5555", 0, "CDN=3:0 7/4 1234.5678", "", S(WAIT_SESSION) });
}

/* The tunnel ends with the call that stood, which we have ended or whose PPP has: that refuses nothing. */
static void test_tidied_up(void **state)
{
	struct talk talk;

	(void)state;
	/* No other call, one in place of the first, one beside it. */
	static const char *const calls[] = { NULL, "call", "call beside" };
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct l2tp_event e, last = { 0 };

		talk_init(&talk, &talk_plain);
		for (const char *const *in =
			     (const char *const[]){ "start", "SCCRP 0/1", "ICRP 1/3 s2222", "ready",
						    "ZLB 2/4", NULL };
		     *in; in++)
			assert_int_equal(talk_act(&talk, *in), 0);
		if (calls[i])
			assert_int_equal(talk_act(&talk, calls[i]), 0);
		assert_int_equal(talk_act(&talk,
					  i == 1 ? "StopCCN-general 2/5" : "StopCCN-general 2/4"),
				 0);
		while (l2tp_next_event(talk.l2tp, &e))
			last = e;
		assert_int_equal(last.type, L2TP_EVENT_CLOSED);
		assert_int_equal(last.u.closed.reason, L2TP_FAILURE_STOPPED_BY_PEER);
		assert_int_equal(last.u.closed.advice,
				 calls[i] ? L2TP_ADVICE_ANEW : L2TP_ADVICE_NONE);
		l2tp_free(talk.l2tp);
	}
}

/* ICRQ is acknowledged and not answered: the call is placed anew, and whichever ICRP comes first is taken. */
#define ANEW                                                   \
	TUNNEL, { "ZLB 1/3", 0, "", "", S(WAIT_ICRP) },        \
	{                                                      \
		"wait", 0, "ICRQ 3/1 1234.0", "", S(WAIT_ICRP) \
	}

static void test_lost_icrp(void **state)
{
	(void)state;
	/* That of the former call was only late. The other is ended when its own comes. */
	CONVERSE(ANEW,
		 { "ICRP 1/4 s2222", 0, "ZLB 4/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 4/2 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "ICRP 2/5 s4444", 0, "CDN=3:0 5/3 1234.5678", "up", S(UP) },
		 { "ICRP 3/6 s4444", D(UNEXPECTED), "ZLB 6/4 1234.0", "", S(UP) });
	/* It was lost: the other comes ahead of its turn, and means nothing when that comes. */
	CONVERSE(ANEW, { "ICRP 2/4 s4444", 0, "", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 4/1 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "ICRP 1/4 s2222", 0, "CDN=3:0 5/3 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "ZLB 3/6", 0, "", "up", S(UP) });
	/* Nor is it forgotten when the caller has asked for another call since. */
	CONVERSE(ANEW, { "ICRP 2/4 s4444", 0, "", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 4/1 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "call", 0, "CDN=3:0 5/1 1234.5678, ICRQ 6/1 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 1/7 s2222", 0, "ZLB 7/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ICRP 3/7 s5555", 0, "CDN=3:0 7/4 1234.5678", "", S(WAIT_SESSION) });
	/* Without the ID it is the oldest's. */
	CONVERSE(ANEW, { "ICRP 1/4", 0, "ZLB 4/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ICRP 2/4", 0, "CDN=3:0 4/3 1234.5678", "", S(WAIT_SESSION) });
	/* Nothing else that comes ahead of its turn is acted upon. */
	CONVERSE(TUNNEL, { "CDN 2/3 s2222", 0, "", "", S(WAIT_ICRP) },
		 { "ICRP-unknown 3/3 s2222", D(MALFORMED),
		   "CDN=2:8 3/1 1234.0, StopCCN=2:8 4/1 1234.0", "", S(CLOSING) });
}

/* An LNS that has room for one call refuses the other: that ends nothing, until all are refused. */
static void test_second_call_refused(void **state)
{
	(void)state;
	CONVERSE(ANEW, { "CDN 1/4 s4444", 0, "ZLB 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/4 s2222", 0, "ZLB 4/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 4/3 1234.5678", "", S(WAIT_ICCN_ACK) });
	CONVERSE(ANEW, { "CDN 1/4 s2222", 0, "ZLB 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/4 s4444", 0, "ZLB 4/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "CDN 3/4 s4444", 0, "StopCCN=1:0 4/4 1234.0", "", S(CLOSING) });
	CONVERSE(ANEW, { "CDN 1/4 s4444", 0, "ZLB 4/2 1234.0", "", S(WAIT_ICRP) },
		 { "CDN 2/4 s2222", 0, "StopCCN=1:0 4/3 1234.0", "", S(CLOSING) },
		 { "ZLB 3/5", 0, "", "closed, cleared, in 2 =3:0 \"\"", S(CLOSED) });
}

/* Who takes his time gets it: the pauses grow, and after the fourth there are no more calls. */
static void test_slow_icrp(void **state)
{
	struct talk talk;
	struct l2tp_datagram d;
	nsec_t before = 0;

	(void)state;
	talk_init(&talk, &talk_plain);
	assert_int_equal(talk_act(&talk, "start"), 0);
	assert_int_equal(talk_act(&talk, "SCCRP 0/1"), 0);
	for (unsigned int i = 0; i < 4; i++) {
		char acknowledged[16];

		snprintf(acknowledged, sizeof(acknowledged), "ZLB 1/%u", 3 + i);
		while (l2tp_next_datagram(talk.l2tp, &d))
			continue;
		assert_int_equal(talk_act(&talk, acknowledged), 0);
		nsec_t pause = l2tp_deadline(talk.l2tp) - talk.now;
		assert_true(pause > before && pause >= 225 * NSEC_PER_MSEC);
		before = pause;
		assert_int_equal(talk_act(&talk, "wait"), 0);
	}
	while (l2tp_next_datagram(talk.l2tp, &d))
		continue;
	assert_int_equal(talk_act(&talk, "ZLB 1/7"), 0);
	assert_true(l2tp_deadline(talk.l2tp) - talk.now > 5 * NSEC_PER_SEC);
	/* The first one's is as good as any. */
	assert_int_equal(talk_act(&talk, "ICRP 1/7 s2222"), 0);
	assert_int_equal(talk_act(&talk, "ready"), 0);
	l2tp_free(talk.l2tp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_call),	    cmocka_unit_test(test_call_beside),
		cmocka_unit_test(test_tidied_up),	    cmocka_unit_test(test_lost_icrp),
		cmocka_unit_test(test_second_call_refused), cmocka_unit_test(test_slow_icrp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
