/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small authority for tests, by OpenSSL. */
#include "pki.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define DAY 86400

static long serial;

static void must(int good)
{
	if (!good)
		abort();
}

static EVP_PKEY *rsa_key(unsigned int bits, unsigned int exponent)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *key = NULL;

	must(ctx && e && BN_set_word(e, exponent) == 1 && EVP_PKEY_keygen_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) == 1 &&
	     EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) == 1 && EVP_PKEY_generate(ctx, &key) == 1);
	BN_free(e);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *pki_key(const char *kind)
{
	unsigned int bits, exponent = 65537;
	EVP_PKEY *key;

	if (sscanf(kind, "rsa:%u:%u", &bits, &exponent) >= 1)
		return rsa_key(bits, exponent);
	key = strcmp(kind, "ed25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
					   : EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
	must(key != NULL);
	return key;
}

static void add_extension(X509 *x, X509 *issuer, const char *line)
{
	char name[64], value[256];
	X509V3_CTX ctx;

	must(sscanf(line, "%63[^=]=%255[^\n]", name, value) == 2);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &ctx, name, value);
	must(extension && X509_add_ext(x, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

X509 *pki_certificate(EVP_PKEY *key, const struct pki_wish *wish)
{
	X509 *x = X509_new();
	bool now = wish->from == 0 && wish->until == 0;
	EVP_PKEY *signer = wish->issuer ? wish->issuer_key : key;

	must(x && X509_set_version(x, X509_VERSION_3) == 1 &&
	     ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial) == 1);
	must(X509_gmtime_adj(X509_getm_notBefore(x), now ? -DAY : wish->from) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(x), now ? DAY : wish->until) != NULL);
	must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
					(const uint8_t *)wish->subject, -1, -1, 0));
	X509 *issuer = wish->issuer ? wish->issuer : x;
	must(X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
	     X509_set_pubkey(x, key) == 1);
	for (const char *p = wish->extensions; p && *p;
	     p = strchr(p, '\n') ? strchr(p, '\n') + 1 : "")
		add_extension(x, issuer, p);
	must(X509_sign(x, signer, EVP_get_digestbyname(wish->digest ? wish->digest : "SHA256")) >
	     0);
	return x;
}

X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *key, X509 *revoked, long until)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, -DAY), *to = X509_gmtime_adj(NULL, until);

	must(crl && X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	     X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) == 1 &&
	     X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, to) == 1);
	if (revoked) {
		X509_REVOKED *entry = X509_REVOKED_new();
		must(entry &&
		     X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked)) == 1 &&
		     X509_REVOKED_set_revocationDate(entry, from) == 1 &&
		     X509_CRL_add0_revoked(crl, entry) == 1);
	}
	must(X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return crl;
}

bool pki_write_old_pkcs12(FILE *file, const char *passphrase, EVP_PKEY *key, X509 *cert,
			  STACK_OF(X509) * chain)
{
	OSSL_LIB_CTX *ctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *legacy = OSSL_PROVIDER_load(ctx, "legacy");
	OSSL_PROVIDER *usual = OSSL_PROVIDER_load(ctx, "default");

	if (legacy) {
		PKCS12 *p12 = PKCS12_create_ex(passphrase, "pc", key, cert, chain,
					       NID_pbe_WithSHA1And40BitRC2_CBC,
					       NID_pbe_WithSHA1And40BitRC2_CBC, 0, 0, 0, ctx, NULL);
		must(p12 && i2d_PKCS12_fp(file, p12) == 1);
		PKCS12_free(p12);
		(void)OSSL_PROVIDER_unload(legacy);
	}
	(void)OSSL_PROVIDER_unload(usual);
	OSSL_LIB_CTX_free(ctx);
	ERR_clear_error();
	return legacy;
}
