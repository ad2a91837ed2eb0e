/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection machine: RESOLVE, PHASE1, PHASE2, L2TP, PPP, UP, CLOSING, DOWN. It feeds the engines
 * what the tables bring, carries out their events, and after each input settles: all events first,
 * then all datagrams, so that an SA stands in the kernel before the message that lets the peer use it.
 *
 * What a failure means is decided in verdict.c, what the profile asks for in request.c.
 */
#include "client/connection.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/request.h"
#include "client/verdict.h"

/*
 * A gateway that refuses a user ends the call right after PPP's own words. Those say more, so PPP is
 * given so long to end by itself before the call's end counts as the reason.
 */
#define PPP_LAST_WORDS NSEC_PER_SEC

/* The orderly end: PPP's Terminate, then CDN and StopCCN, each with so much time at most. */
#define CLOSE_PPP_MAX  (2500 * NSEC_PER_MSEC)
#define CLOSE_L2TP_MAX (1500 * NSEC_PER_MSEC)

#define CHILDREN_MAX 8

#define DROPS_LOGGED_MAX 16

struct connection {
	struct connection_config config;
	struct secret psk, password;
	struct connection_info info;
	struct evidence evidence;
	struct failure failure;
	struct ike *ike;
	struct l2tp *l2tp;
	nsec_t deadline;	   /* of the whole attempt */
	nsec_t close_deadline;	   /* of the present step of closing */
	nsec_t last_words;	   /* until when PPP may name the reason; NSEC_NEVER: L2TP stands */
	struct failure call_ended; /* the reason if PPP names none */
	bool dataplane_open, ppp_prepared, ppp_started, network_applied;
	bool settling;
	struct {
		uint32_t spi_in, spi_out;
	} children[CHILDREN_MAX];
	size_t n_children;
};

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
	return states[state].words;
}

static nsec_t now(const struct connection *c)
{
	return c->config.now(c->config.userdata);
}

/* Hands an event to the observer. */
static void emit(struct connection *c, enum connection_event_type type, const char *text,
		 const struct ike_event *ike)
{
	struct connection_event event = {
		.type = type,
		.at = now(c) - c->info.started,
		.info = &c->info,
		.failure = &c->failure,
		.text = text,
		.ike = ike,
	};

	c->config.on_event(c->config.userdata, &event);
}

static void emit_text(struct connection *c, enum connection_event_type type, const char *format,
		      ...) _printf_(3, 4);

static void emit_text(struct connection *c, enum connection_event_type type, const char *format,
		      ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	emit(c, type, text, NULL);
}

/* Forgets the hints: they belong to the step that was left. */
static void evidence_next_step(struct connection *c)
{
	struct evidence *e = &c->evidence;

	e->hint_at = 0;
	e->hint_notify = 0;
	e->undecryptable = false;
	e->drops_logged = 0;
	e->repeats = e->not_offered = e->weak = e->wrong_hash = e->wrong_id = 0;
	if (c->ike) {
		ike_get_stats(c->ike, &e->ike);
		e->lossy = e->ike.retransmitted > 0;
	}
}

/* The one place that assigns the state. */
static void set_state(struct connection *c, enum connection_state state)
{
	if (c->info.state == state)
		return;
	c->info.state = state;
	c->info.entered[state] = now(c);
	c->evidence.state = state;
	c->evidence.state_entered = now(c);
	evidence_next_step(c);
	emit(c, CONNECTION_EVENT_STATE, NULL, NULL);
}

/* The evidence as of now. */
static const struct evidence *gather(struct connection *c)
{
	if (c->ike)
		ike_get_stats(c->ike, &c->evidence.ike);
	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &c->evidence.l2tp);
	return &c->evidence;
}

static void hint(struct connection *c)
{
	if (!c->evidence.hint_at)
		c->evidence.hint_at = now(c);
}

/* Closing, step by step; each is entered when the one before is done or its time is over. */

static void finish(struct connection *c)
{
	if (c->ike) {
		struct ike_datagram datagram;

		if (ike_close(c->ike, now(c)) < 0)
			emit_text(c, CONNECTION_EVENT_LOG,
				  "the gateway could not be told of the end");
		while (ike_next_datagram(c->ike, &datagram))
			(void)c->config.system->ops->send_ike(c->config.system, datagram.natt,
							      &datagram.remote, datagram.data,
							      datagram.len);
	}
	if (c->dataplane_open)
		c->config.dataplane->ops->close(c->config.dataplane);
	c->dataplane_open = false;
	c->config.system->ops->close_ike(c->config.system);
	c->ike = ike_free(c->ike);
	c->l2tp = l2tp_free(c->l2tp);
	c->close_deadline = NSEC_NEVER;
	set_state(c, CONNECTION_DOWN);
	emit(c, CONNECTION_EVENT_DOWN, NULL, NULL);
}

static void close_l2tp(struct connection *c)
{
	struct l2tp_stats stats = { .stage = L2TP_STAGE_CLOSED };

	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &stats);
	if (stats.stage == L2TP_STAGE_CLOSED || stats.stage == L2TP_STAGE_IDLE ||
	    c->n_children == 0 || l2tp_close(c->l2tp, 1, now(c)) < 0) {
		finish(c);
		return;
	}
	c->close_deadline = now(c) + CLOSE_L2TP_MAX;
}

static void close_begin(struct connection *c)
{
	bool was_up = c->info.state == CONNECTION_UP;

	set_state(c, CONNECTION_CLOSING);
	c->deadline = c->last_words = NSEC_NEVER;
	if (c->network_applied)
		c->config.system->ops->undo_network(c->config.system);
	c->network_applied = false;
	c->close_deadline = now(c) + CLOSE_PPP_MAX;
	if (c->ppp_started && c->config.dataplane->ops->stop_ppp(c->config.dataplane) == 0 &&
	    (was_up || c->failure.cause == CAUSE_NONE))
		return; /* on_ppp_down() goes on */
	c->ppp_started = false;
	close_l2tp(c);
}

/* The attempt or the connection fails: the first failure is the one that counts. */
static void fail(struct connection *c, const struct failure *f)
{
	if (c->info.state == CONNECTION_CLOSING || c->info.state == CONNECTION_DOWN)
		return;
	if (c->failure.cause == CAUSE_NONE && f)
		c->failure = *f;
	close_begin(c);
}

static void fail_internal(struct connection *c, int error, const char *what)
{
	struct failure f = { 0 };

	(void)failure_set(&f, error == -ENOMEM ? CAUSE_MEMORY : CAUSE_INTERNAL, error, "%s: %s",
			  what, strerror(error < 0 ? -error : error));
	fail(c, &f);
}

static bool is_ending(const struct connection *c)
{
	return c->info.state == CONNECTION_CLOSING || c->info.state == CONNECTION_DOWN;
}

/* What the IKE engine tells. */

static void on_natt(struct connection *c, const struct ike_event *event)
{
	c->info.natt_known = true;
	c->info.natt_supported = event->u.natt.supported;
	c->info.local_nat = event->u.natt.local_nat;
	c->info.remote_nat = event->u.natt.remote_nat;
	c->info.forced_encap = event->u.natt.forced;
	c->evidence.nat =
		event->u.natt.local_nat || event->u.natt.remote_nat || event->u.natt.forced;
	emit_text(c, CONNECTION_EVENT_STEP, "NAT: %s",
		  event->u.natt.local_nat && event->u.natt.remote_nat ? "on both sides"
		  : event->u.natt.local_nat			      ? "on our side"
		  : event->u.natt.remote_nat			      ? "on the gateway's side"
		  : event->u.natt.forced ? "none, encapsulation asked for"
					 : "none");
}

static void on_phase1_up(struct connection *c, const struct ike_event *event)
{
	c->info.phase1_known = true;
	c->info.phase1 = event->u.phase1.proposal;
	c->info.phase1_life_s = event->u.phase1.life_s;
	c->info.peer_id = event->u.phase1.peer_id;
	c->info.dpd = event->u.phase1.dpd;
	c->info.phase1_since = now(c);
	if (c->config.want_keys)
		emit(c, CONNECTION_EVENT_PHASE1_KEY, NULL, event);
	if (c->info.state == CONNECTION_PHASE1)
		set_state(c, CONNECTION_PHASE2);
}

static void start_l2tp(struct connection *c)
{
	struct l2tp_config config;
	const struct l2tp_random random = {
		.userdata = c->config.crypto->userdata,
		.random = c->config.crypto->random,
	};

	request_l2tp(c->config.profile, gather(c)->ike.round_trip, &config);
	int r = l2tp_new(&config, &random, &c->l2tp);
	if (r == 0)
		r = l2tp_start(c->l2tp, now(c));
	if (r < 0)
		fail_internal(c, r, "L2TP engine");
}

static void on_child_up(struct connection *c, const struct ike_event *event)
{
	const struct ike_child *child = &event->u.child;
	struct failure f = { 0 };

	if (c->n_children == CHILDREN_MAX) {
		fail_internal(c, -E2BIG, "SA pairs");
		return;
	}
	if (c->config.dataplane->ops->install_child(c->config.dataplane, child, &f) < 0) {
		fail(c, &f);
		return;
	}
	c->children[c->n_children].spi_in = child->spi_in;
	c->children[c->n_children].spi_out = child->spi_out;
	c->n_children++;
	c->info.child_known = true;
	c->info.esp = child->algorithms;
	c->info.udp_encap = child->udp_encap;
	c->info.spi_in = child->spi_in;
	c->info.spi_out = child->spi_out;
	c->info.child_life_s = child->life_s;
	c->info.child_life_kb = child->life_kb;
	c->info.child_since = now(c);
	if (c->config.want_keys)
		emit(c, CONNECTION_EVENT_CHILD_KEY, NULL, event);
	if (c->info.state == CONNECTION_PHASE2) {
		set_state(c, CONNECTION_L2TP);
		start_l2tp(c);
	}
}

static void on_child_down(struct connection *c, const struct ike_event *event)
{
	struct failure f = { 0 };
	uint32_t spi_in = event->u.child_down.spi_in;

	for (size_t i = 0; i < c->n_children; i++) {
		if (c->children[i].spi_in != spi_in)
			continue;
		(void)c->config.dataplane->ops->remove_child(c->config.dataplane, spi_in,
							     c->children[i].spi_out);
		c->children[i] = c->children[--c->n_children];
		break;
	}
	if (c->n_children > 0 || is_ending(c))
		return;
	(void)failure_set(&f,
			  event->u.child_down.by_peer ? verdict_ended(&c->evidence)
						      : CAUSE_LOST_LIFETIME,
			  0, "%s",
			  event->u.child_down.by_peer ? "it deleted the phase 2 SA"
						      : "the phase 2 SA expired");
	fail(c, &f);
}

static void on_notify(struct connection *c, const struct ike_event *event)
{
	emit_text(c, CONNECTION_EVENT_LOG, "gateway: %s%s",
		  event->u.notify.undecryptable ? "a message that our key does not open"
						: ike_notify_name(event->u.notify.type),
		  event->u.notify.authenticated ? "" : " (not authenticated)");
	if (event->u.notify.authenticated || c->info.state > CONNECTION_PHASE2)
		return;
	hint(c);
	if (event->u.notify.undecryptable)
		c->evidence.undecryptable = true;
	else if (!c->evidence.hint_notify)
		c->evidence.hint_notify = event->u.notify.type;
}

static void on_ike_stage(struct connection *c, enum ike_stage stage)
{
	if (is_ending(c))
		return;
	c->evidence.ike_stage_entered = now(c);
	evidence_next_step(c);
	emit_text(c, CONNECTION_EVENT_LOG, "IKE: %s", ike_stage_name(stage));
}

static void on_ike_closed(struct connection *c)
{
	struct failure f = { 0 };

	if (is_ending(c))
		return;
	(void)failure_set(&f, verdict_ended(&c->evidence), 0, "it deleted the phase 1 SA");
	fail(c, &f);
}

static void on_ike_event(struct connection *c, const struct ike_event *event)
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
		if (!is_ending(c))
			on_child_up(c, event);
		return;
	case IKE_EVENT_CHILD_DOWN:
		on_child_down(c, event);
		return;
	case IKE_EVENT_NOTIFY:
		on_notify(c, event);
		return;
	case IKE_EVENT_VENDOR:
		return;
	case IKE_EVENT_FAILED:
		verdict_ike_failed(gather(c), event, &f);
		fail(c, &f);
		return;
	case IKE_EVENT_CLOSED:
		on_ike_closed(c);
		return;
	}
}

/* What the L2TP engine tells. */

static void on_session_ready(struct connection *c, const struct l2tp_event *event)
{
	struct failure f = { 0 };
	const struct dp_session session = {
		.local_tunnel_id = event->u.session.local_tunnel_id,
		.peer_tunnel_id = event->u.session.peer_tunnel_id,
		.local_session_id = event->u.session.local_session_id,
		.peer_session_id = event->u.session.peer_session_id,
		.sequencing = event->u.session.sequencing_required,
	};

	if (c->config.dataplane->ops->open_session(c->config.dataplane, &session, &f) < 0) {
		fail(c, &f);
		return;
	}
	c->info.session_id = session.local_session_id;
	c->info.peer_session_id = session.peer_session_id;
	int r = l2tp_session_ready(c->l2tp, now(c));
	if (r < 0) {
		fail_internal(c, r, "L2TP session");
		return;
	}
	set_state(c, CONNECTION_PPP);
	if (c->config.dataplane->ops->start_ppp(c->config.dataplane, &f) < 0)
		fail(c, &f);
	else
		c->ppp_started = true;
}

static void on_l2tp_closed(struct connection *c, const struct l2tp_event *event)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_CLOSING) {
		finish(c);
		return;
	}
	verdict_l2tp_closed(gather(c), event, &f);
	if (c->info.state == CONNECTION_PPP && c->ppp_started) {
		c->call_ended = f;
		c->last_words = now(c) + PPP_LAST_WORDS;
		return;
	}
	fail(c, &f);
}

static void on_l2tp_event(struct connection *c, const struct l2tp_event *event)
{
	switch (event->type) {
	case L2TP_EVENT_STAGE:
		emit_text(c, CONNECTION_EVENT_LOG, "L2TP: %s", l2tp_stage_name(event->u.stage));
		return;
	case L2TP_EVENT_TUNNEL_UP:
		c->info.tunnel_known = true;
		c->info.tunnel_id = event->u.tunnel.local_id;
		c->info.peer_tunnel_id = event->u.tunnel.peer_id;
		memcpy(c->info.lns_name, event->u.tunnel.host_name, sizeof(c->info.lns_name));
		memcpy(c->info.lns_vendor, event->u.tunnel.vendor_name, sizeof(c->info.lns_vendor));
		emit_text(c, CONNECTION_EVENT_STEP, "L2TP server: %s%s%s", c->info.lns_name,
			  c->info.lns_vendor[0] ? ", " : "", c->info.lns_vendor);
		return;
	case L2TP_EVENT_SESSION_READY:
		if (!is_ending(c))
			on_session_ready(c, event);
		return;
	case L2TP_EVENT_SESSION_UP:
		return;
	case L2TP_EVENT_CLOSED:
		on_l2tp_closed(c, event);
		return;
	}
}

/* One event of either engine, if there is one. */
static bool settle_event(struct connection *c)
{
	struct ike_event ike_event;
	struct l2tp_event l2tp_event;

	if (c->ike && ike_next_event(c->ike, &ike_event)) {
		on_ike_event(c, &ike_event);
		ike_event_clear(&ike_event);
		return true;
	}
	if (c->l2tp && l2tp_next_event(c->l2tp, &l2tp_event)) {
		on_l2tp_event(c, &l2tp_event);
		return true;
	}
	return false;
}

static bool settle_datagram(struct connection *c)
{
	struct ike_datagram ike_datagram;
	struct l2tp_datagram l2tp_datagram;

	if (c->ike && ike_next_datagram(c->ike, &ike_datagram)) {
		(void)c->config.system->ops->send_ike(c->config.system, ike_datagram.natt,
						      &ike_datagram.remote, ike_datagram.data,
						      ike_datagram.len);
		return true; /* a lost datagram is repeated by the engine, whatever lost it */
	}
	if (c->l2tp && c->dataplane_open && l2tp_next_datagram(c->l2tp, &l2tp_datagram)) {
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
	c->settling = false;
}

/* What the tables bring. */

static void count_drop(struct connection *c, int drop)
{
	struct evidence *e = &c->evidence;

	switch ((enum ike_drop)drop) {
	case IKE_DROP_DUPLICATE:
		e->repeats++;
		break;
	case IKE_DROP_NOT_OFFERED:
		e->not_offered++;
		hint(c);
		break;
	case IKE_DROP_WEAK:
		e->weak++;
		hint(c);
		break;
	case IKE_DROP_HASH:
		e->wrong_hash++;
		hint(c);
		break;
	case IKE_DROP_ID:
		e->wrong_id++;
		hint(c);
		break;
	case IKE_DROP_UNDECRYPTABLE:
		e->undecryptable = true;
		hint(c);
		break;
	case IKE_DROP_NONE:
	case IKE_DROP_KEEPALIVE:
	case IKE_DROP_MALFORMED:
	case IKE_DROP_COOKIE:
	case IKE_DROP_UNEXPECTED:
	case IKE_DROP_NOT_ENCRYPTED:
	case IKE_DROP_PAYLOADS:
	case IKE_DROP_UNAUTHENTICATED:
	case IKE_DROP_LIMIT:
		break;
	}
	/* Anybody can send us anything: a few lines for each stage tell enough. */
	if (drop != IKE_DROP_KEEPALIVE && e->drops_logged++ < DROPS_LOGGED_MAX)
		emit_text(c, CONNECTION_EVENT_LOG, "IKE: dropped a datagram: %s",
			  ike_drop_name((enum ike_drop)drop));
}

static void on_ike(void *userdata, bool natt, const struct endpoint *from, const uint8_t *data,
		   size_t len)
{
	struct connection *c = userdata;

	(void)natt; /* the non-ESP marker says it */
	if (!c->ike)
		return;
	int r = ike_input(c->ike, from, data, len, now(c));
	if (r > 0)
		count_drop(c, r);
	else if (r < 0)
		fail_internal(c, r, "IKE engine");
	settle(c);
}

static void on_ike_error(void *userdata, bool natt, int error)
{
	struct connection *c = userdata;

	if (natt)
		c->evidence.icmp_natt = error;
	else
		c->evidence.icmp_ike = error;
	if (c->info.state == CONNECTION_PHASE1 || c->info.state == CONNECTION_PHASE2)
		hint(c);
	emit_text(c, CONNECTION_EVENT_LOG, "ICMP on UDP %s: %s", natt ? "4500" : "500",
		  strerror(error));
}

static void on_l2tp(void *userdata, const struct endpoint *from, const uint8_t *data, size_t len)
{
	struct connection *c = userdata;

	if (!c->l2tp)
		return;
	int r = l2tp_input(c->l2tp, from, data, len, now(c));
	if (r > 0 && r != L2TP_DROP_DATA && c->evidence.drops_logged++ < DROPS_LOGGED_MAX)
		emit_text(c, CONNECTION_EVENT_LOG, "L2TP: dropped a datagram: %s",
			  l2tp_drop_name((enum l2tp_drop)r));
	else if (r < 0)
		fail_internal(c, r, "L2TP engine");
	settle(c);
}

static void on_l2tp_error(void *userdata, int error)
{
	struct connection *c = userdata;

	c->evidence.icmp_l2tp = error;
	if (c->info.state == CONNECTION_L2TP)
		hint(c);
	emit_text(c, CONNECTION_EVENT_LOG, "ICMP on the L2TP port: %s", strerror(error));
}

static void on_ppp_address(struct connection *c, const struct dp_ppp_event *event)
{
	struct sys_network network;
	struct failure f = { 0 };

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
	c->network_applied = true;
	if (c->config.system->ops->apply_network(c->config.system, &network, &f) < 0) {
		fail(c, &f);
		return;
	}
	if (f.cause != CAUSE_NONE)
		emit_text(c, CONNECTION_EVENT_WARNING, "%s (%s)", cause_sentence(f.cause),
			  f.detail);
	c->deadline = NSEC_NEVER;
	set_state(c, CONNECTION_UP);
	emit(c, CONNECTION_EVENT_UP, NULL, NULL);
}

static void on_ppp_down(struct connection *c, const struct dp_ppp_event *event)
{
	struct failure f = event->failure;
	bool awaited = c->ppp_started;

	c->ppp_started = false;
	if (is_ending(c)) {
		if (awaited)
			close_l2tp(c);
		return;
	}
	if ((f.cause == CAUSE_NONE || f.cause == CAUSE_PPP_CLOSED) && c->last_words != NSEC_NEVER) {
		f = c->call_ended;
	} else if (f.cause == CAUSE_NONE || f.cause == CAUSE_PPP_CLOSED) {
		struct failure said = f;

		f = (struct failure){ 0 };
		(void)failure_set(&f,
				  c->info.state == CONNECTION_UP ? CAUSE_LOST_PPP
								 : CAUSE_PPP_CLOSED,
				  0, "%s", said.detail[0] ? said.detail : "PPP gave no reason");
	}
	fail(c, &f);
}

static void on_ppp(void *userdata, const struct dp_ppp_event *event)
{
	struct connection *c = userdata;

	switch (event->state) {
	case DP_PPP_ADDRESS:
		if (c->info.state == CONNECTION_PPP)
			on_ppp_address(c, event);
		break;
	case DP_PPP_LOG:
		emit_text(c, CONNECTION_EVENT_LOG, "pppd: %s", event->text);
		break;
	case DP_PPP_DOWN:
		on_ppp_down(c, event);
		break;
	}
	settle(c);
}

static void on_expire(void *userdata, uint32_t spi, bool hard)
{
	struct connection *c = userdata;

	emit_text(c, CONNECTION_EVENT_LOG, "the kernel reports %s expiry of SPI %08x",
		  hard ? "hard" : "soft", spi);
	/* Time is the engine's business; octets and packets are counted by the kernel alone. */
	if (!c->ike || is_ending(c) || (spi != c->info.spi_in && spi != c->info.spi_out))
		return;
	int r = ike_rekey(c->ike, now(c));
	if (r < 0)
		emit_text(c, CONNECTION_EVENT_LOG, "no new SA pair: %s", strerror(-r));
	settle(c);
}

/* The way up: once the address is known everything is opened and the first message leaves. */

static int open_dataplane(struct connection *c, struct failure *f)
{
	struct dp_config config;

	request_dataplane(c->config.profile, &c->info, &config);
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
	c->info.mtu = request_mtu(c->config.profile, local.uplink_mtu);
	return 0;
}

static int start_ike(struct connection *c)
{
	struct ike_config config;

	request_ike(c->config.profile, &c->info, &c->psk, &config);
	int r = ike_new(&config, c->config.crypto, &c->ike);
	explicit_bzero(&config, sizeof(config));
	if (r < 0)
		return r;
	return ike_start(c->ike, now(c));
}

static int prepare_ppp(struct connection *c, struct failure *f)
{
	struct dp_ppp ppp;

	request_ppp(c->config.profile, &c->info, &c->password, &ppp);
	int r = c->config.dataplane->ops->prepare_ppp(c->config.dataplane, &ppp, f);
	explicit_bzero(&ppp, sizeof(ppp));
	secret_clear(&c->password); /* pppd has it */
	return r;
}

static void go(struct connection *c)
{
	struct failure f = { 0 };

	if (open_ike(c, &f) < 0 || open_dataplane(c, &f) < 0) {
		fail(c, &f);
		return;
	}
	c->evidence.gateway = c->info.gateway;
	c->evidence.ike_stage_entered = now(c);
	set_state(c, CONNECTION_PHASE1);
	int r = start_ike(c);
	if (r < 0) {
		fail_internal(c, r, "IKE engine");
		return;
	}
	settle(c);
	/* While the first message travels, PPP's process gets ready. */
	if (prepare_ppp(c, &f) < 0)
		fail(c, &f);
}

static void on_resolved(void *userdata, const struct endpoint *addrs, size_t n,
			const struct failure *failure)
{
	struct connection *c = userdata;
	struct failure f = { 0 };

	if (c->info.state != CONNECTION_RESOLVE)
		return;
	if (n == 0) {
		(void)failure_set(&f, CAUSE_RESOLVE, 0, "no address");
		fail(c, failure && failure->cause != CAUSE_NONE ? failure : &f);
	} else {
		c->info.gateway = addrs[0];
		c->info.gateway.port = 500;
		go(c);
	}
	settle(c);
}

int connection_new(const struct connection_config *config, struct connection **ret)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->config = *config;
	c->psk = *config->psk;
	c->password = *config->password;
	c->deadline = c->close_deadline = c->last_words = NSEC_NEVER;
	request_offer(config->profile, &c->evidence.proposals, &c->evidence.n_proposals);
	config->system->listener = (struct sys_listener){
		.userdata = c,
		.on_resolved = on_resolved,
		.on_ike = on_ike,
		.on_ike_error = on_ike_error,
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
	ike_free(c->ike);
	l2tp_free(c->l2tp);
	explicit_bzero(c, sizeof(*c));
	free(c);
	return NULL;
}

void connection_start(struct connection *c)
{
	struct failure f = { 0 };
	char gateway[SYS_NAME_MAX];

	c->info.started = now(c);
	c->deadline = c->info.started + c->config.timeout;
	set_state(c, CONNECTION_RESOLVE);
	request_gateway(c->config.profile, gateway, sizeof(gateway));
	if (c->config.system->ops->resolve(c->config.system, gateway, &f) < 0)
		fail(c, &f);
	settle(c);
}

void connection_close(struct connection *c, const struct failure *f)
{
	if (c->info.state == CONNECTION_CLOSING)
		finish(c);
	else
		fail(c, f);
	settle(c);
}

/* Whichever of the connection's own times has come. */
static void own_timeout(struct connection *c, nsec_t t)
{
	struct failure f = { 0 };

	if (c->info.state == CONNECTION_CLOSING) {
		if (t >= c->close_deadline && c->ppp_started) {
			c->ppp_started = false;
			close_l2tp(c);
		} else if (t >= c->close_deadline) {
			finish(c);
		}
		return;
	}
	if (t >= c->last_words)
		fail(c, &c->call_ended);
	else if (t >= c->deadline || t >= verdict_patience(gather(c))) {
		verdict_name(gather(c), &f);
		fail(c, &f);
	}
}

void connection_timeout(struct connection *c)
{
	nsec_t t = now(c);
	int r = 0;

	if (c->info.state == CONNECTION_DOWN)
		return;
	own_timeout(c, t);
	if (c->ike && t >= ike_deadline(c->ike))
		r = ike_timeout(c->ike, t);
	if (r < 0)
		fail_internal(c, r, "IKE engine");
	r = 0;
	if (c->l2tp && t >= l2tp_deadline(c->l2tp))
		r = l2tp_timeout(c->l2tp, t);
	if (r < 0)
		fail_internal(c, r, "L2TP engine");
	settle(c);
}

nsec_t connection_deadline(const struct connection *c)
{
	nsec_t t = nsec_min(nsec_min(c->deadline, c->last_words), c->close_deadline);

	if (c->info.state == CONNECTION_DOWN)
		return NSEC_NEVER;
	if (c->ike)
		t = nsec_min(t, ike_deadline(c->ike));
	if (c->l2tp)
		t = nsec_min(t, l2tp_deadline(c->l2tp));
	/* The evidence's counters may be old here, its times are not. */
	if (!is_ending(c))
		t = nsec_min(t, verdict_patience(&c->evidence));
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
