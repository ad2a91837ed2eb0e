/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What NetworkManager's service makes of a connection and of the client's events. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "networkmanager/service/handover.h"
#include "networkmanager/service/ip-config.h"
#include "networkmanager/service/needs.h"
#include "networkmanager/service/report.h"

static NMConnection *new_connection(void)
{
	NMConnection *c = nm_simple_connection_new();
	NMSetting *s = nm_setting_connection_new();
	NMSetting *vpn = nm_setting_vpn_new();

	g_object_set(s, NM_SETTING_CONNECTION_ID, "Oscar's VPN", NM_SETTING_CONNECTION_UUID,
		     "5f1c1f6e-8f5c-4c5f-9d7b-0a8d3f3c0002", NM_SETTING_CONNECTION_TYPE, "vpn",
		     NULL);
	g_object_set(vpn, NM_SETTING_VPN_SERVICE_TYPE, "org.freedesktop.NetworkManager.l2tp", NULL);
	nm_connection_add_setting(c, s);
	nm_connection_add_setting(c, vpn);
	return c;
}

static NMSettingVpn *vpn_of(NMConnection *c)
{
	return nm_connection_get_setting_vpn(c);
}

static char *text_of(int fd)
{
	struct stat st;

	g_assert_cmpint(fstat(fd, &st), ==, 0);
	char *text = g_malloc0((gsize)st.st_size + 1);
	g_assert_cmpint(pread(fd, text, (size_t)st.st_size, 0), ==, st.st_size);
	return text;
}

/* --- The profile --- */

static void test_a_connection_becomes_a_profile(void)
{
	g_autoptr(NMConnection) c = new_connection();
	g_autoptr(GError) error = NULL;
	struct handover h;
	struct stat st;

	nm_setting_vpn_add_data_item(vpn_of(c), "gateway", "gw.example");
	nm_setting_vpn_add_data_item(vpn_of(c), "password-flags", "2");
	nm_setting_vpn_add_secret(vpn_of(c), "password", "himitsu ");
	g_assert_true(handover_open(c, &h, &error));
	g_assert_no_error(error);
	g_assert_cmpuint(h.n_files, ==, 1);
	g_assert_cmpint(fstat(h.files[0], &st), ==, 0);
	g_assert_cmpint(st.st_mode & 0777, ==, 0600);
	/* Nobody can change what was looked at. */
	g_assert_cmpint(pwrite(h.files[0], "x", 1, 0), ==, -1);

	g_autofree char *text = text_of(h.files[0]);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_assert_true(g_key_file_load_from_data(file, text, strlen(text), 0, NULL));
	g_autofree char *id = g_key_file_get_string(file, "connection", "id", NULL);
	g_autofree char *gateway = g_key_file_get_string(file, "vpn", "gateway", NULL);
	g_autofree char *password = g_key_file_get_string(file, "vpn-secrets", "password", NULL);
	g_assert_cmpstr(id, ==, "Oscar's VPN");
	g_assert_cmpstr(gateway, ==, "gw.example");
	/* Also one that NetworkManager doesn't keep. */
	g_assert_cmpstr(password, ==, "himitsu ");
	handover_close(&h);
	handover_close(&h);
}

static void test_a_value_is_a_value(void)
{
	g_autoptr(NMConnection) c = new_connection();
	const char *nasty = "x\npassword-command=/bin/sh\n[vpn]\nipsec-enabled=no \"';$(id)";
	struct handover h;

	nm_setting_vpn_add_data_item(vpn_of(c), "user", nasty);
	g_assert_true(handover_open(c, &h, NULL));
	g_autofree char *text = text_of(h.files[0]);
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_assert_true(g_key_file_load_from_data(file, text, strlen(text), 0, NULL));
	g_autofree char *user = g_key_file_get_string(file, "vpn", "user", NULL);
	g_assert_cmpstr(user, ==, nasty);
	g_assert_false(g_key_file_has_key(file, "vpn", "password-command", NULL));
	handover_close(&h);
}

/* --- Secrets --- */

static void test_what_is_missing(void)
{
	static const struct {
		const char *data, *secrets, *missing;
	} cases[] = {
		{ "", "", "password" },
		{ "", "password", "ipsec-psk" },
		{ "", "password,ipsec-psk", NULL },
		{ "", "no-secret", NULL },
		{ "password-flags=4", "ipsec-psk", NULL },
		{ "machine-auth-type=tls", "password", NULL },
		{ "machine-auth-type=tls,machine-certpass-flags=2", "password",
		  "machine-certpass" },
		{ "user-auth-type=tls", "ipsec-psk", NULL },
		{ "user-auth-type=tls,user-certpass-flags=1", "ipsec-psk", "user-certpass" },
		{ "user-auth-type=tls,machine-auth-type=tls", "", NULL },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NMConnection) c = new_connection();
		g_auto(GStrv) data = g_strsplit(cases[i].data, ",", 0);
		g_auto(GStrv) secrets = g_strsplit(cases[i].secrets, ",", 0);

		for (char **p = data; *p; p++) {
			char *value = strchr(*p, '=');
			*value++ = '\0';
			nm_setting_vpn_add_data_item(vpn_of(c), *p, value);
		}
		for (char **p = secrets; *p; p++)
			nm_setting_vpn_add_secret(vpn_of(c), *p, "x");
		g_assert_cmpstr(needs_missing(vpn_of(c)), ==, cases[i].missing);
	}
}

/* --- Addresses --- */

static bool config_of(const char *json, struct ip_config *ret)
{
	struct json_object *o = json_tokener_parse(json);
	bool r = ip_config_of(o, ret);

	g_assert_nonnull(o);
	json_object_put(o);
	return r;
}

static void test_what_networkmanager_is_told(void)
{
	struct ip_config config;
	guint32 n = 0;

	g_assert_true(config_of("{\"interface\":\"ppp0\",\"gateway\":\"198.51.100.2\",\"mtu\":1280,"
				"\"address\":\"192.168.100.50\",\"peer-address\":\"192.168.100.1\","
				"\"dns\":[\"192.168.100.10\",\"fd00::1\"]}",
				&config));
	g_autoptr(GVariant) general = g_variant_ref_sink(config.general);
	g_autoptr(GVariant) ip4 = g_variant_ref_sink(config.ip4);
	g_assert_true(g_variant_lookup(general, "gateway", "u", &n));
	g_assert_cmpuint(n, ==, GUINT32_TO_BE(0xc6336402));
	g_assert_true(g_variant_lookup(general, "mtu", "u", &n));
	g_assert_cmpuint(n, ==, 1280);
	g_assert_true(g_variant_lookup(ip4, "address", "u", &n));
	g_assert_cmpuint(n, ==, GUINT32_TO_BE(0xc0a86432));
	g_assert_true(g_variant_lookup(ip4, "prefix", "u", &n));
	g_assert_cmpuint(n, ==, 32);
	g_autoptr(GVariant) dns = g_variant_lookup_value(ip4, "dns", G_VARIANT_TYPE("au"));
	g_assert_cmpuint(g_variant_n_children(dns), ==, 1);
	g_autoptr(GVariant) routes = g_variant_lookup_value(ip4, "routes", G_VARIANT_TYPE("aau"));
	g_assert_cmpuint(g_variant_n_children(routes), ==, 1);
	g_autofree char *text = g_variant_print(routes, FALSE);
	g_autofree char *wanted = g_strdup_printf("[[%u, 32, 0, 0]]", GUINT32_TO_BE(0xc0a8640a));
	g_assert_cmpstr(text, ==, wanted);
}

static void test_a_full_tunnel_needs_no_route(void)
{
	struct ip_config config;

	g_assert_true(config_of(
		"{\"interface\":\"ppp0\",\"gateway\":\"198.51.100.2\",\"full-tunnel\":true,"
		"\"address\":\"192.168.100.50\",\"dns\":[\"192.168.100.10\"]}",
		&config));
	g_variant_unref(g_variant_ref_sink(config.general));
	g_autoptr(GVariant) ip4 = g_variant_ref_sink(config.ip4);
	g_assert_null(g_variant_lookup_value(ip4, "routes", NULL));
}

static void test_a_gateway_of_ipv6(void)
{
	struct ip_config config;

	g_assert_true(config_of(
		"{\"interface\":\"ppp0\",\"gateway\":\"2001:db8::1\",\"address\":\"10.0.0.1\"}",
		&config));
	g_autoptr(GVariant) general = g_variant_ref_sink(config.general);
	G_GNUC_UNUSED g_autoptr(GVariant) ip4 = g_variant_ref_sink(config.ip4);
	g_autoptr(GVariant) gateway =
		g_variant_lookup_value(general, "gateway", G_VARIANT_TYPE("ay"));
	g_assert_cmpuint(g_variant_n_children(gateway), ==, 16);
}

static void test_half_an_event_is_none(void)
{
	static const char *const events[] = {
		"{}",
		"{\"interface\":\"ppp0\",\"gateway\":\"198.51.100.2\"}",
		"{\"address\":\"10.0.0.1\",\"gateway\":\"198.51.100.2\"}",
		"{\"interface\":\"ppp0\",\"address\":\"10.0.0.1\"}",
		"{\"interface\":\"ppp0\",\"address\":\"10.0.0.1\",\"gateway\":\"gw\"}",
	};
	struct ip_config config;

	for (gsize i = 0; i < G_N_ELEMENTS(events); i++)
		g_assert_false(config_of(events[i], &config));
}

/* --- Failures --- */

static void test_a_failure_is_taken_over(void)
{
	struct report r = { 0 };
	struct json_object *down =
		json_tokener_parse("{\"event\":\"down\",\"failure\":{\"cause\":\"ppp-auth\","
				   "\"message\":\"m\",\"detail\":\"d\"}}");
	struct json_object *missing = json_tokener_parse(
		"{\"failure\":{\"cause\":\"secret-missing\",\"secret\":\"ipsec-psk\"}}");
	struct json_object *asked = json_tokener_parse("{\"event\":\"down\"}");

	g_assert_true(report_take(&r, down));
	g_assert_cmpstr(r.cause, ==, "ppp-auth");
	g_assert_cmpstr(report_secret(&r), ==, "password");
	g_assert_true(report_take(&r, missing));
	g_assert_cmpstr(report_secret(&r), ==, "ipsec-psk");
	g_assert_false(report_take(&r, asked));
	g_assert_null(r.detail);
	g_assert_null(report_secret(&r));
	json_object_put(down);
	json_object_put(missing);
	json_object_put(asked);
	report_clear(&r);
}

int main(int argc, char *argv[])
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/handover/profile", test_a_connection_becomes_a_profile);
	g_test_add_func("/handover/value", test_a_value_is_a_value);
	g_test_add_func("/needs/missing", test_what_is_missing);
	g_test_add_func("/ip-config/told", test_what_networkmanager_is_told);
	g_test_add_func("/ip-config/full", test_a_full_tunnel_needs_no_route);
	g_test_add_func("/ip-config/ipv6", test_a_gateway_of_ipv6);
	g_test_add_func("/ip-config/half", test_half_an_event_is_none);
	g_test_add_func("/report/taken", test_a_failure_is_taken_over);
	return g_test_run();
}
