/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One connection in one process: the event loop that holds the connection machine, the real system
 * and data plane, the control socket and the signals together, from the first message until
 * everything is undone.
 */

#include <json-c/json.h>

#include "client/connection/connection.h"
#include "client/failure/failure.h"
#include "client/profile/profile.h"
#include "client/run/tunnel-findings.h"
#include "lib/macros.h"
#include "lib/secret.h"

struct run {
	const struct profile *profile;
	/* The connection takes them: they are empty afterwards. */
	struct secret *psk, *password, *l2tp_secret;
	const struct certificate *certificate; /* in the place of the pre-shared key; or NULL */
	unsigned int timeout_s;		       /* of the attempt; 0: as the profile says */
	const char *keylog;		       /* folder for the key log, or NULL */
	const char *capture;		       /* file for a capture, or NULL */
	/* For a diagnosis; `on_progress` NULL: an ordinary connection. See struct connection_config. */
	enum connection_state until;
	/* After each event. */
	void (*on_progress)(void *userdata, const struct connection_info *info,
			    const struct connection_counters *counters);
	/* The checks within the tunnel are done, which ends it. True: F has what is wrong there. */
	bool (*on_checked)(void *userdata, const struct tunnel_findings *findings,
			   struct failure *ret_failure);
	void *userdata;
	/* Each event in its JSON form, which stays the caller's of this function. */
	void (*on_event)(void *userdata, struct json_object *event);
};

/*
 * Runs the connection until it is down. SIGINT, SIGTERM and SIGHUP end it in order, a second one in haste.
 * Return: 0 when it ended because it was asked to; else a negative errno, and *ret_failure says why.
 * Either way everything that was added to the system is taken back.
 */
_must_check_ int run_connection(const struct run *run, struct failure *ret_failure);
