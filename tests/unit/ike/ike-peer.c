/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small gateway for unit tests; it trusts what it is sent and aborts on what it can't read. */
#include "ike-peer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ike/algorithm.h"
#include "ike/auth.h"
#include "ike/sa.h"
#include "ike/vendor.h"

static uint8_t body_buffer[256];

void peer_init(struct peer *p, const struct ike_config *config, const struct ike_crypto *crypto)
{
	*p = (struct peer){ .self = config->remote, .seen = config->local };
	p->env.config = *config;
	p->env.crypto = *crypto;
	if (config->psk)
		p->env.psk = *config->psk;
	p->sa.used = true;
}

void peer_clear(struct peer *p)
{
	p->env.crypto.dh_free(p->env.crypto.userdata, p->sa.dh_private);
	explicit_bzero(p, sizeof(*p));
}

/* assert() for calls with an effect. */
static void must(int r)
{
	if (r != 0)
		abort();
}

static void read_datagram(const struct ike_datagram *d, struct incoming *in)
{
	size_t skip = d->natt ? ISAKMP_MARKER_LEN : 0;

	in->raw = (struct chunk){ d->data + skip, d->len - skip };
	must(isakmp_header_parse(in->raw, &in->header));
}

static void reply(struct peer *p)
{
	struct builder b = builder_init(p->reply, sizeof(p->reply));

	if (p->sa.floated)
		builder_zero(&b, ISAKMP_MARKER_LEN);
	builder_bytes(&b, p->out.data, builder_len(&p->out.b));
	p->reply_len = builder_len(&b);
}

/* The transform again, with what the knobs do to it. */
static void copy_transform(const struct peer *p, struct sa_builder *sb,
			   const struct sa_transform *t, uint16_t life_duration)
{
	sa_transform_open(sb, t->number, t->id);
	for (size_t i = 0; i < t->n_attributes; i++) {
		const struct sa_attribute *a = &t->attributes[i];
		uint32_t value;
		must(sa_attribute_u32(a, &value));
		if (p->selection == PEER_SELECT_MISSING && i + 1 == t->n_attributes)
			break;
		if (p->selection == PEER_SELECT_FORGED && a->type == p->forged_type)
			value = p->forged;
		if (p->selection == PEER_SELECT_LIFE && a->type == life_duration && value != 250000)
			sa_attribute_short(sb, a->type, p->forged);
		else if (a->is_short)
			sa_attribute_short(sb, a->type, (uint16_t)value);
		else
			sa_attribute_long(sb, a->type, value);
	}
	if (p->selection == PEER_SELECT_EXTRA)
		sa_attribute_short(sb, p->forged_type, p->forged);
	sa_transform_close(sb);
}

static void select_one(struct peer *p, struct chunk offer, bool phase2)
{
	static struct sa sa;

	must(sa_parse(offer, &sa));
	const struct sa_proposal *chosen = &sa.proposals[phase2 ? p->select : 0];
	const struct sa_transform *t = &sa.transforms[chosen->first + (phase2 ? 0 : p->select)];
	uint8_t spi[4];
	struct builder spi_b = builder_init(spi, sizeof(spi));

	builder_u32(&spi_b, p->spi_in);
	size_t mark = payload_open(&p->out.chain, ISAKMP_PAYLOAD_SA);
	struct sa_builder sb = sa_open(&p->out.b);
	sa_proposal_open(&sb, chosen->number, chosen->protocol,
			 (struct chunk){ spi, phase2 ? sizeof(spi) : 0 });
	copy_transform(p, &sb, t, phase2 ? 2 : 12);
	if (p->selection == PEER_SELECT_TWO)
		copy_transform(p, &sb, t, phase2 ? 2 : 12);
	sa_proposal_close(&sb);
	payload_close(&p->out.chain, mark);
	if (phase2)
		p->spi_out = (uint32_t)((const uint8_t *)chosen->spi.data)[0] << 24 |
			     (uint32_t)((const uint8_t *)chosen->spi.data)[1] << 16 |
			     (uint32_t)((const uint8_t *)chosen->spi.data)[2] << 8 |
			     ((const uint8_t *)chosen->spi.data)[3];
}

void peer_mm2(struct peer *p, const struct ike_datagram *d)
{
	struct incoming in;

	read_datagram(d, &in);
	must(incoming_parse(&in));
	memcpy(p->sa.cookie_i, in.header.cookie_i, sizeof(p->sa.cookie_i));
	memcpy(p->sa.cookie_r, "gateway!", sizeof(p->sa.cookie_r));
	struct chunk sa = incoming_body(&in, ISAKMP_PAYLOAD_SA, 0);
	octets_set(&p->sa.sai_b, sa.data, sa.len);
	p->variant = p->no_natt ? NULL : natt_variant_find(&in.list);
	outgoing_init(&p->out, &p->sa, ISAKMP_EXCHANGE_MAIN, 0);
	select_one(p, sa, false);
	if (p->variant)
		payload_add(&p->out.chain, ISAKMP_PAYLOAD_VENDOR, p->variant->vendor_id,
			    VENDOR_ID_LEN);
	if (!p->no_dpd)
		vendor_dpd_build(&p->out.chain);
	must(outgoing_finish(&p->out));
	reply(p);
	p->sa.proposal = p->env.config.proposals[p->select];
}

void peer_mm4(struct peer *p, const struct ike_datagram *d)
{
	const struct ike_crypto *c = &p->env.crypto;
	_cleanup_(secret_clear) struct secret g_xy = { .len = 0 };
	_cleanup_(secret_clear) struct secret skeyid = { .len = 0 };
	enum ike_hash hash = p->sa.proposal.hash;
	struct ike_sa *sa = &p->sa;
	struct incoming in;

	read_datagram(d, &in);
	must(incoming_parse(&in));
	struct chunk g_xi = incoming_body(&in, ISAKMP_PAYLOAD_KE, 0);
	struct chunk ni_b = incoming_body(&in, ISAKMP_PAYLOAD_NONCE, 0);
	octets_set(&sa->g_xi, g_xi.data, g_xi.len);
	octets_set(&sa->ni_b, ni_b.data, ni_b.len);
	must(c->dh_generate(c->userdata, sa->proposal.group, &sa->dh_private, sa->g_xr.data,
			    &sa->g_xr.len));
	octets_set(&sa->nr_b, "a nonce of the gateway's, never repeated", p->short_nonce ? 7 : 40);
	must(c->dh_shared(c->userdata, sa->proposal.group, sa->dh_private, g_xi, &g_xy));
	must(auth_skeyid(&p->env, sa, ni_b, octets_chunk(&sa->nr_b), secret_chunk(&g_xy), &skeyid));
	must(keymat_phase1_iv(c, hash, g_xi, octets_chunk(&sa->g_xr), p->iv));
	must(keymat_phase1(c, hash, &skeyid, secret_chunk(&g_xy), sa->cookie_i, sa->cookie_r,
			   &sa->keys));
	must(keymat_cipher_key(c, hash, &sa->keys.skeyid_e, sa->proposal.encr,
			       sa->proposal.key_bits, &sa->cipher_key));

	outgoing_init(&p->out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	struct octets ke = sa->g_xr;
	if (p->bad_ke)
		memset(ke.data, 0, ke.len);
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_KE, ke.data, ke.len);
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_NONCE, sa->nr_b.data, sa->nr_b.len);
	auth_request_build(&p->env, &p->out.chain);
	if (p->variant) {
		const struct natt_ends ends = { .cookie_i = sa->cookie_i,
						.cookie_r = sa->cookie_r,
						.local = p->self,
						.remote = p->seen };
		must(natt_detection_build(&p->out.chain, p->variant, c, hash, &ends, false));
	}
	must(outgoing_finish(&p->out));
	reply(p);
}

static struct keymat_auth auth_of(const struct ike_sa *sa, struct chunk id_b)
{
	return (struct keymat_auth){ .g_xi = octets_chunk(&sa->g_xi),
				     .g_xr = octets_chunk(&sa->g_xr),
				     .cky_i = sa->cookie_i,
				     .cky_r = sa->cookie_r,
				     .sai_b = octets_chunk(&sa->sai_b),
				     .id_b = id_b };
}

static void address_id(struct builder *b, const struct endpoint *e, uint8_t protocol, uint16_t port)
{
	const struct payload_id id = { .type = (uint8_t)payload_id_type(e),
				       .protocol = protocol,
				       .port = port,
				       .data = { e->addr, endpoint_addr_len(e) } };

	payload_id_build(b, &id);
}

static void finish_mm6(struct peer *p)
{
	must(outgoing_encrypt(&p->out, &p->env, &p->sa, p->iv));
	memcpy(p->sa.last_block, p->iv, sizeof(p->sa.last_block));
	reply(p);
}

/* With signatures the engine's other end does both. */
static bool signed_mm6(struct peer *p, const struct incoming *in)
{
	struct payload_id id;

	if (auth_verify(&p->env, &p->sa, AUTH_INITIATOR, in, &id) != 0)
		return false;
	p->env.config.local_id.type = (enum ike_id_type)p->id.type;
	p->env.config.local_id.len = p->id.data.len;
	if (p->id.data.len > 0)
		memcpy(p->env.config.local_id.data, p->id.data.data, p->id.data.len);
	outgoing_init(&p->out, &p->sa, ISAKMP_EXCHANGE_MAIN, 0);
	must(auth_prove(&p->env, &p->sa, AUTH_RESPONDER, &p->out));
	finish_mm6(p);
	return true;
}

bool peer_mm6(struct peer *p, const struct ike_datagram *d)
{
	struct ike_sa *sa = &p->sa;
	uint8_t hash[KEYMAT_HASH_MAX], id[300];
	struct incoming in;

	sa->floated = d->natt;
	sa->encap = d->natt;
	sa->natt = p->variant;
	read_datagram(d, &in);
	if (incoming_decrypt(&in, &p->env, sa, p->iv) != 0 ||
	    rules_check(auth_rules(&p->env, RULES_MM6), &in.list) != 0)
		return false;
	memcpy(p->iv, in.last_block, sizeof(p->iv));
	if (p->env.config.auth)
		return signed_mm6(p, &in);
	struct keymat_auth auth = auth_of(sa, incoming_body(&in, ISAKMP_PAYLOAD_ID, 0));
	must(keymat_hash_i(&p->env.crypto, sa->proposal.hash, &sa->keys.skeyid, &auth, hash));
	if (!incoming_hash_equal(&in, sa, hash))
		return false;

	struct builder b = builder_init(id, sizeof(id));
	if (p->id.type != 0)
		payload_id_build(&b, &p->id);
	else
		address_id(&b, &p->self, 0, 0);
	auth.id_b = (struct chunk){ id, builder_len(&b) };
	must(keymat_hash_r(&p->env.crypto, sa->proposal.hash, &sa->keys.skeyid, &auth, hash));
	hash[0] ^= p->bad_hash;
	outgoing_init(&p->out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_ID, id, builder_len(&b));
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_HASH, hash, keymat_hash_len(sa->proposal.hash));
	finish_mm6(p);
	return true;
}

static struct chunk last_block(const struct peer *p)
{
	return (struct chunk){ p->sa.last_block, keymat_block_len(p->sa.proposal.encr) };
}

static bool verify_1(struct peer *p, const struct incoming *in)
{
	uint8_t hash[KEYMAT_HASH_MAX];

	must(keymat_hash_1(&p->env.crypto, p->sa.proposal.hash, &p->sa.keys.skeyid_a,
			   in->header.msgid, incoming_rest(in), hash));
	return incoming_hash_equal(in, &p->sa, hash);
}

static void add_id(struct peer *p, const struct endpoint *e, uint16_t port)
{
	size_t mark = payload_open(&p->out.chain, ISAKMP_PAYLOAD_ID);

	address_id(&p->out.b, e, p->id_tcp ? 6 : 17, port);
	payload_close(&p->out.chain, mark);
}

/* The gateway's value, with PFS; nothing is made of it here. */
static void add_ke(struct peer *p, enum ike_group group)
{
	const struct ike_crypto *c = &p->env.crypto;
	uint8_t value[ISAKMP_KE_MAX];
	size_t len;
	void *key;

	if (group == IKE_GROUP_NONE)
		return;
	must(c->dh_generate(c->userdata, group, &key, value, &len));
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_KE, value, len);
	c->dh_free(c->userdata, key);
}

static void add_lifetime(struct peer *p, enum isakmp_life type, size_t life)
{
	const uint8_t data[] = { 0x80,	       1, 0, (uint8_t)type, 0x80, 2, (uint8_t)(life >> 8),
				 (uint8_t)life };
	const struct payload_notify n = { .doi = 1,
					  .protocol = ISAKMP_PROTOCOL_ESP,
					  .type = ISAKMP_NOTIFY_RESPONDER_LIFETIME,
					  .data = { data, sizeof(data) } };
	size_t mark = payload_open(&p->out.chain, ISAKMP_PAYLOAD_NOTIFY);
	payload_notify_build(&p->out.b, &n);
	payload_close(&p->out.chain, mark);
}

bool peer_qm2(struct peer *p, const struct ike_datagram *d)
{
	struct ike_sa *sa = &p->sa;
	uint8_t hash[KEYMAT_HASH_MAX];
	struct incoming in;

	read_datagram(d, &in);
	p->qm_msgid = in.header.msgid;
	must(keymat_phase2_iv(&p->env.crypto, sa->proposal.hash, last_block(p), p->qm_msgid,
			      p->qm_iv));
	if (incoming_decrypt(&in, &p->env, sa, p->qm_iv) != 0 ||
	    rules_check(RULES_QM1, &in.list) != 0 || !verify_1(p, &in))
		return false;
	memcpy(p->qm_iv, in.last_block, sizeof(p->qm_iv));
	struct chunk ni = incoming_body(&in, ISAKMP_PAYLOAD_NONCE, 0);
	octets_set(&p->qm_ni, ni.data, ni.len);
	octets_set(&p->qm_nr, "quick mode nonce of the gateway's", 33);
	p->spi_in = 0xc0ffee00 + p->n_pairs++;

	outgoing_init(&p->out, sa, ISAKMP_EXCHANGE_QUICK, p->qm_msgid);
	outgoing_hash_open(&p->out, sa);
	select_one(p, incoming_body(&in, ISAKMP_PAYLOAD_SA, 0), true);
	payload_add(&p->out.chain, ISAKMP_PAYLOAD_NONCE, p->qm_nr.data, p->qm_nr.len);
	add_ke(p, p->env.config.esp[0].group);
	struct endpoint private = { .family = AF_INET, .addr = { 192, 168, 100, 1 } };
	add_id(p, p->id_private ? &p->seen : &p->env.config.local, p->env.config.l2tp_local_port);
	add_id(p, p->id_private ? &private : &p->env.config.remote, p->env.config.l2tp_remote_port);
	for (size_t i = 0; i < p->n_nat_oa; i++)
		payload_add(&p->out.chain, p->variant->nat_oa, p->nat_oa.data, p->nat_oa.len);
	if (p->responder_lifetime != 0)
		add_lifetime(p, ISAKMP_LIFE_SECONDS, p->responder_lifetime);
	if (p->responder_life_kb != 0)
		add_lifetime(p, ISAKMP_LIFE_KILOBYTES, p->responder_life_kb);
	must(keymat_hash_2(&p->env.crypto, sa->proposal.hash, &sa->keys.skeyid_a, p->qm_msgid, ni,
			   outgoing_rest(&p->out), hash));
	hash[0] ^= p->bad_hash;
	outgoing_hash_fill(&p->out, hash);
	must(outgoing_encrypt(&p->out, &p->env, sa, p->qm_iv));
	reply(p);
	return true;
}

bool peer_qm3(struct peer *p, const struct ike_datagram *d)
{
	uint8_t hash[KEYMAT_HASH_MAX];
	struct incoming in;

	read_datagram(d, &in);
	if (in.header.msgid != p->qm_msgid || incoming_decrypt(&in, &p->env, &p->sa, p->qm_iv) != 0)
		return false;
	must(keymat_hash_3(&p->env.crypto, p->sa.proposal.hash, &p->sa.keys.skeyid_a, p->qm_msgid,
			   octets_chunk(&p->qm_ni), octets_chunk(&p->qm_nr), hash));
	return incoming_hash_equal(&in, &p->sa, hash);
}

bool peer_info(struct peer *p, const struct ike_datagram *d, struct incoming *ret)
{
	uint8_t iv[KEYMAT_BLOCK_MAX];

	read_datagram(d, ret);
	must(keymat_phase2_iv(&p->env.crypto, p->sa.proposal.hash, last_block(p), ret->header.msgid,
			      iv));
	return ret->header.exchange == ISAKMP_EXCHANGE_INFO &&
	       incoming_decrypt(ret, &p->env, &p->sa, iv) == 0 &&
	       rules_check(RULES_INFO, &ret->list) == 0 && verify_1(p, ret);
}

void peer_send(struct peer *p, uint8_t exchange, uint32_t msgid, uint8_t type, struct chunk body)
{
	uint8_t hash[KEYMAT_HASH_MAX], iv[KEYMAT_BLOCK_MAX];

	outgoing_init(&p->out, &p->sa, exchange, msgid);
	outgoing_hash_open(&p->out, &p->sa);
	payload_add(&p->out.chain, type, body.data, body.len);
	must(keymat_hash_1(&p->env.crypto, p->sa.proposal.hash, &p->sa.keys.skeyid_a, msgid,
			   outgoing_rest(&p->out), hash));
	hash[0] ^= p->bad_hash;
	outgoing_hash_fill(&p->out, hash);
	must(keymat_phase2_iv(&p->env.crypto, p->sa.proposal.hash, last_block(p), msgid, iv));
	must(outgoing_encrypt(&p->out, &p->env, &p->sa, iv));
	reply(p);
}

void peer_send_info(struct peer *p, uint32_t msgid, uint8_t type, struct chunk body)
{
	peer_send(p, ISAKMP_EXCHANGE_INFO, msgid, type, body);
}

void peer_send_clear(struct peer *p, uint8_t type, struct chunk body)
{
	outgoing_init(&p->out, &p->sa, ISAKMP_EXCHANGE_INFO, 77);
	payload_add(&p->out.chain, type, body.data, body.len);
	must(outgoing_finish(&p->out));
	reply(p);
}

struct chunk peer_notify(uint16_t type, struct chunk spi, struct chunk data)
{
	struct builder b = builder_init(body_buffer, sizeof(body_buffer));
	const struct payload_notify n = {
		.doi = 1, .protocol = spi.len == 4 ? 3 : 1, .type = type, .spi = spi, .data = data
	};

	payload_notify_build(&b, &n);
	return (struct chunk){ body_buffer, builder_len(&b) };
}

struct chunk peer_delete(uint8_t protocol, struct chunk spi)
{
	struct builder b = builder_init(body_buffer, sizeof(body_buffer));
	const struct payload_delete del = { .doi = 1,
					    .protocol = protocol,
					    .spi_len = (uint8_t)spi.len,
					    .n_spis = 1,
					    .spis = spi };

	payload_delete_build(&b, &del);
	return (struct chunk){ body_buffer, builder_len(&b) };
}
