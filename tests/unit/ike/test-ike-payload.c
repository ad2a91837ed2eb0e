/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wire format of ISAKMP: every builder against its parser, and every length boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "ike/payload.h"
#include "ike/rules.h"
#include "ike/sa.h"
#include "lib/macros.h"

static struct chunk built(const struct builder *b)
{
	assert_false(b->overflow);
	return (struct chunk){ b->start, builder_len(b) };
}

#define CHUNK(...) \
	((struct chunk){ (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }) })

static void assert_chunk(struct chunk c, const void *data, size_t len)
{
	assert_int_equal(c.len, len);
	assert_memory_equal(c.data, data, len);
}

static void test_header(void **state)
{
	(void)state;
	uint8_t buf[ISAKMP_HEADER_LEN + 1];
	struct builder b = builder_init(buf, sizeof(buf));
	struct isakmp_header out = { .cookie_i = { 'i', 'n', 'i', 't', 'i', 'a', 't', 'e' },
				     .cookie_r = { 'r', 'e', 's', 'p', 'o', 'n', 'd', 's' },
				     .next = 1,
				     .exchange = 2,
				     .flags = 1,
				     .msgid = 0xdeadbeef };
	struct isakmp_header in;

	isakmp_header_build(&b, &out);
	isakmp_header_close(&b, 0);
	assert_int_equal(isakmp_header_parse(built(&b), &in), 0);
	out.length = ISAKMP_HEADER_LEN;
	assert_memory_equal(&in.cookie_i, &out.cookie_i, 16);
	assert_int_equal(in.msgid, out.msgid);
	assert_int_equal(in.exchange, 2);
	assert_int_equal(in.flags, 1);
	assert_int_equal(in.next, 1);

	for (size_t len = 0; len <= sizeof(buf); len++)
		if (len != ISAKMP_HEADER_LEN)
			assert_int_equal(isakmp_header_parse((struct chunk){ buf, len }, &in),
					 IKE_DROP_MALFORMED);
	buf[17] = 0x1f;
	assert_int_equal(isakmp_header_parse(built(&b), &in), 0);
	buf[17] = 0x20;
	assert_int_equal(isakmp_header_parse(built(&b), &in), IKE_DROP_MALFORMED);
}

static void test_chain(void **state)
{
	(void)state;
	uint8_t buf[64];
	struct builder b = builder_init(buf, sizeof(buf));
	struct payload_chain chain = payload_chain_init(&b, 0);
	struct payloads list;

	builder_u8(&b, 0);
	payload_add(&chain, ISAKMP_PAYLOAD_KE, "abcd", 4);
	payload_add(&chain, ISAKMP_PAYLOAD_NONCE, "", 0);
	payload_add(&chain, ISAKMP_PAYLOAD_KE, "x", 1);
	struct chunk all = built(&b);
	struct chunk body = { buf + 1, all.len - 1 };

	assert_int_equal(buf[0], ISAKMP_PAYLOAD_KE);
	assert_int_equal(payloads_parse(buf[0], body, false, &list), 0);
	assert_int_equal(list.n, 3);
	assert_chunk(payloads_find(&list, ISAKMP_PAYLOAD_KE, 0)->body, "abcd", 4);
	assert_chunk(payloads_find(&list, ISAKMP_PAYLOAD_KE, 1)->body, "x", 1);
	assert_int_equal(payloads_find(&list, ISAKMP_PAYLOAD_NONCE, 0)->body.len, 0);
	assert_int_equal(payloads_find(&list, ISAKMP_PAYLOAD_NONCE, 0)->whole.len, 4);
	assert_null(payloads_find(&list, ISAKMP_PAYLOAD_KE, 2));
	assert_int_equal(payloads_count(&list, ISAKMP_PAYLOAD_KE), 2);

	/* Every shorter text lacks something. */
	for (size_t len = 0; len < body.len; len++)
		assert_int_equal(payloads_parse(buf[0], (struct chunk){ body.data, len }, true,
						&list),
				 IKE_DROP_MALFORMED);

	/* What follows the last payload is padding, whatever it is, or else too much. */
	builder_u32(&b, 0xdeadbeef);
	body.len += 4;
	assert_int_equal(payloads_parse(buf[0], body, false, &list), IKE_DROP_MALFORMED);
	assert_int_equal(payloads_parse(buf[0], body, true, &list), 0);
	assert_int_equal(list.octets.len, body.len - 4);

	/* In clear up to three zeroes may follow. */
	memset(buf + all.len, 0, 4);
	for (size_t n = 0; n <= 4; n++) {
		body.len = all.len - 1 + n;
		assert_int_equal(payloads_parse(buf[0], body, false, &list),
				 n < 4 ? 0 : IKE_DROP_MALFORMED);
	}
	buf[all.len + 1] = 1;
	body.len = all.len + 1;
	assert_int_equal(payloads_parse(buf[0], body, false, &list), IKE_DROP_MALFORMED);
}

static void test_chain_bad(void **state)
{
	(void)state;
	struct payloads list;
	const struct {
		struct chunk text;
		int verdict;
	} table[] = {
		{ { (const uint8_t[]){ 0, 0, 0, 4 }, 4 }, 0 },
		{ { (const uint8_t[]){ 0, 0, 0, 3 }, 4 }, IKE_DROP_MALFORMED },
		{ { (const uint8_t[]){ 0, 0, 0, 0 }, 4 }, IKE_DROP_MALFORMED },
		{ { (const uint8_t[]){ 0, 0, 0, 5 }, 4 }, IKE_DROP_MALFORMED },
		{ { (const uint8_t[]){ 0, 0, 0xff, 0xff }, 4 }, IKE_DROP_MALFORMED },
		{ { (const uint8_t[]){ 0, 1, 0, 4 }, 4 }, IKE_DROP_MALFORMED },
		{ { (const uint8_t[]){ 5, 0, 0, 4 }, 4 }, IKE_DROP_MALFORMED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(payloads_parse(1, table[i].text, false, &list), table[i].verdict);
	assert_int_equal(payloads_parse(0, (struct chunk){ NULL, 0 }, false, &list),
			 IKE_DROP_MALFORMED);

	uint8_t many[(ISAKMP_PAYLOADS_MAX + 1) * 4];
	for (size_t i = 0; i < sizeof(many); i += 4)
		memcpy(many + i, (uint8_t[]){ 13, 0, 0, 4 }, 4);
	many[sizeof(many) - 4] = 0;
	assert_int_equal(payloads_parse(13, (struct chunk){ many, sizeof(many) }, false, &list),
			 IKE_DROP_LIMIT);
	assert_int_equal(payloads_parse(13, (struct chunk){ many + 4, sizeof(many) - 4 }, false,
					&list),
			 0);
}

static void test_bodies(void **state)
{
	(void)state;
	uint8_t buf[64];
	struct builder b = builder_init(buf, sizeof(buf));
	struct payload_id id_out = {
		.type = 1, .protocol = 17, .port = 1701, .data = { "addr", 4 }
	};
	struct payload_id id;

	payload_id_build(&b, &id_out);
	assert_int_equal(payload_id_parse(built(&b), &id), 0);
	assert_int_equal(id.type, 1);
	assert_int_equal(id.protocol, 17);
	assert_int_equal(id.port, 1701);
	assert_chunk(id.data, "addr", 4);
	for (size_t len = 0; len < 4; len++)
		assert_int_equal(payload_id_parse((struct chunk){ buf, len }, &id),
				 IKE_DROP_MALFORMED);

	struct payload_notify n_out = {
		.doi = 1, .protocol = 3, .type = 14, .spi = { "spis", 4 }, .data = { "text", 4 }
	};
	struct payload_notify n;
	b = builder_init(buf, sizeof(buf));
	payload_notify_build(&b, &n_out);
	assert_int_equal(payload_notify_parse(built(&b), &n), 0);
	assert_int_equal(n.type, 14);
	assert_chunk(n.spi, "spis", 4);
	assert_chunk(n.data, "text", 4);
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(payload_notify_parse((struct chunk){ buf, len }, &n),
				 IKE_DROP_MALFORMED);

	struct endpoint oa = { .family = AF_INET, .addr = { 192, 0, 2, 1 } }, oa_in;
	b = builder_init(buf, sizeof(buf));
	payload_nat_oa_build(&b, &oa);
	assert_int_equal(payload_nat_oa_parse(built(&b), &oa_in), 0);
	assert_true(endpoint_equal(&oa, &oa_in));
	for (size_t len = 0; len < 12; len++)
		if (len != 8)
			assert_int_equal(payload_nat_oa_parse((struct chunk){ buf, len }, &oa_in),
					 IKE_DROP_MALFORMED);
	oa.family = AF_INET6;
	b = builder_init(buf, sizeof(buf));
	payload_nat_oa_build(&b, &oa);
	assert_int_equal(payload_nat_oa_parse(built(&b), &oa_in), 0);
	assert_int_equal(oa_in.family, AF_INET6);
}

static void test_attributes(void **state)
{
	(void)state;
	uint8_t buf[64];
	struct builder b = builder_init(buf, sizeof(buf));
	const struct payload_attributes out = { .type = 1,
						.id = 0x1234,
						.attributes = { "abcd", 4 } };
	struct payload_attributes in;

	payload_attributes_build(&b, &out);
	assert_int_equal(payload_attributes_parse(built(&b), &in), 0);
	assert_int_equal(in.type, 1);
	assert_int_equal(in.id, 0x1234);
	assert_chunk(in.attributes, "abcd", 4);
	for (size_t len = 0; len <= 8; len++)
		assert_int_equal(payload_attributes_parse((struct chunk){ buf, len }, &in),
				 len < 4 ? IKE_DROP_MALFORMED : 0);
}

static void test_delete(void **state)
{
	(void)state;
	uint8_t buf[16 + 4 * (ISAKMP_SPIS_MAX + 1)] = { 0 };
	struct builder b = builder_init(buf, sizeof(buf));
	struct payload_delete out = {
		.doi = 1, .protocol = 3, .spi_len = 4, .n_spis = 2, .spis = { "spi1spi2", 8 }
	};
	struct payload_delete del;

	payload_delete_build(&b, &out);
	assert_int_equal(payload_delete_parse(built(&b), &del), 0);
	assert_int_equal(del.n_spis, 2);
	assert_chunk(del.spis, "spi1spi2", 8);
	for (size_t len = 0; len <= 17; len++)
		if (len != 16)
			assert_int_equal(payload_delete_parse((struct chunk){ buf, len }, &del),
					 IKE_DROP_MALFORMED);
	buf[7] = ISAKMP_SPIS_MAX;
	assert_int_equal(payload_delete_parse((struct chunk){ buf, 8 + 4 * ISAKMP_SPIS_MAX }, &del),
			 0);
	buf[7] = ISAKMP_SPIS_MAX + 1;
	assert_int_equal(payload_delete_parse((struct chunk){ buf, 12 + 4 * ISAKMP_SPIS_MAX },
					      &del),
			 IKE_DROP_LIMIT);
}

static struct chunk build_sa(struct builder *b)
{
	struct sa_builder sb = sa_open(b);

	sa_proposal_open(&sb, 1, ISAKMP_PROTOCOL_ESP, (struct chunk){ "\1\2\3\4", 4 });
	sa_transform_open(&sb, 1, ISAKMP_ESP_AES_CBC);
	sa_attribute_short(&sb, 6, 256);
	sa_attribute_long(&sb, 2, 3600);
	sa_transform_close(&sb);
	sa_transform_open(&sb, 2, ISAKMP_ESP_3DES);
	sa_transform_close(&sb);
	sa_proposal_close(&sb);
	sa_proposal_open(&sb, 2, ISAKMP_PROTOCOL_ESP, (struct chunk){ "\1\2\3\4", 4 });
	sa_transform_open(&sb, 1, ISAKMP_ESP_AES_CBC);
	sa_transform_close(&sb);
	sa_proposal_close(&sb);
	return built(b);
}

static void test_sa(void **state)
{
	(void)state;
	uint8_t buf[256];
	struct builder b = builder_init(buf, sizeof(buf));
	struct chunk body = build_sa(&b);
	struct sa sa;
	uint32_t value;

	assert_int_equal(sa_parse(body, &sa), 0);
	assert_int_equal(sa.n_proposals, 2);
	assert_int_equal(sa.n_transforms, 3);
	assert_int_equal(sa.proposals[0].n_transforms, 2);
	assert_int_equal(sa.proposals[1].first, 2);
	assert_chunk(sa.proposals[1].spi, "\1\2\3\4", 4);
	assert_int_equal(sa.transforms[0].n_attributes, 2);
	assert_true(sa.transforms[0].attributes[0].is_short);
	assert_int_equal(sa_attribute_u32(&sa.transforms[0].attributes[0], &value), 0);
	assert_int_equal(value, 256);
	assert_false(sa.transforms[0].attributes[1].is_short);
	assert_int_equal(sa_attribute_u32(&sa.transforms[0].attributes[1], &value), 0);
	assert_int_equal(value, 3600);
	assert_int_equal(sa.transforms[1].id, ISAKMP_ESP_3DES);

	for (size_t len = 0; len < body.len; len++)
		assert_int_equal(sa_parse((struct chunk){ buf, len }, &sa), IKE_DROP_MALFORMED);
	builder_u8(&b, 0);
	assert_int_equal(sa_parse((struct chunk){ buf, body.len + 1 }, &sa), IKE_DROP_MALFORMED);
}

/* Each of these octets of a good SA payload may not have another value. */
static void test_sa_octets(void **state)
{
	(void)state;
	/* DOI, situation; of the first proposal: next, reserved, length, SPI size, count. */
	static const size_t fixed[] = { 3, 7, 8, 9, 10, 11, 14, 15 };
	struct sa sa;

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		uint8_t buf[256];
		struct builder b = builder_init(buf, sizeof(buf));
		struct chunk body = build_sa(&b);

		buf[fixed[i]]++;
		assert_int_equal(sa_parse(body, &sa), IKE_DROP_MALFORMED);
	}
}

static void test_sa_limits(void **state)
{
	(void)state;
	static uint8_t buf[2048];
	struct builder b = builder_init(buf, sizeof(buf));
	struct sa sa;

	struct sa_builder sb = sa_open(&b);
	for (uint8_t i = 0; i <= ISAKMP_PROPOSALS_MAX; i++) {
		sa_proposal_open(&sb, i, 3, (struct chunk){ NULL, 0 });
		sa_transform_open(&sb, 1, 1);
		sa_transform_close(&sb);
		sa_proposal_close(&sb);
	}
	assert_int_equal(sa_parse(built(&b), &sa), IKE_DROP_LIMIT);

	b = builder_init(buf, sizeof(buf));
	sb = sa_open(&b);
	sa_proposal_open(&sb, 1, 3, (struct chunk){ NULL, 0 });
	for (uint8_t i = 0; i <= ISAKMP_TRANSFORMS_MAX; i++) {
		sa_transform_open(&sb, i, 1);
		sa_transform_close(&sb);
	}
	sa_proposal_close(&sb);
	assert_int_equal(sa_parse(built(&b), &sa), IKE_DROP_LIMIT);

	b = builder_init(buf, sizeof(buf));
	sb = sa_open(&b);
	sa_proposal_open(&sb, 1, 3, (struct chunk){ NULL, 0 });
	sa_transform_open(&sb, 1, 1);
	for (uint16_t i = 0; i <= ISAKMP_ATTRIBUTES_MAX; i++)
		sa_attribute_short(&sb, i, 1);
	sa_transform_close(&sb);
	sa_proposal_close(&sb);
	assert_int_equal(sa_parse(built(&b), &sa), IKE_DROP_LIMIT);
}

static void test_attribute_value(void **state)
{
	(void)state;
	struct sa_attribute a = { .value = CHUNK(0) };
	uint32_t v = 7;

	a.value.len = 0;
	assert_int_equal(sa_attribute_u32(&a, &v), IKE_DROP_MALFORMED);
	assert_int_equal(v, 7);
	a.value = CHUNK(1);
	assert_int_equal(sa_attribute_u32(&a, &v), 0);
	assert_int_equal(v, 1);
	a.value = CHUNK(0, 0, 0, 0, 0, 1, 2);
	assert_int_equal(sa_attribute_u32(&a, &v), 0);
	assert_int_equal(v, 258);
	a.value = CHUNK(0xff, 0xff, 0xff, 0xfe);
	assert_int_equal(sa_attribute_u32(&a, &v), 0);
	assert_int_equal(v, 0xfffffffe);
	a.value = CHUNK(1, 0, 0, 0, 0);
	assert_int_equal(sa_attribute_u32(&a, &v), 0);
	assert_int_equal(v, UINT32_MAX);
}

static struct payloads list_of(const uint8_t *types, size_t n)
{
	struct payloads list = { .n = n };

	for (size_t i = 0; i < n; i++)
		list.list[i].type = types[i];
	return list;
}

#define RULE(message, verdict, ...)                                      \
	do {                                                             \
		const uint8_t types_[] = { __VA_ARGS__ };                \
		struct payloads list_ = list_of(types_, sizeof(types_)); \
		assert_int_equal(rules_check(message, &list_), verdict); \
	} while (0)

static void test_rules(void **state)
{
	(void)state;
	enum {
		SA = 1,
		KE = 4,
		ID = 5,
		CR = 7,
		HASH = 8,
		NONCE = 10,
		N = 11,
		D = 12,
		V = 13,
		NATD = 20
	};

	RULE(RULES_MM2, 0, SA);
	RULE(RULES_MM2, 0, SA, V, V, N, 200);
	RULE(RULES_MM2, IKE_DROP_PAYLOADS, V);
	RULE(RULES_MM2, IKE_DROP_PAYLOADS, SA, SA);
	RULE(RULES_MM2, IKE_DROP_PAYLOADS, SA, KE);
	RULE(RULES_MM2, IKE_DROP_PAYLOADS, SA, 15);
	RULE(RULES_MM4, 0, KE, NONCE);
	RULE(RULES_MM4, 0, KE, NONCE, NATD, NATD, CR, V);
	RULE(RULES_MM4, IKE_DROP_PAYLOADS, KE);
	RULE(RULES_MM4, IKE_DROP_PAYLOADS, KE, NONCE, NONCE);
	RULE(RULES_MM6, 0, ID, HASH);
	RULE(RULES_MM6, IKE_DROP_PAYLOADS, ID);
	RULE(RULES_MM6, IKE_DROP_PAYLOADS, ID, HASH, 9);
	RULE(RULES_QM2, 0, HASH, SA, NONCE, ID, ID);
	RULE(RULES_QM2, 0, HASH, SA, NONCE, ID, ID, 21, 21, N);
	RULE(RULES_QM2, IKE_DROP_PAYLOADS, SA, HASH, NONCE, ID, ID);
	RULE(RULES_QM2, IKE_DROP_PAYLOADS, HASH, SA, NONCE, ID);
	RULE(RULES_QM2, IKE_DROP_PAYLOADS, HASH, SA, NONCE, ID, ID, ID);
	RULE(RULES_INFO, 0, HASH, D);
	RULE(RULES_INFO, IKE_DROP_PAYLOADS, D, HASH);
	RULE(RULES_INFO, IKE_DROP_PAYLOADS, D);
	RULE(RULES_TRANSACTION, 0, HASH, 14);
	RULE(RULES_TRANSACTION, 0, HASH, 14, N, V);
	RULE(RULES_TRANSACTION, IKE_DROP_PAYLOADS, 14, HASH);
	RULE(RULES_TRANSACTION, IKE_DROP_PAYLOADS, HASH);
	RULE(RULES_TRANSACTION, IKE_DROP_PAYLOADS, HASH, 14, 14);
	RULE(RULES_INFO_CLEAR, 0, N);
	RULE(RULES_INFO_CLEAR, IKE_DROP_PAYLOADS, D);
	RULE(RULES_INFO_CLEAR, IKE_DROP_PAYLOADS, N, D);
	assert_true(rules_encrypted(RULES_MM6) && rules_encrypted(RULES_QM2));
	assert_false(rules_encrypted(RULES_MM4) || rules_encrypted(RULES_INFO_CLEAR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),	   cmocka_unit_test(test_chain),
		cmocka_unit_test(test_chain_bad),  cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_delete),	   cmocka_unit_test(test_sa),
		cmocka_unit_test(test_attributes), cmocka_unit_test(test_sa_octets),
		cmocka_unit_test(test_sa_limits),  cmocka_unit_test(test_attribute_value),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
