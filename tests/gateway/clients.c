/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients: which datagram is whose, what a Yamaha router would take of an offer, when its timers
 * end something, and what the models have to say to the outside.
 *
 * As responder such a router takes whatever phase 1 it can do, in the order in which it is offered
 * ("negotiate-strictly off"), follows the client's lifetimes, and never begins an exchange.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/certificate/crypto.h"
#include "gateway.h"
#include "tests/sim/ike/isakmp-text.h"

#define LNS_TUNNEL_BASE 0x1000
#define DATA_CHECK	(5 * NSEC_PER_SEC)

/* The clear errors sent beside each answer, when told to. */
#define CLEAR_ERRORS 50

static bool read_header(const uint8_t *data, size_t len, bool natt, struct isa_header *ret,
			struct cursor *ret_rest)
{
	*ret_rest = cursor_init(data, len);
	if (natt && cursor_u32(ret_rest) != 0)
		return false;
	return isa_parse_header(ret_rest, ret);
}

/* RFC 2409 appendix A: 3DES and AES-128/256, MD5, SHA-1 and SHA-256, modp768 to 2048; no ECP. */
static bool accept_phase1(void *userdata, const struct isa_choice *t)
{
	static const enum ike_hash hashes[] = {
		[1] = IKE_HASH_MD5, [2] = IKE_HASH_SHA1, [4] = IKE_HASH_SHA256
	};
	struct client *c = userdata;
	bool aes = t->attr[1] == 7;
	bool bits_good = aes && t->attrs & 1 << 14 && (t->attr[14] == 128 || t->attr[14] == 256);
	bool group_good = t->attr[4] == 1 || t->attr[4] == 2 || t->attr[4] == 5 || t->attr[4] == 14;

	if (t->protocol != 1 || t->transform_id != 1 || (t->attrs & 0x1e) != 0x1e ||
	    t->attr[3] != c->responder.config.method || (!bits_good && t->attr[1] != 5) ||
	    !group_good || t->attr[2] >= sizeof(hashes) / sizeof(hashes[0]) || !hashes[t->attr[2]])
		return false;
	c->responder.config.phase1 = (struct ike_proposal){
		.encr = aes ? IKE_ENCR_AES_CBC : IKE_ENCR_3DES_CBC,
		.key_bits = aes ? (uint16_t)t->attr[14] : 0,
		.hash = hashes[t->attr[2]],
		.group = (enum ike_group)t->attr[4],
	};
	return true;
}

static bool accept_any(void *userdata, const struct isa_choice *t)
{
	(void)userdata;
	(void)t;
	return true;
}

/* Goes through what a first message offers. Return: the life that comes with what the function accepts; 0: nothing. */
static uint32_t look_at_offer(const struct isa_header *h, struct cursor rest, isa_accept *accept,
			      struct client *c)
{
	struct isa_payloads p;
	struct isa_choice choice;

	if (!isa_parse_payloads(&rest, h->next, &p) ||
	    !isa_choose(isa_find(&p, ISA_SA, 0), accept, c, &choice))
		return 0;
	return choice.attrs & 1 << 12 ? choice.attr[12] : 28800;
}

static void spoil(void *userdata, bool hashed, uint8_t *text, size_t *len, size_t size)
{
	const struct client *c = userdata;

	if (c->misbehaviour)
		misbehave_ike(c->misbehaviour, hashed, text, len, size);
}

static void init_responder(const struct gateway *g, struct client *c)
{
	const struct responder_config config = {
		.crypto = &crypto_openssl,
		.local = g->config.local,
		.psk = g->config.psk,
		.phase2 = g->config.esp,
		.natt = g->config.natt,
		.dpd = g->config.dpd,
		.method = g->config.method,
		.asks = g->config.asks,
		.repeats = true,
		.repeat_after = 5 * NSEC_PER_SEC,
		.repeats_max = 10,
		.follows_pfs = true,
		.spoil = spoil,
		.userdata = c,
	};

	responder_init(&c->responder, &config);
}

static void init_lns(const struct gateway *g, struct client *c)
{
	const struct misbehaviour *m = c->misbehaviour;
	const struct lns_config config = {
		.tunnel_id = (uint16_t)(LNS_TUNNEL_BASE + c->number),
		.session_id = (uint16_t)(2 * LNS_TUNNEL_BASE + c->number),
		.window = 4,
		.hello_interval = g->config.hello_s * NSEC_PER_SEC,
		.max_tries = 6,
		.secret = g->config.l2tp_secret[0] ? g->config.l2tp_secret : NULL,
		.challenges = g->config.challenges,
		.hides = g->config.hides,
		.chatty = g->config.chatty,
		.sequencing = g->config.sequencing,
		.unknown = g->config.no_bearer ? UINT64_C(1) << 4 : 0,
		.redirect = g->config.redirect[0] ? g->config.redirect : NULL,
		.ends_with_call = g->config.ends_with_call || (m && m->ends_with_call),
		.drops_challenge = g->config.drops_challenge || (m && m->drops_challenge),
		.seed = g->now,
	};

	lns_init(&c->lns, &config);
}

void clients_forget(struct gateway *g, struct client *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i] == c)
			g->clients[i] = NULL;
	plane_clear(g, c);
	responder_clear(&c->responder);
	free(c);
}

/*
 * What an order names is for whoever comes next; what the life of the offer names is for those who offer it,
 * however often they come and from wherever: their NAT may have forgotten them, and so may we. ASKS: its first
 * message comes to port 4500. That is a client that another one sent ahead to ask, or goes on there, since port
 * 500 was silent: no misbehaviour is for it.
 */
static void choose_misbehaviour(struct gateway *g, struct client *c, bool asks)
{
	const uint32_t life = c->phase1_life_s, least = g->misbehave_life;

	if (!asks && g->next) {
		c->misbehaviour = g->next;
		g->next = NULL;
	} else if (!asks && least > 0 && life >= least) {
		c->misbehaviour = misbehave_nth(life - least);
	}
	note(c, "comes%s%s.", c->misbehaviour ? " and gets " : "",
	     c->misbehaviour ? c->misbehaviour->name : "");
}

static struct client *new_client(struct gateway *g, const struct endpoint *from, uint32_t life,
				 bool asks)
{
	size_t at = 0;

	/* A free place, or that of whoever came first, those without a tunnel before the others. */
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *c = g->clients[i], *other = g->clients[at];
		if (!c) {
			at = i;
			break;
		}
		bool up = c->lns_state == LNS_UP, other_up = other->lns_state == LNS_UP;
		if (up != other_up ? other_up : c->number < other->number)
			at = i;
	}
	if (g->clients[at])
		clients_forget(g, g->clients[at]);

	struct client *c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->number = ++g->clients_seen;
	c->came_from = *from;
	c->phase1_life_s = life;
	c->check_at = NSEC_NEVER;
	plane_init(c);
	init_responder(g, c);
	init_lns(g, c);
	ppp_peer_init(&c->ppp);
	g->clients[at] = c;
	choose_misbehaviour(g, c, asks);
	return c;
}

struct client *clients_newest(struct gateway *g)
{
	struct client *newest = NULL;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i] && (!newest || g->clients[i]->number > newest->number))
			newest = g->clients[i];
	return newest;
}

/*
 * Whose the cookies are; of a first message, whoever speaks from there already and has offered the same life: one
 * that renews phase 1 or that begins it again beside one that got nowhere. With another life it is somebody who
 * has got the port of one who went.
 */
static struct client *find_client(struct gateway *g, const struct isa_header *h,
				  const struct endpoint *from, uint32_t life)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		for (size_t k = 0; g->clients[i] && k < RESPONDER_SAS_MAX; k++) {
			const struct responder_sa *sa = &g->clients[i]->responder.sas[k];
			if (sa->state != RESPONDER_FREE && memcmp(sa->cky_i, h->cky_i, 8) == 0)
				return g->clients[i];
		}
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		for (size_t k = 0; g->clients[i] && k < RESPONDER_SAS_MAX; k++) {
			const struct client *c = g->clients[i];
			const struct responder_sa *sa = &c->responder.sas[k];
			if ((life == 0 || c->phase1_life_s == life) &&
			    (endpoint_equal(&c->came_from, from) ||
			     (sa->state != RESPONDER_FREE && endpoint_equal(&sa->remote, from))))
				return g->clients[i];
		}
	return NULL;
}

/* When phase 1 SAs end, by the life that the client offered; pairs live on. */
static void time_phases1(struct gateway *g, struct client *c)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++) {
		struct responder_sa *sa = &c->responder.sas[i];
		if (sa->state != RESPONDER_UP || c->phase1_age[i] == sa->age)
			continue;
		c->phase1_age[i] = sa->age;
		c->phase1_end[i] = g->now + c->phase1_life_s * NSEC_PER_SEC;
		note(c, "phase 1 up: %s/%s/%s, %u s",
		     ike_encr_name(sa->proposal.encr, sa->proposal.key_bits),
		     ike_hash_name(sa->proposal.hash), ike_group_name(sa->proposal.group),
		     c->phase1_life_s);
	}
}

/* Whether the client renews something: the first message of an exchange that isn't known. */
static bool begins(const struct client *c, const struct isa_header *h, bool first)
{
	const struct responder *r = &c->responder;

	for (size_t i = 0; i < RESPONDER_SAS_MAX && first; i++)
		if (r->sas[i].state != RESPONDER_FREE && memcmp(r->sas[i].cky_i, h->cky_i, 8) == 0)
			return false;
	for (size_t i = 0; i < RESPONDER_QUICKS_MAX && !first; i++)
		if (r->quicks[i].used && r->quicks[i].m_id == h->m_id)
			return false;
	return responder_children_up(r) > 0 && (first || h->exchange == ISA_QUICK);
}

/* Its own exchange's first message leaves before the answer to the client's. */
static void meet(struct gateway *g, struct client *c, bool first)
{
	note(c, "meets a %s mode", first ? "main" : "quick");
	(void)(first ? responder_start_main(&c->responder, g->now)
		     : responder_start_quick(&c->responder, g->now));
}

/* What it began itself and is at its end. */
static void note_started(struct client *c)
{
	for (; c->quicks < c->responder.started_quicks; c->quicks++)
		note(c, "quick mode of the gateway's done");
	for (; c->mains < c->responder.started_mains; c->mains++)
		note(c, "main mode of the gateway's done");
}

/*
 * RFC 2408 5.15 lets both sides tell; a client that took its phase 1 back is gone. One whose Deletes were lost may be
 * back, with a main mode that has driven out what was left of before.
 */
static bool has_left(const struct client *c)
{
	return c->lns_state == LNS_CLOSED && responder_is_idle(&c->responder);
}

void clients_input(struct gateway *g, const struct endpoint *from, bool natt, const uint8_t *data,
		   size_t len)
{
	static const uint8_t no_cookie[8];
	struct isa_header h;
	struct cursor rest;

	if (g->silent || !read_header(data, len, natt, &h, &rest))
		return;
	bool first = h.exchange == ISA_MAIN && memcmp(h.cky_r, no_cookie, 8) == 0;
	uint32_t life = first ? look_at_offer(&h, rest, accept_any, NULL) : 0;
	struct client *c = find_client(g, &h, from, life);
	if (!c && first)
		c = new_client(g, from, life, natt);
	if (!c)
		return;
	if (first)
		(void)look_at_offer(&h, rest, accept_phase1, c);
	if (g->meets && begins(c, &h, first))
		meet(g, c, first);
	unsigned int probes = c->responder.acknowledged_probes, asked = c->responder.probes;
	responder_input(&c->responder, from, natt, data, len, g->now);
	if (probes != c->responder.acknowledged_probes)
		note(c, "acknowledges a probe");
	if (asked != c->responder.probes)
		note(c, "asks for a sign of life");
	time_phases1(g, c);
	note_started(c);
	plane_sync(g, c);
	clients_drain(g);
	if (has_left(c)) {
		note(c, "leaves");
		clients_forget(g, c);
	}
}

/* What the LNS's new state asks for. */
static void follow_lns(struct gateway *g, struct client *c)
{
	if (c->lns.state == c->lns_state)
		return;
	c->lns_state = c->lns.state;
	if (c->lns_state == LNS_UP) {
		note(c, "session up");
		/* Of the call before, beside which this one was placed. */
		plane_stop_ppp(c);
		c->check_at = g->now + DATA_CHECK;
		if (c->misbehaviour && c->misbehaviour->ppp)
			ppp_peer_start(&c->ppp, c->misbehaviour->ppp, c->lns.client_tunnel,
				       c->lns.client_session, g->now);
		else
			plane_start_ppp(g, c);
	}
	if (c->lns_state == LNS_CLOSED || c->lns_state == LNS_TUNNEL ||
	    c->lns_state == LNS_SENT_SCCRP) {
		if (c->lns_state == LNS_CLOSED)
			note(c, "tunnel closed, result %u", c->lns.stop_result);
		c->check_at = NSEC_NEVER;
		plane_stop_ppp(c);
		ppp_peer_stop(&c->ppp);
	}
}

/* A data message, of no session of the kernel's: what the script's end of PPP makes of it. */
static void input_ppp(struct gateway *g, struct client *c, const uint8_t *data, size_t len)
{
	unsigned int responses = c->ppp.responses;

	ppp_peer_input(&c->ppp, data, len, g->now);
	if (c->ppp.responses != responses)
		note(c, "answers by %s: %u, authentications: %u", ppp_peer_method(&c->ppp),
		     c->ppp.responses, c->ppp.authentications);
}

void clients_l2tp(struct gateway *g, struct client *c)
{
	uint8_t data[4096];
	size_t len;

	while (plane_receive(c, data, sizeof(data), &len)) {
		if (g->silent)
			continue;
		if (data[0] & 0x80)
			lns_input(&c->lns, data, len, g->now);
		else
			input_ppp(g, c, data, len);
		follow_lns(g, c);
	}
	clients_drain(g);
}

static void drain_lns(struct gateway *g, struct client *c)
{
	struct lns_datagram d;

	while (lns_next_datagram(&c->lns, &d)) {
		struct odd_datagram odd = { .len = d.len };
		memcpy(odd.data, d.data, d.len);
		if (c->misbehaviour && !misbehave_l2tp(c->misbehaviour, &odd))
			continue;
		(void)plane_send(c, odd.data, odd.len);
	}
	follow_lns(g, c);

	uint8_t frame[PPP_PEER_FRAME_MAX];
	size_t len;
	while (ppp_peer_next(&c->ppp, frame, &len))
		(void)plane_send(c, frame, len);
}

static void delay(struct gateway *g, const struct responder_datagram *d, nsec_t time)
{
	if (g->n_delayed < DELAYED_MAX)
		g->delayed[g->n_delayed++] = (struct delayed){ g->now + time, *d };
}

/* RFC 2408 5.4: an error that nothing protects, with the right cookies, beside the answer. */
static void add_clear_errors(struct gateway *g, const struct responder_datagram *d)
{
	static const uint8_t types[] = { 14, 4, 16, 24 };
	struct responder_datagram error = *d;
	size_t marker = d->natt ? 4 : 0;

	for (unsigned int i = 0; i < CLEAR_ERRORS; i++) {
		const uint8_t notify[] = { 0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, types[i % 4] };
		uint8_t *header = error.data + marker;
		header[16] = ISA_NOTIFY;
		header[18] = ISA_INFO;
		header[19] = 0;
		header[20] = (uint8_t)(i + 1);
		memset(header + 24, 0, 4);
		header[27] = ISA_HEADER_LEN + sizeof(notify);
		memcpy(header + ISA_HEADER_LEN, notify, sizeof(notify));
		error.len = marker + ISA_HEADER_LEN + sizeof(notify);
		gateway_send(g, &error);
	}
}

static void drain_responder(struct gateway *g, struct client *c)
{
	struct responder_datagram d;

	while (responder_next_datagram(&c->responder, &d)) {
		enum misbehave_wire wire = c->misbehaviour ? c->misbehaviour->wire : WIRE_PROPER;
		if (c->misbehaviour && misbehave_drops(c->misbehaviour, d.data, d.len, d.natt))
			continue;
		if (wire == WIRE_CLEAR_ERRORS)
			add_clear_errors(g, &d);
		if (wire == WIRE_LATE)
			delay(g, &d, 400 * NSEC_PER_MSEC);
		else
			gateway_send(g, &d);
		for (int i = 0; wire == WIRE_DOUBLED && i < 3; i++)
			gateway_send(g, &d);
		if (wire == WIRE_AGAIN_LATER)
			delay(g, &d, 700 * NSEC_PER_MSEC);
	}
}

void clients_drain(struct gateway *g)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i]) {
			drain_responder(g, g->clients[i]);
			drain_lns(g, g->clients[i]);
		}
}

static nsec_t client_deadline(const struct client *c)
{
	nsec_t deadline = nsec_min(responder_deadline(&c->responder), lns_deadline(&c->lns));

	deadline = nsec_min(nsec_min(deadline, c->check_at), ppp_peer_deadline(&c->ppp));
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		if (c->pairs[i].in)
			deadline = nsec_min(deadline, c->pairs[i].cut_at);
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (c->responder.sas[i].state == RESPONDER_UP)
			deadline = nsec_min(deadline, c->phase1_end[i]);
	return deadline;
}

nsec_t clients_deadline(const struct gateway *g)
{
	nsec_t deadline = NSEC_NEVER;

	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i])
			deadline = nsec_min(deadline, client_deadline(g->clients[i]));
	for (size_t i = 0; i < g->n_delayed; i++)
		deadline = nsec_min(deadline, g->delayed[i].due);
	return deadline;
}

/* "l2tp tunnel disconnect time": a tunnel without data is taken down. */
static void check_data(struct gateway *g, struct client *c)
{
	uint64_t data = plane_data(c);

	c->check_at = g->now + DATA_CHECK;
	if (data != c->data || c->ppp.script) {
		c->data = data;
		c->data_at = g->now;
	} else if (g->config.idle_s > 0 && g->now >= c->data_at + g->config.idle_s * NSEC_PER_SEC) {
		note(c, "idle");
		lns_stop(&c->lns, 1, 0, NULL, g->now);
	}
}

static void end_phases1(struct gateway *g, struct client *c)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (c->responder.sas[i].state == RESPONDER_UP && g->now >= c->phase1_end[i]) {
			c->responder.sas[i].state = RESPONDER_CLOSED;
			note(c, "phase 1 at its end");
		}
}

static void cut_pairs(struct gateway *g, struct client *c)
{
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++) {
		struct responder_child *child =
			responder_find_child(&c->responder, c->pairs[i].sa_in.spi);
		if (!c->pairs[i].in || g->now < c->pairs[i].cut_at || !child)
			continue;
		note(c, "pair %08x cut", child->spi_in);
		(void)responder_delete_child(&c->responder, child, g->now);
	}
	plane_sync(g, c);
}

static void client_timeout(struct gateway *g, struct client *c)
{
	if (responder_deadline(&c->responder) <= g->now)
		responder_timeout(&c->responder, g->now);
	if (lns_deadline(&c->lns) <= g->now)
		lns_timeout(&c->lns, g->now);
	if (ppp_peer_deadline(&c->ppp) <= g->now)
		ppp_peer_timeout(&c->ppp, g->now);
	if (c->check_at <= g->now)
		check_data(g, c);
	end_phases1(g, c);
	cut_pairs(g, c);
}

void clients_timeout(struct gateway *g)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i])
			client_timeout(g, g->clients[i]);
	for (size_t i = 0; i < g->n_delayed;) {
		if (g->delayed[i].due > g->now) {
			i++;
			continue;
		}
		gateway_send(g, &g->delayed[i].datagram);
		g->delayed[i] = g->delayed[--g->n_delayed];
	}
	clients_drain(g);
}
