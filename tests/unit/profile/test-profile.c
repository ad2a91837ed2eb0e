/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles: values and their limits, hostile ones in every key, and what a file must be like. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/profile/profile-check.h"
#include "client/profile/profile-keys.h"
#include "client/profile/profile.h"
#include "client/profile/proposals.h"
#include "profile-text.h"

/* What goes beside the tunnel, and that not everything can be had at once. */
static void test_traffic(void **state)
{
	struct profile *p = good(MINIMAL);

	(void)state;
	assert_int_equal(p->local_network, PROFILE_LOCAL_AUTO);
	assert_false(p->kill_switch || p->class_based_route);
	profile_free(p);
	p = good(MINIMAL "kill-switch=yes\nlocal-network=yes\nclass-based-route=yes\n");
	assert_true(p->kill_switch);
	assert_int_equal(p->local_network, PROFILE_LOCAL_YES);
	assert_true(warns(p, "class-based-route"));
	profile_free(p);
	p = good(MINIMAL "local-network=no\nclass-based-route=yes\n[ipv4]\nnever-default=yes\n");
	assert_int_equal(p->local_network, PROFILE_LOCAL_NO);
	assert_true(p->class_based_route);
	assert_false(warns(p, "class-based-route"));
	profile_free(p);
	bad(MINIMAL "local-network=perhaps\n", "local-network");
	bad(MINIMAL "kill-switch=yes\n[ipv4]\nnever-default=yes\n", "kill-switch");
	bad(MINIMAL "kill-switch=yes\n[ipv6]\nnever-default=yes\n", "kill-switch");
}

static void test_defaults(void **state)
{
	struct profile *p = good(MINIMAL);

	(void)state;
	assert_string_equal(p->id, "office");
	assert_string_equal(p->gateway, "vpn.example.jp");
	assert_string_equal(p->ppp.user, "taro");
	assert_true(p->n_ike >= 4 && p->n_ike <= 8);
	assert_int_equal(p->n_esp, 4);
	for (size_t i = 0; i < p->n_ike; i++)
		assert_true(proposal_ike_grade(&p->ike[i]) < PROPOSAL_WEAK);
	for (size_t i = 0; i < p->n_esp; i++) {
		assert_true(proposal_esp_grade(&p->esp[i]) < PROPOSAL_WEAK);
		assert_int_equal(p->esp[i].group, IKE_GROUP_NONE);
	}
	assert_int_equal(p->ike_life_s, 28800);
	assert_int_equal(p->sa_life_s, 3600);
	assert_int_equal(p->timeout_s, 0);
	assert_int_equal(p->mtu, 1400);
	assert_int_equal(p->mru, 1400);
	assert_int_equal(p->source_port, PROFILE_PORT_AUTO);
	assert_int_equal(p->remote_id.type, IKE_ID_ANY);
	assert_int_equal(p->local_id.type, IKE_ID_ANY);
	assert_true(p->ppp.want_dns);
	assert_false(p->never_default || p->legacy || p->pfs || p->force_encaps);
	assert_int_equal(p->n_warnings, 0);
	profile_free(p);
}

/* A connection as NetworkManager writes one for NetworkManager-l2tp. */
static void test_networkmanager(void **state)
{
	struct profile *p = good("[connection]\n"
				 "id=Head office\n"
				 "uuid=0c1e5ad0-35a2-4f3d-8d3c-2f2f0a5b2f10\n"
				 "type=vpn\n"
				 "autoconnect=false\n"
				 "permissions=user:taro:;\n"
				 "\n"
				 "[vpn]\n"
				 "domain=CORP\n"
				 "gateway=203.0.113.5\n"
				 "ipsec-enabled=yes\n"
				 "ipsec-esp=aes128-sha1,3des-sha1!\n"
				 "ipsec-forceencaps=yes\n"
				 "ipsec-gateway-id=@gw.example.jp\n"
				 "ipsec-ike=aes256-sha1-modp1024,3des-sha1-modp1024!\n"
				 "ipsec-psk-flags=0\n"
				 "machine-auth-type=psk\n"
				 "mru=1280\n"
				 "mtu=1280\n"
				 "no-vj-comp=yes\n"
				 "password-flags=1\n"
				 "refuse-eap=yes\n"
				 "user=taro\n"
				 "user-auth-type=password\n"
				 "service-type=org.freedesktop.NetworkManager.l2tp\n"
				 "\n"
				 "[vpn-secrets]\n"
				 "ipsec-psk=0sYWJjZA==\n"
				 "password=a;b #c\\s\n"
				 "\n"
				 "[ipv4]\n"
				 "dns=192.168.1.1;192.168.1.2;\n"
				 "dns-search=example.jp;~corp.example;\n"
				 "method=auto\n"
				 "never-default=true\n"
				 "route1=192.168.1.5/24\n"
				 "route2=10.0.0.0/8,0.0.0.0,50\n"
				 "\n"
				 "[ipv6]\n"
				 "addr-gen-mode=stable-privacy\n"
				 "method=disabled\n"
				 "\n"
				 "[proxy]\n");

	(void)state;
	assert_string_equal(p->id, "Head office");
	assert_string_equal(p->ppp.user, "CORP\\taro");
	assert_int_equal(p->n_ike, 2);
	assert_int_equal(p->n_esp, 2);
	assert_int_equal(p->remote_id.type, IKE_ID_FQDN);
	assert_memory_equal(p->remote_id.data, "gw.example.jp", 13);
	assert_int_equal(p->psk.value.len, 4);
	assert_memory_equal(p->psk.value.data, "abcd", 4);
	assert_int_equal(p->password.value.len, 7);
	assert_memory_equal(p->password.value.data, "a;b #c ", 7);
	assert_int_equal(p->password.flags, PROFILE_SECRET_AGENT);
	assert_true(p->force_encaps && p->never_default && p->ppp.no_vj && p->ppp.refuse_eap);
	assert_int_equal(p->mtu, 1280);
	assert_int_equal(p->n_dns, 2);
	assert_int_equal(p->n_search, 2);
	assert_string_equal(p->search[1], "~corp.example");
	assert_int_equal(p->n_routes, 2);
	assert_int_equal(p->routes[0].prefix_len, 24);
	assert_memory_equal(p->routes[0].dest.addr, "\xc0\xa8\x01\x00", 4);
	assert_int_equal(p->routes[1].metric, 50);
	assert_true(warns(p, "phase 1 offers what is weak: aes256-sha1-modp1024"));
	assert_int_equal(p->n_warnings, 2);
	profile_free(p);
}

/* clang-format off */
/* Values at and beyond their limits. `says` NULL: accepted. */
static const struct {
	const char *text, *says;
} limits[] = {
	{ "[vpn]\nmtu=576\n", NULL },
	{ "[vpn]\nmtu=1500\n", NULL },
	{ "[vpn]\nmtu=575\n", "line 5: [vpn] mtu has to be a number from 576 to 1500" },
	{ "[vpn]\nmtu=1501\n", "from 576 to 1500" },
	{ "[vpn]\nmtu=4294968696\n", "from 576 to 1500" }, /* 1400 in 32 bits */
	{ "[vpn]\nmtu=+1400\n", "a number" },
	{ "[vpn]\nmtu=0x500\n", "a number" },
	{ "[vpn]\nmtu= 1400 \n", NULL },
	{ "[vpn]\nlcp-echo-failure=0\nlcp-echo-interval=0\n", NULL },
	{ "[vpn]\nrefuse-pap=maybe\n", "yes or no" },
	{ "[vpn]\nrefuse-pap=\n", NULL },
	{ "[vpn]\ntimeout=120\n", NULL },
	{ "[vpn]\ntimeout=3601\n", "3600" },
	{ "[vpn]\nipsec-ikelifetime=3600\n", NULL },
	{ "[vpn]\nipsec-ikelifetime=8h\n", NULL },
	{ "[vpn]\nipsec-ikelifetime=7d\n", NULL },
	{ "[vpn]\nipsec-ikelifetime=8d\n", "seconds" },
	{ "[vpn]\nipsec-salifetime=2\n", NULL },
	{ "[vpn]\nipsec-salifetime=1s\n", "from 2" },
	{ "[vpn]\nipsec-salifetime=h\n", "seconds" },
	{ "[vpn]\nipsec-salifetime=1w\n", "seconds" },
	{ "[vpn]\nipsec-salifetime=4294967295d\n", "seconds" },
	{ "[vpn]\nipsec-enabled=no\n", "never sent in clear" },
	{ "[vpn]\nipsec-enabled=true\n", NULL },
	{ "[vpn]\nipsec-ikev2=yes\n", "IKEv1" },
	{ "[vpn]\nmachine-auth-type=tls\n", "machine-cert is missing" },
	{ "[vpn]\nmachine-auth-type=tls\nmachine-cert=/etc/m.p12\n", NULL },
	{ "[vpn]\nmachine-auth-type=tls\nmachine-cert=pkcs11:object=m\n", NULL },
	{ "[vpn]\nmachine-auth-type=tls\nmachine-cert=file:/etc/m.pem\n", NULL },
	{ "[vpn]\nmachine-cert=m.pem\n", "an absolute path" },
	{ "[vpn]\nmachine-cert=file:///etc/%zz\n", "an absolute path" },
	{ "[vpn]\nmachine-cert=file:///etc/%0\n", "an absolute path" },
	{ "[vpn]\nmachine-cert=file:///etc/m%00.pem\n", "an absolute path" },
	{ "[vpn]\nmachine-cert=file:///etc/m%0a.pem\n", "an absolute path" },
	{ "[vpn]\nmachine-cert=file://host/etc/m.pem\n", "an absolute path" },
	{ "[vpn]\ngateway=vpn.example.jp:1701\n", "names a port" },
	{ "[vpn]\ngateway=192.0.2.1:500\n", "names a port" },
	{ "[vpn]\ngateway=vpn.example.jp:\n", "a DNS name" },
	{ "[vpn]\ngateway=a:b:c\n", "a DNS name" },
	{ "[vpn]\ngateway=2001:db8::1\n", NULL },
	{ "[vpn]\ngateway=fe80::1%eth0\n", NULL },
	{ "[vpn]\ngateway=vpn%eth0\n", "a DNS name" },
	{ "[vpn]\nmachine-cert=http://example.org/m.pem\n", "an absolute path" },
	{ "[vpn]\nmachine-auth-type=kerberos\n", "psk or tls" },
	{ "[vpn]\nuser-auth-type=tls\n", "user-cert is missing" },
	{ "[vpn]\nuser-auth-type=tls\nuser-cert=/c\n", NULL },
	{ "[vpn]\nuser-auth-type=tls\nuser-cert=/c\nrefuse-eap=yes\n", "refuse-eap" },
	{ "[vpn]\nuser-auth-type=smartcard\n", "password or tls" },
	{ "[ipv6]\nmethod=auto\nroute1=fd00:1::5/48\ndns=fd00:1::1;\n", NULL },
	{ "[ipv6]\nmethod=ignore\n", NULL },
	{ "[ipv6]\nmethod=yes\n", "auto, link-local, ignore or disabled" },
	{ "[ipv6]\nroute1=fd00::/129\n", "an IPv6 network" },
	{ "[ipv6]\nroute1=10.0.0.0/8\n", "an IPv6 network" },
	{ "[ipv4]\nroute1=fd00::/48\n", "an IPv4 network" },
	{ "[vpn]\nuser-cert=c\n", "absolute path" },
	{ "[vpn]\nipsec-ike=des-sha1-modp1024\n", "never used" },
	{ "[vpn]\nipsec-ike=aes256-sha1-modp768\n", "never used" },
	{ "[vpn]\nipsec-esp=null-sha1\n", "never used" },
	{ "[vpn]\nipsec-ike=,\n", "no cipher" },
	{ "[vpn]\nl2tp-source-port=1701\n", NULL },
	{ "[vpn]\nl2tp-source-port=1702\n", "auto, ephemeral or 1701" },
	{ "[vpn]\nephemeral-port=yes\n", NULL },
	{ "[vpn]\nunit=32767\n", NULL },
	{ "[vpn]\nunit=32768\n", "from 0 to 32767" },
	{ "[vpn]\npassword-flags=7\n", NULL },
	{ "[vpn]\npassword-flags=8\n", "from 0 to 7" },
	{ "[vpn]\npassword-file=pw\n", "absolute path" },
	{ "[vpn]\npassword-command=pass;office\n", "absolute path" },
	{ "[vpn]\npassword-command=/bin/a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p\n", NULL },
	{ "[vpn]\npassword-command=/bin/a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q\n", "at most 15" },
	{ "[vpn]\npassword-command=/bin/a;b\\nc\n", "absolute path" },
	{ "[vpn]\nipsec-remote-id=%any\n", NULL },
	{ "[vpn]\nipsec-remote-id=%defaultroute\n", "has to be an address" },
	{ "[vpn]\nipsec-remote-id=@\n", "has to be an address" },
	{ "[vpn]\nipsec-remote-id=@#zz\n", "has to be an address" },
	{ "[vpn]\nipsec-remote-id=C=JP, O=Office\n", NULL },
	{ "[vpn]\nipsec-remote-id=C=JP, XY=Office\n", "has to be an address" },
	{ "[vpn-secrets]\nipsec-psk=0s\n", "base64" },
	{ "[vpn-secrets]\nipsec-psk=0sYWJj!\n", "base64" },
	{ "[vpn-secrets]\nipsec-psk=0sYWJjZ\n", "base64" },
	{ "[ipv4]\nmethod=manual\n", "gives the address" },
	{ "[ipv4]\nroute1=10.0.0.0/33\n", "network" },
	{ "[ipv4]\nroute1=10.0.0.0\n", "network" },
	{ "[ipv4]\nroute1=10.0.0.0/\n", "network" },
	{ "[ipv4]\nroute1=/8\n", "network" },
	{ "[ipv4]\nroute1=2001:db8::/32\n", "network" },
	{ "[ipv4]\nroute1=10.0.0.0/8,x\n", "network" },
	{ "[ipv4]\nroute1=10.0.0.0/8,10.1.1.1,4294967295\n", NULL },
	{ "[ipv4]\nroute1=10.0.0.0/8,10.1.1.1,4294967296\n", "network" },
	{ "[ipv4]\nroute1=10.0.0.0/8,10.1.1.1,5,6\n", "network" },
	{ "[ipv4]\nroute1=0.0.0.0/0\n", NULL },
	{ "[ipv4]\nroute-metric=-1\n", NULL },
	{ "[ipv4]\nroute-metric=-2\n", "or -1" },
	{ "[ipv4]\ndns=1.1.1.1;2.2.2.2;3.3.3.3;4.4.4.4;5.5.5.5;6.6.6.6;7.7.7.7;8.8.8.8\n", NULL },
	{ "[ipv4]\ndns=dns+tls://1.1.1.1\n", "addresses" },
	{ "[ipv4]\ndns=1.1.1.1, 2001:db8::1\n", NULL },
	{ "[ipv4]\ndns=dns.example\n", "addresses" },
	{ "[ipv4]\ndns-search=a..b\n", "domain names" },
	{ "[ipv4]\ndns-search=~.\n", NULL },
	{ "[connection]\ntype=wifi\n", "has to be vpn" },
	{ "[connection]\ntype=vpn\ninterface-name=0123456789abcde\n", NULL },
	{ "[connection]\ninterface-name=0123456789abcdef\n", "1 to 15" },
	{ "[connection]\ninterface-name=../x\n", "1 to 15" },
	{ "[vpn]\nservice-type=org.freedesktop.NetworkManager.openvpn\n", "has to be org" },
	{ "[vpn\n", "line 4: a section needs its ']'" },
	{ "[v\x1bpn]\n", "no name of a section" },
	{ "[]\n", "no name of a section" },
	{ "nonsense\n", "line 4: neither" },
	{ "=x\n", "no name of a key" },
	{ "k\x1b[0my=x\n", "no name of a key" },
	{ "k\x1by=x\n", NULL },
	{ "[caf\xc3\xa9]\nk y=a\x1b\n", NULL },
	{ "[vpn]\nuser=CORP\\tanaka\n", "backslash is written twice" },
	{ "; a comment\n# another\n\n   \n", NULL },
	{ "[vpn]\r\nmtu=1400\r\n", NULL },
	{ "[vpn]\nmtu=14\r00\n", "control character" },
};
/* clang-format on */

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		char text[512];

		snprintf(text, sizeof(text), "%s%s", MINIMAL, limits[i].text);
		if (limits[i].says)
			bad(text, limits[i].says);
		else
			profile_free(good(text));
	}
	bad("gateway=x\n", "before the first [section]");
	bad("[vpn]\nuser=x\n", "gateway is missing");
	bad("[vpn]\ngateway=x\n", "user is missing");
	profile_free(good("\xef\xbb\xbf" MINIMAL));
}

/* Whether the secret stands in what is said about the profile. */
static void no_leak(const char *text, const char *value)
{
	struct profile *p;
	struct failure why;

	if (parse(text, &p, &why) < 0)
		assert_null(strstr(why.detail, value));
	for (size_t i = 0; p && i < p->n_warnings; i++)
		assert_null(strstr(p->warnings[i].text, value));
	profile_free(p);
}

/* Texts that have been used to break out of somebody's configuration; none has a control character.
 */
/* clang-format off */
static const char *const exploits[] = {
	"\"", "'", "`id`", "$(id)", "${IFS}", "; id", "| id", "&& id", "#", "%s%s%n%n", "-x", "--help",
	"../../../../etc/passwd", "*", "a b", "\\s\\s", "x\\s#\\sy", "\xe6\x9c\xac\xe7\xa4\xbe",
	"9999999999999999999999", "-1", "~", "%any", "0s", "[x]", "k=v", ";;;;;;;;", ",,,,,,,,", "////",
};
/* clang-format on */

/*
 * Every key with every text: it is refused with line and key, or it is accepted and the rest of the
 * profile is what it was; a secret arrives as it stands.
 */
static void test_exploits(void **state)
{
	(void)state;
	for (size_t k = 0; k < n_profile_keys; k++) {
		for (size_t e = 0; e < ARRAY_SIZE(exploits); e++) {
			const struct profile_key *key = &profile_keys[k];
			char text[512], where[160];
			struct profile *p;
			struct failure why;

			snprintf(text, sizeof(text),
				 MINIMAL "[%s]\n%s%s=%s\n[ipv4]\nroute-metric=77\n", key->section,
				 key->name, key->numbered ? "1" : "", exploits[e]);
			snprintf(where, sizeof(where), "line 5: [%s] %s%s", key->section, key->name,
				 key->numbered ? "1" : "");
			if (parse(text, &p, &why) < 0) {
				assert_int_equal(why.cause, CAUSE_PROFILE_INVALID);
				if (!strstr(why.detail, where))
					fail_msg("\"%s\" does not name \"%s\"", why.detail, where);
				continue;
			}
			assert_int_equal(p->route_metric, 77);
			if (is_secret(key) && !strchr(exploits[e], '\\') &&
			    strncmp(exploits[e], "0s", 2) != 0) {
				const struct secret *s =
					(const struct secret *)((const char *)p + key->target);

				assert_int_equal(s->len, strlen(exploits[e]));
				assert_memory_equal(s->data, exploits[e], s->len);
			}
			profile_free(p);
		}
	}
}

/* Control characters, as they stand and as escapes, in every key whose value is used. */
static void test_control_characters(void **state)
{
	static const char *const texts[] = { "a\x01z", "a\x1bz", "a\x7fz", "a\rz",   "a\\nz",
					     "a\\rz",  "a\\tz",	 "a\tz",   "a\x0bz", "\x1b" };
	(void)state;
	for (size_t k = 0; k < n_profile_keys; k++) {
		const struct profile_key *key = &profile_keys[k];

		for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
			char text[512], where[160];

			if (key->type == KEY_NO_EFFECT || key->type == KEY_OTHERS)
				continue;
			snprintf(text, sizeof(text), MINIMAL "[%s]\n%s%s=%s\n", key->section,
				 key->name, key->numbered ? "9" : "", texts[i]);
			snprintf(where, sizeof(where), "%s%s", key->name, key->numbered ? "9" : "");
			bad(text, where);
			bad(text, "line 5");
			if (is_secret(key))
				no_leak(text, "az");
		}
	}
}

/* Every text one octet above its room is refused, and at its room is kept whole. */
static void test_text_sizes(void **state)
{
	(void)state;
	for (size_t k = 0; k < n_profile_keys; k++) {
		const struct profile_key *key = &profile_keys[k];
		bool path = key->type == KEY_PATH || key->type == KEY_SECRET_FILE;
		size_t max = key->type == KEY_TEXT     ? key->max - 1
			     : key->type == KEY_HOST   ? 253
			     : path		       ? key->max - 1
			     : key->type == KEY_SECRET ? 255
			     : key->type == KEY_PSK    ? 512
						       : 0;
		char value[2048], text[4096];

		if (max == 0)
			continue;
		memset(value, 'a', sizeof(value));
		value[0] = path ? '/' : 'a';
		value[max + 1] = '\0';
		snprintf(text, sizeof(text), "[vpn]\ngateway=g\nuser=u\n[%s]\n%s=%s\n",
			 key->section, key->name, value);
		bad(text, key->name);
		value[max] = '\0';
		snprintf(text, sizeof(text), "[vpn]\ngateway=g\nuser=u\n[%s]\n%s=%s\n",
			 key->section, key->name, value);
		if (strcmp(key->name, "domain") == 0) {
			bad(text, "together"); /* with the user name it is too long for pppd */
			continue;
		}
		profile_free(good(text));
	}
}

/* Text that isn't UTF-8, or that shows as something else than it is. */
static void test_utf8(void **state)
{
	static const char *const texts[] = {
		"\x80",		"\xc0\xaf",	    "\xc3",	    "\xe3\x81",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff",	    "\xf0\x80\x80\xaf",
		"\xe2\x80\xae", "\xc2\x9b",	    "\xe2\x80\x8b",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char text[256];

		snprintf(text, sizeof(text), MINIMAL "domain=%s\n", texts[i]);
		bad(text, "UTF-8");
		snprintf(text, sizeof(text), MINIMAL "ipsec-remote-id=@%s\n", texts[i]);
		bad(text, "ipsec-remote-id");
	}
	struct profile *p = good(MINIMAL "[connection]\nid=\xe6\x9c\xac\xe7\xa4\xbe VPN\n");
	assert_string_equal(p->id, "\xe6\x9c\xac\xe7\xa4\xbe VPN");
	profile_free(p);
}

static void test_nul_and_size(void **state)
{
	static char text[PROFILE_FILE_MAX + 2];
	struct failure why = { 0 };
	struct profile *p = NULL;

	(void)state;
	memset(text, '\n', sizeof(text));
	memcpy(text, MINIMAL, strlen(MINIMAL));
	assert_int_equal(profile_parse("x", text, PROFILE_FILE_MAX, &p, &why), 0);
	profile_free(p);
	assert_true(profile_parse("x", text, PROFILE_FILE_MAX + 1, &p, &why) < 0);
	why = (struct failure){ 0 };
	text[100] = '\0';
	assert_true(profile_parse("x", text, 200, &p, &why) < 0);
	assert_non_null(strstr(why.detail, "NUL"));
	why = (struct failure){ 0 };
	assert_true(profile_parse("x", "", 0, &p, &why) < 0);
	assert_non_null(strstr(why.detail, "gateway"));
	assert_true(profile_parse("../x", MINIMAL, strlen(MINIMAL), &p, NULL) < 0);
}

static void test_warnings(void **state)
{
	struct profile *p =
		good(MINIMAL "gatway=x\nxl2tpd-max-retries=5\nmtu=1400\nmtu=1300\n"
			     "ipsec-psk=abc\n"
			     "[wireguard]\nkey=x\n[ipv4]\nroute1=10.0.0.0/8,10.0.0.1\n");

	(void)state;
	assert_int_equal(p->mtu, 1300);
	assert_true(warns(p, "[vpn] gatway is not known"));
	assert_int_equal(p->warnings[0].line, 4);
	assert_true(warns(p, "xl2tpd-max-retries is without effect"));
	assert_true(warns(p, "mtu stands in line 6 already"));
	assert_true(warns(p, "ipsec-psk is readable to all users"));
	assert_true(warns(p, "[wireguard] key is not known"));
	assert_true(warns(p, "next hop"));
	assert_int_equal(p->n_warnings, 6);
	profile_free(p);

	char text[8192] = MINIMAL;
	for (int i = 0; i < 200; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "unknown%d=x\n", i);
	p = good(text);
	assert_int_equal(p->n_warnings, PROFILE_WARNINGS_MAX);
	assert_true(warns(p, "more warnings"));
	profile_free(p);
}

static void test_proposals_together(void **state)
{
	struct profile *p = good(MINIMAL "ipsec-legacy=yes\n");

	(void)state;
	assert_int_equal(p->n_ike, 14);
	assert_int_equal(proposal_ike_grade(&p->ike[7]), PROPOSAL_SOUND);
	assert_int_equal(proposal_ike_grade(&p->ike[8]), PROPOSAL_WEAK);
	assert_int_equal(p->n_esp, 7);
	profile_free(p);

	p = good(MINIMAL "ipsec-pfs=yes\nipsec-ike=aes256-sha1-ecp256\nipsec-legacy=yes\n");
	for (size_t i = 0; i < p->n_esp; i++)
		assert_int_equal(p->esp[i].group, IKE_GROUP_ECP256);
	profile_free(p);

	p = good(MINIMAL "ipsec-pfs=yes\n");
	assert_int_equal(p->esp[0].group, IKE_GROUP_MODP2048);
	profile_free(p);

	p = good(MINIMAL "ipsec-esp=aes256-sha1-modp3072\nipsec-legacy=yes\n");
	assert_true(p->pfs);
	for (size_t i = 0; i < p->n_esp; i++)
		assert_int_equal(p->esp[i].group, IKE_GROUP_MODP3072);
	profile_free(p);
}

static const struct {
	const char *text;
	enum ike_id_type type;
	size_t len;
	const char *data;
} ids[] = {
	{ "%any", IKE_ID_ANY, 0, "" },
	{ "192.0.2.1", IKE_ID_IPV4_ADDR, 4, "\xc0\x00\x02\x01" },
	{ "2001:db8::1", IKE_ID_IPV6_ADDR, 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" },
	{ "@gw.example", IKE_ID_FQDN, 10, "gw.example" },
	{ "gw.example", IKE_ID_FQDN, 10, "gw.example" },
	{ "taro@example", IKE_ID_USER_FQDN, 12, "taro@example" },
	{ "@@taro@example", IKE_ID_USER_FQDN, 12, "taro@example" },
	{ "@[group 1]", IKE_ID_KEY_ID, 7, "group 1" },
	{ "@#0aFF", IKE_ID_KEY_ID, 2, "\x0a\xff" },
	{ "@192.0.2.1", IKE_ID_FQDN, 9, "192.0.2.1" },
};

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char text[256];

		snprintf(text, sizeof(text), MINIMAL "ipsec-remote-id=%s\nipsec-local-id=%s\n",
			 ids[i].text, ids[i].text);
		struct profile *p = good(text);
		assert_int_equal(p->remote_id.type, ids[i].type);
		assert_int_equal(p->remote_id.len, ids[i].len);
		assert_memory_equal(p->remote_id.data, ids[i].data, ids[i].len);
		assert_memory_equal(&p->remote_id, &p->local_id, sizeof(p->local_id));
		profile_free(p);
	}
	struct profile *p = good(MINIMAL "ipsec-group-name=sales\n");
	assert_int_equal(p->local_id.type, IKE_ID_FQDN);
	assert_memory_equal(p->local_id.data, "sales", 5);
	profile_free(p);
}

/* One profile cut at every octet, and with every octet changed: never a crash, and failures speak.
 */
static void test_damage(void **state)
{
	static const char text[] = MINIMAL "domain=D\nipsec-ike=aes-sha1;modp2048,3des-md5-dh2!\n"
					   "password-command=/bin/pass;a\\;b\n[vpn-secrets]\n"
					   "ipsec-psk=0sYWJjZA==\npassword=\\\\x\\s\n[ipv4]\n"
					   "route1=10.0.0.0/8,10.0.0.1,5\ndns=1.1.1.1;\n";

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++) {
		static const char changes[] = {
			0, '\n', '\\', ';', '=', '[', ']', (char)0xff, 'x'
		};

		for (size_t c = 0; c < sizeof(changes); c++) {
			char copy[sizeof(text)];
			struct profile *p = NULL;
			struct failure why = { 0 };

			memcpy(copy, text, sizeof(text));
			copy[i] = changes[c];
			int r = profile_parse("x", copy, c == 0 ? i : sizeof(text) - 1, &p, &why);
			assert_true(r <= 0);
			assert_true((r == 0) == (p != NULL));
			assert_true((r == 0) == (why.cause == CAUSE_NONE));
			assert_true(r == 0 || why.detail[0]);
			profile_free(p);
		}
	}
}

static void test_names(void **state)
{
	static const char *const valid[] = { "a", "office", "Head office (2)", "a.b_c@d+e-f",
					     "\xe6\x9c\xac\xe7\xa4\xbe" };
	static const char *const invalid[] = { "",    ".",     "..",   ".x",  "-x",	     " x",
					       "a/b", "a\nb",  "a\\b", "a'b", "a\"b",	     "a$b",
					       "a;b", "a\x7f", "\xff", "a%b", "\xe2\x80\xae" };
	char name[PROFILE_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(valid); i++)
		assert_true(profile_name_valid(valid[i]));
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++)
		assert_false(profile_name_valid(invalid[i]));
	memset(name, 'a', sizeof(name));
	name[PROFILE_NAME_MAX] = '\0';
	assert_false(profile_name_valid(name));
	name[PROFILE_NAME_MAX - 1] = '\0';
	assert_true(profile_name_valid(name));
}

static void test_strength(void **state)
{
	static const struct {
		const char *psk;
		bool weak;
	} cases[] = {
		{ "secret", true },
		{ "password123", true },
		{ "12345678901234567890123456", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "abcdefghijklmnopqrstuvwxyz", true },
		{ "YamahaRouterVPN2020", true },
		{ "hT7vQz2mXk9", true },
		{ "hT7vQz2mXk9Lw4", false },
		{ "f3a9c07b1e64d28590ab7c3f61e8d024", false },
		{ "correct horse battery staple", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct secret s = { 0 };

		assert_int_equal(secret_set(&s, cases[i].psk, strlen(cases[i].psk)), 0);
		if ((psk_strength_bits(&s) < 80) != cases[i].weak)
			fail_msg("%s: %u bits", cases[i].psk, psk_strength_bits(&s));
	}
}

static bool reported(const struct check_report *report, enum check_level level, const char *part)
{
	for (size_t i = 0; i < report->n; i++)
		if (report->rows[i].level == level && strstr(report->rows[i].text, part))
			return true;
	return false;
}

static void test_check(void **state)
{
	static struct check_report report;
	struct profile *p = good(MINIMAL "gatway=x\nipsec-psk-file=/nonexistent\n[vpn-secrets]\n"
					 "password=canary-4711\n[ipv4]\nnever-default=yes\n");

	(void)state;
	profile_check(p, &report);
	assert_true(reported(&report, CHECK_OK, "gateway vpn.example.jp, user taro"));
	assert_true(reported(&report, CHECK_OK, "phase 1 offers 8 proposals"));
	assert_true(reported(&report, CHECK_ERROR, "/nonexistent: there is no such file"));
	assert_true(reported(&report, CHECK_WARNING, "never-default without a route"));
	assert_true(reported(&report, CHECK_WARNING, "line 4: [vpn] gatway"));
	for (size_t i = 0; i < report.n; i++)
		assert_null(strstr(report.rows[i].text, "canary"));
	profile_free(p);

	report.n = 0;
	p = good(MINIMAL "ipsec-remote-id=@192.168.100.1\nipsec-local-id=@2001:db8::1\n");
	profile_check(p, &report);
	assert_true(reported(&report, CHECK_WARNING, "ipsec-remote-id=@192.168.100.1 is a name"));
	assert_true(reported(&report, CHECK_WARNING, "ipsec-local-id=@2001:db8::1 is a name"));
	profile_free(p);

	report.n = 0;
	p = good(MINIMAL);
	strcpy(p->path, "/etc/a\x1b[31m\xe2\x80\xae" PROFILE_SUFFIX);
	profile_check(p, &report);
	assert_true(reported(&report, CHECK_OK, "profile /etc/a?[31m"));
	profile_free(p);

	report.n = 0;
	p = good(MINIMAL "ipsec-remote-id=192.168.100.1\nipsec-local-id=@vpn.example\n");
	profile_check(p, &report);
	assert_false(reported(&report, CHECK_WARNING, "is a name"));
	profile_free(p);

	report.n = 0;
	p = good(MINIMAL "[vpn-secrets]\nipsec-psk=canary\n");
	profile_check(p, &report);
	assert_true(reported(&report, CHECK_WARNING, "the pre-shared key is weak"));
	for (size_t i = 0; i < report.n; i++)
		assert_null(strstr(report.rows[i].text, "canary"));
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_traffic),
		cmocka_unit_test(test_networkmanager),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_exploits),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_text_sizes),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_nul_and_size),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_proposals_together),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_strength),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
