/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of messages, honest and hostile: each attack stands beside what must still work (a public
 * fix of CVE-2016-10396 broke honest pieces).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ike/fragment.h"
#include "lib/macros.h"

#define PIECE_LEN 4
#define STEPS_MAX 9
#define BEGINNING (5 * NSEC_PER_SEC)

/* A piece of four times the same letter, what comes of it, and the whole if it is complete. */
struct step {
	uint16_t id;
	uint8_t number;
	char letter;
	bool last;
	int result;
	const char *whole;
	nsec_t later; /* so much after the step before */
};

static const struct {
	const char *name;
	struct step steps[STEPS_MAX];
} cases[] = {
	{ "one piece", { { 1, 1, 'a', true, 0, "a" } } },
	{ "in order", { { 1, 1, 'a', 0, 0 }, { 1, 2, 'b', 0, 0 }, { 1, 3, 'c', 1, 0, "abc" } } },
	{ "the last in the middle",
	  { { 1, 1, 'a', 0, 0 }, { 1, 3, 'c', 1, 0 }, { 1, 2, 'b', 0, 0, "abc" } } },
	{ "backwards", { { 1, 3, 'c', 1, 0 }, { 1, 2, 'b', 0, 0 }, { 1, 1, 'a', 0, 0, "abc" } } },
	{ "each one twice",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 1, 'a', 0, IKE_DROP_DUPLICATE },
	    { 1, 3, 'c', 1, 0 },
	    { 1, 3, 'c', 1, IKE_DROP_DUPLICATE },
	    { 1, 2, 'b', 0, 0, "abc" } } },
	{ "the same message again",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 2, 'b', 1, 0, "ab" },
	    { 1, 1, 'a', 0, 0 },
	    { 1, 2, 'b', 1, 0, "ab" } } },
	{ "another message under the same ID",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 2, 'b', 1, 0, "ab" },
	    { 1, 1, 'x', 0, 0 },
	    { 1, 2, 'y', 0, 0 },
	    { 1, 3, 'z', 1, 0, "xyz" } } },
	{ "another message in the place of a broken one",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'c', 1, 0 },
	    { 2, 1, 'x', 0, 0 },
	    { 2, 2, 'y', 1, 0, "xy" } } },
	{ "a late piece of an older message",
	  { { 2, 1, 'x', 0, 0 },
	    { 1, 3, 'c', 1, 0 },
	    { 2, 1, 'x', 0, 0 },
	    { 2, 2, 'y', 1, 0, "xy" } } },
	{ "beyond the last",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'c', 1, 0 },
	    { 1, 4, 'd', 0, IKE_DROP_LIMIT },
	    { 1, 64, 'd', 0, IKE_DROP_LIMIT },
	    { 1, 2, 'b', 0, 0, "abc" } } },
	{ "an end before what is here",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'c', 0, 0 },
	    { 1, 2, 'b', 1, 0 },
	    { 1, 1, 'a', 0, 0, "ab" } } },
	{ "two ends",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'c', 1, 0 },
	    { 1, 4, 'd', 1, 0 },
	    { 1, 1, 'a', 0, 0 },
	    { 1, 2, 'b', 0, 0 },
	    { 1, 3, 'c', 0, 0, "abcd" } } },
	{ "an end that isn't one any more",
	  { { 1, 2, 'b', 1, 0 },
	    { 1, 2, 'b', 0, 0 },
	    { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'c', 1, 0, "abc" } } },
	{ "other octets: never mixed",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 1, 'x', 0, 0 },
	    { 1, 2, 'b', 0, 0 },
	    { 1, 3, 'c', 1, 0, "xbc" } } },
	{ "another tail: never mixed",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 3, 'x', 1, 0 },
	    { 1, 3, 'c', 1, 0 },
	    { 1, 2, 'b', 0, 0 },
	    { 1, 1, 'a', 0, 0, "abc" } } },
	{ "a number that is too high",
	  { { 1, 65, 'a', 0, IKE_DROP_LIMIT },
	    { 1, 255, 'a', 1, IKE_DROP_LIMIT },
	    { 1, 1, 'a', 1, 0, "a" } } },
	{ "just in time",
	  { { 1, 1, 'a', 0, 0 }, { 1, 2, 'b', 1, 0, "ab", .later = FRAGMENT_PATIENCE - 1 } } },
	{ "too late",
	  { { 1, 1, 'a', 0, 0 },
	    { 1, 2, 'b', 1, 0, .later = FRAGMENT_PATIENCE },
	    { 1, 1, 'a', 0, 0, "ab" } } },
};

static int add(struct fragments *f, const struct step *s, nsec_t now, uint8_t *whole, size_t *len)
{
	char data[PIECE_LEN];
	const struct payload_fragment piece = {
		.id = s->id, .number = s->number, .last = s->last, .data = { data, sizeof(data) }
	};

	memset(data, s->letter, sizeof(data));
	return fragments_add(f, &piece, now, whole, len);
}

static void check_whole(const uint8_t *whole, size_t len, const char *letters)
{
	assert_int_equal(len, strlen(letters) * PIECE_LEN);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(whole[i], letters[i / PIECE_LEN]);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fragments f = { .n = 0 };
		uint8_t whole[IKE_DATAGRAM_MAX];
		nsec_t now = BEGINNING;
		print_message("%s\n", cases[i].name);
		for (size_t j = 0; j < STEPS_MAX && cases[i].steps[j].number != 0; j++) {
			const struct step *s = &cases[i].steps[j];
			size_t len = 0;
			now += s->later;
			assert_int_equal(add(&f, s, now, whole, &len), s->result);
			check_whole(whole, len, s->whole ? s->whole : "");
		}
	}
}

/* Every order of five pieces. */
static void test_permutations(void **state)
{
	static const char letters[] = "abcde";
	unsigned int orders = 0;

	(void)state;
	for (unsigned int code = 0; code < 3125; code++) {
		struct fragments f = { .n = 0 };
		uint8_t whole[IKE_DATAGRAM_MAX];
		unsigned int rest = code, seen = 0;
		size_t len = 0;
		for (unsigned int i = 0; i < 5; i++, rest /= 5)
			seen |= 1U << rest % 5;
		if (seen != 0x1f)
			continue;
		orders++;
		for (rest = code; seen != 0; rest /= 5) {
			const struct step s = { .id = 7,
						.number = (uint8_t)(rest % 5 + 1),
						.letter = letters[rest % 5],
						.last = rest % 5 == 4 };
			assert_int_equal(len, 0);
			assert_int_equal(add(&f, &s, BEGINNING, whole, &len), 0);
			seen &= ~(1U << rest % 5);
		}
		check_whole(whole, len, letters);
	}
	assert_int_equal(orders, 120);
}

/* The longest message there is, in as many pieces as there may be; one octet more is too much. */
static void test_limits(void **state)
{
	static uint8_t data[IKE_DATAGRAM_MAX], whole[IKE_DATAGRAM_MAX];
	const size_t part = IKE_DATAGRAM_MAX / FRAGMENT_PIECES_MAX;
	struct fragments f = { .n = 0 };
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t i = FRAGMENT_PIECES_MAX; i > 0; i--) {
		const struct payload_fragment piece = { .number = (uint8_t)i,
							.last = i == FRAGMENT_PIECES_MAX,
							.data = { data + (i - 1) * part, part } };
		assert_int_equal(fragments_add(&f, &piece, BEGINNING, whole, &len), 0);
	}
	assert_int_equal(len, sizeof(data));
	assert_memory_equal(whole, data, sizeof(data));

	struct payload_fragment piece = { .number = 1, .data = { data, sizeof(data) } };
	assert_int_equal(fragments_add(&f, &piece, BEGINNING, whole, &len), 0);
	piece.number = 2;
	piece.data.len = 1;
	assert_int_equal(fragments_add(&f, &piece, BEGINNING, whole, &len), IKE_DROP_LIMIT);
	assert_int_equal(f.n, 0);
	piece.data.len = sizeof(data) + 1;
	assert_int_equal(fragments_add(&f, &piece, BEGINNING, whole, &len), IKE_DROP_LIMIT);
}

/* A million pieces that belong to nothing; then an honest message. */
static void test_orphans(void **state)
{
	struct fragments f = { .n = 0 };
	uint8_t whole[IKE_DATAGRAM_MAX];
	size_t len = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000000; i++) {
		const struct step s = { .id = (uint16_t)(i / 3),
					.number = (uint8_t)(i % 60 + 3),
					.letter = (char)i };
		(void)!add(&f, &s, BEGINNING + i, whole, &len);
		assert_int_equal(len, 0);
	}
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(add(&f, &cases[1].steps[i], BEGINNING, whole, &len), 0);
	check_whole(whole, len, "abc");
}

/* The payload, there and back; and what it must not be. */
static void test_payload(void **state)
{
	uint8_t buf[16];
	const struct payload_fragment sent = {
		.id = 0x1234, .number = 64, .last = true, .data = { "octets", 6 }
	};
	struct payload_fragment got;
	struct builder b = builder_init(buf, sizeof(buf));

	(void)state;
	payload_fragment_build(&b, &sent);
	assert_int_equal(builder_finish(&b), 10);
	assert_memory_equal(buf, "\x12\x34\x40\x01octets", 10);
	assert_int_equal(payload_fragment_parse((struct chunk){ buf, 10 }, &got), 0);
	assert_true(got.id == sent.id && got.number == sent.number && got.last);
	assert_int_equal(got.data.len, 6);
	assert_memory_equal(got.data.data, "octets", 6);

	for (size_t len = 0; len <= 4; len++)
		assert_int_equal(payload_fragment_parse((struct chunk){ buf, len }, &got),
				 IKE_DROP_MALFORMED);
	assert_int_equal(payload_fragment_parse((struct chunk){ buf, 5 }, &got), 0);
	buf[2] = 0;
	assert_int_equal(payload_fragment_parse((struct chunk){ buf, 10 }, &got),
			 IKE_DROP_MALFORMED);
}

static void test_vendor_id(void **state)
{
	uint8_t buf[64] = { 0 };
	struct builder b = builder_init(buf, sizeof(buf));
	struct payload_chain chain = payload_chain_init(&b, 0);
	struct payloads list;

	(void)state;
	builder_u8(&b, 0);
	fragment_vendor_build(&chain);
	assert_int_equal(builder_len(&b), 1 + 4 + 16);
	for (size_t len = 14; len <= 22; len++) {
		buf[4] = (uint8_t)(4 + len);
		assert_int_equal(payloads_parse(buf[0], (struct chunk){ buf + 1, 4 + len }, false,
						&list),
				 0);
		assert_int_equal(fragment_announced(&list), len == 16 || len == 20);
	}
	buf[5] ^= 1;
	buf[4] = 20;
	assert_int_equal(payloads_parse(buf[0], (struct chunk){ buf + 1, 20 }, false, &list), 0);
	assert_false(fragment_announced(&list));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	cmocka_unit_test(test_permutations),
		cmocka_unit_test(test_limits),	cmocka_unit_test(test_orphans),
		cmocka_unit_test(test_payload), cmocka_unit_test(test_vendor_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
