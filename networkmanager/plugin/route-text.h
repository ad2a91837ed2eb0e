/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The two ways to write routes: NetworkManager-l2tp exports them as one list of "192.0.2.0/24 via 192.0.2.1 metric 5",
 * NetworkManager has a numbered key for each, "192.0.2.0/24,192.0.2.1,5".
 */

#include <glib.h>
#include <stdbool.h>

/* Replaces SECTION's list by numbered keys. Return: false with an error set; a route is never lost in silence. */
bool route_text_to_numbered(GKeyFile *file, const char *section, GError **error);

/* The other way round, where the list can say all that the numbered keys do. */
void route_text_to_list(GKeyFile *file, const char *section);
