/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l2tp/header.h"
#include "l2tp/l2tp.h"
#include "lib/chunk.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* Messages that wait to be sent or acknowledged; a power of two. All of a connection's fit. */
#define L2TP_CHANNEL_QUEUE 8
/* Octets of the AVPs of one of our messages. */
#define L2TP_CHANNEL_MESSAGE_MAX 256
/* How far ahead of the next message one is kept; later ones are dropped. The most our window may be. */
#define L2TP_CHANNEL_HOLD 8

/* Positive results of the channel's functions. */
enum l2tp_channel_verdict {
	L2TP_CHANNEL_OK,
	L2TP_CHANNEL_ZLB,	/* an acknowledgement and nothing else */
	L2TP_CHANNEL_HELD,	/* ahead of its turn, kept */
	L2TP_CHANNEL_DUPLICATE, /* seen before; it will be acknowledged again */
	L2TP_CHANNEL_OUTSIDE,	/* too far ahead, or acknowledges what was never sent */
	L2TP_CHANNEL_DEAD,	/* a message was sent as often as allowed and is not acknowledged */
};

struct l2tp_channel_message {
	uint16_t session_id;
	uint16_t len;
	bool due;      /* to be handed out by l2tp_channel_next() */
	bool repeated; /* its acknowledgement says nothing about the round trip */
	nsec_t sent;   /* first sending */
	uint8_t data[L2TP_CHANNEL_MESSAGE_MAX];
};

struct l2tp_channel_held {
	bool used;
	uint16_t ns, session_id;
	uint16_t len;
	uint8_t data[L2TP_DATAGRAM_MAX];
};

/* The reliable delivery of RFC 2661 5.8. Its users read nothing but the counters. */
struct l2tp_channel {
	uint16_t peer_tunnel_id;
	uint16_t una;  /* oldest message that is not acknowledged */
	uint16_t next; /* first message that was not sent yet: the Ns of a ZLB */
	uint16_t end;  /* behind the last message in the queue */
	uint16_t nr;   /* the message we expect */
	uint16_t window;
	uint8_t jitter;
	bool ack_due;
	unsigned int tries, max_tries; /* of the oldest message */
	nsec_t first;		       /* pause before a repetition, as from backoff_first(), */
	nsec_t longest;		       /* and the longest; 0: that of lib/backoff.h */
	nsec_t timer;
	struct l2tp_channel_message queue[L2TP_CHANNEL_QUEUE];
	struct l2tp_channel_held held[L2TP_CHANNEL_HOLD];

	unsigned int sent, repeated;
	nsec_t round_trip;
	nsec_t delayed; /* when the oldest message goes out for the first time, */
	nsec_t twice;	/* and for the second; 0: that's not it. Not when it is answered before. */
};

/* The peer's window is taken as 4 until it is told. MAX_TRIES is not 0; SEED spreads repetitions.
 */
void l2tp_channel_init(struct l2tp_channel *ch, unsigned int max_tries, uint8_t seed);

/* The tunnel ID to put on everything from now on, repetitions included. */
void l2tp_channel_set_peer(struct l2tp_channel *ch, uint16_t tunnel_id);

/* The peer's Receive Window Size; 0, which 4.4.3 forbids, counts as 1. */
void l2tp_channel_set_window(struct l2tp_channel *ch, uint16_t window, nsec_t now);

/*
 * Queues a message of LEN octets of AVPs. *ret_ns is its number, for l2tp_channel_acknowledged().
 * Return: 0; -EMSGSIZE; -ENOBUFS when the queue is full.
 */
_must_check_ int l2tp_channel_send(struct l2tp_channel *ch, uint16_t session_id,
				   const uint8_t *avps, size_t len, nsec_t now, uint16_t *ret_ns);

/* Whether the peer has acknowledged message NS. */
bool l2tp_channel_acknowledged(const struct l2tp_channel *ch, uint16_t ns);

/* True when everything is acknowledged. */
bool l2tp_channel_idle(const struct l2tp_channel *ch);

/*
 * Takes the numbers of a message from the peer. Return: 0 when its turn has come and it is to be
 * acted upon; ZLB; HELD; DUPLICATE; OUTSIDE, and then nothing has changed.
 */
_must_check_ int l2tp_channel_receive(struct l2tp_channel *ch, const struct l2tp_header *header,
				      nsec_t now);

/*
 * After a message was acted upon: the next one, if it came ahead of its turn. The payload is a view
 * that lives until the next l2tp_channel_receive(). False: there is none.
 */
bool l2tp_channel_take_held(struct l2tp_channel *ch, uint16_t *ret_session_id,
			    struct chunk *ret_payload);

/* When l2tp_channel_timeout() wants to be called. */
nsec_t l2tp_channel_deadline(const struct l2tp_channel *ch);

/* Repeats what is due. Return: 0; L2TP_CHANNEL_DEAD. */
_must_check_ int l2tp_channel_timeout(struct l2tp_channel *ch, nsec_t now);

/* The only message, sent just now, leaves at FIRST instead, and once more at SECOND unless it is answered before. */
void l2tp_channel_delay(struct l2tp_channel *ch, nsec_t first, nsec_t second);

/* Repeats everything under way at once, after the peer's tunnel ID has become known. */
void l2tp_channel_repeat(struct l2tp_channel *ch);

/* Forgets everything that waits to be sent or acknowledged. Acknowledging goes on. */
void l2tp_channel_stop(struct l2tp_channel *ch);

/* Builds the next datagram. False: there is none. */
bool l2tp_channel_next(struct l2tp_channel *ch, struct l2tp_datagram *ret);
