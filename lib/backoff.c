/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pauses between repetitions, the same for IKE and L2TP (RFC 2661 5.8 caps at 8 s or more). */
#include "lib/backoff.h"

nsec_t backoff_first(nsec_t round_trip)
{
	if (round_trip == 0)
		return BACKOFF_FIRST;
	return nsec_min(BACKOFF_WORK + 2 * nsec_min(round_trip, BACKOFF_FIRST), BACKOFF_FIRST);
}

nsec_t backoff_interval(nsec_t first, unsigned int try_nr, uint8_t jitter)
{
	nsec_t interval = first;

	for (unsigned int i = 0; i < try_nr && interval < BACKOFF_MAX; i++)
		interval = interval * 8 / 5;
	interval = nsec_min(interval, BACKOFF_MAX);
	return interval * 9 / 10 + interval / 5 * jitter / UINT8_MAX;
}
