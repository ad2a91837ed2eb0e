/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One notification for each connection, and what belongs to it: the server knows it by a number, and says by that
 * number that the button was pressed or that it is gone. "Details" shows the same notification again with all its
 * words: no other program is started.
 */
#include "networkmanager/notify/notification.h"

#include <stdbool.h>

#include "client/failure/i18n.h"

#define NAME	   "org.freedesktop.Notifications"
#define PATH	   "/org/freedesktop/Notifications"
#define BUTTON	   "details"
#define TIMEOUT_MS 10000
#define SHOWN_MAX  64 /* connections */

struct notifier {
	GDBusConnection *session;
	guint pressed, closed;
	bool buttons, markup, asked; /* what the server can, once it was asked */
	GHashTable *shown;	     /* struct entry by UUID */
	GCancellable *cancel;
};

struct entry {
	struct notifier *notifier;
	struct failed failed;
	char *uuid, *id, *cause, *detail;
	guint32 number; /* the server's; 0: not yet known */
};

static void entry_free(gpointer data)
{
	struct entry *e = data;

	g_free(e->uuid);
	g_free(e->id);
	g_free(e->cause);
	g_free(e->detail);
	g_free(e);
}

static struct entry *entry_new(struct notifier *n, const struct failed *failed)
{
	struct entry *e = g_new0(struct entry, 1);

	e->notifier = n;
	e->uuid = g_strdup(failed->uuid);
	e->id = g_strdup(failed->id);
	e->cause = g_strdup(failed->cause);
	e->detail = g_strdup(failed->detail);
	e->failed = (struct failed){ e->uuid, e->id, e->cause, e->detail };
	return e;
}

static GVariant *hints(void)
{
	GVariantBuilder b;

	g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add(&b, "{sv}", "category", g_variant_new_string("network.error"));
	g_variant_builder_add(&b, "{sv}", "desktop-entry", g_variant_new_string("tsunagu-notify"));
	g_variant_builder_add(&b, "{sv}", "urgency", g_variant_new_byte(1));
	return g_variant_builder_end(&b);
}

static GVariant *buttons(bool wanted)
{
	GVariantBuilder b;

	g_variant_builder_init(&b, G_VARIANT_TYPE_STRING_ARRAY);
	if (wanted) {
		g_variant_builder_add(&b, "s", BUTTON);
		g_variant_builder_add(&b, "s", _("Details"));
	}
	return g_variant_builder_end(&b);
}

/* The entry may be gone meanwhile; it is found by its UUID again. */
struct sent {
	struct notifier *notifier;
	char *uuid;
};

static void sent_free(struct sent *sent)
{
	g_free(sent->uuid);
	g_free(sent);
}

static void on_notified(GObject *source, GAsyncResult *result, gpointer userdata)
{
	struct sent *sent = userdata;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	struct entry *e = NULL;

	if (reply)
		e = g_hash_table_lookup(sent->notifier->shown, sent->uuid);
	else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		g_warning("no notification: %s", error->message);
	if (e)
		g_variant_get(reply, "(u)", &e->number);
	sent_free(sent);
}

static void notify(struct entry *e, bool all)
{
	struct notifier *n = e->notifier;
	g_autofree char *summary = words_summary(&e->failed);
	g_autofree char *plain = words_body(&e->failed, all);
	g_autofree char *body = n->markup ? g_markup_escape_text(plain, -1) : g_strdup(plain);
	struct sent *sent = g_new0(struct sent, 1);

	*sent = (struct sent){ n, g_strdup(e->uuid) };
	g_dbus_connection_call(n->session, NAME, PATH, NAME, "Notify",
			       g_variant_new("(susss@as@a{sv}i)", "Tsunagu", e->number,
					     "network-vpn", summary, body,
					     buttons(n->buttons && !all), hints(), all ? 0 : -1),
			       G_VARIANT_TYPE("(u)"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, n->cancel,
			       on_notified, sent);
}

static void on_signal(GDBusConnection *session, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *arguments,
		      gpointer userdata)
{
	struct notifier *n = userdata;
	GHashTableIter all;
	gpointer value;
	guint32 number;

	(void)session;
	(void)sender;
	(void)path;
	(void)interface;
	if (g_variant_n_children(arguments) < 1)
		return;
	g_variant_get_child(arguments, 0, "u", &number);
	g_hash_table_iter_init(&all, n->shown);
	while (number > 0 && g_hash_table_iter_next(&all, NULL, &value)) {
		struct entry *e = value;

		if (e->number != number)
			continue;
		if (g_str_equal(signal, "ActionInvoked"))
			notify(e, true);
		else
			g_hash_table_iter_remove(&all);
		return;
	}
}

static guint subscribe(struct notifier *n, const char *signal)
{
	return g_dbus_connection_signal_subscribe(n->session, NAME, NAME, signal, PATH, NULL,
						  G_DBUS_SIGNAL_FLAGS_NONE, on_signal, n, NULL);
}

struct notifier *notifier_new(GDBusConnection *session)
{
	struct notifier *n = g_new0(struct notifier, 1);

	n->session = g_object_ref(session);
	n->shown = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
	n->cancel = g_cancellable_new();
	n->pressed = subscribe(n, "ActionInvoked");
	n->closed = subscribe(n, "NotificationClosed");
	return n;
}

struct notifier *notifier_free(struct notifier *n)
{
	if (!n)
		return NULL;
	g_cancellable_cancel(n->cancel);
	g_dbus_connection_signal_unsubscribe(n->session, n->pressed);
	g_dbus_connection_signal_unsubscribe(n->session, n->closed);
	g_hash_table_unref(n->shown);
	g_object_unref(n->cancel);
	g_object_unref(n->session);
	g_free(n);
	return NULL;
}

static void on_capabilities(GObject *source, GAsyncResult *result, gpointer userdata)
{
	struct sent *sent = userdata;
	struct notifier *n = sent->notifier;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	g_autofree const char **all = NULL;
	struct entry *e = NULL;

	if (reply) {
		g_variant_get(reply, "(^a&s)", &all);
		n->asked = true;
		n->buttons = g_strv_contains((const char *const *)all, "actions");
		n->markup = g_strv_contains((const char *const *)all, "body-markup");
	}
	if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		e = g_hash_table_lookup(n->shown, sent->uuid);
	if (e)
		notify(e, !n->buttons);
	sent_free(sent);
}

/* What the server can is asked when there is something to show: at the session's start it may not be there. */
static void ask_and_notify(struct entry *e)
{
	struct sent *sent = g_new0(struct sent, 1);

	*sent = (struct sent){ e->notifier, g_strdup(e->uuid) };
	g_dbus_connection_call(e->notifier->session, NAME, PATH, NAME, "GetCapabilities", NULL,
			       G_VARIANT_TYPE("(as)"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS,
			       e->notifier->cancel, on_capabilities, sent);
}

void notifier_show(struct notifier *n, const struct failed *failed)
{
	struct entry *former = g_hash_table_lookup(n->shown, failed->uuid);
	struct entry *e;

	if (!former && g_hash_table_size(n->shown) >= SHOWN_MAX)
		return;
	e = entry_new(n, failed);
	e->number = former ? former->number : 0;
	g_hash_table_replace(n->shown, e->uuid, e);
	if (n->asked)
		notify(e, !n->buttons);
	else
		ask_and_notify(e);
}
