/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin as libnm loads it: what it says of itself, and that what it exports it imports, whole but for secrets; what
 * NetworkManager-l2tp exports; and files that somebody made to do harm, or that are something else.
 *	test-vpn-plugin PLUGIN
 */
#include <NetworkManager.h>
#include <glib/gstdio.h>
#include <string.h>

#include "client/profile/profile-keys.h"
#include "client/profile/profile.h"
#include "networkmanager/shared/value-check.h"

#define SERVICE "org.freedesktop.NetworkManager.l2tp"
#define SECRET	"himitsu-0s"

static const char *plugin_path;
static char *folder;

static NMVpnEditorPlugin *load(void)
{
	g_autoptr(GError) error = NULL;
	NMVpnEditorPlugin *plugin = nm_vpn_editor_plugin_load(plugin_path, SERVICE, &error);

	g_assert_no_error(error);
	return plugin;
}

static char *file_named(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

/* Imports a text as a file of that name. */
static NMConnection *import_text(const char *name, const char *text, gssize len, GError **error)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autofree char *path = file_named(name);

	g_assert_true(g_file_set_contents(path, text, len, NULL));
	return nm_vpn_editor_plugin_import(plugin, path, error);
}

static NMConnection *new_connection(void)
{
	NMConnection *c = nm_simple_connection_new();
	NMSetting *s = nm_setting_connection_new(), *vpn = nm_setting_vpn_new();
	g_autofree char *uuid = nm_utils_uuid_generate();

	g_object_set(s, NM_SETTING_CONNECTION_ID, "Büro/東京", NM_SETTING_CONNECTION_UUID, uuid,
		     NM_SETTING_CONNECTION_TYPE, "vpn", NULL);
	g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, SERVICE, NULL);
	nm_connection_add_setting(c, s);
	nm_connection_add_setting(c, vpn);
	return c;
}

/* --- What it says of itself --- */

static void test_what_it_is(void)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autofree char *service = NULL, *name = NULL, *description = NULL;

	g_object_get(plugin, NM_VPN_EDITOR_PLUGIN_SERVICE, &service, NM_VPN_EDITOR_PLUGIN_NAME,
		     &name, NM_VPN_EDITOR_PLUGIN_DESCRIPTION, &description, NULL);
	g_assert_cmpstr(service, ==, SERVICE);
	g_assert_nonnull(strstr(name, "L2TP"));
	g_assert_cmpuint(strlen(description), >, 10);
	g_assert_cmpuint(nm_vpn_editor_plugin_get_capabilities(plugin), ==,
			 NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT |
				 NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT |
				 NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6);
}

static void test_no_editor_without_a_toolkit(void)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autoptr(NMConnection) c = new_connection();
	g_autoptr(GError) error = NULL;

	g_assert_null(nm_vpn_editor_plugin_get_editor(plugin, c, &error));
	g_assert_nonnull(strstr(error->message, "GTK"));
}

static void test_a_file_name_has_no_slash(void)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autoptr(NMConnection) c = new_connection();
	g_autofree char *name = nm_vpn_editor_plugin_get_suggested_filename(plugin, c);

	g_assert_cmpstr(name, ==, "Büro_東京 (l2tp).conf");
}

/* --- There and back --- */

static const char *sample(const struct profile_key *key)
{
	if (value_is_boolean(key->name))
		return "yes";
	/* The system keeps the secrets: NetworkManager's own writer would leave out others'. */
	if (key->type == KEY_FLAGS)
		return "0";
	if (key->max > 0 && key->max < 1024)
		return "7";
	return " some;thing=\"with\\ # odd\tparts ";
}

static void fill(NMSettingVpn *vpn)
{
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];

		if (strcmp(key->section, "vpn-secrets") == 0)
			nm_setting_vpn_add_secret(vpn, key->name, SECRET);
		else if (strcmp(key->section, "vpn") == 0 && key->type != KEY_KIND &&
			 key->type != KEY_OTHERS && strcmp(key->name, "timeout") != 0)
			nm_setting_vpn_add_data_item(vpn, key->name, sample(key));
	}
	nm_setting_vpn_add_data_item(vpn, "from-the-future", "stays");
	nm_setting_vpn_add_data_item(vpn, "refuse-eap", "no");
	g_object_set(vpn, NM_SETTING_VPN_TIMEOUT, 77U, NM_SETTING_VPN_PERSISTENT, TRUE, NULL);
}

static void add_addresses(NMConnection *c)
{
	NMSetting *ip4 = nm_setting_ip4_config_new(), *ip6 = nm_setting_ip6_config_new();
	NMIPRoute *plain = nm_ip_route_new(AF_INET, "192.168.7.0", 24, NULL, -1, NULL);
	NMIPRoute *full = nm_ip_route_new(AF_INET, "10.0.0.0", 8, "10.9.9.9", 42, NULL);
	NMIPRoute *six = nm_ip_route_new(AF_INET6, "2001:db8::", 32, NULL, 5, NULL);

	g_object_set(ip4, NM_SETTING_IP_CONFIG_METHOD, "auto", NM_SETTING_IP_CONFIG_NEVER_DEFAULT,
		     TRUE, NM_SETTING_IP_CONFIG_IGNORE_AUTO_DNS, TRUE, NULL);
	g_object_set(ip6, NM_SETTING_IP_CONFIG_METHOD, "auto", NULL);
	nm_setting_ip_config_add_route(NM_SETTING_IP_CONFIG(ip4), plain);
	nm_setting_ip_config_add_route(NM_SETTING_IP_CONFIG(ip4), full);
	nm_setting_ip_config_add_route(NM_SETTING_IP_CONFIG(ip6), six);
	nm_setting_ip_config_add_dns(NM_SETTING_IP_CONFIG(ip4), "192.168.7.1");
	nm_setting_ip_config_add_dns_search(NM_SETTING_IP_CONFIG(ip4), "office.example");
	nm_ip_route_unref(plain);
	nm_ip_route_unref(full);
	nm_ip_route_unref(six);
	nm_connection_add_setting(c, ip4);
	nm_connection_add_setting(c, ip6);
}

/* Exports and imports; ret_text is the file's. */
static NMConnection *there_and_back(NMConnection *c, const char *name, char **ret_text)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autoptr(GError) error = NULL;
	g_autofree char *path = file_named(name);
	NMConnection *back;

	g_assert_true(nm_vpn_editor_plugin_export(plugin, path, c, &error));
	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(path, ret_text, NULL, NULL));
	back = nm_vpn_editor_plugin_import(plugin, path, &error);
	g_assert_no_error(error);
	return back;
}

/* What differs after a copy that isn't to differ: the identification and the secrets. */
static void assert_same(NMConnection *c, NMConnection *back)
{
	g_autoptr(GHashTable) differences = NULL;

	nm_connection_clear_secrets(c);
	g_object_set(nm_connection_get_setting_connection(c), NM_SETTING_CONNECTION_UUID,
		     nm_connection_get_uuid(back), NULL);
	g_assert_true(nm_connection_normalize(c, NULL, NULL, NULL));
	nm_connection_diff(c, back, NM_SETTING_COMPARE_FLAG_EXACT, &differences);
	if (differences) {
		GHashTableIter settings, keys;
		gpointer setting, inner, key;

		g_hash_table_iter_init(&settings, differences);
		while (g_hash_table_iter_next(&settings, &setting, &inner)) {
			g_hash_table_iter_init(&keys, inner);
			while (g_hash_table_iter_next(&keys, &key, NULL))
				g_test_message("%s.%s differs", (char *)setting, (char *)key);
		}
	}
	g_assert_null(differences);
}

static void round_trip(const char *name)
{
	g_autoptr(NMConnection) c = new_connection();
	g_autoptr(NMConnection) back = NULL;
	g_autofree char *text = NULL;

	fill(nm_connection_get_setting_vpn(c));
	add_addresses(c);
	/* An old pre-shared key, where all can see it. */
	nm_setting_vpn_add_data_item(nm_connection_get_setting_vpn(c), "ipsec-psk", SECRET);
	back = there_and_back(c, name, &text);
	g_assert_null(strstr(text, SECRET));
	nm_setting_vpn_remove_data_item(nm_connection_get_setting_vpn(c), "ipsec-psk");
	assert_same(c, back);
}

static void test_every_key_comes_back_from_a_conf(void)
{
	round_trip("Office (l2tp).conf");
}

static void test_every_key_comes_back_from_a_keyfile(void)
{
	round_trip("office.nmconnection");
}

/* Routes with more than the list can say stay as NetworkManager writes them. */
static void test_a_route_with_attributes_comes_back(void)
{
	g_autoptr(NMConnection) c = new_connection();
	g_autoptr(NMConnection) back = NULL;
	g_autofree char *text = NULL;
	NMIPRoute *route;

	nm_setting_vpn_add_data_item(nm_connection_get_setting_vpn(c), "gateway", "gw");
	add_addresses(c);
	route = nm_setting_ip_config_get_route(nm_connection_get_setting_ip4_config(c), 0);
	nm_ip_route_set_attribute(route, NM_IP_ROUTE_ATTRIBUTE_MTU, g_variant_new_uint32(1300));
	back = there_and_back(c, "a.conf", &text);
	assert_same(c, back);
}

static void test_a_pin_stays_at_home(void)
{
	static const char *const uris[][2] = {
		{ "pkcs11:object=key?pin-value=1234", "pkcs11:object=key" },
		{ "pkcs11:object=key?pin-value=1234&module-name=x",
		  "pkcs11:object=key?module-name=x" },
		{ "pkcs11:object=key?module-name=x&pin-value=1234",
		  "pkcs11:object=key?module-name=x" },
		{ "pkcs11:pin-value=1234;pin-value=1234;object=key", "pkcs11:object=key" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(uris); i++) {
		g_autoptr(NMConnection) c = new_connection();
		g_autoptr(NMConnection) back = NULL;
		NMSettingVpn *vpn = nm_connection_get_setting_vpn(c);
		g_autofree char *text = NULL;

		nm_setting_vpn_add_data_item(vpn, "gateway", "gw");
		nm_setting_vpn_add_data_item(vpn, "machine-key", uris[i][0]);
		back = there_and_back(c, "pin.conf", &text);
		g_assert_null(strstr(text, "1234"));
		g_assert_cmpstr(nm_setting_vpn_get_data_item(nm_connection_get_setting_vpn(back),
							     "machine-key"),
				==, uris[i][1]);
	}
}

static void test_another_kind_is_not_exported(void)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	g_autoptr(NMConnection) c = new_connection();
	g_autoptr(GError) error = NULL;
	g_autofree char *path = file_named("never.conf");

	g_object_set(nm_connection_get_setting_vpn(c), NM_SETTING_VPN_SERVICE_TYPE,
		     "org.freedesktop.NetworkManager.openvpn", NULL);
	g_assert_false(nm_vpn_editor_plugin_export(plugin, path, c, &error));
	g_assert_nonnull(error);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* --- Others' files --- */

static const char peer_export[] =
	"#org.freedesktop.NetworkManager.l2tp\n\n"
	"[connection]\nid=Tokyo\n\n"
	"[vpn]\ngateway=vpn.example.jp\nuser=taro\nrefuse-eap=true\n"
	"ipsec-enabled=true\nipsec-psk=old style\nmru=1400\n\n"
	"[ip4]\nmethod=auto\ndns=192.0.2.53;\ndns-search=office.example;\n"
	"routes=192.168.0.0/24 via 192.168.0.1 metric 3;10.0.0.0/8;\n"
	"ignore-auto-routes=false\nignore-auto-dns=true\n"
	"dhcp-send-hostname=true\nnever-default=true\n";

static void assert_route(NMSettingIPConfig *ip, guint at, const char *dest, guint prefix,
			 const char *hop, gint64 metric)
{
	NMIPRoute *route = nm_setting_ip_config_get_route(ip, (int)at);

	g_assert_cmpstr(nm_ip_route_get_dest(route), ==, dest);
	g_assert_cmpuint(nm_ip_route_get_prefix(route), ==, prefix);
	g_assert_cmpstr(nm_ip_route_get_next_hop(route), ==, hop);
	g_assert_cmpint(nm_ip_route_get_metric(route), ==, metric);
}

static void test_the_peers_export(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NMConnection) c = import_text("Tokyo (l2tp).conf", peer_export, -1, &error);
	NMSettingIPConfig *ip;
	NMSettingVpn *vpn;

	g_assert_no_error(error);
	vpn = nm_connection_get_setting_vpn(c);
	ip = nm_connection_get_setting_ip4_config(c);
	g_assert_cmpstr(nm_connection_get_id(c), ==, "Tokyo");
	g_assert_cmpstr(nm_setting_vpn_get_data_item(vpn, "refuse-eap"), ==, "yes");
	g_assert_cmpstr(nm_setting_vpn_get_data_item(vpn, "ipsec-enabled"), ==, "yes");
	g_assert_cmpstr(nm_setting_vpn_get_data_item(vpn, "mru"), ==, "1400");
	g_assert_null(nm_setting_vpn_get_data_item(vpn, "ipsec-psk"));
	g_assert_cmpstr(nm_setting_vpn_get_secret(vpn, "ipsec-psk"), ==, "old style");
	g_assert_cmpuint(nm_setting_ip_config_get_num_routes(ip), ==, 2);
	assert_route(ip, 0, "192.168.0.0", 24, "192.168.0.1", 3);
	assert_route(ip, 1, "10.0.0.0", 8, NULL, -1);
	g_assert_true(nm_setting_ip_config_get_never_default(ip));
	g_assert_true(nm_setting_ip_config_get_ignore_auto_dns(ip));
	g_assert_cmpstr(nm_setting_ip_config_get_dns(ip, 0), ==, "192.0.2.53");
	g_assert_cmpstr(nm_setting_ip_config_get_dns_search(ip, 0), ==, "office.example");
}

static void test_the_least_profile(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NMConnection) c =
		import_text("Büro (l2tp).conf", "[vpn]\ngateway=gw\nuser=taro\nnew-key=1\n", -1,
			    &error);
	NMSettingVpn *vpn;

	g_assert_no_error(error);
	vpn = nm_connection_get_setting_vpn(c);
	g_assert_cmpstr(nm_connection_get_id(c), ==, "Büro");
	g_assert_true(nm_connection_verify(c, NULL));
	g_assert_cmpstr(nm_setting_vpn_get_service_type(vpn), ==, SERVICE);
	g_assert_cmpstr(nm_setting_vpn_get_data_item(vpn, "new-key"), ==, "1");
}

static void test_an_import_is_nobody_elses(void)
{
	static const char text[] = "[connection]\nid=a\nuuid=5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002\n"
				   "type=vpn\npermissions=user:hanako:;\n[vpn]\ngateway=gw\n"
				   "[vpn-secrets]\npassword=given\n";
	g_autoptr(NMConnection) c = import_text("a.nmconnection", text, -1, NULL);
	NMSettingConnection *s = nm_connection_get_setting_connection(c);

	g_assert_cmpstr(nm_connection_get_uuid(c), !=, "5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002");
	g_assert_cmpuint(nm_setting_connection_get_num_permissions(s), ==, 0);
	g_assert_cmpstr(nm_setting_vpn_get_secret(nm_connection_get_setting_vpn(c), "password"), ==,
			"given");
}

/* --- Files that are no good --- */

static const struct {
	const char *text;
	gssize len;
	const char *said;
} bad[] = {
	{ "", 0, "[vpn]" },
	{ "[vpn]\ngateway=gw\n\0user=taro\n", 27, "NUL" },
	{ "\0", 1, "NUL" },
	{ "[connection]\nid=a\n", -1, "no section [vpn]" },
	{ "[vpn]\nuser=taro\n", -1, "gateway is missing" },
	{ "[vpn]\ngateway=\n", -1, "gateway is missing" },
	{ "[vpn]\ngateway=gw\nservice-type=org.freedesktop.NetworkManager.openvpn\n", -1,
	  "org.freedesktop.NetworkManager.openvpn" },
	{ "[connection]\ntype=wifi\n[vpn]\ngateway=gw\n", -1, "wifi" },
	{ "client\nremote vpn.example 1194\ndev tun\n", -1, "keyfile" },
	{ "[vpn\ngateway=gw\n", -1, "keyfile" },
	{ "[vpn]\ngateway=\xff\xfe\n", -1, "UTF-8" },
	{ "[vpn]\ngateway=gw\n[ip4]\nroutes=the office;\n", -1, "the office" },
	{ "[vpn]\ngateway=gw\n[ip4]\nroutes=192.0.2.0/24 via;\n", -1, "192.0.2.0/24 via" },
	{ "[vpn]\ngateway=gw\n[ipv4]\nroute1=192.0.2.0/99\n", -1, "ipv4" },
	{ "[vpn]\ngateway=gw\n[ipv4]\nroute1=nonsense\n", -1, "ipv4" },
	{ "[vpn]\ngateway=gw\n[ipv4]\ndns=nonsense;\n", -1, "ipv4" },
};

static void test_a_bad_file_is_explained(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(NMConnection) c =
			import_text("bad (l2tp).conf", bad[i].text, bad[i].len, &error);

		g_test_message("%zu: %s", i, error ? error->message : "no error");
		g_assert_null(c);
		g_assert_nonnull(error);
		g_assert_nonnull(strstr(error->message, bad[i].said));
	}
}

static void test_a_megabyte_is_too_much(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = g_strnfill(1 << 20, 'a');
	g_autofree char *said = g_strdup_printf("%d octets", PROFILE_FILE_MAX);

	memcpy(text, "[vpn]\ngateway=", 14);
	g_assert_null(import_text("large (l2tp).conf", text, 1 << 20, &error));
	g_assert_nonnull(strstr(error->message, said));
}

static void test_what_is_no_file(void)
{
	g_autoptr(NMVpnEditorPlugin) plugin = load();
	const char *const paths[] = { folder, "/dev/zero", "/nowhere/at all" };

	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(nm_vpn_editor_plugin_import(plugin, paths[i], &error));
		g_assert_nonnull(strstr(error->message, paths[i]));
	}
}

static void remove_folder(void)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

	for (const char *name; (name = g_dir_read_name(dir));) {
		g_autofree char *path = file_named(name);

		g_unlink(path);
	}
	g_rmdir(folder);
	g_free(folder);
}

int main(int argc, char **argv)
{
	int failed;

	g_test_init(&argc, &argv, NULL);
	plugin_path = argv[1];
	folder = g_dir_make_tmp("tsunagu-XXXXXX", NULL);
	g_test_add_func("/plugin/what-it-is", test_what_it_is);
	g_test_add_func("/plugin/no-toolkit", test_no_editor_without_a_toolkit);
	g_test_add_func("/plugin/file-name", test_a_file_name_has_no_slash);
	g_test_add_func("/plugin/conf", test_every_key_comes_back_from_a_conf);
	g_test_add_func("/plugin/keyfile", test_every_key_comes_back_from_a_keyfile);
	g_test_add_func("/plugin/route-attributes", test_a_route_with_attributes_comes_back);
	g_test_add_func("/plugin/pin", test_a_pin_stays_at_home);
	g_test_add_func("/plugin/another-kind", test_another_kind_is_not_exported);
	g_test_add_func("/plugin/peer", test_the_peers_export);
	g_test_add_func("/plugin/least", test_the_least_profile);
	g_test_add_func("/plugin/origin", test_an_import_is_nobody_elses);
	g_test_add_func("/plugin/bad", test_a_bad_file_is_explained);
	g_test_add_func("/plugin/large", test_a_megabyte_is_too_much);
	g_test_add_func("/plugin/no-file", test_what_is_no_file);
	failed = g_test_run();
	remove_folder();
	return failed;
}
