/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>

#include "client/undo/undo.h"
#include "lib/macros.h"

/* What only one connection may have, as a file beside the connections' folders; and the kill switch. */

#define NET_CLAIM_MAX 32

struct net_claim {
	char name[NET_CLAIM_MAX]; /* lower case letters, digits and '-' */
};

extern const struct undo_kind net_claim_kind, net_closed_kind;

/*
 * Takes for this connection what only one may have at a time: a name of lower case letters, digits and
 * '-'. Held until it is taken back.
 * Return: 0, also when it has it already; -EBUSY, then OWNER is the connection that has it; another
 * negative errno.
 */
_must_check_ int net_claim(struct undo *u, const char *name, char ret_owner[static NAME_MAX + 1]);
