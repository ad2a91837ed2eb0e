/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An agent of the user's starts this with the connection's data and known secrets on the standard input, and reads the
 * secrets from the standard output. With --external-ui-mode it draws the questions by itself, and is told what they are.
 */
#include <NetworkManager.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "networkmanager/auth-dialog/answer.h"
#include "networkmanager/auth-dialog/asking.h"
#include "networkmanager/auth-dialog/keyring.h"
#include "networkmanager/auth-dialog/window.h"
#include "networkmanager/shared/l2tp-names.h"

struct options {
	char *uuid, *name, *service;
	char **hints;
	gboolean again, may_ask, external;
};

static bool parse(int argc, char **argv, struct options *o)
{
	const GOptionEntry entries[] = {
		{ "uuid", 'u', 0, G_OPTION_ARG_STRING, &o->uuid, "UUID of the connection", "UUID" },
		{ "name", 'n', 0, G_OPTION_ARG_STRING, &o->name, "Name of the connection", "NAME" },
		{ "service", 's', 0, G_OPTION_ARG_STRING, &o->service, "Kind of VPN", "SERVICE" },
		{ "allow-interaction", 'i', 0, G_OPTION_ARG_NONE, &o->may_ask,
		  "The user may be asked", NULL },
		{ "reprompt", 'r', 0, G_OPTION_ARG_NONE, &o->again, "The last secrets were wrong",
		  NULL },
		{ "hint", 't', 0, G_OPTION_ARG_STRING_ARRAY, &o->hints,
		  "A secret that is wanted, or a message", "HINT" },
		{ "external-ui-mode", 0, 0, G_OPTION_ARG_NONE, &o->external,
		  "Print what is to be asked", NULL },
		{ NULL },
	};
	g_autoptr(GOptionContext) context = g_option_context_new("- secrets of L2TP connections");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error))
		fprintf(stderr, "nm-l2tp-auth-dialog: %s\n", error->message);
	else if (!o->uuid || !o->name || !o->service)
		fprintf(stderr, "nm-l2tp-auth-dialog: --uuid, --name and --service are needed\n");
	else if (strcmp(o->service, L2TP_SERVICE) != 0)
		fprintf(stderr, "nm-l2tp-auth-dialog: %s is another kind of VPN\n", o->service);
	else
		return true;
	return false;
}

/* Return: false when the user doesn't want to. */
static bool serve(struct asking *a, bool external)
{
	if (external)
		return answer_keyfile(a, stdout);
	if (asking_is_needed(a) && !window_ask(a))
		return false;
	if (!answer_lines(a, stdout)) {
		fprintf(stderr, "nm-l2tp-auth-dialog: a secret has a newline in it\n");
		return false;
	}
	answer_wait(STDIN_FILENO);
	return true;
}

static void options_clear(struct options *o)
{
	g_free(o->uuid);
	g_free(o->name);
	g_free(o->service);
	g_strfreev(o->hints);
}

static int run(const struct options *o)
{
	g_autoptr(GHashTable) data = NULL, secrets = NULL;
	struct request request = { 0 };
	struct asking asking;
	bool served;

	if (!nm_vpn_service_plugin_read_vpn_details(STDIN_FILENO, &data, &secrets)) {
		fprintf(stderr, "nm-l2tp-auth-dialog: the connection's data can't be read\n");
		return EXIT_FAILURE;
	}
	request = (struct request){ .name = o->name,
				    .uuid = o->uuid,
				    .data = data,
				    .secrets = secrets,
				    .hints = (const char *const *)o->hints,
				    .again = o->again,
				    .may_ask = o->may_ask,
				    .find = keyring_find };
	asking_prepare(&request, &asking);
	served = serve(&asking, o->external);
	asking_clear(&asking);
	return served ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	int code = EXIT_FAILURE;

	i18n_init(TSUNAGU_LOCALE_DIR);
	if (parse(argc, argv, &options))
		code = run(&options);
	options_clear(&options);
	return code;
}
