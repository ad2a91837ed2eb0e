/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/editor/form.h"

#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/profile-keys.h"
#include "networkmanager/editor/kinds.h"
#include "networkmanager/editor/toolkit.h"
#include "networkmanager/shared/l2tp-names.h"
#include "networkmanager/shared/value-check.h"

#define GAP	    12
#define PAGE_HEIGHT 360

/* A copy of the connection, which has a VPN of our kind in any case. */
static void take_connection(struct form *form, NMConnection *connection)
{
	form->connection = nm_simple_connection_new_clone(connection);
	form->host.vpn = nm_connection_get_setting_vpn(form->connection);
	if (!form->host.vpn) {
		form->host.vpn = NM_SETTING_VPN(nm_setting_vpn_new());
		nm_connection_add_setting(form->connection, NM_SETTING(form->host.vpn));
	}
	g_object_set(form->host.vpn, NM_SETTING_VPN_SERVICE_TYPE, L2TP_SERVICE, NULL);
	form->host.is_new = nm_setting_vpn_get_num_data_items(form->host.vpn) == 0;
}

static int add_heading(GtkWidget *grid, const char *text, int line)
{
	GtkWidget *label = gtk_label_new(NULL);
	g_autofree char *markup = g_markup_printf_escaped("<b>%s</b>", text);

	gtk_label_set_markup(GTK_LABEL(label), markup);
	g_object_set(label, "xalign", 0.0, NULL);
	if (line > 0)
		gtk_widget_set_margin_top(label, GAP);
	gtk_grid_attach(GTK_GRID(grid), label, 0, line, 2, 1);
	return line + 1;
}

static const struct field_kind *kind_of(const struct layout_row *row)
{
	const struct profile_key *key = profile_key_find("vpn", row->key);

	if (row->kind)
		return &certificate_kind;
	if (key->type == KEY_SECRET || key->type == KEY_PSK)
		return &secret_kind;
	if (choice_exists(key->type))
		return &choice_kind;
	return value_is_boolean(key->name) ? &check_kind : &text_kind;
}

static GtkWidget *new_page(struct form *form, enum page page)
{
	GtkWidget *grid = gtk_grid_new();
	g_autoptr(GtkSizeGroup) labels = gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL);
	int line = 0;

	form->host.labels = labels;
	gtk_grid_set_row_spacing(GTK_GRID(grid), GAP / 2);
	gtk_grid_set_column_spacing(GTK_GRID(grid), GAP);
	g_object_set(grid, "margin-start", GAP, "margin-end", GAP, "margin-top", GAP,
		     "margin-bottom", GAP, NULL);
	for (size_t i = 0; i < n_layout; i++) {
		struct field *f;

		if (layout[i].page != page)
			continue;
		if (layout[i].heading) {
			line = add_heading(grid, _(layout[i].heading), line);
			continue;
		}
		f = field_new(&form->host, &layout[i], kind_of(&layout[i]));
		line = field_attach(f, grid, line);
		g_ptr_array_add(form->fields, f);
	}
	return toolkit_scrolled(grid, PAGE_HEIGHT);
}

static void build(struct form *form)
{
	GtkWidget *switcher = gtk_stack_switcher_new();

	form->widget = gtk_box_new(GTK_ORIENTATION_VERTICAL, GAP);
	form->stack = gtk_stack_new();
	gtk_stack_switcher_set_stack(GTK_STACK_SWITCHER(switcher), GTK_STACK(form->stack));
	gtk_widget_set_halign(switcher, GTK_ALIGN_CENTER);
	for (int page = 0; page < PAGES; page++) {
		form->pages[page] = new_page(form, (enum page)page);
		gtk_stack_add_titled(GTK_STACK(form->stack), form->pages[page], layout_pages[page],
				     _(layout_pages[page]));
	}
	form->fault = gtk_label_new(NULL);
	g_object_set(form->fault, "wrap", TRUE, "xalign", 0.0, "margin-start", GAP, NULL);
	toolkit_mark(form->fault, "error", true);
	toolkit_put(form->widget, switcher);
	toolkit_put(form->widget, form->stack);
	toolkit_put(form->widget, form->fault);
	g_object_set(form->widget, "margin-top", GAP, "margin-bottom", GAP, NULL);
	g_object_ref_sink(form->widget);
}

/* Behind the filling, so that it isn't taken for the user's doing. */
static void listen_to_fields(struct form *form)
{
	for (guint i = 0; i < form->fields->len; i++) {
		struct field *f = form->fields->pdata[i];

		toolkit_on_change(f->input, field_touched, f);
	}
}

static void show_state(struct form *form)
{
	g_autofree char *sentence = NULL;

	(void)form_check(form, &sentence);
}

static void on_field_change(gpointer userdata)
{
	struct form *form = userdata;

	show_state(form);
	form->on_change(form->userdata);
}

struct form *form_new(NMConnection *connection)
{
	struct form *form = g_new0(struct form, 1);

	form->fields = g_ptr_array_new_with_free_func(g_free);
	form->host = (struct field_host){ .filling = true,
					  .on_change = on_field_change,
					  .userdata = form };
	take_connection(form, connection);
	build(form);
	listen_to_fields(form);
	form->host.filling = false;
#if !GTK_CHECK_VERSION(4, 0, 0)
	gtk_widget_show_all(form->widget);
#endif
	show_state(form);
	return form;
}

struct form *form_free(struct form *form)
{
	if (!form)
		return NULL;
	/* The widgets may outlive it. */
	for (guint i = 0; i < form->fields->len; i++) {
		struct field *f = form->fields->pdata[i];

		g_signal_handlers_disconnect_by_data(f->input, f);
	}
	g_ptr_array_unref(form->fields);
	g_object_unref(form->widget);
	g_object_unref(form->connection);
	g_free(form);
	return NULL;
}

/* What NetworkManager-l2tp has to be told, should the connection come back to it. */
static void store_of_new(NMSettingVpn *vpn)
{
	if (!nm_setting_vpn_get_data_item(vpn, "ipsec-enabled"))
		nm_setting_vpn_add_data_item(vpn, "ipsec-enabled", "yes");
}

NMSettingVpn *form_to_vpn(struct form *form)
{
	NMSettingVpn *vpn = NM_SETTING_VPN(nm_setting_duplicate(NM_SETTING(form->host.vpn)));

	for (guint i = 0; i < form->fields->len; i++) {
		struct field *f = form->fields->pdata[i];

		/* A new connection's secrets need to say who keeps them. */
		if (f->touched || (form->host.is_new && f->row->when == WITH_PASSWORD) ||
		    (form->host.is_new && f->row->when == WITH_PSK))
			f->kind->store(f, vpn);
	}
	if (form->host.is_new)
		store_of_new(vpn);
	return vpn;
}

/* The row's own keys. Return: whether they hinder. */
static bool check_field(struct field *f, NMSettingVpn *vpn, char **ret_sentence)
{
	const char *const names[] = { f->key->name, f->row->cert_key };
	enum value_verdict verdict = VALUE_GOOD;

	*ret_sentence = NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(names) && names[i] && !*ret_sentence; i++) {
		g_autofree char *value = field_stored(vpn, profile_key_find("vpn", names[i]));

		if (!value)
			value = g_strdup(nm_setting_vpn_get_secret(vpn, names[i]));
		if (value)
			verdict = value_check(names[i], value, ret_sentence);
	}
	field_show_fault(f, *ret_sentence, verdict == VALUE_WRONG);
	return verdict == VALUE_WRONG;
}

/* Each field by itself. Return: the first sentence about what hinders, or NULL. */
static char *check_fields(struct form *form, NMSettingVpn *vpn, bool wrong[static PAGES])
{
	char *first = NULL;

	for (guint i = 0; i < form->fields->len; i++) {
		struct field *f = form->fields->pdata[i];
		char *sentence;

		field_update_visible(f, vpn);
		if (check_field(f, vpn, &sentence)) {
			wrong[f->row->page] = true;
			if (!first)
				first = g_steal_pointer(&sentence);
		}
		g_free(sentence);
	}
	return first;
}

/* The connection as a whole; the sentence stands at the field that it names, when that can be seen. */
static char *check_whole(struct form *form, NMSettingVpn *vpn, bool wrong[static PAGES])
{
	g_autoptr(NMConnection) whole = nm_simple_connection_new_clone(form->connection);
	char *sentence = NULL;

	nm_connection_add_setting(whole, g_object_ref(NM_SETTING(vpn)));
	if (connection_check(whole, &sentence))
		return NULL;
	for (guint i = 0; i < form->fields->len; i++) {
		struct field *f = form->fields->pdata[i];
		g_autofree char *named = g_strdup_printf("[vpn] %s ", f->key->name);

		if (!strstr(sentence, named) || !gtk_widget_get_visible(f->input))
			continue;
		field_show_fault(f, sentence, true);
		wrong[f->row->page] = true;
		break;
	}
	return sentence;
}

bool form_check(struct form *form, char **ret_sentence)
{
	g_autoptr(NMSettingVpn) vpn = form_to_vpn(form);
	bool wrong[PAGES] = { false }, anywhere = false;
	char *sentence = check_fields(form, vpn, wrong);

	if (!sentence)
		sentence = check_whole(form, vpn, wrong);
	for (int page = 0; page < PAGES; page++) {
		toolkit_mark_page(form->stack, form->pages[page], wrong[page]);
		anywhere |= wrong[page];
	}
	gtk_label_set_text(GTK_LABEL(form->fault), sentence && !anywhere ? sentence : "");
	toolkit_show(form->fault, sentence && !anywhere);
	*ret_sentence = sentence;
	return !sentence;
}
