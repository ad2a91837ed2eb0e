/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two hours of virtual time with short lives of the SAs, over a wire with some loss: SA pairs and
 * phase 1 have to be replaced in time, and the L2TP session must not notice. The model lets nothing
 * expire by itself; that the client replaces is what is looked at.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/sim.h"

#define SEEDS	    8
#define HOURS	    (2 * 3600 * NSEC_PER_SEC)
#define PHASE1_LIFE 1800
#define PHASE2_LIFE 600

static bool run(uint64_t seed)
{
	const struct sim_config config = {
		.seed = seed,
		.wire = { .loss = 50,
			  .duplication = 20,
			  .delay_min = 10 * NSEC_PER_MSEC,
			  .delay_spread = 20 * NSEC_PER_MSEC },
		.client_nat = true,
		.gateway_nat = seed % 2,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1,
			    seed % 3 ? IKE_GROUP_NONE : IKE_GROUP_MODP1024 },
		.phase1_life_s = PHASE1_LIFE,
		.phase2_life_s = PHASE2_LIFE,
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
		.lns = { .hello_interval = 10 * NSEC_PER_SEC },
		.client_hello = 30 * NSEC_PER_SEC,
	};
	const unsigned int wanted = (unsigned int)(HOURS / NSEC_PER_SEC / PHASE2_LIFE);
	const unsigned int wanted_phase1 = (unsigned int)(HOURS / NSEC_PER_SEC / PHASE1_LIFE);
	struct sim *sim = sim_new(&config);

	sim_start(sim);
	(void)sim_run(sim, sim_is_over, sim->wire.now + 300 * NSEC_PER_SEC);
	(void)sim_run(sim, NULL, sim->wire.now + HOURS);
	if (sim->session_up)
		sim_compare(sim);
	bool good = sim->session_up && !sim->ike_failed && !sim->ike_closed && !sim->error[0] &&
		    sim->phases1_up >= wanted_phase1 && sim->children_up >= wanted &&
		    sim->children_up - sim->children_down <= 2 && sim->responder.violations == 0 &&
		    sim->lns.violations == 0;
	printf("seed %" PRIu64 ": %s: %s; %u SA pairs came (wanted %u), %u went, %u times phase 1; "
	       "error: %s; violations: %s %s\n",
	       seed, good ? "good" : "FAILED", sim_reason(sim), sim->children_up, wanted,
	       sim->children_down, sim->phases1_up, sim->error, sim->responder.violation,
	       sim->lns.violation);
	sim_free(sim);
	return good;
}

int main(void)
{
	bool good = true;

	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		good = run(seed) && good;
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
