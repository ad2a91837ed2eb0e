/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* NAT traversal's negotiation (RFC 3947 and its drafts): vendor IDs, NAT-D payloads, the verdict.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ike/ike.h"
#include "ike/payload.h"
#include "ike/vendor.h"

/* The numbers in which the RFC and its drafts differ. */
struct natt_variant {
	const char *name; /* of the document, for the user */
	uint8_t vendor_id[VENDOR_ID_LEN];
	uint8_t nat_d, nat_oa; /* payload types */
	uint8_t n_nat_oa; /* original addresses in quick mode's messages: both ends', or our own */
	uint16_t mode;	  /* of UDP-encapsulated transport */
};

/* The ends of a message, from which a NAT-D payload is computed. */
struct natt_ends {
	const uint8_t *cookie_i, *cookie_r;
	struct endpoint local, remote; /* as we know our own, and as we see the peer's */
};

struct natt_verdict {
	bool local_nat, remote_nat;
};

/* Adds a vendor ID for each variant, the best first. */
void natt_vendors_build(struct payload_chain *chain);

/* The best variant that these vendor IDs name, or NULL. */
const struct natt_variant *natt_variant_find(const struct payloads *list);

/*
 * Adds the two NAT-D payloads: the peer's end first, then ours (RFC 3947 3.2). With FORCE ours is
 * made wrong, so that the peer sees a NAT where none is. Return: 0; negative errno.
 */
_must_check_ int natt_detection_build(struct payload_chain *chain,
				      const struct natt_variant *variant,
				      const struct ike_crypto *crypto, enum ike_hash hash,
				      const struct natt_ends *ends, bool force);

/*
 * Judges the peer's NAT-D payloads. Return: 0; IKE_DROP_PAYLOADS when there are less than two of
 * them; negative errno.
 */
_must_check_ int natt_judge(const struct payloads *list, const struct natt_variant *variant,
			    const struct ike_crypto *crypto, enum ike_hash hash,
			    const struct natt_ends *ends, struct natt_verdict *ret);
