/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Keys and certificates under encryption that OpenSSL has put away: RC2 and DES. */

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#include "lib/macros.h"
#include "lib/secret.h"

/* What was in the file, none of it bound to the legacy provider; NULL: not there. */
struct legacy_items {
	EVP_PKEY *key;
	X509 *cert;		/* the key's own */
	STACK_OF(X509) * chain; /* the others */
};

/*
 * Whether OpenSSL's last errors say that an algorithm isn't to be had. Empties the list of errors, so it is
 * asked once, behind what failed.
 */
bool legacy_is_wanted(void);

/*
 * Reads PKCS #12, or a key in PEM, of LEN octets. The legacy provider is there only meanwhile, for this
 * alone. *ret is the caller's: legacy_items_clear().
 * Return: 0; -ENOPKG when the machine has no legacy provider; -EACCES when the passphrase doesn't open it;
 * -ENOMEM.
 */
_must_check_ int legacy_read(const void *data, size_t len, const struct secret *passphrase,
			     struct legacy_items *ret);

/* What to do when it is -ENOPKG, in the user's language. */
const char *legacy_advice(void);

void legacy_items_clear(struct legacy_items *items);
