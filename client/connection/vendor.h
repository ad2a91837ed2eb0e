/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Vendor IDs (RFC 2408 3.16): what a gateway says of itself, before anything is authenticated. */

#include <stddef.h>
#include <stdint.h>

#define VENDORS_WORDS_MAX   256
#define VENDORS_UNKNOWN_MAX 16 /* octets kept of the first one that isn't known */

struct vendors {
	uint32_t known; /* a bit for each row of the table */
	unsigned int n_unknown;
	uint8_t unknown[VENDORS_UNKNOWN_MAX]; /* the first one's beginning */
	size_t unknown_len;
};

/* Takes one vendor ID of LEN octets, of which DATA has at least the first 64. */
void vendors_add(struct vendors *v, const uint8_t *data, size_t len);

/* "Windows; RFC 3947, DPD; 1 unknown: 4f45...": products, features, the rest. Returns RET. */
const char *vendors_words(const struct vendors *v, char ret[static VENDORS_WORDS_MAX]);
