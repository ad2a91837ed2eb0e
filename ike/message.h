/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Whole messages: from and to the wire, with encryption. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/payload.h"
#include "ike/rules.h"
#include "ike/state.h"
#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* A received message: raw, then with its payloads. */
struct incoming {
	bool natt; /* it came behind a non-ESP marker */
	struct isakmp_header header;
	struct chunk raw;
	struct endpoint from;
	nsec_t now;
	uint8_t digest[RETRANSMIT_DIGEST_LEN];
	struct payloads list;
	uint8_t last_block[KEYMAT_BLOCK_MAX]; /* of the ciphertext */
	uint8_t plain[IKE_DATAGRAM_MAX];
	uint8_t whole[IKE_DATAGRAM_MAX]; /* what raw points to when it came in pieces */
};

/* A message being written. */
struct outgoing {
	struct builder b;
	struct payload_chain chain;
	size_t hash_at; /* offset of the body of the HASH payload */
	size_t hash_len;
	uint8_t data[RETRANSMIT_LEN_MAX];
};

/* Payloads of a message that isn't encrypted. Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT. */
_must_check_ int incoming_parse(struct incoming *in);

/*
 * Decrypts with this IV and parses. Return: 0; IKE_DROP_UNDECRYPTABLE; IKE_DROP_MALFORMED when more
 * follows than padding; negative errno.
 */
_must_check_ int incoming_decrypt(struct incoming *in, const struct ike *ike,
				  const struct ike_sa *sa,
				  const uint8_t iv[static KEYMAT_BLOCK_MAX]);

/*
 * Opens the first message of an exchange after phase 1: decrypts it with the IV of its message ID
 * (RFC 2409 appendix B), checks its payloads and HASH(1).
 * Return: 0; IKE_DROP_UNDECRYPTABLE; IKE_DROP_MALFORMED; IKE_DROP_PAYLOADS; IKE_DROP_HASH; negative
 * errno.
 */
_must_check_ int incoming_open(struct incoming *in, const struct ike *ike, const struct ike_sa *sa,
			       enum rules_message message);

/* What HASH(1) and HASH(2) cover: all that follows the first payload. */
struct chunk incoming_rest(const struct incoming *in);

/* The body of the NTH payload of the type, which rules.c has seen to be there. */
struct chunk incoming_body(const struct incoming *in, uint8_t type, size_t nth);

/* Whether the message's HASH payload holds this. */
bool incoming_hash_equal(const struct incoming *in, const struct ike_sa *sa, const uint8_t *hash);

void outgoing_init(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange, uint32_t msgid);

/* A HASH payload to be filled in when the rest is known. */
void outgoing_hash_open(struct outgoing *out, const struct ike_sa *sa);
struct chunk outgoing_rest(const struct outgoing *out);
void outgoing_hash_fill(struct outgoing *out, const uint8_t *hash);

/* Ends a message in clear. Return: 0; -ENOBUFS. */
_must_check_ int outgoing_finish(struct outgoing *out);

/* Ends a message by padding and encrypting it; the IV becomes its last block. */
_must_check_ int outgoing_encrypt(struct outgoing *out, const struct ike *ike,
				  const struct ike_sa *sa, uint8_t iv[static KEYMAT_BLOCK_MAX]);
