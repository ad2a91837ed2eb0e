/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where secrets come from: the order, files, commands, the terminal, and what is refused. */
#include <errno.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/profile/secret-source.h"
#include "client/profile/secrets.h"
#include "tests/unit/temp-dir.h"

/* A profile with these lines in [vpn], and these secrets. */
static struct profile *profile(const char *vpn, const char *secrets)
{
	char text[4096];
	struct profile *p = NULL;
	struct failure why = { 0 };

	snprintf(text, sizeof(text), "[vpn]\ngateway=g\nuser=u\n%s\n[vpn-secrets]\n%s\n", vpn,
		 secrets);
	if (profile_parse("office", text, strlen(text), &p, &why) < 0)
		fail_msg("%s", why.detail);
	return p;
}

static void gives(const char *vpn, const char *secrets, const char *psk, const char *password)
{
	struct profile *p = profile(vpn, secrets);
	struct secret k = { 0 }, w = { 0 };
	struct failure why = { 0 };

	if (secrets_get(p, false, &k, &w, &why) < 0)
		fail_msg("%s: %s", vpn, why.detail);
	assert_int_equal(k.len, strlen(psk));
	assert_memory_equal(k.data, psk, k.len);
	assert_int_equal(w.len, strlen(password));
	assert_memory_equal(w.data, password, w.len);
	profile_free(p);
}

static void refuses(const char *vpn, const char *secrets, enum cause cause)
{
	struct profile *p = profile(vpn, secrets);
	struct secret k = { 0 }, w = { 0 };
	struct failure why = { 0 };

	assert_true(secrets_get(p, false, &k, &w, &why) < 0);
	if (why.cause != cause)
		fail_msg("%s: %s (%s)", vpn, cause_id(why.cause), why.detail);
	assert_true(why.detail[0]);
	assert_null(strstr(why.detail, "canary"));
	assert_int_equal(k.len, 0);
	assert_int_equal(w.len, 0);
	profile_free(p);
}

static void test_profile(void **state)
{
	(void)state;
	gives("", "ipsec-psk=k\npassword=w", "k", "w");
	gives("ipsec-psk=k", "password=w", "k", "w");
	gives("password-flags=4", "ipsec-psk=k", "k", "");
	/* A certificate in the password's place: its key's passphrase, which it need not have. */
	const char *tls = "user-auth-type=tls\nuser-cert=/c";
	gives(tls, "ipsec-psk=k\npassword=w\nuser-certpass=c", "k", "c");
	gives(tls, "ipsec-psk=k\npassword=w", "k", "");
	refuses("user-auth-type=tls\nuser-cert=/c\nuser-certpass-flags=2", "ipsec-psk=k",
		CAUSE_SECRET_MISSING);
	refuses("", "ipsec-psk=k", CAUSE_SECRET_MISSING);
	refuses("", "password=w", CAUSE_SECRET_MISSING);
	refuses("ipsec-psk-flags=4", "password=w", CAUSE_SECRET_MISSING);
}

/* The line of the profile that names this file. */
static const char *file_line(const char *key, const char *path)
{
	static char line[TEMP_PATH_MAX * 3];

	snprintf(line, sizeof(line), "%s=%s", key, path);
	return line;
}

static void test_files(void **state)
{
	static char text[SECRET_LINE_MAX + 2];

	(void)state;
	const char *key = "ipsec-psk-file";
	gives(file_line(key, temp_file("a", "kf\nrest\n", 0600)), "password=w", "kf", "w");
	gives(file_line(key, temp_file("a", "kf", 0400)), "password=w", "kf", "w");
	gives(file_line(key, temp_file("a", "kf\r\n", 0600)), "password=w", "kf", "w");
	gives(file_line(key, temp_file("a", " k;#\\s \n", 0600)), "password=w", " k;#\\s ", "w");
	gives(file_line(key, temp_file("a", "0sYWJjZA==\n", 0600)), "password=w", "abcd", "w");
	/* What stands in the profile comes first. */
	gives(file_line(key, "/nonexistent"), "ipsec-psk=k\npassword=w", "k", "w");

	refuses(file_line(key, temp_file("a", "canary\n", 0640)), "password=w",
		CAUSE_PROFILE_UNSAFE);
	refuses(file_line(key, temp_file("a", "canary\n", 0604)), "password=w",
		CAUSE_PROFILE_UNSAFE);
	refuses(file_line(key, temp_file("a", "canary\n", 0620)), "password=w",
		CAUSE_PROFILE_UNSAFE);
	refuses(file_line(key, temp_file("a", "", 0600)), "password=w", CAUSE_SECRET_MISSING);
	refuses(file_line(key, temp_file("a", "\ncanary", 0600)), "password=w",
		CAUSE_SECRET_MISSING);
	refuses(file_line(key, temp_file("a", "canary\x01\n", 0600)), "password=w",
		CAUSE_SECRET_UNREADABLE);
	refuses(file_line(key, temp_file("a", "0scanary*\n", 0600)), "password=w",
		CAUSE_SECRET_UNREADABLE);
	refuses(file_line(key, "/nonexistent"), "password=w", CAUSE_SECRET_UNREADABLE);
	refuses(file_line(key, "/"), "password=w", CAUSE_SECRET_UNREADABLE);
	refuses(file_line(key, "/dev/zero"), "password=w", CAUSE_SECRET_UNREADABLE);
	if (getuid() == 0) {
		const char *path = temp_file("theirs", "canary\n", 0600);

		assert_int_equal(chown(path, 65534, 65534), 0);
		refuses(file_line(key, path), "password=w", CAUSE_PROFILE_UNSAFE);
	}

	memset(text, 'a', sizeof(text) - 1);
	refuses(file_line(key, temp_file("a", text, 0600)), "password=w", CAUSE_SECRET_UNREADABLE);
	text[256] = '\0';
	refuses(file_line("password-file", temp_file("a", text, 0600)), "ipsec-psk=k",
		CAUSE_SECRET_UNREADABLE);
	text[255] = '\0';
	gives(file_line("password-file", temp_file("a", text, 0600)), "ipsec-psk=k", "k", text);
}

static void test_credentials(void **state)
{
	(void)state;
	temp_file("office.psk", "kc\n", 0440); /* as the service manager's ACLs look */
	temp_file("office.password", "wc\n", 0400);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", temp_dir, 1), 0);
	gives("", "", "kc", "wc");
	gives("", "password=w", "kc", "w");
	gives("password-command=/bin/false", "", "kc", "wc");
	gives(file_line("password-file", temp_file("f", "wf\n", 0600)), "", "kc", "wf");
	/* Who may read one is the service manager's business, who may change it isn't. */
	temp_file("office.certpass", "cc\n", 0440);
	gives("user-auth-type=tls\nuser-cert=/c", "", "kc", "cc");
	temp_file("office.psk", "kc\n", 0460);
	refuses("", "password=w", CAUSE_PROFILE_UNSAFE);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	refuses("", "", CAUSE_SECRET_MISSING);
}

static void test_commands(void **state)
{
	(void)state;
	gives("password-command=/bin/echo;wc", "ipsec-psk=k", "k", "wc");
	gives("password-command=/usr/bin/printf;a b\\\\nrest\\\\n", "ipsec-psk=k", "k", "a b");
	gives("password-command=/usr/bin/printf;%s;$(id) `id` \\; x", "ipsec-psk=k", "k",
	      "$(id) `id` ; x");
	refuses("password-command=/bin/false", "ipsec-psk=k", CAUSE_SECRET_UNREADABLE);
	refuses("password-command=/nonexistent", "ipsec-psk=k", CAUSE_SECRET_UNREADABLE);
	refuses("password-command=/bin/true", "ipsec-psk=k", CAUSE_SECRET_MISSING);
	refuses("password-command=/bin/sh;-c;echo canary\\; exit 3", "ipsec-psk=k",
		CAUSE_SECRET_UNREADABLE);
	refuses("password-command=/bin/sh;-c;echo canary\\; kill -9 $$", "ipsec-psk=k",
		CAUSE_SECRET_UNREADABLE);
	/* Standard input is empty, and a long output after the first line harms nobody. */
	gives("password-command=/bin/sh;-c;cat\\; echo x\\; seq 100000", "ipsec-psk=k", "k", "x");
	refuses("password-command=/bin/sh;-c;seq -s '' 2000", "ipsec-psk=k",
		CAUSE_SECRET_UNREADABLE);
}

/* A command that never ends is ended, whether it holds its output open or not. */
static void test_timeout(void **state)
{
	char line[SECRET_LINE_MAX] = "";
	char sleep_path[] = "/bin/sleep", seconds[] = "1000";
	char shell[] = "/bin/sh", option[] = "-c", script[] = "echo x; exec sleep 1000 >&-";
	char *const sleeping[] = { sleep_path, seconds, NULL };
	char *const closed[] = { shell, option, script, NULL };

	(void)state;
	assert_int_equal(secret_from_command(sleeping, 50 * NSEC_PER_MSEC, line), -ETIME);
	assert_int_equal(secret_from_command(closed, 300 * NSEC_PER_MSEC, line), -ETIME);
	assert_string_equal(line, "");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* No descriptor but the three standard ones reaches the command, even one that whoever started us left. */
static void test_descriptors(void **state)
{
	(void)state;
	int left = dup(STDERR_FILENO);
	assert_true(left > STDERR_FILENO);
	gives("password-command=/bin/sh;-c;ls /proc/self/fd | tr -d \\\\\\\\n", "ipsec-psk=k", "k",
	      "0123");
	assert_int_equal(close(left), 0);
}

/* Runs secrets_get() on a terminal of its own; 0: it gave "typed" as password. */
static int on_terminal(void)
{
	struct profile *p = profile("", "ipsec-psk=k");
	struct secret k = { 0 }, w = { 0 };
	struct failure why = { 0 };
	int r = secrets_get(p, true, &k, &w, &why);
	int code = r == 0 && w.len == 5 && memcmp(w.data, "typed", 5) == 0 ? 0
		   : why.cause == CAUSE_INTERRUPTED			   ? 1
		   : why.cause == CAUSE_SECRET_MISSING			   ? 2
									   : 3;

	profile_free(p);
	return code;
}

static void ignore(int signal)
{
	(void)signal;
}

/* Waits for the question, types, and gives all the terminal showed; returns the exit code. */
static int type(const char *text, char *ret_shown, size_t size, bool *ret_echo)
{
	struct termios after;
	size_t len = 0;
	int master, status;
	pid_t pid = forkpty(&master, NULL, NULL, NULL);

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGINT, ignore);
		_exit(on_terminal());
	}
	while (len < size - 1) {
		ssize_t n = read(master, ret_shown + len, size - 1 - len);

		if (n <= 0)
			break;
		bool asked = memchr(ret_shown, ':', len) != NULL;
		len += (size_t)n;
		ret_shown[len] = '\0';
		if (!asked && strstr(ret_shown, "password: "))
			assert_int_equal(write(master, text, strlen(text)), strlen(text));
	}
	assert_int_equal(tcgetattr(master, &after), 0);
	*ret_echo = after.c_lflag & ECHO; /* as a new terminal has it */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(master);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_terminal(void **state)
{
	char shown[1024] = "";
	bool echo_back;

	(void)state;
	assert_int_equal(type("typed\n", shown, sizeof(shown), &echo_back), 0);
	assert_non_null(strstr(shown, "office: password: "));
	assert_null(strstr(shown, "typed"));
	assert_true(echo_back);

	assert_int_equal(type("typ\x03", shown, sizeof(shown), &echo_back), 1);
	assert_null(strstr(shown, "typ"));
	assert_true(echo_back);

	assert_int_equal(type("\x04", shown, sizeof(shown), &echo_back), 2);
	assert_int_equal(type("\n", shown, sizeof(shown), &echo_back), 2);
	assert_int_equal(type("typex\177d\n", shown, sizeof(shown), &echo_back), 0);
}

static void test_origin(void **state)
{
	struct profile *p = profile("ipsec-psk-file=/x\npassword-command=/x", "");

	(void)state;
	assert_string_equal(secrets_origin(p, SECRET_PSK), "in a file");
	assert_string_equal(secrets_origin(p, SECRET_PASSWORD), "from a command");
	profile_free(p);
	p = profile("password-flags=4", "ipsec-psk=x");
	assert_string_equal(secrets_origin(p, SECRET_PSK), "in the profile");
	assert_string_equal(secrets_origin(p, SECRET_PASSWORD), "not required");
	profile_free(p);
	p = profile("", "");
	assert_string_equal(secrets_origin(p, SECRET_PASSWORD), "asked on the terminal");
	profile_free(p);
}

/* What secrets_get_l2tp() gives without a terminal: the text, or a cause. */
static void gives_l2tp(const char *vpn, const char *secrets, const char *text, enum cause cause)
{
	struct profile *p = profile(vpn, secrets);
	struct secret s = { 0 };
	struct failure why = { 0 };
	int r = secrets_get_l2tp(p, false, &s, &why);

	assert_int_equal(why.cause, cause);
	assert_int_equal(r < 0, cause != CAUSE_NONE);
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.data, text, s.len);
	profile_free(p);
}

static void test_l2tp(void **state)
{
	(void)state;
	gives_l2tp("", "", "", CAUSE_NONE);
	gives_l2tp("", "l2tp-secret=RTX1210", "RTX1210", CAUSE_NONE);
	/* no base64 here */
	gives_l2tp("", "l2tp-secret=0sYWJjZA==", "0sYWJjZA==", CAUSE_NONE);
	gives_l2tp("l2tp-secret-command=/bin/echo;t", "", "t", CAUSE_NONE);
	gives_l2tp("l2tp-secret-file=/nonexistent", "", "", CAUSE_SECRET_UNREADABLE);
	/* only when it is to be asked for is it missed */
	gives_l2tp("l2tp-secret-flags=2", "", "", CAUSE_SECRET_MISSING);
	gives_l2tp("l2tp-secret-flags=1", "", "", CAUSE_SECRET_MISSING);
	gives_l2tp("l2tp-secret-flags=4", "", "", CAUSE_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_profile),	    cmocka_unit_test(test_files),
		cmocka_unit_test(test_credentials), cmocka_unit_test(test_commands),
		cmocka_unit_test(test_timeout),	    cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_terminal),    cmocka_unit_test(test_origin),
		cmocka_unit_test(test_l2tp),
	};

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	return cmocka_run_group_tests(tests, temp_dir_make, temp_dir_remove);
}
