/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Renewals by either side and by both at once: what the gateway begins is taken, nothing that L2TP
 * sends is lost on a wire that loses nothing, and in the end both sides have the same few SAs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/macros.h"
#include "tests/sim/sim.h"

#define SEEDS 500

static unsigned int failures, splits;

#define expect(sim, condition) expect_at(sim, condition, __LINE__, #condition)

static void expect_at(const struct sim *sim, bool condition, int line, const char *text)
{
	if (condition)
		return;
	failures++;
	printf("FAILED line %d: %s; seed %" PRIu64 ", %s, error: %s, violation: %s\n", line, text,
	       sim->config.seed, sim_reason(sim), sim->error, sim->responder.violation);
}

static struct sim_config clean(uint64_t seed)
{
	return (struct sim_config){
		.seed = seed,
		.wire = { .delay_min = 20 * NSEC_PER_MSEC },
		.client_nat = seed & 1,
		.gateway_nat = seed & 2,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1,
			    seed & 4 ? IKE_GROUP_MODP1024 : IKE_GROUP_NONE },
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
		.lns = { .hello_interval = 10 * NSEC_PER_SEC },
		.client_hello = 30 * NSEC_PER_SEC,
	};
}

static struct sim *connected(const struct sim_config *config)
{
	struct sim *sim = sim_new(config);

	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, sim->wire.now + 300 * NSEC_PER_SEC));
	expect(sim, sim->session_up);
	return sim;
}

static void pass(struct sim *sim, nsec_t time)
{
	(void)sim_run(sim, NULL, sim->wire.now + time);
}

static unsigned int client_pairs(const struct sim *sim)
{
	unsigned int n = 0;

	for (size_t i = 0; i < sim->n_pairs; i++)
		n += sim->pairs[i].installed;
	return n;
}

/* At rest both sides have at most two of each, and the same one is sent by. */
static void expect_rest(struct sim *sim)
{
	pass(sim, 40 * NSEC_PER_SEC);
	expect(sim, sim->session_up && !sim->ike_failed && !sim->ike_closed && !sim->l2tp_closed);
	sim_compare(sim);
	expect(sim, client_pairs(sim) >= 1 && client_pairs(sim) <= 2);
	/*
	 * Nothing acknowledges a Delete. Where one is lost the gateway's SA ends with its life; and
	 * where the sides differ about which of two is newer, by a loss as well, it is ours that
	 * the gateway has no longer, which only L2TP's silence can tell.
	 */
	unsigned int up = responder_children_up(&sim->responder);
	bool lossy = sim->config.wire.loss > 0;
	splits += lossy && up == 0;
	expect(sim, up <= (lossy ? 3 : 2) && (up >= 1 || lossy));
	expect(sim,
	       responder_sas_up(&sim->responder) >= 1 && responder_sas_up(&sim->responder) <= 2);
	expect(sim, !sim->error[0] && sim->responder.violations == 0 && sim->lns.violations == 0);
}

static void test_quick_by_gateway(uint64_t seed)
{
	const struct sim_config config = clean(seed);
	struct sim *sim = connected(&config);

	pass(sim, NSEC_PER_SEC);
	for (unsigned int i = 1; i <= 5; i++) {
		expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
		pass(sim, NSEC_PER_SEC);
		expect(sim, sim->responder.started_quicks == i && sim->children_up == 1 + i);
		sim_compare(sim);
	}
	expect_rest(sim);
	expect(sim, client_pairs(sim) == 1 && sim->children_up == 6);
	sim_free(sim);
}

/* A limit of a kilobyte would have us begin a quick mode with the first packet. */
static void test_small_limit_by_gateway(uint64_t seed)
{
	const struct sim_config config = clean(seed);
	struct sim *sim = connected(&config);

	pass(sim, NSEC_PER_SEC);
	sim->responder.config.phase2_life_kb = 1;
	expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
	pass(sim, NSEC_PER_SEC);
	expect(sim, sim->n_pairs == 2 && sim->pairs[1].child.life_kb == 64);
	sim_free(sim);
}

/* Both begin within the same round trip, at every distance from each other. */
static void test_quick_by_both(uint64_t seed)
{
	const struct sim_config config = clean(seed);

	for (int after = -80; after <= 80; after += 10) {
		struct sim *sim = connected(&config);
		pass(sim, NSEC_PER_SEC);
		if (after >= 0)
			expect(sim, ike_rekey(sim->ike, sim->wire.now) == 0);
		else
			expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
		pass(sim, (nsec_t)abs(after) * NSEC_PER_MSEC);
		if (after >= 0)
			expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
		else
			expect(sim, ike_rekey(sim->ike, sim->wire.now) == 0);
		expect_rest(sim);
		/* No ping-pong: what each began is all there was. */
		expect(sim, sim->children_up == 3 || (after < 0 && sim->children_up == 2));
		sim_free(sim);
	}
}

static void test_main_by_gateway(uint64_t seed)
{
	const struct sim_config config = clean(seed);
	struct sim *sim = connected(&config);

	for (unsigned int i = 1; i <= 3; i++) {
		expect(sim, responder_start_main(&sim->responder, sim->wire.now));
		pass(sim, NSEC_PER_SEC);
		expect(sim, sim->responder.started_mains == i && sim->phases1_up == 1 + i);
		/* What follows goes under the new one, in both directions. */
		expect(sim, ike_rekey(sim->ike, sim->wire.now) == 0);
		pass(sim, NSEC_PER_SEC);
		expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
		pass(sim, 40 * NSEC_PER_SEC);
		expect(sim, sim->children_up == 1 + 2 * i);
		expect(sim, responder_sas_up(&sim->responder) == 1);
	}
	expect_rest(sim);
	sim_free(sim);
}

/*
 * Two of the gateway's, and the pair was made under the first of them, on which it may hang: that one isn't deleted
 * before there is another pair.
 */
static void test_two_mains_by_gateway(uint64_t seed)
{
	const struct sim_config config = clean(seed);
	struct sim *sim = connected(&config);

	expect(sim, responder_start_main(&sim->responder, sim->wire.now));
	pass(sim, 40 * NSEC_PER_SEC);
	expect(sim, responder_sas_up(&sim->responder) == 1);
	expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
	pass(sim, NSEC_PER_SEC);
	expect(sim, responder_start_main(&sim->responder, sim->wire.now));
	pass(sim, 100 * NSEC_PER_SEC);
	expect(sim, responder_sas_up(&sim->responder) == 2);
	expect(sim, ike_rekey(sim->ike, sim->wire.now) == 0);
	pass(sim, 40 * NSEC_PER_SEC);
	expect(sim, responder_sas_up(&sim->responder) == 1);
	expect_rest(sim);
	sim_free(sim);
}

/* Gateways hang their pairs on the phase 1 that came up last: it is not the one to be deleted. */
static bool newest_stays(const struct sim *sim)
{
	const struct responder_sa *newest = NULL;

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++) {
		const struct responder_sa *sa = &sim->responder.sas[i];
		if ((sa->state == RESPONDER_UP || sa->state == RESPONDER_CLOSED) &&
		    (!newest || sa->age > newest->age))
			newest = sa;
	}
	return newest && newest->state == RESPONDER_UP;
}

/* A phase 1 of each side's at once; ours by its renewal at three quarters of its life. */
static void test_main_by_both(uint64_t seed)
{
	struct sim_config config = clean(seed);

	config.phase1_life_s = 600;
	for (int after = -200; after <= 200; after += 20) {
		struct sim *sim = connected(&config);
		nsec_t start = sim->wire.now;
		unsigned int ups = sim->phases1_up;
		/* A run without the gateway's shows when ours begins. */
		(void)sim_run(sim, NULL, start + 440 * NSEC_PER_SEC);
		while (sim->phases1_up == ups && sim->wire.now < start + 500 * NSEC_PER_SEC)
			pass(sim, 10 * NSEC_PER_MSEC);
		nsec_t ours = sim->wire.now - start - 120 * NSEC_PER_MSEC;
		expect(sim, sim->phases1_up == ups + 1);
		sim_free(sim);

		sim = connected(&config);
		(void)sim_run(sim, NULL,
			      start + ours + (nsec_t)((int64_t)after * (int64_t)NSEC_PER_MSEC));
		expect(sim, responder_start_main(&sim->responder, sim->wire.now));
		expect_rest(sim);
		pass(sim, 60 * NSEC_PER_SEC);
		expect(sim, sim->phases1_up <= 3);
		expect(sim, newest_stays(sim));
		expect_rest(sim);
		sim_free(sim);
	}
}

/*
 * The client's message 2, or 4, is lost, as strongSwan loses what comes too early: the client repeats it
 * before the gateway, which asks again after two seconds.
 */
static void test_main_answer_lost(uint64_t seed)
{
	const struct sim_config config = clean(seed);

	for (unsigned int answer = 2; answer <= 4; answer += 2) {
		struct sim *sim = connected(&config);
		pass(sim, NSEC_PER_SEC);
		expect(sim, responder_start_main(&sim->responder, sim->wire.now));
		pass(sim, (answer == 2 ? 10 : 50) * NSEC_PER_MSEC);
		sim->wire.config.loss = 1000;
		pass(sim, 20 * NSEC_PER_MSEC);
		sim->wire.config.loss = 0;
		expect(sim, sim->wire.lost == 1);
		pass(sim, 800 * NSEC_PER_MSEC);
		expect(sim, sim->responder.started_mains == 1 && sim->phases1_up == 2);
		expect_rest(sim);
		sim_free(sim);
	}
}

/* A gateway that gives its pair four seconds and then has no time for the next one. */
static void test_short_life(uint64_t seed)
{
	const struct sim_config config = clean(seed);
	struct sim *sim = connected(&config);

	sim->responder.config.phase2_life_s = 4;
	expect(sim, responder_start_quick(&sim->responder, sim->wire.now));
	pass(sim, 2900 * NSEC_PER_MSEC);
	expect(sim, sim->responder.started_quicks == 1 && sim->children_up == 2);
	pass(sim, 500 * NSEC_PER_MSEC);
	expect(sim, sim->responder.started_quicks == 1 && sim->children_up == 3);
	expect_rest(sim);
	sim_free(sim);
}

/* The gateway sets the commit bit: the pair is used when it says so. */
static void test_commit(uint64_t seed)
{
	struct sim_config config = clean(seed);

	config.commit = true;
	struct sim *sim = connected(&config);
	expect(sim, ike_rekey(sim->ike, sim->wire.now) == 0);
	expect_rest(sim);
	expect(sim, sim->children_up == 2);
	sim_free(sim);
}

/*
 * Both sides begin whatever they like whenever they like, over a wire that loses, doubles and
 * reorders, and the gateway ends what was replaced.
 */
static void test_random(uint64_t seed)
{
	struct prng prng = { seed };
	struct sim_config config = clean(seed);

	config.wire.loss = 30;
	config.wire.duplication = 30;
	config.wire.detour = 30;
	config.wire.delay_spread = 20 * NSEC_PER_MSEC;
	config.wire.delay_detour = 100 * NSEC_PER_MSEC;
	config.gateway_cut = 30 * NSEC_PER_SEC;
	config.commit = seed & 8;
	config.repeats = seed & 16;
	struct sim *sim = connected(&config);
	for (unsigned int i = 0; i < 12; i++) {
		pass(sim, prng_below(&prng, 4000) * NSEC_PER_MSEC);
		switch (prng_below(&prng, 3)) {
		case 0:
			(void)(ike_rekey(sim->ike, sim->wire.now) < 0);
			break;
		case 1:
			(void)responder_start_quick(&sim->responder, sim->wire.now);
			break;
		case 2:
			(void)responder_start_main(&sim->responder, sim->wire.now);
			break;
		}
	}
	pass(sim, 40 * NSEC_PER_SEC);
	expect_rest(sim);
	sim_free(sim);
}

/*
 * Three days. A gateway that never begins anything and ends what was replaced after half a minute
 * without a word is kept up by the client alone; of one that renews as well, about when the client
 * does, neither side gets in the other's way.
 */
static void test_days(uint64_t seed, bool gateway_renews)
{
	struct sim_config config = clean(seed);

	config.wire.loss = 20;
	config.wire.delay_spread = 20 * NSEC_PER_MSEC;
	config.gateway_cut = 30 * NSEC_PER_SEC;
	config.gateway_cut_silently = !gateway_renews;
	struct sim *sim = connected(&config);
	for (unsigned int hour = 0; hour < 72 && !sim->error[0]; hour++) {
		pass(sim, (2700 + hour % 6 * 30) * NSEC_PER_SEC);
		if (gateway_renews)
			(void)responder_start_quick(&sim->responder, sim->wire.now);
		if (gateway_renews && hour % 7 == 6)
			(void)responder_start_main(&sim->responder, sim->wire.now);
		pass(sim, (900 - hour % 6 * 30) * NSEC_PER_SEC);
		expect(sim, client_pairs(sim) <= 4);
	}
	expect_rest(sim);
	expect(sim, sim->children_up >= 72 && sim->phases1_up >= 9);
	/* Nothing piles up: what came went. */
	expect(sim, sim->children_up - sim->children_down <= 2);
	printf("three days: %u SA pairs, %u times phase 1, %u quick and %u main modes of the "
	       "gateway's\n",
	       sim->children_up, sim->phases1_up, sim->responder.started_quicks,
	       sim->responder.started_mains);
	sim_free(sim);
}

int main(void)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	for (uint64_t seed = 0; seed < 8; seed++) {
		test_quick_by_gateway(seed);
		test_small_limit_by_gateway(seed);
		test_quick_by_both(seed);
		test_main_by_gateway(seed);
		test_two_mains_by_gateway(seed);
		test_main_by_both(seed);
		test_main_answer_lost(seed);
		test_short_life(seed);
		test_commit(seed);
	}
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		test_random(seed);
	printf("%u random runs, in %u the sides differ in the end\n", SEEDS, splits);
	if (splits > SEEDS / 100)
		failures++;
	test_days(3, false);
	test_days(3, true);
	if (failures)
		printf("%u failures\n", failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
