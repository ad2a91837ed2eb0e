/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/undo/undo-entry.h"
#include "lib/macros.h"

/* Values below /proc/sys/net. */

#define NET_PATH_MAX  200
#define NET_VALUE_MAX 32

struct net_sysctl {
	char path[NET_PATH_MAX];
	char old[NET_VALUE_MAX], ours[NET_VALUE_MAX]; /* restored only while it has our value */
};

extern const struct undo_kind net_sysctl_kind;

/* The first word of it. Return: 0; a negative errno. */
_must_check_ int net_read_value(const char *path, char ret[static NET_VALUE_MAX]);
_must_check_ int net_write_value(const char *path, const char *value);
