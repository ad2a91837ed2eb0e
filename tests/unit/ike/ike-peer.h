/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A small gateway for the engine's unit tests: one function per message, which takes what the
 * engine sent and writes the answer to `reply`. The knobs make it answer wrongly; everything it
 * does right it does by the engine's own wire and key functions, so that it is no judge of those.
 */

#include "ike/message.h"

enum peer_selection {
	PEER_SELECT_OFFERED,
	PEER_SELECT_FORGED,  /* an attribute changed to `forged` */
	PEER_SELECT_LIFE,    /* the life in seconds changed to `forged` */
	PEER_SELECT_EXTRA,   /* an attribute added */
	PEER_SELECT_MISSING, /* the last attribute left out */
	PEER_SELECT_TWO,     /* two transforms */
};

struct peer {
	struct ike env; /* configuration and crypto for the borrowed functions; no engine */
	struct ike_sa sa;
	uint8_t iv[KEYMAT_BLOCK_MAX];
	uint8_t qm_iv[KEYMAT_BLOCK_MAX];
	uint32_t qm_msgid;
	uint32_t spi_in, spi_out;
	struct octets qm_ni, qm_nr;
	struct endpoint self; /* as it knows itself */
	struct endpoint seen; /* as it sees the client */

	size_t select; /* which transform of phase 1, which proposal of phase 2 */
	enum peer_selection selection;
	uint16_t forged_type, forged;
	bool no_natt, no_dpd, bad_hash, bad_ke, short_nonce, id_private, id_tcp;
	const struct natt_variant *variant; /* set by the vendor IDs */
	struct payload_id id;		    /* of message 6; type 0: `self` */
	uint32_t n_pairs;		    /* for SPIs that differ */
	size_t responder_lifetime;	    /* in quick mode's answer, or 0 */
	size_t responder_life_kb;	    /* the same */
	size_t n_nat_oa;		    /* in quick mode's answer */
	struct chunk nat_oa;		    /* the body of each */

	struct outgoing out;
	size_t reply_len;
	uint8_t reply[IKE_DATAGRAM_MAX];
};

void peer_init(struct peer *p, const struct ike_config *config, const struct ike_crypto *crypto);
void peer_clear(struct peer *p);
void peer_mm2(struct peer *p, const struct ike_datagram *d);
void peer_mm4(struct peer *p, const struct ike_datagram *d);
/* Return: whether message 5 was right. */
bool peer_mm6(struct peer *p, const struct ike_datagram *d);
/* Return: whether message 1 of quick mode was right. */
bool peer_qm2(struct peer *p, const struct ike_datagram *d);
/* Return: whether message 3 of quick mode was right. */
bool peer_qm3(struct peer *p, const struct ike_datagram *d);
/* Decrypts and verifies an informational message. */
bool peer_info(struct peer *p, const struct ike_datagram *d, struct incoming *ret);
/* Writes a message with one payload behind HASH(1), as the gateway's own. */
void peer_send(struct peer *p, uint8_t exchange, uint32_t msgid, uint8_t type, struct chunk body);
/* The same, informational. */
void peer_send_info(struct peer *p, uint32_t msgid, uint8_t type, struct chunk body);
/* The same in clear. */
void peer_send_clear(struct peer *p, uint8_t type, struct chunk body);
/* The bodies for it. */
struct chunk peer_notify(uint16_t type, struct chunk spi, struct chunk data);
struct chunk peer_delete(uint8_t protocol, struct chunk spi);
