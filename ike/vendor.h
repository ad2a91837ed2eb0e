/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Vendor IDs (RFC 2408 3.16): whether one is named, and that of dead peer detection (RFC 3706 5.1). Those
 * of NAT traversal are in natt.c, that of fragmentation in fragment.c.
 */

#include <stdbool.h>
#include <stdint.h>

#include "ike/payload.h"

#define VENDOR_ID_LEN 16

bool vendor_named(const struct payloads *list, const uint8_t vendor_id[static VENDOR_ID_LEN]);

bool vendor_dpd_announced(const struct payloads *list);
void vendor_dpd_build(struct payload_chain *chain);
