/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lib/nsec.h"

/* The first repetition comes after half a second where nothing is known of the path. */
#define BACKOFF_FIRST (500 * NSEC_PER_MSEC)
/* What a peer may need for an answer, beyond the round trip; one that is slower hears us twice. */
#define BACKOFF_WORK (100 * NSEC_PER_MSEC)
#define BACKOFF_MAX  (8 * NSEC_PER_SEC)
/* The longest pause while somebody waits for a peer that is there. */
#define BACKOFF_CLOSE NSEC_PER_SEC

/*
 * The pause before the first repetition to a peer that is there: two round trips and BACKOFF_WORK, and no more than
 * BACKOFF_FIRST, which it is as well when ROUND_TRIP isn't known (0).
 */
nsec_t backoff_first(nsec_t round_trip);

/*
 * The pause before repetition number TRY: FIRST for number 0, each further one 1.6 times
 * longer, to BACKOFF_MAX. It is between 90 and 110 % of that as the octet JITTER says, so that thirty PCs behind one
 * router don't repeat in step.
 */
nsec_t backoff_interval(nsec_t first, unsigned int try_nr, uint8_t jitter);
