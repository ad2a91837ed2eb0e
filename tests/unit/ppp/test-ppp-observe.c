/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames of real negotiations show, and the datagram that tells it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "lib/macros.h"
#include "ppp/observe.h"
#include "tests/unit/hex.h"

/* A talk: frames in hexadecimal from the protocol field on, '>' before ours and '<' before the gateway's. */
static struct ppp_findings talk(const char *const *frames, unsigned int mppe)
{
	struct ppp_observe o = { .mppe_demand = mppe };

	for (; *frames; frames++) {
		char text[2 * HEX_MAX];

		(void)snprintf(text, sizeof(text), "ff03%s", *frames + 1);
		struct hex h = hex(text);
		(**frames == '>' ? ppp_observe_sent : ppp_observe_received)(&o, h.data, h.len);
	}
	return o.found;
}

#define TALK(...)	       talk((const char *const[]){ __VA_ARGS__, NULL }, 0)
#define TALK_MPPE(demand, ...) talk((const char *const[]){ __VA_ARGS__, NULL }, demand)

/* LCP, agreed on with an authentication option of the gateway's. */
#define LCP(option, length) \
	">c021 01010004", "<c021 0101" length option, ">c021 0201" length option, "<c021 02010004"
#define LCP_MSCHAPV2 LCP("0305c22381", "0009")
#define LCP_PAP	     LCP("0304c023", "0008")
#define LCP_EAP	     LCP("0304c227", "0008")

static void nothing(void **state)
{
	struct ppp_observe o = { 0 };
	const struct ppp_findings none = { 0 };

	(void)state;
	ppp_observe_received(&o, (const uint8_t *)"\xff\3\xc2\x23\1\1\0", 7);
	ppp_observe_received(&o, (const uint8_t *)"\xff\3\xc2\x23\1\1\0\3", 8);
	ppp_observe_received(&o, NULL, 0);
	assert_memory_equal(&o.found, &none, sizeof(none));
}

static void a_login(void **state)
{
	struct ppp_findings f = TALK(LCP_MSCHAPV2, "<c223 0101 0005 00", ">c223 0201 0005 00");

	(void)state;
	assert_true(f.heard && f.open);
	assert_int_equal(f.asked, ppp_method_bit(PPP_METHOD_MSCHAPV2));
	assert_int_equal(f.declined, 0);
	assert_int_equal(f.agreed, PPP_METHOD_MSCHAPV2);
	assert_int_equal(f.used, PPP_METHOD_MSCHAPV2);
	assert_int_equal(f.login, PPP_LOGIN_SENT);

	f = TALK(LCP_MSCHAPV2, ">c223 0201 0005 00", "<c223 0301 0008 533d3030", "<8021 01010004",
		 ">8021 01010004", "<8021 02010004", "<8057 01010004");
	assert_int_equal(f.login, PPP_LOGIN_ACCEPTED);
	assert_string_equal(f.text, "S=00");
	assert_false(f.ipcp_open);

	f = TALK(LCP_PAP, ">c023 01010004", ">8021 02010004", "<8021 02010004", ">8057 02010004",
		 "<8057 02010004");
	assert_int_equal(f.used, PPP_METHOD_PAP);
	assert_true(f.ipcp_open && f.ipv6cp_open);

	/* Without a question there is no answer. */
	f = TALK(LCP_MSCHAPV2, "<c223 0401 0005 00", "<c023 03010005 00");
	assert_int_equal(f.login, PPP_LOGIN_NONE);
}

/* RFC 2759 6, and what gateways make of it. */
static void refusals(void **state)
{
	static const struct {
		const char *words;
		unsigned int code;
		const char *text;
	} cases[] = {
		{ "E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=Access denied", 691,
		  "Access denied" },
		{ "E=646 R=1 C=00 V=3 M=M=7 at night", 646, "M=7 at night" },
		{ "E=647 R=0", 647, "" },
		{ "E=648", 648, "" },
		{ "E=649 M=", 649, "" },
		{ "E=99999999999999999999 R=0", 0, "" },
		{ "E=", 0, "" },
		{ "E= M", 0, "" },
		{ "Sorry\x1b[2J, no", 0, "Sorry?[2J, no" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ppp_observe o = { .found.login = PPP_LOGIN_SENT };
		size_t len = strlen(cases[i].words);
		uint8_t frame[256] = { 0xff, 3, 0xc2, 0x23, 4, 1, 0, (uint8_t)(4 + len) };

		memcpy(frame + 8, cases[i].words, len);
		ppp_observe_received(&o, frame, 8 + len);
		assert_int_equal(o.found.login, PPP_LOGIN_REFUSED);
		assert_int_equal(o.found.code, cases[i].code);
		assert_string_equal(o.found.text, cases[i].text);
	}
	struct ppp_findings f = TALK(LCP_PAP, ">c023 01010004", "<c023 0301 0008 03 6e6f21");
	assert_int_equal(f.login, PPP_LOGIN_REFUSED);
	assert_string_equal(f.text, "no!");
	/* Its length says more than there is. */
	f = TALK(LCP_PAP, ">c023 01010004", "<c023 0301 0008 ff 6e6f21");
	assert_string_equal(f.text, "");
}

static void long_words_are_cut(void **state)
{
	struct ppp_observe o = { .found.login = PPP_LOGIN_SENT };
	uint8_t frame[500] = { 0xff, 3, 0xc2, 0x23, 4, 1, 496 >> 8, 496 & 0xff };

	(void)state;
	memset(frame + 8, 'x', sizeof(frame) - 8);
	ppp_observe_received(&o, frame, sizeof(frame));
	assert_int_equal(strlen(o.found.text), PPP_TEXT_MAX - 1);
}

/* What SoftEther says to a client that knows no password method of EAP. */
static void softether(void **state)
{
	struct ppp_findings f =
		TALK(">c021 01010018 010405780206000000000506010203040702 0802",
		     "<c021 01000008 0304c227", ">c021 02000008 0304c227",
		     "<c021 09000018 0000000041686f2042616b61204d616e756b6500",
		     "<c021 04010014 020600000000050601020304 07020802", ">c021 01020008 01040578",
		     "<c021 02020008 01040578", "<c227 01010005 01", ">c227 0201000a 01 616e6e6121",
		     "<c227 01020006 0d20", ">c227 02020006 0304",
		     "<c021 0801000c c227 02020006 0304");

	(void)state;
	assert_true(f.open && f.method_rejected);
	assert_int_equal(f.asked,
			 ppp_method_bit(PPP_METHOD_EAP) | ppp_method_bit(PPP_METHOD_EAP_TLS));
	assert_int_equal(f.declined, ppp_method_bit(PPP_METHOD_EAP_TLS));
	assert_int_equal(f.login, PPP_LOGIN_NONE);
}

static void eap(void **state)
{
	struct ppp_findings f =
		TALK(LCP_EAP, "<c227 01010005 01", ">c227 02010005 01", "<c227 01020006 04 00",
		     ">c227 02020006 04 00", "<c227 03020004");

	(void)state;
	assert_int_equal(f.login, PPP_LOGIN_ACCEPTED);
	assert_int_equal(f.used, PPP_METHOD_EAP_MD5);
	/* Refused before anything was proven. */
	f = TALK(LCP_EAP, "<c227 01010005 01", ">c227 02010005 01", "<c227 04020004");
	assert_int_equal(f.login, PPP_LOGIN_REFUSED);
	assert_int_equal(f.used, PPP_METHOD_NONE);
	/* MS-CHAPv2 in it says why, and the Failure that follows doesn't take that back. */
	f = TALK(LCP_EAP, "<c227 0101000a 1a 0101000510", ">c227 0201000a 1a 0201000531",
		 "<c227 01020013 1a 0401000e 453d36343720523d30 00", ">c227 02020006 1a 04",
		 "<c227 04020004");
	assert_int_equal(f.login, PPP_LOGIN_REFUSED);
	assert_int_equal(f.used, PPP_METHOD_EAP_MSCHAPV2);
	assert_int_equal(f.code, 647);
}

static void methods(void **state)
{
	/* PAP declined by a Nak that asks for MS-CHAPv2; the gateway insists and gives up. */
	struct ppp_findings f =
		TALK("<c021 01010008 0304c023", ">c021 03010009 0305c22381",
		     "<c021 01020008 0304c023", ">c021 04020008 0304c023", "<c021 05030006 6f6b");

	(void)state;
	assert_int_equal(f.asked, ppp_method_bit(PPP_METHOD_PAP));
	assert_int_equal(f.declined, ppp_method_bit(PPP_METHOD_PAP));
	assert_int_equal(f.agreed, PPP_METHOD_NONE);
	assert_true(f.terminated && !f.open);
	assert_string_equal(f.farewell, "ok");
	/* After our own end the gateway's says nothing. */
	f = TALK(LCP_PAP, ">c021 05030004", "<c021 05040004");
	assert_false(f.terminated);
}

/* pppd ends a link whose echoes aren't answered, and its exit status may be that of a hang-up. */
static void silence(void **state)
{
	struct ppp_findings f = TALK(LCP_PAP, ">c021 09010008 00000000", ">c021 09020008 00000000",
				     ">c021 05030004");

	(void)state;
	assert_true(f.silent && !f.terminated);
	f = TALK(LCP_PAP, ">c021 09010008 00000000", "<c021 0a010008 00000000", ">c021 05030004");
	assert_false(f.silent);
}

static void encryption(void **state)
{
	static const char *const asks = "<80fd 0101000a 120601000040";
	struct ppp_findings f =
		TALK(LCP_PAP, asks, ">c021 08020010 80fd 0101000a 120601000040", "<c021 05030004");

	(void)state;
	assert_true(f.mppe_asked && f.mppe_declined && f.terminated && !f.mppe_refused);
	f = TALK(LCP_PAP, asks, ">80fd 0401000a 120601000040");
	assert_true(f.mppe_declined);
	/* Who goes on with IPCP can do without; ours may cross its end. */
	f = TALK(LCP_PAP, asks, ">80fd 0401000a 120601000040", ">8021 01010004");
	assert_true(f.mppe_declined);
	f = TALK(LCP_PAP, asks, ">80fd 0401000a 120601000040", "<8021 02010004");
	assert_true(f.mppe_asked && !f.mppe_declined);
	/* Not open before MPPE is: RFC 1661 4.1 has a Terminate-Ack for a request that comes too early. */
	f = TALK(LCP_PAP, asks, ">80fd 0401000a 120601000040", ">8021 01010004", "<8021 06010004");
	assert_true(f.mppe_declined);
	/* A Yamaha asks for stac: nothing is missing when that is refused. */
	f = TALK(LCP_PAP, "<80fd 01010009 1105000104", ">c021 0802000f 80fd 01010009 1105000104");
	assert_false(f.mppe_asked || f.mppe_declined);
	f = TALK(LCP_PAP, ">80fd 0101000a 120601000040", "<80fd 0401000a 120601000040");
	assert_true(f.mppe_refused && !f.mppe_declined);
	/* It asks for Deflate alone, before or after it hears that we want MPPE. */
	f = TALK(LCP_PAP, ">80fd 0101000a 120601000040", "<80fd 01010008 1a047800");
	assert_true(f.mppe_refused && !f.mppe_asked);
	f = TALK(LCP_PAP, "<80fd 01010008 1a047800", ">80fd 0101000a 120601000040");
	assert_true(f.mppe_refused);
	f = TALK(LCP_PAP, "<80fd 01010008 1a047800");
	assert_false(f.mppe_refused);
	f = TALK(LCP_PAP, "<c021 08020010 80fd 0101000a 120601000040");
	assert_true(f.mppe_refused);
	f = TALK(LCP_PAP, "<c021 08020006 8021");
	assert_true(f.ipcp_rejected && !f.mppe_refused);
}

#define REQUEST(bits)	     "80fd 0101000a 12060100" bits
#define ACK(bits)	     "80fd 0201000a 12060100" bits
#define NAK(bits)	     "80fd 0301000a 12060100" bits
#define REJECT(bits)	     "80fd 0401000a 12060100" bits
#define AGREED(ours, theirs) ">" REQUEST(ours), "<" ACK(ours), "<" REQUEST(theirs), ">" ACK(theirs)
#define IPCP		     ">8021 01010004"
#define B40		     "0020"
#define B128		     "0040"
#define BOTH		     "0060"

/* What the profile demands is what is in force in both directions before a network is asked for, or it is told. */
static void demanded_encryption(void **state)
{
	const unsigned int any = PPP_MPPE_40 | PPP_MPPE_128;

	(void)state;
	assert_false(TALK_MPPE(PPP_MPPE_128, LCP_MSCHAPV2, AGREED(B128, B128), IPCP).mppe_unmet);
	assert_false(TALK_MPPE(PPP_MPPE_40, LCP_MSCHAPV2, AGREED(B40, B40), IPCP).mppe_unmet);
	assert_false(TALK_MPPE(any, LCP_MSCHAPV2, AGREED(B128, B40), IPCP).mppe_unmet);
	/* One that offers both and agrees to the weaker one, in either direction. */
	assert_true(TALK_MPPE(PPP_MPPE_128, LCP_MSCHAPV2, ">" REQUEST(BOTH), "<" NAK(B40),
			      ">" REQUEST(B40), "<" ACK(B40))
			    .mppe_unmet);
	assert_true(TALK_MPPE(PPP_MPPE_128, LCP_MSCHAPV2, AGREED(B128, B40)).mppe_unmet);
	assert_true(TALK_MPPE(PPP_MPPE_40, LCP_MSCHAPV2, AGREED(B128, B40)).mppe_unmet);
	/* A key of 56 bits, and an option that isn't one. */
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, AGREED("0080", B128)).mppe_unmet);
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, ">80fd 02010008 12040100").mppe_unmet);
	/* What is offered and refused. */
	assert_true(
		TALK_MPPE(PPP_MPPE_128, LCP_MSCHAPV2, ">" REQUEST(B128), "<" NAK(B40)).mppe_unmet);
	assert_true(TALK_MPPE(PPP_MPPE_128, LCP_MSCHAPV2, "<" REQUEST(B40), ">" REJECT(B40))
			    .mppe_unmet);
	assert_false(TALK_MPPE(any, LCP_MSCHAPV2, ">" REQUEST(BOTH), "<" NAK(B128)).mppe_unmet);
	/* No network before it, by one direction alone, or after one that ended. */
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, IPCP).mppe_unmet);
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, ">8057 02010004").mppe_unmet);
	assert_true(
		TALK_MPPE(any, LCP_MSCHAPV2, ">" REQUEST(B128), "<" ACK(B128), IPCP).mppe_unmet);
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, AGREED(B128, B128), "<" REQUEST(B128), IPCP)
			    .mppe_unmet);
	/* The gateway may ask early, and is told to wait. */
	assert_false(TALK_MPPE(any, LCP_MSCHAPV2, "<8021 01010004", ">8021 06010004").mppe_unmet);
	/* The demand outlives an LCP that begins anew. */
	assert_true(TALK_MPPE(any, LCP_MSCHAPV2, "<c021 01020004", IPCP).mppe_unmet);
	/* Nothing is demanded. */
	assert_false(TALK_MPPE(0, LCP_MSCHAPV2, AGREED(B40, B40), IPCP).mppe_unmet);
	assert_false(TALK_MPPE(0, LCP_MSCHAPV2, IPCP, ">8021 02010004").mppe_unmet);
}

/* What was seen belongs to the LCP in which it was seen. */
static void begun_anew(void **state)
{
	struct ppp_findings f =
		TALK(LCP_PAP, ">c023 01010004", "<c023 0301 0005 00", "<c021 01020008 0304c223");

	(void)state;
	assert_int_equal(f.login, PPP_LOGIN_NONE);
	assert_true(f.heard && !f.open);
	/* IPCP can be negotiated anew without that. */
	f = TALK(LCP_PAP, ">c023 01010004", "<c023 0201 0005 00", ">8021 02010004",
		 "<8021 02010004", "<8021 01020004");
	assert_int_equal(f.login, PPP_LOGIN_ACCEPTED);
	assert_false(f.ipcp_open);
}

/* Field by field: between them may be anything. */
static void assert_same(const struct ppp_findings *f, const struct ppp_findings *g)
{
	assert_true(f->heard == g->heard && f->open == g->open);
	assert_int_equal(f->asked, g->asked);
	assert_int_equal(f->declined, g->declined);
	assert_int_equal(f->agreed, g->agreed);
	assert_int_equal(f->login, g->login);
	assert_int_equal(f->used, g->used);
	assert_int_equal(f->code, g->code);
	assert_string_equal(f->text, g->text);
	assert_true(f->checking == g->checking);
	assert_true(f->method_rejected == g->method_rejected &&
		    f->ipcp_rejected == g->ipcp_rejected);
	assert_true(f->mppe_asked == g->mppe_asked && f->mppe_declined == g->mppe_declined);
	assert_true(f->mppe_refused == g->mppe_refused && f->mppe_unmet == g->mppe_unmet);
	assert_true(f->ipcp_open == g->ipcp_open && f->ipv6cp_open == g->ipv6cp_open);
	assert_true(f->silent == g->silent && f->terminated == g->terminated);
	assert_string_equal(f->farewell, g->farewell);
}

static void round_trip(void **state)
{
	struct ppp_findings f = {
		.heard = true,
		.asked = ppp_method_bit(PPP_METHOD_PAP) | ppp_method_bit(PPP_METHOD_OTHER),
		.declined = ppp_method_bit(PPP_METHOD_PAP),
		.agreed = PPP_METHOD_MSCHAPV2,
		.login = PPP_LOGIN_REFUSED,
		.used = PPP_METHOD_OTHER,
		.code = 691,
		.mppe_declined = true,
		.mppe_unmet = true,
		.terminated = true,
		.text = "no=\"",
	};
	struct ppp_findings g = { 0 };
	uint8_t data[PPP_FINDINGS_MAX + 1];

	(void)state;
	memset(f.farewell, 'y', PPP_TEXT_MAX - 1);
	size_t len = ppp_findings_write(&f, data);
	assert_int_equal(ppp_findings_parse(data, len, &g), 0);
	assert_same(&f, &g);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(ppp_findings_parse(data, n, &g), -EBADMSG);
	assert_int_equal(ppp_findings_parse(data, len + 1, &g), -EBADMSG);
	/* Each octet that names something names what there is. */
	for (size_t at = 0; at < 10; at++) {
		uint8_t kept = data[at];

		data[at] = at == 2 || at == 4 || at == 6 ? kept : 0xff;
		if (data[at] != kept)
			assert_int_equal(ppp_findings_parse(data, len, &g), -EBADMSG);
		data[at] = kept;
	}
	data[len - 1] = '\n';
	assert_int_equal(ppp_findings_parse(data, len, &g), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing),
		cmocka_unit_test(a_login),
		cmocka_unit_test(refusals),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(softether),
		cmocka_unit_test(eap),
		cmocka_unit_test(silence),
		cmocka_unit_test(methods),
		cmocka_unit_test(encryption),
		cmocka_unit_test(begun_anew),
		cmocka_unit_test(demanded_encryption),
		cmocka_unit_test(round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
