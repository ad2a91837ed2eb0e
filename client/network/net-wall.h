/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/*
 * Of a full tunnel: stops what would leave beside it. To be called again when links or addresses have come or gone.
 * Causes: as net_apply().
 */
_must_check_ int net_wall(const struct sys_network *network, struct undo *undo,
			  struct failure *ret_failure);

/* Nobody on the machine's other links reaches the addresses of the tunnel's interface. */
_must_check_ int net_guard_addresses(const struct sys_network *network, struct undo *undo,
				     struct failure *f);

/* What the tunnel's interface sends passes the walls, ours and other connections'. */
_must_check_ int net_open_gates(const struct sys_network *network, struct undo *undo,
				struct failure *f);
