/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the files of the connection machine share: connection*.c. */

#include "client/connection.h"
#include "client/half-open.h"
#include "client/liveness.h"
#include "client/resolve.h"
#include "client/scout.h"
#include "client/verdict.h"

#define CONNECTION_CHILDREN_MAX 8

/* What is known of the end of a connection that worked. */
struct connection_loss {
	uint64_t packets;    /* of the interface, when it was last looked */
	nsec_t traffic_at;   /* when there was traffic last, as far as known; 0: never looked */
	nsec_t since, until; /* of the inquiry into a loss; until NSEC_NEVER: there is none */
	struct failure why;
	bool moved; /* the gateway's name leads to none of its former address */
	struct endpoint moved_to;
};

/* What keeps a connection up that has worked. */
struct connection_repair {
	bool armed;  /* it has worked: what happens to it now is repaired */
	bool active; /* it is lost */
	struct failure why;
	nsec_t began;
	nsec_t retry_at;     /* in WAIT; NSEC_NEVER: not */
	unsigned int tries;  /* of this loss */
	unsigned int logins; /* that failed of them */
	nsec_t not_before;   /* since the last one did */
	enum repair_level level;
	uint64_t
		mute_packets; /* of ESP that had come when a new pair was last made for want of them */
	bool pathless;	      /* there was no way to the gateway when it was last looked */
};

/* How far the questions before the attempt are. */
enum connection_survey {
	SURVEY_NONE,
	SURVEY_KNOCK_4500,
	SURVEY_OFFER_500,
	SURVEY_OFFER_4500,
	SURVEY_OWN_4500,
	SURVEY_OWN_500,
	SURVEY_DONE,
};

struct connection {
	struct connection_config config;
	struct secret psk, password, l2tp_secret;
	struct connection_info info;
	struct news news;
	struct evidence evidence;
	struct failure failure;
	struct ike *ike;
	struct l2tp *l2tp;
	struct l2tp
		*bare; /* asks whether L2TP is answered without the secret; NULL: it wasn't asked */
	nsec_t deadline;	   /* of the whole attempt */
	nsec_t close_deadline;	   /* of the present step of closing */
	nsec_t last_words;	   /* until when PPP may name the reason; NSEC_NEVER: L2TP stands */
	struct failure call_ended; /* the reason if PPP names none */
	bool dataplane_open, ppp_started, network_applied;
	bool ppp_stuck;	     /* when it was last looked */
	bool told_checking;  /* in this attempt, that the gateway checks the password */
	bool names_awaited;  /* all else of the network stands */
	int64_t ppp_packets; /* connection_ppp_packets() when PPP began */
	/* The gateway's, and how many of them were tried. */
	struct endpoint addrs[RESOLVE_ADDRS_MAX];
	size_t n_addrs, tried;
	unsigned int sccrq_repeats; /* when quick mode was last repeated for want of an answer */
	/* What was tried once more in this attempt, and why the first try failed. */
	enum ppp_method
		method; /* the best that the gateway has, as it has shown; NONE: not known */
	bool no_eap;	/* it has ended in vain with this gateway */
	bool sccrq_changed, port_changed, redirected;
	struct failure before;
	struct scout scout;
	bool scouted; /* in this step of phase 1 */
	bool floated; /* UDP 500 is closed to us: it all goes to 4500 */
	enum connection_survey survey;
	bool settling;
	struct ike_child children[CONNECTION_CHILDREN_MAX]; /* keys wiped */
	size_t n_children;
	struct liveness liveness;   /* runs while it is up */
	nsec_t bridge;		    /* until when a new SA pair must be there; NSEC_NEVER */
	struct failure bridge_ends; /* the reason if there is none */
	struct connection_loss loss;
	struct connection_repair repair;
	struct half_open half_open;
	unsigned int main_modes; /* of the attempt's engine, that `half_open` knows of */
	nsec_t keepalive;	 /* for the NAT */
	bool asked;		 /* for the end, by the user */
};

/* line.c: the state, what observers are told, failing and closing. */

nsec_t connection_now(const struct connection *c);

/* The one place that assigns the state. */
void connection_set_state(struct connection *c, enum connection_state state);

/* A stage of IKE's begins within the state. */
void connection_next_stage(struct connection *c);

/* The evidence as of now. */
const struct evidence *connection_evidence(struct connection *c);

/* The attempt or the connection fails: the first failure is the one that counts. */
void connection_fail(struct connection *c, const struct failure *f);
void connection_fail_internal(struct connection *c, int error, const char *what);

/* Closing's steps after PPP: L2TP's end, and everything else at once. */
void connection_close_l2tp(struct connection *c);
void connection_finish(struct connection *c);

/* Closes both engines and whatever they use. L2TP's last acknowledgement and IKE's deletes leave. */
void connection_release(struct connection *c);

bool connection_is_ending(const struct connection *c);

/* connection.c: opens everything towards info.gateway and sends the first message. */
void connection_go(struct connection *c);

/* connection.c: asks the gateway at once whether it is there; nothing while it isn't up. */
void connection_doubt(struct connection *c);

/* connection.c: gets PPP ready for the next call. */
int connection_prepare_ppp(struct connection *c, struct failure *ret_failure);

/* connection.c: phase 1 begins; the sockets are open. */
void connection_begin(struct connection *c);

/* connection.c: what the engine of an attempt is made from; the caller wipes it. */
void connection_request_ike(const struct connection *c, struct ike_config *ret);

/*
 * fallback.c: what is tried once more within the attempt, before a failure counts. True: it
 * is, and the failure is forgotten.
 */
bool connection_retry_l2tp(struct connection *c, const struct l2tp_event *closed);
bool connection_retry_phase2(struct connection *c, const struct ike_event *failed);
bool connection_retry_silence(struct connection *c);
/* What came through ESP and was no control message of L2TP: PPP's. Only the difference of two counts. */
int64_t connection_ppp_packets(struct connection *c);
/* PPP lacks a word of the gateway's; without another call it goes on waiting. */
void connection_retry_missing(struct connection *c);
/* The gateway ended PPP since something stronger was proposed than what it asked for. */
bool connection_retry_method(struct connection *c);
void connection_forget_methods(struct connection *c);
void connection_name_method(const struct connection *c, struct failure *f);
/* UDP 4500 answers and 500 doesn't: all of it goes there. */
void connection_retry_floated(struct connection *c);

/*
 * repair.c: another call in the tunnel that stands, with a new PPP. False: there is none, or it
 * can't be made.
 */
bool connection_call_again(struct connection *c, enum l2tp_order order);

/* Begins anew with phase 1: nothing that was learnt holds any more but where the gateway is. */
void connection_start_over(struct connection *c);

/*
 * repair.c: a connection that has worked is kept up. The first: F is why it is lost, or why a
 * try to repair it has failed. False: that is the end, since it never worked, the profile says so, or the user does.
 */
bool connection_repair(struct connection *c, const struct failure *f);
void connection_repair_timeout(struct connection *c);
/* The resolver's answer while it is repaired. Return: whether it is. */
bool connection_repair_resolved(struct connection *c, const struct endpoint *addrs, size_t n);
/* It is up. Return: what was repaired by that; NULL: nothing, it is the first time. */
const struct connection_repaired *connection_repair_done(struct connection *c);
/* IKE answers, and ESP doesn't: PACKETS have come by it so far. */
void connection_mute(struct connection *c, uint64_t packets);
void connection_network_changed(struct connection *c);

/* Counts what the attempt's engine has begun; and the same when it goes. */
void connection_note_main_modes(struct connection *c);
void connection_leave_main_modes(struct connection *c);
/* Whether an attempt has to do with one main mode: others may be half open, or follow soon. */
bool connection_is_frugal(const struct connection *c);

/* scouting.c: asks the gateway what silence and refusals mean, when there is reason to. */

/* A datagram that the attempt's engine doesn't know. Return: whether it was the scout's. */
bool connection_scout_input(struct connection *c, const struct endpoint *from, const uint8_t *data,
			    size_t len);
void connection_scout_timeout(struct connection *c);
nsec_t connection_scout_deadline(const struct connection *c);
/* The questions before the attempt; connection_begin() follows, or the end. */
void connection_survey(struct connection *c);

/*
 * bare.c: asks whether L2TP is answered without the tunnel's secret, when it isn't with it. The first: a
 * datagram that the attempt's engine doesn't know. Return: whether it was the answer.
 */
bool connection_secret_input(struct connection *c, const struct endpoint *from, const uint8_t *data,
			     size_t len);
void connection_secret_timeout(struct connection *c);
nsec_t connection_secret_deadline(const struct connection *c);
bool connection_secret_next_datagram(struct connection *c, struct l2tp_datagram *ret);

/* loss.c: what it was when a connection that was up ends without our doing. */

/* As connection_fail(), but that silence is inquired into first, for some seconds. */
void connection_lost(struct connection *c, const struct failure *f);
/* Looks whether there was traffic since the last time. */
void connection_note_traffic(struct connection *c);
/* Asks for the gateway's addresses, beside the tunnel; they come by the listener. */
void connection_look_name_up(struct connection *c);
/* The resolver's answer to the inquiry. Return: whether there is one. */
bool connection_loss_resolved(struct connection *c, const struct endpoint *addrs, size_t n);
/* Ends the inquiry if it has gone on long enough. */
void connection_loss_timeout(struct connection *c);

/* Towards the gateway's next address, if there is one. F is why not to the one before. */
bool connection_next_address(struct connection *c, const struct failure *f);

/* line-ike.c: starts L2TP on the SA that stands; what an engine's event brings about. */

void connection_start_l2tp(struct connection *c);
void connection_on_ike_event(struct connection *c, const struct ike_event *event);
void connection_on_l2tp_event(struct connection *c, const struct l2tp_event *event);
/* What PPP's frames show: the whole of it, each time that something is new. */
void connection_on_ppp_found(struct connection *c, const struct ppp_findings *found);

/* connection.c: what liveness is told of: counters, the last sign of life, the round trip. */
void connection_see_traffic(const struct connection *c, struct liveness_seen *ret);

/* calls.c: what PPP's event, and the name servers that stand, bring about. */

void connection_on_ppp_event(struct connection *c, const struct dp_ppp_event *event);
/* WARNING has no cause if there is none. */
void connection_names_ready(struct connection *c, const struct failure *warning);
