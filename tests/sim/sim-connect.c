/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both engines connect to the models over the virtual wire: without loss, where every round trip
 * and datagram counts; a thousand times over a wire that loses, doubles, delays, reorders and
 * changes what it is given; and against a gateway that refuses, has another key, or ends what it
 * began.
 *
 * `sim-connect` runs everything; `sim-connect SEED` runs one seed of the bad wire and tells about
 * it.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define SEEDS		 1000
#define ROUND_TRIP	 (20 * NSEC_PER_MSEC)
#define ATTEMPT		 (60 * NSEC_PER_SEC)
#define ATTEMPTS_MAX	 5
#define GENEROUS	 (300 * NSEC_PER_SEC)
#define AFTERWARDS	 (120 * NSEC_PER_SEC)
#define NOTIFY_NO_CHOICE 14

static unsigned int failures;

__attribute__((format(printf, 2, 3))) static void failed(const struct sim *sim, const char *format,
							 ...)
{
	va_list args;

	failures++;
	printf("seed %" PRIu64 ": ", sim->config.seed);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(" (%s; error: %s; violation: %s %s)\n", sim_reason(sim),
	       sim->error[0] ? sim->error : "none", sim->responder.violation, sim->lns.violation);
}

#define expect(sim, condition)                                                         \
	do {                                                                           \
		if (!(condition))                                                      \
			failed(sim, "%s:%d: not: %s", __func__, __LINE__, #condition); \
	} while (0)

static const struct ike_proposal common_phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256,
						   IKE_GROUP_MODP1024 };
static const struct ike_esp_proposal common_phase2 = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1,
						       IKE_GROUP_NONE };

/* A wire without faults, 10 ms each way, both sides behind a NAT. */
static struct sim_config clean(uint64_t seed)
{
	return (struct sim_config){
		.seed = seed,
		.wire = { .delay_min = ROUND_TRIP / 2 },
		.client_nat = true,
		.gateway_nat = true,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = common_phase1,
		.phase2 = common_phase2,
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
		.client_hello = 30 * NSEC_PER_SEC,
	};
}

/* What gateways differ in, as the seed has it. */
static void vary(struct sim_config *c, struct prng *prng)
{
	static const enum ike_group groups[] = { IKE_GROUP_MODP1024,  IKE_GROUP_MODP1536,
						 IKE_GROUP_MODP2048,  IKE_GROUP_MODP3072,
						 IKE_GROUP_MODP4096,  IKE_GROUP_ECP256,
						 IKE_GROUP_ECP384,    IKE_GROUP_ECP521,
						 IKE_GROUP_CURVE25519 };

	c->phase1.encr = prng_below(prng, 3) ? IKE_ENCR_AES_CBC : IKE_ENCR_3DES_CBC;
	c->phase1.key_bits =
		c->phase1.encr == IKE_ENCR_AES_CBC ? 128 + 64 * (prng_below(prng, 3)) : 0;
	c->phase1.hash = (enum ike_hash)(1 + prng_below(prng, 5));
	c->phase1.group = groups[prng_below(prng, ARRAY_SIZE(groups))];
	c->phase2.encr = (enum ike_encr)(1 + prng_below(prng, 3));
	c->phase2.key_bits =
		c->phase2.encr == IKE_ENCR_3DES_CBC ? 0 : 128 + 64 * (prng_below(prng, 3));
	c->phase2.auth = c->phase2.encr == IKE_ENCR_AES_GCM_16
				 ? IKE_HASH_NONE
				 : (enum ike_hash)(1 + prng_below(prng, 5));
	c->phase2.group =
		prng_below(prng, 4) ? IKE_GROUP_NONE : groups[prng_below(prng, ARRAY_SIZE(groups))];
	c->client_nat = prng_below(prng, 2);
	c->gateway_nat = prng_below(prng, 2);
	c->force_encaps = prng_below(prng, 4) == 0;
	/* Without NAT traversal on the gateway's side there is no way through a NAT, nor a claimed
	 * one. */
	if (c->client_nat || c->gateway_nat || c->force_encaps || prng_below(prng, 2))
		c->natt = (enum responder_natt)(RESPONDER_NATT_RFC + prng_below(prng, 4));
	else
		c->natt = RESPONDER_NATT_NONE;
	c->dpd = prng_below(prng, 2);
	c->pieces = prng_below(prng, 2);
	c->repeats = prng_below(prng, 2);
	c->commit = prng_below(prng, 4) == 0;
	c->complains = (enum responder_complaint)prng_below(prng, 3);
	c->lns.hello_interval = prng_below(prng, 2) ? 10 * NSEC_PER_SEC : 0;
	c->lns.secret = prng_below(prng, 2) ? "a secret of the tunnels" : NULL;
	c->lns.challenges = c->lns.secret && prng_below(prng, 2);
	c->lns.hides = c->lns.secret && prng_below(prng, 2);
	/* Who isn't asked may ask all the same; who hides nothing and does not ask need not be known. */
	if (c->lns.challenges || c->lns.hides || prng_below(prng, 2))
		c->client_secret = c->lns.secret;
	c->lns.chatty = prng_below(prng, 2);
	c->lns.sequencing = prng_below(prng, 2);
}

/* Three of ten datagrams are lost; others come twice, late, out of order or with a bit turned over.
 */
static struct sim_config bad(uint64_t seed, unsigned int corruption)
{
	struct sim_config c = clean(seed);
	struct prng prng = { seed ^ UINT64_C(0x5eed) };

	c.wire = (struct wire_config){
		.loss = 300,
		.duplication = 100,
		.corruption = corruption,
		.detour = 100,
		.delay_min = 10 * NSEC_PER_MSEC,
		.delay_spread = 40 * NSEC_PER_MSEC,
		.delay_detour = 1500 * NSEC_PER_MSEC,
	};
	vary(&c, &prng);
	return c;
}

struct totals {
	unsigned int up, first_attempt, named;
	nsec_t slowest, sum;
};

/* One seed: attempts as the program makes them, each with its time; then both sides are compared.
 */
static struct sim *run_bad(uint64_t seed, unsigned int corruption, struct totals *totals)
{
	const struct sim_config config = bad(seed, corruption);
	struct sim *sim = sim_new(&config);
	const nsec_t start = sim->wire.now;

	for (int attempt = 0; attempt < ATTEMPTS_MAX && !sim->session_up; attempt++) {
		sim_start(sim);
		(void)sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT);
		totals->first_attempt += attempt == 0 && sim->session_up;
		if (sim->error[0])
			break;
	}
	if (sim->session_up) {
		totals->up++;
		totals->sum += sim->wire.now - start;
		if (sim->wire.now - start > totals->slowest)
			totals->slowest = sim->wire.now - start;
		sim_compare(sim);
	} else {
		totals->named += sim_reason(sim)[0] != '\0';
	}
	return sim;
}

static void check_bad(const struct sim *sim)
{
	if (sim->error[0])
		failed(sim, "it went wrong");
	if (sim->config.wire.corruption == 0 &&
	    (sim->responder.violations > 0 || sim->lns.violations > 0))
		failed(sim, "the client broke a rule");
}

/* What is up stays up over the same wire, with both sides' HELLOs and nothing left unacknowledged.
 */
static void check_stays(struct sim *sim)
{
	(void)sim_run(sim, NULL, sim->wire.now + AFTERWARDS);
	if (!sim->session_up || sim->ike_failed || sim->ike_closed || sim->lns.gave_up)
		failed(sim, "it doesn't stay up");
	check_bad(sim);
}

static void test_bad_wire(const char *name, unsigned int seeds, unsigned int corruption,
			  unsigned int wanted_percent)
{
	struct totals totals = { 0 };

	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct sim *sim = run_bad(seed, corruption, &totals);
		check_bad(sim);
		if (!sim->session_up && corruption == 0)
			failed(sim, "not connected");
		if (sim->session_up && corruption == 0)
			check_stays(sim);
		sim_free(sim);
	}
	printf("%s: %u runs, %u connected, %u of them at once, %u with a reason; mean %.2f s, "
	       "slowest %.2f s\n",
	       name, seeds, totals.up, totals.first_attempt, totals.named,
	       (double)totals.sum / (totals.up ? totals.up : 1) / 1e9,
	       (double)totals.slowest / 1e9);
	if (totals.up * 100 < seeds * wanted_percent || totals.up + totals.named != seeds) {
		printf("%s: fewer than %u %% connected\n", name, wanted_percent);
		failures++;
	}
}

/* The floor: four round trips of IKE, two of L2TP until ICCN leaves, one more for its answer. */
static void test_round_trips(bool real_dh, bool nat, enum ike_group group)
{
	struct sim_config config = clean(1);

	config.real_dh = real_dh;
	config.client_nat = config.gateway_nat = nat;
	config.phase1.group = group;
	struct sim *sim = sim_new(&config);
	const nsec_t start = sim->wire.now;
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, start + GENEROUS));
	expect(sim, sim->session_up);
	expect(sim, sim->child_up_at - start <= 4 * ROUND_TRIP);
	expect(sim, sim->iccn_at - sim->child_up_at <= 2 * ROUND_TRIP);
	expect(sim, sim->session_up_at - sim->iccn_at <= ROUND_TRIP);
	expect(sim, sim->ike_sent[0] <= 5 && sim->ike_sent[1] <= 4);
	expect(sim, sim->esp_sent[0] <= 4 && sim->esp_sent[1] <= 4);
	expect(sim, sim->local_nat == nat && sim->remote_nat == nat);
	expect(sim, sim->phase1.u.phase1.dpd);
	sim_compare(sim);
	expect(sim, !sim->error[0] && sim->responder.violations == 0 && sim->lns.violations == 0);
	printf("clean wire, %s%s: IKE %.1f round trips, %u + %u datagrams; L2TP %.1f until ICCN, "
	       "%.1f in all, "
	       "%u + %u datagrams\n",
	       ike_group_name(group), nat ? ", NAT" : "",
	       (double)(sim->child_up_at - start) / (double)ROUND_TRIP, sim->ike_sent[0],
	       sim->ike_sent[1], (double)(sim->iccn_at - sim->child_up_at) / (double)ROUND_TRIP,
	       (double)(sim->session_up_at - sim->child_up_at) / (double)ROUND_TRIP,
	       sim->esp_sent[0], sim->esp_sent[1]);
	sim_free(sim);
}

static void test_real_groups(void)
{
	static const enum ike_group groups[] = { IKE_GROUP_MODP1024, IKE_GROUP_MODP1536,
						 IKE_GROUP_MODP2048, IKE_GROUP_MODP3072,
						 IKE_GROUP_MODP4096, IKE_GROUP_ECP256,
						 IKE_GROUP_ECP384,   IKE_GROUP_ECP521 };

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		test_round_trips(true, i % 2, groups[i]);
}

static void test_same_seed(void)
{
	struct totals totals = { 0 };

	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct sim *a = run_bad(seed, 10, &totals), *b = run_bad(seed, 10, &totals);
		expect(a, a->digest == b->digest && a->wire.sent == b->wire.sent &&
				  a->wire.now == b->wire.now);
		sim_free(a);
		sim_free(b);
	}
}

/* Another key: never up, and what the gateway says about it is a hint. */
static void test_wrong_key(void)
{
	for (int complains = RESPONDER_SILENT; complains <= RESPONDER_COMPLAINS_ENCRYPTED;
	     complains++) {
		struct sim_config config = clean(2);
		config.gateway_psk = "another key";
		config.complains = (enum responder_complaint)complains;
		struct sim *sim = sim_new(&config);
		sim_start(sim);
		expect(sim, !sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT));
		expect(sim, !sim->phase1_up && sim->children_up == 0);
		expect(sim, responder_sas_up(&sim->responder) == 0);
		if (complains == RESPONDER_COMPLAINS_IN_CLEAR)
			expect(sim, sim->hints > 0 && sim->last_hint == 24);
		if (complains == RESPONDER_COMPLAINS_ENCRYPTED)
			expect(sim, sim->undecryptable > 0);
		expect(sim, !sim->error[0] && sim->responder.violations == 0);
		printf("wrong key, gateway %s: %s, %u hints, %u undecryptable\n",
		       complains == RESPONDER_SILENT		   ? "silent"
		       : complains == RESPONDER_COMPLAINS_IN_CLEAR ? "complains in clear"
								   : "complains encrypted",
		       sim_reason(sim), sim->hints, sim->undecryptable);
		sim_free(sim);
	}
}

static void test_refused_ike(void)
{
	struct sim_config config = clean(3);

	config.ike_refuses = RESPONDER_REFUSES_PHASE1;
	struct sim *sim = sim_new(&config);
	sim_start(sim);
	expect(sim, !sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT));
	expect(sim, !sim->phase1_up && sim->hints > 0 && sim->last_hint == NOTIFY_NO_CHOICE);
	expect(sim, !sim->ike_failed || sim->ike_reason == IKE_FAILURE_REFUSED_PHASE1);
	printf("phase 1 refused: %s\n", sim_reason(sim));
	sim_free(sim);

	config.ike_refuses = RESPONDER_REFUSES_PHASE2;
	sim = sim_new(&config);
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT));
	expect(sim, sim->phase1_up && sim->children_up == 0);
	expect(sim, sim->ike_failed && sim->ike_reason == IKE_FAILURE_REFUSED_PHASE2);
	expect(sim, !sim->error[0]);
	printf("phase 2 refused: %s\n", sim_reason(sim));
	sim_free(sim);

	for (int refuses = RESPONDER_REFUSES_ID; refuses <= RESPONDER_REFUSES_ID_AS_LIBRESWAN;
	     refuses++) {
		config.ike_refuses = (enum responder_refusal)refuses;
		sim = sim_new(&config);
		sim_start(sim);
		expect(sim, sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT));
		expect(sim, !sim->phase1_up && sim->undecryptable == 0);
		expect(sim, sim->ike_failed && sim->ike_reason == IKE_FAILURE_REFUSED_PHASE1);
		printf("identity refused: %s\n", sim_reason(sim));
		sim_free(sim);
	}
}

/* A NAT, or a claimed one, and a gateway without NAT traversal. */
static void test_no_natt(void)
{
	struct sim_config config = clean(9);

	config.natt = RESPONDER_NATT_NONE;
	config.client_nat = config.gateway_nat = false;
	config.force_encaps = true;
	struct sim *sim = sim_new(&config);
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT));
	expect(sim, sim->ike_failed && sim->ike_reason == IKE_FAILURE_NO_NATT);
	printf("no NAT traversal: %s\n", sim_reason(sim));
	sim_free(sim);
}

/* XAUTH ends it as soon as it is asked for; an address that is set for us doesn't. */
static void test_transactions(void)
{
	struct sim_config config = clean(9);
	struct sim *sim = sim_new(&config);

	sim->responder.config.asks = RESPONDER_ASKS_XAUTH;
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, sim->wire.now + NSEC_PER_SEC));
	expect(sim, sim->ike_failed && sim->ike_reason == IKE_FAILURE_XAUTH);
	printf("XAUTH: %s\n", sim_reason(sim));
	sim_free(sim);

	sim = sim_new(&config);
	sim->responder.config.asks = RESPONDER_SETS_ADDRESS;
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT));
	sim_free(sim);
}

static void test_refused_l2tp(void)
{
	const struct {
		enum lns_refusal refuses;
		enum l2tp_failure reason;
	} cases[] = {
		{ LNS_REFUSES_TUNNEL, L2TP_FAILURE_STOPPED_BY_PEER },
		{ LNS_REFUSES_CALL, L2TP_FAILURE_CALL_CLEARED_BY_PEER },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sim_config config = clean(4);
		config.lns.refuses = cases[i].refuses;
		struct sim *sim = sim_new(&config);
		sim_start(sim);
		expect(sim, sim_run(sim, sim_is_over, sim->wire.now + ATTEMPT));
		expect(sim, sim->l2tp_closed && sim->l2tp_reason == cases[i].reason);
		expect(sim, !sim->error[0] && sim->lns.violations == 0);
		printf("L2TP refused: %s\n", sim_reason(sim));
		sim_free(sim);
	}
}

static struct sim *connected(const struct sim_config *config)
{
	struct sim *sim = sim_new(config);

	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_over, sim->wire.now + GENEROUS));
	expect(sim, sim->session_up);
	return sim;
}

/*
 * A path that carries nothing longer than 600 octets, and groups whose values make messages longer
 * than that, in both phases: in pieces they arrive, from the first repetition on. Without them
 * there is no way through.
 */
static void test_pieces(bool pieces)
{
	struct sim_config config = clean(21);

	config.wire.len_max = 600;
	config.pieces = pieces;
	config.phase1.group = config.phase2.group = IKE_GROUP_MODP4096;
	struct sim *sim = sim_new(&config);
	const nsec_t start = sim->wire.now;
	sim_start(sim);
	expect(sim, sim_run(sim, sim_is_up, start + ATTEMPT) == pieces);
	expect(sim, !sim->error[0] && sim->responder.violations == 0);
	if (pieces) {
		sim_compare(sim);
		/* Messages 3 and 4 of main mode, 1 and 2 of quick mode. */
		expect(sim, sim->responder.collected >= 4);
		expect(sim, sim->wire.now - start < 6 * NSEC_PER_SEC);
	}
	printf("nothing longer than 600 octets, %s pieces: %s after %.1f s\n",
	       pieces ? "with" : "without", sim_reason(sim), (double)(sim->wire.now - start) / 1e9);
	sim_free(sim);
}

/* Every document that a gateway may know, with every placing of NATs and with none but a claimed one. */
static void test_natt_documents(void)
{
	for (int natt = RESPONDER_NATT_RFC; natt <= RESPONDER_NATT_02; natt++)
		for (int nats = 0; nats < 8; nats++) {
			struct sim_config config = clean(20);
			config.natt = (enum responder_natt)natt;
			config.client_nat = nats & 1;
			config.gateway_nat = nats & 2;
			config.force_encaps = nats & 4;
			struct sim *sim = connected(&config);
			expect(sim, sim->local_nat == config.client_nat);
			expect(sim, sim->remote_nat == config.gateway_nat);
			expect(sim, sim->pairs[0].child.udp_encap == (nats != 0));
			sim_compare(sim);
			expect(sim, !sim->error[0] && sim->responder.violations == 0);
			sim_free(sim);
		}
	printf("NAT traversal: RFC 3947 and its drafts with every placing of NATs\n");
}

/* The gateway deletes the SA pair, phase 1, or both: each is back within a second. */
static void test_deleted_by_peer(void)
{
	const struct sim_config config = clean(5);

	for (unsigned int what = 1; what <= 3; what++) {
		struct sim *sim = connected(&config);
		struct responder_child *child = responder_child(&sim->responder);
		if (what & 1)
			expect(sim, child && responder_delete_child(&sim->responder, child,
								    sim->wire.now));
		if (what & 2)
			expect(sim, responder_delete_sa(&sim->responder, sim->wire.now));
		(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
		expect(sim, sim->children_down_by_peer == (what & 1));
		expect(sim, sim->children_up == 1 + (what & 1));
		expect(sim, responder_sas_up(&sim->responder) == 1);
		expect(sim, responder_children_up(&sim->responder) == 1);
		expect(sim, !sim->ike_closed && !sim->ike_failed);
		sim_compare(sim);
		expect(sim, !sim->error[0] && sim->responder.violations == 0);
		sim_free(sim);
	}
}

static void test_ended_by_lns(void)
{
	const struct sim_config config = clean(6);
	struct sim *sim = connected(&config);

	lns_stop(&sim->lns, 6, 0, "closed for \x1b[1mtoday\xe3\x80\x82", sim->wire.now);
	(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
	expect(sim, sim->l2tp_closed && sim->l2tp_reason == L2TP_FAILURE_STOPPED_BY_PEER);
	expect(sim, sim->lns.n_queue == 0); /* acknowledged */
	expect(sim, strcmp(sim->l2tp_words, "closed for ?[1mtoday???") == 0);
	sim_free(sim);

	sim = connected(&config);
	lns_clear_call(&sim->lns, 3, 0, NULL, sim->wire.now);
	(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
	expect(sim, sim->l2tp_closed && sim->l2tp_reason == L2TP_FAILURE_CALL_CLEARED_BY_PEER);
	expect(sim, sim->lns.n_queue == 0 && !sim->error[0]);
	sim_free(sim);
}

static bool l2tp_is_closed(const struct sim *sim)
{
	return sim->l2tp_closed;
}

/* The client takes everything back, in order; the gateway is told. */
static void test_closed_by_client(void)
{
	const struct sim_config config = clean(7);
	struct sim *sim = connected(&config);

	expect(sim, l2tp_close(sim->l2tp, 6, sim->wire.now) == 0);
	expect(sim, sim_run(sim, l2tp_is_closed, sim->wire.now + NSEC_PER_SEC));
	expect(sim, sim->l2tp_reason == L2TP_FAILURE_NONE);
	expect(sim, sim->lns.state == LNS_CLOSED && sim->lns.stop_result == 6);
	expect(sim, ike_close(sim->ike, sim->wire.now) == 0);
	(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
	expect(sim, sim->ike_closed && responder_sas_up(&sim->responder) == 0);
	expect(sim, responder_child(&sim->responder) == NULL);
	expect(sim, !sim->error[0] && sim->responder.violations == 0 && sim->lns.violations == 0);
	sim_free(sim);
}

/* RFC 3706 both ways. */
static void test_signs_of_life(void)
{
	struct sim_config config = clean(8);
	struct ike_stats before, after;
	struct sim *sim = connected(&config);

	(void)sim_run(sim, NULL, sim->wire.now + 5 * NSEC_PER_SEC);
	ike_get_stats(sim->ike, &before);
	expect(sim, ike_probe(sim->ike, sim->wire.now) == 0);
	(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
	ike_get_stats(sim->ike, &after);
	expect(sim, after.last_authenticated > before.last_authenticated);
	expect(sim, responder_probe(&sim->responder, 77, sim->wire.now));
	(void)sim_run(sim, NULL, sim->wire.now + NSEC_PER_SEC);
	expect(sim, sim->responder.acknowledged_probes == 1);
	expect(sim, !sim->error[0] && sim->responder.violations == 0);
	sim_free(sim);

	config.dpd = false;
	sim = connected(&config);
	expect(sim, ike_probe(sim->ike, sim->wire.now) < 0);
	sim_free(sim);
}

static int tell(uint64_t seed, unsigned int corruption)
{
	struct totals totals = { 0 };
	struct sim *sim = run_bad(seed, corruption, &totals);

	check_bad(sim);
	printf("seed %" PRIu64
	       ": %s after %.3f s, IKE %u + %u, ESP %u + %u datagrams; wire: %u lost, "
	       "%u doubled, %u changed; gateway: %u duplicates; violations: %s %s\n",
	       seed, sim_reason(sim), (double)(sim->wire.now - 1000 * NSEC_PER_SEC) / 1e9,
	       sim->ike_sent[0], sim->ike_sent[1], sim->esp_sent[0], sim->esp_sent[1],
	       sim->wire.lost, sim->wire.duplicated, sim->wire.corrupted, sim->responder.duplicates,
	       sim->responder.violation, sim->lns.violation);
	sim_free(sim);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1)
		return tell(strtoull(argv[1], NULL, 0),
			    argc > 2 ? (unsigned int)atoi(argv[2]) : 10);

	test_round_trips(false, true, IKE_GROUP_MODP2048);
	test_round_trips(false, false, IKE_GROUP_MODP2048);
	test_real_groups();
	test_wrong_key();
	test_refused_ike();
	test_pieces(true);
	test_pieces(false);
	test_natt_documents();
	test_no_natt();
	test_transactions();
	test_refused_l2tp();
	test_deleted_by_peer();
	test_ended_by_lns();
	test_closed_by_client();
	test_signs_of_life();
	test_same_seed();
	test_bad_wire("bad wire", SEEDS / 2, 0, 100);
	test_bad_wire("bad wire that changes octets", SEEDS, 10, 95);
	if (failures)
		printf("%u failures\n", failures);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
