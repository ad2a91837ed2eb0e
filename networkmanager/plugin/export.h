/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <NetworkManager.h>
#include <stdbool.h>

/*
 * Writes the connection without its secrets: to NAME.nmconnection as NetworkManager keeps it, to any other name in
 * the way of NetworkManager-l2tp, which reads it, too.
 */
bool l2tp_export(NMConnection *connection, const char *path, GError **error);

/* "NAME (l2tp).conf", without a slash in it; the caller's. */
char *l2tp_export_name(NMConnection *connection);
