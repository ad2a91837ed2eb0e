/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SA pairs: which of them is sent by, and when they go. All that stand receive; the head alone
 * sends. A pair that we negotiated becomes the head when quick mode is done, one that the gateway
 * began when its message 3 is there.
 *
 * When both sides renew at once there are two successors of one pair. Ours stays: a pair of the
 * gateway's, begun before ours was done and done after it, is spare and goes after a while, as does
 * one of the gateway's that ours follows. A gateway that takes the newer one for its own comes to
 * the same, since it has our message 3 after its own message 2. If it deletes ours all the same,
 * the spare one is used.
 */
#include "ike/pairs.h"

#include <errno.h>

#include "ike/life.h"
#include "ike/phase1.h"
#include "ike/queue.h"
#include "ike/slots.h"

/* A replacement that was refused is tried again after a quarter of what is left, at most after that. */
#define REFUSED_RETRY (60 * NSEC_PER_SEC)

static struct ike_pair *pair_slot(struct ike *ike)
{
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		if (ike->pairs[i].spi_in == 0)
			return &ike->pairs[i];
	return NULL;
}

/* The one that goes next of those that only receive, or NULL. */
static struct ike_pair *pair_oldest(struct ike *ike)
{
	struct ike_pair *oldest = NULL, *head = pair_head(ike);

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		/* Until the head is used the one before it is. */
		if (pair->spi_in == 0 || pair == head || pair->half || (head && head->fresh))
			continue;
		if (!oldest || pair->remove < oldest->remove)
			oldest = pair;
	}
	return oldest;
}

bool pair_room(struct ike *ike, nsec_t now)
{
	struct ike_pair *oldest = pair_slot(ike) ? NULL : pair_oldest(ike);

	if (oldest)
		pair_gone(ike, oldest, false, now);
	return pair_slot(ike) != NULL;
}

int pair_add(struct ike *ike, const struct ike_child *child, struct ike_sa *under, bool ours,
	     nsec_t now, struct ike_pair **ret)
{
	uint32_t life_s = life_seconds(ours, child->life_s, ike->config.phase2_life_s);
	struct ike_pair *pair = pair_room(ike, now) ? pair_slot(ike) : NULL;
	nsec_t renew;

	if (!pair)
		return -ENOBUFS;
	int r = life_renewal(ike, life_s, now, &renew);
	if (r < 0)
		return r;
	nsec_t expire = now + life_s * NSEC_PER_SEC;
	*pair = (struct ike_pair){ .spi_in = child->spi_in,
				   .spi_out = child->spi_out,
				   .under = under,
				   .ours = ours,
				   .half = !ours,
				   .fresh = true,
				   .use = NSEC_NEVER,
				   .renew = renew,
				   .expire = expire,
				   .remove = ours ? expire : now + LIFE_HALF_OPEN };
	*ret = pair;
	return 0;
}

void pair_spare(struct ike_pair *pair, nsec_t now)
{
	pair->use = NSEC_NEVER;
	pair->remove = nsec_min(pair->expire, now + LIFE_LINGER);
}

void pair_promote(struct ike *ike, struct ike_pair *pair, nsec_t use, nsec_t now)
{
	struct ike_pair *before = pair_head(ike);

	if (before) {
		pair_spare(before, now);
		phase1_let_go(ike, before->under, now);
	}
	ike->head = pair->spi_in;
	ike->child_wanted = NSEC_NEVER;
	pair->remove = pair->expire;
	pair->use = use;
	if (use <= now)
		pair_use(ike, pair);
}

void pair_use(struct ike *ike, struct ike_pair *pair)
{
	pair->use = NSEC_NEVER;
	pair->fresh = false;
	ike_emit_child_use(ike, pair);
}

void pair_connected(struct ike *ike, uint32_t spi_in)
{
	struct ike_pair *pair = pair_find(ike, spi_in, 0);

	if (pair && pair->use != NSEC_NEVER)
		pair_use(ike, pair);
}

/* The youngest of those that could be sent by although they aren't the head, or NULL. */
static struct ike_pair *pair_usable(struct ike *ike)
{
	struct ike_pair *found = NULL;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		if (pair->spi_in == 0 || !pair->fresh || pair->half || pair->told)
			continue;
		if (!found || pair->expire > found->expire)
			found = pair;
	}
	return found;
}

/* A quick mode of which nothing more is wanted. */
static void forget_half(struct ike *ike, const struct ike_pair *pair)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (ex->step == IKE_STEP_QM2_SENT && ex->quick.spi_in == pair->spi_in)
			ike_exchange_clear(ike, ex);
	}
}

void pair_gone(struct ike *ike, struct ike_pair *pair, bool by_peer, nsec_t now)
{
	bool was_head = ike->head == pair->spi_in;

	ike_emit_child_down(ike, pair, by_peer);
	if (pair->half)
		forget_half(ike, pair);
	*pair = (struct ike_pair){ .spi_in = 0 };
	if (!was_head) {
		/* Perhaps it was the one that the head was to replace only in a moment. */
		struct ike_pair *head = pair_head(ike);
		if (head && head->fresh)
			pair_use(ike, head);
		return;
	}
	ike->head = 0;
	struct ike_pair *next = pair_usable(ike);
	if (next)
		pair_promote(ike, next, now, now);
	else if (!ike_exchange_quick(ike))
		ike->child_wanted = now;
}

void pair_refused(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct ike_pair *head = pair_head(ike);

	ike_exchange_clear(ike, ex);
	if (!head) {
		ike->child_wanted = now + LIFE_SOON;
		return;
	}
	nsec_t wait = head->expire > now ? nsec_min((head->expire - now) / 4, REFUSED_RETRY) : 0;
	head->renew = now + (wait > LIFE_SOON ? wait : LIFE_SOON);
}
