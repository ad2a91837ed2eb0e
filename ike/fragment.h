/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * IKE fragmentation (MS-IKEE 2.2.2, 3.3): a message too long for the path in pieces, each an ISAKMP
 * message of its own with one fragment payload. Whole messages come out and go in.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "ike/payload.h"
#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/nsec.h"

#define FRAGMENT_PIECES_MAX 64
#define FRAGMENT_PATIENCE   (90 * NSEC_PER_SEC) /* for the rest of a message */

/*
 * The message octets in a piece of ours, so that it makes an IP packet of 576 octets with IPv4's
 * header (20), UDP's (8), the non-ESP marker (4), ISAKMP's (28) and the payload's (8).
 */
#define FRAGMENT_DATA_MAX 508

/* A message up to this length is no longer than one of our pieces: it goes whole. */
#define FRAGMENT_WHOLE_MAX (FRAGMENT_DATA_MAX + ISAKMP_HEADER_LEN)

/* The body of a fragment payload. */
struct payload_fragment {
	uint16_t id;	/* the same for all pieces of a message */
	uint8_t number; /* from 1 */
	bool last;
	struct chunk data;
};

/* The pieces of one message, in a buffer of fixed size. */
struct fragments {
	size_t n; /* pieces held; 0: none, and the rest means nothing */
	uint16_t id;
	uint8_t last; /* number of the last piece; 0: not known yet */
	nsec_t until; /* after that they are worth nothing */
	size_t used;
	struct {
		uint16_t at, len; /* in data; len 0: not here yet */
	} pieces[FRAGMENT_PIECES_MAX];
	uint8_t data[IKE_DATAGRAM_MAX]; /* in the order of their coming */
};

/* Return: 0; IKE_DROP_MALFORMED without data or with number 0. */
_must_check_ int payload_fragment_parse(struct chunk body, struct payload_fragment *ret);
void payload_fragment_build(struct builder *b, const struct payload_fragment *fragment);

/* Whether the vendor IDs announce fragmentation, with or without what it is capable of. */
bool fragment_announced(const struct payloads *list);
void fragment_vendor_build(struct payload_chain *chain);

/*
 * Takes a piece. RET has room for IKE_DATAGRAM_MAX octets; *ret_len is the length of the whole
 * message there, or 0 while pieces are missing.
 * Return: 0; IKE_DROP_DUPLICATE: it is here already; IKE_DROP_LIMIT: beyond the last one, or there
 * are too many or too long ones.
 */
_must_check_ int fragments_add(struct fragments *f, const struct payload_fragment *piece,
			       nsec_t now, uint8_t *ret, size_t *ret_len);

/* Forgets what was collected. */
void fragments_reset(struct fragments *f);
