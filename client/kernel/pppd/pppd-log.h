/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "client/boundary/dataplane.h"
#include "client/failure/failure.h"

/* What pppd says. Pure functions; what it means together with all else is pppd-verdict.h's. */

/* Collects lines from pieces as a pipe delivers them. The zero value is the empty one. */
struct pppd_log {
	char line[DP_TEXT_MAX]; /* the rest of a longer one is dropped */
	size_t len;
	struct failure machine;	       /* the first trouble of this machine in the lines */
	struct failure peer;	       /* the first reason that is the gateway's */
	bool authenticated;	       /* the gateway took the password */
	struct endpoint local6, peer6; /* IPv6CP's result, once it was told */
};

/*
 * Takes the next octet. True when a line is complete: it is in log->line, without the newline and
 * with unprintable octets replaced, until the next call. Empty lines are not reported.
 */
bool pppd_log_put(struct pppd_log *log, char c);

/*
 * Whether log->line ends what pppd tells of IPv6CP's result, which it tells nowhere else without one
 * more process: log->local6 and log->peer6 are known then.
 */
bool pppd_log_ipv6(struct pppd_log *log);

/* Whether our plugin says in the line that the gateway owes something. */
bool pppd_log_missing(const char *line);

/* PPP came up: what was said of the way there is no reason for anything any more. */
void pppd_log_up(struct pppd_log *log);
