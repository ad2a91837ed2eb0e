/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which programs of a folder are run as root. Who may write the folder decides what is in it, so that
 * the folder is looked at before what it holds, by the open descriptor; a link in it is root's own.
 */
#include "client/run/hooks-folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "client/failure/i18n.h"

static bool is_name(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_-";
	size_t len = strspn(name, letters);

	return len > 0 && len < HOOK_NAME_MAX && name[len] == '\0';
}

/* Why what ST describes must not decide about what root runs; NULL: it may. */
static const char *unsafe(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return _("it doesn't belong to root");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return _("others may change it");
	return NULL;
}

/* Whether it is a program. Folders and what isn't executable are left out without a word. */
static bool is_program(int dir, const char *name, const char **ret_why)
{
	struct stat st;

	*ret_why = NULL;
	if (fstatat(dir, name, &st, 0) < 0) {
		*ret_why = strerror(errno);
		return false;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		return false;
	if (!is_name(name)) {
		syslog(LOG_INFO, "hook %s is not run: its name is not one of A-Za-z0-9_-", name);
		return false;
	}
	*ret_why = unsafe(&st);
	return !*ret_why;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Opened without following a link: /etc/tsunagu/hooks.d can't become /usr/bin. */
static DIR *open_folder(const char *path, const char **ret_why)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	*ret_why = NULL;
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		*ret_why = strerror(errno);
	else
		*ret_why = unsafe(&st);
	DIR *dir = *ret_why ? NULL : fdopendir(fd);
	if (!dir && fd >= 0)
		(void)close(fd);
	return dir;
}

void hooks_folder_read(const char *path, struct hooks_folder *ret,
		       void (*refused)(void *userdata, const char *name, const char *why),
		       void *userdata)
{
	const char *why;
	const struct dirent *entry;

	ret->n = 0;
	DIR *dir = open_folder(path, &why);
	if (why)
		refused(userdata, "", why);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (is_program(dirfd(dir), entry->d_name, &why)) {
			if (ret->n < HOOKS_MAX)
				memcpy(ret->names[ret->n++], entry->d_name,
				       strlen(entry->d_name) + 1);
			else
				why = _("there are too many of them");
		}
		if (why)
			refused(userdata, entry->d_name, why);
	}
	(void)closedir(dir);
	qsort(ret->names, ret->n, sizeof(ret->names[0]), compare);
}
