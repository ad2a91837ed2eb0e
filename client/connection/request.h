/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From the profile to requests: what each engine and each table is asked for. Pure functions; the
 * connection calls them in the order in which it learns what they need (address, ports, interface).
 */

#include "client/connection/connection-info.h"
#include "client/profile/profile.h"

/* The mark of all tunnels' own packets: whatever tunnel there is, they stay out of it. */
#define REQUEST_MARK UINT32_C(0x7473)

/* What to look up. */
void request_gateway(const struct profile *p, char *ret, size_t size);

/* The phase 1 transforms that will be offered. */
void request_offer(const struct profile *p, const struct ike_proposal **ret, size_t *ret_n);

void request_ike_sockets(const struct profile *p, const struct connection_info *info,
			 struct sys_ike_sockets *ret);

/* FIXED: L2TP is sent from 1701 whatever the profile says. */
void request_dataplane(const struct profile *p, const struct connection_info *info, bool fixed,
		       struct dp_config *ret);

/* The configuration of the IKE engine; PSK stays the caller's and is referred to by *ret. */
void request_ike(const struct profile *p, const struct connection_info *info,
		 const struct secret *psk, struct ike_config *ret);

/* PATH is what IKE found out about it. *ret holds a copy of the secret, which the caller wipes. */
void request_l2tp(const struct profile *p, const struct secret *secret,
		  const struct ike_stats *path, struct l2tp_config *ret);

/* *ret holds a copy of the password, which the caller wipes. */
void request_ppp(const struct profile *p, const struct connection_info *info,
		 const struct secret *password, struct dp_ppp *ret);

/* The methods of authentication that the profile allows, a bit for each. */
uint16_t request_methods(const struct profile *p);

void request_network(const struct profile *p, const struct connection_info *info,
		     struct sys_network *ret);

/*
 * The sizes of PPP's packets: what fits into the path's packets with the algorithms that were agreed
 * on, so that nothing is cut in two outside, and at most what the profile says (Windows' 1400 when it
 * says nothing). SEQUENCING: L2TP's data messages carry sequence numbers.
 */
void request_link(const struct profile *p, const struct connection_info *info, bool sequencing,
		  struct dp_link *ret);
