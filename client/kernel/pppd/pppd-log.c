/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reasons in pppd's log. The words have been the same for many versions, and yet they are the last evidence: of the
 * gateway they count where no plugin of ours has seen the frames. The first message that matches tells the reason, what
 * follows are consequences. More telling patterns stand before the ones they contain.
 */
#include "client/kernel/pppd/pppd-log.h"

#include <string.h>
#include <sys/socket.h>

static const struct pattern {
	const char *text; /* upper and lower case are the same */
	enum cause cause;
} peer_patterns[] = {
	/* What stands in brackets is the gateway's own; this much of it means something. */
	{ "LCP terminated by peer (MPPE required", CAUSE_PPP_ENCRYPTION },
	{ "LCP terminated by peer", CAUSE_PPP_CLOSED },
	/* Authentication. A password is refused in PAP and CHAP alone: EAP fails for many reasons. */
	{ "authentication failed due to protocol-reject", CAUSE_PPP_AUTH_UNKNOWN },
	{ "No auth is possible", CAUSE_PPP_AUTH_METHOD },
	{ "No response to PAP authenticate-requests", CAUSE_LOGIN_UNANSWERED },
	{ "CHAP authentication timed out", CAUSE_PPP_SILENT },
	{ "peer refused to authenticate", CAUSE_PPP_AUTH_METHOD },
	/* RFC 2433 4.8 */
	{ "MS-CHAP authentication failed: E=646", CAUSE_ACCOUNT_HOURS },
	{ "MS-CHAP authentication failed: E=647", CAUSE_ACCOUNT_DISABLED },
	{ "MS-CHAP authentication failed: E=648", CAUSE_PASSWORD_EXPIRED },
	{ "MS-CHAP authentication failed: E=649", CAUSE_NO_DIALIN },
	{ "MS-CHAP authentication failed: E=709", CAUSE_PASSWORD_CHANGE },
	{ "mutual authentication failed", CAUSE_GATEWAY_UNPROVEN },
	{ "MS-CHAP authentication failed: E=691", CAUSE_PPP_AUTH },
	{ "PAP authentication failed", CAUSE_LOGIN_REFUSED },
	{ "CHAP authentication failed", CAUSE_LOGIN_REFUSED }, /* MS-CHAP with words, too */
	{ "peer reports authentication failure", CAUSE_LOGIN_FAILED }, /* EAP */
	{ "authentication failed", CAUSE_LOGIN_FAILED },
	/* Negotiation. */
	{ "LCP: timeout sending Config-Requests", CAUSE_PPP_SILENT },
	/* Nothing depends on these two. */
	{ "CCP: timeout sending Config-Requests", CAUSE_NONE },
	{ "IPV6CP: timeout sending Config-Requests", CAUSE_NONE },
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
	{ "Modem hangup", CAUSE_PPP_CLOSED },
}, machine_patterns[] = {
	/* No module for it, or a login without MS-CHAP, which gives the keys. */
	{ "MPPE required, but ", CAUSE_PPP_ENCRYPTION },
	{ "Fatal signal ", CAUSE_PPPD_FAILED },
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

static enum cause match(const char *line, const struct pattern *patterns, size_t n)
{
	/* As of /root/.ppprc, which the service's confinement hides: pppd goes on. */
	if (strncmp(line, "Warning: ", strlen("Warning: ")) == 0)
		return CAUSE_NONE;
	for (size_t i = 0; i < n; i++)
		if (strcasestr(line, patterns[i].text))
			return patterns[i].cause;
	return CAUSE_NONE;
}

static void keep_reason(struct failure *reason, const char *line, enum cause cause)
{
	if (cause != CAUSE_NONE)
		(void)failure_set(reason, cause, 0, "pppd: %s", line);
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
	keep_reason(&log->machine, log->line,
		    match(log->line, machine_patterns, ARRAY_SIZE(machine_patterns)));
	keep_reason(&log->peer, log->line,
		    match(log->line, peer_patterns, ARRAY_SIZE(peer_patterns)));
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

void pppd_log_up(struct pppd_log *log)
{
	log->peer = (struct failure){ 0 };
}
