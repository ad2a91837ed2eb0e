/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Texts, checks and choices. An empty text and the default are no value: the key is then not in the connection, as if
 * nobody had ever set it.
 */
#include "networkmanager/editor/kinds.h"

#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/text.h"
#include "lib/macros.h"
#include "networkmanager/editor/toolkit.h"

#define TEXT_CHARS 28

struct choice {
	enum profile_key_type type;
	const char *value; /* NULL: not set */
	const char *text;
};

static const struct choice choices[] = {
	{ KEY_USER_AUTH, NULL, N_("Password") },
	{ KEY_USER_AUTH, "tls", N_("Certificate (EAP-TLS)") },
	{ KEY_MACHINE_AUTH, NULL, N_("Pre-shared key") },
	{ KEY_MACHINE_AUTH, "tls", N_("Certificates") },
	{ KEY_SOURCE_PORT, NULL, N_("Automatic") },
	{ KEY_SOURCE_PORT, "ephemeral", N_("Ephemeral") },
	{ KEY_SOURCE_PORT, "1701", "1701" },
	{ KEY_LOCAL, NULL, N_("Automatic") },
	{ KEY_LOCAL, "yes", N_("Yes") },
	{ KEY_LOCAL, "no", N_("No") },
};

/* What is no number can't be the property; among the data it is found wrong, and nothing is saved. */
static void store_timeout(NMSettingVpn *vpn, const char *value)
{
	guint64 seconds = 0;

	nm_setting_vpn_remove_data_item(vpn, FIELD_TIMEOUT);
	if (value && *value &&
	    !g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, &seconds, NULL))
		nm_setting_vpn_add_data_item(vpn, FIELD_TIMEOUT, value);
	g_object_set(vpn, NM_SETTING_VPN_TIMEOUT, (guint)seconds, NULL);
}

static void store(NMSettingVpn *vpn, const struct profile_key *key, const char *value)
{
	if (strcmp(key->name, FIELD_TIMEOUT) == 0)
		store_timeout(vpn, value);
	else if (value && *value)
		nm_setting_vpn_add_data_item(vpn, key->name, value);
	else
		nm_setting_vpn_remove_data_item(vpn, key->name);
}

/* --- Texts */

static GtkWidget *build_text(struct field *f)
{
	GtkWidget *entry = gtk_entry_new();
	g_autofree char *value = field_stored(f->host->vpn, f->key);

	toolkit_set_text(entry, value ? value : "");
	if (f->key->def)
		gtk_entry_set_placeholder_text(GTK_ENTRY(entry), f->key->def);
	g_object_set(entry, "width-chars", TEXT_CHARS, "activates-default", TRUE, NULL);
	return entry;
}

static void store_text(struct field *f, NMSettingVpn *vpn)
{
	store(vpn, f->key, toolkit_text(f->input));
}

const struct field_kind text_kind = { build_text, store_text, true };

/* --- Checks */

static bool is_on_by_default(const struct profile_key *key)
{
	bool on = false;

	if (key->word)
		return strcmp(key->word, "yes") == 0;
	return key->def && text_parse_bool(key->def, &on) == 0 && on;
}

static GtkWidget *build_check(struct field *f)
{
	GtkWidget *check = gtk_check_button_new_with_label(_(f->key->label));
	g_autofree char *value = field_stored(f->host->vpn, f->key);
	bool on = is_on_by_default(f->key);

	if (value && text_parse_bool(value, &on) < 0)
		on = false;
	toolkit_check(check, on);
	return check;
}

static void store_check(struct field *f, NMSettingVpn *vpn)
{
	bool on = toolkit_checked(f->input);

	store(vpn, f->key, on == is_on_by_default(f->key) ? NULL : on ? "yes" : "no");
}

const struct field_kind check_kind = { build_check, store_check, false };

/* --- Choices */

/* The choice of a type with this number, or NULL. */
static const struct choice *choice_at(enum profile_key_type type, guint which)
{
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		if (choices[i].type == type && which-- == 0)
			return &choices[i];
	return NULL;
}

/* Values that aren't among them show the first; untouched they stay. */
static guint find_choice(const struct profile_key *key, const char *value)
{
	const struct choice *choice;
	bool given, other;

	for (guint i = 0; (choice = choice_at(key->type, i)); i++) {
		if (g_strcmp0(choice->value, value) == 0)
			return i;
		if (value && choice->value && text_parse_bool(value, &given) == 0 &&
		    text_parse_bool(choice->value, &other) == 0 && given == other)
			return i;
	}
	return 0;
}

static GtkWidget *build_choice(struct field *f)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new();
	g_autofree char *value = field_stored(f->host->vpn, f->key);
	const struct choice *choice;
	GtkWidget *widget;

	for (guint i = 0; (choice = choice_at(f->key->type, i)); i++)
		g_ptr_array_add(texts, (gpointer)(guintptr)_(choice->text));
	g_ptr_array_add(texts, NULL);
	widget = toolkit_choice_new((const char *const *)texts->pdata);
	toolkit_choose(widget, find_choice(f->key, value));
	return widget;
}

static void store_choice(struct field *f, NMSettingVpn *vpn)
{
	const struct choice *choice = choice_at(f->key->type, toolkit_chosen(f->input));

	store(vpn, f->key, choice ? choice->value : NULL);
}

const struct field_kind choice_kind = { build_choice, store_choice, true };

bool choice_exists(enum profile_key_type type)
{
	return choice_at(type, 0) != NULL;
}
