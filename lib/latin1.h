/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macros.h"

enum latin1_fit {
	LATIN1_ASCII,
	LATIN1_FITS,
	LATIN1_BEYOND, /* it has characters that aren't in there */
};

/* What a text in UTF-8 is made of; one that isn't UTF-8 is taken for what fits. */
enum latin1_fit latin1_fit(const void *text, size_t len);

/*
 * Puts text in UTF-8 (RFC 3629) into ISO 8859-1, in place; what becomes free behind it is wiped.
 * Return: the length; -ERANGE: it has characters that aren't in there; -EILSEQ: it isn't UTF-8. Then it is as it was.
 */
_must_check_ ssize_t latin1_from_utf8(uint8_t *text, size_t len);
