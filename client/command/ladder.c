/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/command/ladder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/proposals.h"
#include "lib/macros.h"

static const struct {
	const char *id, *words;
	enum stage stage;
} table[] = {
#define X(name, id, words, stage) [RUNG_##name] = { id, words, stage },
	RUNGS(X)
#undef X
};

static const struct {
	const char *id, *words;
} results[] = {
	[RUNG_UNDECIDED] = { "undecided", "undecided" },
	[RUNG_OK] = { "ok", N_("ok") },
	[RUNG_FAILED] = { "failed", N_("failed") },
	[RUNG_NOT_TESTED] = { "not-tested", N_("not tested") },
};

const char *rung_id(enum rung rung)
{
	return table[rung].id;
}

const char *rung_words(enum rung rung)
{
	return _(table[rung].words);
}

const char *rung_result_id(enum rung_result result)
{
	return results[result].id;
}

const char *rung_result_words(enum rung_result result)
{
	return _(results[result].words);
}

static void decide(struct ladder *l, enum rung rung, enum rung_result result, const char *format,
		   ...) _printf_(4, 5);

/* What is decided stays. */
static void decide(struct ladder *l, enum rung rung, enum rung_result result, const char *format,
		   ...)
{
	va_list args;

	if (l->rungs[rung].result != RUNG_UNDECIDED)
		return;
	l->rungs[rung].result = result;
	va_start(args, format);
	(void)vsnprintf(l->rungs[rung].text, sizeof(l->rungs[rung].text), _(format), args);
	va_end(args);
	i18n_trim(l->rungs[rung].text);
}

static void observe_path(struct ladder *l, const struct connection_info *info,
			 const struct ike_stats *ike)
{
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	if (info->gateway.family)
		decide(l, RUNG_NAME, RUNG_OK, "%s", endpoint_addr_str(&info->gateway, a));
	if (info->local.family)
		decide(l, RUNG_ROUTE, RUNG_OK, "from %s by %s, packets of up to %u octets",
		       endpoint_addr_str(&info->local, a), info->uplink, info->path_mtu);
	if (info->floated)
		decide(l, RUNG_UDP500, RUNG_FAILED,
		       "no answer; phase 1 goes to UDP 4500 from the beginning");
	else if (ike->stage > IKE_STAGE_MM1_SENT && ike->stage < IKE_STAGE_CLOSED)
		decide(l, RUNG_UDP500, RUNG_OK, "%s answers in %u ms from our port %u",
		       endpoint_addr_str(&info->gateway, b),
		       (unsigned int)(ike->round_trip / NSEC_PER_MSEC), info->local.port);
	else if (info->surveyed && info->survey.heard_500)
		decide(l, RUNG_UDP500, RUNG_OK, "%s answers", endpoint_addr_str(&info->gateway, b));
}

static void observe_nat(struct ladder *l, const struct connection_info *info)
{
	bool nat = info->local_nat || info->remote_nat;

	if (info->natt_known && !info->natt_supported)
		decide(l, RUNG_NAT, RUNG_NOT_TESTED, "the gateway offers no NAT traversal");
	else if (info->natt_known && info->local_nat)
		decide(l, RUNG_NAT, RUNG_OK,
		       "on our side%s; we send from ports %u and %u, and what they become only "
		       "the gateway sees",
		       info->remote_nat ? _(" and on the gateway's") : "", info->local.port,
		       info->natt_port);
	else if (info->natt_known)
		decide(l, RUNG_NAT, RUNG_OK, "%s",
		       info->remote_nat ? _("on the gateway's side; our address and ports arrive "
					    "as they are")
					: _("none"));
	if (info->survey.port_open)
		decide(l, RUNG_UDP4500, RUNG_OK, "a fresh question is answered");
	else if (info->phase1_known && (nat || info->floated))
		decide(l, RUNG_UDP4500, RUNG_OK, "phase 1 ended there");
	else if (info->phase1_known && info->surveyed)
		decide(l, RUNG_UDP4500, RUNG_NOT_TESTED,
		       "a fresh question got no answer; without a NAT it isn't needed");
}

/* The vendor IDs of whichever answer had some. */
static void observe_gateway(struct ladder *l, const struct connection_info *info, bool answered)
{
	const struct vendors *v = &info->survey.vendors;
	char words[VENDORS_WORDS_MAX];

	if (!answered)
		return;
	if (!v->known && !v->n_unknown)
		v = &info->vendors;
	decide(l, RUNG_VENDOR, RUNG_OK, "%s", vendors_words(v, words));
}

static void observe_proposals(struct ladder *l, const struct connection_info *info)
{
	const struct scout_findings *s = &info->survey;
	char takes[PROPOSAL_NAME_MAX] = "", own[PROPOSAL_NAME_MAX];

	if (s->offer_known && !s->takes_signatures)
		(void)proposal_ike_name(&s->takes, takes);
	if (info->phase1_known)
		decide(l, RUNG_PROPOSALS, RUNG_OK, "of the profile's it takes %s",
		       proposal_ike_name(&info->phase1, own));
	else if (s->own_taken)
		decide(l, RUNG_PROPOSALS, RUNG_OK, "it takes one of the profile's%s%s",
		       takes[0] ? _(", of all ") : "", takes);
}

static void observe_tunnel(struct ladder *l, const struct connection_info *info,
			   const struct connection_counters *counters)
{
	const struct dp_counters *dp = &counters->dataplane;
	char name[PROPOSAL_NAME_MAX];

	if (info->phase1_known)
		decide(l, RUNG_AUTHENTICATION, RUNG_OK, "the gateway proved that it is the one");
	if (info->child_known)
		decide(l, RUNG_PHASE2, RUNG_OK, "%s, ESP %s", proposal_esp_name(&info->esp, name),
		       info->udp_encap ? _("in UDP") : _("without UDP"));
	if (info->tunnel_known && dp->esp_in_packets && dp->esp_out_packets)
		decide(l, RUNG_ESP, RUNG_OK, "%llu packets sent, %llu received",
		       (unsigned long long)dp->esp_out_packets,
		       (unsigned long long)dp->esp_in_packets);
	if (info->call_granted)
		decide(l, RUNG_L2TP, RUNG_OK, "%s%s%s grants the call, from our port %u",
		       info->lns_name, info->lns_vendor[0] ? ", " : "", info->lns_vendor,
		       info->l2tp_port);
}

static void observe_ppp(struct ladder *l, const struct connection_info *info)
{
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	if (!info->address_known)
		return;
	decide(l, RUNG_PPP, RUNG_OK, "both sides agreed");
	decide(l, RUNG_PPP_AUTH, RUNG_OK, "accepted");
	decide(l, RUNG_ADDRESS, RUNG_OK, "%s, the gateway is %s, packets of up to %u octets",
	       endpoint_addr_str(&info->address, a), endpoint_addr_str(&info->peer_address, b),
	       info->mtu);
}

void ladder_observe(struct ladder *l, const struct connection_info *info,
		    const struct connection_counters *counters)
{
	enum ike_stage stage = counters->ike.stage;
	bool answered = (stage > IKE_STAGE_MM1_SENT && stage < IKE_STAGE_CLOSED) ||
			(info->surveyed && info->survey.offer_known);

	observe_path(l, info, &counters->ike);
	observe_nat(l, info);
	observe_gateway(l, info, answered);
	observe_proposals(l, info);
	observe_tunnel(l, info, counters);
	observe_ppp(l, info);
}

static void checked_mtu(struct ladder *l, const struct tunnel_findings *t, struct failure *f)
{
	char who[ENDPOINT_STRLEN];

	if (!t->echo.family) {
		decide(l, RUNG_MTU, RUNG_NOT_TESTED, "nobody behind it answers an echo request");
		return;
	}
	endpoint_addr_str(&t->echo, who);
	if (t->passes >= t->full) {
		decide(l, RUNG_MTU, RUNG_OK, "%s answers packets of %u octets", who, t->full);
		return;
	}
	(void)failure_set(f, CAUSE_MTU, 0,
			  "%s answers small packets and none of %u octets; the largest that passes "
			  "has %u",
			  who, t->full, t->passes);
	decide(l, RUNG_MTU, RUNG_FAILED, "%s", f->detail);
}

static void checked_dns(struct ladder *l, const struct tunnel_findings *t, struct failure *f)
{
	char who[ENDPOINT_STRLEN], silent[ENDPOINT_STRLEN];

	if (!t->dns_asked) {
		decide(l, RUNG_DNS, RUNG_NOT_TESTED, "the gateway names none");
		return;
	}
	if (t->dns.family) {
		decide(l, RUNG_DNS, RUNG_OK, "%s answers%s%s", endpoint_addr_str(&t->dns, who),
		       t->dns_silent.family ? _(", not ") : "",
		       t->dns_silent.family ? endpoint_addr_str(&t->dns_silent, silent) : "");
		return;
	}
	if (t->filtered) {
		decide(l, RUNG_DNS, RUNG_NOT_TESTED,
		       "no answer, but rp_filter of this machine would drop it");
		return;
	}
	endpoint_addr_str(&t->dns_silent, silent);
	decide(l, RUNG_DNS, RUNG_FAILED, "%s does not answer", silent);
	/* Of several findings the lowest rung's is the one. */
	if (f->cause == CAUSE_NONE)
		(void)failure_set(f, CAUSE_DNS_SILENT, 0, "%s does not answer", silent);
}

bool ladder_checked(struct ladder *l, const struct tunnel_findings *findings,
		    struct failure *ret_failure)
{
	checked_mtu(l, findings, ret_failure);
	checked_dns(l, findings, ret_failure);
	return ret_failure->cause != CAUSE_NONE;
}

static enum rung rung_of(enum stage stage)
{
	for (int r = 0; stage != STAGE_NONE && r < RUNG_COUNT; r++)
		if (table[r].stage == stage)
			return (enum rung)r;
	return RUNG_COUNT;
}

void ladder_end(struct ladder *l, const struct failure *f, const char *missing)
{
	enum rung failed = rung_of(cause_info(f->cause)->stage);

	/* Whoever comes to the key has agreed on algorithms. */
	if (failed > RUNG_PROPOSALS && failed < RUNG_COUNT)
		decide(l, RUNG_PROPOSALS, RUNG_OK, "it takes one of the profile's%s%s", "", "");
	if (failed == RUNG_PPP_AUTH)
		decide(l, RUNG_PPP, RUNG_OK, "it came as far as authentication");
	/* A refusal comes from the port, and a password's from PPP: what was reached did work. */
	if (failed != RUNG_COUNT)
		decide(l, failed, RUNG_FAILED, "%s", f->detail);
	for (int r = 0; r < RUNG_COUNT; r++) {
		if (f->cause == CAUSE_NONE && missing)
			decide(l, (enum rung)r, RUNG_NOT_TESTED, "%s", missing);
		else
			decide(l, (enum rung)r, RUNG_NOT_TESTED,
			       failed < RUNG_COUNT && r > (int)failed
				       ? _("not reached")
				       : _("nothing was seen of it"));
	}
}

bool ladder_next(struct ladder *l, enum rung *ret)
{
	if (l->shown == RUNG_COUNT || l->rungs[l->shown].result == RUNG_UNDECIDED)
		return false;
	*ret = (enum rung)l->shown++;
	return true;
}

static void suggest(struct suggestions *s, const char *section, const char *format, ...)
	_printf_(3, 4);

static void suggest(struct suggestions *s, const char *section, const char *format, ...)
{
	va_list args;

	if (s->n == LADDER_SUGGESTIONS_MAX)
		return;
	s->lines[s->n].section = section;
	va_start(args, format);
	(void)vsnprintf(s->lines[s->n++].line, LADDER_LINE_MAX, format, args);
	va_end(args);
}

/* Only where the profile refuses the method that every gateway knows. */
static void suggest_method(const struct profile *p, struct suggestions *s)
{
	if (p->ppp.refuse_mschapv2)
		suggest(s, "vpn", "refuse-mschapv2=no");
	else if (p->ppp.refuse_chap)
		suggest(s, "vpn", "refuse-chap=no");
	else if (p->ppp.refuse_pap)
		suggest(s, "vpn", "refuse-pap=no");
}

void ladder_suggest(const struct profile *profile, const struct connection_info *info,
		    const struct tunnel_findings *findings, const struct failure *f,
		    struct suggestions *ret)
{
	const struct scout_findings *survey = &info->survey;
	char name[PROPOSAL_NAME_MAX];

	*ret = (struct suggestions){ 0 };
	if (f->cause == CAUSE_PHASE1_REFUSED && survey->offer_known && !survey->takes_signatures)
		suggest(ret, "vpn", "ipsec-ike=%s", proposal_ike_name(&survey->takes, name));
	if (f->cause == CAUSE_ESP_SILENT && !info->udp_encap && !profile->force_encaps)
		suggest(ret, "vpn", "ipsec-forceencaps=yes");
	if (profile->source_port == PROFILE_PORT_EPHEMERAL && f->cause == CAUSE_PHASE2_ID)
		suggest(ret, "vpn", "l2tp-source-port=auto");
	if (profile->source_port == PROFILE_PORT_AUTO && info->call_granted &&
	    info->l2tp_port == 1701)
		suggest(ret, "vpn", "l2tp-source-port=1701");
	if (f->cause == CAUSE_PPP_AUTH_METHOD)
		suggest_method(profile, ret);
	if (f->cause == CAUSE_PPP_ENCRYPTION)
		suggest(ret, "vpn", "require-mppe=%s", profile->ppp.require_mppe ? "no" : "yes");
	if (findings->done && findings->echo.family && findings->passes < findings->full &&
	    findings->passes > 0) {
		suggest(ret, "vpn", "mtu=%u", findings->passes);
		suggest(ret, "vpn", "mru=%u", findings->passes);
	}
	if (findings->done && findings->dns_asked && !findings->dns.family && !findings->filtered)
		suggest(ret, "ipv4", "ignore-auto-dns=true");
}
