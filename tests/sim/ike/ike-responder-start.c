/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the responder model can begin by itself: quick mode and main mode as the initiator (RFC 2409
 * 5.4, 5.5), as gateways do that renew their SAs, and notifies. When is the caller's decision.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike-responder-private.h"

static const struct chunk nothing = { NULL, 0 };

struct responder_sa *responder_newest_sa(struct responder *r)
{
	struct responder_sa *found = NULL;

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state == RESPONDER_UP && (!found || r->sas[i].age > found->age))
			found = &r->sas[i];
	return found;
}

static void put_attribute(struct builder *b, uint16_t type, uint32_t value)
{
	builder_u16(b, 0x8000 | type);
	builder_u16(b, (uint16_t)value);
}

/* What precedes the attributes of the one transform. */
static void put_transform(struct builder *b, uint8_t id)
{
	builder_u8(b, 1);
	builder_u8(b, id);
	builder_u16(b, 0);
}

/* KIND: 1 seconds, 2 kilobytes. */
static void put_life(struct builder *b, uint16_t type, uint16_t kind, uint32_t value)
{
	put_attribute(b, type, kind);
	builder_u16(b, type + 1);
	builder_u16(b, 4);
	builder_u32(b, value);
}

/* RFC 2407 4.5 */
static void put_offer_2(const struct responder *r, const struct responder_sa *sa,
			struct isa_message *m, uint32_t spi_in)
{
	const struct ike_esp_proposal *esp = &r->config.phase2;
	const uint8_t spi[] = { (uint8_t)(spi_in >> 24), (uint8_t)(spi_in >> 16),
				(uint8_t)(spi_in >> 8), (uint8_t)spi_in };
	uint8_t attributes[64];
	struct builder b = builder_init(attributes, sizeof(attributes));

	put_transform(&b, (uint8_t)responder_transform_2(r));
	put_life(&b, 1, 1, r->config.phase2_life_s ? r->config.phase2_life_s : 3600);
	if (r->config.phase2_life_kb != 0)
		put_life(&b, 1, 2, r->config.phase2_life_kb);
	if (esp->group != IKE_GROUP_NONE)
		put_attribute(&b, 3, (uint32_t)esp->group);
	put_attribute(&b, 4, responder_mode_2(r, sa));
	if (esp->auth != IKE_HASH_NONE)
		put_attribute(&b, 5, responder_auth_2(r));
	if (esp->key_bits != 0)
		put_attribute(&b, 6, esp->key_bits);
	const struct isa_choice choice = { .proposal_nr = 1,
					   .protocol = 3,
					   .transform = { attributes, builder_len(&b) } };
	isa_put_choice(m, &choice, (struct chunk){ spi, sizeof(spi) });
}

/* RFC 2409 appendix A */
static void put_offer_1(const struct responder *r, struct isa_message *m)
{
	static const uint8_t hashes[] = {
		[IKE_HASH_MD5] = 1,    [IKE_HASH_SHA1] = 2,   [IKE_HASH_SHA256] = 4,
		[IKE_HASH_SHA384] = 5, [IKE_HASH_SHA512] = 6,
	};
	const struct ike_proposal *p = &r->config.phase1;
	bool aes = p->encr == IKE_ENCR_AES_CBC;
	uint8_t attributes[64];
	struct builder b = builder_init(attributes, sizeof(attributes));

	put_transform(&b, 1);
	put_attribute(&b, 1, aes ? 7 : 5);
	if (aes)
		put_attribute(&b, 14, p->key_bits);
	put_attribute(&b, 2, hashes[p->hash]);
	put_attribute(&b, 4, (uint32_t)p->group);
	put_attribute(&b, 3, 1);
	put_life(&b, 11, 1, r->config.phase1_life_s ? r->config.phase1_life_s : 28800);
	const struct isa_choice choice = { .proposal_nr = 1,
					   .protocol = 1,
					   .transform = { attributes, builder_len(&b) } };
	isa_put_choice(m, &choice, nothing);
}

static void put_identity(struct isa_message *m, const struct endpoint *e, uint16_t port)
{
	isa_open(m, ISA_ID);
	builder_u8(&m->b, e->family == AF_INET ? 1 : 5);
	builder_u8(&m->b, 17);
	builder_u16(&m->b, port);
	builder_bytes(&m->b, e->addr, endpoint_addr_len(e));
	isa_close(m);
}

static void generate(struct responder *r, enum ike_group group, void **ret_dh,
		     struct responder_octets *ret)
{
	const struct ike_crypto *crypto = r->config.crypto;

	if (crypto->dh_generate(crypto->userdata, group, ret_dh, ret->data, &ret->len) != 0)
		abort();
}

/* Message 1: HDR*, HASH(1), SA, Ni, [KE], IDci, IDcr, NAT-OA, NAT-OA. */
static struct responder_datagram make_1(struct responder *r, const struct responder_sa *sa,
					struct responder_quick *q,
					const struct responder_child *child)
{
	struct responder_octets public = { 0 };
	struct outgoing out;
	struct isa_message *m = responder_begin(&out, sa, ISA_QUICK, 1, q->m_id);

	responder_open_hash(sa, m);
	put_offer_2(r, sa, m, child->spi_in);
	isa_put(m, ISA_NONCE, q->ni.data, q->ni.len);
	if (r->config.phase2.group != IKE_GROUP_NONE) {
		generate(r, r->config.phase2.group, &q->dh, &public);
		isa_put(m, ISA_KE, public.data, public.len);
	}
	put_identity(m, &r->config.local, child->own_port);
	put_identity(m, &sa->remote, child->client_port);
	if (child->udp_encap) {
		uint8_t nat_oa = responder_natt_numbers(r)->nat_oa;
		responder_put_address(m, nat_oa, &r->config.local);
		responder_put_address(m, nat_oa, &sa->remote);
	}
	responder_fill_hash(r, sa, &out, q->m_id, nothing);
	responder_iv2(r, sa, q->m_id, q->iv);
	return responder_finish(r, sa, &out, q->iv);
}

bool responder_start_quick(struct responder *r, nsec_t now)
{
	struct responder_sa *sa = responder_newest_sa(r);
	const struct responder_child *known = responder_child(r);
	size_t index;

	r->now = now;
	if (!sa || !known)
		return false;
	uint16_t client_port = known->client_port, own_port = known->own_port;
	struct responder_quick *q = responder_new_quick(r);
	struct responder_child *child = responder_new_child(r, &index);
	q->sa = (size_t)(sa - r->sas);
	q->started = true;
	q->child = index;
	responder_random(r, &q->m_id, sizeof(q->m_id));
	q->m_id |= 1;
	q->ni.len = 20;
	responder_random(r, q->ni.data, q->ni.len);
	responder_random(r, &child->spi_in, sizeof(child->spi_in));
	child->spi_in |= 0x10000;
	child->udp_encap = sa->natt && (sa->local_nat || sa->remote_nat);
	child->client_port = client_port;
	child->own_port = own_port;
	struct responder_datagram d = make_1(r, sa, q, child);
	responder_turn(r, &q->turn, nothing, &d, true);
	return true;
}

/* Message 3: HDR*, HASH(3). */
static struct responder_datagram make_3(struct responder *r, const struct responder_sa *sa,
					struct responder_quick *q)
{
	struct outgoing out;
	uint8_t hash[64];
	struct isa_message *m = responder_begin(&out, sa, ISA_QUICK, 1, q->m_id);

	responder_quick_hash(r, sa, true, q->m_id, responder_view(&q->ni), responder_view(&q->nr),
			     nothing, hash);
	isa_put(m, ISA_HASH, hash, responder_hash_len(sa));
	return responder_finish(r, sa, &out, q->iv);
}

struct phase2_answer {
	const struct responder *r;
	const struct responder_sa *sa;
};

/* Exactly what was offered must come back. */
static bool is_offer_2(void *userdata, const struct isa_choice *t)
{
	const struct phase2_answer *answer = userdata;
	const struct ike_esp_proposal *esp = &answer->r->config.phase2;
	uint32_t group = t->attrs & 1 << 3 ? t->attr[3] : 0;

	return t->protocol == 3 && t->spi.len == 4 &&
	       t->transform_id == responder_transform_2(answer->r) &&
	       (t->attrs & 1 << 6 ? t->attr[6] : 0) == esp->key_bits &&
	       (t->attrs & 1 << 5 ? t->attr[5] : 0) == responder_auth_2(answer->r) &&
	       group == (uint32_t)esp->group &&
	       t->attr[4] == responder_mode_2(answer->r, answer->sa);
}

/* Message 2: HDR*, HASH(2), SA, Nr, [KE], IDci, IDcr, NAT-OA, NAT-OA. Its hash is right. */
void responder_take_quick_2(struct responder *r, struct responder_sa *sa, struct responder_quick *q,
			    const struct isa_payloads *p, const uint8_t iv[static 16],
			    struct chunk message)
{
	const struct ike_crypto *crypto = r->config.crypto;
	struct responder_child *child = &r->children[q->child];
	struct phase2_answer answer = { r, sa };
	struct secret shared = { 0 };
	struct isa_choice choice;

	if (!isa_choose(isa_find(p, ISA_SA, 0), is_offer_2, &answer, &choice) ||
	    !responder_keep(&q->nr, isa_find(p, ISA_NONCE, 0)) || !isa_find(p, ISA_ID, 1).data) {
		responder_violation(r, "an answer to quick mode that was not offered");
		return;
	}
	const struct responder_natt_numbers *natt = responder_natt_numbers(r);
	size_t n_nat_oa = child->udp_encap ? natt->n_nat_oa : 0;
	if (isa_find(p, natt->nat_oa, n_nat_oa).data ||
	    (n_nat_oa > 0 && !isa_find(p, natt->nat_oa, n_nat_oa - 1).data))
		responder_violation(r, "NAT-OA payloads that don't fit the NAT");
	if (q->dh && crypto->dh_shared(crypto->userdata, r->config.phase2.group, q->dh,
				       isa_find(p, ISA_KE, 0), &shared) != 0) {
		responder_violation(r, "a key exchange value that is none");
		return;
	}
	struct cursor spi = cursor_init(choice.spi.data, choice.spi.len);
	child->spi_out = cursor_u32(&spi);
	memcpy(q->iv, iv, 16);
	responder_derive_child(r, sa, child, secret_chunk(&shared), responder_view(&q->ni),
			       responder_view(&q->nr));
	secret_clear(&shared);
	q->done = true;
	r->started_quicks++;
	responder_child_up(r, child);
	struct responder_datagram d = make_3(r, sa, q);
	responder_turn(r, &q->turn, message, &d, false);
}

bool responder_start_main(struct responder *r, nsec_t now)
{
	struct responder_sa *known = responder_newest_sa(r);
	struct outgoing out;

	r->now = now;
	if (!known)
		return false;
	struct endpoint remote = known->remote;
	bool natt = known->remote_natt;
	struct responder_sa *sa = responder_new_sa(r);
	sa->remote = remote;
	sa->remote_natt = natt;
	sa->age = ++r->ages;
	sa->state = RESPONDER_SENT_1;
	sa->proposal = r->config.phase1;
	responder_random(r, sa->cky_i, 8);
	sa->cky_i[0] |= 1;
	struct isa_message *m = responder_begin(&out, sa, ISA_MAIN, 0, 0);
	size_t before = builder_len(&m->b);
	put_offer_1(r, m);
	sa->sai_b.len = builder_len(&m->b) - before - 4;
	memcpy(sa->sai_b.data, out.buf + 4 + before + 4, sa->sai_b.len);
	responder_put_vendors(r, m, r->config.natt != RESPONDER_NATT_NONE);
	struct responder_datagram d = responder_finish(r, sa, &out, NULL);
	responder_turn(r, &sa->turn, nothing, &d, true);
	return true;
}

/* Message 2: HDR, SA, VIDs. The answer: HDR, KE, Ni, NAT-D of the client, NAT-D of ours. */
void responder_take_main_2(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
			   const struct isa_payloads *p, struct chunk message)
{
	struct outgoing out;

	if (!isa_find(p, ISA_SA, 0).data)
		return;
	memcpy(sa->cky_r, h->cky_r, 8);
	sa->natt = responder_has_natt(r, p);
	generate(r, sa->proposal.group, &sa->dh, &sa->g_xi);
	sa->ni.len = 16;
	responder_random(r, sa->ni.data, sa->ni.len);
	struct isa_message *m = responder_begin(&out, sa, ISA_MAIN, 0, 0);
	isa_put(m, ISA_KE, sa->g_xi.data, sa->g_xi.len);
	isa_put(m, ISA_NONCE, sa->ni.data, sa->ni.len);
	if (sa->natt)
		responder_put_detection(r, sa, m, &sa->remote);
	sa->state = RESPONDER_SENT_3;
	struct responder_datagram d = responder_finish(r, sa, &out, NULL);
	responder_turn(r, &sa->turn, message, &d, true);
}

/* Message 4: HDR, KE, Nr, NAT-D, NAT-D. The answer: HDR*, IDii, HASH_I. */
void responder_take_main_4(struct responder *r, struct responder_sa *sa,
			   const struct isa_payloads *p, const struct endpoint *from,
			   struct chunk message)
{
	const struct ike_crypto *crypto = r->config.crypto;
	struct chunk ke = isa_find(p, ISA_KE, 0), nr = isa_find(p, ISA_NONCE, 0);
	struct secret shared = { 0 };
	struct outgoing out;
	uint8_t id[8 + 16], hash[64];

	if (!ke.data || !responder_keep(&sa->g_xr, ke) || !nr.data ||
	    !responder_keep(&sa->nr, nr) ||
	    crypto->dh_shared(crypto->userdata, sa->proposal.group, sa->dh, ke, &shared) != 0)
		return;
	if (sa->natt)
		responder_detect_nat(r, sa, p, from);
	responder_derive_phase1(r, sa, secret_chunk(&shared));
	secret_clear(&shared);
	struct isa_message *m = responder_begin(&out, sa, ISA_MAIN, 1, 0);
	size_t id_len = responder_identity(r, id);
	responder_proof(r, sa, true, (struct chunk){ id, id_len }, hash);
	isa_put(m, ISA_ID, id, id_len);
	isa_put(m, ISA_HASH, hash, responder_hash_len(sa));
	struct responder_datagram d = responder_finish(r, sa, &out, sa->iv);
	sa->state = RESPONDER_SENT_5;
	responder_turn(r, &sa->turn, message, &d, true);
}

/* Message 6: HDR*, IDir, HASH_R. */
void responder_take_main_6(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
			   struct chunk message)
{
	uint8_t text[RESPONDER_DATAGRAM_MAX], iv[16], hash[64];
	struct isa_payloads p;

	memcpy(iv, sa->iv, 16);
	memcpy(text, message.data, message.len);
	size_t len = message.len - ISA_HEADER_LEN;
	if (!(h->flags & 1) || !responder_crypt(r, sa, false, iv, text + ISA_HEADER_LEN, len))
		return;
	struct cursor c = cursor_init(text + ISA_HEADER_LEN, len);
	if (!isa_parse_payloads(&c, h->next, &p) || !isa_find(&p, ISA_ID, 0).data)
		return;
	struct chunk proof = isa_find(&p, ISA_HASH, 0);
	responder_proof(r, sa, false, isa_find(&p, ISA_ID, 0), hash);
	if (proof.len != responder_hash_len(sa) || memcmp(proof.data, hash, proof.len) != 0)
		return;
	memcpy(sa->last_block, iv, 16);
	(void)responder_keep(&sa->turn.request, message);
	sa->turn.answer.len = 0;
	sa->turn.repeat_at = NSEC_NEVER;
	sa->age = ++r->ages;
	sa->state = RESPONDER_UP;
	r->started_mains++;
	responder_sa_up(r, sa);
}

bool responder_notify(struct responder *r, uint8_t protocol, uint16_t type, const void *data,
		      size_t len, nsec_t now)
{
	struct responder_sa *sa = responder_newest_sa(r);
	uint8_t body[64] = { 0, 0, 0, 1, protocol, 0, (uint8_t)(type >> 8), (uint8_t)type };

	r->now = now;
	if (!sa || len > sizeof(body) - 8)
		return false;
	memcpy(body + 8, data, len);
	responder_send_info(r, sa, ISA_NOTIFY, body, 8 + len);
	return true;
}
