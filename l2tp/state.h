/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The engine's inside, for the files of this folder; what they offer each other is in their own headers. */

#include <stdbool.h>
#include <stdint.h>

#include "l2tp/channel.h"
#include "l2tp/l2tp.h"
#include "lib/endpoint.h"
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
