/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The data plane: what carries the user's packets once the engines have agreed on it. A table of
 * functions, so that the connection knows neither kernel nor pppd: dataplane-kernel.c is kernel ESP,
 * PPPoL2TP and pppd; the recording one serves tests. Requests are plain structs of fixed size.
 *
 * It owns the L2TP socket, because L2TP's control messages take the same way as its data: through
 * ESP. From open() until close() returned nothing of it can leave or be accepted outside ESP.
 *
 * Functions return 0 or a negative errno and then name the cause in *ret_failure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/profile/profile-types.h"
#include "ike/ike.h"
#include "lib/endpoint.h"
#include "lib/secret.h"
#include "ppp/findings.h"

#define DP_TEXT_MAX 256

struct dp_config {
	struct endpoint local; /* our address; port: the L2TP source port, 0 for an ephemeral one */
	struct endpoint remote; /* the gateway's address, port 1701 */
	uint32_t mark;		/* of the tunnel's own packets, 0: none */
};

struct dp_session {
	uint16_t local_tunnel_id, peer_tunnel_id;
	uint16_t local_session_id, peer_session_id;
	bool sequencing; /* number all packets, and take none without a number */
};

/* What PPP can't know before the algorithms are agreed on. */
struct dp_link {
	uint16_t mtu, mru; /* largest packets sent and asked for; the gateway may lower the first */
	bool ipv6;	   /* IPv6 as well, when the gateway has it */
	bool no_eap;	   /* it has shown to be in vain */
	enum ppp_method method; /* the best that the gateway has, where that is known; else NONE */
	/* Before a message of PPP is repeated, and for what the gateway has to say. */
	nsec_t pause, patience;
	bool lossy; /* the path is known to lose messages */
};

enum dp_ppp_state {
	DP_PPP_ADDRESS, /* IPCP is through: the addresses are in place */
	DP_PPP_ADDRESS6, /* IPv6CP is through, before or after that: `local` and `peer` are link-local */
	DP_PPP_FOUND,	/* the frames show something new: `found` */
	DP_PPP_LOG,	/* pppd said something: `text` */
	DP_PPP_MISSING, /* the gateway's next word doesn't come; which one was told as log */
	DP_PPP_DOWN,	/* PPP ended: failure says why */
};

struct dp_ppp_event {
	enum dp_ppp_state state;
	char ifname[DP_IFNAME_MAX];
	uint32_t ifindex;
	struct endpoint local, peer;
	struct endpoint dns[2]; /* family 0: none */
	uint16_t mtu;
	struct ppp_findings found; /* of DP_PPP_DOWN as well: all of it */
	struct failure failure;	   /* of DP_PPP_DOWN; CAUSE_NONE when we asked for it */
	char text[DP_TEXT_MAX];
};

struct dp_counters {
	uint64_t rx_bytes, tx_bytes, rx_packets, tx_packets; /* of the PPP interface */
	uint64_t esp_in_packets, esp_out_packets;	     /* of all SA pairs there were */
	uint64_t esp_in_bytes, esp_out_bytes;
	struct endpoint
		address6; /* what the gateway's router advertisements gave; family 0: none */
};

/* Whom the data plane tells. Called from the event loop, never from within one of its functions. */
struct dp_listener {
	void *userdata;
	void (*on_l2tp)(void *userdata, const struct endpoint *from, const uint8_t *data,
			size_t len);
	void (*on_l2tp_error)(void *userdata, int error); /* positive errno, e.g. ECONNREFUSED */
	void (*on_ppp)(void *userdata, const struct dp_ppp_event *event);
	void (*on_expire)(void *userdata, uint32_t spi, bool hard);
};

struct dataplane {
	const struct dataplane_ops *ops;
	struct dp_listener listener;
};

struct dataplane_ops {
	/* Puts the requiring policies in place, then opens the L2TP socket; *ret_port is its port. */
	int (*open)(struct dataplane *dp, const struct dp_config *config, uint16_t *ret_port,
		    struct failure *ret_failure);
	/* Gets PPP ready to run (starts its process), so that start_ppp() costs nothing. */
	int (*prepare_ppp)(struct dataplane *dp, const struct dp_ppp *ppp,
			   struct failure *ret_failure);
	/* Receives by the pair from now on. Wipes its copies of the keys when it needs them no more. */
	int (*install_child)(struct dataplane *dp, const struct ike_child *child,
			     struct failure *ret_failure);
	/* Sends by the pair of this inbound SPI, and no longer by the one before, which goes on to receive. */
	int (*use_child)(struct dataplane *dp, uint32_t spi_in, struct failure *ret_failure);
	int (*remove_child)(struct dataplane *dp, uint32_t spi_in);
	/* A control message through the tunnel's socket. */
	int (*send_l2tp)(struct dataplane *dp, const uint8_t *data, size_t len);
	/* Makes tunnel and session: from now on nothing that the LNS sends is lost. */
	int (*open_session)(struct dataplane *dp, const struct dp_session *session,
			    struct failure *ret_failure);
	/*
	 * Lets PPP speak as soon as the LNS is heard on the session: earlier its end may not stand and our
	 * first Configure-Request would be lost. An LNS that waits for us is spoken to after a second.
	 * DP_PPP_ADDRESS or DP_PPP_DOWN follows.
	 */
	int (*start_ppp)(struct dataplane *dp, const struct dp_link *link,
			 struct failure *ret_failure);
	/* Asks PPP to end in order; DP_PPP_DOWN follows. Return: -ENOTCONN when none runs. */
	int (*stop_ppp)(struct dataplane *dp);
	/* Why PPP ends, by what it has said so far; CAUSE_NONE: nothing. ENDED: the gateway has cleared the call. */
	void (*get_ppp_reason)(struct dataplane *dp, bool ended, struct failure *ret);
	int (*get_counters)(struct dataplane *dp, struct dp_counters *ret);
	/*
	 * Ends PPP without a word, and the session: another one may be opened. No DP_PPP_DOWN follows.
	 */
	void (*close_session)(struct dataplane *dp);
	/*
	 * The tunnel of the sessions there were is over, and another one follows under the same SAs and from the same port.
	 * PPP that was prepared is gone, too.
	 */
	int (*renew_tunnel)(struct dataplane *dp, struct failure *ret_failure);
	/* Whether PPP's process does nothing any more (it was stopped), so that nobody notices its end. */
	bool (*is_ppp_stuck)(struct dataplane *dp);
	/* Ends what still runs, closes the socket, then removes SAs, and the policies last. */
	void (*close)(struct dataplane *dp);
	/* close() and free. Accepts NULL. */
	struct dataplane *(*free)(struct dataplane *dp);
};
