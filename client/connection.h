/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection: the one place that knows both engines and the order of things. It reaches the
 * system through two tables (system.h, dataplane.h) and the time through a function, so that tests
 * run it without kernel, network and clock. It never writes to the terminal or the log: what happens
 * comes out as events.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/connection-info.h"
#include "client/news.h"
#include "client/profile.h"

struct connection_config {
	const struct profile *profile;	  /* stays valid while the connection lives */
	const struct secret *psk;	  /* copied */
	const struct secret *password;	  /* copied */
	const struct secret *l2tp_secret; /* copied; empty: no tunnel authentication */
	const struct ike_auth *auth;	  /* certificates; NULL: the pre-shared key */
	const struct ike_id *auth_id;	  /* our identity with them, where the profile has none */
	const char *auth_words;		  /* about their last refusal; changes with it */
	/* Whether the authority has issued our certificate, and its name; given auth->userdata. */
	bool (*issued_by)(void *userdata, const struct ike_id *authority,
			  char ret[static CONNECTION_AUTHORITY_MAX]);
	const struct ike_crypto *crypto;
	const struct l2tp_crypto *l2tp_crypto;
	struct system *system; /* both stay the caller's, who frees them after it */
	struct dataplane *dataplane;
	nsec_t timeout; /* of the whole attempt */
	bool want_keys; /* give the two key log events */
	/*
	 * For a diagnosis: the gateway is asked beforehand what it takes and whether UDP 4500 is open,
	 * and the machine's routes and names stay as they are.
	 */
	bool survey;
	/*
	 * Where it ends in order, without a failure: after the survey (PHASE1, for want of a key), when
	 * the gateway has granted the call and before PPP says a word (L2TP, for want of a password).
	 * IDLE: nowhere.
	 */
	enum connection_state until;
	void *userdata;
	nsec_t (*now)(void *userdata);
	void (*on_event)(void *userdata, const struct connection_event *event);
};

struct connection;

/*
 * Makes a connection in state IDLE and takes the listeners of system and data plane.
 * Return: 0; -ENOMEM.
 */
_must_check_ int connection_new(const struct connection_config *config, struct connection **ret);

/* Frees it; the data plane and the network must have been closed by then (DOWN). Accepts NULL. */
struct connection *connection_free(struct connection *c);

/* Begins. From now on events come, the last one is DOWN, also when the beginning fails. */
void connection_start(struct connection *c);

/*
 * Ends it in order: routes and names first, then PPP, L2TP, IKE. DOWN follows within a few seconds,
 * with F's failure (NULL: it was asked for). A second call makes haste: nothing is waited for.
 */
void connection_close(struct connection *c, const struct failure *f);

/* To be called when connection_deadline() has come. */
void connection_timeout(struct connection *c);

/* The machine has slept, or the process was stopped: what stood is in doubt. */
void connection_resumed(struct connection *c);

/* When connection_timeout() wants to be called; NSEC_NEVER for not at all. */
nsec_t connection_deadline(const struct connection *c);

const struct connection_info *connection_get_info(const struct connection *c);

/* Counters of both engines and the data plane; what isn't there is zero. */
struct connection_counters {
	struct ike_stats ike;
	struct l2tp_stats l2tp;
	struct dp_counters dataplane;
};

void connection_get_counters(const struct connection *c, struct connection_counters *ret);
