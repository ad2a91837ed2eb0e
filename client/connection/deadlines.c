/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/deadlines.h"

/*
 * A gateway that refuses a user ends the call right after PPP's own words. Those say more, so PPP is
 * given so long to end by itself before the call's end counts as the reason.
 */
#define PPP_LAST_WORDS NSEC_PER_SEC

/*
 * A gateway that deletes the last SA pair either ends the connection, without saying so, or starts
 * over. L2TP and PPP hold out so long while the engine negotiates a new pair.
 */
#define BRIDGE (4 * NSEC_PER_SEC)

void deadlines_clear(struct deadlines *l)
{
	l->attempt = l->closing = l->last_words = l->bridge = NSEC_NEVER;
}

void deadlines_call_ended(struct deadlines *l, const struct failure *f, nsec_t now)
{
	l->call_ended = *f;
	l->last_words = now + PPP_LAST_WORDS;
}

void deadlines_pair_gone(struct deadlines *l, const struct failure *f, nsec_t now)
{
	l->bridge_ends = *f;
	l->bridge = now + BRIDGE;
}

enum deadline deadlines_reached(const struct deadlines *l, nsec_t now)
{
	if (now >= l->last_words)
		return DEADLINE_LAST_WORDS;
	if (now >= l->bridge)
		return DEADLINE_BRIDGE;
	return now >= l->attempt ? DEADLINE_ATTEMPT : DEADLINE_NONE;
}

nsec_t deadlines_next(const struct deadlines *l)
{
	return nsec_min(nsec_min(l->attempt, l->closing), nsec_min(l->last_words, l->bridge));
}
