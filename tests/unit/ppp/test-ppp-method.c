/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which method it becomes with gateways of several kinds: what they ask for, and what pppd may acknowledge then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/macros.h"
#include "ppp/method.h"

#define PAP	 PPP_METHOD_PAP
#define CHAP	 PPP_METHOD_CHAP
#define MSCHAP	 PPP_METHOD_MSCHAP
#define MSCHAPV2 PPP_METHOD_MSCHAPV2
#define EAP	 PPP_METHOD_EAP
#define OTHER	 PPP_METHOD_OTHER
#define BIT(m)	 (1U << PPP_METHOD_##m)
#define ALL	 (BIT(PAP) | BIT(CHAP) | BIT(MSCHAP) | BIT(MSCHAPV2) | BIT(EAP))

/* LCP's Configure-Request with a method and a magic number. */
static size_t request(uint8_t ret[32], uint8_t id, enum ppp_method asked)
{
	static const struct {
		uint8_t len, option[5];
	} options[PPP_METHOD_COUNT] = {
		[PAP] = { 4, { 3, 4, 0xc0, 0x23 } },
		[CHAP] = { 5, { 3, 5, 0xc2, 0x23, 5 } },
		[MSCHAP] = { 5, { 3, 5, 0xc2, 0x23, 0x80 } },
		[MSCHAPV2] = { 5, { 3, 5, 0xc2, 0x23, 0x81 } },
		[EAP] = { 4, { 3, 4, 0xc2, 0x27 } },
		[OTHER] = { 5, { 3, 5, 0xc2, 0x23, 7 } },
	};
	static const uint8_t magic[] = { 5, 6, 1, 2, 3, 4 };
	size_t len = options[asked].len;
	const uint8_t head[] = {
		0xff, 3, 0xc0, 0x21, 1, id, 0, (uint8_t)(4 + len + sizeof(magic))
	};

	memcpy(ret, head, sizeof(head));
	memcpy(ret + sizeof(head), options[asked].option, len);
	memcpy(ret + sizeof(head) + len, magic, sizeof(magic));
	return sizeof(head) + len + sizeof(magic);
}

struct step {
	uint8_t id;
	enum ppp_method asked;
	uint16_t answer; /* 0: the end of the conversation */
};

static void converse(uint16_t allowed, enum ppp_method known, const struct step *steps)
{
	struct ppp_choice c;
	uint8_t frame[32];

	ppp_choice_init(&c, allowed, known);
	for (size_t i = 0; steps[i].answer; i++) {
		size_t len = request(frame, steps[i].id, steps[i].asked);
		uint16_t got = ppp_choice_received(&c, frame, len);
		if (got != steps[i].answer)
			fail_msg("step %zu: %x instead of %x", i, got, steps[i].answer);
	}
}

#define CONVERSE(allowed, known, ...) \
	converse(allowed, known, (const struct step[]){ __VA_ARGS__, { 0 } })

static void the_strongest_is_taken_at_once(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, MSCHAPV2, BIT(MSCHAPV2) });
	CONVERSE(BIT(PAP), PPP_METHOD_NONE, { 1, PAP, BIT(PAP) });
	CONVERSE(BIT(EAP), PPP_METHOD_NONE, { 1, EAP, BIT(EAP) });
}

static void softether_is_told_what_we_want_in_place_of_eap(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 0, EAP, BIT(MSCHAPV2) }, { 1, MSCHAPV2, BIT(MSCHAPV2) });
}

static void a_list_that_begins_with_the_weakest_is_gone_through(void **state)
{
	(void)state;
	/* accel-ppp: the next one of its own, whatever was proposed. */
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, CHAP, BIT(MSCHAPV2) },
		 { 3, MSCHAP, BIT(MSCHAPV2) }, { 4, MSCHAPV2, BIT(MSCHAPV2) });
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, EAP, BIT(MSCHAPV2) },
		 { 3, CHAP, BIT(MSCHAPV2) }, { 4, MSCHAP, BIT(MSCHAPV2) },
		 { 5, OTHER, BIT(MSCHAPV2) }, { 6, MSCHAPV2, BIT(MSCHAPV2) });
}

static void a_list_at_whose_end_it_begins_again_gives_its_best(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, CHAP, BIT(MSCHAPV2) },
		 { 3, PAP, BIT(CHAP) }, { 4, CHAP, BIT(CHAP) });
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, CHAP, BIT(MSCHAPV2) },
		 { 3, CHAP, BIT(CHAP) });
}

static void who_insists_on_pap_gets_it_when_all_else_was_proposed(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, PAP, BIT(MSCHAPV2) },
		 { 3, PAP, BIT(CHAP) }, { 4, PAP, BIT(MSCHAP) }, { 5, PAP, BIT(PAP) });
	CONVERSE(BIT(MSCHAPV2) | BIT(PAP), PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) },
		 { 2, PAP, BIT(MSCHAPV2) }, { 3, PAP, BIT(PAP) },
		 /* LCP begins anew: no second haggling. */
		 { 4, PAP, BIT(PAP) });
}

static void pap_is_never_taken_against_the_profile(void **state)
{
	(void)state;
	CONVERSE(ALL & ~BIT(PAP), PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) },
		 { 2, PAP, BIT(MSCHAPV2) }, { 3, PAP, BIT(CHAP) }, { 4, PAP, BIT(MSCHAP) },
		 { 5, PAP, ALL & ~BIT(PAP) });
	CONVERSE(ALL & ~BIT(PAP), PAP, { 1, PAP, BIT(MSCHAPV2) });
}

static void a_request_that_comes_again_gets_the_same_answer(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 1, PAP, BIT(MSCHAPV2) },
		 { 1, PAP, BIT(MSCHAPV2) }, { 2, MSCHAPV2, BIT(MSCHAPV2) },
		 { 2, MSCHAPV2, BIT(MSCHAPV2) });
}

static void one_lost_proposal_costs_no_strength(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, PAP, BIT(MSCHAPV2) },
		 { 3, MSCHAPV2, BIT(MSCHAPV2) });
}

static void what_is_not_known_gets_proposals(void **state)
{
	(void)state;
	CONVERSE(BIT(MSCHAPV2) | BIT(PAP), PPP_METHOD_NONE, { 1, OTHER, BIT(MSCHAPV2) },
		 { 2, OTHER, BIT(MSCHAPV2) }, { 3, OTHER, BIT(PAP) }, { 4, PAP, BIT(PAP) });
	/* A certificate alone: nothing else is proposed than EAP. */
	CONVERSE(BIT(EAP), PPP_METHOD_NONE, { 1, PAP, BIT(EAP) }, { 2, EAP, BIT(EAP) });
}

static void an_lcp_that_begins_anew_is_no_way_to_something_weaker(void **state)
{
	(void)state;
	CONVERSE(ALL, PPP_METHOD_NONE, { 1, PAP, BIT(MSCHAPV2) }, { 2, MSCHAPV2, BIT(MSCHAPV2) },
		 { 3, PAP, BIT(MSCHAPV2) }, { 4, MSCHAPV2, BIT(MSCHAPV2) });
}

static void what_the_gateway_wanted_before_is_taken_at_once(void **state)
{
	(void)state;
	CONVERSE(ALL, PAP, { 1, PAP, BIT(PAP) });
	/* It has something better after all. */
	CONVERSE(ALL, PAP, { 1, MSCHAPV2, BIT(MSCHAPV2) });
	/* SoftEther begins with EAP all the same, and ends what proposes anything but its own. */
	CONVERSE(ALL & ~(BIT(EAP) | BIT(MSCHAPV2)), PAP, { 1, EAP, BIT(PAP) },
		 { 2, PAP, BIT(PAP) });
}

static void other_frames_say_nothing(void **state)
{
	struct ppp_choice c;
	uint8_t frame[32];

	(void)state;
	ppp_choice_init(&c, ALL, PPP_METHOD_NONE);
	size_t len = request(frame, 1, PAP);
	for (size_t i = 0; i < len; i++)
		(void)ppp_choice_received(&c, frame, i);
	assert_int_equal(c.answer, 0);
	frame[4] = 2;
	assert_int_equal(ppp_choice_received(&c, frame, len), 0);
	frame[4] = 1;
	frame[3] = 0x23;
	assert_int_equal(ppp_choice_received(&c, frame, len), 0);
	/* A request without a method restricts nothing. */
	len = request(frame, 1, PPP_METHOD_NONE);
	assert_int_equal(ppp_choice_received(&c, frame, len), ALL);
}

static void what_is_left_when_the_gateway_ends_it(void **state)
{
	static const struct {
		uint16_t asked, declined, allowed;
		enum ppp_method agreed;
		enum ppp_login login;
		enum ppp_method left;
	} rows[] = {
		{ BIT(PAP), BIT(PAP), ALL, .left = PAP },
		{ BIT(PAP) | BIT(CHAP), BIT(PAP) | BIT(CHAP), ALL, .left = CHAP },
		{ BIT(PAP), BIT(PAP), ALL & ~BIT(PAP), .left = PPP_METHOD_NONE },
		{ BIT(EAP) | BIT(PAP), BIT(EAP), ALL, .left = EAP },
		{ BIT(OTHER), BIT(OTHER), ALL, .left = PPP_METHOD_NONE },
		/* Nothing was declined: it is not our wish that ended it. */
		{ BIT(MSCHAPV2), 0, ALL, .left = PPP_METHOD_NONE },
		/* They had agreed after all. */
		{ BIT(PAP), BIT(PAP), ALL, .agreed = MSCHAPV2, .left = PPP_METHOD_NONE },
		{ BIT(PAP), BIT(PAP), ALL, .login = PPP_LOGIN_SENT, .left = PPP_METHOD_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct ppp_findings found = { .asked = rows[i].asked,
						    .declined = rows[i].declined,
						    .agreed = rows[i].agreed,
						    .login = rows[i].login };
		assert_int_equal(ppp_method_fallback(&found, rows[i].allowed), rows[i].left);
	}
}

static void eap_that_leads_nowhere_is_left_out(void **state)
{
	static const struct {
		struct ppp_findings found;
		uint16_t allowed;
		bool vain;
	} rows[] = {
		/* Its type isn't known here; before Failure, after it, in place of it. */
		{ { .agreed = EAP }, ALL, false },
		{ { .agreed = EAP, .login = PPP_LOGIN_REFUSED }, ALL, true },
		{ { .agreed = EAP, .terminated = true }, ALL, true },
		{ { .agreed = EAP, .method_rejected = true }, ALL, true },
		/* There is nothing else. */
		{ { .agreed = EAP, .login = PPP_LOGIN_REFUSED }, BIT(EAP), false },
		/* A proof is out: it is sent once. */
		{ { .agreed = EAP, .login = PPP_LOGIN_SENT, .used = PPP_METHOD_EAP_MD5 },
		  ALL,
		  false },
		{ { .agreed = EAP, .login = PPP_LOGIN_REFUSED, .used = PPP_METHOD_EAP_MD5 },
		  ALL,
		  false },
		{ { .agreed = EAP, .login = PPP_LOGIN_ACCEPTED, .terminated = true }, ALL, false },
		{ { .agreed = PAP, .terminated = true }, ALL, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(ppp_method_eap_is_vain(&rows[i].found, rows[i].allowed),
				 rows[i].vain);
}

/* pppd forgets the answer to a request for an open LCP before it reads that: it is told once more. */
static void what_pppd_forgets_it_is_told_again(void **state)
{
	struct ppp_choice c;
	uint8_t ours[32], theirs[32];
	size_t ours_len = request(ours, 1, PPP_METHOD_NONE), len = request(theirs, 1, MSCHAPV2);

	(void)state;
	ppp_choice_init(&c, ALL, PPP_METHOD_NONE);
	assert_int_equal(ppp_choice_sent(&c, ours, ours_len), 0);
	assert_int_equal(ppp_choice_received(&c, theirs, len), BIT(MSCHAPV2));
	len = request(theirs, 2, PAP);
	assert_int_equal(ppp_choice_received(&c, theirs, len), BIT(MSCHAPV2));
	assert_int_equal(ppp_choice_sent(&c, ours, ours_len), BIT(MSCHAPV2));
	for (size_t i = 0; i < ours_len; i++)
		(void)ppp_choice_sent(&c, ours, i);
	ours[4] = 2;
	assert_int_equal(ppp_choice_sent(&c, ours, ours_len), 0);
}

/* Only a request for EAP-TLS, only without a certificate; anything else is pppd's. */
static void tls_without_a_certificate_is_declined(void **state)
{
	static const uint8_t request[] = { 1, 7, 0, 6, 13, 0x20 };
	static const uint8_t nak[] = { 0xff, 3, 0xc2, 0x27, 2, 7, 0, 6, 3, 26 };
	uint8_t packet[sizeof(request)], ret[PPP_EAP_NAK_LEN];

	(void)state;
	assert_int_equal(ppp_method_refuse_tls(request, sizeof(request), false, ret), sizeof(nak));
	assert_memory_equal(ret, nak, sizeof(nak));
	assert_int_equal(ppp_method_refuse_tls(request, sizeof(request), true, ret), 0);
	for (size_t n = 0; n < sizeof(request); n++)
		assert_int_equal(ppp_method_refuse_tls(request, n, false, ret), 0);
	for (size_t at = 0; at < 5; at += 4) {
		memcpy(packet, request, sizeof(packet));
		packet[at]++; /* a response; EAP of type 14 */
		assert_int_equal(ppp_method_refuse_tls(packet, sizeof(packet), false, ret), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strongest_is_taken_at_once),
		cmocka_unit_test(softether_is_told_what_we_want_in_place_of_eap),
		cmocka_unit_test(a_list_that_begins_with_the_weakest_is_gone_through),
		cmocka_unit_test(a_list_at_whose_end_it_begins_again_gives_its_best),
		cmocka_unit_test(who_insists_on_pap_gets_it_when_all_else_was_proposed),
		cmocka_unit_test(pap_is_never_taken_against_the_profile),
		cmocka_unit_test(a_request_that_comes_again_gets_the_same_answer),
		cmocka_unit_test(one_lost_proposal_costs_no_strength),
		cmocka_unit_test(what_is_not_known_gets_proposals),
		cmocka_unit_test(an_lcp_that_begins_anew_is_no_way_to_something_weaker),
		cmocka_unit_test(what_the_gateway_wanted_before_is_taken_at_once),
		cmocka_unit_test(other_frames_say_nothing),
		cmocka_unit_test(eap_that_leads_nowhere_is_left_out),
		cmocka_unit_test(what_pppd_forgets_it_is_told_again),
		cmocka_unit_test(tls_without_a_certificate_is_declined),
		cmocka_unit_test(what_is_left_when_the_gateway_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
