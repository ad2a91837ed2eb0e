/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the gateway is still there: one policy for dead peer detection (RFC 3706 5.4: a proof of life
 * is only asked for when there is a doubt), L2TP's HELLO and silence within ESP. Whatever arrives
 * through ESP, or is authenticated in IKE, is a sign of life, so a tunnel in use sends no question at
 * all. The kernel's counters are looked at: rarely on an idle tunnel, often on one in use. What
 * is sent and stays unanswered for three seconds is a doubt.
 *
 * Each question is put twice: under phase 1, which only shows that IKE is alive, and by a HELLO through
 * ESP, which every LNS acknowledges. Where only the first is answered, the way of ESP is broken (a NAT
 * that has forgotten its mapping).
 */
#include "client/connection/liveness.h"

/* The slowest answer, beyond two round trips. */
#define ANSWER_TIME (200 * NSEC_PER_MSEC)

static void forget_questions(struct liveness *l)
{
	l->probes = 0;
	l->asked = 0;
	l->ike_answered = false;
}

void liveness_start(struct liveness *l, nsec_t now, const struct liveness_seen *seen)
{
	*l = (struct liveness){
		.in = seen->in,
		.out = seen->out,
		.looked = now,
		.counted = seen->out,
		.counting = now,
		.in_use = now + LIVENESS_IN_USE,
		.heard = now,
		.next = now + LIVENESS_LOOK,
	};
}

void liveness_doubt(struct liveness *l, nsec_t now, const struct liveness_seen *seen)
{
	if (l->next == 0)
		return;
	forget_questions(l);
	l->in = seen->in;
	l->out = seen->out;
	l->haste = true;
	l->next = now;
}

nsec_t liveness_deadline(const struct liveness *l)
{
	return l->next != 0 ? l->next : NSEC_NEVER;
}

/* How it is asked: in haste, while we send, or of an idle tunnel. */
static void plan_questions(struct liveness *l, const struct liveness_seen *seen)
{
	nsec_t answer = 2 * seen->round_trip + ANSWER_TIME;

	if (l->haste) {
		l->pace = LIVENESS_REPEAT_HASTE;
		l->limit = LIVENESS_PROBES_HASTE;
	} else {
		l->pace = l->spoke ? LIVENESS_REPEAT_BUSY : LIVENESS_REPEAT_IDLE;
		l->limit = l->spoke ? LIVENESS_PROBES_BUSY : LIVENESS_PROBES_IDLE;
	}
	if (l->pace < answer)
		l->pace = answer;
}

/* Nothing has come since the last look: is it time to ask, or to give up? */
static enum liveness_verdict judge_silence(struct liveness *l, nsec_t now,
					   const struct liveness_seen *seen)
{
	if (l->probes == 0) {
		l->asked = now;
		plan_questions(l, seen);
	}
	if (l->probes < l->limit) {
		l->probes++;
		l->next = now + l->pace;
		return LIVENESS_ASK;
	}
	bool mute = l->ike_answered;
	liveness_start(l, now, seen);
	return mute ? LIVENESS_MUTE : LIVENESS_GONE;
}

static void note_traffic(struct liveness *l, nsec_t now, const struct liveness_seen *seen)
{
	if (seen->in != l->in) {
		l->heard = now;
		l->spoke = 0;
		l->haste = false;
		forget_questions(l);
	} else if (seen->out != l->out && !l->spoke && l->probes == 0) {
		l->spoke = l->looked; /* since then at the earliest */
	}
	if (seen->authenticated > l->heard)
		l->heard = seen->authenticated;
	l->ike_answered |= l->probes > 0 && seen->authenticated > l->asked;
}

static void note_use(struct liveness *l, nsec_t now, const struct liveness_seen *seen)
{
	bool many = seen->out - l->counted > LIVENESS_PACKETS;

	if (many)
		l->in_use = now + LIVENESS_IN_USE;
	if (many || now - l->counting >= LIVENESS_MINUTE) {
		l->counted = seen->out;
		l->counting = now;
	}
}

enum liveness_verdict liveness_check(struct liveness *l, nsec_t now,
				     const struct liveness_seen *seen)
{
	note_traffic(l, now, seen);
	note_use(l, now, seen);
	l->in = seen->in;
	l->out = seen->out;
	l->looked = now;
	nsec_t doubt = l->heard + LIVENESS_IDLE;
	if (l->spoke)
		doubt = nsec_min(doubt, l->spoke + LIVENESS_BUSY);
	if (l->haste)
		doubt = now;
	if (l->probes > 0 || now >= doubt)
		return judge_silence(l, now, seen);
	l->next = now < l->in_use ? nsec_min(doubt, now + LIVENESS_LOOK) : doubt;
	return LIVENESS_WAIT;
}
