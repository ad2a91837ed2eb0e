/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queues between the engine and its caller, who empties both after every call: what happened,
 * and what is to be sent. Events that a peer can bring about at will (vendor IDs, notifies) may
 * fill half of the queue only, so that the others always find room. The non-ESP marker (RFC
 * 3948 2.2) is added here and nowhere else.
 */
#include "ike/queue.h"

#include <assert.h>
#include <string.h>

#include "ike/isakmp.h"

static bool is_hint(enum ike_event_type type)
{
	return type == IKE_EVENT_NOTIFY || type == IKE_EVENT_VENDOR ||
	       type == IKE_EVENT_CERT_REQUEST;
}

void ike_emit(struct ike *ike, struct ike_event *event_take)
{
	if (is_hint(event_take->type) && ike->n_events >= IKE_EVENTS_HINTS)
		return;
	/* One call makes a handful of the others at most, and the caller has taken all before. */
	assert(ike->n_events < IKE_EVENTS_MAX);

	size_t at = (ike->event_first + ike->n_events++) % IKE_EVENTS_MAX;
	ike->events[at] = *event_take;
	ike_event_clear(event_take);
}

void ike_emit_stage(struct ike *ike, enum ike_stage stage)
{
	struct ike_event event = { .type = IKE_EVENT_STAGE, .u.stage = stage };

	ike_emit(ike, &event);
}

void ike_emit_child_use(struct ike *ike, const struct ike_pair *pair)
{
	struct ike_event event = { .type = IKE_EVENT_CHILD_USE,
				   .u.child_use.spi_in = pair->spi_in };

	ike_emit(ike, &event);
}

void ike_emit_child_down(struct ike *ike, const struct ike_pair *pair, bool by_peer)
{
	struct ike_event event = { .type = IKE_EVENT_CHILD_DOWN,
				   .u.child_down = { .spi_in = pair->spi_in,
						     .spi_out = pair->spi_out,
						     .by_peer = by_peer } };

	ike_emit(ike, &event);
}

void ike_emit_notify(struct ike *ike, uint16_t type, bool authenticated, bool undecryptable)
{
	struct ike_event event = { .type = IKE_EVENT_NOTIFY,
				   .u.notify = { .type = type,
						 .authenticated = authenticated,
						 .undecryptable = undecryptable,
						 .stage = ike->stats.stage } };

	ike_emit(ike, &event);
}

void ike_emit_vendors(struct ike *ike, const struct payloads *list)
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_VENDOR, i)); i++) {
		struct ike_event event = { .type = IKE_EVENT_VENDOR };
		size_t kept = p->body.len < sizeof(event.u.vendor.data)
				      ? p->body.len
				      : sizeof(event.u.vendor.data);

		event.u.vendor.len = p->body.len;
		memcpy(event.u.vendor.data, p->body.data, kept);
		ike_emit(ike, &event);
	}
}

void ike_queue(struct ike *ike, bool natt, const uint8_t *data, size_t len, nsec_t now)
{
	if (ike->n_datagrams == IKE_DATAGRAMS_MAX)
		return;

	size_t at = ike->outbox_used;
	struct builder b = builder_init(ike->outbox + at, sizeof(ike->outbox) - at);
	if (natt && len > 1)
		builder_zero(&b, ISAKMP_MARKER_LEN);
	builder_bytes(&b, data, len);
	if (b.overflow)
		return;

	struct ike_waiting *d = &ike->datagrams[ike->n_datagrams++];
	*d = (struct ike_waiting){ natt, ike->config.remote, at, builder_len(&b) };
	if (natt)
		d->remote.port = ike->config.remote_natt_port;
	ike->outbox_used += d->len;
	if (natt && ike->config.keepalive_interval != 0)
		ike->keepalive = now + ike->config.keepalive_interval;
	ike->stats.sent++;
}

bool ike_next_event(struct ike *ike, struct ike_event *ret)
{
	if (ike->n_events == 0)
		return false;

	struct ike_event *event = &ike->events[ike->event_first];
	*ret = *event;
	ike_event_clear(event);
	ike->event_first = (ike->event_first + 1) % IKE_EVENTS_MAX;
	ike->n_events--;
	return true;
}

static void forget_datagrams(struct ike *ike)
{
	ike->datagram_first = ike->n_datagrams = ike->outbox_used = 0;
}

bool ike_next_datagram(struct ike *ike, struct ike_datagram *ret)
{
	if (ike->n_datagrams == 0)
		return false;

	const struct ike_waiting *d = &ike->datagrams[ike->datagram_first++];
	ret->natt = d->natt;
	ret->remote = d->remote;
	ret->len = d->len;
	memcpy(ret->data, ike->outbox + d->at, d->len);
	if (ike->datagram_first == ike->n_datagrams)
		forget_datagrams(ike);
	return true;
}

void ike_event_clear(struct ike_event *event)
{
	explicit_bzero(event, sizeof(*event));
}

void ike_queue_clear(struct ike *ike)
{
	explicit_bzero(ike->events, sizeof(ike->events));
	ike->n_events = 0;
	forget_datagrams(ike);
}
