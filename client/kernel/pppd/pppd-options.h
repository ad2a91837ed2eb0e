/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/boundary/dataplane.h"
#include "client/kernel/pppd/pppd-info.h"
#include "lib/builder.h"
#include "lib/macros.h"

/* pppd's options as the text of an options file; no process is needed to test it. */

#define PPPD_OPTIONS_MAX      8192
#define PPPD_OPTIONS_LAST_MAX 192

struct pppd_options {
	const struct dp_ppp *ppp;
	const char *event_program; /* what pppd runs when IP is up */
	const char *event_socket;  /* whom that tells */
	struct pppd_features has;  /* this pppd */
	bool repeats;		   /* it has our plugin */
	bool keeps;		   /* the interface, whose number is `unit` */
	int unit;
	/* What pppd finds the user's certificate under, with EAP-TLS. */
	const char *ca, *cert, *key;
};

/*
 * Writes every option but the last ones; the very last names the socket and makes pppd start. The text holds
 * the password: the caller wipes the buffer.
 * Return: 0; -EINVAL for a value that has no place in an options file (control characters, a
 * password longer than pppd takes); -ENOBUFS.
 */
_must_check_ int pppd_options_write(const struct pppd_options *o, struct builder *b);

/* The lines that were held back. REPEATS: pppd has our plugin; HAS: what else it has. */
_must_check_ int pppd_options_write_last(const struct dp_link *link, bool repeats,
					 const struct pppd_features *has, int session_fd,
					 struct builder *b);

/* What the profile demands of MPPE: PPP_MPPE_40, PPP_MPPE_128, both where any will do, 0 for nothing. */
unsigned int pppd_options_mppe(const struct dp_ppp *ppp);
