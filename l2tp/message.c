/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the octets of a control message to a plain structure of views, checked against a table of
 * what each message must and may carry (RFC 2661 6). It neither answers nor changes any state.
 *
 * The policy, where the RFC leaves a choice or gateways have taken one:
 * - Another vendor's AVP, an unknown type and one with a reserved bit are skipped, or with M
 * refused (4.1). The vendor is looked at before the type. A hidden AVP (4.3) that can't be read, for
 * want of a secret or of a Random Vector, or because nothing sensible comes out, is no better.
 * - An AVP that is known but means nothing in this message is skipped whatever it holds.
 * - A known and meaningful AVP of a wrong length is refused; without M it is as if absent (7.1:
 * what can be recovered from is recovered from).
 * - Of several AVPs of one type the first counts.
 * - A value may be hidden wherever it stands, also where 4.4 says it may not be.
 * - Messages that end something are believed however badly they are written, and the contents of
 *   those that are only acknowledged are not judged at all.
 */
#include "l2tp/message.h"

#include "l2tp/avp.h"
#include "l2tp/protocol.h"
#include "lib/cursor.h"

struct message_rule {
	uint64_t must, may;
	bool known;
	bool lenient; /* read what can be read */
};

#define BIT(name) L2TP_AVP_BIT(L2TP_AVP_##name)

/* Acknowledged and otherwise ignored: known, so that the M bit of its type does no harm. */
#define UNREAD                                 \
	{                                      \
		.known = true, .lenient = true \
	}

static const struct message_rule rules[] = {
	[L2TP_MSG_SCCRQ] = UNREAD,
	[L2TP_MSG_SCCRP] = { .known = true,
			     .must = BIT(PROTOCOL_VERSION) | BIT(HOST_NAME) |
				     BIT(FRAMING_CAPABILITIES) | BIT(ASSIGNED_TUNNEL_ID),
			     .may = BIT(BEARER_CAPABILITIES) | BIT(FIRMWARE_REVISION) |
				    BIT(VENDOR_NAME) | BIT(RECEIVE_WINDOW_SIZE) | BIT(CHALLENGE) |
				    BIT(CHALLENGE_RESPONSE) },
	[L2TP_MSG_SCCCN] = UNREAD,
	[L2TP_MSG_STOPCCN] = { .known = true,
			       .lenient = true,
			       .may = BIT(ASSIGNED_TUNNEL_ID) | BIT(RESULT_CODE) },
	[L2TP_MSG_HELLO] = UNREAD,
	[L2TP_MSG_OCRQ] = UNREAD,
	[L2TP_MSG_OCRP] = UNREAD,
	[L2TP_MSG_OCCN] = UNREAD,
	[L2TP_MSG_ICRQ] = UNREAD,
	[L2TP_MSG_ICRP] = { .known = true,
			    .must = BIT(ASSIGNED_SESSION_ID),
			    .may = BIT(SEQUENCING_REQUIRED) },
	[L2TP_MSG_ICCN] = UNREAD,
	[L2TP_MSG_CDN] = { .known = true,
			   .lenient = true,
			   .may = BIT(RESULT_CODE) | BIT(ASSIGNED_SESSION_ID) },
	[L2TP_MSG_WEN] = UNREAD,
	[L2TP_MSG_SLI] = UNREAD,
};

static const struct message_rule *find_rule(uint16_t type)
{
	if (type >= ARRAY_SIZE(rules) || !rules[type].known)
		return NULL;
	return &rules[type];
}

/* The Message Type AVP from the front of C. */
static int read_type(struct cursor *c, uint16_t *ret_type, bool *ret_mandatory)
{
	struct avp avp;

	if (avp_next(c, &avp) != 0)
		return L2TP_MESSAGE_NO_TYPE;
	if (avp.vendor != 0 || avp.type != L2TP_AVP_MESSAGE_TYPE || avp.hidden || avp.reserved)
		return L2TP_MESSAGE_NO_TYPE;

	struct cursor value = cursor_init(avp.value.data, avp.value.len);
	uint16_t type = cursor_u16(&value);
	if (!cursor_done(&value))
		return L2TP_MESSAGE_NO_TYPE;
	*ret_type = type;
	*ret_mandatory = avp.mandatory;
	return 0;
}

int l2tp_message_type(const uint8_t *data, size_t len, uint16_t *ret_type, bool *ret_mandatory)
{
	struct cursor c = cursor_init(data, len);

	return read_type(&c, ret_type, ret_mandatory);
}

/* 4.4.2: the error code is optional, and so is the message behind it. */
static void read_result(struct cursor *c, struct l2tp_message *m)
{
	m->result = cursor_u16(c);
	if (cursor_left(c) < 2)
		return;
	m->error = cursor_u16(c);
	m->error_text = cursor_rest(c);
}

/* Takes the value of an AVP whose length has been checked. False: it can't be that. */
static bool read_value(const struct avp *avp, struct l2tp_message *m)
{
	struct cursor c = cursor_init(avp->value.data, avp->value.len);

	switch (avp->type) {
	case L2TP_AVP_RESULT_CODE:
		read_result(&c, m);
		return true;
	case L2TP_AVP_PROTOCOL_VERSION:
		m->protocol_version = cursor_u16(&c);
		return true;
	case L2TP_AVP_FIRMWARE_REVISION:
		m->firmware = cursor_u16(&c);
		return true;
	case L2TP_AVP_HOST_NAME:
		m->host_name = avp->value;
		return true;
	case L2TP_AVP_VENDOR_NAME:
		m->vendor_name = avp->value;
		return true;
	case L2TP_AVP_ASSIGNED_TUNNEL_ID:
		m->assigned_tunnel_id = cursor_u16(&c);
		return m->assigned_tunnel_id != 0;
	case L2TP_AVP_ASSIGNED_SESSION_ID:
		m->assigned_session_id = cursor_u16(&c);
		return m->assigned_session_id != 0;
	case L2TP_AVP_RECEIVE_WINDOW_SIZE:
		m->window = cursor_u16(&c);
		return true;
	case L2TP_AVP_CHALLENGE:
		m->challenge = avp->value;
		return true;
	case L2TP_AVP_CHALLENGE_RESPONSE:
		m->challenge_response = avp->value;
		return true;
	}
	return true;
}

/* Whether it means something in this message, and is the first of its type. */
static bool wanted(const struct message_rule *rule, uint16_t type, const struct l2tp_message *m)
{
	return ((rule->must | rule->may) & ~m->present) & L2TP_AVP_BIT(type);
}

/* The AVP with its value in clear. Return: 0; L2TP_MESSAGE_HIDDEN; a negative errno. */
static int unhide(struct l2tp_hiding *hiding, const struct avp *avp, struct avp *ret)
{
	*ret = *avp;
	if (!avp->hidden)
		return 0;
	int r = l2tp_unhide(hiding, avp, &ret->value);
	return r > 0 ? L2TP_MESSAGE_HIDDEN : r;
}

/* One AVP behind the Message Type. Return: 0 also when it was skipped; a verdict; -errno. */
static int take_avp(const struct message_rule *rule, const struct avp *received,
		    struct l2tp_hiding *hiding, struct l2tp_message *m)
{
	const struct avp_rule *known = received->vendor == 0 ? avp_find_rule(received->type) : NULL;
	struct avp clear;
	const struct avp *avp = &clear;

	if (!known || received->reserved)
		return received->mandatory ? L2TP_MESSAGE_UNKNOWN_AVP : 0;
	/* 4.3: it holds until the next one. */
	if (received->type == L2TP_AVP_RANDOM_VECTOR && !received->hidden)
		hiding->vector = received->value;
	if (!wanted(rule, received->type, m))
		return 0;
	int r = unhide(hiding, received, &clear);
	if (r != 0)
		return r < 0 || avp->mandatory ? r : 0;
	if (avp->value.len < known->min || avp->value.len > known->max)
		return avp->mandatory ? L2TP_MESSAGE_LENGTH : 0;
	if (!read_value(avp, m))
		return L2TP_MESSAGE_VALUE;
	m->present |= L2TP_AVP_BIT(avp->type);
	return 0;
}

/* Reads on behind the first fault, so that the answer to it can be addressed. */
static int take_avps(const struct message_rule *rule, struct cursor *c, struct l2tp_hiding *hiding,
		     struct l2tp_message *m, struct l2tp_offender *ret_offender)
{
	int verdict = 0;
	struct avp avp;
	int r;

	while ((r = avp_next(c, &avp)) == 0) {
		r = take_avp(rule, &avp, hiding, m);
		if (r < 0)
			return r;
		if (r == 0 || verdict != 0 || rule->lenient)
			continue;
		verdict = r;
		*ret_offender = (struct l2tp_offender){ avp.vendor, avp.type };
	}
	if (r == AVP_BROKEN && verdict == 0 && !rule->lenient)
		return L2TP_MESSAGE_BROKEN;
	return verdict;
}

/* The first AVP that must be there and is not; false: none. */
static bool find_missing(const struct message_rule *rule, uint64_t present, uint16_t *ret)
{
	uint64_t missing = rule->must & ~present;

	if (missing == 0)
		return false;
	*ret = (uint16_t)__builtin_ctzll(missing);
	return true;
}

int l2tp_message_parse(const uint8_t *data, size_t len, struct l2tp_hiding *hiding,
		       struct l2tp_message *ret, struct l2tp_offender *ret_offender)
{
	struct cursor c = cursor_init(data, len);
	struct l2tp_message m = {};

	hiding->vector = (struct chunk){};
	hiding->used = 0;
	*ret_offender = (struct l2tp_offender){};
	int r = read_type(&c, &m.type, &m.mandatory);
	if (r != 0)
		return r;

	const struct message_rule *rule = find_rule(m.type);
	if (!rule)
		return m.mandatory ? L2TP_MESSAGE_UNKNOWN_TYPE : L2TP_MESSAGE_IGNORE;

	r = take_avps(rule, &c, hiding, &m, ret_offender);
	if (r < 0)
		return r;
	if (r == 0 && find_missing(rule, m.present, &ret_offender->type))
		r = L2TP_MESSAGE_MISSING;
	*ret = m;
	return r;
}

const char *l2tp_message_verdict_name(enum l2tp_message_verdict verdict)
{
	switch (verdict) {
	case L2TP_MESSAGE_OK:
		return "good";
#define X(name, words)            \
	case L2TP_MESSAGE_##name: \
		return words;
		L2TP_MESSAGE_VERDICTS(X)
#undef X
	}
	return "unknown";
}
