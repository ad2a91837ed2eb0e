/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The program's connection between its recording tables and models of gateways, on a road that loses
 * what it is told to. The time is virtual.
 */

#include "tests/sim/ike/ike-responder.h"
#include "tests/sim/l2tp/lns-model.h"
#include "tests/sim/toy-crypto.h"
#include "tests/unit/connection/recording.h"

#define OFFICE_GATEWAYS	  3
#define OFFICE_ROUNDS_MAX 4000

struct office_gateway {
	struct endpoint address;
	struct responder responder;
	struct lns lns;
	bool deaf;	       /* hears L2TP from port 1701 alone */
	bool silent;	       /* nothing gets to it or from it */
	bool mute;	       /* nothing through ESP */
	unsigned int attempts; /* main mode's first messages that came */
};

struct office {
	struct recording recording;
	struct profile *profile;
	struct secret psk, password, l2tp_secret;
	struct connection *connection;
	struct prng prng;
	struct ike_crypto crypto;
	/* 198.51.100.2, to which the name leads, 192.0.2.7 and 192.0.2.8 */
	struct office_gateway gateways[OFFICE_GATEWAYS];
	bool nat;	   /* before the client */
	bool closed;	   /* nobody forwards UDP 4500 */
	unsigned int loss; /* per cent of IKE's datagrams */
};

/* A connection that isn't started yet. VPN: further lines of the profile's [vpn]. */
struct office *office_new(const char *vpn);
/* The same with tunnel authentication. */
struct office *office_new_secret(const char *vpn, const char *l2tp_secret);
void office_free(struct office *x);

/* The gateway with that address; NULL: none. */
struct office_gateway *office_find(struct office *x, const struct endpoint *to);

/* The gateway forgets everything but its configuration. */
void office_reboot(struct office_gateway *g);

/* Hands what the connection has sent to the gateways. True: there was something. */
bool office_carry_out(struct office *x);

/* Hands what the gateways say to the connection. True: there was something. */
bool office_carry_in(struct office *x);

/* Starts it, and lets the time pass until PPP is asked for, or it is down. */
void office_run(struct office *x);

/* What was opened was closed, as often and before it was opened again; nobody broke a rule. */
void office_check_closed(const struct office *x);

/*
 * Closes it, checks that and that nothing stays at a gateway that was left, and frees it.
 */
void office_end(struct office *x);
