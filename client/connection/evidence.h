/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is seen on the way up, collected as it comes. An unauthenticated word is a hint: it belongs to the step in
 * which it came, and is forgotten with it.
 */

#include "client/connection/connection-info.h"

struct evidence {
	unsigned int steps; /* that were entered, states or stages, in all attempts */
	enum connection_state state;
	nsec_t state_entered;	  /* when `state` was entered */
	nsec_t ike_stage_entered; /* when `ike.stage` was entered */
	struct ike_stats ike;
	struct l2tp_stats l2tp;
	unsigned int repeated; /* so often something was repeated before this stage */
	unsigned int hints;    /* in this stage */
	nsec_t hint_at;	       /* the first hint in this stage; 0: none */
	uint16_t hint_notify;  /* an unauthenticated notify's type; 0: none */
	bool undecryptable;    /* an encrypted message that our keys don't open */
	unsigned int
		repeats; /* of the gateway's former message: ours was answered twice, or its answer is lost */
	unsigned int drops_logged; /* in this stage */
	unsigned int not_offered, weak, wrong_hash, wrong_id;
	int icmp_ike, icmp_natt, icmp_l2tp; /* errno from ICMP, 0: none */
	struct endpoint gateway;
	struct ike_proposal const *proposals;
	size_t n_proposals;
	bool nat;		/* a NAT was found */
	bool nat_unseen;	/* no NAT traversal, but addresses that tell of a NAT */
	const char *auth_words; /* with certificates: of their last refusal; else NULL */
	/* Whose certificates the gateway takes, unauthenticated: ours, and the first other one. */
	bool asked_ours;
	char asked[CONNECTION_AUTHORITY_MAX];
	bool l2tp_secret;		/* we have one */
	bool bare_asked, bare_answered; /* whether L2TP is answered without it, and that it is */
	unsigned int calls;   /* that were begun once more in this attempt, for want of PPP */
	unsigned int missing; /* calls that were begun for want of a word of the gateway's */
	enum ppp_login login; /* of this call, as PPP's frames show it, and since when */
	nsec_t login_at;
	bool checking; /* the gateway has what proves who we are, lives, and says nothing */
	bool patient;  /* a gateway that was there is waited for: the deadline alone ends it */
	bool more_addresses; /* of the gateway, to be tried when this one is silent */
	int send_error;	     /* errno of the last IKE message that could not be sent; 0: none */
	uint64_t esp_sent, esp_received; /* packets of the newest SA pair */
	struct scout_findings scout;
	bool scouting;	/* a question is under way */
	bool surveying; /* the questions before the attempt are */
};

/* Somebody said something that may be true: from now on the patience is shorter. */
void evidence_hint(struct evidence *e, nsec_t now);

/* A state, or a stage of IKE's, is entered: what was said before says nothing of it. */
void evidence_enter(struct evidence *e, enum connection_state state, nsec_t now);
void evidence_enter_stage(struct evidence *e, nsec_t now);

/* The IKE engine dropped a datagram. Return: whether that is to be told, as few are. */
bool evidence_drop_ike(struct evidence *e, enum ike_drop drop, nsec_t now);
/* The same of the L2TP engine. */
bool evidence_drop_l2tp(struct evidence *e, enum l2tp_drop drop);

/* An unauthenticated message of the gateway's while IKE comes up. */
void evidence_notify(struct evidence *e, uint16_t type, bool undecryptable, nsec_t now);

/* ICMP (a positive errno) on UDP 500 or 4500, and on L2TP's port. */
void evidence_icmp_ike(struct evidence *e, bool natt, int error, nsec_t now);
void evidence_icmp_l2tp(struct evidence *e, int error, nsec_t now);

/* What PPP's frames show of the login, and that another call begins. */
void evidence_login(struct evidence *e, const struct ppp_findings *found, nsec_t now);
void evidence_new_call(struct evidence *e);

/* The gateway takes certificates of an authority; OURS: that issued ours. */
void evidence_authority(struct evidence *e, const char *name, bool ours);

/* Another attempt: what was learnt holds no more, but what the profile and the scout say. */
void evidence_start_over(struct evidence *e, bool patient, bool more_addresses);

/* For the user, before everything is taken down. */
void evidence_sum_up(const struct evidence *e, nsec_t now, struct connection_seen *ret);
