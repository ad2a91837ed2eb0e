/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <openssl/types.h>

#include "ike/ike.h"
#include "lib/chunk.h"
#include "lib/macros.h"

/* RSA keys have at least so many bits, and an exponent of at least this. */
#define SIGNATURE_RSA_BITS_MIN	   2048
#define SIGNATURE_RSA_BITS_MAX	   4096
#define SIGNATURE_RSA_EXPONENT_MIN 65537

/*
 * The signatures of phase 1: RSA by PKCS #1 v1.5 over the bare hash, without the name of the hash
 * that other protocols put before it (RFC 2409 5.1), and ECDSA as r|s (RFC 4754 7).
 */

/*
 * The method that the key can do. Return: 0; -EOPNOTSUPP for other kinds of keys and curves;
 * -EKEYREJECTED for an RSA key of another size or with a small exponent.
 */
_must_check_ int signature_method(EVP_PKEY *key, enum ike_auth_method *ret);

/* Signs HASH; RET has room for IKE_SIGNATURE_MAX octets. Return: 0; -EIO; -EMSGSIZE. */
_must_check_ int signature_make(EVP_PKEY *key, enum ike_auth_method method, struct chunk hash,
				uint8_t *ret, size_t *ret_len);

/* Whether the signature is that of exactly this hash, in the one encoding that there is. */
bool signature_valid(EVP_PKEY *key, enum ike_auth_method method, struct chunk hash,
		     struct chunk signature);
