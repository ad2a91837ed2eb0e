/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The L2TPv2 engine (RFC 2661; over IPsec: RFC 3193): the LAC's side of one control connection with
 * one incoming call. It does no I/O: datagrams, the time and randomness go in; datagrams, events
 * and one deadline come out. This is the only header of the folder that others include.
 *
 * The loop around it is the one of ike/ike.h: feed, take every event, take every datagram, wait.
 *
 * The way up: l2tp_start() sends SCCRQ; SCCRP is answered by SCCCN and ICRQ together; with ICRP
 * comes L2TP_EVENT_SESSION_READY, and ICCN is held back until the caller says by
 * l2tp_session_ready() that the kernel's session stands, so that nothing the LNS sends after ICCN
 * can be lost; the LNS's acknowledgement of ICCN gives L2TP_EVENT_SESSION_UP.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chunk.h"
#include "lib/endpoint.h"
#include "lib/macros.h"
#include "lib/nsec.h"
#include "lib/secret.h"

#define L2TP_DATAGRAM_MAX  1500
#define L2TP_HOST_NAME_MAX 64
#define L2TP_TEXT_MAX	   128
#define L2TP_MD5_LEN	   16

/* Randomness and the one hash L2TP knows, given at creation. Each returns 0 or a negative errno. */
struct l2tp_crypto {
	void *userdata;
	/* LEN octets nobody can guess. */
	int (*random)(void *userdata, void *ret, size_t len);
	/* MD5 over the parts, for tunnel authentication and hidden values (RFC 2661 4.3, 5.1.1). */
	int (*md5)(void *userdata, const struct chunk *parts, size_t n_parts,
		   uint8_t ret[static L2TP_MD5_LEN]);
};

/* What SCCRQ carries; gateways have refused either. */
enum l2tp_sccrq {
	L2TP_SCCRQ_WINDOWS, /* the AVPs of Windows' client in its order */
	L2TP_SCCRQ_MINIMAL, /* what RFC 2661 6.1 demands, and the window */
};

/* Everything is copied by l2tp_new(). */
struct l2tp_config {
	char host_name[L2TP_HOST_NAME_MAX]; /* Host Name AVP; not empty */
	uint16_t receive_window;	    /* Receive Window Size AVP; 8 as Windows, and at most */
	enum l2tp_sccrq sccrq;
	/*
	 * The tunnel's shared secret. When there is one the LNS must prove that it knows it, and its own
	 * challenge is answered (RFC 2661 5.1.1). Empty: a challenge ends the attempt.
	 */
	struct secret secret;
	/* Only ask: an SCCRP gives TUNNEL_UP, and the tunnel is ended with that. */
	bool ask_only;
	nsec_t hello_interval; /* HELLO after that long without control traffic; 30 s; 0: none */
	/*
	 * Of the path, measured by IKE; 0: unknown. Until the session stands repetitions begin soon after a round
	 * trip then, not after half a second.
	 */
	nsec_t round_trip;
	/*
	 * Of one message, before the peer counts as gone; 0: 8. Until the session stands the pauses are
	 * shorter, and there are three times as many.
	 */
	unsigned int max_tries;
};

/* How far the control connection is. */
#define L2TP_STAGES(X)                                         \
	X(IDLE, "idle")                                        \
	X(WAIT_SCCRP, "start-control-connection-request sent") \
	X(WAIT_ICRP, "incoming-call-request sent")             \
	X(WAIT_SESSION, "incoming-call-reply received")        \
	X(WAIT_ICCN_ACK, "incoming-call-connected sent")       \
	X(UP, "session established")                           \
	X(CLOSING, "closing")                                  \
	X(CLOSED, "closed")

enum l2tp_stage {
#define X(name, words) L2TP_STAGE_##name,
	L2TP_STAGES(X)
#undef X
};

/* Why a datagram was dropped: l2tp_input()'s positive results. */
#define L2TP_DROPS(X)                                                        \
	X(DATA, "data packet, or too short: not for the control connection") \
	X(MALFORMED, "malformed")                                            \
	X(VERSION, "not L2TP version 2")                                     \
	X(TUNNEL, "not our tunnel ID")                                       \
	X(DUPLICATE, "duplicate, acknowledged again")                        \
	X(WINDOW, "outside the window")                                      \
	X(UNKNOWN_MESSAGE, "unknown message type, not mandatory")            \
	X(UNEXPECTED, "not expected in this state")                          \
	X(PEER, "from another address or port than the tunnel's")

enum l2tp_drop {
	L2TP_DROP_NONE,
#define X(name, words) L2TP_DROP_##name,
	L2TP_DROPS(X)
#undef X
};

/* Why the engine gave up. */
#define L2TP_FAILURES(X)                                                      \
	X(INTERNAL, "internal error")                                         \
	X(NO_ANSWER, "no answer")                                             \
	X(STOPPED_BY_PEER, "the gateway ended the tunnel (StopCCN)")          \
	X(CALL_CLEARED_BY_PEER, "the gateway cleared the call (CDN)")         \
	X(PROTOCOL, "the gateway broke the protocol")                         \
	X(AUTHENTICATION_WANTED, "the gateway demands tunnel authentication") \
	X(AUTHENTICATION, "the gateway does not know the tunnel secret")

enum l2tp_failure {
	L2TP_FAILURE_NONE,
#define X(name, words) L2TP_FAILURE_##name,
	L2TP_FAILURES(X)
#undef X
};

/* What the peer's way to end it invites to, by RFC 2661's result and error codes. */
enum l2tp_advice {
	L2TP_ADVICE_NONE,
	L2TP_ADVICE_OTHER_SCCRQ,   /* SCCRQ was refused, and it may be for what it carried */
	L2TP_ADVICE_OTHER_GATEWAY, /* SCCRQ was refused: `text` names another gateway (RFC 3193 4) */
	L2TP_ADVICE_SECRET,	   /* not authorised */
	L2TP_ADVICE_LATER,	   /* there is no room now */
	L2TP_ADVICE_ANEW, /* it tidied up after our end of its only call: another tunnel may be begun */
};

/* What becomes of the call that stands when another one is placed in its tunnel. */
enum l2tp_order {
	L2TP_CALL_INSTEAD, /* ended first, so that the LNS can give the same address again */
	L2TP_CALL_BESIDE, /* ended when the other one is answered: an LNS may end the tunnel with its last call */
};

enum l2tp_event_type {
	L2TP_EVENT_STAGE,	  /* a step ahead, or WAIT_ICRP for another call: u.stage */
	L2TP_EVENT_TUNNEL_UP,	  /* SCCRP was accepted: u.tunnel */
	L2TP_EVENT_SESSION_READY, /* ICRP was accepted: the session may be built: u.session */
	L2TP_EVENT_SESSION_UP,	  /* ICCN is acknowledged */
	L2TP_EVENT_CLOSED,	  /* it ended: u.closed; nothing follows but acknowledgements */
};

struct l2tp_event {
	enum l2tp_event_type type;
	union {
		enum l2tp_stage stage;
		struct {
			uint16_t local_id, peer_id;
			/* The LNS's own, printable characters only. */
			char host_name[L2TP_HOST_NAME_MAX];
			char vendor_name[L2TP_HOST_NAME_MAX];
			uint16_t firmware;
			bool authenticated;   /* it proved that it knows the secret */
			struct endpoint peer; /* where SCCRP came from and everything goes to */
		} tunnel;
		struct {
			uint16_t local_tunnel_id, peer_tunnel_id;
			uint16_t local_session_id, peer_session_id;
			bool sequencing_required;
		} session;
		struct {
			enum l2tp_failure reason; /* NONE: by l2tp_close() */
			enum l2tp_stage stage;	  /* where it happened */
			/* RFC 2661 4.4.2: CDN's for CALL_CLEARED_BY_PEER, else StopCCN's; 0: none.
			 */
			uint16_t result, error;
			enum l2tp_advice advice; /* only of the peer's */
			/* The peer's words, or ours when we ended it; printable characters only. */
			char text[L2TP_TEXT_MAX];
		} closed;
	} u;
};

struct l2tp_datagram {
	size_t len;
	uint8_t data[L2TP_DATAGRAM_MAX];
};

struct l2tp_stats {
	enum l2tp_stage stage;
	unsigned int sent, received, dropped, retransmitted;
	nsec_t round_trip;    /* of the last acknowledged message; 0: none yet */
	nsec_t last_received; /* when the last valid control message came; 0: never */
};

struct l2tp;

/* Makes an engine in stage IDLE. Return: 0; -EINVAL for an unusable configuration; -ENOMEM. */
_must_check_ int l2tp_new(const struct l2tp_config *config, const struct l2tp_crypto *crypto,
			  struct l2tp **ret);

/* Frees everything; sends nothing. Accepts NULL. Returns NULL. */
struct l2tp *l2tp_free(struct l2tp *l2tp);

/* Sends SCCRQ. Only once an SA protects it (RFC 3193 4.2.2). Return: 0; -EALREADY; negative errno.
 */
_must_check_ int l2tp_start(struct l2tp *l2tp, nsec_t now);

/*
 * Takes one datagram from the tunnel's socket.
 * Return: 0 when it was used; an enum l2tp_drop when it was dropped; a negative errno for our
 * trouble.
 */
_must_check_ int l2tp_input(struct l2tp *l2tp, const struct endpoint *from, const uint8_t *data,
			    size_t len, nsec_t now);

/* To be called when l2tp_deadline() has come; early calls do nothing. Return: 0; a negative errno.
 */
_must_check_ int l2tp_timeout(struct l2tp *l2tp, nsec_t now);

/* When l2tp_timeout() wants to be called; NSEC_NEVER for not at all. */
nsec_t l2tp_deadline(const struct l2tp *l2tp);

/*
 * The kernel's session stands: ICCN may leave, unless the connection has begun to end since; then
 * nothing does, and CLOSED says why. Return: 0; -EINVAL when SESSION_READY does not wait for it.
 */
_must_check_ int l2tp_session_ready(struct l2tp *l2tp, nsec_t now);

/*
 * Begins another call in the same tunnel (ICRQ) and ends the present one (CDN), for a PPP that has
 * ended on our side alone. SESSION_READY follows as for the first call, with other session IDs. An LNS that has
 * room for one call refuses the other one; then the first is ended in any case, and it is asked again.
 * Return: 0; -ENOTCONN when no call stands; another negative errno, and the tunnel is of no more use.
 */
_must_check_ int l2tp_call(struct l2tp *l2tp, enum l2tp_order order, nsec_t now);

/*
 * Ends the call (CDN) and the tunnel (StopCCN) with the result code (RFC 2661 4.4.2: 1 general
 * request, 6 shutting down; CDN gets 3, administrative). CLOSED follows when it is acknowledged or
 * given up. Return: 0, also when there is nothing to end (CLOSED then comes at once); a negative
 * errno.
 */
_must_check_ int l2tp_close(struct l2tp *l2tp, uint16_t result, nsec_t now);

/* Sends a HELLO now, unless one is under way. Return: 0; -ENOTCONN. */
_must_check_ int l2tp_probe(struct l2tp *l2tp, nsec_t now);

/* Takes the next datagram to send. False: there is none. */
bool l2tp_next_datagram(struct l2tp *l2tp, struct l2tp_datagram *ret);

/* Takes the next event. False: there is none. */
bool l2tp_next_event(struct l2tp *l2tp, struct l2tp_event *ret);

void l2tp_get_stats(const struct l2tp *l2tp, struct l2tp_stats *ret);

/* Words for the enumerations and RFC 2661's codes; never NULL. */
const char *l2tp_stage_name(enum l2tp_stage stage);
const char *l2tp_drop_name(enum l2tp_drop drop);
const char *l2tp_failure_name(enum l2tp_failure failure);
const char *l2tp_stopccn_result_name(uint16_t result);
const char *l2tp_cdn_result_name(uint16_t result);
const char *l2tp_error_name(uint16_t error);
