/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/calls.h"

#include "client/connection/line-l2tp.h"
#include "client/connection/request.h"
#include "client/connection/verdict.h"
#include "client/failure/i18n.h"
#include "ppp/method.h"

void calls_stuck(struct line *l)
{
	struct failure said = line_ppp_reason(l, false);

	if (!line_ppp_heard(l) || said.cause != CAUSE_NONE ||
	    !line_call_again(l, L2TP_CALL_BESIDE)) {
		l->evidence->calls = VERDICT_CALLS_MAX;
		return;
	}
	l->evidence->calls++;
	news_step(l->news, N_("PPP got stuck; calling once more"));
}

void calls_missing(struct line *l)
{
	struct evidence *e = l->evidence;

	if (e->state != CONNECTION_PPP || e->missing >= VERDICT_MISSING_MAX ||
	    !line_call_again(l, L2TP_CALL_BESIDE))
		return;
	e->missing++;
	news_step(l->news, N_("a message of PPP was lost; calling once more"));
}

/* With what the gateway has, which is less than what was proposed. Return: whether another call is placed. */
static bool call_for_method(struct line *l, struct fallback *fb)
{
	const struct ppp_findings *found = &l->info->found;
	uint16_t allowed = request_methods(l->config->profile);

	if (l->info->state != CONNECTION_PPP)
		return false;
	if (fallback_is_eap_vain(fb, found, allowed) && line_call_again(l, L2TP_CALL_BESIDE)) {
		fallback_leave_eap(fb);
		news_step(l->news, N_("the gateway's EAP led nowhere; calling once more without"));
		return true;
	}
	enum ppp_method best = fallback_other_method(fb, found, allowed);
	if (best == PPP_METHOD_NONE || !line_call_again(l, L2TP_CALL_BESIDE))
		return false;
	fallback_take_method(fb, best);
	news_step(l->news, N_("the gateway knows nothing better than %s; calling once more"),
		  ppp_method_name(best));
	return true;
}

/* While LCP is negotiated pppd goes on trying after the gateway has ended it. */
static bool is_terminated_for_good(struct line *l, const struct fallback *fb, struct failure *f)
{
	struct failure said = line_ppp_reason(l, false);

	fallback_name_method(fb, &l->info->found, &said);
	if (said.cause != CAUSE_PPP_AUTH_METHOD && said.cause != CAUSE_PPP_AUTH_UNKNOWN)
		return false;
	*f = said;
	return true;
}

bool calls_found(struct line *l, struct fallback *fb, const struct ppp_findings *found,
		 struct failure *f)
{
	l->info->found = *found;
	evidence_login(l->evidence, found, news_now(l->news));
	if (found->terminated && l->info->state == CONNECTION_PPP) {
		if (call_for_method(l, fb))
			return false;
		if (is_terminated_for_good(l, fb, f))
			return true;
	}
	if (l->evidence->checking && !l->told_checking) {
		l->told_checking = true;
		news_step(l->news, N_("waiting for the gateway to check the password"));
	}
	return false;
}

/* A refused login shows the name that was sent, which isn't always the one that was meant. */
static void name_user(const struct line *l, struct failure *f)
{
	const struct failure said = *f;

	if (cause_exit_code(said.cause) != EXIT_PPP_AUTH)
		return;
	*f = (struct failure){ 0 };
	(void)failure_set(f, said.cause, said.error, "user \"%s\"; %s",
			  l->config->profile->ppp.user, said.detail);
}

bool calls_ended(struct line *l, struct fallback *fb, const struct failure *call_ended,
		 struct failure *f)
{
	const struct failure said = *f;
	bool unnamed = said.cause == CAUSE_NONE || said.cause == CAUSE_PPP_CLOSED;

	if (call_for_method(l, fb))
		return false;
	if (unnamed && call_ended) {
		*f = *call_ended;
	} else if (unnamed) {
		*f = (struct failure){ 0 };
		(void)failure_set(f,
				  l->info->state == CONNECTION_UP ? CAUSE_LOST_PPP
								  : CAUSE_PPP_CLOSED,
				  0, "%s", said.detail[0] ? said.detail : _("PPP gave no reason"));
	}
	fallback_name_method(fb, &l->info->found, f);
	name_user(l, f);
	return true;
}
