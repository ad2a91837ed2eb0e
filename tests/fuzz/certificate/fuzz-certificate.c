/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gateway shows to prove itself, behind the decryption: an ID payload's body and the bodies
 * of certificate payloads, each with its length before it, as the engine takes them apart and
 * client/certificate/certificate-verify.c judges them. Nothing of it is signed by the authority here, so
 * nothing may be believed.
 *
 *	[length of 2 octets, body]...	the first one is the ID, the last one the signature
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "client/certificate/certificate-verify.h"
#include "ike/payload.h"
#include "lib/cursor.h"
#include "tests/fuzz/fuzz.h"

/* The whole first argument of the judgement but for the authorities, of whom there are none. */
static struct certificate_trust trust(void)
{
	static X509_STORE *store;

	if (!store)
		store = X509_STORE_new();
	MUST(store);
	return (struct certificate_trust){ .store = store, .gateway = "vpn.office.test" };
}

/* A certificate that is its own authority: believed as that, so that what follows is reached. */
static void trust_itself(struct certificate_trust *t, const struct ike_peer_proof *proof)
{
	const uint8_t *p = proof->certs[0].data;
	X509 *x = d2i_X509(NULL, &p, (long)proof->certs[0].len);

	t->store = X509_STORE_new();
	MUST(t->store);
	if (x)
		(void)X509_STORE_add_cert(t->store, x);
	X509_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t hash[32];
	struct cursor c = cursor_init(data, size);
	struct ike_peer_proof proof = { .method = IKE_AUTH_ECDSA_256, .hash = { hash, 32 } };
	struct payload_id id = { .type = IKE_ID_ANY };
	char words[320] = "";

	if (payload_id_parse(cursor_chunk(&c, cursor_u16(&c)), &id) != 0 ||
	    id.data.len > IKE_ID_MAX)
		return 0;
	proof.id.type = (enum ike_id_type)id.type;
	proof.id.len = id.data.len;
	memcpy(proof.id.data, id.data.data, id.data.len);
	while (cursor_left(&c) > 2 && proof.n_certs < IKE_CERTS_MAX) {
		struct payload_cert cert;
		struct chunk body = cursor_chunk(&c, cursor_u16(&c));
		if (c.bad || payload_cert_parse(body, &cert) != 0)
			break;
		proof.certs[proof.n_certs++] = cert.data;
	}
	if (proof.n_certs > 0)
		proof.signature = proof.certs[proof.n_certs - 1];

	struct certificate_trust nobody = trust(), itself = nobody;
	MUST(certificate_verify(&nobody, &proof, words, sizeof(words)) > 0);
	if (proof.n_certs == 0)
		return 0;
	trust_itself(&itself, &proof);
	MUST(certificate_verify(&itself, &proof, words, sizeof(words)) > 0);
	X509_STORE_free(itself.store);
	return 0;
}
