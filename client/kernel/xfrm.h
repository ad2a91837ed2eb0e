/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/kernel/netlink.h"
#include "client/undo/undo-entry.h"
#include "ike/ike.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/secret.h"

/* The kernel's IPsec: SAs in transport mode. The netlink socket is of xfrm_open(). */

/* One ESP SA (RFC 4303). */
struct xfrm_sa {
	bool out;		  /* we send by it */
	struct endpoint src, dst; /* of the packets; the UDP ports when udp_encap (RFC 3948) */
	bool udp_encap;
	uint32_t spi, reqid;		  /* host order */
	struct endpoint sel_src, sel_dst; /* what it may carry: UDP between these two */
	struct ike_esp_proposal algorithms;
	const struct secret *encr_key, *auth_key;
	uint32_t life_kb; /* hard limit; 0: none */
};

/* What an SA is known by. */
struct xfrm_sa_id {
	struct endpoint src, dst; /* ports unused */
	uint32_t spi;		  /* host order */
	uint32_t reqid;		  /* ours: an SA with another one isn't */
};

extern const struct undo_kind xfrm_sa_kind;

struct xfrm_counters {
	uint64_t bytes, packets;
};

/* Adds the SA. Causes: KERNEL_ESP, KERNEL_ALGORITHM, KERNEL_XFRM, PRIVILEGE. */
_must_check_ int xfrm_add_sa(struct netlink *nl, const struct xfrm_sa *sa,
			     struct failure *ret_failure);

/* Removes it, when the SA there has this reqid. Return: 0; -ESRCH; another negative errno. */
int xfrm_del_sa(struct netlink *nl, const struct xfrm_sa_id *sa);

_must_check_ int xfrm_get_counters(struct netlink *nl, const struct xfrm_sa_id *sa,
				   struct xfrm_counters *ret);

/* A non-blocking socket that hears of expiring SAs. */
_must_check_ int xfrm_events_open(int *ret_fd);

/*
 * Reads one message and calls FN for each expiry in it. FN may close FD.
 * Return: 1, there may be more; 0, there is none; a negative errno.
 */
int xfrm_events_read(int fd, void (*fn)(void *userdata, uint32_t spi, bool hard), void *userdata);
