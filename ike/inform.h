/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What we tell by informational exchanges. Each function returns 0 or a negative errno. */

#include <stdint.h>

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* Deletes of an SA pair and of phase 1. */
_must_check_ int inform_delete_pair(struct ike *ike, struct ike_sa *sa, uint32_t spi_in,
				    nsec_t now);
_must_check_ int inform_delete_sa(struct ike *ike, struct ike_sa *sa, nsec_t now);

/* Refuses a quick mode of the gateway's. */
_must_check_ int inform_refusal(struct ike *ike, struct ike_sa *sa, uint16_t type, nsec_t now);

/* A question of dead peer detection or the answer to one. */
_must_check_ int inform_dpd(struct ike *ike, struct ike_sa *sa, uint16_t type, uint32_t sequence,
			    nsec_t now);
_must_check_ int inform_probe(struct ike *ike, struct ike_sa *sa, nsec_t now);
