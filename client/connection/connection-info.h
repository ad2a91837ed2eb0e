/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What is known of a connection, as data: for those who tell of it and for those who decide by it. */

#include <stdbool.h>
#include <stdint.h>

#include "client/boundary/dataplane.h"
#include "client/boundary/system.h"
#include "client/connection/scout.h"
#include "client/failure/failure.h"
#include "ike/ike.h"
#include "l2tp/l2tp.h"
#include "lib/macros.h"
#include "lib/nsec.h"

#define CONNECTION_AUTHORITY_MAX 256
#define CONNECTION_REPAIRS_MAX	 8

/* The states in the order in which a connection passes them. */
#define CONNECTION_STATES(X)                                \
	X(IDLE, "idle", N_("not started"))                  \
	X(RESOLVE, "resolve", N_("looking up the gateway")) \
	X(PHASE1, "phase1", N_("IKE phase 1"))              \
	X(PHASE2, "phase2", N_("IKE phase 2"))              \
	X(L2TP, "l2tp", N_("L2TP"))                         \
	X(PPP, "ppp", N_("PPP"))                            \
	X(UP, "up", N_("connected"))                        \
	X(WAIT, "wait", N_("waiting to reconnect"))         \
	X(CLOSING, "closing", N_("closing"))                \
	X(DOWN, "down", N_("down"))

enum connection_state {
#define X(name, id, words) CONNECTION_##name,
	CONNECTION_STATES(X)
#undef X
};

#define CONNECTION_STATE_COUNT (CONNECTION_DOWN + 1)

/* How much of a connection that was lost had to be made anew. */
enum repair_level {
	REPAIR_CALL, /* L2TP's call and PPP, in the tunnel that stood */
	REPAIR_ALL,
};

/* A loss that is over. */
struct connection_repaired {
	enum cause cause;
	enum repair_level level;
	nsec_t at, took; /* since the start; until traffic could flow again */
	unsigned int tries;
};

/* What was seen up to a failure, and in its last step, as numbers. */
struct connection_seen {
	bool known;
	nsec_t step; /* how long that step took */
	struct ike_stats ike;
	struct l2tp_stats l2tp;
	unsigned int repeats; /* of the gateway's former message */
	uint16_t notify;      /* unauthenticated, of the gateway's; 0: none */
	int icmp;	      /* errno that a router's or the gateway's ICMP stands for; 0: none */
	bool esp_known;
	uint64_t esp_sent, esp_received; /* packets of the newest pair */
};

/* What is known of the connection; grows while it comes up. Nothing in it is secret. */
struct connection_info {
	enum connection_state state;
	nsec_t started; /* when connection_start() was called */
	nsec_t attempt; /* when the present attempt began, or the last one */
	nsec_t entered[CONNECTION_STATE_COUNT]; /* when a state was entered; 0: never */
	struct endpoint gateway;		/* the address in use, port 500 */
	struct endpoint local;			/* our address towards it */
	uint16_t natt_port, l2tp_port;
	char uplink[SYS_IFNAME_MAX];
	/* What is known yet of what follows. */
	bool natt_known, phase1_known, child_known, tunnel_known, address_known, address6_known;
	bool natt_supported, local_nat, remote_nat, forced_encap, dpd, udp_encap;
	const char *natt_variant; /* the document of NAT traversal that is spoken; NULL: none */
	struct ike_proposal phase1;
	uint32_t phase1_life_s;
	struct ike_id peer_id;
	struct ike_esp_proposal esp;
	uint32_t spi_in, spi_out;
	uint32_t child_life_s, child_life_kb;
	nsec_t phase1_since, child_since;
	char lns_name[L2TP_HOST_NAME_MAX], lns_vendor[L2TP_HOST_NAME_MAX];
	uint16_t tunnel_id, peer_tunnel_id, session_id, peer_session_id;
	struct ppp_findings found; /* in PPP's frames */
	char ifname[DP_IFNAME_MAX];
	uint32_t ifindex;
	struct endpoint address, peer_address;
	struct endpoint address6, peer_address6; /* link-local */
	struct endpoint offered_dns[2];		 /* by the gateway; family 0: none */
	struct endpoint dns[SYS_DNS_MAX];	 /* in force */
	size_t n_dns;
	uint32_t path_mtu; /* towards the gateway; 0: unknown */
	uint16_t mtu;	   /* of the interface */
	bool floated;	   /* UDP 500 is closed to us: it all goes to 4500 */
	bool call_granted; /* L2TP's session may begin */
	bool surveyed;	   /* `survey` has what was asked before the attempt */
	bool worked;	   /* it was up before, or is */
	struct scout_findings survey;
	struct vendors vendors; /* what the gateway calls itself in phase 1 */
	struct connection_seen seen;
	/* While a loss is repaired: since when, what it was (NONE: nothing is), how many tries. */
	nsec_t repair_since;
	enum cause repairing;
	unsigned int repair_tries;
	struct failure repair_last; /* why the last try failed; at first the loss */
	bool repair_held;	    /* nothing is tried any more until the user has ended it */
	unsigned int n_repairs;	    /* ever; the last ones, by number modulo the array's size: */
	struct connection_repaired repairs[CONNECTION_REPAIRS_MAX];
};

/* Counters of both engines and the data plane. */
struct connection_counters {
	struct ike_stats ike;
	struct l2tp_stats l2tp;
	struct dp_counters dataplane;
};

/* What the engines and PPP tell, taken down. */
void connection_info_natt(struct connection_info *info, const struct ike_event *event);
void connection_info_phase1(struct connection_info *info, const struct ike_event *event,
			    nsec_t now);
void connection_info_child(struct connection_info *info, const struct ike_child *child, nsec_t now);
void connection_info_tunnel(struct connection_info *info, const struct l2tp_event *event);
void connection_info_ppp(struct connection_info *info, const struct dp_ppp_event *event);

/* Another attempt: what is told of the connection as a whole stays. */
void connection_info_start_over(struct connection_info *info, bool floated);

/* "phase1" and "IKE phase 1". */
const char *connection_state_id(enum connection_state state);
const char *connection_state_words(enum connection_state state);
