/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The undo list and its crash record. Root acts on the record, so it is believed only when it is a
 * regular file of ours that nobody else may write, reached without following a link. What an entry
 * means and how it is taken back is none of this file's business (struct undo_kind).
 *
 * The lock tells the running from the dead: the kernel drops it with the process, however it ended.
 */
#include "client/undo/undo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX 4096
#define RECORD_MAX  ((size_t)ENTRIES_MAX * 128)

struct item {
	const struct undo_kind *kind;
	union undo_data data;
};

struct undo {
	char dir[PATH_MAX];
	int dir_fd, lock_fd, record_fd;
	const struct undo_kind *const *kinds;
	undo_take_back_fn take_back; /* NULL: as the kinds do */
	struct item *items;
	size_t n, size;
};

const char *undo_run_dir(void)
{
	return TSUNAGU_RUN_DIR;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static struct undo *undo_free(struct undo *u)
{
	if (!u)
		return NULL;
	close_fd(&u->record_fd);
	close_fd(&u->lock_fd);
	close_fd(&u->dir_fd);
	free(u->items);
	free(u);
	return NULL;
}

static void undo_freep(struct undo **u)
{
	*u = undo_free(*u);
}

static void file_closep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

bool undo_name_is_valid(const char *name)
{
	size_t len = strnlen(name, NAME_MAX + 1);

	if (len == 0 || len > NAME_MAX || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] == '/' || (unsigned char)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

/* Is what FD refers to ours, and can nobody else write it? */
static int check_owner(int fd, mode_t type)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != type || st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		return -EPERM;
	return 0;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	int r = check_owner(fd, S_IFDIR);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	return fd;
}

static int make_dir(const char *path, mode_t mode)
{
	bool made = mkdir(path, mode) == 0;

	if (!made && errno != EEXIST)
		return -errno;
	int fd = open_dir(path);
	if (fd < 0 && made)
		(void)rmdir(path);
	return fd;
}

/* Takes the lock, and makes sure that the file locked is the one that stands there under its name. */
static int take_lock(struct undo *u)
{
	struct stat locked, named;
	int fd = openat(u->dir_fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;

	int r = fcntl(fd, F_OFD_SETLK, &(struct flock){ .l_type = F_WRLCK }) < 0 ? -errno : 0;
	if (r == -EAGAIN || r == -EACCES)
		r = -EBUSY;
	if (r == 0 && fstat(fd, &locked) < 0)
		r = -errno;
	if (r == 0 && (fstatat(u->dir_fd, "lock", &named, AT_SYMLINK_NOFOLLOW) < 0 ||
		       named.st_ino != locked.st_ino))
		r = -EAGAIN; /* its owner removed it between our two calls */
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	u->lock_fd = fd;
	return 0;
}

/* Opens the folder (making it when CREATE) and takes the lock. */
static int enter(struct undo *u, bool create)
{
	for (int tries = 0; tries < 100; tries++) {
		int fd = create ? make_dir(u->dir, 0700) : open_dir(u->dir);
		if (fd < 0)
			return fd;
		u->dir_fd = fd;

		int r = take_lock(u);
		if (r != -EAGAIN && r != -ENOENT)
			return r;
		close_fd(&u->dir_fd); /* the folder was removed under our feet: once more */
	}
	return -EAGAIN;
}

static int list_append(struct undo *u, const struct undo_entry *e)
{
	if (u->n >= ENTRIES_MAX)
		return -ENOBUFS;
	if (u->n == u->size) {
		size_t size = u->size ? 2 * u->size : 16;
		struct item *items = reallocarray(u->items, size, sizeof(*items));
		if (!items)
			return -ENOMEM;
		u->items = items;
		u->size = size;
	}
	struct item *item = &u->items[u->n++];
	*item = (struct item){ .kind = e->kind };
	if (e->kind->size > 0)
		memcpy(&item->data, e->data, e->kind->size);
	return 0;
}

static struct undo_entry entry_of(const struct item *item)
{
	return (struct undo_entry){ item->kind, &item->data };
}

/* Reads the record into the list. Lines that are cut off or not ours to understand are skipped. */
static int record_read(struct undo *u)
{
	char line[UNDO_LINE_MAX];
	size_t total = 0;
	int fd = openat(u->dir_fd, "undo", O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;

	int r = check_owner(fd, S_IFREG);
	_cleanup_(file_closep) FILE *f = r < 0 ? NULL : fdopen(fd, "re");
	if (!f) {
		r = r < 0 ? r : -errno;
		(void)close(fd);
		return r;
	}
	while (total < RECORD_MAX && fgets(line, sizeof(line), f)) {
		union undo_data data;
		struct undo_entry e;
		char *newline = strchr(line, '\n');
		total += strlen(line);
		if (!newline)
			continue;
		*newline = '\0';
		if (undo_entry_parse(u->kinds, line, &data, &e) < 0)
			continue;
		r = list_append(u, &e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int record_append(int fd, const struct undo_entry *e)
{
	char line[UNDO_LINE_MAX + 1];

	int len = undo_entry_format(e, line);
	if (len < 0)
		return len;
	line[len++] = '\n';
	off_t end = lseek(fd, 0, SEEK_END);
	ssize_t n = write(fd, line, (size_t)len);
	if (n < 0)
		return -errno;
	if (n == len)
		return 0;
	/* The next line would become a part of this one, and neither be understood. */
	return end < 0 || ftruncate(fd, end) < 0 ? -EIO : -ENOSPC;
}

/* Writes the record anew: a full one beside the old one, then swaps them. */
static int record_rewrite(struct undo *u)
{
	int fd = openat(u->dir_fd, "undo.new",
			O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;

	int r = 0;
	for (size_t i = 0; i < u->n && r == 0; i++) {
		const struct undo_entry e = entry_of(&u->items[i]);
		r = record_append(fd, &e);
	}
	if (r == 0 && renameat(u->dir_fd, "undo.new", u->dir_fd, "undo") < 0)
		r = -errno;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	close_fd(&u->record_fd);
	u->record_fd = fd;
	return 0;
}

int undo_add(struct undo *u, const struct undo_entry *e)
{
	int r = list_append(u, e);
	if (r < 0)
		return r;
	r = record_append(u->record_fd, e);
	if (r < 0)
		u->n--;
	return r;
}

/* Where it is, the last one of them; u->n: nowhere. */
static size_t find(const struct undo *u, const struct undo_entry *e)
{
	for (size_t i = u->n; i-- > 0;) {
		const struct undo_entry other = entry_of(&u->items[i]);
		if (undo_entry_equal(&other, e))
			return i;
	}
	return u->n;
}

static void remove_item(struct undo *u, size_t i)
{
	if (i == u->n)
		return;
	memmove(&u->items[i], &u->items[i + 1], (u->n - i - 1) * sizeof(*u->items));
	u->n--;
	/* A record with an entry too many does no harm: taking back twice is nothing. */
	(void)record_rewrite(u);
}

void undo_done(struct undo *u, const struct undo_entry *e)
{
	remove_item(u, find(u, e));
}

void undo_unless_added(struct undo *u, const struct undo_entry *e, int error)
{
	if (error == -EEXIST)
		undo_done(u, e);
}

/* Failures aren't told: the commonest by far is that an interface has taken its things along. */
static int take_back(const struct undo *u, const struct undo_entry *e)
{
	int r = 0;

	if (u->take_back)
		r = u->take_back(e);
	else if (e->kind->take_back)
		r = e->kind->take_back(e->data);
	/* What is gone, or is somebody else's by now, needs no taking back. */
	return r == -ENOENT || r == -ESRCH || r == -ENODEV ? 0 : r;
}

void undo_run_if(struct undo *u, undo_choose_fn fn, void *userdata)
{
	size_t left, n = u->n;

	/* What stays is gathered at the end, in its order. */
	left = u->n;
	for (size_t i = u->n; i-- > 0;) {
		const struct undo_entry e = entry_of(&u->items[i]);
		if (!fn(userdata, &e) || take_back(u, &e) < 0)
			u->items[--left] = u->items[i];
	}
	u->n -= left;
	if (u->n > 0)
		memmove(u->items, u->items + left, u->n * sizeof(*u->items));
	if (u->record_fd >= 0 && u->n != n)
		(void)record_rewrite(u);
}

static bool is_of_kinds(void *userdata, const struct undo_entry *e)
{
	const struct undo_kind *const *kinds = userdata;

	while (*kinds && *kinds != e->kind)
		kinds++;
	return *kinds;
}

void undo_run_kinds(struct undo *u, const struct undo_kind **kinds)
{
	undo_run_if(u, is_of_kinds, kinds);
}

void undo_each(const struct undo *u, void (*fn)(void *userdata, const struct undo_entry *e),
	       void *userdata)
{
	for (size_t i = 0; i < u->n; i++) {
		const struct undo_entry e = entry_of(&u->items[i]);
		fn(userdata, &e);
	}
}

bool undo_has(const struct undo *u, const struct undo_entry *e)
{
	return find(u, e) < u->n;
}

bool undo_has_kind(const struct undo *u, const struct undo_kind *kind)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->items[i].kind == kind)
			return true;
	return false;
}

/* Where the last one with such a trait is; u->n: nowhere. */
static size_t find_trait(const struct undo *u, enum undo_trait trait)
{
	for (size_t i = u->n; i-- > 0;)
		if (u->items[i].kind->traits & trait)
			return i;
	return u->n;
}

bool undo_is_closed(const struct undo *u)
{
	return find_trait(u, UNDO_CLOSES) < u->n;
}

void undo_unlock(struct undo *u)
{
	remove_item(u, find_trait(u, UNDO_CLOSES));
}

static bool has_trait(void *userdata, const struct undo_entry *e)
{
	const unsigned int *traits = userdata;

	return e->kind->traits & *traits;
}

static bool has_not(void *userdata, const struct undo_entry *e)
{
	return !has_trait(userdata, e);
}

void undo_run(struct undo *u)
{
	unsigned int first = UNDO_SENDS;
	unsigned int kept = UNDO_SENDS | (undo_is_closed(u) ? UNDO_STAYS_CLOSED : 0);

	/* Who sends is to end before what keeps him from sending in clear. */
	undo_run_if(u, has_trait, &first);
	if (find_trait(u, UNDO_SENDS) < u->n)
		kept |= UNDO_COVERS;
	undo_run_if(u, has_not, &kept);
}

/* The lock goes last and is held until then. */
static void remove_emptied(struct undo *u)
{
	(void)unlinkat(u->dir_fd, "lock", 0);
	(void)rmdir(u->dir);
}

/* What the folder of a connection that never came to anything may hold. */
static void remove_beginning(struct undo *u)
{
	(void)unlinkat(u->dir_fd, "undo.new", 0);
	(void)unlinkat(u->dir_fd, "undo", 0);
	remove_emptied(u);
}

/* Removes the folder with everything in it. Without the heap, which may be what has run out. */
static void remove_dir(struct undo *u)
{
	alignas(struct dirent64) char entries[2048];
	ssize_t n;

	(void)lseek(u->dir_fd, 0, SEEK_SET);
	while ((n = getdents64(u->dir_fd, (void *)entries, sizeof(entries))) > 0) {
		const struct dirent64 *entry;

		for (ssize_t at = 0; at < n; at += entry->d_reclen) {
			entry = (const struct dirent64 *)(const void *)(entries + at);
			if (strcmp(entry->d_name, "lock") != 0)
				(void)unlinkat(u->dir_fd, entry->d_name, 0);
		}
	}
	remove_emptied(u);
}

struct undo *undo_close(struct undo *u)
{
	if (!u)
		return NULL;
	undo_run(u);
	if (u->n > 0)
		undo_run(u); /* what the kernel had no room for a moment ago */
	if (u->n == 0)
		remove_dir(u);
	return undo_free(u);
}

static int undo_new(const char *run_dir, const char *name, const struct undo_kind *const *kinds,
		    undo_take_back_fn fn, struct undo **ret)
{
	if (!undo_name_is_valid(name))
		return -EINVAL;
	struct undo *u = malloc(sizeof(*u));
	if (!u)
		return -ENOMEM;
	*u = (struct undo){
		.dir_fd = -1,
		.lock_fd = -1,
		.record_fd = -1,
		.kinds = kinds,
		.take_back = fn,
	};
	int n = snprintf(u->dir, sizeof(u->dir), "%s/%s", run_dir, name);
	if (n < 0 || (size_t)n >= sizeof(u->dir)) {
		undo_free(u);
		return -ENAMETOOLONG;
	}
	*ret = u;
	return 0;
}

static int prepare(struct undo *u, const char *run_dir)
{
	int base = make_dir(run_dir, 0755);
	if (base < 0)
		return base;
	(void)close(base);

	int r = enter(u, true);
	if (r < 0 && u->dir_fd >= 0)
		(void)rmdir(u->dir); /* an empty one that is ours: nobody needs it */
	if (r < 0)
		return r;
	bool fresh = faccessat(u->dir_fd, "undo", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
	r = record_read(u);
	if (r == 0) {
		undo_run(u);
		r = record_rewrite(u);
	}
	if (r < 0 && fresh)
		remove_beginning(u);
	return r;
}

int undo_open_at(const char *run_dir, const char *name, const struct undo_kind *const *kinds,
		 undo_take_back_fn fn, struct undo **ret, struct failure *ret_failure)
{
	_cleanup_(undo_freep) struct undo *u = NULL;

	int r = undo_new(run_dir, name, kinds, fn, &u);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_RUN_DIR, r, "%s/%s: %s", run_dir, name,
				   strerror(-r));
	r = prepare(u, run_dir);
	if (r == -EBUSY)
		return failure_set(ret_failure, CAUSE_RUNNING, r, "%s/lock is held", u->dir);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_RUN_DIR, r, "%s: %s", u->dir, strerror(-r));
	*ret = steal_ptr(u);
	return 0;
}

int undo_open(const char *name, const struct undo_kind *const *kinds, struct undo **ret,
	      struct failure *ret_failure)
{
	return undo_open_at(TSUNAGU_RUN_DIR, name, kinds, NULL, ret, ret_failure);
}

const char *undo_dir(const struct undo *u)
{
	return u->dir;
}

bool undo_left_closed(const char *name, const struct undo_kind *const *kinds)
{
	_cleanup_(undo_freep) struct undo *u = NULL;

	if (undo_new(TSUNAGU_RUN_DIR, name, kinds, NULL, &u) < 0)
		return false;
	u->dir_fd = open_dir(u->dir);
	return u->dir_fd >= 0 && record_read(u) == 0 && undo_is_closed(u);
}

int undo_recover(const char *name, const struct undo_kind *const *kinds, bool open)
{
	_cleanup_(undo_freep) struct undo *u = NULL;

	int r = undo_new(TSUNAGU_RUN_DIR, name, kinds, NULL, &u);
	if (r < 0)
		return r;
	r = enter(u, false);
	if (r < 0)
		return r;
	r = record_read(u);
	if (r < 0)
		return r;
	if (open)
		undo_unlock(u);
	undo_run(u);
	if (undo_is_closed(u))
		return record_rewrite(u);
	if (u->n > 0)
		return -EIO;
	remove_dir(u);
	return 0;
}

/* Is the lock in that folder held? The answer may be old by the time it is read. */
static bool is_running(int run_fd, const char *name)
{
	char path[NAME_MAX + 8];

	(void)snprintf(path, sizeof(path), "%.*s/lock", NAME_MAX, name);
	int fd = openat(run_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	/* Asks only, so that it can't get into the way of somebody who takes the lock. */
	struct flock lock = { .l_type = F_WRLCK };
	int r = fcntl(fd, F_OFD_GETLK, &lock);
	(void)close(fd);
	return r == 0 && lock.l_type != F_UNLCK;
}

int undo_list(void (*fn)(void *userdata, const char *name, bool running), void *userdata)
{
	int n = 0;
	int fd = open_dir(TSUNAGU_RUN_DIR);
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;

	DIR *d = fdopendir(fd);
	if (!d) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		if (!undo_name_is_valid(entry->d_name) || entry->d_type == DT_REG)
			continue;
		fn(userdata, entry->d_name, is_running(dirfd(d), entry->d_name));
		n++;
	}
	(void)closedir(d);
	return n;
}
