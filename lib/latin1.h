/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macros.h"

/*
 * Puts text in UTF-8 (RFC 3629) into ISO 8859-1, in place; what becomes free behind it is wiped.
 * Return: the length; -ERANGE: it has characters that aren't in there; -EILSEQ: it isn't UTF-8. Then it is as it was.
 */
_must_check_ ssize_t latin1_from_utf8(uint8_t *text, size_t len);
