/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The stages of the connection, and the way to an end. */

#include <stdint.h>

#include "l2tp/state.h"
#include "lib/chunk.h"
#include "lib/macros.h"

/* Why and how a connection is ended by us. */
struct l2tp_ending {
	enum l2tp_failure reason;
	uint16_t result;     /* StopCCN's */
	uint16_t cdn_result; /* CDN's, when the call is open */
	uint16_t error;
	const char *text; /* ours, goes out with it; or NULL */
};

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
