/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which main modes may be half open at a gateway. Each that was begun counts, answered or not, since it's the
 * answer that may have been lost; of several the oldest is taken for the one that came to stand, so that what is left
 * is never thought to be gone before it is.
 */
#include "client/connection/half-open.h"

#include <string.h>

static void drop(struct half_open *h, size_t i)
{
	memmove(&h->begun[i], &h->begun[i + 1], (h->n - i - 1) * sizeof(h->begun[0]));
	h->n--;
}

void half_open_add(struct half_open *h, const struct endpoint *gateway, nsec_t now)
{
	if (h->n == HALF_OPEN_KEPT)
		drop(h, 0);
	h->begun[h->n].gateway = *gateway;
	h->begun[h->n++].at = now;
}

void half_open_count(struct half_open *h, const struct endpoint *gateway, unsigned int begun,
		     nsec_t now)
{
	for (; h->counted < begun; h->counted++)
		half_open_add(h, gateway, now);
}

void half_open_leave(struct half_open *h)
{
	h->counted = 0;
}

void half_open_done(struct half_open *h, const struct endpoint *gateway)
{
	for (size_t i = 0; i < h->n; i++) {
		if (!endpoint_same_addr(&h->begun[i].gateway, gateway))
			continue;
		drop(h, i);
		return;
	}
}

void half_open_forget(struct half_open *h)
{
	h->n = 0;
}

nsec_t half_open_until(const struct half_open *h, const struct endpoint *gateway, size_t most)
{
	for (size_t i = h->n; i > 0; i--)
		if (endpoint_same_addr(&h->begun[i - 1].gateway, gateway) && --most == 0)
			return h->begun[i - 1].at + HALF_OPEN_TIME;
	return 0;
}
