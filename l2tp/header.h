/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/macros.h"

/* The header of a packet (RFC 2661 3.1). Ns and Nr are 0 where the flags have no S. */
struct l2tp_header {
	uint16_t flags;			/* the first sixteen bits, version included */
	uint16_t tunnel_id, session_id; /* the receiver's */
	uint16_t ns, nr;
	struct chunk
		payload; /* view: AVPs, or PPP after the offset padding; only from the parser */
};

/*
 * Reads the header of a control or a data packet. Octets behind the Length field's end are ignored.
 * Return: 0; L2TP_DROP_DATA for what is too short to tell, or a data packet that does not hold
 * together; L2TP_DROP_VERSION; L2TP_DROP_MALFORMED for a control packet that does not.
 */
_must_check_ int l2tp_header_parse(const uint8_t *data, size_t len, struct l2tp_header *ret);

/*
 * Appends the header as its flags say, with an offset of zero where they have O. The Length field,
 * where they have L, covers this header and PAYLOAD_LEN octets, which the caller appends.
 */
void l2tp_header_put(struct builder *b, const struct l2tp_header *header, size_t payload_len);
