/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The authentication of phase 1 for either end (RFC 2409 5): SKEYID, the identity, and the proof of
 * it, which is a hash that only who has the pre-shared key can compute (5.4). Which message carries
 * the proof, and what follows from a wrong one, is main mode's matter.
 *
 * The only methods there are prove by what the peer can't learn from us: there is no aggressive
 * mode, which would show a stranger a hash to guess the key from, and no public key encryption.
 */
#include "ike/private.h"

#include <string.h>

int auth_skeyid(const struct ike *ike, const struct ike_sa *sa, struct chunk ni_b,
		struct chunk nr_b, struct secret *ret)
{
	return keymat_skeyid_psk(&ike->crypto, sa->proposal.hash, secret_chunk(&ike->psk), ni_b,
				 nr_b, ret);
}

void auth_identity_build(struct builder *b, const struct ike_config *config)
{
	struct payload_id id = { .type = (uint8_t)config->local_id.type,
				 .data = { config->local_id.data, config->local_id.len } };

	if (config->local_id.type == IKE_ID_ANY) {
		id.type = (uint8_t)payload_id_type(&config->local);
		id.data = (struct chunk){ config->local.addr, endpoint_addr_len(&config->local) };
	}
	payload_id_build(b, &id);
}

bool auth_identity_demanded(const struct ike_id *demanded, const struct payload_id *id)
{
	if (demanded->type == IKE_ID_ANY)
		return true;
	return id->type == (uint8_t)demanded->type && id->data.len == demanded->len &&
	       memcmp(id->data.data, demanded->data, demanded->len) == 0;
}

/* HASH_I or HASH_R (RFC 2409 5). */
static int proof(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
		 struct chunk id_b, uint8_t ret[static KEYMAT_HASH_MAX])
{
	const struct keymat_auth auth = { .g_xi = octets_chunk(&sa->g_xi),
					  .g_xr = octets_chunk(&sa->g_xr),
					  .cky_i = sa->cookie_i,
					  .cky_r = sa->cookie_r,
					  .sai_b = octets_chunk(&sa->sai_b),
					  .id_b = id_b };

	return end == AUTH_INITIATOR ? keymat_hash_i(&ike->crypto, sa->proposal.hash,
						     &sa->keys.skeyid, &auth, ret)
				     : keymat_hash_r(&ike->crypto, sa->proposal.hash,
						     &sa->keys.skeyid, &auth, ret);
}

int auth_prove(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
	       struct outgoing *out)
{
	uint8_t id[4 + IKE_ID_MAX], hash[KEYMAT_HASH_MAX];
	struct builder b = builder_init(id, sizeof(id));

	auth_identity_build(&b, &ike->config);
	int r = proof(ike, sa, end, (struct chunk){ id, builder_len(&b) }, hash);
	if (r < 0)
		return r;
	payload_add(&out->chain, ISAKMP_PAYLOAD_ID, id, builder_len(&b));
	payload_add(&out->chain, ISAKMP_PAYLOAD_HASH, hash, keymat_hash_len(sa->proposal.hash));
	return 0;
}

int auth_verify(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
		const struct incoming *in, struct payload_id *ret_id)
{
	struct chunk id_b = incoming_body(in, ISAKMP_PAYLOAD_ID, 0);
	uint8_t hash[KEYMAT_HASH_MAX];
	struct payload_id id;
	int r = proof(ike, sa, end, id_b, hash);

	if (r < 0)
		return r;
	if (!incoming_hash_equal(in, sa, hash))
		return IKE_DROP_HASH;
	r = payload_id_parse(id_b, &id);
	if (r != 0)
		return r;
	if (id.data.len > IKE_ID_MAX)
		return IKE_DROP_LIMIT;
	*ret_id = id;
	return 0;
}
