/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files for tests of what reads files. */
#define _XOPEN_SOURCE 700
#include "temp-dir.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char temp_dir[TEMP_PATH_MAX];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int temp_dir_make(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(temp_dir, sizeof(temp_dir), "%.400s/tsunagu-test.XXXXXX", base ? base : "/tmp");
	return mkdtemp(temp_dir) ? 0 : -1;
}

int temp_dir_remove(void **state)
{
	(void)state;
	return nftw(temp_dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temp_path(const char *name)
{
	static char paths[8][TEMP_PATH_MAX * 2];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", temp_dir, name);
	return path;
}

const char *temp_file(const char *name, const char *text, mode_t mode)
{
	const char *path = temp_path(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    fchmod(fd, mode) < 0 || close(fd) < 0) {
		perror(path);
		abort();
	}
	return path;
}
