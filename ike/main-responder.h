/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A main mode that the gateway begins. */

#include <stdint.h>

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"

/* The one with this cookie that isn't completed, or NULL. */
struct ike_sa *main_begun(struct ike *ike, const uint8_t cookie_i[static ISAKMP_COOKIE_LEN]);

/* To be told of every repetition of an exchange's message: of ours in such a one there are few. */
void main_repeated(struct ike_exchange *ex);
_must_check_ int main_respond(struct ike *ike, struct incoming *in);
_must_check_ int main_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_5(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
