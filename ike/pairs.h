/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* SA pairs: which of them is sent by, and what follows when one goes. */

#include <stdbool.h>
#include <stdint.h>

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* Whether there is room for another one, if need be by removing what was replaced. */
bool pair_room(struct ike *ike, nsec_t now);

/* Notes a new pair. Return: 0; -ENOBUFS; negative errno of the crypto. */
_must_check_ int pair_add(struct ike *ike, const struct ike_child *child, struct ike_sa *under,
			  bool ours, nsec_t now, struct ike_pair **ret);

/* It becomes the head, to be sent by from USE on; the former head is replaced. */
void pair_promote(struct ike *ike, struct ike_pair *pair, nsec_t use, nsec_t now);

/* Two were made at once and this one isn't the head: it receives for a while. */
void pair_spare(struct ike_pair *pair, nsec_t now);

/* Sends by it from now on. */
void pair_use(struct ike *ike, struct ike_pair *pair);

/* It is no more: tells the caller, and sees to another one to send by. */
void pair_gone(struct ike *ike, struct ike_pair *pair, bool by_peer, nsec_t now);

/* The gateway says that it can take what we send by it. */
void pair_connected(struct ike *ike, uint32_t spi_in);

/* The quick mode that was to make one came to nothing; clears the exchange. */
void pair_refused(struct ike *ike, struct ike_exchange *ex, nsec_t now);
