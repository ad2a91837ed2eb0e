/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read from vendor IDs, NAT-D and NAT-OA payloads: the first octet is the first payload's
 * type, the rest the payloads.
 */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ike-run.h"
#include "ike/fragment.h"

static unsigned int hashes; /* until one fails */

static int failing_hash(void *userdata, enum ike_hash alg, const struct chunk *parts,
			size_t n_parts, uint8_t *ret)
{
	return hashes-- == 0 ? -EIO : null_crypto.hash(userdata, alg, parts, n_parts, ret);
}

/* Our own trouble is passed on. */
static void fail_each(const struct payloads *list, const struct natt_variant *variant,
		      const struct natt_ends *ends)
{
	struct ike_crypto crypto = null_crypto;
	struct natt_verdict verdict;
	uint8_t buf[100];

	crypto.hash = failing_hash;
	for (unsigned int n = 0; n < 2; n++) {
		struct builder b = builder_init(buf, sizeof(buf));
		struct payload_chain chain = payload_chain_init(&b, 0);
		builder_u8(&b, 0);
		hashes = n;
		MUST(natt_detection_build(&chain, variant, &crypto, IKE_HASH_SHA1, ends, true) < 0);
		hashes = n;
		int r = natt_judge(list, variant, &crypto, IKE_HASH_SHA1, ends, &verdict);
		MUST(r == -EIO || r == IKE_DROP_PAYLOADS);
	}
}

static void judge(const struct payloads *list, const struct natt_variant *variant)
{
	static const uint8_t cookie[ISAKMP_COOKIE_LEN];
	const struct natt_ends ends = { .cookie_i = cookie,
					.cookie_r = cookie,
					.local = { .family = 2, .addr = { 10, 1, 2, 3 } },
					.remote = { .family = 2, .addr = { 192, 0, 2, 1 } } };
	struct natt_verdict verdict;
	int r = natt_judge(list, variant, &null_crypto, IKE_HASH_SHA1, &ends, &verdict);

	MUST(r == 0 || r == IKE_DROP_PAYLOADS);
	fail_each(list, variant, &ends);
	MUST((r == 0) == (payloads_count(list, variant->nat_d) >= 2));
	if (r == 0 && !verdict.local_nat)
		MUST(payloads_find(list, variant->nat_d, 0)->body.len == 20);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct natt_variant fixed = { .nat_d = ISAKMP_PAYLOAD_NAT_D };
	struct payloads list;
	struct endpoint address;
	struct payload_fragment piece;

	if (size == 0 ||
	    payloads_parse(data[0], (struct chunk){ data + 1, size - 1 }, true, &list) != 0)
		return 0;
	const struct natt_variant *variant = natt_variant_find(&list);
	if (variant)
		MUST(payloads_count(&list, ISAKMP_PAYLOAD_VENDOR) > 0 && variant->n_nat_oa <= 2);
	(void)fragment_announced(&list);
	judge(&list, variant ? variant : &fixed);
	for (size_t i = 0; i < list.n; i++) {
		if (payload_nat_oa_parse(list.list[i].body, &address) == 0)
			MUST(list.list[i].body.len == 4 + endpoint_addr_len(&address));
		if (payload_fragment_parse(list.list[i].body, &piece) == 0)
			MUST(piece.number != 0 && piece.data.len == list.list[i].body.len - 4);
	}
	return 0;
}
