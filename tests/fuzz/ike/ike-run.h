/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A negotiation of the IKE engine with a cipher that changes nothing and a prf that is always zero,
 * so that a fuzzer gets through both: whatever it writes decrypts, and its hashes are right if they
 * are zero. After each step everything is fetched, and what must always hold is checked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "tests/unit/ike/ike-peer.h"

enum run_option {
	RUN_NAT = 1,
	RUN_FORCED = 2, /* encapsulation */
	RUN_PFS = 4,
	RUN_SIGNED = 8, /* certificates and signatures, which are right when they are zero; by the
			 * method that the two highest bits say */
	RUN_FAILS = 32, /* a call of the crypto fails, each in its turn or one: run_each() */
	RUN_BEGINS =
		16, /* a pair is up, and the gateway begins a main mode and quick modes of its own */
};

/* What the engine has asked of its crypto. */
struct run_work {
	uint64_t calls, octets;
	unsigned int fails_in; /* so many calls from now one fails; 0: none */
	bool failed;
};

struct run {
	struct run_work work;
	struct ike_auth auth, gateway_auth; /* with RUN_SIGNED */
	struct ike *ike;
	struct peer *peer;
	nsec_t now;
	enum ike_stage stage;
	bool over, phase1_up;
	unsigned int downs;	  /* SA pairs that went */
	struct ike_datagram last; /* the last one that isn't a keepalive */
	/* With RUN_BEGINS: the gateway as an engine that begins, and its last message. */
	struct ike *gateway;
	struct ike_datagram begun;
};

extern const struct ike_crypto null_crypto;

/* Starts an engine whose message 1 is out; PEER is the caller's room. */
void run_begin(struct run *run, struct peer *peer, uint8_t options);
void run_end(struct run *run);

/*
 * Calls INPUT with the data, once; with RUN_FAILS in the first octet and RUN_EVERY_FAILURE (meson.build) as often as
 * there are calls of the engine's crypto to fail. INPUT sets run->work.fails_in when it has begun.
 */
struct run_input {
	const uint8_t *data;
	size_t size;
	unsigned int fails_in;
};
void run_each(const uint8_t *data, size_t size, bool (*input)(const struct run_input *in));

/* Fetches everything and checks it. */
void run_settle(struct run *run);

/* A datagram from the gateway, as it stands. */
void run_give(struct run *run, const uint8_t *data, size_t len);

void run_pass_time(struct run *run, nsec_t now);

/*
 * The peer writes the right answer to our last message; with RUN_BEGINS what the gateway has to say
 * next. False: there is none.
 */
bool run_answer(struct run *run);

/* A renewal of the pair; with RUN_BEGINS the gateway begins it. */
void run_rekey(struct run *run);
