/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done about each message. The message has been checked against its rules, and the table in
 * engine.c has admitted it in this stage; an action draws the conclusions and queues the answers.
 */
#include "l2tp/actions.h"

#include "l2tp/avp.h"
#include "l2tp/outgoing.h"
#include "l2tp/protocol.h"
#include "l2tp/stage.h"
#include "l2tp/text.h"
#include "lib/secret.h"

/* The peer's tunnel ID goes on everything from now on, an end of the tunnel included. */
static void learn_tunnel(struct l2tp *l2tp, uint16_t tunnel_id)
{
	l2tp->peer_tunnel_id = tunnel_id;
	l2tp_channel_set_peer(&l2tp->channel, tunnel_id);
}

static bool has(const struct l2tp_message *m, uint16_t type)
{
	return m->present & L2TP_AVP_BIT(type);
}

static void tell_tunnel(struct l2tp *l2tp, const struct l2tp_message *m)
{
	struct l2tp_event e = { .type = L2TP_EVENT_TUNNEL_UP };

	e.u.tunnel.local_id = l2tp->local_tunnel_id;
	e.u.tunnel.peer_id = l2tp->peer_tunnel_id;
	e.u.tunnel.firmware = m->firmware;
	e.u.tunnel.authenticated = l2tp->config.secret.len > 0;
	e.u.tunnel.peer = l2tp->peer;
	l2tp_text_copy(e.u.tunnel.host_name, sizeof(e.u.tunnel.host_name), m->host_name);
	l2tp_text_copy(e.u.tunnel.vendor_name, sizeof(e.u.tunnel.vendor_name), m->vendor_name);
	l2tp_push_event(l2tp, &e);
}

/* Ends what an action was to continue. */
static int end_instead(struct l2tp *l2tp, const struct l2tp_ending *ending, nsec_t now)
{
	int r = l2tp_end(l2tp, ending, now);

	return r < 0 ? r : L2TP_ACTION_ENDED;
}

/* 4.4.3: version 1 of whatever revision; otherwise the error code says what we could do. */
static const struct l2tp_ending other_version = {
	.reason = L2TP_FAILURE_PROTOCOL,
	.result = L2TP_STOPCCN_VERSION,
	.error = L2TP_PROTOCOL_VERSION_1_0,
	.text = "protocol version 1 is supported",
};

/* The question is answered. */
static const struct l2tp_ending asked = {
	.reason = L2TP_FAILURE_NONE,
	.result = L2TP_STOPCCN_GENERAL,
};

static const struct l2tp_ending authentication_wanted = {
	.reason = L2TP_FAILURE_AUTHENTICATION_WANTED,
	.result = L2TP_STOPCCN_NOT_AUTHORISED,
	.text = "no tunnel secret configured",
};

/* What a Challenge Response AVP in a message of TYPE answers CHALLENGE with (4.4.3). */
static int challenge_response(const struct l2tp *l2tp, uint8_t type, struct chunk challenge,
			      uint8_t ret[static L2TP_MD5_LEN])
{
	const struct chunk parts[] = { { &type, 1 },
				       secret_chunk(&l2tp->config.secret),
				       challenge };

	return l2tp->crypto.md5(l2tp->crypto.userdata, parts, ARRAY_SIZE(parts), ret);
}

static const struct l2tp_ending not_answered = {
	.reason = L2TP_FAILURE_AUTHENTICATION,
	.result = L2TP_STOPCCN_NOT_AUTHORISED,
	.text = "challenge not answered",
};

static const struct l2tp_ending wrong_response = {
	.reason = L2TP_FAILURE_AUTHENTICATION,
	.result = L2TP_STOPCCN_NOT_AUTHORISED,
	.text = "wrong challenge response",
};

/*
 * 5.1.1: whoever has a secret challenges. Without one the LNS can't be answered. The octet of the
 * message's type in the hash keeps an LNS from having us answer our own challenge.
 */
static int check_authentication(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	struct chunk challenge = { l2tp->challenge, sizeof(l2tp->challenge) };
	uint8_t wanted[L2TP_MD5_LEN];

	if (l2tp->config.secret.len == 0)
		return has(m, L2TP_AVP_CHALLENGE) ? end_instead(l2tp, &authentication_wanted, now)
						  : L2TP_ACTION_DONE;
	if (!has(m, L2TP_AVP_CHALLENGE_RESPONSE))
		return end_instead(l2tp, &not_answered, now);
	int r = challenge_response(l2tp, L2TP_MSG_SCCRP, challenge, wanted);
	if (r < 0)
		return r;
	if (!secret_equal(wanted, m->challenge_response.data, sizeof(wanted)))
		return end_instead(l2tp, &wrong_response, now);
	return L2TP_ACTION_DONE;
}

static int send_scccn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	uint8_t response[L2TP_MD5_LEN];

	if (!has(m, L2TP_AVP_CHALLENGE))
		return l2tp_send_scccn(l2tp, (struct chunk){}, now);
	int r = challenge_response(l2tp, L2TP_MSG_SCCCN, m->challenge, response);
	if (r < 0)
		return r;
	return l2tp_send_scccn(l2tp, (struct chunk){ response, sizeof(response) }, now);
}

int l2tp_action_sccrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	learn_tunnel(l2tp, m->assigned_tunnel_id);
	if (m->protocol_version >> 8 != L2TP_PROTOCOL_VERSION_1_0 >> 8)
		return end_instead(l2tp, &other_version, now);
	int r = check_authentication(l2tp, m, now);
	if (r != L2TP_ACTION_DONE)
		return r;
	if (l2tp->config.ask_only) {
		tell_tunnel(l2tp, m);
		return end_instead(l2tp, &asked, now);
	}
	if (has(m, L2TP_AVP_RECEIVE_WINDOW_SIZE))
		l2tp_channel_set_window(&l2tp->channel, m->window, now);

	r = send_scccn(l2tp, m, now);
	if (r < 0)
		return r;
	r = l2tp_send_icrq(l2tp, now);
	if (r < 0)
		return r;
	l2tp->pinned = true;
	tell_tunnel(l2tp, m);
	return L2TP_ACTION_DONE;
}

/* StopCCN has left without a tunnel ID; now there is one for it. */
int l2tp_action_late_sccrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	(void)now;
	if (l2tp->peer_tunnel_id != 0)
		return L2TP_ACTION_DONE;
	learn_tunnel(l2tp, m->assigned_tunnel_id);
	l2tp_channel_repeat(&l2tp->channel);
	return L2TP_ACTION_DONE;
}

int l2tp_action_icrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	struct l2tp_event e = { .type = L2TP_EVENT_SESSION_READY };

	l2tp->peer_session_id = m->assigned_session_id;
	l2tp->further = false;
	int r = l2tp_send_old_cdn(l2tp, now);
	if (r < 0)
		return r;
	e.u.session.local_tunnel_id = l2tp->local_tunnel_id;
	e.u.session.peer_tunnel_id = l2tp->peer_tunnel_id;
	e.u.session.local_session_id = l2tp->local_session_id;
	e.u.session.peer_session_id = l2tp->peer_session_id;
	e.u.session.sequencing_required = has(m, L2TP_AVP_SEQUENCING_REQUIRED);
	l2tp_push_event(l2tp, &e);
	return L2TP_ACTION_DONE;
}

/* 4.4.2: which refusals of SCCRQ another one might escape; many gateways give 1 for everything. */
static enum l2tp_advice advice_on_sccrq(const struct l2tp_message *m)
{
	if (m->result == L2TP_STOPCCN_GENERAL)
		return L2TP_ADVICE_OTHER_SCCRQ;
	if (m->result != L2TP_STOPCCN_ERROR)
		return L2TP_ADVICE_NONE;
	switch (m->error) {
	case L2TP_ERROR_NONE:
	case L2TP_ERROR_LENGTH:
	case L2TP_ERROR_VALUE:
	case L2TP_ERROR_VENDOR:
	case L2TP_ERROR_UNKNOWN_AVP:
		return L2TP_ADVICE_OTHER_SCCRQ;
	case L2TP_ERROR_TRY_ANOTHER:
		return L2TP_ADVICE_OTHER_GATEWAY;
	}
	return L2TP_ADVICE_NONE;
}

static enum l2tp_advice advice_on_stopccn(const struct l2tp *l2tp, const struct l2tp_message *m)
{
	if (m->result == L2TP_STOPCCN_NOT_AUTHORISED)
		return L2TP_ADVICE_SECRET;
	if (m->result == L2TP_STOPCCN_ERROR && m->error == L2TP_ERROR_RESOURCES)
		return L2TP_ADVICE_LATER;
	if (l2tp->stage == L2TP_STAGE_WAIT_ICRP && l2tp->further &&
	    m->result == L2TP_STOPCCN_GENERAL)
		return L2TP_ADVICE_ANEW;
	return l2tp->stage == L2TP_STAGE_WAIT_SCCRP ? advice_on_sccrq(m) : L2TP_ADVICE_NONE;
}

static enum l2tp_advice advice_on_cdn(const struct l2tp_message *m)
{
	bool full = m->result == L2TP_CDN_NO_ROOM_NOW || m->result == L2TP_CDN_NO_ROOM_AT_ALL ||
		    m->result == L2TP_CDN_BUSY ||
		    (m->result == L2TP_CDN_ERROR && m->error == L2TP_ERROR_RESOURCES);

	return full ? L2TP_ADVICE_LATER : L2TP_ADVICE_NONE;
}

/* Notes the peer's reason, unless it is ending already. */
static void note_peers_ending(struct l2tp *l2tp, enum l2tp_failure reason, enum l2tp_advice advice,
			      const struct l2tp_message *m)
{
	if (l2tp->stage >= L2TP_STAGE_CLOSING)
		return;
	l2tp_note_ending(l2tp, reason, m->result, m->error, m->error_text);
	l2tp->ending.u.closed.advice = advice;
}

/* The tunnel has no other use than the call. */
int l2tp_action_cdn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	l2tp->call_open = false;
	note_peers_ending(l2tp, L2TP_FAILURE_CALL_CLEARED_BY_PEER, advice_on_cdn(m), m);
	return l2tp_send_stopccn(l2tp, L2TP_STOPCCN_GENERAL, L2TP_ERROR_NONE, NULL, now);
}

int l2tp_action_stopccn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now)
{
	(void)now;
	/* A refusal of SCCRQ: its acknowledgement has to be addressed, too. */
	if (l2tp->peer_tunnel_id == 0)
		learn_tunnel(l2tp, m->assigned_tunnel_id);
	note_peers_ending(l2tp, L2TP_FAILURE_STOPPED_BY_PEER, advice_on_stopccn(l2tp, m), m);
	return L2TP_ACTION_DONE;
}

/* 4.4.2: the error code for what is wrong. */
static uint16_t error_of(enum l2tp_message_verdict verdict)
{
	switch (verdict) {
	case L2TP_MESSAGE_BROKEN:
	case L2TP_MESSAGE_LENGTH:
		return L2TP_ERROR_LENGTH;
	case L2TP_MESSAGE_UNKNOWN_TYPE:
	case L2TP_MESSAGE_VALUE:
		return L2TP_ERROR_VALUE;
	case L2TP_MESSAGE_UNKNOWN_AVP:
	case L2TP_MESSAGE_HIDDEN:
		return L2TP_ERROR_UNKNOWN_AVP;
	case L2TP_MESSAGE_MISSING:
		return L2TP_ERROR_VENDOR;
	case L2TP_MESSAGE_OK:
	case L2TP_MESSAGE_NO_TYPE:
	case L2TP_MESSAGE_IGNORE:
		return L2TP_ERROR_NONE; /* not refused */
	}
	return L2TP_ERROR_NONE;
}

/* The user can mend what hides the values; nothing else. */
static enum l2tp_failure reason_of(const struct l2tp *l2tp, enum l2tp_message_verdict verdict)
{
	if (verdict != L2TP_MESSAGE_HIDDEN)
		return L2TP_FAILURE_PROTOCOL;
	return l2tp->config.secret.len > 0 ? L2TP_FAILURE_AUTHENTICATION
					   : L2TP_FAILURE_AUTHENTICATION_WANTED;
}

/* 4.4.2 wants the unknown AVP's type in the text; the others' names help as much. */
static void describe(enum l2tp_message_verdict verdict, const struct l2tp_offender *offender,
		     char *text, size_t size)
{
	const struct avp_rule *rule = offender->vendor ? NULL : avp_find_rule(offender->type);

	l2tp_text_append(text, size, l2tp_message_verdict_name(verdict));
	if (offender->vendor == 0 && offender->type == 0)
		return;
	l2tp_text_append(text, size, " ");
	l2tp_text_append_number(text, size, offender->type);
	if (offender->vendor) {
		l2tp_text_append(text, size, " of vendor ");
		l2tp_text_append_number(text, size, offender->vendor);
	}
	if (rule) {
		l2tp_text_append(text, size, ", ");
		l2tp_text_append(text, size, rule->name);
	}
}

int l2tp_refuse(struct l2tp *l2tp, const struct l2tp_message *m, enum l2tp_message_verdict verdict,
		const struct l2tp_offender *offender, nsec_t now)
{
	char text[L2TP_TEXT_MAX] = "";

	if (l2tp->stage >= L2TP_STAGE_CLOSING)
		return 0;
	if (m->type == L2TP_MSG_SCCRP && l2tp->peer_tunnel_id == 0)
		learn_tunnel(l2tp, m->assigned_tunnel_id);
	describe(verdict, offender, text, sizeof(text));
	return l2tp_end(l2tp,
			&(struct l2tp_ending){ .reason = reason_of(l2tp, verdict),
					       .result = L2TP_STOPCCN_ERROR,
					       .cdn_result = L2TP_CDN_ERROR,
					       .error = error_of(verdict),
					       .text = text },
			now);
}
