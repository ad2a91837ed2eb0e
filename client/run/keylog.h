/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The key log that a user may ask for to have a capture read by Wireshark: two files in its own
 * formats, `ikev1_decryption_table` and `esp_sa`, in a folder of the user's. Off unless asked for;
 * who has the files can read the captured traffic.
 */

#include "client/connection/news.h"
#include "client/failure/failure.h"
#include "lib/macros.h"

struct keylog;

/*
 * Opens both files in the folder DIR (created if need be) for appending, mode 0600.
 * Return: 0; a negative errno with the cause named.
 */
_must_check_ int keylog_open(const char *dir, struct keylog **ret, struct failure *ret_failure);

/* Closes. Accepts NULL. Returns NULL. */
struct keylog *keylog_close(struct keylog *k);

/* Writes what the two key events of the connection hold; takes no notice of other events. */
void keylog_event(struct keylog *k, const struct connection_event *event);
