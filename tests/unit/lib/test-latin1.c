/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/latin1.h"
#include "lib/macros.h"

static void characters_that_are_there(void **state)
{
	static const struct {
		const char *utf8, *latin1;
	} rows[] = {
		{ "", "" },
		{ "himitsu", "himitsu" },
		{ "p\xc3\xa4sswort", "p\xe4sswort" },
		{ "\xc2\x80\xc3\xbf\x7f", "\x80\xff\x7f" },
	};
	uint8_t text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].utf8);
		memcpy(text, rows[i].utf8, len);
		bool ascii = strcmp(rows[i].utf8, rows[i].latin1) == 0;
		assert_int_equal(latin1_fit(text, len), ascii ? LATIN1_ASCII : LATIN1_FITS);
		ssize_t n = latin1_from_utf8(text, len);
		assert_int_equal(n, strlen(rows[i].latin1));
		assert_memory_equal(text, rows[i].latin1, (size_t)n);
		for (size_t k = (size_t)n; k < len; k++)
			assert_int_equal(text[k], 0);
	}
}

static void others(void **state)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{ "\xc4\x80", -ERANGE },	 /* the first one beyond */
		{ "a\xe2\x82\xac", -ERANGE },	 /* the euro */
		{ "\xe7\xa7\x98", -ERANGE },	 /* a secret in Japanese */
		{ "\xf0\x9f\x94\x91", -ERANGE }, /* a key */
		{ "p\xe4sswort", -EILSEQ },	 /* Latin-1 already */
		{ "\xc3", -EILSEQ },
		{ "\xc1\x81", -EILSEQ }, /* longer than it has to be */
		{ "\x80", -EILSEQ },
		{ "\xff", -EILSEQ },
		{ "\xe2\x82", -EILSEQ },
	};
	uint8_t text[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t len = strlen(rows[i].text);
		memcpy(text, rows[i].text, len);
		assert_int_equal(latin1_from_utf8(text, len), rows[i].result);
		assert_int_equal(latin1_fit(text, len),
				 rows[i].result == -ERANGE ? LATIN1_BEYOND : LATIN1_FITS);
		assert_memory_equal(text, rows[i].text, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_that_are_there),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
