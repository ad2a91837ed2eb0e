/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key material that is wiped, and a comparison that doesn't tell where two values differ. */
#include "lib/secret.h"

#include <errno.h>
#include <string.h>

void secret_clear(struct secret *s)
{
	if (s)
		explicit_bzero(s, sizeof(*s));
}

int secret_set(struct secret *s, const void *data, size_t len)
{
	if (len > SECRET_MAX)
		return -EMSGSIZE;

	explicit_bzero(s, sizeof(*s));
	if (len > 0)
		memcpy(s->data, data, len);
	s->len = len;
	return 0;
}

void secret_move(struct secret *to, struct secret *from)
{
	explicit_bzero(to, sizeof(*to));
	memcpy(to->data, from->data, from->len);
	to->len = from->len;
	secret_clear(from);
}

struct chunk secret_chunk(const struct secret *s)
{
	return (struct chunk){ s->data, s->len };
}

bool secret_equal(const void *a, const void *b, size_t len)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differing = 0;

	for (size_t i = 0; i < len; i++)
		differing |= x[i] ^ y[i];
	return differing == 0;
}
