/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/netlink.h"
#include "client/undo-entry.h"
#include "lib/macros.h"

/*
 * The kernel's IPsec policies: one that demands an SA, and those that need none and let pass or don't. The netlink
 * socket is of xfrm_open().
 */

/*
 * Adds a policy: UDP between the two endpoints must come or leave through an SA of this reqid
 * (RFC 3193 3.3). -EEXIST when somebody else has one for the same packets.
 */
_must_check_ int xfrm_add_policy(struct netlink *nl, const struct undo_policy *policy,
				 struct failure *ret_failure);

/* Removes it, when the policy there has this reqid. Return: 0; -ENOENT; another negative errno. */
int xfrm_del_policy(struct netlink *nl, const struct undo_policy *policy);

/*
 * One of three policies about packets to an address of the tunnel's: those that came through the tunnel pass,
 * those from the address itself too, and no others. Causes: KERNEL_XFRM, PRIVILEGE, MEMORY. -EEXIST, without
 * a cause, when there is such a policy.
 */
_must_check_ int xfrm_add_guard(struct netlink *nl, const struct undo_guard *guard,
				struct failure *ret_failure);

/* Removes it, when it is ours. Return: 0; -ENOENT; another negative errno. */
int xfrm_del_guard(struct netlink *nl, const struct undo_guard *guard);

/* A policy about unmarked packets that leave. Causes and -EEXIST as above. */
_must_check_ int xfrm_add_wall(struct netlink *nl, const struct undo_wall *wall,
			       struct failure *ret_failure);
/* As xfrm_del_guard(). */
int xfrm_del_wall(struct netlink *nl, const struct undo_wall *wall);

/* Of the priorities that our policies have, and by which news of them are known? */
bool xfrm_is_our_priority(uint32_t priority);

/* Does the kernel mark what our SAs have decrypted, so that guards can know it? */
bool xfrm_has_marks(void);
