/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/questions.h"

#include <string.h>

#include "client/connection/request.h"

static nsec_t now(const struct questions *q)
{
	return news_now(q->line->news);
}

void questions_init(struct questions *q, struct line *line, struct half_open *half_open)
{
	q->line = line;
	q->half_open = half_open;
}

void questions_stop(struct questions *q)
{
	scout_stop(&q->scouting.scout);
	bare_stop(&q->bare);
}

/* What the scout is for. */

void questions_put(struct questions *q, enum scout_question question, bool floated)
{
	struct line *l = q->line;
	struct ike_config ike;

	line_request_ike(l, &ike);
	ike.floated = floated;
	if (scout_ask(&q->scouting.scout, question, &ike, l->config->crypto, now(q)) < 0)
		news_log(l->news, "it can't be asked");
	else if (question != SCOUT_KNOCK)
		half_open_add(q->half_open, &l->info->gateway, now(q));
	explicit_bzero(&ike, sizeof(ike));
}

static void ask_scout(struct questions *q)
{
	enum scout_question question = q->scouting.question;

	news_log(q->line->news, "asking the gateway: %s",
		 question == SCOUT_PORT || question == SCOUT_KNOCK ? "is UDP 4500 open?"
		 : question == SCOUT_OWN			   ? "would it take our offer?"
					 : "which algorithms would it take?");
	questions_put(q, question, q->scouting.floated);
}

static void note_survey(struct line *l)
{
	struct connection_info *info = l->info;

	info->surveyed = true;
	info->survey = l->evidence->scout;
	news_log(l->news, "asked: UDP 500 %s, UDP 4500 %s",
		 info->survey.heard_500 ? "answers" : "is not asked or silent",
		 info->survey.port_open ? "answers" : "is silent");
}

bool questions_before(const struct questions *q)
{
	return q->line->config->survey && q->scouting.survey != SURVEY_DONE;
}

enum questions_told questions_survey(struct questions *q)
{
	struct line *l = q->line;
	bool only = l->config->until == CONNECTION_PHASE1;
	enum scouting_decision decision;

	while ((decision = scouting_survey(&q->scouting, l->evidence, only)) == SCOUTING_ASK)
		ask_scout(q);
	if (decision != SCOUTING_SURVEYED)
		return QUESTIONS_NOTHING;
	note_survey(l);
	return QUESTIONS_SURVEYED;
}

/* Of the attempt: SURVEYED is none. */
static enum questions_told carry_out(struct questions *q, enum scouting_decision decision)
{
	struct line *l = q->line;

	switch (decision) {
	case SCOUTING_NOTHING:
	case SCOUTING_SURVEYED:
		return QUESTIONS_NOTHING;
	case SCOUTING_ASK:
		ask_scout(q);
		return QUESTIONS_NOTHING;
	case SCOUTING_FLOAT:
	case SCOUTING_JUDGE:
	case SCOUTING_OPEN:
		break;
	}
	news_log(l->news, "UDP 4500 is open");
	if (decision == SCOUTING_JUDGE) {
		evidence_hint(l->evidence, now(q));
		ike_hurry(l->ike, SCOUTING_JUDGED_PAUSE, now(q));
	}
	return decision == SCOUTING_FLOAT ? QUESTIONS_FLOAT : QUESTIONS_NOTHING;
}

static enum questions_told take_findings(struct questions *q, bool floated)
{
	struct evidence *e = q->line->evidence;
	enum scouting_decision decision = scouting_find(&q->scouting, e, floated);

	if (q->line->info->surveyed)
		q->line->info->survey = e->scout;
	enum questions_told told = carry_out(q, decision);
	return told == QUESTIONS_NOTHING && e->surveying ? questions_survey(q) : told;
}

static struct scouting_seen see(const struct questions *q, bool floated, bool repairing,
				struct ike_stats *ike)
{
	const struct line *l = q->line;
	size_t most = repairing ? HALF_OPEN_ASKING : HALF_OPEN_MOST;

	if (l->ike)
		ike_get_stats(l->ike, ike);
	return (struct scouting_seen){
		.evidence = l->evidence,
		.ike = l->ike ? ike : NULL,
		.floated = floated,
		.repairing = repairing,
		.surveyed = l->config->survey,
		.room = half_open_until(q->half_open, &l->info->gateway, most),
	};
}

static enum questions_told check_scouting(struct questions *q, bool floated, bool repairing)
{
	struct ike_stats ike;
	const struct scouting_seen seen = see(q, floated, repairing, &ike);
	enum questions_told told = carry_out(q, scouting_check(&q->scouting, &seen, now(q)));

	if (told != QUESTIONS_NOTHING)
		return told;
	scout_timeout(&q->scouting.scout, now(q));
	return take_findings(q, floated);
}

/* Whether L2TP is answered without the tunnel's secret. */

static void ask_bare(struct questions *q)
{
	struct line *l = q->line;
	struct l2tp_config l2tp;

	l->evidence->bare_asked = true;
	request_l2tp(l->config->profile, &(struct secret){ 0 }, &line_evidence(l)->ike, &l2tp);
	l2tp.round_trip = 0; /* its SAs have long been there */
	l2tp.ask_only = true;
	news_log(l->news, "asking the gateway: does it answer without the tunnel's secret?");
	if (bare_ask(&q->bare, &l2tp, l->config->l2tp_crypto, now(q)) < 0)
		news_log(l->news, "it can't be asked");
}

static void take_bare_answer(struct questions *q)
{
	struct evidence *e = q->line->evidence;

	if (!bare_answered(&q->bare))
		return;
	e->bare_answered = true;
	evidence_hint(e, now(q));
}

static nsec_t bare_due(const struct questions *q)
{
	const struct line *l = q->line;
	struct l2tp_stats stats;

	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &stats);
	return bare_from(&q->bare, l->evidence, l->l2tp ? &stats : NULL);
}

static void check_bare(struct questions *q)
{
	if (now(q) >= bare_due(q))
		ask_bare(q);
	if (bare_timeout(&q->bare, now(q)) < 0)
		news_log(q->line->news, "it can't be asked any more");
	take_bare_answer(q);
}

/* Both. */

enum questions_told questions_check(struct questions *q, bool floated, bool repairing)
{
	enum questions_told told = check_scouting(q, floated, repairing);

	if (told == QUESTIONS_NOTHING)
		check_bare(q);
	return told;
}

nsec_t questions_deadline(const struct questions *q, bool floated, bool repairing)
{
	struct ike_stats ike;
	const struct scouting_seen seen = see(q, floated, repairing, &ike);

	return nsec_min(scouting_deadline(&q->scouting, &seen),
			nsec_min(bare_due(q), bare_deadline(&q->bare)));
}

bool questions_ike_input(struct questions *q, bool floated, const struct endpoint *from,
			 const uint8_t *data, size_t len, enum questions_told *ret_told)
{
	bool taken = scout_input(&q->scouting.scout, from, data, len, now(q));

	*ret_told = take_findings(q, floated);
	return taken;
}

bool questions_l2tp_input(struct questions *q, const struct endpoint *from, const uint8_t *data,
			  size_t len)
{
	bool taken = bare_input(&q->bare, from, data, len, now(q));

	take_bare_answer(q);
	return taken;
}

bool questions_send_next_ike(struct questions *q)
{
	struct ike_datagram d;

	if (!scout_next_datagram(&q->scouting.scout, &d))
		return false;
	line_send_ike(q->line, &d);
	return true;
}

bool questions_send_next_l2tp(struct questions *q)
{
	struct l2tp_datagram d;

	if (!q->line->l2tp || !q->line->open || !bare_next_datagram(&q->bare, &d))
		return false;
	line_send_l2tp(q->line, &d);
	return true;
}
