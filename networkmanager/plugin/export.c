/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection becomes a file that can be given to somebody: no secret is in it, wherever the connection has it. In
 * the way of NetworkManager-l2tp the addresses' section has its old name, yes is true, and the routes are one list.
 */
#include "networkmanager/plugin/export.h"

#include <string.h>

#include "client/failure/i18n.h"
#include "networkmanager/plugin/booleans.h"
#include "networkmanager/plugin/route-text.h"
#include "networkmanager/shared/l2tp-names.h"
#include "networkmanager/shared/secrets-needed.h"

#define PIN_VALUE "pin-value="

/* A token's PIN may stand in its URI (RFC 7512), among parts with '&' or ';' between. */
static char *without_pin(const char *uri)
{
	const char *begin = strstr(uri, PIN_VALUE);

	if (!begin || !g_str_has_prefix(uri, "pkcs11:"))
		return NULL;
	size_t len = strcspn(begin, "&;");
	size_t before = (size_t)(begin - uri);

	if (begin[len])
		len++;
	else if (strchr("&;?", uri[before - 1]))
		before--;
	return g_strdup_printf("%.*s%s", (int)before, uri, begin + len);
}

static void hide_pins(NMSettingVpn *vpn)
{
	g_autofree const char **names = nm_setting_vpn_get_data_keys(vpn, NULL);

	for (const char **name = names; names && *name; name++) {
		const char *value = nm_setting_vpn_get_data_item(vpn, *name);
		g_autofree char *shown = without_pin(value);

		while (shown && strstr(shown, PIN_VALUE)) {
			char *more = without_pin(shown);

			g_free(shown);
			shown = more;
		}
		if (shown)
			nm_setting_vpn_add_data_item(vpn, *name, shown);
	}
}

/* A copy without what nobody else is to know. */
static NMConnection *without_secrets(NMConnection *connection)
{
	NMConnection *copy = nm_simple_connection_new_clone(connection);
	NMSettingVpn *vpn = nm_connection_get_setting_vpn(copy);

	nm_connection_clear_secrets(copy);
	for (size_t i = 0; l2tp_secret_names[i]; i++)
		nm_setting_vpn_remove_data_item(vpn, l2tp_secret_names[i]);
	nm_setting_vpn_remove_data_item(vpn, L2TP_NO_SECRET);
	hide_pins(vpn);
	return copy;
}

static void move_section(GKeyFile *file, const char *from, const char *to)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, from, NULL, NULL);

	for (char **key = keys; keys && *key; key++) {
		g_autofree char *value = g_key_file_get_value(file, from, *key, NULL);

		g_key_file_set_value(file, to, *key, value);
	}
	g_key_file_remove_group(file, from, NULL);
}

static void write_as_peer(GKeyFile *file)
{
	g_key_file_remove_key(file, "connection", "uuid", NULL);
	g_key_file_remove_key(file, "connection", "permissions", NULL);
	booleans_respell(file, &booleans_of_profile, &booleans_of_peer);
	route_text_to_list(file, "ipv4");
	move_section(file, "ipv4", "ip4");
	g_key_file_set_comment(file, NULL, NULL, " " L2TP_SERVICE, NULL);
}

bool l2tp_export(NMConnection *connection, const char *path, GError **error)
{
	g_autoptr(NMConnection) copy = NULL;
	g_autoptr(GKeyFile) file = NULL;
	NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
	g_autofree char *text = NULL;
	gsize len;

	if (!vpn || g_strcmp0(nm_setting_vpn_get_service_type(vpn), L2TP_SERVICE) != 0) {
		g_set_error(error, NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_SETTING,
			    _("it is another kind of connection"));
		return false;
	}
	copy = without_secrets(connection);
	file = nm_keyfile_write(copy, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);
	if (!file)
		return false;
	if (!g_str_has_suffix(path, ".nmconnection"))
		write_as_peer(file);
	text = g_key_file_to_data(file, &len, NULL);
	return g_file_set_contents(path, text, (gssize)len, error);
}

char *l2tp_export_name(NMConnection *connection)
{
	const char *id = nm_connection_get_id(connection);
	char *name = g_strdup_printf("%s (l2tp).conf", id && *id ? id : "L2TP");

	return g_strdelimit(name, "/", '_');
}
