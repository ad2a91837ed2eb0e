/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles as files: where a name is looked for, what a file must be like to be trusted, and the
 * list of all connections. A profile names commands that run as the caller, so it must be the
 * caller's or root's, secrets or not. What is in it is profile.c's.
 */
#include "client/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/private-file.h"
#include "client/profile-internal.h"
#include "client/profile-keys.h"

#define LIST_MAX 1024

static const struct profile_folders standard_folders = { PROFILE_DIR_OWN, PROFILE_DIR_NM };

/* The file's name without folder and suffix; false when it can't be a profile's name. */
static bool name_from_path(const char *path, char ret[static PROFILE_NAME_MAX])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base), suffix = strlen(PROFILE_SUFFIX);
	char name[PROFILE_NAME_MAX];

	if (len > suffix && strcmp(base + len - suffix, PROFILE_SUFFIX) == 0)
		len -= suffix;
	if (len >= sizeof(name))
		return false;
	memcpy(name, base, len);
	name[len] = '\0';
	if (!profile_name_valid(name))
		return false;
	memcpy(ret, name, len + 1);
	return true;
}

static int file_failure(const char *path, int r, const char *reason, struct failure *ret_failure)
{
	enum cause cause = r == -ENOENT	  ? CAUSE_PROFILE_MISSING
			   : r == -EPERM  ? CAUSE_PROFILE_UNSAFE
			   : r == -ENOMEM ? CAUSE_MEMORY
					  : CAUSE_PROFILE_UNREADABLE;

	return failure_set(ret_failure, cause, r, "%s: %s", path, reason);
}

/* By the table, so that no new secret is forgotten. */
static bool holds_secret(const struct profile *p)
{
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];
		const void *target = (const char *)p + key->target;
		const struct secret *secret = target;

		if ((key->type == KEY_SECRET || key->type == KEY_PSK) && secret->len > 0)
			return true;
	}
	return false;
}

/* Reads the file at P->path into P. */
static int read_file(struct profile *p, bool nofollow, bool *ret_foreign,
		     struct failure *ret_failure)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	struct failure why = { 0 };
	const char *reason = "";
	int r = private_file_read(p->path, nofollow, PROFILE_FILE_MAX, &file, &reason);

	*ret_foreign = false;
	if (r < 0)
		return file_failure(p->path, r, reason, ret_failure);
	r = profile_read(p, file.data, file.len, ret_foreign, &why);
	if (file.exposed && holds_secret(p))
		return failure_set(ret_failure, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%s holds secrets and others may read it: chmod 600 it",
				   p->path);
	if (r < 0)
		return failure_set(ret_failure, why.cause, r, "%s: %.200s", p->path, why.detail);
	return 0;
}

static int load_path(const char *path, bool nofollow, struct profile **ret,
		     struct failure *ret_failure)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	bool foreign;

	if (!p)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "reading the profile");
	if (strlen(path) >= sizeof(p->path))
		return failure_set(ret_failure, CAUSE_PROFILE_MISSING, ENAMETOOLONG,
				   "the path is too long");
	(void)snprintf(p->path, sizeof(p->path), "%s", path);
	if (!name_from_path(path, p->name))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "%.200s: the file's name is no name for a connection, which has "
				   "letters, digits, ' ' and ._@+()-, at most %d octets",
				   path, PROFILE_NAME_MAX - 1);
	int r = read_file(p, nofollow, &foreign, ret_failure);
	if (r < 0)
		return r;
	*ret = steal_ptr(p);
	return 0;
}

/* Return: as load_path(), but 1 when the folder has no such file. */
static int load_name(const char *folder, const char *name, struct profile **ret,
		     struct failure *ret_failure)
{
	char path[PROFILE_PATH_MAX];
	struct failure why = { 0 };

	if (!folder)
		return 1;
	(void)snprintf(path, sizeof(path), "%s/%s%s", folder, name, PROFILE_SUFFIX);
	int r = load_path(path, true, ret, &why);
	if (r < 0 && why.cause == CAUSE_PROFILE_MISSING)
		return 1;
	return r < 0 ? failure_set(ret_failure, why.cause, r, "%s", why.detail) : 0;
}

struct list {
	struct profile_entry *entries;
	size_t n, room;
	bool denied;
};

static bool list_has(const struct list *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->entries[i].name, name) == 0)
			return true;
	return false;
}

static int list_append(struct list *list, const struct profile *p, const struct failure *why)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 8;
		void *more = reallocarray(list->entries, room, sizeof(*list->entries));

		if (!more)
			return -ENOMEM;
		list->entries = more;
		list->room = room;
	}

	struct profile_entry *e = &list->entries[list->n++];
	memcpy(e->name, p->name, sizeof(e->name));
	memcpy(e->id, p->id, sizeof(e->id));
	memcpy(e->gateway, p->gateway, sizeof(e->gateway));
	memcpy(e->path, p->path, sizeof(e->path));
	e->failure = *why;
	return 0;
}

static int list_file(struct list *list, const char *folder, const char *file)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	struct failure why = { 0 };
	bool foreign;

	if (!p)
		return -ENOMEM;
	if (snprintf(p->path, sizeof(p->path), "%s/%s", folder, file) >= (int)sizeof(p->path) ||
	    !name_from_path(file, p->name) || list_has(list, p->name))
		return 0;
	int r = read_file(p, true, &foreign, &why);
	if (foreign)
		return 0;
	if (!p->id[0])
		memcpy(p->id, p->name, sizeof(p->name));
	return r == -ENOMEM ? r : list_append(list, p, &why);
}

static void close_folder(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static int list_folder(struct list *list, const char *folder)
{
	_cleanup_(close_folder) DIR *dir = folder ? opendir(folder) : NULL;
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		list->denied |= folder && (errno == EACCES || errno == EPERM);
		return 0;
	}
	while (r == 0 && list->n < LIST_MAX && (entry = readdir(dir))) {
		size_t len = strlen(entry->d_name), suffix = strlen(PROFILE_SUFFIX);

		if (len > suffix && strcmp(entry->d_name + len - suffix, PROFILE_SUFFIX) == 0)
			r = list_file(list, folder, entry->d_name);
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct profile_entry *)a)->name,
		      ((const struct profile_entry *)b)->name);
}

int profile_list_in(const struct profile_folders *folders, struct profile_entry **ret,
		    size_t *ret_n, struct failure *ret_failure)
{
	struct list list = { 0 };
	int r = list_folder(&list, folders->own);

	if (r == 0)
		r = list_folder(&list, folders->nm);
	if (r == 0 && list.n == 0 && list.denied)
		r = failure_set(ret_failure, CAUSE_PRIVILEGE, EACCES,
				"the folders of the profiles may not be read");
	if (r < 0) {
		free(list.entries);
		return failure_set(ret_failure, CAUSE_MEMORY, r, "listing the profiles");
	}
	if (list.n > 0)
		qsort(list.entries, list.n, sizeof(*list.entries), by_name);
	*ret = list.entries;
	*ret_n = list.n;
	return 0;
}

int profile_list(struct profile_entry **ret, size_t *ret_n, struct failure *ret_failure)
{
	return profile_list_in(&standard_folders, ret, ret_n, ret_failure);
}

/* The file whose id is the name, when there is exactly one. */
static int load_id(const struct profile_folders *folders, const char *id, struct profile **ret,
		   struct failure *ret_failure)
{
	struct profile_entry *entries = NULL;
	const struct profile_entry *found = NULL;
	size_t n = 0;
	int r = profile_list_in(folders, &entries, &n, ret_failure);

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (strcmp(entries[i].id, id) != 0)
			continue;
		if (found)
			r = failure_set(ret_failure, CAUSE_PROFILE_INVALID, EEXIST,
					"%.128s and %.128s both have this id; use the file's name",
					found->name, entries[i].name);
		found = &entries[i];
	}
	if (r == 0 && !found)
		r = failure_set(ret_failure, CAUSE_PROFILE_MISSING, ENOENT,
				"neither %s nor %s has %.80s%s, and none has this id",
				folders->own ? folders->own : "-", folders->nm ? folders->nm : "-",
				id, PROFILE_SUFFIX);
	else if (r == 0)
		r = load_path(found->path, true, ret, ret_failure);
	free(entries);
	return r;
}

int profile_load_in(const struct profile_folders *folders, const char *name_or_path,
		    struct profile **ret, struct failure *ret_failure)
{
	if (strchr(name_or_path, '/'))
		return load_path(name_or_path, false, ret, ret_failure);
	if (profile_name_valid(name_or_path)) {
		int r = load_name(folders->own, name_or_path, ret, ret_failure);

		if (r == 1)
			r = load_name(folders->nm, name_or_path, ret, ret_failure);
		if (r <= 0)
			return r;
	}
	return load_id(folders, name_or_path, ret, ret_failure);
}

int profile_load(const char *name_or_path, struct profile **ret, struct failure *ret_failure)
{
	return profile_load_in(&standard_folders, name_or_path, ret, ret_failure);
}
