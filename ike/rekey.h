/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* When what stands is replaced, and when it goes. */

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* Phase 1 is no more; another one is used, or begun. */
_must_check_ int rekey_sa_gone(struct ike *ike, struct ike_sa *sa, nsec_t now);

/* To be told of every repetition of an exchange's message. Return: 0; negative errno. */
_must_check_ int rekey_main_silent(struct ike *ike, const struct ike_exchange *ex, nsec_t now);
nsec_t rekey_deadline(const struct ike *ike);
_must_check_ int rekey_timeout(struct ike *ike, nsec_t now);
