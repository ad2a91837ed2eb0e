/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key schedule of IKEv1: RFC 2409 5 (SKEYID and its children, HASH_I, HASH_R), 5.5 (HASH(1) to
 * HASH(3), KEYMAT), 5.7 (informational exchanges) and appendix B (cipher key, IVs).
 *
 * Who proves what to whom, which IV follows which message and when keys are thrown away is left to
 * the exchanges. All values are octet strings here; the only numbers are M-IDs and SPIs.
 */
#include "ike/keymat.h"

#include <errno.h>
#include <string.h>

#include "lib/builder.h"

#define GCM_SALT_LEN 4 /* RFC 4106 4 */

size_t keymat_hash_len(enum ike_hash hash)
{
	switch (hash) {
	case IKE_HASH_NONE:
		break;
	case IKE_HASH_MD5:
		return 16;
	case IKE_HASH_SHA1:
		return 20;
	case IKE_HASH_SHA256:
		return 32;
	case IKE_HASH_SHA384:
		return 48;
	case IKE_HASH_SHA512:
		return 64;
	}
	return 0;
}

size_t keymat_block_len(enum ike_encr encr)
{
	switch (encr) {
	case IKE_ENCR_AES_CBC:
		return 16;
	case IKE_ENCR_3DES_CBC:
		return 8;
	case IKE_ENCR_AES_GCM_16:
		break;
	}
	return 0;
}

size_t keymat_key_len(enum ike_encr encr, uint16_t key_bits)
{
	bool aes = key_bits == 128 || key_bits == 192 || key_bits == 256;

	switch (encr) {
	case IKE_ENCR_AES_CBC:
		return aes ? key_bits / 8 : 0;
	case IKE_ENCR_3DES_CBC:
		return key_bits == 0 ? 24 : 0;
	case IKE_ENCR_AES_GCM_16:
		return aes ? key_bits / 8 + GCM_SALT_LEN : 0;
	}
	return 0;
}

void keymat_phase1_clear(struct keymat_phase1 *keys)
{
	if (keys)
		explicit_bzero(keys, sizeof(*keys));
}

static void put_u32(uint8_t p[static 4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

int keymat_prf(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk key,
	       const struct chunk *parts, size_t n_parts, uint8_t ret[static KEYMAT_HASH_MAX])
{
	return crypto->hmac(crypto->userdata, hash, key, parts, n_parts, ret);
}

/* The prf's result as a key. */
static int prf_secret(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk key,
		      const struct chunk *parts, size_t n_parts, struct secret *ret)
{
	uint8_t value[KEYMAT_HASH_MAX];
	int r = keymat_prf(crypto, hash, key, parts, n_parts, value);

	if (r == 0)
		r = secret_set(ret, value, keymat_hash_len(hash));
	explicit_bzero(value, sizeof(value));
	return r;
}

int keymat_skeyid_psk(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk psk,
		      struct chunk ni_b, struct chunk nr_b, struct secret *ret)
{
	const struct chunk parts[] = { ni_b, nr_b };

	return prf_secret(crypto, hash, psk, parts, ARRAY_SIZE(parts), ret);
}

int keymat_skeyid_sig(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk ni_b,
		      struct chunk nr_b, struct chunk g_xy, struct secret *ret)
{
	_cleanup_(secret_clear) struct secret nonces = { 0 };
	struct builder b = builder_init(nonces.data, sizeof(nonces.data));

	builder_bytes(&b, ni_b.data, ni_b.len);
	builder_bytes(&b, nr_b.data, nr_b.len);
	if (builder_finish(&b) < 0)
		return -EMSGSIZE;
	nonces.len = builder_len(&b);
	return prf_secret(crypto, hash, secret_chunk(&nonces), &g_xy, 1, ret);
}

int keymat_phase1(const struct ike_crypto *crypto, enum ike_hash hash, const struct secret *skeyid,
		  struct chunk g_xy, const uint8_t cky_i[static KEYMAT_COOKIE_LEN],
		  const uint8_t cky_r[static KEYMAT_COOKIE_LEN], struct keymat_phase1 *ret)
{
	_cleanup_(keymat_phase1_clear) struct keymat_phase1 keys = { .skeyid = *skeyid };
	struct secret *derived[] = { &keys.skeyid_d, &keys.skeyid_a, &keys.skeyid_e };
	struct chunk previous = { NULL, 0 };

	/* Each is computed over the one before it and its own number. */
	for (size_t i = 0; i < ARRAY_SIZE(derived); i++) {
		const uint8_t number = (uint8_t)i;
		const struct chunk parts[] = {
			previous,
			g_xy,
			{ cky_i, KEYMAT_COOKIE_LEN },
			{ cky_r, KEYMAT_COOKIE_LEN },
			{ &number, 1 },
		};
		int r = prf_secret(crypto, hash, secret_chunk(skeyid), parts, ARRAY_SIZE(parts),
				   derived[i]);
		if (r < 0)
			return r;
		previous = secret_chunk(derived[i]);
	}

	*ret = keys;
	return 0;
}

/*
 * K1 | K2 | … cut to LEN: the shape of both expansions of the RFC. K1 is computed over the parts as
 * given; each further K has the one before it in the place of parts[0].
 */
static int expand(const struct ike_crypto *crypto, enum ike_hash hash, const struct secret *key,
		  struct chunk *parts, size_t n_parts, size_t len, struct secret *ret)
{
	_cleanup_(secret_clear) struct secret all = { 0 };
	_cleanup_(secret_clear) struct secret k = { 0 };

	if (len > SECRET_MAX)
		return -EMSGSIZE;

	while (all.len < len) {
		int r = prf_secret(crypto, hash, secret_chunk(key), parts, n_parts, &k);
		if (r < 0)
			return r;

		size_t n = k.len < len - all.len ? k.len : len - all.len;
		memcpy(all.data + all.len, k.data, n);
		all.len += n;
		parts[0] = secret_chunk(&k);
	}
	secret_move(ret, &all);
	return 0;
}

int keymat_cipher_key(const struct ike_crypto *crypto, enum ike_hash hash,
		      const struct secret *skeyid_e, enum ike_encr encr, uint16_t key_bits,
		      struct secret *ret)
{
	static const uint8_t zero[1];
	struct chunk first[] = { { zero, 1 } };
	size_t len = keymat_key_len(encr, key_bits);

	if (len == 0 || keymat_block_len(encr) == 0)
		return -EINVAL;

	/* What is long enough is used as it is; the expansion doesn't begin with SKEYID_e itself.
	 */
	if (len <= skeyid_e->len)
		return secret_set(ret, skeyid_e->data, len);
	return expand(crypto, hash, skeyid_e, first, ARRAY_SIZE(first), len, ret);
}

static int iv(const struct ike_crypto *crypto, enum ike_hash hash,
	      const struct chunk parts[static 2], uint8_t ret[static KEYMAT_BLOCK_MAX])
{
	uint8_t value[KEYMAT_HASH_MAX];
	int r = crypto->hash(crypto->userdata, hash, parts, 2, value);

	if (r == 0)
		memcpy(ret, value, KEYMAT_BLOCK_MAX);
	return r;
}

int keymat_phase1_iv(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk g_xi,
		     struct chunk g_xr, uint8_t ret[static KEYMAT_BLOCK_MAX])
{
	return iv(crypto, hash, (const struct chunk[]){ g_xi, g_xr }, ret);
}

int keymat_phase2_iv(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk last_block,
		     uint32_t message_id, uint8_t ret[static KEYMAT_BLOCK_MAX])
{
	uint8_t m_id[4];

	put_u32(m_id, message_id);
	return iv(crypto, hash, (const struct chunk[]){ last_block, { m_id, sizeof(m_id) } }, ret);
}

int keymat_hash_i(const struct ike_crypto *crypto, enum ike_hash hash, const struct secret *skeyid,
		  const struct keymat_auth *auth, uint8_t ret[static KEYMAT_HASH_MAX])
{
	const struct chunk parts[] = {
		auth->g_xi,
		auth->g_xr,
		{ auth->cky_i, KEYMAT_COOKIE_LEN },
		{ auth->cky_r, KEYMAT_COOKIE_LEN },
		auth->sai_b,
		auth->id_b,
	};

	return keymat_prf(crypto, hash, secret_chunk(skeyid), parts, ARRAY_SIZE(parts), ret);
}

int keymat_hash_r(const struct ike_crypto *crypto, enum ike_hash hash, const struct secret *skeyid,
		  const struct keymat_auth *auth, uint8_t ret[static KEYMAT_HASH_MAX])
{
	const struct chunk parts[] = {
		auth->g_xr,
		auth->g_xi,
		{ auth->cky_r, KEYMAT_COOKIE_LEN },
		{ auth->cky_i, KEYMAT_COOKIE_LEN },
		auth->sai_b,
		auth->id_b,
	};

	return keymat_prf(crypto, hash, secret_chunk(skeyid), parts, ARRAY_SIZE(parts), ret);
}

int keymat_hash_1(const struct ike_crypto *crypto, enum ike_hash hash,
		  const struct secret *skeyid_a, uint32_t message_id, struct chunk rest,
		  uint8_t ret[static KEYMAT_HASH_MAX])
{
	uint8_t m_id[4];
	const struct chunk parts[] = { { m_id, sizeof(m_id) }, rest };

	put_u32(m_id, message_id);
	return keymat_prf(crypto, hash, secret_chunk(skeyid_a), parts, ARRAY_SIZE(parts), ret);
}

int keymat_hash_2(const struct ike_crypto *crypto, enum ike_hash hash,
		  const struct secret *skeyid_a, uint32_t message_id, struct chunk ni_b,
		  struct chunk rest, uint8_t ret[static KEYMAT_HASH_MAX])
{
	uint8_t m_id[4];
	const struct chunk parts[] = { { m_id, sizeof(m_id) }, ni_b, rest };

	put_u32(m_id, message_id);
	return keymat_prf(crypto, hash, secret_chunk(skeyid_a), parts, ARRAY_SIZE(parts), ret);
}

int keymat_hash_3(const struct ike_crypto *crypto, enum ike_hash hash,
		  const struct secret *skeyid_a, uint32_t message_id, struct chunk ni_b,
		  struct chunk nr_b, uint8_t ret[static KEYMAT_HASH_MAX])
{
	static const uint8_t zero[1];
	uint8_t m_id[4];
	const struct chunk parts[] = { { zero, 1 }, { m_id, sizeof(m_id) }, ni_b, nr_b };

	put_u32(m_id, message_id);
	return keymat_prf(crypto, hash, secret_chunk(skeyid_a), parts, ARRAY_SIZE(parts), ret);
}

int keymat_child(const struct ike_crypto *crypto, enum ike_hash hash, const struct secret *skeyid_d,
		 const struct keymat_child *child, size_t len, struct secret *ret)
{
	uint8_t spi[4];
	struct chunk parts[] = {
		{ NULL, 0 },	      child->g_qm_xy, { &child->protocol, 1 },
		{ spi, sizeof(spi) }, child->ni_b,    child->nr_b,
	};

	if (len == 0)
		return -EINVAL;
	put_u32(spi, child->spi);
	return expand(crypto, hash, skeyid_d, parts, ARRAY_SIZE(parts), len, ret);
}
