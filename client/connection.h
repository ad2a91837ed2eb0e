/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection: the one place that knows both engines and the order of things. It reaches the
 * system through two tables (system.h, dataplane.h) and the time through a function, so that tests
 * run it without kernel, network and clock. It never writes to the terminal or the log: what happens
 * comes out as events.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/dataplane.h"
#include "client/failure.h"
#include "client/profile.h"
#include "client/scout.h"
#include "client/system.h"
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

enum connection_event_type {
	CONNECTION_EVENT_STATE,	  /* info.state is new */
	CONNECTION_EVENT_STEP,	  /* something within a state went ahead: `text` */
	CONNECTION_EVENT_WARNING, /* the user should know: `text` */
	CONNECTION_EVENT_LOG,	  /* for the log alone: `text` */
	CONNECTION_EVENT_UP,	  /* traffic can flow, again if `repaired` is there */
	CONNECTION_EVENT_REPAIR,  /* it is lost and is repaired, or a try has failed: `failure` */
	CONNECTION_EVENT_DOWN,	  /* everything is undone; `failure` says why; the last event */
	CONNECTION_EVENT_PHASE1_KEY, /* for a key log: `ike` holds a PHASE1_UP event */
	CONNECTION_EVENT_CHILD_KEY,  /* for a key log: `ike` holds a CHILD_UP event */
};

struct connection_event {
	enum connection_event_type type;
	nsec_t at; /* since the start */
	const struct connection_info *info;
	const struct failure *failure; /* of DOWN; cause NONE: as asked for; of REPAIR */
	const struct connection_repaired *repaired; /* of UP: what it was; NULL: the first one */
	const char *text;
	const struct ike_event *ike; /* valid during the call, wiped afterwards */
};

struct connection_config {
	const struct profile *profile;	  /* stays valid while the connection lives */
	const struct secret *psk;	  /* copied */
	const struct secret *password;	  /* copied */
	const struct secret *l2tp_secret; /* copied; empty: no tunnel authentication */
	const struct ike_auth *auth;	  /* certificates; NULL: the pre-shared key */
	const struct ike_id *auth_id;	  /* our identity with them, where the profile has none */
	const char *auth_words;		  /* about their last refusal; changes with it */
	/* Whether the authority has issued our certificate, and its name; given auth->userdata. */
	bool (*issued_by)(void *userdata, const struct ike_id *authority,
			  char ret[static CONNECTION_AUTHORITY_MAX]);
	const struct ike_crypto *crypto;
	const struct l2tp_crypto *l2tp_crypto;
	struct system *system; /* both stay the caller's, who frees them after it */
	struct dataplane *dataplane;
	nsec_t timeout; /* of the whole attempt */
	bool want_keys; /* give the two key log events */
	/*
	 * For a diagnosis: the gateway is asked beforehand what it takes and whether UDP 4500 is open,
	 * and the machine's routes and names stay as they are.
	 */
	bool survey;
	/*
	 * Where it ends in order, without a failure: after the survey (PHASE1, for want of a key), when
	 * the gateway has granted the call and before PPP says a word (L2TP, for want of a password).
	 * IDLE: nowhere.
	 */
	enum connection_state until;
	void *userdata;
	nsec_t (*now)(void *userdata);
	void (*on_event)(void *userdata, const struct connection_event *event);
};

struct connection;

/*
 * Makes a connection in state IDLE and takes the listeners of system and data plane.
 * Return: 0; -ENOMEM.
 */
_must_check_ int connection_new(const struct connection_config *config, struct connection **ret);

/* Frees it; the data plane and the network must have been closed by then (DOWN). Accepts NULL. */
struct connection *connection_free(struct connection *c);

/* Begins. From now on events come, the last one is DOWN, also when the beginning fails. */
void connection_start(struct connection *c);

/*
 * Ends it in order: routes and names first, then PPP, L2TP, IKE. DOWN follows within a few seconds,
 * with F's failure (NULL: it was asked for). A second call makes haste: nothing is waited for.
 */
void connection_close(struct connection *c, const struct failure *f);

/* To be called when connection_deadline() has come. */
void connection_timeout(struct connection *c);

/* The machine has slept, or the process was stopped: what stood is in doubt. */
void connection_resumed(struct connection *c);

/* When connection_timeout() wants to be called; NSEC_NEVER for not at all. */
nsec_t connection_deadline(const struct connection *c);

const struct connection_info *connection_get_info(const struct connection *c);

/* Counters of both engines and the data plane; what isn't there is zero. */
struct connection_counters {
	struct ike_stats ike;
	struct l2tp_stats l2tp;
	struct dp_counters dataplane;
};

void connection_get_counters(const struct connection *c, struct connection_counters *ret);

/* "phase1" and "IKE phase 1". */
const char *connection_state_id(enum connection_state state);
const char *connection_state_words(enum connection_state state);
