/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "client/profile/proposals.h"

/* What the cryptography that was agreed on is worth, in words for whoever uses it. */

#define GRADE_WORDS_MAX 256

/* "strong", "sound", "weak". */
const char *grade_name(enum proposal_grade grade);

/*
 * The lesser of both phases' grades, and what it is for: "3DES and modp1024 in phase 1; MD5 in phase
 * 2", or nothing when it is strong. Either may be NULL: not agreed yet.
 */
enum proposal_grade grade_of(const struct ike_proposal *phase1,
			     const struct ike_esp_proposal *phase2,
			     char reason[static GRADE_WORDS_MAX]);

/* What to ask the gateway's administrator for; empty when there is nothing to ask. */
const char *grade_advice(enum proposal_grade grade);
