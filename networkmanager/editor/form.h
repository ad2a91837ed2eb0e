/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The form as a whole: its fields, the connection that they were filled from, and what is wrong with them. What no field
 * shows, and what nobody touched, stays as it was.
 */

#include <NetworkManager.h>
#include <gtk/gtk.h>
#include <stdbool.h>

#include "networkmanager/editor/field.h"

struct form {
	NMConnection *connection; /* a copy, as it was opened */
	struct field_host host;
	GtkWidget *widget;
	GtkWidget *stack, *pages[PAGES];
	GtkWidget *fault;  /* what is wrong and belongs to no field */
	GPtrArray *fields; /* struct field */
	void (*on_change)(gpointer userdata);
	gpointer userdata;
};

/* Fills a new form from the connection, which stays as it is. */
struct form *form_new(NMConnection *connection);

/* The widget is its parent's. Accepts NULL. Return: NULL. */
struct form *form_free(struct form *form);

/* The VPN setting as the form has it; the caller's. */
NMSettingVpn *form_to_vpn(struct form *form);

/* Marks what is wrong. Return: true when nothing is; else false with the first sentence, the caller's. */
bool form_check(struct form *form, char **ret_sentence);
