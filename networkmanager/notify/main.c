/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Started with the user's session. NetworkManager tells of a VPN that failed in one word, or in none; the cause, with
 * what to do about it, comes by a signal of our service's. It waits for that and ends with the session's bus.
 */
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/failure/i18n.h"
#include "networkmanager/notify/listener.h"

static GDBusConnection *get_bus(GBusType type, const char *name)
{
	g_autoptr(GError) error = NULL;
	GDBusConnection *bus = g_bus_get_sync(type, NULL, &error);

	if (!bus)
		fprintf(stderr, "tsunagu-notify: %s: %s\n", name, error->message);
	return bus;
}

static gboolean on_signal(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

int main(void)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	g_autoptr(GDBusConnection) system = NULL, session = NULL;
	struct listener *listener;

	i18n_init(TSUNAGU_LOCALE_DIR);
	system = get_bus(G_BUS_TYPE_SYSTEM, "the system's bus");
	session = get_bus(G_BUS_TYPE_SESSION, "the session's bus");
	if (!system || !session)
		return EXIT_FAILURE;
	listener = listener_new(system, session, 0);
	g_unix_signal_add(SIGTERM, on_signal, loop);
	g_main_loop_run(loop);
	listener_free(listener);
	return EXIT_SUCCESS;
}
