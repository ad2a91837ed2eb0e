/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The slots of phase 1 SAs, exchanges and pairs. */

#include <stddef.h>
#include <stdint.h>

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

_must_check_ int ike_random(const struct ike *ike, void *ret, size_t len);

/* A slot, or NULL when there is none. */
struct ike_sa *ike_sa_new(struct ike *ike);
void ike_sa_clear(struct ike *ike, struct ike_sa *sa);

/* Its name in notifies and deletes (RFC 2407 4.6.3, RFC 3706 5.3). */
void ike_sa_name(const struct ike_sa *sa, uint8_t ret[static ISAKMP_COOKIE_SPI]);
struct ike_exchange *ike_exchange_new(struct ike *ike, struct ike_sa *sa, uint32_t msgid,
				      nsec_t now);
void ike_exchange_clear(struct ike *ike, struct ike_exchange *ex);
struct ike_exchange *ike_exchange_find(struct ike *ike, const struct ike_sa *sa, uint32_t msgid);

/* Our quick mode that waits for its answer, or NULL. */
struct ike_exchange *ike_exchange_quick(struct ike *ike);

/* The pair with these SPIs, of which one may be 0 for any. */
struct ike_pair *pair_find(struct ike *ike, uint32_t spi_in, uint32_t spi_out);
struct ike_pair *pair_head(struct ike *ike);

/* At that time another one is to be made, in the head's place or for there to be any. */
void pair_wanted(struct ike *ike, nsec_t when);
