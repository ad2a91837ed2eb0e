/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way of an exchange: a message of the gateway's that was verified, ours with its repetitions, and the
 * one place where an exchange takes a step and the engine a stage. What the messages say is the modes' matter.
 */
#include "ike/exchange.h"

#include <assert.h>
#include <string.h>

#include "ike/fragment.h"
#include "ike/isakmp.h"
#include "ike/payload.h"
#include "ike/queue.h"
#include "ike/retransmit.h"
#include "ike/slots.h"
#include "lib/backoff.h"
#include "lib/cursor.h"

/* How long an exchange that is done still answers duplicates (RFC 2408 leaves it open). */
#define EXCHANGE_KEEP (90 * NSEC_PER_SEC)

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
	ex->keep_until = in->now + EXCHANGE_KEEP;
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
