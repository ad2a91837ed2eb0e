/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Notifications on the session's bus (org.freedesktop.Notifications). A connection has one at a time: a failure that
 * follows takes the place of the one before.
 */

#include <gio/gio.h>

#include "networkmanager/notify/words.h"

struct notifier;

/* On this connection to the session's bus. */
struct notifier *notifier_new(GDBusConnection *session);

/* Accepts NULL. Return: NULL. */
struct notifier *notifier_free(struct notifier *n);

/* Shows it; the button for the rest is there where the server knows buttons, else all is shown at once. */
void notifier_show(struct notifier *n, const struct failed *failed);
