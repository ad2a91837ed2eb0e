/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "client/boundary/dataplane.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/* The stock pppd with its plugin pppol2tp.so, as a child of ours. */
struct pppd;

typedef void (*pppd_fn)(void *userdata, const struct dp_ppp_event *event);

struct pppd_request {
	const struct dp_ppp *ppp;
	int session_fd; /* the session's socket, not connected yet; it stays the caller's */
	int unit; /* of an interface that there is already, where pppd_takes_units(); -1: pppd makes one */
};

/* Whether the pppd that there is can work on an interface of ours: it takes our plugin for it. */
bool pppd_takes_units(void);

/*
 * Starts pppd, gives it all options but the last, and lets it wait for that one: it is loaded and
 * ready. FN is called from the loop. *ret is the caller's: pppd_free().
 * Causes: PPPD_MISSING, PPPD_LACKING, PPPD_FAILED, RUN_DIR, PROFILE_INVALID, those of
 * user_certificate_open().
 */
_must_check_ int pppd_new(sd_event *event, struct undo *undo, const struct pppd_request *request,
			  pppd_fn fn, void *userdata, struct pppd **ret,
			  struct failure *ret_failure);

/* The session is connected: pppd attaches to it and speaks. Causes: PPPD_FAILED. */
_must_check_ int pppd_start(struct pppd *p, const struct dp_link *link,
			    struct failure *ret_failure);

/* Whether it has our plugin, so that it repeats as fast as the path lets it. */
bool pppd_repeats(const struct pppd *p);

/* Asks pppd to end in order. Return: 0; -ENOTCONN when it has ended. */
int pppd_stop(struct pppd *p);

/* Ends it without a word to the gateway. pppd_free() follows. */
void pppd_kill(struct pppd *p);

/* Whether the process was stopped: it does nothing, and doesn't end either. */
bool pppd_is_stuck(const struct pppd *p);

/* Why PPP ends, by what pppd has said so far; CAUSE_NONE: nothing. ENDED: the gateway has cleared the call. */
void pppd_get_reason(const struct pppd *p, bool ended, struct failure *ret);

/* Ends pppd if it still runs; waits a second at most, then kills it. Accepts NULL. Returns NULL. */
struct pppd *pppd_free(struct pppd *p);
