/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all kinds of fields have in common: label, help, when they are seen, and what is said about them. */
#include "networkmanager/editor/field.h"

#include <string.h>

#include "client/failure/i18n.h"
#include "networkmanager/editor/toolkit.h"
#include "networkmanager/shared/value-check.h"

#define FAULT_CHARS 40
#define GAP	    6

char *field_stored(NMSettingVpn *vpn, const struct profile_key *key)
{
	const char *value = nm_setting_vpn_get_data_item(vpn, key->name);
	guint32 seconds = nm_setting_vpn_get_timeout(vpn);

	if (value && *value)
		return g_strdup(value);
	if (strcmp(key->name, FIELD_TIMEOUT) == 0 && seconds > 0)
		return g_strdup_printf("%u", seconds);
	return NULL;
}

static bool has_limits(const struct profile_key *key)
{
	return key->type == KEY_UINT || key->type == KEY_UINT16 || key->type == KEY_UNIT ||
	       key->type == KEY_DURATION;
}

char *field_help(const struct profile_key *key)
{
	GString *text = g_string_new(_(key->help));

	g_string_append_printf(text, "\n\n%s: %s", key->name, profile_key_expects(key->type));
	if (has_limits(key))
		g_string_append_printf(text, " (%u - %u)", key->min, key->max);
	if (key->def) {
		g_string_append_c(text, '\n');
		g_string_append_printf(text, _("Default: %s"), key->def);
	}
	return g_string_free(text, FALSE);
}

/* The text has the text's colour, which can be read in dark themes as well; the icon has the alarm's. */
static void build_fault(struct field *f)
{
	f->fault = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, GAP);
	f->fault_icon = gtk_image_new();
	f->fault_text = gtk_label_new(NULL);
	gtk_widget_set_valign(f->fault_icon, GTK_ALIGN_START);
	g_object_set(f->fault_text, "wrap", TRUE, "xalign", 0.0, "max-width-chars", FAULT_CHARS,
		     NULL);
	toolkit_put(f->fault, f->fault_icon);
	toolkit_put(f->fault, f->fault_text);
	toolkit_show(f->fault, false);
}

void field_touched(gpointer field)
{
	struct field *f = field;

	if (f->host->filling)
		return;
	f->touched = true;
	f->host->on_change(f->host->userdata);
}

struct field *field_new(struct field_host *host, const struct layout_row *row,
			const struct field_kind *kind)
{
	struct field *f = g_new0(struct field, 1);
	g_autofree char *help = NULL;

	f->host = host;
	f->row = row;
	f->key = profile_key_find("vpn", row->key);
	f->kind = kind;
	f->input = f->kind->build(f);
	build_fault(f);
	help = field_help(f->key);
	gtk_widget_set_tooltip_text(f->input, help);
	gtk_widget_set_hexpand(f->input, TRUE);
	if (f->kind->has_label) {
		f->label = gtk_label_new(_(f->key->label));
		g_object_set(f->label, "xalign", 0.0, NULL);
		gtk_widget_set_tooltip_text(f->label, help);
		gtk_size_group_add_widget(host->labels, f->label);
		gtk_label_set_mnemonic_widget(GTK_LABEL(f->label), f->input);
	}
	gtk_widget_set_name(f->input, row->key);
	return f;
}

int field_attach(struct field *f, GtkWidget *grid, int line)
{
	if (f->label)
		gtk_grid_attach(GTK_GRID(grid), f->label, 0, line, 1, 1);
	gtk_grid_attach(GTK_GRID(grid), f->input, f->label ? 1 : 0, line, f->label ? 1 : 2, 1);
	gtk_grid_attach(GTK_GRID(grid), f->fault, f->label ? 1 : 0, line + 1, f->label ? 1 : 2, 1);
	return line + 2;
}

static bool is_tls(NMSettingVpn *vpn, const char *key)
{
	return g_strcmp0(nm_setting_vpn_get_data_item(vpn, key), "tls") == 0;
}

static bool is_visible(struct field *f, NMSettingVpn *vpn)
{
	g_autofree char *value = field_stored(f->host->vpn, f->key);
	g_autofree char *sentence = NULL;

	switch (f->row->when) {
	case ALWAYS:
		return true;
	case IF_SET:
		return value != NULL;
	case IF_WRONG:
		return value && value_check(f->key->name, value, &sentence) == VALUE_WRONG;
	case WITH_PASSWORD:
		return !is_tls(vpn, "user-auth-type");
	case WITH_USER_CERTIFICATE:
		return is_tls(vpn, "user-auth-type");
	case WITH_PSK:
		return !is_tls(vpn, "machine-auth-type");
	case WITH_MACHINE_CERTIFICATE:
		return is_tls(vpn, "machine-auth-type");
	}
	return true;
}

void field_update_visible(struct field *f, NMSettingVpn *vpn)
{
	bool visible = is_visible(f, vpn);

	toolkit_show(f->input, visible);
	if (f->label)
		toolkit_show(f->label, visible);
	if (!visible)
		toolkit_show(f->fault, false);
}

void field_show_fault(struct field *f, const char *sentence, bool wrong)
{
	bool shown = sentence && gtk_widget_get_visible(f->input);

	toolkit_mark(f->input, "error", shown && wrong);
	toolkit_mark(f->fault_icon, wrong ? "error" : "warning", true);
	toolkit_mark(f->fault_icon, wrong ? "warning" : "error", false);
	g_object_set(f->fault_icon, "icon-name",
		     wrong ? "dialog-error-symbolic" : "dialog-warning-symbolic", NULL);
	gtk_label_set_text(GTK_LABEL(f->fault_text), sentence ? sentence : "");
	toolkit_show(f->fault, shown);
}
