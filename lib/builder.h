/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one way to write wire formats: appends to a fixed buffer of the caller's. What doesn't fit
 * sets `overflow`, which stays, so that appends are not checked one by one; builder_finish() is.
 * Numbers are written in network order. Offsets count from the start of the buffer.
 */
struct builder {
	uint8_t *start;
	uint8_t *p;
	uint8_t *end;
	bool overflow;
};

/* A builder over SIZE bytes at BUF, which stays the caller's. */
struct builder builder_init(void *buf, size_t size);

/* Bytes written so far, which is also the offset of the next one. */
size_t builder_len(const struct builder *b);

void builder_u8(struct builder *b, uint8_t v);
void builder_u16(struct builder *b, uint16_t v);
void builder_u32(struct builder *b, uint32_t v);
void builder_u64(struct builder *b, uint64_t v);
void builder_bytes(struct builder *b, const void *data, size_t len);
void builder_zero(struct builder *b, size_t len);

/* Overwrites what stands at offset AT; outside of what was written it sets `overflow`. */
void builder_patch8(struct builder *b, size_t at, uint8_t v);
void builder_patch16(struct builder *b, size_t at, uint16_t v);
void builder_patch32(struct builder *b, size_t at, uint32_t v);

/* The length of the finished text: > 0, or -ENOBUFS when it did not fit, or 0 for nothing. */
long builder_finish(const struct builder *b);
