/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers and AVPs of L2TP at their boundaries, and from our writer through our reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hex.h"
#include "l2tp/avp.h"
#include "l2tp/header.h"
#include "l2tp/l2tp.h"
#include "l2tp/protocol.h"
#include "l2tp/text.h"

/* Every combination of the flags, control and data, written and read. */
static void test_header_round_trip(void **state)
{
	static const uint16_t bits[] = { 0x4000, 0x0800, 0x0200, 0x0100 };
	static const uint8_t payload[] = { 0xff, 0x03, 0xc0, 0x21 };

	(void)state;
	for (unsigned int set = 0; set < 32; set++) {
		uint16_t flags = set & 16 ? L2TP_CONTROL_FLAGS | 2 : 2;
		uint8_t buf[64];

		for (unsigned int i = 0; i < 4; i++)
			flags |= set & 1U << i ? bits[i] : 0;
		if (set & 16)
			flags &= (uint16_t)~L2TP_FLAG_OFFSET;
		struct l2tp_header in = { .flags = flags, .tunnel_id = 1, .session_id = 2 };
		if (flags & L2TP_FLAG_SEQUENCE) {
			in.ns = 3;
			in.nr = 65535;
		}
		struct builder b = builder_init(buf, sizeof(buf));
		l2tp_header_put(&b, &in, sizeof(payload));
		builder_bytes(&b, payload, sizeof(payload));
		long len = builder_finish(&b);
		assert_true(len > 0);

		struct l2tp_header out;
		assert_int_equal(l2tp_header_parse(buf, (size_t)len, &out), 0);
		assert_int_equal(out.flags, in.flags);
		assert_int_equal(out.tunnel_id, 1);
		assert_int_equal(out.session_id, 2);
		assert_int_equal(out.ns, in.ns);
		assert_int_equal(out.nr, in.nr);
		assert_int_equal(out.payload.len, sizeof(payload));
		assert_memory_equal(out.payload.data, payload, sizeof(payload));
	}
}

/* The Length field against what came, both ways, and each truncation of the header. */
static void test_header_length(void **state)
{
	struct hex h = hex("c802 0000 1111 2222 0001 0002 0102030405060708");
	struct l2tp_header out;

	(void)state;
	for (unsigned int length = 0; length <= 300; length++) {
		h.data[2] = (uint8_t)(length >> 8);
		h.data[3] = (uint8_t)length;
		for (size_t came = 0; came <= h.len; came++) {
			int r = l2tp_header_parse(h.data, came, &out);

			if (came < 2) {
				assert_int_equal(r, L2TP_DROP_DATA);
			} else if (length < 12 || length > came) {
				assert_int_equal(r, L2TP_DROP_MALFORMED);
			} else {
				assert_int_equal(r, 0);
				assert_int_equal(out.payload.len, length - 12);
			}
		}
	}
}

/* A header that can't tell its length is not written. */
static void test_header_too_long(void **state)
{
	struct l2tp_header h = { .flags = L2TP_CONTROL_FLAGS | 2 };
	uint8_t buf[16];
	struct builder b = builder_init(buf, sizeof(buf));

	(void)state;
	l2tp_header_put(&b, &h, UINT16_MAX - 12);
	assert_int_equal(builder_finish(&b), 12);
	b = builder_init(buf, sizeof(buf));
	l2tp_header_put(&b, &h, UINT16_MAX - 11);
	assert_true(builder_finish(&b) < 0);
}

/* Every length that the field can tell, against just enough, one less and one more. */
static void test_avp_length(void **state)
{
	static uint8_t data[1024];
	struct avp avp;

	(void)state;
	for (unsigned int length = 0; length <= 1023; length++) {
		data[0] = (uint8_t)(0x80 | length >> 8);
		data[1] = (uint8_t)length;
		data[5] = 7;

		struct cursor c = cursor_init(data, length);
		if (length == 0)
			c = cursor_init(data, 6);
		int r = avp_next(&c, &avp);
		assert_int_equal(r, length < 6 ? AVP_BROKEN : 0);
		if (r == 0) {
			assert_int_equal(avp.value.len, length - 6);
			assert_true(avp.mandatory);
			assert_false(avp.hidden || avp.reserved);
			assert_int_equal(avp.type, 7);
			assert_int_equal(avp_next(&c, &avp), AVP_END);
		}
		if (length < 7)
			continue;
		c = cursor_init(data, length - 1);
		assert_int_equal(avp_next(&c, &avp), AVP_BROKEN);
		c = cursor_init(data, length + 1);
		assert_int_equal(avp_next(&c, &avp), 0);
		assert_int_equal(avp.value.len, length - 6);
		assert_int_equal(avp_next(&c, &avp), AVP_BROKEN);
	}
}

/* A length below the header's own does not hold the reader up, whatever it is. */
static void test_avp_too_short(void **state)
{
	(void)state;
	for (unsigned int length = 0; length < 6; length++) {
		uint8_t data[64] = { 0x80, (uint8_t)length };

		for (size_t came = 0; came <= sizeof(data); came++) {
			struct cursor c = cursor_init(data, came);
			struct avp avp;

			assert_int_equal(avp_next(&c, &avp), came == 0 ? AVP_END : AVP_BROKEN);
		}
	}
}

static void test_avp_bits(void **state)
{
	static const struct {
		const char *avp;
		bool mandatory, hidden, reserved;
	} cases[] = {
		{ "0006 0000 0027", false, false, false }, { "8006 0000 0027", true, false, false },
		{ "4006 0000 0027", false, true, false },  { "c006 0000 0027", true, true, false },
		{ "2006 0000 0027", false, false, true },  { "8406 0000 0027", true, false, true },
		{ "fc06 0000 0027", true, true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hex h = hex(cases[i].avp);
		struct cursor c = cursor_init(h.data, h.len);
		struct avp avp;

		assert_int_equal(avp_next(&c, &avp), 0);
		assert_int_equal(avp.mandatory, cases[i].mandatory);
		assert_int_equal(avp.hidden, cases[i].hidden);
		assert_int_equal(avp.reserved, cases[i].reserved);
		assert_int_equal(avp.value.len, 0);
	}
}

/* Each AVP of the table, at the length it may have: the M bit is the RFC's. */
static void test_avp_round_trip(void **state)
{
	static const uint16_t not_mandatory[] = { 5,  6,  8,  25, 26, 27, 28, 29,
						  30, 31, 32, 33, 37, 38, 46 };
	static uint8_t value[L2TP_AVP_VALUE_MAX];
	unsigned int found = 0;

	(void)state;
	for (unsigned int type = 0; type <= UINT16_MAX; type++) {
		const struct avp_rule *rule = avp_find_rule((uint16_t)type);
		uint8_t buf[1100];
		bool wanted = true;

		if (!rule)
			continue;
		found++;
		assert_true(rule->min <= rule->max && rule->max <= L2TP_AVP_VALUE_MAX);
		for (size_t i = 0; i < ARRAY_SIZE(not_mandatory); i++)
			wanted = wanted && type != not_mandatory[i];
		struct builder b = builder_init(buf, sizeof(buf));
		avp_put_bytes(&b, (uint16_t)type, value, rule->max);
		long len = builder_finish(&b);
		assert_int_equal(len, 6 + rule->max);

		struct cursor c = cursor_init(buf, (size_t)len);
		struct avp avp;
		assert_int_equal(avp_next(&c, &avp), 0);
		assert_int_equal(avp.type, type);
		assert_int_equal(avp.vendor, 0);
		assert_int_equal(avp.value.len, rule->max);
		assert_int_equal(avp.mandatory, wanted);
		assert_false(avp.hidden || avp.reserved);
		assert_int_equal(avp_next(&c, &avp), AVP_END);
	}
	assert_int_equal(found, 40);
	assert_null(avp_find_rule(20));
	assert_null(avp_find_rule(40));
	assert_null(avp_find_rule(47));
}

static void test_avp_writers(void **state)
{
	uint8_t buf[64];
	struct builder b = builder_init(buf, sizeof(buf));
	static uint8_t value[L2TP_AVP_VALUE_MAX + 1];
	static uint8_t large[2000];

	(void)state;
	avp_put_empty(&b, L2TP_AVP_SEQUENCING_REQUIRED);
	avp_put_u16(&b, L2TP_AVP_FIRMWARE_REVISION, 0x0690);
	avp_put_u32(&b, L2TP_AVP_FRAMING_TYPE, 1);
	avp_put_result(&b, 2, 8, "no");
	assert_true(hex_same(buf, builder_len(&b),
			     "8006 0000 0027 0008 0000 0006 0690 800a 0000 0013 00000001"
			     "800c 0000 0001 0002 0008 6e6f"));
	b = builder_init(buf, sizeof(buf));
	avp_put_result(&b, 1, 0, NULL);
	assert_true(hex_same(buf, builder_len(&b), "800a 0000 0001 0001 0000"));
	/* ten bits of length and no more */
	b = builder_init(large, sizeof(large));
	avp_put_bytes(&b, L2TP_AVP_HOST_NAME, value, L2TP_AVP_VALUE_MAX + 1);
	assert_true(builder_finish(&b) < 0);
}

static void test_text(void **state)
{
	static const char raw[] = "a\x00\x1b[\x7f\xe3~ ";
	char text[8];

	(void)state;
	l2tp_text_copy(text, sizeof(text), (struct chunk){ raw, sizeof(raw) - 1 });
	assert_string_equal(text, "a??[??~");
	l2tp_text_copy(text, sizeof(text), (struct chunk){});
	assert_string_equal(text, "");
	l2tp_text_append_number(text, sizeof(text), 0);
	l2tp_text_append(text, sizeof(text), " ");
	l2tp_text_append_number(text, sizeof(text), 65535);
	assert_string_equal(text, "0 65535");
	l2tp_text_append(text, sizeof(text), "more");
	assert_string_equal(text, "0 65535");
	l2tp_text_copy(text, sizeof(text), (struct chunk){ "abc", 3 });
	l2tp_text_append_number(text, sizeof(text), 1234567);
	assert_string_equal(text, "abc1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_round_trip),
		cmocka_unit_test(test_header_length),
		cmocka_unit_test(test_header_too_long),
		cmocka_unit_test(test_avp_length),
		cmocka_unit_test(test_avp_too_short),
		cmocka_unit_test(test_avp_bits),
		cmocka_unit_test(test_avp_round_trip),
		cmocka_unit_test(test_avp_writers),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests_name("l2tp-wire", tests, NULL, NULL);
}
