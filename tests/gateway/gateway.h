/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The gateway emulator: the models of tests/sim on real sockets, with the kernel's IPsec and L2TP below
 * them and pppd above. Its defaults are an office router's of Yamaha's kind. README.md has the manual.
 *
 * A client is whoever began phase 1: PCs behind one NAPT differ in their ports, and two that had the same
 * port one after the other may differ in the life that they offer. Each has a responder,
 * an LNS and a part of the kernel of its own.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "client/kernel/netlink.h"
#include "client/kernel/xfrm-policy.h"
#include "client/kernel/xfrm.h"
#include "misbehave.h"
#include "ppp-peer.h"
#include "tests/sim/ike/ike-responder.h"
#include "tests/sim/l2tp/lns-model.h"

#define CLIENTS_MAX 64
#define DELAYED_MAX 32

struct gateway_config {
	struct endpoint local, inside; /* of the tunnels, and of PPP's end */
	char psk[128], l2tp_secret[64];
	char pool[64];	      /* the first client's address, the next one's is one higher */
	char ppp_options[64]; /* pppd's file of options */
	struct ike_esp_proposal esp;
	enum responder_natt natt;
	enum responder_asking asks;
	uint32_t method; /* of authentication that it takes in phase 1: 1 a key, 3 RSA signatures */
	bool dpd, challenges;
	bool hides, chatty, sequencing;	      /* of L2TP, see lns-model.h */
	bool no_bearer;			      /* knows no Bearer Capabilities AVP */
	bool ends_with_call, drops_challenge; /* see lns-model.h */
	char redirect[64]; /* sends everybody on to that address; empty: nobody */
	unsigned int hello_s, idle_s, cut_s;
};

/* What an SA pair of the responder has become in the kernel. */
struct pair {
	bool in, out;
	struct xfrm_sa_id sa_in, sa_out;
	nsec_t cut_at;
};

struct client {
	bool used;
	unsigned int number;
	const struct misbehaviour *misbehaviour; /* NULL: it is treated properly */
	struct endpoint came_from;		 /* its first message */
	struct responder responder;
	uint32_t phase1_life_s; /* that it offers */
	nsec_t phase1_end[RESPONDER_SAS_MAX];
	uint64_t phase1_age[RESPONDER_SAS_MAX]; /* of which SA's that is */
	unsigned int quicks, mains;		/* that the gateway began and brought to an end */
	struct endpoint peer;			/* where its ESP comes from */
	struct pair pairs[RESPONDER_CHILDREN_MAX];
	struct xfrm_policy policies[2];
	size_t n_policies;

	struct lns lns;
	enum lns_state lns_state; /* as it was last seen */
	struct endpoint l2tp;	  /* the other end of its tunnel */
	int udp_fd, session_fd, tunnel_fd, pppd_fd;
	pid_t pppd;
	uint8_t address;     /* which of the pool's */
	struct ppp_peer ppp; /* in place of pppd, for some misbehaviours */
	nsec_t check_at;     /* for data */
	nsec_t data_at;
	uint64_t data;
};

struct delayed {
	nsec_t due;
	struct responder_datagram datagram;
};

struct gateway {
	struct gateway_config config;
	int ike_fd, natt_fd;
	struct netlink xfrm;
	nsec_t now;
	unsigned int clients_seen;
	bool silent;
	bool meets; /* what a client begins it begins as well, at the same moment */
	const struct misbehaviour *next; /* of the next client that comes */
	uint32_t misbehave_life; /* an offer of this life and N s gets the Nth one; 0: none does */
	struct client *clients[CLIENTS_MAX];
	size_t n_delayed;
	struct delayed delayed[DELAYED_MAX];
};

/* A line for the log, and for whoever waits for it. */
__attribute__((format(printf, 2, 3))) void note(const struct client *c, const char *format, ...);

/* main.c: sends a datagram of IKE's from the port that it says. */
void gateway_send(struct gateway *g, const struct responder_datagram *d);

/* clients.c: a datagram of IKE's ports; what is due; the client that a command is meant for. */
void clients_input(struct gateway *g, const struct endpoint *from, bool natt, const uint8_t *data,
		   size_t len);
nsec_t clients_deadline(const struct gateway *g);
void clients_timeout(struct gateway *g);
void clients_drain(struct gateway *g);
void clients_l2tp(struct gateway *g, struct client *c);
void clients_forget(struct gateway *g, struct client *c);
struct client *clients_newest(struct gateway *g);

/* plane.c: the kernel's part of a client. */
void plane_init(struct client *c);
void plane_sync(struct gateway *g, struct client *c);
bool plane_send(struct client *c, const uint8_t *data, size_t len);
bool plane_receive(struct client *c, uint8_t *buf, size_t size, size_t *ret_len);
void plane_start_ppp(struct gateway *g, struct client *c);
void plane_stop_ppp(struct client *c);
uint64_t plane_data(const struct client *c);
void plane_clear(struct gateway *g, struct client *c);
