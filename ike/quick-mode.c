/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quick mode as the initiator (RFC 2409 5.5) for one ESP pair in transport mode that carries L2TP
 * (RFC 3193 4), with the original addresses where UDP encapsulation is used (RFC 3947 5):
 *
 *	HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]	-->
 *			<--	HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]
 *	HDR*, HASH(3)							-->
 *
 * A message that HASH(2) authenticates is the gateway's own word: if it is wrong then, waiting for
 * a better one is no use, and the negotiation ends.
 *
 * The commit bit (RFC 2408 3.1) in the gateway's message is not waited on: the pair is used at
 * once. What the gateway can't take yet is lost like any datagram, and L2TP repeats it.
 */
#include "ike/private.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/algorithm.h"
#include "lib/cursor.h"

/* RFC 4303 2.1: an SPI that isn't reserved, not one of ours, and not guessable. */
static int spi_random(struct ike *ike, uint32_t *ret)
{
	for (unsigned int tries = 0; tries < IKE_RANDOM_TRIES; tries++) {
		uint32_t spi;
		int r = ike_random(ike, &spi, sizeof(spi));

		if (r < 0)
			return r;
		if (spi < ISAKMP_SPI_MIN || ike_pair_find(ike, spi, 0))
			continue;
		*ret = spi;
		return 0;
	}
	return -EIO;
}

/* An end's identity: its address and the UDP port of L2TP (RFC 3193 4). */
static void identity_build(struct builder *b, const struct endpoint *end, uint16_t port)
{
	const struct payload_id id = { .type = (uint8_t)payload_id_type(end),
				       .protocol = IPPROTO_UDP,
				       .port = port,
				       .data = { end->addr, endpoint_addr_len(end) } };

	payload_id_build(b, &id);
}

static void identity_add(struct outgoing *out, const struct endpoint *end, uint16_t port)
{
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_ID);

	identity_build(&out->b, end, port);
	payload_close(&out->chain, mark);
}

/* RFC 3947 5.2: the initiator's address and then the responder's, each as we know it. */
static void nat_oa_add(struct outgoing *out, const struct ike *ike, const struct natt_variant *natt)
{
	const struct endpoint *const ends[] = { &ike->config.local, &ike->config.remote };

	for (size_t i = 0; i < natt->n_nat_oa && i < ARRAY_SIZE(ends); i++) {
		size_t mark = payload_open(&out->chain, natt->nat_oa);
		payload_nat_oa_build(&out->b, ends[i]);
		payload_close(&out->chain, mark);
	}
}

static enum ike_group pfs_group(const struct ike *ike)
{
	return ike->config.esp[0].group;
}

static int build_1(struct ike *ike, struct ike_exchange *ex, struct outgoing *out)
{
	struct ike_sa *sa = ex->sa;
	struct ike_quick *q = &ex->quick;
	uint8_t hash[KEYMAT_HASH_MAX];

	outgoing_init(out, sa, ISAKMP_EXCHANGE_QUICK, ex->msgid);
	outgoing_hash_open(out, sa);
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_SA);
	proposal_build_phase2(&out->b, &ike->config, q->spi_in, q->mode);
	payload_close(&out->chain, mark);
	payload_add(&out->chain, ISAKMP_PAYLOAD_NONCE, q->ni_b.data, q->ni_b.len);
	if (q->dh_private)
		payload_add(&out->chain, ISAKMP_PAYLOAD_KE, q->public_value,
			    algorithm_group_len(pfs_group(ike)));
	identity_add(out, &ike->config.local, ike->config.l2tp_local_port);
	identity_add(out, &ike->config.remote, ike->config.l2tp_remote_port);
	if (sa->encap)
		nat_oa_add(out, ike, sa->natt);

	int r = keymat_hash_1(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, ex->msgid,
			      outgoing_rest(out), hash);
	if (r < 0)
		return r;
	outgoing_hash_fill(out, hash);
	return outgoing_encrypt(out, ike, sa, ex->iv);
}

/* What message 1 needs that is random. */
static int prepare(struct ike *ike, struct ike_exchange *ex)
{
	struct ike_quick *q = &ex->quick;
	int r = spi_random(ike, &q->spi_in);

	if (r < 0)
		return r;
	r = ike_random(ike, q->ni_b.data, IKE_NONCE_LEN);
	if (r < 0)
		return r;
	q->ni_b.len = IKE_NONCE_LEN;
	q->mode = ex->sa->encap ? ex->sa->natt->mode : ISAKMP_MODE_TRANSPORT;
	r = keymat_phase2_iv(&ike->crypto, ex->sa->proposal.hash,
			     (struct chunk){ ex->sa->last_block,
					     keymat_block_len(ex->sa->proposal.encr) },
			     ex->msgid, ex->iv);
	if (r < 0 || pfs_group(ike) == IKE_GROUP_NONE)
		return r;

	size_t len;
	return ike->crypto.dh_generate(ike->crypto.userdata, pfs_group(ike), &q->dh_private,
				       q->public_value, &len);
}

int quick_start(struct ike *ike, uint32_t spi_in, nsec_t now)
{
	uint32_t msgid;
	int r = ike_random_msgid(ike, &msgid);

	if (r < 0)
		return r;
	struct ike_exchange *ex = ike_exchange_new(ike, ike->sa, msgid, now);
	if (!ex)
		return -ENOBUFS;
	ex->quick.replaces_spi_in = spi_in;
	r = prepare(ike, ex);
	if (r < 0)
		return r;

	struct outgoing out;
	r = build_1(ike, ex, &out);
	if (r < 0)
		return r;
	r = ike_exchange_send(ike, ex, &out, true, now);
	if (r < 0)
		return r;
	ike_enter(ike, ex, IKE_STEP_QM1_SENT, IKE_STAGE_QM1_SENT);
	return 0;
}

/* HASH(2), by which the message is the gateway's (RFC 2409 5.5). */
static int verify_2(const struct ike *ike, const struct ike_exchange *ex, const struct incoming *in)
{
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_2(&ike->crypto, ex->sa->proposal.hash, &ex->sa->keys.skeyid_a,
			      ex->msgid, octets_chunk(&ex->quick.ni_b), incoming_rest(in), hash);

	if (r < 0)
		return r;
	return incoming_hash_equal(in, ex->sa, hash) ? 0 : IKE_DROP_HASH;
}

/*
 * An identity in the answer must be the one we sent. Behind a NAT the gateway may name its own view
 * of an address, and some leave the port open; the protocol still has to be UDP, and what is
 * installed is our own selector in any case, so that nothing gets wider by it.
 */
static bool identity_match(const struct ike *ike, const struct ike_sa *sa, struct chunk body,
			   const struct endpoint *end, uint16_t port)
{
	uint8_t sent[32];
	struct builder b = builder_init(sent, sizeof(sent));
	struct payload_id id;

	identity_build(&b, end, port);
	if (body.len == builder_len(&b) && memcmp(body.data, sent, body.len) == 0)
		return true;
	if (!sa->encap || payload_id_parse(body, &id) != 0)
		return false;
	return id.type == (uint8_t)payload_id_type(&ike->config.remote) &&
	       id.data.len == endpoint_addr_len(&ike->config.remote) &&
	       id.protocol == IPPROTO_UDP && (id.port == port || id.port == 0);
}

/* Everything that HASH(2) covers, judged. Return: 0 or an enum ike_drop. */
static int judge_2(const struct ike *ike, const struct ike_exchange *ex, const struct incoming *in,
		   struct proposal_child *ret)
{
	const struct ike_config *config = &ike->config;
	size_t nonce_len = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0).len;
	size_t n_ke = payloads_count(&in->list, ISAKMP_PAYLOAD_KE);

	if (nonce_len < ISAKMP_NONCE_MIN || nonce_len > ISAKMP_NONCE_MAX)
		return IKE_DROP_WEAK;
	if (n_ke != (ex->quick.dh_private ? 1 : 0))
		return IKE_DROP_NOT_OFFERED;
	if (!identity_match(ike, ex->sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 0), &config->local,
			    config->l2tp_local_port) ||
	    !identity_match(ike, ex->sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 1), &config->remote,
			    config->l2tp_remote_port))
		return IKE_DROP_NOT_OFFERED;
	return proposal_match_phase2(incoming_body(in, ISAKMP_PAYLOAD_SA, 0), config,
				     ex->quick.mode, ret);
}

/* The quick mode's own shared value, with PFS. */
static int shared_value(const struct ike *ike, const struct ike_exchange *ex,
			const struct incoming *in, struct secret *ret)
{
	if (!ex->quick.dh_private)
		return 0;
	int r = ike->crypto.dh_shared(ike->crypto.userdata, pfs_group(ike), ex->quick.dh_private,
				      incoming_body(in, ISAKMP_PAYLOAD_KE, 0), ret);
	return r == -EBADMSG ? IKE_DROP_WEAK : r;
}

/* One direction's keys: the cipher's first, then that of the HMAC, which AES-GCM has not. */
static int keys_derive(const struct ike *ike, const struct ike_sa *sa,
		       const struct proposal_child *p, const struct keymat_child *child,
		       struct secret *ret_encr, struct secret *ret_auth)
{
	_cleanup_(secret_clear) struct secret all = { .len = 0 };
	size_t encr_len = keymat_key_len(p->algorithms.encr, p->algorithms.key_bits);
	size_t auth_len = keymat_hash_len(p->algorithms.auth);
	int r = keymat_child(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_d, child,
			     encr_len + auth_len, &all);

	if (r < 0)
		return r;

	struct cursor c = cursor_init(all.data, all.len);
	r = secret_set(ret_encr, cursor_bytes(&c, encr_len), encr_len);
	if (r < 0)
		return r;
	return secret_set(ret_auth, cursor_bytes(&c, auth_len), auth_len);
}

static int child_keys(const struct ike *ike, const struct ike_exchange *ex,
		      const struct incoming *in, const struct proposal_child *p,
		      struct ike_child *child)
{
	_cleanup_(secret_clear) struct secret g_xy = { .len = 0 };
	int r = shared_value(ike, ex, in, &g_xy);

	if (r != 0)
		return r;
	struct keymat_child material = { .g_qm_xy = secret_chunk(&g_xy),
					 .protocol = ISAKMP_PROTOCOL_ESP,
					 .spi = ex->quick.spi_in,
					 .ni_b = octets_chunk(&ex->quick.ni_b),
					 .nr_b = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0) };
	r = keys_derive(ike, ex->sa, p, &material, &child->encr_in, &child->auth_in);
	if (r < 0)
		return r;
	material.spi = p->spi;
	return keys_derive(ike, ex->sa, p, &material, &child->encr_out, &child->auth_out);
}

/* RFC 2407 4.6.3.1: a shorter life may come in a notify. */
static void apply_lifetime(const struct payloads *list, struct proposal_child *child)
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_NOTIFY, i)); i++) {
		struct payload_notify n;
		if (payload_notify_parse(p->body, &n) == 0 &&
		    n.type == ISAKMP_NOTIFY_RESPONDER_LIFETIME && n.protocol == ISAKMP_PROTOCOL_ESP)
			proposal_responder_lifetime(n.data, n.protocol, &child->life_s,
						    &child->life_kb);
	}
}

/* The pair as the one who installs it wants to know it. */
static void child_fill(const struct ike *ike, const struct ike_exchange *ex,
		       const struct proposal_child *p, struct ike_child *child)
{
	const struct ike_config *config = &ike->config;

	child->spi_in = ex->quick.spi_in;
	child->spi_out = p->spi;
	child->algorithms = p->algorithms;
	child->udp_encap = ex->sa->encap;
	child->local = config->local;
	child->local.port = ex->sa->encap ? config->local_natt_port : 0;
	child->remote = config->remote;
	child->remote.port = ex->sa->encap ? config->remote_natt_port : 0;
	child->l2tp_local_port = config->l2tp_local_port;
	child->l2tp_remote_port = config->l2tp_remote_port;
	child->life_s = p->life_s;
	child->life_kb = p->life_kb;
	child->replaces_spi_in = ex->quick.replaces_spi_in;
}

static int send_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	const struct ike_sa *sa = ex->sa;
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_3(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, ex->msgid,
			      octets_chunk(&ex->quick.ni_b),
			      incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0), hash);

	if (r < 0)
		return r;

	struct outgoing out;
	outgoing_init(&out, sa, ISAKMP_EXCHANGE_QUICK, ex->msgid);
	payload_add(&out.chain, ISAKMP_PAYLOAD_HASH, hash, keymat_hash_len(sa->proposal.hash));
	r = outgoing_encrypt(&out, ike, sa, ex->iv);
	if (r < 0)
		return r;
	return ike_exchange_send(ike, ex, &out, false, in->now);
}

/* The gateway's own word is wrong: that ends it, unless there is a pair that works still. */
static int refuse(struct ike *ike, struct ike_exchange *ex, int verdict, nsec_t now)
{
	if (ex->quick.replaces_spi_in != 0)
		rekey_refused(ike, ex, now);
	else
		ike_fail(ike, verdict == IKE_DROP_WEAK ? IKE_FAILURE_WEAK : IKE_FAILURE_NOT_OFFERED,
			 0, now);
	return verdict;
}

int quick_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_event event = { .type = IKE_EVENT_CHILD_UP };
	struct proposal_child child;

	int r = verify_2(ike, ex, in);
	if (r != 0)
		return r;
	ike_exchange_accept(ike, ex, in);

	r = judge_2(ike, ex, in, &child);
	if (r == 0)
		r = child_keys(ike, ex, in, &child, &event.u.child);
	if (r > 0)
		return refuse(ike, ex, r, in->now);
	if (r < 0)
		return r;
	apply_lifetime(&in->list, &child);
	child_fill(ike, ex, &child, &event.u.child);

	r = send_3(ike, ex, in);
	if (r < 0) {
		ike_event_clear(&event);
		return r;
	}
	r = rekey_pair_add(ike, &event.u.child, in->now);
	if (r < 0) {
		ike_event_clear(&event);
		return r;
	}
	ike_emit(ike, &event);
	ike->crypto.dh_free(ike->crypto.userdata, ex->quick.dh_private);
	ex->quick.dh_private = NULL;
	return 0;
}
