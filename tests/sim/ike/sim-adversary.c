/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody on the way who sees every datagram and sends his own, but doesn't know the key: errors in
 * clear a thousand times a second, forged answers before the true ones, and everything that ever
 * came once more, in every state, and all that the client ever sent, back to it. Beside each attack runs what it is measured by: the same without.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/sim/sim.h"

#define FLOOD_SEEDS   500
#define FORGE_SEEDS   100
#define ATTEMPT	      (30 * NSEC_PER_SEC)
#define RECORDED_MAX  800
#define HEADER_LEN    28
#define COOKIES_LEN   16
#define LIFE_S	      300
#define EXCHANGE_MAIN 2

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
	printf(" (%s; error: %s)\n", sim_reason(sim), sim->error[0] ? sim->error : "none");
}

#define expect(sim, condition)                                                         \
	do {                                                                           \
		if (!(condition))                                                      \
			failed(sim, "%s:%d: not: %s", __func__, __LINE__, #condition); \
	} while (0)

static struct sim_config usual(uint64_t seed, unsigned int loss)
{
	return (struct sim_config){
		.seed = seed,
		.wire = { .loss = loss, .delay_min = 10 * NSEC_PER_MSEC },
		.client_nat = true,
		.gateway_nat = true,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP1024 },
		.phase2 = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
		.pieces = true,
		.repeats = seed % 2,
		.client_hello = 30 * NSEC_PER_SEC,
	};
}

/* A notify in clear: header, DOI, protocol, no SPI, type. */
static size_t forge_notify(uint8_t ret[static 64], const uint8_t cookies[static COOKIES_LEN],
			   uint16_t type)
{
	const uint8_t head[] = { 11, 0x10, 5, 0, 1,  2, 3, 4, 0, 0, 0,
				 40, 0,	   0, 0, 12, 0, 0, 0, 1, 1, 0 };

	memcpy(ret, cookies, COOKIES_LEN);
	memcpy(ret + COOKIES_LEN, head, sizeof(head));
	ret[38] = (uint8_t)(type >> 8);
	ret[39] = (uint8_t)type;
	return 40;
}

struct eavesdropper {
	bool knows;
	uint8_t cookies[COOKIES_LEN];
	uint64_t forged;
};

static void overhear(struct sim *sim, const struct wire_packet *p)
{
	struct eavesdropper *e = sim->watcher;
	size_t skip = p->kind == WIRE_IKE_NATT ? 4 : 0;

	if (p->kind == WIRE_ESP || p->len < skip + HEADER_LEN)
		return;
	memcpy(e->cookies, p->data + skip, COOKIES_LEN);
	e->knows = true;
}

/* All the errors that could make a client lose heart, from the gateway's address. */
static void forge_error(struct sim *sim, struct eavesdropper *e)
{
	static const uint16_t types[] = { 14, 4, 16, 24, 18, 23, 9, 11, 1, 30 };
	const struct endpoint from = { AF_INET, { 198, 51, 100, 1 }, 500 };
	uint8_t data[64];

	if (!e->knows || !sim->ike)
		return;
	size_t len = forge_notify(data, e->cookies, types[e->forged++ % ARRAY_SIZE(types)]);
	if (ike_input(sim->ike, &from, data, len, sim->wire.now) < 0)
		sim_error(sim, "a forged error makes trouble");
}

/* The time one connect takes; NSEC_NEVER: it didn't come up. */
static nsec_t connect_flooded(uint64_t seed, bool flood, uint64_t *forged)
{
	const struct sim_config config = usual(seed, 50);
	struct sim *sim = sim_new(&config);
	struct eavesdropper e = { .knows = false };
	const nsec_t start = sim->wire.now;

	sim->watch = overhear;
	sim->watcher = &e;
	sim_start(sim);
	while (sim->wire.now - start < ATTEMPT &&
	       !sim_run(sim, sim_is_over, sim->wire.now + NSEC_PER_MSEC)) {
		if (flood)
			forge_error(sim, &e);
	}
	nsec_t took = sim->session_up ? sim->wire.now - start : NSEC_NEVER;
	if (sim->error[0])
		failed(sim, "it went wrong");
	*forged += e.forged;
	sim_free(sim);
	return took;
}

static int compare_times(const void *a, const void *b)
{
	const nsec_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* RFC 2408 allows errors in clear; whoever believes them can be kept from connecting by anybody. */
static void test_flood(void)
{
	static nsec_t quiet[FLOOD_SEEDS], flooded[FLOOD_SEEDS];
	unsigned int up = 0;
	uint64_t forged = 0;

	for (uint64_t i = 0; i < FLOOD_SEEDS; i++) {
		quiet[i] = connect_flooded(i + 1, false, &forged);
		flooded[i] = connect_flooded(i + 1, true, &forged);
		up += flooded[i] != NSEC_NEVER;
	}
	qsort(quiet, FLOOD_SEEDS, sizeof(quiet[0]), compare_times);
	qsort(flooded, FLOOD_SEEDS, sizeof(flooded[0]), compare_times);
	nsec_t median = flooded[FLOOD_SEEDS / 2], usually = quiet[FLOOD_SEEDS / 2];
	printf("1000 forged errors a second: %u of %u connected, median %.3f s, without %.3f s, "
	       "%" PRIu64 " forged\n",
	       up, FLOOD_SEEDS, (double)median / 1e9, (double)usually / 1e9, forged);
	if (up * 100 < FLOOD_SEEDS * 99 || median >= 2 * usually || forged < FLOOD_SEEDS * 50) {
		printf("forged errors do harm\n");
		failures++;
	}
}

enum forgery {
	FORGE_NOTHING,
	FORGE_COOKIE, /* message 2 with another responder cookie */
	FORGE_NONCE,  /* message 4 with another nonce */
	FORGE_VALUE,  /* message 4 with another key exchange value */
};

struct forger {
	enum forgery forgery;
	unsigned int forged;
};

/* Just before the true answer comes one that differs in an octet, once. */
static void forge_answer(struct sim *sim, const struct wire_packet *p)
{
	struct forger *f = sim->watcher;
	bool main_mode = p->kind == WIRE_IKE && p->len > HEADER_LEN && p->data[18] == EXCHANGE_MAIN;
	bool message_2 = main_mode && p->data[16] == 1, message_4 = main_mode && p->data[16] == 4;
	struct wire_packet forged = *p;

	if (p->to != WIRE_CLIENT || f->forged > 0 || f->forgery == FORGE_NOTHING ||
	    !(f->forgery == FORGE_COOKIE ? message_2 : message_4))
		return;
	f->forged++;
	/* KE of modp1024, behind two headers; then the nonce. */
	forged.data[f->forgery == FORGE_COOKIE	? 12
		    : f->forgery == FORGE_VALUE ? HEADER_LEN + 4 + 127
						: HEADER_LEN + 4 + 128 + 4 + 3] ^= 1;
	if (ike_input(sim->ike, &p->from, forged.data, forged.len, sim->wire.now) < 0)
		sim_error(sim, "a forged answer makes trouble");
}

/* The slowest of all seeds, without loss. */
static nsec_t connect_forged(enum forgery forgery)
{
	nsec_t slowest = 0;

	for (uint64_t seed = 1; seed <= FORGE_SEEDS; seed++) {
		const struct sim_config config = usual(seed, 0);
		struct sim *sim = sim_new(&config);
		struct forger f = { .forgery = forgery };
		const nsec_t start = sim->wire.now;
		sim->watch = forge_answer;
		sim->watcher = &f;
		sim_start(sim);
		expect(sim, sim_run(sim, sim_is_up, start + ATTEMPT));
		expect(sim, f.forged == (forgery != FORGE_NOTHING) && !sim->error[0]);
		if (sim->session_up)
			sim_compare(sim);
		expect(sim, !sim->error[0]);
		if (sim->wire.now - start > slowest)
			slowest = sim->wire.now - start;
		sim_free(sim);
	}
	return slowest;
}

/* Nothing protects messages 2 and 4: a forged one is taken, and another main mode saves the day. */
static void test_forged_answers(void)
{
	static const char *const names[] = { "nothing", "a cookie", "a nonce", "a value" };

	for (enum forgery f = FORGE_NOTHING; f <= FORGE_VALUE; f++) {
		nsec_t slowest = connect_forged(f);
		printf("%s forged: connected after %.2f s at the latest\n", names[f],
		       (double)slowest / 1e9);
		if (slowest > 4 * NSEC_PER_SEC)
			failures++;
	}
}

struct recorder {
	size_t n;
	struct wire_packet packets[RECORDED_MAX];
	unsigned int replayed, repeated;
};

/* What an engine may have to say about an old datagram: nothing, or its last message again. */
static void expect_repetition(struct sim *sim, struct recorder *rec, unsigned int datagrams,
			      unsigned int events)
{
	rec->replayed++;
	rec->repeated += datagrams;
	/* A message that was in pieces is repeated in pieces. */
	if (datagrams > 2)
		failed(sim, "%u datagrams for one that is old", datagrams);
	if (events > 0)
		failed(sim, "%u events for a datagram that is old", events);
}

static void replay_ike(struct sim *sim, struct recorder *rec, const struct wire_packet *p)
{
	struct ike_stats before, after;
	struct ike_event event;
	struct ike_datagram d;
	unsigned int datagrams = 0, events = 0;
	nsec_t deadline = ike_deadline(sim->ike);

	ike_get_stats(sim->ike, &before);
	if (ike_input(sim->ike, &p->from, p->data, p->len, sim->wire.now) < 0)
		failed(sim, "an old datagram makes trouble");
	while (ike_next_event(sim->ike, &event)) {
		events += event.type != IKE_EVENT_NOTIFY;
		ike_event_clear(&event);
	}
	while (ike_next_datagram(sim->ike, &d))
		datagrams++;
	ike_get_stats(sim->ike, &after);
	/* A repetition moves the keepalive. */
	if (after.stage != before.stage || after.last_authenticated != before.last_authenticated ||
	    (datagrams == 0 && ike_deadline(sim->ike) != deadline))
		failed(sim, "an old datagram changes the state");
	expect_repetition(sim, rec, datagrams, events);
}

static void replay_l2tp(struct sim *sim, struct recorder *rec, const struct wire_packet *p)
{
	const struct endpoint from = { AF_INET, { 198, 51, 100, 1 }, 1701 };
	struct l2tp_stats before, after;
	struct l2tp_event event;
	struct l2tp_datagram d;
	unsigned int datagrams = 0, events = 0;

	l2tp_get_stats(sim->l2tp, &before);
	if (l2tp_input(sim->l2tp, &from, p->data, p->len, sim->wire.now) < 0)
		failed(sim, "an old L2TP datagram makes trouble");
	while (l2tp_next_event(sim->l2tp, &event))
		events++;
	while (l2tp_next_datagram(sim->l2tp, &d))
		datagrams++;
	l2tp_get_stats(sim->l2tp, &after);
	if (after.stage != before.stage)
		failed(sim, "an old L2TP datagram changes the state");
	expect_repetition(sim, rec, datagrams, events);
}

/* As the gateway's, whoever sent it. */
static struct wire_packet as_from_gateway(const struct wire_packet *p)
{
	struct wire_packet old = *p;

	if (p->to == WIRE_GATEWAY)
		old.from = (struct endpoint){ AF_INET,
					      { 198, 51, 100, 1 },
					      p->kind == WIRE_IKE_NATT ? 4500 : 500 };
	return old;
}

/* Before each datagram all that were under way before it come to the client. */
static void replay_all(struct sim *sim, const struct wire_packet *p)
{
	struct recorder *rec = sim->watcher;

	/* Reflected L2TP has another SPI, which no SA of the client's is for. */
	if (p->to == WIRE_GATEWAY && p->kind == WIRE_ESP)
		return;

	for (size_t i = 0; i < rec->n; i++) {
		const struct wire_packet *old = &rec->packets[i];
		if (old->kind != WIRE_ESP && sim->ike)
			replay_ike(sim, rec, old);
		else if (old->kind == WIRE_ESP && sim->l2tp)
			replay_l2tp(sim, rec, old);
	}
	if (rec->n < RECORDED_MAX)
		rec->packets[rec->n++] = as_from_gateway(p);
	else
		failed(sim, "more datagrams than are recorded");
}

static bool is_renewed(const struct sim *sim)
{
	return sim->phases1_up >= 2 && sim->children_up >= 3;
}

static bool l2tp_is_closed(const struct sim *sim)
{
	return sim->l2tp_closed;
}

/* A whole life, from the first message over renewals of both phases to the close. */
static void test_replays(void)
{
	static struct recorder rec;

	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct sim_config config = usual(seed, seed % 3 ? 0 : 100);
		config.phase1_life_s = config.phase2_life_s = LIFE_S;
		config.lns.hello_interval = 60 * NSEC_PER_SEC;
		struct sim *sim = sim_new(&config);
		rec.n = rec.replayed = rec.repeated = 0;
		sim->watch = replay_all;
		sim->watcher = &rec;
		sim_start(sim);
		expect(sim, sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT));
		expect(sim,
		       sim_run(sim, is_renewed, sim->wire.now + (nsec_t)3 * LIFE_S * NSEC_PER_SEC));
		expect(sim, l2tp_close(sim->l2tp, 6, sim->wire.now) == 0);
		expect(sim, sim_run(sim, l2tp_is_closed, sim->wire.now + ATTEMPT));
		expect(sim, ike_close(sim->ike, sim->wire.now) == 0);
		(void)sim_run(sim, NULL, sim->wire.now + ATTEMPT);
		expect(sim, sim->ike_closed && !sim->error[0]);
		expect(sim, rec.n > 20);
		printf("replays: %zu datagrams, %u times again in all states, %u repetitions\n",
		       rec.n, rec.replayed, rec.repeated);
		sim_free(sim);
	}
}

int main(void)
{
	test_flood();
	test_forged_answers();
	test_replays();
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
