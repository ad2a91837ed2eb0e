/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/nsec.h"

/* So long nothing may arrive before the gateway is asked: on an idle tunnel, and while we send. */
#define LIVENESS_IDLE (20 * NSEC_PER_SEC)
#define LIVENESS_BUSY (3 * NSEC_PER_SEC)
/*
 * How often it is looked while the tunnel is in use: more than so many packets in a minute make it that,
 * which signs of life alone don't, and it remains so for a while.
 */
#define LIVENESS_LOOK	 (2 * NSEC_PER_SEC)
#define LIVENESS_PACKETS 12
#define LIVENESS_MINUTE	 (60 * NSEC_PER_SEC)
#define LIVENESS_IN_USE	 (120 * NSEC_PER_SEC)
/* So long between questions: on an idle tunnel, while we send, and when there is haste. */
#define LIVENESS_REPEAT_IDLE  (3 * NSEC_PER_SEC)
#define LIVENESS_REPEAT_BUSY  NSEC_PER_SEC
#define LIVENESS_REPEAT_HASTE (500 * NSEC_PER_MSEC)
/* So many questions. */
#define LIVENESS_PROBES_IDLE  4
#define LIVENESS_PROBES_BUSY  2
#define LIVENESS_PROBES_HASTE 3

/* Whether the gateway is still there, told by what arrives from it (RFC 3706 5.4). */
struct liveness {
	uint64_t in, out;    /* packets of ESP when it was last looked */
	nsec_t looked;	     /* when that was */
	uint64_t counted;    /* packets that had left when counting them began, */
	nsec_t counting;     /* and when that was */
	nsec_t in_use;	     /* until when the tunnel counts as that */
	nsec_t heard;	     /* when something last proved to be the gateway's, as far as known */
	nsec_t spoke;	     /* since when what we send is unanswered; 0: it isn't */
	nsec_t asked;	     /* the first of the present questions */
	nsec_t pace;	     /* between them */
	unsigned int probes; /* so many were asked, */
	unsigned int limit;  /* and so many at most */
	bool haste;	     /* the next ones */
	bool ike_answered;   /* one of them */
	nsec_t next;	     /* when to look again; 0: not started */
};

/* What was seen when it is looked. */
struct liveness_seen {
	uint64_t in, out;     /* packets of ESP, ever */
	nsec_t authenticated; /* when an IKE message last was the gateway's; 0: never */
	nsec_t round_trip;    /* 0: unknown */
};

enum liveness_verdict {
	LIVENESS_WAIT,
	LIVENESS_ASK,  /* questions are to be sent, of IKE and through ESP */
	LIVENESS_MUTE, /* IKE answers, and nothing comes through ESP */
	LIVENESS_GONE, /* nothing has answered any of them */
};

void liveness_start(struct liveness *l, nsec_t now, const struct liveness_seen *seen);

/* There is a doubt (the machine slept): asks at once, and in haste. What came before counts no more. */
void liveness_doubt(struct liveness *l, nsec_t now, const struct liveness_seen *seen);

/* When liveness_check() wants to be called; NSEC_NEVER when it isn't started. */
nsec_t liveness_deadline(const struct liveness *l);

/* Looks. After MUTE and GONE it is the caller's to do something; it goes on from the beginning. */
enum liveness_verdict liveness_check(struct liveness *l, nsec_t now,
				     const struct liveness_seen *seen);
