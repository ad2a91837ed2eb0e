/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The authentication of phase 1 for either end (RFC 2409 5): SKEYID, the identity, and the proof of
 * it. With a pre-shared key the proof is a hash that only who has the key can compute (5.4), with
 * signatures that hash signed, and the certificates that say whose key it was (5.1):
 *
 *	HDR*, IDii, HASH_I			-->	HDR*, IDir, HASH_R
 *	HDR*, IDii, [CERT...,] SIG_I		-->	HDR*, IDir, [CERT...,] SIG_R
 *
 * Which message carries the proof, and what follows from a wrong one, is main mode's matter; what is
 * to be believed of a certificate is the caller's, through struct ike_auth. Of certificate payloads
 * those of X.509 alone are looked at, no PKCS #7 and no revocation list a peer would like us to take.
 *
 * There is no aggressive mode, which would show a stranger a hash to guess the key from, and no
 * public key encryption, which would decrypt for one.
 */
#include "ike/auth.h"

#include <string.h>

#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/octets.h"
#include "ike/queue.h"

/* So many wrong proofs are looked at: each costs us an operation with a public key or two. */
#define REFUSED_MAX 4

int auth_skeyid(const struct ike *ike, const struct ike_sa *sa, struct chunk ni_b,
		struct chunk nr_b, struct chunk g_xy, struct secret *ret)
{
	if (ike->config.auth)
		return keymat_skeyid_sig(&ike->crypto, sa->proposal.hash, ni_b, nr_b, g_xy, ret);
	return keymat_skeyid_psk(&ike->crypto, sa->proposal.hash, secret_chunk(&ike->psk), ni_b,
				 nr_b, ret);
}

enum rules_message auth_rules(const struct ike *ike, enum rules_message message)
{
	return message == RULES_MM6 && ike->config.auth ? RULES_MM6_SIG : message;
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

void auth_request_build(const struct ike *ike, struct payload_chain *chain)
{
	const struct ike_auth *auth = ike->config.auth;

	for (size_t i = 0; auth && i < auth->n_cas; i++) {
		const struct payload_cert request = { ISAKMP_CERT_X509_SIGNATURE,
						      auth->ca_names[i] };
		size_t mark = payload_open(chain, ISAKMP_PAYLOAD_CERT_REQUEST);
		payload_cert_build(chain->b, &request);
		payload_close(chain, mark);
	}
}

void auth_requests_emit(struct ike *ike, const struct payloads *list)
{
	const struct payload *p;

	for (size_t i = 0; ike->config.auth && i < IKE_CAS_MAX &&
			   (p = payloads_find(list, ISAKMP_PAYLOAD_CERT_REQUEST, i));
	     i++) {
		struct ike_event event = { .type = IKE_EVENT_CERT_REQUEST };
		struct payload_cert request;
		if (payload_cert_parse(p->body, &request) != 0 ||
		    request.encoding != ISAKMP_CERT_X509_SIGNATURE || request.data.len == 0 ||
		    request.data.len > IKE_ID_MAX)
			continue;
		event.u.cert_request.type = IKE_ID_DER_ASN1_DN;
		event.u.cert_request.len = request.data.len;
		memcpy(event.u.cert_request.data, request.data.data, request.data.len);
		ike_emit(ike, &event);
	}
}

/*
 * The hash of HASH_I and HASH_R: the agreed one, but for a signature that is tied to a hash its own
 * (RFC 2409 5.1, RFC 4754 4).
 */
static enum ike_hash proof_hash(const struct ike *ike, const struct ike_sa *sa)
{
	switch (ike->config.auth ? ike->config.auth->method : IKE_AUTH_PSK) {
	case IKE_AUTH_ECDSA_256:
		return IKE_HASH_SHA256;
	case IKE_AUTH_ECDSA_384:
		return IKE_HASH_SHA384;
	case IKE_AUTH_ECDSA_521:
		return IKE_HASH_SHA512;
	case IKE_AUTH_PSK:
	case IKE_AUTH_RSA_SIG:
		break;
	}
	return sa->proposal.hash;
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
	enum ike_hash hash = proof_hash(ike, sa);

	return end == AUTH_INITIATOR
		       ? keymat_hash_i(&ike->crypto, hash, &sa->keys.skeyid, &auth, ret)
		       : keymat_hash_r(&ike->crypto, hash, &sa->keys.skeyid, &auth, ret);
}

static int add_signature(const struct ike_auth *auth, struct chunk hash, struct outgoing *out)
{
	uint8_t signature[IKE_SIGNATURE_MAX];
	size_t len;
	int r = auth->sign(auth->userdata, hash, signature, &len);

	if (r < 0)
		return r;
	for (size_t i = 0; i < auth->n_certs; i++) {
		const struct payload_cert cert = { ISAKMP_CERT_X509_SIGNATURE, auth->certs[i] };
		size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_CERT);
		payload_cert_build(&out->b, &cert);
		payload_close(&out->chain, mark);
	}
	payload_add(&out->chain, ISAKMP_PAYLOAD_SIGNATURE, signature, len);
	return 0;
}

int auth_prove(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
	       struct outgoing *out)
{
	uint8_t id[4 + IKE_ID_MAX], value[KEYMAT_HASH_MAX];
	struct builder b = builder_init(id, sizeof(id));

	auth_identity_build(&b, &ike->config);
	int r = proof(ike, sa, end, (struct chunk){ id, builder_len(&b) }, value);
	if (r < 0)
		return r;

	const struct chunk hash = { value, keymat_hash_len(proof_hash(ike, sa)) };
	payload_add(&out->chain, ISAKMP_PAYLOAD_ID, id, builder_len(&b));
	if (ike->config.auth)
		return add_signature(ike->config.auth, hash, out);
	payload_add(&out->chain, ISAKMP_PAYLOAD_HASH, hash.data, hash.len);
	return 0;
}

/* The peer's certificates. Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT. */
static int certs_take(const struct payloads *list, struct ike_peer_proof *ret)
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_CERT, i)); i++) {
		struct payload_cert cert;
		int r = payload_cert_parse(p->body, &cert);
		if (r != 0)
			return r;
		if (cert.encoding != ISAKMP_CERT_X509_SIGNATURE)
			continue;
		if (ret->n_certs == IKE_CERTS_MAX || cert.data.len > IKE_CERT_MAX)
			return IKE_DROP_LIMIT;
		ret->certs[ret->n_certs++] = cert.data;
	}
	return 0;
}

static int verify_signature(struct ike *ike, struct ike_sa *sa, const struct incoming *in,
			    const struct payload_id *id, struct chunk hash)
{
	const struct ike_auth *auth = ike->config.auth;
	struct ike_peer_proof shown = {
		.method = auth->method,
		.id = { .type = (enum ike_id_type)id->type, .len = id->data.len },
		.hash = hash,
		.signature = incoming_body(in, ISAKMP_PAYLOAD_SIGNATURE, 0)
	};

	if (sa->n_refused == REFUSED_MAX || shown.signature.len > IKE_SIGNATURE_MAX)
		return IKE_DROP_LIMIT;
	memcpy(shown.id.data, id->data.data, id->data.len);
	int r = certs_take(&in->list, &shown);
	if (r != 0)
		return r;
	r = shown.n_certs == 0 ? IKE_REFUSAL_NO_CERTIFICATE : auth->verify(auth->userdata, &shown);
	if (r <= 0)
		return r;
	sa->n_refused++;
	ike->stats.refusal = (enum ike_refusal)r;
	return IKE_DROP_PROOF;
}

int auth_verify(struct ike *ike, struct ike_sa *sa, enum auth_end end, const struct incoming *in,
		struct payload_id *ret_id)
{
	struct chunk id_b = incoming_body(in, ISAKMP_PAYLOAD_ID, 0);
	uint8_t value[KEYMAT_HASH_MAX];
	struct payload_id id;
	int r = proof(ike, sa, end, id_b, value);

	if (r < 0)
		return r;
	if (!ike->config.auth && !incoming_hash_equal(in, sa, value))
		return IKE_DROP_HASH;
	r = payload_id_parse(id_b, &id);
	if (r != 0)
		return r;
	if (id.data.len > IKE_ID_MAX)
		return IKE_DROP_LIMIT;
	if (ike->config.auth) {
		const struct chunk hash = { value, keymat_hash_len(proof_hash(ike, sa)) };
		r = verify_signature(ike, sa, in, &id, hash);
		if (r != 0)
			return r;
	}
	*ret_id = id;
	return 0;
}
