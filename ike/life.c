/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lives of SAs (RFC 2407 4.5, 4.6.3.1): what counts of what was agreed on, and when to renew. */
#include "ike/life.h"

#include "ike/slots.h"

/* A life that is shorter, and than what we offer, counts as this long, lest a gateway keeps us
 * negotiating. */
#define LIFE_MIN_S 10

/* The same of what the gateway began: it keeps itself busy and ends its SA when it said. */
#define LIFE_THEIRS_MIN_S 2

/*
 * The same of lives in kilobytes, lest it keeps us negotiating packet by packet: what Windows allows to be
 * set at least, which takes two seconds of a full 100 Mbit/s; and less of what the gateway began.
 */
#define LIFE_MIN_KB	   20480
#define LIFE_THEIRS_MIN_KB 64

uint32_t life_seconds(bool ours, uint32_t life_s, uint32_t offered)
{
	uint32_t least = ours ? LIFE_MIN_S : LIFE_THEIRS_MIN_S;

	least = offered < least ? offered : least;
	return life_s < least ? least : life_s;
}

uint32_t life_kilobytes(bool ours, uint32_t life_kb, uint32_t offered)
{
	uint32_t least = ours ? LIFE_MIN_KB : LIFE_THEIRS_MIN_KB;

	least = offered != 0 && offered < least ? offered : least;
	return life_kb != 0 && life_kb < least ? least : life_kb;
}

int life_renewal(const struct ike *ike, uint32_t life_s, nsec_t now, nsec_t *ret)
{
	uint8_t jitter;
	int r = ike_random(ike, &jitter, sizeof(jitter));

	if (r < 0)
		return r;
	/* 80 % down to 75 % */
	*ret = now + life_s * (NSEC_PER_SEC / 1000) * (800 - 50 * jitter / UINT8_MAX);
	return 0;
}
