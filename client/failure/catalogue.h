/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The catalogue of causes: why something could not be done, as data. Exit codes, identifiers and what
 * is said about a cause are defined here and nowhere else; tsunagu(8) and --json are made from it.
 */

#include <stdint.h>

#include "lib/macros.h"

/* The program's exit codes: an interface, documented in tsunagu(8); numbers are never reused. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_INTERNAL = 1,	  /* our own trouble: memory, files, the unexpected */
	EXIT_USAGE = 2,		  /* the command line */
	EXIT_PROFILE = 3,	  /* the profile: missing, unreadable, unsafe, wrong */
	EXIT_PRIVILEGE = 4,	  /* not allowed */
	EXIT_SYSTEM = 5,	  /* the kernel or a program that is needed is missing */
	EXIT_BUSY = 6,		  /* the connection of that name runs already */
	EXIT_NOT_CONNECTED = 7,	  /* there is no such connection */
	EXIT_RESOLVE = 10,	  /* the gateway's name */
	EXIT_ROUTE = 11,	  /* no way to the gateway from this machine */
	EXIT_NO_ANSWER = 12,	  /* the gateway is silent on UDP 500 */
	EXIT_NATT_SILENT = 13,	  /* it answers on UDP 500 and is silent on UDP 4500 */
	EXIT_PHASE1 = 14,	  /* phase 1 refused */
	EXIT_AUTHENTICATION = 15, /* pre-shared key, certificate, identity */
	EXIT_PHASE2 = 16,	  /* phase 2 refused, or its packets don't come through */
	EXIT_L2TP = 17,		  /* L2TP silent or refused */
	EXIT_PPP = 18,		  /* PPP: no agreement */
	EXIT_PPP_AUTH = 19,	  /* the login: user name, password, certificate */
	EXIT_LOST = 20,		  /* it worked, and then it ended */
	EXIT_INTERRUPTED = 21,	  /* the user ended the attempt */
	EXIT_PATH = 22,		  /* the tunnel stands, and something in it does not pass */
};

/* Where in the chain a cause sits, in the order in which a connection climbs it. */
#define STAGES(X)                           \
	X(NONE, "none")                     \
	X(MACHINE, "machine")               \
	X(PROFILE, "profile")               \
	X(NAME, "name")                     \
	X(ROUTE, "route")                   \
	X(UDP500, "udp500")                 \
	X(PHASE1, "phase1")                 \
	X(UDP4500, "udp4500")               \
	X(AUTHENTICATION, "authentication") \
	X(PHASE2, "phase2")                 \
	X(ESP, "esp")                       \
	X(L2TP, "l2tp")                     \
	X(PPP, "ppp")                       \
	X(PPP_AUTH, "ppp-auth")             \
	X(ADDRESS, "address")               \
	X(UP, "up")                         \
	X(MTU, "mtu")                       \
	X(DNS, "dns")

enum stage {
#define X(name, id) STAGE_##name,
	STAGES(X)
#undef X
};

/* How sure we are when we name a cause. */
enum certainty {
	SURE_PROVEN, /* it follows from what was seen, and nobody else could have made us see it */
	SURE_LIKELY, /* from an unauthenticated word, or from silence that was asked about */
	SURE_POSSIBLE, /* the best of several explanations */
};

/* clang-format off */
#define CAUSES(X) \
	X(INTERNAL) \
	X(USAGE) \
	X(MEMORY) \
	X(PROFILE_MISSING) \
	X(PROFILE_UNREADABLE) \
	X(PROFILE_UNSAFE) \
	X(PROFILE_INVALID) \
	X(SECRET_MISSING) \
	X(SECRET_UNREADABLE) \
	X(CERT_FILE) \
	X(CERT_PASSPHRASE) \
	X(CERT_KEY) \
	X(PRIVILEGE) \
	X(KERNEL_XFRM) \
	X(KERNEL_ESP) \
	X(KERNEL_L2TP) \
	X(KERNEL_PPP) \
	X(KERNEL_ALGORITHM) \
	X(KERNEL_BLACKLISTED) \
	X(PPPD_MISSING) \
	X(PPPD_LACKING) \
	X(PPPD_FAILED) \
	X(RUN_DIR) \
	X(SOCKET) \
	X(LOCAL_FIREWALL) \
	X(NETWORK_SETUP) \
	X(DNS_SETUP) \
	X(DEFAULT_TAKEN) \
	X(RUNNING) \
	X(NOT_RUNNING) \
	X(CONTROL) \
	X(LEFT_BEHIND) \
	X(RESOLVE) \
	X(NO_ROUTE) \
	X(NO_LINK) \
	X(UDP500_SILENT) \
	X(UDP500_REFUSED) \
	X(UDP4500_SILENT) \
	X(NO_NATT) \
	X(PHASE1_REFUSED) \
	X(PHASE1_METHOD) \
	X(PHASE1_STALLED) \
	X(NOT_OFFERED) \
	X(PSK_WRONG) \
	X(PSK_OR_PORT) \
	X(ID_WRONG) \
	X(ID_REFUSED) \
	X(XAUTH_WANTED) \
	X(CERT_REFUSED) \
	X(PEER_UNTRUSTED) \
	X(PEER_EXPIRED) \
	X(CLOCK_WRONG) \
	X(PEER_REVOKED) \
	X(PEER_CRL) \
	X(PEER_USAGE) \
	X(PEER_WEAK) \
	X(PEER_NAME) \
	X(PEER_SIGNATURE) \
	X(PHASE2_REFUSED) \
	X(PHASE2_ID) \
	X(PHASE2_SILENT) \
	X(ESP_SILENT) \
	X(L2TP_SILENT) \
	X(L2TP_REFUSED) \
	X(L2TP_FULL) \
	X(L2TP_AUTH) \
	X(L2TP_SECRET) \
	X(L2TP_PROTOCOL) \
	X(PPP_SILENT) \
	X(PPP_NEGOTIATION) \
	X(PPP_AUTH_METHOD) \
	X(PPP_AUTH_UNKNOWN) \
	X(PPP_AUTH) \
	X(LOGIN_REFUSED) \
	X(LOGIN_FAILED) \
	X(LOGIN_UNANSWERED) \
	X(ACCOUNT_HOURS) \
	X(ACCOUNT_DISABLED) \
	X(PASSWORD_EXPIRED) \
	X(PASSWORD_CHANGE) \
	X(NO_DIALIN) \
	X(USER_CERT_REFUSED) \
	X(GATEWAY_UNPROVEN) \
	X(PPP_ENCRYPTION) \
	X(PPP_NO_ADDRESS) \
	X(PPP_CLOSED) \
	X(MTU) \
	X(DNS_SILENT) \
	X(LOST_GATEWAY) \
	X(LOST_REBOOT) \
	X(LOST_ADDRESS) \
	X(LOST_UPLINK) \
	X(LOST_DISPLACED) \
	X(LOST_CLOSED) \
	X(LOST_IDLE) \
	X(LOST_PPP) \
	X(LOST_LIFETIME) \
	X(TIMEOUT) \
	X(INTERRUPTED)
/* clang-format on */

enum cause {
	CAUSE_NONE,
#define X(name) CAUSE_##name,
	CAUSES(X)
#undef X
	CAUSE_COUNT,
};

struct cause_info {
	const char *id; /* an interface: it stands in --json and in the manual */
	enum exit_code code;
	enum stage stage;
	uint16_t windows; /* the nearest error number of Windows' client (raserror.h); 0: none */
	enum certainty sure;
	const char *sentence; /* what happened, without capital and full stop */
	const char *remedy;   /* for the user; NULL: nothing but what the others say */
	const char *admin;    /* for the gateway's administrator; NULL: nothing to be done there */
	const char *yamaha;   /* commands of a Yamaha router for it, "; " between; NULL: none */
};

const struct cause_info *cause_info(enum cause cause);

/* "udp4500" and "proven": as they stand in --json. */
const char *stage_id(enum stage stage);
const char *certainty_id(enum certainty sure);
