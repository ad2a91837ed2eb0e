/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/resolv.conf, in a folder of our own: set, put back as the very same file, and from whatever state a
 * process may have left it in when it died.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/network/dns-backend.h"

#define ETC	 TSUNAGU_ETC
#define CONF	 ETC "/resolv.conf"
#define KEPT	 ETC "/resolv.conf.tsunagu-0000002a"
#define NEW	 KEPT "-new"
#define OTHER	 ETC "/resolv.conf.tsunagu-0000002b"
#define RUN	 ETC "/run"
#define ORIGINAL "nameserver 192.0.2.53\n"

static const struct dns_record record = { DNS_BY_FILE, "ppp0", 7, 42 };
static const struct dns_record other = { DNS_BY_FILE, "ppp1", 8, 43 };

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void assert_file(const char *path, const char *text)
{
	char found[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	ssize_t n = read(fd, found, sizeof(found) - 1);
	(void)close(fd);
	assert_true(n >= 0);
	found[n] = '\0';
	assert_string_equal(found, text);
}

static ino_t inode(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : st.st_ino;
}

static bool exists(const char *path)
{
	return inode(path) != 0;
}

static void clear(void)
{
	static const char *const paths[] = { CONF, KEPT, NEW, OTHER, RUN };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (unlink(paths[i]) < 0)
			(void)rmdir(paths[i]);
}

static int setup(void **state)
{
	(void)state;
	if (mkdir(ETC, 0755) < 0 && errno != EEXIST)
		return -1;
	clear();
	write_file(CONF, ORIGINAL);
	return mkdir(RUN, 0755);
}

static int teardown(void **state)
{
	(void)state;
	clear();
	return rmdir(ETC);
}

static int set_as(const struct dns_record *as, const char *name, struct failure *ret)
{
	struct sys_network network = { .ifname = "ppp0", .n_dns = 2, .n_search = 2 };
	struct dns_job job = { .process = PROCESS_NONE };
	const struct dns_wish wish = { &network, as, name };

	assert_int_equal(endpoint_parse("192.168.100.10", 0, &network.dns[0]), 0);
	assert_int_equal(endpoint_parse("2001:db8::35", 0, &network.dns[1]), 0);
	strcpy(network.search[0], "office.test");
	strcpy(network.search[1], "~routed.test");
	int r = dns_file.set(&job, &wish);
	*ret = job.failure;
	return r;
}

static void set(void)
{
	struct failure f;

	assert_int_equal(set_as(&record, "office", &f), 0);
	assert_file(CONF, "# Set by tsunagu 0000002a office\n"
			  "# What was here before comes back when that connection ends.\n"
			  "nameserver 192.168.100.10\nnameserver 2001:db8::35\n"
			  "search office.test\n");
	assert_false(exists(NEW));
}

static void assert_clean(ino_t original)
{
	assert_int_equal(inode(CONF), original);
	assert_false(exists(KEPT));
	assert_false(exists(NEW));
}

static void comes_back(void **state)
{
	ino_t original = inode(CONF);

	(void)state;
	set();
	assert_int_equal(inode(KEPT), original);
	set(); /* again, for IPv6's servers: what is kept stays the original */
	assert_int_equal(inode(KEPT), original);
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
	assert_file(CONF, ORIGINAL);
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
}

static void symbolic_link_comes_back(void **state)
{
	char target[64];

	(void)state;
	(void)unlink(CONF);
	assert_int_equal(symlink("../run/elsewhere", CONF), 0);
	ino_t original = inode(CONF);
	set();
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
	assert_int_equal(readlink(CONF, target, sizeof(target)), 16);
}

static void nothing_comes_back(void **state)
{
	(void)state;
	(void)unlink(CONF);
	set();
	set();
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(0);
}

/* After each step of setting, and in the middle of a write. */
static void any_moment(void **state)
{
	ino_t original = inode(CONF);

	(void)state;
	assert_int_equal(dns_file.take_back(&record), 0); /* recorded, nothing done */
	assert_clean(original);
	write_file(NEW, "# Set by tsu");
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
	write_file(NEW, "# Set by tsunagu 0000002a office\n");
	assert_int_equal(link(CONF, KEPT), 0);
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
	assert_file(CONF, ORIGINAL);
}

static void somebody_elses_stays(void **state)
{
	(void)state;
	set();
	assert_int_equal(unlink(CONF), 0);
	write_file(CONF, "nameserver 203.0.113.53\n");
	ino_t theirs = inode(CONF);
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(theirs);
}

static void second_connection_is_told(void **state)
{
	struct failure f;
	ino_t original = inode(CONF);

	(void)state;
	set();
	assert_true(set_as(&other, "branch", &f) < 0);
	assert_int_equal(f.cause, CAUSE_DNS_SETUP);
	assert_non_null(strstr(f.detail, "office"));
	assert_int_equal(dns_file.take_back(&other), 0);
	assert_file(KEPT, ORIGINAL);
	assert_false(exists(OTHER));
	assert_int_equal(dns_file.take_back(&record), 0);
	assert_clean(original);
}

/* The machine was started anew: no undo list, and ours in place. */
static void start_of_the_machine(void **state)
{
	ino_t original = inode(CONF);

	(void)state;
	set();
	assert_int_equal(mkdir(RUN "/office", 0700), 0);
	dns_file_recover(RUN, "branch"); /* it runs */
	assert_int_equal(inode(KEPT), original);
	dns_file_recover(RUN, "office"); /* it is itself, just now */
	assert_clean(original);
	assert_int_equal(rmdir(RUN "/office"), 0);
	set();
	dns_file_recover(RUN, "branch");
	assert_clean(original);
	dns_file_recover(RUN, "branch");
	assert_clean(original);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(symbolic_link_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(any_moment, setup, teardown),
		cmocka_unit_test_setup_teardown(somebody_elses_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(second_connection_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(start_of_the_machine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
