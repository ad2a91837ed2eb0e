/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interface of freedesktop.org's Secret Service, by hand: of a library for it four calls would be used. The secret
 * comes in clear over the session's bus, which is the user's own.
 */
#include "networkmanager/auth-dialog/keyring.h"

#include <gio/gio.h>
#include <string.h>

#define NAME	      "org.freedesktop.secrets"
#define SERVICE_PATH  "/org/freedesktop/secrets"
#define SERVICE	      "org.freedesktop.Secret.Service"
#define PROMPT	      "org.freedesktop.Secret.Prompt"
#define TIMEOUT_MS    10000
#define PROMPT_MS     120000 /* the user types a password meanwhile */
#define SECRETS_REPLY "(a{o(oayays)})"

static GVariant *call(GDBusConnection *bus, const char *method, GVariant *arguments,
		      const char *reply)
{
	return g_dbus_connection_call_sync(bus, NAME, SERVICE_PATH, SERVICE, method, arguments,
					   G_VARIANT_TYPE(reply), G_DBUS_CALL_FLAGS_NONE,
					   TIMEOUT_MS, NULL, NULL);
}

/* As NetworkManager's agents mark them. */
static GVariant *attributes(const char *uuid, const char *secret)
{
	GVariantBuilder b;

	g_variant_builder_init(&b, G_VARIANT_TYPE("a{ss}"));
	g_variant_builder_add(&b, "{ss}", "connection-uuid", uuid);
	g_variant_builder_add(&b, "{ss}", "setting-name", "vpn");
	g_variant_builder_add(&b, "{ss}", "setting-key", secret);
	return g_variant_builder_end(&b);
}

struct prompt {
	GMainLoop *loop;
	char *item; /* what was unlocked */
};

static void on_completed(GDBusConnection *bus, const char *sender, const char *path,
			 const char *interface, const char *signal, GVariant *arguments,
			 gpointer userdata)
{
	struct prompt *p = userdata;
	g_autoptr(GVariant) result = NULL;
	gboolean dismissed;

	(void)bus;
	(void)sender;
	(void)path;
	(void)interface;
	(void)signal;
	if (g_variant_is_of_type(arguments, G_VARIANT_TYPE("(bv)"))) {
		g_variant_get(arguments, "(bv)", &dismissed, &result);
		if (!dismissed && g_variant_is_of_type(result, G_VARIANT_TYPE("ao")) &&
		    g_variant_n_children(result) > 0)
			g_variant_get_child(result, 0, "o", &p->item);
	}
	g_main_loop_quit(p->loop);
}

static gboolean on_timeout(gpointer loop)
{
	g_main_loop_quit(loop);
	return G_SOURCE_CONTINUE;
}

/* Lets the keyring ask for its password. Return: the item that is open now, or NULL. */
static char *answer_prompt(GDBusConnection *bus, const char *path)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	struct prompt p = { .loop = loop };
	guint signal = g_dbus_connection_signal_subscribe(bus, NAME, PROMPT, "Completed", path,
							  NULL, G_DBUS_SIGNAL_FLAGS_NONE,
							  on_completed, &p, NULL);
	guint timer = g_timeout_add(PROMPT_MS, on_timeout, loop);
	g_autoptr(GVariant) started =
		g_dbus_connection_call_sync(bus, NAME, path, PROMPT, "Prompt",
					    g_variant_new("(s)", ""), NULL, G_DBUS_CALL_FLAGS_NONE,
					    TIMEOUT_MS, NULL, NULL);

	if (started)
		g_main_loop_run(loop);
	g_source_remove(timer);
	g_dbus_connection_signal_unsubscribe(bus, signal);
	return p.item;
}

static char *unlock(GDBusConnection *bus, const char *item)
{
	g_autoptr(GVariant) reply =
		call(bus, "Unlock", g_variant_new("(@ao)", g_variant_new_objv(&item, 1)), "(aoo)");
	g_autoptr(GVariant) unlocked = NULL;
	const char *prompt;

	if (!reply)
		return NULL;
	g_variant_get(reply, "(@ao&o)", &unlocked, &prompt);
	if (g_variant_n_children(unlocked) > 0)
		return g_strdup(item);
	return strcmp(prompt, "/") != 0 ? answer_prompt(bus, prompt) : NULL;
}

/* The path of the item that can be read. */
static char *find_item(GDBusConnection *bus, const char *uuid, const char *secret, bool may_ask)
{
	g_autoptr(GVariant) reply =
		call(bus, "SearchItems", g_variant_new("(@a{ss})", attributes(uuid, secret)),
		     "(aoao)");
	g_autofree const char **open = NULL, **locked = NULL;

	if (!reply)
		return NULL;
	g_variant_get(reply, "(^a&o^a&o)", &open, &locked);
	if (open[0])
		return g_strdup(open[0]);
	return locked[0] && may_ask ? unlock(bus, locked[0]) : NULL;
}

static char *read_item(GDBusConnection *bus, const char *item)
{
	g_autoptr(GVariant) opened =
		call(bus, "OpenSession", g_variant_new("(sv)", "plain", g_variant_new_string("")),
		     "(vo)");
	g_autoptr(GVariant) reply = NULL, secrets = NULL, secret = NULL, octets = NULL;
	const char *session;
	const void *data;
	gsize len;

	if (!opened)
		return NULL;
	g_variant_get(opened, "(v&o)", NULL, &session);
	reply = call(bus, "GetSecrets",
		     g_variant_new("(@aoo)", g_variant_new_objv(&item, 1), session), SECRETS_REPLY);
	secrets = reply ? g_variant_get_child_value(reply, 0) : NULL;
	if (!secrets || g_variant_n_children(secrets) == 0)
		return NULL;
	g_variant_get_child(secrets, 0, "{o@(oayays)}", NULL, &secret);
	octets = g_variant_get_child_value(secret, 2);
	data = g_variant_get_fixed_array(octets, &len, 1);
	return data && g_utf8_validate(data, (gssize)len, NULL) ? g_strndup(data, len) : NULL;
}

char *keyring_find(const char *uuid, const char *secret, bool may_ask)
{
	g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	g_autofree char *item = bus ? find_item(bus, uuid, secret, may_ask) : NULL;

	return item ? read_item(bus, item) : NULL;
}
