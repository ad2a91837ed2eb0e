/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"
#include "ppp/method-name.h"

/*
 * What the frames of PPP have shown so far, and how the plugin in pppd tells the client of it: the whole in one datagram,
 * each time that something changed, so that one that gets lost is made good by the next.
 */

#define PPP_TEXT_MAX	 128 /* of the gateway's words, with the NUL; what is longer is cut off */
#define PPP_FINDINGS_MAX 300 /* a datagram */

/* The first octet of the datagram: no text begins with it. */
#define PPP_FINDINGS_MARK 1

/* The lengths of MPPE's keys, a bit for each. */
#define PPP_MPPE_40    (1U << 0)
#define PPP_MPPE_128   (1U << 1)
#define PPP_MPPE_OTHER (1U << 2) /* which pppd hasn't */

enum ppp_login {
	PPP_LOGIN_NONE,	    /* nothing that proves who we are has left */
	PPP_LOGIN_SENT,	    /* it has, and the gateway hasn't said anything to it */
	PPP_LOGIN_ACCEPTED, /* the gateway's last word */
	PPP_LOGIN_REFUSED,
	PPP_LOGIN_COUNT,
};

/* Of one LCP: what begins anew with that has nothing of it. */
struct ppp_findings {
	bool heard; /* something came */
	bool open;  /* LCP, for us */
	/* Methods, a bit for each: what the gateway asked for, and what we declined of it. */
	uint16_t asked, declined;
	enum ppp_method agreed; /* what we acknowledged in LCP */
	enum ppp_login login;
	enum ppp_method used;	 /* by what the proof was sent; NONE: EAP ended without one */
	unsigned int code;	 /* MS-CHAP's E= (RFC 2759 6); 0: none */
	char text[PPP_TEXT_MAX]; /* with which the gateway accepted or refused us */
	bool checking; /* the proof is out, and the gateway lives and says nothing to it */
	/* The gateway knows none of these: its Protocol-Reject of the method's protocol, of IPCP. */
	bool method_rejected, ipcp_rejected;
	/* MPPE: the gateway asked for it, we refused and nothing of IPCP has come since, it refused ours. */
	bool mppe_asked, mppe_declined, mppe_refused;
	bool mppe_unmet; /* what was agreed on, or offered, isn't the MPPE that the profile demands */
	bool ipcp_open, ipv6cp_open;
	bool silent;		     /* we ended it while an Echo-Request of ours had no answer */
	bool terminated;	     /* by the gateway, before we did */
	char farewell[PPP_TEXT_MAX]; /* what it said to that */
};

/* Writes the datagram. Return: its length. */
size_t ppp_findings_write(const struct ppp_findings *f, uint8_t ret[static PPP_FINDINGS_MAX]);

/* Reads one, strictly. Return: 0; -EBADMSG. */
_must_check_ int ppp_findings_parse(const void *data, size_t len, struct ppp_findings *ret);
