/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's keyring: the program for secrets as an agent starts it that leaves the keyring to it, with a keyring of the
 * test's own on a bus of the test's own.
 *	test-keyring PROGRAM
 */
#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

#define NAME   "org.freedesktop.secrets"
#define PATH   "/org/freedesktop/secrets"
#define ITEM   PATH "/collection/login/1"
#define UUID   "5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002"
#define PROMPT PATH "/prompt/1"

static const char *program;

struct keyring {
	GDBusConnection *bus;
	guint name, registered, prompt;
	bool owned, locked, dismisses;
	const char *value;
};

static const char service_xml[] =
	"<node><interface name='org.freedesktop.Secret.Service'>"
	"<method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
	"<arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
	"<method name='SearchItems'><arg type='a{ss}' direction='in'/>"
	"<arg type='ao' direction='out'/><arg type='ao' direction='out'/></method>"
	"<method name='Unlock'><arg type='ao' direction='in'/>"
	"<arg type='ao' direction='out'/><arg type='o' direction='out'/></method>"
	"<method name='GetSecrets'><arg type='ao' direction='in'/><arg type='o' direction='in'/>"
	"<arg type='a{o(oayays)}' direction='out'/></method></interface>"
	"<interface name='org.freedesktop.Secret.Prompt'>"
	"<method name='Prompt'><arg type='s' direction='in'/></method></interface></node>";

/* Only the password of that connection is there. */
static bool is_ours(GVariant *arguments)
{
	g_autoptr(GVariant) attributes = g_variant_get_child_value(arguments, 0);
	const char *uuid = NULL, *setting = NULL, *key = NULL;

	return g_variant_lookup(attributes, "connection-uuid", "&s", &uuid) &&
	       g_variant_lookup(attributes, "setting-name", "&s", &setting) &&
	       g_variant_lookup(attributes, "setting-key", "&s", &key) && g_str_equal(uuid, UUID) &&
	       g_str_equal(setting, "vpn") && g_str_equal(key, "password");
}

static GVariant *items(bool there)
{
	const char *const item = ITEM;

	return g_variant_new_objv(&item, there ? 1 : 0);
}

static GVariant *secrets(struct keyring *k)
{
	GVariantBuilder b;
	GVariant *octets =
		g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, k->value, strlen(k->value), 1);
	GVariant *none = g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, NULL, 0, 1);

	g_variant_builder_init(&b, G_VARIANT_TYPE("a{o(oayays)}"));
	g_variant_builder_add(&b, "{o@(oayays)}", ITEM,
			      g_variant_new("(o@ay@ays)", PATH "/session/1", none, octets,
					    "text/plain"));
	return g_variant_builder_end(&b);
}

static void complete(struct keyring *k)
{
	k->locked = k->dismisses;
	g_dbus_connection_emit_signal(k->bus, NULL, PROMPT, "org.freedesktop.Secret.Prompt",
				      "Completed",
				      g_variant_new("(bv)", k->dismisses, items(!k->dismisses)),
				      NULL);
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
		    const char *interface, const char *method, GVariant *arguments,
		    GDBusMethodInvocation *call, gpointer userdata)
{
	struct keyring *k = userdata;

	(void)bus;
	(void)sender;
	(void)path;
	(void)interface;
	if (g_str_equal(method, "OpenSession")) {
		g_dbus_method_invocation_return_value(call, g_variant_new("(vo)",
									  g_variant_new_string(""),
									  PATH "/session/1"));
	} else if (g_str_equal(method, "SearchItems")) {
		bool ours = is_ours(arguments);

		g_dbus_method_invocation_return_value(call,
						      g_variant_new("(@ao@ao)",
								    items(ours && !k->locked),
								    items(ours && k->locked)));
	} else if (g_str_equal(method, "Unlock")) {
		g_dbus_method_invocation_return_value(call, g_variant_new("(@aoo)", items(false),
									  PROMPT));
	} else if (g_str_equal(method, "GetSecrets")) {
		g_assert_false(k->locked);
		g_dbus_method_invocation_return_value(call,
						      g_variant_new("(@a{o(oayays)})", secrets(k)));
	} else {
		g_dbus_method_invocation_return_value(call, NULL);
		complete(k);
	}
}

static void on_owned(GDBusConnection *bus, const char *name, gpointer userdata)
{
	struct keyring *k = userdata;

	(void)bus;
	(void)name;
	k->owned = true;
}

static void keyring_open(struct keyring *k, GTestDBus *dbus)
{
	static const GDBusInterfaceVTable vtable = { .method_call = on_call };
	g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(service_xml, NULL);
	g_autoptr(GError) error = NULL;

	k->bus = g_dbus_connection_new_for_address_sync(
		g_test_dbus_get_bus_address(dbus),
		G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
			G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
		NULL, NULL, &error);
	g_assert_no_error(error);
	k->registered = g_dbus_connection_register_object(k->bus, PATH, node->interfaces[0],
							  &vtable, k, NULL, NULL);
	k->prompt = g_dbus_connection_register_object(k->bus, PROMPT, node->interfaces[1], &vtable,
						      k, NULL, NULL);
	k->name = g_bus_own_name_on_connection(k->bus, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_owned,
					       NULL, k, NULL);
	while (!k->owned)
		g_main_context_iteration(NULL, TRUE);
}

static void keyring_close(struct keyring *k)
{
	g_bus_unown_name(k->name);
	g_dbus_connection_unregister_object(k->bus, k->registered);
	g_dbus_connection_unregister_object(k->bus, k->prompt);
	g_object_unref(k->bus);
}

static void on_done(GObject *process, GAsyncResult *result, gpointer ret)
{
	g_autoptr(GError) error = NULL;

	g_subprocess_communicate_utf8_finish(G_SUBPROCESS(process), result, ret, NULL, &error);
	g_assert_no_error(error);
}

/* The answer for a connection whose password an agent keeps and which has no pre-shared key. */
static char *answer(GTestDBus *dbus, const char *interaction)
{
	static const char input[] = "DATA_KEY=gateway\nDATA_VAL=gw\n\n"
				    "DATA_KEY=password-flags\nDATA_VAL=1\n\n"
				    "DATA_KEY=ipsec-psk-flags\nDATA_VAL=4\n\nDONE\n\nQUIT\n\n";
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
		G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	g_autoptr(GSubprocess) process = NULL;
	g_autoptr(GError) error = NULL;
	char *output = NULL;

	g_subprocess_launcher_setenv(launcher, "DBUS_SESSION_BUS_ADDRESS",
				     g_test_dbus_get_bus_address(dbus), TRUE);
	g_subprocess_launcher_setenv(launcher, "LC_ALL", "C", TRUE);
	process = g_subprocess_launcher_spawn(launcher, &error, program, "-u", UUID, "-n", "Office",
					      "-s", "org.freedesktop.NetworkManager.l2tp",
					      "--external-ui-mode", interaction, NULL);
	g_assert_no_error(error);
	g_subprocess_communicate_utf8_async(process, input, NULL, on_done, &output);
	while (!output)
		g_main_context_iteration(NULL, TRUE);
	return output;
}

static const struct {
	const char *name;
	bool locked, dismisses;
	const char *interaction;
	const char *said, *not_said;
} cases[] = {
	{ "it is open", false, false, NULL, "Value=from the keyring", "ShouldAsk=true" },
	{ "it is unlocked", true, false, "-i", "Value=from the keyring", "ShouldAsk=true" },
	{ "the user doesn't unlock it", true, true, "-i", "ShouldAsk=true", "keyring" },
	{ "it may not be unlocked", true, false, NULL, "[VPN Plugin UI]", "keyring" },
};

static void test_cases(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GTestDBus) dbus = g_test_dbus_new(G_TEST_DBUS_NONE);
		struct keyring k = { .locked = cases[i].locked,
				     .dismisses = cases[i].dismisses,
				     .value = "from the keyring" };
		g_autofree char *output = NULL;

		g_test_message("%s", cases[i].name);
		g_test_dbus_up(dbus);
		keyring_open(&k, dbus);
		output = answer(dbus, cases[i].interaction);
		g_assert_nonnull(strstr(output, cases[i].said));
		g_assert_null(strstr(output, cases[i].not_said));
		keyring_close(&k);
		g_test_dbus_down(dbus);
	}
}

static void test_no_keyring(void)
{
	g_autoptr(GTestDBus) dbus = g_test_dbus_new(G_TEST_DBUS_NONE);
	g_autofree char *output = NULL;

	g_test_dbus_up(dbus);
	output = answer(dbus, "-i");
	g_assert_nonnull(strstr(output, "ShouldAsk=true"));
	g_test_dbus_down(dbus);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	program = argv[1];
	g_test_add_func("/keyring/cases", test_cases);
	g_test_add_func("/keyring/none", test_no_keyring);
	return g_test_run();
}
