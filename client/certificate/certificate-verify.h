/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <openssl/types.h>
#include <openssl/x509.h>

#include "ike/ike.h"
#include "lib/macros.h"

/* Whether what a gateway shows is to be believed. */

/* From the gateway's certificate to an authority, both counted. */
#define CERTIFICATE_DEPTH_MAX 6

struct certificate_trust {
	X509_STORE *store; /* authorities, and revocation lists when there are any */
	bool revocation; /* the gateway's certificate must not be on a list, and there must be one */
	const char *gateway;
	bool remote_id_given;
	struct ike_id remote_id;
};

/*
 * Judges chain, use, strength, name, identity and signature, in this order.
 * Return: 0; an enum ike_refusal, and WORDS (SIZE octets) say what about it; -ENOMEM.
 */
_must_check_ int certificate_verify(const struct certificate_trust *trust,
				    const struct ike_peer_proof *proof, char *words, size_t size);

/* A name as "C=JP, O=Office", its control characters and what is no ASCII escaped. Returns BUF. */
const char *certificate_name(const X509_NAME *name, char *buf, size_t size);
