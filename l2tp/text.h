/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lib/chunk.h"

/* Copies the peer's words as a string of printable ASCII, cut to SIZE; the rest becomes '?'. */
void l2tp_text_copy(char *ret, size_t size, struct chunk text);

/* Append to the string in TEXT of SIZE octets, as far as there is room. */
void l2tp_text_append(char *text, size_t size, const char *more);
void l2tp_text_append_number(char *text, size_t size, unsigned int number);
