/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A small authority for tests: keys and certificates made in the process. Failures abort. */

#include <stdbool.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/x509.h>

/* "rsa:2048", "rsa:1024", "rsa:2048:3" (the exponent), "P-256", "P-384", "P-521", "ed25519". */
EVP_PKEY *pki_key(const char *kind);

struct pki_wish {
	const char *subject;	/* of one CN */
	const char *extensions; /* "name=value" lines in OpenSSL's notation, or NULL */
	X509 *issuer;		/* NULL: self-signed */
	EVP_PKEY *issuer_key;
	long from, until;   /* seconds from now; both 0: a day around now */
	const char *digest; /* NULL: SHA256 */
};

X509 *pki_certificate(EVP_PKEY *key, const struct pki_wish *wish);

/* A list of the issuer's with this certificate on it (or NULL), valid from now for that long. */
X509_CRL *pki_crl(X509 *issuer, EVP_PKEY *key, X509 *revoked, long until);

/*
 * Writes a PKCS #12 file as Windows and macOS do: RC2-40 for all. CHAIN may be NULL. False where OpenSSL has
 * no legacy provider.
 */
bool pki_write_old_pkcs12(FILE *file, const char *passphrase, EVP_PKEY *key, X509 *cert,
			  STACK_OF(X509) * chain);
