/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slots of the engine: phase 1 SAs and exchanges, and the message IDs that were used; and the one place where an exchange
 * takes a step and the engine a stage. What the messages say is the modes' matter.
 *
 * Both sides encrypt and hash with the same keys, and the only thing that makes two messages differ that
 * say the same is their message ID. So each ID is taken once under a phase 1, in an exchange of one type
 * (CONNECTED may come as an informational exchange with quick mode's ID), and ours are noted as well:
 * neither a replay nor our own message, reflected, is the gateway's word. What is noted isn't forgotten
 * while the keys live; before the list is full another phase 1 takes over.
 */
#include "ike/private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/backoff.h"
#include "lib/cursor.h"

int ike_random(const struct ike *ike, void *ret, size_t len)
{
	return ike->crypto.random(ike->crypto.userdata, ret, len);
}

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

struct chunk octets_chunk(const struct octets *o)
{
	return (struct chunk){ o->data, o->len };
}

void octets_set(struct octets *o, const void *data, size_t len)
{
	memmove(o->data, data, len);
	o->len = len;
}

int octets_build(const struct builder *b, struct octets *o)
{
	if (b->overflow)
		return -ENOBUFS;
	o->len = builder_len(b);
	return 0;
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

void ike_exchange_accept(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	bool certain;
	nsec_t round_trip = retransmit_answered(&ex->rt, in->digest, in->now, &certain);

	if (round_trip != 0 && (certain || ike->stats.round_trip == 0))
		ike->stats.round_trip = round_trip;
	if (in->header.flags & ISAKMP_FLAG_ENCRYPTED) {
		memcpy(ex->iv, in->last_block, sizeof(ex->iv));
		ike->stats.last_authenticated = in->now;
	}
	ex->keep_until = in->now + IKE_EXCHANGE_KEEP;
	/* Pieces that are left belong to what was answered before. */
	fragments_reset(&ex->sa->fragments);
}

/* While nothing is known of the gateway's pace: most answer sooner, and one that doesn't hears us twice. */
#define FIRST_PAUSE (300 * NSEC_PER_MSEC)

/*
 * Until the first SA stands somebody waits, and the gateway's pace is known once it has answered what costs it most,
 * message 3. A renewal has time.
 */
static nsec_t first_pause(const struct ike *ike)
{
	nsec_t round_trip = ike->stats.round_trip;

	if (ike->stats.stage >= IKE_STAGE_CHILD_UP)
		return BACKOFF_FIRST;
	/* The stage is that of the message before. */
	if (ike->stats.stage >= IKE_STAGE_MM3_SENT && round_trip != 0)
		return backoff_first(round_trip);
	return nsec_min(FIRST_PAUSE + nsec_min(round_trip, BACKOFF_FIRST), BACKOFF_FIRST);
}

int ike_exchange_send(struct ike *ike, struct ike_exchange *ex, const struct outgoing *out,
		      bool waiting, nsec_t now)
{
	uint8_t jitter;
	int r = ike_random(ike, &jitter, sizeof(jitter));

	if (r < 0)
		return r;
	ex->fragment_id = ++ex->sa->fragment_id;
	retransmit_send(&ex->rt, out->data, builder_len(&out->b), waiting, now, jitter,
			first_pause(ike));
	ike_queue(ike, ex->sa->floated, ex->rt.data, ex->rt.len, now);
	return 0;
}

/* What a piece has beside its data: the non-ESP marker, ISAKMP's header and the payload's. */
#define PIECE_OVERHEAD (ISAKMP_MARKER_LEN + ISAKMP_HEADER_LEN + 8)
#define PIECES_MAX     (RETRANSMIT_LEN_MAX / FRAGMENT_DATA_MAX + 1)

static_assert(PIECES_MAX <= IKE_DATAGRAMS_MAX &&
		      RETRANSMIT_LEN_MAX + PIECES_MAX * PIECE_OVERHEAD <= IKE_OUTBOX_LEN,
	      "the pieces of the longest message find room in the queue");

static int send_pieces(struct ike *ike, const struct ike_exchange *ex, nsec_t now)
{
	struct cursor c = cursor_init(ex->rt.data, ex->rt.len);

	for (uint8_t number = 1; cursor_left(&c) > 0; number++) {
		bool last = cursor_left(&c) <= FRAGMENT_DATA_MAX;
		const struct payload_fragment fragment = {
			.id = ex->fragment_id,
			.number = number,
			.last = last,
			.data = cursor_chunk(&c, last ? cursor_left(&c) : FRAGMENT_DATA_MAX),
		};
		struct outgoing out;
		outgoing_init(&out, ex->sa,
			      ex->msgid == 0 ? ISAKMP_EXCHANGE_MAIN : ISAKMP_EXCHANGE_QUICK,
			      ex->msgid);
		size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_FRAGMENT);
		payload_fragment_build(&out.b, &fragment);
		payload_close(&out.chain, mark);
		int r = outgoing_finish(&out);
		if (r < 0)
			return r;
		ike_queue(ike, ex->sa->floated, out.data, builder_len(&out.b), now);
	}
	return 0;
}

int ike_exchange_send_again(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	ike->stats.retransmitted++;
	if (ex->sa->fragmentation && ex->rt.len > FRAGMENT_WHOLE_MAX)
		return send_pieces(ike, ex, now);
	ike_queue(ike, ex->sa->floated, ex->rt.data, ex->rt.len, now);
	return 0;
}

void ike_enter(struct ike *ike, struct ike_exchange *ex, enum ike_step step, enum ike_stage stage)
{
	if (ex)
		ex->step = step;
	/* A later negotiation beside the first one doesn't lead back. */
	if (stage <= ike->stats.stage)
		return;
	ike->stats.stage = stage;
	if (!ike->over)
		ike_emit_stage(ike, stage);
}

void ike_fail_event(struct ike *ike, struct ike_event *failed_take, nsec_t now)
{
	failed_take->u.failed.stage = ike->stats.stage;
	/* The gateway is told if that is possible; the caller has its reason to stop either way. */
	if (ike->sa && ike->sa->up && info_send_delete_sa(ike, ike->sa, now) < 0)
		failed_take->u.failed.reason = IKE_FAILURE_INTERNAL;
	ike->over = true;
	ike_enter(ike, NULL, IKE_STEP_FREE, IKE_STAGE_CLOSED);
	ike_emit(ike, failed_take);
}

void ike_fail(struct ike *ike, enum ike_failure reason, uint16_t notify_type, nsec_t now)
{
	struct ike_event event = { .type = IKE_EVENT_FAILED,
				   .u.failed = { .reason = reason, .notify_type = notify_type } };

	ike_fail_event(ike, &event, now);
}
