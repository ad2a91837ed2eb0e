/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is tried once more before an attempt fails, each once for a gateway and all within the attempt's
 * one deadline:
 * - the gateway's next address, when nothing comes from one or it can't be reached from here. They are
 *   tried in the resolver's order, IPv6 first where there is a way to it (RFC 6724);
 * - the other SCCRQ under the same SA, when the gateway refuses the first (there are some that know no
 *   AVP but the RFC's must-haves, and some that miss Windows');
 * - source port 1701, when the gateway refuses another port in phase 2, or is silent there or in L2TP:
 *   some know no port but that. It is never the first try, since with other gateways it takes the
 *   tunnel away from a neighbour behind the same NAT;
 * - UDP 4500 from the beginning (RFC 3947 4), when 500 is silent and the scout finds 4500 open: a NAT that
 *   rewrites ports and a gateway that wants to see 500 as the source, or a filter;
 * - the gateway that the first one names (RFC 3193 4). L2TP is only ever heard through ESP, so that
 *   it is the gateway itself that says it.
 */
#include "client/connection-private.h"

#include <string.h>
#include <sys/socket.h>

#include "client/i18n.h"
#include "client/request.h"
#include "ppp/method.h"

/* What is told of the connection as a whole, and not of the attempt. */
static void keep_history(const struct connection_info *old, struct connection_info *info)
{
	info->worked = old->worked;
	info->repairing = old->repairing;
	info->repair_since = old->repair_since;
	info->repair_tries = old->repair_tries;
	info->repair_last = old->repair_last;
	info->n_repairs = old->n_repairs;
	memcpy(info->repairs, old->repairs, sizeof(info->repairs));
	/* The same name is asked for again. */
	memcpy(info->ifname, old->ifname, sizeof(info->ifname));
	memcpy(info->entered, old->entered, sizeof(info->entered));
}

void connection_start_over(struct connection *c)
{
	struct connection_info info = {
		.state = c->info.state,
		.started = c->info.started,
		.attempt = c->info.attempt,
		.gateway = c->info.gateway,
		.floated = c->floated,
		.surveyed = c->info.surveyed,
		.survey = c->info.survey,
	};

	connection_release(c);
	c->told_checking = false;
	keep_history(&c->info, &info);
	c->info = info;
	evidence_start_over(&c->evidence, c->repair.active, c->tried < c->n_addrs);
	c->n_children = 0;
	connection_go(c);
}

bool connection_next_address(struct connection *c, const struct failure *f)
{
	char text[ENDPOINT_STRLEN];

	if (c->tried >= c->n_addrs)
		return false;
	connection_forget_methods(c);
	c->info.gateway = c->addrs[c->tried++];
	c->info.gateway.port = 500;
	news_step(&c->news, N_("%s (%s); trying %s"), cause_sentence(f->cause), f->detail,
		  endpoint_addr_str(&c->info.gateway, text));
	connection_start_over(c);
	return true;
}

/* BEFORE is why the first try failed. */
static bool retry_from_1701(struct connection *c, const struct failure *before)
{
	if (c->config.profile->source_port != PROFILE_PORT_AUTO || c->port_changed ||
	    before->cause == CAUSE_NO_NATT)
		return false;
	c->port_changed = true;
	c->before = *before;
	news_step(&c->news, N_("%s; once more from UDP port 1701"), cause_sentence(before->cause));
	connection_start_over(c);
	/* Another program has the port: nothing is gained by trying a third one. */
	if (c->info.l2tp_port != 1701 && !connection_is_ending(c))
		connection_fail(c, &c->before);
	return true;
}

bool connection_retry_phase2(struct connection *c, const struct ike_event *failed)
{
	struct failure f = { 0 };

	if (c->info.state != CONNECTION_PHASE2 ||
	    failed->u.failed.reason != IKE_FAILURE_REFUSED_PHASE2)
		return false;
	verdict_ike_failed(connection_evidence(c), failed, &f);
	return retry_from_1701(c, &f);
}

int64_t connection_ppp_packets(struct connection *c)
{
	struct dp_counters counters = { 0 };
	struct l2tp_stats control = { 0 };

	(void)(c->config.dataplane->ops->get_counters(c->config.dataplane, &counters) < 0);
	if (c->l2tp)
		l2tp_get_stats(c->l2tp, &control);
	return (int64_t)counters.esp_in_packets - control.received - control.dropped;
}

/*
 * PPP got stuck: what isn't repeated in it was lost, perhaps. An LNS from which nothing came at all, or
 * whose PPP has said what it doesn't like, isn't called again; then the longer patience counts. Nor is one that has what
 * proves who we are.
 */
static bool retry_call(struct connection *c)
{
	struct failure said = { 0 };

	if (c->evidence.calls >= VERDICT_CALLS_MAX || c->evidence.login == PPP_LOGIN_SENT)
		return false;
	c->config.dataplane->ops->get_ppp_reason(c->config.dataplane, false, &said);
	bool heard = connection_ppp_packets(c) > c->ppp_packets;
	if (!heard || said.cause != CAUSE_NONE || !connection_call_again(c, L2TP_CALL_BESIDE)) {
		c->evidence.calls = VERDICT_CALLS_MAX;
		return true;
	}
	c->evidence.calls++;
	news_step(&c->news, N_("PPP got stuck; calling once more"));
	return true;
}

/*
 * Nobody but the gateway can repeat what is missing, and most do it after three seconds: another call is
 * quicker. The attempt's deadline ends it.
 */
void connection_retry_missing(struct connection *c)
{
	if (c->info.state != CONNECTION_PPP || c->evidence.missing >= VERDICT_MISSING_MAX)
		return;
	if (!connection_call_again(c, L2TP_CALL_BESIDE))
		return;
	c->evidence.missing++;
	news_step(&c->news, N_("a message of PPP was lost; calling once more"));
}

/* What the gateway has shown of its methods is nothing of another one's, and needn't hold for ever. */
void connection_forget_methods(struct connection *c)
{
	c->method = PPP_METHOD_NONE;
	c->no_eap = false;
}

/* No password has left by EAP: the gateway may have something else. */
static bool retry_without_eap(struct connection *c, uint16_t allowed)
{
	if (c->no_eap || !ppp_method_eap_is_vain(&c->info.found, allowed) ||
	    !connection_call_again(c, L2TP_CALL_BESIDE))
		return false;
	c->no_eap = true;
	c->method = PPP_METHOD_NONE;
	news_step(&c->news, N_("the gateway's EAP led nowhere; calling once more without"));
	return true;
}

/*
 * Another call begins with the best that the gateway has asked for. That is remembered as long as the gateway is the same: another
 * call doesn't haggle again.
 */
bool connection_retry_method(struct connection *c)
{
	uint16_t allowed = request_methods(c->config.profile);
	enum ppp_method best = PPP_METHOD_NONE;

	if (c->info.state != CONNECTION_PPP)
		return false;
	if (retry_without_eap(c, allowed))
		return true;
	if (c->no_eap)
		allowed &= (uint16_t)~ppp_method_bit(PPP_METHOD_EAP);
	best = ppp_method_fallback(&c->info.found, allowed);
	if (best == PPP_METHOD_NONE || best == c->method ||
	    !connection_call_again(c, L2TP_CALL_BESIDE))
		return false;
	c->method = best;
	news_step(&c->news, N_("the gateway knows nothing better than %s; calling once more"),
		  ppp_method_name(best));
	return true;
}

/* Without the EAP that led nowhere, what a gateway with nothing else says is no refusal of the profile's. */
void connection_name_method(const struct connection *c, struct failure *f)
{
	if (f->cause == CAUSE_PPP_AUTH_METHOD && c->no_eap &&
	    c->info.found.asked == ppp_method_bit(PPP_METHOD_EAP))
		f->cause = CAUSE_PPP_AUTH_UNKNOWN;
}

/* A closed port answers by ICMP, and it is closed whatever port asks. */
bool connection_retry_silence(struct connection *c)
{
	const struct evidence *e = connection_evidence(c);
	struct failure f = { 0 };

	verdict_name(e, &f);
	if (verdict_unheard(e) && connection_next_address(c, &f))
		return true;
	if (c->info.state == CONNECTION_PPP)
		return retry_call(c);
	bool phase2 = c->info.state == CONNECTION_PHASE2 && !e->hint_at;
	bool l2tp = c->info.state == CONNECTION_L2TP && e->l2tp.received == 0 && !e->icmp_l2tp &&
		    !e->bare_answered;
	if (!phase2 && !l2tp)
		return false;
	return retry_from_1701(c, &f);
}

/* The acknowledgement, so that the gateway forgets the first tunnel. */
static void send_last_words(struct connection *c)
{
	struct l2tp_datagram last;

	while (l2tp_next_datagram(c->l2tp, &last))
		(void)c->config.dataplane->ops->send_l2tp(c->config.dataplane, last.data, last.len);
}

/* Another tunnel under the same SA. */
static void begin_tunnel(struct connection *c)
{
	c->l2tp = l2tp_free(c->l2tp);
	c->evidence.state_entered = connection_now(c);
	connection_start_l2tp(c);
}

/* The gateway's first tunnel went with the call that we ended. */
static bool retry_tunnel(struct connection *c)
{
	struct failure f = { 0 };

	news_log(&c->news, "the gateway ended the tunnel with its last call; another tunnel");
	send_last_words(c);
	if (c->config.dataplane->ops->renew_tunnel(c->config.dataplane, &f) < 0 ||
	    connection_prepare_ppp(c, &f) < 0)
		connection_fail(c, &f);
	else
		begin_tunnel(c);
	return true;
}

static bool retry_other_sccrq(struct connection *c, const struct l2tp_event *closed)
{
	if (c->sccrq_changed)
		return false;
	c->sccrq_changed = true;
	news_step(&c->news,
		  N_("the gateway refuses the first message of L2TP (result %u, error %u%s%s); "
		     "once more with what RFC 2661 demands alone"),
		  closed->u.closed.result, closed->u.closed.error,
		  closed->u.closed.text[0] ? ": " : "", closed->u.closed.text);
	send_last_words(c);
	begin_tunnel(c);
	return true;
}

/* Whether an address can be another gateway's at all. */
static bool is_unicast(const struct endpoint *e)
{
	static const uint8_t loopback[16] = { [15] = 1 }, mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (e->family == AF_INET)
		return e->addr[0] != 0 && e->addr[0] != 127 && e->addr[0] < 224;
	return memcmp(e->addr, loopback, 15) != 0 && memcmp(e->addr, mapped, 12) != 0 &&
	       e->addr[0] < 0xfe;
}

static bool follow_redirect(struct connection *c, const struct l2tp_event *closed)
{
	struct endpoint to = { 0 };
	char text[ENDPOINT_STRLEN];

	if (c->redirected || endpoint_parse(closed->u.closed.text, 500, &to) < 0)
		return false;
	if (!is_unicast(&to) || endpoint_same_addr(&to, &c->info.local) ||
	    endpoint_same_addr(&to, &c->info.gateway))
		return false;
	news_step(&c->news, N_("the gateway sends us on to %s"), endpoint_addr_str(&to, text));
	connection_forget_methods(c);
	c->redirected = true;
	c->n_addrs = 0; /* those are the first gateway's */
	c->info.gateway = to;
	c->sccrq_changed = c->port_changed = c->floated = false;
	verdict_l2tp_closed(connection_evidence(c), closed, &c->before);
	connection_start_over(c);
	return true;
}

void connection_retry_floated(struct connection *c)
{
	c->floated = true;
	news_warn(&c->news, N_("UDP 500 gets no answer and UDP 4500 does: going on there"));
	connection_start_over(c);
}

bool connection_retry_l2tp(struct connection *c, const struct l2tp_event *closed)
{
	if (c->info.state != CONNECTION_L2TP ||
	    closed->u.closed.reason != L2TP_FAILURE_STOPPED_BY_PEER)
		return false;
	switch (closed->u.closed.advice) {
	case L2TP_ADVICE_OTHER_SCCRQ:
		return retry_other_sccrq(c, closed);
	case L2TP_ADVICE_OTHER_GATEWAY:
		return follow_redirect(c, closed);
	case L2TP_ADVICE_ANEW:
		return retry_tunnel(c);
	case L2TP_ADVICE_NONE:
	case L2TP_ADVICE_SECRET:
	case L2TP_ADVICE_LATER:
		break;
	}
	return false;
}
