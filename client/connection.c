/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection machine: RESOLVE, PHASE1, PHASE2, L2TP, PPP, UP, CLOSING, DOWN. It feeds the engines
 * what the tables bring, carries out their events, and after each input settles: all events first,
 * then all datagrams, so that an SA stands in the kernel before the message that lets the peer use it.
 *
 * What a failure means is decided in verdict.c, what the profile asks for in request.c.
 */
#include "client/connection-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/i18n.h"
#include "client/request.h"

/* RFC 3948 4 */
#define NAT_KEEPALIVE (20 * NSEC_PER_SEC)

/* Between the messages to a gateway that is waited for. */
#define REPEAT_LONGEST (2 * NSEC_PER_SEC)

/* One event of either engine, if there is one. */
static bool settle_event(struct connection *c)
{
	struct ike_event ike_event;
	struct l2tp_event l2tp_event;

	if (c->ike && ike_next_event(c->ike, &ike_event)) {
		connection_on_ike_event(c, &ike_event);
		ike_event_clear(&ike_event);
		return true;
	}
	if (c->l2tp && l2tp_next_event(c->l2tp, &l2tp_event)) {
		connection_on_l2tp_event(c, &l2tp_event);
		return true;
	}
	return false;
}

/* A lost datagram is repeated by the engine, whatever lost it; the reason is evidence. */
static void send_ike(struct connection *c, const struct ike_datagram *d)
{
	int r = c->config.system->ops->send_ike(c->config.system, d->natt, &d->remote, d->data,
						d->len);

	c->evidence.send_error = r < 0 ? -r : 0;
}

static bool settle_datagram(struct connection *c)
{
	struct ike_datagram ike_datagram;
	struct l2tp_datagram l2tp_datagram;

	if (c->ike && ike_next_datagram(c->ike, &ike_datagram)) {
		send_ike(c, &ike_datagram);
		return true;
	}
	if (scout_next_datagram(&c->scout, &ike_datagram)) {
		send_ike(c, &ike_datagram);
		return true;
	}
	if (c->l2tp && c->dataplane_open &&
	    (l2tp_next_datagram(c->l2tp, &l2tp_datagram) ||
	     connection_secret_next_datagram(c, &l2tp_datagram))) {
		(void)c->config.dataplane->ops->send_l2tp(c->config.dataplane, l2tp_datagram.data,
							  l2tp_datagram.len);
		return true;
	}
	return false;
}

/* All events, then all datagrams, until the engines have nothing more to say. */
static void settle(struct connection *c)
{
	if (c->settling)
		return;
	c->settling = true;
	while (settle_event(c) || settle_datagram(c))
		;
	connection_note_main_modes(c);
	c->settling = false;
}

/* What the tables bring. */

static void on_ike(void *userdata, bool natt, const struct endpoint *from, const uint8_t *data,
		   size_t len)
{
	struct connection *c = userdata;

	(void)natt; /* the non-ESP marker says it */
	if (!c->ike) {
		(void)connection_scout_input(c, from, data, len);
		settle(c);
		return;
	}
	int r = ike_input(c->ike, from, data, len, connection_now(c));
	if (r == IKE_DROP_COOKIE && connection_scout_input(c, from, data, len))
		r = 0;
	if (r > 0 && evidence_drop_ike(&c->evidence, (enum ike_drop)r, connection_now(c)))
		news_log(&c->news, "IKE: dropped a datagram: %s", ike_drop_name((enum ike_drop)r));
	else if (r < 0)
		connection_fail_internal(c, r, "IKE engine");
	connection_loss_timeout(c);
	settle(c);
}

static void on_ike_error(void *userdata, bool natt, int error)
{
	struct connection *c = userdata;

	evidence_icmp_ike(&c->evidence, natt, error, connection_now(c));
	news_log(&c->news, "ICMP on UDP %s: %s", natt ? "4500" : "500", strerror(error));
}

static void on_l2tp(void *userdata, const struct endpoint *from, const uint8_t *data, size_t len)
{
	struct connection *c = userdata;

	if (!c->l2tp)
		return;
	int r = l2tp_input(c->l2tp, from, data, len, connection_now(c));
	if (r == L2TP_DROP_TUNNEL && connection_secret_input(c, from, data, len))
		r = 0;
	if (r > 0 && evidence_drop_l2tp(&c->evidence, (enum l2tp_drop)r))
		news_log(&c->news, "L2TP: dropped a datagram: %s",
			 l2tp_drop_name((enum l2tp_drop)r));
	else if (r < 0)
		connection_fail_internal(c, r, "L2TP engine");
	settle(c);
}

static void on_l2tp_error(void *userdata, int error)
{
	struct connection *c = userdata;

	evidence_icmp_l2tp(&c->evidence, error, connection_now(c));
	news_log(&c->news, "ICMP on the L2TP port: %s", strerror(error));
}

void connection_see_traffic(const struct connection *c, struct liveness_seen *ret)
{
	struct connection_counters counters;

	connection_get_counters(c, &counters);
	*ret = (struct liveness_seen){
		.in = counters.dataplane.esp_in_packets,
		.out = counters.dataplane.esp_out_packets,
		.authenticated = counters.ike.last_authenticated,
		.round_trip = counters.ike.round_trip,
	};
}

static void on_network_restored(void *userdata, unsigned int n, int error)
{
	struct connection *c = userdata;
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", n);
	if (n > 0)
		news_warn(
			&c->news,
			N_("another program has removed routes, rules or IPsec policies of this "
			   "connection "
			   "(%s); they stand again. If it is systemd-networkd: "
			   "ManageForeignRoutes=no and "
			   "ManageForeignRoutingPolicyRules=no in networkd.conf keep it from that"),
			text);
	if (error < 0)
		news_warn(&c->news,
			  N_("routes, rules or IPsec policies of this connection may be "
			     "missing, and can't be put "
			     "back (%s); it is tried again every second"),
			  strerror(-error));
}

static void on_names_ready(void *userdata, const struct failure *warning)
{
	struct connection *c = userdata;

	connection_names_ready(c, warning);
	settle(c);
}

static void on_ppp(void *userdata, const struct dp_ppp_event *event)
{
	struct connection *c = userdata;

	connection_on_ppp_event(c, event);
	settle(c);
}

static void on_expire(void *userdata, uint32_t spi, bool hard)
{
	struct connection *c = userdata;

	news_log(&c->news, "the kernel reports %s expiry of SPI %08x", hard ? "hard" : "soft", spi);
	/* Time is the engine's business; octets and packets are counted by the kernel alone. */
	if (!c->ike || connection_is_ending(c))
		return;
	int r = 0;
	if (hard)
		r = ike_expired(c->ike, spi, connection_now(c));
	else if (spi == c->info.spi_in || spi == c->info.spi_out)
		r = ike_rekey(c->ike, connection_now(c));
	if (r < 0)
		news_log(&c->news, "no new SA pair: %s", strerror(-r));
	settle(c);
}

/* The way up: once the address is known everything is opened and the first message leaves. */

static int open_dataplane(struct connection *c, struct failure *f)
{
	struct dp_config config;

	request_dataplane(c->config.profile, &c->info, c->port_changed, &config);
	c->dataplane_open = true;
	return c->config.dataplane->ops->open(c->config.dataplane, &config, &c->info.l2tp_port, f);
}

static int open_ike(struct connection *c, struct failure *f)
{
	struct sys_ike_sockets request;
	struct sys_ike_local local;

	request_ike_sockets(c->config.profile, &c->info, &request);
	int r = c->config.system->ops->open_ike(c->config.system, &request, &local, f);
	if (r < 0)
		return r;
	c->info.local = local.local;
	c->info.natt_port = local.natt_port;
	memcpy(c->info.uplink, local.uplink, sizeof(c->info.uplink));
	c->info.path_mtu = local.path_mtu;
	return 0;
}

void connection_request_ike(const struct connection *c, struct ike_config *ret)
{
	request_ike(c->config.profile, &c->info, &c->psk, ret);
	ret->auth = c->config.auth;
	if (ret->auth && ret->local_id.type == IKE_ID_ANY)
		ret->local_id = *c->config.auth_id;
	ret->floated = c->floated;
	ret->keepalive_interval = c->keepalive;
	/* A gateway that is waited for may be back any moment. */
	ret->repeat_longest = c->repair.active ? REPEAT_LONGEST : 0;
	ret->one_main_mode = connection_is_frugal(c);
}

static int start_ike(struct connection *c)
{
	struct ike_config config;

	connection_request_ike(c, &config);
	int r = ike_new(&config, c->config.crypto, &c->ike);
	explicit_bzero(&config, sizeof(config));
	if (r < 0)
		return r;
	return ike_start(c->ike, connection_now(c));
}

int connection_prepare_ppp(struct connection *c, struct failure *ret_failure)
{
	struct dp_ppp ppp;

	c->info.found = (struct ppp_findings){ 0 };
	evidence_new_call(&c->evidence);
	request_ppp(c->config.profile, &c->info, &c->password, &ppp);
	int r = c->config.dataplane->ops->prepare_ppp(c->config.dataplane, &ppp, ret_failure);
	explicit_bzero(&ppp, sizeof(ppp));
	return r;
}

void connection_go(struct connection *c)
{
	struct failure f = { 0 };

	if (open_ike(c, &f) < 0 || open_dataplane(c, &f) < 0) {
		if (!connection_next_address(c, &f))
			connection_fail(c, &f);
		return;
	}
	c->evidence.gateway = c->info.gateway;
	connection_set_state(c, CONNECTION_PHASE1);
	if (c->config.survey && c->survey != SURVEY_DONE)
		connection_survey(c);
	else
		connection_begin(c);
}

void connection_begin(struct connection *c)
{
	struct failure f = { 0 };

	c->evidence.ike_stage_entered = connection_now(c);
	int r = start_ike(c);
	if (r < 0) {
		connection_fail_internal(c, r, "IKE engine");
		return;
	}
	settle(c);
	/* While the first message travels, PPP's process gets ready. */
	if (c->config.until != CONNECTION_L2TP && connection_prepare_ppp(c, &f) < 0)
		connection_fail(c, &f);
}

static void on_resolved(void *userdata, const struct endpoint *addrs, size_t n,
			const struct failure *failure)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	if (connection_loss_resolved(c, addrs, n))
		return;
	if (connection_repair_resolved(c, addrs, n)) {
		settle(c);
		return;
	}
	if (c->info.state != CONNECTION_RESOLVE)
		return;
	if (n == 0) {
		(void)failure_set(&f, CAUSE_RESOLVE, 0, "no address");
		connection_fail(c, failure && failure->cause != CAUSE_NONE ? failure : &f);
	} else {
		c->n_addrs = n < RESOLVE_ADDRS_MAX ? n : RESOLVE_ADDRS_MAX;
		memcpy(c->addrs, addrs, c->n_addrs * sizeof(c->addrs[0]));
		c->tried = 1;
		c->evidence.more_addresses = c->n_addrs > 1;
		c->info.gateway = addrs[0];
		c->info.gateway.port = 500;
		connection_go(c);
	}
	settle(c);
}

static void on_network_change(void *userdata)
{
	struct connection *c = userdata;

	connection_network_changed(c);
	settle(c);
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
	c->evidence.auth_words = config->auth ? config->auth_words : NULL;
	c->psk = *config->psk;
	c->password = *config->password;
	c->l2tp_secret = *config->l2tp_secret;
	c->evidence.l2tp_secret = c->l2tp_secret.len > 0;
	c->deadline = c->close_deadline = c->last_words = c->bridge = c->loss.until = NSEC_NEVER;
	c->repair.retry_at = NSEC_NEVER;
	c->keepalive = NAT_KEEPALIVE;
	request_offer(config->profile, &c->evidence.proposals, &c->evidence.n_proposals);
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
	scout_stop(&c->scout);
	ike_free(c->ike);
	l2tp_free(c->l2tp);
	l2tp_free(c->bare);
	explicit_bzero(c, sizeof(*c));
	free(c);
	return NULL;
}

/* Before anything is sent, the look-up of the gateway's name included. */
static int guard_network(struct connection *c, struct failure *f)
{
	struct sys_network network;

	request_network(c->config.profile, &c->info, &network);
	c->network_applied = true;
	return c->config.system->ops->guard_network(c->config.system, &network, f);
}

void connection_start(struct connection *c)
{
	struct failure f = { 0 };
	char gateway[SYS_NAME_MAX];

	c->info.started = c->info.attempt = connection_now(c);
	c->deadline = c->info.started + c->config.timeout;
	connection_set_state(c, CONNECTION_RESOLVE);
	request_gateway(c->config.profile, gateway, sizeof(gateway));
	/* The kill switch holds back everybody else's questions from here on. */
	uint32_t beside = c->config.profile->kill_switch && !c->config.survey ? REQUEST_MARK : 0;
	if ((c->config.survey || guard_network(c, &f) == 0) &&
	    c->config.system->ops->resolve(c->config.system, gateway, beside, &f) == 0) {
		settle(c);
		return;
	}
	connection_fail(c, &f);
	settle(c);
}

void connection_close(struct connection *c, const struct failure *f)
{
	c->asked = true;
	if (c->info.state == CONNECTION_CLOSING)
		connection_finish(c);
	else
		connection_fail(c, f);
	settle(c);
}

/* Under phase 1, where there is one, and through ESP. */
static void ask_for_life(struct connection *c, nsec_t t)
{
	bool ike = c->ike && ike_probe(c->ike, t) == 0;
	bool l2tp = c->l2tp && l2tp_probe(c->l2tp, t) == 0;

	news_log(&c->news, "is the gateway there? Asked by%s%s%s", ike ? " DPD" : "",
		 l2tp ? " HELLO" : "", ike || l2tp ? "" : " nothing");
}

void connection_doubt(struct connection *c)
{
	struct liveness_seen seen;

	connection_see_traffic(c, &seen);
	liveness_doubt(&c->liveness, connection_now(c), &seen);
}

/*
 * A process that was stopped ends nothing and answers nothing. It is seen so twice, since one that was
 * stopped together with us may only be slower to go on.
 */
static void end_stuck_ppp(struct connection *c)
{
	struct failure f = { 0 };

	bool before = c->ppp_stuck;

	c->ppp_stuck = c->config.dataplane->ops->is_ppp_stuck(c->config.dataplane);
	if (!before || !c->ppp_stuck)
		return;
	(void)failure_set(&f, CAUSE_LOST_PPP, 0, "%s", _("pppd was stopped"));
	connection_lost(c, &f);
}

/* Nothing may have come for a while: the gateway is asked, and in the end it is gone. */
static void check_liveness(struct connection *c, nsec_t t)
{
	struct liveness_seen seen;
	struct failure f = { 0 };
	nsec_t heard = c->liveness.heard;

	connection_note_traffic(c);
	connection_see_traffic(c, &seen);
	switch (liveness_check(&c->liveness, t, &seen)) {
	case LIVENESS_WAIT:
		end_stuck_ppp(c);
		return;
	case LIVENESS_ASK:
		ask_for_life(c, t);
		return;
	case LIVENESS_MUTE:
		connection_mute(c, seen.in);
		return;
	case LIVENESS_GONE:
		(void)failure_set(&f, CAUSE_LOST_GATEWAY, ETIMEDOUT,
				  _("it answers no question, nothing came for %u s"),
				  (unsigned int)((t - heard) / NSEC_PER_SEC));
		connection_lost(c, &f);
		return;
	}
}

/* Whichever of the connection's own times has come. */
static void own_timeout(struct connection *c, nsec_t t)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_CLOSING) {
		if (t >= c->close_deadline && c->ppp_started) {
			c->ppp_started = false;
			connection_close_l2tp(c);
		} else if (t >= c->close_deadline) {
			connection_finish(c);
		}
		return;
	}
	if (t >= liveness_deadline(&c->liveness))
		check_liveness(c, t);
	if (connection_is_ending(c))
		return;
	if (t >= c->last_words) {
		/* pppd may wait for the gateway's part of the end, which doesn't come any more. */
		c->config.dataplane->ops->get_ppp_reason(c->config.dataplane, true, &f);
		if (f.cause == CAUSE_NONE || f.cause == CAUSE_PPP_CLOSED ||
		    f.cause == CAUSE_PPP_NO_ADDRESS)
			f = c->call_ended;
		connection_fail(c, &f);
	} else if (t >= c->bridge) {
		c->bridge = NSEC_NEVER;
		connection_lost(c, &c->bridge_ends);
	} else if (t >= c->deadline) {
		/* Time that ran out in the second try says less than what ended the first. */
		verdict_name(connection_evidence(c), &f);
		connection_fail(c, c->before.cause != CAUSE_NONE ? &c->before : &f);
	} else if (t >= verdict_patience(connection_evidence(c)) && !connection_retry_silence(c)) {
		if (c->ppp_started)
			c->config.dataplane->ops->get_ppp_reason(c->config.dataplane, false, &f);
		if (f.cause == CAUSE_NONE)
			verdict_name(connection_evidence(c), &f);
		connection_fail(c, &f);
	}
}

/*
 * SCCRQ is repeated because nothing answers it: quick mode's last message may have been lost, and then the
 * gateway has no SA to hear it by.
 */
static void repeat_quick_mode(struct connection *c, nsec_t t)
{
	struct l2tp_stats stats;

	if (c->info.state != CONNECTION_L2TP || !c->l2tp || !c->ike)
		return;
	l2tp_get_stats(c->l2tp, &stats);
	if (stats.received > 0 || stats.retransmitted == c->sccrq_repeats)
		return;
	c->sccrq_repeats = stats.retransmitted;
	if (ike_repeat_last(c->ike, t) < 0)
		news_log(&c->news, "quick mode can't be repeated");
}

void connection_timeout(struct connection *c)
{
	nsec_t t = connection_now(c);
	int r = 0;

	if (c->info.state == CONNECTION_DOWN)
		return;
	if (!connection_is_ending(c)) {
		connection_scout_timeout(c);
		connection_secret_timeout(c);
	}
	own_timeout(c, t);
	connection_repair_timeout(c);
	if (c->ike && t >= ike_deadline(c->ike))
		r = ike_timeout(c->ike, t);
	if (r < 0)
		connection_fail_internal(c, r, "IKE engine");
	r = 0;
	if (c->l2tp && t >= l2tp_deadline(c->l2tp))
		r = l2tp_timeout(c->l2tp, t);
	if (r < 0)
		connection_fail_internal(c, r, "L2TP engine");
	repeat_quick_mode(c, t);
	connection_loss_timeout(c);
	settle(c);
}

nsec_t connection_deadline(const struct connection *c)
{
	nsec_t t = nsec_min(nsec_min(c->deadline, c->last_words),
			    nsec_min(c->close_deadline, nsec_min(c->bridge, c->loss.until)));
	t = nsec_min(t, c->repair.retry_at);

	if (c->info.state == CONNECTION_DOWN)
		return NSEC_NEVER;
	if (c->ike)
		t = nsec_min(t, ike_deadline(c->ike));
	if (c->l2tp)
		t = nsec_min(t, l2tp_deadline(c->l2tp));
	/* The evidence's counters may be old here, its times are not. */
	if (!connection_is_ending(c)) {
		t = nsec_min(nsec_min(t, liveness_deadline(&c->liveness)),
			     nsec_min(verdict_patience(&c->evidence),
				      connection_scout_deadline(c)));
		t = nsec_min(t, connection_secret_deadline(c));
	}
	return t;
}

const struct connection_info *connection_get_info(const struct connection *c)
{
	return &c->info;
}

void connection_get_counters(const struct connection *c, struct connection_counters *ret)
{
	*ret = (struct connection_counters){ 0 };
	if (c->ike)
		ike_get_stats(c->ike, &ret->ike);
	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &ret->l2tp);
	if (c->dataplane_open)
		(void)c->config.dataplane->ops->get_counters(c->config.dataplane, &ret->dataplane);
}
