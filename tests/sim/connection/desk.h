/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A connection in the office's simulation that has come up, for the tests of what happens to it then. */

#include "tests/sim/connection/office.h"

#define PAUSES_MAX 100
#define BEGUN_MAX  2000
#define SECONDS(n) ((nsec_t)(n)*NSEC_PER_SEC)

struct desk {
	struct office *office;
	struct recording *r;
	struct office_gateway *gateway;		       /* the first one */
	size_t read;				       /* of the recording's log */
	unsigned int asked_name, asked_ppp, asked_end; /* what is to be answered */
	bool nameless;				       /* nobody knows the gateway's name */
	bool slow_names;	/* the resolver doesn't answer before this is taken back */
	bool slow_ppp;		/* the same of PPP's address */
	enum cause ppp_refused; /* in place of an address; NONE: it gets one */
	bool busy;		/* something wants to go through the tunnel, all the time */
	nsec_t next_packet;
	/* Main mode's first messages: the last one, and the gap between two of one attempt. */
	nsec_t first_at, longest_gap;
	uint8_t cookie[8];
	unsigned int cookies;
	/* Every main mode, on either port. */
	size_t n_begun;
	struct {
		uint8_t cookie[8];
		nsec_t at;
	} begun[BEGUN_MAX];
	/* Each stay in WAIT that took time, and how long after the loss it began. */
	size_t n_pauses;
	nsec_t pauses[PAUSES_MAX], outages[PAUSES_MAX];
	bool waiting;
	nsec_t waits_since, lost_at;
};

const struct connection_info *info_of(const struct desk *d);
bool is_in(const struct desk *d, enum connection_state state);
const struct connection_repaired *last_repair(const struct desk *d);

/* How often a call of the tables, or an event, is in the recording. */
unsigned int calls(const struct desk *d, const char *word);
unsigned int events(const struct desk *d, const char *word);

/* A connection that is started; and one that is up. VPN as for office_new(). */
struct desk *desk_new(const char *vpn);
struct desk *desk_up(const char *vpn);

/* It has ended and is checked. */
void desk_free(struct desk *d);

/* Closed by the user, within MAX. */
void desk_close(struct desk *d, nsec_t max);

/* What is under way arrives, or the time goes on to what is next. False: it has come to UNTIL. */
bool step(struct desk *d, nsec_t until);

/* Lets so much time pass. */
void pass(struct desk *d, nsec_t time);

/* Until it is in this state. Return: how long that took; more than MAX: it isn't. */
nsec_t reach(struct desk *d, enum connection_state state, nsec_t max);
void assert_up_within(struct desk *d, nsec_t max);

/* pppd ends, with this cause. */
void ppp_ends(struct desk *d, enum cause cause);

/* The gateway ends it, and has forgotten it. */
void gateway_closes(struct desk *d);

void network_changes(struct desk *d);
