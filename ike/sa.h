/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The SA payload with its proposals, transforms and attributes (RFC 2408 3.3 to 3.6), from octets
 * to plain structures and back. What the numbers mean is proposal.c's matter.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/payload.h"

struct sa_attribute {
	uint16_t type;
	bool is_short;
	struct chunk value; /* two octets when short */
};

struct sa_transform {
	uint8_t number;
	uint8_t id;
	size_t n_attributes;
	struct sa_attribute attributes[ISAKMP_ATTRIBUTES_MAX];
};

struct sa_proposal {
	uint8_t number;
	uint8_t protocol;
	struct chunk spi;
	size_t first, n_transforms; /* in the list of the SA */
};

struct sa {
	uint32_t doi;
	uint32_t situation;
	size_t n_proposals, n_transforms;
	struct sa_proposal proposals[ISAKMP_PROPOSALS_MAX];
	struct sa_transform transforms[ISAKMP_TRANSFORMS_MAX];
};

/*
 * The body of an SA payload. RET is large and written in place: its content counts only after 0.
 * Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT.
 */
_must_check_ int sa_parse(struct chunk body, struct sa *ret);

/*
 * A list of attributes that stands alone, as in the data of a notify; it becomes those of *RET.
 * Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT.
 */
_must_check_ int sa_attributes_parse(struct chunk data, struct sa_transform *ret);

/*
 * A value as a number, whichever form it has; what is above 32 bits counts as UINT32_MAX.
 * Return: 0; IKE_DROP_MALFORMED for a value without octets.
 */
_must_check_ int sa_attribute_u32(const struct sa_attribute *attribute, uint32_t *ret);

/*
 * Building: sa_open(), per proposal sa_proposal_open(), per transform sa_transform_open() with its
 * attributes, each closed again. The structures remember what has to be filled in.
 */
struct sa_builder {
	struct builder *b;
	size_t proposal, transform; /* offsets of the open ones */
	size_t n_proposals, n_transforms;
};

/* Writes the DOI and the situation. */
struct sa_builder sa_open(struct builder *b);
void sa_proposal_open(struct sa_builder *sb, uint8_t number, uint8_t protocol, struct chunk spi);
void sa_transform_open(struct sa_builder *sb, uint8_t number, uint8_t id);
void sa_attribute_short(struct sa_builder *sb, uint16_t type, uint16_t value);
void sa_attribute_long(struct sa_builder *sb, uint16_t type, uint32_t value);
/* Opens, fills and closes one that is the same in every octet. */
void sa_transform_copy(struct sa_builder *sb, const struct sa_transform *t);
void sa_transform_close(struct sa_builder *sb);
void sa_proposal_close(struct sa_builder *sb);
