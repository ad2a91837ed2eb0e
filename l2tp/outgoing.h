/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The messages we send: each function queues one. Return: 0; a negative errno. */

#include <stdint.h>

#include "l2tp/state.h"
#include "lib/chunk.h"
#include "lib/macros.h"

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
