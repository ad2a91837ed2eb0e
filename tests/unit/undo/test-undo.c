/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The undo list: order, the crash record, and what must not be believed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/pppd/pppd-process.h"
#include "client/kernel/xfrm-policy.h"
#include "client/kernel/xfrm.h"
#include "client/network/dns-backend.h"
#include "client/network/dns.h"
#include "client/network/net-claim.h"
#include "client/network/net-request.h"
#include "client/network/net-sysctl.h"
#include "client/run/run-kinds.h"
#include "client/undo/undo.h"
#include "tests/unit/between.h"

static char run_dir[64];
static char taken[1024];      /* what was taken back, a line each */
static unsigned int refusals; /* so many things more can't be taken back */

static int note(const struct undo_entry *e)
{
	char line[UNDO_LINE_MAX];

	assert_true(undo_entry_format(e, line) > 0);
	assert_true(strlen(taken) + strlen(line) + 2 < sizeof(taken));
	if (refusals > 0) {
		refusals--;
		return -ENOBUFS;
	}
	strcat(taken, line);
	strcat(taken, "\n");
	return 0;
}

static int setup(void **state)
{
	(void)state;
	taken[0] = '\0';
	refusals = 0;
	strcpy(run_dir, "/tmp/test-undo.XXXXXX");
	return mkdtemp(run_dir) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return rmdir(run_dir); /* fails when something was left behind */
}

static struct undo_entry process(pid_t pid)
{
	static struct pppd_process processes[16];

	assert_between(pid, 0, 15);
	processes[pid] = (struct pppd_process){ .pid = pid, .start = 7 };
	return (struct undo_entry){ &pppd_process_kind, &processes[pid] };
}

static void must_add(struct undo *u, pid_t pid)
{
	struct undo_entry e = process(pid);

	assert_int_equal(undo_add(u, &e), 0);
}

static struct undo *must_open(const char *name)
{
	struct undo *u = NULL;
	struct failure f = {};

	assert_int_equal(undo_open_at(run_dir, name, run_kinds, note, &u, &f), 0);
	return u;
}

static void read_record(const char *name, char ret[static 512])
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s/undo", run_dir, name);
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	ssize_t n = read(fd, ret, 511);
	assert_true(n >= 0);
	ret[n] = '\0';
	(void)close(fd);
}

static void write_record(const char *name, const char *text, mode_t mode)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", run_dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
	strcat(path, "/undo");
	int fd = open(path, O_WRONLY | O_CREAT, mode);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	(void)close(fd);
}

static void test_reverse_order(void **state)
{
	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	must_add(u, 12);
	must_add(u, 13);
	u = undo_close(u);
	assert_null(u);
	assert_string_equal(taken, "process 13 7\nprocess 12 7\nprocess 11 7\n");
}

static void test_done_is_not_taken_back(void **state)
{
	char record[512];
	struct undo_entry e = process(12);

	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	must_add(u, 12);
	undo_done(u, &e);
	read_record("office", record);
	assert_string_equal(record, "process 11 7\n");
	undo_done(u, &e); /* not on the list any more: nothing */
	(void)undo_close(u);
	assert_string_equal(taken, "process 11 7\n");
}

static void test_kinds(void **state)
{
	const struct undo_entry file = { &pppd_file_kind, &(struct pppd_file){ "/run/x" } };

	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	assert_int_equal(undo_add(u, &file), 0);
	undo_run_kinds(u, UNDO_KINDS(&pppd_file_kind));
	assert_string_equal(taken, "file /run/x\n");
	(void)undo_close(u);
	assert_string_equal(taken, "file /run/x\nprocess 11 7\n");
}

/* Policies go when nobody sends any more. */
static void test_processes_first(void **state)
{
	const struct xfrm_policy out = { true,
					 { AF_INET, { 192, 0, 2, 1 }, 40000 },
					 { AF_INET, { 198, 51, 100, 2 }, 1701 },
					 7 };
	const struct undo_entry policy = { &xfrm_policy_kind, &out };
	const struct undo_entry file = { &pppd_file_kind, &(struct pppd_file){ "/run/x" } };

	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	assert_int_equal(undo_add(u, &policy), 0);
	assert_int_equal(undo_add(u, &file), 0);
	refusals = 1;
	undo_run(u);
	assert_string_equal(taken, "file /run/x\n");
	undo_run(u);
	assert_ptr_equal(strstr(taken, "process"), taken + strlen("file /run/x\n"));
	assert_non_null(strstr(taken, "\npolicy "));
	(void)undo_close(u);
}

/* What can't be taken back is tried again at the end, and by the next start. */
static void test_refusals(void **state)
{
	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	must_add(u, 12);
	must_add(u, 13);
	refusals = 2;
	undo_run(u);
	assert_string_equal(taken, "process 11 7\n");
	(void)undo_close(u);
	assert_string_equal(taken, "process 11 7\nprocess 13 7\nprocess 12 7\n");

	u = must_open("office");
	must_add(u, 14);
	must_add(u, 15);
	refusals = 3;
	(void)undo_close(u); /* 15 and 14 refused, then 15 again */
	assert_string_equal(strstr(taken, "12"), "12 7\nprocess 14 7\n");
	u = must_open("office");
	assert_string_equal(strstr(taken, "14"), "14 7\nprocess 15 7\n");
	(void)undo_close(u);
}

/* Somebody else's is left alone; what may or may not have been added is not. */
static void test_unless_added(void **state)
{
	struct undo_entry other = process(11), lost = process(12);

	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	must_add(u, 12);
	undo_unless_added(u, &other, -EEXIST);
	undo_unless_added(u, &lost, -ENOBUFS);
	(void)undo_close(u);
	assert_string_equal(taken, "process 12 7\n");
}

/* A line that only half of found room is taken out again: the next one would be lost with it. */
static void test_half_a_line(void **state)
{
	const struct rlimit narrow = { 20, RLIM_INFINITY }, wide = { RLIM_INFINITY, RLIM_INFINITY };
	struct undo_entry e = process(12);
	char record[512];

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	struct undo *u = must_open("office");
	must_add(u, 11);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &narrow), 0);
	int r = undo_add(u, &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &wide), 0);
	assert_int_equal(r, -ENOSPC);
	must_add(u, 13);
	read_record("office", record);
	assert_string_equal(record, "process 11 7\nprocess 13 7\n");
	(void)undo_close(u);
}

/* Whatever can't be opened on the way in: no folder stays behind (teardown sees it). */
static void test_failed_beginning(void **state)
{
	struct rlimit before, few;
	unsigned int failed = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	int lowest = dup(0);
	assert_true(lowest >= 0);
	(void)close(lowest);
	few = before;
	for (rlim_t n = 0; n < 8; n++) {
		struct undo *u = NULL;
		char path[128];

		few.rlim_cur = (rlim_t)lowest + n;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		int r = undo_open_at(run_dir, "office", run_kinds, note, &u, NULL);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		if (r == 0)
			(void)undo_close(u);
		failed += r < 0;
		(void)snprintf(path, sizeof(path), "%s/office", run_dir);
		assert_true(access(path, F_OK) < 0);
	}
	assert_between(failed, 2, 7);
}

/* The record stands before the thing is added, and survives a death without a word. */
static void test_crash(void **state)
{
	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct undo *u = NULL;
		struct undo_entry a = process(11), b = process(12);
		if (undo_open_at(run_dir, "office", run_kinds, note, &u, NULL) < 0 ||
		    undo_add(u, &a) < 0 || undo_add(u, &b) < 0)
			_exit(1);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);

	struct undo *u = must_open("office");
	assert_string_equal(taken, "process 12 7\nprocess 11 7\n");
	(void)undo_close(u);
	assert_string_equal(taken, "process 12 7\nprocess 11 7\n");
}

static void test_busy(void **state)
{
	struct undo *second = NULL;
	struct failure f = {};

	(void)state;
	struct undo *u = must_open("office");
	must_add(u, 11);
	/* Locks belong to open files, so one process can stand for two. */
	assert_int_equal(undo_open_at(run_dir, "office", run_kinds, note, &second, &f), -EBUSY);
	assert_int_equal(f.cause, CAUSE_RUNNING);
	assert_string_equal(taken, "");
	struct undo *other = must_open("home");
	(void)undo_close(other);
	(void)undo_close(u);
}

static void test_hostile_record(void **state)
{
	(void)state;
	write_record("office",
		     "process 11 7\n"
		     "process 1 7\n"		 /* init */
		     "process -1 7\n"		 /* everybody */
		     "process 12 7 9\n"		 /* a field too many */
		     "process 12\n"		 /* one too few */
		     "file /run/../etc/passwd\n" /* outside */
		     "file /etc/passwd\n"	 /* outside */
		     "sysctl /proc/sys/kernel/core_pattern 1 2\n"
		     "sysctl /proc/sys/net/../kernel/x 1 2\n"
		     "sysctl /proc/sys/net/ipv4/x |sh 2\n"
		     "dns resolved ../x 4 5\n"
		     "dns elsewhere ppp0 4 5\n"
		     "\n"
		     "route 10.0.0.0 33 254 0 ppp0 5\n" /* no such prefix */
		     "sa 10.0.0.1 10.0.0.2 4294967296 1\n"
		     "process 13 7\n"
		     "process 14 7", /* cut off */
		     0600);
	struct undo *u = must_open("office");
	assert_string_equal(taken, "process 13 7\nprocess 11 7\n");
	(void)undo_close(u);
}

/* A record says the same whichever version wrote it. Who sends ends first, then the last one that was added. */
static void test_every_kind(void **state)
{
	static const char *const lines[] = {
		"file /run/tsunagu/office/ppp",
		"dns file ppp0 44 4275878552",
		"dns resolvconf ppp0 44 0",
		"dns resolved ppp0 44 0",
		"sysctl /proc/sys/net/ipv4/conf/eth0/rp_filter 1 2",
		"claim table-29001",
		"gate forwarded 0 fd00::1 :: 0 0 0 0 2",
		"wall all 3 - 224.0.0.0 4 17 68 67 3",
		"guard 192.168.100.50 2",
		"barrier fd00:: 8 29001",
		"rule 4 28000 254 0 10.0.0.0 8 15 0 0 eth0 -",
		"rule 6 30000 254 4294967295 :: 0 255 546 547 - fd00::1",
		"route 10.0.0.0 8 51820 10 ppp0 44",
		"policy in 2001:db8::1 1701 2001:db8::2 40000 77",
		"policy out 192.0.2.1 40000 198.51.100.2 1701 77",
		"sa 192.0.2.1 198.51.100.2 4294967294 3",
	};
	char record[2048] = "", expected[2048] = "process 4711 1234567890123\n";

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		strcat(strcat(expected, lines[i]), "\n");
		strcat(strcat(record, lines[sizeof(lines) / sizeof(lines[0]) - 1 - i]), "\n");
		if (i == 2)
			strcat(record, "process 4711 1234567890123\n");
	}
	write_record("office", record, 0600);
	struct undo *u = must_open("office");
	assert_string_equal(taken, expected);
	(void)undo_close(u);
	/* And none is missing here but the one that keeps others. */
	for (size_t i = 0; run_kinds[i]; i++) {
		char line[32];
		(void)snprintf(line, sizeof(line), "\n%s ", run_kinds[i]->word);
		assert_true(strstr(expected, line) || run_kinds[i] == &pppd_process_kind ||
			    run_kinds[i] == &net_closed_kind);
	}
}

/* An empty folder that others may write is not ours: it is refused, and stays. */
static void test_empty_folder_of_others(void **state)
{
	struct undo *u = NULL;
	struct failure f = {};
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/office", run_dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(undo_open_at(run_dir, "office", run_kinds, note, &u, &f), -EPERM);
	assert_int_equal(rmdir(path), 0);
}

static void test_record_of_others(void **state)
{
	struct undo *u = NULL;
	struct failure f = {};
	char path[128];

	(void)state;
	write_record("office", "process 11 7\n", 0622);
	assert_int_equal(undo_open_at(run_dir, "office", run_kinds, note, &u, &f), -EPERM);
	assert_int_equal(f.cause, CAUSE_RUN_DIR);
	assert_string_equal(taken, "");

	/* A link in its place is not followed either. */
	(void)snprintf(path, sizeof(path), "%s/office/undo", run_dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_true(undo_open_at(run_dir, "office", run_kinds, note, &u, NULL) < 0);
	assert_int_equal(unlink(path), 0);
	(void)undo_close(must_open("office"));
}

static void test_folder_of_others(void **state)
{
	struct undo *u = NULL;
	struct failure f = {};

	(void)state;
	assert_int_equal(chmod(run_dir, 0777), 0);
	assert_int_equal(undo_open_at(run_dir, "office", run_kinds, note, &u, &f), -EPERM);
	assert_int_equal(f.cause, CAUSE_RUN_DIR);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", "../x", "a/b", ".hidden", "a\nb" };
	struct undo *u = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(undo_open_at(run_dir, bad[i], run_kinds, note, &u, NULL), -EINVAL);
	(void)undo_close(must_open("\xe6\x9d\xb1\xe4\xba\xac office"));
}

static struct endpoint address(const char *text, uint16_t port)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(text, port, &e), 0);
	return e;
}

/* The kill switch: what closes the network outlives the process that closed it, until somebody opens. */
static void test_closed(void **state)
{
	const struct undo_entry closed = { &net_closed_kind, NULL };
	const struct net_rule unmarked = {
		.family = AF_INET,
		.priority = 29000,
		.table = 29000,
		.mark = 7,
		.to = { .family = AF_INET },
		.ignored = NET_RULE_ALL,
	};
	const struct undo_entry rule = { &net_rule_kind, &unmarked };

	(void)state;
	struct undo *u = must_open("office");
	assert_int_equal(undo_add(u, &closed), 0);
	assert_int_equal(undo_add(u, &rule), 0);
	must_add(u, 11);
	u = undo_close(u);
	assert_string_equal(taken, "process 11 7\n");
	u = must_open("office");
	assert_string_equal(taken, "process 11 7\n");
	assert_true(undo_is_closed(u));
	assert_true(undo_has(u, &rule));
	undo_unlock(u);
	u = undo_close(u);
	assert_string_equal(taken, "process 11 7\nrule 4 29000 29000 7 0.0.0.0 0 255 0 0 - -\n");
}

/* What only one connection may have. */
static void test_claims(void **state)
{
	char owner[NAME_MAX + 1], path[128];

	(void)state;
	struct undo *a = must_open("office"), *b = must_open("branch");
	(void)snprintf(path, sizeof(path), "%s/.default", run_dir);
	assert_int_equal(net_claim(a, "default", owner), 0);
	assert_int_equal(net_claim(a, "default", owner), 0);
	assert_int_equal(net_claim(b, "default", owner), -EBUSY);
	assert_string_equal(owner, "office");
	a = undo_close(a); /* whose claim is noted as taken back, but the file stays here */
	assert_string_equal(taken, "claim default\n");
	/* Its owner is gone. */
	assert_int_equal(net_claim(b, "default", owner), 0);
	b = undo_close(b);
	assert_int_equal(unlink(path), 0);
}

static void test_entries_round_trip(void **state)
{
	const struct undo_entry entries[] = {
		{ &xfrm_sa_kind,
		  &(struct xfrm_sa_id){ address("192.0.2.1", 0), address("198.51.100.2", 0),
					0xfffffffe, 3 } },
		{ &xfrm_sa_kind,
		  &(struct xfrm_sa_id){ address("2001:db8::1", 0), address("::1", 0), 256, 0 } },
		{ &xfrm_policy_kind, &(struct xfrm_policy){ true, address("192.0.2.1", 40000),
							    address("198.51.100.2", 1701), 77 } },
		{ &net_route_kind,
		  &(struct net_route){ address("10.0.0.0", 0), 8, 51820, 10, "ppp0", 44 } },
		{ &net_rule_kind,
		  &(struct net_rule){ AF_INET6, 30000, 254, 0xffffffff, address("fd00::1", 0),
				      address("::", 0), 0, NET_RULE_ALL, 546, 547, "" } },
		{ &net_rule_kind, &(struct net_rule){ .family = AF_INET,
						      .priority = 28000,
						      .table = 254,
						      .to = address("10.0.0.0", 0),
						      .prefix_len = 8,
						      .ignored = 15,
						      .oif = "eth0" } },
		{ &net_barrier_kind, &(struct net_barrier){ address("fd00::", 0), 8, 29001 } },
		{ &xfrm_guard_kind,
		  &(struct xfrm_guard){ address("192.168.100.50", 0), XFRM_GUARD_ITSELF } },
		{ &xfrm_wall_kind, &(struct xfrm_wall){ .ifindex = 3,
							.to = address("224.0.0.0", 0),
							.prefix_len = 4,
							.protocol = 17,
							.sport = 68,
							.dport = 67 } },
		{ &xfrm_gate_kind, &(struct xfrm_wall){ .forwarded = true,
							.from = address("fd00::1", 0),
							.to = address("::", 0),
							.what = XFRM_WALL_PASS_TUNNEL } },
		{ &net_claim_kind, &(struct net_claim){ "table-29001" } },
		{ &net_closed_kind, NULL },
		{ &net_sysctl_kind,
		  &(struct net_sysctl){ "/proc/sys/net/ipv4/conf/eth0/rp_filter", "1", "2" } },
		{ &dns_kind, &(struct dns_record){ DNS_BY_RESOLVCONF, "ppp0", 44, 0 } },
		{ &dns_kind, &(struct dns_record){ DNS_BY_FILE, "ppp0", 44, 0xfedcba98 } },
		{ &pppd_process_kind, &(struct pppd_process){ 4711, 1234567890123 } },
		{ &pppd_file_kind, &(struct pppd_file){ "/run/tsunagu/office/ppp" } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		char line[UNDO_LINE_MAX], again[UNDO_LINE_MAX];
		union undo_data data;
		struct undo_entry e;
		assert_true(undo_entry_format(&entries[i], line) > 0);
		assert_int_equal(undo_entry_parse(run_kinds, line, &data, &e), 0);
		assert_true(undo_entry_format(&e, again) > 0);
		assert_string_equal(line, again);
		assert_true(undo_entry_equal(&entries[i], &e));
		for (size_t j = 0; j < i; j++)
			assert_false(undo_entry_equal(&entries[i], &entries[j]));
	}
}

static void test_entries_without_a_line(void **state)
{
	char line[UNDO_LINE_MAX];
	struct pppd_file file = { "/run/a b" };
	const struct undo_entry e = { &pppd_file_kind, &file };

	(void)state;
	assert_int_equal(undo_entry_format(&e, line), -EINVAL);
	strcpy(file.path, "/run/a\nprocess 1 1");
	assert_int_equal(undo_entry_format(&e, line), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_reverse_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_done_is_not_taken_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_processes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_a_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failed_beginning, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unless_added, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_record, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(test_empty_folder_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_record_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folder_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_claims, setup, teardown),
		cmocka_unit_test(test_entries_round_trip),
		cmocka_unit_test(test_entries_without_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
