/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lib/endpoint.h"
#include "lib/nsec.h"

/*
 * Half-open SAs that we may have left at gateways: main modes that were begun and have led to nothing. A gateway
 * keeps one for half a minute and ignores an address with five of them (strongSwan), behind which neighbours may be.
 */

#define HALF_OPEN_TIME (30 * NSEC_PER_SEC)
/* So many at one gateway at the same time, of all that we begin: two are left for who is behind the same NAT. */
#define HALF_OPEN_MOST 3
/* While a connection is repaired a question about the gateway leaves room for the attempt that follows it. */
#define HALF_OPEN_ASKING 2

#define HALF_OPEN_KEPT 8

struct half_open {
	unsigned int counted; /* of the main modes of the engine that runs */
	size_t n;	      /* the oldest first */
	struct {
		struct endpoint gateway;
		nsec_t at;
	} begun[HALF_OPEN_KEPT];
};

/* A main mode is begun there. */
void half_open_add(struct half_open *h, const struct endpoint *gateway, nsec_t now);

/* An engine has begun so many main modes by now; and when it is gone. */
void half_open_count(struct half_open *h, const struct endpoint *gateway, unsigned int begun,
		     nsec_t now);
void half_open_leave(struct half_open *h);

/* One that was begun there stands. */
void half_open_done(struct half_open *h, const struct endpoint *gateway);

/* All are forgotten: the next ones come from another address. */
void half_open_forget(struct half_open *h);

/* From when on fewer than MOST are left there; MOST is not 0. */
nsec_t half_open_until(const struct half_open *h, const struct endpoint *gateway, size_t most);
