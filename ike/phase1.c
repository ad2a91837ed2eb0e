/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Phase 1 SAs: which of them is in use, and how long one stays that was replaced.
 *
 * Of two phases 1 that both sides made at once the one stays that the gateway had last: strongSwan
 * hangs its pairs on that, and ends them with it. Of two that the gateway began, each to replace
 * another one of its own, we can't know which it hangs them on: one that it began isn't deleted by us
 * as long as the pair that we send by was made under it.
 */
#include "ike/phase1.h"

#include "ike/life.h"
#include "ike/slots.h"

/* A quick mode that is silent for so long suggests that the gateway has lost phase 1. */
#define QUICK_PATIENCE (10 * NSEC_PER_SEC)

static void replaced(const struct ike *ike, struct ike_sa *old, nsec_t now)
{
	/* It should be gone before its successor is to be replaced in turn. */
	uint32_t life_s = life_seconds(!old->theirs, old->life_s, ike->config.phase1_life_s);

	old->renew = NSEC_NEVER;
	old->remove = now + nsec_min(life_s * NSEC_PER_SEC / 4, LIFE_LINGER);
}

void phase1_let_go(const struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	if (!sa || !sa->held)
		return;
	sa->held = false;
	replaced(ike, sa, now);
}

bool phase1_on_the_way(const struct ike_exchange *ex)
{
	return ex->step == IKE_STEP_MM1_SENT || ex->step == IKE_STEP_MM3_SENT ||
	       ex->step == IKE_STEP_MM5_SENT;
}

/*
 * One main mode led to its end: what was begun beside it isn't needed any more. But where the gateway
 * that completed its own has message 5 of ours it has another phase 1, which is to be deleted in order.
 */
static void forget_others(struct ike *ike, const struct ike_sa *sa)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (!phase1_on_the_way(ex) || ex->sa == sa ||
		    (sa->theirs && ex->step == IKE_STEP_MM5_SENT))
			continue;
		if (ike->sa == ex->sa)
			ike->sa = NULL;
		ike_sa_clear(ike, ex->sa);
	}
}

int phase1_take(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	uint32_t life_s = life_seconds(!sa->theirs, sa->life_s, ike->config.phase1_life_s);
	nsec_t renew;
	int r = life_renewal(ike, life_s, now, &renew);

	if (r < 0)
		return r;
	if (ike->sa && ike->sa != sa)
		replaced(ike, ike->sa, now);
	sa->renew = renew;
	sa->remove = NSEC_NEVER;
	ike->sa = sa;
	return 0;
}

nsec_t phase1_patience(struct ike *ike, const struct ike_exchange *ex)
{
	const struct ike_pair *head = pair_head(ike);

	if (!head)
		return QUICK_PATIENCE;
	return head->expire > ex->since ? nsec_min(QUICK_PATIENCE, (head->expire - ex->since) / 2)
					: 0;
}

int phase1_up(struct ike *ike, struct ike_sa *sa, bool spare, nsec_t now)
{
	struct ike_exchange *ex = ike_exchange_quick(ike);

	sa->up = true;
	ike->floated |= sa->floated;
	forget_others(ike, sa);
	if (spare && ike->sa && ike->sa->up) {
		replaced(ike, sa, now);
		return 0;
	}
	int r = phase1_take(ike, sa, now);
	if (r < 0)
		return r;
	/* A quick mode that got no answer so far has better chances under the new one. */
	if (ex && ex->sa != sa && now - ex->since >= phase1_patience(ike, ex)) {
		ike_exchange_clear(ike, ex);
		pair_wanted(ike, now);
	}
	return 0;
}
