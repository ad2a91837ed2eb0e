/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pauses between repetitions, the same for IKE and L2TP (RFC 2661 5.8 caps at 8 s or more). */
#include "lib/backoff.h"

nsec_t backoff_interval(unsigned int try_nr, uint8_t jitter)
{
	nsec_t interval = BACKOFF_FIRST;

	for (unsigned int i = 0; i < try_nr && interval < BACKOFF_MAX; i++)
		interval = interval * 8 / 5;
	interval = nsec_min(interval, BACKOFF_MAX);
	return interval * 9 / 10 + interval / 5 * jitter / UINT8_MAX;
}

nsec_t backoff_soon(nsec_t round_trip, nsec_t work)
{
	nsec_t pause = work + 2 * nsec_min(round_trip, BACKOFF_FIRST);

	return round_trip && pause < backoff_interval(0, 0) ? pause : 0;
}
