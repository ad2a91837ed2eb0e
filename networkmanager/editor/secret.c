/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret with the icon of NetworkManager's own forms for who keeps it: the system, the user's keyring, nobody, or that
 * there is none.
 */
#include <nma-ui-utils.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "networkmanager/editor/kinds.h"
#include "networkmanager/editor/toolkit.h"

#define TEXT_CHARS 28
#define NOT_KEPT   (NM_SETTING_SECRET_FLAG_NOT_SAVED | NM_SETTING_SECRET_FLAG_NOT_REQUIRED)

/* Who keeps it as the connection is opened. A new one's are the user's; of a tunnel's secret there mostly is none. */
static NMSettingSecretFlags stored_flags(struct field *f)
{
	NMSettingSecretFlags flags = NM_SETTING_SECRET_FLAG_NONE;
	g_autofree char *key = g_strconcat(f->key->name, "-flags", NULL);

	if (!nm_setting_vpn_get_data_item(f->host->vpn, key)) {
		if (strcmp(f->key->name, "l2tp-secret") == 0)
			return flags;
		return f->host->is_new ? NM_SETTING_SECRET_FLAG_AGENT_OWNED : flags;
	}
	(void)nm_setting_get_secret_flags(NM_SETTING(f->host->vpn), f->key->name, &flags, NULL);
	return flags;
}

/* An old pre-shared key stands among the data, where all users see it. */
static const char *stored_value(struct field *f)
{
	const char *value = nm_setting_vpn_get_secret(f->host->vpn, f->key->name);

	if (!value || !*value)
		value = nm_setting_vpn_get_data_item(f->host->vpn, f->key->name);
	return value ? value : "";
}

/* At the entry's begin; the icon at its end says who keeps the secret. */
static void on_reveal(gpointer entry, GtkEntryIconPosition place)
{
	gboolean seen = gtk_entry_get_visibility(GTK_ENTRY(entry));

	if (place != GTK_ENTRY_ICON_PRIMARY)
		return;
	gtk_entry_set_visibility(GTK_ENTRY(entry), !seen);
	gtk_entry_set_icon_from_icon_name(GTK_ENTRY(entry), place,
					  seen ? "view-reveal-symbolic" : "view-conceal-symbolic");
}

static void add_reveal(GtkWidget *entry)
{
	gtk_entry_set_icon_from_icon_name(GTK_ENTRY(entry), GTK_ENTRY_ICON_PRIMARY,
					  "view-reveal-symbolic");
	gtk_entry_set_icon_tooltip_text(GTK_ENTRY(entry), GTK_ENTRY_ICON_PRIMARY,
					_("Show what is typed"));
	g_signal_connect_swapped(entry, "icon-press", G_CALLBACK(on_reveal), entry);
}

static GtkWidget *build(struct field *f)
{
	GtkWidget *entry = gtk_entry_new();

	g_object_set(entry, "width-chars", TEXT_CHARS, "visibility", FALSE, "activates-default",
		     TRUE, "input-purpose", GTK_INPUT_PURPOSE_PASSWORD, NULL);
	toolkit_set_text(entry, stored_value(f));
	nma_utils_setup_password_storage(entry, stored_flags(f), NULL, NULL, TRUE, FALSE);
	add_reveal(entry);
	/* Who keeps it is told by nothing but the icon. */
	g_signal_connect_swapped(entry, "notify::secondary-icon-name", G_CALLBACK(field_touched),
				 f);
	return entry;
}

static void store(struct field *f, NMSettingVpn *vpn)
{
	NMSettingSecretFlags flags = nma_utils_menu_to_secret_flags(f->input);
	const char *text = toolkit_text(f->input);

	(void)nm_setting_set_secret_flags(NM_SETTING(vpn), f->key->name, flags, NULL);
	nm_setting_vpn_remove_data_item(vpn, f->key->name);
	if (*text && !(flags & NOT_KEPT))
		nm_setting_vpn_add_secret(vpn, f->key->name, text);
	else
		nm_setting_vpn_remove_secret(vpn, f->key->name);
}

const struct field_kind secret_kind = { build, store, true };
