/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From evidence to a cause. An unauthenticated word (a clear notify, an ICMP error) is only a hint,
 * since anybody can send it (RFC 2408 5.4): it shortens the patience, it does not end the attempt.
 */
#include "client/connection/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/identity.h"

#define SILENCE_IKE	(9 * NSEC_PER_SEC)
#define SILENCE_ADDRESS (2500 * NSEC_PER_MSEC) /* where there is another address */
#define SILENCE_NATT	(3800 * NSEC_PER_MSEC) /* UDP 4500, on a path that lost nothing so far */
#define SILENCE_L2TP	(10 * NSEC_PER_SEC)
/* Where messages get lost and it is heard: SCCRP and ICRP come from the LNS after 1, 2, 4 and 8 s more each time. */
#define SILENCE_L2TP_LOSSY (16 * NSEC_PER_SEC)
#define SILENCE_PPP	   (15 * NSEC_PER_SEC)
#define PPP_AGAIN	   (4 * NSEC_PER_SEC)
#define PPP_PAUSE	   (300 * NSEC_PER_MSEC)
#define PPP_PAUSE_LOSSY	   (200 * NSEC_PER_MSEC)
#define PPP_WORD	   (600 * NSEC_PER_MSEC)
#define PPP_WORD_LOSSY	   (500 * NSEC_PER_MSEC)
#define PPP_WORD_MAX	   (4 * NSEC_PER_SEC)
#define AFTER_HINT	   (900 * NSEC_PER_MSEC)
#define AFTER_HINT_ASKED   (4 * NSEC_PER_SEC) /* while the scout asks further */
#define ASKED_MAX	   (CONNECTION_AUTHORITY_MAX + 64)
#define AFTER_HINT_KEY	   (1300 * NSEC_PER_MSEC)
#define AFTER_HINT_BARE \
	(2500 * NSEC_PER_MSEC) /* what was said with the secret is said again meanwhile */
#define AFTER_HINT_LOSSY (5 * NSEC_PER_SEC)

bool verdict_unheard(const struct evidence *e)
{
	return e->state == CONNECTION_PHASE1 && e->ike.stage <= IKE_STAGE_MM1_SENT &&
	       !e->hint_notify && !e->not_offered;
}

/* RFC 2408 3.14.1 */
#define NOTIFY_INVALID_ID	     18
#define NOTIFY_AUTHENTICATION_FAILED 24

/* So many questions to UDP 4500 without an answer, and it is closed. */
#define PORT_ASKED_ENOUGH 3

/*
 * A gateway refuses a message once. Many more refusals than messages are somebody else's, who wants us to
 * give up: then the patience is that of silence, in which the gateway's true answer has its time.
 */
static bool hints_are_forged(const struct evidence *e)
{
	return e->hints > 2 * e->ike.sent + 4;
}

/*
 * Whether messages got lost before this stage. What was repeated without need, since the gateway is slow, is answered
 * twice, perhaps only when this stage has begun.
 */
static bool is_lossy(const struct evidence *e)
{
	return e->repeated > e->ike.echoes;
}

static nsec_t after_hint(const struct evidence *e)
{
	if (hints_are_forged(e))
		return SILENCE_IKE;
	if (is_lossy(e))
		return AFTER_HINT_LOSSY;
	if (e->scouting)
		return AFTER_HINT_ASKED;
	/* UDP 4500 is open: the key is judged after a dozen messages, the last with time for an answer. */
	return e->ike.stage == IKE_STAGE_MM5_SENT && e->scout.port_open
		       ? AFTER_HINT_KEY + e->ike.round_trip
		       : AFTER_HINT;
}

static nsec_t patience_ike(const struct evidence *e)
{
	nsec_t silence = SILENCE_IKE;

	if (e->ike.stage == IKE_STAGE_MM5_SENT && !is_lossy(e) && !e->patient)
		silence = SILENCE_NATT;
	if (verdict_unheard(e) && e->more_addresses)
		silence = SILENCE_ADDRESS;
	else if (verdict_unheard(e) && e->patient)
		return NSEC_NEVER;

	nsec_t until = e->ike_stage_entered + silence;
	if (e->hint_at)
		until = nsec_min(until, e->hint_at + after_hint(e));
	return until;
}

/*
 * Where PPP got stuck another call is what comes first, with time for five round trips and a slow machine. Not once what
 * proves who we are is out: each more of it may be asked about somewhere, and a gateway that lives has until the end of
 * the attempt.
 */
static nsec_t patience_ppp(const struct evidence *e)
{
	nsec_t since = nsec_max(e->state_entered, e->login_at);

	if (e->checking)
		return NSEC_NEVER;
	if (e->login == PPP_LOGIN_SENT || e->calls >= VERDICT_CALLS_MAX)
		return since + SILENCE_PPP;
	return since + (PPP_AGAIN << e->calls) + 8 * e->ike.round_trip;
}

void verdict_pace(const struct evidence *e, nsec_t *ret_pause, nsec_t *ret_patience,
		  bool *ret_lossy)
{
	/* One timeout in L2TP tells of no loss: SCCRQ may have come before the gateway had its SA. It repeats two messages. */
	bool lossy = is_lossy(e) || e->l2tp.retransmitted > 2 || e->missing > 0;
	nsec_t round_trip = nsec_min(e->ike.round_trip, NSEC_PER_SEC);

	*ret_lossy = lossy;
	*ret_pause = (lossy ? PPP_PAUSE_LOSSY : PPP_PAUSE) + 2 * round_trip;
	*ret_patience = (lossy ? PPP_WORD_LOSSY : PPP_WORD) + 4 * round_trip;
	for (unsigned int i = 0; i < e->missing; i++)
		*ret_patience = nsec_min(*ret_patience * 6 / 5, PPP_WORD_MAX);
}

nsec_t verdict_patience(const struct evidence *e)
{
	if (e->surveying)
		return NSEC_NEVER;
	switch (e->state) {
	case CONNECTION_PHASE1:
	case CONNECTION_PHASE2:
		return patience_ike(e);
	case CONNECTION_L2TP:
		if (e->hint_at)
			return e->hint_at + (e->bare_answered ? AFTER_HINT_BARE : AFTER_HINT);
		return nsec_max(e->state_entered, e->l2tp.last_received) +
		       (is_lossy(e) && e->l2tp.received > 0 ? SILENCE_L2TP_LOSSY : SILENCE_L2TP);
	case CONNECTION_PPP:
		return patience_ppp(e);
	case CONNECTION_IDLE:
	case CONNECTION_RESOLVE:
	case CONNECTION_UP:
	case CONNECTION_WAIT:
	case CONNECTION_CLOSING:
	case CONNECTION_DOWN:
		break;
	}
	return NSEC_NEVER;
}

/* A list of what was offered, for the case that nothing of it was liked. */
static void offered(const struct evidence *e, char *ret, size_t size)
{
	size_t used = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < e->n_proposals && used < size; i++) {
		const struct ike_proposal *p = &e->proposals[i];
		int n = snprintf(ret + used, size - used, "%s%s/%s/%s", i ? ", " : "",
				 ike_encr_name(p->encr, p->key_bits), ike_hash_name(p->hash),
				 ike_group_name(p->group));
		if (n < 0)
			return;
		used += (size_t)n;
	}
}

/* Nothing of the offer was liked; perhaps the scout knows what would be. */
static void name_refused_offer(const struct evidence *e, const char *gateway, struct failure *ret)
{
	const struct ike_proposal *takes = &e->scout.takes;
	const char *says = ike_notify_name(e->hint_notify);
	char list[FAILURE_DETAIL_MAX / 2];

	if (e->scout.offer_known)
		(void)failure_set(
			ret, e->scout.takes_signatures ? CAUSE_PHASE1_METHOD : CAUSE_PHASE1_REFUSED,
			0, "%s says %s; asked, it takes %s/%s/%s with %s", gateway, says,
			ike_encr_name(takes->encr, takes->key_bits), ike_hash_name(takes->hash),
			ike_group_name(takes->group),
			e->scout.takes_signatures ? _("certificates") : _("a pre-shared key"));
	else {
		offered(e, list, sizeof(list));
		(void)failure_set(ret, CAUSE_PHASE1_REFUSED, 0, "%s says %s; offered: %s", gateway,
				  says, list);
	}
}

static void name_first_message(const struct evidence *e, const char *gateway, struct failure *ret)
{
	if (e->hint_notify) {
		name_refused_offer(e, gateway, ret);
	} else if (e->not_offered) {
		(void)failure_set(ret, CAUSE_NOT_OFFERED, 0,
				  "%s selected a transform that was not offered", gateway);
	} else if (e->icmp_ike == ECONNREFUSED) {
		(void)failure_set(ret, CAUSE_UDP500_REFUSED, e->icmp_ike,
				  "ICMP port unreachable from %s", gateway);
	} else if (e->icmp_ike) {
		(void)failure_set(ret, CAUSE_UDP500_SILENT, e->icmp_ike,
				  "a router on the way to %s says: %s", gateway,
				  strerror(e->icmp_ike));
	} else if (e->ike.heard > 0) {
		(void)failure_set(ret, CAUSE_PHASE1_STALLED, ETIMEDOUT,
				  "%s answers with messages that can't be used: %s", gateway,
				  _(ike_drop_name(e->ike.last_drop)));
	} else if (e->send_error == EPERM) {
		(void)failure_set(ret, CAUSE_LOCAL_FIREWALL, EPERM,
				  "the kernel does not let a message to %s out", gateway);
	} else {
		(void)failure_set(ret, CAUSE_UDP500_SILENT, ETIMEDOUT,
				  "%u messages sent to %s, none came back%s", e->ike.sent, gateway,
				  e->scout.port_asked ? _(", nor from UDP 4500") : "");
	}
}

static enum cause cause_of_refusal(enum ike_refusal refusal)
{
	switch (refusal) {
	case IKE_REFUSAL_NONE:
		break;
	case IKE_REFUSAL_NO_CERTIFICATE:
	case IKE_REFUSAL_MALFORMED:
	case IKE_REFUSAL_UNTRUSTED:
		return CAUSE_PEER_UNTRUSTED;
	case IKE_REFUSAL_EXPIRED:
		return CAUSE_PEER_EXPIRED;
	case IKE_REFUSAL_NOT_YET:
		return CAUSE_CLOCK_WRONG;
	case IKE_REFUSAL_REVOKED:
		return CAUSE_PEER_REVOKED;
	case IKE_REFUSAL_CRL:
		return CAUSE_PEER_CRL;
	case IKE_REFUSAL_USAGE:
		return CAUSE_PEER_USAGE;
	case IKE_REFUSAL_WEAK:
		return CAUSE_PEER_WEAK;
	case IKE_REFUSAL_NAME:
		return CAUSE_PEER_NAME;
	case IKE_REFUSAL_ID:
		return CAUSE_ID_WRONG;
	case IKE_REFUSAL_SIGNATURE:
		return CAUSE_PEER_SIGNATURE;
	}
	return CAUSE_INTERNAL;
}

/* Why our certificate may be refused; RET is empty when nothing is known. */
static void other_authority(const struct evidence *e, char ret[static ASKED_MAX])
{
	ret[0] = '\0';
	if (e->asked[0] && !e->asked_ours)
		(void)snprintf(ret, ASKED_MAX, _("; it takes certificates of %s, and ours is none"),
			       e->asked);
}

/* With certificates. What the gateway holds against ours it says with the keys of phase 1, or not. */
static void name_certificate(const struct evidence *e, const char *gateway, struct failure *ret)
{
	char why[ASKED_MAX];

	other_authority(e, why);
	if (e->ike.refusal != IKE_REFUSAL_NONE)
		(void)failure_set(ret, cause_of_refusal(e->ike.refusal), 0, "%s shows %s: %s",
				  gateway, _(ike_refusal_name(e->ike.refusal)), e->auth_words);
	else if (e->hint_notify)
		(void)failure_set(ret, CAUSE_CERT_REFUSED, 0,
				  "%s says %s, which is not authenticated%s", gateway,
				  ike_notify_name(e->hint_notify), why);
	else if (e->nat && !e->undecryptable)
		(void)failure_set(ret, CAUSE_UDP4500_SILENT, ETIMEDOUT,
				  "%s answered on UDP 500; %u messages with our certificate to UDP "
				  "4500, none came back; large ones may be lost on the way",
				  gateway, e->ike.sent > 2 ? e->ike.sent - 2 : 1);
	else
		(void)failure_set(ret, CAUSE_CERT_REFUSED, ETIMEDOUT,
				  "%s has no answer to the message with our certificate%s", gateway,
				  why);
}

static void name_authentication(const struct evidence *e, const char *gateway, struct failure *ret)
{
	if (e->auth_words)
		name_certificate(e, gateway, ret);
	else if (e->wrong_id)
		(void)failure_set(ret, CAUSE_ID_WRONG, 0, "the key is right, the identity is not");
	else if (e->undecryptable || e->wrong_hash)
		(void)failure_set(ret, CAUSE_PSK_WRONG, 0,
				  "%s answers with messages that our key does not open", gateway);
	else if (e->hint_notify)
		(void)failure_set(ret,
				  e->hint_notify == NOTIFY_INVALID_ID ? CAUSE_ID_REFUSED
								      : CAUSE_PSK_WRONG,
				  0, "%s says %s, which is not authenticated", gateway,
				  ike_notify_name(e->hint_notify));
	else if (e->scout.port_open)
		(void)failure_set(ret, CAUSE_PSK_WRONG, ETIMEDOUT,
				  "%s ignores the message that proves our key, and answers a fresh "
				  "one on the same UDP 4500",
				  gateway);
	else if (e->repeats && e->nat && e->scout.port_asked < PORT_ASKED_ENOUGH)
		(void)failure_set(ret, CAUSE_PSK_OR_PORT, 0,
				  "message 4 came %u times more while message 5 went to UDP 4500",
				  e->repeats);
	else if (!e->nat)
		(void)failure_set(ret, CAUSE_PSK_WRONG, ETIMEDOUT,
				  "%s ignores the message that proves our key", gateway);
	else
		(void)failure_set(ret, CAUSE_UDP4500_SILENT, ETIMEDOUT,
				  "%s answered on UDP 500; %u messages to UDP 4500, none came back",
				  gateway,
				  (e->ike.sent > 2 ? e->ike.sent - 2 : 1) + e->scout.port_asked);
}

/*
 * Without NAT traversal a gateway compares addresses that the NAT changed, in quick mode, or its ESP
 * finds no way back: what it says of that, if anything, isn't the reason.
 */
static void name_unseen_nat(const struct evidence *e, const char *what, struct failure *ret)
{
	char gateway[ENDPOINT_STRLEN];

	(void)failure_set(ret, CAUSE_NO_NATT, 0,
			  "%s announces no NAT traversal, only one of its address and ours is "
			  "private; %s",
			  endpoint_addr_str(&e->gateway, gateway), what);
}

static void name_ike(const struct evidence *e, struct failure *ret)
{
	char gateway[ENDPOINT_STRLEN];

	endpoint_addr_str(&e->gateway, gateway);
	switch (e->ike.stage) {
	case IKE_STAGE_IDLE:
	case IKE_STAGE_MM1_SENT:
		name_first_message(e, gateway, ret);
		return;
	case IKE_STAGE_MM3_SENT:
		(void)failure_set(
			ret, CAUSE_PHASE1_STALLED, ETIMEDOUT,
			"%s accepted the algorithms and then ignored the key exchange%s%s", gateway,
			e->hint_notify ? _(", saying ") : "",
			e->hint_notify ? ike_notify_name(e->hint_notify) : "");
		return;
	case IKE_STAGE_MM5_SENT:
		name_authentication(e, gateway, ret);
		return;
	case IKE_STAGE_PHASE1_UP:
	case IKE_STAGE_QM1_SENT:
		if (e->nat_unseen)
			name_unseen_nat(e, _("it does not answer in phase 2"), ret);
		else
			(void)failure_set(ret, CAUSE_PHASE2_SILENT, ETIMEDOUT,
					  "phase 1 stands with %s", gateway);
		return;
	case IKE_STAGE_CHILD_UP:
	case IKE_STAGE_CLOSED:
		break;
	}
	(void)failure_set(ret, CAUSE_INTERNAL, 0, "in IKE stage %s",
			  _(ike_stage_name(e->ike.stage)));
}

/*
 * A gateway that answers IKE on UDP 4500 gets our ESP there, too, unless somebody on the way looks into
 * the packets: then it is more likely that nobody listens behind it. Plain ESP has a way of its own.
 */
static void name_l2tp(const struct evidence *e, struct failure *ret)
{
	unsigned long long sent = e->esp_sent;

	if (e->bare_answered)
		(void)failure_set(
			ret, CAUSE_L2TP_SECRET, ETIMEDOUT,
			"%u first messages with the secret's challenge got no answer, one "
			"without did",
			e->l2tp.sent);
	else if (e->icmp_l2tp)
		(void)failure_set(ret, CAUSE_L2TP_SILENT, e->icmp_l2tp,
				  "port 1701 is closed: ICMP says %s", strerror(e->icmp_l2tp));
	else if (e->esp_sent && !e->esp_received && e->nat_unseen)
		name_unseen_nat(e, _("none of its ESP packets come back"), ret);
	else if (e->esp_sent && !e->esp_received && !e->nat)
		(void)failure_set(ret, CAUSE_ESP_SILENT, ETIMEDOUT,
				  "%llu packets of ESP sent, none came back", sent);
	else if (e->esp_sent && !e->esp_received)
		(void)failure_set(ret, CAUSE_L2TP_SILENT, ETIMEDOUT,
				  "%llu packets of ESP sent by the UDP port that IKE's answers "
				  "come from, none came back; a network that drops ESP in UDP "
				  "looks the same",
				  sent);
	else
		(void)failure_set(ret, CAUSE_L2TP_SILENT, ETIMEDOUT,
				  "%u messages sent through the tunnel, %u came back; stage: %s",
				  e->l2tp.sent, e->l2tp.received,
				  _(l2tp_stage_name(e->l2tp.stage)));
}

void verdict_name(const struct evidence *e, struct failure *ret)
{
	switch (e->state) {
	case CONNECTION_RESOLVE:
		(void)failure_set(ret, CAUSE_RESOLVE, ETIMEDOUT, "the resolver did not answer");
		return;
	case CONNECTION_PHASE1:
	case CONNECTION_PHASE2:
		name_ike(e, ret);
		return;
	case CONNECTION_L2TP:
		name_l2tp(e, ret);
		return;
	case CONNECTION_PPP:
		if (e->checking)
			(void)failure_set(ret, CAUSE_LOGIN_UNANSWERED, ETIMEDOUT,
					  "it answers echoes, and nothing else came");
		else
			(void)failure_set(ret, CAUSE_PPP_SILENT, ETIMEDOUT,
					  "no address within the time given");
		return;
	case CONNECTION_IDLE:
	case CONNECTION_UP:
	case CONNECTION_WAIT:
	case CONNECTION_CLOSING:
	case CONNECTION_DOWN:
		break;
	}
	(void)failure_set(ret, CAUSE_TIMEOUT, ETIMEDOUT, "%s", connection_state_words(e->state));
}

bool verdict_survey(const struct evidence *e, struct failure *ret)
{
	const struct scout_findings *s = &e->scout;
	char gateway[ENDPOINT_STRLEN];

	endpoint_addr_str(&e->gateway, gateway);
	if (s->own_refused) {
		struct evidence refused = *e;
		refused.hint_notify = s->own_refused;
		name_refused_offer(&refused, gateway, ret);
	} else if (s->heard_500 && !s->port_open) {
		(void)failure_set(ret, CAUSE_UDP4500_SILENT, ETIMEDOUT,
				  "%s answered on UDP 500; %u messages to UDP 4500, none came back",
				  gateway, s->port_asked);
	} else if (!s->heard_500 && !s->port_open) {
		(void)failure_set(ret,
				  e->icmp_ike == ECONNREFUSED ? CAUSE_UDP500_REFUSED
							      : CAUSE_UDP500_SILENT,
				  e->icmp_ike, "%s answers neither on UDP 500 nor on 4500",
				  gateway);
	}
	return ret->cause != CAUSE_NONE;
}

enum cause verdict_ended(const struct evidence *e)
{
	switch (e->state) {
	case CONNECTION_IDLE:
	case CONNECTION_RESOLVE:
	case CONNECTION_PHASE1:
		return CAUSE_PHASE1_REFUSED;
	case CONNECTION_PHASE2:
		return CAUSE_PHASE2_REFUSED;
	case CONNECTION_L2TP:
		return CAUSE_L2TP_REFUSED;
	case CONNECTION_PPP:
		return CAUSE_PPP_CLOSED;
	case CONNECTION_UP:
	case CONNECTION_WAIT:
	case CONNECTION_CLOSING:
	case CONNECTION_DOWN:
		break;
	}
	return CAUSE_LOST_CLOSED;
}

/* The causes that the IKE engine's reasons stand for. */
static enum cause cause_of_ike_failure(const struct evidence *e, enum ike_failure reason)
{
	switch (reason) {
	case IKE_FAILURE_REFUSED_PHASE1:
		return CAUSE_PHASE1_REFUSED;
	case IKE_FAILURE_REFUSED_PHASE2:
		return CAUSE_PHASE2_REFUSED;
	case IKE_FAILURE_AUTHENTICATION:
		return e->auth_words ? CAUSE_CERT_REFUSED : CAUSE_PSK_WRONG;
	case IKE_FAILURE_ID:
		return CAUSE_ID_WRONG;
	case IKE_FAILURE_NOT_OFFERED:
	case IKE_FAILURE_WEAK:
		return e->state == CONNECTION_PHASE1 ? CAUSE_NOT_OFFERED : CAUSE_PHASE2_REFUSED;
	case IKE_FAILURE_NO_NATT:
		return CAUSE_NO_NATT;
	case IKE_FAILURE_DELETED:
		return verdict_ended(e);
	case IKE_FAILURE_XAUTH:
		return CAUSE_XAUTH_WANTED;
	case IKE_FAILURE_NONE:
	case IKE_FAILURE_INTERNAL:
		break;
	}
	return CAUSE_INTERNAL;
}

/* RFC 2408 3.14.1: what gateways say who don't like the certificate, its issuer or the identity. */
static bool is_about_certificates(uint16_t notify)
{
	static const uint16_t types[] = { 18, 19, 20, 21, 22, 23, 24, 25, 28 };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (types[i] == notify)
			return true;
	return false;
}

/* Of a gateway that has the same key as we: strongSwan says the second of an unknown identity. */
static bool is_about_identity(uint16_t notify)
{
	return notify == NOTIFY_INVALID_ID || notify == NOTIFY_AUTHENTICATION_FAILED;
}

void verdict_ike_failed(const struct evidence *e, const struct ike_event *event,
			struct failure *ret)
{
	const char *reason = _(ike_failure_name(event->u.failed.reason));
	uint16_t notify = event->u.failed.notify_type;
	enum cause cause = cause_of_ike_failure(e, event->u.failed.reason);
	char why[ASKED_MAX], id[IDENTITY_TEXT_MAX];

	if (cause == CAUSE_ID_WRONG) {
		(void)failure_set(ret, cause, 0, "the key is right; the gateway's identity is %s",
				  identity_format(&event->u.failed.peer_id, id));
		return;
	}
	if (cause == CAUSE_PHASE1_REFUSED && e->auth_words && is_about_certificates(notify))
		cause = CAUSE_CERT_REFUSED;
	else if (cause == CAUSE_PHASE1_REFUSED && is_about_identity(notify))
		cause = CAUSE_ID_REFUSED;
	else if (cause == CAUSE_PHASE2_REFUSED && notify == NOTIFY_INVALID_ID)
		cause = CAUSE_PHASE2_ID;
	if (cause == CAUSE_PHASE2_ID && e->nat_unseen) {
		name_unseen_nat(e, _("it refuses our address in phase 2"), ret);
		return;
	}
	other_authority(e, why);
	(void)failure_set(ret, cause, 0, "%s%s%s; stage: %s%s", reason,
			  notify ? _(", saying ") : "", notify ? ike_notify_name(notify) : "",
			  _(ike_stage_name(e->ike.stage)),
			  cause == CAUSE_ID_REFUSED
				  ? _("; the key opens its answer, so it is right")
			  : cause == CAUSE_CERT_REFUSED ? why
							: "");
}

/* What it means that the gateway ended tunnel or call. */
static enum cause cause_of_l2tp_end(const struct evidence *e, const struct l2tp_event *event)
{
	if (e->state == CONNECTION_UP)
		return CAUSE_LOST_CLOSED;
	if (event->u.closed.advice == L2TP_ADVICE_LATER)
		return CAUSE_L2TP_FULL;
	if (event->u.closed.advice == L2TP_ADVICE_SECRET && e->l2tp_secret)
		return CAUSE_L2TP_SECRET;
	/* The gateway's PPP ended, and its last words did not come. */
	return e->state == CONNECTION_PPP ? CAUSE_PPP_CLOSED : CAUSE_L2TP_REFUSED;
}

void verdict_l2tp_closed(const struct evidence *e, const struct l2tp_event *event,
			 struct failure *ret)
{
	bool up = e->state == CONNECTION_UP;
	const char *text = event->u.closed.text;
	const char *colon = text[0] ? ": " : "";
	uint16_t result = event->u.closed.result, error = event->u.closed.error;

	switch (event->u.closed.reason) {
	case L2TP_FAILURE_NO_ANSWER:
		if (up)
			(void)failure_set(ret, CAUSE_LOST_GATEWAY, ETIMEDOUT,
					  "L2TP HELLO unanswered");
		else
			name_l2tp(e, ret);
		return;
	case L2TP_FAILURE_STOPPED_BY_PEER:
		(void)failure_set(ret, cause_of_l2tp_end(e, event), 0,
				  "StopCCN result %u (%s), error %u (%s)%s%s", result,
				  _(l2tp_stopccn_result_name(result)), error,
				  _(l2tp_error_name(error)), colon, text);
		return;
	case L2TP_FAILURE_CALL_CLEARED_BY_PEER:
		(void)failure_set(ret, cause_of_l2tp_end(e, event), 0,
				  "CDN result %u (%s), error %u (%s)%s%s", result,
				  _(l2tp_cdn_result_name(result)), error, _(l2tp_error_name(error)),
				  colon, text);
		return;
	case L2TP_FAILURE_PROTOCOL:
		(void)failure_set(ret, CAUSE_L2TP_PROTOCOL, 0, "result %u, error %u (%s)%s%s",
				  result, error, _(l2tp_error_name(error)), colon, text);
		return;
	case L2TP_FAILURE_AUTHENTICATION_WANTED:
		(void)failure_set(
			ret, CAUSE_L2TP_AUTH, 0,
			"it challenges us or hides its values, and there is no l2tp-secret");
		return;
	case L2TP_FAILURE_AUTHENTICATION:
		(void)failure_set(ret, CAUSE_L2TP_SECRET, 0, "we ended it over its %s", text);
		return;
	case L2TP_FAILURE_NONE:
	case L2TP_FAILURE_INTERNAL:
		break;
	}
	(void)failure_set(ret, CAUSE_INTERNAL, 0, "in L2TP stage %s",
			  _(l2tp_stage_name(event->u.closed.stage)));
}

void verdict_lost(const struct loss_evidence *e, struct failure *ret)
{
	const char *why = e->why->detail;
	char text[ENDPOINT_STRLEN];

	if (e->ike_alive && e->shared_port)
		(void)failure_set(ret, CAUSE_LOST_DISPLACED, 0,
				  "%.160s, but IKE is answered; our L2TP port is 1701", why);
	else if (e->ike_alive)
		(void)failure_set(ret, CAUSE_LOST_GATEWAY, ETIMEDOUT, "%.160s, but IKE is answered",
				  why);
	else if (e->answers)
		(void)failure_set(ret, CAUSE_LOST_REBOOT, 0,
				  "%.160s, but a fresh first message is answered", why);
	else if (e->moved)
		(void)failure_set(ret, CAUSE_LOST_ADDRESS, 0, "%.160s; the name leads to %s now",
				  why, endpoint_addr_str(&e->moved_to, text));
	else
		(void)failure_set(ret, CAUSE_LOST_GATEWAY, e->why->error,
				  "%.160s, nor is a fresh first message", why);
}
