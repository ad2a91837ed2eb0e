/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The key schedule of IKEv1 (RFC 2409): every value that is computed from keys, and nothing else.
 * Names are the RFC's: `_b` is a payload's body without its generic header. Every function returns
 * 0 or a negative errno of the crypto, and writes its results only on success.
 */

#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "lib/chunk.h"
#include "lib/macros.h"
#include "lib/secret.h"

#define KEYMAT_HASH_MAX	  64 /* octets of SHA-512 */
#define KEYMAT_BLOCK_MAX  16 /* octets of an AES block, and so of an IV */
#define KEYMAT_COOKIE_LEN 8

/* The keys of phase 1 (RFC 2409 5). */
struct keymat_phase1 {
	struct secret skeyid;	/* of phase 1's authentication hashes */
	struct secret skeyid_d; /* of the keys for other protocols */
	struct secret skeyid_a; /* of the hashes in phase 2 and informational exchanges */
	struct secret skeyid_e; /* of the cipher key */
};

/* What HASH_I and HASH_R are computed over, besides SKEYID (RFC 2409 5). */
struct keymat_auth {
	struct chunk g_xi, g_xr;      /* the KE payloads' bodies */
	const uint8_t *cky_i, *cky_r; /* KEYMAT_COOKIE_LEN octets each */
	struct chunk sai_b;	      /* the initiator's whole offer, in both hashes */
	struct chunk id_b; /* of the one who proves: IDii_b for HASH_I, IDir_b for HASH_R */
};

/* What an SA's KEYMAT is computed over, besides SKEYID_d (RFC 2409 5.5). */
struct keymat_child {
	struct chunk g_qm_xy; /* the quick mode's own shared value with PFS, else empty */
	uint8_t protocol;     /* as in the proposal: 3 for ESP */
	uint32_t spi;	      /* host order; the one that the SA's receiver chose */
	struct chunk ni_b, nr_b;
};

/* Octets of the hash and so of the prf; 0 for none and for an unknown one. */
size_t keymat_hash_len(enum ike_hash hash);

/* Octets of the cipher's block in phase 1; 0 for one that has no place there. */
size_t keymat_block_len(enum ike_encr encr);

/*
 * Octets that the cipher takes of the key material: its key, and AES-GCM's salt (RFC 4106 8.1).
 * 0 for an unknown cipher or a key length that it doesn't have.
 */
size_t keymat_key_len(enum ike_encr encr, uint16_t key_bits);

/* Wipes all four keys. Accepts NULL. */
void keymat_phase1_clear(struct keymat_phase1 *keys);

/* prf(KEY, parts), which is HMAC with the negotiated hash. */
_must_check_ int keymat_prf(const struct ike_crypto *crypto, enum ike_hash hash, struct chunk key,
			    const struct chunk *parts, size_t n_parts,
			    uint8_t ret[static KEYMAT_HASH_MAX]);

/* SKEYID for pre-shared keys: prf(psk, Ni_b | Nr_b) (RFC 2409 5.4). */
_must_check_ int keymat_skeyid_psk(const struct ike_crypto *crypto, enum ike_hash hash,
				   struct chunk psk, struct chunk ni_b, struct chunk nr_b,
				   struct secret *ret);

/* SKEYID for signatures: prf(Ni_b | Nr_b, g^xy) (RFC 2409 5.1). -EMSGSIZE: nonces above SECRET_MAX.
 */
_must_check_ int keymat_skeyid_sig(const struct ike_crypto *crypto, enum ike_hash hash,
				   struct chunk ni_b, struct chunk nr_b, struct chunk g_xy,
				   struct secret *ret);

/* SKEYID_d, _a and _e (RFC 2409 5) from SKEYID, which is copied into the result. */
_must_check_ int keymat_phase1(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid, struct chunk g_xy,
			       const uint8_t cky_i[static KEYMAT_COOKIE_LEN],
			       const uint8_t cky_r[static KEYMAT_COOKIE_LEN],
			       struct keymat_phase1 *ret);

/* Phase 1's cipher key from SKEYID_e (RFC 2409 appendix B). -EINVAL: no such cipher. */
_must_check_ int keymat_cipher_key(const struct ike_crypto *crypto, enum ike_hash hash,
				   const struct secret *skeyid_e, enum ike_encr encr,
				   uint16_t key_bits, struct secret *ret);

/* Phase 1's first IV: hash(g^xi | g^xr), of which the cipher takes its block's length from the
 * front. */
_must_check_ int keymat_phase1_iv(const struct ike_crypto *crypto, enum ike_hash hash,
				  struct chunk g_xi, struct chunk g_xr,
				  uint8_t ret[static KEYMAT_BLOCK_MAX]);

/* The first IV of a phase 2 or informational exchange: hash(phase 1's last cipher block | M-ID). */
_must_check_ int keymat_phase2_iv(const struct ike_crypto *crypto, enum ike_hash hash,
				  struct chunk last_block, uint32_t message_id,
				  uint8_t ret[static KEYMAT_BLOCK_MAX]);

/* The initiator's and the responder's proof of phase 1; keymat_hash_len() octets. */
_must_check_ int keymat_hash_i(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid, const struct keymat_auth *auth,
			       uint8_t ret[static KEYMAT_HASH_MAX]);
_must_check_ int keymat_hash_r(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid, const struct keymat_auth *auth,
			       uint8_t ret[static KEYMAT_HASH_MAX]);

/*
 * Quick mode's hashes (RFC 2409 5.5). REST is everything in the message after the HASH payload,
 * with the generic headers, without the padding. HASH(1) is an informational exchange's too (5.7).
 */
_must_check_ int keymat_hash_1(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid_a, uint32_t message_id,
			       struct chunk rest, uint8_t ret[static KEYMAT_HASH_MAX]);
_must_check_ int keymat_hash_2(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid_a, uint32_t message_id,
			       struct chunk ni_b, struct chunk rest,
			       uint8_t ret[static KEYMAT_HASH_MAX]);
_must_check_ int keymat_hash_3(const struct ike_crypto *crypto, enum ike_hash hash,
			       const struct secret *skeyid_a, uint32_t message_id,
			       struct chunk ni_b, struct chunk nr_b,
			       uint8_t ret[static KEYMAT_HASH_MAX]);

/*
 * The first LEN octets of one SA's KEYMAT; the cipher's key comes first, then that of the HMAC.
 * -EMSGSIZE: LEN above SECRET_MAX; -EINVAL: LEN is 0, since keys of nothing protect nothing.
 */
_must_check_ int keymat_child(const struct ike_crypto *crypto, enum ike_hash hash,
			      const struct secret *skeyid_d, const struct keymat_child *child,
			      size_t len, struct secret *ret);
