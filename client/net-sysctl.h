/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/undo-entry.h"
#include "lib/macros.h"

/* Values below /proc/sys/net. */

/* The first word of it. Return: 0; a negative errno. */
_must_check_ int net_read_value(const char *path, char ret[static UNDO_VALUE_MAX]);
_must_check_ int net_write_value(const char *path, const char *value);

/* Puts the old value back. Return: 0; -ENOENT when somebody else has changed it; another negative errno. */
int net_restore_sysctl(const struct undo_sysctl *sysctl);
