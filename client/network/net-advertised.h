/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/* How the interface deals with the gateway's router advertisements; before the first one comes. */
void net_take_advertisements(const struct sys_network *network);

/* What came of them all the same, or before: only the default route, and only in our own table. */
_must_check_ int net_follow_advertisements(const struct sys_network *network, uint32_t ifindex,
					   struct undo *undo, struct failure *f);
