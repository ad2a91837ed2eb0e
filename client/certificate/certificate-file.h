/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <openssl/types.h>

#include "client/failure/failure.h"
#include "lib/macros.h"
#include "lib/secret.h"

#define CERTIFICATE_ITEMS_MAX 32		/* of one kind, in one file */
#define CERTIFICATE_FILE_MAX  (size_t)(1 << 20) /* octets */

/* What a file or a token holds. */
struct certificate_items {
	X509 *certs[CERTIFICATE_ITEMS_MAX];
	size_t n_certs;
	X509_CRL *crls[CERTIFICATE_ITEMS_MAX];
	size_t n_crls;
	EVP_PKEY *key; /* the first private key, or NULL */
};

/*
 * Reads PEM, DER or PKCS #12 from a file (a path, or a file: URI), or what a pkcs11: URI names, from
 * a token through OpenSSL's provider for that. The file must belong to root or the caller; with a
 * private key in it nobody else may read it. PASSPHRASE may be empty. KEY is the profile's key, for
 * messages. *ret is the caller's: certificate_items_clear().
 * Return: 0; a negative errno, and *ret_failure has CAUSE_CERT_FILE,
 * CAUSE_CERT_PASSPHRASE or CAUSE_PROFILE_UNSAFE.
 */
_must_check_ int certificate_read(const char *key, const char *location,
				  const struct secret *passphrase, struct certificate_items *ret,
				  struct failure *ret_failure);

/* Frees all of them. Accepts what was never read. */
void certificate_items_clear(struct certificate_items *items);
