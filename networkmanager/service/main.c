/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nm-l2tp-service: NetworkManager starts it for each connection and ends it when nobody needs it. It goes when its client
 * has gone, since that takes back what it added.
 */
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <syslog.h>

#include "networkmanager/service/handover.h"
#include "networkmanager/service/service.h"

#define BUS_NAME "org.freedesktop.NetworkManager.l2tp"

struct program {
	GMainLoop *loop;
	TsunaguService *service;
};

static gboolean quit(gpointer userdata)
{
	g_main_loop_quit(userdata);
	return G_SOURCE_REMOVE;
}

/* It is idle for long, or the bus is gone, or NetworkManager. */
static void on_quit(NMVpnServicePlugin *plugin, gpointer userdata)
{
	struct program *p = userdata;

	(void)plugin;
	tsunagu_service_when_idle(p->service, quit, p->loop);
}

static gboolean on_signal(gpointer userdata)
{
	struct program *p = userdata;

	nm_vpn_service_plugin_shutdown(NM_VPN_SERVICE_PLUGIN(p->service));
	tsunagu_service_when_idle(p->service, quit, p->loop);
	return G_SOURCE_REMOVE;
}

static int serve(const char *bus_name, gboolean persist)
{
	g_autoptr(GError) error = NULL;
	struct program p = { .service = tsunagu_service_new(bus_name, &error) };

	if (!p.service) {
		syslog(LOG_ERR, "NetworkManager's service can't be offered: %s", error->message);
		g_printerr("%s\n", error->message);
		return EXIT_FAILURE;
	}
	p.loop = g_main_loop_new(NULL, FALSE);
	if (!persist)
		g_signal_connect(p.service, "quit", G_CALLBACK(on_quit), &p);
	g_unix_signal_add(SIGTERM, on_signal, &p);
	g_unix_signal_add(SIGINT, on_signal, &p);
	g_main_loop_run(p.loop);
	g_object_unref(p.service);
	g_main_loop_unref(p.loop);
	return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
	g_autofree char *bus_name = NULL;
	gboolean persist = FALSE, debug = FALSE;
	const GOptionEntry entries[] = {
		{ "bus-name", 0, 0, G_OPTION_ARG_STRING, &bus_name, "Name on the system bus",
		  "NAME" },
		{ "persist", 0, 0, G_OPTION_ARG_NONE, &persist, "Stay when nothing is left to do",
		  NULL },
		{ "debug", 0, 0, G_OPTION_ARG_NONE, &debug, "Taken for NetworkManager's sake",
		  NULL },
		G_OPTION_ENTRY_NULL,
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	(void)setlocale(LC_ALL, "");
	if (argc == 4 && g_str_equal(argv[1], "--read-as"))
		return handover_read_as(argv[2], argv[3]);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		g_printerr("%s\n", error->message);
		return 2;
	}
	openlog("tsunagu", LOG_PID, LOG_DAEMON);
	return serve(bus_name ? bus_name : BUS_NAME, persist);
}
