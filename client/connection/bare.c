/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the tunnel's secret is why L2TP gets no answer. A gateway that has none may drop an SCCRQ with a Challenge
 * without a word, which looks like no L2TP service at all. It is asked once by an SCCRQ without, beside the attempt that
 * goes on; an answer is all that is wanted, and the tunnel is ended with it. The profile demands that the gateway proves
 * the secret, so that an answer is never a way to go on: it names the cause.
 */
#include "client/connection/bare.h"

/* So long the attempt is on its own: half a dozen of SCCRQs. */
#define ASK_AFTER (2500 * NSEC_PER_MSEC)

nsec_t bare_from(const struct bare *b, const struct evidence *e, const struct l2tp_stats *stats)
{
	if (e->state != CONNECTION_L2TP || !stats || !e->l2tp_secret || b->l2tp)
		return NSEC_NEVER;
	if (stats->stage != L2TP_STAGE_WAIT_SCCRP || stats->received > 0 || e->bare_asked)
		return NSEC_NEVER;
	return e->state_entered + ASK_AFTER;
}

int bare_ask(struct bare *b, const struct l2tp_config *config, const struct l2tp_crypto *crypto,
	     nsec_t now)
{
	int r = l2tp_new(config, crypto, &b->l2tp);

	return r < 0 ? r : l2tp_start(b->l2tp, now);
}

bool bare_input(struct bare *b, const struct endpoint *from, const uint8_t *data, size_t len,
		nsec_t now)
{
	return b->l2tp && l2tp_input(b->l2tp, from, data, len, now) == 0;
}

int bare_timeout(struct bare *b, nsec_t now)
{
	return b->l2tp && now >= l2tp_deadline(b->l2tp) ? l2tp_timeout(b->l2tp, now) : 0;
}

bool bare_answered(struct bare *b)
{
	struct l2tp_event event;
	bool answered = false;

	while (b->l2tp && l2tp_next_event(b->l2tp, &event))
		answered |= event.type == L2TP_EVENT_TUNNEL_UP;
	return answered;
}

nsec_t bare_deadline(const struct bare *b)
{
	return b->l2tp ? l2tp_deadline(b->l2tp) : NSEC_NEVER;
}

bool bare_next_datagram(struct bare *b, struct l2tp_datagram *ret)
{
	return b->l2tp && l2tp_next_datagram(b->l2tp, ret);
}

void bare_stop(struct bare *b)
{
	b->l2tp = l2tp_free(b->l2tp);
}
