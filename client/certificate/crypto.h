/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/ike.h"
#include "l2tp/l2tp.h"

/*
 * The engines' cryptography by OpenSSL's default provider. It needs no userdata and keeps no state.
 * Errors: -EINVAL for arguments that the caller must not give (unknown algorithm, key or text of a
 * wrong length); -EBADMSG for a peer's key exchange value that is none; -EIO when OpenSSL fails.
 */
extern const struct ike_crypto crypto_openssl;
extern const struct l2tp_crypto crypto_openssl_l2tp;
