/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pppd is told and what is made of its answers: quoting, hostile values, reasons, the result. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "client/kernel/pppd/ppp-result.h"
#include "client/kernel/pppd/pppd-ifname.h"
#include "client/kernel/pppd/pppd-log.h"
#include "client/kernel/pppd/pppd-options.h"
#include "lib/macros.h"

static struct dp_ppp base(const char *user, const char *password)
{
	struct dp_ppp ppp = { .want_dns = true };

	(void)snprintf(ppp.user, sizeof(ppp.user), "%s", user);
	assert_int_equal(secret_set(&ppp.password, password, strlen(password)), 0);
	return ppp;
}

static const struct pppd_features all = {
	.eap_tls = true, .mppe = true, .mschap = true, .ipv6 = true
};

static int write_options_for(const struct dp_ppp *ppp, struct pppd_features has, bool plugin,
			     char ret[static PPPD_OPTIONS_MAX])
{
	struct builder b = builder_init(ret, PPPD_OPTIONS_MAX - 1);
	struct pppd_options o = {
		.ppp = ppp,
		.event_program = "/usr/libexec/tsunagu/ppp-event",
		.event_socket = "/run/tsunagu/o \"k/ppp",
		.has = has,
		.repeats = plugin,
		.ca = "/proc/self/fd/5",
		.cert = "/proc/self/fd/6",
		.key = "/proc/self/fd/7",
	};

	int r = pppd_options_write(&o, &b);
	ret[builder_len(&b)] = '\0';
	return r;
}

static int write_options(const struct dp_ppp *ppp, char ret[static PPPD_OPTIONS_MAX])
{
	return write_options_for(ppp, all, false, ret);
}

/* A whole line, not a part of one. */
static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p++)
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return true;
	return false;
}

static void test_quoting(void **state)
{
	static const struct {
		const char *value, *line;
	} cases[] = {
		{ "secret", "password \"secret\"" },
		{ "", "password \"\"" },
		{ "two words", "password \"two words\"" },
		{ "# not a comment", "password \"# not a comment\"" },
		{ "q\"uote", "password \"q\\\"uote\"" },
		{ "'single'", "password \"'single'\"" },
		{ "back\\slash", "password \"back\\\\slash\"" },
		{ "\\", "password \"\\\\\"" },
		{ "\\n", "password \"\\\\n\"" },
		{ "\xe5\xaf\x86\xe7\xa2\xbc", "password \"\xe5\xaf\x86\xe7\xa2\xbc\"" },
		{ "%s%n$(id)`id`", "password \"%s%n$(id)`id`\"" },
	};
	char text[PPPD_OPTIONS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct dp_ppp ppp = base("u", cases[i].value);
		assert_int_equal(write_options(&ppp, text), 0);
		assert_true(has_line(text, cases[i].line));
	}
	assert_true(has_line(text, "ipparam \"/run/tsunagu/o \\\"k/ppp\""));
}

/* The number of an interface that is kept, to the plugin that knows of it. */
static void test_kept_interface(void **state)
{
	const struct dp_ppp ppp = base("u", "p");
	struct pppd_options o = {
		.ppp = &ppp, .event_program = "x", .event_socket = "y", .has = all, .keeps = true
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char text[PPPD_OPTIONS_MAX] = "";
		struct builder b = builder_init(text, sizeof(text) - 1);
		o.repeats = i == 1;
		assert_int_equal(pppd_options_write(&o, &b), 0);
		assert_int_equal(has_line(text, "tsunagu-unit 0"), o.repeats);
	}
	assert_int_equal(pppd_ifname_unit("ppp0"), 0);
	assert_int_equal(pppd_ifname_unit("ppp32767"), 32767);
	assert_int_equal(pppd_ifname_unit("ppp32768"), -1);
	assert_int_equal(pppd_ifname_unit("ppp"), -1);
	assert_int_equal(pppd_ifname_unit("ppp1x"), -1);
	assert_int_equal(pppd_ifname_unit("ppp-1"), -1);
	assert_int_equal(pppd_ifname_unit("vpn0"), -1);
	assert_int_equal(pppd_ifname_unit(""), -1);
}

static void test_hostile_values(void **state)
{
	static const char *const bad[] = {
		"a\nplugin evil.so", "a\rb", "a\tb", "\x1b[2J", "a\x7f", "\x01",
	};
	char text[PPPD_OPTIONS_MAX], long_word[257];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct dp_ppp ppp = base("u", bad[i]);
		assert_int_equal(write_options(&ppp, text), -EINVAL);
		ppp = base(bad[i], "p");
		assert_int_equal(write_options(&ppp, text), -EINVAL);
		assert_null(strstr(text, "\nplugin evil"));
	}
	memset(long_word, 'x', sizeof(long_word));
	struct dp_ppp ppp = base("u", "p");
	assert_int_equal(secret_set(&ppp.password, long_word, 255), 0);
	assert_int_equal(write_options(&ppp, text), 0);
	assert_int_equal(secret_set(&ppp.password, long_word, 256), 0);
	assert_int_equal(write_options(&ppp, text), -EINVAL); /* pppd would cut it off silently */
	assert_int_equal(secret_set(&ppp.password, "a\0b", 3), 0);
	assert_int_equal(write_options(&ppp, text), -EINVAL);
}

static void test_held_back(void **state)
{
	char text[PPPD_OPTIONS_MAX];
	char last[PPPD_OPTIONS_LAST_MAX];
	struct dp_link link = {
		.mtu = 1356,
		.mru = 1354,
		.ipv6 = true,
		.pause = 290 * NSEC_PER_MSEC,
		.patience = 680 * NSEC_PER_MSEC,
		.method = PPP_METHOD_CHAP,
	};
	struct dp_ppp ppp = base("u", "p");

	(void)state;
	assert_int_equal(write_options(&ppp, text), 0);
	assert_null(strstr(text, "\npppol2tp "));
	const char *plugin = "plugin pppol2tp.so\n";
	assert_string_equal(text + strlen(text) - strlen(plugin), plugin);

	struct builder b = builder_init(last, sizeof(last) - 1);
	assert_int_equal(pppd_options_write_last(&link, false, &all, 3, &b), 0);
	last[builder_len(&b)] = '\0';
	assert_string_equal(last, "mtu 1356\nmru 1354\n+ipv6\npppol2tp 3\n");
	b = builder_init(last, sizeof(last) - 1);
	assert_int_equal(pppd_options_write_last(&link, true, &all, 3, &b), 0);
	last[builder_len(&b)] = '\0';
	assert_string_equal(
		last, "tsunagu-pause 290\ntsunagu-patience 680\ntsunagu-lossy 0\ntsunagu-method 2\n"
		      "mtu 1356\nmru 1354\n+ipv6\npppol2tp 3\n");
	link.no_eap = true;
	b = builder_init(last, sizeof(last) - 1);
	assert_int_equal(pppd_options_write_last(&link, false, &all, 3, &b), 0);
	last[builder_len(&b)] = '\0';
	assert_string_equal(last, "refuse-eap\nmtu 1356\nmru 1354\n+ipv6\npppol2tp 3\n");
	b = builder_init(last, sizeof(last) - 1);
	assert_int_equal(pppd_options_write_last(&link, false, &(struct pppd_features){ 0 }, 3, &b),
			 0);
	last[builder_len(&b)] = '\0';
	assert_string_equal(last, "refuse-eap\nmtu 1356\nmru 1354\npppol2tp 3\n");
}

/* The passphrase was used before: pppd could be made to answer with it as a password. */
static void test_certificate(void **state)
{
	char text[PPPD_OPTIONS_MAX];
	struct dp_ppp ppp = base("taro", "passphrase");

	(void)state;
	ppp.tls.wanted = true;
	assert_int_equal(write_options(&ppp, text), 0);
	assert_true(has_line(text, "user \"taro\""));
	assert_true(has_line(text, "ca \"/proc/self/fd/5\""));
	assert_true(has_line(text, "cert \"/proc/self/fd/6\""));
	assert_true(has_line(text, "key \"/proc/self/fd/7\""));
	assert_true(has_line(text, "need-peer-eap"));
	assert_true(has_line(text, "refuse-pap"));
	assert_true(has_line(text, "refuse-chap"));
	assert_true(has_line(text, "refuse-mschap"));
	assert_true(has_line(text, "refuse-mschap-v2"));
	assert_null(strstr(text, "passphrase"));
}

static void test_choices(void **state)
{
	char text[PPPD_OPTIONS_MAX];
	struct dp_ppp ppp = base("u", "p");

	(void)state;
	assert_int_equal(write_options(&ppp, text), 0);
	assert_true(has_line(text, "noccp"));
	assert_true(has_line(text, "usepeerdns"));
	assert_true(has_line(text, "nodefaultroute"));
	assert_true(has_line(text, "lcp-echo-interval 0"));
	assert_true(has_line(text, "ip-down-script \"\""));
	assert_false(has_line(text, "debug"));
	assert_false(has_line(text, "refuse-pap"));
	assert_null(strstr(text, "refuse-chap"));
	assert_null(strstr(text, "refuse-mschap"));
	assert_null(strstr(text, "mppe"));
	assert_null(strstr(text, "noresolvconf"));

	ppp.require_mppe_128 = ppp.mppe_stateful = ppp.refuse_pap = ppp.no_vj = ppp.debug = true;
	ppp.want_dns = false;
	ppp.lcp_echo_interval = 20;
	strcpy(ppp.ifname, "office0");
	assert_int_equal(write_options(&ppp, text), 0);
	assert_false(has_line(text, "noccp"));
	assert_true(has_line(text, "require-mppe-128"));
	assert_true(has_line(text, "mppe-stateful"));
	assert_true(has_line(text, "refuse-pap"));
	assert_true(has_line(text, "novj"));
	assert_true(has_line(text, "debug"));
	assert_true(has_line(text, "lcp-echo-interval 20"));
	assert_true(has_line(text, "ifname \"office0\""));
	assert_false(has_line(text, "usepeerdns"));
}

/* A length that isn't demanded is never offered, whatever else the profile says; both where any will do. */
static void test_mppe(void **state)
{
	static const struct {
		bool any, of_40, of_128, want_40, want_128;
		const char *plugin;
	} cases[] = {
		{ true, false, false, true, true, "tsunagu-mppe 3" },
		{ false, true, false, true, false, "tsunagu-mppe 1" },
		{ false, false, true, false, true, "tsunagu-mppe 2" },
		{ true, true, false, true, false, "tsunagu-mppe 1" },
		{ true, false, true, false, true, "tsunagu-mppe 2" },
		{ true, true, true, false, true, "tsunagu-mppe 2" },
	};
	char text[PPPD_OPTIONS_MAX];
	struct dp_ppp ppp = base("u", "p");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		ppp.require_mppe = cases[i].any;
		ppp.require_mppe_40 = cases[i].of_40;
		ppp.require_mppe_128 = cases[i].of_128;
		assert_int_equal(write_options_for(&ppp, all, true, text), 0);
		assert_false(has_line(text, "require-mppe"));
		assert_int_equal(has_line(text, "require-mppe-40"), cases[i].want_40);
		assert_int_equal(has_line(text, "require-mppe-128"), cases[i].want_128);
		assert_true(has_line(text, cases[i].plugin));
		assert_int_equal(write_options(&ppp, text), 0);
		assert_null(strstr(text, "tsunagu-mppe"));
	}
}

/* An option that a pppd doesn't know ends it. */
static void test_a_pppd_with_less(void **state)
{
	static const char *const unknown[] = { "mschap", "ipv6", "noresolvconf", "mppe" };
	char text[PPPD_OPTIONS_MAX];
	struct dp_ppp ppp = base("u", "p");

	(void)state;
	ppp.refuse_mschap = ppp.refuse_mschapv2 = true;
	for (int certificate = 0; certificate < 2; certificate++) {
		ppp.tls.wanted = certificate;
		assert_int_equal(write_options_for(&ppp, (struct pppd_features){ 0 }, false, text),
				 0);
		for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
			assert_null(strstr(text, unknown[i]));
	}
	assert_int_equal(write_options_for(&ppp, (struct pppd_features){ .noresolvconf = true },
					   true, text),
			 0);
	assert_true(has_line(text, "noresolvconf"));
	assert_true(has_line(text, "tsunagu-certificate 1"));
}

/* Without the plugin EAP is left out, unless it is all that there is. */
static void test_eap_without_the_plugin(void **state)
{
	char text[PPPD_OPTIONS_MAX];
	struct dp_ppp ppp = base("u", "p");
	struct builder b = builder_init(text, sizeof(text) - 1);
	const struct pppd_options with = {
		.ppp = &ppp, .event_program = "/e", .event_socket = "/s", .repeats = true
	};

	(void)state;
	assert_int_equal(write_options(&ppp, text), 0);
	assert_true(has_line(text, "refuse-eap"));
	ppp.refuse_pap = ppp.refuse_chap = ppp.refuse_mschap = ppp.refuse_mschapv2 = true;
	assert_int_equal(write_options(&ppp, text), 0);
	assert_false(has_line(text, "refuse-eap"));
	ppp.refuse_mschapv2 = false;
	assert_true(pppd_options_write(&with, &b) == 0);
	text[builder_len(&b)] = '\0';
	assert_false(has_line(text, "refuse-eap"));
}

/* Feeds text to a log; returns how many lines came out. */
static unsigned int feed(struct pppd_log *log, const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += pppd_log_put(log, *text);
	return n;
}

/* The only word of IPv6CP's result; anybody's words in a log line are no address. */
static void test_ipv6(void **state)
{
	static const struct {
		const char *line;
		bool known;
	} lines[] = {
		{ "remote LL address fe80::2\n", false }, /* ours is not known yet */
		{ "local  LL address 2001:db8::1\n", false },
		{ "local  LL address fe80::1 x\n", false },
		{ "rcvd local  LL address fe80::1\n", false },
		{ "remote LL address fe80::2\n", false },
		{ "local  LL address fe80::48aa:2db1:dac1:ebdb\n", false },
		{ "remote LL address ::\n", false },
		{ "remote LL address fe80::2\n", true },
	};
	struct pppd_log log = { 0 };
	char text[ENDPOINT_STRLEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(feed(&log, lines[i].line), 1);
		assert_int_equal(pppd_log_ipv6(&log), lines[i].known);
	}
	assert_string_equal(endpoint_addr_str(&log.local6, text), "fe80::48aa:2db1:dac1:ebdb");
	assert_string_equal(endpoint_addr_str(&log.peer6, text), "fe80::2");
}

static void test_log_lines(void **state)
{
	struct pppd_log log = {};
	char big[1000];

	(void)state;
	assert_int_equal(feed(&log, "Using interface ppp0\n\n  \nConnect: ppp0"), 1);
	assert_int_equal(feed(&log, " <--> \x1b[31m\n"), 1);
	assert_string_equal(log.line, "Connect: ppp0 <--> ?[31m");
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(feed(&log, big), 0);
	assert_int_equal(feed(&log, "\nnext\n"), 2);
	assert_string_equal(log.line, "next");
}

static int parse(const char *text, struct dp_ppp_event *ret)
{
	return ppp_result_parse(text, strlen(text), ret);
}

static void test_result(void **state)
{
	struct dp_ppp_event e;
	char buf[ENDPOINT_STRLEN];

	(void)state;
	assert_int_equal(parse("IFNAME=ppp7\nIPLOCAL=192.168.100.50\nIPREMOTE=192.168.100.1\n"
			       "DNS1=192.168.100.1\nDNS2=8.8.8.8\n",
			       &e),
			 0);
	assert_int_equal(e.state, DP_PPP_ADDRESS);
	assert_string_equal(e.ifname, "ppp7");
	assert_string_equal(endpoint_addr_str(&e.local, buf), "192.168.100.50");
	assert_string_equal(endpoint_addr_str(&e.peer, buf), "192.168.100.1");
	assert_string_equal(endpoint_addr_str(&e.dns[1], buf), "8.8.8.8");
	assert_int_equal(parse("IFNAME=ppp7\nIPLOCAL=10.0.0.1\n", &e), 0);
	assert_int_equal(e.peer.family, 0);
	assert_int_equal(e.dns[0].family, 0);
}

/* Findings come by the same way. */
static void test_found(void **state)
{
	const struct ppp_findings f = { .heard = true, .code = 691 };
	uint8_t data[PPP_FINDINGS_MAX];
	struct dp_ppp_event e;

	(void)state;
	size_t len = ppp_findings_write(&f, data);
	assert_int_equal(ppp_result_parse((const char *)data, len, &e), 0);
	assert_int_equal(e.state, DP_PPP_FOUND);
	assert_int_equal(e.found.code, 691);
	assert_int_equal(ppp_result_parse((const char *)data, len - 1, &e), -EBADMSG);
}

static void test_bad_results(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"IFNAME=ppp0\n",
		"IPLOCAL=10.0.0.1\n",
		"IFNAME=ppp0\nIPLOCAL=10.0.0.1",
		"IFNAME=\nIPLOCAL=10.0.0.1\n",
		"IFNAME=a/b\nIPLOCAL=10.0.0.1\n",
		"IFNAME=..\nIPLOCAL=10.0.0.1\n",
		"IFNAME=p p\nIPLOCAL=10.0.0.1\n",
		"IFNAME=ppp0123456789012\nIPLOCAL=10.0.0.1\n",
		"IFNAME=ppp0\nIPLOCAL=x\n",
		"IFNAME=ppp0\nIPLOCAL=10.0.0.1\nDNS1=x\n",
		"IFNAME=ppp0\nIPLOCAL=10.0.0.1\nX=1\n",
		"IFNAME=ppp0\nIPLOCAL=10.0.0.1\nDNS1\n",
	};
	struct dp_ppp_event e;
	char text[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(parse(bad[i], &e), -EBADMSG);
	assert_int_equal(ppp_result_parse("IFNAME=p\0q\nIPLOCAL=10.0.0.1\n", 28, &e), -EBADMSG);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 2] = '\n';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(text, &e), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),	    cmocka_unit_test(test_hostile_values),
		cmocka_unit_test(test_held_back),   cmocka_unit_test(test_certificate),
		cmocka_unit_test(test_choices),	    cmocka_unit_test(test_eap_without_the_plugin),
		cmocka_unit_test(test_mppe),	    cmocka_unit_test(test_a_pppd_with_less),
		cmocka_unit_test(test_ipv6),	    cmocka_unit_test(test_log_lines),
		cmocka_unit_test(test_result),	    cmocka_unit_test(test_found),
		cmocka_unit_test(test_bad_results), cmocka_unit_test(test_kept_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
