/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attribute-value pairs (RFC 2661 4): walking over them, appending them, and the table of those
 * that the RFC defines. Which of them a message needs is message.c's. A hidden value (4.3) is
 * handed on as it stands; hide.c reads it.
 */
#include "l2tp/avp.h"

#include <assert.h>
#include <string.h>

#include "l2tp/protocol.h"

#define ANY L2TP_AVP_VALUE_MAX

/* Name, least and most octets, M bit. */
static const struct avp_rule rules[] = {
	/* 4.4.1, 4.4.2: all control messages, results */
	[L2TP_AVP_MESSAGE_TYPE] = { "Message Type", 2, 2, true },
	[L2TP_AVP_RESULT_CODE] = { "Result Code", 2, ANY, true },
	/* 4.4.3: control connection */
	[L2TP_AVP_PROTOCOL_VERSION] = { "Protocol Version", 2, 2, true },
	[L2TP_AVP_FRAMING_CAPABILITIES] = { "Framing Capabilities", 4, 4, true },
	[L2TP_AVP_BEARER_CAPABILITIES] = { "Bearer Capabilities", 4, 4, true },
	[L2TP_AVP_TIE_BREAKER] = { "Tie Breaker", 8, 8, false },
	[L2TP_AVP_FIRMWARE_REVISION] = { "Firmware Revision", 2, 2, false },
	[L2TP_AVP_HOST_NAME] = { "Host Name", 1, ANY, true },
	[L2TP_AVP_VENDOR_NAME] = { "Vendor Name", 0, ANY, false },
	[L2TP_AVP_ASSIGNED_TUNNEL_ID] = { "Assigned Tunnel ID", 2, 2, true },
	[L2TP_AVP_RECEIVE_WINDOW_SIZE] = { "Receive Window Size", 2, 2, true },
	[L2TP_AVP_CHALLENGE] = { "Challenge", 1, ANY, true },
	[L2TP_AVP_CHALLENGE_RESPONSE] = { "Challenge Response", 16, 16, true },
	/* 4.4.4: calls */
	[L2TP_AVP_Q931_CAUSE_CODE] = { "Q.931 Cause Code", 3, ANY, true },
	[L2TP_AVP_ASSIGNED_SESSION_ID] = { "Assigned Session ID", 2, 2, true },
	[L2TP_AVP_CALL_SERIAL_NUMBER] = { "Call Serial Number", 4, 4, true },
	[L2TP_AVP_MINIMUM_BPS] = { "Minimum BPS", 4, 4, true },
	[L2TP_AVP_MAXIMUM_BPS] = { "Maximum BPS", 4, 4, true },
	[L2TP_AVP_BEARER_TYPE] = { "Bearer Type", 4, 4, true },
	[L2TP_AVP_FRAMING_TYPE] = { "Framing Type", 4, 4, true },
	[L2TP_AVP_CALLED_NUMBER] = { "Called Number", 0, ANY, true },
	[L2TP_AVP_CALLING_NUMBER] = { "Calling Number", 0, ANY, true },
	[L2TP_AVP_SUB_ADDRESS] = { "Sub-Address", 0, ANY, true },
	[L2TP_AVP_TX_CONNECT_SPEED] = { "Tx Connect Speed", 4, 4, true },
	[L2TP_AVP_PHYSICAL_CHANNEL_ID] = { "Physical Channel ID", 4, 4, false },
	[L2TP_AVP_PRIVATE_GROUP_ID] = { "Private Group ID", 0, ANY, false },
	[L2TP_AVP_RX_CONNECT_SPEED] = { "Rx Connect Speed", 4, 4, false },
	[L2TP_AVP_SEQUENCING_REQUIRED] = { "Sequencing Required", 0, 0, true },
	/* 4.4.5: proxy LCP and authentication */
	[L2TP_AVP_INITIAL_LCP_CONFREQ] = { "Initial Received LCP CONFREQ", 0, ANY, false },
	[L2TP_AVP_LAST_SENT_CONFREQ] = { "Last Sent LCP CONFREQ", 0, ANY, false },
	[L2TP_AVP_LAST_RECEIVED_CONFREQ] = { "Last Received LCP CONFREQ", 0, ANY, false },
	[L2TP_AVP_PROXY_AUTH_TYPE] = { "Proxy Authen Type", 2, 2, false },
	[L2TP_AVP_PROXY_AUTH_NAME] = { "Proxy Authen Name", 0, ANY, false },
	[L2TP_AVP_PROXY_AUTH_CHALLENGE] = { "Proxy Authen Challenge", 1, ANY, false },
	[L2TP_AVP_PROXY_AUTH_ID] = { "Proxy Authen ID", 2, 2, false },
	[L2TP_AVP_PROXY_AUTH_RESPONSE] = { "Proxy Authen Response", 0, ANY, false },
	/* 4.4.6: call status; 4.3: hiding; RFC 3145 */
	[L2TP_AVP_CALL_ERRORS] = { "Call Errors", 26, 26, true },
	[L2TP_AVP_ACCM] = { "ACCM", 10, 10, true },
	[L2TP_AVP_RANDOM_VECTOR] = { "Random Vector", 0, ANY, true },
	[L2TP_AVP_PPP_DISCONNECT_CAUSE] = { "PPP Disconnect Cause Code", 5, ANY, false },
};

const struct avp_rule *avp_find_rule(uint16_t type)
{
	if (type >= ARRAY_SIZE(rules) || !rules[type].name)
		return NULL;
	return &rules[type];
}

int avp_next(struct cursor *c, struct avp *ret)
{
	if (cursor_done(c))
		return AVP_END;

	uint16_t bits = cursor_u16(c);
	size_t length = bits & L2TP_AVP_LENGTH_MASK;
	struct avp avp = {
		.mandatory = bits & L2TP_AVP_MANDATORY,
		.hidden = bits & L2TP_AVP_HIDDEN,
		.reserved = bits & L2TP_AVP_RESERVED,
		.vendor = cursor_u16(c),
		.type = cursor_u16(c),
	};
	if (length < L2TP_AVP_HEADER_LEN)
		return AVP_BROKEN;

	avp.value = cursor_chunk(c, length - L2TP_AVP_HEADER_LEN);
	if (c->bad)
		return AVP_BROKEN;
	*ret = avp;
	return 0;
}

/* The header of an AVP whose value takes LEN octets. */
static void put_header(struct builder *b, uint16_t type, size_t len)
{
	const struct avp_rule *rule = avp_find_rule(type);

	assert(rule);
	if (len > L2TP_AVP_VALUE_MAX)
		b->overflow = true;
	builder_u16(b, (uint16_t)((rule->mandatory ? L2TP_AVP_MANDATORY : 0) |
				  ((L2TP_AVP_HEADER_LEN + len) & L2TP_AVP_LENGTH_MASK)));
	builder_u16(b, 0);
	builder_u16(b, type);
}

void avp_put_empty(struct builder *b, uint16_t type)
{
	put_header(b, type, 0);
}

void avp_put_u16(struct builder *b, uint16_t type, uint16_t v)
{
	put_header(b, type, 2);
	builder_u16(b, v);
}

void avp_put_u32(struct builder *b, uint16_t type, uint32_t v)
{
	put_header(b, type, 4);
	builder_u32(b, v);
}

void avp_put_bytes(struct builder *b, uint16_t type, const void *data, size_t len)
{
	put_header(b, type, len);
	builder_bytes(b, data, len);
}

void avp_put_result(struct builder *b, uint16_t result, uint16_t error, const char *text)
{
	size_t text_len = text ? strlen(text) : 0;

	put_header(b, L2TP_AVP_RESULT_CODE, 4 + text_len);
	builder_u16(b, result);
	builder_u16(b, error);
	builder_bytes(b, text, text_len);
}
