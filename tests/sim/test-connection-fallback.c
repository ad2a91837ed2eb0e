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

#include "client/crypto.h"
#include "tests/sim/ike-responder.h"
#include "tests/sim/lns-model.h"
#include "tests/sim/toy-crypto.h"
#include "tests/unit/recording.h"

#define PSK	  "a long enough pre-shared key"
#define GATEWAYS  3
#define ROUND_MAX 4000

static const char profile_text[] = "[vpn]\n"
				   "gateway=gateway.example\n"
				   "user=taro\n"
				   "%s\n"
				   "[vpn-secrets]\n"
				   "ipsec-psk=" PSK "\n"
				   "password=himitsu\n";

struct gateway {
	struct endpoint address;
	struct responder responder;
	struct lns lns;
	bool deaf; /* hears L2TP from port 1701 alone */
	unsigned int attempts;
};

struct fixture {
	struct recording recording;
	struct profile *profile;
	struct secret psk, password, l2tp_secret;
	struct connection *connection;
	struct prng prng;
	struct ike_crypto crypto;
	struct gateway gateways[GATEWAYS];
	bool nat;	   /* before the client */
	bool closed;	   /* nobody forwards UDP 4500 */
	unsigned int loss; /* per cent of IKE's datagrams */
};

static void init_gateway(struct fixture *x, size_t i, const char *address)
{
	struct gateway *g = &x->gateways[i];
	struct responder_config config = {
		.crypto = &x->crypto,
		.psk = PSK,
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = true,
	};
	const struct lns_config lns = { .tunnel_id = 0x1234, .session_id = 0x5678, .max_tries = 8 };

	assert_int_equal(endpoint_parse(address, 500, &g->address), 0);
	config.local = g->address;
	responder_init(&g->responder, &config);
	lns_init(&g->lns, &lns);
}

static struct fixture *fixture_new(const char *vpn)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct failure f = { 0 };
	char text[1024];

	assert_non_null(x);
	x->prng.state = 7;
	x->crypto = toy_crypto(&x->prng);
	recording_init(&x->recording);
	init_gateway(x, 0, "198.51.100.2");
	init_gateway(x, 1, "192.0.2.7");
	init_gateway(x, 2, "192.0.2.8");
	(void)snprintf(text, sizeof(text), profile_text, vpn);
	assert_int_equal(profile_parse("office", text, strlen(text), &x->profile, &f), 0);
	assert_int_equal(secret_set(&x->psk, PSK, strlen(PSK)), 0);
	assert_int_equal(secret_set(&x->password, "himitsu", 7), 0);

	const struct connection_config config = {
		.profile = x->profile,
		.psk = &x->psk,
		.password = &x->password,
		.l2tp_secret = &x->l2tp_secret,
		.crypto = &x->crypto,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = &x->recording.system,
		.dataplane = &x->recording.dataplane,
		.timeout = 30 * NSEC_PER_SEC,
		.userdata = &x->recording,
		.now = recording_now,
		.on_event = recording_on_event,
	};
	assert_int_equal(connection_new(&config, &x->connection), 0);
	return x;
}

static void fixture_free(struct fixture *x)
{
	connection_free(x->connection);
	for (size_t i = 0; i < GATEWAYS; i++)
		responder_clear(&x->gateways[i].responder);
	profile_free(x->profile);
	free(x);
}

static struct gateway *gateway_at(struct fixture *x, const struct endpoint *to)
{
	for (size_t i = 0; i < GATEWAYS; i++)
		if (endpoint_same_addr(&x->gateways[i].address, to))
			return &x->gateways[i];
	return NULL;
}

static bool is_lost(struct fixture *x, bool natt)
{
	return (natt && x->closed) || (x->loss > 0 && prng_next(&x->prng) % 100 < x->loss);
}

/* What the connection sent since the last time. True: there was something. */
static bool carry_out(struct fixture *x)
{
	struct recording *r = &x->recording;
	struct endpoint from;
	size_t n_ike = r->n_sent, n_l2tp = r->n_l2tp;

	/* Before IKE, whose deletes leave last. */
	for (size_t i = 0; i < n_l2tp; i++) {
		struct gateway *g = gateway_at(x, &r->l2tp[i].by.remote);

		if (g && responder_child(&g->responder) &&
		    !(g->deaf && r->l2tp[i].by.local.port != 1701))
			lns_input(&g->lns, r->l2tp[i].data, r->l2tp[i].len, r->now);
	}
	for (size_t i = 0; i < n_ike; i++) {
		struct gateway *g = gateway_at(x, &r->sent[i].to);

		assert_int_equal(endpoint_parse(x->nat ? "203.0.113.2" : "192.168.10.11",
						r->sent[i].natt ? 4500 : 500, &from),
				 0);
		if (!g || is_lost(x, r->sent[i].natt))
			continue;
		/* Main mode's first message: exchange type 2, no responder cookie, in clear. */
		g->attempts += r->sent[i].data[18] == 2 && !r->sent[i].natt &&
			       memcmp(r->sent[i].data + 8, "\0\0\0\0\0\0\0\0", 8) == 0;
		responder_input(&g->responder, &from, r->sent[i].natt, r->sent[i].data,
				r->sent[i].len, r->now);
	}
	r->n_sent -= n_ike;
	r->n_l2tp -= n_l2tp;
	return n_ike + n_l2tp > 0;
}

/* What the gateways say. */
static bool carry_in(struct fixture *x)
{
	struct sys_listener *system = &x->recording.system.listener;
	struct dp_listener *dataplane = &x->recording.dataplane.listener;
	bool any = false;

	for (size_t i = 0; i < GATEWAYS; i++) {
		struct gateway *g = &x->gateways[i];
		struct endpoint from = g->address;
		struct responder_datagram rd;
		struct lns_datagram ld;

		while (responder_next_datagram(&g->responder, &rd)) {
			from.port = rd.natt ? 4500 : 500;
			any = true;
			if (is_lost(x, rd.natt))
				continue;
			system->on_ike(system->userdata, rd.natt, &from, rd.data, rd.len);
			any = true;
		}
		from.port = 1701;
		while (lns_next_datagram(&g->lns, &ld)) {
			dataplane->on_l2tp(dataplane->userdata, &from, ld.data, ld.len);
			any = true;
		}
	}
	return any;
}

/* Until the session is asked for, or it is down. */
static void run(struct fixture *x)
{
	connection_start(x->connection);
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
	for (int i = 0; i < ROUND_MAX && x->recording.downs == 0; i++) {
		if (recording_count(x->recording.log, "start-ppp"))
			return;
		if (!carry_out(x) && !carry_in(x))
			recording_step(&x->recording, x->connection);
	}
	assert_int_equal(x->recording.downs, 1);
}

/* Closes it and checks that what was opened was closed, as often. */
static void end(struct fixture *x)
{
	connection_close(x->connection, NULL);
	for (int i = 0; i < ROUND_MAX && x->recording.downs == 0; i++)
		if (!carry_out(x) && !carry_in(x))
			recording_step(&x->recording, x->connection);
	assert_int_equal(x->recording.downs, 1);
	(void)carry_out(x);
	assert_int_equal(recording_count(x->recording.log, "close"),
			 recording_count(x->recording.log, "open"));
	assert_int_equal(recording_count(x->recording.log, "close-ike"),
			 recording_count(x->recording.log, "open-ike"));
	for (size_t i = 0; i < GATEWAYS; i++) {
		/* Nothing stays at a gateway that was left. */
		assert_int_equal(responder_sas_up(&x->gateways[i].responder), 0);
		assert_string_equal(x->gateways[i].lns.violation, "");
		assert_string_equal(x->gateways[i].responder.violation, "");
	}
	fixture_free(x);
}

static bool in_ppp(const struct fixture *x)
{
	return connection_get_info(x->connection)->state == CONNECTION_PPP;
}

static void the_first_try_stays_when_it_does(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 0);
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	assert_int_equal(x->gateways[0].attempts, 1);
	end(x);
}

/* The gateway clears the call while PPP is agreed on: PPP's words count, and without any L2TP's do. */
static void words_of_ppp_come_first(void **state)
{
	static const enum cause said[] = { CAUSE_PPP_ENCRYPTION, CAUSE_PPP_CLOSED, CAUSE_NONE };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct fixture *x = fixture_new("");

		run(x);
		assert_true(in_ppp(x));
		while (carry_out(x) || carry_in(x)) {
		}
		x->recording.ppp_reason.cause = said[i];
		lns_clear_call(&x->gateways[0].lns, 1, 0, NULL, x->recording.now);
		for (int n = 0; n < ROUND_MAX && x->recording.downs == 0; n++)
			if (!carry_out(x) && !carry_in(x))
				recording_step(&x->recording, x->connection);
		assert_int_equal(x->recording.failure.cause,
				 i == 0 ? CAUSE_PPP_ENCRYPTION : CAUSE_PPP_CLOSED);
		end(x);
	}
}

static void refused_sccrq_is_sent_otherwise(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].lns.config.unknown = UINT64_C(1) << 4; /* Bearer Capabilities */
	run(x);
	assert_true(in_ppp(x));
	assert_non_null(strstr(x->recording.steps, "result 2, error 8"));
	/* under the same SA */
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	assert_int_equal(x->gateways[0].attempts, 1);
	end(x);
}

static void two_refusals_of_sccrq_are_enough(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].lns.config.unknown = UINT64_C(1)
					    << 10; /* Receive Window Size: both have it */
	run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_int_equal(recording_count(x->recording.log, "open"), 1);
	end(x);
}

static void other_refusals_are_final(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].lns.config.refuses = LNS_REFUSES_TUNNEL; /* not authorised */
	run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_null(strstr(x->recording.steps, "once more"));
	end(x);
}

static void a_full_gateway_is_named(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].lns.config.refuses = LNS_REFUSES_CALL; /* no facilities, for now */
	run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_FULL);
	end(x);
}

static void refused_port_falls_back(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 1701);
	assert_int_equal(recording_count(x->recording.log, "open"), 2);
	assert_true(x->recording.now < 3 * NSEC_PER_SEC);
	assert_non_null(strstr(x->recording.steps, "once more from UDP port 1701"));
	end(x);
}

static void unheard_port_falls_back(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].deaf = true;
	run(x);
	assert_true(in_ppp(x));
	assert_int_equal(x->recording.dataplane_config.local.port, 1701);
	assert_int_equal(x->gateways[0].attempts, 2);
	end(x);
}

static void a_port_in_use_is_no_fallback(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	x->recording.port_taken = true;
	run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
	end(x);
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
		struct fixture *x = fixture_new(cases[i].vpn);

		x->gateways[0].responder.config.only_port = cases[i].only;
		run(x);
		assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
		assert_int_equal(recording_count(x->recording.log, "open"), 1);
		assert_int_equal(x->recording.dataplane_config.local.port, cases[i].used);
		end(x);
	}
}

/* What ended the first try is told when the second runs out of time. */
static void late_silence_keeps_the_reason(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	connection_start(x->connection);
	x->recording.now += 25 * NSEC_PER_SEC; /* the resolver took its time */
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
	for (int i = 0; i < ROUND_MAX && x->recording.downs == 0; i++) {
		if (x->gateways[0].attempts == 2)
			x->gateways[0].address = x->gateways[1].address; /* gone */
		if (!carry_out(x) && !carry_in(x))
			recording_step(&x->recording, x->connection);
	}
	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE2_REFUSED);
	fixture_free(x);
}

static void redirect_is_followed(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].lns.config.redirect = "192.0.2.7";
	run(x);
	assert_true(in_ppp(x));
	assert_true(endpoint_same_addr(&connection_get_info(x->connection)->gateway,
				       &x->gateways[1].address));
	assert_true(
		endpoint_same_addr(&x->recording.dataplane_config.remote, &x->gateways[1].address));
	assert_non_null(strstr(x->recording.steps, "sends us on to 192.0.2.7"));
	assert_int_equal(x->gateways[0].lns.n_queue, 0); /* its StopCCN was acknowledged */
	end(x);
}

/* A second one is not followed, and a gateway gets its own fallbacks. */
static void redirects_end(void **state)
{
	struct fixture *x = fixture_new("");

	(void)state;
	x->gateways[0].responder.config.only_port = 1701;
	x->gateways[0].lns.config.redirect = "192.0.2.7";
	x->gateways[1].lns.config.redirect = "192.0.2.8";
	x->gateways[1].lns.config.unknown = 0;
	run(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_L2TP_REFUSED);
	assert_int_equal(x->gateways[0].attempts, 2);
	assert_int_equal(x->gateways[1].attempts, 1);
	assert_int_equal(x->gateways[2].attempts, 0);
	assert_int_equal(x->recording.dataplane_config.local.port, 0);
	end(x);
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
		struct fixture *x = fixture_new("");

		x->gateways[0].lns.config.redirect = bad[i];
		run(x);
		if (x->recording.failure.cause != CAUSE_L2TP_REFUSED)
			fail_msg("%s: %s", bad[i], cause_id(x->recording.failure.cause));
		assert_int_equal(recording_count(x->recording.log, "open"), 1);
		end(x);
	}
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
		struct fixture *x = fixture_new("");
		bool closed = i % 2;
		enum cause other = closed ? CAUSE_PSK_WRONG : CAUSE_UDP4500_SILENT;

		x->prng.state = 1000 + i;
		x->nat = true;
		x->closed = closed;
		x->loss = i % 11;
		x->gateways[0].responder.config.complains = complaints[i / 2 % 3];
		if (!closed)
			x->gateways[0].responder.config.psk = "another pre-shared key";
		run(x);
		if (x->recording.failure.cause == other ||
		    (x->loss == 0 && x->recording.failure.cause !=
					     (closed ? CAUSE_UDP4500_SILENT : CAUSE_PSK_WRONG)))
			fail_msg("seed %u: %s (%s)", i, cause_id(x->recording.failure.cause),
				 x->recording.failure.detail);
		fixture_free(x);
	}
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
		cmocka_unit_test(key_and_port_are_told_apart),
		cmocka_unit_test(words_of_ppp_come_first),
	};

	return cmocka_run_group_tests_name("connection-fallback", tests, NULL, NULL);
}
