/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dead peer detection by traffic (RFC 3706 5.4: a proof of life is only asked for when there is a
 * doubt). Whatever arrives through ESP, or is authenticated in IKE, is a sign of life, so a tunnel in
 * use sends no probe at all. It is looked at rarely, by counters that the kernel keeps anyway.
 */
#include "client/liveness.h"

void liveness_start(struct liveness *l, nsec_t now)
{
	*l = (struct liveness){ .heard = now, .next = now + LIVENESS_IDLE };
}

nsec_t liveness_deadline(const struct liveness *l)
{
	return l->next != 0 ? l->next : NSEC_NEVER;
}

enum liveness_verdict liveness_check(struct liveness *l, nsec_t now, uint64_t packets,
				     nsec_t authenticated)
{
	nsec_t heard = packets != l->packets ? now : l->heard;

	if (authenticated > heard)
		heard = authenticated;
	l->packets = packets;
	if (heard > l->heard) {
		l->heard = heard;
		l->probes = 0;
		l->next = heard + LIVENESS_IDLE;
		return LIVENESS_WAIT;
	}
	if (l->probes == LIVENESS_PROBES)
		return LIVENESS_GONE;
	l->probes++;
	l->next = now + LIVENESS_REPEAT;
	return LIVENESS_ASK;
}
