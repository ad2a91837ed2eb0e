/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slots of the engine: phase 1 SAs, exchanges and pairs, as they are found, taken and cleared. */
#include "ike/slots.h"

#include <string.h>

#include "ike/isakmp.h"

int ike_random(const struct ike *ike, void *ret, size_t len)
{
	return ike->crypto.random(ike->crypto.userdata, ret, len);
}

/* A free one, or that of a phase 1 which was replaced and is there for the gateway's sake alone. */
static struct ike_sa *sa_place(struct ike *ike)
{
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (!ike->sas[i].used)
			return &ike->sas[i];
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].held) {
			ike_sa_clear(ike, &ike->sas[i]);
			return &ike->sas[i];
		}
	return NULL;
}

struct ike_sa *ike_sa_new(struct ike *ike)
{
	struct ike_sa *sa = sa_place(ike);

	if (sa)
		*sa = (struct ike_sa){ .used = true, .renew = NSEC_NEVER, .remove = NSEC_NEVER };
	return sa;
}

void ike_exchange_clear(struct ike *ike, struct ike_exchange *ex)
{
	ike->crypto.dh_free(ike->crypto.userdata, ex->quick.dh_private);
	explicit_bzero(ex, sizeof(*ex));
}

void ike_sa_clear(struct ike *ike, struct ike_sa *sa)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (ike->exchanges[i].step != IKE_STEP_FREE && ike->exchanges[i].sa == sa)
			ike_exchange_clear(ike, &ike->exchanges[i]);
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		if (ike->pairs[i].under == sa)
			ike->pairs[i].under = NULL;
	ike->crypto.dh_free(ike->crypto.userdata, sa->dh_private);
	explicit_bzero(sa, sizeof(*sa));
}

void ike_sa_name(const struct ike_sa *sa, uint8_t ret[static ISAKMP_COOKIE_SPI])
{
	memcpy(ret, sa->cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(ret + ISAKMP_COOKIE_LEN, sa->cookie_r, ISAKMP_COOKIE_LEN);
}

static bool is_done(const struct ike_exchange *ex)
{
	return ex->step == IKE_STEP_MM_DONE || ex->step == IKE_STEP_QM_DONE;
}

struct ike_exchange *ike_exchange_new(struct ike *ike, struct ike_sa *sa, uint32_t msgid,
				      nsec_t now)
{
	struct ike_exchange *found = NULL, *oldest = NULL;

	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (ex->step != IKE_STEP_FREE && is_done(ex) && ex->keep_until <= now)
			ike_exchange_clear(ike, ex);
		if (ex->step == IKE_STEP_FREE)
			found = ex;
		else if (is_done(ex) && (!oldest || ex->keep_until < oldest->keep_until))
			oldest = ex;
	}
	/* What is done is kept only to repeat its last message: less than a new one is worth. */
	if (!found && oldest) {
		ike_exchange_clear(ike, oldest);
		found = oldest;
	}
	if (found)
		*found = (struct ike_exchange){ .sa = sa, .msgid = msgid, .since = now };
	return found;
}

struct ike_exchange *ike_exchange_find(struct ike *ike, const struct ike_sa *sa, uint32_t msgid)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (ex->step != IKE_STEP_FREE && ex->sa == sa && ex->msgid == msgid)
			return ex;
	}
	return NULL;
}

struct ike_exchange *ike_exchange_quick(struct ike *ike)
{
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (ike->exchanges[i].step == IKE_STEP_QM1_SENT)
			return &ike->exchanges[i];
	return NULL;
}

struct ike_pair *pair_find(struct ike *ike, uint32_t spi_in, uint32_t spi_out)
{
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		if (pair->spi_in != 0 && (spi_in == 0 || pair->spi_in == spi_in) &&
		    (spi_out == 0 || pair->spi_out == spi_out))
			return pair;
	}
	return NULL;
}

struct ike_pair *pair_head(struct ike *ike)
{
	return ike->head != 0 ? pair_find(ike, ike->head, 0) : NULL;
}

void pair_wanted(struct ike *ike, nsec_t when)
{
	struct ike_pair *head = pair_head(ike);

	if (head)
		head->renew = when;
	else
		ike->child_wanted = when;
}
