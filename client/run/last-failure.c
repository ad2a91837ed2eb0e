/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file for each connection, below a folder whose name begins with a dot, as no connection's does. */
#include "client/run/last-failure.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/profile/private-file.h"
#include "client/run/json.h"
#include "lib/macros.h"

#define FOLDER	 ".failures"
#define FILE_MAX 16384
#define TIME_MAX 32

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The folder; NAME "": itself, else of that connection. Return: whether it fits. */
static bool make_path(const char *run_dir, const char *name, char ret[static PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%s/" FOLDER "%s%s", run_dir, name[0] ? "/" : "", name);

	return n > 0 && n < PATH_MAX;
}

static int open_folder(const char *run_dir, bool create)
{
	char path[PATH_MAX];

	if (!make_path(run_dir, "", path))
		return -ENAMETOOLONG;
	if (create && ((mkdir(run_dir, 0755) < 0 && errno != EEXIST) ||
		       (mkdir(path, 0700) < 0 && errno != EEXIST)))
		return -errno;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int write_file(int folder, const char *name, const char *text)
{
	size_t len = strlen(text);
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
	_cleanup_(close_fd) int fd = openat(folder, name, flags, 0600);

	if (fd < 0)
		return -errno;
	ssize_t n = write(fd, text, len);
	return n < 0 ? -errno : (size_t)n < len ? -ENOSPC : 0;
}

/* All of it or nothing stands there. */
static void replace_file(int folder, const char *name, const char *text)
{
	static const char new[] = ".new";

	if (write_file(folder, new, text) < 0 || renameat(folder, new, folder, name) < 0)
		(void)unlinkat(folder, new, 0);
}

static struct json_object *json_of_record(const struct profile *p, const struct failure *f,
					  time_t now)
{
	struct json_object *o = json_object_new_object(), *failure = json_of_failure(f);
	char text[TIME_MAX] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(text, sizeof(text), "%FT%TZ", &tm);
	json_add_string(failure, "time", text);
	json_add_string(o, "name", p->name);
	json_add_identity(o, p);
	json_add_string(o, "state", "down");
	json_add(o, "last-failure", failure);
	return o;
}

void last_failure_keep(const char *run_dir, const struct profile *p, const struct failure *f,
		       time_t now)
{
	_cleanup_(close_fd) int folder = open_folder(run_dir, true);

	if (folder < 0)
		return;
	struct json_object *o = json_of_record(p, f, now);
	replace_file(folder, p->name, json_text(o));
	json_object_put(o);
}

void last_failure_forget(const char *run_dir, const char *name)
{
	_cleanup_(close_fd) int folder = open_folder(run_dir, false);

	if (folder >= 0)
		(void)unlinkat(folder, name, 0);
}

struct json_object *last_failure_read(const char *run_dir, const char *name)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	char path[PATH_MAX];
	const char *reason;
	struct json_object *failure;

	if (!make_path(run_dir, name, path) ||
	    private_file_read(path, true, FILE_MAX, &file, &reason) < 0)
		return NULL;
	struct json_object *o = json_tokener_parse(file.data);
	if (json_object_object_get_ex(o, "last-failure", &failure))
		return o;
	json_object_put(o);
	return NULL;
}

static bool is_called(const char *run_dir, const char *name, const char *typed)
{
	struct json_object *o = last_failure_read(run_dir, name);
	bool called = strcmp(json_get_string(o, "id", ""), typed) == 0 ||
		      strcmp(json_get_string(o, "uuid", ""), typed) == 0;

	json_object_put(o);
	return called;
}

bool last_failure_find(const char *run_dir, const char *typed, char ret[static PROFILE_NAME_MAX])
{
	int folder = typed[0] ? open_folder(run_dir, false) : -1;
	DIR *dir = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	bool found = false;

	if (!dir) {
		close_fd(&folder);
		return false;
	}
	while (!found && (entry = readdir(dir)))
		if (profile_name_valid(entry->d_name) || strchr(entry->d_name, '='))
			found = is_called(run_dir, entry->d_name, typed) &&
				snprintf(ret, PROFILE_NAME_MAX, "%s", entry->d_name) <
					PROFILE_NAME_MAX;
	(void)closedir(dir);
	return found;
}
