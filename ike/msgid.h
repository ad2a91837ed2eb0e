/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The message IDs that were used under a phase 1. */

#include <stdbool.h>
#include <stdint.h>

#include "ike/state.h"
#include "lib/macros.h"

/*
 * Whether either side used this message ID under the SA before, in an exchange of this type; notes it.
 * What couldn't be remembered any more counts as used.
 */
bool ike_msgid_seen(const struct ike_sa *sa, uint8_t exchange, uint32_t msgid);
void ike_msgid_note(struct ike_sa *sa, uint8_t exchange, uint32_t msgid);

/* A message ID for an exchange of ours, which nobody has used under the SA; it counts as used now. */
_must_check_ int ike_random_msgid(const struct ike *ike, struct ike_sa *sa, uint8_t exchange,
				  uint32_t *ret);
