/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The engine's inside: the object, its SAs and exchanges, and what its files offer each other. An
 * ike_sa is a phase 1 with its keys; an ike_exchange is one negotiation with one message ID, an IV
 * and a message that may have to be repeated. Both are slots of the engine, so that a second phase
 * 1 or another quick mode beside the first (rekeying) need nothing new.
 */

#include "ike/fragment.h"
#include "ike/ike.h"
#include "ike/keymat.h"
#include "ike/natt.h"
#include "ike/octets.h"
#include "ike/payload.h"
#include "ike/proposal.h"
#include "ike/retransmit.h"
#include "ike/rules.h"

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

/* What can't be done just now is tried again after that. */
#define LIFE_SOON (500 * NSEC_PER_MSEC)

/* An SA that was replaced stays that long for what is on the way. */
#define LIFE_LINGER (30 * NSEC_PER_SEC)

/* What doesn't come to its end goes after that: what the gateway began, and a renewal of phase 1. */
#define LIFE_HALF_OPEN (30 * NSEC_PER_SEC)

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

/* A received message: raw, then with its payloads. */
struct incoming {
	bool natt; /* it came behind a non-ESP marker */
	struct isakmp_header header;
	struct chunk raw;
	struct endpoint from;
	nsec_t now;
	uint8_t digest[RETRANSMIT_DIGEST_LEN];
	struct payloads list;
	uint8_t last_block[KEYMAT_BLOCK_MAX]; /* of the ciphertext */
	uint8_t plain[IKE_DATAGRAM_MAX];
	uint8_t whole[IKE_DATAGRAM_MAX]; /* what raw points to when it came in pieces */
};

/* A message being written. */
struct outgoing {
	struct builder b;
	struct payload_chain chain;
	size_t hash_at; /* offset of the body of the HASH payload */
	size_t hash_len;
	uint8_t data[RETRANSMIT_LEN_MAX];
};

/* queue.c: events and datagrams that wait for the caller. */

/* Appends the event; what it holds is moved. Hints may be lost when there are too many. */
void ike_emit(struct ike *ike, struct ike_event *event_take);
void ike_emit_stage(struct ike *ike, enum ike_stage stage);
void ike_emit_child_use(struct ike *ike, const struct ike_pair *pair);
void ike_emit_child_down(struct ike *ike, const struct ike_pair *pair, bool by_peer);
void ike_emit_notify(struct ike *ike, uint16_t type, bool authenticated, bool undecryptable);
void ike_emit_vendors(struct ike *ike, const struct payloads *list);
/* Appends a datagram to the gateway; when the queue is full it is lost, as on any network. */
void ike_queue(struct ike *ike, bool natt, const uint8_t *data, size_t len, nsec_t now);
/* Wipes what nobody took. */
void ike_queue_clear(struct ike *ike);

/* message.c: from and to the wire, with encryption. */

/* Payloads of a message that isn't encrypted. Return: 0; IKE_DROP_MALFORMED; IKE_DROP_LIMIT. */
_must_check_ int incoming_parse(struct incoming *in);
/*
 * Decrypts with this IV and parses. Return: 0; IKE_DROP_UNDECRYPTABLE; IKE_DROP_MALFORMED when more
 * follows than padding; negative errno.
 */
_must_check_ int incoming_decrypt(struct incoming *in, const struct ike *ike,
				  const struct ike_sa *sa,
				  const uint8_t iv[static KEYMAT_BLOCK_MAX]);
/*
 * Opens the first message of an exchange after phase 1: decrypts it with the IV of its message ID
 * (RFC 2409 appendix B), checks its payloads and HASH(1).
 * Return: 0; IKE_DROP_UNDECRYPTABLE; IKE_DROP_MALFORMED; IKE_DROP_PAYLOADS; IKE_DROP_HASH; negative
 * errno.
 */
_must_check_ int incoming_open(struct incoming *in, const struct ike *ike, const struct ike_sa *sa,
			       enum rules_message message);
/* What HASH(1) and HASH(2) cover: all that follows the first payload. */
struct chunk incoming_rest(const struct incoming *in);
/* The body of the NTH payload of the type, which rules.c has seen to be there. */
struct chunk incoming_body(const struct incoming *in, uint8_t type, size_t nth);
/* Whether the message's HASH payload holds this. */
bool incoming_hash_equal(const struct incoming *in, const struct ike_sa *sa, const uint8_t *hash);

void outgoing_init(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange, uint32_t msgid);
/* A HASH payload to be filled in when the rest is known. */
void outgoing_hash_open(struct outgoing *out, const struct ike_sa *sa);
struct chunk outgoing_rest(const struct outgoing *out);
void outgoing_hash_fill(struct outgoing *out, const uint8_t *hash);
/* Ends a message in clear. Return: 0; -ENOBUFS. */
_must_check_ int outgoing_finish(struct outgoing *out);
/* Ends a message by padding and encrypting it; the IV becomes its last block. */
_must_check_ int outgoing_encrypt(struct outgoing *out, const struct ike *ike,
				  const struct ike_sa *sa, uint8_t iv[static KEYMAT_BLOCK_MAX]);

/* slots.c: phase 1 SAs, exchanges and pairs. */

_must_check_ int ike_random(const struct ike *ike, void *ret, size_t len);
/* A slot, or NULL when there is none. */
struct ike_sa *ike_sa_new(struct ike *ike);
void ike_sa_clear(struct ike *ike, struct ike_sa *sa);
/* Its name in notifies and deletes (RFC 2407 4.6.3, RFC 3706 5.3). */
void ike_sa_name(const struct ike_sa *sa, uint8_t ret[static ISAKMP_COOKIE_SPI]);
struct ike_exchange *ike_exchange_new(struct ike *ike, struct ike_sa *sa, uint32_t msgid,
				      nsec_t now);
void ike_exchange_clear(struct ike *ike, struct ike_exchange *ex);
struct ike_exchange *ike_exchange_find(struct ike *ike, const struct ike_sa *sa, uint32_t msgid);
/* Our quick mode that waits for its answer, or NULL. */
struct ike_exchange *ike_exchange_quick(struct ike *ike);
/* The pair with these SPIs, of which one may be 0 for any. */
struct ike_pair *pair_find(struct ike *ike, uint32_t spi_in, uint32_t spi_out);
struct ike_pair *pair_head(struct ike *ike);
/* At that time another one is to be made, in the head's place or for there to be any. */
void pair_wanted(struct ike *ike, nsec_t when);

/* msgid.c */

/*
 * Whether either side used this message ID under the SA before, in an exchange of this type; notes it.
 * What couldn't be remembered any more counts as used.
 */
bool ike_msgid_seen(const struct ike_sa *sa, uint8_t exchange, uint32_t msgid);
void ike_msgid_note(struct ike_sa *sa, uint8_t exchange, uint32_t msgid);
/* A message ID for an exchange of ours, which nobody has used under the SA; it counts as used now. */
_must_check_ int ike_random_msgid(const struct ike *ike, struct ike_sa *sa, uint8_t exchange,
				  uint32_t *ret);

/* exchange.c */

/* The message was verified: remembers it, takes its last block as the IV, and ends the waiting. */
void ike_exchange_accept(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
/* Sends the finished message. WAITING: repeated until answered. */
_must_check_ int ike_exchange_send(struct ike *ike, struct ike_exchange *ex,
				   const struct outgoing *out, bool waiting, nsec_t now);
/*
 * Sends the same message again, in pieces if it is long and the peer takes them: as a whole it may
 * have been too long for the path. Return: 0; -ENOBUFS.
 */
_must_check_ int ike_exchange_send_again(struct ike *ike, struct ike_exchange *ex, nsec_t now);
/* The one place that sets the step of an exchange and the stage of the engine. */
void ike_enter(struct ike *ike, struct ike_exchange *ex, enum ike_step step, enum ike_stage stage);

/* auth.c: the authentication of phase 1, for either end. */

/* Whose proof it is. */
enum auth_end {
	AUTH_INITIATOR, /* IDii, HASH_I */
	AUTH_RESPONDER, /* IDir, HASH_R */
};

/* SKEYID from the SA's agreed hash, the nonces' bodies and the shared value. */
_must_check_ int auth_skeyid(const struct ike *ike, const struct ike_sa *sa, struct chunk ni_b,
			     struct chunk nr_b, struct chunk g_xy, struct secret *ret);
/* The rules of a message with the payloads that the configured method has in it. */
enum rules_message auth_rules(const struct ike *ike, enum rules_message message);
/* Appends requests for certificates of those we trust; nothing with a pre-shared key. */
void auth_request_build(const struct ike *ike, struct payload_chain *chain);
/* Tells whose certificates the peer takes. */
void auth_requests_emit(struct ike *ike, const struct payloads *list);
/* The body of our ID payload (RFC 2407 4.6.2): our address where the configuration names nothing. */
void auth_identity_build(struct builder *b, const struct ike_config *config);
/* Whether the peer's identity is the one that the configuration demands. */
bool auth_identity_demanded(const struct ike_id *demanded, const struct payload_id *id);
/* Appends our ID payload and the proof of it as END. The SA has all that was exchanged before. */
_must_check_ int auth_prove(const struct ike *ike, const struct ike_sa *sa, enum auth_end end,
			    struct outgoing *out);
/*
 * Verifies the peer's ID payload and its proof as END. With signatures what the identity may be is
 * judged as well. Return: 0; IKE_DROP_HASH; IKE_DROP_PROOF, and the reason is in the statistics;
 * IKE_DROP_MALFORMED; IKE_DROP_LIMIT; negative errno.
 */
_must_check_ int auth_verify(struct ike *ike, struct ike_sa *sa, enum auth_end end,
			     const struct incoming *in, struct payload_id *ret_id);

/* inform.c: what we tell. Each returns 0 or a negative errno. */

/* Deletes of an SA pair and of phase 1. */
_must_check_ int inform_delete_pair(struct ike *ike, struct ike_sa *sa, uint32_t spi_in,
				    nsec_t now);
_must_check_ int inform_delete_sa(struct ike *ike, struct ike_sa *sa, nsec_t now);
/* Refuses a quick mode of the gateway's. */
_must_check_ int inform_refusal(struct ike *ike, struct ike_sa *sa, uint16_t type, nsec_t now);
/* A question of dead peer detection or the answer to one. */
_must_check_ int inform_dpd(struct ike *ike, struct ike_sa *sa, uint16_t type, uint32_t sequence,
			    nsec_t now);
_must_check_ int inform_probe(struct ike *ike, struct ike_sa *sa, nsec_t now);

/* end.c */

/* The end that was wanted: by us, or by the gateway. */
void ike_finish(struct ike *ike);
/* Gives up: tells the caller, and the gateway where it can be told. FAILED has the reason and what belongs to it. */
void ike_fail_event(struct ike *ike, struct ike_event *failed_take, nsec_t now);
void ike_fail(struct ike *ike, enum ike_failure reason, uint16_t notify_type, nsec_t now);

/* main-mode.c, as the initiator. */

_must_check_ int main_start(struct ike *ike, nsec_t now);
_must_check_ int main_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_4(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_6(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* What messages 3 and 4 of main mode bring together. */
struct main_values {
	struct chunk g_xi, g_xr, ni_b, nr_b;
};

_must_check_ int main_cookie_random(const struct ike *ike, uint8_t ret[static ISAKMP_COOKIE_LEN]);
/* What the peer's vendor IDs announce. */
void main_vendors_take(struct ike_sa *sa, const struct payloads *list);
_must_check_ int main_detection_build(const struct ike *ike, const struct ike_sa *sa,
				      const struct endpoint *remote, struct outgoing *out);
/* Whether the peer's key exchange value or nonce can't be taken. OWN: ours, if there is one yet. */
bool main_is_weak(const struct ike_sa *sa, struct chunk value, struct chunk own,
		  struct chunk nonce);
/*
 * Derives the keys, judges about NATs and accepts the message; nothing changes unless it returns 0.
 * Return: 0; IKE_DROP_WEAK; negative errno.
 */
_must_check_ int main_values_take(struct ike *ike, struct ike_exchange *ex,
				  const struct main_values *v, const struct incoming *in);
void main_emit_natt(struct ike *ike, const struct ike_sa *sa);
void main_emit_up(struct ike *ike, const struct ike_sa *sa, const struct payload_id *id);
/* What made the keys isn't needed any more once they are proven. */
void main_forget_making(struct ike *ike, struct ike_sa *sa);

/* main-responder.c: a main mode that the gateway begins. */

/* The one with this cookie that isn't completed, or NULL. */
struct ike_sa *main_begun(struct ike *ike, const uint8_t cookie_i[static ISAKMP_COOKIE_LEN]);
/* To be told of every repetition of an exchange's message: of ours in such a one there are few. */
void main_repeated(struct ike_exchange *ex);
_must_check_ int main_respond(struct ike *ike, struct incoming *in);
_must_check_ int main_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
_must_check_ int main_recv_5(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* quick-mode.c, as the initiator. */

/* For a pair that replaces that of SPI_IN, or the first one (0). */
_must_check_ int quick_start(struct ike *ike, uint32_t spi_in, nsec_t now);
_must_check_ int quick_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
/* The gateway's word that it can take what we send by the new pair (RFC 2408 3.1). */
_must_check_ int quick_recv_connected(struct ike *ike, struct ike_exchange *ex,
				      const struct incoming *in);

/* quick-responder.c: a quick mode that the gateway begins. */

_must_check_ int quick_respond(struct ike *ike, struct ike_sa *sa, struct incoming *in);
_must_check_ int quick_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* quick-child.c: what both roles of quick mode share. */

/* An SPI that isn't reserved, not one of ours, and not guessable. */
_must_check_ int quick_spi_random(struct ike *ike, uint32_t *ret);
/* Appends the identity of an end: its address and the UDP port of L2TP. */
void quick_identity_add(struct outgoing *out, const struct endpoint *end, uint16_t port);
/* Whether an identity of the gateway's message is the end's. */
bool quick_identity_match(const struct ike *ike, const struct ike_sa *sa, struct chunk body,
			  const struct endpoint *end, uint16_t port);
/* Appends the original addresses, as the initiator or the responder. */
void quick_nat_oa_add(struct outgoing *out, const struct ike *ike, const struct natt_variant *natt,
		      bool initiator);
/* The nonce's length is what RFC 2409 5 allows. */
bool quick_nonce_valid(struct chunk nonce);
/* The pair as the one who installs it wants to know it, with its keys. The nonces are in Q. */
_must_check_ int quick_child_make(const struct ike *ike, const struct ike_sa *sa,
				  const struct ike_quick *q, const struct proposal_child *p,
				  struct chunk g_xy, struct ike_child *ret);

/* info.c */

/* Any informational message. Return: 0; an enum ike_drop; negative errno. */
_must_check_ int info_input(struct ike *ike, struct ike_sa *sa, struct incoming *in);

/* transaction.c: any message of a transaction. Return: 0; an enum ike_drop; negative errno. */
_must_check_ int transaction_input(struct ike *ike, struct ike_sa *sa, struct incoming *in);

/* life.c */

/* The life that counts of one that was agreed on: OURS, with OFFERED as our offer, or the gateway's. */
uint32_t life_seconds(bool ours, uint32_t life_s, uint32_t offered);
/* The same in kilobytes; 0: no limit. */
uint32_t life_kilobytes(bool ours, uint32_t life_kb, uint32_t offered);
/* When something with this life is to be replaced. */
_must_check_ int life_renewal(const struct ike *ike, uint32_t life_s, nsec_t now, nsec_t *ret);

/* phase1.c: which of them is in use. */

/* The pair that was made under it isn't sent by any more; accepts NULL. */
void phase1_let_go(const struct ike *ike, struct ike_sa *sa, nsec_t now);
/* It is up: it becomes the one in use, unless SPARE. */
_must_check_ int phase1_up(struct ike *ike, struct ike_sa *sa, bool spare, nsec_t now);
/* Makes it the one in use. */
_must_check_ int phase1_take(struct ike *ike, struct ike_sa *sa, nsec_t now);
/* Whether it is a main mode of ours on the way. */
bool phase1_on_the_way(const struct ike_exchange *ex);
/* How long our quick mode may be silent before phase 1 is in doubt: less when the pair nears its end. */
nsec_t phase1_patience(struct ike *ike, const struct ike_exchange *ex);

/* pairs.c: the SA pairs and which of them is in use. */

/* Whether there is room for another one, if need be by removing what was replaced. */
bool pair_room(struct ike *ike, nsec_t now);
/* Notes a new pair. Return: 0; -ENOBUFS; negative errno of the crypto. */
_must_check_ int pair_add(struct ike *ike, const struct ike_child *child, struct ike_sa *under,
			  bool ours, nsec_t now, struct ike_pair **ret);
/* It becomes the head, to be sent by from USE on; the former head is replaced. */
void pair_promote(struct ike *ike, struct ike_pair *pair, nsec_t use, nsec_t now);
/* Two were made at once and this one isn't the head: it receives for a while. */
void pair_spare(struct ike_pair *pair, nsec_t now);
/* Sends by it from now on. */
void pair_use(struct ike *ike, struct ike_pair *pair);
/* It is no more: tells the caller, and sees to another one to send by. */
void pair_gone(struct ike *ike, struct ike_pair *pair, bool by_peer, nsec_t now);
/* The gateway says that it can take what we send by it. */
void pair_connected(struct ike *ike, uint32_t spi_in);
/* The quick mode that was to make one came to nothing; clears the exchange. */
void pair_refused(struct ike *ike, struct ike_exchange *ex, nsec_t now);

/* rekey.c */

/* Phase 1 is no more; another one is used, or begun. */
_must_check_ int rekey_sa_gone(struct ike *ike, struct ike_sa *sa, nsec_t now);
/* To be told of every repetition of an exchange's message. Return: 0; negative errno. */
_must_check_ int rekey_main_silent(struct ike *ike, const struct ike_exchange *ex, nsec_t now);
nsec_t rekey_deadline(const struct ike *ike);
_must_check_ int rekey_timeout(struct ike *ike, nsec_t now);
