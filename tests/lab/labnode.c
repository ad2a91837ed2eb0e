/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network node of the lab in one process start, since starting processes is what is slow under
 * User-Mode Linux.
 *
 *   labnode start NAME DIR      makes a node: a process in network, mount, pid and uts namespaces
 *                               of its own, with its own /proc, /sys, /run and /tmp, and an
 *                               overlay over /etc whose changes lie in DIR/etc. Prints its pid
 *                               when everything stands. That process stays as the node's pid 1:
 *                               it reaps, and writes what arrives at /dev/log to DIR/syslog.
 *   labnode enter PID CMD ARG...  runs CMD in the node.
 *   labnode clear PID MS [NAME] asks every process of the node but its pid 1 to end, kills what
 *                               is left after MS milliseconds; kills at once if that is 0, or
 *                               when all that is left bears NAME. Returns 1 if it killed.
 *
 * Links, addresses and routes are left to net.sh.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NODE_NAMESPACES (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS)
#define LOG_SOCKET	"/run/devlog"

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "labnode: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void must_mount(const char *type, const char *target, const char *options)
{
	if (mount(type, target, type, 0, options) < 0)
		die(target);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		die(path);
}

static void mount_etc(const char *dir)
{
	char upper[256], work[256], options[640];
	snprintf(upper, sizeof(upper), "%s/etc", dir);
	snprintf(work, sizeof(work), "%s/etc.work", dir);
	make_directory(upper);
	make_directory(work);
	snprintf(options, sizeof(options), "lowerdir=/etc,upperdir=%s,workdir=%s", upper, work);
	must_mount("overlay", "/etc", options);
}

static void prepare_mounts(const char *dir)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		die("making mounts private");
	must_mount("proc", "/proc", NULL);
	must_mount("sysfs", "/sys", NULL);
	must_mount("tmpfs", "/run", "mode=0755");
	must_mount("tmpfs", "/tmp", "mode=1777");
	make_directory("/run/lock");
	mount_etc(dir);
}

static int open_log(const char *dir)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = LOG_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die(LOG_SOCKET);
	chmod(LOG_SOCKET, 0666);

	char path[256];
	snprintf(path, sizeof(path), "%s/syslog", dir);
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0)
		die(path);
	dup3(log, STDERR_FILENO, 0);
	return fd;
}

/* One message: "<PRI>Mon dd hh:mm:ss tag: text", of which the priority goes and a clock with
 * milliseconds comes. */
static void log_message(char *text, size_t len)
{
	const char *from = text;
	text[len] = '\0';
	if (*from == '<' && strchr(from, '>'))
		from = strchr(from, '>') + 1;
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(stderr, "%5ld.%03ld %s%s", (long)now.tv_sec, now.tv_nsec / 1000000, from,
		from[strcspn(from, "\n")] ? "" : "\n");
}

_Noreturn static void serve(int log)
{
	static char text[8192];
	for (;;) {
		ssize_t n = recv(log, text, sizeof(text) - 1, 0);
		if (n > 0)
			log_message(text, n);
	}
}

_Noreturn static void node_main(const char *name, const char *dir, int ready)
{
	/* Reaping without a loop: children of an ignoring pid 1 leave no zombies. */
	signal(SIGCHLD, SIG_IGN);
	setsid();
	if (sethostname(name, strlen(name)) < 0)
		die("sethostname");
	prepare_mounts(dir);
	int log = open_log(dir);
	int null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	if (write(ready, "", 1) != 1)
		exit(EXIT_FAILURE);
	close(ready);
	serve(log);
}

static int start(const char *name, const char *dir)
{
	int pipe_fds[2];
	make_directory(dir);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0 || unshare(NODE_NAMESPACES) < 0)
		die("unshare");
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		node_main(name, dir, pipe_fds[1]);
	close(pipe_fds[1]);
	char byte;
	if (read(pipe_fds[0], &byte, 1) != 1)
		return EXIT_FAILURE;
	printf("%d\n", pid);
	return EXIT_SUCCESS;
}

static pid_t child;

static void pass_on(int signal_number)
{
	if (child > 0)
		kill(child, signal_number);
}

/* The pid namespace takes effect in children only. */
static void join(pid_t node)
{
	int fd = syscall(SYS_pidfd_open, node, 0);
	if (fd < 0 || setns(fd, NODE_NAMESPACES) < 0)
		die("entering the node");
	close(fd);
}

static int enter(pid_t node, char **argv)
{
	join(node);
	signal(SIGTERM, pass_on);
	signal(SIGINT, pass_on);
	signal(SIGHUP, pass_on);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		signal(SIGTERM, SIG_DFL);
		signal(SIGINT, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int is_named(const char *pid, const char *name)
{
	char path[64], comm[32] = "";
	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	FILE *f = fopen(path, "r");
	if (!f)
		return 1; /* gone by now */
	if (!fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	fclose(f);
	comm[strcspn(comm, "\n")] = '\0';
	return !strcmp(comm, name);
}

/* Whether every process but pid 1 and the caller bears that name. */
static int all_named(const char *name)
{
	int all = 1;
	DIR *d = opendir("/proc");
	if (!d)
		die("/proc");
	for (struct dirent *e; all && (e = readdir(d));) {
		int pid = atoi(e->d_name);
		all = pid <= 1 || pid == getpid() || is_named(e->d_name, name);
	}
	closedir(d);
	return all;
}

/* Inside the node's pid namespace; -1 spares pid 1 and the caller. */
static int clear_here(int patience_ms, const char *name)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	if (patience_ms > 0) {
		kill(-1, SIGTERM);
		for (int left = patience_ms / 10; left > 0; left--) {
			if (kill(-1, 0) < 0)
				return EXIT_SUCCESS;
			if (name && all_named(name))
				break;
			nanosleep(&tick, NULL);
		}
	}
	if (kill(-1, SIGKILL) < 0)
		return EXIT_SUCCESS;
	while (kill(-1, 0) == 0)
		nanosleep(&tick, NULL);
	return EXIT_FAILURE;
}

static int clear(pid_t node, int patience_ms, const char *name)
{
	join(node);
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		exit(clear_here(patience_ms, name));
	int status;
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return EXIT_FAILURE;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "start"))
		return start(argv[2], argv[3]);
	if (argc >= 4 && !strcmp(argv[1], "enter"))
		return enter(atoi(argv[2]), argv + 3);
	if ((argc == 4 || argc == 5) && !strcmp(argv[1], "clear"))
		return clear(atoi(argv[2]), atoi(argv[3]), argv[4]);
	fputs("usage: labnode start NAME DIR | enter PID CMD ARG... | clear PID MS [NAME]\n",
	      stderr);
	return 2;
}
