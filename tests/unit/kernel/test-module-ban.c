/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of modprobe.d(5) counts as forbidding a module, and which file of several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "client/kernel/module-ban.h"
#include "tests/unit/temp-dir.h"

static const struct {
	const char *text;
	unsigned int line; /* 0: it forbids nothing */
} cases[] = {
	{ "blacklist l2tp_ppp\n", 1 },
	{ "blacklist l2tp-ppp\n", 1 },
	{ "# why\n\n  blacklist\tl2tp_ppp  # no\n", 3 },
	{ "install l2tp_ppp /bin/false\n", 1 },
	{ "install pppox /usr/bin/true\n", 1 },
	{ "install l2tp_ppp /sbin/modprobe --ignore-install l2tp_ppp\n", 0 },
	{ "install l2tp_ppp\n", 0 },
	{ "#blacklist l2tp_ppp\n", 0 },
	{ "blacklist l2tp_pp\nblacklist l2tp_pppx\nblacklist ppp\n", 0 },
	{ "alias x l2tp_ppp\noptions l2tp_ppp a=b\nsoftdep l2tp_ppp pre: x\n", 0 },
	{ "blacklist\n\n", 0 },
	{ "", 0 },
};

static void make_folders(void)
{
	static const char *const names[] = { "etc", "etc/modprobe.d", "usr", "usr/lib",
					     "usr/lib/modprobe.d" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)mkdir(temp_path(names[i]), 0755);
}

static void lines_are_understood(void **state)
{
	char ban[MODULE_BAN_MAX], line[32];

	(void)state;
	make_folders();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		(void)temp_file("etc/modprobe.d/a.conf", cases[i].text, 0644);
		bool found = module_ban_find(temp_dir, "pppox l2tp_ppp", ban);
		(void)snprintf(line, sizeof(line), "a.conf, line %u:", cases[i].line);
		if (found != (cases[i].line > 0) || (found && !strstr(ban, line)))
			fail_msg("row %zu: %s", i, found ? ban : "not found");
	}
}

static void earlier_folders_hide(void **state)
{
	char ban[MODULE_BAN_MAX];

	(void)state;
	make_folders();
	(void)temp_file("etc/modprobe.d/a.conf", "", 0644);
	(void)temp_file("usr/lib/modprobe.d/a.conf", "blacklist l2tp_ppp\n", 0644);
	assert_false(module_ban_find(temp_dir, "l2tp_ppp", ban));
	(void)temp_file("usr/lib/modprobe.d/b.conf.rpmsave", "blacklist l2tp_ppp\n", 0644);
	assert_false(module_ban_find(temp_dir, "l2tp_ppp", ban));
	(void)temp_file("usr/lib/modprobe.d/b.conf", "blacklist l2tp_ppp\n", 0644);
	assert_true(module_ban_find(temp_dir, "l2tp_ppp", ban));
	assert_non_null(strstr(ban, "/usr/lib/modprobe.d/b.conf, line 1: blacklist l2tp_ppp"));
	assert_false(module_ban_find(temp_path("nowhere"), "l2tp_ppp", ban));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_understood),
		cmocka_unit_test(earlier_folders_hide),
	};

	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
