/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Failures on a bus of the test's own, and what a server of notifications is told of them. */
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "networkmanager/notify/listener.h"

#define NOTIFICATIONS "org.freedesktop.Notifications"
#define NOTES_PATH    "/org/freedesktop/Notifications"
#define UUID	      "5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002"

/* The server: it counts, and keeps what it was told last. */
struct server {
	GDBusConnection *bus;
	guint registered, name;
	const char *const *capabilities;
	guint32 shown, replaces, number;
	char *summary, *body;
	bool button, owns;
};

struct bench {
	GTestDBus *dbus;
	GDBusConnection *here, *there; /* the session's program, and the service */
	struct server server;
	struct listener *listener;
};

static const char server_xml[] =
	"<node><interface name='org.freedesktop.Notifications'>"
	"<method name='GetCapabilities'><arg type='as' direction='out'/></method>"
	"<method name='Notify'><arg type='s' direction='in'/><arg type='u' direction='in'/>"
	"<arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>"
	"<arg type='as' direction='in'/><arg type='a{sv}' direction='in'/>"
	"<arg type='i' direction='in'/><arg type='u' direction='out'/></method>"
	"</interface></node>";

static void take_note(struct server *s, GVariant *arguments)
{
	g_autoptr(GVariant) buttons = NULL;

	g_free(s->summary);
	g_free(s->body);
	g_variant_get_child(arguments, 1, "u", &s->replaces);
	g_variant_get_child(arguments, 3, "s", &s->summary);
	g_variant_get_child(arguments, 4, "s", &s->body);
	buttons = g_variant_get_child_value(arguments, 5);
	s->button = g_variant_n_children(buttons) == 2;
	s->number = s->replaces ? s->replaces : s->number + 1;
	s->shown++;
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
		    const char *interface, const char *method, GVariant *arguments,
		    GDBusMethodInvocation *invocation, gpointer userdata)
{
	struct server *s = userdata;

	(void)bus;
	(void)sender;
	(void)path;
	(void)interface;
	if (g_str_equal(method, "GetCapabilities")) {
		g_dbus_method_invocation_return_value(invocation,
						      g_variant_new("(^as)", s->capabilities));
		return;
	}
	take_note(s, arguments);
	g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", s->number));
}

static void on_owned(GDBusConnection *bus, const char *name, gpointer userdata)
{
	struct server *s = userdata;

	(void)bus;
	(void)name;
	s->owns = true;
}

static GDBusConnection *connect_to(GTestDBus *dbus)
{
	g_autoptr(GError) error = NULL;
	GDBusConnection *bus = g_dbus_connection_new_for_address_sync(
		g_test_dbus_get_bus_address(dbus),
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, &error);

	g_assert_no_error(error);
	return bus;
}

static void serve(struct bench *b, const char *const *capabilities)
{
	static const GDBusInterfaceVTable vtable = { .method_call = on_call };
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(server_xml, NULL);
	struct server *s = &b->server;

	s->bus = connect_to(b->dbus);
	s->capabilities = capabilities;
	s->registered = g_dbus_connection_register_object(s->bus, NOTES_PATH, node->interfaces[0],
							  &vtable, s, NULL, NULL);
	s->name = g_bus_own_name_on_connection(s->bus, NOTIFICATIONS, G_BUS_NAME_OWNER_FLAGS_NONE,
					       on_owned, NULL, s, NULL);
	while (!s->owns)
		g_main_context_iteration(NULL, TRUE);
}

/* What this connection sent before is at the bus when it returns. */
static void settle(GDBusConnection *bus)
{
	g_autoptr(GVariant) reply =
		g_dbus_connection_call_sync(bus, "org.freedesktop.DBus", "/org/freedesktop/DBus",
					    "org.freedesktop.DBus", "GetId", NULL, NULL,
					    G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

	g_assert_nonnull(reply);
}

static void bench_open(struct bench *b, const char *const *capabilities, uid_t owner)
{
	*b = (struct bench){ 0 };
	b->dbus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_test_dbus_up(b->dbus);
	serve(b, capabilities);
	b->here = connect_to(b->dbus);
	b->there = connect_to(b->dbus);
	b->listener = listener_new(b->here, b->here, owner);
	settle(b->here);
}

static void bench_close(struct bench *b)
{
	listener_free(b->listener);
	g_bus_unown_name(b->server.name);
	g_dbus_connection_unregister_object(b->server.bus, b->server.registered);
	g_free(b->server.summary);
	g_free(b->server.body);
	g_object_unref(b->server.bus);
	g_object_unref(b->here);
	g_object_unref(b->there);
	g_test_dbus_down(b->dbus);
	g_object_unref(b->dbus);
}

static void emit(struct bench *b, GVariant *arguments)
{
	g_assert_true(g_dbus_connection_emit_signal(b->there, NULL, "/jp/tsunagu/Failure",
						    "jp.tsunagu.Failure", "Failed", arguments,
						    NULL));
}

static void fail(struct bench *b, const char *id, const char *cause, const char *detail)
{
	emit(b, g_variant_new("(ssss)", UUID, id, cause, detail));
}

static void wait_for(struct bench *b, guint32 shown)
{
	while (b->server.shown < shown)
		g_main_context_iteration(NULL, TRUE);
	settle(b->server.bus);
}

/* The server says something about the notification with that number. */
static void server_says(struct bench *b, const char *signal, GVariant *arguments)
{
	g_assert_true(g_dbus_connection_emit_signal(b->server.bus, NULL, NOTES_PATH, NOTIFICATIONS,
						    signal, arguments, NULL));
	settle(b->server.bus);
}

static const char *const able[] = { "actions", "body", "body-markup", NULL };
static const char *const simple[] = { "body", NULL };

static void test_one_failure(void)
{
	struct bench b;

	bench_open(&b, able, getuid());
	fail(&b, "Office", "psk-wrong", "HASH_R <&> nothing");
	wait_for(&b, 1);
	g_assert_cmpstr(b.server.summary, ==,
			"Office: the gateway does not accept the pre-shared key");
	g_assert_cmpuint(strlen(b.server.body), >, 10);
	g_assert_null(strstr(b.server.body, "HASH_R"));
	g_assert_true(b.server.button);
	g_assert_cmpuint(b.server.replaces, ==, 0);

	server_says(&b, "ActionInvoked", g_variant_new("(us)", b.server.number, "details"));
	wait_for(&b, 2);
	g_assert_nonnull(strstr(b.server.body, "HASH_R &lt;&amp;&gt; nothing"));
	g_assert_nonnull(strstr(b.server.body, "journalctl NM_CONNECTION=" UUID));
	g_assert_false(b.server.button);
	g_assert_cmpuint(b.server.replaces, ==, b.server.number);
	bench_close(&b);
}

/* A connection that fails again has one notification, until the user has closed it. */
static void test_it_fails_again(void)
{
	struct bench b;

	bench_open(&b, able, getuid());
	fail(&b, "Office", "psk-wrong", "");
	wait_for(&b, 1);
	fail(&b, "Office", "no-route", "");
	wait_for(&b, 2);
	g_assert_cmpuint(b.server.replaces, ==, 1);
	server_says(&b, "NotificationClosed", g_variant_new("(uu)", 1, 2));
	fail(&b, "Office", "no-route", "");
	wait_for(&b, 3);
	g_assert_cmpuint(b.server.replaces, ==, 0);
	bench_close(&b);
}

static void test_a_server_without_buttons(void)
{
	struct bench b;

	bench_open(&b, simple, getuid());
	fail(&b, "Office", "psk-wrong", "a < b");
	wait_for(&b, 1);
	g_assert_false(b.server.button);
	g_assert_nonnull(strstr(b.server.body, "a < b"));
	bench_close(&b);
}

static void test_a_cause_that_is_not_known(void)
{
	struct bench b;

	bench_open(&b, able, getuid());
	fail(&b, "Office", "from-the-future", "what was seen");
	wait_for(&b, 1);
	g_assert_cmpstr(b.server.summary, ==, "Office: from-the-future");
	g_assert_nonnull(strstr(b.server.body, "what was seen"));
	bench_close(&b);
}

/* Of a long text a part is shown, and whole characters. */
static void test_a_long_text(void)
{
	g_autofree char *text = g_strnfill(9000, 'x');
	struct bench b;

	memcpy(text + 1999, "\xe3\x81\x82", 3);
	bench_open(&b, simple, getuid());
	fail(&b, "Office", "from-the-future", text);
	wait_for(&b, 1);
	g_assert_true(g_utf8_validate(b.server.body, -1, NULL));
	g_assert_cmpint(g_utf8_strlen(b.server.body, -1), <, 2200);
	bench_close(&b);
}

static void on_warning(const char *domain, GLogLevelFlags level, const char *message, gpointer ret)
{
	(void)domain;
	(void)level;
	*(char **)ret = g_strdup(message);
}

/* Whoever isn't the one that is expected is refused, and the log says so. */
static void test_others_are_not_believed(void)
{
	GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
	g_autofree char *said = NULL;
	guint handler = g_log_set_handler(NULL, G_LOG_LEVEL_WARNING, on_warning, &said);
	struct bench b;

	bench_open(&b, able, getuid() + 1);
	fail(&b, "Office", "psk-wrong", "");
	while (!said && b.server.shown == 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_nonnull(said);
	g_assert_nonnull(strstr(said, "who is nobody to tell it"));
	settle(b.here);
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_assert_cmpuint(b.server.shown, ==, 0);
	bench_close(&b);
	g_log_remove_handler(NULL, handler);
	g_log_set_always_fatal(fatal);
}

static void test_what_is_not_formed_right(void)
{
	struct bench b;

	bench_open(&b, able, getuid());
	emit(&b, g_variant_new("(sss)", UUID, "Wrong", "psk-wrong"));
	emit(&b, g_variant_new("(u)", 7));
	fail(&b, "Right", "psk-wrong", "");
	wait_for(&b, 1);
	g_assert_cmpstr(b.server.summary, ==,
			"Right: the gateway does not accept the pre-shared key");
	bench_close(&b);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/notify/one", test_one_failure);
	g_test_add_func("/notify/again", test_it_fails_again);
	g_test_add_func("/notify/no-buttons", test_a_server_without_buttons);
	g_test_add_func("/notify/unknown-cause", test_a_cause_that_is_not_known);
	g_test_add_func("/notify/long", test_a_long_text);
	g_test_add_func("/notify/others", test_others_are_not_believed);
	g_test_add_func("/notify/formed", test_what_is_not_formed_right);
	return g_test_run();
}
