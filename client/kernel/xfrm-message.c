/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages are put together here: libnl's own XFRM objects drop a reference too many on SAs with
 * encapsulation, lack several attributes, and free keys unwiped.
 */
#include "client/kernel/xfrm-message.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "client/kernel/module-ban.h"

int xfrm_open(struct netlink *ret, struct failure *ret_failure)
{
	int r = netlink_open(ret, NETLINK_XFRM);
	if (r == -EPROTONOSUPPORT)
		return module_failure_set(ret_failure, CAUSE_KERNEL_XFRM, r, "xfrm_user");
	if (r < 0)
		return failure_set(ret_failure, CAUSE_KERNEL_XFRM, r, "netlink: %s", strerror(-r));
	return 0;
}

xfrm_address_t xfrm_address(const struct endpoint *e)
{
	xfrm_address_t a = {};

	memcpy(&a, e->addr, endpoint_addr_len(e));
	return a;
}

struct xfrm_selector xfrm_selector_of(const struct endpoint *src, const struct endpoint *dst)
{
	uint8_t bits = (uint8_t)(8 * endpoint_addr_len(src));

	return (struct xfrm_selector){
		.daddr = xfrm_address(dst),
		.saddr = xfrm_address(src),
		.dport = htons(dst->port),
		.dport_mask = UINT16_MAX,
		.sport = htons(src->port),
		.sport_mask = UINT16_MAX,
		.family = (uint16_t)src->family,
		.prefixlen_d = bits,
		.prefixlen_s = bits,
		.proto = IPPROTO_UDP,
	};
}

struct xfrm_lifetime_cfg xfrm_no_limits(void)
{
	return (struct xfrm_lifetime_cfg){
		.soft_byte_limit = XFRM_INF,
		.hard_byte_limit = XFRM_INF,
		.soft_packet_limit = XFRM_INF,
		.hard_packet_limit = XFRM_INF,
	};
}
