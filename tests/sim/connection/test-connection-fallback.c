/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection between its recording tables and models of gateways: what is tried once more when a
 * gateway refuses SCCRQ, refuses or does not hear our source port, or sends us on to another one; and
 * what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/connection/office.h"
#include "tests/unit/between.h"

static bool in_ppp(const struct office *x)
{
	return connection_get_info(x->connection)->state == CONNECTION_PPP;
}

static void the_first_try_stays_when_it_does(void **state)
{
	struct office *x = office_new("");

	(void)state;
	office_run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 0);
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	assert_int_equal(x->gateways[0].attempts, 1);
	office_end(x);
}

/* The gateway clears the call while PPP is agreed on: PPP's words count, and without any L2TP's do. */
static void words_of_ppp_come_first(void **state)
{
	static const enum cause said[] = { CAUSE_PPP_ENCRYPTION, CAUSE_PPP_CLOSED, CAUSE_NONE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct office *x = office_new("");

		office_run(x);
		assert_true(in_ppp(x));
		while (office_carry_out(x) || office_carry_in(x)) {
		}
		x->recording.ppp_reason.cause = said[i];
		lns_clear_call(&x->gateways[0].lns, 1, 0, NULL, x->recording.now);
		for (int n = 0; n < OFFICE_ROUNDS_MAX && x->recording.downs == 0; n++)
			if (!office_carry_out(x) && !office_carry_in(x))
				recording_step(&x->recording, x->connection);
		assert_int_equal(x->recording.failure.cause,
				 i == 0 ? CAUSE_PPP_ENCRYPTION : CAUSE_PPP_CLOSED);
		office_end(x);
	}
}

static void refused_sccrq_is_sent_otherwise(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].lns.config.unknown = UINT64_C(1) << 4; /* Bearer Capabilities */
	office_run(x);
	assert_true(in_ppp(x));
	assert_non_null(strstr(x->recording.steps, "result 2, error 8"));
	/* under the same SA */
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	assert_int_equal(x->gateways[0].attempts, 1);
	office_end(x);
}

static void two_refusals_of_sccrq_are_enough(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].lns.config.unknown = UINT64_C(1)
					    << 10; /* Receive Window Size: both have it */
	office_run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	office_end(x);
}

static void other_refusals_are_final(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].lns.config.refuses = LNS_REFUSES_TUNNEL; /* not authorised */
	office_run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_null(strstr(x->recording.steps, "once more"));
	office_end(x);
}

static void a_full_gateway_is_named(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].lns.config.refuses = LNS_REFUSES_CALL; /* no facilities, for now */
	office_run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_FULL);
	office_end(x);
}

static void refused_port_falls_back(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	office_run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 1701);
	assert_int_equal(recording_count(x->recording.log, "open"), 2);
	assert_true(x->recording.now < 3 * NSEC_PER_SEC);
	assert_non_null(strstr(x->recording.steps, "once more from UDP port 1701"));
	office_end(x);
}

static void unheard_port_falls_back(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].deaf = true;
	office_run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 1701);
	assert_int_equal(x->gateways[0].attempts, 2);
	office_end(x);
}

static void a_port_in_use_is_no_fallback(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	x->recording.port_taken = true;
	office_run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
	office_end(x);
}

/* What the profile says is not changed by a gateway. */
static void named_ports_stay(void **state)
{
	static const struct {
		const char *vpn;
		uint16_t only, used;
	} cases[] = {
		{ "l2tp-source-port=ephemeral", 1701, 0 },
		{ "l2tp-source-port=1701", 1702, 1701 },
		{ "ephemeral-port=yes", 1701, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct office *x = office_new(cases[i].vpn);

		x->gateways[0].responder.config.only_port = cases[i].only;
		office_run(x);
		assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
		assert_int_equal(recording_count(x->recording.log, "open"), 1);
		assert_int_equal(x->recording.dataplane_config.local.port, cases[i].used);
		office_end(x);
	}
}

/* What ended the first try is told when the second runs out of time. */
static void late_silence_keeps_the_reason(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	connection_start(x->connection);
	x->recording.now += 25 * NSEC_PER_SEC; /* the resolver took its time */
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
	for (int i = 0; i < OFFICE_ROUNDS_MAX && x->recording.downs == 0; i++) {
		if (x->gateways[0].attempts == 2)
			x->gateways[0].address = x->gateways[1].address; /* gone */
		if (!office_carry_out(x) && !office_carry_in(x))
			recording_step(&x->recording, x->connection);
	}
	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
	office_free(x);
}

static void redirect_is_followed(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].lns.config.redirect = "192.0.2.7";
	office_run(x);
	assert_true(in_ppp(x));
	assert_true(endpoint_same_addr(&connection_get_info(x->connection)->gateway,
				       &x->gateways[1].address));
	assert_true(
		endpoint_same_addr(&x->recording.dataplane_config.remote, &x->gateways[1].address));
	assert_non_null(strstr(x->recording.steps, "sends us on to 192.0.2.7"));
	assert_int_equal(x->gateways[0].lns.n_queue, 0); /* its StopCCN was acknowledged */
	office_end(x);
}

/* A second one is not followed, and a gateway gets its own fallbacks. */
static void redirects_end(void **state)
{
	struct office *x = office_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	x->gateways[0].lns.config.redirect = "192.0.2.7";
	x->gateways[1].lns.config.redirect = "192.0.2.8";
	x->gateways[1].lns.config.unknown = 0;
	office_run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_int_equal(x->gateways[0].attempts, 2);
	assert_int_equal(x->gateways[1].attempts, 1);
	assert_int_equal(x->gateways[2].attempts, 0);
	assert_int_equal(x->recording.dataplane_config.local.port, 0);
	office_end(x);
}

static void bad_redirects_are_refusals(void **state)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"255.255.255.255",
		"::1",
		"::",
		"ff02::1",
		"fe80::1",
		"::ffff:127.0.0.1",
		"example.org",
		"198.51.100.2",
		"192.0.2.7:500",
		"192.0.2",
		"192.0.2.7 ",
		"192.168.10.11",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct office *x = office_new("");

		x->gateways[0].lns.config.redirect = bad[i];
		office_run(x);
		if (x->recording.failure.cause != CAUSE_L2TP_REFUSED)
			fail_msg("%s: %s", bad[i], cause_id(x->recording.failure.cause));
		assert_int_equal(recording_count(x->recording.log, "open"), 1);
		office_end(x);
	}
}

/* A gateway without a secret may drop what asks for it: it is found out soon, and never gone on with. */
static void a_secret_that_silences_is_named(void **state)
{
	(void)state;
	for (int mute = 0; mute < 2; mute++) {
		struct office *x = office_new_secret("", "ni no hashi");

		x->gateways[0].lns.config.drops_challenge = true;
		x->gateways[0].mute = mute;
		office_run(x);
		assert_int_equal(x->recording.failure.cause,
				 mute ? CAUSE_ESP_SILENT : CAUSE_L2TP_SECRET);
		assert_int_equal(recording_count(x->recording.log, "start-ppp"), 0);
		if (!mute) {
			assert_int_equal(x->gateways[0].attempts, 1);
			assert_true(x->recording.now < 8 * NSEC_PER_SEC);
			assert_int_equal(x->gateways[0].lns.stop_result, 1);
		}
		office_end(x);
	}
}

/* Who answers with the secret is gone on with, although he was asked without it meanwhile. */
static void a_secret_that_is_known_late_is_good(void **state)
{
	struct office *x = office_new_secret("", "ni no hashi");

	(void)state;
	x->gateways[0].lns.config.secret = "ni no hashi";
	x->gateways[0].lns.config.drops_challenge = true;
	connection_start(x->connection);
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
	for (int i = 0; i < OFFICE_ROUNDS_MAX && !in_ppp(x); i++) {
		x->gateways[0].lns.config.drops_challenge = x->gateways[0].lns.stop_result == 0;
		assert_int_equal(x->recording.downs, 0);
		if (!office_carry_out(x) && !office_carry_in(x))
			recording_step(&x->recording, x->connection);
	}
	assert_true(in_ppp(x));
	office_end(x);
}

/* PPP lacks a word on the way up: another call, whatever the LNS does with the tunnel of its last one or with a second call. */
static void another_call_is_placed_with_any_lns(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		struct office *x = office_new("");
		const struct dp_listener *dataplane = &x->recording.dataplane.listener;
		const struct dp_ppp_event missing = { .state = DP_PPP_MISSING };

		x->gateways[0].lns.config.ends_with_call = i & 1;
		x->gateways[0].lns.config.one_call = i & 2;
		x->gateways[0].lns.config.ignores_second = i & 4;
		/* Each ignored one is remembered, for which there is room. */
		unsigned int most = i & 4 ? 4 : 10;
		office_run(x);
		for (unsigned int call = 1; call <= most; call++) {
			while (office_carry_out(x) || office_carry_in(x)) {
			}
			assert_true(in_ppp(x));
			assert_int_equal(recording_count(x->recording.log, "start-ppp"), call);
			dataplane->on_ppp(dataplane->userdata, &missing);
			for (int n = 0; n < OFFICE_ROUNDS_MAX && !in_ppp(x); n++) {
				assert_int_equal(x->recording.downs, 0);
				if (!office_carry_out(x) && !office_carry_in(x))
					recording_step(&x->recording, x->connection);
			}
		}
		assert_int_equal(x->recording.downs, 0);
		assert_int_equal(x->gateways[0].attempts, 1);
		office_end(x);
	}
}

static void ppp_tells(struct office *x, const struct dp_ppp_event *e)
{
	x->recording.dataplane.listener.on_ppp(x->recording.dataplane.listener.userdata, e);
}

static void ppp_shows(struct office *x, const struct ppp_findings *found)
{
	const struct dp_ppp_event e = { .state = DP_PPP_FOUND, .found = *found };

	ppp_tells(x, &e);
}

/* Steps until the time AT, or the end. */
static void run_until(struct office *x, nsec_t at)
{
	while (x->recording.downs == 0 && connection_deadline(x->connection) <= at)
		if (!office_carry_out(x) && !office_carry_in(x))
			recording_step(&x->recording, x->connection);
	x->recording.now = nsec_max(x->recording.now, at);
}

/* It comes as far as PPP, which is heard and shows this. Return: when. */
static nsec_t ppp_begins(struct office *x, const struct ppp_findings *found)
{
	office_run(x);
	x->recording.counters.esp_in_packets += 100;
	nsec_t began = x->recording.now;
	ppp_shows(x, found);
	return began;
}

/*
 * The password is out. A gateway that lives and says nothing asks somebody: it has until the end of the attempt, and is
 * not called again. One that doesn't even answer echoes has less time, and isn't called again either.
 */
static void who_has_the_password_is_not_called_again(void **state)
{
	(void)state;
	for (int lives = 0; lives < 2; lives++) {
		struct office *x = office_new("");
		struct ppp_findings found = {
			.heard = true, .open = true, .login = PPP_LOGIN_SENT, .used = PPP_METHOD_PAP
		};

		nsec_t began = ppp_begins(x, &found);
		run_until(x, began + 3 * NSEC_PER_SEC);
		found.checking = lives;
		ppp_shows(x, &found);
		run_until(x, began + 10 * NSEC_PER_SEC);
		assert_true(in_ppp(x));
		found.checking = false;
		ppp_shows(x, &found);
		found.checking = lives;
		ppp_shows(x, &found);
		run_until(x, began + 20 * NSEC_PER_SEC);
		assert_int_equal(recording_count(x->recording.log, "start-ppp"), 1);
		assert_int_equal(recording_count(x->recording.steps, "check the password"), lives);
		assert_int_equal(x->recording.downs, !lives);
		run_until(x, began + 300 * NSEC_PER_SEC);
		assert_int_equal(x->recording.downs, 1);
		assert_int_equal(x->recording.failure.cause,
				 lives ? CAUSE_LOGIN_UNANSWERED : CAUSE_PPP_SILENT);
		office_end(x);
	}
}

static void ppp_ends(struct office *x, enum cause cause, const struct ppp_findings *found)
{
	const struct dp_ppp_event e = { .state = DP_PPP_DOWN,
					.found = *found,
					.failure.cause = cause };

	ppp_tells(x, &e);
}

/* No password has left: once the gateway is asked for something else, and a gateway without that is told as what it is. */
static void eap_that_leads_nowhere_costs_a_call(void **state)
{
	struct office *x = office_new("");
	const uint16_t eap = ppp_method_bit(PPP_METHOD_EAP);
	const struct ppp_findings vain = {
		.heard = true, .agreed = PPP_METHOD_EAP, .asked = eap, .login = PPP_LOGIN_REFUSED
	};
	const struct ppp_findings alone = { .heard = true, .asked = eap, .declined = eap };

	(void)state;
	office_run(x);
	assert_false(x->recording.link.no_eap);
	ppp_ends(x, CAUSE_PPP_AUTH_UNKNOWN, &vain);
	run_until(x, x->recording.now + NSEC_PER_SEC);
	assert_true(in_ppp(x));
	assert_true(x->recording.link.no_eap);
	assert_int_equal(recording_count(x->recording.log, "start-ppp"), 2);
	ppp_ends(x, CAUSE_PPP_AUTH_METHOD, &alone);
	run_until(x, x->recording.now + NSEC_PER_SEC);
	assert_int_equal(recording_count(x->recording.log, "start-ppp"), 2);
	assert_int_equal(x->recording.failure.cause, CAUSE_PPP_AUTH_UNKNOWN);
	office_free(x);
}

/* It asks once more meanwhile, late: one login. Who stops answering has the usual time from then on, and is called silent. */
static void asked_again_during_a_slow_login(void **state)
{
	(void)state;
	for (int dies = 0; dies < 2; dies++) {
		struct office *x = office_new("");
		struct ppp_findings found = {
			.heard = true, .open = true, .login = PPP_LOGIN_SENT, .checking = true
		};

		nsec_t began = ppp_begins(x, &found);
		run_until(x, began + 16 * NSEC_PER_SEC);
		found.checking = false;
		ppp_shows(x, &found);
		run_until(x, began + 17 * NSEC_PER_SEC);
		assert_true(in_ppp(x));
		found.checking = !dies;
		ppp_shows(x, &found);
		run_until(x, began + 29 * NSEC_PER_SEC);
		assert_true(in_ppp(x));
		run_until(x, began + 300 * NSEC_PER_SEC);
		assert_int_equal(recording_count(x->recording.log, "start-ppp"), 1);
		assert_int_equal(x->recording.failure.cause,
				 dies ? CAUSE_PPP_SILENT : CAUSE_LOGIN_UNANSWERED);
		office_end(x);
	}
}

/* What comes after it has its usual time. */
static void after_the_telephone(void **state)
{
	struct office *x = office_new("");
	struct ppp_findings found = {
		.heard = true, .open = true, .login = PPP_LOGIN_SENT, .checking = true
	};

	(void)state;
	office_run(x);
	ppp_shows(x, &found);
	run_until(x, x->recording.now + 15 * NSEC_PER_SEC);
	assert_true(in_ppp(x));
	found.login = PPP_LOGIN_ACCEPTED;
	found.checking = false;
	ppp_shows(x, &found);
	nsec_t accepted = x->recording.now;
	run_until(x, accepted + 3 * NSEC_PER_SEC);
	assert_true(in_ppp(x));
	assert_int_equal(recording_count(x->recording.log, "start-ppp"), 1);
	office_end(x);
}

/*
 * A wrong key and a closed port 4500 look alike from message 5 on. Whatever the gateway says or doesn't,
 * and whatever is lost on the way, neither is ever called the other.
 */
static void key_and_port_are_told_apart(void **state)
{
	static const enum responder_complaint complaints[] = {
		RESPONDER_SILENT,
		RESPONDER_COMPLAINS_IN_CLEAR,
		RESPONDER_COMPLAINS_ENCRYPTED,
	};

	(void)state;
	for (unsigned int i = 0; i < 100 * ARRAY_SIZE(complaints) * 2; i++) {
		struct office *x = office_new("");
		bool closed = i % 2;
		enum cause other = closed ? CAUSE_PSK_WRONG : CAUSE_UDP4500_SILENT;

		x->prng.state = 1000 + i;
		x->nat = true;
		x->closed = closed;
		x->loss = i % 11;
		x->gateways[0].responder.config.complains = complaints[i / 2 % 3];
		if (!closed)
			x->gateways[0].responder.config.psk = "another pre-shared key";
		office_run(x);
		if (x->recording.failure.cause == other ||
		    (x->loss == 0 && x->recording.failure.cause !=
					     (closed ? CAUSE_UDP4500_SILENT : CAUSE_PSK_WRONG)))
			fail_msg("seed %u: %s (%s)", i, cause_id(x->recording.failure.cause),
				 x->recording.failure.detail);
		office_free(x);
	}
}

/* Nor does loss alone, on a path that lost nothing before, make the right key a wrong one. */
static void loss_is_no_wrong_key(void **state)
{
	unsigned int connected = 0;

	(void)state;
	for (unsigned int i = 0; i < 600; i++) {
		struct office *x = office_new("");

		x->prng.state = 5000 + i;
		x->nat = true;
		x->loss = i % 2 ? 10 : 30;
		office_run(x);
		if (x->recording.failure.cause == CAUSE_PSK_WRONG)
			fail_msg("seed %u: %s", i, x->recording.failure.detail);
		connected += in_ppp(x);
		office_free(x);
	}
	assert_between(connected, 590, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_try_stays_when_it_does),
		cmocka_unit_test(refused_sccrq_is_sent_otherwise),
		cmocka_unit_test(two_refusals_of_sccrq_are_enough),
		cmocka_unit_test(other_refusals_are_final),
		cmocka_unit_test(a_full_gateway_is_named),
		cmocka_unit_test(refused_port_falls_back),
		cmocka_unit_test(unheard_port_falls_back),
		cmocka_unit_test(a_port_in_use_is_no_fallback),
		cmocka_unit_test(named_ports_stay),
		cmocka_unit_test(late_silence_keeps_the_reason),
		cmocka_unit_test(redirect_is_followed),
		cmocka_unit_test(redirects_end),
		cmocka_unit_test(bad_redirects_are_refusals),
		cmocka_unit_test(a_secret_that_silences_is_named),
		cmocka_unit_test(a_secret_that_is_known_late_is_good),
		cmocka_unit_test(who_has_the_password_is_not_called_again),
		cmocka_unit_test(eap_that_leads_nowhere_costs_a_call),
		cmocka_unit_test(asked_again_during_a_slow_login),
		cmocka_unit_test(after_the_telephone),
		cmocka_unit_test(another_call_is_placed_with_any_lns),
		cmocka_unit_test(key_and_port_are_told_apart),
		cmocka_unit_test(loss_is_no_wrong_key),
		cmocka_unit_test(words_of_ppp_come_first),
	};

	return cmocka_run_group_tests_name("connection-fallback", tests, NULL, NULL);
}
