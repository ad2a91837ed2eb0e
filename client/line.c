/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection's state and its end: who is told what, which failure counts, and the steps of closing,
 * each of which is entered when the one before is done or its time is over: routes and names, PPP,
 * L2TP, IKE and the data plane.
 */
#include "client/connection-private.h"

#include <errno.h>
#include <string.h>

#include "client/i18n.h"

/* The orderly end: PPP's Terminate, then CDN and StopCCN, each with so much time at most. */
#define CLOSE_PPP_MAX  (2500 * NSEC_PER_MSEC)
#define CLOSE_L2TP_MAX (1500 * NSEC_PER_MSEC)

nsec_t connection_now(const struct connection *c)
{
	return news_now(&c->news);
}

static void refresh_ike(struct connection *c)
{
	if (c->ike)
		ike_get_stats(c->ike, &c->evidence.ike);
	c->scouted = false;
}

void connection_next_stage(struct connection *c)
{
	refresh_ike(c);
	evidence_enter_stage(&c->evidence, connection_now(c));
}

/* The one place that assigns the state. */
void connection_set_state(struct connection *c, enum connection_state state)
{
	if (c->info.state == state)
		return;
	c->info.state = state;
	c->info.entered[state] = connection_now(c);
	refresh_ike(c);
	evidence_enter(&c->evidence, state, connection_now(c));
	news_tell(&c->news, CONNECTION_EVENT_STATE, NULL);
}

/* The evidence as of now. */
const struct evidence *connection_evidence(struct connection *c)
{
	struct dp_counters counters;

	if (c->ike)
		ike_get_stats(c->ike, &c->evidence.ike);
	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &c->evidence.l2tp);
	/* Whether ESP comes back at all is asked only where it matters. */
	if (c->info.state == CONNECTION_L2TP && c->dataplane_open &&
	    c->config.dataplane->ops->get_counters(c->config.dataplane, &counters) == 0) {
		c->evidence.esp_sent = counters.esp_out_packets;
		c->evidence.esp_received = counters.esp_in_packets;
	}
	return &c->evidence;
}

/* Closing, step by step; each is entered when the one before is done or its time is over. */

void connection_release(struct connection *c)
{
	struct l2tp_datagram last;

	scout_stop(&c->scout);
	connection_leave_main_modes(c);
	while (c->l2tp && c->dataplane_open &&
	       (l2tp_next_datagram(c->l2tp, &last) || connection_secret_next_datagram(c, &last)))
		(void)c->config.dataplane->ops->send_l2tp(c->config.dataplane, last.data, last.len);
	if (c->ike) {
		struct ike_datagram datagram;

		if (ike_close(c->ike, connection_now(c)) < 0)
			news_log(&c->news, "the gateway could not be told of the end");
		while (ike_next_datagram(c->ike, &datagram))
			(void)c->config.system->ops->send_ike(c->config.system, datagram.natt,
							      &datagram.remote, datagram.data,
							      datagram.len);
	}
	if (c->dataplane_open)
		c->config.dataplane->ops->close(c->config.dataplane);
	c->dataplane_open = c->names_awaited = false;
	c->config.system->ops->close_ike(c->config.system);
	c->ike = ike_free(c->ike);
	c->l2tp = l2tp_free(c->l2tp);
	c->bare = l2tp_free(c->bare);
}

void connection_finish(struct connection *c)
{
	connection_release(c);
	c->close_deadline = NSEC_NEVER;
	connection_set_state(c, CONNECTION_DOWN);
	news_tell(&c->news, CONNECTION_EVENT_DOWN, NULL);
}

void connection_close_l2tp(struct connection *c)
{
	struct l2tp_stats stats = { .stage = L2TP_STAGE_CLOSED };

	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &stats);
	if (stats.stage == L2TP_STAGE_CLOSED || stats.stage == L2TP_STAGE_IDLE ||
	    c->n_children == 0 || l2tp_close(c->l2tp, 1, connection_now(c)) < 0) {
		connection_finish(c);
		return;
	}
	c->close_deadline = connection_now(c) + CLOSE_L2TP_MAX;
}

/* Only who asks for the end opens what is closed: by the kill switch, or since it has worked. */
static void undo_network(struct connection *c)
{
	bool asked = c->failure.cause == CAUSE_NONE || c->failure.cause == CAUSE_INTERRUPTED;

	if (c->config.system->ops->undo_network(c->config.system, asked))
		news_warn(&c->news,
			  N_("the network stays closed; `tsunagu disconnect %.80s` opens it"),
			  c->config.profile->name);
}

static void close_begin(struct connection *c)
{
	bool was_up = c->info.state == CONNECTION_UP;

	connection_set_state(c, CONNECTION_CLOSING);
	c->deadline = c->last_words = c->bridge = c->loss.until = NSEC_NEVER;
	if (c->network_applied)
		undo_network(c);
	c->network_applied = false;
	c->close_deadline = connection_now(c) + CLOSE_PPP_MAX;
	if (c->ppp_started && c->config.dataplane->ops->stop_ppp(c->config.dataplane) == 0 &&
	    (was_up || c->failure.cause == CAUSE_NONE))
		return; /* on_ppp_down() goes on */
	c->ppp_started = false;
	connection_close_l2tp(c);
}

/* The attempt or the connection fails: the first failure is the one that counts. */
void connection_fail(struct connection *c, const struct failure *f)
{
	if (c->info.state == CONNECTION_CLOSING || c->info.state == CONNECTION_DOWN)
		return;
	if (connection_repair(c, f))
		return;
	if (c->failure.cause == CAUSE_NONE && f) {
		c->failure = *f;
		evidence_sum_up(connection_evidence(c), connection_now(c), &c->info.seen);
		c->info.seen.esp_known = c->info.child_known;
	}
	close_begin(c);
}

void connection_fail_internal(struct connection *c, int error, const char *what)
{
	struct failure f = { 0 };

	(void)failure_set(&f, error == -ENOMEM ? CAUSE_MEMORY : CAUSE_INTERNAL, error, "%s: %s",
			  what, strerror(error < 0 ? -error : error));
	connection_fail(c, &f);
}

bool connection_is_ending(const struct connection *c)
{
	return c->info.state == CONNECTION_CLOSING || c->info.state == CONNECTION_DOWN;
}
