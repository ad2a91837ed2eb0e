/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The engine's state: its SAs, exchanges and pairs, and what waits for the caller. An ike_sa is a phase 1
 * with its keys; an ike_exchange is one negotiation with one message ID, an IV and a message that may have
 * to be repeated. Both are slots of the engine, so that a second phase 1 or another quick mode beside the
 * first (rekeying) need nothing new. Which files may know which is told by meson.build.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/fragment.h"
#include "ike/ike.h"
#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/natt.h"
#include "ike/octets.h"
#include "ike/retransmit.h"
#include "lib/endpoint.h"
#include "lib/nsec.h"
#include "lib/secret.h"

#define IKE_EVENTS_MAX	  32
#define IKE_EVENTS_HINTS  16 /* of them for what a peer can bring about at will */
#define IKE_DATAGRAMS_MAX 24 /* the longest message in pieces, and some more */
#define IKE_OUTBOX_LEN	  (2 * IKE_DATAGRAM_MAX) /* the octets of the same */
#define IKE_SAS_MAX	  4 /* the one in use, the one it replaced, and what either side begins */
#define IKE_EXCHANGES_MAX 12
#define IKE_CHILDREN_MAX  8
#define IKE_MSGIDS_MAX \
	4096 /* message IDs under a phase 1, of either side; then there must be another one */
#define IKE_MSGIDS_SCARCE 3072 /* so many, and another one is begun */
#define IKE_NONCE_LEN	  48   /* as Windows */

/* So often a random number may turn out to be in use or reserved before the source counts as
 * broken. */
#define IKE_RANDOM_TRIES 32

/* How far one exchange is. */
enum ike_step {
	IKE_STEP_FREE, /* the slot isn't in use */
	IKE_STEP_MM1_SENT,
	IKE_STEP_MM3_SENT,
	IKE_STEP_MM5_SENT,
	IKE_STEP_MM2_SENT, /* the gateway began it */
	IKE_STEP_MM4_SENT,
	IKE_STEP_MM_DONE,
	IKE_STEP_QM1_SENT,
	IKE_STEP_QM2_SENT, /* the gateway began it */
	IKE_STEP_QM_DONE,
};

/* Phase 1 (RFC 2409 5.4): the keys, and what they are made of until it is up. */
struct ike_sa {
	bool used;
	bool up;     /* the peer proved the key */
	bool theirs; /* the gateway began it */
	bool held;   /* replaced, and there as long as the pair that was made under it */
	unsigned int n_theirs_before; /* of ours: ike.n_theirs when message 5 was sent */
	uint8_t cookie_i[ISAKMP_COOKIE_LEN];
	uint8_t cookie_r[ISAKMP_COOKIE_LEN];
	struct ike_proposal proposal;
	uint32_t life_s;
	nsec_t renew;  /* when to be replaced; NSEC_NEVER */
	nsec_t remove; /* when to go, having been replaced; NSEC_NEVER */

	const struct natt_variant *natt; /* NULL: the peer knows none of ours */
	struct natt_verdict nat;
	bool encap;   /* ESP goes in UDP, and IKE to the port 4500 */
	bool floated; /* to port 4500 */

	void *dh_private;
	struct octets g_xi, g_xr, ni_b, nr_b, sai_b;

	struct keymat_phase1 keys;
	struct secret cipher_key;
	uint8_t last_block[KEYMAT_BLOCK_MAX]; /* of phase 1; IVs of later exchanges come from it */

	unsigned int n_refused; /* proofs of the peer's that were wrong */
	bool fragmentation;	/* the peer announced that it takes pieces */
	uint16_t fragment_id;	/* of the last message that we sent */
	struct fragments fragments;

	bool dpd;		/* the peer announced RFC 3706 */
	uint32_t dpd_sequence;	/* of our last R-U-THERE */
	bool dpd_waiting;	/* for its acknowledgement */
	bool dpd_asked;		/* the peer has asked, */
	uint32_t dpd_theirs;	/* this was the number, */
	nsec_t dpd_answered;	/* and then it was answered last, */
	unsigned int dpd_again; /* so often since it came first */
	nsec_t cfg_answered;	/* the same of a transaction */

	size_t n_msgids;
	uint32_t msgids[IKE_MSGIDS_MAX];	 /* used already, by either side, */
	uint8_t msgid_exchanges[IKE_MSGIDS_MAX]; /* in an exchange of this type */
};

/* What quick mode has to remember (RFC 2409 5.5). */
struct ike_quick {
	uint32_t spi_in;
	uint16_t mode;
	uint32_t replaces_spi_in; /* or 0 */
	void *dh_private;
	struct octets ni_b, nr_b;
	uint8_t public_value[ISAKMP_KE_MAX];
};

struct ike_exchange {
	enum ike_step step;
	struct ike_sa *sa;
	uint32_t msgid; /* 0: main mode */
	nsec_t since;	/* when it began */
	uint8_t iv[KEYMAT_BLOCK_MAX];
	nsec_t keep_until;    /* when done */
	uint16_t fragment_id; /* of the message in rt */
	struct ike_quick quick;
	struct retransmit rt;
};

/*
 * An SA pair. The head of them is the one that we send by, or shall at `use`; it alone is renewed.
 * The others only receive, until they go.
 */
struct ike_pair {
	uint32_t spi_in, spi_out; /* spi_in 0: the slot isn't in use */
	struct ike_sa *under;	  /* the phase 1 that it was made under; NULL when that is gone */
	bool ours;		  /* we began the quick mode that made it */
	bool half;		  /* the gateway began it and still owes message 3 */
	bool fresh;		  /* we never sent by it */
	bool told;		  /* the gateway knows that it goes */
	nsec_t use;		  /* when to send by it; NSEC_NEVER */
	nsec_t renew;		  /* when to be replaced, as long as it is the head */
	nsec_t expire;		  /* when its life is over */
	nsec_t remove;		  /* when to go: its life is over, or it was replaced */
};

/* A datagram that wants to be taken; its octets are in the engine's outbox. */
struct ike_waiting {
	bool natt;
	struct endpoint remote;
	size_t at, len;
};

struct ike {
	struct ike_config config;
	struct secret psk;
	struct ike_crypto crypto;
	struct ike_stats stats;
	bool over; /* closed or failed: nothing goes on */

	struct ike_sa sas[IKE_SAS_MAX];
	/* The one in use; the first one also before it is up; NULL: the gateway deleted it. */
	struct ike_sa *sa;
	/* A follow-up: the gateway's message deletes it, and engine.c sees to that behind the message. */
	struct ike_sa *deleted;
	bool floated;	       /* one of them went to port 4500 */
	unsigned int n_theirs; /* of those that the gateway began, how many came up */
	struct ike_exchange exchanges[IKE_EXCHANGES_MAX];
	struct ike_pair pairs[IKE_CHILDREN_MAX];
	uint32_t head;	     /* its inbound SPI; 0: there is none */
	nsec_t child_wanted; /* when to begin a quick mode because there is none; NSEC_NEVER */
	nsec_t keepalive;    /* when the next is due; NSEC_NEVER */
	nsec_t hurry; /* pause between repetitions in stage `hurried`; 0: none was asked for */
	enum ike_stage hurried;

	size_t event_first, n_events;
	struct ike_event events[IKE_EVENTS_MAX];
	/* Those up to datagram_first were taken; when all were, both queue and octets begin anew. */
	size_t datagram_first, n_datagrams, outbox_used;
	struct ike_waiting datagrams[IKE_DATAGRAMS_MAX];
	uint8_t outbox[IKE_OUTBOX_LEN];
};
