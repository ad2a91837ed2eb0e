/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/* Routes, rules and what stands around them, for the tunnel's interface. */

/* What is to stand before the interface does. Causes: as net_apply(). */
_must_check_ int net_guard(const struct sys_network *network, struct undo *undo,
			   struct failure *ret_failure);

/*
 * Follows what the kernel and the gateway do with the tunnel's interface: what it sends passes walls, its addresses are
 * guarded, and of the routes that the gateway announces for IPv6 a full tunnel takes the default one. Causes: as
 * net_apply().
 */
_must_check_ int net_follow(const struct sys_network *network, struct undo *undo,
			    struct failure *ret_failure);

/*
 * Does it all, each thing on the undo list first, from where it is taken back, also after a failure.
 * What is on the list already stands. Causes: NETWORK_SETUP, PRIVILEGE, RUN_DIR, KERNEL_XFRM, MEMORY.
 */
_must_check_ int net_apply(const struct sys_network *network, struct undo *undo,
			   struct failure *ret_failure);
