/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Octets in the form in which vectors are published. */
#include "hex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hex hex(const char *text)
{
	struct hex h = { 0 };

	for (const char *p = text; *p;) {
		unsigned int octet;
		if (*p == ' ') {
			p++;
			continue;
		}
		if (h.len == HEX_MAX || strspn(p, "0123456789abcdefABCDEF") < 2 ||
		    sscanf(p, "%2x", &octet) != 1)
			abort();
		h.data[h.len++] = (uint8_t)octet;
		p += 2;
	}
	return h;
}

struct chunk hex_chunk(const struct hex *h)
{
	return (struct chunk){ h->data, h->len };
}

int hex_same(const void *data, size_t len, const char *text)
{
	struct hex wanted = hex(text);
	const uint8_t *p = data;

	if (len == wanted.len && memcmp(p, wanted.data, len) == 0)
		return 1;
	printf("wanted %s\n   got ", text);
	for (size_t i = 0; i < len; i++)
		printf("%02x", p[i]);
	printf("\n");
	return 0;
}
