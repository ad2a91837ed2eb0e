/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/system.h"
#include "client/undo.h"
#include "lib/macros.h"

/* Routes and rules for the tunnel's interface, and what the interface counted. */

/* A number of our own for "who made this route" (rtnetlink(7)), so that it is known for ours. */
#define NET_ROUTE_PROTOCOL 117

/* What is to be done for a network: decided without touching anything. */
struct net_plan {
	struct undo_route routes[SYS_ROUTES_MAX + 1];
	size_t n_routes;
	struct undo_rule rules[4];
	size_t n_rules;
	bool loosen_rp_filter; /* replies to the tunnel's own packets come in where no route leads out */
};

/*
 * Which route goes to which table: one that covers the gateway would catch the tunnel's own packets
 * and goes to the tunnel's own table, which these don't look at; every other one to the main table.
 */
void net_decide(const struct sys_network *network, uint32_t ifindex, struct net_plan *ret);

/* Does the route's destination cover that address? */
bool net_covers(const struct endpoint *dest, uint8_t prefix_len, const struct endpoint *address);

/*
 * Does it all, each thing on the undo list first, from where it is taken back, also after a failure.
 * Causes: NETWORK_SETUP, PRIVILEGE, RUN_DIR.
 */
_must_check_ int net_apply(const struct sys_network *network, struct undo *undo,
			   struct failure *ret_failure);

/* The interface's first global IPv6 address, family 0 when it has none. */
void net_get_address6(const char *ifname, struct endpoint *ret);

/* One thing, as it stands on the undo list. What is gone already gives -ENOENT or -ESRCH. */
int net_del_route(const struct undo_route *route);
int net_del_rule(const struct undo_rule *rule);
int net_restore_sysctl(const struct undo_sysctl *sysctl);

/* What an interface has counted. Return: 0; a negative errno. */
int net_get_counters(const char *ifname, uint64_t *ret_rx_bytes, uint64_t *ret_tx_bytes,
		     uint64_t *ret_rx_packets, uint64_t *ret_tx_packets);
