/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The authentication of phase 1, for either end. */

#include <stdbool.h>

#include "ike/message.h"
#include "ike/payload.h"
#include "ike/rules.h"
#include "ike/state.h"
#include "lib/builder.h"
#include "lib/chunk.h"
#include "lib/macros.h"
#include "lib/secret.h"

/* Whose proof it is. */
enum auth_end {
	AUTH_INITIATOR, /* IDii, HASH_I */
	AUTH_RESPONDER, /* IDir, HASH_R */
};

/* SKEYID from the SA's agreed hash, the nonces' bodies and the shared value. */
_must_check_ int auth_skeyid(const struct ike *ike, const struct ike_sa *sa, struct chunk ni_b,
			     struct chunk nr_b, struct chunk g_xy, struct secret *ret);

/* The rules of a message with the payloads that the configured method has in it. */
enum rules_message auth_rules(const struct ike *ike, enum rules_message message);

/* Appends requests for certificates of those we trust; nothing with a pre-shared key. */
void auth_request_build(const struct ike *ike, struct payload_chain *chain);

/* Tells whose certificates the peer takes. */
void auth_requests_emit(struct ike *ike, const struct payloads *list);

/* The body of our ID payload (RFC 2407 4.6.2): our address where the configuration names nothing. */
void auth_identity_build(struct builder *b, const struct ike_config *config);

/* Whether the peer's identity is the one that the configuration demands. */
bool auth_identity_demanded(const struct ike_id *demanded, const struct payload_id *id);

/* Appends our ID payload and the proof of it as END. The SA has all that was exchanged before. */
_must_check_ int auth_prove(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
			    struct outgoing *out);

/*
 * Verifies the peer's ID payload and its proof as END. With signatures what the identity may be is
 * judged as well. Return: 0; IKE_DROP_HASH; IKE_DROP_PROOF, and the reason is in the statistics;
 * IKE_DROP_MALFORMED; IKE_DROP_LIMIT; negative errno.
 */
_must_check_ int auth_verify(struct ike *ike, struct ike_sa *sa, enum auth_end end,
			     const struct incoming *in, struct payload_id *ret_id);
