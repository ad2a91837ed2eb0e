/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "lib/nsec.h"

/* So long nothing may arrive before the gateway is asked, so long between questions, so many. */
#define LIVENESS_IDLE	(20 * NSEC_PER_SEC)
#define LIVENESS_REPEAT (3 * NSEC_PER_SEC)
#define LIVENESS_PROBES 4

/* Whether the gateway is still there, told by what arrives from it (RFC 3706 5.4). */
struct liveness {
	uint64_t packets; /* of ESP that had come when it was last looked */
	nsec_t heard;	  /* when something last proved to be the gateway's, as far as known */
	unsigned int probes;
	nsec_t next; /* when to look again; 0: not started */
};

enum liveness_verdict {
	LIVENESS_WAIT,
	LIVENESS_ASK,  /* a probe is to be sent */
	LIVENESS_GONE, /* nothing has answered any of them */
};

void liveness_start(struct liveness *l, nsec_t now);

/* When liveness_check() wants to be called; NSEC_NEVER when it isn't started. */
nsec_t liveness_deadline(const struct liveness *l);

/*
 * Looks. PACKETS: of ESP that arrived, ever; AUTHENTICATED: when an IKE message last was the
 * gateway's.
 */
enum liveness_verdict liveness_check(struct liveness *l, nsec_t now, uint64_t packets,
				     nsec_t authenticated);
