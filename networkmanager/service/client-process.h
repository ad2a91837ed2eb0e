/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one client that everything is left to: `tsunagu connect` in the foreground, with its events read line by line. It
 * is told of the service's death by the kernel, so that it never outlives it.
 */

#include <gio/gio.h>
#include <json-c/json.h>

struct client;

struct client_listener {
	void *userdata;
	/* An event as tsunagu(8) describes it; the object stays the caller's. */
	void (*on_event)(void *userdata, struct json_object *event);
	/*
	 * It has ended and all its events were told. STATUS: its exit status, -1 when a signal ended it. The client may be
	 * freed in it.
	 */
	void (*on_end)(void *userdata, int status);
};

/*
 * Starts it on a profile. FILES are descriptors that it gets as 3 and on; the first is the profile. They stay the
 * caller's. TIMEOUT_S is the time for the attempt, 0: what the profile says. Return: NULL with an error set.
 */
struct client *client_start(const int *files, size_t n_files, unsigned int timeout_s,
			    const struct client_listener *listener, GError **error);

/* Asks it to end in order; on_end() follows. */
void client_stop(struct client *c);

/* Nothing of it is told any more; one that runs is asked to end. Accepts NULL. Return: NULL. */
struct client *client_free(struct client *c);
