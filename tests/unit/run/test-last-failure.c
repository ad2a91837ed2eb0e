/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a connection is down: kept, found, believed and forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/run/json.h"
#include "client/run/last-failure.h"
#include "tests/unit/temp-dir.h"

#define RECORD ".failures/R=26D"

static struct profile profile = { .name = "R=26D", .id = "R&D", .uuid = "0b5e" };

static void fail_with(enum cause cause, const char *detail)
{
	struct failure f = { 0 };

	(void)failure_set(&f, cause, 0, "%s", detail);
	last_failure_keep(temp_dir, &profile, &f, 10);
}

static bool is_there(void)
{
	struct json_object *o = last_failure_read(temp_dir, profile.name);
	bool there = o;

	json_object_put(o);
	return there;
}

static mode_t mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(stat(temp_path(name), &st), 0);
	return st.st_mode & 07777;
}

static void it_is_kept_until_it_is_forgotten(void **state)
{
	struct json_object *o, *failure = NULL;

	(void)state;
	assert_false(is_there());
	last_failure_forget(temp_dir, profile.name);
	fail_with(CAUSE_NO_LINK, "a former one");
	fail_with(CAUSE_PPP_AUTH, "user \"taro\"");
	o = last_failure_read(temp_dir, profile.name);
	assert_string_equal(json_get_string(o, "name", ""), "R=26D");
	assert_string_equal(json_get_string(o, "id", ""), "R&D");
	assert_string_equal(json_get_string(o, "uuid", ""), "0b5e");
	assert_string_equal(json_get_string(o, "state", ""), "down");
	assert_true(json_object_object_get_ex(o, "last-failure", &failure));
	assert_string_equal(json_get_string(failure, "cause", ""), "ppp-auth");
	assert_string_equal(json_get_string(failure, "detail", ""), "user \"taro\"");
	assert_string_equal(json_get_string(failure, "time", ""), "1970-01-01T00:00:10Z");
	json_object_put(o);
	assert_int_equal(mode_of(".failures"), 0700);
	assert_int_equal(mode_of(RECORD), 0600);
	last_failure_forget(temp_dir, profile.name);
	assert_false(is_there());
}

static void it_is_found_by_what_the_user_knows(void **state)
{
	char name[PROFILE_NAME_MAX] = "";

	(void)state;
	assert_false(last_failure_find(temp_dir, "R&D", name));
	fail_with(CAUSE_NO_LINK, "x");
	assert_true(last_failure_find(temp_dir, "R&D", name));
	assert_string_equal(name, "R=26D");
	name[0] = '\0';
	assert_true(last_failure_find(temp_dir, "0b5e", name));
	assert_string_equal(name, "R=26D");
	assert_false(last_failure_find(temp_dir, "R", name));
	assert_false(last_failure_find(temp_dir, "", name));
	last_failure_forget(temp_dir, profile.name);
}

static void what_others_could_have_written_is_none(void **state)
{
	(void)state;
	fail_with(CAUSE_NO_LINK, "x");
	assert_true(is_there());
	assert_int_equal(chmod(temp_path(RECORD), 0622), 0);
	assert_false(is_there());
	(void)temp_file(RECORD, "[]", 0600);
	assert_false(is_there());
	(void)temp_file(RECORD, "{\"last-fail", 0600);
	assert_false(is_there());
	(void)temp_file(RECORD, "", 0600);
	assert_false(is_there());
	assert_int_equal(unlink(temp_path(RECORD)), 0);
	assert_int_equal(symlink("/dev/zero", temp_path(RECORD)), 0);
	assert_false(is_there());
	/* And is no way to somewhere else. */
	(void)temp_file("other", "x", 0600);
	assert_int_equal(unlink(temp_path(RECORD)), 0);
	assert_int_equal(symlink(temp_path("other"), temp_path(RECORD)), 0);
	fail_with(CAUSE_NO_LINK, "x");
	assert_true(is_there());
	struct stat st;
	assert_int_equal(lstat(temp_path("other"), &st), 0);
	assert_int_equal(st.st_size, 1);
}

static void without_a_place_nothing_happens(void **state)
{
	struct failure f = { .cause = CAUSE_NO_LINK };
	char name[PROFILE_NAME_MAX];

	(void)state;
	last_failure_keep("/nonexistent/run", &profile, &f, 10);
	assert_null(last_failure_read("/nonexistent/run", profile.name));
	assert_false(last_failure_find("/nonexistent/run", "R&D", name));
	last_failure_forget("/nonexistent/run", profile.name);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_kept_until_it_is_forgotten),
		cmocka_unit_test(it_is_found_by_what_the_user_knows),
		cmocka_unit_test(what_others_could_have_written_is_none),
		cmocka_unit_test(without_a_place_nothing_happens),
	};

	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
