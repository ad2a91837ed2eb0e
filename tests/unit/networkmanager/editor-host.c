/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that shows the editor as nm-connection-editor and GNOME's settings do, for tests and pictures.
 *	editor-host PLUGIN CONNECTION SAVED [LOCALE-FOLDER]
 * CONNECTION is a keyfile; SAVED is what becomes of it. It does what it is told on the standard input, and answers with a
 * line to each: "focus NAME" puts the focus on a field, "page NAME" shows a page, "value NAME" is what a field says, "open NAME" whether
 * its list is open, "changes" how often something changed, "save" saves, "quit" ends it.
 */
#include <NetworkManager.h>
#include <gtk/gtk.h>
#include <libintl.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct host {
	NMConnection *connection;
	NMVpnEditor *editor;
	const char *saved;
	GtkWidget *window;
	GMainLoop *loop;
	unsigned int changes;
	bool active;
};

static NMConnection *read_connection(const char *path)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) error = NULL;
	NMConnection *c = NULL;

	if (g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error))
		c = nm_keyfile_read(file, "/", NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, &error);
	if (!c)
		g_error("%s: %s", path, error->message);
	return c;
}

static void save(struct host *h)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GKeyFile) file = NULL;

	if (!nm_vpn_editor_update_connection(h->editor, h->connection, &error)) {
		printf("wrong: %s\n", error->message);
		return;
	}
	file = nm_keyfile_write(h->connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, &error);
	if (!file || !g_key_file_save_to_file(file, h->saved, &error))
		g_error("%s: %s", h->saved, error->message);
	printf("saved\n");
}

/* The widget of that name below this one. */
static GtkWidget *find(GtkWidget *widget, const char *name)
{
	GtkWidget *found = NULL;

	if (strcmp(gtk_widget_get_name(widget), name) == 0)
		return widget;
#if GTK_CHECK_VERSION(4, 0, 0)
	for (GtkWidget *w = gtk_widget_get_first_child(widget); w && !found;
	     w = gtk_widget_get_next_sibling(w))
		found = find(w, name);
#else
	g_autoptr(GList) children =
		GTK_IS_CONTAINER(widget) ? gtk_container_get_children(GTK_CONTAINER(widget)) : NULL;

	for (GList *l = children; l && !found; l = l->next)
		found = find(l->data, name);
#endif
	return found;
}

static GtkWidget *find_stack(GtkWidget *widget)
{
	GtkWidget *stack = find(widget, "gateway");

	while (stack && !GTK_IS_STACK(stack))
		stack = gtk_widget_get_parent(stack);
	return stack;
}

static void focus(struct host *h, const char *name)
{
	GtkWidget *widget = find(h->window, name);

	if (!widget) {
		printf("there is no %s\n", name);
	} else if (!gtk_widget_get_mapped(widget)) {
		puts("not seen");
	} else {
		gtk_widget_grab_focus(widget);
		puts("focus");
	}
}

static const char *value_of(GtkWidget *widget)
{
	gboolean on = FALSE;

	if (GTK_IS_ENTRY(widget))
		return gtk_entry_buffer_get_text(gtk_entry_get_buffer(GTK_ENTRY(widget)));
	if (GTK_IS_CHECK_BUTTON(widget)) {
		g_object_get(widget, "active", &on, NULL);
		return on ? "on" : "off";
	}
#if GTK_CHECK_VERSION(4, 0, 0)
	GObject *item = gtk_drop_down_get_selected_item(GTK_DROP_DOWN(widget));

	return gtk_string_object_get_string(GTK_STRING_OBJECT(item));
#else
	return gtk_combo_box_text_get_active_text(GTK_COMBO_BOX_TEXT(widget));
#endif
}

/* Whether keys go to the list that a choice has opened. */
static bool is_open(struct host *h, const char *name)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	GtkWidget *focused = gtk_root_get_focus(GTK_ROOT(h->window));

	(void)name;
	return focused && gtk_widget_get_ancestor(focused, GTK_TYPE_POPOVER);
#else
	gboolean shown;

	g_object_get(find(h->window, name), "popup-shown", &shown, NULL);
	return shown;
#endif
}

static void obey(struct host *h, const char *line)
{
	if (g_str_has_prefix(line, "focus ")) {
		focus(h, line + 6);
	} else if (g_str_has_prefix(line, "page ")) {
		gtk_stack_set_visible_child_name(GTK_STACK(find_stack(h->window)), line + 5);
		printf("page\n");
	} else if (g_str_has_prefix(line, "value ")) {
		puts(value_of(find(h->window, line + 6)));
	} else if (g_str_has_prefix(line, "open ")) {
		puts(is_open(h, line + 5) ? "open" : "closed");
	} else if (strcmp(line, "save") == 0) {
		save(h);
	} else if (strcmp(line, "changes") == 0) {
		printf("%u\n", h->changes);
	} else {
		g_main_loop_quit(h->loop);
	}
	fflush(stdout);
}

static gboolean on_input(GIOChannel *input, GIOCondition condition, gpointer userdata)
{
	struct host *h = userdata;
	g_autofree char *line = NULL;

	(void)condition;
	if (g_io_channel_read_line(input, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL) {
		g_main_loop_quit(h->loop);
		return G_SOURCE_REMOVE;
	}
	obey(h, g_strstrip(line));
	return G_SOURCE_CONTINUE;
}

static void on_changed(NMVpnEditor *editor, gpointer userdata)
{
	struct host *h = userdata;

	(void)editor;
	h->changes++;
}

/* The window is there and has the focus: what is typed now arrives. */
static void on_active(GObject *window, GParamSpec *spec, gpointer userdata)
{
	struct host *h = userdata;

	(void)spec;
	if (!gtk_window_is_active(GTK_WINDOW(window)) || h->active)
		return;
	h->active = true;
	puts("active");
	fflush(stdout);
}

static void show(struct host *h)
{
	GtkWidget *widget = GTK_WIDGET(nm_vpn_editor_get_widget(h->editor));

#if GTK_CHECK_VERSION(4, 0, 0)
	h->window = gtk_window_new();
	gtk_window_set_child(GTK_WINDOW(h->window), widget);
#else
	h->window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
	gtk_container_add(GTK_CONTAINER(h->window), widget);
	gtk_widget_show_all(h->window);
#endif
	gtk_window_set_title(GTK_WINDOW(h->window), "editor-host");
	gtk_window_set_default_size(GTK_WINDOW(h->window), 640, 620);
	g_signal_connect(h->window, "notify::is-active", G_CALLBACK(on_active), h);
	gtk_window_present(GTK_WINDOW(h->window));
}

int main(int argc, char **argv)
{
	g_autoptr(NMVpnEditorPlugin) plugin = NULL;
	g_autoptr(GError) error = NULL;
	struct host h = { 0 };
	GIOChannel *input = g_io_channel_unix_new(0);

	if (argc < 4)
		return 2;
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_init();
#else
	gtk_init(NULL, NULL);
#endif
	plugin = nm_vpn_editor_plugin_load(argv[1], "org.freedesktop.NetworkManager.l2tp", &error);
	if (!plugin)
		g_error("%s: %s", argv[1], error->message);
	if (argc > 4)
		(void)bindtextdomain("tsunagu", argv[4]);
	h.connection = read_connection(argv[2]);
	h.saved = argv[3];
	h.editor = nm_vpn_editor_plugin_get_editor(plugin, h.connection, &error);
	if (!h.editor)
		g_error("%s", error->message);
	g_signal_connect(h.editor, "changed", G_CALLBACK(on_changed), &h);
	show(&h);
	g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_input, &h);
	h.loop = g_main_loop_new(NULL, FALSE);
	g_main_loop_run(h.loop);
	g_object_unref(h.editor);
	return 0;
}
