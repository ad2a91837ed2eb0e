/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why PPP ended. Frames and codes come first, then pppd's exit status; its words count for this machine's trouble, and
 * for the gateway's where nobody has seen the frames. A password is called wrong when the gateway's code says so, and
 * never else: its words are for people.
 */
#include "client/kernel/pppd/pppd-verdict.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "client/failure/i18n.h"
#include "ppp/method.h"

/* pppd(8), EXIT STATUS. */
static const struct {
	enum cause cause;
	const char *words;
} exits[] = {
	[0] = { CAUSE_PPP_CLOSED, N_("the gateway ended PPP") },
	[1] = { CAUSE_PPPD_FAILED, N_("fatal error") },
	[2] = { CAUSE_PPPD_FAILED, N_("wrong options") },
	[3] = { CAUSE_PRIVILEGE, N_("pppd was not started as root") },
	[4] = { CAUSE_KERNEL_PPP, N_("module ppp_generic") },
	[5] = { CAUSE_PPPD_FAILED, N_("somebody ended pppd by a signal") },
	[6] = { CAUSE_PPPD_FAILED, N_("the port could not be locked") },
	[7] = { CAUSE_PPPD_FAILED, N_("the port could not be opened") },
	[8] = { CAUSE_PPPD_FAILED, N_("the connect script failed") },
	[9] = { CAUSE_PPPD_FAILED, N_("the pty program failed") },
	[10] = { CAUSE_PPP_NEGOTIATION, N_("no network protocol was agreed on") },
	[11] = { CAUSE_PPP_AUTH_METHOD, N_("the gateway did not authenticate itself") },
	[12] = { CAUSE_LOST_PPP, N_("the link was idle") },
	[13] = { CAUSE_LOST_PPP, N_("the time limit was reached") },
	[14] = { CAUSE_PPP_CLOSED, N_("the gateway will call back") },
	[15] = { CAUSE_LOST_GATEWAY, N_("no answer to LCP echo requests") },
	[16] = { CAUSE_PPP_CLOSED, N_("hang-up") },
	[17] = { CAUSE_PPP_NEGOTIATION, N_("our own packets came back") },
	[18] = { CAUSE_PPPD_FAILED, N_("the init script failed") },
	[19] = { CAUSE_LOGIN_FAILED, N_("the login failed") },
};

/* RFC 2433 4.8, RFC 2759 6 */
static const struct {
	unsigned int code;
	enum cause cause;
} ms_codes[] = {
	{ 646, CAUSE_ACCOUNT_HOURS },	 { 647, CAUSE_ACCOUNT_DISABLED },
	{ 648, CAUSE_PASSWORD_EXPIRED }, { 649, CAUSE_NO_DIALIN },
	{ 691, CAUSE_PPP_AUTH },	 { 709, CAUSE_PASSWORD_CHANGE },
};

/* What the profile can allow or refuse; the others are EAP's own, and those that pppd doesn't know. */
static const uint16_t choices = 1U << PPP_METHOD_PAP | 1U << PPP_METHOD_CHAP |
				1U << PPP_METHOD_MSCHAP | 1U << PPP_METHOD_MSCHAPV2 |
				1U << PPP_METHOD_EAP;

/* A login that was refused before anything was proven, or by a method without a password, refuses no password. */
static enum cause cause_of_refusal(const struct ppp_findings *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(ms_codes); i++)
		if (ms_codes[i].code == f->code)
			return ms_codes[i].cause;
	if (f->used == PPP_METHOD_EAP_TLS)
		return CAUSE_USER_CERT_REFUSED;
	if (f->used == PPP_METHOD_NONE)
		return f->declined & ~choices ? CAUSE_PPP_AUTH_UNKNOWN : CAUSE_LOGIN_FAILED;
	/* Some refuse a second login of the same user in this way, with or without words. */
	return CAUSE_LOGIN_REFUSED;
}

static const char *first_asked(const struct ppp_findings *f)
{
	for (int i = PPP_METHOD_COUNT - 1; i > PPP_METHOD_NONE; i--)
		if (f->asked & ppp_method_bit((enum ppp_method)i))
			return ppp_method_name(i);
	return ppp_method_name(PPP_METHOD_NONE);
}

static void name_refusal(const struct ppp_findings *f, struct failure *ret)
{
	enum cause cause = cause_of_refusal(f);
	char what[40];

	if (cause == CAUSE_PPP_AUTH_UNKNOWN)
		(void)snprintf(what, sizeof(what), "EAP; it asks for %s", first_asked(f));
	else if (f->code)
		(void)snprintf(what, sizeof(what), "%s E=%u", ppp_method_name(f->used), f->code);
	else
		(void)snprintf(what, sizeof(what), "%s", ppp_method_name(f->used));
	if (f->text[0])
		(void)failure_set(ret, cause, 0, "%s; the gateway says: %s", what, f->text);
	else
		(void)failure_set(ret, cause, 0, "%s", what);
}

/* While it goes on the gateway may still ask for something else. */
static bool method_missing(const struct ppp_findings *f, bool ended)
{
	bool none_left = f->declined && f->agreed == PPP_METHOD_NONE && !f->open;

	return f->method_rejected || (none_left && (ended || f->terminated));
}

static void name_method(const struct ppp_findings *f, struct failure *ret)
{
	bool unknown = f->method_rejected || !(f->declined & choices);

	(void)failure_set(ret, unknown ? CAUSE_PPP_AUTH_UNKNOWN : CAUSE_PPP_AUTH_METHOD, 0,
			  "the gateway asks for %s", first_asked(f));
}

static void name_end(const struct ppp_findings *f, struct failure *ret)
{
	if (f->farewell[0])
		(void)failure_set(ret, CAUSE_PPP_CLOSED, 0, "it said: %s", f->farewell);
	else
		(void)failure_set(ret, CAUSE_PPP_CLOSED, 0, "it said Terminate-Request");
}

/* CCP goes beside the rest: that a gateway offers MPPE is a reason only where it ends there. */
static bool mppe_missing(const struct ppp_findings *f, bool ended)
{
	return f->mppe_declined && (f->terminated || (ended && !f->silent));
}

static void name_mppe(const struct ppp_findings *f, struct failure *ret)
{
	const char *what = f->mppe_unmet
				   ? _("the gateway has another MPPE than the profile demands")
			   : f->mppe_declined ? _("the gateway wants MPPE: set require-mppe=yes")
					      : _("the gateway has no MPPE");

	if (f->farewell[0])
		(void)failure_set(ret, CAUSE_PPP_ENCRYPTION, 0, "%s; it said: %s", what,
				  f->farewell);
	else
		(void)failure_set(ret, CAUSE_PPP_ENCRYPTION, 0, "%s", what);
}

static void name_silence(struct failure *ret)
{
	(void)failure_set(ret, CAUSE_LOST_GATEWAY, 0, "no answer to LCP echo requests");
}

/* On the way up; the first that applies. */
static void name_found(const struct ppp_findings *f, bool ended, struct failure *ret)
{
	if (f->login == PPP_LOGIN_REFUSED)
		name_refusal(f, ret);
	else if (method_missing(f, ended))
		name_method(f, ret);
	else if (f->mppe_unmet || mppe_missing(f, ended) || f->mppe_refused)
		name_mppe(f, ret);
	else if (f->terminated)
		name_end(f, ret);
	else if (f->silent)
		name_silence(ret);
	else if (f->ipcp_rejected)
		(void)failure_set(ret, CAUSE_PPP_NO_ADDRESS, 0, "the gateway knows no IPCP");
	else if (f->login == PPP_LOGIN_ACCEPTED)
		(void)failure_set(ret, CAUSE_PPP_NO_ADDRESS, 0,
				  "the password was accepted, and no address came");
}

/* Before PPP was up the gateway refused it; afterwards it ended it, and what else there is is a loss. */
static enum cause in_time(enum cause cause, bool up)
{
	enum exit_code code = cause_info(cause)->code;

	if (up && cause == CAUSE_PPP_CLOSED)
		return CAUSE_LOST_CLOSED;
	if (up && (code == EXIT_PPP || cause == CAUSE_PPPD_FAILED))
		return CAUSE_LOST_PPP;
	if (!up && (cause == CAUSE_LOST_PPP || cause == CAUSE_LOST_GATEWAY))
		return CAUSE_PPP_SILENT;
	return cause;
}

static void reason_in_frames(const struct pppd_evidence *e, bool ended, struct failure *ret)
{
	const struct ppp_findings *f = e->found;

	if (!e->up)
		name_found(f, ended, ret);
	else if (f->login == PPP_LOGIN_REFUSED)
		name_refusal(f, ret);
	else if (f->terminated)
		name_end(f, ret);
	else if (f->silent)
		name_silence(ret);
}

static void reason_in_words(const struct pppd_evidence *e, struct failure *ret)
{
	*ret = e->log->peer;
	if (ret->cause == CAUSE_NONE && e->log->authenticated && !e->up)
		(void)failure_set(ret, CAUSE_PPP_NO_ADDRESS, 0,
				  "the password was accepted, and no address came");
}

static void name_reason(const struct pppd_evidence *e, bool ended, struct failure *ret)
{
	*ret = e->log->machine;
	if (ret->cause == CAUSE_NONE && e->found)
		reason_in_frames(e, ended, ret);
	else if (ret->cause == CAUSE_NONE)
		reason_in_words(e, ret);
	ret->cause = in_time(ret->cause, e->up);
}

void pppd_reason(const struct pppd_evidence *e, bool ended, struct failure *ret)
{
	name_reason(e, ended, ret);
}

#define STATUS_NEGOTIATION 10
#define STATUS_LOGIN	   19
#define STATUS_CRASHED	   127 /* it has a signal in hand, whose number it logs */

/* What the exit status tells together with the frames. */
static void name_status(const struct ppp_findings *f, int status, struct failure *ret)
{
	if (status == STATUS_NEGOTIATION && !f->heard)
		(void)failure_set(ret, CAUSE_PPP_SILENT, 0, "nothing came");
	else if (status == STATUS_LOGIN && f->login == PPP_LOGIN_ACCEPTED)
		(void)failure_set(ret, CAUSE_GATEWAY_UNPROVEN, 0, "%s", ppp_method_name(f->used));
	else if (status == STATUS_LOGIN && f->login == PPP_LOGIN_SENT && !f->method_rejected)
		(void)failure_set(ret, CAUSE_LOGIN_UNANSWERED, 0, "%s", ppp_method_name(f->used));
}

static void name_exit(const struct pppd_evidence *e, int status, struct failure *ret)
{
	if (status == STATUS_CRASHED)
		(void)failure_set(ret, in_time(CAUSE_PPPD_FAILED, e->up), 0,
				  "pppd crashed (exit status %d)", status);
	else if (status < 0 || (size_t)status >= ARRAY_SIZE(exits))
		(void)failure_set(ret, CAUSE_PPPD_FAILED, 0, "pppd: exit status %d", status);
	else
		(void)failure_set(ret, in_time(exits[status].cause, e->up), 0,
				  "pppd: %s (exit status %d)", _(exits[status].words), status);
}

/* A method that hashes characters, which pppd makes of octets (lib/latin1.c). */
static bool is_of_characters(enum ppp_method method)
{
	return method == PPP_METHOD_MSCHAP || method == PPP_METHOD_MSCHAPV2;
}

static void add_words(struct failure *f, const char *words)
{
	size_t len = strlen(f->detail);

	(void)snprintf(f->detail + len, sizeof(f->detail) - len, "; %s", words);
}

/* What the password's letters have to do with its refusal, perhaps. */
static void name_letters(const struct pppd_evidence *e, struct failure *ret)
{
	if (e->letters == LATIN1_ASCII || !e->found || !is_of_characters(e->found->used) ||
	    (ret->cause != CAUSE_PPP_AUTH && ret->cause != CAUSE_LOGIN_REFUSED))
		return;
	if (e->letters == LATIN1_BEYOND)
		add_words(ret,
			  _("the password has letters that pppd can't send right by this method: "
			    "choose one of ASCII"));
	else
		add_words(ret, _("the password has letters outside ASCII, which some gateways keep "
				 "otherwise than Windows: try one of ASCII"));
}

void pppd_verdict(const struct pppd_evidence *e, int code, int status, bool asked,
		  struct failure *ret)
{
	*ret = (struct failure){ 0 };
	if (asked)
		return;
	if (code == CLD_EXITED && e->found && e->log->machine.cause == CAUSE_NONE)
		name_status(e->found, status, ret);
	if (ret->cause == CAUSE_NONE)
		name_reason(e, true, ret);
	if (ret->cause == CAUSE_NONE && code != CLD_EXITED)
		(void)failure_set(ret, e->up ? CAUSE_LOST_PPP : CAUSE_PPPD_FAILED, 0,
				  "pppd was killed by signal %d", status);
	else if (ret->cause == CAUSE_NONE)
		name_exit(e, status, ret);
	name_letters(e, ret);
}
