/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What gateways differ in once IPsec stands: tunnel authentication one way, both ways and with
 * secrets that differ, hidden values, sequence numbers on request, talkative ones, ones that don't
 * know an AVP, ones that send the client elsewhere; over a good wire and over one that loses, doubles
 * and reorders.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define SEEDS	20
#define ATTEMPT (300 * NSEC_PER_SEC)

static unsigned int failures;

#define expect(sim, condition)                                                       \
	do {                                                                         \
		if (!(condition)) {                                                  \
			failures++;                                                  \
			printf("seed %" PRIu64 ": %s:%d: not: %s (%s; %s; %s)\n",    \
			       (sim)->config.seed, __func__, __LINE__, #condition,   \
			       sim_reason(sim), (sim)->error, (sim)->lns.violation); \
		}                                                                    \
	} while (0)

static struct sim_config config(uint64_t seed, bool bad)
{
	struct sim_config c = {
		.seed = seed,
		.wire = { .delay_min = 10 * NSEC_PER_MSEC },
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP1024 },
		.phase2 = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = true,
		.client_nat = true,
		.client_hello = 30 * NSEC_PER_SEC,
	};

	if (bad)
		c.wire = (struct wire_config){
			.loss = 300,
			.duplication = 200,
			.detour = 200,
			.delay_min = 10 * NSEC_PER_MSEC,
			.delay_spread = 40 * NSEC_PER_MSEC,
			.delay_detour = 1500 * NSEC_PER_MSEC,
		};
	return c;
}

/* Runs until it is up or over. */
static struct sim *run(const struct sim_config *c)
{
	struct sim *sim = sim_new(c);

	sim_start(sim);
	(void)sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT);
	return sim;
}

static bool is_silence(const struct sim *sim)
{
	return !sim->l2tp_closed || sim->l2tp_reason == L2TP_FAILURE_NO_ANSWER;
}

/* Every combination of what an LNS may want and do, with every seed. */
static void test_combinations(bool bad)
{
	unsigned int up = 0, runs = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		for (unsigned int bits = 0; bits < 32; bits++) {
			struct sim_config c = config(seed * 32 + bits, bad);
			c.client_secret = c.lns.secret = bits & 1 ? "ni no hashi" : NULL;
			c.lns.challenges = bits & 2;
			c.lns.hides = bits & 4;
			c.lns.chatty = bits & 8;
			c.lns.sequencing = bits & 16;
			struct sim *sim = run(&c);

			runs++;
			up += sim->session_up;
			/* A bad wire may break an attempt, by silence alone; what stands must be right. */
			expect(sim, sim->session_up || (bad && is_silence(sim)));
			expect(sim, !sim->error[0] && sim->lns.violations == 0);
			if (sim->session_up) {
				sim_compare(sim);
				expect(sim, sim->authenticated == (bits & 1));
				expect(sim, sim->sequencing == !!(bits & 16));
				(void)sim_run(sim, NULL, sim->wire.now + 60 * NSEC_PER_SEC);
				expect(sim, sim->session_up && sim->lns.state == LNS_UP);
				expect(sim, !sim->error[0] && sim->lns.violations == 0);
			}
			sim_free(sim);
		}
	}
	printf("%s wire: %u of %u up\n", bad ? "bad" : "good", up, runs);
	if (up * 10 < runs * 9)
		failures++;
}

/* Each side alone has a secret, or both have different ones: nobody gets through, both say why. */
static void test_secrets_differ(void)
{
	static const struct {
		const char *client, *gateway;
		bool challenges, hides;
		enum l2tp_failure reason;
	} cases[] = {
		{ "one", "other", false, false, L2TP_FAILURE_AUTHENTICATION },
		{ "one", "other", true, false, L2TP_FAILURE_AUTHENTICATION },
		{ "one", "other", true, true, L2TP_FAILURE_AUTHENTICATION },
		{ "one", "one\n", true, false, L2TP_FAILURE_AUTHENTICATION },
		{ "one", NULL, false, false, L2TP_FAILURE_STOPPED_BY_PEER },
		{ NULL, "one", true, false, L2TP_FAILURE_AUTHENTICATION_WANTED },
		{ NULL, "one", false, true, L2TP_FAILURE_AUTHENTICATION_WANTED },
		{ NULL, "one", true, true, L2TP_FAILURE_AUTHENTICATION_WANTED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sim_config c = config(i + 1, false);
		c.client_secret = cases[i].client;
		c.lns.secret = cases[i].gateway;
		c.lns.challenges = cases[i].challenges;
		c.lns.hides = cases[i].hides;
		struct sim *sim = run(&c);
		(void)sim_run(sim, NULL, sim->wire.now + 3 * NSEC_PER_SEC);

		expect(sim, sim->l2tp_closed && sim->l2tp_reason == cases[i].reason);
		/* Where even the tunnel's ID is hidden the farewell finds nobody. */
		expect(sim, sim->lns.state == LNS_CLOSED || cases[i].hides);
		expect(sim, !sim->error[0] && sim->lns.violations == 0);
		printf("secrets \"%s\" and \"%s\": %s\n", cases[i].client ? cases[i].client : "",
		       cases[i].gateway ? cases[i].gateway : "", sim_reason(sim));
		sim_free(sim);
	}
}

/* What the gateway says when it refuses arrives as it is; the shape it can read is accepted. */
static void test_shapes_and_redirect(void)
{
	struct sim_config c = config(1, false);

	c.lns.unknown = UINT64_C(1) << 4; /* Bearer Capabilities */
	struct sim *sim = run(&c);
	expect(sim, sim->l2tp_closed && sim->l2tp_result == 2 && sim->l2tp_error == 8);
	sim_free(sim);
	c.sccrq = L2TP_SCCRQ_MINIMAL;
	sim = run(&c);
	expect(sim, sim->session_up && sim->lns.violations == 0);
	sim_free(sim);

	c = config(2, false);
	c.lns.demands = UINT64_C(1) << 8; /* Vendor Name */
	c.sccrq = L2TP_SCCRQ_MINIMAL;
	sim = run(&c);
	expect(sim, sim->l2tp_closed && sim->l2tp_result == 2 && sim->l2tp_error == 6);
	sim_free(sim);
	c.sccrq = L2TP_SCCRQ_WINDOWS;
	sim = run(&c);
	expect(sim, sim->session_up && sim->lns.violations == 0);
	sim_free(sim);

	c = config(3, false);
	c.lns.redirect = "192.0.2.7";
	sim = run(&c);
	expect(sim, sim->l2tp_closed && sim->l2tp_result == 2 && sim->l2tp_error == 7);
	expect(sim, strcmp(sim->l2tp_words, "192.0.2.7") == 0);
	sim_free(sim);
}

int main(void)
{
	test_combinations(false);
	test_combinations(true);
	test_secrets_differ();
	test_shapes_and_redirect();
	printf("%u failures\n", failures);
	return failures > 0;
}
