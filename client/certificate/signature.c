/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures over phase 1's hash, by OpenSSL. An RSA signature is judged by building the only block
 * that can be meant (RFC 8017 9.2: 0, 1, octets of 0xff, 0, the hash) and comparing all of it, and
 * not by taking apart what came: parsers of such blocks were what the forgeries of CVE-2006-4339,
 * CVE-2018-16151 and CVE-2018-16152 lived on.
 */
#include "client/certificate/signature.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#define PAD_MIN 8 /* RFC 8017 9.2: octets of 0xff at least */

struct curve {
	enum ike_auth_method method;
	const char *name;
	size_t len; /* octets of r and of s (RFC 4754 7) */
};

static const struct curve curves[] = {
	{ IKE_AUTH_ECDSA_256, "prime256v1", 32 },
	{ IKE_AUTH_ECDSA_384, "secp384r1", 48 },
	{ IKE_AUTH_ECDSA_521, "secp521r1", 66 },
};

static void pkey_ctx_freep(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void ecdsa_sig_freep(ECDSA_SIG **sig)
{
	ECDSA_SIG_free(*sig);
}

static void bn_freep(BIGNUM **bn)
{
	BN_free(*bn);
}

static void openssl_freep(uint8_t **p)
{
	OPENSSL_free(*p);
}

static int failed(int error)
{
	ERR_clear_error();
	return error;
}

static const struct curve *curve_find(enum ike_auth_method method)
{
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (curves[i].method == method)
			return &curves[i];
	return NULL;
}

static const struct curve *curve_of(EVP_PKEY *key)
{
	char name[32] = "";

	if (EVP_PKEY_get_group_name(key, name, sizeof(name), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(curves); i++)
		if (strcmp(curves[i].name, name) == 0)
			return &curves[i];
	return NULL;
}

static bool rsa_sound(EVP_PKEY *key)
{
	_cleanup_(bn_freep) BIGNUM *e = NULL;
	int bits = EVP_PKEY_get_bits(key);

	if (bits < SIGNATURE_RSA_BITS_MIN || bits > SIGNATURE_RSA_BITS_MAX)
		return false;
	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return false;
	return BN_num_bits(e) > 64 || BN_get_word(e) >= SIGNATURE_RSA_EXPONENT_MIN;
}

int signature_method(EVP_PKEY *key, enum ike_auth_method *ret)
{
	const struct curve *curve;

	if (EVP_PKEY_is_a(key, "RSA")) {
		if (!rsa_sound(key))
			return failed(-EKEYREJECTED);
		*ret = IKE_AUTH_RSA_SIG;
		return 0;
	}
	curve = EVP_PKEY_is_a(key, "EC") ? curve_of(key) : NULL;
	if (!curve)
		return failed(-EOPNOTSUPP);
	*ret = curve->method;
	return 0;
}

/* From OpenSSL's DER to two numbers of fixed length. */
static int ecdsa_flatten(const struct curve *curve, const uint8_t *der, size_t len, uint8_t *ret)
{
	_cleanup_(ecdsa_sig_freep) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	int n = (int)curve->len;

	if (!sig || BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret, n) != n ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret + n, n) != n)
		return failed(-EIO);
	return 0;
}

int signature_make(EVP_PKEY *key, enum ike_auth_method method, struct chunk hash, uint8_t *ret,
		   size_t *ret_len)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	const struct curve *curve = curve_find(method);
	uint8_t raw[IKE_SIGNATURE_MAX];
	size_t len = sizeof(raw);

	if (!ctx || EVP_PKEY_get_size(key) > (int)sizeof(raw))
		return failed(ctx ? -EMSGSIZE : -EIO);
	/* Without a digest named, PKCS #1's block has the bare hash in it. */
	if (EVP_PKEY_sign_init(ctx) != 1 ||
	    (!curve && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1) ||
	    EVP_PKEY_sign(ctx, raw, &len, hash.data, hash.len) != 1)
		return failed(-EIO);
	if (!curve) {
		memcpy(ret, raw, len);
		*ret_len = len;
		return 0;
	}
	*ret_len = 2 * curve->len;
	return ecdsa_flatten(curve, raw, len, ret);
}

static bool rsa_valid(EVP_PKEY *key, struct chunk hash, struct chunk signature)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	uint8_t wanted[IKE_SIGNATURE_MAX], found[IKE_SIGNATURE_MAX];
	size_t size = (size_t)EVP_PKEY_get_size(key), len = sizeof(found);

	if (size > sizeof(wanted) || signature.len != size || size < hash.len + PAD_MIN + 3)
		return false;
	memset(wanted, 0xff, size);
	wanted[0] = 0;
	wanted[1] = 1;
	wanted[size - hash.len - 1] = 0;
	memcpy(wanted + size - hash.len, hash.data, hash.len);
	return ctx && EVP_PKEY_verify_recover_init(ctx) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
	       EVP_PKEY_verify_recover(ctx, found, &len, signature.data, signature.len) == 1 &&
	       len == size && CRYPTO_memcmp(found, wanted, size) == 0;
}

static bool ecdsa_valid(EVP_PKEY *key, const struct curve *curve, struct chunk hash,
			struct chunk signature)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	_cleanup_(ecdsa_sig_freep) ECDSA_SIG *sig = ECDSA_SIG_new();
	_cleanup_(openssl_freep) uint8_t *der = NULL;
	const uint8_t *p = signature.data;
	int n = (int)curve->len;

	if (!ctx || !sig || curve_of(key) != curve || signature.len != 2 * curve->len)
		return false;
	BIGNUM *r = BN_bin2bn(p, n, NULL), *s = BN_bin2bn(p + n, n, NULL);
	if (!r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return false;
	}
	int len = i2d_ECDSA_SIG(sig, &der);
	return len > 0 && EVP_PKEY_verify_init(ctx) == 1 &&
	       EVP_PKEY_verify(ctx, der, (size_t)len, hash.data, hash.len) == 1;
}

bool signature_valid(EVP_PKEY *key, enum ike_auth_method method, struct chunk hash,
		     struct chunk signature)
{
	const struct curve *curve = curve_find(method);
	bool valid = method == IKE_AUTH_RSA_SIG && EVP_PKEY_is_a(key, "RSA")
			     ? rsa_valid(key, hash, signature)
			     : curve && EVP_PKEY_is_a(key, "EC") &&
				       ecdsa_valid(key, curve, hash, signature);

	(void)failed(0);
	return valid;
}
