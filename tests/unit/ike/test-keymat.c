/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key schedule against values that vectors/generate.py derives with Python's hashlib and hmac
 * from its own copy of RFC 2409's formulas: one set for each hash.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "tests/unit/hex.h"
#include "ike/keymat.h"
#include "tests/unit/vectors/derived.h"

#define CRYPTO (&crypto_openssl)

static const enum ike_encr aes = IKE_ENCR_AES_CBC, des = IKE_ENCR_3DES_CBC;

static struct secret secret_of(const char *text)
{
	const struct hex h = hex(text);
	struct secret s = { 0 };

	assert_int_equal(secret_set(&s, h.data, h.len), 0);
	return s;
}

#define assert_secret(s, text) assert_true(hex_same((s).data, (s).len, text))

static void check_skeyid(const struct keymat_vector *v, enum ike_hash hash)
{
	const struct hex psk = hex(v->psk), ni = hex(v->ni), nr = hex(v->nr), g_xy = hex(v->g_xy);
	const struct hex cky_i = hex(v->cky_i), cky_r = hex(v->cky_r);
	struct keymat_phase1 keys = { 0 };
	struct secret skeyid = { 0 };

	assert_int_equal(keymat_skeyid_sig(CRYPTO, hash, hex_chunk(&ni), hex_chunk(&nr),
					   hex_chunk(&g_xy), &skeyid),
			 0);
	assert_secret(skeyid, v->skeyid_sig);
	assert_int_equal(keymat_skeyid_psk(CRYPTO, hash, hex_chunk(&psk), hex_chunk(&ni),
					   hex_chunk(&nr), &skeyid),
			 0);
	assert_secret(skeyid, v->skeyid);

	assert_int_equal(keymat_phase1(CRYPTO, hash, &skeyid, hex_chunk(&g_xy), cky_i.data,
				       cky_r.data, &keys),
			 0);
	assert_secret(keys.skeyid, v->skeyid);
	assert_secret(keys.skeyid_d, v->skeyid_d);
	assert_secret(keys.skeyid_a, v->skeyid_a);
	assert_secret(keys.skeyid_e, v->skeyid_e);
	keymat_phase1_clear(&keys);
	assert_int_equal(keys.skeyid.len, 0);
}

static void check_cipher(const struct keymat_vector *v, enum ike_hash hash)
{
	const struct hex g_xi = hex(v->g_xi), g_xr = hex(v->g_xr), block = hex(v->block);
	const struct secret skeyid_e = secret_of(v->skeyid_e);
	uint8_t iv[KEYMAT_BLOCK_MAX];
	struct secret key = { 0 };

	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, aes, 128, &key), 0);
	assert_secret(key, v->key_aes128);
	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, aes, 256, &key), 0);
	assert_secret(key, v->key_aes256);
	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, des, 0, &key), 0);
	assert_secret(key, v->key_3des);
	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, aes, 64, &key), -EINVAL);
	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, aes, 0, &key), -EINVAL);
	assert_int_equal(keymat_cipher_key(CRYPTO, hash, &skeyid_e, des, 192, &key), -EINVAL);
	assert_secret(key, v->key_3des);

	assert_int_equal(keymat_phase1_iv(CRYPTO, hash, hex_chunk(&g_xi), hex_chunk(&g_xr), iv), 0);
	assert_true(hex_same(iv, 16, v->iv1));
	assert_int_equal(keymat_phase2_iv(CRYPTO, hash, hex_chunk(&block), VECTOR_M_ID, iv), 0);
	assert_true(hex_same(iv, 16, v->iv2));
	assert_int_equal(keymat_phase2_iv(CRYPTO, hash, (struct chunk){ block.data, 8 },
					  VECTOR_M_ID, iv),
			 0);
	assert_true(hex_same(iv, 8, v->iv2_3des));
}

static void check_auth(const struct keymat_vector *v, enum ike_hash hash)
{
	const struct hex g_xi = hex(v->g_xi), g_xr = hex(v->g_xr), sai = hex(v->sai);
	const struct hex cky_i = hex(v->cky_i), cky_r = hex(v->cky_r);
	const struct hex idii = hex(v->idii), idir = hex(v->idir);
	const struct secret skeyid = secret_of(v->skeyid);
	struct keymat_auth auth = { hex_chunk(&g_xi), hex_chunk(&g_xr), cky_i.data,
				    cky_r.data,	      hex_chunk(&sai),	hex_chunk(&idii) };
	const size_t len = keymat_hash_len(hash);
	uint8_t value[KEYMAT_HASH_MAX];

	assert_int_equal(keymat_hash_i(CRYPTO, hash, &skeyid, &auth, value), 0);
	assert_true(hex_same(value, len, v->hash_i));
	auth.id_b = hex_chunk(&idir);
	assert_int_equal(keymat_hash_r(CRYPTO, hash, &skeyid, &auth, value), 0);
	assert_true(hex_same(value, len, v->hash_r));
}

static void check_quick(const struct keymat_vector *v, enum ike_hash hash)
{
	const struct hex ni = hex(v->qm_ni), nr = hex(v->qm_nr), rest = hex(v->rest);
	const struct secret skeyid_a = secret_of(v->skeyid_a);
	const size_t len = keymat_hash_len(hash);
	uint8_t value[KEYMAT_HASH_MAX];

	assert_int_equal(keymat_hash_1(CRYPTO, hash, &skeyid_a, VECTOR_M_ID, hex_chunk(&rest),
				       value),
			 0);
	assert_true(hex_same(value, len, v->hash_1));
	assert_int_equal(keymat_hash_2(CRYPTO, hash, &skeyid_a, VECTOR_M_ID, hex_chunk(&ni),
				       hex_chunk(&rest), value),
			 0);
	assert_true(hex_same(value, len, v->hash_2));
	assert_int_equal(keymat_hash_3(CRYPTO, hash, &skeyid_a, VECTOR_M_ID, hex_chunk(&ni),
				       hex_chunk(&nr), value),
			 0);
	assert_true(hex_same(value, len, v->hash_3));
}

static void check_child(const struct keymat_vector *v, enum ike_hash hash)
{
	const struct hex ni = hex(v->qm_ni), nr = hex(v->qm_nr), g_qm = hex(v->g_qm);
	const struct secret skeyid_d = secret_of(v->skeyid_d);
	struct keymat_child child = { { NULL, 0 }, 3, VECTOR_SPI, hex_chunk(&ni), hex_chunk(&nr) };
	struct secret keymat = { 0 };
	char cut[97];

	assert_int_equal(keymat_child(CRYPTO, hash, &skeyid_d, &child, 96, &keymat), 0);
	assert_secret(keymat, v->keymat);

	/* A shorter one is the beginning of a longer one, at the block's ends too. */
	for (size_t len = 1; len <= 48; len++) {
		assert_int_equal(keymat_child(CRYPTO, hash, &skeyid_d, &child, len, &keymat), 0);
		memcpy(cut, v->keymat, 2 * len);
		cut[2 * len] = '\0';
		assert_secret(keymat, cut);
	}
	assert_int_equal(keymat_child(CRYPTO, hash, &skeyid_d, &child, SECRET_MAX, &keymat), 0);
	assert_int_equal(keymat_child(CRYPTO, hash, &skeyid_d, &child, SECRET_MAX + 1, &keymat),
			 -EMSGSIZE);

	child.g_qm_xy = hex_chunk(&g_qm);
	assert_int_equal(keymat_child(CRYPTO, hash, &skeyid_d, &child, 96, &keymat), 0);
	assert_secret(keymat, v->keymat_pfs);
}

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keymat_vectors); i++) {
		const struct keymat_vector *v = &keymat_vectors[i];
		const enum ike_hash hash = (enum ike_hash)v->hash;

		check_skeyid(v, hash);
		check_cipher(v, hash);
		check_auth(v, hash);
		check_quick(v, hash);
		check_child(v, hash);
	}
}

static void test_lengths(void **state)
{
	(void)state;
	assert_int_equal(keymat_hash_len(IKE_HASH_MD5), 16);
	assert_int_equal(keymat_hash_len(IKE_HASH_SHA512), KEYMAT_HASH_MAX);
	assert_int_equal(keymat_hash_len(0), 0);
	assert_int_equal(keymat_block_len(aes), KEYMAT_BLOCK_MAX);
	assert_int_equal(keymat_block_len(des), 8);
	assert_int_equal(keymat_block_len(0), 0);
	assert_int_equal(keymat_key_len(aes, 192), 24);
	assert_int_equal(keymat_key_len(aes, 129), 0);
	assert_int_equal(keymat_key_len(des, 0), 24);
	assert_int_equal(keymat_key_len(0, 128), 0);
	/* AES-GCM: a salt of four octets, and no place in phase 1 */
	assert_int_equal(keymat_key_len(IKE_ENCR_AES_GCM_16, 128), 20);
	assert_int_equal(keymat_key_len(IKE_ENCR_AES_GCM_16, 192), 28);
	assert_int_equal(keymat_key_len(IKE_ENCR_AES_GCM_16, 256), 36);
	assert_int_equal(keymat_key_len(IKE_ENCR_AES_GCM_16, 0), 0);
	assert_int_equal(keymat_block_len(IKE_ENCR_AES_GCM_16), 0);
}

static int no_hmac(void *userdata, enum ike_hash alg, struct chunk key, const struct chunk *parts,
		   size_t n_parts, uint8_t *ret)
{
	(void)userdata, (void)alg, (void)key, (void)parts, (void)n_parts, (void)ret;
	return -EIO;
}

/* The crypto's errors come through and leave the results alone. */
static void test_errors(void **state)
{
	const struct ike_crypto broken = { .hmac = no_hmac };
	const struct chunk nonce = { "nonce", 5 }, long_nonce = { broken.random, SECRET_MAX };
	const uint8_t cookie[8] = { 1 };
	struct secret skeyid = { .len = 20 };
	struct keymat_phase1 keys = { .skeyid_a.len = 7 };
	struct keymat_child child = { .protocol = 3, .ni_b = nonce, .nr_b = nonce };

	(void)state;
	assert_int_equal(keymat_skeyid_psk(&broken, IKE_HASH_SHA1, nonce, nonce, nonce, &skeyid),
			 -EIO);
	assert_int_equal(keymat_skeyid_sig(&broken, IKE_HASH_SHA1, nonce, long_nonce, nonce,
					   &skeyid),
			 -EMSGSIZE);
	assert_int_equal(skeyid.len, 20);
	assert_int_equal(keymat_phase1(&broken, IKE_HASH_SHA1, &skeyid, nonce, cookie, cookie,
				       &keys),
			 -EIO);
	assert_int_equal(keys.skeyid_a.len, 7);
	assert_int_equal(keymat_child(&broken, IKE_HASH_SHA1, &skeyid, &child, 36, &skeyid), -EIO);
	assert_int_equal(keymat_child(CRYPTO, IKE_HASH_SHA1, &skeyid, &child, 0, &skeyid), -EINVAL);
	assert_int_equal(skeyid.len, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
