/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/failure/failure.h"
#include "lib/nsec.h"

/* The times that something may take; NSEC_NEVER: it doesn't go on. */
struct deadlines {
	nsec_t attempt;		    /* all of it */
	nsec_t closing;		    /* the present step of closing */
	nsec_t last_words;	    /* PPP may name the reason of the call's end, */
	struct failure call_ended;  /* which is this if it names none */
	nsec_t bridge;		    /* a new SA pair must be there, */
	struct failure bridge_ends; /* or this is the reason */
};

enum deadline {
	DEADLINE_NONE,
	DEADLINE_LAST_WORDS,
	DEADLINE_BRIDGE,
	DEADLINE_ATTEMPT,
};

/* Nothing goes on. */
void deadlines_clear(struct deadlines *l);

/* The gateway has ended the call. */
void deadlines_call_ended(struct deadlines *l, const struct failure *f, nsec_t now);
/* The pair that is sent by is gone. */
void deadlines_pair_gone(struct deadlines *l, const struct failure *f, nsec_t now);

/* Which one is reached, closing's aside. */
enum deadline deadlines_reached(const struct deadlines *l, nsec_t now);
nsec_t deadlines_next(const struct deadlines *l);
