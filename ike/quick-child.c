/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both roles of quick mode share (RFC 2409 5.5): SPIs, the identities of the L2TP flow (RFC
 * 3193 4), original addresses (RFC 3947 5), and the pair that comes out with its keys.
 */
#include "ike/quick-child.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/octets.h"
#include "ike/payload.h"
#include "ike/slots.h"
#include "lib/cursor.h"

/* RFC 4303 2.1: 1 to 255 are reserved. */
int quick_spi_random(struct ike *ike, uint32_t *ret)
{
	for (unsigned int tries = 0; tries < IKE_RANDOM_TRIES; tries++) {
		uint32_t spi;
		int r = ike_random(ike, &spi, sizeof(spi));

		if (r < 0)
			return r;
		if (spi < ISAKMP_SPI_MIN || pair_find(ike, spi, 0))
			continue;
		*ret = spi;
		return 0;
	}
	return -EIO;
}

static void identity_build(struct builder *b, const struct endpoint *end, uint16_t port)
{
	const struct payload_id id = { .type = (uint8_t)payload_id_type(end),
				       .protocol = IPPROTO_UDP,
				       .port = port,
				       .data = { end->addr, endpoint_addr_len(end) } };

	payload_id_build(b, &id);
}

void quick_identity_add(struct outgoing *out, const struct endpoint *end, uint16_t port)
{
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_ID);

	identity_build(&out->b, end, port);
	payload_close(&out->chain, mark);
}

/*
 * The identity must be the one we would send. Behind a NAT the gateway may name its own view of an
 * address, and some leave the port open; the protocol still has to be UDP, and what is installed is
 * our own selector in any case, so that nothing gets wider by it.
 */
bool quick_identity_match(const struct ike *ike, const struct ike_sa *sa, struct chunk body,
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

/*
 * RFC 3947 5.2: the initiator's address and then the responder's, each as we know it. Who sends one
 * only sends its own.
 */
void quick_nat_oa_add(struct outgoing *out, const struct ike *ike, const struct natt_variant *natt,
		      bool initiator)
{
	const struct endpoint *const own = &ike->config.local, *const peer = &ike->config.remote;
	const struct endpoint *const ends[] = { initiator || natt->n_nat_oa == 1 ? own : peer,
						initiator ? peer : own };

	for (size_t i = 0; i < natt->n_nat_oa && i < ARRAY_SIZE(ends); i++) {
		size_t mark = payload_open(&out->chain, natt->nat_oa);
		payload_nat_oa_build(&out->b, ends[i]);
		payload_close(&out->chain, mark);
	}
}

bool quick_nonce_valid(struct chunk nonce)
{
	return nonce.len >= ISAKMP_NONCE_MIN && nonce.len <= ISAKMP_NONCE_MAX;
}

/* One direction's keys: the cipher's first, then that of the HMAC. */
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

static int child_keys(const struct ike *ike, const struct ike_sa *sa, const struct ike_quick *q,
		      const struct proposal_child *p, struct chunk g_xy, struct ike_child *child)
{
	struct keymat_child material = { .g_qm_xy = g_xy,
					 .protocol = ISAKMP_PROTOCOL_ESP,
					 .spi = q->spi_in,
					 .ni_b = octets_chunk(&q->ni_b),
					 .nr_b = octets_chunk(&q->nr_b) };
	int r = keys_derive(ike, sa, p, &material, &child->encr_in, &child->auth_in);

	if (r < 0)
		return r;
	material.spi = p->spi;
	return keys_derive(ike, sa, p, &material, &child->encr_out, &child->auth_out);
}

int quick_child_make(const struct ike *ike, const struct ike_sa *sa, const struct ike_quick *q,
		     const struct proposal_child *p, struct chunk g_xy, struct ike_child *ret)
{
	const struct ike_config *config = &ike->config;
	int r = child_keys(ike, sa, q, p, g_xy, ret);

	if (r < 0)
		return r;
	ret->spi_in = q->spi_in;
	ret->spi_out = p->spi;
	ret->algorithms = p->algorithms;
	ret->udp_encap = sa->encap;
	ret->local = config->local;
	ret->local.port = sa->encap ? config->local_natt_port : 0;
	ret->remote = config->remote;
	ret->remote.port = sa->encap ? config->remote_natt_port : 0;
	ret->l2tp_local_port = config->l2tp_local_port;
	ret->l2tp_remote_port = config->l2tp_remote_port;
	ret->life_s = p->life_s;
	ret->life_kb = p->life_kb;
	ret->replaces_spi_in = q->replaces_spi_in;
	return 0;
}
