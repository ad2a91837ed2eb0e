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
 *   it is the gateway itself that says it;
 * - another call, when PPP got stuck, or began with more than the gateway has.
 */
#include "client/connection/fallback.h"

#include <string.h>
#include <sys/socket.h>

#include "client/connection/verdict.h"
#include "ppp/method.h"

void fallback_set_addresses(struct fallback *fb, const struct endpoint *addrs, size_t n)
{
	fb->n_addrs = n < RESOLVE_ADDRS_MAX ? n : RESOLVE_ADDRS_MAX;
	memcpy(fb->addrs, addrs, fb->n_addrs * sizeof(fb->addrs[0]));
	fb->tried = 0;
}

bool fallback_has_address(const struct fallback *fb)
{
	return fb->tried < fb->n_addrs;
}

/* What the gateway has shown of its methods is nothing of another one's, and needn't hold for ever. */
static void forget_methods(struct fallback *fb)
{
	fb->method = PPP_METHOD_NONE;
	fb->no_eap = false;
}

struct endpoint fallback_next_address(struct fallback *fb)
{
	struct endpoint gateway = fb->addrs[fb->tried++];

	forget_methods(fb);
	gateway.port = 500;
	return gateway;
}

void fallback_forget(struct fallback *fb)
{
	forget_methods(fb);
	fb->floated = fb->redirected = false;
	fb->n_addrs = fb->tried = 0;
}

enum fallback_decision fallback_refused(struct fallback *fb, const struct failure *f, bool free)
{
	if (!free || fb->port_changed || f->cause == CAUSE_NO_NATT)
		return FALLBACK_NONE;
	fb->port_changed = true;
	fb->before = *f;
	return FALLBACK_PORT;
}

/* A closed port answers by ICMP, and it is closed whatever port asks. */
enum fallback_decision fallback_silence(struct fallback *fb, const struct evidence *e,
					const struct failure *f, bool free)
{
	if (verdict_unheard(e) && fallback_has_address(fb))
		return FALLBACK_ADDRESS;
	/* Not if somebody has what proves who we are. */
	if (e->state == CONNECTION_PPP)
		return e->calls >= VERDICT_CALLS_MAX || e->login == PPP_LOGIN_SENT ? FALLBACK_NONE
										   : FALLBACK_CALL;
	bool phase2 = e->state == CONNECTION_PHASE2 && !e->hint_at;
	bool l2tp = e->state == CONNECTION_L2TP && e->l2tp.received == 0 && !e->icmp_l2tp &&
		    !e->bare_answered;
	return phase2 || l2tp ? fallback_refused(fb, f, free) : FALLBACK_NONE;
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

static enum fallback_decision follow_redirect(struct fallback *fb, const struct evidence *e,
					      const struct l2tp_event *closed,
					      const struct endpoint *local, struct endpoint *ret)
{
	if (fb->redirected || endpoint_parse(closed->u.closed.text, 500, ret) < 0)
		return FALLBACK_NONE;
	if (!is_unicast(ret) || endpoint_same_addr(ret, local) ||
	    endpoint_same_addr(ret, &e->gateway))
		return FALLBACK_NONE;
	fallback_forget(fb); /* all that is the first gateway's */
	fb->redirected = true;
	fb->sccrq_changed = fb->port_changed = false;
	verdict_l2tp_closed(e, closed, &fb->before);
	return FALLBACK_GATEWAY;
}

enum fallback_decision fallback_closed(struct fallback *fb, const struct evidence *e,
				       const struct l2tp_event *closed,
				       const struct endpoint *local, struct endpoint *ret)
{
	if (e->state != CONNECTION_L2TP || closed->u.closed.reason != L2TP_FAILURE_STOPPED_BY_PEER)
		return FALLBACK_NONE;
	switch (closed->u.closed.advice) {
	case L2TP_ADVICE_OTHER_SCCRQ:
		if (fb->sccrq_changed)
			return FALLBACK_NONE;
		fb->sccrq_changed = true;
		return FALLBACK_SCCRQ;
	case L2TP_ADVICE_OTHER_GATEWAY:
		return follow_redirect(fb, e, closed, local, ret);
	case L2TP_ADVICE_ANEW:
		return FALLBACK_TUNNEL;
	case L2TP_ADVICE_NONE:
	case L2TP_ADVICE_SECRET:
	case L2TP_ADVICE_LATER:
		break;
	}
	return FALLBACK_NONE;
}

/* No password has left by EAP: the gateway may have something else. */
bool fallback_is_eap_vain(const struct fallback *fb, const struct ppp_findings *found,
			  uint16_t allowed)
{
	return !fb->no_eap && ppp_method_eap_is_vain(found, allowed);
}

void fallback_leave_eap(struct fallback *fb)
{
	fb->no_eap = true;
	fb->method = PPP_METHOD_NONE;
}

/*
 * Another call begins with the best that the gateway has asked for. That is remembered as long as the gateway is the same: another
 * call doesn't haggle again.
 */
enum ppp_method fallback_other_method(const struct fallback *fb, const struct ppp_findings *found,
				      uint16_t allowed)
{
	if (fb->no_eap)
		allowed &= (uint16_t)~ppp_method_bit(PPP_METHOD_EAP);
	enum ppp_method best = ppp_method_fallback(found, allowed);
	return best == fb->method ? PPP_METHOD_NONE : best;
}

void fallback_take_method(struct fallback *fb, enum ppp_method method)
{
	fb->method = method;
}

void fallback_name_method(const struct fallback *fb, const struct ppp_findings *found,
			  struct failure *f)
{
	if (f->cause == CAUSE_PPP_AUTH_METHOD && fb->no_eap &&
	    found->asked == ppp_method_bit(PPP_METHOD_EAP))
		f->cause = CAUSE_PPP_AUTH_UNKNOWN;
}
