/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secrets as data: which of two ways of authentication each belongs to. */
#include "networkmanager/shared/secrets-needed.h"

#include "client/failure/i18n.h"
#include "client/profile/profile-keys.h"
#include "lib/macros.h"

#define KEPT_BY_SOMEBODY (NM_SETTING_SECRET_FLAG_AGENT_OWNED | NM_SETTING_SECRET_FLAG_NOT_SAVED)

const char *const l2tp_secret_names[] = { "password",	      "user-certpass", "ipsec-psk",
					  "machine-certpass", "l2tp-secret",   NULL };

/* A secret counts when the key says so. */
static const struct {
	const char *secret;
	const char *key; /* NULL: always */
	bool with_tls;
	bool required; /* whatever the flags say, but for "not required" */
} uses[] = {
	{ "password", "user-auth-type", false, true },
	{ "user-certpass", "user-auth-type", true, false },
	{ "ipsec-psk", "machine-auth-type", false, true },
	{ "machine-certpass", "machine-auth-type", true, false },
	{ "l2tp-secret", NULL, false, false },
};

static bool says_tls(GHashTable *data, const char *key)
{
	return g_strcmp0(g_hash_table_lookup(data, key), "tls") == 0;
}

bool l2tp_secret_is_used(GHashTable *data, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (strcmp(uses[i].secret, name) == 0)
			return !uses[i].key || says_tls(data, uses[i].key) == uses[i].with_tls;
	return false;
}

bool l2tp_secret_is_needed(GHashTable *data, const char *name)
{
	NMSettingSecretFlags flags = l2tp_secret_flags(data, name);

	if (!l2tp_secret_is_used(data, name) || (flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(uses); i++)
		if (strcmp(uses[i].secret, name) == 0)
			return uses[i].required || (flags & KEPT_BY_SOMEBODY);
	return false;
}

NMSettingSecretFlags l2tp_secret_flags(GHashTable *data, const char *name)
{
	g_autofree char *key = g_strconcat(name, "-flags", NULL);
	const char *text = g_hash_table_lookup(data, key);
	guint64 flags;

	if (!text || !g_ascii_string_to_unsigned(text, 10, 0, 7, &flags, NULL))
		return NM_SETTING_SECRET_FLAG_NONE;
	return (NMSettingSecretFlags)flags;
}

const char *l2tp_secret_label(const char *name)
{
	const struct profile_key *key = profile_key_find("vpn-secrets", name);

	return key && key->label ? _(key->label) : name;
}
