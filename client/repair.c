/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Staying up. A connection that has worked is repaired when it is lost, at the lowest level that works:
 * - a NAT that has moved our ports, an SA that expires, a gateway that deletes one: the IKE engine's
 *   business, and nobody notices;
 * - IKE that answers while nothing comes through ESP: a new SA pair;
 * - a pppd that ended on this machine: another call in the same tunnel;
 * - everything else: anew from IKE's first message on, by the way that the machine has now.
 *
 * Meanwhile the network is held: what belongs into the tunnel goes nowhere. It is tried for ever, with
 * growing pauses, whatever is seen: silence, refusals, keys and identities that are not the gateway's, since all that can
 * come from somebody who stands in the gateway's place. Only the user ends it. A refused password alone is never sent again
 * by itself: nothing more is tried then, and nothing is opened either. Where the login failed otherwise it's tried seldom, and
 * a few times only if the password may be what was refused.
 */
#include "client/connection-private.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "client/i18n.h"
#include "client/request.h"
#include "lib/macros.h"

/* Another call takes two round trips and PPP's five; then the tunnel isn't what it seems to be. */
#define CALL_TIME (5 * NSEC_PER_SEC)

/* A gateway that refuses gets its peace; one that is silent is waited for closely at first. */
#define PAUSE_SHORT  (500 * NSEC_PER_MSEC)
#define PAUSE_FIRST  NSEC_PER_SEC
#define PAUSE_MAX    (60 * NSEC_PER_SEC)
#define CLOSE_WAITED (600 * NSEC_PER_SEC)
#define MINUTE	     (60 * NSEC_PER_SEC)
#define PAUSE_SELDOM (10 * MINUTE)

/* How long our NAT may forget us at least (RFC 4787 4.3 asks for two minutes, few give them). */
#define KEEPALIVE_LEAST (5 * NSEC_PER_SEC)

#define FOR_EVER UINT_MAX

/*
 * A login that failed. Accounts are locked after a few wrong passwords, and somebody may be asked each time: so
 * how many tries of one loss may end so, and the first pause after it. What says for sure that it fails
 * again needs somebody. A password that was taken before is refused without a reason mostly while the gateway
 * still has the session before. What passes by itself, and the word of somebody who has not proven
 * who he is, doesn't end it.
 */
static const struct restraint {
	enum cause cause;
	unsigned int tries;
	nsec_t pause;
} restraints[] = {
	{ CAUSE_PPP_AUTH, 1, 0 },
	{ CAUSE_ACCOUNT_DISABLED, 1, 0 },
	{ CAUSE_PASSWORD_EXPIRED, 1, 0 },
	{ CAUSE_PASSWORD_CHANGE, 1, 0 },
	{ CAUSE_NO_DIALIN, 1, 0 },
	{ CAUSE_USER_CERT_REFUSED, 1, 0 },
	{ CAUSE_LOGIN_REFUSED, 3, 2 * MINUTE },
	{ CAUSE_LOGIN_FAILED, 3, 2 * MINUTE },
	{ CAUSE_LOGIN_UNANSWERED, 3, PAUSE_SELDOM },
	{ CAUSE_ACCOUNT_HOURS, FOR_EVER, PAUSE_SELDOM },
	{ CAUSE_GATEWAY_UNPROVEN, FOR_EVER, MINUTE },
};

/* NULL: it is no login that failed. */
static const struct restraint *restraint_of(enum cause cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(restraints); i++)
		if (restraints[i].cause == cause)
			return &restraints[i];
	return NULL;
}

/* Nobody said no: the gateway may be there any moment. */
static bool is_silence(enum cause cause)
{
	enum exit_code code = cause_info(cause)->code;

	return code == EXIT_ROUTE || code == EXIT_RESOLVE || code == EXIT_NO_ANSWER ||
	       code == EXIT_NATT_SILENT;
}

static nsec_t doubled(nsec_t pause, unsigned int times, nsec_t most)
{
	while (times-- > 0 && pause < most)
		pause *= 2;
	return nsec_min(pause, most);
}

/* Between 90 and 110 %, so that the PCs of an office don't come back in step. */
static nsec_t jittered(const struct connection *c, nsec_t pause)
{
	uint8_t jitter = UINT8_MAX / 2;

	(void)(c->config.system->ops->random(c->config.system, &jitter, sizeof(jitter)) < 0);
	return pause * 9 / 10 + pause / 5 * jitter / UINT8_MAX;
}

static nsec_t pause_before(const struct connection *c, enum cause cause)
{
	const struct connection_repair *r = &c->repair;
	nsec_t outage = connection_now(c) - r->began;

	if (r->tries == 0)
		return 0;
	/* Without a way the kernel tells when there is one. */
	if (is_silence(cause) && cause_info(cause)->code != EXIT_ROUTE && outage < CLOSE_WAITED)
		return jittered(c, PAUSE_SHORT);
	return jittered(c, doubled(PAUSE_FIRST, r->tries - 1, PAUSE_MAX));
}

static void begin(struct connection *c, const struct failure *f)
{
	struct connection_repair *r = &c->repair;

	r->active = true;
	r->why = *f;
	r->began = connection_now(c);
	r->tries = r->logins = 0;
	r->not_before = 0;
	c->info.repairing = f->cause;
	c->info.repair_held = false;
	c->info.repair_since = r->began;
	c->info.repair_tries = 0;
}

/* The way down, without anybody's answer: who might give it is gone, or is told by what follows. */
static void take_down(struct connection *c)
{
	if (c->l2tp && l2tp_close(c->l2tp, 1, connection_now(c)) < 0)
		news_log(&c->news, "L2TP could not be told of the end");
	if (c->dataplane_open)
		c->config.dataplane->ops->close_session(c->config.dataplane);
	connection_release(c);
	if (c->network_applied)
		c->config.system->ops->hold_network(c->config.system);
	c->ppp_started = c->ppp_stuck = false;
	c->n_children = 0;
	c->deadline = c->last_words = c->bridge = c->loss.until = NSEC_NEVER;
	c->liveness = (struct liveness){ 0 };
	c->before = (struct failure){ 0 };
	connection_set_state(c, CONNECTION_WAIT);
}

bool connection_call_again(struct connection *c, enum l2tp_order order)
{
	struct l2tp_stats stats = { .stage = L2TP_STAGE_IDLE };
	struct failure trouble = { 0 };

	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &stats);
	if (stats.stage != L2TP_STAGE_UP && stats.stage != L2TP_STAGE_WAIT_ICCN_ACK)
		return false;
	c->config.dataplane->ops->close_session(c->config.dataplane);
	c->ppp_started = c->ppp_stuck = false;
	if (connection_prepare_ppp(c, &trouble) < 0 ||
	    l2tp_call(c->l2tp, order, connection_now(c)) < 0)
		return false;
	c->info.address_known = c->info.address6_known = false;
	connection_set_state(c, CONNECTION_L2TP);
	return true;
}

/* PPP ended here, and the tunnel is good: nothing was heard to the contrary. */
static bool repair_call(struct connection *c, const struct failure *f)
{
	if (c->info.state != CONNECTION_UP || f->cause != CAUSE_LOST_PPP)
		return false;
	c->config.system->ops->hold_network(c->config.system);
	c->liveness = (struct liveness){ 0 };
	c->info.attempt = connection_now(c);
	/* With the call before it ended first the gateway can give the same address again. */
	if (!connection_call_again(c, L2TP_CALL_INSTEAD))
		return false;
	c->repair.level = REPAIR_CALL;
	c->deadline = connection_now(c) + CALL_TIME;
	return true;
}

/* Nothing is tried any more, and nothing is opened: that is the user's to do. */
static void hold(struct connection *c)
{
	c->info.repair_held = true;
	c->repair.retry_at = NSEC_NEVER;
	news_warn(&c->news,
		  N_("it is not tried again by itself, and what belongs into the tunnel "
		     "stays blocked; "
		     "put it right, then `tsunagu disconnect %.80s` and connect again"),
		  c->config.profile->name);
}

static void retry_later(struct connection *c, enum cause cause)
{
	struct connection_repair *r = &c->repair;

	/* Another way is to be tried at once, and says nothing of the gateway. */
	if (cause == CAUSE_LOST_UPLINK) {
		r->tries = 0;
		half_open_forget(&c->half_open);
	}
	r->retry_at = connection_now(c) + pause_before(c, cause);
}

/* Return: is it to be tried again? */
static bool restrain(struct connection *c, enum cause cause)
{
	const struct restraint *restraint = restraint_of(cause);
	struct connection_repair *r = &c->repair;

	if (!restraint)
		return true;
	if (++r->logins >= restraint->tries)
		return false;
	r->not_before = connection_now(c) +
			jittered(c, doubled(restraint->pause, r->logins - 1, PAUSE_SELDOM));
	return true;
}

bool connection_repair(struct connection *c, const struct failure *f)
{
	struct connection_repair *r = &c->repair;

	if (!r->armed || c->asked || !f)
		return false;
	bool first = !r->active;
	c->info.repair_last = *f;
	if (first)
		begin(c, f);
	news_repair(&c->news, f);
	if (first && repair_call(c, f))
		return true;
	r->level = REPAIR_ALL;
	take_down(c);
	if (restrain(c, f->cause))
		retry_later(c, f->cause);
	else
		hold(c);
	return true;
}

/*
 * Where it was, first: to ask for the name costs time and needs somebody who knows it. It is looked up
 * beside that, and before each later try.
 */
static void try_again(struct connection *c)
{
	struct connection_repair *r = &c->repair;

	r->retry_at = NSEC_NEVER;
	r->tries++;
	c->info.repair_tries = r->tries;
	c->info.attempt = connection_now(c);
	c->deadline = c->info.attempt + c->config.timeout;
	c->floated = c->redirected = false;
	connection_forget_methods(c);
	c->n_addrs = c->tried = 0;
	if (r->tries > 1) {
		connection_set_state(c, CONNECTION_RESOLVE);
		connection_look_name_up(c);
		return;
	}
	connection_start_over(c);
	if (!connection_is_ending(c))
		connection_look_name_up(c);
}

/*
 * Not before there is room for another half-open SA at the gateway, nor before another login does no harm,
 * whatever has called for haste.
 */
void connection_repair_timeout(struct connection *c)
{
	nsec_t room = half_open_until(&c->half_open, &c->info.gateway, HALF_OPEN_MOST);

	if (room < c->repair.not_before)
		room = c->repair.not_before;

	if (c->info.state != CONNECTION_WAIT || connection_now(c) < c->repair.retry_at)
		return;
	if (connection_now(c) < room)
		c->repair.retry_at = room;
	else
		try_again(c);
}

static void take_addresses(struct connection *c, const struct endpoint *addrs, size_t n)
{
	c->n_addrs = n < RESOLVE_ADDRS_MAX ? n : RESOLVE_ADDRS_MAX;
	memcpy(c->addrs, addrs, c->n_addrs * sizeof(c->addrs[0]));
	c->tried = 1;
	c->info.gateway = addrs[0];
	c->info.gateway.port = 500;
}

bool connection_repair_resolved(struct connection *c, const struct endpoint *addrs, size_t n)
{
	bool known = n == 0;

	if (!c->repair.active)
		return false;
	for (size_t i = 0; i < n; i++)
		known |= endpoint_same_addr(&addrs[i], &c->info.gateway);
	if (c->info.state == CONNECTION_RESOLVE) {
		/* Nobody knows the name just now: the gateway may be where it was. */
		if (n > 0)
			take_addresses(c, addrs, n);
		connection_start_over(c);
	} else if (!known && c->info.state == CONNECTION_PHASE1 &&
		   verdict_unheard(connection_evidence(c))) {
		news_step(&c->news, N_("the gateway's name leads to another address now"));
		take_addresses(c, addrs, n);
		connection_start_over(c);
	}
	return true;
}

/*
 * A loss without a word on the way or from the gateway, which then answers at the first try: our NAT has
 * forgotten the mapping, perhaps. It is reminded more often from now on.
 */
static void learn_keepalive(struct connection *c)
{
	const struct connection_repair *r = &c->repair;

	if (r->why.cause != CAUSE_LOST_GATEWAY || r->tries != 1 || !c->info.local_nat)
		return;
	c->keepalive = c->keepalive / 2 > KEEPALIVE_LEAST ? c->keepalive / 2 : KEEPALIVE_LEAST;
}

const struct connection_repaired *connection_repair_done(struct connection *c)
{
	struct connection_repair *r = &c->repair;
	struct connection_info *info = &c->info;
	struct connection_repaired *done = &info->repairs[info->n_repairs % CONNECTION_REPAIRS_MAX];

	r->armed = c->config.profile->reconnect && !c->config.survey;
	info->worked = true;
	if (!r->active)
		return NULL;
	learn_keepalive(c);
	*done = (struct connection_repaired){
		.cause = r->why.cause,
		.level = r->level,
		.at = r->began - info->started,
		.took = connection_now(c) - r->began,
		.tries = r->tries,
	};
	info->n_repairs++;
	info->repairing = CAUSE_NONE;
	r->active = false;
	news_log(&c->news, "repaired (%s) after %.3f s: %s",
		 r->level == REPAIR_CALL ? "another call" : "anew",
		 (double)done->took / (double)NSEC_PER_SEC, cause_id(done->cause));
	return done;
}

void connection_note_main_modes(struct connection *c)
{
	struct ike_stats ike = { .main_modes = c->main_modes };

	if (c->ike)
		ike_get_stats(c->ike, &ike);
	for (; c->main_modes < ike.main_modes; c->main_modes++)
		half_open_add(&c->half_open, &c->info.gateway, connection_now(c));
}

/* A gateway that refuses message 1 keeps nothing of it; its other answer would have come beside a forged refusal. */
void connection_leave_main_modes(struct connection *c)
{
	const struct evidence *e = connection_evidence(c);

	connection_note_main_modes(c);
	if (c->ike && e->ike.stage == IKE_STAGE_MM1_SENT && e->hint_notify)
		half_open_done(&c->half_open, &c->info.gateway);
	c->main_modes = 0;
}

bool connection_is_frugal(const struct connection *c)
{
	return c->repair.active ||
	       half_open_until(&c->half_open, &c->info.gateway, 1) > connection_now(c);
}

void connection_mute(struct connection *c, uint64_t packets)
{
	struct failure f = { 0 };

	/* Once a new pair is negotiated; when nothing has come by that either, it's the way. */
	if (c->repair.mute_packets != packets && c->ike &&
	    ike_rekey(c->ike, connection_now(c)) == 0) {
		c->repair.mute_packets = packets;
		news_log(&c->news, "IKE answers and nothing comes through ESP: a new SA pair");
		return;
	}
	(void)failure_set(&f, CAUSE_LOST_GATEWAY, ETIMEDOUT, "%s",
			  _("IKE is answered, but nothing comes through ESP any more"));
	connection_lost(c, &f);
}

/* Whether there is a way to the gateway at all; *ret_same: the one that we use. */
static bool has_path(struct connection *c, bool *ret_same)
{
	struct sys_ike_sockets request;
	struct sys_ike_local local;
	struct failure f = { 0 };

	request_ike_sockets(c->config.profile, &c->info, &request);
	if (c->config.system->ops->find_path(c->config.system, &request, &local, &f) < 0)
		return false;
	*ret_same = endpoint_same_addr(&local.local, &c->info.local) &&
		    strcmp(local.uplink, c->info.uplink) == 0;
	if (!*ret_same)
		news_log(&c->news, "the way to the gateway is by %s now", local.uplink);
	return true;
}

static void leave_uplink(struct connection *c)
{
	struct failure f = { 0 };

	(void)failure_set(&f, CAUSE_LOST_UPLINK, ENETUNREACH,
			  _("the way by %s is not used any more"), c->info.uplink);
	connection_fail(c, &f);
}

void connection_network_changed(struct connection *c)
{
	bool same = false;

	if (!c->repair.armed || c->info.repair_held || connection_is_ending(c))
		return;
	if (!has_path(c, &same)) {
		c->repair.pathless = true;
		return;
	}
	if (c->info.state == CONNECTION_WAIT) {
		if (!same)
			retry_later(c, CAUSE_LOST_UPLINK);
		else if (c->repair.pathless || is_silence(c->info.repair_last.cause))
			c->repair.retry_at = connection_now(c);
	} else if (c->info.state == CONNECTION_RESOLVE) {
		/* A name that was asked for without a way may never be answered. */
		if (c->repair.pathless)
			connection_start_over(c);
	} else if (!same) {
		leave_uplink(c);
	} else if (c->repair.pathless) {
		connection_doubt(c);
	}
	c->repair.pathless = false;
}

void connection_resumed(struct connection *c)
{
	if (c->info.state == CONNECTION_WAIT && !c->info.repair_held)
		c->repair.retry_at = connection_now(c);
	connection_doubt(c);
}
