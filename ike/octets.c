/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/octets.h"

#include <errno.h>
#include <string.h>

struct chunk octets_chunk(const struct octets *o)
{
	return (struct chunk){ o->data, o->len };
}

void octets_set(struct octets *o, const void *data, size_t len)
{
	memmove(o->data, data, len);
	o->len = len;
}

int octets_build(const struct builder *b, struct octets *o)
{
	if (b->overflow)
		return -ENOBUFS;
	o->len = builder_len(b);
	return 0;
}
