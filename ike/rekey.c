/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When what stands is to be replaced, and when it goes (RFC 2408 4.3 and 2409 5.5 leave the times
 * to us): at four fifths of its life less some jitter a new one is negotiated beside it; the
 * replaced one stays half a minute for what is still on the way, is deleted then, and the gateway
 * told. A gateway that takes any address can't do this for us, since it never begins an exchange.
 *
 * A replacement that is refused is tried again later, as long as the old one lives. A phase 1 that
 * isn't replaced in time is used on: the gateway says when it has had enough of it.
 */
#include "ike/private.h"

#include <errno.h>

static uint32_t life_clamp(uint32_t life_s)
{
	return life_s < IKE_LIFE_MIN_S ? IKE_LIFE_MIN_S : life_s;
}

int rekey_time(const struct ike *ike, uint32_t life_s, nsec_t now, nsec_t *ret)
{
	uint8_t jitter;
	int r = ike_random(ike, &jitter, sizeof(jitter));

	if (r < 0)
		return r;
	/* 80 % down to 75 % */
	*ret = now + life_clamp(life_s) * (NSEC_PER_SEC / 1000) * (800 - 50 * jitter / UINT8_MAX);
	return 0;
}

int rekey_pair_add(struct ike *ike, const struct ike_child *child, nsec_t now)
{
	struct ike_pair *replaced =
		child->replaces_spi_in != 0 ? ike_pair_find(ike, child->replaces_spi_in, 0) : NULL;
	nsec_t renew;
	int r = rekey_time(ike, child->life_s, now, &renew);

	if (r < 0)
		return r;
	struct ike_pair *pair = ike_pair_new(ike);
	if (!pair)
		return -ENOBUFS;
	*pair = (struct ike_pair){ .spi_in = child->spi_in,
				   .spi_out = child->spi_out,
				   .renew = renew,
				   .remove = now + life_clamp(child->life_s) * NSEC_PER_SEC };
	if (replaced) {
		replaced->renew = NSEC_NEVER;
		replaced->remove = nsec_min(replaced->remove, now + IKE_CHILD_LINGER);
	}
	return 0;
}

void rekey_refused(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct ike_pair *pair = ike_pair_find(ike, ex->quick.replaces_spi_in, 0);

	if (pair)
		pair->renew = now + IKE_REKEY_RETRY;
	ike_exchange_clear(ike, ex);
}

void rekey_sa_replace(struct ike_sa *old, nsec_t now)
{
	/* It has to be gone before its successor is to be replaced in turn: there are two places. */
	nsec_t linger = life_clamp(old->life_s) * NSEC_PER_SEC / 4;

	old->renew = NSEC_NEVER;
	old->remove = now + nsec_min(linger, IKE_CHILD_LINGER);
}

struct ike_exchange *rekey_exchange(struct ike *ike)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (ex->step == IKE_STEP_QM1_SENT && ex->quick.replaces_spi_in != 0)
			return ex;
	}
	return NULL;
}

nsec_t rekey_deadline(const struct ike *ike)
{
	nsec_t deadline = NSEC_NEVER;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		if (ike->pairs[i].spi_in != 0)
			deadline = nsec_min(deadline,
					    nsec_min(ike->pairs[i].renew, ike->pairs[i].remove));
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].used)
			deadline =
				nsec_min(deadline, nsec_min(ike->sas[i].renew, ike->sas[i].remove));
	return deadline;
}

/* One negotiation at a time replaces a pair. */
static int pair_renew(struct ike *ike, struct ike_pair *pair, nsec_t now)
{
	pair->renew = NSEC_NEVER;
	if (rekey_exchange(ike))
		return 0;

	int r = ike_pair_new(ike) ? quick_start(ike, pair->spi_in, now) : -ENOBUFS;
	if (r == -ENOBUFS)
		pair->renew = now + IKE_REKEY_RETRY;
	return r == -ENOBUFS ? 0 : r;
}

static int pair_remove(struct ike *ike, struct ike_pair *pair, nsec_t now)
{
	uint32_t spi_in = pair->spi_in;

	ike_emit_child_down(ike, pair, false);
	*pair = (struct ike_pair){ .spi_in = 0 };
	return info_send_delete_pair(ike, ike->sa, spi_in, now);
}

static int sa_remove(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	struct ike_exchange *ex = rekey_exchange(ike);
	int r = info_send_delete_sa(ike, sa, now);

	if (ex && ex->sa == sa)
		rekey_refused(ike, ex, now);
	ike_sa_clear(ike, sa);
	return r;
}

static int sa_timeout(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	if (sa->remove <= now)
		return sa_remove(ike, sa, now);
	if (sa->renew > now)
		return 0;
	sa->renew = NSEC_NEVER;

	int r = main_start(ike, now);
	if (r == -ENOBUFS)
		sa->renew = now + IKE_REKEY_RETRY;
	return r == -ENOBUFS ? 0 : r;
}

int rekey_timeout(struct ike *ike, nsec_t now)
{
	for (size_t i = 0; i < IKE_SAS_MAX; i++) {
		int r = ike->sas[i].used ? sa_timeout(ike, &ike->sas[i], now) : 0;
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		int r = 0;
		if (pair->spi_in != 0 && pair->remove <= now)
			r = pair_remove(ike, pair, now);
		else if (pair->spi_in != 0 && pair->renew <= now)
			r = pair_renew(ike, pair, now);
		if (r < 0)
			return r;
	}
	return 0;
}
