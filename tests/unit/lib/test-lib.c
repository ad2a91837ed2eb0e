/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shared parts at their boundaries: reader, writer, secrets, pauses, addresses. */
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "lib/backoff.h"
#include "lib/builder.h"
#include "lib/cursor.h"
#include "lib/endpoint.h"
#include "lib/secret.h"

static const uint8_t counting[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void test_cursor_numbers(void **state)
{
	struct cursor c = cursor_init(counting, sizeof(counting));

	(void)state;
	assert_int_equal(cursor_left(&c), 15);
	assert_int_equal(cursor_u8(&c), 0x01);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_true(cursor_u64(&c) == UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(cursor_done(&c));
	assert_int_equal(cursor_u8(&c), 0);
	assert_true(c.bad);
	assert_false(cursor_done(&c));
}

/* Each number with every length from nothing to enough. */
static void test_cursor_short(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 8; len++) {
		struct cursor c = cursor_init(counting, len);
		assert_int_equal(cursor_u8(&c), len >= 1 ? 1 : 0);
		assert_int_equal(c.bad, len < 1);
		c = cursor_init(counting, len);
		assert_int_equal(cursor_u16(&c), len >= 2 ? 0x0102 : 0);
		assert_int_equal(c.bad, len < 2);
		c = cursor_init(counting, len);
		assert_int_equal(cursor_u32(&c), len >= 4 ? 0x01020304 : 0);
		assert_int_equal(c.bad, len < 4);
		c = cursor_init(counting, len);
		assert_true(cursor_u64(&c) == (len >= 8 ? UINT64_C(0x0102030405060708) : 0));
		assert_int_equal(c.bad, len < 8);
	}
}

static void test_cursor_stays_bad(void **state)
{
	struct cursor c = cursor_init(counting, 4);
	uint8_t copy[4] = { 9, 9, 9, 9 };

	(void)state;
	assert_null(cursor_bytes(&c, 5));
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(cursor_u8(&c), 0);
	assert_null(cursor_bytes(&c, 0));
	cursor_copy(&c, copy, 4);
	assert_int_equal(copy[0] | copy[3], 0);
	assert_null(cursor_chunk(&c, 1).data);
	assert_true(cursor_sub(&c, 1).bad);
	assert_null(cursor_rest(&c).data);
}

static void test_cursor_views(void **state)
{
	struct cursor c = cursor_init(counting, 6);

	(void)state;
	struct cursor sub = cursor_sub(&c, 2);
	assert_int_equal(cursor_u16(&sub), 0x0102);
	assert_int_equal(cursor_u8(&sub), 0);
	assert_true(sub.bad);
	assert_false(c.bad);
	assert_non_null(cursor_bytes(&c, 0));
	struct chunk rest = cursor_rest(&c);
	assert_ptr_equal(rest.data, counting + 2);
	assert_int_equal(rest.len, 4);
	assert_true(cursor_done(&c));

	/* A length that would wrap a pointer. */
	c = cursor_init(counting, 6);
	assert_null(cursor_bytes(&c, SIZE_MAX));
	c = cursor_init(NULL, 0);
	assert_true(cursor_done(&c));
	c = cursor_init(NULL, 1);
	assert_true(c.bad);
}

static void test_builder_exact(void **state)
{
	uint8_t buf[16];
	struct builder b = builder_init(buf, 15);

	(void)state;
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(builder_finish(&b), 0);
	builder_u8(&b, 1);
	builder_u16(&b, 0x0203);
	builder_u32(&b, 0x04050607);
	builder_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
	assert_int_equal(builder_finish(&b), 15);
	assert_memory_equal(buf, counting, 15);
	builder_bytes(&b, NULL, 0);
	builder_zero(&b, 0);
	assert_int_equal(builder_finish(&b), 15);
	builder_u8(&b, 1);
	assert_int_equal(builder_finish(&b), -ENOBUFS);
	assert_int_equal(builder_len(&b), 15);
	assert_int_equal(buf[15], 0xee);
}

/* What doesn't fit is not written in part, and what would fit afterwards isn't either. */
static void test_builder_overflow(void **state)
{
	(void)state;
	for (size_t size = 0; size < 8; size++) {
		uint8_t buf[8];
		memset(buf, 0xee, sizeof(buf));
		struct builder b = builder_init(buf, size);
		builder_u64(&b, 0);
		assert_int_equal(builder_finish(&b), -ENOBUFS);
		builder_u8(&b, 0);
		builder_bytes(&b, counting, 1);
		builder_zero(&b, 1);
		assert_int_equal(builder_len(&b), 0);
		for (size_t i = 0; i < sizeof(buf); i++)
			assert_int_equal(buf[i], 0xee);
	}
}

static void test_builder_patch(void **state)
{
	uint8_t buf[8];
	struct builder b = builder_init(buf, sizeof(buf));

	(void)state;
	builder_zero(&b, 6);
	builder_patch8(&b, 5, 0x11);
	builder_patch16(&b, 0, 0x2233);
	builder_patch32(&b, 1, 0x44556677);
	assert_int_equal(builder_finish(&b), 6);
	assert_memory_equal(buf, ((const uint8_t[]){ 0x22, 0x44, 0x55, 0x66, 0x77, 0x11 }), 6);

	/* Only what was written can be patched. */
	struct builder at_end = b;
	builder_patch8(&at_end, 6, 0);
	assert_true(at_end.overflow);
	at_end = b;
	builder_patch16(&at_end, 5, 0);
	assert_true(at_end.overflow);
	at_end = b;
	builder_patch32(&at_end, SIZE_MAX, 0);
	assert_true(at_end.overflow);
	assert_int_equal(buf[5], 0x11);
}

static void test_secret(void **state)
{
	static const uint8_t zeros[SECRET_MAX];
	uint8_t longest[SECRET_MAX + 1];
	struct secret a = { 0 }, b = { 0 };

	(void)state;
	memset(longest, 0x77, sizeof(longest));
	assert_int_equal(secret_set(&a, longest, SECRET_MAX), 0);
	assert_int_equal(secret_set(&a, longest, SECRET_MAX + 1), -EMSGSIZE);
	assert_int_equal(a.len, SECRET_MAX);

	/* A shorter one leaves nothing of the longer one behind. */
	assert_int_equal(secret_set(&a, "key", 3), 0);
	assert_int_equal(secret_chunk(&a).len, 3);
	assert_memory_equal(a.data + 3, zeros, SECRET_MAX - 3);

	secret_move(&b, &a);
	assert_int_equal(a.len, 0);
	assert_memory_equal(a.data, zeros, SECRET_MAX);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "key", 3);
	secret_clear(&b);
	assert_memory_equal(b.data, zeros, SECRET_MAX);
	secret_clear(NULL);
	assert_int_equal(secret_set(&b, NULL, 0), 0);
}

static void test_secret_equal(void **state)
{
	uint8_t a[32], b[32];

	(void)state;
	memset(a, 0x33, sizeof(a));
	memset(b, 0x33, sizeof(b));
	assert_true(secret_equal(a, b, sizeof(a)));
	assert_true(secret_equal(a, b, 0));
	for (size_t i = 0; i < sizeof(b); i++) {
		b[i] ^= 0x80;
		assert_false(secret_equal(a, b, sizeof(a)));
		b[i] ^= 0x80;
	}
}

static void test_backoff(void **state)
{
	nsec_t previous = 0;

	(void)state;
	assert_true(backoff_interval(BACKOFF_FIRST, 0, 0) == 450 * NSEC_PER_MSEC);
	assert_true(backoff_interval(BACKOFF_FIRST, 0, UINT8_MAX) == 550 * NSEC_PER_MSEC);
	assert_true(backoff_interval(100 * NSEC_PER_MSEC, 1, 0) == 144 * NSEC_PER_MSEC);
	for (unsigned int i = 0; i < 40; i++) {
		nsec_t shortest = backoff_interval(BACKOFF_FIRST, i, 0);
		nsec_t longest = backoff_interval(BACKOFF_FIRST, i, UINT8_MAX);
		assert_true(shortest >= previous);
		assert_true(shortest < longest);
		assert_true(longest <= BACKOFF_MAX * 11 / 10);
		previous = shortest;
	}
	assert_true(backoff_interval(BACKOFF_FIRST, 6, 0) == BACKOFF_MAX * 9 / 10);
	assert_true(backoff_interval(BACKOFF_FIRST, UINT32_MAX, 0) == BACKOFF_MAX * 9 / 10);
}

static void test_backoff_first(void **state)
{
	(void)state;
	assert_true(backoff_first(0) == BACKOFF_FIRST);
	assert_true(backoff_first(1) == BACKOFF_WORK + 2);
	assert_true(backoff_first(20 * NSEC_PER_MSEC) == 140 * NSEC_PER_MSEC);
	assert_true(backoff_first(199 * NSEC_PER_MSEC) == 498 * NSEC_PER_MSEC);
	assert_true(backoff_first(201 * NSEC_PER_MSEC) == BACKOFF_FIRST);
	assert_true(backoff_first(NSEC_NEVER) == BACKOFF_FIRST);
}

static void test_endpoint_private(void **state)
{
	static const char *const private[] = { "10.0.0.0",    "10.255.255.255",
					       "172.16.0.0",  "172.31.255.255",
					       "192.168.0.0", "192.168.255.255",
					       "100.64.0.0",  "100.127.255.255",
					       "fc00::",      "fdff:ffff::1" };
	static const char *const public[] = { "9.255.255.255",	"11.0.0.0",	   "172.15.255.255",
					      "172.32.0.0",	"192.167.255.255", "192.169.0.0",
					      "100.63.255.255", "100.128.0.0",	   "fbff::",
					      "fe00::",		"2001:db8::1" };
	struct endpoint e = { 0 };

	(void)state;
	assert_false(endpoint_is_private(&e));
	for (size_t i = 0; i < ARRAY_SIZE(private); i++) {
		assert_int_equal(endpoint_parse(private[i], 0, &e), 0);
		assert_true(endpoint_is_private(&e));
	}
	for (size_t i = 0; i < ARRAY_SIZE(public); i++) {
		assert_int_equal(endpoint_parse(public[i], 0, &e), 0);
		assert_false(endpoint_is_private(&e));
	}
}

static void test_endpoint_text(void **state)
{
	static const char *const bad[] = {
		"",	  "192.0.2",	   "192.0.2.256",   "192.0.2.1 ", "host.example",
		"::1%lo", "[2001:db8::1]", "192.0.2.1:500", "1:2:3"
	};
	const char *longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
	char buf[ENDPOINT_STRLEN];
	struct endpoint e = { .family = AF_INET, .addr = { 10, 0, 0, 1 }, .port = 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(endpoint_parse(bad[i], 500, &e), -EINVAL);
	assert_string_equal(endpoint_str(&e, buf), "10.0.0.1:7");

	assert_int_equal(endpoint_parse("192.0.2.1", 65535, &e), 0);
	assert_int_equal(endpoint_addr_len(&e), 4);
	assert_string_equal(endpoint_str(&e, buf), "192.0.2.1:65535");
	assert_int_equal(endpoint_parse("2001:db8::1", 500, &e), 0);
	assert_int_equal(endpoint_addr_len(&e), 16);
	assert_string_equal(endpoint_addr_str(&e, buf), "2001:db8::1");
	assert_string_equal(endpoint_str(&e, buf), "[2001:db8::1]:500");
	assert_int_equal(endpoint_parse(longest, 65535, &e), 0);
	assert_true(strlen(endpoint_str(&e, buf)) < ENDPOINT_STRLEN);

	e = (struct endpoint){ 0 };
	assert_int_equal(endpoint_addr_len(&e), 0);
	assert_string_equal(endpoint_addr_str(&e, buf), "none");
}

static void test_endpoint_compare(void **state)
{
	struct endpoint a, b;

	(void)state;
	assert_int_equal(endpoint_parse("192.0.2.1", 500, &a), 0);
	b = a;
	b.addr[15] = 0xff; /* not part of an IPv4 address */
	assert_true(endpoint_equal(&a, &b));
	b.port = 4500;
	assert_true(endpoint_same_addr(&a, &b));
	assert_false(endpoint_equal(&a, &b));
	b.addr[3]++;
	assert_false(endpoint_same_addr(&a, &b));
	assert_int_equal(endpoint_parse("::ffff:192.0.2.1", 500, &b), 0);
	assert_false(endpoint_same_addr(&a, &b));
}

static void test_endpoint_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.1", "2001:db8::1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct sockaddr_storage sa;
		struct endpoint e, back = { 0 };

		assert_int_equal(endpoint_parse(texts[i], 4500, &e), 0);
		unsigned int len = endpoint_to_sockaddr(&e, &sa);
		assert_int_equal(len,
				 i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		assert_int_equal(endpoint_from_sockaddr((const struct sockaddr *)&sa, len - 1,
							&back),
				 -EAFNOSUPPORT);
		assert_int_equal(endpoint_from_sockaddr((const struct sockaddr *)&sa, len, &back),
				 0);
		assert_true(endpoint_equal(&e, &back));
		sa.ss_family = AF_UNIX;
		assert_int_equal(endpoint_from_sockaddr((const struct sockaddr *)&sa, len, &back),
				 -EAFNOSUPPORT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_numbers),	  cmocka_unit_test(test_cursor_short),
		cmocka_unit_test(test_cursor_stays_bad),  cmocka_unit_test(test_cursor_views),
		cmocka_unit_test(test_builder_exact),	  cmocka_unit_test(test_builder_overflow),
		cmocka_unit_test(test_builder_patch),	  cmocka_unit_test(test_secret),
		cmocka_unit_test(test_secret_equal),	  cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_backoff_first),	  cmocka_unit_test(test_endpoint_text),
		cmocka_unit_test(test_endpoint_private),  cmocka_unit_test(test_endpoint_compare),
		cmocka_unit_test(test_endpoint_sockaddr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
