/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * From evidence to a cause. Pure functions: what is seen is collected (evidence.h), and here it is
 * decided how long silence is borne in each step, and what it means when patience ends.
 */

#include "client/connection/connection-info.h"
#include "client/connection/evidence.h"

/* So many calls are begun once more when PPP gets stuck, and when it is known what is missing. */
#define VERDICT_CALLS_MAX   2
#define VERDICT_MISSING_MAX 20

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
