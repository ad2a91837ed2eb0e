/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/boundary/system.h"
#include "client/network/net-request.h"

/* Which routes and rules a network needs. */

/* The default route, the profile's, and single ones to the name servers and PPP's other end. */
#define NET_ROUTES_MAX (1 + SYS_ROUTES_MAX + SYS_DNS_MAX + 1)

/*
 * For each family: DHCP, link-local addresses, our own table, and the end of it; and the networks that
 * may be the machine's own, for five at most in a full tunnel and for each route in a split one.
 */
#define NET_RULES_MAX (2 * 4 + SYS_ROUTES_MAX + 5)

/* What is to be done for a network: decided without touching anything. */
struct net_plan {
	struct net_barrier barriers[NET_ROUTES_MAX];
	size_t n_barriers;
	struct net_route routes[NET_ROUTES_MAX];
	size_t n_routes;
	struct net_rule rules[NET_RULES_MAX]; /* in their order */
	size_t n_rules;
	bool open_rp_filter; /* packets come in where no route leads out */
};

/*
 * All routes go to the tunnel's own table, which its own packets don't look at. Without an interface
 * (IFINDEX 0) only what closes the other ways.
 */
void net_decide(const struct sys_network *network, uint32_t ifindex, struct net_plan *ret);
