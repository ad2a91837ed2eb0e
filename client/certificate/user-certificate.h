/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/boundary/dataplane.h"
#include "client/failure/failure.h"
#include "lib/macros.h"
#include "lib/secret.h"

/*
 * The user's certificate for EAP-TLS as files in memory, in PEM and without passphrase, which is all
 * that pppd has to know to read them: it needs neither the passphrase, which it could be made to use
 * as a password, nor PKCS#12, nor a sight of the files' folders.
 */
struct user_certificate {
	int ca_fd, cert_fd, key_fd; /* -1: not there */
};

#define USER_CERTIFICATE_NONE ((struct user_certificate){ -1, -1, -1 })

/*
 * Reads the files that TLS names; PKCS#12 is known by its content and may stand for all three.
 * PASSPHRASE may be empty. *ret is the caller's: user_certificate_close().
 * Causes: PROFILE_INVALID (missing, no certificate, expired, a key that doesn't belong to it),
 * PROFILE_UNSAFE (others may read the key), SECRET_UNREADABLE (the passphrase), MEMORY, INTERNAL.
 */
_must_check_ int user_certificate_open(const struct dp_tls *tls, const struct secret *passphrase,
				       struct user_certificate *ret, struct failure *ret_failure);

void user_certificate_close(struct user_certificate *c);
