/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a connection is made from. */

#include "client/connection/connection-info.h"
#include "client/connection/news.h"
#include "client/profile/profile.h"

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
