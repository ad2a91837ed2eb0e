/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/*
 * Reverse path filter of the interface towards the gateway: off. By the rules nothing but the tunnel's own
 * packets leaves there, so that any filter would drop the gateway's packets, and, while the tunnel has no
 * interface, ARP as well. Loose is no answer: it passes everything where there is a default route, and
 * nothing where there is none. To be called again for another uplink. Causes: NETWORK_SETUP, RUN_DIR.
 */
_must_check_ int net_open_uplink(const char *uplink, struct undo *undo,
				 struct failure *ret_failure);

/*
 * Of a full tunnel, while the rules stand: shows the way to the gateway by UPLINK to packet filters that ask for the way
 * back of its packets to LOCAL, and to nobody else; in place of the one that was shown before. Causes: as net_apply().
 */
_must_check_ int net_show_gateway(const struct sys_network *network, const char *uplink,
				  const struct endpoint *local, const struct endpoint *gateway,
				  struct undo *undo, struct failure *ret_failure);
