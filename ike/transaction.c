/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions (draft-ietf-ipsec-isakmp-mode-cfg-05), of which one thing is wanted: to know that the
 * gateway begins XAUTH (draft-beaulieu-ike-xauth-02) after phase 1. That is remote access as of
 * Cisco's IPsec client; a gateway that waits for it answers no quick mode, and never becomes an
 * L2TP gateway. Its message is authenticated like an informational one, so that it ends the attempt.
 *
 *	<--	HDR*, HASH(1), ATTR
 *
 * Nothing is answered, and whatever else a transaction wants is passed over: a gateway that sets an
 * address for us (mode-cfg) has L2TP for that. Once a pair stands XAUTH isn't needed, whoever asks.
 */
#include "ike/private.h"

#include "ike/sa.h"

static bool is_xauth(const struct payload_attributes *wanted, const struct sa_transform *list)
{
	if (wanted->type != ISAKMP_CFG_REQUEST && wanted->type != ISAKMP_CFG_SET)
		return false;
	for (size_t i = 0; i < list->n_attributes; i++)
		if (list->attributes[i].type >= ISAKMP_XAUTH_FIRST &&
		    list->attributes[i].type <= ISAKMP_XAUTH_LAST)
			return true;
	return false;
}

int transaction_input(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	struct payload_attributes wanted;
	struct sa_transform list;

	if (!sa->up || in->header.msgid == 0)
		return IKE_DROP_UNEXPECTED;
	if (!(in->header.flags & ISAKMP_FLAG_ENCRYPTED))
		return IKE_DROP_NOT_ENCRYPTED;
	if (ike_msgid_seen(sa, ISAKMP_EXCHANGE_TRANSACTION, in->header.msgid))
		return IKE_DROP_DUPLICATE;
	int r = incoming_open(in, ike, sa, RULES_TRANSACTION);
	if (r != 0)
		return r;
	ike_msgid_note(sa, ISAKMP_EXCHANGE_TRANSACTION, in->header.msgid);
	ike->stats.last_authenticated = in->now;
	r = payload_attributes_parse(incoming_body(in, ISAKMP_PAYLOAD_ATTRIBUTES, 0), &wanted);
	if (r != 0)
		return r;
	r = sa_attributes_parse(wanted.attributes, &list);
	if (r != 0)
		return r;
	if (!is_xauth(&wanted, &list) || ike->stats.stage == IKE_STAGE_CHILD_UP)
		return IKE_DROP_UNEXPECTED;
	ike_fail(ike, IKE_FAILURE_XAUTH, 0, in->now);
	return 0;
}
