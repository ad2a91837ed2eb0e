/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Whether modprobe.d(5) keeps kernel modules from being loaded. Distributions forbid the modules of
 * seldom used protocols, L2TP among them, and the kernel's error then looks as if there were none.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/failure/catalogue.h"
#include "client/failure/failure.h"

#define MODULE_BAN_MAX 240

/*
 * Looks for the first of MODULES (names with spaces between) that is forbidden. True: RET says in which
 * line of which file. ROOT stands before the folders' names; "" for this machine's.
 */
bool module_ban_find(const char *root, const char *modules, char ret[static MODULE_BAN_MAX]);

/* failure_set() for something that needs MODULES, or CAUSE_KERNEL_BLACKLISTED if one is forbidden. */
int module_failure_set(struct failure *f, enum cause cause, int error, const char *modules);
