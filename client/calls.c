/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What PPP tells, and what the connection does about it: addresses are set up in the machine's network, with which the
 * connection is up; what is found out about a login goes to the policies; an end has its reason here.
 */
#include "client/connection-private.h"

#include <string.h>

#include "client/i18n.h"
#include "client/request.h"

static void connection_up(struct connection *c)
{
	struct liveness_seen seen;

	c->deadline = NSEC_NEVER;
	c->evidence.calls = c->evidence.missing = 0;
	/* Nothing is tried once more from here on. */
	if (!c->config.profile->reconnect) {
		secret_clear(&c->psk); /* the IKE engine has its own, for renewals */
		secret_clear(&c->password);
		secret_clear(&c->l2tp_secret);
	}
	connection_see_traffic(c, &seen);
	liveness_start(&c->liveness, connection_now(c), &seen);
	connection_set_state(c, CONNECTION_UP);
	if (c->info.found.agreed == PPP_METHOD_PAP)
		news_warn(&c->news, N_("the gateway got the password itself (PAP) and can read it; "
				       "refuse-pap=yes forbids that"));
	news_up(&c->news, connection_repair_done(c));
}

/* The name servers: said, but no reason to give up. */
static void warn(struct connection *c, const struct failure *f)
{
	if (f->cause != CAUSE_NONE)
		news_warn(&c->news, N_("%s (%s)"), cause_sentence(f->cause), f->detail);
}

void connection_names_ready(struct connection *c, const struct failure *warning)
{
	warn(c, warning);
	if (c->names_awaited && c->info.state == CONNECTION_PPP)
		connection_up(c);
	c->names_awaited = false;
}

static void on_ppp_address(struct connection *c, const struct dp_ppp_event *event)
{
	struct sys_network network;
	struct failure f = { 0 };

	/* Negotiated anew: what was set up is for an address that isn't ours any more. */
	if (c->network_applied && c->info.state == CONNECTION_UP)
		c->config.system->ops->hold_network(c->config.system);
	memcpy(c->info.ifname, event->ifname, sizeof(c->info.ifname));
	c->info.address = event->local;
	c->info.peer_address = event->peer;
	c->info.offered_dns[0] = event->dns[0];
	c->info.offered_dns[1] = event->dns[1];
	c->info.mtu = event->mtu;
	c->info.address_known = true;

	request_network(c->config.profile, &c->info, &network);
	memcpy(c->info.dns, network.dns, sizeof(c->info.dns));
	c->info.n_dns = network.n_dns;
	c->network_applied = !c->config.survey;
	int r = c->config.survey
			? 0
			: c->config.system->ops->apply_network(c->config.system, &network, &f);
	if (r < 0) {
		connection_fail(c, &f);
		return;
	}
	warn(c, &f);
	c->names_awaited = r > 0;
	if (c->info.state == CONNECTION_UP) {
		news_step(&c->news, N_("the gateway gave another address"));
		return;
	}
	/* That has a time of its own. */
	c->deadline = NSEC_NEVER;
	c->evidence.state_entered = connection_now(c);
	if (!c->names_awaited)
		connection_up(c);
}

/* IPv6 comes when it comes: before the IPv4 address it is set up with that. */
static void on_ppp_address6(struct connection *c, const struct dp_ppp_event *event)
{
	struct sys_network network;
	struct failure f = { 0 };

	c->info.address6 = event->local;
	c->info.peer_address6 = event->peer;
	c->info.address6_known = true;
	if ((c->info.state != CONNECTION_UP && !c->names_awaited) || c->config.survey)
		return;
	request_network(c->config.profile, &c->info, &network);
	network.ipv4 = false;
	if (c->config.profile->n_dns6 == 0)
		network.n_dns = network.n_search = 0; /* they are set already */
	memcpy(c->info.dns, network.dns, network.n_dns * sizeof(network.dns[0]));
	c->info.n_dns = network.n_dns > 0 ? network.n_dns : c->info.n_dns;
	if (c->config.system->ops->apply_network(c->config.system, &network, &f) < 0)
		news_warn(&c->news, N_("IPv6 in the tunnel: %s (%s)"), cause_sentence(f.cause),
			  f.detail);
}

/* A refused login shows the name that was sent, which isn't always the one that was meant. */
static void name_user(const struct connection *c, struct failure *f)
{
	const struct failure said = *f;

	if (cause_exit_code(said.cause) != EXIT_PPP_AUTH)
		return;
	*f = (struct failure){ 0 };
	(void)failure_set(f, said.cause, said.error, "user \"%s\"; %s", c->config.profile->ppp.user,
			  said.detail);
}

static void on_ppp_down(struct connection *c, const struct dp_ppp_event *event)
{
	struct failure f = event->failure;
	bool awaited = c->ppp_started;

	c->ppp_started = c->names_awaited = false;
	c->info.found = event->found;
	if (connection_is_ending(c)) {
		if (awaited)
			connection_close_l2tp(c);
		return;
	}
	if (connection_retry_method(c))
		return;
	if ((f.cause == CAUSE_NONE || f.cause == CAUSE_PPP_CLOSED) && c->last_words != NSEC_NEVER) {
		f = c->call_ended;
	} else if (f.cause == CAUSE_NONE || f.cause == CAUSE_PPP_CLOSED) {
		struct failure said = f;

		f = (struct failure){ 0 };
		(void)failure_set(&f,
				  c->info.state == CONNECTION_UP ? CAUSE_LOST_PPP
								 : CAUSE_PPP_CLOSED,
				  0, "%s", said.detail[0] ? said.detail : _("PPP gave no reason"));
	}
	connection_name_method(c, &f);
	name_user(c, &f);
	connection_lost(c, &f);
}

void connection_on_ppp_event(struct connection *c, const struct dp_ppp_event *event)
{
	switch (event->state) {
	case DP_PPP_ADDRESS:
		if (c->info.state == CONNECTION_PPP || c->info.state == CONNECTION_UP)
			on_ppp_address(c, event);
		break;
	case DP_PPP_ADDRESS6:
		if (!connection_is_ending(c) && !c->info.address6_known)
			on_ppp_address6(c, event);
		break;
	case DP_PPP_FOUND:
		if (!connection_is_ending(c))
			connection_on_ppp_found(c, &event->found);
		break;
	case DP_PPP_LOG:
		news_log(&c->news, "pppd: %s", event->text);
		break;
	case DP_PPP_MISSING:
		connection_retry_missing(c);
		break;
	case DP_PPP_DOWN:
		on_ppp_down(c, event);
		break;
	}
}
