/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a connection that worked ended. When the gateway falls silent it is asked three things at once:
 * a proof of life under phase 1 (RFC 3706), a first message as if we came anew, and its name is looked
 * up once more. What comes back in a few seconds tells a gateway that was restarted from one that
 * moved, one that gave our place to a neighbour, and one that is gone.
 */
#include "client/connection/loss.h"

#include "client/connection/verdict.h"

/* So long the answers may take: a first message and one repetition. */
#define INQUIRY (3 * NSEC_PER_SEC)

/*
 * A connection without traffic for so long that the gateway ends in good order ran into its idle limit,
 * perhaps. Limits are a minute or more, and traffic is looked at by liveness, every third of one.
 */
#define IDLE_LIMIT (40 * NSEC_PER_SEC)

void loss_forget(struct loss *l)
{
	l->until = NSEC_NEVER;
}

void loss_note_traffic(struct loss *l, uint64_t packets, nsec_t now)
{
	if (packets != l->packets || !l->traffic_at)
		l->traffic_at = now;
	l->packets = packets;
}

enum loss_decision loss_tell(struct loss *l, const struct failure *f, bool repaired, nsec_t now,
			     struct failure *ret)
{
	/* What follows from the loss that is inquired into is no other reason. */
	if (l->until != NSEC_NEVER)
		return LOSS_NOTHING;
	if (f->cause == CAUSE_LOST_GATEWAY && !repaired) {
		l->why = *f;
		l->since = now;
		l->until = now + INQUIRY;
		return LOSS_INQUIRE;
	}
	if (f->cause == CAUSE_LOST_CLOSED && l->traffic_at && now - l->traffic_at >= IDLE_LIMIT)
		(void)failure_set(ret, CAUSE_LOST_IDLE, f->error, "%.200s; no traffic for %u s",
				  f->detail, (unsigned int)((now - l->traffic_at) / NSEC_PER_SEC));
	else
		*ret = *f;
	return LOSS_NAMED;
}

bool loss_resolved(struct loss *l, const struct endpoint *gateway, const struct endpoint *addrs,
		   size_t n)
{
	if (l->until == NSEC_NEVER)
		return false;
	l->moved = n > 0;
	for (size_t i = 0; i < n; i++)
		l->moved &= !endpoint_same_addr(&addrs[i], gateway);
	if (l->moved)
		l->moved_to = addrs[0];
	return true;
}

enum loss_decision loss_check(struct loss *l, const struct loss_seen *seen, nsec_t now,
			      struct failure *ret)
{
	const struct loss_evidence e = {
		.why = &l->why,
		.ike_alive = seen->authenticated >= l->since && seen->authenticated > 0,
		.answers = seen->answers,
		.moved = l->moved,
		.moved_to = l->moved_to,
		.shared_port = seen->shared_port,
	};

	/* An answer to a fresh message may overtake the proof of life. */
	if (l->until == NSEC_NEVER || (now < l->until && !e.ike_alive))
		return LOSS_NOTHING;
	verdict_lost(&e, ret);
	return LOSS_NAMED;
}

nsec_t loss_deadline(const struct loss *l)
{
	return l->until;
}
