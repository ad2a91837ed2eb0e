/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pppd it is and what it has, from files that hold what pppd's own hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/kernel/pppd/plugin-mark.h"
#include "client/kernel/pppd/pppd-info.h"
#include "lib/macros.h"
#include "tests/unit/temp-dir.h"

/* The file NAME: words, each with its NUL, behind something else. */
static const char *image(const char *name, const char *const *words)
{
	const char *path = temp_path(name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite("\177ELF\0\0", 1, 6, f), 6);
	for (; *words; words++)
		assert_int_equal(fwrite(*words, 1, strlen(*words) + 1, f), strlen(*words) + 1);
	assert_int_equal(fclose(f), 0);
	return path;
}

#define IMAGE(name, ...) image(name, (const char *const[]){ __VA_ARGS__, NULL })

/* A pppd of that version below the test's folder, with some more words. */
static struct pppd_info read_pppd(const char *version, const char *const *more)
{
	const char *words[16] = { "%s/pppd/", "ipcp-max-configure" };
	char dir[TEMP_PATH_MAX + 32];
	struct pppd_info info;
	size_t n = 2;

	(void)snprintf(dir, sizeof(dir), "%s/pppd/%s", temp_dir, version);
	words[n++] = dir;
	for (; more && *more; more++)
		words[n++] = *more;
	pppd_info_read(image("program", words), &info);
	return info;
}

static void make_dirs(const char *version)
{
	char name[32];

	(void)mkdir(temp_path("pppd"), 0700);
	(void)snprintf(name, sizeof(name), "pppd/%s", version);
	(void)mkdir(temp_path(name), 0700);
}

static void what_it_was_built_with(void **state)
{
	static const char *const words[] = { "need-peer-eap",	 "require-mppe-128",
					     "refuse-mschap-v2", "ipv6cp-restart",
					     "noresolvconf",	 NULL };
	struct pppd_info info = read_pppd("2.5.2", words);

	(void)state;
	assert_true(info.has.eap_tls && info.has.mppe && info.has.mschap && info.has.ipv6 &&
		    info.has.noresolvconf);
	assert_int_equal(pppd_version_number(&info), 20502);
	info = read_pppd("2.4.9", NULL);
	assert_false(info.has.eap_tls || info.has.mppe || info.has.mschap || info.has.ipv6 ||
		     info.has.noresolvconf);
	assert_int_equal(pppd_version_number(&info), 20409);
	/* Both are needed. */
	info = read_pppd("2.4.9", (const char *const[]){ "ppp_dev_fd", NULL });
	assert_false(info.has.units);
	info = read_pppd("2.4.9", (const char *const[]){ "ppp_dev_fd", "multilink", NULL });
	assert_true(info.has.units);
	/* A name that another one begins with is not there. */
	info = read_pppd("2.4.9", (const char *const[]){ "require-mppe-1280", NULL });
	assert_false(info.has.mppe);
}

static void its_plugins(void **state)
{
	struct pppd_info info = read_pppd("2.5.2", NULL);

	(void)state;
	assert_false(info.pppol2tp);
	assert_int_equal(info.own, PPPD_PLUGIN_NONE);

	make_dirs("2.5.2");
	(void)IMAGE("pppd/2.5.2/pppol2tp.so", "2.5.2");
	info = read_pppd("2.5.2", NULL);
	assert_true(info.pppol2tp);
	assert_int_equal(info.own, PPPD_PLUGIN_NONE);

	(void)IMAGE("pppd/2.5.2/tsunagu.so", "x", PLUGIN_MARK "2.5.2");
	info = read_pppd("2.5.2", NULL);
	assert_int_equal(info.own, PPPD_PLUGIN_OURS);
	assert_string_equal(info.own_version, "2.5.2");
	assert_false(info.own_units);

	/* In the folder of this one, for another one: pppd ends when it is told to load it. */
	(void)IMAGE("pppd/2.5.2/tsunagu.so", PLUGIN_MARK "2.4.9");
	info = read_pppd("2.5.2", NULL);
	assert_int_equal(info.own, PPPD_PLUGIN_OTHER);
	assert_string_equal(info.own_version, "2.4.9");
	(void)IMAGE("pppd/2.5.2/tsunagu.so", "older than the mark");
	info = read_pppd("2.5.2", NULL);
	assert_int_equal(info.own, PPPD_PLUGIN_OTHER);
	(void)IMAGE("pppd/2.5.2/tsunagu.so", PLUGIN_MARK "2.5.2.but-a-long-one-this-is");
	info = read_pppd("2.5.2", NULL);
	assert_int_equal(info.own, PPPD_PLUGIN_OTHER);

	/* It lies in the folder of the pppd that was there before. */
	(void)IMAGE("pppd/2.5.2/tsunagu.so", PLUGIN_MARK "2.5.2");
	info = read_pppd("2.5.3", NULL);
	assert_false(info.pppol2tp);
	assert_int_equal(info.own, PPPD_PLUGIN_NONE);
}

static void without_a_folder_for_plugins(void **state)
{
	struct pppd_info info;

	(void)state;
	pppd_info_read(IMAGE("program", "ipcp-max-configure", "require-mppe-128", "/etc/pppd/x",
			     "lib/pppd/2.5.2", "/usr/lib/pppd/2.5.2/more"),
		       &info);
	assert_string_equal(info.dir, "");
	assert_false(info.pppol2tp);
	assert_int_equal(info.own, PPPD_PLUGIN_NONE);
	assert_true(info.has.mppe);
}

/* A script in its place is believed to start one that has everything. */
static void what_cant_be_read(void **state)
{
	struct pppd_info info;

	(void)state;
	pppd_info_read(temp_file("program", "#!/bin/sh\nexec pppd\n", 0755), &info);
	assert_true(info.has.eap_tls && info.has.mppe && info.has.mschap && info.has.ipv6);
	pppd_info_read(temp_file("program", "", 0755), &info);
	assert_true(info.has.mppe);
	pppd_info_read("/nowhere", &info);
	assert_true(info.has.mppe);
}

#ifdef PLUGIN_BUILT
/* The mark is in what is built. */
static void our_plugin_says_what_it_is_for(void **state)
{
	char name[64];
	struct pppd_info info;

	(void)state;
	make_dirs(PLUGIN_VERSION);
	(void)snprintf(name, sizeof(name), "pppd/%s/pppol2tp.so", PLUGIN_VERSION);
	(void)IMAGE(name, "x");
	(void)snprintf(name, sizeof(name), "pppd/%s/tsunagu.so", PLUGIN_VERSION);
	(void)unlink(temp_path(name));
	assert_int_equal(symlink(PLUGIN_BUILT, temp_path(name)), 0);
	info = read_pppd(PLUGIN_VERSION, NULL);
	assert_int_equal(info.own, PPPD_PLUGIN_OURS);
	assert_true(info.own_units);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_was_built_with),
		cmocka_unit_test(its_plugins),
		cmocka_unit_test(without_a_folder_for_plugins),
		cmocka_unit_test(what_cant_be_read),
#ifdef PLUGIN_BUILT
		cmocka_unit_test(our_plugin_says_what_it_is_for),
#endif
	};

	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
