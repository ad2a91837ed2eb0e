/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"
#include "lib/macros.h"

/* The longest secret there is: the shared value of modp4096. */
#define SECRET_MAX 512

/*
 * Key material lives in this structure and nowhere else: wiped when cleared and when moved away.
 * The zero value is the empty secret. Declare one with `_cleanup_(secret_clear)`.
 */
struct secret {
	size_t len; /* octets in use, 0 to SECRET_MAX */
	uint8_t data[SECRET_MAX];
};

/* Wipes the secret, which is empty afterwards. Accepts NULL. */
void secret_clear(struct secret *s);

/* Replaces the content by LEN octets. Return: 0; -EMSGSIZE when LEN is above SECRET_MAX. */
_must_check_ int secret_set(struct secret *s, const void *data, size_t len);

/* Moves FROM to TO; FROM is wiped and empty afterwards. */
void secret_move(struct secret *to, struct secret *from);

/* The octets as a view, valid while the secret is neither changed nor cleared. */
struct chunk secret_chunk(const struct secret *s);

/* Compares in a time that depends on the lengths alone. */
bool secret_equal(const void *a, const void *b, size_t len);
