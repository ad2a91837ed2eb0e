/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings of fixed size, without the C library's formatted output, which has no place in a core:
 * the peer's words made harmless for a log or a terminal (RFC 2661 has UTF-8 there), and the short
 * sentences that go out with an error code (4.4.2).
 */
#include "l2tp/text.h"

#include <stdint.h>
#include <string.h>

void l2tp_text_copy(char *ret, size_t size, struct chunk text)
{
	const uint8_t *from = text.data;
	size_t len = text.len < size ? text.len : size - 1;

	/* Some senders count the string's end in. */
	while (len > 0 && from[len - 1] == 0)
		len--;
	for (size_t i = 0; i < len; i++)
		ret[i] = from[i] >= 0x20 && from[i] < 0x7f ? (char)from[i] : '?';
	ret[len] = '\0';
}

void l2tp_text_append(char *text, size_t size, const char *more)
{
	size_t len = strnlen(text, size - 1);

	while (*more && len < size - 1)
		text[len++] = *more++;
	text[len] = '\0';
}

void l2tp_text_append_number(char *text, size_t size, unsigned int number)
{
	char digits[3 * sizeof(number) + 1];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	l2tp_text_append(text, size, digits + at);
}
