/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the scout is sent out, and what its findings change: silence on UDP 500 or 4500, and a refusal
 * of all algorithms, mean one thing or another by what the gateway answers to a fresh question.
 */
#include "client/connection-private.h"

#include <string.h>

/* Silence isn't judged before so long: three times the first repetition, or a slow path. */
#define ASK_AFTER_500  (1800 * NSEC_PER_MSEC)
#define ASK_AFTER_4500 (900 * NSEC_PER_MSEC)

/* Then our key is said again so often that loss alone, of a message or its answer, won't do as a reason. */
#define JUDGED_PAUSE (100 * NSEC_PER_MSEC)

/* What silence means when UDP 4500 is open. */
static void on_port_open(struct connection *c)
{
	struct evidence *e = &c->evidence;

	news_log(&c->news, "UDP 4500 is open");
	if (e->ike.stage == IKE_STAGE_MM1_SENT && !c->floated) {
		connection_retry_floated(c);
	} else if (e->ike.stage == IKE_STAGE_MM5_SENT) {
		evidence_hint(e, connection_now(c));
		ike_hurry(c->ike, JUDGED_PAUSE, connection_now(c));
	}
}

/* What would be told by asking in this step, and from when on. */
static enum scout_question reason_to_ask(const struct connection *c, nsec_t *ret_from)
{
	const struct evidence *e = &c->evidence;
	struct ike_stats ike;

	*ret_from = NSEC_NEVER;
	if (c->info.state != CONNECTION_PHASE1 || !c->ike || c->scouted)
		return SCOUT_NOTHING;
	ike_get_stats(c->ike, &ike);
	if (ike.stage == IKE_STAGE_MM5_SENT && e->nat && !e->undecryptable) {
		*ret_from = e->ike_stage_entered + ASK_AFTER_4500;
		return SCOUT_PORT;
	}
	if (ike.stage != IKE_STAGE_MM1_SENT || c->floated)
		return SCOUT_NOTHING;
	if (e->hint_notify && !c->repair.active) {
		*ret_from = e->hint_at;
		return SCOUT_OFFER;
	}
	/* While it is repaired: it did take our algorithms before, nothing is learnt by offering others. */
	if (e->hint_notify || ike.heard > 0)
		return SCOUT_NOTHING;
	*ret_from = e->ike_stage_entered + ASK_AFTER_500;
	return SCOUT_PORT;
}

/* What was found out in this attempt isn't asked again: it would cost the gateway another half-open SA. */
static bool is_known(const struct connection *c, enum scout_question question)
{
	return question == SCOUT_PORT && c->evidence.scout.port_open &&
	       (c->config.survey || c->floated);
}

/* What is to be asked in this step, and from when on: not before there is room for what it leaves there. */
static enum scout_question wanted(const struct connection *c, nsec_t *ret_from)
{
	enum scout_question question = reason_to_ask(c, ret_from);
	size_t most = c->repair.active ? HALF_OPEN_ASKING : HALF_OPEN_MOST;

	if (question != SCOUT_NOTHING && !is_known(c, question))
		*ret_from =
			nsec_max(*ret_from, half_open_until(&c->half_open, &c->info.gateway, most));
	return question;
}

static void ask(struct connection *c, enum scout_question question, bool floated, nsec_t t)
{
	struct ike_config config;

	connection_request_ike(c, &config);
	config.floated = floated;
	news_log(&c->news, "asking the gateway: %s",
		 question == SCOUT_PORT || question == SCOUT_KNOCK ? "is UDP 4500 open?"
		 : question == SCOUT_OWN			   ? "would it take our offer?"
					 : "which algorithms would it take?");
	if (scout_ask(&c->scout, question, &config, c->config.crypto, t) < 0)
		news_log(&c->news, "it can't be asked");
	else if (question != SCOUT_KNOCK)
		half_open_add(&c->half_open, &c->info.gateway, t);
	explicit_bzero(&config, sizeof(config));
}

static void send_out(struct connection *c, enum scout_question question, nsec_t t)
{
	c->scouted = true;
	if (is_known(c, question))
		on_port_open(c);
	else
		ask(c, question, false, t);
}

/* Findings that are news. */
static void take_findings(struct connection *c)
{
	struct evidence *e = &c->evidence;
	bool was_open = e->scout.port_open;

	e->scout = c->scout.findings;
	e->scouting = scout_is_busy(&c->scout);
	if (c->info.surveyed)
		c->info.survey = e->scout;
	if (e->scout.port_open && !was_open && !e->surveying)
		on_port_open(c);
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
static bool own_is_known(const struct connection *c)
{
	const struct scout_findings *s = &c->evidence.scout;

	return s->own_taken || s->own_refused ||
	       (s->offer_known && !s->takes_signatures && is_offered(&c->evidence, &s->takes));
}

/*
 * What comes after a question. An attempt that follows shows the rest by itself. Where none does, all
 * algorithms are offered and then, if that didn't tell, our own: at most two questions are accepted.
 */
static enum connection_survey after(const struct connection *c)
{
	const struct scout_findings *s = &c->evidence.scout;

	switch (c->survey) {
	case SURVEY_NONE:
		return SURVEY_KNOCK_4500;
	case SURVEY_KNOCK_4500:
		return c->config.until == CONNECTION_PHASE1 ? SURVEY_OFFER_500 : SURVEY_DONE;
	case SURVEY_OFFER_500:
		if (!s->heard_500)
			return SURVEY_OFFER_4500;
		if (!s->port_open)
			return SURVEY_OWN_4500;
		return own_is_known(c) ? SURVEY_DONE : SURVEY_OWN_500;
	case SURVEY_OFFER_4500:
		return s->port_open && !own_is_known(c) ? SURVEY_OWN_4500 : SURVEY_DONE;
	case SURVEY_OWN_4500:
		return s->heard_500 && !own_is_known(c) ? SURVEY_OWN_500 : SURVEY_DONE;
	case SURVEY_OWN_500:
	case SURVEY_DONE:
		break;
	}
	return SURVEY_DONE;
}

static void ask_next(struct connection *c, nsec_t t)
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

	ask(c, questions[c->survey].question, questions[c->survey].floated, t);
}

static void survey_done(struct connection *c)
{
	struct failure f = { 0 };

	c->evidence.surveying = false;
	c->scout.findings.own_taken = own_is_known(c) && !c->evidence.scout.own_refused;
	c->evidence.scout = c->scout.findings;
	c->info.surveyed = true;
	c->info.survey = c->evidence.scout;
	news_log(&c->news, "asked: UDP 500 %s, UDP 4500 %s",
		 c->info.survey.heard_500 ? "answers" : "is not asked or silent",
		 c->info.survey.port_open ? "answers" : "is silent");
	if (c->config.until != CONNECTION_PHASE1)
		connection_begin(c);
	else
		connection_fail(c, verdict_survey(connection_evidence(c), &f) ? &f : NULL);
}

void connection_survey(struct connection *c)
{
	nsec_t t = connection_now(c);

	c->evidence.surveying = true;
	while (c->survey != SURVEY_DONE && !scout_is_busy(&c->scout)) {
		c->survey = after(c);
		if (c->survey == SURVEY_DONE)
			survey_done(c);
		else
			ask_next(c, t);
	}
}

bool connection_scout_input(struct connection *c, const struct endpoint *from, const uint8_t *data,
			    size_t len)
{
	bool taken = scout_input(&c->scout, from, data, len, connection_now(c));

	take_findings(c);
	if (c->evidence.surveying)
		connection_survey(c);
	return taken;
}

void connection_scout_timeout(struct connection *c)
{
	nsec_t t = connection_now(c), from;
	enum scout_question question = wanted(c, &from);

	if (question != SCOUT_NOTHING && t >= from)
		send_out(c, question, t);
	scout_timeout(&c->scout, t);
	take_findings(c);
	if (c->evidence.surveying)
		connection_survey(c);
}

nsec_t connection_scout_deadline(const struct connection *c)
{
	nsec_t from;

	(void)wanted(c, &from);
	return nsec_min(from, scout_deadline(&c->scout));
}
