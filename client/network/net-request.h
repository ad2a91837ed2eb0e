/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What netlink is asked for: a route, an unreachable route, a rule, a policy; on the undo list first, and once. */

#include <net/if.h>
#include <stdint.h>

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/kernel/netlink.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/* A route through our interface. */
struct net_route {
	struct endpoint dest; /* port unused */
	uint8_t prefix_len;
	uint32_t table, metric;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex; /* never used twice while the machine runs: tells our pppN from another */
};

/* An unreachable route in our own table. */
struct net_barrier {
	struct endpoint dest; /* port unused */
	uint8_t prefix_len;
	uint32_t table;
};

/* A routing rule. */
struct net_rule {
	int family;
	uint32_t priority;
	uint32_t table;	      /* to look up; 0: unreachable */
	uint32_t mark;	      /* for packets without it; 0: for all */
	struct endpoint from; /* for packets from that address; family 0: from any */
	struct endpoint to;   /* for packets to there; prefix_len 0: to anywhere */
	uint8_t prefix_len;
	uint8_t ignored; /* the table's routes with prefixes up to that length; NET_RULE_ALL: none */
	uint16_t sport, dport; /* for this machine's own UDP with these ports; 0: for everything */
	char oif[IF_NAMESIZE]; /* for what is bound to that interface; "": for everything */
};

#define NET_RULE_ALL UINT8_MAX

extern const struct undo_kind net_route_kind, net_barrier_kind, net_rule_kind;

/* A number of our own for "who made this route" (rtnetlink(7)), so that it is known for ours. */
#define NET_ROUTE_PROTOCOL 117

/* Of rules before those of any tunnel. */
#define NET_PRIORITY_LINKS (SYS_TABLE - 2 * SYS_TABLES)

/* One request; without an interface for an unreachable route. Return: 0; the kernel's negative errno. */
_must_check_ int net_route_request(const struct net_route *route, uint8_t protocol, uint16_t type,
				   uint16_t flags);

/* On the undo list, then in the kernel; once. Causes: NETWORK_SETUP, PRIVILEGE, RUN_DIR. */
_must_check_ int net_add_route(const struct net_route *route, struct undo *undo, struct failure *f);
_must_check_ int net_add_barrier(const struct net_barrier *barrier, struct undo *undo,
				 struct failure *f);
_must_check_ int net_add_rule(const struct net_rule *rule, struct undo *undo, struct failure *f);

/* The same for an entry of the kind WALL, GATE or GUARD. Causes: also KERNEL_XFRM. */
_must_check_ int net_add_policy(struct netlink *nl, const struct undo_entry *entry,
				struct undo *undo, struct failure *f);

/* Names R as a cause, with WHAT could not be done and the kernel's words. Returns R. */
int net_explain(int r, struct failure *f, const char *what);

/* One thing, as it stands on the undo list, once more. Return: 0; the kernel's negative errno. */
_must_check_ int net_put_route(const struct net_route *route);
_must_check_ int net_put_barrier(const struct net_barrier *barrier);
_must_check_ int net_put_rule(const struct net_rule *rule);

/* The same away. What is gone already gives -ENOENT or -ESRCH. */
int net_del_route(const struct net_route *route);
int net_del_barrier(const struct net_barrier *barrier);
int net_del_rule(const struct net_rule *rule);
