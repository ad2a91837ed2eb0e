/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One row of the form: a key, or a certificate with its key and passphrase. */

#include <NetworkManager.h>
#include <gtk/gtk.h>
#include <stdbool.h>

#include "client/profile/profile-keys.h"
#include "networkmanager/editor/layout.h"

/* NetworkManager has this one as a property of its own. */
#define FIELD_TIMEOUT "timeout"

struct field;

/* What the fields of one form share. */
struct field_host {
	NMSettingVpn *vpn;    /* as it was opened */
	bool is_new;	      /* nothing was set in it yet */
	bool filling;	      /* changes are ours */
	GtkSizeGroup *labels; /* of the page that is being built */
	void (*on_change)(gpointer userdata);
	gpointer userdata;
};

/* What differs from kind to kind. */
struct field_kind {
	/* Makes the widget and fills it from the host's VPN. */
	GtkWidget *(*build)(struct field *f);
	/* Puts what it says into VPN. Only of fields that were touched. */
	void (*store)(struct field *f, NMSettingVpn *vpn);
	bool has_label; /* else the widget has its own */
};

struct field {
	struct field_host *host;
	const struct layout_row *row;
	const struct profile_key *key;
	const struct field_kind *kind;
	GtkWidget *label, *input;
	GtkWidget *fault, *fault_icon, *fault_text; /* the first holds the others */
	bool touched;				    /* by the user */
};

/* Of a row that has a key. */
struct field *field_new(struct field_host *host, const struct layout_row *row,
			const struct field_kind *kind);

/* Puts its widgets into the grid. Return: the next free line. */
int field_attach(struct field *f, GtkWidget *grid, int line);

/* The user changed it. */
void field_touched(gpointer field);

/* Whether the row is to be seen, as VPN has it. */
void field_update_visible(struct field *f, NMSettingVpn *vpn);

/* Shows a sentence at the field, or takes it away with NULL; WRONG: it hinders, else it is worth knowing. */
void field_show_fault(struct field *f, const char *sentence, bool wrong);

/* The value of a key of [vpn] as VPN has it; the caller's, NULL: not set. */
char *field_stored(NMSettingVpn *vpn, const struct profile_key *key);

/* The help that stands at a field; the caller's. */
char *field_help(const struct profile_key *key);
