/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <netinet/in.h>

/* After the C library's: musl's headers tell the kernel's what is there, and can't be told. */
#include <linux/xfrm.h>

#include "client/failure/failure.h"
#include "client/kernel/netlink.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* What messages about SAs and about policies have in common. The netlink socket is of NETLINK_XFRM. */

/* Bits on what our SAs have decrypted; they stay on it through L2TP and PPP up to the socket. */
#define XFRM_INBOUND_MARK 0x00740000

/* Opens the socket. Causes: KERNEL_XFRM, PRIVILEGE. */
_must_check_ int xfrm_open(struct netlink *ret, struct failure *ret_failure);

xfrm_address_t xfrm_address(const struct endpoint *e);

/* UDP between exactly these two. */
struct xfrm_selector xfrm_selector_of(const struct endpoint *src, const struct endpoint *dst);

/* Zero would mean "at once" for bytes and packets, and "never" for times. */
struct xfrm_lifetime_cfg xfrm_no_limits(void);
