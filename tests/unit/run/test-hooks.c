/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks: which files are taken, what they are told, in which order they run, and how they fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/run/hooks-environment.h"
#include "client/run/hooks-folder.h"
#include "client/run/hooks.h"
#include "tests/unit/temp-dir.h"

/* What was refused or warned about, and what is done. */
struct heard {
	sd_event *event;
	char text[4096];
	char done[128];
	enum hook_reason last; /* which ends the loop */
};

static void hear(struct heard *heard, const char *a, const char *b)
{
	size_t len = strlen(heard->text);

	snprintf(heard->text + len, sizeof(heard->text) - len, "%s: %s\n", a, b);
}

static void on_refused(void *userdata, const char *name, const char *why)
{
	hear(userdata, name, why);
}

static void put(const char *dir, const char *name, const char *text, mode_t mode)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void test_folder(void **state)
{
	const char *dir = temp_dir;
	char path[1024];
	struct hooks_folder folder;
	struct heard heard = { 0 };

	(void)state;
	assert_int_equal(chmod(dir, 0755), 0);
	/* Octets decide: capitals first, '_' before small letters. */
	put(dir, "b", "", 0755);
	put(dir, "B", "", 0755);
	put(dir, "_a", "", 0700);
	put(dir, "10-first", "", 0755);
	put(dir, "9-last", "", 0755);
	/* Left by editors and packagers, not executable, no file: none of it is worth a word. */
	put(dir, "b~", "", 0755);
	put(dir, "b.dpkg-old", "", 0755);
	put(dir, "script.sh", "", 0755);
	put(dir, "README", "", 0644);
	snprintf(path, sizeof(path), "%s/folder", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	put(dir, "open", "", 0775);
	put(dir, "opener", "", 0757);
	snprintf(path, sizeof(path), "%s/dangling", dir);
	assert_int_equal(symlink("nowhere", path), 0);

	hooks_folder_read(dir, &folder, on_refused, &heard);
	static const char *const wanted[] = { "10-first", "9-last", "B", "_a", "b" };
	assert_int_equal(folder.n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < folder.n; i++)
		assert_string_equal(folder.names[i], wanted[i]);
	assert_non_null(strstr(heard.text, "open: others may change it\n"));
	assert_non_null(strstr(heard.text, "opener: others may change it\n"));
	assert_non_null(strstr(heard.text, "dangling: No such file"));
	assert_null(strstr(heard.text, "script.sh"));

	/* A folder that others may write decides nothing; nor does what is no folder. */
	assert_int_equal(chmod(dir, 0775), 0);
	heard.text[0] = '\0';
	hooks_folder_read(dir, &folder, on_refused, &heard);
	assert_int_equal(folder.n, 0);
	assert_string_equal(heard.text, ": others may change it\n");
	assert_int_equal(chmod(dir, 0755), 0);
	heard.text[0] = '\0';
	snprintf(path, sizeof(path), "%s.link", dir);
	assert_int_equal(symlink(dir, path), 0);
	hooks_folder_read(path, &folder, on_refused, &heard);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(folder.n, 0);
	assert_true(heard.text[0]);
	if (geteuid() == 0) {
		heard.text[0] = '\0';
		snprintf(path, sizeof(path), "%s/b", dir);
		assert_int_equal(chown(path, 65534, 65534), 0);
		hooks_folder_read(dir, &folder, on_refused, &heard);
		assert_int_equal(folder.n, 4);
		assert_non_null(strstr(heard.text, "b: it doesn't belong to root\n"));
	}

	heard.text[0] = '\0';
	hooks_folder_read("/nonexistent/hooks.d", &folder, on_refused, &heard);
	assert_int_equal(folder.n, 0);
	assert_string_equal(heard.text, "");
}

static struct profile *profile(const char *ipv4)
{
	char text[8192 + 256];
	struct profile *p = NULL;
	struct failure why = { 0 };

	snprintf(text, sizeof(text),
		 "[vpn]\ngateway=g\nuser=u\n[vpn-secrets]\nipsec-psk=canary\npassword=canary\n"
		 "[ipv4]\n%s",
		 ipv4);
	if (profile_parse("office", text, strlen(text), &p, &why) < 0)
		fail_msg("%s", why.detail);
	return p;
}

static void info_of(struct connection_info *ret)
{
	*ret = (struct connection_info){ .address_known = true, .mtu = 1380, .n_dns = 3 };
	snprintf(ret->ifname, sizeof(ret->ifname), "ppp7");
	assert_int_equal(endpoint_parse("192.0.2.1", 500, &ret->gateway), 0);
	assert_int_equal(endpoint_parse("10.1.2.3", 0, &ret->address), 0);
	assert_int_equal(endpoint_parse("10.0.0.53", 0, &ret->dns[0]), 0);
	assert_int_equal(endpoint_parse("fd00::53", 0, &ret->dns[1]), 0);
	assert_int_equal(endpoint_parse("10.0.0.54", 0, &ret->dns[2]), 0);
}

static struct hooks_environment environment;

static void tells(const char *variable)
{
	for (size_t i = 0; environment.variables[i]; i++)
		if (strcmp(environment.variables[i], variable) == 0)
			return;
	fail_msg("%s is missing", variable);
}

static void silent_about(const char *name)
{
	for (size_t i = 0; environment.variables[i]; i++)
		if (strncmp(environment.variables[i], name, strlen(name)) == 0)
			fail_msg("%s", environment.variables[i]);
}

static void test_environment(void **state)
{
	struct profile *p = profile("never-default=true\nroute1=192.168.100.0/22\n"
				    "route2=10.9.8.7/32\ndns-search=office.test;~lab.test;\n");
	struct connection_info info;
	struct endpoint address6;

	(void)state;
	info_of(&info);
	assert_int_equal(endpoint_parse("fd00::7", 0, &address6), 0);
	assert_int_equal(hooks_environment_make(HOOK_CONNECT, p, &info, &address6, &environment),
			 0);
	char pid[32];
	snprintf(pid, sizeof(pid), "VPNPID=%d", (int)getpid());
	const char *const wanted[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"reason=connect",
		"TSUNAGU_NAME=office",
		pid,
		"VPNGATEWAY=192.0.2.1",
		"TUNDEV=ppp7",
		"INTERNAL_IP4_ADDRESS=10.1.2.3",
		"INTERNAL_IP4_NETMASK=255.255.255.255",
		"INTERNAL_IP4_NETMASKLEN=32",
		"INTERNAL_IP4_MTU=1380",
		"INTERNAL_IP6_ADDRESS=fd00::7",
		"INTERNAL_IP4_DNS=10.0.0.53 10.0.0.54",
		"INTERNAL_IP6_DNS=fd00::53",
		"CISCO_DEF_DOMAIN=office.test",
		"CISCO_SPLIT_DNS=office.test,lab.test",
		"CISCO_SPLIT_INC=2",
		"CISCO_SPLIT_INC_0_ADDR=192.168.100.0",
		"CISCO_SPLIT_INC_0_MASK=255.255.252.0",
		"CISCO_SPLIT_INC_0_MASKLEN=22",
		"CISCO_SPLIT_INC_1_ADDR=10.9.8.7",
		"CISCO_SPLIT_INC_1_MASK=255.255.255.255",
		"CISCO_SPLIT_INC_1_MASKLEN=32",
	};
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		tells(wanted[i]);
	assert_int_equal(environment.n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < environment.n; i++)
		assert_null(strstr(environment.variables[i], "canary"));
	profile_free(p);

	/* In a full tunnel no routes are named: vpnc-script takes them for a split one. */
	p = profile("route1=192.168.100.0/24\ndns-search=office.test;\n");
	assert_int_equal(hooks_environment_make(HOOK_DISCONNECT, p, &info, &(struct endpoint){ 0 },
						&environment),
			 0);
	tells("reason=disconnect");
	tells("CISCO_DEF_DOMAIN=office.test");
	silent_about("CISCO_SPLIT");
	silent_about("INTERNAL_IP6_ADDRESS");

	/* What isn't known yet isn't named; what can't be shown isn't either. */
	info = (struct connection_info){ 0 };
	assert_int_equal(hooks_environment_make(HOOK_PRE_INIT, p, &info, &(struct endpoint){ 0 },
						&environment),
			 0);
	assert_int_equal(environment.n, 4);
	snprintf(info.ifname, sizeof(info.ifname), "ppp\n0");
	assert_int_equal(hooks_environment_make(HOOK_PRE_INIT, p, &info, &(struct endpoint){ 0 },
						&environment),
			 0);
	assert_int_equal(environment.n, 4);
	profile_free(p);
}

static void test_environment_limits(void **state)
{
	char routes[8192] = "never-default=true\n";
	struct connection_info info;

	(void)state;
	for (int i = 1; i <= SYS_ROUTES_MAX; i++) {
		size_t len = strlen(routes);
		snprintf(routes + len, sizeof(routes) - len, "route%d=10.%d.%d.0/24\n", i, i / 200,
			 i % 200);
	}
	struct profile *p = profile(routes);
	info_of(&info);
	assert_int_equal(hooks_environment_make(HOOK_CONNECT, p, &info, &(struct endpoint){ 0 },
						&environment),
			 0);
	tells("CISCO_SPLIT_INC=256");
	tells("CISCO_SPLIT_INC_255_MASKLEN=24");
	profile_free(p);
}

static void on_warning(void *userdata, const char *text)
{
	hear(userdata, "warning", text);
}

static void on_done(void *userdata, enum hook_reason reason)
{
	struct heard *heard = userdata;

	strcat(strcat(heard->done, hook_reason_id(reason)), " ");
	if (reason == heard->last)
		assert_true(sd_event_exit(heard->event, 0) >= 0);
}

/* Runs these reasons in a folder of hooks until the last one of them is done. */
static void run(const char *dir, struct heard *heard, unsigned int limit_ms,
		const enum hook_reason *reasons, size_t n)
{
	struct profile *p = profile("never-default=true\n");
	struct connection_info info;
	struct hooks *h;

	info_of(&info);
	*heard = (struct heard){ .last = reasons[n - 1] };
	assert_true(sd_event_new(&heard->event) >= 0);
	const struct hooks_config config = {
		.event = heard->event,
		.folder = dir,
		.profile = p,
		.limit_ms = limit_ms,
		.userdata = heard,
		.on_warning = on_warning,
		.on_done = on_done,
	};
	assert_int_equal(hooks_new(&config, &h), 0);
	for (size_t i = 0; i < n; i++)
		assert_true(hooks_run(h, reasons[i], &info));
	assert_true(hooks_are_running(h));
	assert_true(sd_event_loop(heard->event) >= 0);
	assert_false(hooks_are_running(h));
	hooks_free(h);
	sd_event_unref(heard->event);
	profile_free(p);
}

static char *content(const char *dir, const char *name, char *buf, size_t size)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(buf, 1, size - 1, f) : 0;
	if (f)
		(void)fclose(f);
	buf[n] = '\0';
	return buf;
}

static void test_order(void **state)
{
	const char *dir = temp_dir;
	char text[2048];
	struct heard heard;
	static const enum hook_reason reasons[] = { HOOK_PRE_INIT, HOOK_CONNECT };

	(void)state;
	snprintf(text, sizeof(text), "#!/bin/sh\nsleep 0.2\necho a-$reason >>%s/log.txt\n", dir);
	put(dir, "a", text, 0755);
	snprintf(text, sizeof(text), "#!/bin/sh\necho b-$reason-$#-$(pwd) >>%s/log.txt\n", dir);
	put(dir, "b", text, 0755);
	run(dir, &heard, 0, reasons, ARRAY_SIZE(reasons));
	assert_string_equal(content(dir, "log.txt", text, sizeof(text)),
			    "a-pre-init\nb-pre-init-0-/\na-connect\nb-connect-0-/\n");
	assert_string_equal(heard.done, "pre-init connect ");
	assert_string_equal(heard.text, "");
}

/* Nothing of ours is in their hands: no descriptor, no variable. */
static void test_clean(void **state)
{
	const char *dir = temp_dir;
	char text[4096];
	struct heard heard;
	static const enum hook_reason reasons[] = { HOOK_CONNECT };

	(void)state;
	assert_int_equal(setenv("CANARY", "canary", 1), 0);
	snprintf(text, sizeof(text),
		 "#!/bin/sh\nexec >%s/log.txt\ntr '\\0' '\\n' </proc/$$/environ\n"
		 "readlink /proc/$$/fd/0\nexec ls /proc/self/fd\n",
		 dir);
	put(dir, "a", text, 0755);
	run(dir, &heard, 0, reasons, ARRAY_SIZE(reasons));
	assert_string_equal(heard.text, "");
	content(dir, "log.txt", text, sizeof(text));
	/* The last one is the folder that ls reads. */
	if (!strstr(text, "\n/dev/null\n0\n1\n2\n3\n"))
		fail_msg("%s", text);
	assert_non_null(strstr(text, "\nreason=connect\n"));
	assert_null(strstr(text, "canary"));
}

static void test_failures(void **state)
{
	const char *dir = temp_dir;
	struct heard heard;
	static const enum hook_reason reasons[] = { HOOK_CONNECT };

	(void)state;
	put(dir, "a-status", "#!/bin/sh\nexit 3\n", 0755);
	put(dir, "b-signal", "#!/bin/sh\nkill -KILL $$\n", 0755);
	put(dir, "c-no-program", "#!/nonexistent/interpreter\n", 0755);
	put(dir, "e-prints", "#!/bin/sh\nyes | head -c 300000; printf 'no end of line\\001'\n",
	    0755);
	put(dir, "f-leaves-a-child", "#!/bin/sh\nsleep 2 &\n", 0755);
	run(dir, &heard, 0, reasons, ARRAY_SIZE(reasons));
	assert_non_null(strstr(heard.text, "/a-status (connect) ended with status 3\n"));
	assert_non_null(strstr(heard.text, "/b-signal (connect) was ended by signal 9\n"));
	assert_non_null(strstr(heard.text, "/c-no-program (connect) ended with status 127: "));
	assert_null(strstr(heard.text, "f-leaves"));
	assert_string_equal(heard.done, "connect ");
}

/* By itself: a slow machine's other programs may take longer than its limit. */
static void test_hangs(void **state)
{
	const char *dir = temp_dir;
	struct heard heard;
	static const enum hook_reason reasons[] = { HOOK_CONNECT };

	(void)state;
	/* Deaf to SIGTERM, and its own child keeps the pipe open. */
	put(dir, "hangs", "#!/bin/sh\ntrap '' TERM\nsleep 1000\nsleep 1000\n", 0755);
	run(dir, &heard, 300, reasons, ARRAY_SIZE(reasons));
	assert_non_null(strstr(heard.text, "/hangs (connect) took longer than "));
	assert_string_equal(heard.done, "connect ");
}

/* The end doesn't wait for what former reasons still have to run, and is itself limited. */
static void test_end(void **state)
{
	const char *dir = temp_dir;
	char text[2048];
	struct heard heard;
	struct timespec from, to;
	static const enum hook_reason reasons[] = { HOOK_CONNECT, HOOK_ATTEMPT_RECONNECT,
						    HOOK_DISCONNECT };

	(void)state;
	snprintf(text, sizeof(text),
		 "#!/bin/sh\necho $reason >>%s/log.txt\n[ $reason = disconnect ] || sleep 1000\n",
		 dir);
	put(dir, "a", text, 0755);
	put(dir, "b", "#!/bin/sh\nsleep 1000\n", 0755);
	put(dir, "c", text, 0755);
	clock_gettime(CLOCK_MONOTONIC, &from);
	run(dir, &heard, 2000, reasons, ARRAY_SIZE(reasons));
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_string_equal(heard.done, "connect attempt-reconnect disconnect ");
	content(dir, "log.txt", text, sizeof(text));
	/* The one of `connect` may have been ended before it wrote a word. */
	assert_null(strstr(text, "attempt"));
	assert_non_null(strstr(text, "disconnect\n"));
	assert_non_null(strstr(heard.text, "/b (disconnect) took longer than "));
	assert_non_null(strstr(heard.text, "/c (disconnect) is not run: "));
	assert_true(to.tv_sec - from.tv_sec < 30);
}

static void test_kill(void **state)
{
	const char *dir = temp_dir;
	struct profile *p = profile("");
	struct heard heard = { 0 };
	struct connection_info info;
	struct hooks *h;

	(void)state;
	put(dir, "a", "#!/bin/sh\nsleep 1000\n", 0755);
	info_of(&info);
	assert_true(sd_event_new(&heard.event) >= 0);
	const struct hooks_config config = {
		.event = heard.event,
		.folder = dir,
		.profile = p,
		.userdata = &heard,
		.on_warning = on_warning,
		.on_done = on_done,
	};
	assert_int_equal(hooks_new(&config, &h), 0);
	/* However often the connection is lost, the queue stays short. */
	for (int i = 0; i < 5; i++)
		assert_true(hooks_run(h, HOOK_RECONNECT, &info));
	assert_false(hooks_run(h, HOOK_RECONNECT, &info));
	assert_non_null(strstr(heard.text, "can't be run"));
	assert_true(sd_event_run(heard.event, 1000000) >= 0);
	assert_true(hooks_are_running(h));
	hooks_kill(h);
	assert_false(hooks_are_running(h));
	assert_string_equal(heard.done, "");
	hooks_free(h);
	sd_event_unref(heard.event);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_folder, temp_dir_make, temp_dir_remove),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_environment_limits),
		cmocka_unit_test_setup_teardown(test_order, temp_dir_make, temp_dir_remove),
		cmocka_unit_test_setup_teardown(test_clean, temp_dir_make, temp_dir_remove),
		cmocka_unit_test_setup_teardown(test_failures, temp_dir_make, temp_dir_remove),
		cmocka_unit_test_setup_teardown(test_hangs, temp_dir_make, temp_dir_remove),
		cmocka_unit_test_setup_teardown(test_end, temp_dir_make, temp_dir_remove),
		cmocka_unit_test_setup_teardown(test_kill, temp_dir_make, temp_dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
