/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/kernel/netlink.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* UDP sockets for IKE and L2TP: bound to one local address, marked, non-blocking. */

struct udp_request {
	struct endpoint local; /* address; wanted port, 0: an ephemeral one */
	uint32_t mark;	       /* SO_MARK, 0: none */
	bool bypass;	       /* never through IPsec itself: for IKE */
	bool esp_in_udp;       /* the kernel takes ESP out of it (RFC 3948 2.1): for port 4500 */
};

/* Which way packets to an address take. */
struct udp_path {
	struct endpoint local; /* our address, port 0 */
	char ifname[16];
	uint32_t mtu; /* 0: the kernel doesn't tell */
};

/*
 * Looks up the way to REMOTE for a socket with that mark; nothing is sent.
 * Causes: NO_ROUTE, PRIVILEGE, SOCKET.
 */
_must_check_ int udp_find_path(const struct endpoint *remote, uint32_t mark, struct udp_path *ret,
			       struct failure *ret_failure);

/*
 * Opens a socket as asked; a wanted port that is taken gives an ephemeral one. ICMP errors come by
 * udp_read_error(), but not for a socket with esp_in_udp, on which the kernel keeps them to itself.
 * Causes: SOCKET, PRIVILEGE, KERNEL_XFRM.
 */
_must_check_ int udp_open(const struct udp_request *request, int *ret_fd, uint16_t *ret_port,
			  struct failure *ret_failure);

_must_check_ int udp_send(int fd, const struct endpoint *to, const uint8_t *data, size_t len);

/*
 * Reads one datagram. Return: 0; -EAGAIN when there is none; -EMSGSIZE for one that is larger than
 * the buffer (it is gone); another negative errno.
 */
_must_check_ int udp_receive(int fd, struct endpoint *ret_from, void *buf, size_t size,
			     size_t *ret_len);

/*
 * Takes the next ICMP error of a socket; *ret_to is where the datagram was sent to that it answers.
 * Return: the positive errno it stands for; 0 when there is none; a negative errno.
 */
_must_check_ int udp_read_error(int fd, struct endpoint *ret_to);
