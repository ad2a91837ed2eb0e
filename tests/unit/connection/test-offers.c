/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a profile puts on the wire: the transforms of main mode's message 1 and of quick mode's, read
 * by the numbers of the RFCs from the datagrams that the engine sends. Nothing weak is among them
 * unless the profile asks for it, and DES, NULL, modp768 and their like never are.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "client/connection/request.h"
#include "tests/unit/ike/ike-peer.h"
#include "ike/sa.h"

#define BASE	 "[vpn]\ngateway=gw.example\nuser=taro\n"
#define LIST_MAX 1024

/* clang-format off */
/* The lists in the order of the wire; a weak one has a star. */
static const struct {
	const char *keys, *phase1, *phase2;
	bool legacy;
} cases[] = {
	{ "",
	  "aes256-sha256-ecp384,aes256-sha256-modp2048,aes256-sha1-ecp384,aes128-sha1-ecp256,"
	  "aes256-sha1-modp2048,aes128-sha256-ecp256,aes128-sha256-modp2048,aes128-sha1-modp2048",
	  "aes256-sha1,aes128-sha1,aes256-sha256,aes128-sha256", false },
	{ "ipsec-legacy=yes\n",
	  "aes256-sha256-ecp384,aes256-sha256-modp2048,aes256-sha1-ecp384,aes128-sha1-ecp256,"
	  "aes256-sha1-modp2048,aes128-sha256-ecp256,aes128-sha256-modp2048,aes128-sha1-modp2048,"
	  "*3des-sha1-modp2048,*aes256-sha1-modp1024,*aes128-sha1-modp1024,*3des-sha1-modp1024,"
	  "*aes256-sha1-modp1536,*3des-md5-modp1024",
	  "aes256-sha1,aes128-sha1,aes256-sha256,aes128-sha256,*3des-sha1,*aes128-md5,*3des-md5",
	  true },
	{ "ipsec-pfs=yes\n", NULL,
	  "aes256-sha1-modp2048,aes128-sha1-modp2048,aes256-sha256-modp2048,aes128-sha256-modp2048",
	  false },
	/* what is named is offered in that order, and nothing else */
	{ "ipsec-ike=aes128-sha1-modp2048,aes256-sha256-ecp384\nipsec-esp=aes128-sha256,aes256-sha1\n",
	  "aes128-sha1-modp2048,aes256-sha256-ecp384", "aes128-sha256,aes256-sha1", false },
	{ "ipsec-ike=aes256-sha512-curve25519\nipsec-esp=aes256gcm16,aes128-sha384\n",
	  "aes256-sha512-curve25519", "aes256gcm16,aes128-sha384", false },
	{ "ipsec-ike=aes192-sha384-ecp521\nipsec-esp=aes192-sha512\nipsec-pfs=yes\n",
	  "aes192-sha384-ecp521", "aes192-sha512-ecp521", false },
	{ "ipsec-ike=3des-md5-modp1024\nipsec-esp=3des-md5\n", "*3des-md5-modp1024", "*3des-md5",
	  true },
	{ "ipsec-ike=aes256-sha1-modp1536!\n", "*aes256-sha1-modp1536", NULL, true },
	{ "ipsec-ike=aes256-sha256-modp4096\nipsec-esp=aes256-sha256\nipsec-legacy=yes\n",
	  "aes256-sha256-modp4096,"
	  "*3des-sha1-modp2048,*aes256-sha1-modp1024,*aes128-sha1-modp1024,*3des-sha1-modp1024,"
	  "*aes256-sha1-modp1536,*3des-md5-modp1024",
	  "aes256-sha256,*3des-sha1,*aes128-md5,*3des-md5", true },
};
/* clang-format on */

/* A number of the wire with its name; the weak ones marked. Others are none that we may send. */
struct number {
	uint16_t number;
	const char *name;
	bool weak;
};

/* IANA, ipsec-registry: encryption and hash algorithms of phase 1, group descriptions. */
static const struct number encryptions[] = { { 5, "3des", true }, { 7, "aes", false }, { 0 } };
static const struct number hashes[] = { { 1, "md5", true },	{ 2, "sha1", false },
					{ 4, "sha256", false }, { 5, "sha384", false },
					{ 6, "sha512", false }, { 0 } };
static const struct number groups[] = { { 2, "modp1024", true },     { 5, "modp1536", true },
					{ 14, "modp2048", false },   { 15, "modp3072", false },
					{ 16, "modp4096", false },   { 19, "ecp256", false },
					{ 20, "ecp384", false },     { 21, "ecp521", false },
					{ 31, "curve25519", false }, { 0 } };
/* IANA, isakmp-registry: ESP transforms, authentication algorithms. */
static const struct number esp[] = {
	{ 3, "3des", true }, { 12, "aes", false }, { 20, "aes", false }, { 0 }
};
static const struct number macs[] = { { 1, "md5", true },     { 2, "sha1", false },
				      { 5, "sha256", false }, { 6, "sha384", false },
				      { 7, "sha512", false }, { 0 } };

static const struct number *number_of(const struct number *list, uint32_t number)
{
	for (; list->name; list++)
		if (list->number == number)
			return list;
	fail_msg("%u is on the wire", (unsigned int)number);
	return NULL;
}

/* The attribute's value; 0: there is none. */
static uint32_t value_of(const struct sa_transform *t, uint16_t type)
{
	uint32_t value = 0;

	for (size_t i = 0; i < t->n_attributes; i++)
		if (t->attributes[i].type == type)
			assert_int_equal(sa_attribute_u32(&t->attributes[i], &value), 0);
	return value;
}

static void add_name(char list[static LIST_MAX], const struct sa_transform *t, bool phase2)
{
	const struct number none = { .name = "" };
	uint32_t bits = value_of(t, phase2 ? 6 : 14), group = value_of(t, phase2 ? 3 : 4);
	bool gcm = phase2 && t->id == 20;
	const struct number *e =
		phase2 ? number_of(esp, t->id) : number_of(encryptions, value_of(t, 1));
	const struct number *h =
		gcm ? &none : number_of(phase2 ? macs : hashes, value_of(t, phase2 ? 5 : 2));
	const struct number *g = phase2 && group == 0 ? &none : number_of(groups, group);
	char size[8] = "";

	if (e->number != 5 && e->number != 3)
		snprintf(size, sizeof(size), "%u", (unsigned int)bits);
	snprintf(list + strlen(list), LIST_MAX - strlen(list), "%s%s%s%s%s%s%s%s%s",
		 list[0] ? "," : "", e->weak || h->weak || g->weak ? "*" : "", e->name, size,
		 gcm ? "gcm16" : "", h->name[0] ? "-" : "", h->name, g->name[0] ? "-" : "",
		 g->name);
}

static void list_offers(char list[static LIST_MAX], struct chunk body, bool phase2)
{
	static struct sa sa;

	list[0] = '\0';
	assert_int_equal(sa_parse(body, &sa), 0);
	for (size_t p = 0; p < sa.n_proposals; p++)
		for (size_t t = 0; t < sa.proposals[p].n_transforms; t++)
			add_name(list, &sa.transforms[sa.proposals[p].first + t], phase2);
}

static void configure(const char *keys, const struct secret *psk, struct ike_config *ret)
{
	const struct connection_info info = { .gateway = { AF_INET, { 203, 0, 113, 7 }, 500 },
					      .local = { AF_INET, { 10, 1, 2, 3 }, 500 },
					      .natt_port = 4500,
					      .l2tp_port = 40000 };
	struct profile *profile;
	struct failure why = { 0 };
	char text[512];

	snprintf(text, sizeof(text), "%s%s", BASE, keys);
	if (profile_parse("office", text, strlen(text), &profile, &why) != 0)
		fail_msg("%s: %s", keys, why.detail);
	request_ike(profile, &info, psk, ret);
	profile_free(profile);
}

static void feed(struct ike *ike, const struct peer *p, struct ike_datagram *ret)
{
	const struct endpoint from = p->self;

	assert_int_equal(ike_input(ike, &from, p->reply, p->reply_len, NSEC_PER_SEC), 0);
	assert_true(ike_next_datagram(ike, ret));
}

/* The SA payload of a message of the engine's; quick mode's is decrypted with the peer's keys. */
static void list_message(char list[static LIST_MAX], struct peer *p, const struct ike_datagram *d,
			 bool phase2)
{
	const size_t skip = d->natt ? ISAKMP_MARKER_LEN : 0;
	struct incoming in = { .raw = { d->data + skip, d->len - skip } };
	uint8_t iv[KEYMAT_BLOCK_MAX];

	assert_int_equal(isakmp_header_parse(in.raw, &in.header), 0);
	if (phase2) {
		const struct chunk last = { p->sa.last_block,
					    keymat_block_len(p->sa.proposal.encr) };
		assert_int_equal(in.header.exchange, ISAKMP_EXCHANGE_QUICK);
		assert_int_equal(keymat_phase2_iv(&p->env.crypto, p->sa.proposal.hash, last,
						  in.header.msgid, iv),
				 0);
		assert_int_equal(incoming_decrypt(&in, &p->env, &p->sa, iv), 0);
	} else {
		assert_int_equal(in.header.exchange, ISAKMP_EXCHANGE_MAIN);
		assert_int_equal(incoming_parse(&in), 0);
	}
	list_offers(list, incoming_body(&in, ISAKMP_PAYLOAD_SA, 0), phase2);
}

static void check(const char *keys, const char *wanted, bool legacy, const char *list)
{
	if (wanted && strcmp(list, wanted) != 0)
		fail_msg("\"%s\" offers\n%s\ninstead of\n%s", keys, list, wanted);
	if (!legacy && strchr(list, '*'))
		fail_msg("\"%s\" offers what is weak:\n%s", keys, list);
}

static void test_offers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		static struct peer peer;
		struct secret psk = { .len = 5, .data = "a key" };
		char list[LIST_MAX];
		struct ike_config config;
		struct ike_datagram d;
		struct ike *ike;

		configure(cases[i].keys, &psk, &config);
		peer_init(&peer, &config, &crypto_openssl);
		assert_int_equal(ike_new(&config, &crypto_openssl, &ike), 0);
		assert_int_equal(ike_start(ike, NSEC_PER_SEC), 0);
		assert_true(ike_next_datagram(ike, &d));
		list_message(list, &peer, &d, false);
		check(cases[i].keys, cases[i].phase1, cases[i].legacy, list);

		peer_mm2(&peer, &d);
		feed(ike, &peer, &d);
		peer_mm4(&peer, &d);
		feed(ike, &peer, &d);
		assert_true(peer_mm6(&peer, &d));
		feed(ike, &peer, &d);
		list_message(list, &peer, &d, true);
		check(cases[i].keys, cases[i].phase2, cases[i].legacy, list);
		ike = ike_free(ike);
		peer_clear(&peer);
	}
}

/* What no profile can bring about: its name isn't known, or known as one that is never offered. */
static void test_never(void **state)
{
	static const char *const keys[] = {
		"ipsec-ike=des-sha1-modp2048\n",
		"ipsec-ike=aes256-sha1-modp768\n",
		"ipsec-ike=aes256-sha1-dh1\n",
		"ipsec-ike=null-sha1-modp2048\n",
		"ipsec-ike=aes256-none-modp2048\n",
		"ipsec-esp=null-sha1\n",
		"ipsec-esp=des-sha1\n",
		"ipsec-esp=null\n",
		"ipsec-esp=aes256-none\n",
		"ipsec-esp=aes256gmac\n",
		"ipsec-esp=aes256gcm8\n",
		"ipsec-esp=aes256-sha1-modp768\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		for (size_t legacy = 0; legacy < 2; legacy++) {
			struct profile *profile;
			struct failure why = { 0 };
			char text[256];

			snprintf(text, sizeof(text), "%s%s%s", BASE, keys[i],
				 legacy ? "ipsec-legacy=yes\n" : "");
			if (profile_parse("office", text, strlen(text), &profile, &why) == 0)
				fail_msg("taken: %s", text);
			assert_int_equal(why.cause, CAUSE_PROFILE_INVALID);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
