/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/evidence.h"

/*
 * Whether L2TP is answered without the tunnel's secret, when it isn't with it. Starts as zeroes. It has the engines'
 * shape: datagrams and the time go in, datagrams and a deadline come out.
 */
struct bare {
	struct l2tp *l2tp; /* NULL: it wasn't asked */
};

/* From when on it is to be asked; NSEC_NEVER: there is no reason to. STATS: of the attempt's engine, or NULL. */
nsec_t bare_from(const struct bare *b, const struct evidence *e, const struct l2tp_stats *stats);

/* Return: 0; a negative errno. */
_must_check_ int bare_ask(struct bare *b, const struct l2tp_config *config,
			  const struct l2tp_crypto *crypto, nsec_t now);

/* A datagram that the attempt's engine doesn't know. Return: whether it was the answer. */
bool bare_input(struct bare *b, const struct endpoint *from, const uint8_t *data, size_t len,
		nsec_t now);
/* Return: 0; a negative errno. */
_must_check_ int bare_timeout(struct bare *b, nsec_t now);
/* Whether there was an answer since it was last asked for. */
bool bare_answered(struct bare *b);
nsec_t bare_deadline(const struct bare *b);
bool bare_next_datagram(struct bare *b, struct l2tp_datagram *ret);
void bare_stop(struct bare *b);
