/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Main mode as the initiator, and what both roles share. */

#include <stdbool.h>
#include <stdint.h>

#include "ike/message.h"
#include "ike/payload.h"
#include "ike/state.h"
#include "lib/chunk.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"

_must_check_ int main_start(struct ike *ike, nsec_t now);
_must_check_ int main_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_4(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_6(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* What messages 3 and 4 of main mode bring together. */
struct main_values {
	struct chunk g_xi, g_xr, ni_b, nr_b;
};

_must_check_ int main_cookie_random(const struct ike *ike, uint8_t ret[static ISAKMP_COOKIE_LEN]);

/* What the peer's vendor IDs announce. */
void main_vendors_take(struct ike_sa *sa, const struct payloads *list);
_must_check_ int main_detection_build(const struct ike *ike, const struct ike_sa *sa,
				      const struct endpoint *remote, struct outgoing *out);

/* Whether the peer's key exchange value or nonce can't be taken. OWN: ours, if there is one yet. */
bool main_is_weak(const struct ike_sa *sa, struct chunk value, struct chunk own,
		  struct chunk nonce);

/*
 * Derives the keys, judges about NATs and accepts the message; nothing changes unless it returns 0.
 * Return: 0; IKE_DROP_WEAK; negative errno.
 */
_must_check_ int main_values_take(struct ike *ike, struct ike_exchange *ex,
				  const struct main_values *v, const struct incoming *in);
void main_emit_natt(struct ike *ike, const struct ike_sa *sa);
void main_emit_up(struct ike *ike, const struct ike_sa *sa, const struct payload_id *id);

/* What made the keys isn't needed any more once they are proven. */
void main_forget_making(struct ike *ike, struct ike_sa *sa);
