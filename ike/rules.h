/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "ike/payload.h"

/* The messages that we take, by exchange and step. In main mode 1, 3 and 5 are as 2, 4 and 6. */
enum rules_message {
	RULES_MM2,
	RULES_MM4,
	RULES_MM6,
	RULES_MM6_SIG,
	RULES_QM1,
	RULES_QM2,
	RULES_QM3,
	RULES_QM4,
	RULES_INFO,
	RULES_INFO_CLEAR,
	RULES_TRANSACTION,
};

/* Whether the message must be encrypted. */
bool rules_encrypted(enum rules_message message);

/*
 * Whether the message has what it must have, and nothing that must not be there.
 * Return: 0; IKE_DROP_PAYLOADS.
 */
_must_check_ int rules_check(enum rules_message message, const struct payloads *list);
