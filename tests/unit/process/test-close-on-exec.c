/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which descriptors a program has that we start: this one, started once more, says it. Kernels that can't mark all of them
 * in one call are played by a filter of system calls.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/process/close-on-exec.h"
#include "client/process/process.h"
#include "client/profile/secret-source.h"

#define FAR   700 /* above the limit that is lowered below it */
#define LIMIT 256
#define DAYS  (86400 * NSEC_PER_SEC)

static char self[4096];
static char list_option[] = "list";

/* As the program: the descriptors that it got, in a line. */
static int list(void)
{
	DIR *dir = opendir("/proc/self/fd");
	bool open[1024] = { false };
	char line[SECRET_LINE_MAX] = "";
	const struct dirent *entry;
	size_t len = 0;

	while (dir && (entry = readdir(dir))) {
		int fd = atoi(entry->d_name);
		open[fd] = entry->d_name[0] != '.' && fd != dirfd(dir);
	}
	for (int fd = 0; fd < 1024 && len < sizeof(line) - 8; fd++)
		if (open[fd])
			len += (size_t)sprintf(line + len, "%d ", fd);
	line[len++] = '\n';
	return write(STDOUT_FILENO, line, len) == (ssize_t)len ? 0 : 1;
}

/* From now on this system call has that ERROR here. False: filters aren't to be had. */
static bool forbid(unsigned int call, unsigned int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* What a child is started by. Return: 0, with the line that it wrote; a negative errno. */
typedef int starter(char line[static SECRET_LINE_MAX]);

static int by_secret(char line[static SECRET_LINE_MAX])
{
	char *const argv[] = { self, list_option, NULL };

	return secret_from_command(argv, DAYS, line);
}

static int spawn(size_t n_fds, char line[static SECRET_LINE_MAX])
{
	const char *const argv[] = { self, list_option, NULL };
	int in[2], fds[8];
	int status;
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	for (size_t i = 0; i < n_fds; i++)
		fds[i] = i == STDOUT_FILENO ? in[1] : STDERR_FILENO;
	const struct process_request request = {
		.path = self, .argv = argv, .fds = fds, .n_fds = n_fds
	};
	int r = process_spawn(&request, &pid);
	assert_int_equal(r, 0);
	(void)close(in[1]);
	ssize_t n = read(in[0], line, SECRET_LINE_MAX - 1);
	line[n > 0 ? n - 1 : 0] = '\0';
	(void)close(in[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

static int by_spawn(char line[static SECRET_LINE_MAX])
{
	return spawn(3, line);
}

static int by_spawn_of_two(char line[static SECRET_LINE_MAX])
{
	return spawn(2, line);
}

static int by_spawn_of_five(char line[static SECRET_LINE_MAX])
{
	return spawn(5, line);
}

/* What others left open: next to the standard ones, and beyond the limit. */
static void leave_open(void)
{
	const struct rlimit low = { LIMIT, LIMIT };

	assert_true(dup(STDERR_FILENO) > STDERR_FILENO);
	assert_int_equal(fcntl(STDERR_FILENO, F_DUPFD, 63), 63);
	assert_int_equal(fcntl(STDERR_FILENO, F_DUPFD, LIMIT - 1), LIMIT - 1);
	assert_int_equal(fcntl(STDERR_FILENO, F_DUPFD, FAR), FAR);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
}

#define NO_FILTER 77

/* In a process of its own, since what is forbidden stays so. CALL 0: nothing is. WANTED NULL: it mustn't be started. */
static void starts_with(starter *start, unsigned int call, unsigned int error, const char *wanted)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		char line[SECRET_LINE_MAX] = "";

		leave_open();
		if (call != 0 && !forbid(call, error))
			_exit(NO_FILTER);
		bool started = start(line) == 0;
		bool good = wanted ? started && strcmp(line, wanted) == 0 : !started && !line[0];
		if (!good)
			fprintf(stderr, "with error %u: \"%s\"\n", error, line);
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_FILTER)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_has_what_is_meant_for_it(void **state)
{
	(void)state;
	starts_with(by_spawn, 0, 0, "0 1 2 ");
	starts_with(by_spawn_of_two, 0, 0, "0 1 ");
	starts_with(by_spawn_of_five, 0, 0, "0 1 2 3 4 ");
	starts_with(by_secret, 0, 0, "0 1 2 ");
}

/* Before Linux 5.9, before 5.11, and under filters that don't know the call. */
static void old_kernels_make_no_difference(void **state)
{
	static const unsigned int errors[] = { ENOSYS, EINVAL, EPERM };

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		starts_with(by_spawn, SYS_close_range, errors[i], "0 1 2 ");
		starts_with(by_spawn_of_two, SYS_close_range, errors[i], "0 1 ");
		starts_with(by_spawn_of_five, SYS_close_range, errors[i], "0 1 2 3 4 ");
		starts_with(by_secret, SYS_close_range, errors[i], "0 1 2 ");
	}
}

/* Neither by one call nor one by one. */
static int by_spawn_without_marks(char line[static SECRET_LINE_MAX])
{
	return forbid(SYS_getdents64, EACCES) ? by_spawn(line) : -ENOTSUP;
}

static int by_secret_without_marks(char line[static SECRET_LINE_MAX])
{
	return forbid(SYS_getdents64, EACCES) ? by_secret(line) : -ENOTSUP;
}

static void nobody_is_started_with_what_is_not_his(void **state)
{
	(void)state;
	starts_with(by_spawn_without_marks, SYS_close_range, ENOSYS, NULL);
	starts_with(by_secret_without_marks, SYS_close_range, ENOSYS, NULL);
}

static bool is_marked(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	assert_true(flags >= 0);
	return flags & FD_CLOEXEC;
}

/* More than the kernel lists at once; what is below isn't touched, and what is marked stays open here. */
static int marks_from_here_on(char line[static SECRET_LINE_MAX])
{
	const int first = 100, last = LIMIT - 1;
	bool good = true;

	line[0] = '\0';
	for (int fd = first - 10; fd <= last; fd++)
		(void)dup2(STDERR_FILENO, fd);
	int r = close_on_exec_from(first);
	for (int fd = first - 10; fd <= last; fd++)
		good = good && is_marked(fd) == (fd >= first);
	return r < 0 ? r : good && !is_marked(STDERR_FILENO) && is_marked(FAR) ? 0 : -EIO;
}

static void what_is_below_stays(void **state)
{
	(void)state;
	starts_with(marks_from_here_on, 0, 0, "");
	starts_with(marks_from_here_on, SYS_close_range, ENOSYS, "");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_has_what_is_meant_for_it),
		cmocka_unit_test(old_kernels_make_no_difference),
		cmocka_unit_test(nobody_is_started_with_what_is_not_his),
		cmocka_unit_test(what_is_below_stays),
	};

	if (argc == 2 && strcmp(argv[1], list_option) == 0)
		_exit(list());
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return 1;
	self[n] = '\0';
	return cmocka_run_group_tests_name("close-on-exec", tests, NULL, NULL);
}
