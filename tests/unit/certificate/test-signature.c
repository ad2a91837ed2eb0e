/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures over a bare hash: each key's own is taken, and everything that is built to look like
 * one is not. The forged blocks are put through the private key's operation itself, so that nothing
 * but the judgement of the block stands between them and success (CVE-2006-4339 and its kin).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/rsa.h>

#include "client/certificate/signature.h"
#include "pki.h"

static const uint8_t hash_data[64] = "a hash, of which methods take twenty to sixty-four octets";

static const struct {
	const char *kind;
	enum ike_auth_method method;
	size_t hash_len, len;
} kinds[] = {
	{ "rsa:2048", IKE_AUTH_RSA_SIG, 20, 256 }, { "rsa:2048", IKE_AUTH_RSA_SIG, 32, 256 },
	{ "rsa:2056", IKE_AUTH_RSA_SIG, 64, 257 }, { "P-256", IKE_AUTH_ECDSA_256, 32, 64 },
	{ "P-384", IKE_AUTH_ECDSA_384, 48, 96 },   { "P-521", IKE_AUTH_ECDSA_521, 64, 132 },
};

static void test_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		EVP_PKEY *key = pki_key(kinds[i].kind);
		const struct chunk hash = { hash_data, kinds[i].hash_len };
		uint8_t sig[IKE_SIGNATURE_MAX + 1] = { 0 };
		enum ike_auth_method method;
		size_t len;

		assert_int_equal(signature_method(key, &method), 0);
		assert_int_equal(method, kinds[i].method);
		assert_int_equal(signature_make(key, method, hash, sig, &len), 0);
		assert_int_equal(len, kinds[i].len);
		assert_true(signature_valid(key, method, hash, (struct chunk){ sig, len }));

		/* Another length of the signature or of the hash, a bit of either, another method. */
		assert_false(signature_valid(key, method, hash, (struct chunk){ sig, len - 1 }));
		assert_false(signature_valid(key, method, hash, (struct chunk){ sig, len + 1 }));
		assert_false(signature_valid(key, method, hash, (struct chunk){ sig, 0 }));
		assert_false(signature_valid(key, method, (struct chunk){ hash_data, hash.len - 1 },
					     (struct chunk){ sig, len }));
		for (size_t bit = 0; bit < 8 * len; bit += 13) {
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(
				signature_valid(key, method, hash, (struct chunk){ sig, len }));
			sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_false(signature_valid(key,
					     method == IKE_AUTH_RSA_SIG ? IKE_AUTH_ECDSA_256
									: IKE_AUTH_RSA_SIG,
					     hash, (struct chunk){ sig, len }));
		EVP_PKEY_free(key);
	}
}

/* The private operation on a block as it is. */
static void seal(EVP_PKEY *key, const uint8_t *block, size_t len, uint8_t *ret)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	size_t size = len;

	assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING), 1);
	assert_int_equal(EVP_PKEY_sign(ctx, ret, &size, block, len), 1);
	assert_int_equal(size, len);
	EVP_PKEY_CTX_free(ctx);
}

#define RSA_LEN	 256
#define HASH_LEN 32

static void good_block(uint8_t block[static RSA_LEN])
{
	memset(block, 0xff, RSA_LEN);
	block[0] = 0;
	block[1] = 1;
	block[RSA_LEN - HASH_LEN - 1] = 0;
	memcpy(block + RSA_LEN - HASH_LEN, hash_data, HASH_LEN);
}

static void test_forged_blocks(void **state)
{
	static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
					       0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
					       0x01, 0x05, 0x00, 0x04, 0x20 };
	EVP_PKEY *key = pki_key("rsa:2048");
	const struct chunk hash = { hash_data, HASH_LEN };
	uint8_t block[RSA_LEN], sig[RSA_LEN];
	const struct chunk signature = { sig, RSA_LEN };

	(void)state;
	good_block(block);
	seal(key, block, RSA_LEN, sig);
	assert_true(signature_valid(key, IKE_AUTH_RSA_SIG, hash, signature));
	for (int i = 0; i < 9; i++) {
		good_block(block);
		switch (i) {
		case 0: /* block type 2 */
			block[1] = 2;
			break;
		case 1: /* block type 0 */
			block[1] = 0;
			break;
		case 2: /* a hole in the padding */
			block[20] = 0xfe;
			break;
		case 3: /* the end of the padding too early: 8 octets, then the hash, then a tail */
			memset(block + 2, 0xff, 8);
			block[10] = 0;
			memcpy(block + 11, hash_data, HASH_LEN);
			break;
		case 4: /* the hash in a DigestInfo, as other protocols have it */
			block[RSA_LEN - HASH_LEN - sizeof(digest_info) - 1] = 0;
			memcpy(block + RSA_LEN - HASH_LEN - sizeof(digest_info), digest_info,
			       sizeof(digest_info));
			break;
		case 5: /* a longer hash: ours is its end */
			block[RSA_LEN - HASH_LEN - 2] = 0;
			block[RSA_LEN - HASH_LEN - 1] = 0x5a;
			break;
		case 6: /* a shorter hash: our first 31 octets */
			memmove(block + RSA_LEN - HASH_LEN + 1, hash_data, HASH_LEN - 1);
			block[RSA_LEN - HASH_LEN - 1] = 0xff;
			block[RSA_LEN - HASH_LEN] = 0;
			break;
		case 7: /* zeros for padding */
			memset(block + 2, 0, RSA_LEN - HASH_LEN - 2);
			break;
		case 8: /* no zero before the hash */
			block[RSA_LEN - HASH_LEN - 1] = 0xff;
			break;
		}
		seal(key, block, RSA_LEN, sig);
		if (signature_valid(key, IKE_AUTH_RSA_SIG, hash, signature))
			fail_msg("forgery %d is taken", i);
	}
	/* The same numbers for another modulus, and a value not below ours. */
	memset(sig, 0xff, sizeof(sig));
	assert_false(signature_valid(key, IKE_AUTH_RSA_SIG, hash, signature));
	memset(sig, 0, sizeof(sig));
	assert_false(signature_valid(key, IKE_AUTH_RSA_SIG, hash, signature));
	EVP_PKEY_free(key);
}

static void test_ecdsa(void **state)
{
	EVP_PKEY *key = pki_key("P-256"), *other = pki_key("P-256"), *wide = pki_key("P-384");
	const struct chunk hash = { hash_data, 32 };
	uint8_t sig[IKE_SIGNATURE_MAX] = { 0 };
	size_t len;

	(void)state;
	assert_int_equal(signature_make(key, IKE_AUTH_ECDSA_256, hash, sig, &len), 0);
	assert_false(signature_valid(other, IKE_AUTH_ECDSA_256, hash, (struct chunk){ sig, len }));
	/* another curve than the method says, either way round */
	assert_false(signature_valid(wide, IKE_AUTH_ECDSA_256, hash, (struct chunk){ sig, len }));
	assert_false(signature_valid(key, IKE_AUTH_ECDSA_384, hash, (struct chunk){ sig, 96 }));
	/* r and s of zero, and beyond the order */
	memset(sig, 0, sizeof(sig));
	assert_false(signature_valid(key, IKE_AUTH_ECDSA_256, hash, (struct chunk){ sig, 64 }));
	memset(sig, 0xff, sizeof(sig));
	assert_false(signature_valid(key, IKE_AUTH_ECDSA_256, hash, (struct chunk){ sig, 64 }));
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(wide);
}

/* The numbers of r and s have the curve's length also when they begin with zeros. */
static void test_ecdsa_widths(void **state)
{
	EVP_PKEY *key = pki_key("P-256");
	bool short_seen = false;

	(void)state;
	for (int i = 0; i < 2000 && !short_seen; i++) {
		uint8_t sig[IKE_SIGNATURE_MAX];
		size_t len;
		const struct chunk hash = { hash_data, 32 };

		assert_int_equal(signature_make(key, IKE_AUTH_ECDSA_256, hash, sig, &len), 0);
		assert_int_equal(len, 64);
		short_seen = sig[0] == 0 || sig[32] == 0;
		if (short_seen)
			assert_true(signature_valid(key, IKE_AUTH_ECDSA_256, hash,
						    (struct chunk){ sig, len }));
	}
	assert_true(short_seen);
	EVP_PKEY_free(key);
}

static void test_weak_keys(void **state)
{
	static const struct {
		const char *kind;
		int wanted;
	} weak[] = {
		{ "rsa:1024", -EKEYREJECTED },	 { "rsa:2047", -EKEYREJECTED },
		{ "rsa:2048:3", -EKEYREJECTED }, { "rsa:2048:65537", 0 },
		{ "ed25519", -EOPNOTSUPP },	 { "secp256k1", -EOPNOTSUPP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(weak); i++) {
		enum ike_auth_method method;
		EVP_PKEY *key = pki_key(weak[i].kind);

		assert_int_equal(signature_method(key, &method), weak[i].wanted);
		EVP_PKEY_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_forged_blocks),
		cmocka_unit_test(test_ecdsa),	   cmocka_unit_test(test_ecdsa_widths),
		cmocka_unit_test(test_weak_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
