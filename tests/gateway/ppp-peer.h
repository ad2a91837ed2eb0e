/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The other end of PPP by script, in data messages of L2TP that the kernel never sees: what pppd would
 * not do on purpose. It opens LCP (RFC 1661) as a Yamaha does, with an MRU of 1792, says its script's
 * frames when LCP is open and when the client has answered for itself, and when that is acknowledged (RFC 1334, 1994)
 * it agrees on addresses (RFC 1332). No packet of the user's passes. It believes whoever answers, and proves itself to
 * the user of every profile in the lab.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nsec.h"

#define PPP_PEER_FRAME_MAX 2048
#define PPP_PEER_QUEUE_MAX 16
#define PPP_ASKS_MAX	   4

/* A method of authentication, as it is asked for in LCP. */
enum ppp_ask {
	PPP_ASK_MSCHAP2,
	PPP_ASK_MSCHAP1,
	PPP_ASK_CHAP,
	PPP_ASK_PAP,
	PPP_ASK_EAP,
};

struct ppp_frame {
	uint16_t protocol;
	const char *data;
	size_t len;
	size_t pad; /* octets of 'A' behind it */
};

struct ppp_script {
	/*
	 * What it asks for, the first one first. After a Nak: what that proposes, if it is in this list, or, in order, the
	 * next one whatever was proposed. When the list is at its end, so is the connection.
	 */
	size_t n_asks;
	enum ppp_ask asks[PPP_ASKS_MAX];
	bool in_order;
	bool authenticates; /* asks by the method that was agreed; else the frames OPEN do */
	/*
	 * As SoftEther: LCP with nothing but the method, an Echo-Request before it answers to the client's LCP, and then a
	 * Reject of everything but the MRU.
	 */
	bool early_echo;
	bool demands_mppe; /* CCP with MPPE, and the end when it is refused */
	unsigned int
		mute_calls;    /* in the client's first calls, so many, it doesn't ask who he is */
	unsigned int thinks_s; /* before it says what it thinks of a Response; echoes go on */
	unsigned int asks_again_s; /* after a Response that it thinks about it asks for one more */
	bool reopens; /* when the client agreed it begins LCP anew, with the first of its list */
	struct ppp_frame open[4], answered[4];
};

struct ppp_packet {
	size_t len;
	uint8_t data[PPP_PEER_FRAME_MAX];
};

struct ppp_peer {
	const struct ppp_script *script; /* NULL: not begun */
	uint16_t tunnel, session;
	nsec_t now;
	bool stopped, we_are_acked, they_are_acked, opened, answered;
	size_t asking; /* which of the script's methods */
	uint8_t lcp_id, chap_id;
	uint8_t held_id, pap_id;
	struct ppp_packet held;	   /* the client's options of LCP, which are answered later */
	struct ppp_packet verdict; /* about the client's Response */
	nsec_t verdict_at, echo_at, again_at;
	bool reopened;
	/* Over all calls: they, Responses and requests of PAP, and how many of those somebody had to think about. */
	unsigned int calls, responses, authentications;
	size_t n;
	struct ppp_packet queue[PPP_PEER_QUEUE_MAX];
};

/* Before the first call. */
void ppp_peer_init(struct ppp_peer *p);

/* A call stands. */
void ppp_peer_start(struct ppp_peer *p, const struct ppp_script *script, uint16_t tunnel,
		    uint16_t session, nsec_t now);

/* The call has ended. */
void ppp_peer_stop(struct ppp_peer *p);

/* A data message of the session. */
void ppp_peer_input(struct ppp_peer *p, const uint8_t *data, size_t len, nsec_t now);

nsec_t ppp_peer_deadline(const struct ppp_peer *p);
void ppp_peer_timeout(struct ppp_peer *p, nsec_t now);

/* The next data message to send. False: there is none. */
bool ppp_peer_next(struct ppp_peer *p, uint8_t ret[static PPP_PEER_FRAME_MAX], size_t *ret_len);

/* What LCP agreed on, for the log. */
const char *ppp_peer_method(const struct ppp_peer *p);
