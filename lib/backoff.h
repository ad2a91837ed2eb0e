/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lib/nsec.h"

/* The first repetition comes after half a second, each further one 1.6 times later. */
#define BACKOFF_FIRST (500 * NSEC_PER_MSEC)
#define BACKOFF_MAX   (8 * NSEC_PER_SEC)
/* The longest pause while somebody waits for a peer that is there. */
#define BACKOFF_CLOSE NSEC_PER_SEC

/*
 * The pause before repetition number TRY (0 for the first one), between 90 and 110 % of the nominal
 * value as the octet JITTER says, so that thirty PCs behind one router don't repeat in step.
 */
nsec_t backoff_interval(unsigned int try_nr, uint8_t jitter);

/*
 * The pause before the first repetition where a loss is likely, on top of the others: two round trips and
 * WORK, the time that the peer may take. Return: 0, for none, when that isn't known (ROUND_TRIP is 0) or no
 * sooner than an ordinary first repetition.
 */
nsec_t backoff_soon(nsec_t round_trip, nsec_t work);
