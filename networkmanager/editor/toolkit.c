/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/editor/toolkit.h"

void toolkit_put(GtkWidget *box, GtkWidget *child)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_box_append(GTK_BOX(box), child);
#else
	gtk_container_add(GTK_CONTAINER(box), child);
#endif
}

GtkWidget *toolkit_scrolled(GtkWidget *child, int height)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	GtkWidget *scrolled = gtk_scrolled_window_new();

	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scrolled), child);
#else
	GtkWidget *scrolled = gtk_scrolled_window_new(NULL, NULL);

	gtk_container_add(GTK_CONTAINER(scrolled), child);
#endif
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scrolled), GTK_POLICY_NEVER,
				       GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scrolled), height);
	gtk_widget_set_vexpand(scrolled, TRUE);
	return scrolled;
}

void toolkit_show(GtkWidget *widget, bool shown)
{
#if !GTK_CHECK_VERSION(4, 0, 0)
	gtk_widget_set_no_show_all(widget, FALSE);
	if (shown)
		gtk_widget_show_all(widget);
	gtk_widget_set_no_show_all(widget, !shown);
#endif
	gtk_widget_set_visible(widget, shown);
}

const char *toolkit_text(GtkWidget *entry)
{
	return gtk_entry_buffer_get_text(gtk_entry_get_buffer(GTK_ENTRY(entry)));
}

void toolkit_set_text(GtkWidget *entry, const char *text)
{
	gtk_entry_buffer_set_text(gtk_entry_get_buffer(GTK_ENTRY(entry)), text, -1);
}

GtkWidget *toolkit_choice_new(const char *const *texts)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	return gtk_drop_down_new_from_strings(texts);
#else
	GtkWidget *choice = gtk_combo_box_text_new();

	for (; *texts; texts++)
		gtk_combo_box_text_append_text(GTK_COMBO_BOX_TEXT(choice), *texts);
	return choice;
#endif
}

guint toolkit_chosen(GtkWidget *choice)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	return gtk_drop_down_get_selected(GTK_DROP_DOWN(choice));
#else
	return (guint)gtk_combo_box_get_active(GTK_COMBO_BOX(choice));
#endif
}

void toolkit_choose(GtkWidget *choice, guint which)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_drop_down_set_selected(GTK_DROP_DOWN(choice), which);
#else
	gtk_combo_box_set_active(GTK_COMBO_BOX(choice), (int)which);
#endif
}

bool toolkit_checked(GtkWidget *check)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	return gtk_check_button_get_active(GTK_CHECK_BUTTON(check));
#else
	return gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(check));
#endif
}

void toolkit_check(GtkWidget *check, bool on)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_check_button_set_active(GTK_CHECK_BUTTON(check), on);
#else
	gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(check), on);
#endif
}

void toolkit_on_change(GtkWidget *widget, void (*f)(gpointer), gpointer userdata)
{
	const char *signal = "changed";

	if (GTK_IS_CHECK_BUTTON(widget))
		signal = "toggled";
#if GTK_CHECK_VERSION(4, 0, 0)
	else if (GTK_IS_DROP_DOWN(widget))
		signal = "notify::selected";
#endif
	g_signal_connect_swapped(widget, signal, G_CALLBACK(f), userdata);
}

void toolkit_mark(GtkWidget *widget, const char *class, bool on)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	if (on)
		gtk_widget_add_css_class(widget, class);
	else
		gtk_widget_remove_css_class(widget, class);
#else
	GtkStyleContext *style = gtk_widget_get_style_context(widget);

	if (on)
		gtk_style_context_add_class(style, class);
	else
		gtk_style_context_remove_class(style, class);
#endif
}

void toolkit_mark_page(GtkWidget *stack, GtkWidget *page, bool on)
{
#if GTK_CHECK_VERSION(4, 0, 0)
	gtk_stack_page_set_needs_attention(gtk_stack_get_page(GTK_STACK(stack), page), on);
#else
	gtk_container_child_set(GTK_CONTAINER(stack), page, "needs-attention", (gboolean)on, NULL);
#endif
}
