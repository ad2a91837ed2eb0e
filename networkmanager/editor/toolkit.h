/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where GTK 3 and GTK 4 differ, in what the form needs of them. */

#include <gtk/gtk.h>
#include <stdbool.h>

void toolkit_put(GtkWidget *box, GtkWidget *child);

/* CHILD in a frame of its own that scrolls, at least HEIGHT high. */
GtkWidget *toolkit_scrolled(GtkWidget *child, int height);

/* A widget that isn't shown stays so when all are shown. */
void toolkit_show(GtkWidget *widget, bool shown);

/* What is typed; the widget's. */
const char *toolkit_text(GtkWidget *entry);

void toolkit_set_text(GtkWidget *entry, const char *text);

/* A choice of one of some texts, which end with NULL. */
GtkWidget *toolkit_choice_new(const char *const *texts);
guint toolkit_chosen(GtkWidget *choice);
void toolkit_choose(GtkWidget *choice, guint which);

/* Whether a check button is set. */
bool toolkit_checked(GtkWidget *check);
void toolkit_check(GtkWidget *check, bool on);

/* Calls F(widget's data) when the user, or the code, changes what an entry, a check or a choice says. */
void toolkit_on_change(GtkWidget *widget, void (*f)(gpointer), gpointer userdata);

void toolkit_mark(GtkWidget *widget, const char *class, bool on);

/* The page's name on a stack's switch shows that there is something to look at. */
void toolkit_mark_page(GtkWidget *stack, GtkWidget *page, bool on);
