/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/macros.h"

/* Other programs: started without a shell, told apart from a later process of the same number. */

/* When the process started, in clock ticks since boot. Return: 0; -ESRCH; another negative errno. */
_must_check_ int process_start_time(pid_t pid, uint64_t *ret);

/* Whether a signal or a debugger has stopped it. */
bool process_is_stopped(pid_t pid);

/* A descriptor of the process that becomes readable when it ends. */
_must_check_ int process_open(pid_t pid, int *ret_fd);

/* Sends a signal to it. Return: 0; -ESRCH; another negative errno. */
int process_signal(int pidfd, int signal_number);

/* Waits until it has ended. Return: 0; -ETIMEDOUT. */
_must_check_ int process_wait(int pidfd, int timeout_ms);

/* What a child of ours starts with. */
struct process_request {
	const char *path;
	const char *const *argv; /* NULL at the end */
	const int *fds;		 /* what becomes descriptor 0, 1, 2, ...; -1: /dev/null */
	size_t n_fds;
	const char *empty_dir; /* a folder that is empty for it, where that is possible; or NULL */
	const char *const *environment; /* NULL at the end; NULL itself: PATH and a C locale */
	bool outlives;			/* isn't ended by our death */
};

/*
 * Starts a program with exactly that environment and those descriptors, default signals, the file mode
 * mask 022 and a session of its own (the terminal's keys are not for it). It gets SIGTERM when we die, unless it outlives us.
 */
_must_check_ int process_spawn(const struct process_request *request, pid_t *ret_pid);

/* A program of ours while it runs. */
struct process {
	pid_t pid;
	int fd; /* becomes readable when it ends */
};

#define PROCESS_NONE ((struct process){ 0, -1 })

/*
 * Starts a program with INPUT as its standard input. It outlives us: what it is doing to the system is to be done as a
 * whole. *ret is to be given to process_end().
 */
_must_check_ int process_begin(const char *path, const char *const *argv, const char *input,
			       struct process *ret);

/*
 * Waits for its end; when it takes longer it is killed, with its own children.
 * Return: its exit status; -ETIMEDOUT; another negative errno.
 */
int process_end(struct process *process, int timeout_ms);

/* Runs a program with INPUT as its standard input and waits. Return: as process_end(). */
_must_check_ int process_run(const char *path, const char *const *argv, const char *input,
			     int timeout_ms);
