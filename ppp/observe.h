/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ppp/findings.h"

/*
 * Reads PPP's frames and says what they show. A core: it knows neither pppd nor time. Frames are pppd's (ppp/frame.h);
 * whatever comes, the findings stay what a reader of them expects.
 */

/* The zero value is the beginning. */
struct ppp_observe {
	unsigned int
		mppe_demand; /* by the profile: PPP_MPPE_40, PPP_MPPE_128, or both where any will do */
	struct ppp_findings found;
	/* Who has acknowledged whose Configure-Request: LCP, IPCP, IPv6CP. */
	struct ppp_agreement {
		bool ours, theirs;
	} lcp, ipcp, ipv6cp;
	enum ppp_method wanted; /* by the gateway, in what it said last */
	bool ending;		/* we have said so first */
	bool asked;		/* an Echo-Request of ours has no answer yet */
	bool mppe_wanted;	/* by us, in CCP */
	unsigned int mppe_in,
		mppe_out; /* agreed on for what comes, and for what leaves; 0: not yet */
	bool ccp_without; /* the gateway asked for compression, and not for MPPE */
};

void ppp_observe_sent(struct ppp_observe *o, const uint8_t *frame, size_t len);
void ppp_observe_received(struct ppp_observe *o, const uint8_t *frame, size_t len);
