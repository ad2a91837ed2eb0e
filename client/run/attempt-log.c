/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of the last attempt. A line is one write, so that a killed process leaves whole lines; a
 * full disk costs lines and nothing else.
 */
#include "client/run/attempt-log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LEN 1024
#define NAME_MAX_LEN 128

struct attempt_log {
	int dirfd, fd;
	char file[NAME_MAX_LEN], older[NAME_MAX_LEN];
	size_t octets;
};

int attempt_log_path(const char *name, int older, char *ret, size_t size)
{
	int n = snprintf(ret, size, "%s/%s.log%s", TSUNAGU_LOG_DIR, name, older ? ".1" : "");

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

static int open_file(const struct attempt_log *log)
{
	return openat(log->dirfd, log->file,
		      O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		      0600);
}

struct attempt_log *attempt_log_open_in(const char *folder, const char *name)
{
	struct attempt_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	(void)mkdir(folder, 0700);
	log->dirfd = open(folder, O_DIRECTORY | O_PATH | O_NOFOLLOW | O_CLOEXEC);
	(void)snprintf(log->file, sizeof(log->file), "%.120s.log", name);
	(void)snprintf(log->older, sizeof(log->older), "%.120s.log.1", name);
	log->fd = log->dirfd >= 0 ? open_file(log) : -1;
	if (log->fd < 0)
		return attempt_log_close(log);
	/* That of the attempt before, and it alone. */
	(void)unlinkat(log->dirfd, log->older, 0);
	return log;
}

struct attempt_log *attempt_log_open(const char *name)
{
	return attempt_log_open_in(TSUNAGU_LOG_DIR, name);
}

/* Whether there is room again. */
static bool turn_over(struct attempt_log *log)
{
	if (renameat(log->dirfd, log->file, log->dirfd, log->older) < 0)
		return false;
	int fd = open_file(log);
	if (fd < 0)
		return false;
	(void)close(log->fd);
	log->fd = fd;
	log->octets = 0;
	return true;
}

void attempt_log_line(struct attempt_log *log, const char *kind, const char *text)
{
	char line[LINE_MAX_LEN], when[32] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (!log)
		return;
	if (log->octets > ATTEMPT_LOG_OCTETS_MAX && !turn_over(log))
		return;
	if (gmtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%FT%TZ", &tm);
	int n = snprintf(line, sizeof(line), "%s %s: %.900s\n", when, kind, text);
	if (n > 0 && write(log->fd, line, (size_t)n) == n)
		log->octets += (size_t)n;
}

struct attempt_log *attempt_log_close(struct attempt_log *log)
{
	if (!log)
		return NULL;
	if (log->fd >= 0)
		(void)close(log->fd);
	if (log->dirfd >= 0)
		(void)close(log->dirfd);
	free(log);
	return NULL;
}
