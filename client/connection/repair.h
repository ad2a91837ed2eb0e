/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/connection-info.h"

/* Another call takes two round trips and PPP's five; then the tunnel isn't what it seems to be. */
#define REPAIR_CALL_TIME (5 * NSEC_PER_SEC)

/* What keeps a connection up that has worked. Starts as zeroes and repair_init(). */
struct repair {
	bool armed;  /* it has worked: what happens to it now is repaired */
	bool active; /* it is lost */
	bool held;   /* nothing is tried any more until the user has ended it */
	struct failure why;
	enum cause last; /* why the last try failed; at first the loss */
	nsec_t began;
	nsec_t retry_at;     /* NSEC_NEVER: nothing is waited for */
	unsigned int tries;  /* of this loss */
	unsigned int logins; /* that failed of them */
	nsec_t not_before;   /* since the last one did */
	enum repair_level level;
	uint64_t
		mute_packets; /* of ESP that had come when a new pair was last made for want of them */
	bool pathless;	      /* there was no way to the gateway when it was last looked */
	nsec_t keepalive;     /* for the NAT */
};

enum repair_decision {
	REPAIR_NOTHING,
	REPAIR_FINAL, /* the connection ends */
	REPAIR_BY_CALL, /* another call in the tunnel that stands; where that can't be made, as WAIT */
	REPAIR_WAIT,	/* it is taken down; repair_wait() follows */
	REPAIR_HOLD,	/* nothing is tried any more, nothing is opened: that is the user's to do */
	REPAIR_TRY,	/* where it was, without asking for the name */
	REPAIR_LOOK_UP,	 /* the name is asked for, then it is tried */
	REPAIR_GO,	 /* towards the addresses that are known */
	REPAIR_MOVE,	 /* towards the addresses that came just now: those in use are silent */
	REPAIR_LEAVE,	 /* another way than the one in use: that is lost */
	REPAIR_DOUBT,	 /* is the gateway there? */
	REPAIR_NEW_PAIR, /* of SAs; where it can't be negotiated, LOST */
	REPAIR_LOST,	 /* nothing comes through ESP any more */
};

void repair_init(struct repair *r);

/* The user ends it: nothing is repaired any more. */
void repair_stop(struct repair *r);

/*
 * F is why it is lost, or why a try to repair it has failed; STATE is the one it happened in.
 * Return: FINAL, BY_CALL or WAIT.
 */
enum repair_decision repair_lost(struct repair *r, const struct failure *f,
				 enum connection_state state, nsec_t now);

/* It is down, because of F's CAUSE: when is it tried again? JITTER is drawn. Return: HOLD or WAIT. */
enum repair_decision repair_wait(struct repair *r, enum cause cause, nsec_t now, uint8_t jitter);

/*
 * The time of the next try has come, perhaps: not before there is ROOM for another half-open SA at the gateway, nor
 * before another login does no harm, whatever has called for haste. Return: NOTHING, TRY or LOOK_UP.
 */
enum repair_decision repair_check(struct repair *r, nsec_t room, nsec_t now);

/* What the machine's way to the gateway is now. */
enum repair_path {
	REPAIR_PATH_NONE,
	REPAIR_PATH_SAME,
	REPAIR_PATH_OTHER,
};

/* Whether the way is worth looking at when the machine's network has changed. */
bool repair_watches(const struct repair *r);

/*
 * The machine's network has changed. Return: NOTHING, GO, LEAVE, DOUBT or WAIT (repair_wait() follows, for the cause of
 * LOST_UPLINK).
 */
enum repair_decision repair_network(struct repair *r, enum repair_path path,
				    enum connection_state state, nsec_t now);

/* The machine has slept: what is waited for is due. */
void repair_hurry(struct repair *r, enum connection_state state, nsec_t now);

/*
 * The resolver's answer. KNOWN: nothing, or the address in use is among it; UNHEARD: nothing came from that.
 * Return: NOTHING, GO or MOVE.
 */
enum repair_decision repair_resolved(const struct repair *r, enum connection_state state,
				     bool known, bool unheard);

/* IKE answers, and ESP doesn't: PACKETS have come by it so far. Return: NEW_PAIR or LOST. */
enum repair_decision repair_mute(const struct repair *r, uint64_t packets);
void repair_new_pair(struct repair *r, uint64_t packets);

/* It is up; NAT: we are behind one. *ret is what was repaired by that. False: nothing, it is the first time. */
bool repair_done(struct repair *r, bool nat, nsec_t now, struct connection_repaired *ret);
