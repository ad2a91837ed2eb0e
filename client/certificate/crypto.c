/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engines' table of cryptographic functions, filled by OpenSSL 3's EVP interface. What is
 * computed over what is the engines' business (ike/keymat.c).
 *
 * Key exchange: the modp groups of RFC 2409 6 and RFC 3526, the ECP groups of RFC 5903, and
 * curve25519 as RFC 8031 has it. A KE
 * payload carries x|y without SEC 1's leading octet (RFC 5903 7); the shared value is x alone (RFC
 * 5903 9).
 */
#include "client/certificate/crypto.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>

/* OpenSSL's own choice for the modp groups is as short as 200 bits; these cost half a millisecond.
 */
#define MODP_EXPONENT_BITS 512

/* SEC 1's mark of a point with both coordinates. */
#define POINT_UNCOMPRESSED 0x04

/* The longest public value, that of modp4096; an ECP one has an octet in front. */
#define PUBLIC_MAX 512

struct group_info {
	enum ike_group group;
	const char *type;
	const char *name;  /* NULL: the type has but one, or OpenSSL has no name for it */
	size_t public_len; /* on the wire */
	size_t shared_len;
};

static const struct group_info groups[] = {
	{ IKE_GROUP_MODP1024, "DH", NULL, 128, 128 },
	{ IKE_GROUP_MODP1536, "DH", "modp_1536", 192, 192 },
	{ IKE_GROUP_MODP2048, "DH", "modp_2048", 256, 256 },
	{ IKE_GROUP_MODP3072, "DH", "modp_3072", 384, 384 },
	{ IKE_GROUP_MODP4096, "DH", "modp_4096", 512, 512 },
	{ IKE_GROUP_ECP256, "EC", "P-256", 64, 32 },
	{ IKE_GROUP_ECP384, "EC", "P-384", 96, 48 },
	{ IKE_GROUP_ECP521, "EC", "P-521", 132, 66 },
	{ IKE_GROUP_CURVE25519, "X25519", NULL, 32, 32 },
};

static void md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

static void mac_ctx_freep(EVP_MAC_CTX **ctx)
{
	EVP_MAC_CTX_free(*ctx);
}

static void cipher_ctx_freep(EVP_CIPHER_CTX **ctx)
{
	EVP_CIPHER_CTX_free(*ctx);
}

static void pkey_freep(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void pkey_ctx_freep(EVP_PKEY_CTX **ctx)
{
	EVP_PKEY_CTX_free(*ctx);
}

static void bn_freep(BIGNUM **bn)
{
	BN_free(*bn);
}

static void param_bld_freep(OSSL_PARAM_BLD **bld)
{
	OSSL_PARAM_BLD_free(*bld);
}

static void params_freep(OSSL_PARAM **params)
{
	OSSL_PARAM_free(*params);
}

static void openssl_freep(uint8_t **p)
{
	OPENSSL_free(*p);
}

/* OpenSSL keeps its reasons in a queue that would grow; what matters to us is in the return value.
 */
static int failed(int error)
{
	ERR_clear_error();
	return error;
}

static int crypto_random(void *userdata, void *ret, size_t len)
{
	(void)userdata;
	return RAND_bytes_ex(NULL, ret, len, 0) == 1 ? 0 : failed(-EIO);
}

static const char *hash_name(enum ike_hash alg)
{
	switch (alg) {
	case IKE_HASH_NONE:
		break;
	case IKE_HASH_MD5:
		return "MD5";
	case IKE_HASH_SHA1:
		return "SHA1";
	case IKE_HASH_SHA256:
		return "SHA2-256";
	case IKE_HASH_SHA384:
		return "SHA2-384";
	case IKE_HASH_SHA512:
		return "SHA2-512";
	}
	return NULL;
}

/*
 * What is fetched stays: OpenSSL looks an algorithm up by its name and properties, which takes longer than hashing a
 * message of ours.
 */
static EVP_MD *digest_of(enum ike_hash alg)
{
	static EVP_MD *digests[IKE_HASH_SHA512 + 1];
	const char *name = hash_name(alg);

	if (name && !digests[alg])
		digests[alg] = EVP_MD_fetch(NULL, name, NULL);
	return name ? digests[alg] : NULL;
}

static int hash_parts(EVP_MD_CTX *ctx, const struct chunk *parts, size_t n_parts)
{
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].len > 0 && EVP_DigestUpdate(ctx, parts[i].data, parts[i].len) != 1)
			return -EIO;
	return 0;
}

static int crypto_hash(void *userdata, enum ike_hash alg, const struct chunk *parts, size_t n_parts,
		       uint8_t *ret)
{
	_cleanup_(md_ctx_freep) EVP_MD_CTX *ctx = NULL;
	EVP_MD *md = digest_of(alg);

	(void)userdata;
	if (!hash_name(alg))
		return -EINVAL;

	ctx = EVP_MD_CTX_new();
	if (!md || !ctx || EVP_DigestInit_ex2(ctx, md, NULL) != 1 ||
	    hash_parts(ctx, parts, n_parts) < 0 || EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		return failed(-EIO);
	return 0;
}

static int mac_parts(EVP_MAC_CTX *ctx, const struct chunk *parts, size_t n_parts)
{
	for (size_t i = 0; i < n_parts; i++)
		if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].data, parts[i].len) != 1)
			return -EIO;
	return 0;
}

/* An HMAC with this hash and a key that means nothing, to be copied. */
static EVP_MAC_CTX *hmac_model(enum ike_hash alg)
{
	static const uint8_t no_key[1];
	_cleanup_(mac_ctx_freep) EVP_MAC_CTX *ctx = NULL;
	char digest[16];

	/* The parameter wants a string it could write to. */
	memcpy(digest, hash_name(alg), strlen(hash_name(alg)) + 1);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac);
	if (!ctx || EVP_MAC_init(ctx, no_key, sizeof(no_key), params) != 1)
		return NULL;
	return steal_ptr(ctx);
}

static int crypto_hmac(void *userdata, enum ike_hash alg, struct chunk key,
		       const struct chunk *parts, size_t n_parts, uint8_t *ret)
{
	static EVP_MAC_CTX *models[IKE_HASH_SHA512 + 1];
	static const uint8_t no_key[1];
	_cleanup_(mac_ctx_freep) EVP_MAC_CTX *ctx = NULL;
	size_t len;

	(void)userdata;
	if (!hash_name(alg))
		return -EINVAL;
	if (!models[alg])
		models[alg] = hmac_model(alg);

	ctx = models[alg] ? EVP_MAC_CTX_dup(models[alg]) : NULL;
	if (!ctx || EVP_MAC_init(ctx, key.len > 0 ? key.data : no_key, key.len, NULL) != 1 ||
	    mac_parts(ctx, parts, n_parts) < 0 ||
	    EVP_MAC_final(ctx, ret, &len, EVP_MAX_MD_SIZE) != 1)
		return failed(-EIO);
	return 0;
}

struct cipher_info {
	enum ike_encr alg;
	size_t key_len;
	const char *name;
	EVP_CIPHER *fetched;
};

/* NULL: there is none. */
static struct cipher_info *cipher_find(enum ike_encr alg, size_t key_len)
{
	static struct cipher_info ciphers[] = {
		{ IKE_ENCR_AES_CBC, 16, "AES-128-CBC", NULL },
		{ IKE_ENCR_AES_CBC, 24, "AES-192-CBC", NULL },
		{ IKE_ENCR_AES_CBC, 32, "AES-256-CBC", NULL },
		{ IKE_ENCR_3DES_CBC, 24, "DES-EDE3-CBC", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ciphers); i++)
		if (ciphers[i].alg == alg && ciphers[i].key_len == key_len)
			return &ciphers[i];
	return NULL;
}

static int crypto_cbc(void *userdata, enum ike_encr alg, bool encrypt, struct chunk key,
		      const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *ret)
{
	_cleanup_(cipher_ctx_freep) EVP_CIPHER_CTX *ctx = NULL;
	struct cipher_info *cipher = cipher_find(alg, key.len);
	int done, rest;

	(void)userdata;
	if (!cipher || len > INT_MAX || len % (alg == IKE_ENCR_AES_CBC ? 16 : 8) != 0)
		return -EINVAL;

	if (!cipher->fetched)
		cipher->fetched = EVP_CIPHER_fetch(NULL, cipher->name, NULL);
	ctx = EVP_CIPHER_CTX_new();
	if (!cipher->fetched || !ctx ||
	    EVP_CipherInit_ex2(ctx, cipher->fetched, key.data, iv, encrypt, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_CipherUpdate(ctx, ret, &done, in, (int)len) != 1 ||
	    EVP_CipherFinal_ex(ctx, ret + done, &rest) != 1 || (size_t)done + (size_t)rest != len)
		return failed(-EIO);
	return 0;
}

static const struct group_info *group_find(enum ike_group group)
{
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i].group == group)
			return &groups[i];
	return NULL;
}

/* The parameters of the second Oakley group (RFC 2409 6.2), for which OpenSSL has a prime but no
 * name. */
static EVP_PKEY *modp1024_parameters(void)
{
	_cleanup_(bn_freep) BIGNUM *p = BN_get_rfc2409_prime_1024(NULL);
	_cleanup_(bn_freep) BIGNUM *g = BN_new();
	_cleanup_(param_bld_freep) OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	_cleanup_(params_freep) OSSL_PARAM *params = NULL;
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "DH", NULL);
	EVP_PKEY *ret = NULL;

	if (!p || !g || !bld || !ctx || BN_set_word(g, 2) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_P, p) != 1 ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_FFC_G, g) != 1)
		return NULL;

	params = OSSL_PARAM_BLD_to_param(bld);
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &ret, EVP_PKEY_KEY_PARAMETERS, params) != 1)
		return NULL;
	return ret;
}

static EVP_PKEY_CTX *keygen_context(const struct group_info *info)
{
	_cleanup_(pkey_freep) EVP_PKEY *template = NULL;

	if (info->group != IKE_GROUP_MODP1024)
		return EVP_PKEY_CTX_new_from_name(NULL, info->type, NULL);

	template = modp1024_parameters();
	return template ? EVP_PKEY_CTX_new_from_pkey(NULL, template, NULL) : NULL;
}

static EVP_PKEY *keygen(const struct group_info *info)
{
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = keygen_context(info);
	int exponent_bits = MODP_EXPONENT_BITS;
	char name[16] = "";
	OSSL_PARAM params[3] = { OSSL_PARAM_construct_end() };
	size_t n = 0;
	EVP_PKEY *ret = NULL;

	if (info->name) {
		memcpy(name, info->name, strlen(info->name) + 1);
		params[n++] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	}
	if (strcmp(info->type, "DH") == 0)
		params[n++] = OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_DH_PRIV_LEN, &exponent_bits);
	params[n] = OSSL_PARAM_construct_end();

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_CTX_set_params(ctx, params) != 1 ||
	    EVP_PKEY_generate(ctx, &ret) != 1)
		return NULL;
	return ret;
}

static int crypto_dh_generate(void *userdata, enum ike_group group, void **ret_private,
			      uint8_t *ret_public, size_t *ret_public_len)
{
	const struct group_info *info = group_find(group);
	_cleanup_(pkey_freep) EVP_PKEY *key = NULL;
	_cleanup_(openssl_freep) uint8_t *encoded = NULL;

	(void)userdata;
	if (!info)
		return -EINVAL;

	/* The encoding is as long as the group for modp, and has SEC 1's octet in front for ECP. */
	key = keygen(info);
	size_t len = key ? EVP_PKEY_get1_encoded_public_key(key, &encoded) : 0;
	if (!encoded || len < info->public_len)
		return failed(-EIO);

	memcpy(ret_public, encoded + (len - info->public_len), info->public_len);
	*ret_public_len = info->public_len;
	*ret_private = steal_ptr(key);
	return 0;
}

/*
 * The peer's value as a key of the same group. OpenSSL refuses here what is outside of 2 to p-2 or
 * off the curve; the primes are safe ones, so that no other small subgroup is left.
 */
static EVP_PKEY *peer_key(const struct group_info *info, EVP_PKEY *own, struct chunk value)
{
	_cleanup_(pkey_freep) EVP_PKEY *peer = EVP_PKEY_new();
	uint8_t encoded[1 + PUBLIC_MAX] = { POINT_UNCOMPRESSED };
	size_t skip = strcmp(info->type, "EC") == 0 ? 0 : 1;

	/* There are no parameters to this one, and its derivation refuses a result of zero. */
	if (info->group == IKE_GROUP_CURVE25519)
		return EVP_PKEY_new_raw_public_key_ex(NULL, info->type, NULL, value.data,
						      value.len);
	memcpy(encoded + 1, value.data, value.len);
	if (!peer || EVP_PKEY_copy_parameters(peer, own) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(peer, encoded + skip, 1 + value.len - skip) != 1)
		return NULL;
	return steal_ptr(peer);
}

static int crypto_dh_shared(void *userdata, enum ike_group group, void *private_key,
			    struct chunk peer_public, struct secret *ret_shared)
{
	const struct group_info *info = group_find(group);
	_cleanup_(pkey_freep) EVP_PKEY *peer = NULL;
	_cleanup_(pkey_ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	_cleanup_(secret_clear) struct secret shared = { 0 };

	(void)userdata;
	if (!info || !private_key)
		return -EINVAL;
	if (peer_public.len != info->public_len)
		return -EBADMSG;

	peer = peer_key(info, private_key, peer_public);
	if (!peer)
		return failed(-EBADMSG);

	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, private_key, NULL);
	if (!ctx || EVP_PKEY_derive_init(ctx) != 1)
		return failed(-EIO);
	if (strcmp(info->type, "DH") == 0 && EVP_PKEY_CTX_set_dh_pad(ctx, 1) != 1)
		return failed(-EIO);

	/* Without a second validation: OpenSSL's costs a whole exponentiation and finds nothing
	 * more. */
	shared.len = sizeof(shared.data);
	if (EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) != 1 ||
	    EVP_PKEY_derive(ctx, shared.data, &shared.len) != 1 || shared.len != info->shared_len)
		return failed(-EBADMSG);
	secret_move(ret_shared, &shared);
	return 0;
}

static void crypto_dh_free(void *userdata, void *private_key)
{
	(void)userdata;
	EVP_PKEY_free(private_key);
}

static int crypto_md5(void *userdata, const struct chunk *parts, size_t n_parts,
		      uint8_t ret[static L2TP_MD5_LEN])
{
	return crypto_hash(userdata, IKE_HASH_MD5, parts, n_parts, ret);
}

const struct l2tp_crypto crypto_openssl_l2tp = {
	.random = crypto_random,
	.md5 = crypto_md5,
};

const struct ike_crypto crypto_openssl = {
	.random = crypto_random,
	.hash = crypto_hash,
	.hmac = crypto_hmac,
	.cbc = crypto_cbc,
	.dh_generate = crypto_dh_generate,
	.dh_shared = crypto_dh_shared,
	.dh_free = crypto_dh_free,
};
