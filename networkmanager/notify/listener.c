/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/notify/listener.h"

#include "networkmanager/notify/notification.h"

#define FAILURE_INTERFACE "jp.tsunagu.Failure"
#define FAILURE_PATH	  "/jp/tsunagu/Failure"
#define TIMEOUT_MS	  10000

struct listener {
	GDBusConnection *system;
	struct notifier *notifier;
	uid_t owner;
	guint signals;
	GCancellable *cancel;
};

/* A signal whose sender is being looked up. */
struct pending {
	struct listener *listener;
	GVariant *arguments;
};

static void pending_free(struct pending *p)
{
	g_variant_unref(p->arguments);
	g_free(p);
}

static void show(struct listener *l, GVariant *arguments)
{
	struct failed failed;

	g_variant_get(arguments, "(&s&s&s&s)", &failed.uuid, &failed.id, &failed.cause,
		      &failed.detail);
	notifier_show(l->notifier, &failed);
}

static void on_owner(GObject *source, GAsyncResult *result, gpointer userdata)
{
	struct pending *p = userdata;
	g_autoptr(GError) error = NULL;
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
	guint32 uid;

	if (reply) {
		g_variant_get(reply, "(u)", &uid);
		if (uid == p->listener->owner)
			show(p->listener, p->arguments);
		else
			g_warning("a failure was told by user %u, who is nobody to tell it", uid);
	}
	pending_free(p);
}

static void on_failed(GDBusConnection *system, const char *sender, const char *path,
		      const char *interface, const char *signal, GVariant *arguments,
		      gpointer userdata)
{
	struct listener *l = userdata;
	struct pending *p;

	(void)path;
	(void)interface;
	(void)signal;
	if (!sender || !g_variant_is_of_type(arguments, G_VARIANT_TYPE("(ssss)")))
		return;
	p = g_new0(struct pending, 1);
	*p = (struct pending){ l, g_variant_ref(arguments) };
	g_dbus_connection_call(system, "org.freedesktop.DBus", "/org/freedesktop/DBus",
			       "org.freedesktop.DBus", "GetConnectionUnixUser",
			       g_variant_new("(s)", sender), G_VARIANT_TYPE("(u)"),
			       G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, l->cancel, on_owner, p);
}

struct listener *listener_new(GDBusConnection *system, GDBusConnection *session, uid_t owner)
{
	struct listener *l = g_new0(struct listener, 1);

	l->system = g_object_ref(system);
	l->notifier = notifier_new(session);
	l->owner = owner;
	l->cancel = g_cancellable_new();
	l->signals =
		g_dbus_connection_signal_subscribe(system, NULL, FAILURE_INTERFACE, "Failed",
						   FAILURE_PATH, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
						   on_failed, l, NULL);
	return l;
}

struct listener *listener_free(struct listener *l)
{
	if (!l)
		return NULL;
	g_cancellable_cancel(l->cancel);
	g_dbus_connection_signal_unsubscribe(l->system, l->signals);
	notifier_free(l->notifier);
	g_object_unref(l->cancel);
	g_object_unref(l->system);
	g_free(l);
	return NULL;
}
