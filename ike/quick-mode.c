/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quick mode as the initiator (RFC 2409 5.5) for one ESP pair in transport mode that carries L2TP
 * (RFC 3193 4), with the original addresses where UDP encapsulation is used (RFC 3947 5):
 *
 *	HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]	-->
 *			<--	HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr]
 *	HDR*, HASH(3)							-->
 *
 * A message that HASH(2) authenticates is the gateway's own word: if it is wrong then, waiting for
 * a better one is no use, and the negotiation ends.
 *
 * The new pair receives before message 3 leaves; it is sent by only when the gateway should have that
 * message, since gateways install theirs by it: when they say so by the commit bit's CONNECTED (RFC
 * 2408 3.1), else after two round trips and some time to work. Until then the old pair serves. Where
 * there is none nothing is gained by waiting.
 */
#include "ike/quick-mode.h"

#include <errno.h>

#include "ike/algorithm.h"
#include "ike/end.h"
#include "ike/exchange.h"
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
#include "ike/slots.h"

/* What a gateway needs for message 3 besides the way; with much else to do, while the old pair serves. */
#define QUICK_WORK	(50 * NSEC_PER_MSEC)
#define QUICK_WORK_BUSY (500 * NSEC_PER_MSEC)

/* A round trip that nothing has measured. */
#define QUICK_ROUND_TRIP (200 * NSEC_PER_MSEC)

/* So long we wait for a gateway's CONNECTED where no other pair serves. */
#define QUICK_COMMIT_MAX NSEC_PER_SEC

static enum ike_group pfs_group(const struct ike *ike)
{
	return ike->config.esp[0].group;
}

static int build_1(struct ike *ike, struct ike_exchange *ex, struct outgoing *out)
{
	struct ike_sa *sa = ex->sa;
	struct ike_quick *q = &ex->quick;
	uint8_t hash[KEYMAT_HASH_MAX];

	outgoing_init(out, sa, ISAKMP_EXCHANGE_QUICK, ex->msgid);
	outgoing_hash_open(out, sa);
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_SA);
	proposal_build_phase2(&out->b, &ike->config, q->spi_in, q->mode);
	payload_close(&out->chain, mark);
	payload_add(&out->chain, ISAKMP_PAYLOAD_NONCE, q->ni_b.data, q->ni_b.len);
	if (q->dh_private)
		payload_add(&out->chain, ISAKMP_PAYLOAD_KE, q->public_value,
			    algorithm_group_len(pfs_group(ike)));
	quick_identity_add(out, &ike->config.local, ike->config.l2tp_local_port);
	quick_identity_add(out, &ike->config.remote, ike->config.l2tp_remote_port);
	if (sa->encap)
		quick_nat_oa_add(out, ike, sa->natt, true);

	int r = keymat_hash_1(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, ex->msgid,
			      outgoing_rest(out), hash);
	if (r < 0)
		return r;
	outgoing_hash_fill(out, hash);
	return outgoing_encrypt(out, ike, sa, ex->iv);
}

/* What message 1 needs that is random. */
static int prepare(struct ike *ike, struct ike_exchange *ex)
{
	struct ike_quick *q = &ex->quick;
	int r = quick_spi_random(ike, &q->spi_in);

	if (r < 0)
		return r;
	r = ike_random(ike, q->ni_b.data, IKE_NONCE_LEN);
	if (r < 0)
		return r;
	q->ni_b.len = IKE_NONCE_LEN;
	q->mode = ex->sa->encap ? ex->sa->natt->mode : ISAKMP_MODE_TRANSPORT;
	r = keymat_phase2_iv(&ike->crypto, ex->sa->proposal.hash,
			     (struct chunk){ ex->sa->last_block,
					     keymat_block_len(ex->sa->proposal.encr) },
			     ex->msgid, ex->iv);
	if (r < 0 || pfs_group(ike) == IKE_GROUP_NONE)
		return r;

	size_t len;
	return ike->crypto.dh_generate(ike->crypto.userdata, pfs_group(ike), &q->dh_private,
				       q->public_value, &len);
}

static int send_1(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct outgoing out;
	int r = prepare(ike, ex);

	if (r < 0)
		return r;
	r = build_1(ike, ex, &out);
	return r < 0 ? r : ike_exchange_send(ike, ex, &out, true, now);
}

int quick_start(struct ike *ike, uint32_t spi_in, nsec_t now)
{
	uint32_t msgid;
	int r = ike_random_msgid(ike, ike->sa, ISAKMP_EXCHANGE_QUICK, &msgid);

	if (r < 0)
		return r;
	struct ike_exchange *ex = ike_exchange_new(ike, ike->sa, msgid, now);
	if (!ex)
		return -ENOBUFS;
	ex->quick.replaces_spi_in = spi_in;
	r = send_1(ike, ex, now);
	if (r < 0) {
		ike_exchange_clear(ike, ex);
		return r;
	}
	ike_enter(ike, ex, IKE_STEP_QM1_SENT, IKE_STAGE_QM1_SENT);
	return 0;
}

/* HASH(2), by which the message is the gateway's (RFC 2409 5.5). */
static int verify_2(const struct ike *ike, const struct ike_exchange *ex, const struct incoming *in)
{
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_2(&ike->crypto, ex->sa->proposal.hash, &ex->sa->keys.skeyid_a,
			      ex->msgid, octets_chunk(&ex->quick.ni_b), incoming_rest(in), hash);

	if (r < 0)
		return r;
	return incoming_hash_equal(in, ex->sa, hash) ? 0 : IKE_DROP_HASH;
}

/* Everything that HASH(2) covers, judged. Return: 0 or an enum ike_drop. */
static int judge_2(struct ike *ike, const struct ike_exchange *ex, const struct incoming *in,
		   struct proposal_child *ret)
{
	const struct ike_config *config = &ike->config;
	size_t n_ke = payloads_count(&in->list, ISAKMP_PAYLOAD_KE);

	if (!quick_nonce_valid(incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0)))
		return IKE_DROP_WEAK;
	if (n_ke != (ex->quick.dh_private ? 1 : 0))
		return IKE_DROP_NOT_OFFERED;
	if (!quick_identity_match(ike, ex->sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 0),
				  &config->local, config->l2tp_local_port) ||
	    !quick_identity_match(ike, ex->sa, incoming_body(in, ISAKMP_PAYLOAD_ID, 1),
				  &config->remote, config->l2tp_remote_port))
		return IKE_DROP_NOT_OFFERED;
	int r = proposal_match_phase2(incoming_body(in, ISAKMP_PAYLOAD_SA, 0), config,
				      ex->quick.mode, ret);
	/* Two SAs can't be told apart by the gateway when it has given them one SPI. */
	return r == 0 && pair_find(ike, 0, ret->spi) ? IKE_DROP_NOT_OFFERED : r;
}

/* The quick mode's own shared value, with PFS. */
static int shared_value(const struct ike *ike, const struct ike_exchange *ex,
			const struct incoming *in, struct secret *ret)
{
	if (!ex->quick.dh_private)
		return 0;
	int r = ike->crypto.dh_shared(ike->crypto.userdata, pfs_group(ike), ex->quick.dh_private,
				      incoming_body(in, ISAKMP_PAYLOAD_KE, 0), ret);
	return r == -EBADMSG ? IKE_DROP_WEAK : r;
}

static int child_make(const struct ike *ike, struct ike_exchange *ex, const struct incoming *in,
		      const struct proposal_child *p, struct ike_child *ret)
{
	_cleanup_(secret_clear) struct secret g_xy = { .len = 0 };
	struct chunk nr_b = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0);
	int r = shared_value(ike, ex, in, &g_xy);

	if (r != 0)
		return r;
	octets_set(&ex->quick.nr_b, nr_b.data, nr_b.len);
	return quick_child_make(ike, ex->sa, &ex->quick, p, secret_chunk(&g_xy), ret);
}

/* RFC 2407 4.6.3.1: a shorter life may come in a notify. */
static void apply_lifetime(const struct payloads *list, struct proposal_child *child)
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_NOTIFY, i)); i++) {
		struct payload_notify n;
		if (payload_notify_parse(p->body, &n) == 0 &&
		    n.type == ISAKMP_NOTIFY_RESPONDER_LIFETIME && n.protocol == ISAKMP_PROTOCOL_ESP)
			proposal_responder_lifetime(n.data, n.protocol, &child->life_s,
						    &child->life_kb);
	}
}

static int send_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	const struct ike_sa *sa = ex->sa;
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_3(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, ex->msgid,
			      octets_chunk(&ex->quick.ni_b), octets_chunk(&ex->quick.nr_b), hash);

	if (r < 0)
		return r;

	struct outgoing out;
	outgoing_init(&out, sa, ISAKMP_EXCHANGE_QUICK, ex->msgid);
	payload_add(&out.chain, ISAKMP_PAYLOAD_HASH, hash, keymat_hash_len(sa->proposal.hash));
	r = outgoing_encrypt(&out, ike, sa, ex->iv);
	if (r < 0)
		return r;
	return ike_exchange_send(ike, ex, &out, false, in->now);
}

/* The gateway's own word is wrong: that ends it, unless it worked already. */
static int refuse(struct ike *ike, struct ike_exchange *ex, int verdict, nsec_t now)
{
	if (ike->stats.stage == IKE_STAGE_CHILD_UP)
		pair_refused(ike, ex, now);
	else
		ike_fail(ike, verdict == IKE_DROP_WEAK ? IKE_FAILURE_WEAK : IKE_FAILURE_NOT_OFFERED,
			 0, now);
	return verdict;
}

/* When to send by the new pair. */
static nsec_t use_at(struct ike *ike, const struct incoming *in)
{
	nsec_t round_trip = ike->stats.round_trip ? ike->stats.round_trip : QUICK_ROUND_TRIP;
	const struct ike_pair *head = pair_head(ike);

	if (!head && (in->header.flags & ISAKMP_FLAG_COMMIT))
		return in->now + nsec_min(round_trip + QUICK_WORK, QUICK_COMMIT_MAX);
	if (!head)
		return in->now;
	/* The old pair must last until then, at the gateway, too. */
	nsec_t left = head->expire > in->now ? head->expire - in->now : 0;
	return in->now + nsec_min(2 * round_trip + QUICK_WORK_BUSY, left / 2);
}

int quick_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_event event = { .type = IKE_EVENT_CHILD_UP };
	struct proposal_child child;
	struct ike_pair *pair = NULL;

	int r = verify_2(ike, ex, in);
	if (r != 0)
		return r;
	ike_exchange_accept(ike, ex, in);

	r = judge_2(ike, ex, in, &child);
	if (r == 0) {
		apply_lifetime(&in->list, &child);
		child.life_kb = life_kilobytes(true, child.life_kb, ike->config.phase2_life_kb);
		r = child_make(ike, ex, in, &child, &event.u.child);
	}
	if (r > 0)
		return refuse(ike, ex, r, in->now);
	if (r == 0)
		r = send_3(ike, ex, in);
	if (r == 0)
		r = pair_add(ike, &event.u.child, ex->sa, true, in->now, &pair);
	if (r < 0) {
		ike_event_clear(&event);
		return r;
	}
	ike_emit(ike, &event);
	pair_promote(ike, pair, use_at(ike, in), in->now);
	ike->crypto.dh_free(ike->crypto.userdata, ex->quick.dh_private);
	ex->quick.dh_private = NULL;
	return 0;
}

static bool notifies_connected(const struct incoming *in)
{
	struct payload_notify n;

	return payload_notify_parse(incoming_body(in, ISAKMP_PAYLOAD_NOTIFY, 0), &n) == 0 &&
	       n.type == ISAKMP_NOTIFY_CONNECTED;
}

int quick_recv_connected(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	uint8_t hash[KEYMAT_HASH_MAX];
	int r = keymat_hash_1(&ike->crypto, ex->sa->proposal.hash, &ex->sa->keys.skeyid_a,
			      ex->msgid, incoming_rest(in), hash);

	if (r < 0)
		return r;
	if (!incoming_hash_equal(in, ex->sa, hash))
		return IKE_DROP_HASH;
	if (!notifies_connected(in))
		return IKE_DROP_UNEXPECTED;
	ike_exchange_accept(ike, ex, in);
	retransmit_finish(&ex->rt);
	pair_connected(ike, ex->quick.spi_in);
	return 0;
}
