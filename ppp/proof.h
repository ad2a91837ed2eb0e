/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lib/nsec.h"
#include "ppp/frame.h"

/*
 * The time between what proves who we are and what the peer says to it. Behind it somebody may be asked who takes his
 * time: Echo-Requests of our own tell meanwhile whether the peer lives, and whether the path loses messages. A part of
 * repeat.c's core, by which it is reached.
 */
struct ppp_proof {
	bool waiting;
	bool alive;   /* echoes come back, and have for longer than a machine takes */
	nsec_t begun; /* with the first proof, which may have been asked for anew since */
	nsec_t since, next, pause;
	uint8_t id;	  /* of the last Echo-Request */
	uint8_t asked_id; /* of the peer's last EAP-Request */
	/* Of them, since something was last known to be lost or not. */
	unsigned int sent, answered;
	unsigned int unanswered; /* since the last one that came back */
	uint8_t frame[12];
};

/* Whether what we say proves who we are. */
bool ppp_proof_is(const struct ppp_packet *p);

/* A proof leaves; one that is said once more is the same. PAUSE before the first Echo-Request. */
void ppp_proof_sent(struct ppp_proof *proof, nsec_t pause, nsec_t now);

/*
 * A frame of another protocol than LCP came. To be asked once more is no answer: the peer that lived does so still, and
 * has the next proof to think about.
 */
void ppp_proof_received(struct ppp_proof *proof, const struct ppp_packet *p);

/* Nobody thinks about it any more. */
void ppp_proof_end(struct ppp_proof *proof);

/* An Echo-Reply came. Return: whether it shows that a message got lost. */
bool ppp_proof_echoed(struct ppp_proof *proof, uint8_t id, nsec_t now);

/*
 * The Echo-Request that is due, with our MAGIC number (0: none is agreed on), and its length. NULL: none is. Valid until
 * the next call.
 */
const uint8_t *ppp_proof_echo(struct ppp_proof *proof, uint32_t magic, nsec_t now, size_t *ret_len);
