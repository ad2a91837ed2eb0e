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
#include "tests/unit/ike-peer.h"

enum run_option {
	RUN_NAT = 1,
	RUN_FORCED = 2, /* encapsulation */
	RUN_PFS = 4,
};

struct run {
	struct ike *ike;
	struct peer *peer;
	nsec_t now;
	enum ike_stage stage;
	bool over, phase1_up;
	struct ike_datagram last; /* the last one that isn't a keepalive */
};

extern const struct ike_crypto null_crypto;

/* Starts an engine whose message 1 is out; PEER is the caller's room. */
void run_begin(struct run *run, struct peer *peer, uint8_t options);
void run_end(struct run *run);

/* Fetches everything and checks it. */
void run_settle(struct run *run);

/* A datagram from the gateway, as it stands. */
void run_give(struct run *run, const uint8_t *data, size_t len);

void run_pass_time(struct run *run, nsec_t now);

/* The peer writes the right answer to our last message. False: there is none. */
bool run_answer(struct run *run);
