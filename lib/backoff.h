/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lib/nsec.h"

/* The first repetition comes after half a second, each further one 1.6 times later. */
#define BACKOFF_FIRST (500 * NSEC_PER_MSEC)
#define BACKOFF_MAX   (8 * NSEC_PER_SEC)

/*
 * The pause before repetition number TRY (0 for the first one), between 90 and 110 % of the nominal
 * value as the octet JITTER says, so that thirty PCs behind one router don't repeat in step.
 */
nsec_t backoff_interval(unsigned int try_nr, uint8_t jitter);
