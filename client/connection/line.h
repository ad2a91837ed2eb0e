/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The line to the gateway: IKE's sockets and engine, the data plane with its SA pairs, L2TP's engine, PPP. It does what
 * it is told and writes down what it sees; it decides nothing, and knows nobody who uses it.
 */

#include "client/connection/connection-config.h"
#include "client/connection/evidence.h"

#define LINE_CHILDREN_MAX 8

/* How the gateway is to be dealt with, as far as the profile doesn't say it. */
struct line_way {
	bool floated;	    /* all of IKE goes to UDP 4500 */
	bool port_1701;	    /* L2TP is sent from there */
	bool minimal_sccrq; /* with what RFC 2661 demands alone */
	bool waited_for;    /* it may be back any moment */
	bool frugal;	    /* one main mode has to do */
	nsec_t keepalive;   /* for the NAT */
	enum ppp_method method;
	bool no_eap;
};

struct line {
	const struct connection_config *config;
	struct connection_info *info;
	struct evidence *evidence;
	const struct news *news;
	struct secret psk, password, l2tp_secret;
	struct line_way way;
	struct ike *ike;
	struct l2tp *l2tp;
	struct ike_child children[LINE_CHILDREN_MAX]; /* keys wiped */
	size_t n_children;
	bool open; /* the data plane */
	bool ppp_started;
	bool ppp_stuck;		    /* when it was last looked */
	bool told_checking;	    /* in this attempt, that the gateway checks the password */
	int64_t ppp_packets;	    /* of ESP beyond L2TP, when PPP began */
	unsigned int sccrq_repeats; /* when quick mode was last repeated for want of an answer */
};

/* All but the secrets stays the caller's. */
void line_init(struct line *l, const struct connection_config *config, struct connection_info *info,
	       struct evidence *evidence, const struct news *news);
void line_free(struct line *l);

/* The one place that assigns the state; and a stage of IKE's within it. */
void line_enter(struct line *l, enum connection_state state);
void line_enter_stage(struct line *l);

bool line_is_ending(const struct line *l);

/* The evidence as of now. */
const struct evidence *line_evidence(struct line *l);

void line_get_counters(const struct line *l, struct connection_counters *ret);

/* Opens sockets and data plane towards info.gateway. Return: 0; a negative errno, *f names the cause. */
int line_open(struct line *l, struct failure *f);

/* What the engine of an attempt is made from; the caller wipes it. */
void line_request_ike(const struct line *l, struct ike_config *ret);
int line_start_ike(struct line *l, struct failure *f);
int line_start_l2tp(struct line *l, struct failure *f);

/* Sends a datagram of the engine. Return: whether there was one. */
bool line_send_next_ike(struct line *l);
bool line_send_next_l2tp(struct line *l);
void line_send_ike(struct line *l, const struct ike_datagram *d);
void line_send_l2tp(struct line *l, const struct l2tp_datagram *d);

/* Closes both engines and whatever they use. IKE's deletes leave. */
void line_close(struct line *l);

/* Nothing that was learnt holds any more but where the gateway is: for another attempt. */
void line_forget(struct line *l, bool more_addresses);

/* No new engine is made from them. */
void line_forget_secrets(struct line *l);

/* Names our own trouble. Return: ERROR. */
int line_trouble(struct failure *f, int error, const char *what);
