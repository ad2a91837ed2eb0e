/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the SA payloads of both phases say: our offer from the configuration, and whether a
 * selection is one of what was offered. No state; the judgement is the same for every gateway.
 */

#include "ike/ike.h"
#include "ike/sa.h"

/* What a selection of phase 2 says besides the algorithms. */
struct proposal_child {
	struct ike_esp_proposal algorithms;
	uint32_t spi; /* the peer's, host order */
	uint32_t life_s, life_kb;
};

/* Writes the body of message 1's SA payload. */
void proposal_build_phase1(struct builder *b, const struct ike_config *config);

/*
 * Judges the SA payload's body of message 2. Exactly one transform, equal to one of the offer in
 * every attribute; a life may be shorter.
 * Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT; IKE_DROP_NOT_OFFERED.
 */
_must_check_ int proposal_match_phase1(struct chunk body, const struct ike_config *config,
				       struct ike_proposal *ret, uint32_t *ret_life_s);

/*
 * Writes the body of quick mode's first SA payload: one proposal per algorithm, each with its own
 * copy of the SPI, as Windows does. MODE: enum isakmp_mode.
 */
void proposal_build_phase2(struct builder *b, const struct ike_config *config, uint32_t spi,
			   uint16_t mode);

/* Judges the answer in the same way. Return: as proposal_match_phase1(). */
_must_check_ int proposal_match_phase2(struct chunk body, const struct ike_config *config,
				       uint16_t mode, struct proposal_child *ret);

/* What we choose from a gateway's offer, with the transform as it stands there. */
struct proposal_choice {
	/* The lives are the shorter ones of the gateway's and ours. */
	struct proposal_child child; /* of phase 2 */
	struct ike_proposal phase1;
	uint32_t life_s;
	uint8_t number, protocol;
	struct sa_transform transform; /* views into the message */
};

/*
 * Chooses from the offer of a quick mode that the gateway begins what our configuration offers, too,
 * in the configuration's order. The group may be one that the configuration has in either phase; it
 * may be missing only where the configuration asks for none.
 * Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT; IKE_DROP_NOT_OFFERED.
 */
_must_check_ int proposal_choose_phase2(struct chunk body, const struct ike_config *config,
					uint16_t mode, struct proposal_choice *ret);

/* The same for main mode. */
_must_check_ int proposal_choose_phase1(struct chunk body, const struct ike_config *config,
					struct proposal_choice *ret);

/* Writes the SA payload's body that answers with the choice; of phase 2 under our SPI. */
void proposal_build_choice(struct builder *b, const struct proposal_choice *choice, uint32_t spi);

/*
 * Shortens lives by the data of a RESPONDER-LIFETIME notify (RFC 2407 4.6.3.1), whose attributes
 * are numbered as PROTOCOL's are. What it can't read it leaves alone.
 */
void proposal_responder_lifetime(struct chunk data, uint8_t protocol, uint32_t *life_s,
				 uint32_t *life_kb);
