/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/kernel/pppd/pppd-process.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/process/process.h"

/*
 * pppd got its SIGTERM when we died, or gets it now, and says farewell at once; an answer is worth no more, since
 * through UDP none can come to a process that is gone.
 */
#define FAREWELL_MS 200

/* The kernel takes an interface down meanwhile. */
#define KILLED_MS 2000

static bool names_process(const char *path, pid_t pid)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return false;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	return n > 0 && strtol(text, NULL, 10) == pid;
}

void pppd_remove_pid_file(pid_t pid)
{
	glob_t found = {};

	if (glob("/run/ppp*.pid", GLOB_NOSORT, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (names_process(found.gl_pathv[i], pid))
				(void)unlink(found.gl_pathv[i]);
	globfree(&found);
}

static void parse_process(struct undo_fields *f, void *ret)
{
	struct pppd_process *process = ret;

	process->pid = (pid_t)undo_field_number(f, 1, INT_MAX);
	process->start = undo_field_number(f, 2, UINT64_MAX);
	if (process->pid <= 1)
		f->bad = true;
}

static int format_process(const void *data, char *ret, size_t size)
{
	const struct pppd_process *process = data;

	return snprintf(ret, size, "%d %llu", process->pid, (unsigned long long)process->start);
}

static int take_back_process(const void *data)
{
	const struct pppd_process *process = data;
	uint64_t start;
	int fd;

	int r = process_open(process->pid, &fd);
	if (r == -ESRCH)
		pppd_remove_pid_file(process->pid);
	if (r < 0)
		return r;
	/* The descriptor is of whoever has the number now; from here on it can't change any more. */
	r = process_start_time(process->pid, &start);
	if (r == 0 && start == process->start) {
		(void)process_signal(fd, SIGTERM);
		r = process_wait(fd, FAREWELL_MS);
		if (r == -ETIMEDOUT) {
			(void)process_signal(fd, SIGKILL);
			r = process_wait(fd, KILLED_MS);
			if (r == 0)
				pppd_remove_pid_file(process->pid);
		}
	}
	(void)close(fd);
	return r;
}

const struct undo_kind pppd_process_kind = {
	.word = "process",
	.n_fields = 3,
	.size = UNDO_SIZE(struct pppd_process),
	.traits = UNDO_SENDS,
	.parse = parse_process,
	.format = format_process,
	.take_back = take_back_process,
};

static void parse_file(struct undo_fields *f, void *ret)
{
	struct pppd_file *file = ret;

	undo_field_word(f, 1, file->path, sizeof(file->path));
	if (strncmp(file->path, "/run/", 5) != 0 || strstr(file->path, "/.."))
		f->bad = true;
}

static int format_file(const void *data, char *ret, size_t size)
{
	const struct pppd_file *file = data;

	return snprintf(ret, size, "%s", file->path);
}

static int take_back_file(const void *data)
{
	const struct pppd_file *file = data;

	return unlink(file->path) < 0 ? -errno : 0;
}

const struct undo_kind pppd_file_kind = {
	.word = "file",
	.n_fields = 2,
	.size = UNDO_SIZE(struct pppd_file),
	.parse = parse_file,
	.format = format_file,
	.take_back = take_back_file,
};
