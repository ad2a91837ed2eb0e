/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hidden AVP values (RFC 2661 4.3). What is hidden is the value's length and the value, with padding
 * behind them, combined with a key stream of MD5 values:
 *	b1 = MD5(attribute type | secret | random vector), b(i) = MD5(secret | cipher text i-1)
 * We never hide: everything we say travels in ESP, and a gateway that can't unhide ends the tunnel.
 */
#include "l2tp/hide.h"

#include <string.h>

#include "lib/cursor.h"

#define LENGTH_LEN 2

/* The next L2TP_MD5_LEN octets of the key stream; PREVIOUS is the cipher text before, NULL: none. */
static int next_key(const struct l2tp_hiding *h, uint16_t type, const uint8_t *previous,
		    uint8_t ret[static L2TP_MD5_LEN])
{
	const uint8_t number[] = { (uint8_t)(type >> 8), (uint8_t)type };
	const struct chunk first[] = { { number, sizeof(number) }, h->secret, h->vector };
	const struct chunk later[] = { h->secret, { previous, L2TP_MD5_LEN } };

	if (previous)
		return h->crypto->md5(h->crypto->userdata, later, ARRAY_SIZE(later), ret);
	return h->crypto->md5(h->crypto->userdata, first, ARRAY_SIZE(first), ret);
}

static int decipher(const struct l2tp_hiding *h, const struct avp *avp, uint8_t *ret)
{
	const uint8_t *in = avp->value.data;
	uint8_t key[L2TP_MD5_LEN];

	for (size_t i = 0; i < avp->value.len; i++) {
		if (i % L2TP_MD5_LEN == 0) {
			int r = next_key(h, avp->type, i ? in + i - L2TP_MD5_LEN : NULL, key);
			if (r < 0)
				return r;
		}
		ret[i] = in[i] ^ key[i % L2TP_MD5_LEN];
	}
	return 0;
}

int l2tp_unhide(struct l2tp_hiding *h, const struct avp *avp, struct chunk *ret_value)
{
	uint8_t *clear = h->pool + h->used;

	if (h->secret.len == 0 || !h->vector.data || avp->value.len < LENGTH_LEN ||
	    avp->value.len > sizeof(h->pool) - h->used)
		return L2TP_UNHIDE_UNREADABLE;
	int r = decipher(h, avp, clear);
	if (r < 0)
		return r;

	struct cursor c = cursor_init(clear, avp->value.len);
	struct chunk value = cursor_chunk(&c, cursor_u16(&c));
	if (c.bad)
		return L2TP_UNHIDE_UNREADABLE;
	h->used += avp->value.len;
	*ret_value = value;
	return 0;
}
