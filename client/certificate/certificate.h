/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/failure/failure.h"
#include "ike/ike.h"
#include "lib/macros.h"
#include "lib/secret.h"

/* Authentication by certificates: our key and chain, and whom we believe. */

#define CERTIFICATE_WORDS_MAX 256 /* as CONNECTION_AUTHORITY_MAX */

/* Everything is a path or a pkcs11: URI; texts stay the caller's while certificate_load() runs. */
struct certificate_request {
	const char *ca;	  /* authorities that we trust, none of the system's */
	const char *cert; /* ours, and what leads to an authority */
	const char *key;
	const char *crl; /* revocation lists, or empty */
	const struct secret *passphrase;
	const char *gateway;  /* as the user names it */
	bool remote_id_given; /* the profile says whom it wants, with IKE_ID_ANY anybody */
	struct ike_id remote_id;
};

struct certificate;

/*
 * Reads and checks all of it. *ret is the caller's: certificate_free().
 * Return: 0; a negative errno, and *ret_failure has CAUSE_CERT_FILE, CERT_PASSPHRASE,
 * CERT_KEY, PROFILE_UNSAFE or MEMORY.
 */
_must_check_ int certificate_load(const struct certificate_request *request,
				  struct certificate **ret, struct failure *ret_failure);

/* Wipes and frees. Accepts NULL. Returns NULL. */
struct certificate *certificate_free(struct certificate *c);

/* For the engine: methods, chain and the two functions. Lives as long as C. */
const struct ike_auth *certificate_auth(const struct certificate *c);

/* Our certificate's subject, for who has no other identity. */
const struct ike_id *certificate_subject(const struct certificate *c);

/* What the last refusal was about, in a few words without control characters; changes with each. */
const char *certificate_words(const struct certificate *c);

/*
 * Whether a certificate of ours was issued by the authority whose name a gateway sends (DER), or by
 * one that leads to it. USERDATA is that of certificate_auth(); RET is the name for people to read.
 */
bool certificate_issued_by(void *userdata, const struct ike_id *authority,
			   char ret[static CERTIFICATE_WORDS_MAX]);

/* What is to be said of our own certificate, which hinders nothing here; or empty. */
const char *certificate_warning(const struct certificate *c);
