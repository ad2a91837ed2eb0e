/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From frames to findings. The last word of a side is what counts, and what is concluded lasts as long as the LCP that
 * it was seen in: a Configure-Request for an open one begins anew (RFC 1661 4.3).
 *
 * The gateway's words are made printable here, so that nobody behind has to.
 */
#include "ppp/observe.h"

#include <string.h>

#include "lib/cursor.h"
#include "ppp/frame.h"

/* draft-kamath-pppext-eap-mschapv2 */
enum {
	EAP_MSCHAPV2_RESPONSE = 2,
	EAP_MSCHAPV2_FAILURE = 4,
};

#define CODE_MAX 9999 /* of what stands behind E= */

static void keep_text(char ret[static PPP_TEXT_MAX], struct chunk text)
{
	size_t len = text.len < PPP_TEXT_MAX ? text.len : PPP_TEXT_MAX - 1;
	struct cursor c = cursor_init(text.data, len);

	for (size_t i = 0; i < len; i++) {
		uint8_t octet = cursor_u8(&c);
		ret[i] = octet >= ' ' && octet <= '~' ? (char)octet : '?';
	}
	ret[len] = '\0';
}

static void note_sent(struct ppp_observe *o, enum ppp_method method)
{
	o->found.login = PPP_LOGIN_SENT;
	o->found.used = method;
	o->found.code = 0;
	o->found.text[0] = '\0';
}

static void note_answer(struct ppp_observe *o, enum ppp_login login, struct chunk text)
{
	o->found.login = login;
	o->found.code = 0;
	keep_text(o->found.text, text);
}

static unsigned int read_number(struct cursor *c)
{
	unsigned int number = 0;

	while (cursor_left(c) > 0) {
		uint8_t digit = cursor_u8(c);
		if (digit < '0' || digit > '9')
			return number;
		number = number * 10 + digit - '0';
		if (number > CODE_MAX)
			return 0;
	}
	return number;
}

/*
 * RFC 2433 4.8, RFC 2759 6: "E=691 R=0 C=... V=3 M=words". What begins otherwise is words alone; the challenge isn't for
 * anybody to read.
 */
static void note_failure(struct ppp_observe *o, struct chunk text)
{
	struct cursor c = cursor_init(text.data, text.len);
	struct chunk words = { NULL, 0 };
	uint8_t name = cursor_u8(&c), equals = cursor_u8(&c);

	note_answer(o, PPP_LOGIN_REFUSED, text);
	if (name != 'E' || equals != '=')
		return;
	o->found.code = read_number(&c);
	uint8_t before = ' ', at = 0;
	for (; cursor_left(&c) > 0; before = at) {
		at = cursor_u8(&c);
		if (before != ' ' || at != 'M' || cursor_left(&c) == 0 || *c.p != '=')
			continue;
		(void)cursor_u8(&c);
		words = cursor_rest(&c);
		break;
	}
	keep_text(o->found.text, words);
}

static void note_agreement(struct ppp_agreement *a, bool sent, uint8_t code)
{
	if (code == CONFIGURE_ACK)
		*(sent ? &a->theirs : &a->ours) = true;
	else if (code == TERMINATE_REQUEST || code == TERMINATE_ACK)
		*a = (struct ppp_agreement){ false, false };
}

static bool is_open(const struct ppp_agreement *a)
{
	return a->ours && a->theirs;
}

/* A request for what stands: both have to agree anew. */
static void note_request(struct ppp_agreement *a)
{
	if (is_open(a))
		*a = (struct ppp_agreement){ false, false };
}

static void see_lcp_sent(struct ppp_observe *o, const struct ppp_packet *p)
{
	struct chunk value;

	switch (p->code) {
	case CONFIGURE_ACK:
		o->found.agreed = ppp_method_asked(p->body);
		break;
	case CONFIGURE_NAK:
	case CONFIGURE_REJECT:
		if (ppp_option_find(p->body, LCP_OPTION_AUTHENTICATION, &value) && o->wanted)
			o->found.declined |= ppp_method_bit(o->wanted);
		break;
	case PROTOCOL_REJECT: {
		struct cursor c = cursor_init(p->body.data, p->body.len);
		o->found.mppe_declined |= cursor_u16(&c) == PROTOCOL_CCP && o->found.mppe_asked;
		break;
	}
	case ECHO_REQUEST:
		o->asked = true;
		break;
	case TERMINATE_REQUEST:
		o->ending = true;
		o->found.silent |= o->asked;
		break;
	default:
		break;
	}
}

/* What the gateway doesn't know at all. */
static void see_rejected(struct ppp_observe *o, uint16_t protocol)
{
	switch (protocol) {
	case PROTOCOL_PAP:
	case PROTOCOL_CHAP:
	case PROTOCOL_EAP:
		o->found.method_rejected = true;
		break;
	case PROTOCOL_IPCP:
		o->found.ipcp_rejected = true;
		break;
	case PROTOCOL_CCP:
		o->found.mppe_refused = true;
		break;
	default:
		break;
	}
}

static void see_lcp_received(struct ppp_observe *o, const struct ppp_packet *p)
{
	struct cursor c = cursor_init(p->body.data, p->body.len);

	switch (p->code) {
	case CONFIGURE_REQUEST:
		if (is_open(&o->lcp))
			*o = (struct ppp_observe){ .mppe_demand = o->mppe_demand,
						   .found.heard = true };
		o->wanted = ppp_method_asked(p->body);
		if (o->wanted)
			o->found.asked |= ppp_method_bit(o->wanted);
		break;
	case ECHO_REPLY:
		o->asked = false;
		break;
	case PROTOCOL_REJECT:
		see_rejected(o, cursor_u16(&c));
		break;
	case TERMINATE_REQUEST:
		if (o->ending)
			break;
		o->found.terminated = true;
		keep_text(o->found.farewell, p->body);
		break;
	default:
		break;
	}
}

/* RFC 1334 2.2.2: the words have a length of their own. */
static struct chunk pap_words(struct chunk body)
{
	struct cursor c = cursor_init(body.data, body.len);
	uint8_t len = cursor_u8(&c);

	return cursor_chunk(&c, len);
}

/* In PAP and CHAP an answer to nothing is none. */
static void see_pap(struct ppp_observe *o, bool sent, const struct ppp_packet *p)
{
	bool answers = !sent && o->found.login != PPP_LOGIN_NONE;

	if (sent && p->code == PAP_REQUEST)
		note_sent(o, PPP_METHOD_PAP);
	else if (answers && p->code == PAP_ACK)
		note_answer(o, PPP_LOGIN_ACCEPTED, pap_words(p->body));
	else if (answers && p->code == PAP_NAK)
		note_answer(o, PPP_LOGIN_REFUSED, pap_words(p->body));
}

static void see_chap(struct ppp_observe *o, bool sent, const struct ppp_packet *p)
{
	bool answers = !sent && o->found.login != PPP_LOGIN_NONE;

	if (sent && p->code == CHAP_RESPONSE)
		note_sent(o, o->found.agreed);
	else if (answers && p->code == CHAP_SUCCESS)
		note_answer(o, PPP_LOGIN_ACCEPTED, p->body);
	else if (answers && p->code == CHAP_FAILURE)
		note_failure(o, p->body);
}

static enum ppp_method eap_method(uint8_t type)
{
	switch (type) {
	case EAP_TYPE_IDENTITY:
	case EAP_TYPE_NOTIFICATION:
	case EAP_TYPE_NAK:
		return PPP_METHOD_NONE;
	case EAP_TYPE_MD5:
		return PPP_METHOD_EAP_MD5;
	case EAP_TYPE_TLS:
		return PPP_METHOD_EAP_TLS;
	case EAP_TYPE_MSCHAPV2:
		return PPP_METHOD_EAP_MSCHAPV2;
	default:
		return PPP_METHOD_OTHER;
	}
}

static void see_eap_request(struct ppp_observe *o, uint8_t type, struct cursor *data)
{
	enum ppp_method method = eap_method(type);

	if (method == PPP_METHOD_NONE)
		return;
	o->wanted = method;
	o->found.asked |= ppp_method_bit(method);
	if (method == PPP_METHOD_EAP_MSCHAPV2 && cursor_u8(data) == EAP_MSCHAPV2_FAILURE) {
		(void)cursor_u8(data);
		(void)cursor_u16(data);
		note_failure(o, cursor_rest(data));
	}
}

/* The answer to a refusal by MS-CHAPv2 within EAP is no new proof. */
static void see_eap_response(struct ppp_observe *o, uint8_t type, struct cursor *data)
{
	enum ppp_method method = eap_method(type);

	if (type == EAP_TYPE_NAK && o->wanted)
		o->found.declined |= ppp_method_bit(o->wanted);
	if (method != PPP_METHOD_NONE &&
	    (method != PPP_METHOD_EAP_MSCHAPV2 || cursor_u8(data) == EAP_MSCHAPV2_RESPONSE))
		note_sent(o, method);
}

static void see_eap(struct ppp_observe *o, bool sent, const struct ppp_packet *p)
{
	struct cursor data = cursor_init(p->body.data, p->body.len);
	const struct chunk nothing = { NULL, 0 };

	if (sent && p->code == EAP_RESPONSE)
		see_eap_response(o, cursor_u8(&data), &data);
	else if (!sent && p->code == EAP_REQUEST)
		see_eap_request(o, cursor_u8(&data), &data);
	else if (!sent && p->code == EAP_SUCCESS)
		note_answer(o, PPP_LOGIN_ACCEPTED, nothing);
	else if (!sent && p->code == EAP_FAILURE && o->found.login != PPP_LOGIN_REFUSED)
		note_answer(o, PPP_LOGIN_REFUSED, nothing);
}

/* A gateway whose own request has no MPPE will send without; pppd, told to demand it, ends PPP over that request. */
static void see_ccp_request(struct ppp_observe *o, bool sent, bool mppe)
{
	if (sent)
		o->mppe_wanted |= mppe;
	else if (mppe)
		o->found.mppe_asked = true;
	else
		o->ccp_without = true;
	o->found.mppe_refused |= o->mppe_wanted && o->ccp_without;
}

/* RFC 3078 2: four octets, the lengths in the last one. */
static unsigned int mppe_lengths(struct chunk value)
{
	struct cursor c = cursor_init(value.data, value.len);
	uint32_t bits = cursor_u32(&c);

	if (!cursor_done(&c))
		return PPP_MPPE_OTHER;
	return (bits & MPPE_BIT_40 ? PPP_MPPE_40 : 0) | (bits & MPPE_BIT_128 ? PPP_MPPE_128 : 0) |
	       (bits & MPPE_BIT_56 ? PPP_MPPE_OTHER : 0);
}

/* What a side wants to get is in its own request: it holds when the other one has acknowledged that. */
static void note_mppe(struct ppp_observe *o, bool sent, uint8_t code, unsigned int lengths)
{
	if (code == CONFIGURE_REQUEST)
		*(sent ? &o->mppe_in : &o->mppe_out) = 0;
	else if (code == CONFIGURE_ACK)
		*(sent ? &o->mppe_out : &o->mppe_in) = lengths;
}

/* Neither what is agreed on is to be anything else than what is demanded, nor what the gateway insists on. */
static void judge_mppe(struct ppp_observe *o, bool sent, uint8_t code, unsigned int lengths)
{
	bool insists = code == CONFIGURE_NAK && !sent;
	bool declined = code == CONFIGURE_REJECT && sent;

	if (o->mppe_demand && (code == CONFIGURE_ACK || insists || declined))
		o->found.mppe_unmet |= (lengths & ~o->mppe_demand) != 0;
}

static void see_ccp(struct ppp_observe *o, bool sent, const struct ppp_packet *p)
{
	struct chunk value = { NULL, 0 };
	bool mppe = ppp_option_find(p->body, CCP_OPTION_MPPE, &value);
	unsigned int lengths = mppe ? mppe_lengths(value) : 0;

	note_mppe(o, sent, p->code, lengths);
	judge_mppe(o, sent, p->code, lengths);
	if (p->code == CONFIGURE_REQUEST)
		see_ccp_request(o, sent, mppe);
	else if (mppe && p->code == CONFIGURE_REJECT)
		*(sent ? &o->found.mppe_declined : &o->found.mppe_refused) = true;
}

/* Networks wait for what is demanded: neither do we ask for one before, nor agree to the gateway's. */
static void judge_network(struct ppp_observe *o, bool sent, uint8_t code)
{
	bool goes_on = sent && (code == CONFIGURE_REQUEST || code == CONFIGURE_ACK);

	if (goes_on && o->mppe_demand && !(o->mppe_in && o->mppe_out))
		o->found.mppe_unmet = true;
}

static void see_network(struct ppp_agreement *a, bool *open, bool sent, const struct ppp_packet *p)
{
	if (p->code == CONFIGURE_REQUEST)
		note_request(a);
	note_agreement(a, sent, p->code);
	*open = is_open(a);
}

static void see(struct ppp_observe *o, bool sent, const struct ppp_packet *p)
{
	o->found.heard |= !sent;
	switch (p->protocol) {
	case PROTOCOL_LCP:
		(sent ? see_lcp_sent : see_lcp_received)(o, p);
		note_agreement(&o->lcp, sent, p->code);
		o->found.open = is_open(&o->lcp);
		break;
	case PROTOCOL_PAP:
		see_pap(o, sent, p);
		break;
	case PROTOCOL_CHAP:
		see_chap(o, sent, p);
		break;
	case PROTOCOL_EAP:
		see_eap(o, sent, p);
		break;
	case PROTOCOL_IPCP:
		/* It goes on without MPPE. A Terminate-Ack says that its IPCP waits, for MPPE very likely. */
		o->found.mppe_declined &= sent || p->code > CONFIGURE_REJECT;
		see_network(&o->ipcp, &o->found.ipcp_open, sent, p);
		judge_network(o, sent, p->code);
		break;
	case PROTOCOL_IPV6CP:
		see_network(&o->ipv6cp, &o->found.ipv6cp_open, sent, p);
		judge_network(o, sent, p->code);
		break;
	case PROTOCOL_CCP:
		see_ccp(o, sent, p);
		break;
	default:
		break;
	}
}

void ppp_observe_sent(struct ppp_observe *o, const uint8_t *frame, size_t len)
{
	struct ppp_packet p;

	if (ppp_packet_parse(frame, len, &p))
		see(o, true, &p);
}

void ppp_observe_received(struct ppp_observe *o, const uint8_t *frame, size_t len)
{
	struct ppp_packet p;

	if (ppp_packet_parse(frame, len, &p))
		see(o, false, &p);
}
