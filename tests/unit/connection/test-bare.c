/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether L2TP is answered without the tunnel's secret: when that is asked, what is sent, and what is an answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/connection/bare.h"
#include "tests/unit/hex.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;
static const struct endpoint gateway = { AF_INET, { 192, 0, 2, 1 }, 1701 };

/* The message types of RFC 2661 3.2, where they are in a datagram of ours. */
#define SCCRQ	1
#define STOPCCN 4

/* What the gateway says, by hand, to our tunnel 1111; its own is 1234. */
#define HEADER(len, tunnel) "c802 " len " " tunnel " 0000 0000 0001 "
#define SCCRP_AVPS                                                                   \
	"8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 " \
	"0007 6c6e73 8008 0000 0009 1234"

static const char *const sccrp = HEADER("0037", "1111") SCCRP_AVPS,
			 *const sccrp_of_another = HEADER("0037", "2222") SCCRP_AVPS,
			 *const sccrp_challenge =
				 HEADER("0041", "1111") SCCRP_AVPS " 800a 0000 000b 01020304",
			 *const stopccn =
				 HEADER("0024", "1111") "8008 0000 0000 0004 8008 0000 0009 1234"
							" 8008 0000 0001 0004";

static int draw(void *userdata, void *ret, size_t len)
{
	uint8_t *drawn = userdata;

	memset(ret, ++*drawn * 0x11, len);
	return 0;
}

static int draw_nothing(void *userdata, void *ret, size_t len)
{
	(void)userdata, (void)ret, (void)len;
	return -EIO;
}

static int no_md5(void *userdata, const struct chunk *parts, size_t n_parts,
		  uint8_t ret[static L2TP_MD5_LEN])
{
	(void)userdata, (void)parts, (void)n_parts, (void)ret;
	fail_msg("there is nothing to prove");
	return -EIO;
}

static const struct l2tp_config config = { .host_name = "pc",
					   .receive_window = 8,
					   .ask_only = true };

static struct bare ask(void)
{
	static uint8_t drawn;
	const struct l2tp_crypto crypto = { &drawn, draw, no_md5 };
	struct bare b = { 0 };

	drawn = 0;
	assert_int_equal(bare_ask(&b, &config, &crypto, start), 0);
	return b;
}

static bool hear(struct bare *b, const char *text)
{
	const struct hex said = hex(text);

	return bare_input(b, &gateway, said.data, said.len, start + NSEC_PER_MSEC);
}

/* The type of the next message of ours; 0: it's an acknowledgement; -1: there is none. */
static int next_type(struct bare *b)
{
	struct l2tp_datagram d;

	if (!bare_next_datagram(b, &d))
		return -1;
	return d.len > 19 ? d.data[19] : 0;
}

/* The one case in which there is a reason, of which the others differ in one thing each. */
static nsec_t from(const struct bare *b, void (*differ)(struct evidence *, struct l2tp_stats *))
{
	struct evidence e = { .state = CONNECTION_L2TP,
			      .state_entered = start,
			      .l2tp_secret = true };
	struct l2tp_stats stats = { .stage = L2TP_STAGE_WAIT_SCCRP, .retransmitted = 5 };

	if (differ)
		differ(&e, &stats);
	return bare_from(b, &e, &stats);
}

static void too_early(struct evidence *e, struct l2tp_stats *stats)
{
	(void)stats;
	e->state = CONNECTION_PHASE2;
}

static void too_late(struct evidence *e, struct l2tp_stats *stats)
{
	(void)stats;
	e->state = CONNECTION_PPP;
}

static void without_secret(struct evidence *e, struct l2tp_stats *stats)
{
	(void)stats;
	e->l2tp_secret = false;
}

static void asked_before(struct evidence *e, struct l2tp_stats *stats)
{
	(void)stats;
	e->bare_asked = true;
}

static void answered(struct evidence *e, struct l2tp_stats *stats)
{
	(void)e;
	stats->stage = L2TP_STAGE_WAIT_ICRP;
}

static void heard(struct evidence *e, struct l2tp_stats *stats)
{
	(void)e;
	stats->received = 1;
}

static void silence_with_a_secret_is_the_reason(void **state)
{
	static void (*const others[])(struct evidence *, struct l2tp_stats *) = {
		too_early, too_late, without_secret, asked_before, answered, heard,
	};
	const struct bare b = { 0 };
	const struct evidence e = { .state = CONNECTION_L2TP,
				    .state_entered = start,
				    .l2tp_secret = true };

	(void)state;
	assert_true(from(&b, NULL) == start + 2500 * NSEC_PER_MSEC);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (from(&b, others[i]) != NSEC_NEVER)
			fail_msg("the case %zu is a reason", i);
	assert_true(bare_from(&b, &e, NULL) == NSEC_NEVER);
}

static void it_is_asked_once(void **state)
{
	struct bare b = ask();

	(void)state;
	assert_true(from(&b, NULL) == NSEC_NEVER);
	bare_stop(&b);
	assert_true(from(&b, NULL) == start + 2500 * NSEC_PER_MSEC);
}

/* Without what the gateway may have no answer for: Challenge is AVP 11 of RFC 2661 4.4.3. */
static void the_question_proves_nothing_and_wants_no_proof(void **state)
{
	struct bare b = ask();
	struct l2tp_datagram d;

	(void)state;
	assert_true(bare_next_datagram(&b, &d));
	assert_int_equal(d.data[19], SCCRQ);
	for (size_t at = 12; at < d.len; at += (size_t)(d.data[at] & 3) << 8 | d.data[at + 1])
		assert_int_not_equal(d.data[at + 4] << 8 | d.data[at + 5], 11);
	assert_int_equal(next_type(&b), -1);
	assert_false(bare_answered(&b));
	bare_stop(&b);
}

/* Told once, and the tunnel is ended with it. */
static void an_answer_is_all_that_is_wanted(void **state)
{
	struct bare b = ask();

	(void)state;
	assert_int_equal(next_type(&b), SCCRQ);
	assert_true(hear(&b, sccrp));
	assert_true(bare_answered(&b));
	assert_false(bare_answered(&b));
	assert_int_equal(next_type(&b), STOPCCN);
	assert_int_equal(next_type(&b), -1);
	/* What comes once more is no other answer. */
	assert_false(hear(&b, sccrp));
	assert_false(bare_answered(&b));
	bare_stop(&b);
}

static void what_is_no_answer(void **state)
{
	struct bare b = ask();

	(void)state;
	assert_false(hear(&b, sccrp_of_another));
	assert_false(hear(&b, "c802 000c 1111 0000 0001"));
	assert_false(bare_answered(&b));
	/* Heard and refused; the secret isn't what was missing. */
	assert_true(hear(&b, stopccn));
	assert_false(bare_answered(&b));
	bare_stop(&b);
	/* It has a secret as well, and asks for it. */
	b = ask();
	assert_true(hear(&b, sccrp_challenge));
	assert_false(bare_answered(&b));
	bare_stop(&b);
}

static void silence_is_asked_into_until_it_is_enough(void **state)
{
	struct bare b = ask();
	unsigned int sent = 0;

	(void)state;
	assert_int_equal(next_type(&b), SCCRQ);
	nsec_t first = bare_deadline(&b);
	assert_true(first > start && first != NSEC_NEVER);
	assert_int_equal(bare_timeout(&b, first - 1), 0);
	assert_int_equal(next_type(&b), -1);
	assert_true(bare_deadline(&b) == first);
	for (nsec_t t = first, before = 0; t != NSEC_NEVER; t = bare_deadline(&b)) {
		assert_true(t > before && t < start + 60 * NSEC_PER_SEC);
		before = t;
		assert_int_equal(bare_timeout(&b, t), 0);
		sent += next_type(&b) == SCCRQ;
		assert_int_equal(next_type(&b), -1);
	}
	assert_true(sent > 3);
	assert_false(bare_answered(&b));
	bare_stop(&b);
}

/* Neither before nor after; and none that couldn't be begun is waited for. */
static void without_a_question_there_is_nothing(void **state)
{
	const struct l2tp_crypto crypto = { NULL, draw_nothing, no_md5 };
	struct l2tp_config nameless = config;
	struct bare b = { 0 };

	(void)state;
	nameless.host_name[0] = '\0';
	for (int i = 0; i < 4; i++) {
		assert_true(bare_deadline(&b) == NSEC_NEVER);
		assert_int_equal(bare_timeout(&b, start + 3600 * NSEC_PER_SEC), 0);
		assert_int_equal(next_type(&b), -1);
		assert_false(bare_answered(&b));
		if (i != 2)
			assert_false(hear(&b, sccrp));
		if (i == 0)
			assert_int_equal(bare_ask(&b, &nameless, &crypto, start), -EINVAL);
		if (i == 1)
			assert_int_equal(bare_ask(&b, &config, &crypto, start), -EIO);
		if (i == 2)
			bare_stop(&b);
	}
	assert_null(b.l2tp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_with_a_secret_is_the_reason),
		cmocka_unit_test(it_is_asked_once),
		cmocka_unit_test(the_question_proves_nothing_and_wants_no_proof),
		cmocka_unit_test(an_answer_is_all_that_is_wanted),
		cmocka_unit_test(what_is_no_answer),
		cmocka_unit_test(silence_is_asked_into_until_it_is_enough),
		cmocka_unit_test(without_a_question_there_is_nothing),
	};

	return cmocka_run_group_tests_name("bare", tests, NULL, NULL);
}
