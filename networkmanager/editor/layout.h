/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which key stands where in the form. Everything else about a key is in its row of the profile's table. */

#include <stddef.h>

enum page {
	PAGE_CONNECTION, /* what everybody needs */
	PAGE_IPSEC,
	PAGE_PPP,
	PAGES,
};

/* When a row is seen. */
enum when {
	ALWAYS,
	IF_SET,	  /* an old name, or of little use: only where somebody has it */
	IF_WRONG, /* it can have one value only */
	WITH_PASSWORD,
	WITH_USER_CERTIFICATE,
	WITH_PSK,
	WITH_MACHINE_CERTIFICATE,
};

struct layout_row {
	enum page page;
	enum when when;
	const char *heading; /* begins a part of the page; then the rest isn't there */
	const char *key;     /* of [vpn] or [vpn-secrets] */
	/* Of a certificate: its key's name, and its passphrase's; NULL: none. */
	const char *cert_key, *secret;
	const char *kind; /* of a certificate: whose it is */
};

extern const struct layout_row layout[];
extern const size_t n_layout;

/* What the switch between the pages says. */
extern const char *const layout_pages[PAGES];
