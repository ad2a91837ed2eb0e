/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"
#include "lib/cursor.h"
#include "ppp/method-name.h"

/*
 * PPP's control frames as pppd shows them: address, control and protocol field uncompressed, then the packet. Numbers
 * as in RFC 1661 5, RFC 1334 2.2, RFC 1994 4 and RFC 3748 4.
 */

enum ppp_protocol {
	PROTOCOL_IPCP = 0x8021,
	PROTOCOL_IPV6CP = 0x8057,
	PROTOCOL_CCP = 0x80fd,
	PROTOCOL_LCP = 0xc021,
	PROTOCOL_PAP = 0xc023,
	PROTOCOL_CHAP = 0xc223,
	PROTOCOL_EAP = 0xc227,
};

enum {
	CONFIGURE_REQUEST = 1,
	CONFIGURE_ACK = 2,
	CONFIGURE_NAK = 3,
	CONFIGURE_REJECT = 4,
	TERMINATE_REQUEST = 5,
	TERMINATE_ACK = 6,
	PROTOCOL_REJECT = 8,
	ECHO_REQUEST = 9,
	ECHO_REPLY = 10,
	PAP_REQUEST = 1,
	PAP_ACK = 2,
	PAP_NAK = 3,
	CHAP_CHALLENGE = 1,
	CHAP_RESPONSE = 2,
	CHAP_SUCCESS = 3,
	CHAP_FAILURE = 4,
	EAP_REQUEST = 1,
	EAP_RESPONSE = 2,
	EAP_SUCCESS = 3,
	EAP_FAILURE = 4,
};

/* RFC 3748 5, RFC 5216; those up to the Nak prove nothing. */
enum {
	EAP_TYPE_IDENTITY = 1,
	EAP_TYPE_NOTIFICATION = 2,
	EAP_TYPE_NAK = 3,
	EAP_TYPE_MD5 = 4,
	EAP_TYPE_TLS = 13,
	EAP_TYPE_MSCHAPV2 = 26,
};

#define FRAME_ADDRESS 0xff
#define FRAME_CONTROL 0x03
#define FRAME_ID      5 /* where a packet's number stands */

#define LCP_OPTION_AUTHENTICATION 3
#define LCP_OPTION_MAGIC	  5
#define CCP_OPTION_MPPE		  18 /* RFC 3078 2 */

/* In the four octets of MPPE's option, RFC 3078 2. */
#define MPPE_BIT_40  0x20
#define MPPE_BIT_128 0x40
#define MPPE_BIT_56  0x80

struct ppp_packet {
	uint16_t protocol;
	uint8_t code, id;
	struct chunk body; /* into the frame; padding behind it is left out */
};

/* Return: whether it is a whole packet with code, number and length. */
bool ppp_packet_parse(const uint8_t *frame, size_t len, struct ppp_packet *ret);

/* The value of the first option of that TYPE in a Configure-something. False: there is none, or they can't be read. */
bool ppp_option_find(struct chunk options, uint8_t type, struct chunk *ret);

/* Protocols that begin when the authentication is done. */
bool ppp_is_network(uint16_t protocol);

/* What a Configure-Request demands of who gets it; NONE: nothing. */
enum ppp_method ppp_method_asked(struct chunk options);
