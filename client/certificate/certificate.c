/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our certificate, its key, and those we trust, made ready for the engine. Nothing is asked of the
 * system's store: who may name a company's gateway is the company, not a hundred authorities. What
 * the files look like is certificate-file.c's matter, the judgement certificate-verify.c's.
 */
#include "client/certificate/certificate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "client/certificate/certificate-file.h"
#include "client/certificate/certificate-verify.h"
#include "client/certificate/signature.h"
#include "client/failure/i18n.h"

struct certificate {
	struct ike_auth auth;
	struct ike_id subject;
	struct certificate_trust trust;
	EVP_PKEY *key;
	uint8_t *encoded[IKE_CERTS_MAX], *ca_names[IKE_CAS_MAX];
	char gateway[256];
	char words[CERTIFICATE_WORDS_MAX], warning[CERTIFICATE_WORDS_MAX];
};

/* Everything that was read, until it is sorted. */
struct files {
	struct certificate_items ca, cert, key, crl;
	X509 *own;
};

static void files_clear(struct files *f)
{
	certificate_items_clear(&f->ca);
	certificate_items_clear(&f->cert);
	certificate_items_clear(&f->key);
	certificate_items_clear(&f->crl);
}

static void certificate_freep(struct certificate **c)
{
	*c = certificate_free(*c);
}

struct certificate *certificate_free(struct certificate *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < IKE_CERTS_MAX; i++)
		OPENSSL_free(c->encoded[i]);
	for (size_t i = 0; i < IKE_CAS_MAX; i++)
		OPENSSL_free(c->ca_names[i]);
	EVP_PKEY_free(c->key);
	X509_STORE_free(c->trust.store);
	free(c);
	return NULL;
}

static int sign(void *userdata, struct chunk hash, uint8_t *ret, size_t *ret_len)
{
	const struct certificate *c = userdata;

	return signature_make(c->key, c->auth.method, hash, ret, ret_len);
}

static int verify(void *userdata, const struct ike_peer_proof *proof)
{
	struct certificate *c = userdata;
	int r = certificate_verify(&c->trust, proof, c->words, sizeof(c->words));

	for (char *p = c->words; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	return r;
}

static int read_files(const struct certificate_request *q, struct files *f, struct failure *failure)
{
	int r = certificate_read("machine-key", q->key, q->passphrase, &f->key, failure);

	if (r == 0)
		r = certificate_read("machine-cert", q->cert, q->passphrase, &f->cert, failure);
	if (r == 0)
		r = certificate_read("machine-ca", q->ca, q->passphrase, &f->ca, failure);
	if (r == 0 && q->crl[0])
		r = certificate_read("ipsec-crl", q->crl, q->passphrase, &f->crl, failure);
	if (r < 0)
		return r;
	if (!f->key.key)
		return failure_set(failure, CAUSE_CERT_FILE, EINVAL,
				   "machine-key %.200s: there is no private key in it", q->key);
	if (f->cert.n_certs == 0)
		return failure_set(failure, CAUSE_CERT_FILE, EINVAL,
				   "machine-cert %.200s: there is no certificate in it", q->cert);
	if (q->crl[0] && f->crl.n_crls == 0)
		return failure_set(failure, CAUSE_CERT_FILE, EINVAL,
				   "ipsec-crl %.200s: there is no revocation list in it", q->crl);
	return 0;
}

/* Ours is the certificate that the key belongs to. */
static int find_own(struct certificate *c, struct files *f, struct failure *failure)
{
	for (size_t i = 0; i < f->cert.n_certs && !f->own; i++)
		if (X509_check_private_key(f->cert.certs[i], f->key.key) == 1)
			f->own = f->cert.certs[i];
	ERR_clear_error();
	if (!f->own)
		return failure_set(failure, CAUSE_CERT_KEY, EINVAL,
				   "machine-key is the key of no certificate in machine-cert");
	int r = signature_method(f->key.key, &c->auth.method);
	if (r == -EKEYREJECTED)
		return failure_set(failure, CAUSE_CERT_KEY, r,
				   "RSA keys have 2048 to 4096 bits and an exponent of 65537 here");
	if (r < 0)
		return failure_set(failure, CAUSE_CERT_KEY, r,
				   "keys are RSA, or ECDSA on P-256, P-384 or P-521 here");
	c->key = f->key.key;
	f->key.key = NULL; /* consumed */
	return 0;
}

static bool is_self_issued(X509 *x)
{
	return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}

static X509 *find_issuer(const struct certificate_items *items, X509 *of)
{
	for (size_t i = 0; i < items->n_certs; i++)
		if (items->certs[i] != of && !is_self_issued(items->certs[i]) &&
		    X509_check_issued(items->certs[i], of) == X509_V_OK)
			return items->certs[i];
	return NULL;
}

/* Ours, and what leads from it to an authority at the top, which the gateway has to know itself. */
static int encode_chain(struct certificate *c, const struct files *f, struct failure *failure)
{
	X509 *x = f->own;

	while (x && c->auth.n_certs < IKE_CERTS_MAX) {
		size_t n = c->auth.n_certs;
		int len = i2d_X509(x, &c->encoded[n]);

		if (len <= 0)
			return failure_set(failure, CAUSE_MEMORY, ENOMEM, "machine-cert");
		if (len > IKE_CERT_MAX)
			return failure_set(failure, CAUSE_CERT_FILE, EFBIG,
					   "machine-cert: a certificate has more than %d octets",
					   IKE_CERT_MAX);
		c->auth.certs[n] = (struct chunk){ c->encoded[n], (size_t)len };
		c->auth.n_certs++;
		X509 *next = is_self_issued(x) ? NULL : find_issuer(&f->cert, x);
		x = next || is_self_issued(x) ? next : find_issuer(&f->ca, x);
	}
	return 0;
}

static int add_authority(struct certificate *c, X509 *x)
{
	uint8_t **name = &c->ca_names[c->auth.n_cas];

	if (X509_STORE_add_cert(c->trust.store, x) != 1)
		return -ENOMEM;
	if (c->auth.n_cas == IKE_CAS_MAX)
		return 0;
	int len = i2d_X509_NAME(X509_get_subject_name(x), name);
	if (len <= 0)
		return -ENOMEM;
	c->auth.ca_names[c->auth.n_cas++] = (struct chunk){ *name, (size_t)len };
	return 0;
}

/* One file may hold all: then our own certificate is no authority. */
static int build_trust(struct certificate *c, const struct files *f, struct failure *failure)
{
	size_t n = 0;
	int r = 0;

	c->trust.store = X509_STORE_new();
	for (size_t i = 0; i < f->ca.n_certs && c->trust.store && r == 0; i++) {
		if (X509_cmp(f->ca.certs[i], f->own) == 0)
			continue;
		r = add_authority(c, f->ca.certs[i]);
		n++;
	}
	for (size_t i = 0; i < f->crl.n_crls && c->trust.store && r == 0; i++)
		r = X509_STORE_add_crl(c->trust.store, f->crl.crls[i]) == 1 ? 0 : -ENOMEM;
	if (!c->trust.store || r < 0)
		return failure_set(failure, CAUSE_MEMORY, ENOMEM, "machine-ca");
	if (n == 0)
		return failure_set(failure, CAUSE_CERT_FILE, EINVAL,
				   "machine-ca: there is no authority's certificate in it");
	c->trust.revocation = f->crl.n_crls > 0;
	return 0;
}

static int describe_own(struct certificate *c, const struct files *f, struct failure *failure)
{
	uint8_t *der = NULL;
	int len = i2d_X509_NAME(X509_get_subject_name(f->own), &der);

	if (len > 0 && len <= IKE_ID_MAX) {
		c->subject.type = IKE_ID_DER_ASN1_DN;
		c->subject.len = (size_t)len;
		memcpy(c->subject.data, der, (size_t)len);
	}
	OPENSSL_free(der);
	if (c->subject.len == 0)
		return failure_set(failure, CAUSE_CERT_FILE, EINVAL,
				   "machine-cert: its subject has more than %d octets", IKE_ID_MAX);
	if (X509_cmp_current_time(X509_get0_notAfter(f->own)) < 0)
		(void)snprintf(c->warning, sizeof(c->warning),
			       _("our certificate (machine-cert) has expired"));
	else if (X509_cmp_current_time(X509_get0_notBefore(f->own)) > 0)
		(void)snprintf(
			c->warning, sizeof(c->warning),
			_("our certificate (machine-cert) isn't valid yet; is the clock right?"));
	return 0;
}

int certificate_load(const struct certificate_request *request, struct certificate **ret,
		     struct failure *ret_failure)
{
	_cleanup_(files_clear) struct files files = { .own = NULL };
	_cleanup_(certificate_freep) struct certificate *c = calloc(1, sizeof(*c));

	if (!c)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "certificates");
	int r = read_files(request, &files, ret_failure);
	if (r == 0)
		r = find_own(c, &files, ret_failure);
	if (r == 0)
		r = encode_chain(c, &files, ret_failure);
	if (r == 0)
		r = build_trust(c, &files, ret_failure);
	if (r == 0)
		r = describe_own(c, &files, ret_failure);
	if (r < 0)
		return r;
	(void)snprintf(c->gateway, sizeof(c->gateway), "%s", request->gateway);
	c->trust.gateway = c->gateway;
	c->trust.remote_id_given = request->remote_id_given;
	c->trust.remote_id = request->remote_id;
	c->auth.userdata = c;
	c->auth.sign = sign;
	c->auth.verify = verify;
	*ret = steal_ptr(c);
	return 0;
}

const struct ike_auth *certificate_auth(const struct certificate *c)
{
	return &c->auth;
}

const struct ike_id *certificate_subject(const struct certificate *c)
{
	return &c->subject;
}

const char *certificate_words(const struct certificate *c)
{
	return c->words;
}

bool certificate_issued_by(void *userdata, const struct ike_id *authority,
			   char ret[static CERTIFICATE_WORDS_MAX])
{
	const struct certificate *c = userdata;
	const uint8_t *der = authority->data;
	X509_NAME *name = d2i_X509_NAME(NULL, &der, (long)authority->len);
	bool ours = false;

	(void)snprintf(ret, CERTIFICATE_WORDS_MAX, "a name that can't be read");
	if (name)
		(void)certificate_name(name, ret, CERTIFICATE_WORDS_MAX);
	for (size_t i = 0; name && i < c->auth.n_certs && !ours; i++) {
		const uint8_t *p = c->encoded[i];
		X509 *x = d2i_X509(NULL, &p, (long)c->auth.certs[i].len);
		ours = x && X509_NAME_cmp(X509_get_issuer_name(x), name) == 0;
		X509_free(x);
	}
	X509_NAME_free(name);
	ERR_clear_error();
	return ours;
}

const char *certificate_warning(const struct certificate *c)
{
	return c->warning;
}
