/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles that others wrote: what is unknown, misplaced, old, too much or written otherwise is taken as it
 * was meant, skipped with a warning, or, where it may be about where traffic goes, refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "profile-text.h"

/* clang-format off */
/* `says` NULL: accepted. */
static const struct {
	const char *text, *says;
} steering[] = {
	{ "[ipv4]\nroutes=10.0.0.0/8 via 0.0.0.0 metric 0;10.1.0.0/16,10.0.0.1,5;\n", NULL },
	{ "[ipv4]\nroutes=10.0.0.0/8 via 0.0.0.0 metric\n", "\" via next-hop\"" },
	{ "[ipv4]\nroutes=10.0.0.0/8 over 0.0.0.0 metric 0\n", "\" via next-hop\"" },
	{ "[ipv4]\nroutes=10.0.0.0/8 metric x\n", "\" via next-hop\"" },
	{ "[ipv4]\nroute=10.0.0.0/8\n", "write it as [ipv4] route1" },
	{ "[ipv4]\nroute1_options=table=100\n", "not known and may be about where traffic goes" },
	{ "[ipv4]\nrouting-rule1=priority 5 from 10.0.0.0/8 table 100\n", "not known and may be" },
	{ "[ipv6]\nfuture=1\n", "not known and may be about where traffic goes" },
	{ "[ip6]\nfuture=1\n", "not known and may be about where traffic goes" },
	{ "[ipv4]\nroute-table=100\n", "has to be 0" },
	{ "[ipv4]\nroute-table=0\n", NULL },
	{ "[vpn]\nnever-default=true\n", "write it as [ipv4] never-default" },
	{ "[vpn]\nroute1=10.0.0.0/8\n", "write it as [ipv4] route1" },
	{ "[ipv4]\nNever_Default=true\n", "write it as [ipv4] never-default" },
	{ "[IPv4]\nnever-default=true\n", "write it as [ipv4] never-default" },
	{ "[vpn]\nkill_switch=yes\n", "write it as [vpn] kill-switch" },
	{ "[vpn]\nkillswitch=yes\n", "write it as [vpn] kill-switch" },
	{ "[vpn]\nKill Switch=yes\n", "write it as [vpn] kill-switch" },
	{ "[vpn]\nlocalnetwork=no\n", "write it as [vpn] local-network" },
	{ "[vpn]\nlocal.networks=no\n", "write it as [vpn] local-network" },
	{ "[vpn]\nneverdefault=true\n", "write it as [ipv4] never-default" },
	{ "[vpn]\nroutes1=10.0.0.0/8\n", "write it as [ipv4] route" },
	{ "[vpn]\nroute_12=10.0.0.0/8\n", "write it as [ipv4] route" },
	{ "[vpn]\n-=1\n1=1\ns=1\n", NULL },
	{ "[ipv4]\ndns-priority=-50\nforwarding=no\ndhcp-client-id=x\n", NULL },
	{ "[vpn]\nfuture=1\n[user]\nroutine=x\n[tc]\nqdisc.root=fq\n", NULL },
};
/* clang-format on */

/* What may be about where traffic goes is understood, or it stops the connect. */
static void test_steering(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steering); i++) {
		char text[512];

		snprintf(text, sizeof(text), "%s%s", MINIMAL, steering[i].text);
		if (steering[i].says)
			bad(text, steering[i].says);
		else
			profile_free(good(text));
	}
	/* Other kinds of connections are other kinds, whatever else is in them. */
	bad("[ipv4]\nfuture=1\nmethod=manual\n[connection]\ntype=wifi\n", "type has to be vpn");
}

/* As NetworkManager has them, and what surprises is said. */
static void test_backslashes_and_spaces(void **state)
{
	struct profile *p = good("[vpn]\ngateway=vpn.example.jp \nuser=CORP\\anna\nmtu=1400 \n"
				 "[vpn-secrets]\npassword=pass word  \nipsec-psk=a\\\\b\\s\\s\n");

	(void)state;
	assert_string_equal(p->gateway, "vpn.example.jp");
	assert_string_equal(p->ppp.user, "CORP\\anna");
	assert_int_equal(p->password.value.len, 11);
	assert_memory_equal(p->password.value.data, "pass word  ", 11);
	assert_int_equal(p->psk.value.len, 5);
	assert_memory_equal(p->psk.value.data, "a\\b  ", 5);
	assert_true(warns(p, "password ends with a space"));
	assert_int_equal(p->n_warnings, 1);
	profile_free(p);
	p = good("[vpn]\ngateway=g\nuser=CORP\\suzuki\n");
	assert_string_equal(p->ppp.user, "CORP uzuki");
	assert_true(warns(p, "backslash is written twice"));
	profile_free(p);
	p = good("[vpn]\ngateway=g\nuser=CORP\\\\suzuki\n");
	assert_string_equal(p->ppp.user, "CORP\\suzuki");
	assert_int_equal(p->n_warnings, 0);
	profile_free(p);
	/* The last one counts, an empty one too. */
	p = good(MINIMAL "mtu=1300\nmtu=\n");
	assert_int_equal(p->mtu, 1400);
	profile_free(p);
	p = good(MINIMAL "[ipv4]\nroute1=10.0.0.0/8\nroute1=10.1.0.0/16\n");
	assert_int_equal(p->n_routes, 1);
	profile_free(p);
}

/* A lone backslash is an escape of nothing: whatever the key, nothing is left to read or to change. */
static void test_escape_of_nothing(void **state)
{
	static const char *const values[] = { "\\", " \\", ";\\", "\\;", ",\\", "\\/\\" };

	(void)state;
	for (size_t k = 0; k < n_profile_keys; k++) {
		for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
			struct profile *p = NULL;
			struct failure f = { 0 };
			char text[256];

			snprintf(text, sizeof(text), MINIMAL "[%s]\n%s%s=%s\n",
				 profile_keys[k].section, profile_keys[k].name,
				 profile_keys[k].numbered ? "1" : "", values[i]);
			if (profile_parse("test", text, strlen(text), &p, &f) < 0)
				assert_int_equal(f.cause, CAUSE_PROFILE_INVALID);
			profile_free(p);
		}
	}
	struct profile *p = good(MINIMAL "ipsec-ikelifetime=\\\nipsec-salifetime= \\\n");
	assert_int_equal(p->ike_life_s, 8 * 3600);
	assert_int_equal(p->sa_life_s, 3600);
	profile_free(p);
}

/* What isn't understood and harmless is skipped with a warning. */
static void test_left_out(void **state)
{
	struct profile *p = good(MINIMAL "ipsec-ike=aes256-sha256-modp2048,aes256-sha1-modp8192\n"
					 "ipsec-esp=blowfish,aes128-sha1\n");

	(void)state;
	assert_int_equal(p->n_ike, 1);
	assert_int_equal(p->n_esp, 1);
	assert_true(warns(p, "[vpn] ipsec-ike: modp8192 is not known here"));
	assert_true(warns(p, "[vpn] ipsec-esp: blowfish is not known here"));
	profile_free(p);

	p = good(MINIMAL "ipsec-ike=aes256-aes128-sha256-sha1-modp2048-modp3072-modp4096-ecp256,"
			 "aes256-sha512-modp2048\nipsec-legacy=yes\n");
	assert_int_equal(p->n_ike, 16);
	assert_true(warns(p, "ipsec-ike: more than 16 combinations"));
	assert_true(warns(p, "ipsec-legacy comes on top of the named proposals: more than 16"));
	profile_free(p);

	p = good(MINIMAL "[ipv4]\ndns=1.1.1.1#cloud;1.0.0.1\n");
	assert_int_equal(p->n_dns, 2);
	assert_true(warns(p, "DNS over TLS"));
	profile_free(p);

	p = good(MINIMAL "[ipv4]\ndns=1.1.1.1;2.2.2.2;3.3.3.3;4.4.4.4;5.5.5.5;6.6.6.6;7.7.7.7;"
			 "8.8.8.8;9.9.9.9\n[ipv6]\ndns-search=b.example;\n");
	assert_int_equal(p->n_dns, 8);
	assert_int_equal(p->n_search, 1);
	assert_true(warns(p, "the first 8 name servers count"));
	profile_free(p);
}

/* As old versions of NetworkManager-l2tp export a connection. */
static void test_old_export(void **state)
{
	struct profile *p = good(MINIMAL "ipsec-psk=abc\n[ip4]\nmethod=auto\nnever-default=true\n"
					 "dns=192.168.1.1;\nroutes=10.0.0.0/8 via 0.0.0.0 metric 0;"
					 "192.168.0.0/24 via 192.168.0.1 metric 7;\n");

	(void)state;
	assert_true(p->never_default);
	assert_int_equal(p->psk.value.len, 3);
	assert_int_equal(p->n_dns, 1);
	assert_int_equal(p->n_routes, 2);
	assert_int_equal(p->routes[0].prefix_len, 8);
	assert_memory_equal(p->routes[0].dest.addr, "\x0a\x00\x00\x00", 4);
	assert_int_equal(p->routes[1].metric, 7);
	profile_free(p);
}

/* 256 routes are taken by either way to write them, and one more stops it. */
static void test_many_routes(void **state)
{
	static char numbered[16384], list[16384];

	(void)state;
	strcpy(numbered, MINIMAL "[ipv4]\n");
	strcpy(list, MINIMAL "[ipv4]\nroutes=");
	for (int i = 1; i <= SYS_ROUTES_MAX + 1; i++) {
		size_t at = strlen(numbered), end = strlen(list);

		sprintf(numbered + at, "route%d=10.%d.%d.0/24\n", i, i / 200, i % 200);
		sprintf(list + end, "10.%d.%d.0/24;", i / 200, i % 200);
		if (i == 65 || i == SYS_ROUTES_MAX) {
			struct profile *p = good(numbered);
			assert_int_equal(p->n_routes, i);
			profile_free(p);
			p = good(list);
			assert_int_equal(p->n_routes, i);
			profile_free(p);
		}
	}
	bad(numbered, "one route too many");
	bad(list, "one route too many");
}

/* A secret in [vpn] is taken and said to be in the wrong place; the right place comes first. */
static void test_misplaced_secrets(void **state)
{
	static const char *const texts[] = {
		MINIMAL "password=wrong\n[vpn-secrets]\npassword=right\n",
		"[vpn-secrets]\npassword=right\n" MINIMAL "password=wrong\n",
		MINIMAL "password=right\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct profile *p = good(texts[i]);

		assert_int_equal(p->password.value.len, 5);
		assert_memory_equal(p->password.value.data, "right", 5);
		assert_true(warns(p, "[vpn] password is readable to all users"));
		profile_free(p);
	}
	for (size_t k = 0; k < n_profile_keys; k++) {
		const struct profile_key *key = &profile_keys[k];
		char text[256];

		if (!is_secret(key))
			continue;
		snprintf(text, sizeof(text), MINIMAL "%s=x7y\n", key->name);
		struct profile *p = good(text);
		const struct secret *s = (const struct secret *)((const char *)p + key->target);
		assert_int_equal(s->len, 3);
		assert_true(warns(p, "readable to all users"));
		profile_free(p);
	}
}

static void test_paths(void **state)
{
	struct profile *p = good(MINIMAL "machine-auth-type=tls\n"
					 "machine-cert=file:///with%20space%c3%bc.p12\n"
					 "user-cert=file:/etc/u%25.pem\n"
					 "machine-ca=file://localhost/etc/ca.pem\n");

	(void)state;
	assert_string_equal(p->machine_cert, "/with space\xc3\xbc.p12");
	assert_string_equal(p->ppp.tls.cert, "/etc/u%.pem");
	assert_string_equal(p->machine_ca, "/etc/ca.pem");
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steering),
		cmocka_unit_test(test_backslashes_and_spaces),
		cmocka_unit_test(test_escape_of_nothing),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_old_export),
		cmocka_unit_test(test_many_routes),
		cmocka_unit_test(test_misplaced_secrets),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
