/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The message IDs that were used. Both sides encrypt and hash with the same keys, and the only thing that makes two
 * messages differ that say the same is their message ID. So each ID is taken once under a phase 1, in an exchange of one
 * type (CONNECTED may come as an informational exchange with quick mode's ID), and ours are noted as well: neither a
 * replay nor our own message, reflected, is the gateway's word. What is noted isn't forgotten while the keys live; before
 * the list is full another phase 1 takes over.
 */
#include "ike/msgid.h"

#include <errno.h>

#include "ike/slots.h"

/* Whether it is in the list. In an exchange of any type: 0. */
static bool msgid_noted(const struct ike_sa *sa, uint8_t exchange, uint32_t msgid)
{
	for (size_t i = 0; i < sa->n_msgids; i++)
		if (sa->msgids[i] == msgid && (exchange == 0 || sa->msgid_exchanges[i] == exchange))
			return true;
	return false;
}

bool ike_msgid_seen(const struct ike_sa *sa, uint8_t exchange, uint32_t msgid)
{
	return sa->n_msgids == IKE_MSGIDS_MAX || msgid_noted(sa, exchange, msgid);
}

void ike_msgid_note(struct ike_sa *sa, uint8_t exchange, uint32_t msgid)
{
	if (sa->n_msgids == IKE_MSGIDS_MAX)
		return;
	sa->msgids[sa->n_msgids] = msgid;
	sa->msgid_exchanges[sa->n_msgids++] = exchange;
	/* One that was replaced needs no successor. */
	if (sa->n_msgids == IKE_MSGIDS_SCARCE && sa->renew != NSEC_NEVER)
		sa->renew = 0;
}

int ike_random_msgid(const struct ike *ike, struct ike_sa *sa, uint8_t exchange, uint32_t *ret)
{
	for (unsigned int tries = 0; tries < IKE_RANDOM_TRIES; tries++) {
		uint32_t msgid;
		int r = ike_random(ike, &msgid, sizeof(msgid));

		if (r < 0)
			return r;
		if (msgid == 0 || msgid_noted(sa, 0, msgid))
			continue;
		ike_msgid_note(sa, exchange, msgid);
		*ret = msgid;
		return 0;
	}
	return -EIO;
}
