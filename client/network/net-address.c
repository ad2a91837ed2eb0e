/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/network/net-address.h"

#include <sys/socket.h>

/* RFC 1918, RFC 3927, RFC 4193. Nobody has all of 10.0.0.0/8 on a link. */
const struct net_private net_privates[NET_PRIVATES] = {
	{ { AF_INET, { 10 }, 0 }, 8, 15 },	  { { AF_INET, { 172, 16 }, 0 }, 12, 15 },
	{ { AF_INET, { 192, 168 }, 0 }, 16, 16 }, { { AF_INET, { 169, 254 }, 0 }, 16, 15 },
	{ { AF_INET6, { 0xfc }, 0 }, 7, 47 },
};

const struct endpoint net_link_local6 = { AF_INET6, { 0xfe, 0x80 }, 0 };

bool net_covers(const struct endpoint *dest, uint8_t prefix_len, const struct endpoint *address)
{
	uint8_t left = prefix_len;

	if (dest->family != address->family)
		return false;
	for (size_t i = 0; i < endpoint_addr_len(dest) && left > 0; i++) {
		uint8_t bits = left < 8 ? left : 8;
		uint8_t mask = (uint8_t)(0xff << (8 - bits));
		if ((dest->addr[i] ^ address->addr[i]) & mask)
			return false;
		left = (uint8_t)(left - bits);
	}
	return true;
}

bool net_is_link_local(const struct endpoint *address)
{
	return net_covers(&net_link_local6, 10, address);
}

bool net_is_full(const struct sys_network *network, int family)
{
	return family == AF_INET6 ? network->default_route6 : network->default_route;
}
