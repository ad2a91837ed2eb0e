/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/evidence.h"

#include <stdio.h>

/* Anybody can send us anything: a few lines for each stage tell enough. */
#define DROPS_LOGGED_MAX 16

void evidence_hint(struct evidence *e, nsec_t now)
{
	e->hints++;
	if (!e->hint_at)
		e->hint_at = now;
}

static void forget_hints(struct evidence *e)
{
	e->hint_at = 0;
	e->hints = 0;
	e->hint_notify = 0;
	e->undecryptable = false;
	e->drops_logged = 0;
	e->repeats = e->not_offered = e->weak = e->wrong_hash = e->wrong_id = 0;
	e->repeated = e->ike.retransmitted;
	e->steps++;
}

void evidence_enter(struct evidence *e, enum connection_state state, nsec_t now)
{
	e->state = state;
	e->state_entered = now;
	forget_hints(e);
}

void evidence_enter_stage(struct evidence *e, nsec_t now)
{
	e->ike_stage_entered = now;
	forget_hints(e);
}

bool evidence_drop_ike(struct evidence *e, enum ike_drop drop, nsec_t now)
{
	switch (drop) {
	case IKE_DROP_DUPLICATE:
		e->repeats++;
		break;
	case IKE_DROP_NOT_OFFERED:
		e->not_offered++;
		evidence_hint(e, now);
		break;
	case IKE_DROP_WEAK:
		e->weak++;
		evidence_hint(e, now);
		break;
	case IKE_DROP_HASH:
		e->wrong_hash++;
		evidence_hint(e, now);
		break;
	case IKE_DROP_ID:
		e->wrong_id++;
		evidence_hint(e, now);
		break;
	case IKE_DROP_PROOF: /* the reason is in the engine's statistics */
		evidence_hint(e, now);
		break;
	case IKE_DROP_UNDECRYPTABLE:
		e->undecryptable = true;
		evidence_hint(e, now);
		break;
	case IKE_DROP_NONE:
	case IKE_DROP_KEEPALIVE:
	case IKE_DROP_MALFORMED:
	case IKE_DROP_COOKIE:
	case IKE_DROP_UNEXPECTED:
	case IKE_DROP_NOT_ENCRYPTED:
	case IKE_DROP_PAYLOADS:
	case IKE_DROP_UNAUTHENTICATED:
	case IKE_DROP_LIMIT:
		break;
	}
	return drop != IKE_DROP_KEEPALIVE && e->drops_logged++ < DROPS_LOGGED_MAX;
}

bool evidence_drop_l2tp(struct evidence *e, enum l2tp_drop drop)
{
	return drop != L2TP_DROP_DATA && e->drops_logged++ < DROPS_LOGGED_MAX;
}

void evidence_notify(struct evidence *e, uint16_t type, bool undecryptable, nsec_t now)
{
	evidence_hint(e, now);
	if (undecryptable)
		e->undecryptable = true;
	else if (!e->hint_notify)
		e->hint_notify = type;
}

void evidence_icmp_ike(struct evidence *e, bool natt, int error, nsec_t now)
{
	if (natt)
		e->icmp_natt = error;
	else
		e->icmp_ike = error;
	if (e->state == CONNECTION_PHASE1 || e->state == CONNECTION_PHASE2)
		evidence_hint(e, now);
}

void evidence_icmp_l2tp(struct evidence *e, int error, nsec_t now)
{
	e->icmp_l2tp = error;
	if (e->state == CONNECTION_L2TP)
		evidence_hint(e, now);
}

void evidence_login(struct evidence *e, const struct ppp_findings *found, nsec_t now)
{
	/* A question that was asked anew, or is at its end, leaves time for the next word. */
	if (e->login != found->login || (e->checking && !found->checking))
		e->login_at = now;
	e->login = found->login;
	e->checking = found->checking;
}

void evidence_new_call(struct evidence *e)
{
	e->login = PPP_LOGIN_NONE;
	e->login_at = 0;
	e->checking = false;
}

void evidence_authority(struct evidence *e, const char *name, bool ours)
{
	if (ours)
		e->asked_ours = true;
	else if (!e->asked[0])
		(void)snprintf(e->asked, sizeof(e->asked), "%s", name);
}

void evidence_start_over(struct evidence *e, bool patient, bool more_addresses)
{
	const struct evidence old = *e;

	*e = (struct evidence){
		.steps = old.steps,
		.state = old.state,
		.proposals = old.proposals,
		.n_proposals = old.n_proposals,
		.l2tp_secret = old.l2tp_secret,
		.auth_words = old.auth_words,
		.more_addresses = more_addresses,
		.scout = old.scout,
		.patient = patient,
	};
}

void evidence_sum_up(const struct evidence *e, nsec_t now, struct connection_seen *ret)
{
	*ret = (struct connection_seen){
		.known = true,
		.step = now - e->state_entered,
		.ike = e->ike,
		.l2tp = e->l2tp,
		.repeats = e->repeats,
		.notify = e->hint_notify,
		.icmp = e->icmp_l2tp   ? e->icmp_l2tp
			: e->icmp_natt ? e->icmp_natt
				       : e->icmp_ike,
		.esp_sent = e->esp_sent,
		.esp_received = e->esp_received,
	};
}
