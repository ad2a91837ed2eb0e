/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* ISAKMP messages for the responder model: reading and writing payloads (RFC 2408 3). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/cursor.h"

#define ISA_HEADER_LEN	 28
#define ISA_PAYLOADS_MAX 32
#define ISA_ATTR_MAX	 32

/* Payload types. */
enum {
	ISA_SA = 1,
	ISA_KE = 4,
	ISA_ID = 5,
	ISA_HASH = 8,
	ISA_NONCE = 10,
	ISA_NOTIFY = 11,
	ISA_DELETE = 12,
	ISA_VENDOR = 13,
	ISA_ATTRIBUTES = 14,
};

/* Exchange types. */
enum {
	ISA_MAIN = 2,
	ISA_INFO = 5,
	ISA_TRANSACTION = 6,
	ISA_QUICK = 32,
};

struct isa_header {
	uint8_t cky_i[8], cky_r[8];
	uint8_t next, version, exchange, flags;
	uint32_t m_id, length;
};

struct isa_payloads {
	size_t n;
	struct {
		uint8_t type;
		struct chunk body;
	} list[ISA_PAYLOADS_MAX];
	const uint8_t *end; /* behind the last payload */
};

/* The transform that was chosen from an SA payload. */
struct isa_choice {
	uint8_t proposal_nr;
	uint8_t protocol;
	struct chunk spi;
	uint8_t transform_id;
	struct chunk transform; /* without its first four octets */
	uint32_t attrs;		/* bits of the attributes that it has */
	uint32_t attr[ISA_ATTR_MAX];
	uint32_t life_s; /* phase 2 may name one in octets, too */
};

/* Says whether a transform is acceptable. */
typedef bool isa_accept(void *userdata, const struct isa_choice *transform);

bool isa_parse_header(struct cursor *c, struct isa_header *ret);

/* The payloads from FIRST on; what is left in the cursor is padding. */
bool isa_parse_payloads(struct cursor *c, uint8_t first, struct isa_payloads *ret);

/* The NTH (from 0) payload of the type; {NULL, 0}: there is none. */
struct chunk isa_find(const struct isa_payloads *p, uint8_t type, size_t nth);

/* The first acceptable transform of an SA payload's body. False: none, or malformed. */
bool isa_choose(struct chunk sa, isa_accept *accept, void *userdata, struct isa_choice *ret);

/* A message that is being written. */
struct isa_message {
	struct builder b;
	size_t next_at; /* where the type of the next payload goes */
	size_t payload; /* where the one begins that is being written */
};

struct isa_message isa_begin(void *buf, size_t size, const uint8_t cky_i[static 8],
			     const uint8_t cky_r[static 8], uint8_t exchange, uint8_t flags,
			     uint32_t m_id);
void isa_open(struct isa_message *m, uint8_t type);
void isa_close(struct isa_message *m);
void isa_put(struct isa_message *m, uint8_t type, const void *body, size_t len);

/* The SA payload that answers with the choice; the SPI is the one who answers'. */
void isa_put_choice(struct isa_message *m, const struct isa_choice *choice, struct chunk spi);
