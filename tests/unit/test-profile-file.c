/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles as files: where a name is found, what a file must be like, and the list of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/profile-keys.h"
#include "client/profile.h"
#include "temp-dir.h"

#define OPEN_TEXT   "[vpn]\ngateway=gw\nuser=taro\n"
#define SECRET_TEXT OPEN_TEXT "[vpn-secrets]\npassword=x\n"
#define S	    PROFILE_SUFFIX

static struct profile_folders folders;

static int make_folders(void **state)
{
	static char own[TEMP_PATH_MAX * 2], nm[TEMP_PATH_MAX * 2];

	if (temp_dir_make(state) < 0)
		return -1;
	snprintf(own, sizeof(own), "%s/own", temp_dir);
	snprintf(nm, sizeof(nm), "%s/nm", temp_dir);
	folders = (struct profile_folders){ own, nm };
	return mkdir(own, 0755) == 0 && mkdir(nm, 0700) == 0 ? 0 : -1;
}

/* Loads and says what became of it. */
static enum cause load(const char *name, struct profile **ret)
{
	struct profile *p = NULL;
	struct failure why = { 0 };
	int r = profile_load_in(&folders, name, &p, &why);

	assert_true((r == 0) == (p != NULL));
	assert_true((r == 0) == (why.cause == CAUSE_NONE));
	assert_true(r <= 0);
	if (ret)
		*ret = p;
	else
		profile_free(p);
	return why.cause;
}

static void test_modes(void **state)
{
	(void)state;
	temp_file("own/closed" S, SECRET_TEXT, 0600);
	temp_file("own/readonly" S, SECRET_TEXT, 0400);
	temp_file("own/group" S, SECRET_TEXT, 0640);
	temp_file("own/world" S, SECRET_TEXT, 0604);
	temp_file("own/open" S, OPEN_TEXT, 0644);
	temp_file("own/writable" S, OPEN_TEXT, 0664);
	temp_file("own/everybodys" S, OPEN_TEXT, 0646);
	temp_file("own/psk" S, OPEN_TEXT "ipsec-psk=x\n", 0644);
	assert_int_equal(load("closed", NULL), CAUSE_NONE);
	assert_int_equal(load("readonly", NULL), CAUSE_NONE);
	assert_int_equal(load("group", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("world", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("open", NULL), CAUSE_NONE);
	assert_int_equal(load("writable", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("everybodys", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("psk", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load(temp_path("own/world" S), NULL), CAUSE_PROFILE_UNSAFE);
}

/* Every secret there is counts, not only those that come to mind. */
static void test_every_secret(void **state)
{
	char text[512];
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];

		if (key->type != KEY_SECRET && key->type != KEY_PSK)
			continue;
		snprintf(text, sizeof(text), OPEN_TEXT "[%s]\n%s=x\n", key->section, key->name);
		temp_file("own/exposed" S, text, 0644);
		assert_int_equal(load("exposed", NULL), CAUSE_PROFILE_UNSAFE);
		temp_file("own/hidden" S, text, 0600);
		assert_int_equal(load("hidden", NULL), CAUSE_NONE);
		n++;
	}
	assert_true(n > 4);
}

static void test_owner(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	const char *path = temp_file("own/theirs" S, SECRET_TEXT, 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(load("theirs", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load(path, NULL), CAUSE_PROFILE_UNSAFE);
}

/* A user of their own may use what belongs to them or to root, and nothing of others. */
static void test_links_and_kinds(void **state)
{
	struct failure why = { 0 };
	struct profile *p = NULL;

	(void)state;
	const char *real = temp_file("real" S, SECRET_TEXT, 0600);
	assert_int_equal(symlink(real, temp_path("own/link" S)), 0);
	assert_int_equal(symlink("/nonexistent", temp_path("own/dangling" S)), 0);
	assert_int_equal(mkfifo(temp_path("own/fifo" S), 0600), 0);
	assert_int_equal(mkdir(temp_path("own/folder" S), 0700), 0);
	assert_int_equal(load("link", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("dangling", NULL), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(load("fifo", NULL), CAUSE_PROFILE_UNREADABLE);
	assert_int_equal(load("folder", NULL), CAUSE_PROFILE_UNREADABLE);
	/* A path is the user's own word: links in it are followed. */
	assert_int_equal(load(temp_path("own/link" S), NULL), CAUSE_NONE);
	assert_true(profile_load_in(&folders, "/dev/zero", &p, &why) < 0);
}

static void test_lookup(void **state)
{
	struct profile *p;

	(void)state;
	temp_file("own/both" S, "[vpn]\ngateway=own\nuser=u\n", 0600);
	temp_file("nm/both" S, "[vpn]\ngateway=nm\nuser=u\n", 0600);
	temp_file("nm/Head office" S, "[connection]\nid=HQ\n[vpn]\ngateway=hq\nuser=u\n", 0600);
	temp_file("nm/wifi" S, "[connection]\nid=cafe\ntype=wifi\n[wifi]\nssid=x\n", 0600);
	temp_file("nm/ovpn" S,
		  "[connection]\ntype=vpn\n[vpn]\n"
		  "service-type=org.freedesktop.NetworkManager.openvpn\n",
		  0600);

	assert_int_equal(load("both", &p), CAUSE_NONE);
	assert_string_equal(p->gateway, "own");
	profile_free(p);
	assert_int_equal(load("Head office", &p), CAUSE_NONE);
	profile_free(p);
	assert_int_equal(load("HQ", &p), CAUSE_NONE);
	assert_string_equal(p->name, "Head office");
	assert_string_equal(p->gateway, "hq");
	profile_free(p);
	assert_int_equal(load(temp_path("nm/both" S), &p), CAUSE_NONE);
	assert_string_equal(p->name, "both");
	assert_string_equal(p->gateway, "nm");
	profile_free(p);
	assert_int_equal(load("wifi", NULL), CAUSE_PROFILE_INVALID);
	assert_int_equal(load("ovpn", NULL), CAUSE_PROFILE_INVALID);
	assert_int_equal(load("cafe", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("nothing", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("..", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("\x1b[31m", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("/nonexistent/x", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("/", NULL), CAUSE_PROFILE_INVALID);

	temp_file("nm/HQ2" S, "[connection]\nid=HQ\n[vpn]\ngateway=hq\nuser=u\n", 0600);
	assert_int_equal(load("HQ", NULL), CAUSE_PROFILE_INVALID);
}

static void test_large(void **state)
{
	static char text[PROFILE_FILE_MAX + 2];

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	memcpy(text, OPEN_TEXT, strlen(OPEN_TEXT));
	temp_file("own/large" S, text, 0600);
	assert_int_equal(load("large", NULL), CAUSE_PROFILE_UNREADABLE);
	text[PROFILE_FILE_MAX] = '\0';
	temp_file("own/large" S, text, 0600);
	assert_int_equal(load("large", NULL), CAUSE_NONE);
}

static const struct profile_entry *entry(const struct profile_entry *entries, size_t n,
					 const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

/* After the tests above: their files are what is listed. */
static void test_list(void **state)
{
	struct profile_entry *entries = NULL;
	struct failure why = { 0 };
	size_t n = 0;

	(void)state;
	temp_file("nm/notes.txt", "x", 0600);
	temp_file("nm/.hidden" S, OPEN_TEXT, 0600);
	assert_int_equal(profile_list_in(&folders, &entries, &n, &why), 0);
	for (size_t i = 1; i < n; i++)
		assert_true(strcmp(entries[i - 1].name, entries[i].name) < 0);
	assert_string_equal(entry(entries, n, "both")->gateway, "own");
	assert_string_equal(entry(entries, n, "Head office")->id, "HQ");
	assert_int_equal(entry(entries, n, "closed")->failure.cause, CAUSE_NONE);
	assert_int_equal(entry(entries, n, "world")->failure.cause, CAUSE_PROFILE_UNSAFE);
	assert_null(entry(entries, n, "wifi"));
	assert_null(entry(entries, n, "ovpn"));
	assert_null(entry(entries, n, ".hidden"));
	assert_null(entry(entries, n, "notes"));
	free(entries);

	const struct profile_folders none = { "/nonexistent", NULL };
	assert_int_equal(profile_list_in(&none, &entries, &n, &why), 0);
	assert_int_equal(n, 0);
	free(entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),  cmocka_unit_test(test_every_secret),
		cmocka_unit_test(test_owner),  cmocka_unit_test(test_links_and_kinds),
		cmocka_unit_test(test_lookup), cmocka_unit_test(test_large),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, make_folders, temp_dir_remove);
}
