/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/needs.h"

#include "networkmanager/shared/l2tp-names.h"
#include "networkmanager/shared/secrets-needed.h"

static void put_item(const char *key, const char *value, gpointer userdata)
{
	g_hash_table_insert(userdata, g_strdup(key), g_strdup(value));
}

static bool is_there(NMSettingVpn *vpn, const char *secret)
{
	const char *value = nm_setting_vpn_get_secret(vpn, secret);

	return value && value[0];
}

const char *needs_missing(NMSettingVpn *vpn)
{
	g_autoptr(GHashTable) data = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

	if (is_there(vpn, L2TP_NO_SECRET))
		return NULL;
	nm_setting_vpn_foreach_data_item(vpn, put_item, data);
	for (const char *const *name = l2tp_secret_names; *name; name++)
		if (l2tp_secret_is_needed(data, *name) && !is_there(vpn, *name))
			return *name;
	return NULL;
}
