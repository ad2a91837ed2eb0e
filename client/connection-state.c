/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection's state and its end: who is told what, which failure counts, and the steps of closing,
 * each of which is entered when the one before is done or its time is over: routes and names, PPP,
 * L2TP, IKE and the data plane.
 */
#include "client/connection-private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/i18n.h"

/* The orderly end: PPP's Terminate, then CDN and StopCCN, each with so much time at most. */
#define CLOSE_PPP_MAX  (2500 * NSEC_PER_MSEC)
#define CLOSE_L2TP_MAX (1500 * NSEC_PER_MSEC)

static const struct {
	const char *id, *words;
} states[] = {
#define X(name, id, words) [CONNECTION_##name] = { id, words },
	CONNECTION_STATES(X)
#undef X
};

const char *connection_state_id(enum connection_state state)
{
	return states[state].id;
}

const char *connection_state_words(enum connection_state state)
{
	return _(states[state].words);
}

nsec_t connection_now(const struct connection *c)
{
	return c->config.now(c->config.userdata);
}

/* Hands an event to the observer. */
void connection_emit(struct connection *c, enum connection_event_type type, const char *text,
		     const struct ike_event *ike)
{
	struct connection_event event = {
		.type = type,
		.at = connection_now(c) - c->info.started,
		.info = &c->info,
		.failure = &c->failure,
		.text = text,
		.ike = ike,
	};

	c->config.on_event(c->config.userdata, &event);
}

void connection_emit_text(struct connection *c, enum connection_event_type type, const char *format,
			  ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), type == CONNECTION_EVENT_LOG ? format : _(format),
			args);
	va_end(args);
	i18n_trim(text);
	connection_emit(c, type, text, NULL);
}

/* Forgets the hints: they belong to the step that was left. */
void connection_next_step(struct connection *c)
{
	struct evidence *e = &c->evidence;

	e->hint_at = 0;
	e->hints = 0;
	e->hint_notify = 0;
	e->undecryptable = false;
	e->drops_logged = 0;
	c->scouted = false;
	e->repeats = e->not_offered = e->weak = e->wrong_hash = e->wrong_id = 0;
	if (c->ike) {
		ike_get_stats(c->ike, &e->ike);
		e->repeated = e->ike.retransmitted;
	}
}

/* The one place that assigns the state. */
void connection_set_state(struct connection *c, enum connection_state state)
{
	if (c->info.state == state)
		return;
	c->info.state = state;
	c->info.entered[state] = connection_now(c);
	c->evidence.state = state;
	c->evidence.state_entered = connection_now(c);
	connection_next_step(c);
	connection_emit(c, CONNECTION_EVENT_STATE, NULL, NULL);
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

void connection_hint(struct connection *c)
{
	c->evidence.hints++;
	if (!c->evidence.hint_at)
		c->evidence.hint_at = connection_now(c);
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
			connection_emit_text(c, CONNECTION_EVENT_LOG,
					     "the gateway could not be told of the end");
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
	connection_emit(c, CONNECTION_EVENT_DOWN, NULL, NULL);
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
		connection_emit_text(
			c, CONNECTION_EVENT_WARNING,
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

/* For the user, before everything is taken down. */
static void keep_evidence(struct connection *c)
{
	const struct evidence *e = connection_evidence(c);

	c->info.seen = (struct connection_seen){
		.known = true,
		.step = connection_now(c) - e->state_entered,
		.ike = e->ike,
		.l2tp = e->l2tp,
		.repeats = e->repeats,
		.notify = e->hint_notify,
		.icmp = e->icmp_l2tp   ? e->icmp_l2tp
			: e->icmp_natt ? e->icmp_natt
				       : e->icmp_ike,
		.esp_known = c->info.child_known,
		.esp_sent = e->esp_sent,
		.esp_received = e->esp_received,
	};
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
		keep_evidence(c);
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
