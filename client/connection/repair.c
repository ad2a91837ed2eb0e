/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Staying up. A connection that has worked is repaired when it is lost, at the lowest level that works:
 * - a NAT that has moved our ports, an SA that expires, a gateway that deletes one: the IKE engine's
 *   business, and nobody notices;
 * - IKE that answers while nothing comes through ESP: a new SA pair;
 * - a pppd that ended on this machine: another call in the same tunnel;
 * - everything else: anew from IKE's first message on, by the way that the machine has now.
 *
 * Meanwhile the network is held: what belongs into the tunnel goes nowhere. It is tried for ever, with
 * growing pauses, whatever is seen: silence, refusals, keys and identities that are not the gateway's, since all that can
 * come from somebody who stands in the gateway's place. Only the user ends it. A refused password alone is never sent again
 * by itself: nothing more is tried then, and nothing is opened either. Where the login failed otherwise it's tried seldom, and
 * a few times only if the password may be what was refused.
 */
#include "client/connection/repair.h"

#include <limits.h>

#include "lib/macros.h"

/* A gateway that refuses gets its peace; one that is silent is waited for closely at first. */
#define PAUSE_SHORT  (500 * NSEC_PER_MSEC)
#define PAUSE_FIRST  NSEC_PER_SEC
#define PAUSE_MAX    (60 * NSEC_PER_SEC)
#define CLOSE_WAITED (600 * NSEC_PER_SEC)
#define MINUTE	     (60 * NSEC_PER_SEC)
#define PAUSE_SELDOM (10 * MINUTE)

/* RFC 3948 4 */
#define NAT_KEEPALIVE (20 * NSEC_PER_SEC)
/* How long our NAT may forget us at least (RFC 4787 4.3 asks for two minutes, few give them). */
#define KEEPALIVE_LEAST (5 * NSEC_PER_SEC)

#define FOR_EVER UINT_MAX

/* How the first try is made, at once, and how long before each one after it. */
enum manner {
	GROWING,  /* 1, 2, 4 ... 60 s */
	PATHLESS, /* the same; when the machine's network changes it is tried at once */
	CLOSE, /* the same after ten minutes; until then nobody said no: the gateway may be there any moment */
	BY_CALL, /* GROWING; but the first by another call in the tunnel, to whose contrary nothing was heard */
	ANOTHER, /* at once, as if it were the first: another way says nothing of the gateway */
};

/*
 * What becomes of a failure once the connection has worked: in what manner it is tried again, and what stays closed
 * until the user has ended it. Final is none: that is up to repair_lost(). The first row that names
 * the cause or its exit code counts; the last one is for all others.
 *
 * Most rows are logins that failed. Accounts are locked after a few wrong passwords, and somebody may be asked each
 * time: so how many tries of one loss may end so before it stays closed, and the first pause after one. What
 * says for sure that it fails again needs somebody. A password that was taken before is refused without
 * a reason mostly while the gateway still has the session before. What passes by itself, and the word of somebody
 * who has not proven who he is, doesn't end it.
 */
static const struct fate {
	enum cause cause;
	enum exit_code code; /* where no cause is named */
	enum manner manner;
	unsigned int tries;
	nsec_t pause; /* grows as well; 0: none but the manner's */
} fates[] = {
	{ CAUSE_LOST_UPLINK, 0, ANOTHER, FOR_EVER, 0 },
	{ CAUSE_LOST_PPP, 0, BY_CALL, FOR_EVER, 0 },
	{ CAUSE_PPP_AUTH, 0, GROWING, 1, 0 },
	{ CAUSE_ACCOUNT_DISABLED, 0, GROWING, 1, 0 },
	{ CAUSE_PASSWORD_EXPIRED, 0, GROWING, 1, 0 },
	{ CAUSE_PASSWORD_CHANGE, 0, GROWING, 1, 0 },
	{ CAUSE_NO_DIALIN, 0, GROWING, 1, 0 },
	{ CAUSE_USER_CERT_REFUSED, 0, GROWING, 1, 0 },
	{ CAUSE_LOGIN_REFUSED, 0, GROWING, 3, 2 * MINUTE },
	{ CAUSE_LOGIN_FAILED, 0, GROWING, 3, 2 * MINUTE },
	{ CAUSE_LOGIN_UNANSWERED, 0, GROWING, 3, PAUSE_SELDOM },
	{ CAUSE_ACCOUNT_HOURS, 0, GROWING, FOR_EVER, PAUSE_SELDOM },
	{ CAUSE_GATEWAY_UNPROVEN, 0, GROWING, FOR_EVER, MINUTE },
	{ CAUSE_NONE, EXIT_ROUTE, PATHLESS, FOR_EVER, 0 },
	{ CAUSE_NONE, EXIT_RESOLVE, CLOSE, FOR_EVER, 0 },
	{ CAUSE_NONE, EXIT_NO_ANSWER, CLOSE, FOR_EVER, 0 },
	{ CAUSE_NONE, EXIT_NATT_SILENT, CLOSE, FOR_EVER, 0 },
	{ CAUSE_NONE, 0, GROWING, FOR_EVER, 0 },
};

static const struct fate *fate_of(enum cause cause)
{
	const struct fate *fate = fates;

	for (; fate < &fates[ARRAY_SIZE(fates) - 1]; fate++)
		if (fate->cause != CAUSE_NONE ? fate->cause == cause
					      : (int)fate->code == cause_exit_code(cause))
			break;
	return fate;
}

void repair_init(struct repair *r)
{
	*r = (struct repair){ .retry_at = NSEC_NEVER, .keepalive = NAT_KEEPALIVE };
}

static nsec_t doubled(nsec_t pause, unsigned int times, nsec_t most)
{
	while (times-- > 0 && pause < most)
		pause *= 2;
	return nsec_min(pause, most);
}

/* Between 90 and 110 %, so that the PCs of an office don't come back in step. */
static nsec_t jittered(nsec_t pause, uint8_t jitter)
{
	return pause * 9 / 10 + pause / 5 * jitter / UINT8_MAX;
}

static nsec_t pause_before(const struct repair *r, enum manner manner, nsec_t now, uint8_t jitter)
{
	if (r->tries == 0)
		return 0;
	if (manner == CLOSE && now - r->began < CLOSE_WAITED)
		return jittered(PAUSE_SHORT, jitter);
	return jittered(doubled(PAUSE_FIRST, r->tries - 1, PAUSE_MAX), jitter);
}

void repair_stop(struct repair *r)
{
	r->armed = false;
}

enum repair_decision repair_lost(struct repair *r, const struct failure *f,
				 enum connection_state state, nsec_t now)
{
	if (!r->armed || !f)
		return REPAIR_FINAL;
	bool first = !r->active;
	r->last = f->cause;
	r->level = REPAIR_ALL;
	if (!first)
		return REPAIR_WAIT;
	r->active = true;
	r->held = false;
	r->why = *f;
	r->began = now;
	r->tries = r->logins = 0;
	r->not_before = 0;
	if (state != CONNECTION_UP || fate_of(f->cause)->manner != BY_CALL)
		return REPAIR_WAIT;
	r->level = REPAIR_CALL;
	return REPAIR_BY_CALL;
}

enum repair_decision repair_wait(struct repair *r, enum cause cause, nsec_t now, uint8_t jitter)
{
	const struct fate *fate = fate_of(cause);

	r->level = REPAIR_ALL;
	if ((fate->tries != FOR_EVER || fate->pause > 0) && ++r->logins >= fate->tries) {
		r->held = true;
		r->retry_at = NSEC_NEVER;
		return REPAIR_HOLD;
	}
	if (fate->pause > 0)
		r->not_before =
			now + jittered(doubled(fate->pause, r->logins - 1, PAUSE_SELDOM), jitter);
	if (fate->manner == ANOTHER)
		r->tries = 0;
	r->retry_at = now + pause_before(r, fate->manner, now, jitter);
	return REPAIR_WAIT;
}

enum repair_decision repair_check(struct repair *r, nsec_t room, nsec_t now)
{
	if (now < r->retry_at)
		return REPAIR_NOTHING;
	room = nsec_max(room, r->not_before);
	if (now < room) {
		r->retry_at = room;
		return REPAIR_NOTHING;
	}
	r->retry_at = NSEC_NEVER;
	r->tries++;
	return r->tries > 1 ? REPAIR_LOOK_UP : REPAIR_TRY;
}

bool repair_watches(const struct repair *r)
{
	return r->armed && !r->held;
}

enum repair_decision repair_network(struct repair *r, enum repair_path path,
				    enum connection_state state, nsec_t now)
{
	bool was_pathless = r->pathless;

	r->pathless = path == REPAIR_PATH_NONE;
	if (r->pathless)
		return REPAIR_NOTHING;
	if (state == CONNECTION_WAIT && path == REPAIR_PATH_OTHER)
		return REPAIR_WAIT;
	enum manner manner = fate_of(r->last)->manner;
	if (state == CONNECTION_WAIT) {
		if (was_pathless || manner == PATHLESS || manner == CLOSE)
			r->retry_at = now;
		return REPAIR_NOTHING;
	}
	/* A name that was asked for without a way may never be answered. */
	if (state == CONNECTION_RESOLVE)
		return was_pathless ? REPAIR_GO : REPAIR_NOTHING;
	if (path == REPAIR_PATH_OTHER)
		return REPAIR_LEAVE;
	return was_pathless ? REPAIR_DOUBT : REPAIR_NOTHING;
}

void repair_hurry(struct repair *r, enum connection_state state, nsec_t now)
{
	if (state == CONNECTION_WAIT && !r->held)
		r->retry_at = now;
}

enum repair_decision repair_resolved(const struct repair *r, enum connection_state state,
				     bool known, bool unheard)
{
	if (!r->active)
		return REPAIR_NOTHING;
	if (state == CONNECTION_RESOLVE)
		return REPAIR_GO;
	return !known && unheard && state == CONNECTION_PHASE1 ? REPAIR_MOVE : REPAIR_NOTHING;
}

enum repair_decision repair_mute(const struct repair *r, uint64_t packets)
{
	return r->mute_packets != packets ? REPAIR_NEW_PAIR : REPAIR_LOST;
}

/* When nothing has come by it either, it's the way. */
void repair_new_pair(struct repair *r, uint64_t packets)
{
	r->mute_packets = packets;
}

/*
 * A loss without a word on the way or from the gateway, which then answers at the first try: our NAT has
 * forgotten the mapping, perhaps. It is reminded more often from now on.
 */
static void learn_keepalive(struct repair *r, bool nat)
{
	if (r->why.cause == CAUSE_LOST_GATEWAY && r->tries == 1 && nat)
		r->keepalive = nsec_max(r->keepalive / 2, KEEPALIVE_LEAST);
}

bool repair_done(struct repair *r, bool nat, nsec_t now, struct connection_repaired *ret)
{
	if (!r->active)
		return false;
	learn_keepalive(r, nat);
	*ret = (struct connection_repaired){
		.cause = r->why.cause,
		.level = r->level,
		.at = r->began,
		.took = now - r->began,
		.tries = r->tries,
	};
	r->active = false;
	return true;
}
