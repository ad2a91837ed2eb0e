/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why a connection failed, to those who can do something with it: the journal, where nmcli sends its users
 * (NM_CONNECTION), a signal for the desktop session, and the three values that NetworkManager knows.
 */

#include <gio/gio.h>
#include <json-c/json.h>
#include <stdbool.h>

struct report {
	char *uuid, *id; /* of the connection */
	char *cause, *message, *detail, *remedy,
		*secret; /* as in the client's `down` event; NULL: none */
};

void report_clear(struct report *r);

/* Takes over what a `down` event says. Return: false: it ended since somebody asked for it. */
bool report_take(struct report *r, struct json_object *down);

/*
 * The secret of which another value may help, by its name in vpn.secrets: one that is missing, or the password that the
 * gateway has refused. NULL: none.
 */
const char *report_secret(const struct report *r);

/* Writes cause, evidence and remedy into the machine's log, as one line. */
void report_log(const struct report *r);

/* Tells the desktop sessions, which show it to their users. BUS may be NULL. */
void report_signal(const struct report *r, GDBusConnection *bus);
