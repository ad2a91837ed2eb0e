/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order, and what is proposed.
 *
 * MS-CHAPv2 comes first: it is the only one in which the gateway proves that it knows the password, too, and every gateway
 * has it. EAP is what the two of them make of it, MD5 at the least: it is taken when a gateway insists on it, and not proposed.
 * CHAP with MD5 can be attacked by guessing alone; MS-CHAP, like its successor, by trying all keys of one DES, and proves
 * nothing. PAP shows the password to the gateway, whoever that is.
 *
 * The strongest is proposed twice at the least: the first proposal may not have come. There are at most five, since pppd makes
 * Rejects of further ones (RFC 1661 4.6), and other programs may be as impatient.
 *
 * Which type of it a gateway wants shows when EAP was agreed on, where it can't be left any more: then it takes another
 * attempt without EAP.
 */
#include "ppp/method.h"

#include "lib/builder.h"
#include "lib/cursor.h"
#include "lib/macros.h"
#include "ppp/frame.h"

static const unsigned int strength[PPP_METHOD_COUNT] = {
	[PPP_METHOD_PAP] = 1, [PPP_METHOD_MSCHAP] = 2,	 [PPP_METHOD_CHAP] = 3,
	[PPP_METHOD_EAP] = 4, [PPP_METHOD_MSCHAPV2] = 5,
};

static const char *const names[] = {
	[PPP_METHOD_NONE] = "EAP",
	[PPP_METHOD_PAP] = "PAP",
	[PPP_METHOD_CHAP] = "CHAP",
	[PPP_METHOD_MSCHAP] = "MS-CHAP",
	[PPP_METHOD_MSCHAPV2] = "MS-CHAPv2",
	[PPP_METHOD_EAP] = "EAP",
	[PPP_METHOD_EAP_MD5] = "EAP-MD5",
	[PPP_METHOD_EAP_TLS] = "EAP-TLS",
	[PPP_METHOD_EAP_MSCHAPV2] = "EAP-MSCHAPv2",
	[PPP_METHOD_OTHER] = "another method",
};

static const enum ppp_method proposals[] = {
	PPP_METHOD_MSCHAPV2,
	PPP_METHOD_CHAP,
	PPP_METHOD_MSCHAP,
	PPP_METHOD_PAP,
};

#define STRONGEST_MIN 2 /* so often the strongest is proposed */

bool ppp_method_is_stronger(enum ppp_method a, enum ppp_method b)
{
	return strength[a] > strength[b];
}

void ppp_choice_init(struct ppp_choice *c, uint16_t allowed, enum ppp_method known)
{
	bool usable = known != PPP_METHOD_NONE && (allowed & ppp_method_bit(known));

	*c = (struct ppp_choice){ .allowed = allowed, .known = usable ? known : PPP_METHOD_NONE };
}

static bool is_allowed(const struct ppp_choice *c, enum ppp_method method)
{
	return c->allowed & ppp_method_bit(method);
}

/* From this place of the list on, what can be proposed in place of what is asked for; the list's length: nothing. */
static unsigned int find_proposal(const struct ppp_choice *c, unsigned int from,
				  enum ppp_method asked)
{
	bool any = !is_allowed(c, asked);

	while (from < ARRAY_SIZE(proposals) &&
	       (!is_allowed(c, proposals[from]) ||
		!(any || ppp_method_is_stronger(proposals[from], asked))))
		from++;
	return from;
}

/* A bit; 0: nothing is left to be proposed. */
static uint16_t propose(struct ppp_choice *c, enum ppp_method asked)
{
	bool is_new = !(c->seen & ppp_method_bit(asked));
	unsigned int at = find_proposal(c, 0, asked);

	if (asked == c->known || (c->answer & ppp_method_bit(asked)) || at == ARRAY_SIZE(proposals))
		return 0;
	/* It has shown before that it knows nothing better, and may begin with what can't be taken all the same. */
	if (c->known && !is_allowed(c, asked))
		return ppp_method_bit(c->known);
	if (is_new || c->strongest < STRONGEST_MIN) {
		c->strongest++;
		c->next = at + 1;
	} else {
		at = find_proposal(c, c->next, asked);
		c->next = at + 1;
	}
	return at < ARRAY_SIZE(proposals) ? ppp_method_bit(proposals[at]) : 0;
}

static uint16_t answer(struct ppp_choice *c, enum ppp_method asked)
{
	uint16_t proposal = propose(c, asked);

	c->seen |= ppp_method_bit(asked);
	if (proposal)
		return proposal;
	if (!is_allowed(c, asked))
		return c->allowed;
	/* Anything else is a new beginning. */
	c->seen = 0;
	c->strongest = 0;
	return ppp_method_bit(asked);
}

static uint16_t take_request(struct ppp_choice *c, const struct ppp_packet *p)
{
	enum ppp_method asked = ppp_method_asked(p->body);

	if (asked == PPP_METHOD_NONE)
		return c->allowed;
	/* Our answer was lost, or overtaken. */
	if (c->asked == asked && c->id == p->id)
		return c->answer;
	c->answer = answer(c, asked);
	c->asked = asked;
	c->id = p->id;
	return c->answer;
}

static bool parse_request(const uint8_t *frame, size_t len, struct ppp_packet *ret)
{
	return ppp_packet_parse(frame, len, ret) && ret->protocol == PROTOCOL_LCP &&
	       ret->code == CONFIGURE_REQUEST;
}

uint16_t ppp_choice_received(struct ppp_choice *c, const uint8_t *frame, size_t len)
{
	struct ppp_packet p;

	if (!parse_request(frame, len, &p))
		return 0;
	c->acknowledged = take_request(c, &p);
	return c->acknowledged;
}

uint16_t ppp_choice_sent(const struct ppp_choice *c, const uint8_t *frame, size_t len)
{
	struct ppp_packet p;

	return parse_request(frame, len, &p) ? c->acknowledged : 0;
}

bool ppp_method_eap_is_vain(const struct ppp_findings *found, uint16_t allowed)
{
	bool unproven = found->login == PPP_LOGIN_NONE || found->login == PPP_LOGIN_REFUSED;
	bool over =
		found->terminated || found->method_rejected || found->login == PPP_LOGIN_REFUSED;

	return found->agreed == PPP_METHOD_EAP && found->used == PPP_METHOD_NONE && unproven &&
	       over && (allowed & ~ppp_method_bit(PPP_METHOD_EAP));
}

enum ppp_method ppp_method_fallback(const struct ppp_findings *found, uint16_t allowed)
{
	enum ppp_method best = PPP_METHOD_NONE;

	if (!found->declined || found->agreed != PPP_METHOD_NONE || found->login != PPP_LOGIN_NONE)
		return best;
	for (enum ppp_method m = PPP_METHOD_NONE; m < PPP_METHOD_COUNT; m++)
		if ((found->asked & allowed & ppp_method_bit(m)) && ppp_method_is_stronger(m, best))
			best = m;
	return best;
}

size_t ppp_method_refuse_tls(const uint8_t *packet, size_t len, bool certificate,
			     uint8_t ret[static PPP_EAP_NAK_LEN])
{
	struct cursor c = cursor_init(packet, len);
	uint8_t code = cursor_u8(&c), id = cursor_u8(&c);
	uint16_t length = cursor_u16(&c);
	uint8_t type = cursor_u8(&c);

	if (c.bad || length > len || certificate || code != EAP_REQUEST || type != EAP_TYPE_TLS)
		return 0;
	struct builder b = builder_init(ret, PPP_EAP_NAK_LEN);
	builder_u8(&b, FRAME_ADDRESS);
	builder_u8(&b, FRAME_CONTROL);
	builder_u16(&b, PROTOCOL_EAP);
	builder_u8(&b, EAP_RESPONSE);
	builder_u8(&b, id);
	builder_u16(&b, 6);
	builder_u8(&b, EAP_TYPE_NAK);
	builder_u8(&b, EAP_TYPE_MSCHAPV2);
	return builder_len(&b);
}

const char *ppp_method_name(enum ppp_method method)
{
	return names[method];
}
