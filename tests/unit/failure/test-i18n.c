/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts of several octets a letter (client/failure/i18n.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "lib/macros.h"

static void test_trim(void **state)
{
	static const struct {
		const char *text, *rest;
	} rows[] = {
		{ "", "" },
		{ "key", "key" },
		{ "\xe9\x8d\xb5", "\xe9\x8d\xb5" },
		{ "\xe9\x8d", "" },
		{ "\xe9", "" },
		{ "a\xe9\x8d", "a" },
		{ "a\xe9\x8d; b", "a; b" },
		{ "\xe9\x8d\xe9\x8d\xb5", "\xe9\x8d\xb5" },
		{ "\x8d\xb5"
		  "a",
		  "a" },
		{ "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91" },
		{ "\xf0\x9f\x94", "" },
		{ "\xc3\xa9\xc3", "\xc3\xa9" },
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		(void)snprintf(text, sizeof(text), "%s", rows[i].text);
		i18n_trim(text);
		assert_string_equal(text, rows[i].rest);
	}
}

/* A detail is of whole letters, wherever it was cut. */
static void test_detail(void **state)
{
	struct failure f = { 0 };

	(void)state;
	(void)failure_set(&f, CAUSE_INTERNAL, 0, "%.4s, %.2s; %s", "\xe9\x8d\xb5\xe9\x8d\xb5",
			  "\xe9\x8d\xb5", "ok");
	assert_string_equal(f.detail, "\xe9\x8d\xb5, ; ok");
}

static void test_pad(void **state)
{
	(void)state;
	assert_int_equal(i18n_pad("", 4), 4);
	assert_int_equal(i18n_pad("NAT", 4), 1);
	assert_int_equal(i18n_pad("NAT", 3), 0);
	assert_int_equal(i18n_pad("gateway", 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_pad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
