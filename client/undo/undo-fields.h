/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/endpoint.h"

/*
 * The fields of a line of the crash record, for those who know what stands in them: each is read strictly, and one
 * that nobody would have written makes the line a bad one.
 */

#define UNDO_LINE_MAX	512
#define UNDO_FIELDS_MAX 12

/* field[0] is the word for the kind. */
struct undo_fields {
	char text[UNDO_LINE_MAX];
	const char *field[UNDO_FIELDS_MAX];
	size_t n;
	bool bad;
};

/* Takes a line apart at single spaces. False: it is none. */
bool undo_fields_split(const char *line, struct undo_fields *ret);

uint64_t undo_field_number(struct undo_fields *f, size_t i, uint64_t max);
uint32_t undo_field_number32(struct undo_fields *f, size_t i);
uint16_t undo_field_port(struct undo_fields *f, size_t i);

/* An address; in the second form also "-" for any, family 0. */
struct endpoint undo_field_address(struct undo_fields *f, size_t i, uint16_t port);
struct endpoint undo_field_address_or_any(struct undo_fields *f, size_t i);

/* Of a network of that address. */
uint8_t undo_field_prefix(struct undo_fields *f, size_t i, const struct endpoint *address);

/* What has neither spaces nor control characters and fits, with its NUL. */
void undo_field_word(struct undo_fields *f, size_t i, char *ret, size_t size);
void undo_field_ifname(struct undo_fields *f, size_t i, char ret[static IF_NAMESIZE]);

/* One of two words. */
bool undo_field_choice(struct undo_fields *f, size_t i, const char *yes, const char *no);

/* For the writer: the address, or "-" where undo_field_address_or_any() reads it. */
const char *undo_address_or_any(const struct endpoint *e, char buf[static ENDPOINT_STRLEN]);
