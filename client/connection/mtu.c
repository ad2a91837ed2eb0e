/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of ESP in transport mode (RFC 4303 2) around L2TP around PPP:
 *
 *	IP | UDP (encapsulation) | ESP header | IV | UDP | L2TP | PPP | packet | pad, 2 octets | ICV
 *	                                           `-- a multiple of the cipher's block --'
 *
 * A packet that doesn't fit is cut in two outside, and some networks lose the second half.
 */
#include "client/connection/mtu.h"

#include <stddef.h>

#include "lib/macros.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER  8
#define ESP_HEADER  8 /* SPI and sequence number */
#define ESP_TRAILER 2 /* pad length and next header */
#define PPP_HEADER  4 /* address, control and protocol, uncompressed (RFC 1661 2, RFC 1662 3.1) */

/* RFC 791 3.1: what every host has to take. */
#define MTU_LEAST 576

/* Octets: the block is what ESP pads to, and the IV stands before it. */
struct cipher {
	uint32_t block, iv;
};

static const struct cipher ciphers[] = {
	[IKE_ENCR_AES_CBC] = { 16, 16 },  /* RFC 3602 2.1 */
	[IKE_ENCR_3DES_CBC] = { 8, 8 },	  /* RFC 2451 2.3 */
	[IKE_ENCR_AES_GCM_16] = { 4, 8 }, /* RFC 4106 3, RFC 4303 2.4 */
};

/* RFC 2403, RFC 2404, RFC 4868 2.3; without an HMAC it is AES-GCM's own, RFC 4106 6. */
static const uint32_t icvs[] = {
	[IKE_HASH_NONE] = 16,	[IKE_HASH_MD5] = 12,	[IKE_HASH_SHA1] = 12,
	[IKE_HASH_SHA256] = 16, [IKE_HASH_SHA384] = 24, [IKE_HASH_SHA512] = 32,
};

uint16_t mtu_fitting(const struct mtu_path *path, uint32_t l2tp_header)
{
	size_t encr = (size_t)path->esp.encr, auth = (size_t)path->esp.auth;
	/* What isn't in the tables costs no more than the first of each. */
	struct cipher cipher = encr < ARRAY_SIZE(ciphers) && ciphers[encr].block
				       ? ciphers[encr]
				       : ciphers[IKE_ENCR_AES_CBC];
	uint32_t icv = auth < ARRAY_SIZE(icvs) && icvs[auth] ? icvs[auth] : icvs[IKE_HASH_SHA256];
	uint32_t outside = (path->ipv6 ? IPV6_HEADER : IPV4_HEADER) +
			   (path->udp_encap ? UDP_HEADER : 0) + ESP_HEADER + cipher.iv + icv;
	uint32_t inside = UDP_HEADER + l2tp_header + PPP_HEADER + ESP_TRAILER;

	if (path->mtu < MTU_LEAST)
		return 0;
	uint32_t encrypted = (path->mtu - outside) / cipher.block * cipher.block;
	uint32_t fits = encrypted - inside;
	return fits < UINT16_MAX ? (uint16_t)fits : UINT16_MAX;
}
