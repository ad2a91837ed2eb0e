/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From evidence to a cause. Pure functions: the connection collects what it sees, and here it is
 * decided how long silence is borne in each step, and what it means when patience ends.
 */

#include "client/connection.h"
#include "client/scout.h"

/* So many calls are begun once more when PPP gets stuck, and when it is known what is missing. */
#define VERDICT_CALLS_MAX   2
#define VERDICT_MISSING_MAX 20

struct evidence {
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

/* What was found out about a gateway that fell silent. */
struct loss_evidence {
	const struct failure *why; /* what told of the silence */
	bool ike_alive;		   /* it proved to be there, under phase 1 */
	bool answers;		   /* it answers a first message, as a stranger's */
	bool moved;		   /* its name leads elsewhere */
	struct endpoint moved_to;
	bool shared_port; /* we came from UDP 1701, behind a NAT */
};

/* Until when this step may go on without progress; NSEC_NEVER: the attempt's deadline alone counts. */
nsec_t verdict_patience(const struct evidence *e);

/*
 * How fast PPP goes on this path: the pause before a message is repeated, and the patience with what the
 * gateway has to say next. Both are longer where nothing was lost yet; the second grows from call to call, so
 * that a gateway that is slow is understood in the end. *ret_lossy: this path is known to lose messages.
 */
void verdict_pace(const struct evidence *e, nsec_t *ret_pause, nsec_t *ret_patience,
		  bool *ret_lossy);

/* Nothing but a router's word, if that, came from the address that is tried. */
bool verdict_unheard(const struct evidence *e);

/* What it means that the gateway took back what it had granted: it depends on how far we are. */
enum cause verdict_ended(const struct evidence *e);

/* What it means that there was no progress. Always names a cause. */
void verdict_name(const struct evidence *e, struct failure *ret);

/* What the answers before the attempt mean where it ends with them. False: nothing is wrong. */
bool verdict_survey(const struct evidence *e, struct failure *ret);

/* What a failure event of the engines means. */
void verdict_ike_failed(const struct evidence *e, const struct ike_event *event,
			struct failure *ret);
void verdict_l2tp_closed(const struct evidence *e, const struct l2tp_event *event,
			 struct failure *ret);

/* What it means that a gateway fell silent with which we were connected. */
void verdict_lost(const struct loss_evidence *e, struct failure *ret);
