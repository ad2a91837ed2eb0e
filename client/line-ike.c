/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engines tell, and what the connection does about it. */
#include "client/connection-private.h"

#include <errno.h>
#include <string.h>

#include "client/i18n.h"
#include "client/request.h"

/*
 * A gateway that refuses a user ends the call right after PPP's own words. Those say more, so PPP is
 * given so long to end by itself before the call's end counts as the reason.
 */
#define PPP_LAST_WORDS NSEC_PER_SEC

/*
 * A gateway that deletes the last SA pair either ends the connection, without saying so, or starts
 * over. L2TP and PPP hold out so long while the engine negotiates a new pair.
 */
#define BRIDGE (4 * NSEC_PER_SEC)

/* What the IKE engine tells. */

static void on_natt(struct connection *c, const struct ike_event *event)
{
	c->info.natt_known = true;
	c->info.natt_supported = event->u.natt.supported;
	c->info.natt_variant = event->u.natt.variant;
	c->info.local_nat = event->u.natt.local_nat;
	c->info.remote_nat = event->u.natt.remote_nat;
	c->info.forced_encap = event->u.natt.forced;
	c->evidence.nat =
		event->u.natt.local_nat || event->u.natt.remote_nat || event->u.natt.forced;
	c->evidence.nat_unseen =
		!event->u.natt.supported &&
		endpoint_is_private(&c->info.local) != endpoint_is_private(&c->info.gateway);
	news_log(&c->news, "NAT traversal: %s",
		 event->u.natt.variant ? event->u.natt.variant : "not known to the gateway");
	news_step(&c->news, N_("NAT: %s"),
		  event->u.natt.local_nat && event->u.natt.remote_nat ? _("on both sides")
		  : event->u.natt.local_nat			      ? _("on our side")
		  : event->u.natt.remote_nat			      ? _("on the gateway's side")
		  : event->u.natt.forced ? _("none, encapsulation asked for")
					 : _("none"));
}

static void on_phase1_up(struct connection *c, const struct ike_event *event)
{
	connection_note_main_modes(c);
	half_open_done(&c->half_open, &c->info.gateway);
	c->info.phase1_known = true;
	c->info.phase1 = event->u.phase1.proposal;
	c->info.phase1_life_s = event->u.phase1.life_s;
	c->info.peer_id = event->u.phase1.peer_id;
	c->info.dpd = event->u.phase1.dpd;
	c->info.phase1_since = connection_now(c);
	if (c->config.want_keys)
		news_tell(&c->news, CONNECTION_EVENT_PHASE1_KEY, event);
	if (c->info.state == CONNECTION_PHASE1)
		connection_set_state(c, CONNECTION_PHASE2);
}

void connection_start_l2tp(struct connection *c)
{
	struct l2tp_config config;

	request_l2tp(c->config.profile, &c->l2tp_secret, &connection_evidence(c)->ike, &config);
	c->sccrq_repeats = 0;
	config.sccrq = c->sccrq_changed ? L2TP_SCCRQ_MINIMAL : L2TP_SCCRQ_WINDOWS;
	int r = l2tp_new(&config, c->config.l2tp_crypto, &c->l2tp);
	secret_clear(&config.secret);
	if (r == 0)
		r = l2tp_start(c->l2tp, connection_now(c));
	if (r < 0)
		connection_fail_internal(c, r, "L2TP engine");
}

static void on_child_up(struct connection *c, const struct ike_event *event)
{
	const struct ike_child *child = &event->u.child;
	struct failure f = { 0 };

	if (c->n_children == CONNECTION_CHILDREN_MAX) {
		connection_fail_internal(c, -E2BIG, "SA pairs");
		return;
	}
	if (c->config.dataplane->ops->install_child(c->config.dataplane, child, &f) < 0) {
		connection_fail(c, &f);
		return;
	}
	struct ike_child *known = &c->children[c->n_children++];
	*known = *child;
	secret_clear(&known->encr_in);
	secret_clear(&known->auth_in);
	secret_clear(&known->encr_out);
	secret_clear(&known->auth_out);
	if (c->config.want_keys)
		news_tell(&c->news, CONNECTION_EVENT_CHILD_KEY, event);
}

static void on_child_use(struct connection *c, uint32_t spi_in)
{
	const struct ike_child *child = NULL;
	struct failure f = { 0 };

	for (size_t i = 0; i < c->n_children; i++)
		if (c->children[i].spi_in == spi_in)
			child = &c->children[i];
	if (!child)
		return;
	if (c->config.dataplane->ops->use_child(c->config.dataplane, spi_in, &f) < 0) {
		connection_fail(c, &f);
		return;
	}
	c->bridge = NSEC_NEVER;
	c->info.child_known = true;
	c->info.esp = child->algorithms;
	c->info.udp_encap = child->udp_encap;
	c->info.spi_in = child->spi_in;
	c->info.spi_out = child->spi_out;
	c->info.child_life_s = child->life_s;
	c->info.child_life_kb = child->life_kb;
	c->info.child_since = connection_now(c);
	if (c->info.state == CONNECTION_PHASE2) {
		connection_set_state(c, CONNECTION_L2TP);
		connection_start_l2tp(c);
	}
}

static void on_child_down(struct connection *c, const struct ike_event *event)
{
	struct failure f = { 0 };
	uint32_t spi_in = event->u.child_down.spi_in;
	bool by_peer = event->u.child_down.by_peer;

	for (size_t i = 0; i < c->n_children; i++) {
		if (c->children[i].spi_in != spi_in)
			continue;
		(void)c->config.dataplane->ops->remove_child(c->config.dataplane, spi_in);
		c->children[i] = c->children[--c->n_children];
		break;
	}
	if (spi_in != c->info.spi_in || connection_is_ending(c))
		return;
	/* Another one to send by follows at once, or is negotiated, or it is the end. */
	(void)failure_set(&f, by_peer ? verdict_ended(&c->evidence) : CAUSE_LOST_LIFETIME, 0, "%s",
			  by_peer ? _("it deleted the phase 2 SA") : _("the phase 2 SA expired"));
	if (c->info.state != CONNECTION_UP) {
		connection_fail(c, &f);
		return;
	}
	c->bridge = connection_now(c) + BRIDGE;
	c->bridge_ends = f;
}

static void on_notify(struct connection *c, const struct ike_event *event)
{
	news_log(&c->news, "gateway: %s%s",
		 event->u.notify.undecryptable ? "a message that our key does not open"
					       : ike_notify_name(event->u.notify.type),
		 event->u.notify.authenticated ? "" : " (not authenticated)");
	if (event->u.notify.authenticated || c->info.state > CONNECTION_PHASE2)
		return;
	evidence_notify(&c->evidence, event->u.notify.type, event->u.notify.undecryptable,
			connection_now(c));
}

/* Nothing protects it (RFC 2408 3.10): it explains a refusal and is no reason for one. */
static void on_cert_request(struct connection *c, const struct ike_id *authority)
{
	char name[CONNECTION_AUTHORITY_MAX];
	bool ours = c->config.issued_by(c->config.auth->userdata, authority, name);

	evidence_authority(&c->evidence, name, ours);
	news_log(&c->news, "the gateway takes certificates of %s", name);
}

static void on_ike_stage(struct connection *c, enum ike_stage stage)
{
	if (connection_is_ending(c))
		return;
	connection_next_stage(c);
	news_log(&c->news, "IKE: %s", ike_stage_name(stage));
}

void connection_on_ike_event(struct connection *c, const struct ike_event *event)
{
	struct failure f = { 0 };

	switch (event->type) {
	case IKE_EVENT_STAGE:
		on_ike_stage(c, event->u.stage);
		return;
	case IKE_EVENT_NATT:
		on_natt(c, event);
		return;
	case IKE_EVENT_PHASE1_UP:
		on_phase1_up(c, event);
		return;
	case IKE_EVENT_CHILD_UP:
		if (!connection_is_ending(c))
			on_child_up(c, event);
		return;
	case IKE_EVENT_CHILD_USE:
		if (!connection_is_ending(c))
			on_child_use(c, event->u.child_use.spi_in);
		return;
	case IKE_EVENT_CHILD_DOWN:
		on_child_down(c, event);
		return;
	case IKE_EVENT_NOTIFY:
		on_notify(c, event);
		return;
	case IKE_EVENT_CERT_REQUEST:
		on_cert_request(c, &event->u.cert_request);
		return;
	case IKE_EVENT_VENDOR:
		vendors_add(&c->info.vendors, event->u.vendor.data, event->u.vendor.len);
		return;
	case IKE_EVENT_SELECTED:
		return;
	case IKE_EVENT_FAILED:
		if (connection_retry_phase2(c, event))
			return;
		if (event->u.failed.reason == IKE_FAILURE_ID)
			c->info.peer_id = event->u.failed.peer_id;
		verdict_ike_failed(connection_evidence(c), event, &f);
		connection_fail(c, &f);
		return;
	case IKE_EVENT_PHASE1_DOWN:
		news_log(&c->news, "the gateway deleted phase 1; another one is begun");
		return;
	case IKE_EVENT_CLOSED:
		return; /* it was asked for */
	}
}

/* What the L2TP engine tells. */

static void on_session_ready(struct connection *c, const struct l2tp_event *event)
{
	struct failure f = { 0 };
	struct dp_link link;
	const struct dp_session session = {
		.local_tunnel_id = event->u.session.local_tunnel_id,
		.peer_tunnel_id = event->u.session.peer_tunnel_id,
		.local_session_id = event->u.session.local_session_id,
		.peer_session_id = event->u.session.peer_session_id,
		.sequencing = event->u.session.sequencing_required,
	};

	c->info.call_granted = true;
	if (c->config.until == CONNECTION_L2TP) {
		connection_fail(c, NULL);
		return;
	}
	if (c->config.dataplane->ops->open_session(c->config.dataplane, &session, &f) < 0) {
		connection_fail(c, &f);
		return;
	}
	c->info.session_id = session.local_session_id;
	c->info.peer_session_id = session.peer_session_id;
	int r = l2tp_session_ready(c->l2tp, connection_now(c));
	if (r < 0) {
		connection_fail_internal(c, r, "L2TP session");
		return;
	}
	c->ppp_packets = connection_ppp_packets(c);
	connection_set_state(c, CONNECTION_PPP);
	request_link(c->config.profile, &c->info, session.sequencing, &link);
	verdict_pace(connection_evidence(c), &link.pause, &link.patience, &link.lossy);
	link.method = c->method;
	link.no_eap = c->no_eap;
	if (c->config.dataplane->ops->start_ppp(c->config.dataplane, &link, &f) < 0)
		connection_fail(c, &f);
	else
		c->ppp_started = true;
}

/* While LCP is negotiated pppd goes on trying after that: true if something else is done, or it is over. */
static bool on_terminated(struct connection *c)
{
	struct failure f = { 0 };

	if (connection_retry_method(c))
		return true;
	c->config.dataplane->ops->get_ppp_reason(c->config.dataplane, false, &f);
	connection_name_method(c, &f);
	if (f.cause != CAUSE_PPP_AUTH_METHOD && f.cause != CAUSE_PPP_AUTH_UNKNOWN)
		return false;
	connection_lost(c, &f);
	return true;
}

void connection_on_ppp_found(struct connection *c, const struct ppp_findings *found)
{
	struct evidence *e = &c->evidence;

	c->info.found = *found;
	evidence_login(e, found, connection_now(c));
	if (found->terminated && c->info.state == CONNECTION_PPP && on_terminated(c))
		return;
	if (!e->checking || c->told_checking)
		return;
	c->told_checking = true;
	news_step(&c->news, N_("waiting for the gateway to check the password"));
}

static void on_l2tp_closed(struct connection *c, const struct l2tp_event *event)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_CLOSING) {
		connection_finish(c);
		return;
	}
	if (connection_retry_l2tp(c, event))
		return;
	verdict_l2tp_closed(connection_evidence(c), event, &f);
	if (c->info.state == CONNECTION_PPP && c->ppp_started) {
		c->call_ended = f;
		c->last_words = connection_now(c) + PPP_LAST_WORDS;
		return;
	}
	connection_lost(c, &f);
}

void connection_on_l2tp_event(struct connection *c, const struct l2tp_event *event)
{
	switch (event->type) {
	case L2TP_EVENT_STAGE:
		news_log(&c->news, "L2TP: %s", l2tp_stage_name(event->u.stage));
		return;
	case L2TP_EVENT_TUNNEL_UP:
		/* Whatever was held against it. */
		c->evidence.hint_at = 0;
		c->evidence.bare_answered = false;
		c->info.tunnel_known = true;
		c->info.tunnel_id = event->u.tunnel.local_id;
		c->info.peer_tunnel_id = event->u.tunnel.peer_id;
		memcpy(c->info.lns_name, event->u.tunnel.host_name, sizeof(c->info.lns_name));
		memcpy(c->info.lns_vendor, event->u.tunnel.vendor_name, sizeof(c->info.lns_vendor));
		news_step(&c->news, N_("L2TP server: %s%s%s%s"), c->info.lns_name,
			  c->info.lns_vendor[0] ? ", " : "", c->info.lns_vendor,
			  event->u.tunnel.authenticated ? ", knows the tunnel secret" : "");
		return;
	case L2TP_EVENT_SESSION_READY:
		if (!connection_is_ending(c))
			on_session_ready(c, event);
		return;
	case L2TP_EVENT_SESSION_UP:
		return;
	case L2TP_EVENT_CLOSED:
		on_l2tp_closed(c, event);
		return;
	}
}
