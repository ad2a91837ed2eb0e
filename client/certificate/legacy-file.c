/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows and macOS write PKCS #12 with RC2-40, and old tools keys with DES. OpenSSL 3 has both in a
 * provider of its own that is off, as it should be for all else: so it is loaded into a context that lives
 * for one file, and what comes out is taken over into the usual one. OpenSSL's store reads PKCS #12 in the
 * usual context whatever it is told, so does PKCS12_parse() with keys: it is read by hand here.
 */
#include "client/certificate/legacy-file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "client/failure/i18n.h"

struct context {
	OSSL_LIB_CTX *libctx;
	OSSL_PROVIDER *legacy, *usual;
};

static void context_clear(struct context *c)
{
	if (c->legacy)
		(void)OSSL_PROVIDER_unload(c->legacy);
	if (c->usual)
		(void)OSSL_PROVIDER_unload(c->usual);
	OSSL_LIB_CTX_free(c->libctx);
	ERR_clear_error();
}

static int context_init(struct context *c)
{
	c->libctx = OSSL_LIB_CTX_new();
	if (!c->libctx)
		return -ENOMEM;
	c->legacy = OSSL_PROVIDER_load(c->libctx, "legacy");
	c->usual = OSSL_PROVIDER_load(c->libctx, "default");
	return c->legacy && c->usual ? 0 : -ENOPKG;
}

static void bio_freep(BIO **bio)
{
	(void)BIO_free(*bio);
}

static void pkcs12_freep(PKCS12 **p)
{
	PKCS12_free(*p);
}

void legacy_items_clear(struct legacy_items *items)
{
	EVP_PKEY_free(items->key);
	X509_free(items->cert);
	sk_X509_pop_free(items->chain, X509_free);
	*items = (struct legacy_items){ .key = NULL };
}

bool legacy_is_wanted(void)
{
	bool wanted = false;

	for (unsigned long e; (e = ERR_get_error()) != 0;)
		wanted |= ERR_GET_LIB(e) == ERR_LIB_EVP && ERR_GET_REASON(e) == ERR_R_UNSUPPORTED;
	return wanted;
}

const char *legacy_advice(void)
{
	return _("its encryption is old (RC2 or DES) and needs OpenSSL's legacy provider: install "
		 "the "
		 "package openssl-provider-legacy, or export it anew with AES");
}

/* An object in OpenSSL's usual context, by way of its DER; NULL stays NULL. */
static EVP_PKEY *key_of_usual(const EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = key ? i2d_PrivateKey(key, &der) : -1;
	const unsigned char *p = der;
	EVP_PKEY *usual = len > 0 ? d2i_AutoPrivateKey(NULL, &p, len) : NULL;

	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	return usual;
}

static X509 *certificate_of_usual(const X509 *cert)
{
	unsigned char *der = NULL;
	int len = cert ? i2d_X509(cert, &der) : -1;
	const unsigned char *p = der;
	X509 *usual = len > 0 ? d2i_X509(NULL, &p, len) : NULL;

	OPENSSL_free(der);
	return usual;
}

static int take_over(const struct legacy_items *old, struct legacy_items *ret)
{
	struct legacy_items items = {
		.key = key_of_usual(old->key),
		.cert = certificate_of_usual(old->cert),
		.chain = sk_X509_new_null(),
	};
	bool all = items.chain && !items.key == !old->key && !items.cert == !old->cert;

	for (int i = 0; i < sk_X509_num(old->chain) && all; i++) {
		X509 *cert = certificate_of_usual(sk_X509_value(old->chain, i));

		all = cert && sk_X509_push(items.chain, cert) > 0;
		if (!all)
			X509_free(cert);
	}
	if (!all) {
		legacy_items_clear(&items);
		return -ENOMEM;
	}
	*ret = items;
	return 0;
}

/* The passphrase for PEM. */
static int give_passphrase(char *buf, int size, int writing, void *userdata)
{
	const struct secret *passphrase = userdata;

	(void)writing;
	if (size < 0 || passphrase->len > (size_t)size)
		return -1;
	memcpy(buf, passphrase->data, passphrase->len);
	return (int)passphrase->len;
}

/* What a bag of PKCS #12 holds; what is no key and no certificate is passed over. */
static void take_bag(const struct context *c, const PKCS12_SAFEBAG *bag, const char *passphrase,
		     struct legacy_items *ret)
{
	PKCS8_PRIV_KEY_INFO *p8 = NULL;
	X509 *cert;

	switch (PKCS12_SAFEBAG_get_nid(bag)) {
	case NID_pkcs8ShroudedKeyBag:
		p8 = PKCS12_decrypt_skey_ex(bag, passphrase, -1, c->libctx, NULL);
		if (p8 && !ret->key)
			ret->key = EVP_PKCS82PKEY_ex(p8, c->libctx, NULL);
		PKCS8_PRIV_KEY_INFO_free(p8);
		break;
	case NID_certBag:
		cert = PKCS12_SAFEBAG_get1_cert(bag);
		if (cert && sk_X509_push(ret->chain, cert) <= 0)
			X509_free(cert);
		break;
	default:
		break;
	}
}

static void free_bags(STACK_OF(PKCS12_SAFEBAG) * *bags)
{
	sk_PKCS12_SAFEBAG_pop_free(*bags, PKCS12_SAFEBAG_free);
}

static void free_safes(STACK_OF(PKCS7) * *safes)
{
	sk_PKCS7_pop_free(*safes, PKCS7_free);
}

/* By hand and not by PKCS12_parse(), which decrypts keys in the usual context. */
static void take_pkcs12(const struct context *c, const PKCS12 *p12, const char *passphrase,
			struct legacy_items *ret)
{
	_cleanup_(free_safes) STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);

	for (int i = 0; i < sk_PKCS7_num(safes); i++) {
		PKCS7 *p7 = sk_PKCS7_value(safes, i);
		_cleanup_(free_bags) STACK_OF(PKCS12_SAFEBAG) *bags =
			PKCS7_type_is_encrypted(p7) ? PKCS12_unpack_p7encdata(p7, passphrase, -1)
			: PKCS7_type_is_data(p7)    ? PKCS12_unpack_p7data(p7)
						    : NULL;

		for (int k = 0; k < sk_PKCS12_SAFEBAG_num(bags); k++)
			take_bag(c, sk_PKCS12_SAFEBAG_value(bags, k), passphrase, ret);
	}
	for (int i = 0; i < sk_X509_num(ret->chain) && ret->key && !ret->cert; i++)
		if (X509_check_private_key(sk_X509_value(ret->chain, i), ret->key) == 1)
			ret->cert = sk_X509_delete(ret->chain, i);
}

static void read_pkcs12(const struct context *c, PKCS12 *p12, const struct secret *passphrase,
			struct legacy_items *ret)
{
	char text[SECRET_MAX + 1];

	(void)snprintf(text, sizeof(text), "%.*s", (int)passphrase->len,
		       (const char *)passphrase->data);
	/* Without a passphrase there are two ways to say so (RFC 7292 B.1): an empty text, and none. */
	if (ret->chain && PKCS12_verify_mac(p12, text, -1) == 1)
		take_pkcs12(c, p12, text, ret);
	else if (ret->chain && !text[0] && PKCS12_verify_mac(p12, NULL, 0) == 1)
		take_pkcs12(c, p12, NULL, ret);
	explicit_bzero(text, sizeof(text));
}

static void read_by(const struct context *c, BIO *bio, const struct secret *passphrase,
		    struct legacy_items *ret)
{
	_cleanup_(pkcs12_freep) PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, c->libctx, NULL);

	ret->chain = sk_X509_new_null();
	if (p12 && d2i_PKCS12_bio(bio, &p12))
		read_pkcs12(c, p12, passphrase, ret);
	else if (BIO_reset(bio) == 1)
		ret->key =
			PEM_read_bio_PrivateKey_ex(bio, NULL, give_passphrase,
						   (void *)(uintptr_t)passphrase, c->libctx, NULL);
}

int legacy_read(const void *data, size_t len, const struct secret *passphrase,
		struct legacy_items *ret)
{
	/* Freed from the last to the first: the items before their context. */
	_cleanup_(context_clear) struct context context = { .libctx = NULL };
	_cleanup_(legacy_items_clear) struct legacy_items items = { .key = NULL };
	_cleanup_(bio_freep) BIO *bio = BIO_new_mem_buf(data, (int)len);

	if (!bio)
		return -ENOMEM;
	int r = context_init(&context);
	if (r < 0)
		return r;
	read_by(&context, bio, passphrase, &items);
	return items.key || sk_X509_num(items.chain) > 0 ? take_over(&items, ret) : -EACCES;
}
