/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"

/*
 * The one way to read bytes that came from outside. A read past the end yields zero and marks the
 * cursor bad; it stays bad and yields nothing more, so that a parser checks once, at its end.
 * Numbers are in network order. Views point into the caller's buffer and live as long as it does.
 */
struct cursor {
	const uint8_t *p;
	const uint8_t *end;
	bool bad;
};

/* A cursor over LEN bytes at DATA (which may be NULL when LEN is 0). */
struct cursor cursor_init(const void *data, size_t len);

/* Bytes not read yet; 0 when bad. */
size_t cursor_left(const struct cursor *c);

/* True when nothing was read past the end and nothing is left. */
bool cursor_done(const struct cursor *c);

uint8_t cursor_u8(struct cursor *c);
uint16_t cursor_u16(struct cursor *c);
uint32_t cursor_u32(struct cursor *c);
uint64_t cursor_u64(struct cursor *c);

/* The next N bytes, or NULL and bad when there are fewer. N == 0 gives a non-NULL view of nothing. */
const uint8_t *cursor_bytes(struct cursor *c, size_t n);

/* The next N bytes copied to BUF; on failure BUF is zeroed and the cursor is bad. */
void cursor_copy(struct cursor *c, void *buf, size_t n);

/* The next N bytes as a chunk; {NULL, 0} and bad when there are fewer. */
struct chunk cursor_chunk(struct cursor *c, size_t n);

/* A cursor over the next N bytes that can't leave them; a bad one when there are fewer. */
struct cursor cursor_sub(struct cursor *c, size_t n);

/* Everything that is left, as a chunk. */
struct chunk cursor_rest(struct cursor *c);
