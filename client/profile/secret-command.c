/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret from a command's output. The command is an argument list, never a shell's line, and gets
 * nothing of ours but standard error and the environment; it has a limited time.
 */
#include "client/profile/secret-source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/process/close-on-exec.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static nsec_t clock_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (nsec_t)ts.tv_sec * NSEC_PER_SEC + (nsec_t)ts.tv_nsec;
}

/* Return: 0 when the descriptor is ready; -ETIME; a negative errno. */
static int wait_for(int fd, nsec_t deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	for (;;) {
		nsec_t now = clock_now();

		if (now >= deadline)
			return -ETIME;
		int r = poll(&poll_fd, 1, (int)((deadline - now) / NSEC_PER_MSEC) + 1);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return -errno;
	}
}

static int spawn(char *const argv[], int output, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	int r = posix_spawn_file_actions_init(&actions);
	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawnattr_setsigmask(&attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(&attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setflags(&attributes,
					     POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawn(ret_pid, argv[0], &actions, &attributes, argv, environ);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Keeps the first line and drops the rest, so that the command never meets a closed pipe. */
static int read_line(int fd, nsec_t deadline, char *line)
{
	char buf[256];
	size_t len = 0;
	bool complete = false;
	int r;

	while ((r = wait_for(fd, deadline)) == 0) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		r = n < 0 ? -errno : 0;
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n && !complete && r == 0; i++) {
			complete = buf[i] == '\n' || buf[i] == '\0';
			if (len == SECRET_LINE_MAX - 1)
				r = -EMSGSIZE;
			else
				line[len++] = complete ? '\0' : buf[i];
		}
		if (r < 0)
			break;
	}
	explicit_bzero(buf, sizeof(buf));
	line[len] = '\0';
	return r;
}

static int wait_for_end(pid_t pid, nsec_t deadline)
{
	_cleanup_(close_fd) int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	siginfo_t info = { 0 };

	if (fd < 0)
		return -errno;
	int r = wait_for(fd, deadline);
	if (r < 0)
		return r;
	if (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		return -errno;
	return info.si_code == CLD_EXITED && info.si_status == 0 ? 0 : -EIO;
}

int secret_from_command(char *const argv[], nsec_t timeout, char line[static SECRET_LINE_MAX])
{
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	nsec_t deadline = clock_now() + timeout;
	int fds[2];
	pid_t pid = 0;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ours = fds[0];
	theirs = fds[1];
	int r = close_on_exec_from(STDERR_FILENO + 1);
	if (r == 0)
		r = spawn(argv, theirs, &pid);
	if (r < 0)
		return r;
	close_fd(&theirs);
	theirs = -1;

	r = read_line(ours, deadline, line);
	if (r == 0)
		r = wait_for_end(pid, deadline);
	if (r < 0 && r != -EIO) {
		(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, 0);
	}
	if (r < 0)
		explicit_bzero(line, SECRET_LINE_MAX);
	return r;
}
