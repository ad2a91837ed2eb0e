/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What a profile says of routes, names and PPP, in the form in which the tables of the connection take it
 * (system.h, dataplane.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"
#include "lib/secret.h"

#define SYS_NAME_MAX   256
#define SYS_ROUTES_MAX 256
#define SYS_DNS_MAX    8
#define SYS_SEARCH_MAX 16

#define DP_IFNAME_MAX 16
#define DP_USER_MAX   256
#define DP_PATH_MAX   1024

struct sys_route {
	struct endpoint dest; /* port unused */
	uint8_t prefix_len;
	uint32_t metric; /* 0: none given */
};

/* EAP-TLS (RFC 5216) with these files; PKCS#12 in `cert` may stand for all three. */
struct dp_tls {
	bool wanted; /* and nothing else will do */
	char ca[DP_PATH_MAX], cert[DP_PATH_MAX], key[DP_PATH_MAX];
};

/* What PPP is to do. Zero values are pppd's defaults. */
struct dp_ppp {
	char user[DP_USER_MAX];
	struct secret password; /* or the key's passphrase; the callee wipes the copy it makes */
	struct dp_tls tls;
	bool refuse_pap, refuse_chap, refuse_mschap, refuse_mschapv2, refuse_eap;
	bool nobsdcomp, nodeflate, no_vj, nopcomp, noaccomp;
	bool require_mppe, require_mppe_40, require_mppe_128, mppe_stateful;
	unsigned int lcp_echo_interval, lcp_echo_failure; /* seconds, count; 0: off */
	bool want_dns;
	bool debug;		    /* the negotiation in the log */
	char ifname[DP_IFNAME_MAX]; /* wanted name, or empty: pppN */
	bool keep_interface;	    /* the same one for all calls, where that can be had */
};
