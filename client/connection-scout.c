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

/* What is to be asked in this step, and from when on. */
static enum scout_question wanted(const struct connection *c, nsec_t *ret_from)
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
	if (e->hint_notify) {
		*ret_from = e->hint_at;
		return SCOUT_OFFER;
	}
	if (ike.heard > 0)
		return SCOUT_NOTHING;
	*ret_from = e->ike_stage_entered + ASK_AFTER_500;
	return SCOUT_PORT;
}

static void send_out(struct connection *c, enum scout_question question, nsec_t t)
{
	struct ike_config config;

	connection_request_ike(c, &config);
	connection_emit_text(c, CONNECTION_EVENT_LOG, "asking the gateway: %s",
			     question == SCOUT_PORT ? "is UDP 4500 open?"
						    : "which algorithms would it take?");
	if (scout_ask(&c->scout, question, &config, c->config.crypto, t) < 0)
		connection_emit_text(c, CONNECTION_EVENT_LOG, "it can't be asked");
	explicit_bzero(&config, sizeof(config));
	c->scouted = true;
}

/* Findings that are news. */
static void take_findings(struct connection *c)
{
	struct evidence *e = &c->evidence;
	bool was_open = e->scout.port_open;

	e->scout = c->scout.findings;
	e->scouting = scout_is_busy(&c->scout);
	if (!e->scout.port_open || was_open)
		return;
	connection_emit_text(c, CONNECTION_EVENT_LOG, "UDP 4500 is open");
	if (e->ike.stage == IKE_STAGE_MM1_SENT && !c->floated)
		connection_retry_floated(c);
	else if (e->ike.stage == IKE_STAGE_MM5_SENT)
		connection_hint(c);
}

bool connection_scout_input(struct connection *c, const struct endpoint *from, const uint8_t *data,
			    size_t len)
{
	bool taken = scout_input(&c->scout, from, data, len, connection_now(c));

	take_findings(c);
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
}

nsec_t connection_scout_deadline(const struct connection *c)
{
	nsec_t from;

	(void)wanted(c, &from);
	return nsec_min(from, scout_deadline(&c->scout));
}
