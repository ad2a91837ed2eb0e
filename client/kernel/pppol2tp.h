/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/*
 * The kernel's L2TP data path (RFC 2661 5), by the socket interface, which every kernel with PPPoL2TP
 * has (the netlink one is a part of L2TPv3). Tunnel and session live as long as their sockets.
 */

/* Opens an unconnected session socket: PPP's program can be given it before there is a session.
 * Causes: KERNEL_L2TP, PRIVILEGE. */
_must_check_ int pppol2tp_open(int *ret_fd, struct failure *ret_failure);

struct pppol2tp_session {
	int udp_fd;		/* the tunnel's socket, connected to the LNS */
	struct endpoint remote; /* the LNS, with its port */
	uint16_t local_tunnel_id, peer_tunnel_id;
	uint16_t local_session_id, peer_session_id;
	bool sequencing; /* number all packets, and take none without a number */
};

/*
 * Makes the tunnel unless *TUNNEL_FD has it already (-1: not; the socket is to be kept open) and connects
 * SESSION_FD to the session. Frames that the LNS sends from now on wait for PPP. Cause: KERNEL_L2TP.
 */
_must_check_ int pppol2tp_connect(int session_fd, const struct pppol2tp_session *session,
				  int *tunnel_fd, struct failure *ret_failure);
