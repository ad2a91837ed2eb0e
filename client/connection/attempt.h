/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * One attempt, from the first message to PPP, and all that is tried once more in it: it runs the line and what is asked
 * beside it, and asks the policies that know the way up (fallback, verdict). What ends it is told, never done: that is up
 * to who runs the attempt.
 */

#include "client/connection/deadlines.h"
#include "client/connection/fallback.h"
#include "client/connection/half-open.h"
#include "client/connection/line.h"
#include "client/connection/questions.h"

struct attempt {
	struct line line;
	struct deadlines deadlines;
	struct fallback fallback;
	struct questions questions;
	struct half_open half_open;
	bool repairing;	  /* it is one of a connection that has worked */
	nsec_t keepalive; /* for the NAT */
	bool settling;
};

/* What an input comes to. */
enum attempt_told {
	ATTEMPT_GOES_ON,
	ATTEMPT_FAILED, /* *f is why */
	ATTEMPT_LOST,	/* the same, of what may have been up */
	ATTEMPT_ENDED,	/* as it was to end, in order */
	ATTEMPT_CLOSED, /* L2TP's orderly end is through */
};

/* Starts as zeroes; all but the secrets stays the caller's. */
void attempt_init(struct attempt *a, const struct connection_config *config,
		  struct connection_info *info, struct evidence *evidence, const struct news *news);
void attempt_free(struct attempt *a);

/* The gateway's addresses: towards the first of them. */
void attempt_set_addresses(struct attempt *a, const struct endpoint *addrs, size_t n);

/* Opens everything towards info.gateway and sends the first message; and the same once more. */
enum attempt_told attempt_go(struct attempt *a, struct failure *f);
enum attempt_told attempt_start_over(struct attempt *a, struct failure *f);

/* All events of the engines, then all datagrams, until there are no more or something ends it. */
enum attempt_told attempt_settle(struct attempt *a, struct failure *f);

/* Datagrams. */
enum attempt_told attempt_ike_input(struct attempt *a, const struct endpoint *from,
				    const uint8_t *data, size_t len, struct failure *f);
enum attempt_told attempt_l2tp_input(struct attempt *a, const struct endpoint *from,
				     const uint8_t *data, size_t len, struct failure *f);

/* What PPP's frames show; that a word of the gateway's is missing; that PPP has ended, for which *f is PPP's reason. */
enum attempt_told attempt_ppp_found(struct attempt *a, const struct ppp_findings *found,
				    struct failure *f);
void attempt_ppp_missing(struct attempt *a);
enum attempt_told attempt_ppp_down(struct attempt *a, struct failure *f);

/* Times that have come, perhaps: of questions, of the deadlines and the patience, of the engines. */
enum attempt_told attempt_ask(struct attempt *a, struct failure *f);
enum attempt_told attempt_check(struct attempt *a, struct failure *f);
enum attempt_told attempt_run(struct attempt *a, struct failure *f);
nsec_t attempt_deadline(const struct attempt *a);

/* A first message as a stranger's. */
void attempt_put_question(struct attempt *a, enum scout_question question, bool floated);

/* Closes what stands towards the gateway. */
void attempt_release(struct attempt *a);
