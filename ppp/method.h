/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ppp/findings.h"
#include "ppp/method-name.h"

/*
 * By which method we prove who we are: the strongest that both sides know, whichever the gateway asks for first. A core:
 * it is shown the gateway's Configure-Requests before pppd is, and says which methods pppd may acknowledge just then; to
 * all others pppd answers with a Nak that proposes the strongest of those.
 *
 * Some gateways take what is proposed, some go on to the next of a list of their own: so as long as one comes with
 * something new, the strongest is proposed. When it comes again with what it had before, it knows no better: then the next
 * one is proposed, and what it asks for is taken when nothing stronger is left. Some end the connection in place of coming
 * again (pppd itself does, as a server): then the next attempt is begun with the best that was asked for.
 */
struct ppp_choice {
	uint16_t allowed; /* methods by the profile, a bit for each */
	enum ppp_method
		known; /* the best that the gateway has, as far as that is known; NONE: it isn't */
	uint16_t seen; /* asked for since the beginning */
	enum ppp_method asked;	/* in the last request */
	uint8_t id;		/* its number */
	uint16_t answer;	/* to it */
	uint16_t acknowledged;	/* what pppd may acknowledge since; 0: whatever it has itself */
	unsigned int strongest; /* so often was proposed */
	unsigned int next;	/* of the list of proposals */
};

/* ALLOWED: the profile's methods; KNOWN: the gateway's best, or NONE. */
void ppp_choice_init(struct ppp_choice *c, uint16_t allowed, enum ppp_method known);

/* A frame that came. Return: the methods that pppd may acknowledge; 0: it is no request of LCP's. */
uint16_t ppp_choice_received(struct ppp_choice *c, const uint8_t *frame, size_t len);

/*
 * A frame that leaves. Return: the methods, once more, if it is a request of LCP's: when pppd makes a new one it has forgotten
 * them, and may read the gateway's only after that. 0: nothing changes.
 */
uint16_t ppp_choice_sent(const struct ppp_choice *c, const uint8_t *frame, size_t len);

/*
 * What is left with a gateway that hasn't come to an agreement with us and has ended: the strongest method that it asked for,
 * of those that are allowed. NONE: there is none, or nothing of what it asked for was declined.
 */
enum ppp_method ppp_method_fallback(const struct ppp_findings *found, uint16_t allowed);

/*
 * Whether EAP was agreed on and has ended before anything that proves who we are was sent, as it does when no type of it is known to
 * both, and the profile ALLOWS something else.
 */
bool ppp_method_eap_is_vain(const struct ppp_findings *found, uint16_t allowed);

#define PPP_EAP_NAK_LEN 10 /* a frame */

/*
 * Our answer in pppd's place to an EAP packet of the gateway's (without the frame's first four octets): to a request for
 * EAP-TLS, when there is no CERTIFICATE, a Nak that asks for MS-CHAPv2, which is what pppd means to say. 2.5 crashes some
 * messages later, having begun with what it can't have.
 * Return: the length of the frame in RET; 0: pppd answers itself.
 */
size_t ppp_method_refuse_tls(const uint8_t *packet, size_t len, bool certificate,
			     uint8_t ret[static PPP_EAP_NAK_LEN]);

/* Its name, as everybody writes it. */
const char *ppp_method_name(enum ppp_method method);

/* Whether A is the stronger one. */
bool ppp_method_is_stronger(enum ppp_method a, enum ppp_method b);
