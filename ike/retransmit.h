/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Repetition and duplicate detection of one exchange: the last message sent, repeated until it is
 * answered, and digests of the messages taken. Knows nothing of what is in them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"
#include "ike/isakmp.h"
#include "lib/nsec.h"

#define RETRANSMIT_DIGEST_LEN 32
#define RETRANSMIT_SEEN_MAX   4 /* more than any exchange of ours has messages from the peer */
#define RETRANSMIT_LEN_MAX    (IKE_DATAGRAM_MAX - ISAKMP_MARKER_LEN)

/* A repetition that a duplicate asks for is not sent sooner than this after the last one. */
#define RETRANSMIT_GUARD (200 * NSEC_PER_MSEC)

enum retransmit_seen {
	RETRANSMIT_NEW,	 /* never taken before */
	RETRANSMIT_OLD,	 /* taken, and answered by a message that has been answered in turn */
	RETRANSMIT_LAST, /* taken, and the last message sent was the answer to it */
};

struct retransmit {
	bool waiting;	     /* for an answer */
	unsigned int tries;  /* repetitions so far */
	unsigned int copies; /* sent beyond the first, for whatever reason */
	nsec_t first;	     /* pause before a repetition */
	nsec_t begun;	     /* when it was sent for the first time, */
	nsec_t sent;	     /* when last, */
	nsec_t answered;     /* and when it was answered */
	unsigned int echoes; /* answers to copies of the message before this that may still come */
	nsec_t echo_round_trip; /* what it was, if the first was answered */
	nsec_t next;		/* when again, while waiting */
	size_t n_seen;
	uint8_t seen[RETRANSMIT_SEEN_MAX][RETRANSMIT_DIGEST_LEN];
	size_t len; /* 0: nothing sent yet */
	uint8_t data[RETRANSMIT_LEN_MAX];
};

/*
 * Takes over a new message that is sent now. Not WAITING: it only answers duplicates. FIRST: the pause before the
 * first repetition, as from backoff_first().
 */
void retransmit_send(struct retransmit *rt, const uint8_t *data, size_t len, bool waiting,
		     nsec_t now, uint8_t jitter, nsec_t first);

/* When the message is due again; NSEC_NEVER for not at all. */
nsec_t retransmit_deadline(const struct retransmit *rt);

/* Notes that the message was sent once more. LONGEST: of the pauses; 0: that of lib/backoff.h. */
void retransmit_again(struct retransmit *rt, nsec_t now, uint8_t jitter, nsec_t longest);

/*
 * Notes that a message with this digest was taken and ended the waiting.
 * Return: the time since the last sending, which is a guess when there were several (*ret_certain is false then); 0:
 * nothing was waited for.
 */
nsec_t retransmit_answered(struct retransmit *rt,
			   const uint8_t digest[static RETRANSMIT_DIGEST_LEN], nsec_t now,
			   bool *ret_certain);

/* Notes that the message was sent once more, for another reason than its time. */
void retransmit_copied(struct retransmit *rt, nsec_t now);

/*
 * Whether a duplicate of the last message taken answers a copy of ours: then nothing was lost, and *ret_round_trip is
 * how long the first answer took.
 */
bool retransmit_echo(struct retransmit *rt, nsec_t *ret_round_trip);

/* Forgets our last message: duplicates are known still, but not answered any more. */
void retransmit_finish(struct retransmit *rt);

enum retransmit_seen retransmit_seen(const struct retransmit *rt,
				     const uint8_t digest[static RETRANSMIT_DIGEST_LEN]);

/* Whether a duplicate of the peer's last message should bring out ours again. */
bool retransmit_wanted(const struct retransmit *rt, nsec_t now);
