/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions (draft-ietf-ipsec-isakmp-mode-cfg-05), of which one thing is wanted: to know that the
 * gateway begins XAUTH (draft-beaulieu-ike-xauth-02) after phase 1. That is remote access as of
 * Cisco's IPsec client; a gateway that waits for it answers no quick mode, and never becomes an
 * L2TP gateway. Its message is authenticated like an informational one, so that it ends the attempt.
 *
 *	<--	HDR*, HASH(1), ATTR
 *	HDR*, HASH(1), ATTR	-->
 *
 * Whatever else a transaction wants gets the answer that we take nothing and have nothing to tell: a
 * gateway that sets an address for us (mode-cfg) has L2TP for that. Without an answer strongSwan says
 * nothing more, not even why it takes no quick mode. Once a pair stands XAUTH is passed over.
 */
#include "ike/transaction.h"

#include <string.h>

#include "ike/end.h"
#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/msgid.h"
#include "ike/payload.h"
#include "ike/queue.h"
#include "ike/retransmit.h"
#include "ike/rules.h"
#include "ike/sa.h"

/* The same exchange goes on, and so do its IVs (mode-cfg 3.1, RFC 2409 appendix B). */
static int answer(struct ike *ike, struct ike_sa *sa, const struct incoming *in,
		  const struct payload_attributes *wanted)
{
	const struct payload_attributes nothing = { .type = wanted->type + 1, .id = wanted->id };
	uint8_t hash[KEYMAT_HASH_MAX], iv[KEYMAT_BLOCK_MAX];
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_TRANSACTION, in->header.msgid);
	outgoing_hash_open(&out, sa);
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_ATTRIBUTES);
	payload_attributes_build(&out.b, &nothing);
	payload_close(&out.chain, mark);
	int r = keymat_hash_1(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, in->header.msgid,
			      outgoing_rest(&out), hash);
	if (r < 0)
		return r;
	outgoing_hash_fill(&out, hash);
	memcpy(iv, in->last_block, sizeof(iv));
	r = outgoing_encrypt(&out, ike, sa, iv);
	if (r < 0)
		return r;
	sa->cfg_answered = in->now;
	ike_queue(ike, sa->floated, out.data, builder_len(&out.b), in->now);
	return 0;
}

static bool is_xauth(const struct sa_transform *list)
{
	for (size_t i = 0; i < list->n_attributes; i++)
		if (list->attributes[i].type >= ISAKMP_XAUTH_FIRST &&
		    list->attributes[i].type <= ISAKMP_XAUTH_LAST)
			return true;
	return false;
}

/* What the gateway may want; DUPLICATE: it has wanted that before. */
static int judge(struct ike *ike, struct ike_sa *sa, const struct incoming *in, bool duplicate)
{
	struct payload_attributes wanted;
	struct sa_transform list;
	int r = payload_attributes_parse(incoming_body(in, ISAKMP_PAYLOAD_ATTRIBUTES, 0), &wanted);

	if (r != 0)
		return r;
	r = sa_attributes_parse(wanted.attributes, &list);
	if (r != 0)
		return r;
	if (wanted.type != ISAKMP_CFG_REQUEST && wanted.type != ISAKMP_CFG_SET)
		return IKE_DROP_UNEXPECTED;
	if (!is_xauth(&list)) {
		r = answer(ike, sa, in, &wanted);
		return r < 0 || !duplicate ? r : IKE_DROP_DUPLICATE;
	}
	if (ike->stats.stage == IKE_STAGE_CHILD_UP)
		return IKE_DROP_UNEXPECTED;
	ike_fail(ike, IKE_FAILURE_XAUTH, 0, in->now);
	return 0;
}

int transaction_input(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	bool duplicate = ike_msgid_seen(sa, ISAKMP_EXCHANGE_TRANSACTION, in->header.msgid);

	if (!sa->up || in->header.msgid == 0)
		return IKE_DROP_UNEXPECTED;
	if (!(in->header.flags & ISAKMP_FLAG_ENCRYPTED))
		return IKE_DROP_NOT_ENCRYPTED;
	/* Our answer may be lost, and is given again, though not at any pace. */
	if (duplicate && in->now - sa->cfg_answered < RETRANSMIT_GUARD)
		return IKE_DROP_DUPLICATE;
	int r = incoming_open(in, ike, sa, RULES_TRANSACTION);
	if (r != 0)
		return r;
	if (!duplicate) {
		ike_msgid_note(sa, ISAKMP_EXCHANGE_TRANSACTION, in->header.msgid);
		ike->stats.last_authenticated = in->now;
	}
	return judge(ike, sa, in, duplicate);
}
