/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files net*.c share. */

#include "client/net.h"
#include "client/netlink.h"

/* Where networks of the machine's own may be. */
struct net_private {
	struct endpoint net;
	uint8_t prefix_len;
	uint8_t longest; /* a route has to be longer to be believed in */
};

#define NET_PRIVATES 5

extern const struct net_private net_privates[NET_PRIVATES];

/* Of rules before those of any tunnel. */
#define NET_PRIORITY_LINKS (SYS_TABLE - 2 * SYS_TABLES)

/* fe80::/10 */
bool net_is_link_local(const struct endpoint *address);

/* Is that family's way to everything the tunnel? */
bool net_is_full(const struct sys_network *network, int family);

/* One request; without an interface for an unreachable route. Return: 0; the kernel's negative errno. */
_must_check_ int net_route_request(const struct undo_route *route, uint8_t protocol, uint16_t type,
				   uint16_t flags);

/* On the undo list, then in the kernel; once. Causes: NETWORK_SETUP, PRIVILEGE, RUN_DIR. */
_must_check_ int net_add_route(const struct undo_route *route, struct undo *undo,
			       struct failure *f);
_must_check_ int net_add_barrier(const struct undo_barrier *barrier, struct undo *undo,
				 struct failure *f);
_must_check_ int net_add_rule(const struct undo_rule *rule, struct undo *undo, struct failure *f);

/* The same for an entry of the kind WALL, GATE or GUARD. Causes: also KERNEL_XFRM. */
_must_check_ int net_add_policy(struct netlink *nl, const struct undo_entry *entry,
				struct undo *undo, struct failure *f);

/* Names R as a cause, with WHAT could not be done and the kernel's words. Returns R. */
int net_explain(int r, struct failure *f, const char *what);

/* Of a sysctl's file. Return: 0; a negative errno. */
_must_check_ int net_write_value(const char *path, const char *value);

/* Nobody on the machine's other links reaches the addresses of the tunnel's interface. */
_must_check_ int net_guard_addresses(const struct sys_network *network, struct undo *undo,
				     struct failure *f);

/* What the tunnel's interface sends passes the walls, ours and other connections'. */
_must_check_ int net_open_gates(const struct sys_network *network, struct undo *undo,
				struct failure *f);

/* How the interface deals with the gateway's router advertisements; before the first one comes. */
void net_take_advertisements(const struct sys_network *network);

/* What came of them all the same, or before: only the default route, and only in our own table. */
_must_check_ int net_follow_advertisements(const struct sys_network *network, uint32_t ifindex,
					   struct undo *undo, struct failure *f);
