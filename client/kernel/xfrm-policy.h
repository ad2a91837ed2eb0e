/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/kernel/netlink.h"
#include "client/undo/undo-entry.h"
#include "lib/macros.h"

/*
 * The kernel's IPsec policies: one that demands an SA, and those that need none and let pass or don't. The netlink
 * socket is of xfrm_open().
 */

struct xfrm_policy {
	bool out;
	struct endpoint src, dst; /* of the selector, with their UDP ports */
	uint32_t reqid;
};

/* Who may reach an address of the tunnel's. */
enum xfrm_guard_who {
	XFRM_GUARD_NOBODY, /* besides these */
	XFRM_GUARD_TUNNEL,
	XFRM_GUARD_ITSELF,
	XFRM_GUARD_COUNT,
};

struct xfrm_guard {
	struct endpoint address; /* port unused */
	enum xfrm_guard_who who;
};

/* What may leave beside a full tunnel; in the order in which they are asked; the first that fits decides. */
enum xfrm_wall_what {
	XFRM_WALL_PASS,
	XFRM_WALL_BLOCK_LINK,
	XFRM_WALL_PASS_TUNNEL,
	XFRM_WALL_BLOCK,
	XFRM_WALL_COUNT,
};

/* About packets without a mark, with all that is given; 0 is any. */
struct xfrm_wall {
	enum xfrm_wall_what what;
	uint32_t ifindex;      /* the link that they leave by */
	struct endpoint from;  /* an address; port unused, family 0: any */
	struct endpoint to;    /* a network; port unused */
	uint16_t sport, dport; /* of ICMP its type in place of the first */
	uint8_t prefix_len;
	uint8_t protocol;
	bool forwarded; /* somebody else's, who routes through this machine; else all that leave */
};

extern const struct undo_kind xfrm_policy_kind, xfrm_guard_kind, xfrm_wall_kind;

/* As a wall, and goes with the tunnel's interface: what leaves by it passes. */
extern const struct undo_kind xfrm_gate_kind;

/*
 * Adds a policy: UDP between the two endpoints must come or leave through an SA of this reqid
 * (RFC 3193 3.3). -EEXIST when somebody else has one for the same packets.
 */
_must_check_ int xfrm_add_policy(struct netlink *nl, const struct xfrm_policy *policy,
				 struct failure *ret_failure);

/* Removes it, when the policy there has this reqid. Return: 0; -ENOENT; another negative errno. */
int xfrm_del_policy(struct netlink *nl, const struct xfrm_policy *policy);

/*
 * One of three policies about packets to an address of the tunnel's: those that came through the tunnel pass,
 * those from the address itself too, and no others. Causes: KERNEL_XFRM, PRIVILEGE, MEMORY. -EEXIST, without
 * a cause, when there is such a policy.
 */
_must_check_ int xfrm_add_guard(struct netlink *nl, const struct xfrm_guard *guard,
				struct failure *ret_failure);

/* Removes it, when it is ours. Return: 0; -ENOENT; another negative errno. */
int xfrm_del_guard(struct netlink *nl, const struct xfrm_guard *guard);

/* A policy about unmarked packets that leave. Causes and -EEXIST as above. */
_must_check_ int xfrm_add_wall(struct netlink *nl, const struct xfrm_wall *wall,
			       struct failure *ret_failure);
/* As xfrm_del_guard(). */
int xfrm_del_wall(struct netlink *nl, const struct xfrm_wall *wall);

/* Of the priorities that our policies have, and by which news of them are known? */
bool xfrm_is_our_priority(uint32_t priority);

/* Does the kernel mark what our SAs have decrypted, so that guards can know it? */
bool xfrm_has_marks(void);
