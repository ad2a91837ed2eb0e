/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The ISAKMP header, the chain of payloads and the bodies of the simple payloads: from octets to
 * plain structures of views and back. Parsers are pure and total; they return 0 or what is wrong
 * with the octets as an enum ike_drop (MALFORMED, LIMIT), and write their result only when they
 * return 0. Views point into the datagram. Builders append to a builder, which is checked at its
 * end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "ike/isakmp.h"
#include "lib/builder.h"
#include "lib/chunk.h"

/* RFC 2408 3.1 */
struct isakmp_header {
	uint8_t cookie_i[ISAKMP_COOKIE_LEN];
	uint8_t cookie_r[ISAKMP_COOKIE_LEN];
	uint8_t next; /* type of the first payload */
	uint8_t exchange;
	uint8_t flags;
	uint32_t msgid;
	uint32_t length; /* of the whole message with the header */
};

/* One payload: the body without the generic header, and the whole with it. */
struct payload {
	uint8_t type;
	struct chunk body;
	struct chunk whole;
};

struct payloads {
	size_t n;
	struct payload list[ISAKMP_PAYLOADS_MAX];
	struct chunk octets; /* all of them, without what padding follows the last one */
};

/* RFC 2407 4.6.2 */
struct payload_id {
	uint8_t type;
	uint8_t protocol;
	uint16_t port;
	struct chunk data;
};

/* RFC 2408 3.9, and 3.10 for requests, whose data is an authority's name */
struct payload_cert {
	uint8_t encoding;
	struct chunk data;
};

/* RFC 2408 3.14 */
struct payload_notify {
	uint32_t doi;
	uint8_t protocol;
	uint16_t type;
	struct chunk spi;
	struct chunk data;
};

/* RFC 2408 3.15 */
/* draft-ietf-ipsec-isakmp-mode-cfg-05 3.2; sa_attributes_parse() reads the attributes. */
struct payload_attributes {
	uint8_t type; /* enum isakmp_cfg */
	uint16_t id;
	struct chunk attributes;
};

struct payload_delete {
	uint32_t doi;
	uint8_t protocol;
	uint8_t spi_len;
	uint16_t n_spis;
	struct chunk spis; /* n_spis of spi_len octets each */
};

/*
 * The header of a message, which must be exactly as long as DATA.
 * Return: 0; IKE_DROP_MALFORMED.
 */
_must_check_ int isakmp_header_parse(struct chunk data, struct isakmp_header *ret);

/*
 * The payloads of a message, of which FIRST is the first one's type. The one that names no
 * successor ends the chain; with PADDED anything may follow it (RFC 2409 appendix B: the padding's
 * octets are not looked at), else what fills four octets up with zeroes. Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT.
 */
_must_check_ int payloads_parse(uint8_t first, struct chunk data, bool padded,
				struct payloads *ret);

/* The NTH (from 0) payload of the type, or NULL when there are fewer. */
const struct payload *payloads_find(const struct payloads *list, uint8_t type, size_t nth);

/* How many there are of the type. */
size_t payloads_count(const struct payloads *list, uint8_t type);

/* Return: 0; IKE_DROP_MALFORMED. */
_must_check_ int payload_id_parse(struct chunk body, struct payload_id *ret);

/* Return: 0; IKE_DROP_MALFORMED. */
_must_check_ int payload_cert_parse(struct chunk body, struct payload_cert *ret);

/* Return: 0; IKE_DROP_MALFORMED. */
_must_check_ int payload_notify_parse(struct chunk body, struct payload_notify *ret);

/* Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT. */
_must_check_ int payload_delete_parse(struct chunk body, struct payload_delete *ret);

/* Return: 0; IKE_DROP_MALFORMED. */
_must_check_ int payload_attributes_parse(struct chunk body, struct payload_attributes *ret);

/*
 * The original address of RFC 3947 5.2 (an address family and address); the port is 0.
 * Return: 0; IKE_DROP_MALFORMED.
 */
_must_check_ int payload_nat_oa_parse(struct chunk body, struct endpoint *ret);

/* Writes the header; its length is filled in by isakmp_header_close(). */
void isakmp_header_build(struct builder *b, const struct isakmp_header *header);

/* Fills in the length of the message that starts at offset START. */
void isakmp_header_close(struct builder *b, size_t start);

/*
 * Payloads are written between payload_open() and payload_close(). Each one is told the type of its
 * successor through the chain: `link` is the offset of the octet that will name the next payload.
 */
struct payload_chain {
	struct builder *b;
	size_t link;
};

/* A chain whose first payload's type goes to offset LINK (the header's next payload field). */
struct payload_chain payload_chain_init(struct builder *b, size_t link);

/* Starts a payload and returns its mark for payload_close(). */
size_t payload_open(struct payload_chain *chain, uint8_t type);
void payload_close(struct payload_chain *chain, size_t mark);

/* A payload with this body: KE, nonce, hash, vendor ID, NAT-D, SA. */
void payload_add(struct payload_chain *chain, uint8_t type, const void *body, size_t len);

/* The body alone of an ID payload, since hashes cover it (RFC 2409 5: IDii_b). */
void payload_id_build(struct builder *b, const struct payload_id *id);
void payload_cert_build(struct builder *b, const struct payload_cert *cert);
void payload_attributes_build(struct builder *b, const struct payload_attributes *attributes);
void payload_notify_build(struct builder *b, const struct payload_notify *notify);
void payload_delete_build(struct builder *b, const struct payload_delete *del);
void payload_nat_oa_build(struct builder *b, const struct endpoint *address);

/* The identity type of an address, IKE_ID_IPV4_ADDR or IKE_ID_IPV6_ADDR. */
enum ike_id_type payload_id_type(const struct endpoint *address);
