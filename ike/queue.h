/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Events and datagrams that wait for the caller. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/payload.h"
#include "ike/state.h"
#include "lib/nsec.h"

/* Appends the event; what it holds is moved. Hints may be lost when there are too many. */
void ike_emit(struct ike *ike, struct ike_event *event_take);
void ike_emit_stage(struct ike *ike, enum ike_stage stage);
void ike_emit_child_use(struct ike *ike, const struct ike_pair *pair);
void ike_emit_child_down(struct ike *ike, const struct ike_pair *pair, bool by_peer);
void ike_emit_notify(struct ike *ike, uint16_t type, bool authenticated, bool undecryptable);
void ike_emit_vendors(struct ike *ike, const struct payloads *list);

/* Appends a datagram to the gateway; when the queue is full it is lost, as on any network. */
void ike_queue(struct ike *ike, bool natt, const uint8_t *data, size_t len, nsec_t now);

/* Wipes what nobody took. */
void ike_queue_clear(struct ike *ike);
