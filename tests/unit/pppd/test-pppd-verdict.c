/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why PPP ended: by pppd's words and exit status, and by what the frames showed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "client/kernel/pppd/pppd-verdict.h"

static unsigned int feed(struct pppd_log *log, const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += pppd_log_put(log, *text);
	return n;
}

/* What it has said so far: nothing, that the password was right, and then a reason, which counts more. */
static void test_reason_so_far(void **state)
{
	struct pppd_log log = { 0 };
	struct pppd_evidence e = { .log = &log };
	struct failure f;

	(void)state;
	(void)feed(&log, "Connect: ppp0 <--> \n");
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_NONE);
	(void)feed(&log, "CHAP authentication succeeded\n");
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_PPP_NO_ADDRESS);
	e.up = true;
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_NONE);
	e.up = false;
	(void)feed(&log, "LCP terminated by peer (MPPE required but peer negotiation failed)\n");
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_PPP_ENCRYPTION);
}

static const struct {
	const char *log;
	int code, status;
	bool up;
	enum cause cause;
} verdicts[] = {
	{ "MS-CHAP authentication failed: E=691 Authentication failure\n"
	  "CHAP authentication failed\nLCP terminated by peer\n",
	  CLD_EXITED, 19, false, CAUSE_PPP_AUTH },
	{ "PAP authentication failed\n", CLD_EXITED, 19, false, CAUSE_LOGIN_REFUSED },
	{ "CHAP authentication failed\n", CLD_EXITED, 19, false, CAUSE_LOGIN_REFUSED },
	{ "MS-CHAP authentication failed: Access denied\n", CLD_EXITED, 19, false,
	  CAUSE_LOGIN_REFUSED },
	{ "MS-CHAP authentication failed: E=648 Password expired\n", CLD_EXITED, 19, false,
	  CAUSE_PASSWORD_EXPIRED },
	{ "MS-CHAPv2 mutual authentication failed.\n", CLD_EXITED, 19, false,
	  CAUSE_GATEWAY_UNPROVEN },
	{ "EAP authentication failed due to Protocol-Reject\n", CLD_EXITED, 19, false,
	  CAUSE_PPP_AUTH_UNKNOWN },
	{ "EAP: peer reports authentication failure\n", CLD_EXITED, 19, false, CAUSE_LOGIN_FAILED },
	{ "No response to PAP authenticate-requests\n", CLD_EXITED, 19, false,
	  CAUSE_LOGIN_UNANSWERED },
	/* The gateway's words are no refusal. */
	{ "LCP terminated by peer (PAP authentication failed)\n", CLD_EXITED, 16, false,
	  CAUSE_PPP_CLOSED },
	/* Harmless, ten seconds after the start; then the gateway goes. */
	{ "IPV6CP: timeout sending Config-Requests\nNo response to 3 echo-requests\n", CLD_EXITED,
	  15, true, CAUSE_LOST_GATEWAY },
	{ "IPCP: timeout sending Config-Requests\n", CLD_EXITED, 10, true, CAUSE_LOST_PPP },
	{ "PAP authentication failed due to protocol-reject\n", CLD_EXITED, 19, false,
	  CAUSE_PPP_AUTH_UNKNOWN },
	{ "No auth is possible\n", CLD_EXITED, 10, false, CAUSE_PPP_AUTH_METHOD },
	{ "Using interface ppp0\nLCP: timeout sending Config-Requests\nConnection terminated.\n",
	  CLD_EXITED, 10, false, CAUSE_PPP_SILENT },
	{ "IPCP: timeout sending Config-Requests\n", CLD_EXITED, 10, false, CAUSE_PPP_NEGOTIATION },
	{ "Could not determine local IP address\n", CLD_EXITED, 10, false, CAUSE_PPP_NO_ADDRESS },
	{ "MPPE required but peer refused\n", CLD_EXITED, 10, false, CAUSE_PPP_ENCRYPTION },
	{ "CCP: timeout sending Config-Requests\nLCP terminated by peer (bye)\n", CLD_EXITED, 16,
	  true, CAUSE_LOST_CLOSED },
	{ "LCP terminated by peer\n", CLD_EXITED, 16, false, CAUSE_PPP_CLOSED },
	{ "No response to 3 echo-requests\nSerial link appears to be disconnected.\n", CLD_EXITED,
	  15, true, CAUSE_LOST_GATEWAY },
	{ "Modem hangup\n", CLD_EXITED, 16, true, CAUSE_LOST_CLOSED },
	{ "pppd: This system lacks kernel support for PPP.\n", CLD_EXITED, 4, false,
	  CAUSE_KERNEL_PPP },
	{ "In file /proc/self/fd/4: unrecognized option 'x'\n", CLD_EXITED, 2, false,
	  CAUSE_PPPD_FAILED },
	{ "Warning: can't open options file /root/.ppprc: Permission denied\n", CLD_EXITED, 19,
	  false, CAUSE_LOGIN_FAILED },
	{ "", CLD_EXITED, 19, false, CAUSE_LOGIN_FAILED },
	{ "", CLD_EXITED, 10, false, CAUSE_PPP_NEGOTIATION },
	{ "", CLD_EXITED, 15, true, CAUSE_LOST_GATEWAY },
	{ "", CLD_EXITED, 15, false, CAUSE_PPP_SILENT },
	{ "", CLD_EXITED, 5, true, CAUSE_LOST_PPP },
	{ "", CLD_EXITED, 5, false, CAUSE_PPPD_FAILED },
	{ "", CLD_EXITED, 127, false, CAUSE_PPPD_FAILED },
	{ "", CLD_KILLED, SIGKILL, false, CAUSE_PPPD_FAILED },
	{ "", CLD_KILLED, SIGKILL, true, CAUSE_LOST_PPP },
};

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct pppd_log log = {};
		struct failure f;
		(void)feed(&log, verdicts[i].log);
		const struct pppd_evidence e = { .log = &log, .up = verdicts[i].up };
		pppd_verdict(&e, verdicts[i].code, verdicts[i].status, false, &f);
		if (f.cause != verdicts[i].cause)
			print_error("case %zu: %s\n", i, cause_id(f.cause));
		assert_int_equal(f.cause, verdicts[i].cause);
		assert_true(f.detail[0]);
		pppd_verdict(&e, verdicts[i].code, verdicts[i].status, true, &f);
		assert_int_equal(f.cause, CAUSE_NONE);
	}
}

#define REFUSED(method, ...)                   \
	.found = { .heard = true,              \
		   .open = true,               \
		   .login = PPP_LOGIN_REFUSED, \
		   .used = (method),           \
		   __VA_ARGS__ }
#define FOUND(...)  .found = { .heard = true, .open = true, __VA_ARGS__ }
#define BIT(method) (1U << (method))

/* What the words say is not asked where the frames were seen. */
static const struct {
	const char *log;
	int status;
	bool up;
	enum cause cause;
	const char *detail;
	struct ppp_findings found;
} seen[] = {
	{ "CHAP authentication failed\n", 19, false, CAUSE_PPP_AUTH, "MS-CHAPv2 E=691",
	  REFUSED(PPP_METHOD_MSCHAPV2, .code = 691) },
	{ "MS-CHAP authentication failed: closed\n", 19, false, CAUSE_ACCOUNT_HOURS,
	  "E=646; the gateway says: closed",
	  REFUSED(PPP_METHOD_MSCHAPV2, .code = 646, .text = "closed") },
	{ "", 19, false, CAUSE_ACCOUNT_DISABLED, "E=647",
	  REFUSED(PPP_METHOD_MSCHAPV2, .code = 647) },
	{ "", 19, false, CAUSE_PASSWORD_EXPIRED, "E=648", REFUSED(PPP_METHOD_MSCHAP, .code = 648) },
	{ "", 19, false, CAUSE_NO_DIALIN, "E=649", REFUSED(PPP_METHOD_EAP_MSCHAPV2, .code = 649) },
	{ "", 19, false, CAUSE_PASSWORD_CHANGE, "E=709",
	  REFUSED(PPP_METHOD_MSCHAPV2, .code = 709) },
	/* Without a code that says so it may be a second login as well. */
	{ "", 19, false, CAUSE_LOGIN_REFUSED, "the gateway says: no such user",
	  REFUSED(PPP_METHOD_PAP, .text = "no such user") },
	{ "", 19, false, CAUSE_LOGIN_REFUSED, "Too many sessions",
	  REFUSED(PPP_METHOD_CHAP, .text = "Too many sessions") },
	{ "", 19, false, CAUSE_LOGIN_REFUSED, "E=700", REFUSED(PPP_METHOD_MSCHAPV2, .code = 700) },
	{ "", 19, false, CAUSE_LOGIN_REFUSED, "PAP", REFUSED(PPP_METHOD_PAP) },
	{ "", 19, true, CAUSE_LOGIN_REFUSED, "CHAP", REFUSED(PPP_METHOD_CHAP) },
	{ "", 19, false, CAUSE_LOGIN_REFUSED, "MS-CHAPv2", REFUSED(PPP_METHOD_MSCHAPV2) },
	/* No password was refused. */
	{ "EAP: peer reports authentication failure\n", 19, false, CAUSE_USER_CERT_REFUSED,
	  "EAP-TLS", REFUSED(PPP_METHOD_EAP_TLS) },
	{ "EAP: peer reports authentication failure\n", 19, false, CAUSE_LOGIN_FAILED, "EAP",
	  REFUSED(PPP_METHOD_NONE) },
	{ "CHAP authentication failed\n", 19, false, CAUSE_PPP_AUTH_UNKNOWN,
	  "EAP; it asks for EAP-TLS",
	  REFUSED(PPP_METHOD_NONE, .asked = BIT(PPP_METHOD_EAP) | BIT(PPP_METHOD_EAP_TLS),
		  .declined = BIT(PPP_METHOD_EAP_TLS)) },
	/* What was declined before EAP was agreed on is not what EAP ended by. */
	{ "", 19, false, CAUSE_LOGIN_FAILED, "EAP",
	  REFUSED(PPP_METHOD_NONE, .declined = BIT(PPP_METHOD_PAP)) },
	/* No profile can allow it. */
	{ "", 16, false, CAUSE_PPP_AUTH_UNKNOWN, "another",
	  .found = { .heard = true,
		     .terminated = true,
		     .asked = BIT(PPP_METHOD_OTHER),
		     .declined = BIT(PPP_METHOD_OTHER) } },
	{ "EAP authentication failed due to Protocol-Reject\n", 19, false, CAUSE_PPP_AUTH_UNKNOWN,
	  "EAP-TLS",
	  FOUND(.method_rejected = true, .asked = BIT(PPP_METHOD_EAP) | BIT(PPP_METHOD_EAP_TLS)) },
	{ "CHAP authentication failed\n", 19, false, CAUSE_PPP_AUTH_UNKNOWN, "CHAP",
	  FOUND(.method_rejected = true, .login = PPP_LOGIN_SENT, .asked = BIT(PPP_METHOD_CHAP)) },
	{ "LCP terminated by peer\n", 16, false, CAUSE_PPP_AUTH_METHOD, "PAP",
	  .found = { .heard = true,
		     .terminated = true,
		     .asked = BIT(PPP_METHOD_PAP),
		     .declined = BIT(PPP_METHOD_PAP) } },
	{ "No response to PAP authenticate-requests\n", 19, false, CAUSE_LOGIN_UNANSWERED, "PAP",
	  FOUND(.login = PPP_LOGIN_SENT, .used = PPP_METHOD_PAP) },
	{ "PAP authentication failed\n", 19, false, CAUSE_LOGIN_FAILED, "exit status 19",
	  FOUND(.asked = 0) },
	{ "", 19, false, CAUSE_GATEWAY_UNPROVEN, "MS-CHAPv2",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .used = PPP_METHOD_MSCHAPV2) },
	/* MPPE or nothing. */
	{ "MPPE required but peer negotiation failed\n", 0, false, CAUSE_PPP_ENCRYPTION,
	  "another MPPE", FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_unmet = true) },
	{ "LCP terminated by peer\n", 16, false, CAUSE_PPP_ENCRYPTION, "another MPPE",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_unmet = true, .mppe_declined = true,
		.terminated = true) },
	/* pppd has a signal in hand and goes on to its end. */
	{ "Fatal signal 11\n", 127, false, CAUSE_PPPD_FAILED, "signal 11",
	  FOUND(.login = PPP_LOGIN_REFUSED) },
	{ "", 127, false, CAUSE_PPPD_FAILED, "crashed", FOUND(.asked = 0) },
	{ "LCP terminated by peer\n", 16, false, CAUSE_PPP_ENCRYPTION, "require-mppe=yes",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_asked = true, .mppe_declined = true,
		.terminated = true) },
	{ "", 10, false, CAUSE_PPP_ENCRYPTION, "no MPPE",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_refused = true) },
	{ "", 16, false, CAUSE_PPP_ENCRYPTION, "require-mppe=yes; it said: MPPE required",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_declined = true, .terminated = true,
		.farewell = "MPPE required") },
	/* It was only offered. */
	{ "", 16, false, CAUSE_PPP_SILENT, "echo", FOUND(.mppe_declined = true, .silent = true) },
	{ "LCP terminated by peer\n", 0, true, CAUSE_LOST_CLOSED, "Terminate",
	  FOUND(.login = PPP_LOGIN_ACCEPTED, .mppe_declined = true, .terminated = true) },
	{ "LCP terminated by peer (x)\n", 16, false, CAUSE_PPP_CLOSED, "said: bye",
	  FOUND(.terminated = true, .farewell = "bye") },
	{ "", 10, false, CAUSE_PPP_NO_ADDRESS, "accepted", FOUND(.login = PPP_LOGIN_ACCEPTED) },
	{ "", 10, false, CAUSE_PPP_NO_ADDRESS, "IPCP", FOUND(.ipcp_rejected = true) },
	{ "", 10, false, CAUSE_PPP_SILENT, "nothing", .found = { .asked = 0 } },
	{ "LCP: timeout sending Config-Requests\n", 10, false, CAUSE_PPP_NEGOTIATION, "10",
	  .found = { .heard = true } },
	{ "No response to 3 echo-requests\nModem hangup\n", 16, true, CAUSE_LOST_GATEWAY, "echo",
	  FOUND(.silent = true) },
	{ "Modem hangup\n", 16, false, CAUSE_PPP_SILENT, "echo", FOUND(.silent = true) },
	/* What belonged to the way up is no reason of a loss. */
	{ "IPV6CP: timeout sending Config-Requests\n", 15, true, CAUSE_LOST_GATEWAY, "echo",
	  FOUND(.ipcp_open = true) },
	{ "", 10, true, CAUSE_LOST_PPP, "10", FOUND(.declined = BIT(PPP_METHOD_PAP)) },
	/* This machine's trouble is in the words alone. */
	{ "MPPE required, but kernel has no support.\n", 10, false, CAUSE_PPP_ENCRYPTION, "kernel",
	  FOUND(.login = PPP_LOGIN_ACCEPTED) },
	{ "This system lacks kernel support for PPP.\n", 4, false, CAUSE_KERNEL_PPP, "lacks",
	  FOUND(.terminated = true) },
};

/* A password's letters are a suspect where the method is about characters, and only when it was refused. */
static void test_letters(void **state)
{
	static const struct {
		enum latin1_fit letters;
		const char *words; /* NULL: none about letters */
		struct ppp_findings found;
	} rows[] = {
		{ LATIN1_ASCII, NULL, REFUSED(PPP_METHOD_MSCHAPV2, .code = 691) },
		{ LATIN1_FITS, "some gateways", REFUSED(PPP_METHOD_MSCHAPV2, .code = 691) },
		{ LATIN1_BEYOND, "can't send right", REFUSED(PPP_METHOD_MSCHAPV2) },
		{ LATIN1_BEYOND, NULL, REFUSED(PPP_METHOD_MSCHAPV2, .code = 647) },
		{ LATIN1_BEYOND, NULL, REFUSED(PPP_METHOD_CHAP) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pppd_log log = { 0 };
		struct failure f;
		const struct pppd_evidence e = { .found = &rows[i].found,
						 .log = &log,
						 .letters = rows[i].letters };

		pppd_verdict(&e, CLD_EXITED, 19, false, &f);
		if (rows[i].words ? !strstr(f.detail, rows[i].words)
				  : strstr(f.detail, "letters") != NULL)
			fail_msg("row %zu: %s", i, f.detail);
	}
}

static void test_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		struct pppd_log log = { 0 };
		struct failure f;

		(void)feed(&log, seen[i].log);
		const struct pppd_evidence e = { .found = &seen[i].found,
						 .log = &log,
						 .up = seen[i].up };
		pppd_verdict(&e, CLD_EXITED, seen[i].status, false, &f);
		if (f.cause != seen[i].cause || !strstr(f.detail, seen[i].detail))
			fail_msg("case %zu: %s (%s)", i, cause_id(f.cause), f.detail);
	}
}

/* While it goes on, a declined method isn't the last word. */
static void test_frames_so_far(void **state)
{
	struct ppp_findings found = { .heard = true, .declined = BIT(PPP_METHOD_EAP) };
	struct pppd_log log = { 0 };
	const struct pppd_evidence e = { .found = &found, .log = &log };
	struct failure f;

	(void)state;
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_NONE);
	found.login = PPP_LOGIN_SENT;
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_NONE);
	found.terminated = true;
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_PPP_AUTH_METHOD);
	/* Nor is declined MPPE, unless the call is cleared before PPP's own farewell comes. */
	found = (struct ppp_findings){ .heard = true, .open = true, .mppe_declined = true };
	pppd_reason(&e, false, &f);
	assert_int_equal(f.cause, CAUSE_NONE);
	pppd_reason(&e, true, &f);
	assert_int_equal(f.cause, CAUSE_PPP_ENCRYPTION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reason_so_far), cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_frames),	      cmocka_unit_test(test_letters),
		cmocka_unit_test(test_frames_so_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
