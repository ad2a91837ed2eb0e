/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A certificate, with its key and the key's passphrase where it has one, by NetworkManager's own chooser: files, and
 * tokens where the machine has them.
 */
#include <nma-cert-chooser.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "networkmanager/editor/kinds.h"
#include "networkmanager/editor/toolkit.h"

#define NOT_KEPT (NM_SETTING_SECRET_FLAG_NOT_SAVED | NM_SETTING_SECRET_FLAG_NOT_REQUIRED)

/* A file may be named by a URI, which the chooser takes apart from paths. */
static char *path_of(const char *value, NMSetting8021xCKScheme *ret_scheme)
{
	char *path =
		g_str_has_prefix(value, "file:") ? g_filename_from_uri(value, NULL, NULL) : NULL;

	*ret_scheme = g_str_has_prefix(value, "pkcs11:") ? NM_SETTING_802_1X_CK_SCHEME_PKCS11
							 : NM_SETTING_802_1X_CK_SCHEME_PATH;
	return path ? path : g_strdup(value);
}

static void fill(struct field *f, NMACertChooser *chooser)
{
	const char *cert = nm_setting_vpn_get_data_item(f->host->vpn, f->key->name);
	const char *key = NULL;
	NMSetting8021xCKScheme scheme;

	if (cert && *cert) {
		g_autofree char *path = path_of(cert, &scheme);

		nma_cert_chooser_set_cert(chooser, path, scheme);
	}
	/* One file may hold all: then its passphrase belongs to the key's place. */
	if (f->row->cert_key)
		key = nm_setting_vpn_get_data_item(f->host->vpn, f->row->cert_key);
	if (f->row->cert_key && (!key || !*key))
		key = cert;
	if (key && *key) {
		g_autofree char *path = path_of(key, &scheme);

		nma_cert_chooser_set_key(chooser, path, scheme);
	}
}

static void fill_secret(struct field *f, NMACertChooser *chooser)
{
	const char *name = f->row->secret;
	NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;
	const char *value = nm_setting_vpn_get_secret(f->host->vpn, name);

	(void)nm_setting_get_secret_flags(NM_SETTING(f->host->vpn), name, &flags, NULL);
	if (value)
		nma_cert_chooser_set_key_password(chooser, value);
	nma_cert_chooser_setup_key_password_storage(chooser, flags, NULL, name, TRUE, FALSE);
}

static GtkWidget *build(struct field *f)
{
	NMACertChooserFlags flags =
		f->row->cert_key ? NMA_CERT_CHOOSER_FLAG_NONE
				 : NMA_CERT_CHOOSER_FLAG_CERT | NMA_CERT_CHOOSER_FLAG_NO_PASSWORDS;
	GtkWidget *widget = nma_cert_chooser_new(_(f->row->kind), flags);

	nma_cert_chooser_add_to_size_group(NMA_CERT_CHOOSER(widget), f->host->labels);
	fill(f, NMA_CERT_CHOOSER(widget));
	if (f->row->secret)
		fill_secret(f, NMA_CERT_CHOOSER(widget));
	return widget;
}

static void store_place(NMSettingVpn *vpn, const char *name, char *place)
{
	if (place && *place)
		nm_setting_vpn_add_data_item(vpn, name, place);
	else
		nm_setting_vpn_remove_data_item(vpn, name);
	g_free(place);
}

static void store(struct field *f, NMSettingVpn *vpn)
{
	NMACertChooser *chooser = NMA_CERT_CHOOSER(f->input);
	NMSettingSecretFlags flags;
	const char *text;

	store_place(vpn, f->key->name, nma_cert_chooser_get_cert(chooser, NULL));
	if (f->row->cert_key)
		store_place(vpn, f->row->cert_key, nma_cert_chooser_get_key(chooser, NULL));
	if (!f->row->secret)
		return;
	flags = nma_cert_chooser_get_key_password_flags(chooser);
	text = nma_cert_chooser_get_key_password(chooser);
	(void)nm_setting_set_secret_flags(NM_SETTING(vpn), f->row->secret, flags, NULL);
	if (text && *text && !(flags & NOT_KEPT))
		nm_setting_vpn_add_secret(vpn, f->row->secret, text);
	else
		nm_setting_vpn_remove_secret(vpn, f->row->secret);
}

const struct field_kind certificate_kind = { build, store, false };
