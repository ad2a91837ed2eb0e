/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What pppd is told, in the syntax of its options files: words between white space, double quotes
 * around a word, a backslash before a character that means itself.
 *
 * Where /etc/ppp can't be hidden from it, pppd reads /etc/ppp/options before ours, which may hold
 * anything for a modem; what is given here comes later and overrides it. So the options that would
 * hurt are negated although they are off by default. Options that a pppd may have been built without are given to one that
 * has them, since an unknown option is fatal to it.
 */
#include "client/kernel/pppd/pppd-options.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/kernel/pppd/pppd-ifname.h"

/* pppd cuts off silently what is longer (MAXNAMELEN, MAXSECRETLEN, with the NUL). */
#define WORD_MAX 255

static void put_text(struct builder *b, const char *text)
{
	builder_bytes(b, text, strlen(text));
}

static void put_line(struct builder *b, const char *option)
{
	put_text(b, option);
	builder_u8(b, '\n');
}

static void put_flag(struct builder *b, bool wanted, const char *option)
{
	if (wanted)
		put_line(b, option);
}

static void put_number(struct builder *b, const char *option, unsigned int value)
{
	char line[64];

	(void)snprintf(line, sizeof(line), "%.40s %u", option, value);
	put_line(b, line);
}

/* A word that means exactly LEN octets at VALUE to pppd. */
static int put_word(struct builder *b, const char *option, const void *value, size_t len)
{
	const uint8_t *p = value;

	if (len > WORD_MAX)
		return -EINVAL;
	put_text(b, option);
	put_text(b, " \"");
	for (size_t i = 0; i < len; i++) {
		if (p[i] < ' ' || p[i] == 0x7f)
			return -EINVAL;
		if (p[i] == '"' || p[i] == '\\')
			builder_u8(b, '\\');
		builder_u8(b, p[i]);
	}
	put_text(b, "\"\n");
	return 0;
}

static int put_string(struct builder *b, const char *option, const char *value)
{
	return put_word(b, option, value, strlen(value));
}

/* pppN is asked for by its number: when that is taken, pppd takes another one and goes on. */
static int put_ifname(struct builder *b, const char *ifname)
{
	int unit = pppd_ifname_unit(ifname);

	if (!ifname[0])
		return 0;
	if (unit < 0)
		return put_string(b, "ifname", ifname);
	put_number(b, "unit", (unsigned int)unit);
	return 0;
}

/* What makes pppd a client that leaves routes and files of the system alone. */
static void put_role(struct builder *b)
{
	static const char *const options[] = {
		"nodetach",    "hide-password",	    "noauth",
		"nopersist",   "nodefaultroute",    "noproxyarp",
		"noipdefault", "ipcp-accept-local", "ipcp-accept-remote",
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		put_line(b, options[i]);
}

/* The first request may be lost when the gateway's PPP starts late: say it again soon, and long. */
static void put_timers(struct builder *b, const struct pppd_options *o)
{
	const struct dp_ppp *ppp = o->ppp;

	put_number(b, "lcp-restart", 1);
	put_number(b, "lcp-max-configure", 30);
	put_number(b, "lcp-max-terminate", 1); /* L2TP tells the gateway as well */
	put_number(b, "ipcp-restart", 1);
	put_number(b, "ipcp-max-configure", 15);
	if (o->has.ipv6)
		put_number(b, "ipv6cp-restart", 1);
	/* Behind each request somebody may be asked who takes his time. Our plugin repeats what was lost. */
	put_number(b, "pap-restart", o->repeats ? 600 : 10);
	put_number(b, "pap-max-authreq", 30);
	put_number(b, "eap-timeout", 600);
	put_number(b, "lcp-echo-interval", ppp->lcp_echo_interval);
	put_number(b, "lcp-echo-failure", ppp->lcp_echo_failure);
}

unsigned int pppd_options_mppe(const struct dp_ppp *ppp)
{
	if (ppp->require_mppe_128)
		return PPP_MPPE_128;
	if (ppp->require_mppe_40)
		return PPP_MPPE_40;
	return ppp->require_mppe ? PPP_MPPE_40 | PPP_MPPE_128 : 0;
}

/*
 * An option for each length: pppd takes require-mppe and one of these together for both, and 2.5 takes require-mppe by
 * itself for 40 bits.
 */
static void put_compression(struct builder *b, const struct dp_ppp *ppp)
{
	unsigned int mppe = pppd_options_mppe(ppp);

	put_flag(b, !mppe, "noccp");
	put_flag(b, mppe & PPP_MPPE_40, "require-mppe-40");
	put_flag(b, mppe & PPP_MPPE_128, "require-mppe-128");
	put_flag(b, mppe && ppp->mppe_stateful, "mppe-stateful");
	put_flag(b, ppp->nobsdcomp, "nobsdcomp");
	put_flag(b, ppp->nodeflate, "nodeflate");
	put_flag(b, ppp->no_vj, "novj");
	put_flag(b, ppp->nopcomp, "nopcomp");
	put_flag(b, ppp->noaccomp, "noaccomp");
}

/* EAP-TLS and nothing else: the gateway has to want the certificate. */
static int put_certificate(struct builder *b, const struct pppd_options *o)
{
	put_line(b, "refuse-pap");
	put_line(b, "refuse-chap");
	put_flag(b, o->has.mschap, "refuse-mschap");
	put_flag(b, o->has.mschap, "refuse-mschap-v2");
	put_line(b, "need-peer-eap");
	int r = put_string(b, "user", o->ppp->user);
	if (r == 0)
		r = put_string(b, "ca", o->ca);
	if (r == 0)
		r = put_string(b, "cert", o->cert);
	return r < 0 ? r : put_string(b, "key", o->key);
}

/*
 * Without the plugin pppd takes the first method that it may use. EAP with a password is no better than CHAP, and ends with a
 * gateway that wants EAP-TLS: the others come first.
 */
static bool avoids_eap(const struct dp_ppp *ppp)
{
	return !(ppp->refuse_pap && ppp->refuse_chap && ppp->refuse_mschap && ppp->refuse_mschapv2);
}

static int put_identity(struct builder *b, const struct pppd_options *o)
{
	const struct dp_ppp *ppp = o->ppp;

	put_flag(b, ppp->refuse_pap, "refuse-pap");
	put_flag(b, ppp->refuse_chap, "refuse-chap");
	put_flag(b, o->has.mschap && ppp->refuse_mschap, "refuse-mschap");
	put_flag(b, o->has.mschap && ppp->refuse_mschapv2, "refuse-mschap-v2");
	put_flag(b, ppp->refuse_eap || (!o->repeats && avoids_eap(ppp)), "refuse-eap");
	int r = put_string(b, "user", ppp->user);
	if (r < 0)
		return r;
	return put_word(b, "password", ppp->password.data, ppp->password.len);
}

static int put_result(struct builder *b, const struct pppd_options *o)
{
	int r = put_string(b, "ip-up-script", o->event_program);
	if (r < 0)
		return r;
	/* The machine's own scripts would act on an interface that others manage. */
	r = put_string(b, "ip-down-script", "");
	if (r < 0)
		return r;
	return put_string(b, "ipparam", o->event_socket);
}

int pppd_options_write(const struct pppd_options *o, struct builder *b)
{
	const struct dp_ppp *ppp = o->ppp;

	put_role(b);
	put_timers(b, o);
	put_compression(b, ppp);
	put_flag(b, ppp->want_dns, "usepeerdns");
	put_flag(b, o->has.noresolvconf, "noresolvconf");
	put_flag(b, ppp->debug, "debug");
	int r = put_ifname(b, ppp->ifname);
	if (r == 0)
		r = put_result(b, o);
	if (r == 0)
		r = ppp->tls.wanted ? put_certificate(b, o) : put_identity(b, o);
	if (r < 0)
		return r;
	if (o->repeats) {
		put_line(b, "plugin tsunagu.so");
		put_number(b, "tsunagu-mppe", pppd_options_mppe(ppp));
		put_number(b, "tsunagu-certificate", ppp->tls.wanted);
		if (o->keeps)
			put_number(b, "tsunagu-unit", (unsigned int)o->unit);
	}
	put_line(b, "plugin pppol2tp.so");
	return builder_finish(b) < 0 ? -ENOBUFS : 0;
}

int pppd_options_write_last(const struct dp_link *link, bool repeats,
			    const struct pppd_features *has, int session_fd, struct builder *b)
{
	if (repeats) {
		put_number(b, "tsunagu-pause", (unsigned int)(link->pause / NSEC_PER_MSEC));
		put_number(b, "tsunagu-patience", (unsigned int)(link->patience / NSEC_PER_MSEC));
		put_number(b, "tsunagu-lossy", link->lossy);
		put_number(b, "tsunagu-method", link->method);
	}
	put_flag(b, link->no_eap, "refuse-eap");
	put_number(b, "mtu", link->mtu);
	put_number(b, "mru", link->mru);
	put_flag(b, has->ipv6, link->ipv6 ? "+ipv6" : "noipv6");
	put_number(b, "pppol2tp", (unsigned int)session_fd);
	return builder_finish(b) < 0 ? -ENOBUFS : 0;
}
