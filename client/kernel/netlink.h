/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/netlink.h>
#include <netlink/msg.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/macros.h"

/*
 * One request at a time over a netlink socket: send, wait for the answer of this sequence number,
 * give a negative errno. Messages are built with libnl's core; its sockets are not used, because they
 * fold several errno values into one.
 */
struct netlink {
	int fd; /* -1: not open */
	uint32_t seq;
};

#define NETLINK_CLOSED ((struct netlink){ .fd = -1 })

/* Opens a socket of that protocol (NETLINK_ROUTE, NETLINK_XFRM). Return: 0; a negative errno. */
_must_check_ int netlink_open(struct netlink *nl, int protocol);
void netlink_close(struct netlink *nl);

/*
 * A message of that type with a fixed header of LEN bytes copied from HEADER; NULL without memory.
 * The buffer is bounded; what doesn't fit makes the puts fail, and netlink_request() refuses.
 */
struct nl_msg *netlink_msg(uint16_t type, uint16_t flags, const void *header, size_t len);

/* Wipes and frees: messages may carry keys. Accepts NULL. For _cleanup_(netlink_msg_freep). */
void netlink_msg_freep(struct nl_msg **msg);

/* Puts the address of an endpoint. Return: 0; -NLE_NOMEM. */
_must_check_ int netlink_put_addr(struct nl_msg *msg, int type, const struct endpoint *e);

/* Sends MSG and waits for its acknowledgement. Return: 0; the kernel's negative errno. */
_must_check_ int netlink_request(struct netlink *nl, struct nl_msg *msg);

/*
 * Sends MSG, which asks for one object, and copies the answer with its header.
 * Return: 0; the kernel's negative errno; -EMSGSIZE when RET is too small.
 */
_must_check_ int netlink_get(struct netlink *nl, struct nl_msg *msg, void *ret, size_t size);

/*
 * Sends MSG, which asks for all objects of a kind, and calls FN for each.
 * Return: 0; the kernel's negative errno, also when it changed its mind meanwhile.
 */
_must_check_ int netlink_dump(struct netlink *nl, struct nl_msg *msg,
			      void (*fn)(void *userdata, struct nlmsghdr *h), void *userdata);

/* What the kernel said in words about the last error on this thread ("" for nothing). */
const char *netlink_error_text(void);
