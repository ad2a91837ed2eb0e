/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/vendor.h"

#include <string.h>

static const uint8_t dpd[VENDOR_ID_LEN] = { 0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
					    0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00 };

bool vendor_named(const struct payloads *list, const uint8_t vendor_id[static VENDOR_ID_LEN])
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_VENDOR, i)); i++)
		if (p->body.len == VENDOR_ID_LEN &&
		    memcmp(p->body.data, vendor_id, VENDOR_ID_LEN) == 0)
			return true;
	return false;
}

bool vendor_dpd_announced(const struct payloads *list)
{
	return vendor_named(list, dpd);
}

void vendor_dpd_build(struct payload_chain *chain)
{
	payload_add(chain, ISAKMP_PAYLOAD_VENDOR, dpd, VENDOR_ID_LEN);
}
