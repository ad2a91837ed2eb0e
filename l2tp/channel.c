/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reliable delivery of control messages (RFC 2661 5.8): numbering, the peer's window, repetition,
 * duplicates and reordering. It knows nothing of what the messages say.
 *
 * Numbers count modulo 65536. The queue holds una <= next <= end: [una, next) is under way,
 * [next, end) waits for the window. One timer runs for the oldest message; when it fires, all that
 * is under way goes again, which costs a datagram or two at most and spares a second timeout after
 * two losses. Datagrams are built when they are fetched, so that each carries the latest Nr, and an
 * acknowledgement leaves alone (ZLB) only when nothing else leaves.
 *
 * 5.8 suggests slow start for tunnels of many calls. A single call never has more than a handful of
 * messages under way, and two of them leave together to save a round trip; so there is none.
 */
#include "l2tp/channel.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "l2tp/protocol.h"
#include "lib/backoff.h"
#include "lib/builder.h"

/* How far B is behind A, modulo 65536. */
static uint16_t distance(uint16_t a, uint16_t b)
{
	return (uint16_t)(b - a);
}

static struct l2tp_channel_message *slot(struct l2tp_channel *ch, uint16_t ns)
{
	return &ch->queue[ns % L2TP_CHANNEL_QUEUE];
}

void l2tp_channel_init(struct l2tp_channel *ch, unsigned int max_tries, uint8_t seed)
{
	*ch = (struct l2tp_channel){
		.window = L2TP_WINDOW_DEFAULT,
		.max_tries = max_tries,
		.jitter = seed,
		.first = BACKOFF_FIRST,
		.timer = NSEC_NEVER,
	};
}

void l2tp_channel_set_peer(struct l2tp_channel *ch, uint16_t tunnel_id)
{
	ch->peer_tunnel_id = tunnel_id;
}

/* Starts the timer for the oldest message's next repetition. The spread need not be unguessable. */
static void start_timer(struct l2tp_channel *ch, nsec_t now)
{
	ch->jitter = (uint8_t)(ch->jitter * 5 + 113);
	nsec_t interval = backoff_interval(ch->first, ch->tries - 1, ch->jitter);
	ch->timer = now + (ch->longest ? nsec_min(interval, ch->longest) : interval);
}

/* Sends what the window admits. */
static void advance(struct l2tp_channel *ch, nsec_t now)
{
	while (ch->next != ch->end && distance(ch->una, ch->next) < ch->window) {
		struct l2tp_channel_message *m = slot(ch, ch->next++);

		m->due = true;
		m->sent = now;
	}
	if (ch->una != ch->next && ch->timer == NSEC_NEVER) {
		ch->tries = 1;
		start_timer(ch, now);
	}
}

void l2tp_channel_set_window(struct l2tp_channel *ch, uint16_t window, nsec_t now)
{
	ch->window = window ? window : 1;
	advance(ch, now);
}

int l2tp_channel_send(struct l2tp_channel *ch, uint16_t session_id, const uint8_t *avps, size_t len,
		      nsec_t now, uint16_t *ret_ns)
{
	if (len > L2TP_CHANNEL_MESSAGE_MAX)
		return -EMSGSIZE;
	if (distance(ch->una, ch->end) >= L2TP_CHANNEL_QUEUE)
		return -ENOBUFS;

	uint16_t ns = ch->end++;
	struct l2tp_channel_message *m = slot(ch, ns);
	*m = (struct l2tp_channel_message){ .session_id = session_id, .len = (uint16_t)len };
	memcpy(m->data, avps, len);
	advance(ch, now);
	*ret_ns = ns;
	return 0;
}

bool l2tp_channel_acknowledged(const struct l2tp_channel *ch, uint16_t ns)
{
	return distance(ch->una, ns) >= distance(ch->una, ch->end);
}

bool l2tp_channel_idle(const struct l2tp_channel *ch)
{
	return ch->una == ch->end;
}

/* Takes the peer's Nr, which is between una and next. */
static void acknowledge(struct l2tp_channel *ch, uint16_t nr, nsec_t now)
{
	if (nr == ch->una)
		return;

	const struct l2tp_channel_message *last = slot(ch, (uint16_t)(nr - 1));
	if (!last->repeated)
		ch->round_trip = now - last->sent;
	ch->una = nr;
	ch->delayed = ch->twice = 0;
	ch->timer = NSEC_NEVER;
	advance(ch, now);
}

/* Keeps a message that came ahead of its turn. */
static int hold(struct l2tp_channel *ch, const struct l2tp_header *header)
{
	struct l2tp_channel_held *held = &ch->held[header->ns % L2TP_CHANNEL_HOLD];

	if (held->used)
		return L2TP_CHANNEL_DUPLICATE;
	held->used = true;
	held->ns = header->ns;
	held->session_id = header->session_id;
	held->len = (uint16_t)header->payload.len;
	memcpy(held->data, header->payload.data, header->payload.len);
	return L2TP_CHANNEL_HELD;
}

int l2tp_channel_receive(struct l2tp_channel *ch, const struct l2tp_header *header, nsec_t now)
{
	uint16_t ahead = distance(ch->nr, header->ns);
	bool past = ahead >= 0x8000;
	bool zlb = header->payload.len == 0;

	/* An Nr below una belongs to a datagram that was overtaken and acknowledges nothing new. */
	bool nr_new = distance(ch->una, header->nr) <= distance(ch->una, ch->next);
	if (!nr_new && distance(ch->una, header->nr) < 0x8000)
		return L2TP_CHANNEL_OUTSIDE;
	if (!zlb && !past && ahead > 0 &&
	    (ahead > L2TP_CHANNEL_HOLD || header->payload.len > L2TP_DATAGRAM_MAX))
		return L2TP_CHANNEL_OUTSIDE;

	if (nr_new)
		acknowledge(ch, header->nr, now);
	if (zlb)
		return L2TP_CHANNEL_ZLB;
	if (past) {
		ch->ack_due = true;
		return L2TP_CHANNEL_DUPLICATE;
	}
	if (ahead > 0)
		return hold(ch, header);

	/* Number nr + HOLD lies in the place of number nr, which is free as nr was never held. */
	ch->nr++;
	ch->ack_due = true;
	return 0;
}

bool l2tp_channel_take_held(struct l2tp_channel *ch, uint16_t *ret_session_id,
			    struct chunk *ret_payload)
{
	struct l2tp_channel_held *held = &ch->held[ch->nr % L2TP_CHANNEL_HOLD];

	if (!held->used || held->ns != ch->nr)
		return false;
	held->used = false;
	ch->nr++;
	ch->ack_due = true;
	*ret_session_id = held->session_id;
	*ret_payload = (struct chunk){ held->data, held->len };
	return true;
}

nsec_t l2tp_channel_deadline(const struct l2tp_channel *ch)
{
	nsec_t extra = ch->delayed ? ch->delayed : ch->twice;

	return extra ? nsec_min(extra, ch->timer) : ch->timer;
}

void l2tp_channel_delay(struct l2tp_channel *ch, nsec_t first, nsec_t second)
{
	struct l2tp_channel_message *m = slot(ch, ch->una);

	ch->timer += first - m->sent;
	ch->delayed = first;
	ch->twice = second;
	m->due = false;
}

void l2tp_channel_repeat(struct l2tp_channel *ch)
{
	for (uint16_t ns = ch->una; ns != ch->next; ns++) {
		slot(ch, ns)->due = true;
		slot(ch, ns)->repeated = true;
		ch->repeated++;
	}
}

int l2tp_channel_timeout(struct l2tp_channel *ch, nsec_t now)
{
	struct l2tp_channel_message *m = slot(ch, ch->una);

	if (ch->delayed && now >= ch->delayed) {
		ch->delayed = 0;
		m->due = true;
		m->sent = now;
	} else if (ch->twice && now >= ch->twice) {
		ch->twice = 0;
		m->due = m->repeated = true;
	}
	if (now < ch->timer)
		return 0;
	if (ch->tries >= ch->max_tries)
		return L2TP_CHANNEL_DEAD;

	ch->tries++;
	start_timer(ch, now);
	l2tp_channel_repeat(ch);
	return 0;
}

void l2tp_channel_stop(struct l2tp_channel *ch)
{
	ch->una = ch->end = ch->next;
	ch->delayed = ch->twice = 0;
	ch->timer = NSEC_NEVER;
}

/* The first message that is due; false: none. */
static bool find_due(struct l2tp_channel *ch, uint16_t *ret_ns)
{
	for (uint16_t ns = ch->una; ns != ch->next; ns++) {
		if (slot(ch, ns)->due) {
			*ret_ns = ns;
			return true;
		}
	}
	return false;
}

/* A datagram of LEN octets at DATA, or a ZLB. Both fit: a message is much shorter than a datagram.
 */
static void build(struct l2tp_channel *ch, uint16_t ns, uint16_t session_id, const uint8_t *data,
		  size_t len, struct l2tp_datagram *ret)
{
	struct builder b = builder_init(ret->data, sizeof(ret->data));
	struct l2tp_header header = {
		.flags = L2TP_CONTROL_FLAGS | L2TP_VERSION_2,
		.tunnel_id = ch->peer_tunnel_id,
		.session_id = session_id,
		.ns = ns,
		.nr = ch->nr,
	};

	l2tp_header_put(&b, &header, len);
	builder_bytes(&b, data, len);
	ret->len = builder_len(&b);
	ch->ack_due = false;
	ch->sent++;
}

bool l2tp_channel_next(struct l2tp_channel *ch, struct l2tp_datagram *ret)
{
	static_assert(L2TP_CHANNEL_MESSAGE_MAX + L2TP_CONTROL_HEADER_LEN <= L2TP_DATAGRAM_MAX,
		      "a message fits a datagram");
	uint16_t ns;

	if (find_due(ch, &ns)) {
		struct l2tp_channel_message *m = slot(ch, ns);

		m->due = false;
		build(ch, ns, m->session_id, m->data, m->len, ret);
		return true;
	}
	if (!ch->ack_due)
		return false;
	build(ch, ch->next, 0, NULL, 0, ret);
	return true;
}
