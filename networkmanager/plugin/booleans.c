/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/plugin/booleans.h"

#include "networkmanager/shared/value-check.h"

const struct boolean_words booleans_of_profile = { "yes", "no" };
const struct boolean_words booleans_of_peer = { "true", "false" };

void booleans_respell(GKeyFile *file, const struct boolean_words *from,
		      const struct boolean_words *to)
{
	g_auto(GStrv) names = g_key_file_get_keys(file, "vpn", NULL, NULL);

	for (char **name = names; names && *name; name++) {
		g_autofree char *value = g_key_file_get_string(file, "vpn", *name, NULL);

		if (!value_is_boolean(*name))
			continue;
		if (g_strcmp0(value, from->yes) == 0)
			g_key_file_set_string(file, "vpn", *name, to->yes);
		else if (g_strcmp0(value, from->no) == 0)
			g_key_file_set_string(file, "vpn", *name, to->no);
	}
}
