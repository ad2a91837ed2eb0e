/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The numbers of the wire, each with the section that gives it, and the limits we set on what a
 * peer may send. RFC 2407: IPsec DOI; RFC 2408: ISAKMP; RFC 2409: IKE; RFC 3947: NAT traversal.
 */

#include <stdint.h>

/* RFC 2408 3.1: the header. */
#define ISAKMP_COOKIE_LEN 8
#define ISAKMP_HEADER_LEN 28
#define ISAKMP_VERSION	  0x10 /* major 1, minor 0 */
#define ISAKMP_PORT	  500
#define ISAKMP_PORT_NATT  4500
#define ISAKMP_MARKER_LEN 4    /* RFC 3948 2.2: the non-ESP marker, four zero octets */
#define ISAKMP_KEEPALIVE  0xff /* RFC 3948 2.3 */

enum isakmp_flag {
	ISAKMP_FLAG_ENCRYPTED = 0x01,
	ISAKMP_FLAG_COMMIT = 0x02,
	ISAKMP_FLAG_AUTH_ONLY = 0x04,
};

/* RFC 2408 3.1; RFC 2409 5.5 for quick mode. */
enum isakmp_exchange {
	ISAKMP_EXCHANGE_MAIN = 2,
	ISAKMP_EXCHANGE_AGGRESSIVE = 4, /* named for the logs; there is no code for it */
	ISAKMP_EXCHANGE_INFO = 5,
	ISAKMP_EXCHANGE_TRANSACTION = 6, /* draft-ietf-ipsec-isakmp-mode-cfg-05 3.1 */
	ISAKMP_EXCHANGE_QUICK = 32,
};

/* RFC 2408 3.1; RFC 3947 3.2 and 5.2 for NAT-D and NAT-OA, its drafts for 130 and 131. */
enum isakmp_payload {
	ISAKMP_PAYLOAD_NONE = 0,
	ISAKMP_PAYLOAD_SA = 1,
	ISAKMP_PAYLOAD_PROPOSAL = 2,
	ISAKMP_PAYLOAD_TRANSFORM = 3,
	ISAKMP_PAYLOAD_KE = 4,
	ISAKMP_PAYLOAD_ID = 5,
	ISAKMP_PAYLOAD_CERT = 6,
	ISAKMP_PAYLOAD_CERT_REQUEST = 7,
	ISAKMP_PAYLOAD_HASH = 8,
	ISAKMP_PAYLOAD_SIGNATURE = 9,
	ISAKMP_PAYLOAD_NONCE = 10,
	ISAKMP_PAYLOAD_NOTIFY = 11,
	ISAKMP_PAYLOAD_DELETE = 12,
	ISAKMP_PAYLOAD_VENDOR = 13,
	ISAKMP_PAYLOAD_ATTRIBUTES = 14, /* mode-cfg 3.2 */
	ISAKMP_PAYLOAD_NAT_D = 20,
	ISAKMP_PAYLOAD_NAT_OA = 21,
	ISAKMP_PAYLOAD_PRIVATE = 128, /* the first of the private range */
	ISAKMP_PAYLOAD_NAT_D_DRAFT = 130,
	ISAKMP_PAYLOAD_NAT_OA_DRAFT = 131,
	ISAKMP_PAYLOAD_FRAGMENT = 132, /* MS-IKEE 2.2.2 */
};

#define ISAKMP_PAYLOAD_HEADER_LEN 4 /* RFC 2408 3.2 */

/* RFC 2407 4.2, 4.4.1. */
#define ISAKMP_DOI_IPSEC	  1
#define ISAKMP_SITUATION_IDENTITY 1

enum isakmp_protocol {
	ISAKMP_PROTOCOL_ISAKMP = 1,
	ISAKMP_PROTOCOL_ESP = 3,
};

#define ISAKMP_TRANSFORM_KEY_IKE 1 /* RFC 2407 4.4.2 */

/* RFC 2407 4.4.4. */
enum isakmp_esp {
	ISAKMP_ESP_3DES = 3,
	ISAKMP_ESP_AES_CBC = 12,    /* RFC 3602 5.1 */
	ISAKMP_ESP_AES_GCM_16 = 20, /* RFC 4106 8.2 */
};

/* RFC 2408 3.3: an attribute with this bit holds its value of two octets in place of a length. */
#define ISAKMP_ATTR_SHORT 0x8000

/* RFC 2409 appendix A: attributes of phase 1. */
enum isakmp_attr1 {
	ISAKMP_ATTR1_ENCR = 1,
	ISAKMP_ATTR1_HASH = 2,
	ISAKMP_ATTR1_AUTH = 3,
	ISAKMP_ATTR1_GROUP = 4,
	ISAKMP_ATTR1_LIFE_TYPE = 11,
	ISAKMP_ATTR1_LIFE_DURATION = 12,
	ISAKMP_ATTR1_KEY_LENGTH = 14,
};

/* RFC 2409 appendix A; IANA ipsec-registry for AES and SHA-2. */
enum isakmp_encr1 {
	ISAKMP_ENCR1_3DES_CBC = 5,
	ISAKMP_ENCR1_AES_CBC = 7,
	ISAKMP_ENCR1_PRIVATE = 65001, /* the first for private use */
};

enum isakmp_hash1 {
	ISAKMP_HASH1_MD5 = 1,
	ISAKMP_HASH1_SHA1 = 2,
	ISAKMP_HASH1_SHA256 = 4,
	ISAKMP_HASH1_SHA384 = 5,
	ISAKMP_HASH1_SHA512 = 6,
};

#define ISAKMP_CERT_X509_SIGNATURE 4 /* RFC 2408 3.9, of certificates and of requests */

/* RFC 2407 4.5: attributes of phase 2. */
enum isakmp_attr2 {
	ISAKMP_ATTR2_LIFE_TYPE = 1,
	ISAKMP_ATTR2_LIFE_DURATION = 2,
	ISAKMP_ATTR2_GROUP = 3,
	ISAKMP_ATTR2_MODE = 4,
	ISAKMP_ATTR2_AUTH = 5,
	ISAKMP_ATTR2_KEY_LENGTH = 6,
};

enum isakmp_mode {
	ISAKMP_MODE_TUNNEL = 1,
	ISAKMP_MODE_TRANSPORT = 2,
	ISAKMP_MODE_UDP_TUNNEL = 3, /* RFC 3947 5.1 */
	ISAKMP_MODE_UDP_TRANSPORT = 4,
	ISAKMP_MODE_UDP_TRANSPORT_DRAFT = 61444,
};

/* RFC 2407 4.5; IANA isakmp-registry for SHA-2. */
enum isakmp_auth2 {
	ISAKMP_AUTH2_MD5 = 1,
	ISAKMP_AUTH2_SHA1 = 2,
	ISAKMP_AUTH2_SHA256 = 5,
	ISAKMP_AUTH2_SHA384 = 6,
	ISAKMP_AUTH2_SHA512 = 7,
};

/* The same numbers in both phases. */
enum isakmp_life {
	ISAKMP_LIFE_SECONDS = 1,
	ISAKMP_LIFE_KILOBYTES = 2,
};

/* RFC 2408 3.14.1; RFC 2407 4.6.3; RFC 3706 5.3. */
enum isakmp_notify {
	ISAKMP_NOTIFY_INVALID_COOKIE = 4,
	ISAKMP_NOTIFY_INVALID_MESSAGE_ID = 9,
	ISAKMP_NOTIFY_INVALID_SPI = 11,
	ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN = 14,
	ISAKMP_NOTIFY_PAYLOAD_MALFORMED = 16,
	ISAKMP_NOTIFY_INVALID_ID = 18,
	ISAKMP_NOTIFY_INVALID_HASH = 23,
	ISAKMP_NOTIFY_AUTHENTICATION_FAILED = 24,
	ISAKMP_NOTIFY_STATUS = 16384, /* below: errors; from here on: status */
	ISAKMP_NOTIFY_CONNECTED = 16384,
	ISAKMP_NOTIFY_RESPONDER_LIFETIME = 24576,
	ISAKMP_NOTIFY_REPLAY_STATUS = 24577,
	ISAKMP_NOTIFY_INITIAL_CONTACT = 24578,
	ISAKMP_NOTIFY_R_U_THERE = 36136,
	ISAKMP_NOTIFY_R_U_THERE_ACK = 36137,
};

/* mode-cfg 3.2: what a transaction's message wants. */
enum isakmp_cfg {
	ISAKMP_CFG_REQUEST = 1,
	ISAKMP_CFG_REPLY = 2,
	ISAKMP_CFG_SET = 3,
	ISAKMP_CFG_ACK = 4,
};

/* draft-beaulieu-ike-xauth-02 4: from XAUTH-TYPE to XAUTH-ANSWER, in the private range of mode-cfg's attributes. */
#define ISAKMP_XAUTH_FIRST 16520
#define ISAKMP_XAUTH_LAST  16529

#define ISAKMP_SPI_LEN	  4			  /* of ESP; RFC 2407 4.6.3 */
#define ISAKMP_SPI_MIN	  0x100			  /* RFC 4303 2.1: 1 to 255 are reserved */
#define ISAKMP_COOKIE_SPI (2 * ISAKMP_COOKIE_LEN) /* an ISAKMP SA named by its cookies */

/* RFC 2409 5: nonces are 8 to 256 octets long. */
#define ISAKMP_NONCE_MIN 8
#define ISAKMP_NONCE_MAX 256

/* What we take from a peer at most. */
#define ISAKMP_PAYLOADS_MAX   32  /* in a message */
#define ISAKMP_PROPOSALS_MAX  16  /* in an SA payload */
#define ISAKMP_TRANSFORMS_MAX 64  /* in an SA payload, over all its proposals */
#define ISAKMP_ATTRIBUTES_MAX 16  /* in a transform */
#define ISAKMP_SPIS_MAX	      32  /* in a delete payload */
#define ISAKMP_KE_MAX	      512 /* modp4096 */
