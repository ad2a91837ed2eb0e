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
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/profile/profile-keys.h"
#include "client/profile/profile-internal.h"
#include "client/profile/profile.h"
#include "tests/unit/temp-dir.h"

#define OPEN_TEXT   "[vpn]\ngateway=gw\nuser=taro\n"
#define SECRET_TEXT OPEN_TEXT "[vpn-secrets]\npassword=x\n"
#define S	    PROFILE_SUFFIX

static struct profile_folders folders;

static int make_folders(void **state)
{
	static char own[TEMP_PATH_MAX * 2], nm[TEMP_PATH_MAX * 2];
	static char run[TEMP_PATH_MAX * 2], lib[TEMP_PATH_MAX * 2];

	if (temp_dir_make(state) < 0)
		return -1;
	snprintf(own, sizeof(own), "%s/own", temp_dir);
	snprintf(nm, sizeof(nm), "%s/nm", temp_dir);
	snprintf(run, sizeof(run), "%s/run", temp_dir);
	snprintf(lib, sizeof(lib), "%s/lib", temp_dir);
	folders = (struct profile_folders){ .own = own, .run = run, .etc = nm, .lib = lib };
	return mkdir(own, 0755) == 0 && mkdir(nm, 0700) == 0 && mkdir(run, 0700) == 0 &&
			       mkdir(lib, 0700) == 0
		       ? 0
		       : -1;
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
	assert_int_equal(load("cafe", NULL), CAUSE_PROFILE_INVALID);
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
		assert_true(strcmp(entries[i - 1].id, entries[i].id) <= 0);
	assert_string_equal(entry(entries, n, "both")->gateway, "own");
	assert_string_equal(entry(entries, n, "Head office")->id, "HQ");
	assert_int_equal(entry(entries, n, "closed")->failure.cause, CAUSE_NONE);
	assert_int_equal(entry(entries, n, "world")->failure.cause, CAUSE_PROFILE_UNSAFE);
	assert_null(entry(entries, n, "wifi"));
	assert_null(entry(entries, n, "ovpn"));
	assert_null(entry(entries, n, ".hidden"));
	assert_null(entry(entries, n, "notes"));
	free(entries);

	const struct profile_folders none = { .own = "/nonexistent" };
	assert_int_equal(profile_list_in(&none, &entries, &n, &why), 0);
	assert_int_equal(n, 0);
	free(entries);
}

/* A connection of NetworkManager's, in a file of any name. */
static void connection(const char *file, const char *id, const char *uuid, const char *gateway)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "[connection]\n%s%s\nuuid=%s\ntype=vpn\n[vpn]\ngateway=%s\nuser=u\n"
		 "service-type=org.freedesktop.NetworkManager.l2tp\n",
		 id ? "id=" : "#", id ? id : "", uuid, gateway);
	temp_file(file, text, 0600);
}

/* Loads by a name, and it is the profile with this gateway; what runs is found by the same name. */
static void finds(const char *typed, const char *gateway, const char *id)
{
	char name[PROFILE_NAME_MAX];
	struct profile *p;

	if (load(typed, &p) != CAUSE_NONE)
		fail_msg("\"%s\" is not found", typed);
	assert_string_equal(p->gateway, gateway);
	assert_string_equal(p->id, id);
	assert_null(strchr(p->name, '/'));
	profile_resolve_in(&folders, typed, name);
	assert_string_equal(name, p->name);
	profile_free(p);
}

#define LONG_ID                                                                              \
	"ninety letters ninety letters ninety letters ninety letters ninety letters ninety " \
	"letters"

static void test_foreign_names(void **state)
{
	(void)state;
	connection("nm/Oscar's VPN" S, "Oscar's VPN", "u1", "oscar");
	connection("nm/R&D" S, "R&D", "u2", "rd");
	connection("nm/VPN #1" S, "VPN #1", "u3", "one");
	connection("nm/B\xc3\xbcro, M\xc3\xbcnchen" S, "B\xc3\xbcro, M\xc3\xbcnchen", "u4",
		   "buero");
	connection("nm/Office * Tokyo" S, "Office / Tokyo", "u5", "tokyo");
	connection("nm/" LONG_ID S, LONG_ID, "u6", "long");
	connection("nm/Work", "Work", "u7", "work");
	connection("run/netplan-NM-0f2b" S, "Netplan's", "u8", "netplan");
	connection("lib/vendor" S, "Vendor's", "u9", "vendor");
	connection("nm/-x" S, "-x", "u10", "dash");
	connection("nm/\xff\n;x" S, NULL, "u11", "strange");
	finds("Oscar's VPN", "oscar", "Oscar's VPN");
	finds("R&D", "rd", "R&D");
	finds("VPN #1", "one", "VPN #1");
	finds("B\xc3\xbcro, M\xc3\xbcnchen", "buero", "B\xc3\xbcro, M\xc3\xbcnchen");
	finds("Office / Tokyo", "tokyo", "Office / Tokyo");
	finds("Office * Tokyo", "tokyo", "Office / Tokyo");
	finds(LONG_ID, "long", LONG_ID);
	finds("Work", "work", "Work");
	finds("Netplan's", "netplan", "Netplan's");
	finds("netplan-NM-0f2b", "netplan", "Netplan's");
	finds("Vendor's", "vendor", "Vendor's");
	finds("u5", "tokyo", "Office / Tokyo");
	finds("-x", "dash", "-x");
	finds("R=26D", "rd", "R&D");
	finds("R\\x26D", "rd", "R&D"); /* as systemd-escape writes it */
	finds("\xff\n;x", "strange", "??;x");
	finds("u11", "strange", "??;x");
	assert_int_equal(load("Office / Nowhere", NULL), CAUSE_PROFILE_MISSING);
	assert_int_equal(load("../nm/Work", NULL), CAUSE_PROFILE_MISSING);
}

/* The id is what the owner sees; the file's name is the last that counts. */
static void test_precedence(void **state)
{
	(void)state;
	connection("nm/alpha" S, "beta", "v1", "first");
	connection("nm/beta" S, "alpha", "v2", "second");
	temp_file("nm/cafe wifi" S, "[connection]\nid=alpha\ntype=wifi\n[ipv4]\nmethod=manual\n",
		  0600);
	finds("alpha", "second", "alpha");
	finds("beta", "first", "beta");
	/* One UUID: /run before /etc before /usr/lib. */
	connection("nm/one" S, "layers", "w1", "etc");
	connection("lib/two" S, "layers", "w1", "lib");
	finds("layers", "etc", "layers");
	connection("run/three" S, "layers", "w1", "run");
	finds("layers", "run", "layers");
	/* Two of one id, which only the UUID tells apart. */
	connection("nm/twin1" S, "twin", "t1", "twin1");
	connection("nm/twin2" S, "twin", "t2", "twin2");
	assert_int_equal(load("twin", NULL), CAUSE_PROFILE_INVALID);
	finds("t1", "twin1", "twin");
	finds("twin2", "twin2", "twin");
	/* Our own comes first by its file's name, and hides what has the same. */
	connection("own/mine" S, "Mine", "m1", "own");
	connection("nm/other" S, "mine", "m2", "nm");
	finds("mine", "own", "Mine");
	finds("Mine", "own", "Mine");
	finds("m2", "nm", "mine");
	/* Of two files of one name and different connections the first counts, the other is told. */
	connection("run/same" S, "same1", "s1", "same1");
	connection("nm/same" S, "same2", "s2", "same2");
	finds("same1", "same1", "same1");
	assert_int_equal(load("same2", NULL), CAUSE_PROFILE_INVALID);
}

/* No two files have one name, whatever they are called. */
static void test_derived_names(void **state)
{
	static const char *const bases[] = {
		"R&D",	 "R=26D", "R=3d26D", "R%26D",	 "-x", "=2dx", ".x",   "x",	"a/b",
		"a=2fb", "\xff",  "=ff",     "\xc3\xbc", "..", ".",    "a\nb", LONG_ID, LONG_ID "x",
	};
	char names[ARRAY_SIZE(bases) + 1][PROFILE_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		profile_name_derive(bases[i], names[i]);
		assert_true(strlen(names[i]) > 0 && names[i][0] != '.' && names[i][0] != '-');
		assert_null(strpbrk(names[i], "/\n%&'\""));
		if (profile_name_valid(bases[i]))
			assert_string_equal(names[i], bases[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(names[k], names[i]);
	}
	/* At every length, and with characters of several octets at the cut. */
	for (size_t len = 1; len < 200; len++) {
		char base[256];

		for (size_t i = 0; i < len; i++)
			memcpy(base + i, i % 3 ? "\xbc" : i + 1 < len ? "\xc3" : "a", 2);
		profile_name_derive(base, names[0]);
		assert_true(strlen(names[0]) < PROFILE_NAME_MAX);
		memset(base, '&', len);
		base[len] = '\0';
		profile_name_derive(base, names[0]);
		assert_true(strlen(names[0]) < PROFILE_NAME_MAX);
		assert_true(len > 26 || strlen(names[0]) == 3 * len);
	}
}

/* What can't be used is there, with the reason and under its name. */
static void test_unusable(void **state)
{
	struct profile_entry *entries = NULL;
	struct failure why = { 0 };
	size_t n = 0, seen = 0;

	(void)state;
	connection("nm/broken" S, "Broken", "b1", "not:a:host");
	temp_file("nm/backup~", SECRET_TEXT, 0600);
	temp_file("nm/ca.pem", SECRET_TEXT, 0600);
	temp_file("lib/nosuffix", SECRET_TEXT, 0600);
	temp_file("nm/readable", SECRET_TEXT, 0644);
	assert_int_equal(profile_list_in(&folders, &entries, &n, &why), 0);
	for (size_t i = 0; i < n; i++) {
		const struct profile_entry *e = &entries[i];

		if (strcmp(e->id, "Broken") == 0)
			assert_int_equal(e->failure.cause, CAUSE_PROFILE_INVALID);
		else if (strcmp(e->id, "readable") == 0)
			assert_int_equal(e->failure.cause, CAUSE_PROFILE_UNSAFE);
		else if (strcmp(e->id, "same2") == 0)
			assert_non_null(strstr(e->failure.detail, "run/same"));
		else
			continue;
		seen++;
	}
	assert_int_equal(seen, 3);
	assert_null(entry(entries, n, "backup~"));
	assert_null(entry(entries, n, "ca.pem"));
	assert_null(entry(entries, n, "nosuffix"));
	assert_int_equal(load("Broken", NULL), CAUSE_PROFILE_INVALID);
	free(entries);
}

/* Whether a connection of NetworkManager's with this line connects, and says in the list why not. */
static void others_line(const char *section, const char *name, const char *value, bool refused)
{
	struct profile_entry *entries = NULL;
	struct failure why = { 0 };
	struct profile *p = NULL;
	char text[512];
	size_t n = 0;

	snprintf(text, sizeof(text), "[connection]\nid=Theirs\n" OPEN_TEXT "[%s]\n%s=%s\n", section,
		 name, value);
	temp_file("run/session" S, text, 0600);
	temp_file("own/mine" S, text, 0600);
	temp_file("typed" S, text, 0600);
	assert_int_equal(profile_load_in(&folders, "session", &p, &why) < 0, refused);
	profile_free(p);
	assert_int_equal(strstr(why.detail, "NetworkManager's folders") != NULL, refused);
	assert_int_equal(strstr(why.detail, name) != NULL, refused);
	assert_int_equal(load(temp_path("run/session" S), NULL) != CAUSE_NONE, refused);
	assert_int_equal(load(temp_path("link-to-session" S), NULL) != CAUSE_NONE, refused);
	assert_int_equal(load("mine", NULL), CAUSE_NONE);
	assert_int_equal(load(temp_path("typed" S), NULL), CAUSE_NONE);
	assert_int_equal(profile_list_in(&folders, &entries, &n, &why), 0);
	assert_int_equal(entry(entries, n, "session")->failure.cause,
			 refused ? CAUSE_PROFILE_INVALID : CAUSE_NONE);
	free(entries);
}

/* By the table, so that no new command or file of a secret is forgotten. */
static void test_others_commands(void **state)
{
	unsigned int n = 0;

	(void)state;
	assert_int_equal(symlink(temp_path("run/session" S), temp_path("link-to-session" S)), 0);
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];
		const char *end = strrchr(key->name, '-');
		bool refused = key->type == KEY_ARGV || (end && strcmp(end, "-file") == 0) ||
			       (end && strcmp(end, "-command") == 0);

		if (!refused && key->type != KEY_PATH && key->type != KEY_LOCATION)
			continue;
		others_line(key->section, key->name, "/etc/shadow", refused);
		others_line(key->section, key->name, "", false);
		if (key->type == KEY_LOCATION) {
			others_line(key->section, key->name, "pkcs11:object=pc", false);
			others_line(key->section, key->name, "pkcs11:object=pc?module-path=/tmp/x",
				    true);
			others_line(key->section, key->name, "pkcs11:object=pc;pin-source=/tmp/x",
				    true);
		}
		n += refused;
	}
	assert_true(n >= 8);
}

/* What is handed over, by the path of a descriptor. */
static enum cause hand_over(const char *text, mode_t mode, char ret[static PROFILE_NAME_MAX])
{
	struct profile *p = NULL;
	struct failure why = { 0 };
	char path[32];
	int fd = memfd_create("connection", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (profile_load_managed_in(&folders, path, &p, &why) == 0) {
		assert_true(p->managed && p->others);
		memcpy(ret, p->name, PROFILE_NAME_MAX);
	}
	profile_free(p);
	close(fd);
	return why.cause;
}

#define MANAGED(id, uuid) "[connection]\nid=" id "\nuuid=" uuid "\n" SECRET_TEXT

/* It has the name that the command line gives to the same connection. */
static void test_managed(void **state)
{
	char name[PROFILE_NAME_MAX], resolved[PROFILE_NAME_MAX];

	(void)state;
	assert_int_equal(hand_over(MANAGED("R&D 2", "h1"), 0600, name), CAUSE_NONE);
	assert_string_equal(name, "R=26D 2");
	profile_resolve_in(&folders, "R&D 2", resolved);
	assert_string_equal(name, resolved);
	assert_int_equal(hand_over(MANAGED("Netplan's", "u8"), 0600, name), CAUSE_NONE);
	assert_string_equal(name, "netplan-NM-0f2b");
	/* An id is nobody's own. */
	assert_int_equal(hand_over(MANAGED("Netplan's", "h2"), 0600, name), CAUSE_NONE);
	assert_string_equal(name, "Netplan=27s");
	assert_int_equal(hand_over(MANAGED("../x", "h3"), 0600, name), CAUSE_NONE);
	assert_string_equal(name, "=2e.=2fx");
	assert_int_equal(hand_over(MANAGED("x", "h4"), 0644, name), CAUSE_PROFILE_UNSAFE);
	assert_int_equal(hand_over("[vpn]\npassword-command=id\n" OPEN_TEXT, 0600, name),
			 CAUSE_PROFILE_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),	   cmocka_unit_test(test_every_secret),
		cmocka_unit_test(test_owner),	   cmocka_unit_test(test_links_and_kinds),
		cmocka_unit_test(test_lookup),	   cmocka_unit_test(test_large),
		cmocka_unit_test(test_list),	   cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_precedence), cmocka_unit_test(test_derived_names),
		cmocka_unit_test(test_unusable),   cmocka_unit_test(test_others_commands),
		cmocka_unit_test(test_managed),
	};

	return cmocka_run_group_tests(tests, make_folders, temp_dir_remove);
}
