/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Room for any body that an exchange has to remember. */

#include <stddef.h>
#include <stdint.h>

#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/macros.h"

struct octets {
	size_t len;
	uint8_t data[1024];
};

struct chunk octets_chunk(const struct octets *o);

/* Sets the octets; the caller knows that they fit. */
void octets_set(struct octets *o, const void *data, size_t len);

/* Takes what was built into the octets' own data. Return: 0; -ENOBUFS. */
_must_check_ int octets_build(const struct builder *b, struct octets *o);
