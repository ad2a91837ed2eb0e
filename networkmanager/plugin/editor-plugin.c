/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The object that libnm asks for. It is loaded by nmcli as well, so that no toolkit is in here: the editor is a module of
 * its own beside this one, for the GTK that the program has loaded.
 */
#include <NetworkManager.h>
#include <dlfcn.h>
#include <libintl.h>

#include "client/failure/i18n.h"
#include "lib/macros.h"
#include "networkmanager/plugin/export.h"
#include "networkmanager/plugin/import.h"
#include "networkmanager/shared/l2tp-names.h"

#define EDITOR_GTK3    "libnm-vpn-plugin-l2tp-editor.so"
#define EDITOR_GTK4    "libnm-gtk4-vpn-plugin-l2tp-editor.so"
#define EDITOR_FACTORY "nm_vpn_editor_factory_l2tp"

typedef NMVpnEditor *(*editor_factory)(NMVpnEditorPlugin *plugin, NMConnection *connection,
				       GError **error);

#define L2TP_TYPE_EDITOR_PLUGIN l2tp_editor_plugin_get_type()
G_DECLARE_FINAL_TYPE(L2tpEditorPlugin, l2tp_editor_plugin, L2TP, EDITOR_PLUGIN, GObject)

struct _L2tpEditorPlugin {
	GObject parent;
};

static void implement(NMVpnEditorPluginInterface *iface);

G_DEFINE_TYPE_WITH_CODE(L2tpEditorPlugin, l2tp_editor_plugin, G_TYPE_OBJECT,
			G_IMPLEMENT_INTERFACE(NM_TYPE_VPN_EDITOR_PLUGIN, implement))

enum {
	PROP_NAME = 1,
	PROP_DESCRIPTION,
	PROP_SERVICE,
};

/* The folder that this module is in. */
static char *own_folder(void)
{
	Dl_info info;

	if (dladdr((const void *)&own_folder, &info) == 0 || !info.dli_fname)
		return NULL;
	return g_path_get_dirname(info.dli_fname);
}

/* The two can't be in one process, and each has a function that the other hasn't. */
static const char *editor_file(GError **error)
{
	if (dlsym(RTLD_DEFAULT, "gtk_container_add"))
		return EDITOR_GTK3;
	if (dlsym(RTLD_DEFAULT, "gtk_window_set_child"))
		return EDITOR_GTK4;
	g_set_error_literal(error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED,
			    _("the editor needs a program with GTK 3 or GTK 4"));
	return NULL;
}

static editor_factory load_editor(GError **error)
{
	const char *file = editor_file(error);
	g_autofree char *folder = own_folder();
	g_autofree char *path = file && folder ? g_build_filename(folder, file, NULL) : NULL;
	editor_factory factory = NULL;
	void *module;

	if (!path)
		return NULL;
	/* Its types stay registered, so its code has to stay, too. */
	module = dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (module)
		factory = (editor_factory)dlsym(module, EDITOR_FACTORY);
	if (!factory)
		g_set_error(error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_FAILED,
			    _("the editor can't be loaded: %s"), dlerror());
	return factory;
}

static NMVpnEditor *get_editor(NMVpnEditorPlugin *plugin, NMConnection *connection, GError **error)
{
	editor_factory factory = load_editor(error);

	return factory ? factory(plugin, connection, error) : NULL;
}

static NMVpnEditorPluginCapability get_capabilities(NMVpnEditorPlugin *plugin)
{
	(void)plugin;
	return NM_VPN_EDITOR_PLUGIN_CAPABILITY_IMPORT | NM_VPN_EDITOR_PLUGIN_CAPABILITY_EXPORT |
	       NM_VPN_EDITOR_PLUGIN_CAPABILITY_IPV6;
}

static NMConnection *import_from_file(NMVpnEditorPlugin *plugin, const char *path, GError **error)
{
	(void)plugin;
	return l2tp_import(path, error);
}

static gboolean export_to_file(NMVpnEditorPlugin *plugin, const char *path,
			       NMConnection *connection, GError **error)
{
	(void)plugin;
	return l2tp_export(connection, path, error);
}

static char *get_suggested_filename(NMVpnEditorPlugin *plugin, NMConnection *connection)
{
	(void)plugin;
	return l2tp_export_name(connection);
}

static void implement(NMVpnEditorPluginInterface *iface)
{
	iface->get_editor = get_editor;
	iface->get_capabilities = get_capabilities;
	iface->import_from_file = import_from_file;
	iface->export_to_file = export_to_file;
	iface->get_suggested_filename = get_suggested_filename;
}

static void get_property(GObject *object, guint property, GValue *value, GParamSpec *spec)
{
	switch (property) {
	case PROP_NAME:
		g_value_set_static_string(value, _(L2TP_KIND));
		break;
	case PROP_DESCRIPTION:
		g_value_set_static_string(value, _(L2TP_DESCRIPTION));
		break;
	case PROP_SERVICE:
		g_value_set_static_string(value, L2TP_SERVICE);
		break;
	default:
		G_OBJECT_WARN_INVALID_PROPERTY_ID(object, property, spec);
	}
}

static void l2tp_editor_plugin_class_init(L2tpEditorPluginClass *class)
{
	GObjectClass *object_class = G_OBJECT_CLASS(class);

	object_class->get_property = get_property;
	g_object_class_override_property(object_class, PROP_NAME, NM_VPN_EDITOR_PLUGIN_NAME);
	g_object_class_override_property(object_class, PROP_DESCRIPTION,
					 NM_VPN_EDITOR_PLUGIN_DESCRIPTION);
	g_object_class_override_property(object_class, PROP_SERVICE, NM_VPN_EDITOR_PLUGIN_SERVICE);
}

static void l2tp_editor_plugin_init(L2tpEditorPlugin *plugin)
{
	(void)plugin;
}

G_MODULE_EXPORT NMVpnEditorPlugin *nm_vpn_editor_plugin_factory(GError **error)
{
	(void)error;
	(void)bindtextdomain("tsunagu", TSUNAGU_LOCALE_DIR);
	(void)bind_textdomain_codeset("tsunagu", "UTF-8");
	return g_object_new(L2TP_TYPE_EDITOR_PLUGIN, NULL);
}
