/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each message that waits for an answer has a slot; a newer one takes its place. The rules stand in a
 * table: which code of which protocol waits, and which codes answer it.
 */
#include "ppp/repeat.h"

#include <assert.h>
#include <string.h>

#include "lib/macros.h"
#include "ppp/frame.h"

/*
 * What the last slot holds, our Configure-Ack of LCP, is answered by anything that shows LCP open; it is said again
 * twice at most, since a peer that has it may take another one for a reason to begin anew (RFC 1661 4.3).
 */
#define LCP_SLOT    0
#define IPCP_SLOT   1
#define PAP_SLOT    4
#define CHAP_SLOT   5
#define ACK_SLOT    (PPP_REPEAT_SLOTS - 1)
#define TRIES_MAX   10
#define ACK_TRIES   2
#define PROOF_TRIES 4
#define PROOF_FRESH (5 * NSEC_PER_SEC)
#define PROVOKE_MAX 5
#define PAUSE_MAX   NSEC_PER_SEC
#define REORDERED   8 /* this part of a pause later, a frame is lost and not only overtaken */
#define SLOW_MAX    (4 * NSEC_PER_SEC)

static const struct {
	uint16_t protocol;
	uint8_t code, answer_first, answer_last;
	bool proof; /* of who we are: twice the pause, and on a lossy path alone */
} rules[] = {
	{ PROTOCOL_LCP, CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_REJECT },
	{ PROTOCOL_IPCP, CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_REJECT },
	{ PROTOCOL_IPV6CP, CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_REJECT },
	{ PROTOCOL_CCP, CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_REJECT },
	{ PROTOCOL_PAP, PAP_REQUEST, PAP_ACK, PAP_NAK, .proof = true },
	{ PROTOCOL_CHAP, CHAP_RESPONSE, CHAP_SUCCESS, CHAP_FAILURE, .proof = true },
};

static_assert(ARRAY_SIZE(rules) == ACK_SLOT, "a slot for each rule, and one more");

/* Whether a Configure-Request demands a protocol in which the peer speaks first: CHAP or EAP. */
static bool peer_asks_first(struct chunk options)
{
	struct chunk value;

	if (!ppp_option_find(options, LCP_OPTION_AUTHENTICATION, &value))
		return false;
	struct cursor c = cursor_init(value.data, value.len);
	uint16_t protocol = cursor_u16(&c);
	return protocol == PROTOCOL_CHAP || protocol == PROTOCOL_EAP;
}

static bool is_lossy(const struct ppp_repeat *r)
{
	return r->lossy || r->losses > 0;
}

/* Something that was sent later has been answered, so this was lost; what comes out of order has its time. */
static void hasten(struct ppp_repeat *r, struct ppp_repeat_slot *slot, nsec_t now)
{
	if (slot->waiting)
		slot->next = nsec_min(slot->next, now + r->pause / REORDERED);
}

static void hasten_before(struct ppp_repeat *r, unsigned int order, nsec_t now)
{
	for (size_t i = 0; i < PPP_REPEAT_SLOTS; i++)
		if (r->slots[i].order < order)
			hasten(r, &r->slots[i], now);
}

/*
 * The peer sends a request of this protocol itself: it listens now, and ours may have come before it did. The answer to
 * one that it did hear is given its time.
 */
static void hasten_listened(struct ppp_repeat *r, uint16_t protocol, nsec_t now)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct ppp_repeat_slot *slot = &r->slots[i];
		nsec_t answer = slot->sent + r->round_trip;

		if (rules[i].protocol == protocol && rules[i].code == CONFIGURE_REQUEST)
			hasten(r, slot, nsec_max(now, answer));
	}
}

static void wait_from(struct ppp_repeat *r, struct ppp_repeat_slot *slot, nsec_t now)
{
	slot->waiting = true;
	slot->tries = 0;
	slot->sent = now;
	slot->next = now + r->pause;
}

/* When a proof is to be said again by itself. */
static nsec_t proof_again(const struct ppp_repeat *r, nsec_t at)
{
	return is_lossy(r) ? at : NSEC_NEVER;
}

/*
 * From now on the path is known to lose messages: perhaps the proof, too, if that left at about the same time. An echo that
 * gets lost while the peer thinks tells nothing of a proof that it has. But with PAP the peer never asks again: once.
 */
static void note_loss(struct ppp_repeat *r, nsec_t now)
{
	struct ppp_repeat_slot *pap = &r->slots[PAP_SLOT];

	r->lossy = true;
	if (now < r->proof.since + PROOF_FRESH + 2 * r->pause) {
		hasten(r, pap, now);
		hasten(r, &r->slots[CHAP_SLOT], now);
	} else if (pap->tries == 0) {
		pap->tries = PROOF_TRIES - 1;
		hasten(r, pap, now);
	}
}

/* Before the repetition after so many TRIES, of which the first one has its pause. */
static nsec_t pause_after(const struct ppp_repeat *r, unsigned int tries)
{
	nsec_t pause = r->pause;

	for (unsigned int k = 0; k <= tries && pause < PAUSE_MAX; k++)
		pause = pause * 8 / 5;
	return nsec_max(nsec_min(pause, PAUSE_MAX), r->pause);
}

/* pppd's own repetitions are the same octets: they don't begin the count anew, and ours are later by them. */
static void keep(struct ppp_repeat *r, size_t i, const uint8_t *frame, size_t len, nsec_t now)
{
	struct ppp_repeat_slot *slot = &r->slots[i];

	if (len > sizeof(slot->frame)) {
		slot->waiting = false;
		return;
	}
	bool same = slot->len == len && memcmp(slot->frame, frame, len) == 0;
	if (!same && slot->len > 0) {
		slot->former = slot->frame[FRAME_ID];
		slot->former_tries = slot->waiting ? 0 : slot->tries;
	}
	memcpy(slot->frame, frame, len);
	slot->len = len;
	slot->order = ++r->order;
	if (same && slot->waiting)
		slot->next =
			nsec_max(slot->next,
				 now + (slot->tries ? pause_after(r, slot->tries - 1) : r->pause));
	if (i == ACK_SLOT || (same && slot->waiting))
		return;
	wait_from(r, slot, now);
	if (rules[i].proof)
		slot->next = proof_again(r, now + 2 * r->pause);
}

static void stop_protocol(struct ppp_repeat *r, uint16_t protocol)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].protocol == protocol)
			r->slots[i].waiting = false;
}

/* What was sent in LCP stays known: the peer can be asked to begin anew with it. */
static void begin_anew(struct ppp_repeat *r)
{
	for (size_t i = 0; i < PPP_REPEAT_SLOTS; i++) {
		r->slots[i].waiting = false;
		if (i != LCP_SLOT)
			r->slots[i].len = 0;
	}
	r->lcp_heard = r->lcp_agreed = r->asks_first = r->auth_heard = false;
	r->ipcp_heard = r->ipcp_answered = r->peer_open = false;
	r->early_auth.len = r->early_ipcp.len = 0;
	r->early_auth.waiting = r->early_ipcp.waiting = false;
	ppp_proof_end(&r->proof);
	r->naks = 0;
}

/* LCP is open for us: what comes before that, pppd doesn't take. */
static bool is_open(const struct ppp_repeat *r)
{
	return r->lcp_agreed && r->slots[ACK_SLOT].len > 0;
}

/* What the peer owes, after what is known now. */
static enum ppp_missing owed(const struct ppp_repeat *r)
{
	if (r->up)
		return PPP_MISSING_NOTHING;
	if (r->ipcp_answered)
		return r->ipcp_heard ? PPP_MISSING_NOTHING : PPP_MISSING_IPCP;
	if (!r->lcp_agreed)
		return PPP_MISSING_NOTHING;
	if (!r->lcp_heard)
		return PPP_MISSING_LCP;
	if (is_open(r) && r->asks_first && !r->auth_heard)
		return PPP_MISSING_AUTH;
	return PPP_MISSING_NOTHING;
}

/* For a word that must have left already: who has answered our Configure-Request has sent his own before. */
static nsec_t little_patience(const struct ppp_repeat *r)
{
	return r->patience / 4;
}

/* A peer that has begun anew for a provocation and is silent again may be slow: twice the time each time. */
static nsec_t widened(const struct ppp_repeat *r, nsec_t time)
{
	for (unsigned int i = 0; i < r->anew && time < SLOW_MAX; i++)
		time *= 2;
	return time;
}

/* Between provocations. */
static nsec_t pace_of(const struct ppp_repeat *r)
{
	return r->missing == PPP_MISSING_AUTH ? r->pause : little_patience(r);
}

static nsec_t patience_with(const struct ppp_repeat *r)
{
	return r->missing == PPP_MISSING_AUTH ? widened(r, r->patience) : little_patience(r);
}

static void hear_of_something(struct ppp_repeat *r)
{
	r->provoked = r->anew = 0;
}

static void note_owed(struct ppp_repeat *r, nsec_t now)
{
	enum ppp_missing missing = owed(r);

	if (missing == r->missing)
		return;
	r->missing = missing;
	r->naks = 0;
	r->missing_at = missing == PPP_MISSING_NOTHING ? NSEC_NEVER : now + patience_with(r);
}

/* LCP is open for us, and perhaps not for the peer. */
static void await_open(struct ppp_repeat *r, nsec_t now)
{
	struct ppp_repeat_slot *slot = &r->slots[ACK_SLOT];

	if (is_open(r) && !slot->waiting && !r->auth_heard && !r->ipcp_heard)
		wait_from(r, slot, now);
}

void ppp_repeat_init(struct ppp_repeat *r, nsec_t pause, nsec_t patience, bool lossy)
{
	*r = (struct ppp_repeat){ .pause = pause,
				  .patience = patience,
				  .missing_at = NSEC_NEVER,
				  .round_trip = pause / 2,
				  .lossy = lossy };
}

void ppp_repeat_sent(struct ppp_repeat *r, const uint8_t *frame, size_t len, nsec_t now)
{
	struct ppp_packet p;

	if (!ppp_packet_parse(frame, len, &p))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i].protocol == p.protocol && rules[i].code == p.code)
			keep(r, i, frame, len, now);
	if (ppp_proof_is(&p))
		ppp_proof_sent(&r->proof, r->pause, now);
	if (p.protocol == PROTOCOL_IPCP && p.code == CONFIGURE_REQUEST)
		r->early_ipcp.waiting = r->early_ipcp.len > 0;
	if (p.protocol == PROTOCOL_LCP && p.code == CONFIGURE_ACK) {
		keep(r, ACK_SLOT, frame, len, now);
		await_open(r, now);
	}
	if (p.protocol == PROTOCOL_LCP && (p.code == TERMINATE_REQUEST || p.code == TERMINATE_ACK))
		begin_anew(r);
	note_owed(r, now);
}

/*
 * Who sends echoes once both have agreed is open, and what it says next is under way. Before that they mean nothing: there
 * are peers that send one with their first frame.
 */
static void note_open(struct ppp_repeat *r, nsec_t now)
{
	if (!is_open(r))
		return;
	r->peer_open = true;
	r->slots[ACK_SLOT].waiting = false;
	if (r->missing == PPP_MISSING_AUTH && r->missing_at != NSEC_NEVER)
		r->missing_at = nsec_min(r->missing_at, now + widened(r, little_patience(r)));
}

static void receive_lcp(struct ppp_repeat *r, const struct ppp_packet *p, nsec_t now)
{
	struct cursor rejected = cursor_init(p->body.data, p->body.len);

	switch (p->code) {
	case CONFIGURE_REQUEST:
		r->anew += is_open(r) && r->provoked > 0;
		if (is_open(r))
			begin_anew(r);
		/* Of an LCP that is no more. */
		r->early_auth.len = r->early_ipcp.len = 0;
		r->early_auth.waiting = r->early_ipcp.waiting = false;
		r->lcp_heard = true;
		r->lcp_id = p->id;
		r->asks_first = peer_asks_first(p->body);
		r->slots[ACK_SLOT].waiting = false; /* pppd answers */
		break;
	case TERMINATE_REQUEST:
	case TERMINATE_ACK:
		begin_anew(r);
		break;
	case ECHO_REPLY:
		if (ppp_proof_echoed(&r->proof, p->id, now))
			note_loss(r, now);
		note_open(r, now);
		break;
	case ECHO_REQUEST:
		note_open(r, now);
		break;
	case PROTOCOL_REJECT:
		stop_protocol(r, cursor_u16(&rejected));
		break;
	default:
		break;
	}
}

static void keep_early(struct ppp_repeat_slot *early, const uint8_t *frame, size_t len)
{
	if (len > sizeof(early->frame))
		return;
	memcpy(early->frame, frame, len);
	early->len = len;
}

/*
 * Before we are authenticated, which our own request shows, pppd doesn't take the peer's: when CHAP's Success is
 * lost, the request that follows is too early.
 */
static void receive_ipcp_request(struct ppp_repeat *r, const uint8_t *frame, size_t len)
{
	bool taken = is_open(r) && r->slots[IPCP_SLOT].len > 0;

	if (taken && !r->ipcp_heard)
		hear_of_something(r);
	r->ipcp_heard = taken;
	if (!taken)
		keep_early(&r->early_ipcp, frame, len);
}

/*
 * The peer speaks of what comes after LCP, so for it that is open, and its Configure-Ack was lost or is overtaken. What
 * came is kept for the second case; in the first our request, said again, makes it begin anew (RFC 1661 4.3). Only it
 * can say what it agrees to.
 */
static void receive_too_early(struct ppp_repeat *r, const struct ppp_packet *p,
			      const uint8_t *frame, size_t len, nsec_t now)
{
	bool asks = (p->protocol == PROTOCOL_CHAP && p->code == CHAP_CHALLENGE) ||
		    (p->protocol == PROTOCOL_EAP && p->code == EAP_REQUEST);

	if (r->slots[ACK_SLOT].len == 0)
		return;
	r->peer_open = true;
	if (asks)
		keep_early(&r->early_auth, frame, len);
	if (!r->lcp_agreed)
		hasten(r, &r->slots[LCP_SLOT], now);
}

/* Any other protocol shows that LCP is open at the peer. */
static void receive_other(struct ppp_repeat *r, const struct ppp_packet *p, const uint8_t *frame,
			  size_t len, nsec_t now)
{
	bool ipcp_request = p->protocol == PROTOCOL_IPCP && p->code == CONFIGURE_REQUEST;

	ppp_proof_received(&r->proof, p);
	if (ppp_is_network(p->protocol)) {
		/* The peer is past the authentication: what ended that was lost. */
		hasten(r, &r->slots[PAP_SLOT], now);
		hasten(r, &r->slots[CHAP_SLOT], now);
		if (p->code == CONFIGURE_REQUEST)
			hasten_listened(r, p->protocol, now);
	}
	if (p->protocol == PROTOCOL_CHAP && p->code == CHAP_CHALLENGE)
		stop_protocol(r, PROTOCOL_CHAP); /* it asks for a new Response */
	if (ipcp_request) {
		r->ipcp_id = p->id;
		receive_ipcp_request(r, frame, len);
	}
	if (!is_open(r)) {
		receive_too_early(r, p, frame, len, now);
		return;
	}
	r->peer_open = true;
	r->slots[ACK_SLOT].waiting = false;
	if (!r->auth_heard)
		hear_of_something(r);
	r->auth_heard = true;
}

/* Whether what came answers what the slot holds. */
static bool answers(const struct ppp_repeat *r, size_t i, const struct ppp_packet *p)
{
	struct ppp_packet mine;

	return r->slots[i].len > 0 && rules[i].protocol == p->protocol &&
	       p->code >= rules[i].answer_first && p->code <= rules[i].answer_last &&
	       ppp_packet_parse(r->slots[i].frame, r->slots[i].len, &mine) && mine.id == p->id;
}

/* Whether it answers the one before that. */
static bool answers_former(const struct ppp_repeat *r, size_t i, const struct ppp_packet *p)
{
	return rules[i].protocol == p->protocol && p->code >= rules[i].answer_first &&
	       p->code <= rules[i].answer_last && r->slots[i].former == p->id;
}

/*
 * A second answer shows that the first one was late and not lost: the peer is slow, and more messages would make it
 * slower still. Once for what was repeated. SoftEther works through all that came while it asked for an address.
 */
static void be_patient(struct ppp_repeat *r, unsigned int *tries, nsec_t now)
{
	if (*tries == 0)
		return;
	*tries = 0;
	if (r->losses > 0)
		r->losses--;
	r->pause = nsec_min(2 * r->pause, SLOW_MAX);
	r->patience = nsec_min(2 * r->patience, SLOW_MAX);
	for (size_t i = 0; i < PPP_REPEAT_SLOTS; i++)
		if (r->slots[i].waiting)
			r->slots[i].next = nsec_max(r->slots[i].next, now + r->pause);
}

void ppp_repeat_received(struct ppp_repeat *r, const uint8_t *frame, size_t len, nsec_t now)
{
	struct ppp_packet p;

	if (!ppp_packet_parse(frame, len, &p))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!answers(r, i, &p)) {
			if (answers_former(r, i, &p))
				be_patient(r, &r->slots[i].former_tries, now);
			continue;
		}
		if (!r->slots[i].waiting) {
			be_patient(r, &r->slots[i].tries, now);
			continue;
		}
		r->slots[i].waiting = false;
		if (r->slots[i].tries > 0)
			r->losses++;
		else
			r->round_trip = now - r->slots[i].sent;
		hasten_before(r, r->slots[i].order, now);
		r->ipcp_answered |= i == IPCP_SLOT;
		if (i == LCP_SLOT && p.code == CONFIGURE_ACK) {
			r->lcp_agreed = true;
			await_open(r, now);
			r->early_auth.waiting = r->early_auth.len > 0;
		}
	}
	if (p.protocol == PROTOCOL_LCP)
		receive_lcp(r, &p, now);
	else
		receive_other(r, &p, frame, len, now);
	note_owed(r, now);
}

void ppp_repeat_up(struct ppp_repeat *r)
{
	r->up = true;
	r->slots[ACK_SLOT].waiting = false;
	ppp_proof_end(&r->proof);
	r->missing = PPP_MISSING_NOTHING;
	r->missing_at = NSEC_NEVER;
}

nsec_t ppp_repeat_deadline(const struct ppp_repeat *r)
{
	nsec_t deadline = r->early_auth.waiting || r->early_ipcp.waiting ? 0 : r->missing_at;

	if (r->proof.waiting)
		deadline = nsec_min(deadline, r->proof.next);
	for (size_t i = 0; i < PPP_REPEAT_SLOTS; i++)
		if (r->slots[i].waiting)
			deadline = nsec_min(deadline, r->slots[i].next);
	return deadline;
}

/*
 * A Configure-Nak that objects to nothing, for the request that we didn't see: its number follows that of the last one
 * that we did, and the first one's is 1. Who waits for an answer to that request makes a new one (RFC 1661 4.3), and who
 * has numbered it otherwise doesn't listen. That one may be lost as well, so the next time there is another Nak for its
 * number, and so on, the latest number first: one of them at most is heard.
 */
static const uint8_t *nak(struct ppp_repeat *r, size_t *ret_len)
{
	bool lcp = r->missing == PPP_MISSING_LCP;
	uint16_t protocol = lcp ? PROTOCOL_LCP : PROTOCOL_IPCP;
	uint8_t last_id = lcp ? r->lcp_id : r->ipcp_id;
	const uint8_t frame[] = { FRAME_ADDRESS,
				  FRAME_CONTROL,
				  (uint8_t)(protocol >> 8),
				  (uint8_t)protocol,
				  CONFIGURE_NAK,
				  (uint8_t)(last_id + r->naks),
				  0,
				  4 };

	r->naks--;
	memcpy(r->nak, frame, sizeof(r->nak));
	*ret_len = sizeof(r->nak);
	return r->nak;
}

static const uint8_t *kept(const struct ppp_repeat_slot *slot, size_t *ret_len)
{
	*ret_len = slot->len;
	return slot->frame;
}

/* Our Configure-Request again. It is answered again: that shows nothing. */
static const uint8_t *request_again(struct ppp_repeat *r, size_t *ret_len)
{
	r->slots[LCP_SLOT].tries = 0;
	return kept(&r->slots[LCP_SLOT], ret_len);
}

/*
 * What makes the peer say what only it can say. One whose LCP is open begins anew when it gets a Configure-Request
 * (RFC 1661 4.3), one that waits for our Configure-Ack opens when it gets that; while it can't be seen which of the two
 * it is, they take turns.
 */
static const uint8_t *provocation(struct ppp_repeat *r, nsec_t now, size_t *ret_len)
{
	if (r->naks > 0)
		return nak(r, ret_len);
	if (now < r->missing_at || r->provoked == PROVOKE_MAX || r->slots[LCP_SLOT].len == 0)
		return NULL;
	bool odd = r->provoked++ % 2;
	r->missing_at = now + pace_of(r);
	switch (r->missing) {
	case PPP_MISSING_NOTHING:
		break;
	case PPP_MISSING_AUTH:
		return odd && !r->peer_open ? kept(&r->slots[ACK_SLOT], ret_len)
					    : request_again(r, ret_len);
	case PPP_MISSING_IPCP:
		if (r->provoked == PROVOKE_MAX)
			return request_again(r, ret_len);
		r->naks = r->provoked;
		return nak(r, ret_len);
	case PPP_MISSING_LCP:
		r->naks = r->provoked;
		return nak(r, ret_len);
	}
	return NULL;
}

/* Our magic number, where the peer has agreed to one: pppd's own echoes carry it, too. */
static uint32_t magic(const struct ppp_repeat *r)
{
	const struct ppp_repeat_slot *request = &r->slots[LCP_SLOT];
	struct ppp_packet p;
	struct chunk value;

	if (!ppp_packet_parse(request->frame, request->len, &p) ||
	    !ppp_option_find(p.body, LCP_OPTION_MAGIC, &value))
		return 0;
	struct cursor c = cursor_init(value.data, value.len);
	return cursor_u32(&c);
}

static unsigned int tries_of(size_t slot)
{
	return slot == ACK_SLOT ? ACK_TRIES : TRIES_MAX;
}

static void say_again(struct ppp_repeat *r, size_t i, nsec_t now)
{
	struct ppp_repeat_slot *slot = &r->slots[i];

	slot->next = now + pause_after(r, slot->tries++);
	if (i != ACK_SLOT && rules[i].proof)
		slot->next = slot->tries < PROOF_TRIES ? proof_again(r, slot->next) : NSEC_NEVER;
	slot->order = ++r->order;
	slot->waiting = slot->tries < tries_of(i);
}

const uint8_t *ppp_repeat_due(struct ppp_repeat *r, nsec_t now, size_t *ret_len)
{
	const uint8_t *first = provocation(r, now, ret_len);

	for (size_t i = 0; i < PPP_REPEAT_SLOTS && !first; i++) {
		if (!r->slots[i].waiting || r->slots[i].next > now)
			continue;
		say_again(r, i, now);
		first = kept(&r->slots[i], ret_len);
	}
	return first ? first : ppp_proof_echo(&r->proof, magic(r), now, ret_len);
}

bool ppp_repeat_checking(const struct ppp_repeat *r)
{
	return r->proof.waiting && r->proof.alive;
}

enum ppp_missing ppp_repeat_missing(struct ppp_repeat *r, nsec_t now)
{
	if (now < r->missing_at)
		return PPP_MISSING_NOTHING;
	r->missing_at = NSEC_NEVER;
	return r->missing;
}

const uint8_t *ppp_repeat_early(struct ppp_repeat *r, size_t *ret_len)
{
	struct ppp_repeat_slot *early = r->early_auth.waiting ? &r->early_auth : &r->early_ipcp;

	if (!early->waiting)
		return NULL;
	r->ipcp_heard |= early == &r->early_ipcp;
	r->auth_heard = true;
	early->waiting = false;
	*ret_len = early->len;
	early->len = 0;
	return early->frame;
}
