/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repetition (RFC 2408 5.1 leaves it to us): who waits for an answer repeats, in intervals of
 * lib/backoff.h and without an end, since the one who knows how long to try is the caller. A
 * repeated message is the same octets as the first. A duplicate from the peer answers what we had
 * repeated without need, or it shows that our last message got lost, and brings it out before its
 * time, but not more often than the guard allows, so that a network that doubles datagrams, or
 * somebody who replays them, can't make us send at his pace.
 */
#include "ike/retransmit.h"

#include <string.h>

#include "lib/backoff.h"

void retransmit_send(struct retransmit *rt, const uint8_t *data, size_t len, bool waiting,
		     nsec_t now, uint8_t jitter, nsec_t first)
{
	memcpy(rt->data, data, len);
	rt->len = len;
	rt->waiting = waiting;
	rt->echoes = rt->copies;
	rt->echo_round_trip = rt->answered - rt->begun;
	rt->tries = rt->copies = 0;
	rt->begun = rt->sent = now;
	rt->first = first;
	rt->next = now + backoff_interval(first, 0, jitter);
}

nsec_t retransmit_deadline(const struct retransmit *rt)
{
	return rt->waiting ? rt->next : NSEC_NEVER;
}

void retransmit_again(struct retransmit *rt, nsec_t now, uint8_t jitter, nsec_t longest)
{
	rt->tries++;
	rt->copies++;
	nsec_t pause = backoff_interval(rt->first, rt->tries, jitter);
	rt->sent = now;
	rt->next = now + (longest ? nsec_min(pause, longest) : pause);
}

nsec_t retransmit_answered(struct retransmit *rt,
			   const uint8_t digest[static RETRANSMIT_DIGEST_LEN], nsec_t now,
			   bool *ret_certain)
{
	nsec_t round_trip = rt->waiting ? now - rt->sent : 0;

	*ret_certain = rt->copies == 0;
	rt->waiting = false;
	rt->answered = now;
	if (rt->n_seen < RETRANSMIT_SEEN_MAX)
		memcpy(rt->seen[rt->n_seen++], digest, RETRANSMIT_DIGEST_LEN);
	return round_trip;
}

void retransmit_copied(struct retransmit *rt, nsec_t now)
{
	rt->copies++;
	rt->sent = now;
}

bool retransmit_echo(struct retransmit *rt, nsec_t *ret_round_trip)
{
	if (rt->echoes == 0)
		return false;
	rt->echoes--;
	*ret_round_trip = rt->echo_round_trip;
	return true;
}

void retransmit_finish(struct retransmit *rt)
{
	rt->waiting = false;
	rt->len = 0;
}

enum retransmit_seen retransmit_seen(const struct retransmit *rt,
				     const uint8_t digest[static RETRANSMIT_DIGEST_LEN])
{
	for (size_t i = 0; i < rt->n_seen; i++)
		if (memcmp(rt->seen[i], digest, RETRANSMIT_DIGEST_LEN) == 0)
			return i + 1 == rt->n_seen ? RETRANSMIT_LAST : RETRANSMIT_OLD;
	return RETRANSMIT_NEW;
}

bool retransmit_wanted(const struct retransmit *rt, nsec_t now)
{
	return rt->len > 0 && now - rt->sent >= RETRANSMIT_GUARD;
}
