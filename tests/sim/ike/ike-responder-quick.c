/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The responder model's quick mode (RFC 2409 5.5, RFC 2407 4.5, RFC 3947 5) and informational
 * exchanges (RFC 2409 5.7; Delete: RFC 2408 3.15; signs of life: RFC 3706).
 */
#include <stdlib.h>
#include <string.h>

#include "ike-responder-private.h"

static const struct chunk nothing = { NULL, 0 };

/* A protected message's text and payloads, once its HASH is right. */
struct opened {
	uint8_t text[RESPONDER_DATAGRAM_MAX];
	uint8_t iv[16]; /* its last cipher block */
	struct isa_payloads p;
};

/* prf over a prefix of quick mode's (none, or one zero octet), the M-ID, two nonces and the rest.
 */
void responder_quick_hash(const struct responder *r, const struct responder_sa *sa, bool third,
			  uint32_t m_id, struct chunk ni, struct chunk nr, struct chunk rest,
			  uint8_t ret[static 64])
{
	const uint8_t id[] = { (uint8_t)(m_id >> 24), (uint8_t)(m_id >> 16), (uint8_t)(m_id >> 8),
			       (uint8_t)m_id };
	const struct chunk parts[] = { { "\0", third ? 1 : 0 }, { id, 4 }, ni, nr, rest };

	responder_prf(r, sa, secret_chunk(&sa->skeyid_a), parts, 5, ret);
}

/* Decrypts into RET and takes the payloads apart; HASH must be the first. */
static bool open_message(const struct responder *r, const struct responder_sa *sa,
			 const struct isa_header *h, struct chunk message,
			 const uint8_t iv[static 16], struct opened *ret)
{
	size_t len = message.len - ISA_HEADER_LEN;

	memcpy(ret->text, message.data, message.len);
	memcpy(ret->iv, iv, 16);
	if (!(h->flags & 1) ||
	    !responder_crypt(r, sa, false, ret->iv, ret->text + ISA_HEADER_LEN, len))
		return false;

	struct cursor c = cursor_init(ret->text + ISA_HEADER_LEN, len);
	return isa_parse_payloads(&c, h->next, &ret->p) && ret->p.n > 0 &&
	       ret->p.list[0].type == ISA_HASH && ret->p.list[0].body.len == responder_hash_len(sa);
}

static bool hash_is_right(const struct responder *r, const struct responder_sa *sa, bool third,
			  uint32_t m_id, struct chunk ni, struct chunk nr, const struct opened *o)
{
	const uint8_t *rest = o->text + ISA_HEADER_LEN + 4 + responder_hash_len(sa);
	struct chunk rest_chunk =
		third ? nothing : (struct chunk){ rest, (size_t)(o->p.end - rest) };
	uint8_t hash[64];

	responder_quick_hash(r, sa, third, m_id, ni, nr, rest_chunk, hash);
	return memcmp(hash, o->p.list[0].body.data, responder_hash_len(sa)) == 0;
}

struct phase2_context {
	struct responder *r;
	const struct responder_sa *sa;
};

uint32_t responder_transform_2(const struct responder *r)
{
	static const uint32_t transforms[] = {
		[IKE_ENCR_AES_CBC] = 12,
		[IKE_ENCR_3DES_CBC] = 3,
		[IKE_ENCR_AES_GCM_16] = 20,
	};

	return transforms[r->config.phase2.encr];
}

uint32_t responder_auth_2(const struct responder *r)
{
	static const uint32_t auths[] = {
		[IKE_HASH_NONE] = 0,   [IKE_HASH_MD5] = 1,    [IKE_HASH_SHA1] = 2,
		[IKE_HASH_SHA256] = 5, [IKE_HASH_SHA384] = 6, [IKE_HASH_SHA512] = 7,
	};

	return auths[r->config.phase2.auth];
}

uint32_t responder_mode_2(const struct responder *r, const struct responder_sa *sa)
{
	return sa->natt && (sa->local_nat || sa->remote_nat) ? responder_natt_numbers(r)->mode : 2;
}

/*
 * RFC 2407 4.5: 1 and 2 lives, 3 group, 4 mode, 5 HMAC, 6 key length; transforms 3 3DES, 12 AES;
 * RFC 4106 8: 20 AES-GCM with an ICV of 16 octets, which has a key length and must have no HMAC.
 */
static bool accept_phase2(void *userdata, const struct isa_choice *t)
{
	const struct phase2_context *context = userdata;
	struct responder *r = context->r;
	const struct ike_esp_proposal *want = &r->config.phase2;
	bool key_length = t->attrs & 1 << 6, hmac = t->attrs & 1 << 5;
	uint32_t group = t->attrs & 1 << 3 ? t->attr[3] : 0;
	uint32_t mode = responder_mode_2(r, context->sa);

	if (r->config.follows_pfs)
		r->config.phase2.group = (enum ike_group)group;

	if (t->protocol != 3 || t->spi.len != 4 || !(t->attrs & 1 << 4))
		return false;
	if (hmac == (t->transform_id == 20))
		responder_violation(r, "phase 2 HMAC: AES-GCM must have none, all others one");
	if (key_length == (t->transform_id == 3))
		responder_violation(r, "phase 2 key length: AES needs one, 3DES must have none");
	if (t->attr[4] != mode)
		responder_violation(r, "encapsulation mode that doesn't fit the NAT");
	return t->transform_id == responder_transform_2(r) &&
	       (key_length ? t->attr[6] : 0) == want->key_bits &&
	       (hmac ? t->attr[5] : 0) == responder_auth_2(r) && group == (uint32_t)want->group &&
	       t->attr[4] == mode;
}

struct responder_child *responder_new_child(struct responder *r, size_t *ret_index)
{
	size_t oldest = 0;

	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		if (!r->children[i].used) {
			oldest = i;
			break;
		} else if (r->children[i].age < r->children[oldest].age) {
			oldest = i;
		}
	*ret_index = oldest;
	memset(&r->children[oldest], 0, sizeof(r->children[oldest]));
	r->children[oldest].used = true;
	r->children[oldest].age = ++r->ages;
	return &r->children[oldest];
}

struct responder_quick *responder_new_quick(struct responder *r)
{
	struct responder_quick *oldest = &r->quicks[0];

	for (size_t i = 0; i < RESPONDER_QUICKS_MAX; i++) {
		if (!r->quicks[i].used) {
			oldest = &r->quicks[i];
			break;
		}
		if (r->quicks[i].age < oldest->age)
			oldest = &r->quicks[i];
	}
	r->config.crypto->dh_free(r->config.crypto->userdata, oldest->dh);
	memset(oldest, 0, sizeof(*oldest));
	oldest->used = true;
	oldest->age = ++r->ages;
	return oldest;
}

static struct responder_quick *find_quick(struct responder *r, const struct responder_sa *sa,
					  uint32_t m_id)
{
	for (size_t i = 0; i < RESPONDER_QUICKS_MAX; i++)
		if (r->quicks[i].used && &r->sas[r->quicks[i].sa] == sa &&
		    r->quicks[i].m_id == m_id)
			return &r->quicks[i];
	return NULL;
}

/* RFC 2407 4.6.2: type, protocol 17, port; for one address only. */
static bool parse_port(struct responder *r, struct chunk id, uint16_t *ret)
{
	struct cursor c = cursor_init(id.data, id.len);
	uint8_t type = cursor_u8(&c), protocol = cursor_u8(&c);
	uint16_t port = cursor_u16(&c);

	if (c.bad || protocol != 17 || (type != 1 && type != 5) || id.len != (type == 1 ? 8 : 20)) {
		responder_violation(r, "quick mode identity that isn't one address with UDP");
		return false;
	}
	*ret = port;
	return true;
}

/* The key exchange of quick mode, if it is wanted. False: the client's value is none. */
static bool exchange_again(struct responder *r, struct chunk ke,
			   struct responder_octets *ret_public, struct secret *ret_shared)
{
	const struct ike_crypto *crypto = r->config.crypto;
	enum ike_group group = r->config.phase2.group;
	void *dh;

	if (group == IKE_GROUP_NONE)
		return true;
	if (crypto->dh_generate(crypto->userdata, group, &dh, ret_public->data, &ret_public->len) !=
	    0)
		abort();
	int result = crypto->dh_shared(crypto->userdata, group, dh, ke, ret_shared);
	crypto->dh_free(crypto->userdata, dh);
	return result == 0;
}

void responder_put_address(struct isa_message *m, uint8_t type, const struct endpoint *e)
{
	isa_open(m, type);
	builder_u8(&m->b, endpoint_addr_len(e) == 4 ? 1 : 5);
	builder_zero(&m->b, 3);
	builder_bytes(&m->b, e->addr, endpoint_addr_len(e));
	isa_close(m);
}

/* Message 2: HDR*, HASH(2), SA, Nr, [KE], IDci, IDcr, NAT-OA of the client and of ours. */
static struct responder_datagram
make_2(struct responder *r, const struct responder_sa *sa, struct responder_quick *q,
       const struct responder_child *child, const struct isa_choice *choice,
       const struct isa_payloads *p, const struct responder_octets *public)
{
	const uint8_t spi[] = { (uint8_t)(child->spi_in >> 24), (uint8_t)(child->spi_in >> 16),
				(uint8_t)(child->spi_in >> 8), (uint8_t)child->spi_in };
	const struct responder_natt_numbers *natt = responder_natt_numbers(r);
	struct chunk idci = isa_find(p, ISA_ID, 0), idcr = isa_find(p, ISA_ID, 1);
	struct outgoing out;
	struct isa_message *m =
		responder_begin(&out, sa, ISA_QUICK, r->config.commit ? 3 : 1, q->m_id);

	responder_open_hash(sa, m);
	isa_put_choice(m, choice, (struct chunk){ spi, 4 });
	isa_put(m, ISA_NONCE, q->nr.data, q->nr.len);
	if (public->len > 0)
		isa_put(m, ISA_KE, public->data, public->len);
	isa_put(m, ISA_ID, idci.data, idci.len);
	isa_put(m, ISA_ID, idcr.data, idcr.len);
	if (child->udp_encap) {
		responder_put_address(m, natt->nat_oa, &sa->remote);
		responder_put_address(m, natt->nat_oa, &r->config.local);
	}
	responder_fill_hash(r, sa, &out, q->m_id, responder_view(&q->ni));
	return responder_finish(r, sa, &out, q->iv);
}

static void refuse_phase2(struct responder *r, const struct responder_sa *sa)
{
	static const uint8_t notify[] = { 0, 0, 0, 1, 3, 0, 0, NOTIFY_NO_PROPOSAL };

	responder_send_info(r, sa, ISA_NOTIFY, notify, sizeof(notify));
}

/* Whether message 1 has what it must have, NAT-OAs where there is a NAT included. */
static bool has_parts(struct responder *r, const struct isa_payloads *p, bool nat)
{
	if (!isa_find(p, ISA_SA, 0).data || !isa_find(p, ISA_NONCE, 0).data ||
	    !isa_find(p, ISA_ID, 1).data) {
		responder_violation(r, "quick mode message 1 without SA, nonce or two identities");
		return false;
	}
	const struct responder_natt_numbers *natt = responder_natt_numbers(r);
	size_t n = 0;
	while (isa_find(p, natt->nat_oa, n).data)
		n++;
	if (n != (nat ? natt->n_nat_oa : 0))
		responder_violation(r, "NAT-OA payloads that don't fit the NAT and its document");
	if (isa_find(p, ISA_KE, 0).data && r->config.phase2.group == IKE_GROUP_NONE &&
	    !r->config.follows_pfs)
		responder_violation(r, "a key exchange that was not asked for");
	return true;
}

/* Message 1: HDR*, HASH(1), SA, Ni, [KE], IDci, IDcr, NAT-OA, NAT-OA. */
static void take_quick_1(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
			 const struct opened *o, struct chunk message)
{
	bool nat = sa->natt && (sa->local_nat || sa->remote_nat);
	struct phase2_context context = { r, sa };
	struct responder_octets public = { 0 };
	struct secret shared = { 0 };
	struct isa_choice choice;
	size_t child_index;
	uint16_t client_port, own_port;

	if (!has_parts(r, &o->p, nat) || !parse_port(r, isa_find(&o->p, ISA_ID, 0), &client_port) ||
	    !parse_port(r, isa_find(&o->p, ISA_ID, 1), &own_port))
		return;
	bool other_port = r->config.only_port && r->config.only_port != client_port;
	if (r->config.refuses == RESPONDER_REFUSES_PHASE2 || other_port ||
	    !isa_choose(isa_find(&o->p, ISA_SA, 0), accept_phase2, &context, &choice) ||
	    !exchange_again(r, isa_find(&o->p, ISA_KE, 0), &public, &shared)) {
		refuse_phase2(r, sa);
		return;
	}

	struct responder_quick *q = responder_new_quick(r);
	struct responder_child *child = responder_new_child(r, &child_index);
	struct cursor spi = cursor_init(choice.spi.data, choice.spi.len);
	q->sa = (size_t)(sa - r->sas);
	q->m_id = h->m_id;
	q->child = child_index;
	memcpy(q->iv, o->iv, 16);
	(void)responder_keep(&q->ni, isa_find(&o->p, ISA_NONCE, 0));
	q->nr.len = 24;
	responder_random(r, q->nr.data, q->nr.len);
	child->spi_out = cursor_u32(&spi);
	if (child->spi_out < 256)
		responder_violation(r, "an SPI of the reserved range");
	responder_random(r, &child->spi_in, sizeof(child->spi_in));
	child->spi_in |= 0x10000;
	child->udp_encap = nat;
	child->client_port = client_port;
	child->own_port = own_port;
	child->life_s = choice.life_s;
	responder_derive_child(r, sa, child, secret_chunk(&shared), responder_view(&q->ni),
			       responder_view(&q->nr));
	secret_clear(&shared);
	struct responder_datagram d = make_2(r, sa, q, child, &choice, &o->p, &public);
	responder_turn(r, &q->turn, message, &d, true);
}

/* RFC 2408 3.1: whoever set the commit bit says when the SA may be used, in the same exchange. */
static void send_connected(struct responder *r, const struct responder_sa *sa,
			   struct responder_quick *q, struct chunk message)
{
	static const uint8_t notify[] = { 0, 0, 0, 1, 3, 0, 0x40, 0 };
	struct outgoing out;
	struct isa_message *m = responder_begin(&out, sa, ISA_QUICK, 3, q->m_id);

	responder_open_hash(sa, m);
	isa_put(m, ISA_NOTIFY, notify, sizeof(notify));
	responder_fill_hash(r, sa, &out, q->m_id, nothing);
	struct responder_datagram d = responder_finish(r, sa, &out, q->iv);
	responder_turn(r, &q->turn, message, &d, false);
}

/* Message 3: HDR*, HASH(3). Nothing answers it, but what it repeats was answered. */
static void take_quick_3(struct responder *r, const struct responder_sa *sa,
			 struct responder_quick *q, const struct opened *o, struct chunk message)
{
	q->done = true;
	memcpy(q->iv, o->iv, 16);
	q->turn.repeat_at = NSEC_NEVER;
	responder_child_up(r, &r->children[q->child]);
	if (r->config.commit)
		send_connected(r, sa, q, message);
}

void responder_quick(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
		     struct chunk message)
{
	struct responder_quick *q = find_quick(r, sa, h->m_id);
	struct opened o;
	uint8_t iv[16];

	if (q && q->done)
		return;
	responder_iv2(r, sa, h->m_id, iv);
	if (!open_message(r, sa, h, message, q ? q->iv : iv, &o))
		return;
	if (q && q->started &&
	    hash_is_right(r, sa, false, h->m_id, responder_view(&q->ni), nothing, &o))
		responder_take_quick_2(r, sa, q, &o.p, o.iv, message);
	else if (q && !q->started &&
		 hash_is_right(r, sa, true, h->m_id, responder_view(&q->ni), responder_view(&q->nr),
			       &o))
		take_quick_3(r, sa, q, &o, message);
	else if (!q && hash_is_right(r, sa, false, h->m_id, nothing, nothing, &o))
		take_quick_1(r, sa, h, &o, message);
}

void responder_send_alone(struct responder *r, const struct responder_sa *sa, uint8_t exchange,
			  uint8_t type, const void *body, size_t len)
{
	struct outgoing out;
	uint32_t m_id;
	uint8_t iv[16];

	responder_random(r, &m_id, sizeof(m_id));
	m_id |= 1;
	struct isa_message *m = responder_begin(&out, sa, exchange, 1, m_id);
	responder_open_hash(sa, m);
	isa_put(m, type, body, len);
	responder_fill_hash(r, sa, &out, m_id, nothing);
	responder_iv2(r, sa, m_id, iv);
	struct responder_datagram d = responder_finish(r, sa, &out, iv);
	responder_send(r, &d);
}

void responder_send_info(struct responder *r, const struct responder_sa *sa, uint8_t type,
			 const void *body, size_t len)
{
	responder_send_alone(r, sa, ISA_INFO, type, body, len);
}

/* RFC 3706 5.3: the answer differs in the type alone. */
static void take_notify(struct responder *r, struct responder_sa *sa, struct chunk body)
{
	struct cursor c = cursor_init(body.data, body.len);
	uint32_t doi = cursor_u32(&c);
	uint8_t protocol = cursor_u8(&c), spi_len = cursor_u8(&c);
	uint16_t type = cursor_u16(&c);
	uint8_t copy[64];

	(void)cursor_bytes(&c, spi_len);
	if (c.bad || doi != 1 || body.len > sizeof(copy))
		return;
	if (type == NOTIFY_R_U_THERE_ACK)
		r->acknowledged_probes++;
	if (type != NOTIFY_R_U_THERE)
		return;
	r->probes++;
	if (!r->config.dpd)
		responder_violation(r, "a probe although RFC 3706 was not announced");
	if (protocol != 1 || spi_len != 16 || cursor_left(&c) != 4)
		responder_violation(r, "a probe that isn't in RFC 3706's form");
	memcpy(copy, body.data, body.len);
	copy[6] = NOTIFY_R_U_THERE_ACK >> 8;
	copy[7] = NOTIFY_R_U_THERE_ACK & 0xff;
	responder_send_info(r, sa, ISA_NOTIFY, copy, body.len);
}

static void take_delete(struct responder *r, struct responder_sa *sa, struct chunk body)
{
	struct cursor c = cursor_init(body.data, body.len);
	uint32_t doi = cursor_u32(&c);
	uint8_t protocol = cursor_u8(&c), spi_len = cursor_u8(&c);
	uint16_t n = cursor_u16(&c);

	if (c.bad || doi != 1 || cursor_left(&c) != (size_t)spi_len * n ||
	    (protocol == 1 ? spi_len != 16 : protocol != 3 || spi_len != 4)) {
		responder_violation(r, "a Delete that isn't in RFC 2408's form");
		return;
	}
	if (protocol == 1)
		sa->state = RESPONDER_CLOSED;
	for (; protocol == 3 && n > 0; n--) {
		/* The SPI that the sender receives by is the one that we send to. */
		uint32_t spi = cursor_u32(&c);
		for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
			if (r->children[i].used && r->children[i].spi_out == spi)
				r->children[i].deleted = true;
	}
}

void responder_info(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
		    struct chunk message)
{
	struct opened o;
	uint8_t iv[16];

	responder_iv2(r, sa, h->m_id, iv);
	if (!open_message(r, sa, h, message, iv, &o) ||
	    !hash_is_right(r, sa, false, h->m_id, nothing, nothing, &o))
		return;
	for (size_t i = 1; i < o.p.n; i++)
		if (o.p.list[i].type == ISA_NOTIFY)
			take_notify(r, sa, o.p.list[i].body);
		else if (o.p.list[i].type == ISA_DELETE)
			take_delete(r, sa, o.p.list[i].body);
}

struct responder_child *responder_child(struct responder *r)
{
	struct responder_child *found = NULL;

	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++) {
		struct responder_child *c = &r->children[i];
		if (c->used && c->up && !c->deleted && (!found || c->age > found->age))
			found = c;
	}
	return found;
}

struct responder_child *responder_find_child(struct responder *r, uint32_t spi_in)
{
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		if (r->children[i].used && r->children[i].spi_in == spi_in)
			return &r->children[i];
	return NULL;
}

/* RFC 2408 3.15: the SPIs are those of the sender's inbound SAs. */
bool responder_delete_child(struct responder *r, struct responder_child *child, nsec_t now)
{
	struct responder_sa *sa = responder_newest_sa(r);
	const uint8_t body[] = { 0,
				 0,
				 0,
				 1,
				 3,
				 4,
				 0,
				 1,
				 (uint8_t)(child->spi_in >> 24),
				 (uint8_t)(child->spi_in >> 16),
				 (uint8_t)(child->spi_in >> 8),
				 (uint8_t)child->spi_in };

	r->now = now;
	child->deleted = true;
	if (sa)
		responder_send_info(r, sa, ISA_DELETE, body, sizeof(body));
	return sa != NULL;
}

void responder_send_delete_sa(struct responder *r, const struct responder_sa *sa)
{
	uint8_t body[8 + 16] = { 0, 0, 0, 1, 1, 16, 0, 1 };

	memcpy(body + 8, sa->cky_i, 8);
	memcpy(body + 16, sa->cky_r, 8);
	responder_send_info(r, sa, ISA_DELETE, body, sizeof(body));
}

bool responder_delete_sa(struct responder *r, nsec_t now)
{
	struct responder_sa *sa = responder_newest_sa(r);

	r->now = now;
	if (!sa)
		return false;
	responder_send_delete_sa(r, sa);
	sa->state = RESPONDER_CLOSED;
	return true;
}

bool responder_probe(struct responder *r, uint32_t sequence, nsec_t now)
{
	struct responder_sa *sa = responder_newest_sa(r);
	uint8_t body[8 + 16 + 4] = {
		0, 0, 0, 1, 1, 16, NOTIFY_R_U_THERE >> 8, NOTIFY_R_U_THERE & 0xff
	};

	r->now = now;
	if (!sa)
		return false;
	memcpy(body + 8, sa->cky_i, 8);
	memcpy(body + 16, sa->cky_r, 8);
	for (int i = 0; i < 4; i++)
		body[24 + i] = (uint8_t)(sequence >> (24 - 8 * i));
	responder_send_info(r, sa, ISA_NOTIFY, body, sizeof(body));
	return true;
}
