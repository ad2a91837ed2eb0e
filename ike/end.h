/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The ends of the engine. */

#include <stdint.h>

#include "ike/state.h"
#include "lib/nsec.h"

/* The end that was wanted: by us, or by the gateway. */
void ike_finish(struct ike *ike);

/* Gives up: tells the caller, and the gateway where it can be told. FAILED has the reason and what belongs to it. */
void ike_fail_event(struct ike *ike, struct ike_event *failed_take, nsec_t now);
void ike_fail(struct ike *ike, enum ike_failure reason, uint16_t notify_type, nsec_t now);
