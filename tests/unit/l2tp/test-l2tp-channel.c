/* SPDX-License-Identifier: GPL-2.0-or-later */
/* L2TP's reliable delivery alone: numbers, windows, repetition, duplicates, reordering, the wrap.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp/channel.h"
#include "l2tp/protocol.h"
#include "lib/backoff.h"

#define START (5 * NSEC_PER_SEC)

/* A channel whose numbers begin at NS for us and at NR for the peer. */
static struct l2tp_channel channel_at(uint16_t ns, uint16_t nr)
{
	struct l2tp_channel ch;

	l2tp_channel_init(&ch, 8, 1);
	l2tp_channel_set_peer(&ch, 0x1234);
	ch.una = ch.next = ch.end = ns;
	ch.nr = nr;
	return ch;
}

/* Queues a message that says ID. */
static uint16_t send_one(struct l2tp_channel *ch, uint8_t id, nsec_t now)
{
	uint16_t ns = 0;

	assert_int_equal(l2tp_channel_send(ch, 0x5678, &id, 1, now, &ns), 0);
	return ns;
}

/* Something from the peer; LEN 0 is a ZLB. */
static int receive(struct l2tp_channel *ch, uint16_t ns, uint16_t nr, uint8_t id, size_t len,
		   nsec_t now)
{
	static uint8_t data[2000];
	struct l2tp_header header = {
		.ns = ns, .nr = nr, .session_id = 9, .payload = { data, len }
	};

	data[0] = id;
	return l2tp_channel_receive(ch, &header, now);
}

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)(p[0] << 8 | p[1]);
}

/* The next datagram is message NS with NR inside. */
static void expect(struct l2tp_channel *ch, uint16_t ns, uint16_t nr, uint8_t id)
{
	struct l2tp_datagram d;

	assert_true(l2tp_channel_next(ch, &d));
	assert_int_equal(d.len, 13);
	assert_int_equal(get16(d.data), 0xc802);
	assert_int_equal(get16(d.data + 2), 13);
	assert_int_equal(get16(d.data + 4), 0x1234);
	assert_int_equal(get16(d.data + 6), 0x5678);
	assert_int_equal(get16(d.data + 8), ns);
	assert_int_equal(get16(d.data + 10), nr);
	assert_int_equal(d.data[12], id);
}

static void expect_zlb(struct l2tp_channel *ch, uint16_t ns, uint16_t nr)
{
	struct l2tp_datagram d;

	assert_true(l2tp_channel_next(ch, &d));
	assert_int_equal(d.len, 12);
	assert_int_equal(get16(d.data + 6), 0);
	assert_int_equal(get16(d.data + 8), ns);
	assert_int_equal(get16(d.data + 10), nr);
}

static void expect_nothing(struct l2tp_channel *ch)
{
	struct l2tp_datagram d;

	assert_false(l2tp_channel_next(ch, &d));
}

static void expect_held(struct l2tp_channel *ch, uint8_t id)
{
	struct chunk payload;
	uint16_t session_id;

	assert_true(l2tp_channel_take_held(ch, &session_id, &payload));
	assert_int_equal(session_id, 9);
	assert_int_equal(payload.len, 1);
	assert_int_equal(*(const uint8_t *)payload.data, id);
}

static void expect_none_held(struct l2tp_channel *ch)
{
	struct chunk payload;
	uint16_t session_id;

	assert_false(l2tp_channel_take_held(ch, &session_id, &payload));
}

/* Where the numbers begin: at zero, before the sign changes, before they wrap. */
static const uint16_t beginnings[] = { 0, 3, 32765, 32766, 32767, 65531, 65533, 65534, 65535 };

/* Through every beginning, many times around the queue. */
static void test_wrap(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		struct l2tp_channel ch = channel_at(beginnings[i], (uint16_t)(beginnings[i] + 7));

		for (uint16_t k = 0; k < 40; k++) {
			uint16_t ns = (uint16_t)(beginnings[i] + k);
			uint16_t nr = (uint16_t)(beginnings[i] + 7 + k);

			assert_int_equal(send_one(&ch, (uint8_t)k, START), ns);
			expect(&ch, ns, nr, (uint8_t)k);
			expect_nothing(&ch);
			assert_false(l2tp_channel_acknowledged(&ch, ns));
			assert_false(l2tp_channel_idle(&ch));
			assert_int_equal(receive(&ch, nr, (uint16_t)(ns + 1), 0, 1, START), 0);
			assert_true(l2tp_channel_acknowledged(&ch, ns));
			assert_true(l2tp_channel_idle(&ch));
			assert_true(l2tp_channel_deadline(&ch) == NSEC_NEVER);
			expect_zlb(&ch, (uint16_t)(ns + 1), (uint16_t)(nr + 1));
		}
	}
}

/* Four go at once, the rest as the acknowledgements come, the ninth does not fit. */
static void test_window(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint16_t first = beginnings[i];
		struct l2tp_channel ch = channel_at(first, 0);
		uint16_t ns;

		for (uint8_t k = 0; k < L2TP_CHANNEL_QUEUE; k++)
			send_one(&ch, k, START);
		assert_int_equal(l2tp_channel_send(&ch, 0, &(uint8_t){ 9 }, 1, START, &ns),
				 -ENOBUFS);
		for (uint8_t k = 0; k < 4; k++)
			expect(&ch, (uint16_t)(first + k), 0, k);
		expect_nothing(&ch);
		/* not sent yet, so it can't be acknowledged */
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 5), 0, 0, START),
				 L2TP_CHANNEL_OUTSIDE);
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 3), 0, 0, START),
				 L2TP_CHANNEL_ZLB);
		for (uint8_t k = 4; k < 7; k++)
			expect(&ch, (uint16_t)(first + k), 0, k);
		expect_nothing(&ch);
		/* the farthest ahead, and the farthest behind */
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 3 + 0x7fff), 0, 0, START),
				 L2TP_CHANNEL_OUTSIDE);
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 3 + 0x8000), 0, 0, START),
				 L2TP_CHANNEL_ZLB);
		/* an old one changes nothing */
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 1), 0, 0, START),
				 L2TP_CHANNEL_ZLB);
		assert_false(l2tp_channel_acknowledged(&ch, (uint16_t)(first + 3)));
		assert_true(l2tp_channel_acknowledged(&ch, (uint16_t)(first + 2)));
		l2tp_channel_set_window(&ch, 8, START);
		expect(&ch, (uint16_t)(first + 7), 0, 7);
		assert_int_equal(receive(&ch, 0, (uint16_t)(first + 8), 0, 0, START),
				 L2TP_CHANNEL_ZLB);
		assert_true(l2tp_channel_idle(&ch));
	}
}

static void test_sizes(void **state)
{
	static const uint8_t data[L2TP_CHANNEL_MESSAGE_MAX + 1];
	struct l2tp_channel ch = channel_at(0, 0);
	struct l2tp_datagram d;
	uint16_t ns;

	(void)state;
	assert_int_equal(l2tp_channel_send(&ch, 0, data, sizeof(data), START, &ns), -EMSGSIZE);
	assert_int_equal(l2tp_channel_send(&ch, 0, data, sizeof(data) - 1, START, &ns), 0);
	assert_true(l2tp_channel_next(&ch, &d));
	assert_int_equal(d.len, 12 + L2TP_CHANNEL_MESSAGE_MAX);
	/* the window of 0 that the RFC forbids */
	l2tp_channel_set_window(&ch, 0, START);
	send_one(&ch, 1, START);
	expect_nothing(&ch);
	assert_int_equal(receive(&ch, 0, 1, 0, 0, START), L2TP_CHANNEL_ZLB);
	expect(&ch, 1, 0, 1);
}

/* Duplicates are acknowledged each time; a ZLB has no number of its own and never is one. */
static void test_duplicates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint16_t nr = beginnings[i];
		struct l2tp_channel ch = channel_at(0, nr);

		assert_int_equal(receive(&ch, nr, 0, 1, 1, START), 0);
		expect_zlb(&ch, 0, (uint16_t)(nr + 1));
		for (int k = 0; k < 3; k++) {
			assert_int_equal(receive(&ch, nr, 0, 1, 1, START), L2TP_CHANNEL_DUPLICATE);
			expect_zlb(&ch, 0, (uint16_t)(nr + 1));
			expect_nothing(&ch);
		}
		assert_int_equal(receive(&ch, (uint16_t)(nr - 32767), 0, 1, 1, START),
				 L2TP_CHANNEL_DUPLICATE);
		expect_zlb(&ch, 0, (uint16_t)(nr + 1));
		assert_int_equal(receive(&ch, (uint16_t)(nr + 1 + 32767), 0, 1, 1, START),
				 L2TP_CHANNEL_OUTSIDE);
		for (unsigned int ns = 0; ns < 65536; ns += 4369)
			assert_int_equal(receive(&ch, (uint16_t)ns, 0, 0, 0, START),
					 L2TP_CHANNEL_ZLB);
		expect_nothing(&ch);
		assert_int_equal(receive(&ch, (uint16_t)(nr + 1), 0, 1, 1, START), 0);
	}
}

/* A duplicate can bring news in its Nr. */
static void test_duplicate_acknowledges(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);

	(void)state;
	assert_int_equal(receive(&ch, 0, 0, 1, 1, START), 0);
	uint16_t ns = send_one(&ch, 1, START);
	expect(&ch, 0, 1, 1);
	assert_int_equal(receive(&ch, 0, 1, 1, 1, START), L2TP_CHANNEL_DUPLICATE);
	assert_true(l2tp_channel_acknowledged(&ch, ns));
}

/* Backwards, with the bound, and in every beginning. */
static void test_reorder(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		uint16_t nr = beginnings[i];
		struct l2tp_channel ch = channel_at(0, nr);

		assert_int_equal(receive(&ch, (uint16_t)(nr + 9), 0, 9, 1, START),
				 L2TP_CHANNEL_OUTSIDE);
		for (uint16_t k = 8; k > 0; k--) {
			assert_int_equal(receive(&ch, (uint16_t)(nr + k), 0, (uint8_t)k, 1, START),
					 L2TP_CHANNEL_HELD);
			expect_none_held(&ch);
		}
		assert_int_equal(receive(&ch, (uint16_t)(nr + 2), 0, 99, 1, START),
				 L2TP_CHANNEL_DUPLICATE);
		expect_nothing(&ch);
		assert_int_equal(receive(&ch, nr, 0, 0, 1, START), 0);
		for (uint8_t k = 1; k <= 8; k++)
			expect_held(&ch, k);
		expect_none_held(&ch);
		expect_zlb(&ch, 0, (uint16_t)(nr + 9));
		/* a gap: 9 and 11, then 10 */
		assert_int_equal(receive(&ch, (uint16_t)(nr + 11), 0, 11, 1, START),
				 L2TP_CHANNEL_HELD);
		assert_int_equal(receive(&ch, (uint16_t)(nr + 9), 0, 9, 1, START), 0);
		expect_none_held(&ch);
		assert_int_equal(receive(&ch, (uint16_t)(nr + 10), 0, 10, 1, START), 0);
		expect_held(&ch, 11);
		expect_zlb(&ch, 0, (uint16_t)(nr + 12));
	}
}

/* One that is too long to keep is not kept; in its turn it is taken. */
static void test_reorder_long(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);

	(void)state;
	assert_int_equal(receive(&ch, 1, 0, 1, L2TP_DATAGRAM_MAX + 1, START), L2TP_CHANNEL_OUTSIDE);
	assert_int_equal(receive(&ch, 1, 0, 1, L2TP_DATAGRAM_MAX, START), L2TP_CHANNEL_HELD);
	assert_int_equal(receive(&ch, 0, 0, 1, L2TP_DATAGRAM_MAX + 1, START), 0);
}

/* The pauses grow; all that is under way goes again; the eighth time is the last. */
static void test_repetition(void **state)
{
	struct l2tp_channel ch = channel_at(65535, 0);
	nsec_t now = START;

	(void)state;
	send_one(&ch, 1, now);
	send_one(&ch, 2, now);
	expect(&ch, 65535, 0, 1);
	expect(&ch, 0, 0, 2);
	for (unsigned int try = 0; try < 7; try++) {
		nsec_t pause = l2tp_channel_deadline(&ch) - now;

		assert_true(pause >= backoff_interval(BACKOFF_FIRST, try, 0));
		assert_true(pause <= backoff_interval(BACKOFF_FIRST, try, 255));
		assert_int_equal(l2tp_channel_timeout(&ch, now + pause - 1), 0);
		expect_nothing(&ch);
		now += pause;
		assert_int_equal(l2tp_channel_timeout(&ch, now), 0);
		expect(&ch, 65535, 0, 1);
		expect(&ch, 0, 0, 2);
		expect_nothing(&ch);
	}
	assert_int_equal(ch.repeated, 14);
	now = l2tp_channel_deadline(&ch);
	assert_int_equal(l2tp_channel_timeout(&ch, now), L2TP_CHANNEL_DEAD);
	/* some thirty seconds, RFC 2661 5.8's full cycle */
	assert_true(now - START > 25 * NSEC_PER_SEC && now - START < 35 * NSEC_PER_SEC);
}

/* A message that goes out twice: once more, which counts as no repetition; not when it was answered before. */
static void test_twice(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);

	(void)state;
	send_one(&ch, 1, START);
	expect(&ch, 0, 0, 1);
	ch.twice = START + 5;
	assert_true(l2tp_channel_deadline(&ch) == START + 5);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 4), 0);
	expect_nothing(&ch);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 5), 0);
	expect(&ch, 0, 0, 1);
	expect_nothing(&ch);
	assert_int_equal(ch.repeated, 0);
	assert_true(l2tp_channel_deadline(&ch) >= START + backoff_interval(BACKOFF_FIRST, 0, 0));
	/* Which of the two was answered nobody knows. */
	assert_int_equal(receive(&ch, 0, 1, 1, 1, START + 7), 0);
	assert_true(ch.round_trip == 0);

	ch = channel_at(0, 0);
	send_one(&ch, 1, START);
	expect(&ch, 0, 0, 1);
	ch.twice = START + 5;
	assert_int_equal(receive(&ch, 0, 1, 1, 1, START + 4), 0);
	assert_true(l2tp_channel_deadline(&ch) == NSEC_NEVER);
}

/* One that is delayed leaves later, and everything else with it. */
static void test_delayed(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);

	(void)state;
	send_one(&ch, 1, START);
	nsec_t timer = l2tp_channel_deadline(&ch);
	l2tp_channel_delay(&ch, START + 5, START + 9);
	expect_nothing(&ch);
	assert_true(l2tp_channel_deadline(&ch) == START + 5);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 4), 0);
	expect_nothing(&ch);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 5), 0);
	expect(&ch, 0, 0, 1);
	assert_true(l2tp_channel_deadline(&ch) == START + 9);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 9), 0);
	expect(&ch, 0, 0, 1);
	assert_true(l2tp_channel_deadline(&ch) == timer + 5);
	assert_int_equal(ch.repeated, 0);

	/* The round trip begins when it left. */
	ch = channel_at(0, 0);
	send_one(&ch, 1, START);
	l2tp_channel_delay(&ch, START + 5, START + 9);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 5), 0);
	expect(&ch, 0, 0, 1);
	assert_int_equal(receive(&ch, 0, 1, 1, 1, START + 8), 0);
	assert_true(ch.round_trip == 3);
	assert_true(l2tp_channel_deadline(&ch) == NSEC_NEVER);
}

/* Progress begins the count anew; what is left alone is repeated alone; Nr is the latest. */
static void test_repetition_progress(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);
	nsec_t now = START;

	(void)state;
	send_one(&ch, 1, now);
	send_one(&ch, 2, now);
	expect(&ch, 0, 0, 1);
	expect(&ch, 1, 0, 2);
	for (int k = 0; k < 5; k++) {
		now = l2tp_channel_deadline(&ch);
		assert_int_equal(l2tp_channel_timeout(&ch, now), 0);
	}
	expect(&ch, 0, 0, 1);
	assert_int_equal(receive(&ch, 0, 1, 1, 1, now), 0);
	expect(&ch, 1, 1, 2);
	expect_nothing(&ch);
	nsec_t pause = l2tp_channel_deadline(&ch) - now;
	assert_true(pause >= backoff_interval(BACKOFF_FIRST, 0, 0) &&
		    pause <= backoff_interval(BACKOFF_FIRST, 0, 255));
	now += pause;
	assert_int_equal(l2tp_channel_timeout(&ch, now), 0);
	expect(&ch, 1, 1, 2);
	expect_nothing(&ch);
}

/* The round trip is the last one that is certain. */
static void test_round_trip(void **state)
{
	struct l2tp_channel ch = channel_at(0, 0);

	(void)state;
	send_one(&ch, 1, START);
	assert_int_equal(receive(&ch, 0, 1, 0, 0, START + 7), L2TP_CHANNEL_ZLB);
	assert_true(ch.round_trip == 7);
	send_one(&ch, 2, START);
	nsec_t now = l2tp_channel_deadline(&ch);
	assert_int_equal(l2tp_channel_timeout(&ch, now), 0);
	assert_int_equal(receive(&ch, 0, 2, 0, 0, now), L2TP_CHANNEL_ZLB);
	assert_true(ch.round_trip == 7);
}

/* The pause before the message that is waiting now is sent again. */
static nsec_t pause_of(struct l2tp_channel *ch, nsec_t *now)
{
	nsec_t pause = l2tp_channel_deadline(ch) - *now;

	*now += pause;
	assert_int_equal(l2tp_channel_timeout(ch, *now), 0);
	return pause;
}

/* Each message begins with the first pause, which grows to the longest. */
static void test_pauses(void **state)
{
	const nsec_t first = 90 * NSEC_PER_MSEC;
	struct l2tp_channel ch = channel_at(0, 0);
	nsec_t now = START;

	(void)state;
	ch.first = first;
	ch.longest = 2 * first;
	for (uint8_t k = 1; k <= 2; k++) {
		send_one(&ch, k, now);
		for (unsigned int try = 0; try < 5; try++) {
			nsec_t pause = pause_of(&ch, &now);

			assert_true(pause <= ch.longest);
			assert_true(pause <= backoff_interval(first, try, 255));
			assert_true(pause >= nsec_min(backoff_interval(first, try, 0), ch.longest));
		}
		assert_int_equal(receive(&ch, 0, k, 0, 0, now), L2TP_CHANNEL_ZLB);
	}
}

/* What is stopped is neither sent nor repeated; what was received is acknowledged on. */
static void test_stop(void **state)
{
	struct l2tp_channel ch = channel_at(65534, 3);

	(void)state;
	for (uint8_t k = 0; k < 6; k++)
		send_one(&ch, k, START);
	expect(&ch, 65534, 3, 0);
	l2tp_channel_stop(&ch);
	assert_true(l2tp_channel_deadline(&ch) == NSEC_NEVER);
	assert_int_equal(l2tp_channel_timeout(&ch, START + 60 * NSEC_PER_SEC), 0);
	expect_nothing(&ch);
	assert_int_equal(receive(&ch, 3, 65535, 1, 1, START), 0);
	expect_zlb(&ch, 2, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_duplicate_acknowledges),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test(test_reorder_long),
		cmocka_unit_test(test_repetition),
		cmocka_unit_test(test_repetition_progress),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_delayed),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_stop),
	};

	return cmocka_run_group_tests_name("l2tp-channel", tests, NULL, NULL);
}
