/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/upkeep.h"

#include <errno.h>

#include "client/connection/line-ike.h"
#include "client/connection/line-l2tp.h"
#include "client/connection/verdict.h"
#include "client/failure/i18n.h"

static nsec_t now(const struct upkeep *u)
{
	return news_now(u->attempt->line.news);
}

static enum connection_state state(const struct upkeep *u)
{
	return u->attempt->line.info->state;
}

void upkeep_init(struct upkeep *u, struct attempt *attempt, struct line_network *network)
{
	*u = (struct upkeep){ .attempt = attempt, .network = network };
	loss_forget(&u->loss);
	repair_init(&u->repair);
	attempt->keepalive = u->repair.keepalive;
}

void upkeep_stop(struct upkeep *u)
{
	deadlines_clear(&u->attempt->deadlines);
	loss_forget(&u->loss);
	u->liveness = (struct liveness){ 0 };
	u->network->names_awaited = false;
}

void upkeep_end(struct upkeep *u)
{
	repair_stop(&u->repair);
}

/* What the repair has come to, for who is told and for the attempts. */
static void show(struct upkeep *u)
{
	const struct repair *r = &u->repair;
	struct connection_info *info = u->attempt->line.info;

	info->repairing = r->active ? r->why.cause : CAUSE_NONE;
	info->repair_since = r->began;
	info->repair_tries = r->tries;
	info->repair_held = r->held;
	u->attempt->repairing = r->active;
	u->attempt->keepalive = r->keepalive;
}

static struct liveness_seen traffic_in(const struct connection_counters *counters)
{
	return (struct liveness_seen){
		.in = counters->dataplane.esp_in_packets,
		.out = counters->dataplane.esp_out_packets,
		.authenticated = counters->ike.last_authenticated,
		.round_trip = counters->ike.round_trip,
	};
}

static struct liveness_seen see_traffic(const struct upkeep *u)
{
	struct connection_counters counters;

	line_get_counters(&u->attempt->line, &counters);
	return traffic_in(&counters);
}

void upkeep_watch(struct upkeep *u)
{
	const struct liveness_seen seen = see_traffic(u);

	liveness_start(&u->liveness, now(u), &seen);
}

const struct connection_repaired *upkeep_up(struct upkeep *u)
{
	struct line *l = &u->attempt->line;
	struct connection_info *info = l->info;
	struct connection_repaired *done = &info->repairs[info->n_repairs % CONNECTION_REPAIRS_MAX];
	bool repaired = repair_done(&u->repair, info->local_nat, now(u), done);

	u->repair.armed = l->config->profile->reconnect && !l->config->survey;
	info->worked = true;
	if (!repaired)
		return NULL;
	done->at -= info->started;
	info->n_repairs++;
	info->repairing = CAUSE_NONE;
	u->attempt->repairing = false;
	u->attempt->keepalive = u->repair.keepalive;
	news_log(l->news, "repaired (%s) after %.3f s: %s",
		 done->level == REPAIR_CALL ? "another call" : "anew",
		 (double)done->took / (double)NSEC_PER_SEC, cause_id(done->cause));
	return done;
}

/* A failure, and its repair. */

static bool repair_by_call(struct upkeep *u)
{
	line_network_hold(u->network, &u->attempt->line);
	u->liveness = (struct liveness){ 0 };
	u->attempt->line.info->attempt = now(u);
	/* With the call before it ended first the gateway can give the same address again. */
	if (!line_call_again(&u->attempt->line, L2TP_CALL_INSTEAD))
		return false;
	u->attempt->deadlines.attempt = now(u) + REPAIR_CALL_TIME;
	return true;
}

static void take_down(struct upkeep *u)
{
	struct line *l = &u->attempt->line;

	line_cut_l2tp(l);
	attempt_release(u->attempt);
	line_network_hold(u->network, l);
	upkeep_stop(u);
	l->n_children = 0;
	u->attempt->fallback.before = (struct failure){ 0 };
	line_enter(l, CONNECTION_WAIT);
}

/* Nothing is tried any more, and nothing is opened: that is the user's to do. */
static void hold(struct line *l)
{
	l->info->repair_held = true;
	news_warn(l->news,
		  N_("it is not tried again by itself, and what belongs into the tunnel "
		     "stays blocked; "
		     "put it right, then `tsunagu disconnect %.80s` and connect again"),
		  l->config->profile->name);
}

static void wait_after(struct upkeep *u, enum cause cause)
{
	struct system *sys = u->attempt->line.config->system;
	uint8_t jitter = UINT8_MAX / 2;

	(void)(sys->ops->random(sys, &jitter, sizeof(jitter)) < 0);
	/* The gateway sees another address. */
	if (cause == CAUSE_LOST_UPLINK)
		half_open_forget(&u->attempt->half_open);
	if (repair_wait(&u->repair, cause, now(u), jitter) == REPAIR_HOLD)
		hold(&u->attempt->line);
}

bool upkeep_repairs(struct upkeep *u, const struct failure *f)
{
	enum repair_decision decision = repair_lost(&u->repair, f, state(u), now(u));

	if (decision == REPAIR_FINAL)
		return false;
	u->attempt->line.info->repair_last = *f;
	show(u);
	news_repair(u->attempt->line.news, f);
	if (decision == REPAIR_BY_CALL && repair_by_call(u))
		return true;
	take_down(u);
	wait_after(u, f->cause);
	return true;
}

/*
 * Where it was, first: to ask for the name costs time and needs somebody who knows it. It is looked up
 * beside that, and before each later try.
 */
enum attempt_told upkeep_try(struct upkeep *u, struct failure *f)
{
	struct line *l = &u->attempt->line;
	nsec_t room = half_open_until(&u->attempt->half_open, &l->info->gateway, HALF_OPEN_MOST);

	if (state(u) != CONNECTION_WAIT)
		return ATTEMPT_GOES_ON;
	enum repair_decision decision = repair_check(&u->repair, room, now(u));
	if (decision == REPAIR_NOTHING)
		return ATTEMPT_GOES_ON;
	show(u);
	l->info->attempt = now(u);
	u->attempt->deadlines.attempt = l->info->attempt + l->config->timeout;
	fallback_forget(&u->attempt->fallback);
	enum attempt_told told = ATTEMPT_GOES_ON;
	if (decision == REPAIR_LOOK_UP)
		line_enter(l, CONNECTION_RESOLVE);
	else
		told = attempt_start_over(u->attempt, f);
	/* One that couldn't even begin is told before. */
	if (told == ATTEMPT_FAILED && upkeep_repairs(u, f))
		told = ATTEMPT_GOES_ON;
	line_network_look_up(l);
	return told;
}

/* A loss, and what it was. */

/* The gateway is asked three things at once. */
static void inquire(struct upkeep *u, const struct failure *f)
{
	struct line *l = &u->attempt->line;

	u->liveness = (struct liveness){ 0 };
	u->attempt->deadlines.bridge = NSEC_NEVER;
	news_log(l->news, "%s: asking whether it is there at all", f->detail);
	attempt_put_question(u->attempt, SCOUT_PORT, true);
	if (l->ike && l->info->dpd && ike_probe(l->ike, now(u)) < 0)
		news_log(l->news, "without phase 1");
	line_network_look_up(l);
}

enum attempt_told upkeep_lost(struct upkeep *u, struct failure *f)
{
	const struct failure told = *f;

	if (state(u) != CONNECTION_UP)
		return ATTEMPT_FAILED;
	*f = (struct failure){ 0 };
	switch (loss_tell(&u->loss, &told, u->repair.armed, now(u), f)) {
	case LOSS_NOTHING:
		return ATTEMPT_GOES_ON;
	case LOSS_INQUIRE:
		inquire(u, &told);
		return ATTEMPT_GOES_ON;
	case LOSS_NAMED:
		break;
	}
	return ATTEMPT_FAILED;
}

enum attempt_told upkeep_check_loss(struct upkeep *u, struct failure *f)
{
	const struct line *l = &u->attempt->line;
	struct ike_stats ike = { 0 };

	if (state(u) != CONNECTION_UP)
		return ATTEMPT_GOES_ON;
	/* This is asked after each datagram: nothing here may cost a question to the kernel. */
	if (l->ike)
		ike_get_stats(l->ike, &ike);
	const struct loss_seen seen = {
		.authenticated = ike.last_authenticated,
		.answers = l->evidence->scout.port_open,
		.shared_port = l->info->l2tp_port == 1701 && l->info->local_nat,
	};
	return loss_check(&u->loss, &seen, now(u), f) == LOSS_NAMED ? ATTEMPT_FAILED
								    : ATTEMPT_GOES_ON;
}

/* Whether the gateway is there. */

static enum attempt_told on_mute(struct upkeep *u, uint64_t packets, struct failure *f)
{
	struct line *l = &u->attempt->line;

	if (repair_mute(&u->repair, packets) == REPAIR_NEW_PAIR && line_renew_pair(l)) {
		repair_new_pair(&u->repair, packets);
		news_log(l->news, "IKE answers and nothing comes through ESP: a new SA pair");
		return ATTEMPT_GOES_ON;
	}
	(void)failure_set(f, CAUSE_LOST_GATEWAY, ETIMEDOUT, "%s",
			  _("IKE is answered, but nothing comes through ESP any more"));
	return upkeep_lost(u, f);
}

/* A process that was stopped ends nothing and answers nothing. */
static enum attempt_told end_stuck_ppp(struct upkeep *u, struct failure *f)
{
	if (!line_is_ppp_stuck(&u->attempt->line))
		return ATTEMPT_GOES_ON;
	(void)failure_set(f, CAUSE_LOST_PPP, 0, "%s", _("pppd was stopped"));
	return upkeep_lost(u, f);
}

/* Nothing may have come for a while: the gateway is asked, and in the end it is gone. */
enum attempt_told upkeep_check(struct upkeep *u, struct failure *f)
{
	struct connection_counters counters;
	nsec_t heard = u->liveness.heard;

	if (now(u) < liveness_deadline(&u->liveness))
		return ATTEMPT_GOES_ON;
	line_get_counters(&u->attempt->line, &counters);
	loss_note_traffic(&u->loss, counters.dataplane.rx_packets + counters.dataplane.tx_packets,
			  now(u));
	const struct liveness_seen seen = traffic_in(&counters);
	switch (liveness_check(&u->liveness, now(u), &seen)) {
	case LIVENESS_WAIT:
		return end_stuck_ppp(u, f);
	case LIVENESS_ASK:
		line_ask_for_life(&u->attempt->line);
		return ATTEMPT_GOES_ON;
	case LIVENESS_MUTE:
		return on_mute(u, seen.in, f);
	case LIVENESS_GONE:
		break;
	}
	(void)failure_set(f, CAUSE_LOST_GATEWAY, ETIMEDOUT,
			  _("it answers no question, nothing came for %u s"),
			  (unsigned int)((now(u) - heard) / NSEC_PER_SEC));
	return upkeep_lost(u, f);
}

static void doubt(struct upkeep *u)
{
	const struct liveness_seen seen = see_traffic(u);

	liveness_doubt(&u->liveness, now(u), &seen);
}

void upkeep_resumed(struct upkeep *u)
{
	repair_hurry(&u->repair, state(u), now(u));
	doubt(u);
}

nsec_t upkeep_deadline(const struct upkeep *u)
{
	return nsec_min(liveness_deadline(&u->liveness),
			nsec_min(loss_deadline(&u->loss), u->repair.retry_at));
}

/* The way to the gateway. */

bool upkeep_resolved(struct upkeep *u, const struct endpoint *addrs, size_t n,
		     enum attempt_told *ret_told, struct failure *f)
{
	struct line *l = &u->attempt->line;
	bool known = n == 0;

	*ret_told = ATTEMPT_GOES_ON;
	if (state(u) == CONNECTION_UP && loss_resolved(&u->loss, &l->info->gateway, addrs, n))
		return true;
	for (size_t i = 0; i < n; i++)
		known |= endpoint_same_addr(&addrs[i], &l->info->gateway);
	bool unheard = state(u) == CONNECTION_PHASE1 && verdict_unheard(line_evidence(l));
	enum repair_decision decision = repair_resolved(&u->repair, state(u), known, unheard);
	if (decision == REPAIR_MOVE)
		news_step(l->news, N_("the gateway's name leads to another address now"));
	/* Nobody knows the name just now: the gateway may be where it was. */
	if (decision != REPAIR_NOTHING && n > 0)
		attempt_set_addresses(u->attempt, addrs, n);
	if (decision != REPAIR_NOTHING)
		*ret_told = attempt_start_over(u->attempt, f);
	return u->repair.active;
}

static enum repair_path find_path(struct upkeep *u)
{
	bool same = false;

	if (!line_network_has_path(&u->attempt->line, &same))
		return REPAIR_PATH_NONE;
	return same ? REPAIR_PATH_SAME : REPAIR_PATH_OTHER;
}

enum attempt_told upkeep_network_changed(struct upkeep *u, struct failure *f)
{
	struct line *l = &u->attempt->line;

	if (!repair_watches(&u->repair) || line_is_ending(l))
		return ATTEMPT_GOES_ON;
	enum repair_decision decision = repair_network(&u->repair, find_path(u), state(u), now(u));
	if (decision == REPAIR_WAIT)
		wait_after(u, CAUSE_LOST_UPLINK);
	if (decision == REPAIR_DOUBT)
		doubt(u);
	if (decision == REPAIR_GO)
		return attempt_start_over(u->attempt, f);
	if (decision != REPAIR_LEAVE)
		return ATTEMPT_GOES_ON;
	(void)failure_set(f, CAUSE_LOST_UPLINK, ENETUNREACH,
			  _("the way by %s is not used any more"), l->info->uplink);
	return ATTEMPT_FAILED;
}
