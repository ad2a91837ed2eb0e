/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON where memory has run out: json-c gives no object then, and ends a program that uses it all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/run/json.h"

static void no_object_takes_nothing(void **state)
{
	(void)state;
	json_add(NULL, "number", json_object_new_int(1));
	json_add_string(NULL, "text", "x");
	json_append(NULL, json_object_new_int(1));
	assert_string_equal(json_text(NULL), "{}");
}

static void no_value_is_no_member(void **state)
{
	struct json_object *o = json_object_new_object(), *array = json_object_new_array();

	(void)state;
	json_add(o, "number", NULL);
	json_add_string(o, "text", NULL);
	json_add_string(o, "empty", "");
	json_append(array, NULL);
	json_add(o, "array", array);
	assert_string_equal(json_text(o), "{\"empty\":\"\",\"array\":[]}");
	json_object_put(o);
}

static void an_end_has_its_failure(void **state)
{
	struct failure f = { 0 };
	struct json_object *failure = NULL;

	(void)state;
	(void)failure_set(&f, CAUSE_PSK_OR_PORT, 0, "%s/%d", "vpn.example.jp", 4500);
	struct json_object *o = json_of_end(&f);
	assert_string_equal(json_get_string(o, "event", ""), "down");
	assert_true(json_object_object_get_ex(o, "failure", &failure));
	assert_string_equal(json_get_string(failure, "cause", ""), cause_id(f.cause));
	assert_string_equal(json_get_string(failure, "detail", ""), "vpn.example.jp/4500");
	assert_int_equal(json_get_int(failure, "exit", -1), cause_exit_code(f.cause));
	json_object_put(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_object_takes_nothing),
		cmocka_unit_test(no_value_is_no_member),
		cmocka_unit_test(an_end_has_its_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
