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

/* The default route, the profile's, and single ones to the name servers and PPP's other end. */
#define NET_ROUTES_MAX (1 + SYS_ROUTES_MAX + SYS_DNS_MAX + 1)

/*
 * For each family: DHCP, link-local addresses, our own table, and the end of it; and the networks that
 * may be the machine's own, for five at most in a full tunnel and for each route in a split one.
 */
#define NET_RULES_MAX (2 * 4 + SYS_ROUTES_MAX + 5)

/* What is to be done for a network: decided without touching anything. */
struct net_plan {
	struct undo_barrier barriers[NET_ROUTES_MAX];
	size_t n_barriers;
	struct undo_route routes[NET_ROUTES_MAX];
	size_t n_routes;
	struct undo_rule rules[NET_RULES_MAX]; /* in their order */
	size_t n_rules;
	bool open_rp_filter; /* packets come in where no route leads out */
};

/*
 * All routes go to the tunnel's own table, which its own packets don't look at. Without an interface
 * (IFINDEX 0) only what closes the other ways.
 */
void net_decide(const struct sys_network *network, uint32_t ifindex, struct net_plan *ret);

/* Does the route's destination cover that address? */
bool net_covers(const struct endpoint *dest, uint8_t prefix_len, const struct endpoint *address);

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

/*
 * Of a full tunnel: stops what would leave beside it. To be called again when links or addresses have come or gone.
 * Causes: as net_apply().
 */
_must_check_ int net_wall(const struct sys_network *network, struct undo *undo,
			  struct failure *ret_failure);

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

/*
 * Puts back what was removed of the routes, rules and policies on the undo list, those of L2TP included. *RET_N is how
 * many of them somebody else has removed: with SWEPT the routes don't count, since each goes with its link.
 * Return: 0; a negative errno when there is something that couldn't be asked for, to be tried again. What can't be had
 * without its interface is none.
 */
_must_check_ int net_restore(const struct undo *undo, bool swept, unsigned int *ret_n);

/* One thing, as it stands on the undo list. What is gone already gives -ENOENT or -ESRCH. */
int net_del_route(const struct undo_route *route);
int net_del_barrier(const struct undo_barrier *barrier);
int net_del_rule(const struct undo_rule *rule);
int net_restore_sysctl(const struct undo_sysctl *sysctl);
