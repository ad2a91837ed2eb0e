/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/ike.h"
#include "wire.h"

/*
 * A table of cryptographic functions that gives the same values in every run: the random octets
 * come from PRNG, which must outlive the table, and the key exchange is one in a field of 61 bits,
 * in the sizes of the real groups, that costs nothing and protects nothing. Hashes and ciphers are
 * OpenSSL's.
 */
struct ike_crypto toy_crypto(struct prng *prng);
