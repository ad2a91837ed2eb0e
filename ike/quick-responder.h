/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A quick mode that the gateway begins. */

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"

_must_check_ int quick_respond(struct ike *ike, struct ike_sa *sa, struct incoming *in);
_must_check_ int quick_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
