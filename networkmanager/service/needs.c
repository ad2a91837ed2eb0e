/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/needs.h"

/* What NetworkManager-l2tp's dialog answers when it has nothing to ask. */
#define NOTHING_TO_ASK "no-secret"

struct need {
	const char *secret;
	const char *key,
		*value; /* wanted where this key has this value, or isn't there with BY_DEFAULT */
	bool by_default;
	bool optional; /* only where its flags say that somebody keeps it */
};

static const struct need needs[] = {
	{ "password", "user-auth-type", "password", true, false },
	{ "user-certpass", "user-auth-type", "tls", false, true },
	{ "ipsec-psk", "machine-auth-type", "psk", true, false },
	{ "machine-certpass", "machine-auth-type", "tls", false, true },
};

static bool is_wanted(NMSettingVpn *vpn, const struct need *need)
{
	NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;
	const char *value = nm_setting_vpn_get_data_item(vpn, need->key);

	if (value ? !g_str_equal(value, need->value) : !need->by_default)
		return false;
	(void)nm_setting_get_secret_flags(NM_SETTING(vpn), need->secret, &flags, NULL);
	if (flags & NM_SETTING_SECRET_FLAG_NOT_REQUIRED)
		return false;
	return !need->optional || flags != NM_SETTING_SECRET_FLAG_NONE;
}

static bool is_there(NMSettingVpn *vpn, const char *secret)
{
	const char *value = nm_setting_vpn_get_secret(vpn, secret);

	return value && value[0];
}

const char *needs_missing(NMSettingVpn *vpn)
{
	if (is_there(vpn, NOTHING_TO_ASK))
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
		if (is_wanted(vpn, &needs[i]) && !is_there(vpn, needs[i].secret))
			return needs[i].secret;
	return NULL;
}
