/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What the responder model's files offer each other. */

#include "ike-responder.h"
#include "isakmp-text.h"

#define NOTIFY_NO_PROPOSAL    14
#define NOTIFY_AUTHENTICATION 24
#define NOTIFY_INVALID_ID     18
#define NOTIFY_CONNECTED      16384
#define NOTIFY_R_U_THERE      36136
#define NOTIFY_R_U_THERE_ACK  36137

/* The numbers of NAT traversal (RFC 3947 3.2, 5.1, 5.2; the drafts' are from the private ranges). */
struct responder_natt_numbers {
	uint8_t vendor[16];
	uint8_t nat_d, nat_oa;
	size_t n_nat_oa; /* from the client: both ends' addresses, or its own */
	uint32_t mode;	 /* UDP-encapsulated transport */
};

const struct responder_natt_numbers *responder_natt_numbers(const struct responder *r);

/* A message with room for the marker in front, as it is sent from port 4500. */
struct outgoing {
	uint8_t buf[4 + RESPONDER_DATAGRAM_MAX];
	struct isa_message m;
};

/* Octets of the SA's hash, of its cipher's block. */
size_t responder_hash_len(const struct responder_sa *sa);
size_t responder_block_len(const struct responder_sa *sa);

/* prf and plain hash over the parts. */
void responder_prf(const struct responder *r, const struct responder_sa *sa, struct chunk key,
		   const struct chunk *parts, size_t n, uint8_t ret[static 64]);
void responder_hash(const struct responder *r, const struct responder_sa *sa,
		    const struct chunk *parts, size_t n, uint8_t ret[static 64]);

/* SKEYID to SKEYID_e, the cipher's key and the first IV (RFC 2409 5.4, appendix B). */
void responder_derive_phase1(struct responder *r, struct responder_sa *sa, struct chunk g_xy);

/* HASH_I or HASH_R over an ID payload's body. */
void responder_proof(const struct responder *r, const struct responder_sa *sa, bool initiator,
		     struct chunk id, uint8_t ret[static 64]);

/* The first IV of an exchange after phase 1. */
void responder_iv2(const struct responder *r, const struct responder_sa *sa, uint32_t m_id,
		   uint8_t ret[static 16]);

/* The keys of both directions of a pair (RFC 2409 5.5). */
void responder_derive_child(const struct responder *r, const struct responder_sa *sa,
			    struct responder_child *child, struct chunk g_qm, struct chunk ni,
			    struct chunk nr);

/* Decrypts or encrypts in place and leaves the last cipher block in IV. */
bool responder_crypt(const struct responder *r, const struct responder_sa *sa, bool encrypt,
		     uint8_t iv[static 16], uint8_t *data, size_t len);

/* A message of the SA's; then its payloads; then responder_finish(). */
struct isa_message *responder_begin(struct outgoing *out, const struct responder_sa *sa,
				    uint8_t exchange, uint8_t flags, uint32_t m_id);

/* A HASH payload to be filled in by responder_fill_hash(), always the first one. */
void responder_open_hash(const struct responder_sa *sa, struct isa_message *m);
void responder_fill_hash(const struct responder *r, const struct responder_sa *sa,
			 struct outgoing *out, uint32_t m_id, struct chunk ni);

/* Completes the message, with IV encrypted, and gives it as a datagram to the SA's peer. */
struct responder_datagram responder_finish(const struct responder *r, const struct responder_sa *sa,
					   struct outgoing *out, uint8_t *iv);

void responder_send(struct responder *r, const struct responder_datagram *d);
/* The same datagram again; in pieces if it is long and the client takes them. */
void responder_send_again(struct responder *r, const struct responder_datagram *d);

/* The whole message: this one, or the one that it completes. False: pieces are missing. */
bool responder_collect(struct responder *r, const struct isa_header *h, struct chunk message,
		       struct chunk *ret);

void responder_random(struct responder *r, void *ret, size_t len);
void responder_violation(struct responder *r, const char *words);
bool responder_keep(struct responder_octets *ret, struct chunk data);
struct chunk responder_view(const struct responder_octets *o);

/* Begins a turn: the request, its answer, which is sent, and the repetition if it is wanted. */
void responder_turn(struct responder *r, struct responder_turn *turn, struct chunk request,
		    const struct responder_datagram *answer, bool repeat);

/* A message of quick mode, or an informational one, for an SA that is up. */
void responder_quick(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
		     struct chunk message);
void responder_info(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
		    struct chunk message);

/* Sends one payload in a protected message of its own: informational, or of another exchange. */
void responder_send_alone(struct responder *r, const struct responder_sa *sa, uint8_t exchange,
			  uint8_t type, const void *body, size_t len);
void responder_send_info(struct responder *r, const struct responder_sa *sa, uint8_t type,
			 const void *body, size_t len);

/* A slot, the oldest one if need be. */
struct responder_sa *responder_new_sa(struct responder *r);
struct responder_quick *responder_new_quick(struct responder *r);
struct responder_child *responder_new_child(struct responder *r, size_t *ret_index);

/* The newest one that is up, or NULL. */
struct responder_sa *responder_newest_sa(struct responder *r);

/* It is up: the older ones are cut, if the configuration wants it. */
void responder_sa_up(struct responder *r, struct responder_sa *sa);
void responder_child_up(struct responder *r, struct responder_child *child);

/* Parts of main mode's messages. */
void responder_put_vendors(const struct responder *r, struct isa_message *m, bool natt);
bool responder_has_natt(const struct responder *r, const struct isa_payloads *p);
/* NAT-D of the client's end and of ours. */
void responder_put_detection(const struct responder *r, const struct responder_sa *sa,
			     struct isa_message *m, const struct endpoint *client);
void responder_detect_nat(struct responder *r, struct responder_sa *sa,
			  const struct isa_payloads *p, const struct endpoint *from);
/* The body of our ID payload; returns its length. */
size_t responder_identity(const struct responder *r, uint8_t ret[static 24]);

/* A Delete for a phase 1. */
void responder_send_delete_sa(struct responder *r, const struct responder_sa *sa);

/* A NAT-OA payload. */
void responder_put_address(struct isa_message *m, uint8_t type, const struct endpoint *e);
/* The numbers of phase 2 (RFC 2407 4.5, RFC 4106 8): transform, HMAC (0: none), encapsulation mode. */
uint32_t responder_transform_2(const struct responder *r);
uint32_t responder_auth_2(const struct responder *r);
uint32_t responder_mode_2(const struct responder *r, const struct responder_sa *sa);
/* HASH(1), (2) or, with THIRD, (3). */
void responder_quick_hash(const struct responder *r, const struct responder_sa *sa, bool third,
			  uint32_t m_id, struct chunk ni, struct chunk nr, struct chunk rest,
			  uint8_t ret[static 64]);

/* The answers to what the model began. */
void responder_take_main_2(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
			   const struct isa_payloads *p, struct chunk message);
void responder_take_main_4(struct responder *r, struct responder_sa *sa,
			   const struct isa_payloads *p, const struct endpoint *from,
			   struct chunk message);
void responder_take_main_6(struct responder *r, struct responder_sa *sa, const struct isa_header *h,
			   struct chunk message);
void responder_take_quick_2(struct responder *r, struct responder_sa *sa, struct responder_quick *q,
			    const struct isa_payloads *p, const uint8_t iv[static 16],
			    struct chunk message);
