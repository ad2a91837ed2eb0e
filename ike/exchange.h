/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* An exchange's messages on their way, and its steps. */

#include <stdbool.h>

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* The message was verified: remembers it, takes its last block as the IV, and ends the waiting. */
void ike_exchange_accept(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* Sends the finished message. WAITING: repeated until answered. */
_must_check_ int ike_exchange_send(struct ike *ike, struct ike_exchange *ex,
				   const struct outgoing *out, bool waiting, nsec_t now);

/*
 * Sends the same message again, in pieces if it is long and the peer takes them: as a whole it may
 * have been too long for the path. Return: 0; -ENOBUFS.
 */
_must_check_ int ike_exchange_send_again(struct ike *ike, struct ike_exchange *ex, nsec_t now);

/* The one place that sets the step of an exchange and the stage of the engine. */
void ike_enter(struct ike *ike, struct ike_exchange *ex, enum ike_step step, enum ike_stage stage);
