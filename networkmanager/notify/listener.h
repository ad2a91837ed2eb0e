/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Listens on the system's bus for failures, and has each shown on the session's. Anyone may send a signal on the system's
 * bus: it counts when its sender is root's, which the bus says and nobody can forge.
 */

#include <gio/gio.h>

struct listener;

/* OWNER: whose signals count; root's, but in tests. */
struct listener *listener_new(GDBusConnection *system, GDBusConnection *session, uid_t owner);

/* Accepts NULL. Return: NULL. */
struct listener *listener_free(struct listener *l);
