/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cryptography that is deterministic and fast: Diffie-Hellman modulo 2^61 - 1. */
#include "toy-crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/certificate/crypto.h"
#include "lib/cursor.h"

#define FIELD	  ((UINT64_C(1) << 61) - 1)
#define GENERATOR 37

struct toy_key {
	uint64_t exponent;
};

/* By halves, since 2^61 is 1 here and 32-bit processors have no product of 128 bits. */
static uint64_t multiply(uint64_t a, uint64_t b)
{
	const uint64_t low = (UINT64_C(1) << 31) - 1, rest = (UINT64_C(1) << 30) - 1;

	a %= FIELD;
	b %= FIELD;
	uint64_t middle = (a >> 31) * (b & low) + (a & low) * (b >> 31);
	return (2 * (a >> 31) * (b >> 31) + (middle >> 30) + ((middle & rest) << 31) +
		(a & low) * (b & low)) %
	       FIELD;
}

static uint64_t power(uint64_t base, uint64_t exponent)
{
	uint64_t result = 1;

	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			result = multiply(result, base);
		base = multiply(base, base);
	}
	return result;
}

/* Octets of a public and of a shared value. */
static size_t public_len(enum ike_group group)
{
	switch (group) {
	case IKE_GROUP_NONE:
		return 0;
	case IKE_GROUP_MODP1024:
		return 128;
	case IKE_GROUP_MODP1536:
		return 192;
	case IKE_GROUP_MODP2048:
		return 256;
	case IKE_GROUP_MODP3072:
		return 384;
	case IKE_GROUP_MODP4096:
		return 512;
	case IKE_GROUP_ECP256:
		return 64;
	case IKE_GROUP_ECP384:
		return 96;
	case IKE_GROUP_ECP521:
		return 132;
	case IKE_GROUP_CURVE25519:
		return 32;
	}
	return 0;
}

static size_t shared_len(enum ike_group group)
{
	bool ecp =
		group == IKE_GROUP_ECP256 || group == IKE_GROUP_ECP384 || group == IKE_GROUP_ECP521;

	return public_len(group) / (ecp ? 2 : 1);
}

/* The value in the last eight octets, and in front something that isn't all zero. */
static void put_value(uint8_t *p, size_t len, uint64_t value)
{
	memset(p, 0x5a, len);
	for (size_t i = 0; i < 8; i++)
		p[len - 1 - i] = (uint8_t)(value >> (8 * i));
}

static int toy_random(void *userdata, void *ret, size_t len)
{
	prng_fill(userdata, ret, len);
	return 0;
}

static int toy_generate(void *userdata, enum ike_group group, void **ret_private,
			uint8_t *ret_public, size_t *ret_public_len)
{
	struct toy_key *key = malloc(sizeof(*key));

	if (!key)
		return -ENOMEM;
	key->exponent = 2 + prng_below(userdata, FIELD - 4);
	put_value(ret_public, public_len(group), power(GENERATOR, key->exponent));
	*ret_public_len = public_len(group);
	*ret_private = key;
	return 0;
}

static int toy_shared(void *userdata, enum ike_group group, void *private_key,
		      struct chunk peer_public, struct secret *ret_shared)
{
	const struct toy_key *key = private_key;
	struct cursor c = cursor_init(peer_public.data, peer_public.len);
	size_t len = public_len(group);

	(void)userdata;
	if (peer_public.len != len)
		return -EBADMSG;
	for (size_t i = 0; i < len - 8; i++)
		if (cursor_u8(&c) != 0x5a)
			return -EBADMSG;

	uint64_t value = cursor_u64(&c);
	if (value < 2 || value > FIELD - 2)
		return -EBADMSG;
	secret_clear(ret_shared);
	ret_shared->len = shared_len(group);
	put_value(ret_shared->data, ret_shared->len, power(value, key->exponent));
	return 0;
}

static void toy_free(void *userdata, void *private_key)
{
	(void)userdata;
	free(private_key);
}

struct ike_crypto toy_crypto(struct prng *prng)
{
	struct ike_crypto crypto = crypto_openssl;

	crypto.userdata = prng;
	crypto.random = toy_random;
	crypto.dh_generate = toy_generate;
	crypto.dh_shared = toy_shared;
	crypto.dh_free = toy_free;
	return crypto;
}
