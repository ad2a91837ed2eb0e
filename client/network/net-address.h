/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/boundary/system.h"
#include "lib/endpoint.h"

/* What addresses and networks are to routes, rules and walls. */

/* Where networks of the machine's own may be. */
struct net_private {
	struct endpoint net;
	uint8_t prefix_len;
	uint8_t longest; /* a route has to be longer to be believed in */
};

#define NET_PRIVATES 5

extern const struct net_private net_privates[NET_PRIVATES];

extern const struct endpoint net_link_local6; /* fe80::/10 */

/* In it? */
bool net_is_link_local(const struct endpoint *address);

/* Does the route's destination cover that address? */
bool net_covers(const struct endpoint *dest, uint8_t prefix_len, const struct endpoint *address);

/* Is that family's way to everything the tunnel? */
bool net_is_full(const struct sys_network *network, int family);
