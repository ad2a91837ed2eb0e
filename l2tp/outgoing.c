/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages we send (RFC 2661 6), each as small as the RFC admits or as Windows' is: there are
 * gateways that end the tunnel over an AVP they don't know. The M bits are the table's in avp.c;
 * numbering and repetition are the channel's.
 */
#include "l2tp/outgoing.h"

#include <string.h>

#include "l2tp/avp.h"
#include "l2tp/protocol.h"
#include "lib/builder.h"

#define FIRMWARE_REVISION 0x0100
#define VENDOR_NAME	  "Tsunagu"

/* There is no modem behind the call; its speed is for the gateway's log. */
#define TX_CONNECT_SPEED 100000000

/* The order is Windows', which every gateway has seen; the names are ours. */
static void put_windows(struct l2tp *l2tp, struct builder *b)
{
	const char *host_name = l2tp->config.host_name;

	avp_put_u16(b, L2TP_AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION_1_0);
	avp_put_u32(b, L2TP_AVP_FRAMING_CAPABILITIES, L2TP_FRAMING_SYNC);
	avp_put_u32(b, L2TP_AVP_BEARER_CAPABILITIES, 0);
	avp_put_u16(b, L2TP_AVP_FIRMWARE_REVISION, FIRMWARE_REVISION);
	avp_put_bytes(b, L2TP_AVP_HOST_NAME, host_name, strlen(host_name));
	avp_put_bytes(b, L2TP_AVP_VENDOR_NAME, VENDOR_NAME, strlen(VENDOR_NAME));
}

/* The order is RFC 2661 6.1's. */
static void put_minimal(struct l2tp *l2tp, struct builder *b)
{
	const char *host_name = l2tp->config.host_name;

	avp_put_u16(b, L2TP_AVP_PROTOCOL_VERSION, L2TP_PROTOCOL_VERSION_1_0);
	avp_put_bytes(b, L2TP_AVP_HOST_NAME, host_name, strlen(host_name));
	avp_put_u32(b, L2TP_AVP_FRAMING_CAPABILITIES, L2TP_FRAMING_SYNC);
}

/* A message under construction. */
struct draft {
	struct builder b;
	uint8_t data[L2TP_CHANNEL_MESSAGE_MAX];
};

static void draft_init(struct draft *d, uint16_t type)
{
	d->b = builder_init(d->data, sizeof(d->data));
	avp_put_u16(&d->b, L2TP_AVP_MESSAGE_TYPE, type);
}

static int draft_send(struct l2tp *l2tp, struct draft *d, uint16_t session_id, nsec_t now,
		      uint16_t *ret_ns)
{
	long len = builder_finish(&d->b);

	if (len < 0)
		return (int)len;
	return l2tp_channel_send(&l2tp->channel, session_id, d->data, (size_t)len, now, ret_ns);
}

/* 6.1 */
int l2tp_send_sccrq(struct l2tp *l2tp, nsec_t now)
{
	struct draft d;
	uint16_t ns;

	draft_init(&d, L2TP_MSG_SCCRQ);
	switch (l2tp->config.sccrq) {
	case L2TP_SCCRQ_WINDOWS:
		put_windows(l2tp, &d.b);
		break;
	case L2TP_SCCRQ_MINIMAL:
		put_minimal(l2tp, &d.b);
		break;
	}
	avp_put_u16(&d.b, L2TP_AVP_ASSIGNED_TUNNEL_ID, l2tp->local_tunnel_id);
	avp_put_u16(&d.b, L2TP_AVP_RECEIVE_WINDOW_SIZE, l2tp->config.receive_window);
	if (l2tp->config.secret.len > 0)
		avp_put_bytes(&d.b, L2TP_AVP_CHALLENGE, l2tp->challenge, sizeof(l2tp->challenge));
	return draft_send(l2tp, &d, 0, now, &ns);
}

/* 6.3; RESPONSE is empty when the LNS did not ask. */
int l2tp_send_scccn(struct l2tp *l2tp, struct chunk response, nsec_t now)
{
	struct draft d;
	uint16_t ns;

	draft_init(&d, L2TP_MSG_SCCCN);
	if (response.len > 0)
		avp_put_bytes(&d.b, L2TP_AVP_CHALLENGE_RESPONSE, response.data, response.len);
	return draft_send(l2tp, &d, 0, now, &ns);
}

/* 6.6 */
int l2tp_send_icrq(struct l2tp *l2tp, nsec_t now)
{
	struct draft d;

	draft_init(&d, L2TP_MSG_ICRQ);
	avp_put_u16(&d.b, L2TP_AVP_ASSIGNED_SESSION_ID, l2tp->local_session_id);
	avp_put_u32(&d.b, L2TP_AVP_CALL_SERIAL_NUMBER, l2tp->calls);
	int r = draft_send(l2tp, &d, 0, now, &l2tp->icrq_ns);
	l2tp->icrp_due = NSEC_NEVER;
	if (r == 0)
		l2tp->call_open = true;
	return r;
}

/* 6.8 */
int l2tp_send_iccn(struct l2tp *l2tp, nsec_t now)
{
	struct draft d;

	draft_init(&d, L2TP_MSG_ICCN);
	avp_put_u32(&d.b, L2TP_AVP_TX_CONNECT_SPEED, TX_CONNECT_SPEED);
	avp_put_u32(&d.b, L2TP_AVP_FRAMING_TYPE, L2TP_FRAMING_SYNC);
	return draft_send(l2tp, &d, l2tp->peer_session_id, now, &l2tp->iccn_ns);
}

/* 6.5 */
int l2tp_send_hello(struct l2tp *l2tp, nsec_t now)
{
	struct draft d;
	uint16_t ns;

	draft_init(&d, L2TP_MSG_HELLO);
	return draft_send(l2tp, &d, 0, now, &ns);
}

/* 6.12; the peer's session ID is 0 in the header while it is not known, which is why ours is
 * inside. */
static int send_cdn(struct l2tp *l2tp, uint16_t local_session_id, uint16_t peer_session_id,
		    uint16_t result, uint16_t error, nsec_t now)
{
	struct draft d;
	uint16_t ns;

	draft_init(&d, L2TP_MSG_CDN);
	avp_put_result(&d.b, result, error, NULL);
	avp_put_u16(&d.b, L2TP_AVP_ASSIGNED_SESSION_ID, local_session_id);
	return draft_send(l2tp, &d, peer_session_id, now, &ns);
}

int l2tp_send_cdn(struct l2tp *l2tp, uint16_t result, uint16_t error, nsec_t now)
{
	return send_cdn(l2tp, l2tp->local_session_id, l2tp->peer_session_id, result, error, now);
}

int l2tp_send_old_cdn(struct l2tp *l2tp, nsec_t now)
{
	uint16_t peer = l2tp->old_peer;

	l2tp->old_peer = 0;
	return peer == 0 ? 0 : l2tp_send_former_cdn(l2tp, l2tp->old_local, peer, now);
}

int l2tp_send_former_cdn(struct l2tp *l2tp, uint16_t local_session_id, uint16_t peer_session_id,
			 nsec_t now)
{
	return send_cdn(l2tp, local_session_id, peer_session_id, L2TP_CDN_ADMINISTRATIVE,
			L2TP_ERROR_NONE, now);
}

/* 6.4; what was said of the session ID holds here for the tunnel ID. */
int l2tp_send_stopccn(struct l2tp *l2tp, uint16_t result, uint16_t error, const char *text,
		      nsec_t now)
{
	struct draft d;

	draft_init(&d, L2TP_MSG_STOPCCN);
	avp_put_u16(&d.b, L2TP_AVP_ASSIGNED_TUNNEL_ID, l2tp->local_tunnel_id);
	avp_put_result(&d.b, result, error, text);
	return draft_send(l2tp, &d, 0, now, &l2tp->stopccn_ns);
}
