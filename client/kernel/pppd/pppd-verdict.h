/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/failure/failure.h"
#include "client/kernel/pppd/pppd-log.h"
#include "lib/latin1.h"
#include "ppp/findings.h"

/* Why PPP ended. Pure functions. */

struct pppd_evidence {
	const struct ppp_findings *found; /* what the frames show; NULL: nobody has told */
	const struct pppd_log *log;
	bool up;		 /* PPP had come up */
	enum latin1_fit letters; /* of the password that was sent */
};

/* Why PPP ends, by what is known so far; CAUSE_NONE: nothing. ENDED: the gateway has cleared the call. */
void pppd_reason(const struct pppd_evidence *e, bool ended, struct failure *ret);

/*
 * Why pppd ended. CODE is CLD_EXITED or another, STATUS the exit status or signal, as from waitid(). ASKED: we told it
 * to end.
 */
void pppd_verdict(const struct pppd_evidence *e, int code, int status, bool asked,
		  struct failure *ret);
