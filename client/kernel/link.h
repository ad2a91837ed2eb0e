/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "client/failure/failure.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* Whether any network interface but the loopback is up and has carrier. */
bool link_any(void);

/* A failure for which there may be no way at all is named so if this machine has no network. */
void link_explain(struct failure *f);

/*
 * The interface's number; 0: there is none of that name. As if_nametoindex(), but that the kernel doesn't start
 * modprobe, and have us wait for it, when it doesn't know the name.
 */
uint32_t link_ifindex(const char *ifname);

/*
 * Gives the interface an IPv4 address (of 32 bits) that no packet has as its source: the kernel takes all routes off an
 * interface with its last address, and this one stays. LABEL: another one than the interface's name, by which pppd takes
 * addresses away. Return: 0; a negative errno.
 */
_must_check_ int link_add_dummy_address(const char *ifname, const struct endpoint *address,
					const char *label);

/* The interface's first global IPv6 address, family 0 when it has none. */
void link_get_address6(const char *ifname, struct endpoint *ret);

/* What an interface has counted. Return: 0; a negative errno. */
int link_get_counters(const char *ifname, uint64_t *ret_rx_bytes, uint64_t *ret_tx_bytes,
		      uint64_t *ret_rx_packets, uint64_t *ret_tx_packets);
