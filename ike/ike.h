/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The IKEv1 engine (RFC 2407, 2408, 2409; NAT traversal: RFC 3947, 3948; DPD: RFC 3706): initiator of
 * main mode with a pre-shared key or signatures and of quick mode for one L2TP transport-mode SA pair, responder
 * for what a gateway may start. It does no I/O: datagrams, the time and randomness go in; datagrams,
 * events and one deadline come out. This is the only header of the folder that others include.
 *
 * The loop around it, the same in the program, the simulations and the fuzzers:
 *	feed ike_input() or ike_timeout(); then take every event, then every datagram; then wait for
 *	a datagram or for ike_deadline().
 * Events come first, so that an inbound SA stands before the message that lets the peer use it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"
#include "lib/secret.h"

#define IKE_PROPOSALS_MAX 16
#define IKE_DATAGRAM_MAX  8192
#define IKE_ID_MAX	  512
#define IKE_CERTS_MAX	  8    /* in one message, the peer's or ours */
#define IKE_CERT_MAX	  4096 /* octets of one */
#define IKE_SIGNATURE_MAX 512  /* RSA with 4096 bits */
#define IKE_CAS_MAX	  4    /* whose certificates we ask for */
#define IKE_TEXT_MAX	  256

/* Algorithms by our own numbers; the wire's numbers are in the private tables. */
enum ike_encr {
	IKE_ENCR_AES_CBC = 1,
	IKE_ENCR_3DES_CBC,
	IKE_ENCR_AES_GCM_16, /* of phase 2 only (RFC 4106): the SA's integrity is its own */
};

enum ike_hash {
	IKE_HASH_NONE = 0, /* beside AES-GCM in phase 2, else nowhere */
	IKE_HASH_MD5 = 1,
	IKE_HASH_SHA1,
	IKE_HASH_SHA256,
	IKE_HASH_SHA384,
	IKE_HASH_SHA512,
};

/* Group numbers are those of the wire (IANA, group description). */
enum ike_group {
	IKE_GROUP_NONE = 0,
	IKE_GROUP_MODP1024 = 2,
	IKE_GROUP_MODP1536 = 5,
	IKE_GROUP_MODP2048 = 14,
	IKE_GROUP_MODP3072 = 15,
	IKE_GROUP_MODP4096 = 16,
	IKE_GROUP_ECP256 = 19,
	IKE_GROUP_ECP384 = 20,
	IKE_GROUP_ECP521 = 21,
	IKE_GROUP_CURVE25519 = 31, /* RFC 8031 */
};

/* One phase 1 transform: what is offered, and what was agreed on. */
struct ike_proposal {
	enum ike_encr encr;
	uint16_t key_bits; /* 128, 192 or 256 for AES; 0 for 3DES */
	enum ike_hash hash;
	enum ike_group group;
};

/* One ESP transform (RFC 2407 4.5). */
struct ike_esp_proposal {
	enum ike_encr encr;
	uint16_t key_bits;    /* of AES-GCM without its salt */
	enum ike_hash auth;   /* HMAC with this hash, truncated as RFC 2404, 2403 and 4868 say */
	enum ike_group group; /* PFS, or IKE_GROUP_NONE */
};

/* Identities, numbered as on the wire (RFC 2407 4.6.2.1). */
enum ike_id_type {
	IKE_ID_ANY = 0, /* not on the wire: nothing is demanded of the peer's identity */
	IKE_ID_IPV4_ADDR = 1,
	IKE_ID_FQDN = 2,
	IKE_ID_USER_FQDN = 3,
	IKE_ID_IPV6_ADDR = 5,
	IKE_ID_DER_ASN1_DN = 9,
	IKE_ID_KEY_ID = 11,
};

struct ike_id {
	enum ike_id_type type;
	size_t len;
	uint8_t data[IKE_ID_MAX]; /* as on the wire, without the type, protocol and port octets */
};

/* How both ends prove who they are; numbered as on the wire (RFC 2409 appendix A, RFC 4754 4). */
enum ike_auth_method {
	IKE_AUTH_PSK = 1,
	IKE_AUTH_RSA_SIG = 3,
	IKE_AUTH_ECDSA_256 = 9,
	IKE_AUTH_ECDSA_384 = 10,
	IKE_AUTH_ECDSA_521 = 11,
};

/* What is wrong with the certificates or the signature by which the gateway wants to be believed. */
#define IKE_REFUSALS(X)                                                                  \
	X(NO_CERTIFICATE, N_("no certificate"))                                          \
	X(MALFORMED, N_("a certificate that can't be read"))                             \
	X(UNTRUSTED, N_("a certificate that no trusted authority has issued"))           \
	X(EXPIRED, N_("a certificate that has expired"))                                 \
	X(NOT_YET, N_("a certificate that isn't valid yet"))                             \
	X(REVOKED, N_("a certificate that was revoked"))                                 \
	X(CRL, N_("a certificate that no valid revocation list speaks of"))              \
	X(USAGE, N_("a certificate that is for another use"))                            \
	X(WEAK, N_("a certificate with a weak key or signature"))                        \
	X(NAME, N_("a certificate of another name"))                                     \
	X(ID, N_("an identity that is not the one demanded, or not in its certificate")) \
	X(SIGNATURE, N_("a wrong signature"))

enum ike_refusal {
	IKE_REFUSAL_NONE,
#define X(name, words) IKE_REFUSAL_##name,
	IKE_REFUSALS(X)
#undef X
};

/* What the peer showed: certificates as DER, its own first, and its signature over HASH. */
struct ike_peer_proof {
	enum ike_auth_method method;
	struct chunk certs[IKE_CERTS_MAX];
	size_t n_certs;
	struct ike_id id;
	struct chunk hash, signature;
};

/*
 * Authentication by signatures (RFC 2409 5.1), given at creation and alive as long as the engine:
 * keys and the judgement about certificates stay with the caller.
 */
struct ike_auth {
	enum ike_auth_method method;	   /* any but IKE_AUTH_PSK */
	struct chunk certs[IKE_CERTS_MAX]; /* ours first, then what leads to an authority; DER */
	size_t n_certs;
	struct chunk ca_names[IKE_CAS_MAX]; /* DER of the names of those we trust */
	size_t n_cas;
	void *userdata;
	/*
	 * Signs HASH as RFC 2409 5.1 and RFC 4754 7 have it: for RSA PKCS #1 v1.5 over the bare hash,
	 * for ECDSA r|s. RET has room for IKE_SIGNATURE_MAX octets. Return: 0; a negative errno.
	 */
	int (*sign)(void *userdata, struct chunk hash, uint8_t *ret, size_t *ret_len);
	/*
	 * Judges all of it: the chain, the identity, the signature.
	 * Return: 0; an enum ike_refusal; a negative errno for our trouble.
	 */
	int (*verify)(void *userdata, const struct ike_peer_proof *proof);
};

/*
 * Randomness and cryptography, given at creation, so that tests can make both deterministic.
 * Every function returns 0 or a negative errno.
 */
struct ike_crypto {
	void *userdata;
	/* LEN octets nobody can guess. */
	int (*random)(void *userdata, void *ret, size_t len);
	/* Plain hash over the parts; RET has room for the hash's length (at most 64 octets). */
	int (*hash)(void *userdata, enum ike_hash alg, const struct chunk *parts, size_t n_parts,
		    uint8_t *ret);
	/* HMAC of the hash over the parts. */
	int (*hmac)(void *userdata, enum ike_hash alg, struct chunk key, const struct chunk *parts,
		    size_t n_parts, uint8_t *ret);
	/* CBC without padding: LEN is a multiple of the block; IN and RET may be the same buffer. */
	int (*cbc)(void *userdata, enum ike_encr alg, bool encrypt, struct chunk key,
		   const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *ret);
	/*
	 * A fresh key pair: the public value as it stands in a KE payload (left-padded to the size of
	 * the group; x|y for ECP, RFC 5903 7; as RFC 7748 has it for curve25519). *ret_private is an object of the implementation's.
	 */
	int (*dh_generate)(void *userdata, enum ike_group group, void **ret_private,
			   uint8_t *ret_public, size_t *ret_public_len);
	/*
	 * The shared value, left-padded to the size of the group (x alone for ECP). The peer's value
	 * is validated: -EBADMSG for 0, 1, p-1, p and above, points off the curve, those of
	 * curve25519 that give zero, wrong lengths.
	 */
	int (*dh_shared)(void *userdata, enum ike_group group, void *private_key,
			 struct chunk peer_public, struct secret *ret_shared);
	/* Frees what dh_generate() made. Accepts NULL. */
	void (*dh_free)(void *userdata, void *private_key);
};

/* Everything is copied by ike_new(). */
struct ike_config {
	struct endpoint local;	     /* our address, and the port the socket for port 500 has */
	uint16_t local_natt_port;    /* the port the socket for port 4500 has */
	struct endpoint remote;	     /* the gateway's address as we know it, port 500 */
	uint16_t remote_natt_port;   /* 4500 */
	uint16_t l2tp_local_port;    /* of the quick mode identity: the L2TP socket's port */
	uint16_t l2tp_remote_port;   /* 1701 */
	const struct secret *psk;    /* or NULL with `auth` */
	const struct ike_auth *auth; /* signatures; NULL: the pre-shared key. Not copied */
	struct ike_id local_id;	     /* IKE_ID_ANY: our own address, as Windows does */
	/*
	 * IKE_ID_ANY: whoever knows the key (a gateway names its LAN address). With signatures the
	 * identity is auth->verify()'s matter alone.
	 */
	struct ike_id remote_id;
	struct ike_proposal proposals[IKE_PROPOSALS_MAX];
	size_t n_proposals;
	struct ike_esp_proposal esp[IKE_PROPOSALS_MAX];
	size_t n_esp;
	uint32_t phase1_life_s;	 /* offered; 28800 */
	uint32_t phase2_life_s;	 /* offered; 3600 */
	uint32_t phase2_life_kb; /* offered; 250000; 0: none */
	/*
	 * Begin on port 4500 (RFC 3947 4 has responders take that), for a way on which port 500 is
	 * closed, and to see whether 4500 is open.
	 */
	bool floated;
	/*
	 * Only ask: message 1 is all that is sent, and its answer ends the engine with SELECTED. What
	 * the gateway chooses of an offer costs it a half-open SA, so that few should be asked for.
	 */
	bool ask_only;
	/*
	 * With `ask_only`: offer a cipher that nobody has, so that the answer is a refusal, which costs
	 * the gateway nothing. Some gateways are silent then.
	 */
	bool ask_refusal;
	/*
	 * Until the first SA stands: never another main mode beside one that isn't answered any more. It costs the
	 * gateway a second half-open SA.
	 */
	bool one_main_mode;
	bool force_encaps;	   /* claim a NAT, so that ESP is carried in UDP in any case */
	bool initial_contact;	   /* tell the gateway that we have nothing of it from before */
	nsec_t keepalive_interval; /* NAT keepalive, 20 s; 0: none (RFC 3948 4) */
	nsec_t repeat_longest;	   /* pause between repetitions; 0: that of lib/backoff.h */
};

/* How far the negotiation is. Each name says what was done last; ike_stage_name() gives the words. */
#define IKE_STAGES(X)                                \
	X(IDLE, N_("idle"))                          \
	X(MM1_SENT, N_("main mode message 1 sent"))  \
	X(MM3_SENT, N_("main mode message 3 sent"))  \
	X(MM5_SENT, N_("main mode message 5 sent"))  \
	X(PHASE1_UP, N_("phase 1 established"))      \
	X(QM1_SENT, N_("quick mode message 1 sent")) \
	X(CHILD_UP, N_("phase 2 established"))       \
	X(CLOSED, N_("closed"))

enum ike_stage {
#define X(name, words) IKE_STAGE_##name,
	IKE_STAGES(X)
#undef X
};

/* Why a datagram was dropped: ike_input()'s positive results. */
#define IKE_DROPS(X)                                                               \
	X(KEEPALIVE, N_("NAT keepalive"))                                          \
	X(MALFORMED, N_("malformed"))                                              \
	X(DUPLICATE, N_("duplicate"))                                              \
	X(COOKIE, N_("no such SA"))                                                \
	X(UNEXPECTED, N_("not expected in this state"))                            \
	X(NOT_ENCRYPTED, N_("not encrypted although keys exist"))                  \
	X(UNDECRYPTABLE, N_("does not decrypt to a valid message"))                \
	X(HASH, N_("wrong hash"))                                                  \
	X(PAYLOADS, N_("required payload missing, or one that must not be there")) \
	X(NOT_OFFERED, N_("selects what was not offered"))                         \
	X(WEAK, N_("weak or invalid key exchange value or nonce"))                 \
	X(ID, N_("identity not the one demanded"))                                 \
	X(PROOF, N_("certificate or signature refused"))                           \
	X(UNAUTHENTICATED, N_("unauthenticated notify, kept as a hint"))           \
	X(LIMIT, N_("over a limit"))

enum ike_drop {
	IKE_DROP_NONE,
#define X(name, words) IKE_DROP_##name,
	IKE_DROPS(X)
#undef X
};

/* Why the engine gave up; the last event it gives is then IKE_EVENT_FAILED. */
#define IKE_FAILURES(X)                                                                  \
	X(INTERNAL, N_("internal error"))                                                \
	X(REFUSED_PHASE1, N_("the gateway refused phase 1"))                             \
	X(REFUSED_PHASE2, N_("the gateway refused phase 2"))                             \
	X(AUTHENTICATION, N_("the gateway proved no knowledge of the pre-shared key"))   \
	X(ID, N_("the gateway's identity is not the one demanded"))                      \
	X(NOT_OFFERED, N_("the gateway selected what was not offered"))                  \
	X(WEAK, N_("the gateway sent a weak or invalid value"))                          \
	X(NO_NATT, N_("a NAT stands in the way and the gateway knows no NAT traversal")) \
	X(DELETED, N_("the gateway deleted the SA"))                                     \
	X(XAUTH, N_("the gateway wants XAUTH after phase 1"))

enum ike_failure {
	IKE_FAILURE_NONE,
#define X(name, words) IKE_FAILURE_##name,
	IKE_FAILURES(X)
#undef X
};

/*
 * A pair comes in two steps, so that nothing that overtakes quick mode's last message is lost:
 * CHILD_UP brings it, to be received by at once, CHILD_USE says when to send by it in place of the one
 * before. For the first pair one follows the other. A pair whose predecessor works still may go by
 * CHILD_DOWN without ever having been used.
 *
 * Once a pair was up, a gateway that deletes the pair in use or phase 1 doesn't end the engine: it
 * begins anew at once. How long to wait for that is the caller's decision. Before it is a failure
 * (DELETED). ike_close() gives CHILD_DOWN for each pair, then CLOSED.
 */
enum ike_event_type {
	IKE_EVENT_STAGE,     /* the negotiation went a step ahead: u.stage */
	IKE_EVENT_NATT,	     /* NAT detection's result: u.natt */
	IKE_EVENT_PHASE1_UP, /* the gateway proved the key: u.phase1; again when phase 1 is renewed */
	IKE_EVENT_PHASE1_DOWN, /* the gateway deleted it, and there is no other; a new one is begun */
	IKE_EVENT_CHILD_UP,    /* an SA pair to receive by at once: u.child */
	IKE_EVENT_CHILD_USE,   /* the SA pair to send by from now on: u.child_use */
	IKE_EVENT_CHILD_DOWN, /* an SA pair to remove: u.child_down */
	IKE_EVENT_NOTIFY,     /* the gateway said something: u.notify */
	IKE_EVENT_VENDOR,     /* a vendor ID of the gateway: u.vendor */
	IKE_EVENT_SELECTED,   /* of an engine that only asks: the gateway's choice: u.selected */
	IKE_EVENT_CERT_REQUEST, /* an authority whose certificates the gateway takes: u.cert_request */
	IKE_EVENT_FAILED,	/* gave up: u.failed; nothing follows */
	IKE_EVENT_CLOSED,	/* ike_close() is done; nothing follows */
};

/*
 * An ESP SA pair with its keys (RFC 2409 5.5). The keys become the receiver's; ike_event_clear().
 * AES-GCM's four octets of salt stand behind its key (RFC 4106 8.1), and it has no auth key.
 */
struct ike_child {
	uint32_t spi_in, spi_out; /* host order */
	struct ike_esp_proposal algorithms;
	struct secret encr_in, auth_in, encr_out, auth_out;
	bool udp_encap; /* ESP in UDP, between `local` and `remote` */
	struct endpoint local,
		remote; /* of the ESP packets; with their UDP ports when encapsulated */
	uint16_t l2tp_local_port, l2tp_remote_port;
	uint32_t life_s, life_kb; /* agreed; life_kb 0: none */
	uint32_t replaces_spi_in; /* the pair this one was made to replace, or 0 */
};

struct ike_event {
	enum ike_event_type type;
	union {
		enum ike_stage stage;
		struct {
			bool supported;	     /* the gateway knows RFC 3947 or a draft of it */
			const char *variant; /* which of them is spoken; NULL: none */
			bool local_nat;	     /* a NAT stands before us */
			bool remote_nat;     /* a NAT stands before the gateway */
			bool forced;	     /* no NAT, but encapsulation was asked for */
		} natt;
		struct {
			struct ike_proposal proposal;
			uint32_t life_s;
			struct ike_id peer_id;
			bool dpd; /* the gateway announced RFC 3706 */
			uint8_t cookie_i[8], cookie_r[8];
			struct secret encr_key; /* for a key log the user asked for, else unused */
		} phase1;
		struct ike_child child;
		struct {
			uint32_t spi_in;
		} child_use;
		struct {
			uint32_t spi_in, spi_out;
			bool by_peer;
		} child_down;
		struct {
			uint16_t type;	    /* RFC 2408 3.14.1, e.g. 14 NO-PROPOSAL-CHOSEN */
			bool authenticated; /* else anybody may have sent it: a hint */
			bool undecryptable; /* an encrypted message that our keys don't open; type 0 */
			enum ike_stage stage;
		} notify;
		struct {
			size_t len; /* of the whole; at most sizeof(data) are kept */
			uint8_t data[64];
		} vendor;
		struct {
			struct ike_proposal proposal;
			bool natt, dpd, fragmentation; /* what the gateway announced */
		} selected;
		struct ike_id cert_request; /* the authority's name, DER */
		struct {
			enum ike_failure reason;
			enum ike_stage stage;
			uint16_t notify_type;  /* the gateway's words, or 0 */
			struct ike_id peer_id; /* of ID alone: the gateway's, which it has proven */
		} failed;
	} u;
};

/* A datagram to send now. `natt` chooses the socket; the non-ESP marker is part of the data. */
struct ike_datagram {
	bool natt;
	struct endpoint remote;
	size_t len;
	uint8_t data[IKE_DATAGRAM_MAX];
};

/* Counters and facts for the diagnosis and for `status`. */
struct ike_stats {
	enum ike_stage stage;
	unsigned int sent, received, dropped, retransmitted;
	unsigned int main_modes; /* that were begun by us */
	unsigned int echoes;	 /* answers that came twice since we had repeated without need */
	unsigned int heard;	 /* of those received what has the cookies of an SA of ours */
	enum ike_drop
		last_drop; /* why the last dropped one of these was; IKE_DROP_NONE: none was */
	enum ike_refusal refusal; /* of the gateway's last certificates; IKE_REFUSAL_NONE */
	nsec_t round_trip; /* of the last message answered at once; before one is, a guess; 0: none yet */
	nsec_t last_authenticated; /* when the gateway last proved to be there; 0: never */
};

struct ike;

/*
 * Makes an engine in stage IDLE. *ret is the caller's: ike_free().
 * Return: 0; -EINVAL for a configuration without proposals, key or addresses; -ENOMEM.
 */
_must_check_ int ike_new(const struct ike_config *config, const struct ike_crypto *crypto,
			 struct ike **ret);

/* Wipes and frees everything; sends nothing. Accepts NULL. Returns NULL. */
struct ike *ike_free(struct ike *ike);

/* Starts main mode; quick mode follows by itself. Return: 0; -EALREADY; negative errno of the crypto. */
_must_check_ int ike_start(struct ike *ike, nsec_t now);

/*
 * Takes one datagram as it came from a socket (with the non-ESP marker where there is one).
 * Return: 0 when it was used; an enum ike_drop when it was dropped; a negative errno for our trouble.
 */
_must_check_ int ike_input(struct ike *ike, const struct endpoint *from, const uint8_t *data,
			   size_t len, nsec_t now);

/* To be called when ike_deadline() has come; early calls do nothing. Return: 0; a negative errno. */
_must_check_ int ike_timeout(struct ike *ike, nsec_t now);

/* When ike_timeout() wants to be called; NSEC_NEVER for not at all. */
nsec_t ike_deadline(const struct ike *ike);

/*
 * Deletes both phases and lets the Delete messages leave (RFC 2408 5.15; no answer is due).
 * Return: 0; a negative errno of the crypto, when the peer is not told.
 */
_must_check_ int ike_close(struct ike *ike, nsec_t now);

/*
 * Replaces the SA pair before its time, for one whose bytes run out: the engine sees none of them.
 * Time alone needs no call. Return: 0; -ENOENT: there is no pair; negative errno of the crypto.
 */
_must_check_ int ike_rekey(struct ike *ike, nsec_t now);

/*
 * Silence is about to be judged: what waits for an answer is repeated at once and then in pauses of PAUSE, so that
 * it is not the loss of a few messages that is judged. It ends with this stage.
 */
void ike_hurry(struct ike *ike, nsec_t pause, nsec_t now);

/*
 * Nothing comes by the newest pair although it is asked for: quick mode's last message, which nothing
 * answers, is sent once more. A gateway that lost it waits for it, and few repeat message 2 (RFC 2409
 * 5.5 leaves it open). At most every 200 ms. Return: 0; a negative errno.
 */
_must_check_ int ike_repeat_last(struct ike *ike, nsec_t now);

/*
 * The kernel took an SA of the pair away, whose SPI it is, since its limit was reached. Another pair
 * is negotiated at once. Return: 0; -ENOENT: there is no such pair; negative errno of the crypto.
 */
_must_check_ int ike_expired(struct ike *ike, uint32_t spi, nsec_t now);

/* Asks the gateway for a sign of life (RFC 3706). Return: 0; -EOPNOTSUPP when it knows no DPD. */
_must_check_ int ike_probe(struct ike *ike, nsec_t now);

/* Takes the next datagram to send. False: there is none. */
bool ike_next_datagram(struct ike *ike, struct ike_datagram *ret);

/* Takes the next event; keys in it become the caller's, who wipes it by ike_event_clear(). */
bool ike_next_event(struct ike *ike, struct ike_event *ret);

/* Wipes an event. */
void ike_event_clear(struct ike_event *event);

void ike_get_stats(const struct ike *ike, struct ike_stats *ret);

/* Words for the enumerations, and "AES-256-CBC/SHA-256/modp2048" for proposals; never NULL. */
const char *ike_stage_name(enum ike_stage stage);
const char *ike_drop_name(enum ike_drop drop);
const char *ike_failure_name(enum ike_failure failure);
const char *ike_refusal_name(enum ike_refusal refusal);
const char *ike_notify_name(uint16_t type);
const char *ike_encr_name(enum ike_encr encr, uint16_t key_bits);
const char *ike_hash_name(enum ike_hash hash);
const char *ike_group_name(enum ike_group group);
