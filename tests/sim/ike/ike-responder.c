/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The responder model: SAs, main mode (RFC 2409 5.4, RFC 3947) and the sending of messages. Quick
 * mode and informational exchanges are in ike-responder-quick.c.
 *
 * A message that was taken is answered again when it comes again, octet by octet the same; one that
 * makes no sense changes nothing. What fits neither is dropped.
 */
#include "ike-responder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike-responder-private.h"

#define REPEAT_AFTER (2 * NSEC_PER_SEC)
#define REPEATS_MAX  8
#define LIFE_SLACK_S 2 /* beyond what was agreed on */

static const struct responder_natt_numbers natt_numbers[] = {
	[RESPONDER_NATT_RFC] = { { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28,
				   0xf2, 0x0e, 0x95, 0x45, 0x2f },
				 20,
				 21,
				 2,
				 4 },
	[RESPONDER_NATT_03] = { { 0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d,
				  0x92, 0x15, 0x52, 0x9d, 0x56 },
				130,
				131,
				1,
				61444 },
	[RESPONDER_NATT_02_NEWLINE] = { { 0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08,
					  0x63, 0x81, 0xb5, 0xec, 0x42, 0x7b, 0x1f },
					130,
					131,
					1,
					61444 },
	[RESPONDER_NATT_02] = { { 0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2,
				  0xfc, 0x68, 0xb6, 0xa4, 0x48 },
				130,
				131,
				1,
				61444 },
};
static const uint8_t vid_pieces[] = { 0x40, 0x48, 0xb7, 0xd5, 0x6e, 0xbc, 0xe8, 0x85,
				      0x25, 0xe7, 0xde, 0x7f, 0x00, 0xd6, 0xc2, 0xd3 };
static const uint8_t vid_dpd[] = { 0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
				   0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00 };

const struct responder_natt_numbers *responder_natt_numbers(const struct responder *r)
{
	return &natt_numbers[r->config.natt];
}

void responder_init(struct responder *r, const struct responder_config *config)
{
	memset(r, 0, sizeof(*r));
	r->config = *config;
}

static void free_sa(struct responder *r, struct responder_sa *sa)
{
	r->config.crypto->dh_free(r->config.crypto->userdata, sa->dh);
	memset(sa, 0, sizeof(*sa));
}

void responder_clear(struct responder *r)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		free_sa(r, &r->sas[i]);
	for (size_t i = 0; i < RESPONDER_QUICKS_MAX; i++)
		r->config.crypto->dh_free(r->config.crypto->userdata, r->quicks[i].dh);
	explicit_bzero(r, sizeof(*r));
}

void responder_random(struct responder *r, void *ret, size_t len)
{
	if (r->config.crypto->random(r->config.crypto->userdata, ret, len) != 0)
		abort();
}

void responder_violation(struct responder *r, const char *words)
{
	if (r->violations++ == 0)
		(void)snprintf(r->violation, sizeof(r->violation), "%s", words);
}

bool responder_keep(struct responder_octets *ret, struct chunk data)
{
	if (data.len == 0 || data.len > sizeof(ret->data))
		return false;
	memcpy(ret->data, data.data, data.len);
	ret->len = data.len;
	return true;
}

struct chunk responder_view(const struct responder_octets *o)
{
	return (struct chunk){ o->data, o->len };
}

void responder_send(struct responder *r, const struct responder_datagram *d)
{
	/* Whoever doesn't take them away makes a mistake; a real gateway's queue is finite, too. */
	if (r->n_out == RESPONDER_OUT_MAX || d->len == 0)
		return;
	r->out[r->n_out++] = *d;
	r->sent++;
}

bool responder_next_datagram(struct responder *r, struct responder_datagram *ret)
{
	if (r->n_out == 0)
		return false;
	*ret = r->out[0];
	memmove(r->out, r->out + 1, --r->n_out * sizeof(r->out[0]));
	return true;
}

static nsec_t repeat_after(const struct responder *r)
{
	return r->config.repeat_after > 0 ? r->config.repeat_after : REPEAT_AFTER;
}

void responder_turn(struct responder *r, struct responder_turn *turn, struct chunk request,
		    const struct responder_datagram *answer, bool repeat)
{
	(void)responder_keep(&turn->request, request);
	turn->answer = *answer;
	turn->repeats = 0;
	turn->repeat_at = repeat ? r->now + repeat_after(r) : NSEC_NEVER;
	responder_send(r, answer);
}

struct isa_message *responder_begin(struct outgoing *out, const struct responder_sa *sa,
				    uint8_t exchange, uint8_t flags, uint32_t m_id)
{
	memset(out->buf, 0, 4);
	out->m = isa_begin(out->buf + 4, RESPONDER_DATAGRAM_MAX - 4, sa->cky_i, sa->cky_r, exchange,
			   flags, m_id);
	return &out->m;
}

void responder_open_hash(const struct responder_sa *sa, struct isa_message *m)
{
	static const uint8_t nothing[64];

	isa_put(m, ISA_HASH, nothing, responder_hash_len(sa));
}

static void spoil(const struct responder *r, bool hashed, struct outgoing *out)
{
	size_t len = builder_len(&out->m.b);

	if (!r->config.spoil)
		return;
	r->config.spoil(r->config.userdata, hashed, out->buf + 4, &len, RESPONDER_DATAGRAM_MAX - 4);
	out->m.b.p = out->m.b.start + len;
}

/* HASH(1) without a nonce, HASH(2) with the initiator's (RFC 2409 5.5), over all that follows. */
void responder_fill_hash(const struct responder *r, const struct responder_sa *sa,
			 struct outgoing *out, uint32_t m_id, struct chunk ni)
{
	const uint8_t id[] = { (uint8_t)(m_id >> 24), (uint8_t)(m_id >> 16), (uint8_t)(m_id >> 8),
			       (uint8_t)m_id };
	size_t rest = ISA_HEADER_LEN + 4 + responder_hash_len(sa);
	uint8_t *start = out->buf + 4, value[64];

	spoil(r, false, out);
	const struct chunk parts[] = { { id, 4 },
				       ni,
				       { start + rest, builder_len(&out->m.b) - rest } };

	responder_prf(r, sa, secret_chunk(&sa->skeyid_a), parts, 3, value);
	memcpy(start + ISA_HEADER_LEN + 4, value, responder_hash_len(sa));
}

struct responder_datagram responder_finish(const struct responder *r, const struct responder_sa *sa,
					   struct outgoing *out, uint8_t *iv)
{
	struct responder_datagram d = { .natt = sa->remote_natt, .remote = sa->remote };
	size_t block = responder_block_len(sa);

	spoil(r, true, out);
	if (iv)
		while ((builder_len(&out->m.b) - ISA_HEADER_LEN) % block != 0)
			builder_u8(&out->m.b, 0);
	builder_patch32(&out->m.b, 24, (uint32_t)builder_len(&out->m.b));
	long len = builder_finish(&out->m.b);
	if (len <= 0)
		abort();
	if (iv && !responder_crypt(r, sa, true, iv, out->buf + 4 + ISA_HEADER_LEN,
				   (size_t)len - ISA_HEADER_LEN))
		abort();

	size_t skip = d.natt ? 0 : 4;
	d.len = 4 + (size_t)len - skip;
	memcpy(d.data, out->buf + skip, d.len);
	return d;
}

static struct responder_sa *find_sa(struct responder *r, const struct isa_header *h)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state != RESPONDER_FREE &&
		    memcmp(r->sas[i].cky_i, h->cky_i, 8) == 0 &&
		    memcmp(r->sas[i].cky_r, h->cky_r, 8) == 0)
			return &r->sas[i];
	return NULL;
}

struct responder_sa *responder_new_sa(struct responder *r)
{
	struct responder_sa *oldest = &r->sas[0];

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++) {
		if (r->sas[i].state == RESPONDER_FREE)
			return &r->sas[i];
		if (r->sas[i].age < oldest->age)
			oldest = &r->sas[i];
	}
	free_sa(r, oldest);
	return oldest;
}

/* RFC 2409 appendix A: 1 cipher, 2 hash, 3 authentication, 4 group, 14 key length. */
static bool accept_phase1(void *userdata, const struct isa_choice *t)
{
	static const uint32_t hashes[] = {
		[IKE_HASH_MD5] = 1,    [IKE_HASH_SHA1] = 2,   [IKE_HASH_SHA256] = 4,
		[IKE_HASH_SHA384] = 5, [IKE_HASH_SHA512] = 6,
	};
	struct responder *r = userdata;
	const struct ike_proposal *want = &r->config.phase1;
	bool aes = want->encr == IKE_ENCR_AES_CBC;
	bool key_length = t->attrs & 1 << 14;

	if (t->protocol != 1 || t->transform_id != 1 || (t->attrs & 0x1e) != 0x1e ||
	    t->attr[3] != (r->config.method ? r->config.method : 1))
		return false;
	if (key_length == (t->attr[1] == 5))
		responder_violation(r, "key length: AES needs one, 3DES must have none");
	return t->attr[1] == (aes ? 7 : 5) && (!aes || t->attr[14] == want->key_bits) &&
	       t->attr[2] == hashes[want->hash] && t->attr[4] == (uint32_t)want->group;
}

/* A notify that nothing protects (RFC 2408 3.14). */
static void complain_in_clear(struct responder *r, const struct responder_sa *sa, uint16_t type)
{
	struct outgoing out;
	struct isa_message *m = responder_begin(&out, sa, ISA_INFO, 0, 0x01020304);

	isa_open(m, ISA_NOTIFY);
	builder_u32(&m->b, 1);
	builder_u8(&m->b, 1);
	builder_u8(&m->b, 0);
	builder_u16(&m->b, type);
	isa_close(m);
	struct responder_datagram d = responder_finish(r, sa, &out, NULL);
	responder_send(r, &d);
}

static bool has_vendor(const struct isa_payloads *p, const uint8_t vid[static 16])
{
	for (size_t i = 0; i < p->n; i++)
		if (p->list[i].type == ISA_VENDOR && p->list[i].body.len == 16 &&
		    memcmp(p->list[i].body.data, vid, 16) == 0)
			return true;
	return false;
}

bool responder_has_natt(const struct responder *r, const struct isa_payloads *p)
{
	return r->config.natt != RESPONDER_NATT_NONE &&
	       has_vendor(p, responder_natt_numbers(r)->vendor);
}

void responder_put_vendors(const struct responder *r, struct isa_message *m, bool natt)
{
	if (natt)
		isa_put(m, ISA_VENDOR, responder_natt_numbers(r)->vendor, 16);
	if (r->config.dpd)
		isa_put(m, ISA_VENDOR, vid_dpd, sizeof(vid_dpd));
	if (r->config.pieces)
		isa_put(m, ISA_VENDOR, vid_pieces, sizeof(vid_pieces));
}

/* Message 1: HDR, SA, VIDs. The answer: HDR, SA, VIDs. */
static void take_1(struct responder *r, const struct isa_header *h, const struct isa_payloads *p,
		   const struct endpoint *from, bool natt, struct chunk message)
{
	struct responder_sa fresh = { .remote = *from, .remote_natt = natt };
	struct chunk sa_body = isa_find(p, ISA_SA, 0);
	struct isa_choice choice;
	struct outgoing out;

	if (p->n == 0 || p->list[0].type != ISA_SA || !responder_keep(&fresh.sai_b, sa_body))
		return;
	memcpy(fresh.cky_i, h->cky_i, 8);
	responder_random(r, fresh.cky_r, 8);
	if (r->config.refuses == RESPONDER_REFUSES_PHASE1 ||
	    !isa_choose(sa_body, accept_phase1, r, &choice)) {
		complain_in_clear(r, &fresh, NOTIFY_NO_PROPOSAL);
		return;
	}

	fresh.state = RESPONDER_SENT_2;
	fresh.age = ++r->ages;
	fresh.natt = responder_has_natt(r, p);
	fresh.proposal = r->config.phase1;
	struct isa_message *m = responder_begin(&out, &fresh, ISA_MAIN, 0, 0);
	isa_put_choice(m, &choice, choice.spi);
	responder_put_vendors(r, m, fresh.natt);
	r->peer_pieces = r->config.pieces && has_vendor(p, vid_pieces);
	struct responder_datagram d = responder_finish(r, &fresh, &out, NULL);

	struct responder_sa *sa = responder_new_sa(r);
	*sa = fresh;
	responder_turn(r, &sa->turn, message, &d, r->config.repeats);
}

/* RFC 3947 3.2: the hash over both cookies, the address and the port. */
static void nat_hash(const struct responder *r, const struct responder_sa *sa,
		     const struct endpoint *e, uint8_t ret[static 64])
{
	const uint8_t port[] = { (uint8_t)(e->port >> 8), (uint8_t)e->port };
	const struct chunk parts[] = {
		{ sa->cky_i, 8 }, { sa->cky_r, 8 }, { e->addr, endpoint_addr_len(e) }, { port, 2 }
	};

	responder_hash(r, sa, parts, 4, ret);
}

/* The first NAT-D is of our address as the client knows it, the others are of the client's own. */
void responder_detect_nat(struct responder *r, struct responder_sa *sa,
			  const struct isa_payloads *p, const struct endpoint *from)
{
	uint8_t type = responder_natt_numbers(r)->nat_d;
	size_t len = responder_hash_len(sa);
	uint8_t ours[64], theirs[64];
	bool first_matches = false, other_matches = false;
	size_t n = 0;

	nat_hash(r, sa, &r->config.local, ours);
	nat_hash(r, sa, from, theirs);
	for (struct chunk d; (d = isa_find(p, type, n)).data; n++) {
		if (d.len != len)
			responder_violation(r, "NAT-D of another length than the hash's");
		else if (n == 0)
			first_matches = memcmp(d.data, ours, len) == 0;
		else
			other_matches = other_matches || memcmp(d.data, theirs, len) == 0;
	}
	if (n < 2)
		responder_violation(r, "message 3 without two NAT-D payloads");
	sa->local_nat = !first_matches;
	sa->remote_nat = !other_matches;
}

void responder_put_detection(const struct responder *r, const struct responder_sa *sa,
			     struct isa_message *m, const struct endpoint *client)
{
	uint8_t hash[64], nat_d = responder_natt_numbers(r)->nat_d;

	nat_hash(r, sa, client, hash);
	isa_put(m, nat_d, hash, responder_hash_len(sa));
	nat_hash(r, sa, &r->config.local, hash);
	isa_put(m, nat_d, hash, responder_hash_len(sa));
}

/* Message 4: HDR, KE, Nr, NAT-D of the client, NAT-D of ours. */
static struct responder_datagram make_4(struct responder *r, struct responder_sa *sa,
					const struct endpoint *from)
{
	struct outgoing out;
	struct isa_message *m = responder_begin(&out, sa, ISA_MAIN, 0, 0);

	isa_put(m, ISA_KE, sa->g_xr.data, sa->g_xr.len);
	isa_put(m, ISA_NONCE, sa->nr.data, sa->nr.len);
	if (sa->natt)
		responder_put_detection(r, sa, m, from);
	return responder_finish(r, sa, &out, NULL);
}

/* Message 3: HDR, KE, Ni, NAT-D, NAT-D. */
static void take_3(struct responder *r, struct responder_sa *sa, const struct isa_payloads *p,
		   const struct endpoint *from, struct chunk message)
{
	const struct ike_crypto *crypto = r->config.crypto;
	struct chunk ke = isa_find(p, ISA_KE, 0), ni = isa_find(p, ISA_NONCE, 0);
	struct secret shared = { 0 };

	if (!ke.data || !responder_keep(&sa->g_xi, ke) || !ni.data || !responder_keep(&sa->ni, ni))
		return;
	if (ni.len < 8 || ni.len > 256)
		responder_violation(r, "nonce shorter than 8 or longer than 256 octets");

	/* A value that is none: wait for a better one. */
	crypto->dh_free(crypto->userdata, sa->dh);
	sa->dh = NULL;
	if (crypto->dh_generate(crypto->userdata, sa->proposal.group, &sa->dh, sa->g_xr.data,
				&sa->g_xr.len) != 0)
		abort();
	if (crypto->dh_shared(crypto->userdata, sa->proposal.group, sa->dh, ke, &shared) != 0)
		return;

	sa->nr.len = 32;
	responder_random(r, sa->nr.data, sa->nr.len);
	if (sa->natt)
		responder_detect_nat(r, sa, p, from);
	responder_derive_phase1(r, sa, secret_chunk(&shared));
	secret_clear(&shared);
	sa->state = RESPONDER_SENT_4;
	struct responder_datagram d = make_4(r, sa, from);
	responder_turn(r, &sa->turn, message, &d, r->config.repeats);
}

/* Another key, or a message that was changed on the way: nothing to tell them apart by. */
static void refuse_5(struct responder *r, struct responder_sa *sa)
{
	static const uint8_t notify[] = { 0, 0, 0, 1, 1, 0, 0, NOTIFY_AUTHENTICATION };

	if (r->config.complains == RESPONDER_COMPLAINS_IN_CLEAR)
		complain_in_clear(r, sa, NOTIFY_AUTHENTICATION);
	if (r->config.complains == RESPONDER_COMPLAINS_ENCRYPTED)
		responder_send_info(r, sa, ISA_NOTIFY, notify, sizeof(notify));
}

size_t responder_identity(const struct responder *r, uint8_t ret[static 24])
{
	memset(ret, 0, 4);
	ret[0] = r->config.local.family == AF_INET ? 1 : 5;
	memcpy(ret + 4, r->config.local.addr, endpoint_addr_len(&r->config.local));
	return 4 + endpoint_addr_len(&r->config.local);
}

void responder_sa_up(struct responder *r, struct responder_sa *sa)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX && r->config.cut != 0; i++)
		if (&r->sas[i] != sa && r->sas[i].state == RESPONDER_UP && r->sas[i].cut_at == 0)
			r->sas[i].cut_at = r->now + r->config.cut;
}

void responder_child_up(struct responder *r, struct responder_child *child)
{
	child->up = true;
	child->age = ++r->ages;
	if (child->life_s != 0)
		child->end_at = r->now + (child->life_s + LIFE_SLACK_S) * NSEC_PER_SEC;
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX && r->config.cut != 0; i++) {
		struct responder_child *c = &r->children[i];
		if (c != child && c->used && c->up && !c->deleted && c->cut_at == 0)
			c->cut_at = r->now + r->config.cut;
	}
}

/* mode-cfg 3.2: the message's type, an identifier, attributes. */
static void ask(struct responder *r, const struct responder_sa *sa)
{
	/* XAUTH-TYPE generic, XAUTH-USER-NAME, XAUTH-USER-PASSWORD, empty: the request for them. */
	static const uint8_t xauth[] = { 1,    0,    0x12, 0x34, 0xc0, 0x88, 0, 0,
					 0x40, 0x89, 0,	   0,	 0x40, 0x8a, 0, 0 };
	/* INTERNAL-IP4-ADDRESS */
	static const uint8_t address[] = { 3, 0, 0x12, 0x34, 0, 1, 0, 4, 10, 9, 8, 7 };

	if (r->config.asks == RESPONDER_ASKS_XAUTH)
		responder_send_alone(r, sa, ISA_TRANSACTION, ISA_ATTRIBUTES, xauth, sizeof(xauth));
	else if (r->config.asks == RESPONDER_SETS_ADDRESS)
		responder_send_alone(r, sa, ISA_TRANSACTION, ISA_ATTRIBUTES, address,
				     sizeof(address));
}

/* Message 6: HDR*, IDir, HASH_R. It is never repeated but on demand. */
static void answer_5(struct responder *r, struct responder_sa *sa, uint8_t iv[static 16],
		     struct chunk message)
{
	struct outgoing out;
	uint8_t id[8 + 16], hash[64];
	size_t id_len = responder_identity(r, id);
	struct isa_message *m = responder_begin(&out, sa, ISA_MAIN, 1, 0);

	responder_proof(r, sa, false, (struct chunk){ id, id_len }, hash);
	isa_put(m, ISA_ID, id, id_len);
	isa_put(m, ISA_HASH, hash, responder_hash_len(sa));
	struct responder_datagram d = responder_finish(r, sa, &out, iv);
	memcpy(sa->last_block, iv, 16);
	sa->state = RESPONDER_UP;
	sa->age = ++r->ages;
	responder_sa_up(r, sa);
	responder_turn(r, &sa->turn, message, &d, false);
	ask(r, sa);
}

/* Message 5: HDR*, IDii, HASH_I; behind a NAT, and only there, from port 4500. */
static void take_5(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
		   const struct endpoint *from, bool natt, struct chunk message)
{
	static const uint8_t invalid_id[] = { 0, 0, 0, 1, 1, 0, 0, NOTIFY_INVALID_ID };
	uint8_t text[RESPONDER_DATAGRAM_MAX], iv[16], hash[64];
	struct isa_payloads p;

	memcpy(iv, sa->iv, 16);
	memcpy(text, message.data, message.len);
	size_t len = message.len - ISA_HEADER_LEN;
	if (!(h->flags & 1) || !responder_crypt(r, sa, false, iv, text + ISA_HEADER_LEN, len))
		return;

	struct cursor c = cursor_init(text + ISA_HEADER_LEN, len);
	bool good = isa_parse_payloads(&c, h->next, &p);
	struct chunk id = good ? isa_find(&p, ISA_ID, 0) : (struct chunk){ NULL, 0 };
	struct chunk proof = good ? isa_find(&p, ISA_HASH, 0) : (struct chunk){ NULL, 0 };
	responder_proof(r, sa, true, id, hash);
	if (!id.data || proof.len != responder_hash_len(sa) ||
	    memcmp(proof.data, hash, proof.len) != 0) {
		refuse_5(r, sa);
		return;
	}

	if (natt != (sa->natt && (sa->local_nat || sa->remote_nat)))
		responder_violation(r, "message 5 on the wrong port");
	sa->remote = *from;
	sa->remote_natt = natt;
	if (r->config.refuses == RESPONDER_REFUSES_ID ||
	    r->config.refuses == RESPONDER_REFUSES_ID_AS_LIBRESWAN) {
		memcpy(sa->last_block, iv, sizeof(sa->last_block));
		responder_send_info(r, sa, ISA_NOTIFY, invalid_id, sizeof(invalid_id));
		return;
	}
	answer_5(r, sa, iv, message);
}

/* The main mode that the model began, before it knows the client's cookie. */
static struct responder_sa *find_begun(struct responder *r, const struct isa_header *h)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state == RESPONDER_SENT_1 &&
		    memcmp(r->sas[i].cky_i, h->cky_i, 8) == 0)
			return &r->sas[i];
	return NULL;
}

static void take_main(struct responder *r, const struct isa_header *h, struct cursor *c,
		      const struct endpoint *from, bool natt, struct chunk message)
{
	static const uint8_t no_cookie[8];
	struct isa_payloads p = { 0 };
	struct responder_sa *sa = find_sa(r, h);

	if (!sa)
		sa = find_begun(r, h);
	if (h->m_id != 0 ||
	    (!(h->flags & 1) && (!isa_parse_payloads(c, h->next, &p) || !cursor_done(c))))
		return;
	if (memcmp(h->cky_r, no_cookie, 8) == 0)
		take_1(r, h, &p, from, natt, message);
	else if (sa && sa->state == RESPONDER_SENT_2 && !(h->flags & 1))
		take_3(r, sa, &p, from, message);
	else if (sa && sa->state == RESPONDER_SENT_4)
		take_5(r, sa, h, from, natt, message);
	else if (sa && sa->state == RESPONDER_SENT_1 && !(h->flags & 1))
		responder_take_main_2(r, sa, h, &p, message);
	else if (sa && sa->state == RESPONDER_SENT_3 && !(h->flags & 1))
		responder_take_main_4(r, sa, &p, from, message);
	else if (sa && sa->state == RESPONDER_SENT_5)
		responder_take_main_6(r, sa, h, message);
}

/* Answers a message that was answered before by the same octets. */
static bool answer_again(struct responder *r, struct responder_turn *turn, struct chunk message)
{
	if (turn->request.len != message.len ||
	    memcmp(turn->request.data, message.data, message.len) != 0)
		return false;
	r->duplicates++;
	responder_send_again(r, &turn->answer);
	return true;
}

static bool is_duplicate(struct responder *r, struct chunk message)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state != RESPONDER_FREE && answer_again(r, &r->sas[i].turn, message))
			return true;
	for (size_t i = 0; i < RESPONDER_QUICKS_MAX; i++)
		if (r->quicks[i].used && answer_again(r, &r->quicks[i].turn, message))
			return true;
	return false;
}

void responder_input(struct responder *r, const struct endpoint *from, bool natt,
		     const uint8_t *data, size_t len, nsec_t now)
{
	struct cursor c = cursor_init(data, len);
	struct isa_header h;

	r->now = now;
	r->received++;
	if (natt && len == 1 && data[0] == 0xff)
		return;
	if ((natt && cursor_u32(&c) != 0) || cursor_left(&c) > RESPONDER_DATAGRAM_MAX)
		return;
	struct chunk message = { c.p, cursor_left(&c) };
	if (!isa_parse_header(&c, &h) || !responder_collect(r, &h, message, &message))
		return;
	c = cursor_init(message.data, message.len);
	if (!isa_parse_header(&c, &h) || is_duplicate(r, message))
		return;

	struct responder_sa *sa = find_sa(r, &h);
	if (h.exchange == ISA_MAIN)
		take_main(r, &h, &c, from, natt, message);
	else if (sa && sa->state == RESPONDER_UP && h.exchange == ISA_QUICK &&
		 r->config.asks != RESPONDER_ASKS_XAUTH)
		responder_quick(r, sa, &h, message);
	else if (sa && sa->state == RESPONDER_UP && h.exchange == ISA_INFO)
		responder_info(r, sa, &h, message);
}

/* Every turn there is, one after the other. */
static struct responder_turn *nth_turn(struct responder *r, size_t i)
{
	if (i < RESPONDER_SAS_MAX)
		return r->sas[i].state == RESPONDER_FREE ? NULL : &r->sas[i].turn;
	i -= RESPONDER_SAS_MAX;
	return r->quicks[i].used ? &r->quicks[i].turn : NULL;
}

static nsec_t cut_deadline(nsec_t cut_at)
{
	return cut_at != 0 ? cut_at : NSEC_NEVER;
}

static nsec_t child_deadline(const struct responder_child *child)
{
	return nsec_min(cut_deadline(child->cut_at), cut_deadline(child->end_at));
}

/* Yamaha's way: what was replaced ends some time after. And what has lived long enough, without a word. */
static void cut(struct responder *r)
{
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++) {
		struct responder_child *child = &r->children[i];
		if (!child->used || child->deleted || child_deadline(child) > r->now)
			continue;
		child->deleted = true;
		if (!r->config.cut_silently && cut_deadline(child->cut_at) <= r->now)
			(void)responder_delete_child(r, child, r->now);
	}
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++) {
		struct responder_sa *sa = &r->sas[i];
		if (sa->state != RESPONDER_UP || cut_deadline(sa->cut_at) > r->now)
			continue;
		if (!r->config.cut_silently)
			responder_send_delete_sa(r, sa);
		sa->state = RESPONDER_CLOSED;
	}
}

nsec_t responder_deadline(const struct responder *r)
{
	nsec_t deadline = NSEC_NEVER;

	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		if (r->children[i].used && !r->children[i].deleted)
			deadline = nsec_min(deadline, child_deadline(&r->children[i]));
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state == RESPONDER_UP)
			deadline = nsec_min(deadline, cut_deadline(r->sas[i].cut_at));

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state != RESPONDER_FREE)
			deadline = nsec_min(deadline, r->sas[i].turn.repeat_at);
	for (size_t i = 0; i < RESPONDER_QUICKS_MAX; i++)
		if (r->quicks[i].used)
			deadline = nsec_min(deadline, r->quicks[i].turn.repeat_at);
	return deadline;
}

void responder_timeout(struct responder *r, nsec_t now)
{
	unsigned int max = r->config.repeats_max > 0 ? r->config.repeats_max : REPEATS_MAX;

	r->now = now;
	cut(r);
	for (size_t i = 0; i < RESPONDER_SAS_MAX + RESPONDER_QUICKS_MAX; i++) {
		struct responder_turn *turn = nth_turn(r, i);
		if (!turn || turn->repeat_at > now)
			continue;
		r->repeated++;
		responder_send_again(r, &turn->answer);
		turn->repeat_at = ++turn->repeats < max ? now + repeat_after(r) : NSEC_NEVER;
	}
}

unsigned int responder_sas_up(const struct responder *r)
{
	unsigned int n = 0;

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		n += r->sas[i].state == RESPONDER_UP;
	return n;
}

bool responder_is_idle(const struct responder *r)
{
	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state != RESPONDER_FREE && r->sas[i].state != RESPONDER_CLOSED)
			return false;
	return true;
}

unsigned int responder_children_up(const struct responder *r)
{
	unsigned int n = 0;

	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		n += r->children[i].used && r->children[i].up && !r->children[i].deleted;
	return n;
}
