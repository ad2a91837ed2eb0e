/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAT traversal's negotiation: who knows it (RFC 3947 3.1) and whether an address or port is
 * changed on the way (3.2). The move to port 4500 is main-mode.c's, what ESP does with the verdict
 * is decided elsewhere. The table keeps the place where the drafts differ from the RFC, whose
 * numbers they had to take from the private ranges. A vendor ID is the MD5 of the document's name;
 * draft 02's is met with a newline at its end, as Windows has it, and without.
 */
#include "ike/natt.h"

#include <string.h>

#include "ike/keymat.h"

static const struct natt_variant variants[] = {
	{
		.name = "RFC 3947",
		.vendor_id = { 0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28,
			       0xf2, 0x0e, 0x95, 0x45, 0x2f },
		.nat_d = ISAKMP_PAYLOAD_NAT_D,
		.nat_oa = ISAKMP_PAYLOAD_NAT_OA,
		.n_nat_oa = 2,
		.mode = ISAKMP_MODE_UDP_TRANSPORT,
	},
	{
		.name = "draft-ietf-ipsec-nat-t-ike-03",
		.vendor_id = { 0x7d, 0x94, 0x19, 0xa6, 0x53, 0x10, 0xca, 0x6f, 0x2c, 0x17, 0x9d,
			       0x92, 0x15, 0x52, 0x9d, 0x56 },
		.nat_d = ISAKMP_PAYLOAD_NAT_D_DRAFT,
		.nat_oa = ISAKMP_PAYLOAD_NAT_OA_DRAFT,
		.n_nat_oa = 1,
		.mode = ISAKMP_MODE_UDP_TRANSPORT_DRAFT,
	},
	{
		.name = "draft-ietf-ipsec-nat-t-ike-02 with a newline",
		.vendor_id = { 0x90, 0xcb, 0x80, 0x91, 0x3e, 0xbb, 0x69, 0x6e, 0x08, 0x63, 0x81,
			       0xb5, 0xec, 0x42, 0x7b, 0x1f },
		.nat_d = ISAKMP_PAYLOAD_NAT_D_DRAFT,
		.nat_oa = ISAKMP_PAYLOAD_NAT_OA_DRAFT,
		.n_nat_oa = 1,
		.mode = ISAKMP_MODE_UDP_TRANSPORT_DRAFT,
	},
	{
		.name = "draft-ietf-ipsec-nat-t-ike-02",
		.vendor_id = { 0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2,
			       0xfc, 0x68, 0xb6, 0xa4, 0x48 },
		.nat_d = ISAKMP_PAYLOAD_NAT_D_DRAFT,
		.nat_oa = ISAKMP_PAYLOAD_NAT_OA_DRAFT,
		.n_nat_oa = 1,
		.mode = ISAKMP_MODE_UDP_TRANSPORT_DRAFT,
	},
};

void natt_vendors_build(struct payload_chain *chain)
{
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		payload_add(chain, ISAKMP_PAYLOAD_VENDOR, variants[i].vendor_id, VENDOR_ID_LEN);
}

const struct natt_variant *natt_variant_find(const struct payloads *list)
{
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		if (vendor_named(list, variants[i].vendor_id))
			return &variants[i];
	return NULL;
}

/* HASH(CKY-I | CKY-R | IP | port), RFC 3947 3.2. */
static int detection_hash(const struct ike_crypto *crypto, enum ike_hash hash,
			  const struct natt_ends *ends, const struct endpoint *end,
			  uint8_t ret[static KEYMAT_HASH_MAX])
{
	const uint8_t port[] = { (uint8_t)(end->port >> 8), (uint8_t)end->port };
	const struct chunk parts[] = {
		{ ends->cookie_i, ISAKMP_COOKIE_LEN },
		{ ends->cookie_r, ISAKMP_COOKIE_LEN },
		{ end->addr, endpoint_addr_len(end) },
		{ port, sizeof(port) },
	};

	return crypto->hash(crypto->userdata, hash, parts, ARRAY_SIZE(parts), ret);
}

int natt_detection_build(struct payload_chain *chain, const struct natt_variant *variant,
			 const struct ike_crypto *crypto, enum ike_hash hash,
			 const struct natt_ends *ends, bool force)
{
	uint8_t remote[KEYMAT_HASH_MAX], local[KEYMAT_HASH_MAX];
	size_t len = keymat_hash_len(hash);
	int r = detection_hash(crypto, hash, ends, &ends->remote, remote);

	if (r < 0)
		return r;
	r = detection_hash(crypto, hash, ends, &ends->local, local);
	if (r < 0)
		return r;
	if (force)
		local[0] ^= 0xff;
	payload_add(chain, variant->nat_d, remote, len);
	payload_add(chain, variant->nat_d, local, len);
	return 0;
}

static bool detection_equal(const struct payload *p, const uint8_t *hash, size_t len)
{
	return p->body.len == len && memcmp(p->body.data, hash, len) == 0;
}

int natt_judge(const struct payloads *list, const struct natt_variant *variant,
	       const struct ike_crypto *crypto, enum ike_hash hash, const struct natt_ends *ends,
	       struct natt_verdict *ret)
{
	uint8_t remote[KEYMAT_HASH_MAX], local[KEYMAT_HASH_MAX];
	size_t len = keymat_hash_len(hash);
	const struct payload *p = payloads_find(list, variant->nat_d, 0);

	if (payloads_count(list, variant->nat_d) < 2)
		return IKE_DROP_PAYLOADS;

	int r = detection_hash(crypto, hash, ends, &ends->remote, remote);
	if (r < 0)
		return r;
	r = detection_hash(crypto, hash, ends, &ends->local, local);
	if (r < 0)
		return r;

	/* The first is our end as the peer sees it, the others are all the addresses it has. */
	struct natt_verdict verdict = { .local_nat = !detection_equal(p, local, len),
					.remote_nat = true };
	for (size_t i = 1; (p = payloads_find(list, variant->nat_d, i)); i++)
		if (detection_equal(p, remote, len))
			verdict.remote_nat = false;
	*ret = verdict;
	return 0;
}
