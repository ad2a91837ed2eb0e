/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stages of the connection: entering them, what the caller is told, how long they may last, and
 * the way to an end. Which message leads from which stage to which is the table's in engine.c.
 */
#include "l2tp/stage.h"

#include <assert.h>
#include <string.h>

#include "l2tp/outgoing.h"
#include "l2tp/protocol.h"
#include "l2tp/text.h"
#include "lib/backoff.h"

/* How long the peer may take for its answer after it has acknowledged the question. */
#define REPLY_TIMEOUT (30 * NSEC_PER_SEC)
/* How long we wait for StopCCN to be acknowledged: nobody likes to wait for an end. */
#define CLOSING_TIMEOUT (2 * NSEC_PER_SEC)
/* RFC 2661 5.7: after StopCCN, repetitions are acknowledged for a full retransmission cycle. */
#define LINGER_TIME (31 * NSEC_PER_SEC)

void l2tp_push_event(struct l2tp *l2tp, const struct l2tp_event *event)
{
	assert(l2tp->event_tail - l2tp->event_head < L2TP_EVENTS_MAX);
	l2tp->events[l2tp->event_tail++ % L2TP_EVENTS_MAX] = *event;
}

static nsec_t stage_limit(enum l2tp_stage stage)
{
	switch (stage) {
	case L2TP_STAGE_WAIT_SCCRP:
	case L2TP_STAGE_WAIT_ICRP:
		return REPLY_TIMEOUT;
	case L2TP_STAGE_CLOSING:
		return CLOSING_TIMEOUT;
	case L2TP_STAGE_IDLE:
	case L2TP_STAGE_WAIT_SESSION:  /* the caller's turn */
	case L2TP_STAGE_WAIT_ICCN_ACK: /* the channel gives up */
	case L2TP_STAGE_UP:
	case L2TP_STAGE_CLOSED:
		return NSEC_NEVER;
	}
	return NSEC_NEVER;
}

/* A peer that did not answer gets no more acknowledgements, which would tell it that we are there.
 */
static void enter_closed(struct l2tp *l2tp, nsec_t now)
{
	bool lost = l2tp->ending.u.closed.reason == L2TP_FAILURE_NO_ANSWER;

	l2tp_channel_stop(&l2tp->channel);
	l2tp->linger_until = lost ? 0 : now + LINGER_TIME;
	l2tp_push_event(l2tp, &l2tp->ending);
}

void l2tp_pace_channel(struct l2tp *l2tp)
{
	bool awaited = l2tp->stage < L2TP_STAGE_UP;

	l2tp->channel.first = awaited ? backoff_first(l2tp->config.round_trip) : BACKOFF_FIRST;
	l2tp->channel.longest = awaited ? BACKOFF_CLOSE : 0;
	l2tp->channel.max_tries = l2tp->config.max_tries * (awaited ? 3 : 1);
}

void l2tp_set_stage(struct l2tp *l2tp, enum l2tp_stage stage, nsec_t now)
{
	nsec_t limit = stage_limit(stage);

	/* Another call in the same tunnel begins where the first one did. */
	assert(stage > l2tp->stage || stage == L2TP_STAGE_WAIT_ICRP);
	l2tp->stage = stage;
	l2tp->stage_deadline = limit == NSEC_NEVER ? NSEC_NEVER : now + limit;
	l2tp_pace_channel(l2tp);
	l2tp_push_event(l2tp, &(struct l2tp_event){ .type = L2TP_EVENT_STAGE, .u.stage = stage });
	if (stage == L2TP_STAGE_CLOSED)
		enter_closed(l2tp, now);
}

void l2tp_note_ending(struct l2tp *l2tp, enum l2tp_failure reason, uint16_t result, uint16_t error,
		      struct chunk text)
{
	if (l2tp->stage >= L2TP_STAGE_CLOSING)
		return;

	struct l2tp_event *e = &l2tp->ending;
	*e = (struct l2tp_event){ .type = L2TP_EVENT_CLOSED };
	e->u.closed.reason = reason;
	e->u.closed.stage = l2tp->stage;
	e->u.closed.result = result;
	e->u.closed.error = error;
	l2tp_text_copy(e->u.closed.text, sizeof(e->u.closed.text), text);
}

int l2tp_end(struct l2tp *l2tp, const struct l2tp_ending *ending, nsec_t now)
{
	struct chunk text = { ending->text, ending->text ? strlen(ending->text) : 0 };
	int r;

	if (l2tp->call_open) {
		r = l2tp_send_cdn(l2tp, ending->cdn_result, ending->error, now);
		if (r < 0)
			return r;
	}
	r = l2tp_send_stopccn(l2tp, ending->result, ending->error, ending->text, now);
	if (r < 0)
		return r;
	l2tp->call_open = false;
	l2tp_note_ending(l2tp, ending->reason, ending->result, ending->error, text);
	l2tp_set_stage(l2tp, L2TP_STAGE_CLOSING, now);
	return 0;
}
