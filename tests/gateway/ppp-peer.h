/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The other end of PPP by script, in data messages of L2TP that the kernel never sees: what pppd would
 * not do on purpose. It opens LCP (RFC 1661) as a Yamaha does, with an MRU of 1792, says its script's
 * frames when LCP is open and when the client has answered for itself, and after PAP's acknowledgement
 * (RFC 1334) it agrees on addresses (RFC 1332). No packet of the user's passes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPP_PEER_FRAME_MAX 2048
#define PPP_PEER_QUEUE_MAX 16

struct ppp_frame {
	uint16_t protocol;
	const char *data;
	size_t len;
	size_t pad; /* octets of 'A' behind it */
};

struct ppp_script {
	bool pap; /* in place of MS-CHAPv2 */
	struct ppp_frame open[4], answered[4];
};

struct ppp_peer {
	const struct ppp_script *script; /* NULL: not begun */
	uint16_t tunnel, session;
	bool we_are_acked, they_are_acked, opened, answered;
	size_t n;
	struct {
		size_t len;
		uint8_t data[PPP_PEER_FRAME_MAX];
	} queue[PPP_PEER_QUEUE_MAX];
};

void ppp_peer_start(struct ppp_peer *p, const struct ppp_script *script, uint16_t tunnel,
		    uint16_t session);

/* A data message of the session. */
void ppp_peer_input(struct ppp_peer *p, const uint8_t *data, size_t len);

/* The next data message to send. False: there is none. */
bool ppp_peer_next(struct ppp_peer *p, uint8_t ret[static PPP_PEER_FRAME_MAX], size_t *ret_len);
