/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the gateway tells by informational exchanges (RFC 2409 5.7): deletes, notifies and dead peer
 * detection (RFC 3706).
 *
 * Only a message that is encrypted and whose HASH(1) is right can do anything (RFC 2408 5.15.2
 * leaves it open, 5.14 warns). A notify in clear becomes a hint for the diagnosis: the negotiation
 * goes on as if it hadn't come, since anybody may have sent it.
 *
 * A message whose ID was used before is a duplicate, or one of ours that somebody reflects: nothing in
 * it counts any more, except that the last R-U-THERE is answered again. A question or an answer of
 * dead peer detection is a sign of life only in its turn (RFC 3706 7).
 */
#include "ike/info.h"

#include <string.h>

#include "ike/end.h"
#include "ike/inform.h"
#include "ike/isakmp.h"
#include "ike/life.h"
#include "ike/msgid.h"
#include "ike/pairs.h"
#include "ike/payload.h"
#include "ike/proposal.h"
#include "ike/queue.h"
#include "ike/retransmit.h"
#include "ike/rules.h"
#include "ike/slots.h"
#include "lib/cursor.h"

/* So often the gateway may say a question again for want of our answer. */
#define DPD_AGAIN_MAX 8

/* The number in R-U-THERE and its acknowledgement, if they name this SA. */
static int dpd_parse(const struct ike_sa *sa, const struct payload_notify *n, uint32_t *ret)
{
	struct cursor c = cursor_init(n->data.data, n->data.len);
	uint8_t spi[ISAKMP_COOKIE_SPI];
	uint32_t sequence = cursor_u32(&c);

	ike_sa_name(sa, spi);
	if (!cursor_done(&c) || n->spi.len != sizeof(spi) ||
	    memcmp(n->spi.data, spi, sizeof(spi)) != 0)
		return IKE_DROP_MALFORMED;
	*ret = sequence;
	return 0;
}

/*
 * The numbers grow (RFC 3706 6.2), round the end of 32 bits at most. A gateway that counts otherwise
 * gets its answer all the same; the very message again only when it is the last one, whose answer may
 * have been lost, a few times and not at the pace of somebody who replays it: each answer uses up a message ID.
 */
static int recv_question(struct ike *ike, struct ike_sa *sa, uint32_t sequence, bool duplicate,
			 nsec_t now)
{
	bool grown = !sa->dpd_asked || (int32_t)(sequence - sa->dpd_theirs) > 0;
	bool last = sa->dpd_asked && sequence == sa->dpd_theirs;

	if (duplicate &&
	    (!last || sa->dpd_again == DPD_AGAIN_MAX || now - sa->dpd_answered < RETRANSMIT_GUARD))
		return IKE_DROP_DUPLICATE;
	sa->dpd_again = duplicate ? sa->dpd_again + 1 : 0;
	if (!duplicate && grown) {
		sa->dpd_asked = true;
		sa->dpd_theirs = sequence;
	}
	sa->dpd_answered = now;
	int r = inform_dpd(ike, sa, ISAKMP_NOTIFY_R_U_THERE_ACK, sequence, now);
	return r < 0 || grown ? r : IKE_DROP_UNEXPECTED;
}

static int recv_dpd(struct ike *ike, struct ike_sa *sa, const struct payload_notify *n,
		    bool duplicate, nsec_t now)
{
	uint32_t sequence;
	int r = dpd_parse(sa, n, &sequence);

	if (r != 0)
		return r;
	if (n->type == ISAKMP_NOTIFY_R_U_THERE)
		return recv_question(ike, sa, sequence, duplicate, now);
	if (duplicate || !sa->dpd_waiting || sequence != sa->dpd_sequence)
		return IKE_DROP_UNEXPECTED;
	sa->dpd_waiting = false;
	return 0;
}

/* Whether an error notify ends the negotiation on the way: not if it may mean something older. */
static bool is_refusal(uint16_t type)
{
	return type < ISAKMP_NOTIFY_STATUS && type != ISAKMP_NOTIFY_INVALID_COOKIE &&
	       type != ISAKMP_NOTIFY_INVALID_MESSAGE_ID && type != ISAKMP_NOTIFY_INVALID_SPI;
}

/* RFC 2407 4.6.3.1: a shorter life may also come later; it counts from now. */
static int recv_lifetime(struct ike *ike, struct ike_sa *sa, const struct payload_notify *n,
			 nsec_t now)
{
	struct ike_pair *head = pair_head(ike);
	const struct ike_config *config = &ike->config;
	bool phase1 = n->protocol == ISAKMP_PROTOCOL_ISAKMP;
	uint32_t offered = phase1 ? config->phase1_life_s : config->phase2_life_s;
	uint32_t life_s = offered, life_kb = 0;
	nsec_t renew;

	proposal_responder_lifetime(n->data, n->protocol, &life_s, &life_kb);
	life_s = life_seconds(true, life_s, offered);
	int r = life_renewal(ike, life_s, now, &renew);
	if (r < 0)
		return r;
	if (phase1 && sa->renew != NSEC_NEVER) {
		sa->renew = nsec_min(sa->renew, renew);
	} else if (!phase1 && head && head->renew != NSEC_NEVER) {
		head->renew = nsec_min(head->renew, renew);
		head->expire = nsec_min(head->expire, now + life_s * NSEC_PER_SEC);
		head->remove = nsec_min(head->remove, head->expire);
	}
	return 0;
}

/* It says no to what we negotiate. */
static void recv_refusal(struct ike *ike, uint16_t type, nsec_t now)
{
	if (ike->stats.stage == IKE_STAGE_QM1_SENT)
		ike_fail(ike, IKE_FAILURE_REFUSED_PHASE2, type, now);
	else if (ike->stats.stage == IKE_STAGE_MM5_SENT)
		ike_fail(ike, IKE_FAILURE_REFUSED_PHASE1, type, now);
	else if (ike_exchange_quick(ike))
		pair_refused(ike, ike_exchange_quick(ike), now);
}

/* CONNECTED of a quick mode, in an informational exchange with its message ID. */
static void recv_connected(struct ike *ike, const struct ike_sa *sa, uint32_t msgid)
{
	const struct ike_exchange *ex = ike_exchange_find(ike, sa, msgid);

	if (ex && ex->step == IKE_STEP_QM_DONE)
		pair_connected(ike, ex->quick.spi_in);
}

/* The gateway's own words; it knows the key. */
static int recv_notify(struct ike *ike, struct ike_sa *sa, struct chunk body,
		       const struct incoming *in, bool duplicate)
{
	struct payload_notify n;
	int r = payload_notify_parse(body, &n);

	if (r != 0)
		return r;
	if (n.type == ISAKMP_NOTIFY_R_U_THERE || n.type == ISAKMP_NOTIFY_R_U_THERE_ACK)
		return recv_dpd(ike, sa, &n, duplicate, in->now);
	if (duplicate)
		return 0;
	ike_emit_notify(ike, n.type, true, false);
	if (n.type == ISAKMP_NOTIFY_RESPONDER_LIFETIME)
		return recv_lifetime(ike, sa, &n, in->now);
	if (n.type == ISAKMP_NOTIFY_CONNECTED)
		recv_connected(ike, sa, in->header.msgid);
	if (is_refusal(n.type))
		recv_refusal(ike, n.type, in->now);
	return 0;
}

/* The peer won't receive under these SPIs any more: our outbound ones. */
static void delete_pairs(struct ike *ike, const struct payload_delete *del, nsec_t now)
{
	struct cursor c = cursor_init(del->spis.data, del->spis.len);

	while (cursor_left(&c) > 0) {
		uint32_t spi = cursor_u32(&c);
		struct ike_pair *pair = spi != 0 ? pair_find(ike, 0, spi) : NULL;
		if (pair)
			pair_gone(ike, pair, true, now);
	}
}

/*
 * The gateway gives up phase 1. Its pairs may live on without (RFC 2408 doesn't tie them). What follows
 * from it is above us, and comes when the message is dealt with.
 */
static void delete_sa(struct ike *ike, struct ike_sa *sa, const struct payload_delete *del)
{
	struct cursor c = cursor_init(del->spis.data, del->spis.len);
	uint8_t spi[ISAKMP_COOKIE_SPI];

	ike_sa_name(sa, spi);
	while (cursor_left(&c) > 0) {
		const uint8_t *p = cursor_bytes(&c, sizeof(spi));
		if (p && memcmp(p, spi, sizeof(spi)) == 0)
			ike->deleted = sa;
	}
}

static int recv_delete(struct ike *ike, struct ike_sa *sa, struct chunk body, nsec_t now)
{
	struct payload_delete del;
	int r = payload_delete_parse(body, &del);

	if (r != 0)
		return r;
	if (del.protocol == ISAKMP_PROTOCOL_ESP && del.spi_len == ISAKMP_SPI_LEN)
		delete_pairs(ike, &del, now);
	else if (del.protocol == ISAKMP_PROTOCOL_ISAKMP && del.spi_len == ISAKMP_COOKIE_SPI)
		delete_sa(ike, sa, &del);
	else
		return IKE_DROP_MALFORMED;
	return 0;
}

/* Every payload in its turn; the first verdict is kept, and doesn't spare the others. */
static int recv_payloads(struct ike *ike, struct ike_sa *sa, const struct incoming *in,
			 bool duplicate)
{
	int verdict = 0;

	/* Behind a delete of the SA itself nothing counts. */
	for (size_t i = 0; i < in->list.n && !ike->over && !ike->deleted; i++) {
		const struct payload *p = &in->list.list[i];
		int r = 0;
		if (p->type == ISAKMP_PAYLOAD_NOTIFY)
			r = recv_notify(ike, sa, p->body, in, duplicate);
		else if (p->type == ISAKMP_PAYLOAD_DELETE && !duplicate)
			r = recv_delete(ike, sa, p->body, in->now);
		if (r < 0)
			return r;
		verdict = verdict != 0 ? verdict : r;
	}
	return verdict;
}

/* What anybody may have said. */
static int hints_take(struct ike *ike, const struct payloads *list)
{
	const struct payload *p;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_NOTIFY, i)); i++) {
		struct payload_notify n;
		int r = payload_notify_parse(p->body, &n);
		if (r != 0)
			return r;
		ike_emit_notify(ike, n.type, false, false);
	}
	return IKE_DROP_UNAUTHENTICATED;
}

static int input_encrypted(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	int r = incoming_open(in, ike, sa, RULES_INFO);

	if (r == IKE_DROP_UNDECRYPTABLE && !sa->up)
		ike_emit_notify(ike, 0, false, true);
	if (r != 0)
		return r;
	/*
	 * With signatures whoever exchanged keys with us gets so far, and has proven nothing; with a pre-shared key
	 * it is somebody who has it, and no word about what stands.
	 */
	if (!sa->up && (ike->config.auth || ike->stats.stage == IKE_STAGE_CHILD_UP))
		return hints_take(ike, &in->list);

	bool duplicate = ike_msgid_seen(sa, ISAKMP_EXCHANGE_INFO, in->header.msgid);
	if (!duplicate)
		ike_msgid_note(sa, ISAKMP_EXCHANGE_INFO, in->header.msgid);
	r = recv_payloads(ike, sa, in, duplicate);
	if (duplicate)
		return r < 0 ? r : IKE_DROP_DUPLICATE;
	if (r >= 0 && r != IKE_DROP_UNEXPECTED)
		ike->stats.last_authenticated = in->now;
	return r;
}

static int input_clear(struct ike *ike, struct incoming *in)
{
	int r = incoming_parse(in);

	if (r != 0)
		return r;
	r = rules_check(RULES_INFO_CLEAR, &in->list);
	return r != 0 ? r : hints_take(ike, &in->list);
}

int info_input(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	if (!(in->header.flags & ISAKMP_FLAG_ENCRYPTED))
		return input_clear(ike, in);
	/* There are keys from message 4 on; they are proven with message 6. */
	if (sa->cipher_key.len == 0)
		return IKE_DROP_UNEXPECTED;
	return input_encrypted(ike, sa, in);
}
