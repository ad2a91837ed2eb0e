/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The conductor: RESOLVE, PHASE1, PHASE2, L2TP, PPP, UP, WAIT, CLOSING, DOWN. What the tables bring goes to the attempt
 * and to the upkeep. What they tell that it comes to is carried out in one place, carry_out(), and after each input it
 * settles: all events first, then all datagrams, so that an SA stands in the kernel before the message that
 * lets the peer use it. Nobody below calls back.
 */
#include "client/connection/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/connection/line-ike.h"
#include "client/connection/line-l2tp.h"
#include "client/connection/upkeep.h"
#include "client/failure/i18n.h"

/* The orderly end: PPP's Terminate, then CDN and StopCCN, each with so much time at most. */
#define CLOSE_PPP_MAX  (2500 * NSEC_PER_MSEC)
#define CLOSE_L2TP_MAX (1500 * NSEC_PER_MSEC)

struct connection {
	struct connection_config config;
	struct connection_info info;
	struct evidence evidence;
	struct failure failure; /* that ends it */
	struct news news;
	struct attempt attempt;
	struct line_network network;
	struct upkeep upkeep;
};

static nsec_t now(const struct connection *c)
{
	return news_now(&c->news);
}

/* The end, step by step; each is entered when the one before is done or its time is over. */

static void finish(struct connection *c)
{
	attempt_release(&c->attempt);
	c->attempt.deadlines.closing = NSEC_NEVER;
	line_enter(&c->attempt.line, CONNECTION_DOWN);
	news_tell(&c->news, CONNECTION_EVENT_DOWN, NULL);
}

static void close_l2tp(struct connection *c)
{
	c->attempt.line.ppp_started = false;
	if (line_close_l2tp(&c->attempt.line))
		c->attempt.deadlines.closing = now(c) + CLOSE_L2TP_MAX;
	else
		finish(c);
}

static void close_begin(struct connection *c)
{
	struct line *l = &c->attempt.line;
	bool was_up = c->info.state == CONNECTION_UP;
	bool good = c->failure.cause == CAUSE_NONE;

	line_enter(l, CONNECTION_CLOSING);
	upkeep_stop(&c->upkeep);
	/* Only who asks for the end opens what is closed: by the kill switch, or since it has worked. */
	line_network_undo(&c->network, l, good || c->failure.cause == CAUSE_INTERRUPTED);
	c->attempt.deadlines.closing = now(c) + CLOSE_PPP_MAX;
	if (!line_stop_ppp(l) || !(was_up || good))
		close_l2tp(c); /* else PPP's end goes on */
}

static void close_timeout(struct connection *c)
{
	if (now(c) < c->attempt.deadlines.closing)
		return;
	if (c->attempt.line.ppp_started)
		close_l2tp(c);
	else
		finish(c);
}

/* The attempt or the connection fails; NULL: it ends as it is to. The first failure is the one that counts. */
static void fail(struct connection *c, const struct failure *f)
{
	if (line_is_ending(&c->attempt.line) || upkeep_repairs(&c->upkeep, f))
		return;
	if (c->failure.cause == CAUSE_NONE && f) {
		c->failure = *f;
		evidence_sum_up(line_evidence(&c->attempt.line), now(c), &c->info.seen);
		c->info.seen.esp_known = c->info.child_known;
	}
	close_begin(c);
}

/* *f is clean afterwards. */
static void carry_out(struct connection *c, enum attempt_told told, struct failure *f)
{
	if (told == ATTEMPT_LOST)
		told = upkeep_lost(&c->upkeep, f);
	if (told == ATTEMPT_FAILED)
		fail(c, f);
	else if (told == ATTEMPT_ENDED)
		fail(c, NULL);
	else if (told == ATTEMPT_CLOSED)
		finish(c);
	*f = (struct failure){ 0 };
}

/* An input has come to that, with *f; and whatever follows. */
static void settle(struct connection *c, enum attempt_told told, struct failure *f)
{
	do
		carry_out(c, told, f);
	while ((told = attempt_settle(&c->attempt, f)) != ATTEMPT_GOES_ON);
}

/* PPP and the machine's network, with which the connection is up. */

static void up(struct connection *c)
{
	struct line *l = &c->attempt.line;

	c->attempt.deadlines.attempt = NSEC_NEVER;
	c->evidence.calls = c->evidence.missing = 0;
	/* Nothing is tried once more from here on. */
	if (!c->config.profile->reconnect)
		line_forget_secrets(l);
	upkeep_watch(&c->upkeep);
	line_enter(l, CONNECTION_UP);
	if (c->info.found.agreed == PPP_METHOD_PAP)
		news_warn(&c->news, N_("the gateway got the password itself (PAP) and can read it; "
				       "refuse-pap=yes forbids that"));
	news_up(&c->news, upkeep_up(&c->upkeep));
}

/* Whoever sets up what it is told is told once more, when that isn't what it was. */
static void tell_manager(struct connection *c)
{
	if (c->config.profile->managed && c->info.state == CONNECTION_UP)
		news_up(&c->news, NULL);
}

static enum attempt_told on_address(struct connection *c, const struct dp_ppp_event *event,
				    struct failure *f)
{
	struct line *l = &c->attempt.line;
	bool was_up = c->info.state == CONNECTION_UP;

	/* Negotiated anew: what was set up is for an address that isn't ours any more. */
	if (was_up)
		line_network_hold(&c->network, l);
	connection_info_ppp(&c->info, event);
	if (line_network_apply(&c->network, l, f) < 0)
		return ATTEMPT_FAILED;
	if (was_up) {
		news_step(&c->news, N_("the gateway gave another address"));
		tell_manager(c);
		return ATTEMPT_GOES_ON;
	}
	/* That has a time of its own. */
	c->attempt.deadlines.attempt = NSEC_NEVER;
	c->evidence.state_entered = now(c);
	if (!c->network.names_awaited)
		up(c);
	return ATTEMPT_GOES_ON;
}

static void on_address6(struct connection *c, const struct dp_ppp_event *event)
{
	c->info.address6 = event->local;
	c->info.peer_address6 = event->peer;
	c->info.address6_known = true;
	line_network_apply6(&c->network, &c->attempt.line);
	tell_manager(c);
}

static enum attempt_told on_ppp_down(struct connection *c, const struct dp_ppp_event *event,
				     struct failure *f)
{
	bool awaited = c->attempt.line.ppp_started;

	c->attempt.line.ppp_started = c->network.names_awaited = false;
	c->info.found = event->found;
	*f = event->failure;
	if (!line_is_ending(&c->attempt.line))
		return attempt_ppp_down(&c->attempt, f);
	if (awaited)
		close_l2tp(c);
	return ATTEMPT_GOES_ON;
}

static enum attempt_told on_ppp_event(struct connection *c, const struct dp_ppp_event *event,
				      struct failure *f)
{
	bool ending = line_is_ending(&c->attempt.line);

	switch (event->state) {
	case DP_PPP_ADDRESS:
		if (c->info.state == CONNECTION_PPP || c->info.state == CONNECTION_UP)
			return on_address(c, event, f);
		break;
	case DP_PPP_ADDRESS6:
		if (!ending && !c->info.address6_known)
			on_address6(c, event);
		break;
	case DP_PPP_FOUND:
		return ending ? ATTEMPT_GOES_ON : attempt_ppp_found(&c->attempt, &event->found, f);
	case DP_PPP_LOG:
		news_log(&c->news, "pppd: %s", event->text);
		break;
	case DP_PPP_MISSING:
		attempt_ppp_missing(&c->attempt);
		break;
	case DP_PPP_DOWN:
		return on_ppp_down(c, event, f);
	}
	return ATTEMPT_GOES_ON;
}

/* What the tables bring. */

static void on_resolved(void *userdata, const struct endpoint *addrs, size_t n,
			const struct failure *failure)
{
	struct connection *c = userdata;
	enum attempt_told told = ATTEMPT_GOES_ON;
	struct failure f = { 0 };

	if (!upkeep_resolved(&c->upkeep, addrs, n, &told, &f) &&
	    c->info.state == CONNECTION_RESOLVE) {
		if (n > 0) {
			attempt_set_addresses(&c->attempt, addrs, n);
			told = attempt_go(&c->attempt, &f);
		} else {
			told = ATTEMPT_FAILED;
			if (failure && failure->cause != CAUSE_NONE)
				f = *failure;
			else
				(void)failure_set(&f, CAUSE_RESOLVE, 0, "no address");
		}
	}
	settle(c, told, &f);
}

static void on_ike(void *userdata, bool natt, const struct endpoint *from, const uint8_t *data,
		   size_t len)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	(void)natt; /* the non-ESP marker says it */
	carry_out(c, attempt_ike_input(&c->attempt, from, data, len, &f), &f);
	settle(c, upkeep_check_loss(&c->upkeep, &f), &f);
}

static void on_ike_error(void *userdata, bool natt, int error)
{
	struct connection *c = userdata;

	evidence_icmp_ike(&c->evidence, natt, error, now(c));
	news_log(&c->news, "ICMP on UDP %s: %s", natt ? "4500" : "500", strerror(error));
}

static void on_l2tp(void *userdata, const struct endpoint *from, const uint8_t *data, size_t len)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	settle(c, attempt_l2tp_input(&c->attempt, from, data, len, &f), &f);
}

static void on_l2tp_error(void *userdata, int error)
{
	struct connection *c = userdata;

	evidence_icmp_l2tp(&c->evidence, error, now(c));
	news_log(&c->news, "ICMP on the L2TP port: %s", strerror(error));
}

static void on_network_restored(void *userdata, unsigned int n, int error)
{
	struct connection *c = userdata;

	line_network_restored(&c->attempt.line, n, error);
}

/* WARNING has no cause if there is none. */
static void on_names_ready(void *userdata, const struct failure *warning)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	line_network_warn(&c->attempt.line, warning);
	/* It may have been begun anew meanwhile. */
	if (c->network.names_awaited && c->info.state == CONNECTION_PPP && c->info.address_known)
		up(c);
	c->network.names_awaited = false;
	settle(c, ATTEMPT_GOES_ON, &f);
}

static void on_ppp(void *userdata, const struct dp_ppp_event *event)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	settle(c, on_ppp_event(c, event, &f), &f);
}

static void on_expire(void *userdata, uint32_t spi, bool hard)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	line_expired(&c->attempt.line, spi, hard);
	settle(c, ATTEMPT_GOES_ON, &f);
}

static void on_network_change(void *userdata)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	settle(c, upkeep_network_changed(&c->upkeep, &f), &f);
}

int connection_new(const struct connection_config *config, struct connection **ret)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->config = *config;
	c->news = (struct news){
		.info = &c->info,
		.failure = &c->failure,
		.userdata = config->userdata,
		.now = config->now,
		.on_event = config->on_event,
	};
	attempt_init(&c->attempt, &c->config, &c->info, &c->evidence, &c->news);
	upkeep_init(&c->upkeep, &c->attempt, &c->network);
	config->system->listener = (struct sys_listener){
		.userdata = c,
		.on_resolved = on_resolved,
		.on_ike = on_ike,
		.on_ike_error = on_ike_error,
		.on_names_ready = on_names_ready,
		.on_network_change = on_network_change,
		.on_network_restored = on_network_restored,
	};
	config->dataplane->listener = (struct dp_listener){
		.userdata = c,
		.on_l2tp = on_l2tp,
		.on_l2tp_error = on_l2tp_error,
		.on_ppp = on_ppp,
		.on_expire = on_expire,
	};
	*ret = c;
	return 0;
}

struct connection *connection_free(struct connection *c)
{
	if (!c)
		return NULL;
	attempt_free(&c->attempt);
	explicit_bzero(c, sizeof(*c));
	free(c);
	return NULL;
}

void connection_start(struct connection *c)
{
	struct line *l = &c->attempt.line;
	struct failure f = { 0 };

	c->info.started = c->info.attempt = now(c);
	c->attempt.deadlines.attempt = c->info.started + c->config.timeout;
	line_enter(l, CONNECTION_RESOLVE);
	/* The kill switch holds back everybody else's questions from here on. */
	bool beside = c->config.profile->kill_switch && !c->config.survey;
	bool good = (c->config.survey || line_network_guard(&c->network, l, &f) == 0) &&
		    line_network_resolve(l, beside, &f) == 0;
	settle(c, good ? ATTEMPT_GOES_ON : ATTEMPT_FAILED, &f);
}

void connection_close(struct connection *c, const struct failure *f)
{
	struct failure none = { 0 };

	upkeep_end(&c->upkeep);
	if (c->info.state == CONNECTION_CLOSING)
		finish(c);
	else
		fail(c, f);
	settle(c, ATTEMPT_GOES_ON, &none);
}

void connection_resumed(struct connection *c)
{
	upkeep_resumed(&c->upkeep);
}

/* Whichever of the connection's own times has come. */
static void own_timeout(struct connection *c)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_CLOSING) {
		close_timeout(c);
		return;
	}
	carry_out(c, attempt_ask(&c->attempt, &f), &f);
	if (!line_is_ending(&c->attempt.line))
		carry_out(c, upkeep_check(&c->upkeep, &f), &f);
	if (!line_is_ending(&c->attempt.line))
		carry_out(c, attempt_check(&c->attempt, &f), &f);
	carry_out(c, upkeep_try(&c->upkeep, &f), &f);
}

void connection_timeout(struct connection *c)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_DOWN)
		return;
	own_timeout(c);
	carry_out(c, attempt_run(&c->attempt, &f), &f);
	settle(c, upkeep_check_loss(&c->upkeep, &f), &f);
}

nsec_t connection_deadline(const struct connection *c)
{
	if (c->info.state == CONNECTION_DOWN)
		return NSEC_NEVER;
	return nsec_min(attempt_deadline(&c->attempt), upkeep_deadline(&c->upkeep));
}

const struct connection_info *connection_get_info(const struct connection *c)
{
	return &c->info;
}

void connection_get_counters(const struct connection *c, struct connection_counters *ret)
{
	line_get_counters(&c->attempt.line, ret);
}
