/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What net.c and net-wall.c share. */

#include "client/net.h"

/* Where networks of the machine's own may be. */
struct net_private {
	struct endpoint net;
	uint8_t prefix_len;
	uint8_t longest; /* a route has to be longer to be believed in */
};

#define NET_PRIVATES 5

extern const struct net_private net_privates[NET_PRIVATES];

/* fe80::/10 */
bool net_is_link_local(const struct endpoint *address);

/* On the undo list, then in the kernel; once. Causes: NETWORK_SETUP, PRIVILEGE, RUN_DIR. */
_must_check_ int net_add_rule(const struct undo_rule *rule, struct undo *undo, struct failure *f);

/* Of a sysctl's file. Return: 0; a negative errno. */
_must_check_ int net_write_value(const char *path, const char *value);

/* Nobody on the machine's other links reaches the addresses of the tunnel's interface. */
_must_check_ int net_guard_addresses(const struct sys_network *network, struct undo *undo,
				     struct failure *f);
