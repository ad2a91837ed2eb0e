/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "client/dataplane.h"
#include "client/failure.h"

/* What pppd says, and how it ended, turned into a cause. Pure functions. */

/* Collects lines from pieces as a pipe delivers them. The zero value is the empty one. */
struct pppd_log {
	char line[DP_TEXT_MAX]; /* the rest of a longer one is dropped */
	size_t len;
	struct failure reason;	       /* the first reason that was found in the lines */
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

/* Looks for a reason in a line of pppd's. Return: the cause; CAUSE_NONE when it tells nothing. */
enum cause pppd_log_cause(const char *line);

/* Why PPP ends, by what pppd has said so far; CAUSE_NONE: nothing. UP: PPP had come up. */
void pppd_log_reason(const struct pppd_log *log, bool up, struct failure *ret);

/*
 * Why pppd ended: its last words, else its exit status (as from waitid(): CODE is CLD_EXITED or
 * another, STATUS the exit status or signal). ASKED: we told it to end. UP: PPP had come up.
 */
void pppd_verdict(const struct pppd_log *log, int code, int status, bool asked, bool up,
		  struct failure *ret);
