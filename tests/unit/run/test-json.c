/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON where memory has run out: json-c gives no object then, and ends a program that uses it all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* Who asks for secrets has to know for which. */
static void a_secret_is_named(void **state)
{
	struct failure f = { 0 };

	(void)state;
	(void)failure_set(&f, CAUSE_SECRET_MISSING, 0, "%s: %s", "ipsec-psk", "it is empty");
	struct json_object *o = json_of_failure(&f);
	assert_string_equal(json_get_string(o, "secret", ""), "ipsec-psk");
	json_object_put(o);
	f = (struct failure){ 0 };
	(void)failure_set(&f, CAUSE_SECRET_UNREADABLE, 0, "%s: %s", "ipsec-psk", "it is empty");
	o = json_of_failure(&f);
	assert_null(json_get_string(o, "secret", NULL));
	json_object_put(o);
}

/* What a network manager sets up by it. */
static void up_has_the_network(void **state)
{
	static struct connection_info info;
	static struct profile profile;
	const struct connection_event event = { .type = CONNECTION_EVENT_UP, .info = &info };

	(void)state;
	memcpy(info.ifname, "ppp7", sizeof("ppp7"));
	info.ifindex = 42;
	info.mtu = 1350;
	assert_int_equal(endpoint_parse("198.51.100.2", 500, &info.gateway), 0);
	assert_int_equal(endpoint_parse("192.168.100.100", 0, &info.address), 0);
	assert_int_equal(endpoint_parse("192.168.100.1", 0, &info.peer_address), 0);
	info.dns[info.n_dns++] = info.peer_address;
	memcpy(profile.id, "Head office", sizeof("Head office"));
	memcpy(profile.search[profile.n_search++], "office.test", sizeof("office.test"));
	profile.never_default = true;
	struct json_object *o = json_of_event(&event);
	json_add_identity(o, &profile);
	json_add_plan(o, &profile);
	const char *text = json_text(o);
	static const char *const members[] = {
		"\"gateway\":\"198.51.100.2\"",	   "\"interface\":\"ppp7\",\"ifindex\":42",
		"\"address\":\"192.168.100.100\"", "\"peer-address\":\"192.168.100.1\"",
		"\"dns\":[\"192.168.100.1\"]",	   "\"mtu\":1350",
		"\"id\":\"Head office\"",	   "\"full-tunnel\":false",
		"\"full-tunnel6\":true",	   "\"search\":[\"office.test\"]",
	};
	for (size_t i = 0; i < ARRAY_SIZE(members); i++)
		assert_non_null(strstr(text, members[i]));
	assert_null(strstr(text, "uuid"));
	json_object_put(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_object_takes_nothing), cmocka_unit_test(no_value_is_no_member),
		cmocka_unit_test(an_end_has_its_failure),  cmocka_unit_test(a_secret_is_named),
		cmocka_unit_test(up_has_the_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
