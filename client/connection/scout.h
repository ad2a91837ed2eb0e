/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Asks the gateway what silence and refusals don't tell: whether UDP 4500 is open at all, and what it
 * would take in phase 1. Each question is one message of main mode and its answer, by an IKE engine
 * that only asks; one question at a time, few in all: what the gateway accepts costs it a half-open
 * SA for half a minute, and many of them from one address make it ignore that address, its neighbours
 * behind the same NAT included. Nothing here is authenticated, so that all of it is evidence only.
 *
 * It has the engines' shape: datagrams and the time go in, datagrams and a deadline come out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/connection/vendor.h"
#include "ike/ike.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* What is asked. */
enum scout_question {
	SCOUT_NOTHING,
	SCOUT_PORT,  /* our own offer again, to UDP 4500: is it open? */
	SCOUT_OFFER, /* other algorithms, until the gateway takes some: what would it take? */
	SCOUT_KNOCK, /* what nobody takes, to UDP 4500: open, if it is refused; silence tells nothing */
	SCOUT_OWN, /* our own offer: would it be taken? */
};

/* What was found out so far. */
struct scout_findings {
	unsigned int port_asked; /* messages sent to UDP 4500 */
	bool port_open;		 /* an answer came back from there */
	bool offer_asked;	 /* the question of the algorithms was put, and is through */
	bool heard_500;		 /* an answer came back from UDP 500 */
	bool own_taken;		 /* our own offer was taken */
	uint16_t own_refused;	 /* or it was refused, by this notify */
	struct vendors vendors;	 /* what the gateway calls itself */
	bool offer_known;	 /* `takes` is what the gateway chose from what was shown to it */
	struct ike_proposal takes;
	bool takes_signatures; /* with certificates in place of a pre-shared key */
	bool natt_known, natt; /* whether it announced NAT traversal */
};

struct scout {
	struct ike *ike; /* NULL: no question is under way */
	enum scout_question question;
	size_t round; /* of SCOUT_OFFER */
	nsec_t until; /* when this message counts as unanswered */
	const struct ike_crypto *crypto;
	struct ike_config config; /* what the questions are made from; without secrets */
	struct ike_auth signatures;
	struct scout_findings findings;
};

/*
 * Begins with a question; one under way is dropped. CONFIG is the attempt's own; with `floated` the
 * questions of the algorithms go to UDP 4500 and answer that of the port as well. CRYPTO stays the
 * caller's. Return: 0; a negative errno.
 */
_must_check_ int scout_ask(struct scout *s, enum scout_question question,
			   const struct ike_config *config, const struct ike_crypto *crypto,
			   nsec_t now);

/* A datagram that the attempt's engine doesn't know. Return: whether it was an answer. */
bool scout_input(struct scout *s, const struct endpoint *from, const uint8_t *data, size_t len,
		 nsec_t now);

/* NSEC_NEVER while there is no question. */
nsec_t scout_deadline(const struct scout *s);
void scout_timeout(struct scout *s, nsec_t now);
bool scout_next_datagram(struct scout *s, struct ike_datagram *ret);

/* Whether a question is under way. */
bool scout_is_busy(const struct scout *s);

/* Drops the question; the findings stay. */
void scout_stop(struct scout *s);
