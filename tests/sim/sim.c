/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulation's machinery. A NAT changes the source of what the client sends and lets in only
 * what is sent to the mapping; the gateway's NAT hides its own address. ESP is a datagram with an
 * SPI: it arrives if the receiver has that SA, with the same keys as the sender.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/certificate/crypto.h"
#include "toy-crypto.h"

#define MAPPED_PORTS 20000
#define STEPS_MAX    1000000

static const struct endpoint client_private = { AF_INET, { 192, 168, 1, 10 }, 0 };
static const struct endpoint client_public = { AF_INET, { 203, 0, 113, 7 }, 0 };
static const struct endpoint gateway_private = { AF_INET, { 192, 168, 100, 1 }, 0 };
static const struct endpoint gateway_public = { AF_INET, { 198, 51, 100, 1 }, 0 };

static struct endpoint with_port(const struct endpoint *e, unsigned int port)
{
	struct endpoint ret = *e;

	ret.port = (uint16_t)port;
	return ret;
}

void sim_error(struct sim *sim, const char *format, ...)
{
	va_list args;

	if (sim->error[0])
		return;
	va_start(args, format);
	(void)vsnprintf(sim->error, sizeof(sim->error), format, args);
	va_end(args);
}

static struct ike_crypto real_crypto(struct prng *prng)
{
	struct ike_crypto crypto = toy_crypto(prng);

	crypto.dh_generate = crypto_openssl.dh_generate;
	crypto.dh_shared = crypto_openssl.dh_shared;
	crypto.dh_free = crypto_openssl.dh_free;
	return crypto;
}

struct sim *sim_new(const struct sim_config *config)
{
	struct sim *sim = calloc(1, sizeof(*sim));

	if (!sim)
		abort();
	sim->config = *config;
	wire_init(&sim->wire, &config->wire, config->seed, 1000 * NSEC_PER_SEC);
	sim->client_random.state = config->seed * 3 + 1;
	sim->gateway_random.state = config->seed * 3 + 2;
	sim->client_crypto = config->real_dh ? real_crypto(&sim->client_random)
					     : toy_crypto(&sim->client_random);
	sim->gateway_crypto = config->real_dh ? real_crypto(&sim->gateway_random)
					      : toy_crypto(&sim->gateway_random);
	if (secret_set(&sim->psk, config->client_psk, strlen(config->client_psk)) < 0)
		abort();

	const struct responder_config responder = {
		.crypto = &sim->gateway_crypto,
		.local = with_port(config->gateway_nat ? &gateway_private : &gateway_public, 500),
		.psk = config->gateway_psk,
		.phase1 = config->phase1,
		.phase2 = config->phase2,
		.natt = config->natt,
		.dpd = config->dpd,
		.pieces = config->pieces,
		.repeats = config->repeats,
		.commit = config->commit,
		.phase1_life_s = config->phase1_life_s,
		.phase2_life_s = config->phase2_life_s,
		.cut = config->gateway_cut,
		.cut_silently = config->gateway_cut_silently,
		.refuses = config->ike_refuses,
		.complains = config->complains,
	};
	struct lns_config lns = config->lns;
	lns.tunnel_id = (uint16_t)(1 + prng_below(&sim->gateway_random, 65535));
	lns.session_id = (uint16_t)(1 + prng_below(&sim->gateway_random, 65535));
	lns.window = (uint16_t)prng_below(&sim->gateway_random, 5);
	lns.max_tries = 20;
	lns.seed = config->seed;
	responder_init(&sim->responder, &responder);
	lns_init(&sim->lns, &lns);
	return sim;
}

static void forget_client(struct sim *sim)
{
	sim->ike = ike_free(sim->ike);
	sim->l2tp = l2tp_free(sim->l2tp);
	for (size_t i = 0; i < SIM_PAIRS_MAX; i++)
		sim->pairs[i].installed = false;
	sim->n_pairs = 0;
	sim->phase1_up = sim->session_up = false;
	sim->ike_closed = sim->ike_failed = sim->l2tp_closed = false;
}

struct sim *sim_free(struct sim *sim)
{
	forget_client(sim);
	responder_clear(&sim->responder);
	explicit_bzero(sim, sizeof(*sim));
	free(sim);
	return NULL;
}

/* What the client offers besides the gateway's choice: before it and after it. */
static void offer(const struct sim *sim, struct ike_config *c)
{
	const struct ike_proposal others[] = {
		{ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_MODP2048 },
		{ IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
	};
	const struct ike_esp_proposal other_esp[] = {
		{ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, sim->config.phase2.group },
		{ IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, sim->config.phase2.group },
	};

	if (!sim->config.offer_only_chosen) {
		c->proposals[c->n_proposals++] = others[0];
		c->esp[c->n_esp++] = other_esp[0];
	}
	c->proposals[c->n_proposals++] = sim->config.phase1;
	c->esp[c->n_esp++] = sim->config.phase2;
	if (!sim->config.offer_only_chosen) {
		c->proposals[c->n_proposals++] = others[1];
		c->esp[c->n_esp++] = other_esp[1];
	}
}

void sim_start(struct sim *sim)
{
	const struct sim_config *config = &sim->config;

	forget_client(sim);
	sim->l2tp_port = (uint16_t)(32768 + prng_below(&sim->client_random, 28000));
	struct ike_config c = {
		.local = with_port(config->client_nat ? &client_private : &client_public, 500),
		.local_natt_port = 4500,
		.remote = with_port(&gateway_public, 500),
		.remote_natt_port = 4500,
		.l2tp_local_port = sim->l2tp_port,
		.l2tp_remote_port = 1701,
		.psk = &sim->psk,
		.phase1_life_s = config->phase1_life_s ? config->phase1_life_s : 28800,
		.phase2_life_s = config->phase2_life_s ? config->phase2_life_s : 3600,
		.phase2_life_kb = 250000,
		.force_encaps = config->force_encaps,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
	offer(sim, &c);
	int r = ike_new(&c, &sim->client_crypto, &sim->ike);
	if (r == 0)
		r = ike_start(sim->ike, sim->wire.now);
	if (r < 0) {
		sim_error(sim, "the IKE engine doesn't start: %s", strerror(-r));
		sim->ike_failed = true;
	}
}

static int client_octets(void *userdata, void *ret, size_t len)
{
	prng_fill(userdata, ret, len);
	return 0;
}

static void start_l2tp(struct sim *sim)
{
	const char *secret = sim->config.client_secret;
	struct l2tp_config config = {
		.host_name = "client",
		.receive_window = 8,
		.sccrq = sim->config.sccrq,
		.hello_interval = sim->config.client_hello,
		.max_tries = 20,
	};
	const struct l2tp_crypto crypto = { &sim->client_random, client_octets,
					    crypto_openssl_l2tp.md5 };

	if (secret && secret_set(&config.secret, secret, strlen(secret)) < 0)
		abort();
	int r = l2tp_new(&config, &crypto, &sim->l2tp);

	if (r == 0)
		r = l2tp_start(sim->l2tp, sim->wire.now);
	if (r < 0)
		sim_error(sim, "the L2TP engine doesn't start: %s", strerror(-r));
}

/* The pair that the client sends by. */
static struct sim_pair *used_pair(struct sim *sim)
{
	for (size_t i = sim->n_pairs; i > 0; i--)
		if (sim->pairs[i - 1].installed && sim->pairs[i - 1].used)
			return &sim->pairs[i - 1];
	return NULL;
}

static void take_child(struct sim *sim, struct ike_child *child)
{
	bool nat = sim->config.natt &&
		   (sim->config.client_nat || sim->config.gateway_nat || sim->config.force_encaps);

	sim->children_up++;
	/* What tells of NAT traversal isn't authenticated: an octet that was changed can hide it, and there ESP ends. */
	if (child->udp_encap != nat && sim->wire.corrupted == 0)
		sim_error(sim, "ESP in UDP is %d with NAT %d", child->udp_encap, nat);
	if (child->spi_in < 256)
		sim_error(sim, "SPI %u is reserved", child->spi_in);
	if (sim->n_pairs == SIM_PAIRS_MAX) {
		memmove(&sim->pairs[0], &sim->pairs[1],
			(SIM_PAIRS_MAX - 1) * sizeof(sim->pairs[0]));
		sim->n_pairs--;
	}
	sim->pairs[sim->n_pairs++] = (struct sim_pair){ .installed = true, .child = *child };
}

static void use_child(struct sim *sim, uint32_t spi_in)
{
	struct sim_pair *found = NULL;

	for (size_t i = 0; i < sim->n_pairs; i++)
		if (sim->pairs[i].installed && sim->pairs[i].child.spi_in == spi_in)
			found = &sim->pairs[i];
	if (!found || found->was_used) {
		sim_error(sim, "a pair is to be used that isn't there, or for the second time");
		return;
	}
	for (size_t i = 0; i < sim->n_pairs; i++)
		sim->pairs[i].used = false;
	found->used = found->was_used = true;
	if (!sim->l2tp) {
		sim->child_up_at = sim->wire.now;
		start_l2tp(sim);
	}
}

static void remove_pair(struct sim *sim, uint32_t spi_in, uint32_t spi_out)
{
	for (size_t i = 0; i < sim->n_pairs; i++)
		if (sim->pairs[i].installed && sim->pairs[i].child.spi_in == spi_in &&
		    sim->pairs[i].child.spi_out == spi_out) {
			sim->pairs[i].installed = false;
			return;
		}
	sim_error(sim, "an SA pair goes that never came");
}

static void take_ike_event(struct sim *sim, struct ike_event *e)
{
	if (sim->ike_failed)
		sim_error(sim, "an event after the failure");

	switch (e->type) {
	case IKE_EVENT_STAGE:
	case IKE_EVENT_VENDOR:
	case IKE_EVENT_SELECTED:
	case IKE_EVENT_CERT_REQUEST:
		break;
	case IKE_EVENT_NATT:
		sim->local_nat = e->u.natt.local_nat;
		sim->remote_nat = e->u.natt.remote_nat;
		break;
	case IKE_EVENT_PHASE1_UP:
		sim->phase1_up = true;
		sim->phases1_up++;
		sim->phase1 = *e;
		secret_clear(&sim->phase1.u.phase1.encr_key);
		break;
	case IKE_EVENT_CHILD_UP:
		take_child(sim, &e->u.child);
		break;
	case IKE_EVENT_CHILD_USE:
		use_child(sim, e->u.child_use.spi_in);
		break;
	case IKE_EVENT_PHASE1_DOWN:
		break;
	case IKE_EVENT_CHILD_DOWN:
		sim->children_down++;
		sim->children_down_by_peer += e->u.child_down.by_peer;
		remove_pair(sim, e->u.child_down.spi_in, e->u.child_down.spi_out);
		break;
	case IKE_EVENT_NOTIFY:
		sim->undecryptable += e->u.notify.undecryptable;
		if (e->u.notify.authenticated)
			sim->last_notify = e->u.notify.type;
		else
			sim->last_hint = e->u.notify.type;
		sim->hints += !e->u.notify.authenticated;
		break;
	case IKE_EVENT_FAILED:
		sim->ike_failed = true;
		sim->ike_reason = e->u.failed.reason;
		break;
	case IKE_EVENT_CLOSED:
		sim->ike_closed = true;
		break;
	}
}

static void take_l2tp_event(struct sim *sim, const struct l2tp_event *e)
{
	if (sim->l2tp_closed)
		sim_error(sim, "an event after L2TP's end");

	switch (e->type) {
	case L2TP_EVENT_STAGE:
		break;
	case L2TP_EVENT_TUNNEL_UP:
		sim->authenticated = e->u.tunnel.authenticated;
		break;
	case L2TP_EVENT_SESSION_READY:
		sim->tunnel[0] = e->u.session.local_tunnel_id;
		sim->tunnel[1] = e->u.session.peer_tunnel_id;
		sim->session[0] = e->u.session.local_session_id;
		sim->session[1] = e->u.session.peer_session_id;
		sim->sequencing = e->u.session.sequencing_required;
		sim->iccn_at = sim->wire.now;
		if (l2tp_session_ready(sim->l2tp, sim->wire.now) < 0)
			sim_error(sim, "the session can't be made ready");
		break;
	case L2TP_EVENT_SESSION_UP:
		sim->session_up = true;
		sim->session_up_at = sim->wire.now;
		break;
	case L2TP_EVENT_CLOSED:
		sim->l2tp_closed = true;
		sim->session_up = false;
		sim->l2tp_reason = e->u.closed.reason;
		sim->l2tp_result = e->u.closed.result;
		sim->l2tp_error = e->u.closed.error;
		memcpy(sim->l2tp_words, e->u.closed.text, sizeof(sim->l2tp_words));
		break;
	}
}

static void transmit(struct sim *sim, const struct wire_packet *p)
{
	for (size_t i = 0; i < p->len; i++)
		sim->digest = (sim->digest ^ p->data[i]) * UINT64_C(0x100000001b3);
	wire_send(&sim->wire, p);
}

static void fill(struct sim *sim, struct wire_packet *p, const uint8_t *data, size_t len)
{
	if (len > sizeof(p->data)) {
		sim_error(sim, "a datagram of %zu octets", len);
		len = 0;
	}
	memcpy(p->data, data, len);
	p->len = len;
}

static void send_ike(struct sim *sim, const struct ike_datagram *d)
{
	struct wire_packet p = { .to = WIRE_GATEWAY, .kind = d->natt ? WIRE_IKE_NATT : WIRE_IKE };
	unsigned int port = d->natt ? 4500 : 500;
	const struct endpoint to = with_port(&gateway_public, port);

	if (!endpoint_equal(&d->remote, &to))
		sim_error(sim, "a datagram to another address or port than the gateway's");
	p.from = sim->config.client_nat ? with_port(&client_public, port + MAPPED_PORTS)
					: with_port(&client_public, port);
	fill(sim, &p, d->data, d->len);
	if (d->natt && d->len == 1)
		sim->keepalives++;
	else
		sim->ike_sent[0]++;
	transmit(sim, &p);
}

static void send_l2tp(struct sim *sim, const struct l2tp_datagram *d)
{
	struct wire_packet p = { .to = WIRE_GATEWAY, .kind = WIRE_ESP };
	const struct sim_pair *pair = used_pair(sim);

	/* The policy of the system demands an SA: without one it doesn't leave. */
	if (!pair)
		return;
	p.spi = pair->child.spi_out;
	fill(sim, &p, d->data, d->len);
	sim->esp_sent[0]++;
	transmit(sim, &p);
}

static void drain_client(struct sim *sim)
{
	struct ike_event ie;
	struct ike_datagram id;
	struct l2tp_event le;
	struct l2tp_datagram ld;

	while (sim->ike && ike_next_event(sim->ike, &ie)) {
		take_ike_event(sim, &ie);
		ike_event_clear(&ie);
	}
	while (sim->ike && ike_next_datagram(sim->ike, &id))
		send_ike(sim, &id);
	while (sim->l2tp && l2tp_next_event(sim->l2tp, &le))
		take_l2tp_event(sim, &le);
	while (sim->l2tp && l2tp_next_datagram(sim->l2tp, &ld))
		send_l2tp(sim, &ld);
}

/* A NAT lets in only what is sent to the mapping; without one only the real address is reached. */
static bool reaches_client(const struct sim *sim, const struct endpoint *to, bool natt)
{
	unsigned int port = natt ? 4500 : 500;
	const struct endpoint wanted =
		with_port(&client_public, port + (sim->config.client_nat ? MAPPED_PORTS : 0));

	return endpoint_equal(to, &wanted);
}

static void drain_gateway(struct sim *sim)
{
	struct responder_datagram rd;
	struct lns_datagram ld;

	while (responder_next_datagram(&sim->responder, &rd)) {
		struct wire_packet p = { .to = WIRE_CLIENT,
					 .kind = rd.natt ? WIRE_IKE_NATT : WIRE_IKE };
		p.from = with_port(&gateway_public, rd.natt ? 4500 : 500);
		fill(sim, &p, rd.data, rd.len);
		sim->ike_sent[1]++;
		if (reaches_client(sim, &rd.remote, rd.natt))
			transmit(sim, &p);
		else
			sim_error(sim, "the gateway was made to answer to a wrong address or port");
	}
	while (lns_next_datagram(&sim->lns, &ld)) {
		struct wire_packet p = { .to = WIRE_CLIENT, .kind = WIRE_ESP };
		const struct responder_child *child = responder_child(&sim->responder);
		if (!child)
			continue;
		p.spi = child->spi_out;
		fill(sim, &p, ld.data, ld.len);
		sim->esp_sent[1]++;
		transmit(sim, &p);
	}
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* Nothing may be encrypted with a key that isn't there, or that is all the same octet. */
static bool is_key(const struct secret *s)
{
	return s->len >= 16 && memcmp(s->data, s->data + 1, s->len - 1) != 0;
}

/* The gateway's half of a pair of the client's must have the same keys the other way round. */
static void compare_keys(struct sim *sim, const struct ike_child *mine,
			 const struct responder_child *theirs)
{
	if (mine->spi_in != theirs->spi_out || mine->spi_out != theirs->spi_in)
		sim_error(sim, "the SPIs of both sides differ");
	else if (!is_key(&mine->encr_in) || !is_key(&mine->encr_out) ||
		 (mine->algorithms.auth != IKE_HASH_NONE &&
		  (!is_key(&mine->auth_in) || !is_key(&mine->auth_out))))
		sim_error(sim, "a key is missing");
	else if (!same_secret(&mine->encr_in, &theirs->encr_out) ||
		 !same_secret(&mine->encr_out, &theirs->encr_in) ||
		 !same_secret(&mine->auth_in, &theirs->auth_out) ||
		 !same_secret(&mine->auth_out, &theirs->auth_in))
		sim_error(sim, "the keys of both sides differ");
	else if (mine->l2tp_local_port != theirs->client_port || theirs->own_port != 1701 ||
		 mine->l2tp_remote_port != 1701)
		sim_error(sim, "the L2TP ports of both sides differ");
}

static void gateway_esp(struct sim *sim, const struct wire_packet *p)
{
	struct responder_child *child = responder_find_child(&sim->responder, p->spi);

	if (!child || !child->up || child->deleted)
		return;
	for (size_t i = 0; i < sim->n_pairs; i++)
		if (sim->pairs[i].child.spi_out == p->spi)
			compare_keys(sim, &sim->pairs[i].child, child);
	lns_input(&sim->lns, p->data, p->len, sim->wire.now);
}

static void client_esp(struct sim *sim, const struct wire_packet *p)
{
	const struct endpoint from = with_port(&gateway_public, 1701);

	for (size_t i = 0; i < sim->n_pairs; i++)
		if (sim->pairs[i].installed && sim->pairs[i].child.spi_in == p->spi && sim->l2tp) {
			int r = l2tp_input(sim->l2tp, &from, p->data, p->len, sim->wire.now);
			if (r < 0)
				sim_error(sim, "L2TP input: %s", strerror(-r));
			return;
		}
}

static void deliver(struct sim *sim, const struct wire_packet *p)
{
	bool natt = p->kind == WIRE_IKE_NATT;

	/* ESP's integrity check leaves nothing of what was changed on the way. */
	if (p->kind == WIRE_ESP && p->corrupted)
		return;
	if (sim->watch)
		sim->watch(sim, p);
	if (p->kind == WIRE_ESP && p->to == WIRE_GATEWAY) {
		gateway_esp(sim, p);
	} else if (p->kind == WIRE_ESP) {
		client_esp(sim, p);
	} else if (p->to == WIRE_GATEWAY) {
		responder_input(&sim->responder, &p->from, natt, p->data, p->len, sim->wire.now);
	} else if (sim->ike) {
		int r = ike_input(sim->ike, &p->from, p->data, p->len, sim->wire.now);
		if (r < 0)
			sim_error(sim, "IKE input: %s", strerror(-r));
	}
}

static nsec_t next_deadline(const struct sim *sim)
{
	nsec_t t = wire_deadline(&sim->wire);

	if (sim->ike)
		t = nsec_min(t, ike_deadline(sim->ike));
	if (sim->l2tp)
		t = nsec_min(t, l2tp_deadline(sim->l2tp));
	t = nsec_min(t, responder_deadline(&sim->responder));
	return nsec_min(t, lns_deadline(&sim->lns));
}

static void fire(struct sim *sim)
{
	nsec_t now = sim->wire.now;

	if (sim->ike && ike_deadline(sim->ike) <= now) {
		if (ike_timeout(sim->ike, now) < 0)
			sim_error(sim, "IKE timeout");
		if (ike_deadline(sim->ike) <= now)
			sim_error(sim, "the IKE engine's deadline doesn't move");
	}
	if (sim->l2tp && l2tp_deadline(sim->l2tp) <= now) {
		if (l2tp_timeout(sim->l2tp, now) < 0)
			sim_error(sim, "L2TP timeout");
		if (l2tp_deadline(sim->l2tp) <= now)
			sim_error(sim, "the L2TP engine's deadline doesn't move");
	}
	if (responder_deadline(&sim->responder) <= now)
		responder_timeout(&sim->responder, now);
	if (lns_deadline(&sim->lns) <= now)
		lns_timeout(&sim->lns, now);
}

bool sim_run(struct sim *sim, sim_until *until, nsec_t deadline)
{
	struct wire_packet p;

	for (unsigned int step = 0; step < STEPS_MAX && !sim->error[0]; step++) {
		drain_client(sim);
		drain_gateway(sim);
		if (until && until(sim))
			return true;
		nsec_t next = next_deadline(sim);
		if (next > deadline) {
			sim->wire.now = deadline;
			return false;
		}
		if (next > sim->wire.now)
			sim->wire.now = next;
		if (wire_receive(&sim->wire, &p))
			deliver(sim, &p);
		else
			fire(sim);
	}
	sim_error(sim, "it goes on and on");
	return false;
}

bool sim_is_up(const struct sim *sim)
{
	return sim->session_up;
}

bool sim_is_over(const struct sim *sim)
{
	return sim->session_up || sim->ike_failed || sim->ike_closed || sim->l2tp_closed;
}

const char *sim_reason(const struct sim *sim)
{
	struct ike_stats stats;

	if (sim->session_up)
		return "up";
	if (sim->ike_failed)
		return ike_failure_name(sim->ike_reason);
	if (sim->l2tp_closed)
		return l2tp_failure_name(sim->l2tp_reason);
	if (!sim->ike)
		return "not begun";
	if (sim->l2tp) {
		struct l2tp_stats l2tp_stats;
		l2tp_get_stats(sim->l2tp, &l2tp_stats);
		return l2tp_stage_name(l2tp_stats.stage);
	}
	ike_get_stats(sim->ike, &stats);
	return ike_stage_name(stats.stage);
}

void sim_compare(struct sim *sim)
{
	const struct sim_pair *pair = used_pair(sim);
	struct responder_child *child =
		pair ? responder_find_child(&sim->responder, pair->child.spi_out) : NULL;

	if (!child || !child->up)
		sim_error(sim, "the gateway doesn't have the client's SA pair");
	else
		compare_keys(sim, &pair->child, child);
	if (sim->tunnel[0] != sim->lns.client_tunnel ||
	    sim->tunnel[1] != sim->lns.config.tunnel_id ||
	    sim->session[0] != sim->lns.client_session || sim->session[1] != lns_session(&sim->lns))
		sim_error(sim, "the tunnel or session IDs of both sides differ");
	if (sim->lns.state != LNS_UP)
		sim_error(sim, "the LNS doesn't have the session");
}
