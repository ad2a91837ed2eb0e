/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Phase 1 SAs: which of them is in use, and how long a replaced one stays. */

#include <stdbool.h>

#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* The pair that was made under it isn't sent by any more; accepts NULL. */
void phase1_let_go(const struct ike *ike, struct ike_sa *sa, nsec_t now);

/* It is up: it becomes the one in use, unless SPARE. */
_must_check_ int phase1_up(struct ike *ike, struct ike_sa *sa, bool spare, nsec_t now);

/* Makes it the one in use. */
_must_check_ int phase1_take(struct ike *ike, struct ike_sa *sa, nsec_t now);

/* Whether it is a main mode of ours on the way. */
bool phase1_on_the_way(const struct ike_exchange *ex);

/* How long our quick mode may be silent before phase 1 is in doubt: less when the pair nears its end. */
nsec_t phase1_patience(struct ike *ike, const struct ike_exchange *ex);
