/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A wire that doesn't exist, with a clock of its own: what is sent comes out some time later, or
 * twice, or late, or changed, or not at all, as a generator of numbers with a seed decides. The
 * same seed gives the same run on every machine.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/nsec.h"

#define WIRE_PACKETS_MAX  256
#define WIRE_DATAGRAM_MAX 4096

/* A generator of numbers that look random (splitmix64); nothing for secrets. */
struct prng {
	uint64_t state;
};

uint64_t prng_next(struct prng *prng);

/* A number from 0 to LIMIT - 1; LIMIT is not 0. */
uint64_t prng_below(struct prng *prng, uint64_t limit);

void prng_fill(struct prng *prng, void *ret, size_t len);

/* Of what happens to a datagram, each independent of the others; in 1/1000. */
struct wire_config {
	unsigned int loss;
	unsigned int duplication;
	unsigned int corruption;	/* a bit is turned over */
	unsigned int detour;		/* held back for delay_detour, so that others overtake it */
	nsec_t delay_min, delay_spread; /* one way, at least and on top */
	nsec_t delay_detour;
	size_t len_max; /* what is longer never arrives; 0: no limit */
};

enum wire_side {
	WIRE_CLIENT,
	WIRE_GATEWAY,
};

/* What a datagram is; the wire carries them without looking. */
enum wire_kind {
	WIRE_IKE,      /* UDP port 500 */
	WIRE_IKE_NATT, /* UDP port 4500, with the marker */
	WIRE_ESP,      /* spi, and L2TP in it as if it were encrypted */
};

struct wire_packet {
	enum wire_side to;
	enum wire_kind kind;
	struct endpoint from; /* as the receiver sees it */
	uint32_t spi;
	bool corrupted;
	nsec_t due;
	uint64_t order; /* of equals, the one sent first comes first */
	size_t len;
	uint8_t data[WIRE_DATAGRAM_MAX];
};

struct wire {
	struct prng prng;
	struct wire_config config;
	nsec_t now;
	uint64_t sent;
	unsigned int lost, duplicated, corrupted, delivered;
	size_t n_packets;
	struct wire_packet packets[WIRE_PACKETS_MAX];
};

/* A wire at time START with nothing on it. */
void wire_init(struct wire *wire, const struct wire_config *config, uint64_t seed, nsec_t start);

/* Sends a datagram; its due time, order and corruption are the wire's to decide. */
void wire_send(struct wire *wire, const struct wire_packet *packet);

/* When the next datagram comes out; NSEC_NEVER: none is on the way. */
nsec_t wire_deadline(const struct wire *wire);

/* Takes a datagram that is due at the wire's time. False: there is none. */
bool wire_receive(struct wire *wire, struct wire_packet *ret);
