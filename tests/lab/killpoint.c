/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command and kills it at one of its system calls, to show that a program may die anywhere.
 *
 *   killpoint [-f] [-x] [-w] [-n NUMBER] [-o FILE] COMMAND ARG...
 *
 *   -f  the process to be killed is the first one that COMMAND forks, not COMMAND itself
 *   -n  kills with SIGKILL at the entry of this call; 0, the default, counts only
 *   -x  at its exit: the kernel has done what was asked, the program has not heard of it
 *   -w  counts from an order on; else from the first mkdir() on, before which a program that uses
 *       temporary state has made none
 *   -o  FILE gets "CALLS COUNT" or "KILLED NUMBER SYSTEM-CALL" at the end
 *
 * Orders are signals: SIGHUP begins the count, SIGTERM is passed on and begins the count.
 * Other children of the process live as they would without this program. Exit status: COMMAND's own, 128 + the
 * signal's number when one ended it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct trace {
	pid_t command, target;
	bool counting, inside, killed;
	bool at_exit, waits;
	unsigned long number, count;
	long call;
};

static volatile sig_atomic_t ordered, ended;

static void on_order(int signal_number)
{
	ordered = 1;
	if (signal_number == SIGTERM)
		ended = 1;
}

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "killpoint: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid > 0)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		die("ptrace");
	raise(SIGSTOP);
	execvp(argv[0], argv);
	die(argv[0]);
}

static void set_options(pid_t pid, bool forks)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC;

	if (forks)
		options |= PTRACE_O_TRACEFORK;
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, options) < 0 && errno != ESRCH)
		die("ptrace options");
}

/* One stop on the way into a call or out of it. */
static void count_call(struct trace *t)
{
	t->inside = !t->inside;
	if (t->inside)
		t->call = ptrace(PTRACE_PEEKUSER, t->target, offsetof(struct user, regs.orig_rax),
				 NULL);
	if (t->inside && !t->waits && t->call == SYS_mkdir)
		t->counting = true;
	if (!t->counting)
		return;
	if (t->inside)
		t->count++;
	if (t->number > 0 && t->count == t->number && t->inside != t->at_exit) {
		kill(t->target, SIGKILL);
		t->killed = true;
	}
}

/* The signal that the process is to be given when it goes on. */
static long stopped(struct trace *t, int status)
{
	int signal_number = WSTOPSIG(status);

	if (signal_number == (SIGTRAP | 0x80)) {
		count_call(t);
		return 0;
	}
	return signal_number == SIGTRAP || signal_number == SIGSTOP ? 0 : signal_number;
}

static void follow_child(struct trace *t)
{
	unsigned long pid;

	if (ptrace(PTRACE_GETEVENTMSG, t->command, NULL, &pid) < 0)
		die("ptrace");
	t->target = (pid_t)pid;
	t->inside = false;
	ptrace(PTRACE_DETACH, t->command, NULL, NULL);
	/* It stops by itself, once; what it inherited goes. */
	while (waitpid(t->target, NULL, __WALL) < 0)
		if (errno != EINTR)
			die("waitpid");
	set_options(t->target, false);
	ptrace(PTRACE_SYSCALL, t->target, NULL, NULL);
}

static void take_orders(struct trace *t)
{
	if (!ordered)
		return;
	ordered = 0;
	t->counting = true;
	if (ended)
		kill(t->target, SIGTERM);
	ended = 0;
}

static int follow(struct trace *t, bool forks)
{
	int status, result = EXIT_FAILURE, left = 1;

	set_options(t->target, forks);
	ptrace(PTRACE_SYSCALL, t->target, NULL, NULL);
	while (left > 0) {
		take_orders(t);
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			if (pid == t->command)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			left--;
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8)) {
			follow_child(t);
			left++;
		} else {
			ptrace(PTRACE_SYSCALL, pid, NULL, stopped(t, status));
		}
	}
	return result;
}

static void report(const struct trace *t, const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	if (t->killed)
		fprintf(f, "KILLED %lu %ld\n", t->count, t->call);
	else
		fprintf(f, "CALLS %lu\n", t->count);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct trace t = {};
	bool forks = false;
	const char *out = NULL;
	int option, status;

	while ((option = getopt(argc, argv, "+fxwn:o:")) >= 0) {
		switch (option) {
		case 'f':
			forks = true;
			break;
		case 'x':
			t.at_exit = true;
			break;
		case 'w':
			t.waits = true;
			break;
		case 'n':
			t.number = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			out = optarg;
			break;
		default:
			return 2;
		}
	}
	if (optind == argc) {
		fputs("usage: killpoint [-f] [-x] [-w] [-n NUMBER] [-o FILE] COMMAND ARG...\n",
		      stderr);
		return 2;
	}
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = on_order }, NULL);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_order }, NULL);
	t.command = t.target = start(argv + optind);
	while (waitpid(t.command, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	int result = follow(&t, forks);
	if (out)
		report(&t, out);
	return result;
}
