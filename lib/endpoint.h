/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr;
struct sockaddr_storage;

#define ENDPOINT_STRLEN 56 /* "[" 45 characters of address "]:65535" and a NUL */

/* An IP address and a UDP port, free of any socket structure so that the cores can hold it. */
struct endpoint {
	int family;	  /* AF_INET, AF_INET6, or 0: not set */
	uint8_t addr[16]; /* network order; the first four octets for AF_INET */
	uint16_t port;	  /* host order */
};

/* Octets of the address: 4, 16, or 0 when the endpoint is not set. */
size_t endpoint_addr_len(const struct endpoint *e);

/* Same family and address. */
bool endpoint_same_addr(const struct endpoint *a, const struct endpoint *b);

/* An address that is used behind NATs: RFC 1918, RFC 6598 (a provider's NAT), RFC 4193 (IPv6). */
bool endpoint_is_private(const struct endpoint *e);

/* Same family, address and port. */
bool endpoint_equal(const struct endpoint *a, const struct endpoint *b);

/*
 * Reads a numeric IPv4 or IPv6 address.
 * Return: 0; -EINVAL when the text is no address (then *ret is unchanged).
 */
int endpoint_parse(const char *text, uint16_t port, struct endpoint *ret);

/* Writes the address alone ("192.0.2.1", "2001:db8::1") and returns BUF. */
const char *endpoint_addr_str(const struct endpoint *e, char buf[static ENDPOINT_STRLEN]);

/* Writes address and port ("192.0.2.1:500", "[2001:db8::1]:500") and returns BUF. */
const char *endpoint_str(const struct endpoint *e, char buf[static ENDPOINT_STRLEN]);

/* To and from the socket interface's form. endpoint_to_sockaddr returns the length in use. */
unsigned endpoint_to_sockaddr(const struct endpoint *e, struct sockaddr_storage *ret);
int endpoint_from_sockaddr(const struct sockaddr *sa, unsigned len, struct endpoint *ret);
