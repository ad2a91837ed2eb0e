/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A model of a gateway's IKEv1: the responder of main mode with a pre-shared key and of quick mode
 * for L2TP (RFC 2407, 2408, 2409, 3706, 3947), written from the RFCs without a line of ike/, so
 * that a mistake has to be made twice to go unseen. It is strict where a strict gateway would be:
 * what a client must not do is counted as a violation, with words.
 *
 * It has the engine's shape: datagrams and the time go in, datagrams and a deadline come out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"

#define RESPONDER_SAS_MAX      8
#define RESPONDER_QUICKS_MAX   8
#define RESPONDER_CHILDREN_MAX 16
#define RESPONDER_OUT_MAX      16
#define RESPONDER_DATAGRAM_MAX 1500
#define RESPONDER_PIECES_MAX   8

enum responder_refusal {
	RESPONDER_ACCEPTS,
	RESPONDER_REFUSES_PHASE1,
	RESPONDER_REFUSES_PHASE2,
	RESPONDER_REFUSES_ID,		   /* encrypted */
	RESPONDER_REFUSES_ID_AS_LIBRESWAN, /* the same, its IV made of the message ID alone */
};

/* What it says when message 5 makes no sense, as with another key. */
enum responder_complaint {
	RESPONDER_SILENT,
	RESPONDER_COMPLAINS_IN_CLEAR,
	RESPONDER_COMPLAINS_ENCRYPTED,
};

/* What it begins a transaction for as soon as phase 1 stands (mode-cfg). */
enum responder_asking {
	RESPONDER_ASKS_NOTHING,
	RESPONDER_ASKS_XAUTH, /* a login, and takes no quick mode before it has one */
	RESPONDER_SETS_ADDRESS,
};

/* The document by which it knows NAT traversal. The drafts differ in the vendor ID alone. */
enum responder_natt {
	RESPONDER_NATT_NONE,
	RESPONDER_NATT_RFC, /* RFC 3947 */
	RESPONDER_NATT_03,
	RESPONDER_NATT_02_NEWLINE,
	RESPONDER_NATT_02,
};

struct responder_config {
	const struct ike_crypto *crypto; /* stays the caller's */
	struct endpoint local;		 /* its own address, which its identity is, too */
	const char *psk;
	struct ike_proposal phase1; /* the one transform that it accepts */
	struct ike_esp_proposal phase2;
	enum responder_natt natt;
	bool dpd;		  /* knows RFC 3706 */
	bool pieces;		  /* knows IKE fragmentation */
	bool repeats;		  /* repeats its own messages 2 and 4, too */
	nsec_t repeat_after;	  /* 0: two seconds */
	unsigned int repeats_max; /* 0: eight */
	uint32_t method;  /* of authentication that it takes (RFC 2409 appendix A); 0: 1, the key */
	bool follows_pfs; /* takes whatever group quick mode asks for, or none */
	uint32_t phase1_life_s, phase2_life_s; /* of what it begins itself; 0: the usual */
	uint32_t phase2_life_kb;	       /* the same; 0: no such limit */
	nsec_t cut; /* replaced SAs end after that, by a Delete or without a word; 0: never */
	bool cut_silently;
	bool commit; /* sets the commit bit in quick mode and sends CONNECTED (RFC 2408 3.1) */
	enum responder_refusal refuses;
	uint16_t only_port; /* the client's L2TP port that it takes in phase 2; 0: any */
	enum responder_complaint complains;
	enum responder_asking asks;
	/*
	 * Spoils a message in plain text, for gateways that err: once before it is hashed, if it is, and
	 * once before it is encrypted and sent. NULL: nobody does.
	 */
	void (*spoil)(void *userdata, bool hashed, uint8_t *text, size_t *len, size_t size);
	void *userdata;
};

struct responder_datagram {
	bool natt;
	struct endpoint remote;
	size_t len;
	uint8_t data[RESPONDER_DATAGRAM_MAX];
};

struct responder_octets {
	size_t len;
	uint8_t data[RESPONDER_DATAGRAM_MAX];
};

enum responder_state {
	RESPONDER_FREE,
	RESPONDER_SENT_2,
	RESPONDER_SENT_4,
	RESPONDER_SENT_1, /* it began main mode itself */
	RESPONDER_SENT_3,
	RESPONDER_SENT_5,
	RESPONDER_UP,
	RESPONDER_CLOSED,
};

/* The last message taken and the answer to it, with the repetition of the answer. */
struct responder_turn {
	struct responder_octets request;
	struct responder_datagram answer;
	nsec_t repeat_at; /* NSEC_NEVER: not at all */
	unsigned int repeats;
};

struct responder_sa {
	enum responder_state state;
	uint64_t age; /* the oldest gives way */
	uint8_t cky_i[8], cky_r[8];
	struct ike_proposal proposal;
	struct endpoint remote;
	bool remote_natt; /* the peer speaks from port 4500 */
	bool natt, local_nat, remote_nat;
	struct responder_octets sai_b, ni, nr, g_xi, g_xr;
	void *dh;
	struct secret skeyid, skeyid_d, skeyid_a, skeyid_e, key;
	uint8_t iv[16];
	uint8_t last_block[16];
	nsec_t cut_at; /* 0: not at all */
	struct responder_turn turn;
};

/* One quick mode. */
struct responder_quick {
	bool used, done;
	bool started; /* the model began it */
	void *dh;     /* then, with PFS, until it is cleared */
	uint64_t age;
	size_t sa;
	uint32_t m_id;
	size_t child;
	struct responder_octets ni, nr;
	uint8_t iv[16];
	struct responder_turn turn;
};

struct responder_child {
	bool used;
	bool up;       /* message 3 proved the client's liveness */
	bool deleted;  /* by either side */
	nsec_t cut_at; /* 0: not at all */
	nsec_t end_at; /* when its life is over; the same */
	uint64_t age;
	uint32_t spi_in, spi_out;
	struct secret encr_in, auth_in, encr_out, auth_out;
	bool udp_encap;
	uint16_t client_port, own_port; /* of L2TP, from the identities */
	uint32_t life_s;		/* as the client offered it; 0: it said nothing */
};

/* A message that comes in pieces. */
struct responder_pieces {
	uint8_t cookies[16];
	uint16_t id;
	uint8_t last; /* 0: not known yet */
	size_t len[RESPONDER_PIECES_MAX];
	uint8_t data[RESPONDER_PIECES_MAX][RESPONDER_DATAGRAM_MAX];
	uint8_t whole[RESPONDER_DATAGRAM_MAX];
};

struct responder {
	struct responder_config config;
	nsec_t now;
	uint64_t ages;
	struct responder_sa sas[RESPONDER_SAS_MAX];
	struct responder_quick quicks[RESPONDER_QUICKS_MAX];
	struct responder_child children[RESPONDER_CHILDREN_MAX];
	bool peer_pieces; /* the client takes pieces, too */
	struct responder_pieces pieces;
	unsigned int collected; /* messages that came in pieces */
	size_t n_out;
	struct responder_datagram out[RESPONDER_OUT_MAX];
	unsigned int started_quicks, started_mains; /* that came to a good end */
	unsigned int received, sent, repeated, duplicates, acknowledged_probes;
	unsigned int probes; /* the client's */
	unsigned int violations;
	char violation[120]; /* the first one, in words */
};

void responder_init(struct responder *r, const struct responder_config *config);

/* Wipes and frees what it holds. */
void responder_clear(struct responder *r);

/* A datagram for port 500, or for port 4500 (NATT) with the marker; FROM as it sees the sender. */
void responder_input(struct responder *r, const struct endpoint *from, bool natt,
		     const uint8_t *data, size_t len, nsec_t now);

nsec_t responder_deadline(const struct responder *r);
void responder_timeout(struct responder *r, nsec_t now);
bool responder_next_datagram(struct responder *r, struct responder_datagram *ret);

/* The newest SA pair that is up and not deleted; NULL: none. */
struct responder_child *responder_child(struct responder *r);

/* The pair whose inbound SPI it is, up or not; NULL: none. */
struct responder_child *responder_find_child(struct responder *r, uint32_t spi_in);

/* Sends a Delete for the pair, or for the newest phase 1, or asks for a sign of life. False: no SA.
 */
bool responder_delete_child(struct responder *r, struct responder_child *child, nsec_t now);
bool responder_delete_sa(struct responder *r, nsec_t now);
bool responder_probe(struct responder *r, uint32_t sequence, nsec_t now);

/*
 * Begins a quick mode for another pair like the newest one, or a main mode, to where the newest phase
 * 1 has the client. The messages follow by themselves. False: there is no pair or phase 1.
 */
bool responder_start_quick(struct responder *r, nsec_t now);
bool responder_start_main(struct responder *r, nsec_t now);

/* Sends a notify without SPI under the newest phase 1. PROTOCOL: 1 ISAKMP, 3 ESP. False: no phase 1. */
bool responder_notify(struct responder *r, uint8_t protocol, uint16_t type, const void *data,
		      size_t len, nsec_t now);

/* How many phase 1 SAs are up, and how many pairs. */
unsigned int responder_children_up(const struct responder *r);
unsigned int responder_sas_up(const struct responder *r);

/* Whether no phase 1 is up or on its way. */
bool responder_is_idle(const struct responder *r);
