/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"

/* Whether the LEN octets hold a control character of ASCII (below 0x20, or 0x7f). */
bool text_has_control(const char *text, size_t len);

/*
 * Whether the text is well-formed UTF-8 that can be shown: no control characters of ASCII or C1, none
 * that turn the writing direction or are invisible (they make a text look like another one).
 */
bool text_is_printable(const char *text);

/* How many octets of UTF-8 are left when the text is cut at MAX, whole characters alone. */
size_t text_cut(const char *text, size_t max);

/* Puts '?' in the place of every octet that keeps the text from being printable. */
void text_make_printable(char *text);

/*
 * Reads a decimal number of digits only, without sign, space or a value above MAX.
 * Return: 0; -EINVAL; -ERANGE when it is outside MIN to MAX.
 */
_must_check_ int text_parse_uint(const char *text, uint32_t min, uint32_t max, uint32_t *ret);

/*
 * Reads yes/no, true/false, on/off, 1/0, as NetworkManager and its plugins write them.
 * Return: 0; -EINVAL.
 */
_must_check_ int text_parse_bool(const char *text, bool *ret);

/*
 * Decodes base64 (RFC 4648 4) with its padding, which may be missing.
 * Return: octets written to RET, at most SIZE; -EINVAL; -EMSGSIZE.
 */
_must_check_ long text_parse_base64(const char *text, uint8_t *ret, size_t size);
