/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The rungs that a connection climbs, as `tsunagu diagnose` shows them: a view on an attempt, without
 * I/O. What is observed decides rungs; a rung that is decided stays so, and they are shown in order.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/connection/connection-info.h"
#include "client/profile/profile.h"
#include "client/run/tunnel-findings.h"
#include "lib/macros.h"

#define LADDER_TEXT_MAX	       FAILURE_DETAIL_MAX
#define LADDER_SUGGESTIONS_MAX 8
#define LADDER_LINE_MAX	       96

#define RUNGS(X)                                                                          \
	X(NAME, "name", N_("gateway's name"), STAGE_NAME)                                 \
	X(ROUTE, "route", N_("way to it"), STAGE_ROUTE)                                   \
	X(UDP500, "udp500", N_("UDP 500"), STAGE_UDP500)                                  \
	X(NAT, "nat", N_("NAT"), STAGE_NONE)                                              \
	X(UDP4500, "udp4500", N_("UDP 4500"), STAGE_UDP4500)                              \
	X(VENDOR, "vendor", N_("vendor"), STAGE_NONE)                                     \
	X(PROPOSALS, "proposals", N_("phase 1 algorithms"), STAGE_PHASE1)                 \
	X(AUTHENTICATION, "authentication", N_("key and identity"), STAGE_AUTHENTICATION) \
	X(PHASE2, "phase2", N_("phase 2"), STAGE_PHASE2)                                  \
	X(ESP, "esp", N_("ESP both ways"), STAGE_ESP)                                     \
	X(L2TP, "l2tp", N_("L2TP"), STAGE_L2TP)                                           \
	X(PPP, "ppp", N_("PPP"), STAGE_PPP)                                               \
	X(PPP_AUTH, "ppp-auth", N_("user and password"), STAGE_PPP_AUTH)                  \
	X(ADDRESS, "address", N_("address"), STAGE_ADDRESS)                               \
	X(MTU, "mtu", N_("large packets"), STAGE_MTU)                                     \
	X(DNS, "dns", N_("name servers"), STAGE_DNS)

enum rung {
#define X(name, id, words, stage) RUNG_##name,
	RUNGS(X)
#undef X
	RUNG_COUNT,
};

enum rung_result {
	RUNG_UNDECIDED,
	RUNG_OK,
	RUNG_FAILED,
	RUNG_NOT_TESTED,
};

struct ladder {
	struct {
		enum rung_result result;
		char text[LADDER_TEXT_MAX]; /* the evidence, or why it was not tested */
	} rungs[RUNG_COUNT];
	size_t shown; /* so many were taken by ladder_next() */
};

/* Decides what can be told from the connection as it is now. */
void ladder_observe(struct ladder *l, const struct connection_info *info,
		    const struct connection_counters *counters);

/* Decides the rungs within the tunnel, and names what is wrong there. False: nothing is. */
bool ladder_checked(struct ladder *l, const struct tunnel_findings *findings,
		    struct failure *ret_failure);

/*
 * The attempt is over: F's rung failed (cause NONE: none did), and what is not decided was not tested;
 * MISSING is what was lacking for it, or NULL.
 */
void ladder_end(struct ladder *l, const struct failure *f, const char *missing);

/* The next rung to be shown, if those before it are decided. */
bool ladder_next(struct ladder *l, enum rung *ret);

/* "udp500", "UDP 500"; "ok", "failed", "not-tested", "not tested". */
const char *rung_id(enum rung rung);
const char *rung_words(enum rung rung);
const char *rung_result_id(enum rung_result result);
const char *rung_result_words(enum rung_result result);

/* What to put into the profile: sections and lines. From evidence only. */
struct suggestions {
	size_t n;
	struct {
		const char *section;
		char line[LADDER_LINE_MAX];
	} lines[LADDER_SUGGESTIONS_MAX];
};

void ladder_suggest(const struct profile *profile, const struct connection_info *info,
		    const struct tunnel_findings *findings, const struct failure *f,
		    struct suggestions *ret);
