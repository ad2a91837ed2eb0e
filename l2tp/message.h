/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l2tp/hide.h"
#include "lib/chunk.h"
#include "lib/macros.h"

/* An AVP type as a bit of `present`. */
#define L2TP_AVP_BIT(type) (UINT64_C(1) << (type))

/* What a control message said. The views live as long as the datagram and what it was read with. */
struct l2tp_message {
	uint16_t type;
	bool mandatory;	  /* the M bit of the Message Type AVP */
	uint64_t present; /* L2TP_AVP_BIT()s of the AVPs below that were there and good */

	uint16_t protocol_version;
	uint16_t firmware;
	uint16_t assigned_tunnel_id;
	uint16_t assigned_session_id;
	uint16_t window;
	struct chunk host_name;
	struct chunk vendor_name;
	struct chunk challenge, challenge_response;
	uint16_t result, error;
	struct chunk error_text;
};

/* Positive results of the functions below: what is wrong with a message. */
#define L2TP_MESSAGE_VERDICTS(X)                         \
	X(NO_TYPE, "no Message Type AVP at its start")   \
	X(IGNORE, "unknown message type, not mandatory") \
	X(UNKNOWN_TYPE, "unknown message type")          \
	X(BROKEN, "AVPs that don't add up")              \
	X(UNKNOWN_AVP, "unknown mandatory AVP")          \
	X(LENGTH, "wrong length of AVP")                 \
	X(VALUE, "bad value in AVP")                     \
	X(HIDDEN, "unreadable hidden AVP")               \
	X(MISSING, "missing AVP")

enum l2tp_message_verdict {
	L2TP_MESSAGE_OK,
#define X(name, words) L2TP_MESSAGE_##name,
	L2TP_MESSAGE_VERDICTS(X)
#undef X
};

/* The AVP that a verdict is about: UNKNOWN_AVP, LENGTH, VALUE, HIDDEN, MISSING. */
struct l2tp_offender {
	uint16_t vendor, type;
};

/*
 * Reads the Message Type AVP alone, which 4.4.1 wants first. Return: 0; L2TP_MESSAGE_NO_TYPE, and
 * there is nothing in it that could be answered.
 */
_must_check_ int l2tp_message_type(const uint8_t *data, size_t len, uint16_t *ret_type,
				   bool *ret_mandatory);

/*
 * Reads the AVPs of a control message and holds them against the rules of its type. Changes nothing
 * but the results. The policy is written in message.c. HIDING has the crypto and the secret, the rest
 * of it is reset; hidden values are views into it.
 * Return: 0; a negative errno; an enum l2tp_message_verdict, and then *ret_offender says which AVP it is about (zero
 * when it is about none), and *ret, which NO_TYPE, IGNORE and UNKNOWN_TYPE leave unchanged, has
 * what could be read: the answer must be addressed to somebody.
 */
_must_check_ int l2tp_message_parse(const uint8_t *data, size_t len, struct l2tp_hiding *hiding,
				    struct l2tp_message *ret, struct l2tp_offender *ret_offender);

/* Words for a verdict; never NULL. */
const char *l2tp_message_verdict_name(enum l2tp_message_verdict verdict);
