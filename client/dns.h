/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/failure.h"
#include "client/system.h"
#include "client/undo.h"
#include "lib/macros.h"

/* Names: tells systemd-resolved or resolvconf which servers belong to the tunnel's interface. */

/* Which of them this machine has. */
enum dns_backend {
	DNS_NONE,
	DNS_RESOLVED,
	DNS_RESOLVCONF,
};

enum dns_backend dns_find_backend(void);

/* "systemd-resolved", "resolvconf", "none". */
const char *dns_backend_name(enum dns_backend backend);

/*
 * Tells the backend, with the undo list first. Waits for its answer, two seconds at most (resolvconf:
 * five). Without servers nothing is done.
 * Return: 0; a negative errno with CAUSE_DNS_SETUP, also when there is no backend (-EOPNOTSUPP).
 */
_must_check_ int dns_apply(const struct sys_network *network, struct undo *undo,
			   struct failure *ret_failure);

/* Takes it back, when the interface is still that one. Return: 0; a negative errno. */
int dns_revert(const struct undo_dns *dns);
