/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a hook is told: an environment with the names that vpnc-script made common. Nothing secret is in
 * it, and values are words of our own, addresses and numbers, or texts that were checked.
 */

#include <stddef.h>

#include "client/connection/connection-info.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

#define HOOKS_VARIABLES_MAX   1024
#define HOOKS_ENVIRONMENT_MAX 65536

/* What happened, in vpnc-script's words. */
#define HOOK_REASONS(X)                           \
	X(PRE_INIT, "pre-init")                   \
	X(CONNECT, "connect")                     \
	X(ATTEMPT_RECONNECT, "attempt-reconnect") \
	X(RECONNECT, "reconnect")                 \
	X(DISCONNECT, "disconnect")

enum hook_reason {
#define X(name, id) HOOK_##name,
	HOOK_REASONS(X)
#undef X
};

const char *hook_reason_id(enum hook_reason reason);

struct hooks_environment {
	char text[HOOKS_ENVIRONMENT_MAX];
	size_t len;
	const char *variables[HOOKS_VARIABLES_MAX + 1]; /* into `text`; NULL at the end */
	size_t n;
};

/*
 * Makes the environment anew. ADDRESS6 is the interface's global IPv6 address, family 0: none.
 * What isn't known (yet) has no variable. Return: 0; -ENOBUFS: it doesn't fit.
 */
_must_check_ int hooks_environment_make(enum hook_reason reason, const struct profile *profile,
					const struct connection_info *info,
					const struct endpoint *address6,
					struct hooks_environment *ret);
