/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of cryptographic functions against published vectors, each with its source. The modp
 * groups have none: those in vectors/derived.h are made by vectors/generate.py, with the primes
 * from the digits of pi and the values from Python's pow().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "client/certificate/crypto.h"
#include "tests/unit/hex.h"
#include "tests/unit/vectors/derived.h"

static const enum ike_group all_groups[] = {
	IKE_GROUP_MODP1024, IKE_GROUP_MODP1536, IKE_GROUP_MODP2048,
	IKE_GROUP_MODP3072, IKE_GROUP_MODP4096, IKE_GROUP_ECP256,
	IKE_GROUP_ECP384,   IKE_GROUP_ECP521,	IKE_GROUP_CURVE25519,
};

static void test_random(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	assert_int_equal(crypto_openssl.random(NULL, a, sizeof(a)), 0);
	assert_int_equal(crypto_openssl.random(NULL, b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(crypto_openssl.random(NULL, a, 0), 0);
}

/* RFC 1321 A.5; FIPS 180-4's example "abc" for the SHA family. */
static const struct {
	enum ike_hash alg;
	const char *digest;
} abc_digests[] = {
	{ IKE_HASH_MD5, "900150983cd24fb0d6963f7d28e17f72" },
	{ IKE_HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ IKE_HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ IKE_HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
			   "8086072ba1e7cc2358baeca134c825a7" },
	{ IKE_HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			   "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
};

static void test_hash(void **state)
{
	const struct chunk parts[] = { { "a", 1 }, { NULL, 0 }, { "bc", 2 } };
	uint8_t digest[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(abc_digests); i++) {
		assert_int_equal(crypto_openssl.hash(NULL, abc_digests[i].alg, parts,
						     ARRAY_SIZE(parts), digest),
				 0);
		assert_true(
			hex_same(digest, strlen(abc_digests[i].digest) / 2, abc_digests[i].digest));
	}
	assert_int_equal(crypto_openssl.hash(NULL, 0, parts, ARRAY_SIZE(parts), digest), -EINVAL);
}

/*
 * RFC 2202 2 and 3 (MD5, SHA-1), RFC 4231 4 (SHA-2): case 2, with a key shorter than the output,
 * and case 6, with a key longer than the block. RFC 2202's case 6 has 80 octets of key, RFC 4231's
 * 131.
 */
#define JEFE	 "4a656665"
#define JEFE_MSG "7768617420646f2079612077616e7420666f72206e6f7468696e673f"

static const struct {
	enum ike_hash alg;
	const char *mac;
} jefe_macs[] = {
	{ IKE_HASH_MD5, "750c783e6ab0b503eaa86e310a5db738" },
	{ IKE_HASH_SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ IKE_HASH_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ IKE_HASH_SHA384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
			   "8e2240ca5e69e2c78b3239ecfab21649" },
	{ IKE_HASH_SHA512, "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
			   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737" },
};

static const struct {
	enum ike_hash alg;
	size_t key_len;
	const char *mac;
} long_key_macs[] = {
	{ IKE_HASH_MD5, 80, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd" },
	{ IKE_HASH_SHA1, 80, "aa4ae5e15272d00e95705637ce8a3b55ed402112" },
	{ IKE_HASH_SHA256, 131,
	  "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	{ IKE_HASH_SHA384, 131,
	  "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
	  "0c2ef6ab4030fe8296248df163f44952" },
	{ IKE_HASH_SHA512, 131,
	  "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
	  "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598" },
};

static void test_hmac(void **state)
{
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
	const struct hex key = hex(JEFE), message = hex(JEFE_MSG);
	const struct chunk parts[] = { { message.data, 1 }, { message.data + 1, message.len - 1 } };
	const struct chunk text_part = { text, strlen(text) };
	uint8_t mac[64], long_key[131];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(jefe_macs); i++) {
		assert_int_equal(crypto_openssl.hmac(NULL, jefe_macs[i].alg, hex_chunk(&key), parts,
						     2, mac),
				 0);
		assert_true(hex_same(mac, strlen(jefe_macs[i].mac) / 2, jefe_macs[i].mac));
	}

	memset(long_key, 0xaa, sizeof(long_key));
	for (size_t i = 0; i < ARRAY_SIZE(long_key_macs); i++) {
		const struct chunk k = { long_key, long_key_macs[i].key_len };
		assert_int_equal(crypto_openssl.hmac(NULL, long_key_macs[i].alg, k, &text_part, 1,
						     mac),
				 0);
		assert_true(hex_same(mac, strlen(long_key_macs[i].mac) / 2, long_key_macs[i].mac));
	}
	assert_int_equal(crypto_openssl.hmac(NULL, 77, hex_chunk(&key), parts, 2, mac), -EINVAL);

	/* No key and no text: HMAC-SHA-1's value for both empty, from Python's hmac.new(b"", b"",
	 * "sha1"). */
	assert_int_equal(crypto_openssl.hmac(NULL, IKE_HASH_SHA1, (struct chunk){ NULL, 0 }, NULL,
					     0, mac),
			 0);
	assert_true(hex_same(mac, 20, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"));
}

/*
 * RFC 3602 4, cases 1 and 2; NIST SP 800-38A F.2.3 and F.2.5, first blocks; FIPS 81 table C1 with
 * DES's key three times; NIST SP 800-67 B.1, of whose ECB blocks each is a CBC text with an IV of
 * zero.
 */
static const struct {
	enum ike_encr alg;
	const char *key, *iv, *plain, *cipher;
} cbc_vectors[] = {
	{ IKE_ENCR_AES_CBC, "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430b422da802c9fac41",
	  "53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a" },
	{ IKE_ENCR_AES_CBC, "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28ddb3ba695a2e6f58",
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	  "d296cd94c2cccf8a3a863028b5e1dc0a7586602d253cfff91b8266bea6d61ab1" },
	{ IKE_ENCR_AES_CBC, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
	  "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
	  "4f021db243bc633d7178183a9fa071e8" },
	{ IKE_ENCR_AES_CBC, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
	  "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a",
	  "f58c4c04d6e5f1ba779eabfb5f7bfbd6" },
	{ IKE_ENCR_3DES_CBC, "0123456789abcdef0123456789abcdef0123456789abcdef", "1234567890abcdef",
	  "4e6f77206973207468652074696d6520666f7220616c6c20",
	  "e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6" },
	{ IKE_ENCR_3DES_CBC, "0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000",
	  "5468652071756663", "a826fd8ce53b855f" },
	{ IKE_ENCR_3DES_CBC, "0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000",
	  "6b2062726f776e20", "cce21c8112256fe6" },
	{ IKE_ENCR_3DES_CBC, "0123456789abcdef23456789abcdef01456789abcdef0123", "0000000000000000",
	  "666f78206a756d70", "68d5c05dd9b6b900" },
};

static void test_cbc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cbc_vectors); i++) {
		const struct hex key = hex(cbc_vectors[i].key), iv = hex(cbc_vectors[i].iv);
		const struct hex plain = hex(cbc_vectors[i].plain);
		struct hex text = plain;
		uint8_t apart[64];

		/* In place and from one buffer to another. */
		assert_int_equal(crypto_openssl.cbc(NULL, cbc_vectors[i].alg, true, hex_chunk(&key),
						    iv.data, text.data, text.len, text.data),
				 0);
		assert_true(hex_same(text.data, text.len, cbc_vectors[i].cipher));
		assert_int_equal(crypto_openssl.cbc(NULL, cbc_vectors[i].alg, false,
						    hex_chunk(&key), iv.data, text.data, text.len,
						    apart),
				 0);
		assert_memory_equal(apart, plain.data, plain.len);
	}
}

static void test_cbc_arguments(void **state)
{
	static const uint8_t zeros[64];
	const struct {
		enum ike_encr alg;
		size_t key_len, len;
		int expected;
	} cases[] = {
		{ IKE_ENCR_AES_CBC, 16, 0, 0 },	       { IKE_ENCR_AES_CBC, 16, 16, 0 },
		{ IKE_ENCR_AES_CBC, 16, 15, -EINVAL }, { IKE_ENCR_AES_CBC, 16, 24, -EINVAL },
		{ IKE_ENCR_AES_CBC, 15, 16, -EINVAL }, { IKE_ENCR_AES_CBC, 0, 16, -EINVAL },
		{ IKE_ENCR_3DES_CBC, 24, 8, 0 },       { IKE_ENCR_3DES_CBC, 24, 7, -EINVAL },
		{ IKE_ENCR_3DES_CBC, 16, 8, -EINVAL }, { 0, 16, 16, -EINVAL },
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct chunk key = { zeros, cases[i].key_len };
		assert_int_equal(crypto_openssl.cbc(NULL, cases[i].alg, true, key, zeros, zeros,
						    cases[i].len, out),
				 cases[i].expected);
	}
}

struct number {
	const char *name, *text;
};

/* A key made from numbers of the vectors, in the form that the implementation's own keys have. */
static EVP_PKEY *known_key(const char *type, const char *group, const struct number *numbers,
			   size_t n)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *bns[4] = { NULL };
	EVP_PKEY *key = NULL;

	if (group)
		assert_int_equal(OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
								 group, 0),
				 1);
	for (size_t i = 0; i < n; i++) {
		const struct hex h = hex(numbers[i].text);
		bns[i] = BN_bin2bn(h.data, (int)h.len, NULL);
		assert_int_equal(OSSL_PARAM_BLD_push_BN(bld, numbers[i].name, bns[i]), 1);
	}

	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	for (size_t i = 0; i < n; i++)
		BN_free(bns[i]);
	return key;
}

static EVP_PKEY *known_modp_key(const struct modp_vector *v, const char *private_value)
{
	const struct number numbers[] = {
		{ OSSL_PKEY_PARAM_FFC_P, v->p },
		{ OSSL_PKEY_PARAM_FFC_G, "02" },
		{ OSSL_PKEY_PARAM_PRIV_KEY, private_value },
	};

	return known_key("DH", NULL, numbers, ARRAY_SIZE(numbers));
}

static void check_shared(enum ike_group group, EVP_PKEY *key, const char *peer_public,
			 const char *wanted)
{
	const struct hex peer = hex(peer_public);
	struct secret shared = { 0 };

	assert_int_equal(crypto_openssl.dh_shared(NULL, group, key, hex_chunk(&peer), &shared), 0);
	assert_true(hex_same(shared.data, shared.len, wanted));
	secret_clear(&shared);
}

static void test_modp_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modp_vectors); i++) {
		const struct modp_vector *v = &modp_vectors[i];
		EVP_PKEY *a = known_modp_key(v, v->a), *b = known_modp_key(v, v->b);

		check_shared((enum ike_group)v->group, a, v->g_b, v->g_ab);
		check_shared((enum ike_group)v->group, b, v->g_a, v->g_ab);
		crypto_openssl.dh_free(NULL, a);
		crypto_openssl.dh_free(NULL, b);
	}
}

/* Keys of our own making against a key over the vectors' prime: a wrong prime gives another value.
 */
static void test_modp_primes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modp_vectors); i++) {
		const struct modp_vector *v = &modp_vectors[i];
		const enum ike_group group = (enum ike_group)v->group;
		const struct hex g_b = hex(v->g_b);
		EVP_PKEY *b = known_modp_key(v, v->b);
		uint8_t public[SECRET_MAX];
		size_t len;
		void *own;
		struct secret here = { 0 }, there = { 0 };

		assert_int_equal(crypto_openssl.dh_generate(NULL, group, &own, public, &len), 0);
		assert_int_equal(len, g_b.len);
		assert_int_equal(crypto_openssl.dh_shared(NULL, group, own, hex_chunk(&g_b), &here),
				 0);
		assert_int_equal(crypto_openssl.dh_shared(NULL, group, b,
							  (struct chunk){ public, len }, &there),
				 0);
		assert_int_equal(here.len, len);
		assert_memory_equal(here.data, there.data, len);
		crypto_openssl.dh_free(NULL, own);
		crypto_openssl.dh_free(NULL, b);
	}
}

/* RFC 5903 8.1 to 8.3. */
static const struct ecp_vector {
	enum ike_group group;
	const char *name, *i, *g_i, *r, *g_r, *shared;
} ecp_vectors[] = {
	{ IKE_GROUP_ECP256, "P-256",
	  "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	  "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
	  "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
	  "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
	  "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
	  "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
	  "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	{ IKE_GROUP_ECP384, "P-384",
	  "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
	  "e35b538041e649ee3faef896783ab194",
	  "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
	  "de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f"
	  "65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
	  "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
	  "e0308312916b8ed2960e4bd55a7448fc",
	  "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
	  "0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f"
	  "66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
	  "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
	  "d603135569b9e9d09cf5d4a270f59746" },
	{ IKE_GROUP_ECP521, "P-521",
	  "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
	  "95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d4a52",
	  "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
	  "e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176ced3e"
	  "017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10a"
	  "d8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f9582",
	  "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e"
	  "9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb151685eb9",
	  "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
	  "9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9460f"
	  "015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87"
	  "220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0fc56a",
	  "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
	  "d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3ddea" },
};

static void test_ecp_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ecp_vectors); i++) {
		const struct ecp_vector *v = &ecp_vectors[i];
		const struct number key_i = { OSSL_PKEY_PARAM_PRIV_KEY, v->i };
		const struct number key_r = { OSSL_PKEY_PARAM_PRIV_KEY, v->r };
		EVP_PKEY *a = known_key("EC", v->name, &key_i, 1),
			 *b = known_key("EC", v->name, &key_r, 1);

		check_shared(v->group, a, v->g_r, v->shared);
		check_shared(v->group, b, v->g_i, v->shared);
		crypto_openssl.dh_free(NULL, a);
		crypto_openssl.dh_free(NULL, b);
	}
}

/* RFC 7748 6.1. */
static void test_curve25519(void **state)
{
	static const char *const privates[] = {
		"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
		"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
	};
	static const char *const publics[] = {
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct hex private = hex(privates[i]);
		EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private.data,
								private.len);

		check_shared(IKE_GROUP_CURVE25519, key, publics[1 - i],
			     "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
		crypto_openssl.dh_free(NULL, key);
	}
}

/* Two keys of our own agree, and no key comes twice. */
static void test_agreement(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_groups); i++) {
		uint8_t public_a[SECRET_MAX], public_b[SECRET_MAX];
		struct secret here = { 0 }, there = { 0 };
		size_t len_a, len_b;
		void *a, *b;

		assert_int_equal(crypto_openssl.dh_generate(NULL, all_groups[i], &a, public_a,
							    &len_a),
				 0);
		assert_int_equal(crypto_openssl.dh_generate(NULL, all_groups[i], &b, public_b,
							    &len_b),
				 0);
		assert_int_equal(len_a, len_b);
		assert_memory_not_equal(public_a, public_b, len_a);
		assert_int_equal(crypto_openssl.dh_shared(NULL, all_groups[i], a,
							  (struct chunk){ public_b, len_b }, &here),
				 0);
		assert_int_equal(crypto_openssl.dh_shared(NULL, all_groups[i], b,
							  (struct chunk){ public_a, len_a },
							  &there),
				 0);
		assert_int_equal(here.len, there.len);
		assert_memory_equal(here.data, there.data, here.len);
		crypto_openssl.dh_free(NULL, a);
		crypto_openssl.dh_free(NULL, b);
	}
}

/* A secret that holds something, so that a refused value is seen to leave it alone. */
static void check_refused(enum ike_group group, void *key, const uint8_t *value, size_t len)
{
	struct secret shared = { .len = 1, .data = { 0x5a } };

	assert_int_equal(crypto_openssl.dh_shared(NULL, group, key, (struct chunk){ value, len },
						  &shared),
			 -EBADMSG);
	assert_int_equal(shared.len, 1);
	assert_int_equal(shared.data[0], 0x5a);
}

static void test_modp_weak_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modp_vectors); i++) {
		const enum ike_group group = (enum ike_group)modp_vectors[i].group;
		const struct hex p = hex(modp_vectors[i].p);
		uint8_t public[SECRET_MAX], value[SECRET_MAX + 1] = { 0 };
		struct secret shared = { 0 };
		size_t len;
		void *key;

		assert_int_equal(crypto_openssl.dh_generate(NULL, group, &key, public, &len), 0);
		check_refused(group, key, value, len); /* 0 */
		value[len - 1] = 1;
		check_refused(group, key, value, len); /* 1 */
		value[len - 1] = 2;
		assert_int_equal(crypto_openssl.dh_shared(NULL, group, key,
							  (struct chunk){ value, len }, &shared),
				 0);
		memcpy(value, p.data, len);
		check_refused(group, key, value, len); /* p */
		value[len - 1]--;
		check_refused(group, key, value, len); /* p-1 */
		value[len - 1]--;
		assert_int_equal(crypto_openssl.dh_shared(NULL, group, key,
							  (struct chunk){ value, len }, &shared),
				 0);
		memset(value, 0xff, sizeof(value));
		check_refused(group, key, value, len); /* above p */
		check_refused(group, key, public, len - 1);
		memcpy(value, public, len);
		check_refused(group, key, value, len + 1);
		check_refused(group, key, value, 0);
		crypto_openssl.dh_free(NULL, key);
	}
}

static void test_ecp_weak_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ecp_vectors); i++) {
		const enum ike_group group = ecp_vectors[i].group;
		struct hex point = hex(ecp_vectors[i].g_r);
		uint8_t public[SECRET_MAX], value[SECRET_MAX] = { 0 };
		size_t len;
		void *key;

		assert_int_equal(crypto_openssl.dh_generate(NULL, group, &key, public, &len), 0);
		check_refused(group, key, value, len); /* no point: b is not a square of 0 */
		memset(value, 0xff, sizeof(value));
		check_refused(group, key, value, len); /* not below p */
		point.data[point.len - 1] ^= 1;
		check_refused(group, key, point.data, point.len);
		point.data[point.len - 1] ^= 1;
		check_refused(group, key, point.data, point.len - 1);
		check_refused(group, key, point.data, point.len / 2); /* x alone */
		check_refused(group, key, point.data, point.len + 1);
		check_refused(group, key, point.data, 0);
		crypto_openssl.dh_free(NULL, key);
	}
}

/* The points of small order give zero, whatever our key is (RFC 8031 2, RFC 7748 6.1). */
static void test_curve25519_weak_values(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p-1 */
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p */
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p+1 */
	};
	uint8_t public[SECRET_MAX], value[33] = { 9 };
	size_t len;
	void *key;

	(void)state;
	assert_int_equal(crypto_openssl.dh_generate(NULL, IKE_GROUP_CURVE25519, &key, public, &len),
			 0);
	assert_int_equal(len, 32);
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		const struct hex point = hex(points[i]);
		check_refused(IKE_GROUP_CURVE25519, key, point.data, point.len);
	}
	check_refused(IKE_GROUP_CURVE25519, key, value, 31);
	check_refused(IKE_GROUP_CURVE25519, key, value, 33);
	check_refused(IKE_GROUP_CURVE25519, key, value, 0);
	crypto_openssl.dh_free(NULL, key);
}

static void test_dh_arguments(void **state)
{
	uint8_t public[SECRET_MAX];
	struct secret shared = { 0 };
	size_t len;
	void *key = NULL;

	(void)state;
	assert_int_equal(crypto_openssl.dh_generate(NULL, IKE_GROUP_NONE, &key, public, &len),
			 -EINVAL);
	assert_int_equal(crypto_openssl.dh_generate(NULL, 1, &key, public, &len), -EINVAL);
	assert_null(key);
	assert_int_equal(crypto_openssl.dh_shared(NULL, IKE_GROUP_ECP256, NULL,
						  (struct chunk){ public, 64 }, &shared),
			 -EINVAL);
	crypto_openssl.dh_free(NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_cbc),
		cmocka_unit_test(test_cbc_arguments),
		cmocka_unit_test(test_modp_vectors),
		cmocka_unit_test(test_modp_primes),
		cmocka_unit_test(test_ecp_vectors),
		cmocka_unit_test(test_curve25519),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_modp_weak_values),
		cmocka_unit_test(test_ecp_weak_values),
		cmocka_unit_test(test_curve25519_weak_values),
		cmocka_unit_test(test_dh_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
