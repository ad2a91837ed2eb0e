/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the tunnel's secret is why L2TP gets no answer. A gateway that has none may drop an SCCRQ with a Challenge
 * without a word, which looks like no L2TP service at all. It is asked once by an SCCRQ without, beside the attempt that
 * goes on; an answer is all that is wanted, and the tunnel is ended with it. The profile demands that the gateway proves
 * the secret, so that an answer is never a way to go on: it names the cause.
 */
#include "client/connection-private.h"

#include <string.h>

#include "client/request.h"

/* So long the attempt is on its own: half a dozen of SCCRQs. */
#define ASK_AFTER (2500 * NSEC_PER_MSEC)

/* From when on it is to be asked; NSEC_NEVER: there is no reason to. */
static nsec_t ask_from(const struct connection *c)
{
	struct l2tp_stats stats;

	if (c->info.state != CONNECTION_L2TP || !c->l2tp || c->l2tp_secret.len == 0 || c->bare)
		return NSEC_NEVER;
	l2tp_get_stats(c->l2tp, &stats);
	if (stats.stage != L2TP_STAGE_WAIT_SCCRP || stats.received > 0 || c->evidence.bare_asked)
		return NSEC_NEVER;
	return c->evidence.state_entered + ASK_AFTER;
}

static void ask(struct connection *c)
{
	struct l2tp_config config;

	c->evidence.bare_asked = true;
	request_l2tp(c->config.profile, &(struct secret){ 0 }, &connection_evidence(c)->ike,
		     &config);
	config.round_trip = 0; /* its SAs have long been there */
	config.ask_only = true;
	news_log(&c->news, "asking the gateway: does it answer without the tunnel's secret?");
	if (l2tp_new(&config, c->config.l2tp_crypto, &c->bare) < 0 ||
	    l2tp_start(c->bare, connection_now(c)) < 0)
		news_log(&c->news, "it can't be asked");
}

static void take_events(struct connection *c)
{
	struct l2tp_event event;

	while (l2tp_next_event(c->bare, &event)) {
		if (event.type != L2TP_EVENT_TUNNEL_UP)
			continue;
		c->evidence.bare_answered = true;
		evidence_hint(&c->evidence, connection_now(c));
	}
}

bool connection_secret_input(struct connection *c, const struct endpoint *from, const uint8_t *data,
			     size_t len)
{
	if (!c->bare)
		return false;
	int r = l2tp_input(c->bare, from, data, len, connection_now(c));
	take_events(c);
	return r == 0;
}

void connection_secret_timeout(struct connection *c)
{
	nsec_t t = connection_now(c);

	if (t >= ask_from(c))
		ask(c);
	if (!c->bare)
		return;
	if (t >= l2tp_deadline(c->bare) && l2tp_timeout(c->bare, t) < 0)
		news_log(&c->news, "it can't be asked any more");
	take_events(c);
}

nsec_t connection_secret_deadline(const struct connection *c)
{
	return nsec_min(ask_from(c), c->bare ? l2tp_deadline(c->bare) : NSEC_NEVER);
}

bool connection_secret_next_datagram(struct connection *c, struct l2tp_datagram *ret)
{
	return c->bare && l2tp_next_datagram(c->bare, ret);
}
