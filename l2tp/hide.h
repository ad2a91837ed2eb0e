/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "l2tp/avp.h"
#include "l2tp/l2tp.h"
#include "lib/chunk.h"
#include "lib/macros.h"

/* What hidden values of one message are read with (RFC 2661 4.3). */
struct l2tp_hiding {
	const struct l2tp_crypto *crypto;
	struct chunk secret; /* empty: nothing hidden can be read */
	struct chunk vector; /* view: of the Random Vector AVP last seen; data NULL: none yet */
	size_t used;
	uint8_t pool[L2TP_DATAGRAM_MAX]; /* the clear values, until the message is done with */
};

/* Positive results of l2tp_unhide(). */
enum l2tp_unhide_verdict {
	L2TP_UNHIDE_OK,
	L2TP_UNHIDE_UNREADABLE, /* no secret, no Random Vector, or nothing sensible comes out */
};

/*
 * Reads a hidden value. *ret_value is a view into H's pool. That the secret is the right one can't be
 * told from a value whose length happens to make sense.
 * Return: 0; L2TP_UNHIDE_UNREADABLE, and nothing has changed; a negative errno.
 */
_must_check_ int l2tp_unhide(struct l2tp_hiding *h, const struct avp *avp, struct chunk *ret_value);
