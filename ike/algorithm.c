/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our numbers for algorithms against those of the wire, and their names for people. */
#include "ike/algorithm.h"

#include "ike/isakmp.h"
#include "lib/macros.h"

static const struct {
	uint16_t encr1;
	uint8_t esp;
} encrs[] = {
	[IKE_ENCR_AES_CBC] = { ISAKMP_ENCR1_AES_CBC, ISAKMP_ESP_AES_CBC },
	[IKE_ENCR_3DES_CBC] = { ISAKMP_ENCR1_3DES_CBC, ISAKMP_ESP_3DES },
	[IKE_ENCR_AES_GCM_16] = { 0, ISAKMP_ESP_AES_GCM_16 },
};

static const struct {
	uint16_t hash1;
	uint16_t auth2;
	const char *name;
} hashes[] = {
	[IKE_HASH_MD5] = { ISAKMP_HASH1_MD5, ISAKMP_AUTH2_MD5, "MD5" },
	[IKE_HASH_SHA1] = { ISAKMP_HASH1_SHA1, ISAKMP_AUTH2_SHA1, "SHA-1" },
	[IKE_HASH_SHA256] = { ISAKMP_HASH1_SHA256, ISAKMP_AUTH2_SHA256, "SHA-256" },
	[IKE_HASH_SHA384] = { ISAKMP_HASH1_SHA384, ISAKMP_AUTH2_SHA384, "SHA-384" },
	[IKE_HASH_SHA512] = { ISAKMP_HASH1_SHA512, ISAKMP_AUTH2_SHA512, "SHA-512" },
};

/* RFC 2409 6, RFC 3526; RFC 5903 7 (both coordinates); RFC 8031 2. */
static const struct {
	uint16_t len;
	const char *name;
} groups[] = {
	[IKE_GROUP_MODP1024] = { 128, "modp1024" },    [IKE_GROUP_MODP1536] = { 192, "modp1536" },
	[IKE_GROUP_MODP2048] = { 256, "modp2048" },    [IKE_GROUP_MODP3072] = { 384, "modp3072" },
	[IKE_GROUP_MODP4096] = { 512, "modp4096" },    [IKE_GROUP_ECP256] = { 64, "ecp256" },
	[IKE_GROUP_ECP384] = { 96, "ecp384" },	       [IKE_GROUP_ECP521] = { 132, "ecp521" },
	[IKE_GROUP_CURVE25519] = { 32, "curve25519" },
};

uint16_t algorithm_encr1(enum ike_encr encr)
{
	return (size_t)encr < ARRAY_SIZE(encrs) ? encrs[encr].encr1 : 0;
}

uint16_t algorithm_hash1(enum ike_hash hash)
{
	return (size_t)hash < ARRAY_SIZE(hashes) ? hashes[hash].hash1 : 0;
}

uint8_t algorithm_esp(enum ike_encr encr)
{
	return (size_t)encr < ARRAY_SIZE(encrs) ? encrs[encr].esp : 0;
}

uint16_t algorithm_auth2(enum ike_hash hash)
{
	return (size_t)hash < ARRAY_SIZE(hashes) ? hashes[hash].auth2 : 0;
}

size_t algorithm_group_len(enum ike_group group)
{
	return (size_t)group < ARRAY_SIZE(groups) ? groups[group].len : 0;
}

const char *ike_encr_name(enum ike_encr encr, uint16_t key_bits)
{
	static const struct {
		enum ike_encr encr;
		uint16_t key_bits;
		const char *name;
	} names[] = {
		{ IKE_ENCR_3DES_CBC, 0, "3DES-CBC" },
		{ IKE_ENCR_AES_CBC, 128, "AES-128-CBC" },
		{ IKE_ENCR_AES_CBC, 192, "AES-192-CBC" },
		{ IKE_ENCR_AES_CBC, 256, "AES-256-CBC" },
		{ IKE_ENCR_AES_GCM_16, 128, "AES-128-GCM" },
		{ IKE_ENCR_AES_GCM_16, 192, "AES-192-GCM" },
		{ IKE_ENCR_AES_GCM_16, 256, "AES-256-GCM" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].encr == encr && names[i].key_bits == key_bits)
			return names[i].name;
	return "unknown cipher";
}

const char *ike_hash_name(enum ike_hash hash)
{
	const char *name = (size_t)hash < ARRAY_SIZE(hashes) ? hashes[hash].name : NULL;

	if (hash == IKE_HASH_NONE)
		return "none";
	return name ? name : "unknown hash";
}

const char *ike_group_name(enum ike_group group)
{
	const char *name = (size_t)group < ARRAY_SIZE(groups) ? groups[group].name : NULL;

	if (group == IKE_GROUP_NONE)
		return "none";
	return name ? name : "unknown group";
}
