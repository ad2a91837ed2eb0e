/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When what stands is to be replaced, and when it goes (RFC 2408 4.3 and 2409 5.5 leave the times
 * to us): at four fifths of its life less some jitter a new one is negotiated beside it; the
 * replaced one stays half a minute for what is still on the way, is deleted then, and the gateway
 * told. A gateway that takes any address can't do this for us, since it never begins an exchange;
 * another one may begin it at any time, and what it makes counts as a renewal.
 *
 * Whatever goes is deleted by a message first and received by for a grace after it, since the
 * gateway may send by it until it has the message.
 *
 * A replacement that is refused is tried again, as long as the old one lives. A phase 1 that isn't
 * replaced in time is used on: the gateway says when it has had enough of it. Pairs live on without
 * phase 1 (RFC 2408 doesn't tie them): another one is begun then. A gateway that answers no quick
 * mode may have lost phase 1 without a word, so that a new one is begun for that, too.
 *
 * Nothing in main mode's messages 2 and 4 is protected. One that was forged, or damaged on the way,
 * leads nowhere: the gateway answers no more, and the true message doesn't fit any longer. After
 * some repetitions another main mode is begun beside the first; the one that gets through is used.
 */
#include "ike/rekey.h"

#include <errno.h>

#include "ike/inform.h"
#include "ike/life.h"
#include "ike/main-mode.h"
#include "ike/pairs.h"
#include "ike/phase1.h"
#include "ike/queue.h"
#include "ike/quick-mode.h"
#include "ike/slots.h"

/* A gateway's own exchange is waited for that long before we begin one beside it. */
#define YIELD NSEC_PER_SEC

/* So long we receive under an SA after we told the gateway that it goes. */
#define CHILD_GRACE NSEC_PER_SEC

/* After so many repetitions of message 3 or 5 another main mode is begun beside the one that isn't answered. */
#define MAIN_ANEW 5

/* Whether a main mode is on the way that leads to a phase 1. */
static bool main_going_on(const struct ike *ike, nsec_t now)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		const struct ike_exchange *ex = &ike->exchanges[i];
		/* Of one that the gateway begins only message 3 shows that it is no forgery. */
		if (phase1_on_the_way(ex) ||
		    (ex->step == IKE_STEP_MM4_SENT && now - ex->since < YIELD))
			return true;
	}
	return false;
}

int rekey_main_silent(struct ike *ike, const struct ike_exchange *ex, nsec_t now)
{
	size_t n = 0;

	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		n += phase1_on_the_way(&ike->exchanges[i]);
	if (!phase1_on_the_way(ex) || ex->step == IKE_STEP_MM1_SENT || n > 1 ||
	    ex->rt.tries < MAIN_ANEW)
		return 0;
	if (ike->config.one_main_mode && ike->stats.stage < IKE_STAGE_CHILD_UP)
		return 0;
	int r = main_start(ike, now);
	return r == -ENOBUFS ? 0 : r;
}

/* A quick mode under an SA that goes is begun again under another one. */
static void sa_clear(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	struct ike_exchange *ex = ike_exchange_quick(ike);
	bool again = ex && ex->sa == sa;

	ike_sa_clear(ike, sa);
	if (again)
		pair_wanted(ike, now);
}

static int sa_begin(struct ike *ike, nsec_t now)
{
	return main_going_on(ike, now) ? 0 : main_start(ike, now);
}

int rekey_sa_gone(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	bool in_use = ike->sa == sa;

	if (in_use)
		ike->sa = NULL;
	sa_clear(ike, sa, now);
	if (!in_use)
		return 0;
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].used && ike->sas[i].up)
			return phase1_take(ike, &ike->sas[i], now);

	struct ike_event event = { .type = IKE_EVENT_PHASE1_DOWN };
	ike_emit(ike, &event);
	int r = sa_begin(ike, now);
	return r == -ENOBUFS ? 0 : r;
}

nsec_t rekey_deadline(const struct ike *ike)
{
	nsec_t deadline = ike->child_wanted;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		const struct ike_pair *pair = &ike->pairs[i];
		if (pair->spi_in == 0)
			continue;
		deadline = nsec_min(deadline, nsec_min(pair->use, pair->remove));
		if (pair->spi_in == ike->head)
			deadline = nsec_min(deadline, pair->renew);
	}
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].used)
			deadline =
				nsec_min(deadline, nsec_min(ike->sas[i].renew, ike->sas[i].remove));
	return deadline;
}

/* Whether the gateway is about to make a pair of its own. */
static bool gateway_renews(const struct ike *ike, nsec_t now)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (ike->exchanges[i].step == IKE_STEP_QM2_SENT &&
		    now - ike->exchanges[i].since < YIELD)
			return true;
	return false;
}

/* Begins a quick mode for a pair that replaces the head, or for one to have any. */
static int child_begin(struct ike *ike, nsec_t now, nsec_t *ret_again)
{
	int r = 0;

	*ret_again = NSEC_NEVER;
	if (ike_exchange_quick(ike))
		return 0;
	if (gateway_renews(ike, now)) {
		r = -ENOBUFS;
	} else if (!ike->sa || !ike->sa->up) {
		r = sa_begin(ike, now);
		*ret_again = now + LIFE_SOON;
	} else {
		r = pair_room(ike, now) ? quick_start(ike, ike->head, now) : -ENOBUFS;
	}
	if (r == -ENOBUFS)
		*ret_again = now + LIFE_SOON;
	return r == -ENOBUFS ? 0 : r;
}

/* It has served: tells the gateway, and after a grace it is no more. */
static int pair_remove(struct ike *ike, struct ike_pair *pair, nsec_t now)
{
	if (pair->told || pair->half || !ike->sa || !ike->sa->up) {
		pair_gone(ike, pair, false, now);
		return 0;
	}
	pair->told = true;
	pair->remove = now + CHILD_GRACE;
	return inform_delete_pair(ike, ike->sa, pair->spi_in, now);
}

/* What the pairs' own times bring about: the newest is sent by, and what was replaced or is too old goes. */
static int pairs_timeout(struct ike *ike, nsec_t now)
{
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		if (pair->spi_in != 0 && pair->use <= now)
			pair_use(ike, pair);
		int r = pair->spi_in != 0 && pair->remove <= now ? pair_remove(ike, pair, now) : 0;
		if (r < 0)
			return r;
	}
	return 0;
}

/* A pair for the head's place, or for one to have any. */
static int renewal_timeout(struct ike *ike, nsec_t now)
{
	struct ike_pair *head = pair_head(ike);
	nsec_t *when = head ? &head->renew : &ike->child_wanted;

	return *when <= now ? child_begin(ike, now, when) : 0;
}

static bool carries_head(struct ike *ike, const struct ike_sa *sa, nsec_t now)
{
	const struct ike_pair *head = pair_head(ike);

	return sa->up && sa->theirs && head && head->under == sa && head->expire > now;
}

static int sa_timeout(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	int r = 0;

	if (sa->remove <= now && !sa->held && carries_head(ike, sa, now)) {
		sa->held = true;
		sa->remove = pair_head(ike)->expire;
	} else if (sa->remove <= now) {
		/* A main mode of ours that led nowhere; where there is another SA it is renewed again. */
		bool wanted = !sa->up && !sa->theirs && !ike->sa;

		if (sa->up)
			r = inform_delete_sa(ike, sa, now);
		sa_clear(ike, sa, now);
		if (r == 0 && wanted)
			r = sa_begin(ike, now);
	} else if (sa->renew <= now) {
		/* What is on the way may come to nothing. */
		sa->renew = now + LIFE_SOON;
		r = sa_begin(ike, now);
	}
	return r == -ENOBUFS ? 0 : r;
}

/* A quick mode that is silent for long may be so because the gateway lost phase 1. */
static int quick_silent(struct ike *ike, nsec_t now)
{
	const struct ike_exchange *ex = ike_exchange_quick(ike);

	if (!ex || ike->stats.stage != IKE_STAGE_CHILD_UP || ex->rt.tries == 0 ||
	    ex->sa != ike->sa || now - ex->since < phase1_patience(ike, ex))
		return 0;
	int r = sa_begin(ike, now);
	return r == -ENOBUFS ? 0 : r;
}

int rekey_timeout(struct ike *ike, nsec_t now)
{
	/* The pairs first: what becomes of an SA may hang on the pair that was made under it. */
	int r = pairs_timeout(ike, now);

	for (size_t i = 0; r == 0 && i < IKE_SAS_MAX; i++)
		r = ike->sas[i].used ? sa_timeout(ike, &ike->sas[i], now) : 0;
	if (r == 0)
		r = quick_silent(ike, now);
	return r < 0 ? r : renewal_timeout(ike, now);
}
