/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reasons from pppd. Its exit status names a class; its messages say more, and have had the same
 * words for many versions. The first message that matches tells the reason, what follows are
 * consequences. More telling patterns stand before the ones they contain.
 */
#include "client/pppd-log.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "client/i18n.h"

static const struct {
	const char *text;
	enum cause cause;
} patterns[] = {
	/* Authentication. E= codes of MS-CHAP (RFC 2433 4.8) stand in the same line. */
	{ "authentication failed due to protocol-reject", CAUSE_PPP_AUTH_METHOD },
	{ "No auth is possible", CAUSE_PPP_AUTH_METHOD },
	{ "No response to PAP authenticate-requests", CAUSE_PPP_SILENT },
	{ "CHAP authentication timed out", CAUSE_PPP_SILENT },
	{ "peer refused to authenticate", CAUSE_PPP_AUTH_METHOD },
	{ "peer reports authentication failure", CAUSE_PPP_AUTH },
	{ "mutual authentication failed", CAUSE_PPP_AUTH },
	{ "authentication failed", CAUSE_PPP_AUTH },
	/* Negotiation. */
	{ "LCP: timeout sending Config-Requests", CAUSE_PPP_SILENT },
	{ "CCP: timeout sending Config-Requests", CAUSE_NONE },
	{ "timeout sending Config-Requests", CAUSE_PPP_NEGOTIATION },
	{ "Serial line is looped back", CAUSE_PPP_NEGOTIATION },
	{ "MPPE required", CAUSE_PPP_ENCRYPTION },
	{ "MPPE disabled, closing LCP", CAUSE_PPP_ENCRYPTION },
	{ "MPPE disabled by peer", CAUSE_PPP_ENCRYPTION },
	{ "Could not determine local IP address", CAUSE_PPP_NO_ADDRESS },
	{ "Peer refused to agree to our IP address", CAUSE_PPP_NO_ADDRESS },
	{ "Refused our IP address", CAUSE_PPP_NO_ADDRESS },
	{ "No network protocols running", CAUSE_PPP_NEGOTIATION },
	/* The end of a working link. */
	{ "Serial link appears to be disconnected", CAUSE_LOST_GATEWAY },
	{ "echo-requests", CAUSE_LOST_GATEWAY },
	{ "Terminating connection due to lack of activity", CAUSE_LOST_PPP },
	{ "Connect time expired", CAUSE_LOST_PPP },
	{ "LCP terminated by peer", CAUSE_PPP_CLOSED },
	{ "Modem hangup", CAUSE_PPP_CLOSED },
	/* The machine. */
	{ "lacks PPP kernel support", CAUSE_KERNEL_PPP },
	{ "lacks kernel support for PPP", CAUSE_KERNEL_PPP },
	{ "load the ppp_generic kernel module", CAUSE_KERNEL_PPP },
	{ "Couldn't open /dev/ppp", CAUSE_KERNEL_PPP },
	{ "PPPoL2TP kernel driver not installed", CAUSE_KERNEL_L2TP },
	{ "Couldn't load plugin", CAUSE_PPPD_MISSING },
	{ "is for pppd version", CAUSE_PPPD_FAILED },
	{ "unrecognized option", CAUSE_PPPD_FAILED },
	{ "too few parameters for option", CAUSE_PPPD_FAILED },
	{ "Can't open options file", CAUSE_PPPD_FAILED },
	{ "cannot be overridden", CAUSE_PPPD_FAILED },
	{ "Given FD for PPPoL2TP socket invalid", CAUSE_PPPD_FAILED },
	{ "Couldn't create new ppp unit", CAUSE_PPPD_FAILED },
	{ "Couldn't attach to ", CAUSE_PPPD_FAILED },
	{ "Couldn't get channel number", CAUSE_PPPD_FAILED },
	{ "Couldn't rename interface", CAUSE_PPPD_FAILED },
	{ "Interface configuration failed", CAUSE_PPPD_FAILED },
	{ "Interface failed to come up", CAUSE_PPPD_FAILED },
};

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
	[19] = { CAUSE_PPP_AUTH, N_("the gateway refused the user name or password") },
};

enum cause pppd_log_cause(const char *line)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (strstr(line, patterns[i].text))
			return patterns[i].cause;
	return CAUSE_NONE;
}

bool pppd_log_put(struct pppd_log *log, char c)
{
	if (c != '\n') {
		if (log->len + 1 < sizeof(log->line))
			log->line[log->len++] = c >= ' ' && c <= '~' ? c : '?';
		return false;
	}
	while (log->len > 0 && (log->line[log->len - 1] == ' ' || log->line[log->len - 1] == '?'))
		log->len--;
	if (log->len == 0)
		return false;
	log->line[log->len] = '\0';
	log->len = 0;

	if (strstr(log->line, "authentication succeeded"))
		log->authenticated = true;
	enum cause cause = pppd_log_cause(log->line);
	if (cause != CAUSE_NONE)
		(void)failure_set(&log->reason, cause, 0, "pppd: %s", log->line);
	return true;
}

bool pppd_log_missing(const char *line)
{
	static const char begin[] = "tsunagu: ";

	return strncmp(line, begin, sizeof(begin) - 1) == 0;
}

/* The address behind WORDS, which the line begins with; anything else than link-local is no result. */
static bool link_local(const char *line, const char *words, struct endpoint *ret)
{
	struct endpoint e;

	if (strncmp(line, words, strlen(words)) != 0 ||
	    endpoint_parse(line + strlen(words), 0, &e) < 0 || e.family != AF_INET6 ||
	    e.addr[0] != 0xfe || (e.addr[1] & 0xc0) != 0x80)
		return false;
	*ret = e;
	return true;
}

bool pppd_log_ipv6(struct pppd_log *log)
{
	if (link_local(log->line, "local  LL address ", &log->local6))
		return false;
	return link_local(log->line, "remote LL address ", &log->peer6) && log->local6.family;
}

/* Before PPP was up the gateway refused it; afterwards it ended it, and pppd's trouble is a loss. */
static enum cause in_time(enum cause cause, bool up)
{
	if (up && cause == CAUSE_PPP_CLOSED)
		return CAUSE_LOST_CLOSED;
	if (up && (cause == CAUSE_PPP_SILENT || cause == CAUSE_PPPD_FAILED))
		return CAUSE_LOST_PPP;
	if (!up && (cause == CAUSE_LOST_PPP || cause == CAUSE_LOST_GATEWAY))
		return CAUSE_PPP_SILENT;
	return cause;
}

void pppd_log_reason(const struct pppd_log *log, bool up, struct failure *ret)
{
	*ret = log->reason;
	ret->cause = in_time(ret->cause, up);
	if (ret->cause == CAUSE_NONE && log->authenticated && !up)
		(void)failure_set(ret, CAUSE_PPP_NO_ADDRESS, 0,
				  "the password was accepted, and no address came");
}

void pppd_verdict(const struct pppd_log *log, int code, int status, bool asked, bool up,
		  struct failure *ret)
{
	*ret = (struct failure){};
	if (asked)
		return;
	if (log->reason.cause != CAUSE_NONE) {
		pppd_log_reason(log, up, ret);
		return;
	}
	if (code != CLD_EXITED) {
		(void)failure_set(ret, up ? CAUSE_LOST_PPP : CAUSE_PPPD_FAILED, 0,
				  "pppd was killed by signal %d", status);
		return;
	}
	if (status < 0 || (size_t)status >= ARRAY_SIZE(exits)) {
		(void)failure_set(ret, CAUSE_PPPD_FAILED, 0, "pppd: exit status %d", status);
		return;
	}
	(void)failure_set(ret, in_time(exits[status].cause, up), 0, "pppd: %s (exit status %d)",
			  _(exits[status].words), status);
}
