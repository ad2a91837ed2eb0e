/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Child processes: argument arrays, no shell, an environment of what is meant for them, and only the
 * descriptors that are meant for them. Descriptors of processes are used wherever a number could
 * have been given to another process meanwhile.
 */
#include "client/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/process/close-on-exec.h"

#define FDS_MAX 8

/* Above everything that a child is given, so that dup2() never overwrites what is needed later. */
#define FD_SAFE 64

/* What stands behind the second field of a line of /proc/PID/stat. */
struct stat_line {
	char text[1024];
	const char *rest;
};

/* Return: 0; -ESRCH; a negative errno. */
static int read_stat(pid_t pid, struct stat_line *ret)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno > 0 && errno != ENOENT ? -errno : -ESRCH;
	ssize_t n = read(fd, ret->text, sizeof(ret->text) - 1);
	int r = errno > 0 ? -errno : -EIO;
	(void)close(fd);
	if (n < 0)
		return r;
	ret->text[n] = '\0';
	/* That field is the program's name in parentheses and may hold anything. */
	ret->rest = strrchr(ret->text, ')');
	return ret->rest ? 0 : -EBADMSG;
}

bool process_is_stopped(pid_t pid)
{
	struct stat_line line = {};

	if (read_stat(pid, &line) < 0 || !line.rest)
		return false;
	return strncmp(line.rest, ") T", 3) == 0 || strncmp(line.rest, ") t", 3) == 0;
}

int process_start_time(pid_t pid, uint64_t *ret)
{
	struct stat_line line = {};

	int r = read_stat(pid, &line);
	if (r < 0 || !line.rest)
		return r < 0 ? r : -EBADMSG;
	const char *p = line.rest;
	for (int field = 2; field < 22; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return -EBADMSG;
	}
	char *end;
	unsigned long long start = strtoull(p, &end, 10);
	if (end == p)
		return -EBADMSG;
	*ret = start;
	return 0;
}

int process_open(pid_t pid, int *ret_fd)
{
	long fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return -errno;
	*ret_fd = (int)fd;
	return 0;
}

int process_signal(int pidfd, int signal_number)
{
	return syscall(SYS_pidfd_send_signal, pidfd, signal_number, NULL, 0) < 0 ? -errno : 0;
}

int process_wait(int pidfd, int timeout_ms)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	int r;
	do
		r = poll(&p, 1, timeout_ms);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
}

/* Puts the descriptors in their places. Only what is allowed between fork and exec is used. */
static int place_fds(const struct process_request *request)
{
	int safe[FDS_MAX];

	for (size_t i = 0; i < request->n_fds; i++) {
		int fd = request->fds[i] >= 0 ? request->fds[i]
					      : open("/dev/null", O_RDWR | O_CLOEXEC);
		safe[i] = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_SAFE);
		if (safe[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < request->n_fds; i++)
		if (dup2(safe[i], (int)i) < 0)
			return -errno;
	return close_on_exec_from((int)request->n_fds);
}

/* In a mount namespace of its own, which goes with the process. Without it, it sees what all see. */
static void hide(const char *dir)
{
	if (unshare(CLONE_NEWNS) < 0)
		return;
	/* Mounts and above all unmounts of the machine still reach us, ours don't reach the machine. */
	if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0)
		return;
	(void)mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755,size=64k");
}

static void child(const struct process_request *request, pid_t parent)
{
	static const char *const environment[] = {
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		"LC_ALL=C",
		NULL,
	};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)signal(i, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setsid();
	/* What resolvconf, a hook or pppd writes is for others, too; ours keeps the rest of the machine out. */
	(void)umask(022);
	/* pppd holds the password, and a new program may dump core again. */
	(void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	/* Whoever unmounts a file system doesn't find them in it. */
	if (chdir("/") < 0)
		_exit(126);
	if (request->empty_dir)
		hide(request->empty_dir);
	if (!request->outlives && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent))
		_exit(126);
	if (place_fds(request) < 0)
		_exit(126);
	(void)execve(request->path, (char *const *)(uintptr_t)request->argv,
		     (char *const *)(uintptr_t)(request->environment ? request->environment
								     : environment));
	_exit(127);
}

int process_spawn(const struct process_request *request, pid_t *ret_pid)
{
	pid_t parent = getpid();

	if (request->n_fds > FDS_MAX)
		return -EINVAL;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(request, parent);
	*ret_pid = pid;
	return 0;
}

/* Gives INPUT by a pipe, which holds all of it, so that nobody has to wait for the reader. */
static int input_pipe(const char *input, int *ret_fd)
{
	int fds[2];
	size_t len = strlen(input);

	if (len > 4096)
		return -EMSGSIZE;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ssize_t n = write(fds[1], input, len);
	(void)close(fds[1]);
	if (n < 0 || (size_t)n != len) {
		(void)close(fds[0]);
		return -EIO;
	}
	*ret_fd = fds[0];
	return 0;
}

int process_begin(const char *path, const char *const *argv, const char *input, struct process *ret)
{
	struct process process = PROCESS_NONE;
	int fds[3] = { -1, -1, -1 };

	int r = input_pipe(input, &fds[0]);
	if (r < 0)
		return r;
	const struct process_request request = {
		.path = path,
		.argv = argv,
		.fds = fds,
		.n_fds = ARRAY_SIZE(fds),
		.outlives = true,
	};
	r = process_spawn(&request, &process.pid);
	(void)close(fds[0]);
	if (r < 0)
		return r;
	r = process_open(process.pid, &process.fd);
	if (r < 0) {
		(void)process_end(&process, 0);
		return r;
	}
	*ret = process;
	return 0;
}

int process_end(struct process *process, int timeout_ms)
{
	int status = 0;

	int r = process->fd < 0 ? -EBADF : process_wait(process->fd, timeout_ms);
	/* Our child, not waited for yet: the number is its own, and its group's. */
	if (r < 0 && kill(-process->pid, SIGKILL) < 0)
		(void)kill(process->pid, SIGKILL);
	while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (process->fd >= 0)
		(void)close(process->fd);
	*process = PROCESS_NONE;
	if (r < 0)
		return r;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EPIPE;
}

int process_run(const char *path, const char *const *argv, const char *input, int timeout_ms)
{
	struct process process;

	int r = process_begin(path, argv, input, &process);
	return r < 0 ? r : process_end(&process, timeout_ms);
}
