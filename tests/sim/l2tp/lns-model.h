/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A model of an L2TP network server (RFC 2661): one tunnel, and one of the incoming calls in it that were asked for, written
 * from the RFC without a line of l2tp/. Like the gateways it stands for, it ends the tunnel when an AVP that
 * it doesn't know is mandatory; what a client must not do is counted as a violation, with words.
 *
 * The zero value of its configuration, with IDs and max_tries set, is a gateway that is content with
 * everything that is right. Strings stay the caller's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nsec.h"

#define LNS_DATAGRAM_MAX 600
#define LNS_QUEUE_MAX	 8
#define LNS_OUT_MAX	 32
#define LNS_CALLS_MAX	 64

enum lns_refusal {
	LNS_ACCEPTS,
	LNS_REFUSES_TUNNEL, /* StopCCN in place of SCCRP */
	LNS_REFUSES_CALL,   /* CDN in place of ICRP */
};

enum lns_state {
	LNS_IDLE,
	LNS_SENT_SCCRP,
	LNS_TUNNEL, /* SCCCN came */
	LNS_SENT_ICRP,
	LNS_UP, /* ICCN came */
	LNS_CLOSED,
};

struct lns_config {
	uint16_t tunnel_id, session_id; /* of the first call; later ones count from it */
	uint16_t window;		/* Receive Window Size AVP; 0: none is sent */
	nsec_t hello_interval;		/* 0: none */
	unsigned int max_tries;		/* of one message */
	enum lns_refusal refuses;
	const char *secret;   /* answers a challenge (RFC 2661 5.1.1); NULL: it ends the tunnel */
	bool challenges;      /* and challenges the client itself */
	bool hides;	      /* hides, with the secret, whatever 4.4 says may be hidden */
	uint64_t unknown;     /* AVP types, as bits, of which it knows nothing */
	uint64_t demands;     /* AVP types, as bits, without which it refuses SCCRQ */
	const char *redirect; /* refuses SCCRQ with "try another" and these words */
	bool sequencing;      /* Sequencing Required in ICRP */
	bool chatty;	      /* AVPs of its own in SCCRP and ICRP; SLI and WEN right after ICCN */
	bool ends_with_call; /* ends the tunnel when the client has ended its last call, as accel-ppp does */
	bool one_call;	      /* refuses a call while another one stands */
	bool ignores_second;  /* says nothing to it */
	bool drops_challenge; /* is silent on an SCCRQ with a challenge */
	uint64_t seed;	      /* of challenges, random vectors and padding */
};

struct lns_datagram {
	size_t len;
	uint8_t data[LNS_DATAGRAM_MAX];
};

struct lns {
	struct lns_config config;
	enum lns_state state;
	nsec_t now;
	uint16_t client_tunnel, client_session;
	uint16_t client_sessions[LNS_CALLS_MAX]; /* of all calls, by their number */
	bool ended[LNS_CALLS_MAX];		 /* by either side */
	unsigned int calls;			 /* that were asked for in this tunnel */
	unsigned int current; /* the number of the last one, or of the one that ICCN is for */
	bool unnamed;	      /* the end of a call came without its number */
	uint32_t serial;      /* of the last one */
	uint64_t random;
	uint8_t challenge[16], vector[16]; /* ours; of the message that is being written */
	uint16_t ns, nr; /* of the next message to send; of the next one that is expected */
	size_t n_queue;	 /* sent, not acknowledged */
	struct lns_datagram queue[LNS_QUEUE_MAX];
	uint16_t first_ns; /* of the queue's first */
	nsec_t repeat_at, hello_at;
	unsigned int tries;
	bool answered; /* something that acknowledges was sent for the message at hand */
	size_t n_out;
	struct lns_datagram out[LNS_OUT_MAX];

	bool gave_up;	      /* a message was not acknowledged */
	uint16_t stop_result; /* the client's, of StopCCN; 0: none came */
	uint16_t cdn_result;
	unsigned int received, sent, zlbs, repeated, duplicates;
	unsigned int violations;
	char violation[120]; /* the first one, in words */
};

void lns_init(struct lns *lns, const struct lns_config *config);
void lns_input(struct lns *lns, const uint8_t *data, size_t len, nsec_t now);
nsec_t lns_deadline(const struct lns *lns);
void lns_timeout(struct lns *lns, nsec_t now);
bool lns_next_datagram(struct lns *lns, struct lns_datagram *ret);

/* Its session ID of the present call, or of the last one. */
uint16_t lns_session(const struct lns *lns);

/*
 * Ends the call (CDN) or the tunnel (StopCCN) with a result code; with neither error nor words (NULL)
 * it stands alone in its AVP.
 */
void lns_clear_call(struct lns *lns, uint16_t result, uint16_t error, const char *words,
		    nsec_t now);
void lns_stop(struct lns *lns, uint16_t result, uint16_t error, const char *words, nsec_t now);
