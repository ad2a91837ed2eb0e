/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom we believe: each reason to refuse a gateway's certificate beside the one that is taken; and
 * the files that certificates and keys come from.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "client/certificate/certificate-file.h"
#include "client/certificate/certificate-verify.h"
#include "client/certificate/certificate.h"
#include "client/certificate/signature.h"
#include "client/profile/identity.h"
#include "pki.h"
#include "tests/unit/temp-dir.h"

#define CA_EXTENSIONS "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n"
#define GATEWAY	      "subjectAltName=DNS:vpn.office.test,IP:192.0.2.1,email:gw@office.test\n"

static const uint8_t hash_data[32] = "thirty-two octets to be signed!";

/* A trust with one authority, and what a gateway shows. */
struct scene {
	EVP_PKEY *ca_key, *key;
	X509 *ca, *cert;
	struct certificate_trust trust;
	struct ike_peer_proof proof;
	uint8_t *der[IKE_CERTS_MAX];
	uint8_t signature[IKE_SIGNATURE_MAX];
	char words[CERTIFICATE_WORDS_MAX];
};

static void show(struct scene *s, X509 *cert)
{
	size_t n = s->proof.n_certs++;
	int len = i2d_X509(cert, &s->der[n]);

	assert_true(len > 0);
	s->proof.certs[n] = (struct chunk){ s->der[n], (size_t)len };
}

static void identify(struct scene *s, const char *text)
{
	assert_int_equal(identity_parse(text, &s->proof.id), 0);
}

/* A gateway with this key and these extensions, by the authority of the scene. */
static struct scene *scene_new(const char *kind, const struct pki_wish *wish)
{
	struct scene *s = calloc(1, sizeof(*s));
	struct pki_wish gateway = *wish;
	size_t len;

	assert_non_null(s);
	s->ca_key = pki_key("P-256");
	s->ca = pki_certificate(s->ca_key, &(struct pki_wish){ .subject = "authority",
							       .extensions = CA_EXTENSIONS });
	s->key = pki_key(kind);
	gateway.issuer = s->ca;
	gateway.issuer_key = s->ca_key;
	s->cert = pki_certificate(s->key, &gateway);
	s->trust = (struct certificate_trust){ .store = X509_STORE_new(),
					       .gateway = "vpn.office.test" };
	assert_int_equal(X509_STORE_add_cert(s->trust.store, s->ca), 1);
	show(s, s->cert);
	identify(s, "vpn.office.test");
	s->proof.hash = (struct chunk){ hash_data, sizeof(hash_data) };
	/* Keys that are refused sign as well as they can. */
	int r = signature_method(s->key, &s->proof.method);
	if (r < 0)
		s->proof.method = r == -EKEYREJECTED ? IKE_AUTH_RSA_SIG : IKE_AUTH_ECDSA_256;
	assert_int_equal(signature_make(s->key, s->proof.method, s->proof.hash, s->signature, &len),
			 0);
	s->proof.signature = (struct chunk){ s->signature, len };
	return s;
}

static struct scene *good_scene(void)
{
	return scene_new("P-256", &(struct pki_wish){ .subject = "gw", .extensions = GATEWAY });
}

static int judged(struct scene *s)
{
	return certificate_verify(&s->trust, &s->proof, s->words, sizeof(s->words));
}

static void scene_free(struct scene *s)
{
	for (size_t i = 0; i < IKE_CERTS_MAX; i++)
		OPENSSL_free(s->der[i]);
	X509_STORE_free(s->trust.store);
	X509_free(s->ca);
	X509_free(s->cert);
	EVP_PKEY_free(s->ca_key);
	EVP_PKEY_free(s->key);
	free(s);
}

static const struct {
	const char *kind, *extensions, *digest;
	long from, until;
	int wanted;
} certificates[] = {
	{ "P-256", GATEWAY, NULL, 0, 0, 0 },
	{ "rsa:2048", GATEWAY, NULL, 0, 0, 0 },
	{ "P-384", GATEWAY, NULL, -10, 100, 0 },
	{ "P-256", GATEWAY, NULL, -1000, -1, IKE_REFUSAL_EXPIRED },
	{ "P-256", GATEWAY, NULL, 100, 1000, IKE_REFUSAL_NOT_YET },
	{ "P-256", GATEWAY "keyUsage=digitalSignature\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "keyUsage=nonRepudiation\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "keyUsage=keyEncipherment\n", NULL, 0, 0, IKE_REFUSAL_USAGE },
	{ "P-256", GATEWAY "extendedKeyUsage=serverAuth\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "extendedKeyUsage=1.3.6.1.5.5.7.3.17\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "extendedKeyUsage=anyExtendedKeyUsage\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "extendedKeyUsage=clientAuth,serverAuth\n", NULL, 0, 0, 0 },
	{ "P-256", GATEWAY "extendedKeyUsage=clientAuth\n", NULL, 0, 0, IKE_REFUSAL_USAGE },
	{ "P-256", GATEWAY "extendedKeyUsage=codeSigning\n", NULL, 0, 0, IKE_REFUSAL_USAGE },
	{ "P-256", GATEWAY "1.2.3.4=critical,DER:0500\n", NULL, 0, 0, IKE_REFUSAL_UNTRUSTED },
	{ "P-256", GATEWAY, "SHA1", 0, 0, IKE_REFUSAL_WEAK },
	{ "rsa:1024", GATEWAY, NULL, 0, 0, IKE_REFUSAL_WEAK },
	{ "rsa:2048:3", GATEWAY, NULL, 0, 0, IKE_REFUSAL_WEAK },
	{ "secp256k1", GATEWAY, NULL, 0, 0, IKE_REFUSAL_WEAK },
	{ "P-256", "subjectAltName=DNS:other.office.test\n", NULL, 0, 0, IKE_REFUSAL_NAME },
	{ "P-256", NULL, NULL, 0, 0, IKE_REFUSAL_NAME },
};

static void test_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(certificates); i++) {
		struct scene *s =
			scene_new(certificates[i].kind,
				  &(struct pki_wish){ .subject = "vpn.office.test",
						      .extensions = certificates[i].extensions,
						      .digest = certificates[i].digest,
						      .from = certificates[i].from,
						      .until = certificates[i].until });
		int r = judged(s);

		if (r != certificates[i].wanted)
			fail_msg("certificate %zu: %s (%s)", i,
				 ike_refusal_name((enum ike_refusal)r), s->words);
		assert_true(r == 0 || s->words[0]);
		scene_free(s);
	}
}

/* gateway=, the identity that is shown, ipsec-remote-id (NULL: not given). */
static const struct {
	const char *gateway, *shown, *remote;
	int wanted;
} names[] = {
	/* not given: the certificate names the gateway; an address as identity says nothing */
	{ "vpn.office.test", "vpn.office.test", NULL, 0 },
	{ "VPN.Office.Test", "vpn.office.test", NULL, 0 },
	{ "192.0.2.1", "CN=gw", NULL, 0 },
	{ "vpn.office.test", "192.168.100.1", NULL, 0 },
	{ "vpn.office.test", "2001:db8::1", NULL, 0 },
	{ "vpn.office.test", "gw@office.test", NULL, 0 },
	{ "vpn.office.test", "CN=gw", NULL, 0 },
	{ "192.0.2.2", "CN=gw", NULL, IKE_REFUSAL_NAME },
	{ "vpn.office.test.evil.test", "vpn.office.test", NULL, IKE_REFUSAL_NAME },
	{ "gw", "CN=gw", NULL, IKE_REFUSAL_NAME },
	{ "vpn.office.test", "CN=other", NULL, IKE_REFUSAL_ID },
	{ "vpn.office.test", "other.office.test", NULL, IKE_REFUSAL_ID },
	{ "vpn.office.test", "@#68656c6c6f", NULL, IKE_REFUSAL_ID },
	/* anybody on purpose */
	{ "elsewhere.test", "CN=gw", "%any", 0 },
	{ "elsewhere.test", "10.0.0.1", "%any", 0 },
	{ "elsewhere.test", "CN=other", "%any", IKE_REFUSAL_ID },
	/* one: it is shown, and in the certificate */
	{ "elsewhere.test", "CN=gw", "CN=gw", 0 },
	{ "elsewhere.test", "CN=gw", "CN=GW", 0 },
	{ "elsewhere.test", "vpn.office.test", "@vpn.OFFICE.test", 0 },
	{ "elsewhere.test", "gw@office.test", "gw@office.test", 0 },
	{ "elsewhere.test", "192.0.2.1", "192.0.2.1", 0 },
	{ "elsewhere.test", "192.168.100.1", "192.168.100.1", IKE_REFUSAL_ID },
	{ "vpn.office.test", "vpn.office.test", "other.office.test", IKE_REFUSAL_ID },
	{ "vpn.office.test", "CN=gw", "vpn.office.test", IKE_REFUSAL_ID },
	{ "vpn.office.test", "@#68656c6c6f", "@#68656c6c6f", IKE_REFUSAL_ID },
	{ "vpn.office.test", "CN=gw", "O=Office, CN=gw", IKE_REFUSAL_ID },
};

static void test_names(void **state)
{
	struct scene *s = good_scene();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		s->trust.gateway = names[i].gateway;
		s->trust.remote_id_given = names[i].remote != NULL;
		s->trust.remote_id = (struct ike_id){ .type = IKE_ID_ANY };
		if (names[i].remote)
			assert_int_equal(identity_parse(names[i].remote, &s->trust.remote_id), 0);
		identify(s, names[i].shown);
		int r = judged(s);
		if (r != names[i].wanted)
			fail_msg("%s showing %s with %s: %s (%s)", names[i].gateway, names[i].shown,
				 names[i].remote ? names[i].remote : "nothing",
				 ike_refusal_name((enum ike_refusal)r), s->words);
	}
	/* A NUL within a name ends nothing. */
	s->trust.gateway = "vpn.office.test";
	s->trust.remote_id_given = false;
	s->trust.remote_id.type = IKE_ID_ANY;
	identify(s, "vpn.office.test");
	memcpy(s->proof.id.data + 3, "\0evil", 5);
	assert_int_equal(judged(s), IKE_REFUSAL_ID);
	scene_free(s);
}

static void test_signatures(void **state)
{
	struct scene *s = good_scene();

	(void)state;
	s->signature[5] ^= 1;
	assert_int_equal(judged(s), IKE_REFUSAL_SIGNATURE);
	s->signature[5] ^= 1;
	s->proof.method = IKE_AUTH_RSA_SIG;
	assert_int_equal(judged(s), IKE_REFUSAL_SIGNATURE);
	s->proof.method = IKE_AUTH_ECDSA_384;
	assert_int_equal(judged(s), IKE_REFUSAL_SIGNATURE);
	s->proof.method = IKE_AUTH_ECDSA_256;
	s->proof.hash.len--;
	assert_int_equal(judged(s), IKE_REFUSAL_SIGNATURE);
	scene_free(s);
}

/* Octets that are no certificate: cut at every length, with a tail, garbage, none at all. */
static void test_malformed(void **state)
{
	struct scene *s = good_scene();
	size_t len = s->proof.certs[0].len;
	uint8_t *longer = malloc(len + 1);

	(void)state;
	for (size_t cut = 0; cut < len; cut += cut < 16 || cut > len - 16 ? 1 : 7) {
		s->proof.certs[0].len = cut;
		assert_int_equal(judged(s), IKE_REFUSAL_MALFORMED);
	}
	memcpy(longer, s->der[0], len);
	longer[len] = 0;
	s->proof.certs[0] = (struct chunk){ longer, len + 1 };
	assert_int_equal(judged(s), IKE_REFUSAL_MALFORMED);
	s->proof.certs[0] = (struct chunk){ s->der[0], len };
	s->proof.certs[1] = (struct chunk){ "no certificate", 14 };
	s->proof.n_certs = 2;
	assert_int_equal(judged(s), IKE_REFUSAL_MALFORMED);
	s->proof.n_certs = 0;
	assert_int_equal(judged(s), IKE_REFUSAL_NO_CERTIFICATE);
	free(longer);
	scene_free(s);
}

/* A chain of COUNT authorities under the trusted one; all of them shown behind the gateway's. */
static int chained(size_t count, const char *extensions)
{
	struct scene *s = good_scene();
	EVP_PKEY *keys[8];
	X509 *certs[8];
	struct pki_wish wish = { .issuer = s->ca, .issuer_key = s->ca_key };

	for (size_t i = 0; i < count; i++) {
		wish.subject = (const char *[]){ "1", "2", "3", "4", "5", "6", "7", "8" }[i];
		wish.extensions = extensions;
		keys[i] = pki_key("P-256");
		certs[i] = pki_certificate(keys[i], &wish);
		wish.issuer = certs[i];
		wish.issuer_key = keys[i];
	}
	wish.subject = "gw";
	wish.extensions = GATEWAY;
	X509 *cert = pki_certificate(s->key, &wish);
	OPENSSL_free(s->der[0]);
	s->der[0] = NULL;
	s->proof.n_certs = 0;
	show(s, cert);
	for (size_t i = count; i-- > 0;)
		show(s, certs[i]);
	int r = judged(s);
	for (size_t i = 0; i < count; i++) {
		X509_free(certs[i]);
		EVP_PKEY_free(keys[i]);
	}
	X509_free(cert);
	scene_free(s);
	return r;
}

static void test_chains(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 6; count++)
		assert_int_equal(chained(count, CA_EXTENSIONS),
				 count + 2 <= CERTIFICATE_DEPTH_MAX ? 0 : IKE_REFUSAL_UNTRUSTED);
	/* one that is no authority can't issue */
	assert_int_equal(chained(1, "basicConstraints=CA:FALSE\n"), IKE_REFUSAL_UNTRUSTED);
	assert_int_equal(chained(1, NULL), IKE_REFUSAL_UNTRUSTED);
	assert_int_equal(chained(2, "basicConstraints=CA:TRUE,pathlen:0\n"), IKE_REFUSAL_UNTRUSTED);
	assert_int_equal(chained(1, CA_EXTENSIONS "nameConstraints=permitted;DNS:office.test\n"),
			 0);
	assert_int_equal(chained(1, CA_EXTENSIONS "nameConstraints=permitted;DNS:other.test\n"),
			 IKE_REFUSAL_UNTRUSTED);
}

static void test_trust(void **state)
{
	struct scene *s = good_scene(), *other = good_scene();

	(void)state;
	/* of the same name, and another key */
	X509_STORE_free(s->trust.store);
	s->trust.store = X509_STORE_new();
	assert_int_equal(X509_STORE_add_cert(s->trust.store, other->ca), 1);
	assert_int_equal(judged(s), IKE_REFUSAL_UNTRUSTED);
	/* nobody: shown authorities are none */
	X509_STORE_free(s->trust.store);
	s->trust.store = X509_STORE_new();
	show(s, s->ca);
	assert_int_equal(judged(s), IKE_REFUSAL_UNTRUSTED);
	/* the gateway's own certificate as what is trusted */
	assert_int_equal(X509_STORE_add_cert(s->trust.store, s->cert), 1);
	assert_int_equal(judged(s), 0);
	scene_free(s);
	scene_free(other);
}

static int with_list(bool revoked, long until, bool own_list)
{
	struct scene *s = good_scene();
	EVP_PKEY *key = pki_key("P-256");
	X509_CRL *crl = pki_crl(s->ca, own_list ? s->ca_key : key, revoked ? s->cert : NULL, until);

	assert_int_equal(X509_STORE_add_crl(s->trust.store, crl), 1);
	s->trust.revocation = true;
	int r = judged(s);
	X509_CRL_free(crl);
	EVP_PKEY_free(key);
	scene_free(s);
	return r;
}

static void test_revocation(void **state)
{
	struct scene *s = good_scene();

	(void)state;
	s->trust.revocation = true;
	assert_int_equal(judged(s), IKE_REFUSAL_CRL);
	scene_free(s);
	assert_int_equal(with_list(false, 1000, true), 0);
	assert_int_equal(with_list(true, 1000, true), IKE_REFUSAL_REVOKED);
	assert_int_equal(with_list(false, -10, true), IKE_REFUSAL_CRL);
	assert_int_equal(with_list(false, 1000, false), IKE_REFUSAL_CRL);
}

/* Files. */

struct files {
	bool has_old; /* old*.p12 could be written */
	EVP_PKEY *ca_key, *key, *other;
	X509 *ca, *cert;
};

static FILE *create(const char *name, mode_t mode)
{
	FILE *file = fopen(temp_path(name), "w");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), mode), 0);
	return file;
}

static void write_key(const char *name, EVP_PKEY *key, mode_t mode, const char *pass)
{
	FILE *file = create(name, mode);

	assert_int_equal(PEM_write_PrivateKey(file, key, pass ? EVP_aes_256_cbc() : NULL,
					      (const unsigned char *)pass,
					      pass ? (int)strlen(pass) : 0, NULL, NULL),
			 1);
	(void)fclose(file);
}

static void write_files(struct files *f)
{
	FILE *file = create("cert.pem", 0644);

	assert_int_equal(PEM_write_X509(file, f->cert), 1);
	(void)fclose(file);
	file = create("cert.der", 0644);
	assert_int_equal(i2d_X509_fp(file, f->cert), 1);
	(void)fclose(file);
	file = create("ca.pem", 0644);
	assert_int_equal(PEM_write_X509(file, f->ca), 1);
	(void)fclose(file);
	file = create("key.der", 0600);
	assert_int_equal(i2d_PrivateKey_fp(file, f->key), 1);
	(void)fclose(file);
	file = create("empty", 0600);
	(void)fclose(file);
	write_key("key.pem", f->key, 0600, NULL);
	write_key("open.pem", f->key, 0644, NULL);
	write_key("locked.pem", f->key, 0600, "himitsu");
	write_key("other.pem", f->other, 0600, NULL);
	STACK_OF(X509) *more = sk_X509_new_null();
	assert_true(sk_X509_push(more, f->ca) > 0);
	PKCS12 *p12 = PKCS12_create("himitsu", "pc", f->key, f->cert, more, 0, 0, 0, 0, 0);
	assert_non_null(p12);
	file = create("all.p12", 0600);
	assert_int_equal(i2d_PKCS12_fp(file, p12), 1);
	(void)fclose(file);
	PKCS12_free(p12);
	file = create("old.p12", 0600);
	f->has_old = pki_write_old_pkcs12(file, "himitsu", f->key, f->cert, more);
	(void)fclose(file);
	file = create("old-ca.p12", 0644);
	(void)pki_write_old_pkcs12(file, "himitsu", NULL, NULL, more);
	(void)fclose(file);
	file = create("old-open.p12", 0600);
	(void)pki_write_old_pkcs12(file, "", f->key, f->cert, more);
	(void)fclose(file);
	file = create("old-none.p12", 0600);
	(void)pki_write_old_pkcs12(file, NULL, f->key, f->cert, more);
	(void)fclose(file);
	sk_X509_free(more);
	X509_CRL *crl = pki_crl(f->ca, f->ca_key, NULL, 1000);
	file = create("crl.pem", 0644);
	assert_int_equal(PEM_write_X509_CRL(file, crl), 1);
	(void)fclose(file);
	X509_CRL_free(crl);
}

static const struct {
	const char *key, *cert, *ca, *crl, *pass;
	enum cause wanted;
} loads[] = {
	{ "key.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_NONE },
	{ "key.der", "cert.der", "ca.pem", "crl.pem", "", CAUSE_NONE },
	{ "locked.pem", "cert.pem", "ca.pem", NULL, "himitsu", CAUSE_NONE },
	{ "all.p12", "all.p12", "all.p12", NULL, "himitsu", CAUSE_NONE },
	{ "all.p12", "all.p12", "ca.pem", NULL, "himitsu", CAUSE_NONE },
	{ "locked.pem", "cert.pem", "ca.pem", NULL, "wrong", CAUSE_CERT_PASSPHRASE },
	{ "locked.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_PASSPHRASE },
	{ "all.p12", "all.p12", "all.p12", NULL, "wrong", CAUSE_CERT_PASSPHRASE },
	{ "all.p12", "all.p12", "all.p12", NULL, "", CAUSE_CERT_PASSPHRASE },
	{ "old.p12", "old.p12", "old.p12", NULL, "himitsu", CAUSE_NONE },
	{ "key.pem", "cert.pem", "old-ca.p12", NULL, "himitsu", CAUSE_NONE },
	{ "key.pem", "cert.pem", "old-ca.p12", NULL, "wrong", CAUSE_CERT_PASSPHRASE },
	{ "old-open.p12", "old-open.p12", "ca.pem", NULL, "", CAUSE_NONE },
	{ "old-none.p12", "old-none.p12", "ca.pem", NULL, "", CAUSE_NONE },
	{ "old.p12", "cert.pem", "ca.pem", NULL, "wrong", CAUSE_CERT_PASSPHRASE },
	{ "old.p12", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_PASSPHRASE },
	{ "other.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_KEY },
	{ "open.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_PROFILE_UNSAFE },
	{ "none.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_FILE },
	{ "empty", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_FILE },
	{ "cert.pem", "cert.pem", "ca.pem", NULL, "", CAUSE_CERT_FILE },
	{ "key.pem", "key.pem", "ca.pem", NULL, "", CAUSE_CERT_FILE },
	{ "key.pem", "cert.pem", "cert.pem", NULL, "", CAUSE_CERT_FILE },
	{ "key.pem", "cert.pem", "key.pem", NULL, "", CAUSE_CERT_FILE },
	{ "key.pem", "cert.pem", "ca.pem", "ca.pem", "", CAUSE_CERT_FILE },
};

/* A gateway names the authorities whose certificates it takes. */
static void check_authorities(struct certificate *c)
{
	const struct ike_auth *auth = certificate_auth(c);
	struct ike_id name = { .type = IKE_ID_DER_ASN1_DN, .len = auth->ca_names[0].len };
	char words[CERTIFICATE_WORDS_MAX];

	memcpy(name.data, auth->ca_names[0].data, name.len);
	assert_true(certificate_issued_by(auth->userdata, &name, words));
	assert_string_equal(words, "CN=authority");
	assert_false(certificate_issued_by(auth->userdata, certificate_subject(c), words));
	assert_string_equal(words, "CN=pc");
	name.len--;
	assert_false(certificate_issued_by(auth->userdata, &name, words));
	assert_string_equal(words, "a name that can't be read");
}

static enum cause load(const struct files *f, size_t i)
{
	struct secret pass = { .len = strlen(loads[i].pass) };
	struct failure failure = { 0 };
	struct certificate *c = NULL;

	memcpy(pass.data, loads[i].pass, pass.len);
	const struct certificate_request request = { .ca = temp_path(loads[i].ca),
						     .cert = temp_path(loads[i].cert),
						     .key = temp_path(loads[i].key),
						     .crl = loads[i].crl ? temp_path(loads[i].crl)
									 : "",
						     .passphrase = &pass,
						     .gateway = "vpn.office.test" };
	int r = certificate_load(&request, &c, &failure);
	assert_true((r == 0) == (failure.cause == CAUSE_NONE));
	if (c) {
		const struct ike_auth *auth = certificate_auth(c);
		uint8_t sig[IKE_SIGNATURE_MAX];
		size_t len;

		assert_int_equal(auth->method, IKE_AUTH_ECDSA_256);
		assert_int_equal(auth->n_certs, 1);
		assert_int_equal(auth->n_cas, 1);
		assert_int_equal(certificate_subject(c)->type, IKE_ID_DER_ASN1_DN);
		check_authorities(c);
		const struct chunk hash = { hash_data, 32 };
		assert_int_equal(auth->sign(auth->userdata, hash, sig, &len), 0);
		assert_true(
			signature_valid(f->key, auth->method, hash, (struct chunk){ sig, len }));
	}
	certificate_free(c);
	return failure.cause;
}

static void test_files(void **state)
{
	struct files f = { .ca_key = pki_key("P-256"),
			   .key = pki_key("P-256"),
			   .other = pki_key("P-256") };

	(void)state;
	f.ca = pki_certificate(f.ca_key, &(struct pki_wish){ .subject = "authority",
							     .extensions = CA_EXTENSIONS });
	f.cert = pki_certificate(f.key, &(struct pki_wish){ .subject = "pc",
							    .issuer = f.ca,
							    .issuer_key = f.ca_key });
	write_files(&f);
	for (size_t i = 0; i < ARRAY_SIZE(loads); i++) {
		if (!f.has_old &&
		    (strncmp(loads[i].key, "old", 3) == 0 || strncmp(loads[i].ca, "old", 3) == 0))
			continue;
		enum cause cause = load(&f, i);
		if (cause != loads[i].wanted)
			fail_msg("%s, %s, %s with \"%s\": %s", loads[i].key, loads[i].cert,
				 loads[i].ca, loads[i].pass, cause_id(cause));
	}
	/* A machine without the legacy provider: what to do is said. */
	const char *advice = "openssl-provider-legacy";
	struct certificate_items items;
	struct failure lacking = { 0 };
	struct secret pass = { .len = 7, .data = "himitsu" };
	assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
	if (f.has_old) {
		assert_true(certificate_read("machine-key", temp_path("old.p12"), &pass, &items,
					     &lacking) < 0);
		assert_int_equal(lacking.cause, CAUSE_CERT_FILE);
		assert_non_null(strstr(lacking.detail, advice));
	}
	assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
	/* Without a provider a token's URI is named as what can't be opened. */
	struct certificate *c = NULL;
	struct failure failure = { 0 };
	const struct secret none = { .len = 0 };
	const struct certificate_request request = { .ca = "pkcs11:object=ca",
						     .cert = "pkcs11:object=pc",
						     .key = "pkcs11:object=pc",
						     .crl = "",
						     .passphrase = &none,
						     .gateway = "vpn.office.test" };
	assert_true(certificate_load(&request, &c, &failure) < 0);
	assert_int_equal(failure.cause, CAUSE_CERT_FILE);
	assert_null(c);
	assert_int_equal(ERR_peek_error(), 0);
	X509_free(f.ca);
	X509_free(f.cert);
	EVP_PKEY_free(f.ca_key);
	EVP_PKEY_free(f.key);
	EVP_PKEY_free(f.other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates), cmocka_unit_test(test_names),
		cmocka_unit_test(test_signatures),   cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_chains),	     cmocka_unit_test(test_trust),
		cmocka_unit_test(test_revocation),   cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
