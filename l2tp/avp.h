/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/cursor.h"
#include "lib/macros.h"

/* One AVP (RFC 2661 4.1). */
struct avp {
	bool mandatory; /* M */
	bool hidden;	/* H: the value is 4.3's subformat, encrypted */
	bool reserved;	/* a reserved bit was set: 4.1: to be treated as unrecognised */
	uint16_t vendor;
	uint16_t type;	    /* means nothing before the vendor has been looked at */
	struct chunk value; /* view; 0 to L2TP_AVP_VALUE_MAX octets */
};

/* What RFC 2661 4.4 says of an AVP. */
struct avp_rule {
	const char *name;  /* NULL: no such AVP */
	uint16_t min, max; /* octets of the value in clear */
	bool mandatory;	   /* the M bit to send */
};

/* Positive results of avp_next(). */
enum avp_verdict {
	AVP_OK,
	AVP_END,    /* nothing is left */
	AVP_BROKEN, /* a length below 6 or beyond the message: the rest can't be read */
};

/* Reads the next AVP. Return: 0; AVP_END; AVP_BROKEN. */
_must_check_ int avp_next(struct cursor *c, struct avp *ret);

/* The rule for an IETF attribute type, or NULL for an unknown one. */
const struct avp_rule *avp_find_rule(uint16_t type);

/* Append one AVP in clear, of an IETF type in the table; the M bit is the table's. */
void avp_put_empty(struct builder *b, uint16_t type);
void avp_put_u16(struct builder *b, uint16_t type, uint16_t v);
void avp_put_u32(struct builder *b, uint16_t type, uint32_t v);
void avp_put_bytes(struct builder *b, uint16_t type, const void *data, size_t len);

/*
 * Appends a Result Code AVP (4.4.2), always with its error code, which some receivers insist on.
 * TEXT may be NULL.
 */
void avp_put_result(struct builder *b, uint16_t result, uint16_t error, const char *text);
