/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How long what was agreed on counts, and when it is to be replaced. */

#include <stdbool.h>
#include <stdint.h>

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* What can't be done just now is tried again after that. */
#define LIFE_SOON (500 * NSEC_PER_MSEC)

/* An SA that was replaced stays that long for what is on the way. */
#define LIFE_LINGER (30 * NSEC_PER_SEC)

/* What doesn't come to its end goes after that: what the gateway began, and a renewal of phase 1. */
#define LIFE_HALF_OPEN (30 * NSEC_PER_SEC)

/* The life that counts of one that was agreed on: OURS, with OFFERED as our offer, or the gateway's. */
uint32_t life_seconds(bool ours, uint32_t life_s, uint32_t offered);

/* The same in kilobytes; 0: no limit. */
uint32_t life_kilobytes(bool ours, uint32_t life_kb, uint32_t offered);

/* When something with this life is to be replaced. */
_must_check_ int life_renewal(const struct ike *ike, uint32_t life_s, nsec_t now, nsec_t *ret);
