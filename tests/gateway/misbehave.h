/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the emulator can be told to do wrong, a row for each: its name, the threat whose row in the
 * tests it stands for, and what becomes of a client that meets it. Some rows are legitimate twins: odd,
 * and right all the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ppp-peer.h"

/* What happens to IKE's datagrams on their way out. */
enum misbehave_wire {
	WIRE_PROPER,
	WIRE_DOUBLED,	   /* four times */
	WIRE_LATE,	   /* 0.4 s later, when the client has repeated its own */
	WIRE_AGAIN_LATER,  /* and once more after 0.7 s, when others have overtaken it */
	WIRE_CLEAR_ERRORS, /* with unprotected errors in front */
};

/* A step that is left out. */
enum misbehave_step {
	STEP_NONE,
	STEP_MAIN_2,
	STEP_MAIN_4,
	STEP_MAIN_6,
	STEP_QUICK_2,
	STEP_SCCRP,
	STEP_ICRP,
	STEP_ZLB,
	STEP_PORT_4500,
};

/* A message in plain text with room to grow. */
struct odd_text {
	uint8_t *data;
	size_t len, size;
};

struct odd_datagram {
	size_t len;
	uint8_t data[2048];
};

struct misbehaviour {
	const char *name, *threat;
	const char *becomes; /* "connects", or the client's exit codes: "14" or "14 12" */
	enum misbehave_wire wire;
	enum misbehave_step leaves_out;
	/* Of IKE: in which exchange, in the message whose first payload is which. */
	uint8_t exchange, first;
	bool hashed; /* after the hash was made, and not before */
	void (*spoil)(const struct misbehaviour *m, struct odd_text *t);
	unsigned int type, value; /* for SPOIL, and for the others what they need */
	uint8_t l2tp;		  /* the type of message that gets these octets at its end */
	const char *octets;
	size_t n_octets;
	const struct ppp_script *ppp;	      /* in place of pppd */
	bool ends_with_call, drops_challenge; /* of the LNS, see lns-model.h */
};

/* NULL: there is none of that name. */
const struct misbehaviour *misbehave_find(const char *name);

/* The NTH row, from 0; NULL: there are no more. */
const struct misbehaviour *misbehave_nth(size_t nth);

/* Prints a line for each: name, threat, what becomes of it. */
void misbehave_list(void);

/* Changes the message in place if it is the one. */
void misbehave_ike(const struct misbehaviour *m, bool hashed, uint8_t *text, size_t *len,
		   size_t size);

/* Whether the datagram is the step that is left out. */
bool misbehave_drops(const struct misbehaviour *m, const uint8_t *data, size_t len, bool natt);

/* Changes a control message. False: it is left out. */
bool misbehave_l2tp(const struct misbehaviour *m, struct odd_datagram *d);
