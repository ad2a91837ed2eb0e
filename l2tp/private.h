/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The engine's inside, for the files of this folder: engine.c is above them all, and none of them needs it. */

#include <stdbool.h>
#include <stdint.h>

#include "l2tp/channel.h"
#include "l2tp/l2tp.h"
#include "l2tp/message.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/*
 * Of events that the caller has not taken yet. Within a call every stage is entered once at most (WAIT_ICRP is told
 * once more for each time it is placed anew), and each of the other events comes once at most.
 */
#define L2TP_EVENTS_MAX 16

/* So often a call is placed anew because its ICRP is missing, and so many may be waited for or be left over. */
#define L2TP_UNANSWERED_MAX 4
#define L2TP_FORMER_MAX	    8

struct l2tp {
	struct l2tp_config config;
	struct l2tp_crypto crypto;

	enum l2tp_stage stage; /* only l2tp_set_stage() writes it */
	nsec_t stage_deadline;
	struct l2tp_channel channel;

	bool pinned; /* the SCCRP was accepted: it came from `peer`, and everything else must */
	struct endpoint peer;

	uint16_t local_tunnel_id, local_session_id;
	uint16_t peer_tunnel_id, peer_session_id; /* 0: not known yet */
	uint8_t challenge[L2TP_MD5_LEN];	  /* ours, when there is a secret */
	uint32_t calls; /* how many there were before: 4.4.4's serial number */
	bool call_open; /* ICRQ was sent, and the peer has not cleared the call */
	uint16_t icrq_ns, iccn_ns, stopccn_ns;
	/*
	 * Our session IDs of calls whose ICRP is still to come, beside the present one, the oldest first. While none has
	 * come each may be the one that does; afterwards they are ended as they come.
	 */
	uint16_t former[L2TP_FORMER_MAX];
	unsigned int n_former;
	/* The call that stood when another one was placed beside it; old_peer 0: there is none. */
	uint16_t old_local, old_peer;
	bool further; /* in WAIT_ICRP: a call stood before, which we have ended or whose PPP has */
	unsigned int unanswered; /* calls placed anew since the caller last asked for one */
	nsec_t icrp_due; /* in WAIT_ICRP: when the call is placed anew; NSEC_NEVER: ICRQ isn't acknowledged yet */

	struct l2tp_event ending; /* CLOSED, to be told when it is reached */
	nsec_t linger_until;	  /* in CLOSED: the peer's repetitions are acknowledged so long */

	struct l2tp_event events[L2TP_EVENTS_MAX];
	unsigned int event_head, event_tail; /* of a ring; they only grow */

	unsigned int received, dropped;
	nsec_t last_received;
};

/* Why and how a connection is ended by us. */
struct l2tp_ending {
	enum l2tp_failure reason;
	uint16_t result;     /* StopCCN's */
	uint16_t cdn_result; /* CDN's, when the call is open */
	uint16_t error;
	const char *text; /* ours, goes out with it; or NULL */
};

/* stage.c */

/* Appends an event; all there can be fit. */
void l2tp_push_event(struct l2tp *l2tp, const struct l2tp_event *event);

/* The one place that changes the stage: tells the caller, and sets or ends the stage's deadline. */
void l2tp_set_stage(struct l2tp *l2tp, enum l2tp_stage stage, nsec_t now);

/* While somebody waits for the session messages are repeated more closely, and for as long. */
void l2tp_pace_channel(struct l2tp *l2tp);

/* Notes why the connection ends, unless it is ending already. TEXT is the peer's or ours. */
void l2tp_note_ending(struct l2tp *l2tp, enum l2tp_failure reason, uint16_t result, uint16_t error,
		      struct chunk text);

/* Notes the reason, sends CDN and StopCCN, enters CLOSING. Return: 0; a negative errno. */
_must_check_ int l2tp_end(struct l2tp *l2tp, const struct l2tp_ending *ending, nsec_t now);

/* outgoing.c: each queues one message. Return: 0; a negative errno. */
_must_check_ int l2tp_send_sccrq(struct l2tp *l2tp, nsec_t now);
_must_check_ int l2tp_send_scccn(struct l2tp *l2tp, struct chunk response, nsec_t now);
_must_check_ int l2tp_send_icrq(struct l2tp *l2tp, nsec_t now);
_must_check_ int l2tp_send_iccn(struct l2tp *l2tp, nsec_t now);
_must_check_ int l2tp_send_hello(struct l2tp *l2tp, nsec_t now);
_must_check_ int l2tp_send_cdn(struct l2tp *l2tp, uint16_t result, uint16_t error, nsec_t now);
/* The end of the call that stood before the present one was placed, if it does still. */
_must_check_ int l2tp_send_old_cdn(struct l2tp *l2tp, nsec_t now);
/* The end of another call than the present one, with its IDs of both sides. */
_must_check_ int l2tp_send_former_cdn(struct l2tp *l2tp, uint16_t local_session_id,
				      uint16_t peer_session_id, nsec_t now);
_must_check_ int l2tp_send_stopccn(struct l2tp *l2tp, uint16_t result, uint16_t error,
				   const char *text, nsec_t now);

/*
 * actions.c: what is done about a message in the stage that the table admits it in.
 * Return: 0, and the table's next stage follows; L2TP_ACTION_ENDED; a negative errno.
 */
enum l2tp_action_result {
	L2TP_ACTION_DONE,
	L2TP_ACTION_ENDED, /* it has ended the connection instead */
};

_must_check_ int l2tp_action_sccrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_late_sccrp(struct l2tp *l2tp, const struct l2tp_message *m,
					nsec_t now);
_must_check_ int l2tp_action_icrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_cdn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_stopccn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);

/* Ends the connection over a message that breaks the rules. Return: 0; a negative errno. */
_must_check_ int l2tp_refuse(struct l2tp *l2tp, const struct l2tp_message *m,
			     enum l2tp_message_verdict verdict,
			     const struct l2tp_offender *offender, nsec_t now);
