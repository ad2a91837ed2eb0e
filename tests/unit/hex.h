/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"

#define HEX_MAX 1024

/* Octets read from text, as the vectors give them. */
struct hex {
	size_t len;
	uint8_t data[HEX_MAX];
};

/*
 * Reads pairs of hexadecimal digits; blanks between pairs don't count. Aborts on anything else: the
 * text is the test's own.
 */
struct hex hex(const char *text);

struct chunk hex_chunk(const struct hex *h);

/* True when LEN octets at DATA are what TEXT says; prints both when not. */
int hex_same(const void *data, size_t len, const char *text);
