/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A client and a gateway with nothing between them but the virtual wire: the two engines and the
 * loop that drives them as the program's does, the two models, an ESP that is only pretended, a NAT
 * before either side if wanted. One seed, one run, the same on every machine.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/sim/ike/ike-responder.h"
#include "ike/ike.h"
#include "l2tp/l2tp.h"
#include "tests/sim/l2tp/lns-model.h"
#include "wire.h"

#define SIM_PAIRS_MAX 16

struct sim_config {
	uint64_t seed;
	struct wire_config wire;
	bool real_dh; /* OpenSSL's key exchange in place of the toy */
	bool client_nat, gateway_nat;
	bool force_encaps;
	const char *client_psk, *gateway_psk;
	struct ike_proposal phase1; /* the gateway's choice; the client offers it with others */
	struct ike_esp_proposal phase2;
	uint32_t phase1_life_s, phase2_life_s; /* 0: the usual */
	bool offer_only_chosen;
	enum responder_natt natt; /* this and what follows: of the gateway */
	bool dpd, pieces, repeats, commit;
	nsec_t gateway_cut; /* it ends what was replaced after that; 0: never */
	bool gateway_cut_silently;
	enum responder_refusal ike_refuses;
	enum responder_complaint complains;
	struct lns_config lns; /* without IDs, window and tries, which sim_new() sets */
	enum l2tp_sccrq sccrq;
	const char *client_secret; /* of the L2TP tunnel; NULL: none */
	nsec_t client_hello;
};

/* An SA pair that the client installed. */
struct sim_pair {
	bool installed;
	bool used, was_used; /* to send by */
	struct ike_child child;
};

/* Is shown each datagram before it reaches either side; the queues of the client's engines are empty then. */
struct sim;
typedef void sim_watch(struct sim *sim, const struct wire_packet *p);

struct sim {
	sim_watch *watch; /* NULL: nobody */
	void *watcher;	  /* the watch's own */
	struct sim_config config;
	struct wire wire;
	struct prng client_random, gateway_random;
	struct ike_crypto client_crypto, gateway_crypto;
	struct secret psk;

	struct ike *ike;
	struct l2tp *l2tp;
	uint16_t l2tp_port;
	size_t n_pairs; /* in the order in which they came */
	struct sim_pair pairs[SIM_PAIRS_MAX];

	struct responder responder;
	struct lns lns;

	/* What the client's engines said. */
	bool phase1_up, session_up;
	bool ike_closed, ike_failed, l2tp_closed;
	enum ike_failure ike_reason;
	enum l2tp_failure l2tp_reason;
	unsigned int phases1_up; /* with those that replaced another */
	unsigned int children_up, children_down, children_down_by_peer;
	unsigned int hints, undecryptable;
	uint16_t last_hint, last_notify; /* types, unauthenticated and authenticated */
	bool local_nat, remote_nat;
	struct ike_event phase1;	/* keys wiped */
	uint16_t tunnel[2], session[2]; /* the client's, the gateway's */
	bool authenticated, sequencing;
	uint16_t l2tp_result, l2tp_error; /* when it closed */
	char l2tp_words[L2TP_TEXT_MAX];
	nsec_t child_up_at, iccn_at, session_up_at;

	/* Datagrams sent by either side, without NAT keepalives. */
	unsigned int ike_sent[2], esp_sent[2], keepalives;
	uint64_t digest; /* of everything that was sent: the same seed, the same digest */
	char error[200]; /* what must never happen, the first time it did */
};

/* Whether to go on. */
typedef bool sim_until(const struct sim *sim);

/* Everything but the start. Never NULL; sim_free(). */
struct sim *sim_new(const struct sim_config *config);
struct sim *sim_free(struct sim *sim);

/* Throws the client's engines away and begins anew, as the next attempt would; at first: begins. */
void sim_start(struct sim *sim);

/* Runs until UNTIL says so (NULL: never) or DEADLINE has come. True: UNTIL said so. */
bool sim_run(struct sim *sim, sim_until *until, nsec_t deadline);

/* Notes an error unless there is one already. */
__attribute__((format(printf, 2, 3))) void sim_error(struct sim *sim, const char *format, ...);

/* The usual ends. */
bool sim_is_up(const struct sim *sim);
bool sim_is_over(const struct sim *sim); /* up, or one of the engines gave up */

/* Why it is not up, in words; never NULL. */
const char *sim_reason(const struct sim *sim);

/* Compares what both sides have: SPIs, keys, tunnel and session IDs. Differences become an error.
 */
void sim_compare(struct sim *sim);
