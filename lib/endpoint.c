/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses with ports: comparison, text and the socket interface's form. */
#include "lib/endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

size_t endpoint_addr_len(const struct endpoint *e)
{
	return e->family == AF_INET ? 4 : e->family == AF_INET6 ? 16 : 0;
}

bool endpoint_same_addr(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && memcmp(a->addr, b->addr, endpoint_addr_len(a)) == 0;
}

bool endpoint_is_private(const struct endpoint *e)
{
	const uint8_t *a = e->addr;

	if (e->family == AF_INET6)
		return (a[0] & 0xfe) == 0xfc;
	return e->family == AF_INET &&
	       (a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
		(a[0] == 192 && a[1] == 168) || (a[0] == 100 && (a[1] & 0xc0) == 64));
}

bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
	return endpoint_same_addr(a, b) && a->port == b->port;
}

int endpoint_parse(const char *text, uint16_t port, struct endpoint *ret)
{
	struct endpoint e = { .family = AF_INET, .port = port };

	if (inet_pton(AF_INET, text, e.addr) != 1) {
		e.family = AF_INET6;
		if (inet_pton(AF_INET6, text, e.addr) != 1)
			return -EINVAL;
	}
	*ret = e;
	return 0;
}

const char *endpoint_addr_str(const struct endpoint *e, char buf[static ENDPOINT_STRLEN])
{
	if (!e->family || !inet_ntop(e->family, e->addr, buf, ENDPOINT_STRLEN))
		(void)snprintf(buf, ENDPOINT_STRLEN, "none");
	return buf;
}

const char *endpoint_str(const struct endpoint *e, char buf[static ENDPOINT_STRLEN])
{
	char addr[ENDPOINT_STRLEN];

	endpoint_addr_str(e, addr);
	(void)snprintf(buf, ENDPOINT_STRLEN, e->family == AF_INET6 ? "[%.45s]:%u" : "%.45s:%u",
		       addr, e->port);
	return buf;
}

unsigned endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (e->family == AF_INET6) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(e->port);
		memcpy(&in6->sin6_addr, e->addr, sizeof(in6->sin6_addr));
		return sizeof(*in6);
	}

	struct sockaddr_in *in = (struct sockaddr_in *)ret;
	in->sin_family = AF_INET;
	in->sin_port = htons(e->port);
	memcpy(&in->sin_addr, e->addr, sizeof(in->sin_addr));
	return sizeof(*in);
}

int endpoint_from_sockaddr(const struct sockaddr *sa, unsigned len, struct endpoint *ret)
{
	struct endpoint e = { .family = sa->sa_family };

	if (e.family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
		e.port = ntohs(in->sin_port);
		memcpy(e.addr, &in->sin_addr, sizeof(in->sin_addr));
	} else if (e.family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
		e.port = ntohs(in6->sin6_port);
		memcpy(e.addr, &in6->sin6_addr, sizeof(in6->sin6_addr));
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = e;
	return 0;
}
