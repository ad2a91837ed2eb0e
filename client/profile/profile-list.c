/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of all connections, and which of them a name means. What NetworkManager has goes by
 * NetworkManager's rules: which files in its folders are connections, and which of several counts. Its
 * connections are found by their ids, since that is the name that their owners know.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/profile-internal.h"

#define LIST_MAX 1024

static const struct profile_folders standard_folders = {
	PROFILE_DIR_OWN,
	"/run" PROFILE_DIR_NM,
	"/etc" PROFILE_DIR_NM,
	"/usr/lib" PROFILE_DIR_NM,
};

struct list {
	struct profile_entry *entries;
	size_t n, room;
	bool denied;
};

static void list_clear(struct list *list)
{
	free(list->entries);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len > n && strcmp(text + len - n, end) == 0;
}

/*
 * Whether a file of a folder can be a connection. In /etc NetworkManager takes files without its suffix,
 * too, from times before it had one, but what editors, packages and certificates leave there.
 */
static bool is_candidate(const char *file, bool suffix_wanted)
{
	static const char *const others[] = { "~",	  ".pem",      ".der",	    ".nmmeta",
					      ".swp",	  ".swpx",     ".rpmnew",   ".rpmsave",
					      ".rpmorig", ".dpkg-new", ".dpkg-old", ".dpkg-dist" };

	if (file[0] == '.')
		return false;
	if (suffix_wanted || ends_with(file, PROFILE_SUFFIX))
		return ends_with(file, PROFILE_SUFFIX);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (ends_with(file, others[i]))
			return false;
	return true;
}

static struct profile_entry *list_append(struct list *list)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 8;
		void *more = reallocarray(list->entries, room, sizeof(*list->entries));

		if (!more)
			return NULL;
		list->entries = more;
		list->room = room;
	}
	return &list->entries[list->n++];
}

/* An earlier one that hides it (by the UUID, or by the file's name in our own folder), or has its name. */
static const struct profile_entry *find_former(const struct list *list, const struct profile *p,
					       bool *ret_hides)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct profile_entry *e = &list->entries[i];
		bool same_name = !e->foreign && strcmp(e->name, p->name) == 0;
		bool same_uuid = !e->own && p->uuid[0] && strcmp(e->uuid, p->uuid) == 0;

		*ret_hides = same_uuid || e->own;
		if (same_name || same_uuid)
			return e;
	}
	return NULL;
}

static unsigned int listed_flags(bool own)
{
	return PROFILE_NOFOLLOW | (own ? 0 : PROFILE_OTHERS);
}

static int list_file(struct list *list, const char *path, bool own)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	struct failure why = { 0 };
	bool foreign, hides = false;

	if (!p)
		return -ENOMEM;
	if (profile_file_read(p, path, listed_flags(own), &foreign, &why) == -ENOMEM)
		return -ENOMEM;
	/* A file without the suffix that has nothing of a connection in it is something else. */
	if (why.cause == CAUSE_PROFILE_INVALID && !p->gateway[0] && !foreign &&
	    !ends_with(path, PROFILE_SUFFIX))
		return 0;
	const struct profile_entry *former = find_former(list, p, &hides);
	if (former && hides)
		return 0;
	if (former)
		(void)failure_set(&why, CAUSE_PROFILE_INVALID, EEXIST,
				  "%.200s has the same file's name and counts", former->path);

	struct profile_entry *e = list_append(list);
	if (!e)
		return -ENOMEM;
	memcpy(e->name, p->name, sizeof(e->name));
	memcpy(e->id, p->id, sizeof(e->id));
	memcpy(e->uuid, p->uuid, sizeof(e->uuid));
	memcpy(e->gateway, p->gateway, sizeof(e->gateway));
	memcpy(e->path, p->path, sizeof(e->path));
	e->own = own;
	e->foreign = foreign;
	e->failure = why;
	return 0;
}

static void close_folder(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static int list_folder(struct list *list, const char *folder, bool own, bool suffix_wanted)
{
	_cleanup_(close_folder) DIR *dir = folder ? opendir(folder) : NULL;
	char path[PROFILE_PATH_MAX];
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		list->denied |= folder && (errno == EACCES || errno == EPERM);
		return 0;
	}
	while (r == 0 && list->n < LIST_MAX && (entry = readdir(dir)))
		if (is_candidate(entry->d_name, suffix_wanted) &&
		    snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) <
			    (int)sizeof(path))
			r = list_file(list, path, own);
	return r;
}

/* Other kinds of connections are in it as well. */
static int list_all(const struct profile_folders *folders, struct list *list, struct failure *f)
{
	int r = list_folder(list, folders->own, true, true);

	if (r == 0)
		r = list_folder(list, folders->run, false, true);
	if (r == 0)
		r = list_folder(list, folders->etc, false, false);
	if (r == 0)
		r = list_folder(list, folders->lib, false, true);
	return r < 0 ? failure_set(f, CAUSE_MEMORY, r, "listing the profiles") : 0;
}

static int by_id(const void *a, const void *b)
{
	const struct profile_entry *x = a, *y = b;
	int r = strcmp(x->id, y->id);

	return r ? r : strcmp(x->path, y->path);
}

int profile_list_in(const struct profile_folders *folders, struct profile_entry **ret,
		    size_t *ret_n, struct failure *ret_failure)
{
	_cleanup_(list_clear) struct list list = { 0 };
	size_t n = 0;
	int r = list_all(folders, &list, ret_failure);

	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++)
		if (!list.entries[i].foreign)
			list.entries[n++] = list.entries[i];
	if (n == 0 && list.denied)
		return failure_set(ret_failure, CAUSE_PRIVILEGE, EACCES,
				   "the folders of the profiles may not be read");
	if (n > 0)
		qsort(list.entries, n, sizeof(*list.entries), by_id);
	*ret = steal_ptr(list.entries);
	*ret_n = n;
	return 0;
}

int profile_list(struct profile_entry **ret, size_t *ret_n, struct failure *ret_failure)
{
	return profile_list_in(&standard_folders, ret, ret_n, ret_failure);
}

static bool has_id(const struct profile_entry *e, const char *typed)
{
	return strcmp(e->id, typed) == 0;
}

static bool has_uuid(const struct profile_entry *e, const char *typed)
{
	return strcmp(e->uuid, typed) == 0;
}

static bool has_name(const struct profile_entry *e, const char *typed)
{
	char base[PROFILE_PATH_MAX];

	profile_name_from_path(e->path, base);
	return strcmp(base, typed) == 0 || strcmp(e->name, typed) == 0;
}

/* By what a name is looked for, one after the other: the folder's owner knows it by this. */
static const struct {
	bool own;
	bool (*matches)(const struct profile_entry *e, const char *typed);
} rules[] = {
	{ true, has_name }, { true, has_id },	 { true, has_uuid },
	{ false, has_id },  { false, has_uuid }, { false, has_name },
};

static int find_of_kind(const struct list *list, const char *typed, bool foreign,
			const struct profile_entry **ret, struct failure *f)
{
	*ret = NULL;
	for (size_t rule = 0; rule < ARRAY_SIZE(rules) && !*ret && typed[0]; rule++) {
		for (size_t i = 0; i < list->n; i++) {
			const struct profile_entry *e = &list->entries[i];

			if (e->foreign != foreign || e->own != rules[rule].own ||
			    !rules[rule].matches(e, typed))
				continue;
			if (*ret)
				return failure_set(f, CAUSE_PROFILE_INVALID, EEXIST,
						   "%.128s and %.128s both have this id; use the "
						   "file's name or the UUID",
						   (*ret)->path, e->path);
			*ret = e;
		}
	}
	return 0;
}

/*
 * A connection of another kind is found to say so, when no other has the name.
 * Return: 0, and *ret is NULL when nothing has the name; -EEXIST when several have it.
 */
static int find(const struct list *list, const char *typed, const struct profile_entry **ret,
		struct failure *f)
{
	int r = find_of_kind(list, typed, false, ret, f);

	return r == 0 && !*ret ? find_of_kind(list, typed, true, ret, f) : r;
}

/* As find(); what systemd-escape made of a name is that name. */
static int find_typed(const struct list *list, const char *typed, const struct profile_entry **ret,
		      struct failure *f)
{
	char plain[PROFILE_TEXT_MAX];
	int r = find(list, typed, ret, f);

	if (r == 0 && !*ret && profile_name_unescape(typed, plain, sizeof(plain)))
		r = find(list, plain, ret, f);
	return r;
}

/* An id may have a slash in it, so a path says that it is one. */
static bool is_path(const char *typed)
{
	return typed[0] == '/' || strncmp(typed, "./", 2) == 0 || strncmp(typed, "../", 3) == 0;
}

/* Return: as profile_load(); 1 when our own folder has no file of this plain name. */
static int load_own(const struct profile_folders *folders, const char *name, struct profile **ret,
		    struct failure *ret_failure)
{
	char path[PROFILE_PATH_MAX];
	struct failure why = { 0 };

	if (!folders->own || !profile_name_valid(name))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/%s%s", folders->own, name, PROFILE_SUFFIX);
	int r = profile_file_load(path, listed_flags(true), ret, &why);
	if (r < 0 && why.cause == CAUSE_PROFILE_MISSING)
		return 1;
	return r < 0 ? failure_set(ret_failure, why.cause, r, "%s", why.detail) : 0;
}

static void free_text(char **text)
{
	free(*text);
}

static bool is_below(const char *folder, const char *file)
{
	_cleanup_(free_text) char *real = folder ? realpath(folder, NULL) : NULL;
	size_t len = real ? strlen(real) : 0;

	return real && strncmp(file, real, len) == 0 && file[len] == '/';
}

/* Whoever types a path vouches for the file, but not for what NetworkManager may change in it. */
static int load_path(const struct profile_folders *folders, const char *path, struct profile **ret,
		     struct failure *ret_failure)
{
	_cleanup_(free_text) char *real = realpath(path, NULL);
	bool others = real && (is_below(folders->run, real) || is_below(folders->etc, real) ||
			       is_below(folders->lib, real));

	return profile_file_load(path, others ? PROFILE_OTHERS : 0, ret, ret_failure);
}

static int load_listed(const struct profile_folders *folders, const char *typed,
		       struct profile **ret, struct failure *ret_failure)
{
	_cleanup_(list_clear) struct list list = { 0 };
	const struct profile_entry *found = NULL;
	int r = list_all(folders, &list, ret_failure);

	if (r == 0)
		r = find_typed(&list, typed, &found, ret_failure);
	if (r < 0)
		return r;
	if (found && found->failure.cause != CAUSE_NONE)
		return failure_set(ret_failure, found->failure.cause, found->failure.error, "%s",
				   found->failure.detail);
	if (found)
		return profile_file_load(found->path, listed_flags(found->own), ret, ret_failure);
	if (strchr(typed, '/'))
		return load_path(folders, typed, ret, ret_failure);
	return failure_set(ret_failure, CAUSE_PROFILE_MISSING, ENOENT,
			   "neither %s nor NetworkManager has a connection with this name, id or "
			   "UUID%s",
			   folders->own ? folders->own : "-",
			   list.denied ? _("; a folder may not be read") : "");
}

int profile_load_in(const struct profile_folders *folders, const char *name_or_path,
		    struct profile **ret, struct failure *ret_failure)
{
	if (is_path(name_or_path))
		return load_path(folders, name_or_path, ret, ret_failure);
	int r = load_own(folders, name_or_path, ret, ret_failure);
	return r == 1 ? load_listed(folders, name_or_path, ret, ret_failure) : r;
}

int profile_load(const char *name_or_path, struct profile **ret, struct failure *ret_failure)
{
	return profile_load_in(&standard_folders, name_or_path, ret, ret_failure);
}

/* As the command line would name it, so that the two know each other's. */
static void name_managed(const struct profile_folders *folders, struct profile *p)
{
	_cleanup_(list_clear) struct list list = { 0 };

	profile_name_derive(p->id, p->name);
	if (!p->uuid[0] || list_all(folders, &list, NULL) < 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		if (!list.entries[i].own && has_uuid(&list.entries[i], p->uuid))
			memcpy(p->name, list.entries[i].name, sizeof(p->name));
}

int profile_load_managed_in(const struct profile_folders *folders, const char *path,
			    struct profile **ret, struct failure *ret_failure)
{
	int r = profile_file_load(path, PROFILE_OTHERS, ret, ret_failure);

	if (r < 0)
		return r;
	(*ret)->managed = true;
	name_managed(folders, *ret);
	return 0;
}

int profile_load_managed(const char *path, struct profile **ret, struct failure *ret_failure)
{
	return profile_load_managed_in(&standard_folders, path, ret, ret_failure);
}

void profile_resolve_in(const struct profile_folders *folders, const char *name_or_path,
			char ret[static PROFILE_NAME_MAX])
{
	_cleanup_(list_clear) struct list list = { 0 };
	const struct profile_entry *found = NULL;
	char base[PROFILE_PATH_MAX];

	if (!is_path(name_or_path) && (list_all(folders, &list, NULL) < 0 ||
				       find_typed(&list, name_or_path, &found, NULL) < 0))
		found = NULL;
	profile_name_from_path(name_or_path, base);
	if (found)
		memcpy(ret, found->name, sizeof(found->name));
	else
		profile_name_derive(base, ret);
}

void profile_resolve(const char *name_or_path, char ret[static PROFILE_NAME_MAX])
{
	profile_resolve_in(&standard_folders, name_or_path, ret);
}
