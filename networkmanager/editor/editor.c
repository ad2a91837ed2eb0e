/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the plugin asks for: the form as libnm's object. */
#include <NetworkManager.h>
#include <gtk/gtk.h>

#include "networkmanager/editor/form.h"

#define L2TP_TYPE_EDITOR l2tp_editor_get_type()
G_DECLARE_FINAL_TYPE(L2tpEditor, l2tp_editor, L2TP, EDITOR, GObject)

struct _L2tpEditor {
	GObject parent;
	struct form *form;
};

static void implement(NMVpnEditorInterface *iface);

G_DEFINE_TYPE_WITH_CODE(L2tpEditor, l2tp_editor, G_TYPE_OBJECT,
			G_IMPLEMENT_INTERFACE(NM_TYPE_VPN_EDITOR, implement))

static GObject *get_widget(NMVpnEditor *editor)
{
	return G_OBJECT(L2TP_EDITOR(editor)->form->widget);
}

static gboolean update_connection(NMVpnEditor *editor, NMConnection *connection, GError **error)
{
	struct form *form = L2TP_EDITOR(editor)->form;
	g_autofree char *sentence = NULL;

	if (!form_check(form, &sentence)) {
		g_set_error_literal(error, NM_CONNECTION_ERROR,
				    NM_CONNECTION_ERROR_INVALID_PROPERTY, sentence);
		return FALSE;
	}
	nm_connection_add_setting(connection, NM_SETTING(form_to_vpn(form)));
	return TRUE;
}

static void implement(NMVpnEditorInterface *iface)
{
	iface->get_widget = get_widget;
	iface->update_connection = update_connection;
}

static void dispose(GObject *object)
{
	L2tpEditor *editor = L2TP_EDITOR(object);

	editor->form = form_free(editor->form);
	G_OBJECT_CLASS(l2tp_editor_parent_class)->dispose(object);
}

static void l2tp_editor_class_init(L2tpEditorClass *class)
{
	G_OBJECT_CLASS(class)->dispose = dispose;
}

static void l2tp_editor_init(L2tpEditor *editor)
{
	(void)editor;
}

static void on_change(gpointer editor)
{
	g_signal_emit_by_name(editor, "changed");
}

NMVpnEditor *nm_vpn_editor_factory_l2tp(NMVpnEditorPlugin *plugin, NMConnection *connection,
					GError **error);

G_MODULE_EXPORT NMVpnEditor *nm_vpn_editor_factory_l2tp(NMVpnEditorPlugin *plugin,
							NMConnection *connection, GError **error)
{
	L2tpEditor *editor = g_object_new(L2TP_TYPE_EDITOR, NULL);

	(void)plugin;
	(void)error;
	editor->form = form_new(connection);
	editor->form->on_change = on_change;
	editor->form->userdata = editor;
	return NM_VPN_EDITOR(editor);
}
