/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client's own parser judges: each value goes through the setter of its key's type, and a connection through the
 * parser of profiles, as a keyfile in memory. So the desktop has no rules of its own.
 */
#include "networkmanager/shared/value-check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/profile/profile-keys.h"
#include "client/profile/profile-values.h"
#include "client/profile/profile.h"
#include "lib/macros.h"
#include "networkmanager/shared/l2tp-names.h"

bool value_is_boolean(const char *name)
{
	const struct profile_key *key = profile_key_find("vpn", name);

	if (!key)
		return false;
	return key->type == KEY_BOOL || key->type == KEY_LOCAL || key->type == KEY_EPHEMERAL ||
	       key->type == KEY_WORD;
}

static void wipe(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	g_clear_pointer(text, g_free);
}

/* As NetworkManager writes it into a keyfile. */
static char *escaped(const char *value)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	g_key_file_set_string(file, "vpn", "key", value);
	return g_key_file_get_value(file, "vpn", "key", NULL);
}

/* The key as a form calls it, for the beginning of a sentence. */
static const char *called(const struct profile_key *key)
{
	return key->label ? _(key->label) : key->name;
}

enum value_verdict value_check(const char *name, const char *value, char **ret_sentence)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	_cleanup_(wipe) char *text = escaped(value);
	struct profile_value v = { .key = profile_key_find("vpn", name), .text = text };

	*ret_sentence = NULL;
	if (!p || !v.key)
		return VALUE_GOOD;
	if (profile_value_set(p, &v) < 0) {
		*ret_sentence = g_strdup_printf("%s: %s", called(v.key), v.error);
		return VALUE_WRONG;
	}
	if (p->n_warnings == 0)
		return VALUE_GOOD;
	*ret_sentence = g_strdup(p->warnings[0].text);
	return VALUE_DOUBTFUL;
}

/* Names that no keyfile can have aren't ours. */
static void add_to(GKeyFile *file, const char *section, const char *key, const char *value)
{
	if (!strpbrk(key, "=[]\n") && !g_ascii_isspace(key[0]) && key[0] != '#')
		g_key_file_set_string(file, section, key, value);
}

static void add_item(const char *key, const char *value, gpointer file)
{
	add_to(file, "vpn", key, value);
}

static void add_secret(const char *key, const char *value, gpointer file)
{
	add_to(file, "vpn-secrets", key, value);
}

/* What keys of ours depend on; the rest of NetworkManager's is right by its own rules. */
static void add_routing(NMConnection *connection, GKeyFile *file)
{
	NMSettingIPConfig *ip4 = nm_connection_get_setting_ip4_config(connection);
	NMSettingIPConfig *ip6 = nm_connection_get_setting_ip6_config(connection);

	if (ip4)
		g_key_file_set_boolean(file, "ipv4", "never-default",
				       nm_setting_ip_config_get_never_default(ip4));
	if (ip6)
		g_key_file_set_boolean(file, "ipv6", "never-default",
				       nm_setting_ip_config_get_never_default(ip6));
}

/* "line 7: " is about a file that nobody has. */
static const char *without_line(const char *detail)
{
	const char *key = strstr(detail, "[vpn");

	return key ? key : detail;
}

bool connection_check(NMConnection *connection, char **ret_sentence)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	_cleanup_(wipe) char *text = NULL;
	g_autoptr(GKeyFile) file = g_key_file_new();
	NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
	struct failure failure = { 0 };
	gsize len;

	*ret_sentence = NULL;
	g_key_file_set_string(file, "vpn", "service-type", L2TP_SERVICE);
	nm_setting_vpn_foreach_data_item(vpn, add_item, file);
	nm_setting_vpn_foreach_secret(vpn, add_secret, file);
	add_routing(connection, file);
	text = g_key_file_to_data(file, &len, NULL);
	if (profile_parse("connection", text, len, &p, &failure) == 0)
		return true;
	*ret_sentence = g_strdup(without_line(failure.detail));
	return false;
}
