/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Proposals in words: the notation of strongSwan and of libreswan, both in one.
 *	proposals = proposal { "," proposal } [ "!" ]
 *	proposal  = algorithm { separator algorithm }
 * Several algorithms of one kind in a proposal stand for each of them, in the order given.
 */

#include <stdbool.h>
#include <stddef.h>

#include "ike/ike.h"
#include "lib/macros.h"

#define PROPOSAL_ERROR_MAX 480
#define PROPOSAL_NAME_MAX  64

/* What ipsec-legacy=yes adds to the end of the lists. */
#define PROPOSALS_IKE_LEGACY                                                               \
	"3des-sha1-modp2048,aes256-sha1-modp1024,aes128-sha1-modp1024,3des-sha1-modp1024," \
	"aes256-sha1-modp1536,3des-md5-modp1024"
#define PROPOSALS_ESP_LEGACY "3des-sha1,aes128-md5,3des-md5"

/*
 * Read a list and append what isn't there yet to the *N ENTRIES, which have room for
 * IKE_PROPOSALS_MAX. Without an integrity algorithm SHA-256 and SHA-1 are meant, without a group
 * (phase 1) modp2048. Beside AES-GCM, which is for phase 2 only, an integrity algorithm means
 * nothing, as with strongSwan. All ESP proposals of one list have the same group, or none (RFC 2409 5.5).
 * What can't be understood or has no room is left out, as long as something of the list remains.
 * Return: 0, and ERROR has one line about the first that was left out, or is empty; -EINVAL when nothing
 * was appended for that reason.
 */
_must_check_ int proposals_parse_ike(const char *text, struct ike_proposal *entries, size_t *n,
				     char error[static PROPOSAL_ERROR_MAX]);
_must_check_ int proposals_parse_esp(const char *text, struct ike_esp_proposal *entries, size_t *n,
				     char error[static PROPOSAL_ERROR_MAX]);

/* "aes256-sha256-modp2048": the notation above; returns BUF. */
const char *proposal_ike_name(const struct ike_proposal *p, char buf[static PROPOSAL_NAME_MAX]);
const char *proposal_esp_name(const struct ike_esp_proposal *p, char buf[static PROPOSAL_NAME_MAX]);

/* How much a choice is worth. */
enum proposal_grade {
	PROPOSAL_STRONG, /* AES, SHA-2, 2048 bits or elliptic curves */
	PROPOSAL_SOUND,	 /* with SHA-1, which as an HMAC holds */
	PROPOSAL_WEAK,	 /* 3DES, MD5, modp1024, modp1536: offered only when asked for */
};

enum proposal_grade proposal_ike_grade(const struct ike_proposal *p);
enum proposal_grade proposal_esp_grade(const struct ike_esp_proposal *p);
