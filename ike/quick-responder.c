/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quick mode as the responder (RFC 2409 5.5), for a gateway that renews the pair itself:
 *
 *			<--	HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]
 *	HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]	-->
 *			<--	HDR*, HASH(3)
 *
 * It is for the L2TP flow of our own only, and what it offers is judged by our configuration. The
 * gateway may send by the pair as soon as it has message 2, so the pair receives from then on; we
 * send by it when message 3 shows that message 2 has arrived, and by whom the first one was sent: it
 * may have been a replay, against which our nonce stands. Until then it is half a pair, of which
 * there are few and not for long.
 */
#include "ike/quick-responder.h"

#include <errno.h>

#include "ike/algorithm.h"
#include "ike/exchange.h"
#include "ike/inform.h"
#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/life.h"
#include "ike/msgid.h"
#include "ike/octets.h"
#include "ike/pairs.h"
#include "ike/payload.h"
#include "ike/proposal.h"
#include "ike/queue.h"
#include "ike/quick-child.h"
#include "ike/retransmit.h"
#include "ike/rules.h"
#include "ike/slots.h"

/* So many quick modes of the gateway's may wait for message 3. */
#define HALF_MAX 3

static unsigned int count_half(const struct ike *ike)
{
	unsigned int n = 0;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		n += ike->pairs[i].spi_in != 0 && ike->pairs[i].half;
	return n;
}

/* What message 1 wants, judged. Return: 0; or an enum ike_drop with the notify that refuses it. */
static int judge_1(struct ike *ike, const struct ike_sa *sa, const struct incoming *in,
		   struct proposal_choice *ret, uint16_t *ret_refusal)
{
	const struct ike_config *config = &ike->config;
	uint16_t mode = sa->encap ? sa->natt->mode : ISAKMP_MODE_TRANSPORT;
	struct chunk ke = incoming_body(in, ISAKMP_PAYLOAD_KE, 0);

	*ret_refusal = ISAKMP_NOTIFY_INVALID_ID;
	if (!quick_identity_match(ike, sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 0), &config->remote,
				  config->l2tp_remote_port) ||
	    !quick_identity_match(ike, sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 1), &config->local,
				  config->l2tp_local_port))
		return IKE_DROP_ID;
	*ret_refusal = ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN;
	int r = proposal_choose_phase2(incoming_body(in, ISAKMP_PAYLOAD_SA, 0), config, mode, ret);
	if (r != 0)
		return r;
	if (pair_find(ike, 0, ret->child.spi))
		return IKE_DROP_NOT_OFFERED;
	if (!quick_nonce_valid(incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0)) ||
	    ke.len != algorithm_group_len(ret->child.algorithms.group))
		return IKE_DROP_WEAK;
	return 0;
}

/* Our part of what goes into the keys; with PFS the shared value. */
static int prepare(struct ike *ike, struct ike_quick *q, const struct incoming *in,
		   enum ike_group group, struct secret *ret_g_xy)
{
	struct chunk ni_b = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0);
	size_t len;
	int r = quick_spi_random(ike, &q->spi_in);

	if (r < 0)
		return r;
	r = ike_random(ike, q->nr_b.data, IKE_NONCE_LEN);
	if (r < 0)
		return r;
	q->nr_b.len = IKE_NONCE_LEN;
	octets_set(&q->ni_b, ni_b.data, ni_b.len);
	q->replaces_spi_in = ike->head;
	if (group == IKE_GROUP_NONE)
		return 0;
	r = ike->crypto.dh_generate(ike->crypto.userdata, group, &q->dh_private, q->public_value,
				    &len);
	if (r < 0)
		return r;
	r = ike->crypto.dh_shared(ike->crypto.userdata, group, q->dh_private,
				  incoming_body(in, ISAKMP_PAYLOAD_KE, 0), ret_g_xy);
	return r == -EBADMSG ? IKE_DROP_WEAK : r;
}

static int send_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in,
		  const struct proposal_choice *choice)
{
	const struct ike_sa *sa = ex->sa;
	uint8_t hash[KEYMAT_HASH_MAX];
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_QUICK, ex->msgid);
	outgoing_hash_open(&out, sa);
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_SA);
	proposal_build_choice(&out.b, choice, ex->quick.spi_in);
	payload_close(&out.chain, mark);
	payload_add(&out.chain, ISAKMP_PAYLOAD_NONCE, ex->quick.nr_b.data, ex->quick.nr_b.len);
	if (ex->quick.dh_private)
		payload_add(&out.chain, ISAKMP_PAYLOAD_KE, ex->quick.public_value,
			    algorithm_group_len(choice->child.algorithms.group));
	for (size_t i = 0; i < 2; i++) {
		struct chunk id = incoming_body(in, ISAKMP_PAYLOAD_ID, i);
		payload_add(&out.chain, ISAKMP_PAYLOAD_ID, id.data, id.len);
	}
	if (sa->encap)
		quick_nat_oa_add(&out, ike, sa->natt, false);
	int r = keymat_hash_2(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, ex->msgid,
			      octets_chunk(&ex->quick.ni_b), outgoing_rest(&out), hash);
	if (r < 0)
		return r;
	outgoing_hash_fill(&out, hash);
	r = outgoing_encrypt(&out, ike, sa, ex->iv);
	if (r < 0)
		return r;
	return ike_exchange_send(ike, ex, &out, true, in->now);
}

/* Everything that message 1 brings about; the exchange is the caller's to clear when it fails. */
static int answer_1(struct ike *ike, struct ike_exchange *ex, const struct incoming *in,
		    const struct proposal_choice *choice, struct ike_event *event)
{
	_cleanup_(secret_clear) struct secret g_xy = { .len = 0 };
	struct ike_pair *pair;
	int r = prepare(ike, &ex->quick, in, choice->child.algorithms.group, &g_xy);

	if (r != 0)
		return r;
	r = quick_child_make(ike, ex->sa, &ex->quick, &choice->child, secret_chunk(&g_xy),
			     &event->u.child);
	if (r < 0)
		return r;
	r = send_2(ike, ex, in, choice);
	if (r < 0)
		return r;
	return pair_add(ike, &event->u.child, ex->sa, false, in->now, &pair);
}

int quick_respond(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	struct ike_event event = { .type = IKE_EVENT_CHILD_UP };
	struct proposal_choice choice;
	uint16_t refusal;

	/* The first pair is ours to make; a message ID is used once (RFC 2408 3.1). */
	if (!sa->up || ike->stats.stage != IKE_STAGE_CHILD_UP)
		return IKE_DROP_UNEXPECTED;
	if (ike_msgid_seen(sa, ISAKMP_EXCHANGE_QUICK, in->header.msgid))
		return IKE_DROP_DUPLICATE;
	if (!(in->header.flags & ISAKMP_FLAG_ENCRYPTED))
		return IKE_DROP_NOT_ENCRYPTED;
	int r = incoming_open(in, ike, sa, RULES_QM1);
	if (r != 0)
		return r;
	ike_msgid_note(sa, ISAKMP_EXCHANGE_QUICK, in->header.msgid);
	if (count_half(ike) >= HALF_MAX || !pair_room(ike, in->now))
		return IKE_DROP_LIMIT;
	r = judge_1(ike, sa, in, &choice, &refusal);
	if (r > 0) {
		int sent = inform_refusal(ike, sa, refusal, in->now);
		return sent < 0 ? sent : r;
	}
	choice.child.life_kb =
		life_kilobytes(false, choice.child.life_kb, ike->config.phase2_life_kb);
	struct ike_exchange *ex = ike_exchange_new(ike, sa, in->header.msgid, in->now);
	if (!ex)
		return IKE_DROP_LIMIT;
	ike_exchange_accept(ike, ex, in);
	r = answer_1(ike, ex, in, &choice, &event);
	if (r != 0) {
		ike_exchange_clear(ike, ex);
		ike_event_clear(&event);
		return r;
	}
	ike->crypto.dh_free(ike->crypto.userdata, ex->quick.dh_private);
	ex->quick.dh_private = NULL;
	ike_emit(ike, &event);
	ike_enter(ike, ex, IKE_STEP_QM2_SENT, IKE_STAGE_CHILD_UP);
	return 0;
}

int quick_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	const struct ike_quick *q = &ex->quick;
	const struct ike_pair *head = pair_head(ike);
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_3(&ike->crypto, ex->sa->proposal.hash, &ex->sa->keys.skeyid_a,
			      ex->msgid, octets_chunk(&q->ni_b), octets_chunk(&q->nr_b), hash);

	if (r < 0)
		return r;
	if (!incoming_hash_equal(in, ex->sa, hash))
		return IKE_DROP_HASH;
	ike_exchange_accept(ike, ex, in);
	retransmit_finish(&ex->rt);

	struct ike_pair *pair = pair_find(ike, q->spi_in, 0);
	if (!pair)
		return 0;
	pair->half = false;
	/* pairs.c: of two that were made at once ours stays. */
	if (head && head->ours && head->spi_in != q->replaces_spi_in)
		pair_spare(pair, in->now);
	else
		pair_promote(ike, pair, in->now, in->now);
	return 0;
}
