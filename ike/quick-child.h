/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What both roles of quick mode share. */

#include <stdbool.h>
#include <stdint.h>

#include "ike/message.h"
#include "ike/natt.h"
#include "ike/proposal.h"
#include "ike/state.h"
#include "lib/chunk.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* An SPI that isn't reserved, not one of ours, and not guessable. */
_must_check_ int quick_spi_random(struct ike *ike, uint32_t *ret);

/* Appends the identity of an end: its address and the UDP port of L2TP. */
void quick_identity_add(struct outgoing *out, const struct endpoint *end, uint16_t port);

/* Whether an identity of the gateway's message is the end's. */
bool quick_identity_match(const struct ike *ike, const struct ike_sa *sa, struct chunk body,
			  const struct endpoint *end, uint16_t port);

/* Appends the original addresses, as the initiator or the responder. */
void quick_nat_oa_add(struct outgoing *out, const struct ike *ike, const struct natt_variant *natt,
		      bool initiator);

/* The nonce's length is what RFC 2409 5 allows. */
bool quick_nonce_valid(struct chunk nonce);

/* The pair as the one who installs it wants to know it, with its keys. The nonces are in Q. */
_must_check_ int quick_child_make(const struct ike *ike, const struct ike_sa *sa,
				  const struct ike_quick *q, const struct proposal_child *p,
				  struct chunk g_xy, struct ike_child *ret);
