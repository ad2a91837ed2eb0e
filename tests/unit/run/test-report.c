/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What goes into a report: profiles without their secrets, and the log of the last attempt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/profile/profile-keys.h"
#include "client/profile/profile-redact.h"
#include "client/run/attempt-log.h"
#include "tests/unit/temp-dir.h"

#define CANARY "kanaria4711"

/* The redacted form of a profile with this text. */
static void redact(const char *text, char *ret, size_t size)
{
	const char *path = temp_file("p.nmconnection", text, 0600);
	struct failure f = { 0 };

	memset(ret, 0, size);
	FILE *out = fmemopen(ret, size - 1, "w");
	assert_non_null(out);
	assert_int_equal(profile_redact(path, out, &f), 0);
	assert_int_equal(fclose(out), 0);
}

static bool holds_secret(enum profile_key_type type)
{
	return type == KEY_SECRET || type == KEY_PSK || type == KEY_ARGV || type == KEY_NO_EFFECT ||
	       type == KEY_OTHERS;
}

/* Every key of the table, each with the same value. */
static void test_every_key(void **state)
{
	char text[256], redacted[512];
	size_t shown = 0, hidden = 0;

	(void)state;
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];

		(void)snprintf(text, sizeof(text), "[%s]\n%s%s=/bin/program;%s\n", key->section,
			       key->name, key->numbered ? "1" : "", CANARY);
		redact(text, redacted, sizeof(redacted));
		assert_non_null(strstr(redacted, key->name));
		assert_int_equal(strstr(redacted, CANARY) == NULL, holds_secret(key->type));
		hidden += holds_secret(key->type);
		shown += !holds_secret(key->type);
	}
	assert_true(shown > 20 && hidden > 20);
}

static void test_unknown(void **state)
{
	char redacted[512];

	(void)state;
	redact("[vpn]\ngateway=gw.example\nno-such-key=" CANARY "\n[other]\nkey=" CANARY "\n",
	       redacted, sizeof(redacted));
	assert_null(strstr(redacted, CANARY));
	assert_non_null(strstr(redacted, "gateway=gw.example"));
	assert_non_null(strstr(redacted, "no-such-key=(unknown key, not shown)"));
	assert_non_null(strstr(redacted, "[other]"));
	/* Nothing in it turns a terminal's colours or hides a line. */
	redact("[vpn]\ngateway=gw\x1b[31m.example\ndomain=a\r\xe2\x80\xae\xff\n", redacted,
	       sizeof(redacted));
	assert_non_null(strstr(redacted, "gateway=gw?[31m.example\ndomain=a?????\n"));
}

static void test_unreadable(void **state)
{
	struct failure f = { 0 };

	(void)state;
	assert_true(profile_redact("/no/such/file", stdout, &f) < 0);
	assert_int_equal(f.cause, CAUSE_PROFILE_UNREADABLE);
}

static size_t size_of(const char *name)
{
	char path[TEMP_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "log/%s", name);
	return stat(temp_path(path), &st) == 0 ? (size_t)st.st_size : 0;
}

static void test_log(void **state)
{
	char text[900];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';

	struct attempt_log *log = attempt_log_open_in(temp_path("log"), "office");
	assert_non_null(log);
	attempt_log_line(log, "step", "first");
	size_t one = size_of("office.log");
	assert_true(one > strlen("step: first"));
	/* It never grows beyond its limit and a line. */
	for (size_t i = 0; i < 3 * ATTEMPT_LOG_OCTETS_MAX / sizeof(text); i++)
		attempt_log_line(log, "step", text);
	assert_true(size_of("office.log") <= ATTEMPT_LOG_OCTETS_MAX + 1024);
	assert_true(size_of("office.log.1") > ATTEMPT_LOG_OCTETS_MAX / 2);
	assert_true(size_of("office.log.1") <= ATTEMPT_LOG_OCTETS_MAX + 1024);
	assert_null(attempt_log_close(log));

	/* The next attempt begins anew. */
	log = attempt_log_open_in(temp_path("log"), "office");
	assert_non_null(log);
	assert_int_equal(size_of("office.log"), 0);
	assert_int_equal(size_of("office.log.1"), 0);

	/* Nor does it when it can't be turned over. */
	assert_int_equal(mkdir(temp_path("log/office.log.1"), 0700), 0);
	for (size_t i = 0; i < 3 * ATTEMPT_LOG_OCTETS_MAX / sizeof(text); i++)
		attempt_log_line(log, "step", text);
	assert_true(size_of("office.log") > ATTEMPT_LOG_OCTETS_MAX / 2);
	assert_true(size_of("office.log") <= ATTEMPT_LOG_OCTETS_MAX + 1024);
	assert_null(attempt_log_close(log));
	assert_int_equal(rmdir(temp_path("log/office.log.1")), 0);
}

/* No place for a log is no reason to fail. */
static void test_no_log(void **state)
{
	(void)state;
	assert_null(attempt_log_open_in("/proc/no/such/place", "office"));
	attempt_log_line(NULL, "step", "into the void");
	assert_null(attempt_log_close(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key),  cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_log),
		cmocka_unit_test(test_no_log),
	};

	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
