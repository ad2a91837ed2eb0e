/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One row for each question, and two buttons. It is the same with GTK 3 and GTK 4 but for how things are put together. */
#include "networkmanager/auth-dialog/window.h"

#include <gtk/gtk.h>
#include <stdio.h>

#include "client/failure/i18n.h"
#include "networkmanager/shared/secrets-needed.h"

#define GAP	   12
#define LINE_CHARS 50

struct window {
	struct asking *asking;
	GMainLoop *loop;
	GtkWidget *window;
	GtkWidget *entries[QUESTIONS_MAX]; /* NULL: not asked for */
	bool answered;
};

static bool start_toolkit(void)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	return gtk_init_check();
#else
	return gtk_init_check(NULL, NULL);
#endif
}

static void put_into(GtkWidget *box, GtkWidget *child)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_box_append(GTK_BOX(box), child);
#else
	gtk_container_add(GTK_CONTAINER(box), child);
#endif
}

static void put_into_window(GtkWidget *window, GtkWidget *child)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_window_set_child(GTK_WINDOW(window), child);
#else
	gtk_container_add(GTK_CONTAINER(window), child);
	gtk_widget_show_all(child);
#endif
}

static GtkWidget *new_window(void)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	return gtk_window_new();
#else
	GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);

	gtk_window_set_position(GTK_WINDOW(window), GTK_WIN_POS_CENTER);
	gtk_window_set_keep_above(GTK_WINDOW(window), TRUE);
	return window;
#endif
}

static void set_margin(GtkWidget *widget)
{
	gtk_widget_set_margin_start(widget, 2 * GAP);
	gtk_widget_set_margin_end(widget, 2 * GAP);
	gtk_widget_set_margin_top(widget, 2 * GAP);
	gtk_widget_set_margin_bottom(widget, 2 * GAP);
}

static const char *text_of(GtkWidget *entry)
{
	return gtk_entry_buffer_get_text(gtk_entry_get_buffer(GTK_ENTRY(entry)));
}

static void set_default(GtkWidget *window, GtkWidget *button)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_window_set_default_widget(GTK_WINDOW(window), button);
#else
	gtk_widget_set_can_default(button, TRUE);
	gtk_window_set_default(GTK_WINDOW(window), button);
#endif
}

/* In the colour of what is expected. */
static void suggest(GtkWidget *button)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_widget_add_css_class(button, "suggested-action");
#else
	gtk_style_context_add_class(gtk_widget_get_style_context(button), "suggested-action");
#endif
}

static void on_connect(GtkWidget *button, gpointer userdata)
{
	struct window *w = userdata;

	(void)button;
	for (size_t i = 0; i < w->asking->n; i++)
		if (w->entries[i])
			asking_answer(&w->asking->questions[i], text_of(w->entries[i]));
	w->answered = true;
	g_main_loop_quit(w->loop);
}

static void on_cancel(GtkWidget *button, gpointer userdata)
{
	struct window *w = userdata;

	(void)button;
	g_main_loop_quit(w->loop);
}

static gboolean on_close(GtkWidget *window, gpointer userdata)
{
	on_cancel(window, userdata);
	return TRUE;
}

#if !GTK_CHECK_VERSION(4, 0, 0)
static gboolean on_delete(GtkWidget *window, GdkEvent *event, gpointer userdata)
{
	(void)event;
	return on_close(window, userdata);
}
#endif

static gboolean on_key(GtkEventControllerKey *keys, guint key, guint code, GdkModifierType state,
		       gpointer userdata)
{
	(void)keys;
	(void)code;
	(void)state;
	if (key != GDK_KEY_Escape)
		return FALSE;
	on_cancel(NULL, userdata);
	return TRUE;
}

static void listen_to_keys(struct window *w)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	GtkEventController *keys = gtk_event_controller_key_new();

	gtk_widget_add_controller(w->window, keys);
#else
	GtkEventController *keys = gtk_event_controller_key_new(w->window);

	g_object_set_data_full(G_OBJECT(w->window), "keys", keys, g_object_unref);
#endif
	g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key), w);
}

static void on_shown(GtkWidget *check, gpointer userdata)
{
	struct window *w = userdata;
	gboolean shown;

	g_object_get(check, "active", &shown, NULL);
	for (size_t i = 0; i < w->asking->n; i++)
		if (w->entries[i])
			gtk_entry_set_visibility(GTK_ENTRY(w->entries[i]), shown);
}

static GtkWidget *new_entry(const struct question *q)
{
	GtkWidget *entry = gtk_entry_new();

	gtk_entry_set_visibility(GTK_ENTRY(entry), FALSE);
	gtk_entry_set_input_purpose(GTK_ENTRY(entry), GTK_INPUT_PURPOSE_PASSWORD);
	gtk_entry_set_activates_default(GTK_ENTRY(entry), TRUE);
	gtk_widget_set_hexpand(entry, TRUE);
	if (q->value)
		gtk_entry_buffer_set_text(gtk_entry_get_buffer(GTK_ENTRY(entry)), q->value, -1);
	return entry;
}

static GtkWidget *new_questions(struct window *w)
{
	GtkWidget *grid = gtk_grid_new(), *check;
	int row = 0;

	gtk_grid_set_row_spacing(GTK_GRID(grid), GAP / 2);
	gtk_grid_set_column_spacing(GTK_GRID(grid), GAP);
	for (size_t i = 0; i < w->asking->n; i++) {
		const struct question *q = &w->asking->questions[i];
		GtkWidget *label;

		if (!q->ask)
			continue;
		label = gtk_label_new(l2tp_secret_label(q->secret));
		gtk_label_set_xalign(GTK_LABEL(label), 0);
		w->entries[i] = new_entry(q);
		gtk_label_set_mnemonic_widget(GTK_LABEL(label), w->entries[i]);
		gtk_grid_attach(GTK_GRID(grid), label, 0, row, 1, 1);
		gtk_grid_attach(GTK_GRID(grid), w->entries[i], 1, row++, 1, 1);
	}
	check = gtk_check_button_new_with_label(_("Show what is typed"));
	g_signal_connect(check, "toggled", G_CALLBACK(on_shown), w);
	gtk_grid_attach(GTK_GRID(grid), check, 1, row, 1, 1);
	return grid;
}

static GtkWidget *new_buttons(struct window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, GAP);
	GtkWidget *cancel = gtk_button_new_with_label(_("Cancel"));
	GtkWidget *go = gtk_button_new_with_label(_("Connect"));

	gtk_widget_set_halign(box, GTK_ALIGN_END);
	suggest(go);
	g_signal_connect(cancel, "clicked", G_CALLBACK(on_cancel), w);
	g_signal_connect(go, "clicked", G_CALLBACK(on_connect), w);
	put_into(box, cancel);
	put_into(box, go);
	set_default(w->window, go);
	return box;
}

static void build(struct window *w)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, GAP);
	GtkWidget *message = gtk_label_new(w->asking->message);

	w->window = new_window();
	gtk_window_set_title(GTK_WINDOW(w->window), w->asking->title);
	gtk_window_set_icon_name(GTK_WINDOW(w->window), "network-vpn");
	g_object_set(message, "wrap", TRUE, NULL);
	gtk_label_set_max_width_chars(GTK_LABEL(message), LINE_CHARS);
	gtk_label_set_xalign(GTK_LABEL(message), 0);
	set_margin(box);
	put_into(box, message);
	put_into(box, new_questions(w));
	put_into(box, new_buttons(w));
	put_into_window(w->window, box);
	listen_to_keys(w);
#if GTK_CHECK_VERSION(4, 0, 0)
	g_signal_connect(w->window, "close-request", G_CALLBACK(on_close), w);
#else
	g_signal_connect(w->window, "delete-event", G_CALLBACK(on_delete), w);
#endif
}

bool window_ask(struct asking *a)
{
	struct window w = { .asking = a };

	if (!start_toolkit()) {
		fprintf(stderr, "nm-l2tp-auth-dialog: there is no display to ask on\n");
		return false;
	}
	w.loop = g_main_loop_new(NULL, FALSE);
	build(&w);
	gtk_window_present(GTK_WINDOW(w.window));
	g_main_loop_run(w.loop);
	g_main_loop_unref(w.loop);
	return w.answered;
}
