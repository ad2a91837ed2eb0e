/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While the peer thinks about our proof. Pauses grow, so that a minute costs some twenty echoes, and the first seconds,
 * in which a loss is to be found out, have several.
 */
#include "ppp/proof.h"

#include "lib/builder.h"

#define ECHO_PAUSE_MAX (5 * NSEC_PER_SEC)
#define MACHINES_TIME  (2 * NSEC_PER_SEC)
#define UNANSWERED_MAX 3 /* so many in a row, and the peer's life is in doubt */

bool ppp_proof_is(const struct ppp_packet *p)
{
	struct cursor c = cursor_init(p->body.data, p->body.len);

	switch (p->protocol) {
	case PROTOCOL_PAP:
		return p->code == PAP_REQUEST;
	case PROTOCOL_CHAP:
		return p->code == CHAP_RESPONSE;
	case PROTOCOL_EAP:
		return p->code == EAP_RESPONSE && cursor_u8(&c) > EAP_TYPE_NAK;
	default:
		return false;
	}
}

void ppp_proof_sent(struct ppp_proof *proof, nsec_t pause, nsec_t now)
{
	if (proof->waiting)
		return;
	if (proof->begun == 0)
		proof->begun = now;
	proof->waiting = true;
	proof->since = now;
	proof->next = now + pause;
	proof->pause = pause;
	proof->sent = proof->answered = 0;
}

void ppp_proof_end(struct ppp_proof *proof)
{
	*proof = (struct ppp_proof){ .id = proof->id, .asked_id = proof->asked_id };
}

/* A Challenge asks for the same in other words (RFC 1994 4.1); EAP repeats itself, and a new Request goes on (RFC 3748 4.1). */
static bool asks_again(struct ppp_proof *proof, const struct ppp_packet *p)
{
	if (p->protocol != PROTOCOL_EAP || p->code != EAP_REQUEST)
		return p->protocol == PROTOCOL_CHAP && p->code == CHAP_CHALLENGE;
	bool again = p->id == proof->asked_id;
	proof->asked_id = p->id;
	return again;
}

static bool is_of_login(uint16_t protocol)
{
	return protocol == PROTOCOL_PAP || protocol == PROTOCOL_CHAP || protocol == PROTOCOL_EAP;
}

void ppp_proof_received(struct ppp_proof *proof, const struct ppp_packet *p)
{
	if (asks_again(proof, p))
		proof->waiting = false; /* until it has the next one */
	else if (is_of_login(p->protocol) || ppp_is_network(p->protocol))
		ppp_proof_end(proof);
}

/*
 * Echoes that are late come one after the other; so when the last one's is there and one before it isn't, that was lost.
 */
bool ppp_proof_echoed(struct ppp_proof *proof, uint8_t id, nsec_t now)
{
	uint8_t ago = (uint8_t)(proof->id - id);

	if (!proof->waiting || ago >= proof->sent)
		return false;
	proof->answered++;
	proof->unanswered = 0;
	proof->alive |= now >= proof->begun + MACHINES_TIME;
	if (ago > 0)
		return false;
	bool lost = proof->answered < proof->sent;
	proof->sent = proof->answered = 0;
	return lost;
}

const uint8_t *ppp_proof_echo(struct ppp_proof *proof, uint32_t magic, nsec_t now, size_t *ret_len)
{
	struct builder b = builder_init(proof->frame, sizeof(proof->frame));

	if (!proof->waiting || now < proof->next)
		return NULL;
	proof->pause = nsec_min(proof->pause * 8 / 5, ECHO_PAUSE_MAX);
	proof->next = now + proof->pause;
	proof->sent += proof->sent < UINT8_MAX;
	proof->alive &= proof->unanswered < UNANSWERED_MAX;
	proof->unanswered += proof->unanswered < UNANSWERED_MAX;
	builder_u8(&b, FRAME_ADDRESS);
	builder_u8(&b, FRAME_CONTROL);
	builder_u16(&b, PROTOCOL_LCP);
	builder_u8(&b, ECHO_REQUEST);
	builder_u8(&b, ++proof->id);
	builder_u16(&b, 8);
	builder_u32(&b, magic);
	*ret_len = builder_len(&b);
	return proof->frame;
}
