/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the scout is sent out, and what its findings change: silence on UDP 500 or 4500, and a refusal
 * of all algorithms, mean one thing or another by what the gateway answers to a fresh question.
 */
#include "client/connection/scouting.h"

/* Silence isn't judged before so long: three times the first repetition, or a slow path. */
#define ASK_AFTER_500  (1800 * NSEC_PER_MSEC)
#define ASK_AFTER_4500 (900 * NSEC_PER_MSEC)

/* What silence means when UDP 4500 is open. */
static enum scouting_decision judge_open(const struct evidence *e, bool floated)
{
	if (e->ike.stage == IKE_STAGE_MM1_SENT && !floated)
		return SCOUTING_FLOAT;
	return e->ike.stage == IKE_STAGE_MM5_SENT ? SCOUTING_JUDGE : SCOUTING_OPEN;
}

/* What would be told by asking in this step, and from when on. */
static enum scout_question reason_to_ask(const struct scouting *s, const struct scouting_seen *seen,
					 nsec_t *ret_from)
{
	const struct evidence *e = seen->evidence;
	const struct ike_stats *ike = seen->ike;

	*ret_from = NSEC_NEVER;
	if (e->state != CONNECTION_PHASE1 || !ike || s->asked == e->steps)
		return SCOUT_NOTHING;
	if (ike->stage == IKE_STAGE_MM5_SENT && e->nat && !e->undecryptable) {
		*ret_from = e->ike_stage_entered + ASK_AFTER_4500;
		return SCOUT_PORT;
	}
	if (ike->stage != IKE_STAGE_MM1_SENT || seen->floated)
		return SCOUT_NOTHING;
	if (e->hint_notify && !seen->repairing) {
		*ret_from = e->hint_at;
		return SCOUT_OFFER;
	}
	/* While it is repaired: it did take our algorithms before, nothing is learnt by offering others. */
	if (e->hint_notify || ike->heard > 0)
		return SCOUT_NOTHING;
	*ret_from = e->ike_stage_entered + ASK_AFTER_500;
	return SCOUT_PORT;
}

/* What was found out in this attempt isn't asked again: it would cost the gateway another half-open SA. */
static bool is_known(const struct scouting_seen *seen, enum scout_question question)
{
	return question == SCOUT_PORT && seen->evidence->scout.port_open &&
	       (seen->surveyed || seen->floated);
}

/* What is to be asked in this step, and from when on: not before there is room for what it leaves there. */
static enum scout_question wanted(const struct scouting *s, const struct scouting_seen *seen,
				  nsec_t *ret_from)
{
	enum scout_question question = reason_to_ask(s, seen, ret_from);

	if (question != SCOUT_NOTHING && !is_known(seen, question))
		*ret_from = nsec_max(*ret_from, seen->room);
	return question;
}

enum scouting_decision scouting_check(struct scouting *s, const struct scouting_seen *seen,
				      nsec_t now)
{
	nsec_t from;
	enum scout_question question = wanted(s, seen, &from);

	if (question == SCOUT_NOTHING || now < from)
		return SCOUTING_NOTHING;
	s->asked = seen->evidence->steps;
	if (is_known(seen, question))
		return judge_open(seen->evidence, seen->floated);
	s->question = question;
	s->floated = false;
	return SCOUTING_ASK;
}

enum scouting_decision scouting_find(struct scouting *s, struct evidence *e, bool floated)
{
	bool was_open = e->scout.port_open;

	e->scout = s->scout.findings;
	e->scouting = scout_is_busy(&s->scout);
	if (!e->scout.port_open || was_open || e->surveying)
		return SCOUTING_NOTHING;
	return judge_open(e, floated);
}

nsec_t scouting_deadline(const struct scouting *s, const struct scouting_seen *seen)
{
	nsec_t from;

	(void)wanted(s, seen, &from);
	return nsec_min(from, scout_deadline(&s->scout));
}

static bool is_offered(const struct evidence *e, const struct ike_proposal *p)
{
	for (size_t i = 0; i < e->n_proposals; i++) {
		const struct ike_proposal *o = &e->proposals[i];

		if (o->encr == p->encr && o->key_bits == p->key_bits && o->hash == p->hash &&
		    o->group == p->group)
			return true;
	}
	return false;
}

/* Whether the profile's own offer would be taken. */
static bool own_is_known(const struct evidence *e)
{
	const struct scout_findings *s = &e->scout;

	return s->own_taken || s->own_refused ||
	       (s->offer_known && !s->takes_signatures && is_offered(e, &s->takes));
}

/*
 * What comes after a question. An attempt that follows shows the rest by itself. Where none does, all
 * algorithms are offered and then, if that didn't tell, our own: at most two questions are accepted.
 */
static enum survey after(enum survey survey, const struct evidence *e, bool only)
{
	const struct scout_findings *s = &e->scout;

	switch (survey) {
	case SURVEY_NONE:
		return SURVEY_KNOCK_4500;
	case SURVEY_KNOCK_4500:
		return only ? SURVEY_OFFER_500 : SURVEY_DONE;
	case SURVEY_OFFER_500:
		if (!s->heard_500)
			return SURVEY_OFFER_4500;
		if (!s->port_open)
			return SURVEY_OWN_4500;
		return own_is_known(e) ? SURVEY_DONE : SURVEY_OWN_500;
	case SURVEY_OFFER_4500:
		return s->port_open && !own_is_known(e) ? SURVEY_OWN_4500 : SURVEY_DONE;
	case SURVEY_OWN_4500:
		return s->heard_500 && !own_is_known(e) ? SURVEY_OWN_500 : SURVEY_DONE;
	case SURVEY_OWN_500:
	case SURVEY_DONE:
		break;
	}
	return SURVEY_DONE;
}

enum scouting_decision scouting_survey(struct scouting *s, struct evidence *e, bool only)
{
	static const struct {
		enum scout_question question;
		bool floated;
	} questions[] = {
		[SURVEY_KNOCK_4500] = { SCOUT_KNOCK, true },
		[SURVEY_OFFER_500] = { SCOUT_OFFER, false },
		[SURVEY_OFFER_4500] = { SCOUT_OFFER, true },
		[SURVEY_OWN_4500] = { SCOUT_OWN, true },
		[SURVEY_OWN_500] = { SCOUT_OWN, false },
	};

	if (s->survey == SURVEY_DONE || scout_is_busy(&s->scout))
		return SCOUTING_NOTHING;
	e->surveying = true;
	s->survey = after(s->survey, e, only);
	if (s->survey != SURVEY_DONE) {
		s->question = questions[s->survey].question;
		s->floated = questions[s->survey].floated;
		return SCOUTING_ASK;
	}
	e->surveying = false;
	s->scout.findings.own_taken = own_is_known(e) && !e->scout.own_refused;
	e->scout = s->scout.findings;
	return SCOUTING_SURVEYED;
}
