/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the gateway tells by informational exchanges. */

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"

/* Any informational message. Return: 0; an enum ike_drop; negative errno. */
_must_check_ int info_input(struct ike *ike, struct ike_sa *sa, struct incoming *in);
