/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What repeat.c and observe.c read in frames. Nothing is believed here, and nothing is kept. */
#include "ppp/frame.h"

/* CHAP's algorithms: RFC 1994 3, RFC 2433 3, RFC 2759 3 */
#define CHAP_MD5      5
#define CHAP_MSCHAP   0x80
#define CHAP_MSCHAPV2 0x81

bool ppp_packet_parse(const uint8_t *frame, size_t len, struct ppp_packet *ret)
{
	struct cursor c = cursor_init(frame, len);
	bool plain = cursor_u8(&c) == FRAME_ADDRESS;

	plain = cursor_u8(&c) == FRAME_CONTROL && plain;
	ret->protocol = cursor_u16(&c);
	ret->code = cursor_u8(&c);
	ret->id = cursor_u8(&c);
	uint16_t length = cursor_u16(&c);
	if (c.bad || !plain || length < 4)
		return false;
	ret->body = cursor_chunk(&c, (size_t)length - 4);
	return !c.bad;
}

bool ppp_option_find(struct chunk options, uint8_t type, struct chunk *ret)
{
	struct cursor c = cursor_init(options.data, options.len);

	while (cursor_left(&c) > 0) {
		uint8_t of_type = cursor_u8(&c), len = cursor_u8(&c);

		if (c.bad || len < 2)
			return false;
		struct chunk value = cursor_chunk(&c, (size_t)len - 2);
		if (c.bad)
			return false;
		if (of_type != type)
			continue;
		*ret = value;
		return true;
	}
	return false;
}

bool ppp_is_network(uint16_t protocol)
{
	return protocol == PROTOCOL_IPCP || protocol == PROTOCOL_IPV6CP || protocol == PROTOCOL_CCP;
}

static enum ppp_method chap_method(uint8_t algorithm)
{
	switch (algorithm) {
	case CHAP_MD5:
		return PPP_METHOD_CHAP;
	case CHAP_MSCHAP:
		return PPP_METHOD_MSCHAP;
	case CHAP_MSCHAPV2:
		return PPP_METHOD_MSCHAPV2;
	default:
		return PPP_METHOD_OTHER;
	}
}

enum ppp_method ppp_method_asked(struct chunk options)
{
	struct chunk value;

	if (!ppp_option_find(options, LCP_OPTION_AUTHENTICATION, &value))
		return PPP_METHOD_NONE;
	struct cursor c = cursor_init(value.data, value.len);
	switch (cursor_u16(&c)) {
	case PROTOCOL_PAP:
		return PPP_METHOD_PAP;
	case PROTOCOL_CHAP:
		return chap_method(cursor_u8(&c));
	case PROTOCOL_EAP:
		return PPP_METHOD_EAP;
	default:
		return PPP_METHOD_OTHER;
	}
}
