/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/resolv.conf itself, where nobody looks after it. The file or symbolic link that was there is kept
 * by a hard link beside it, and ours comes by a rename in its place; the rename back puts the very
 * same file there. Nobody ever finds the file missing or half written.
 *
 * A token from the undo list stands in ours and in the names of what lies beside it. So whatever moment
 * a process dies at, its successor knows which file is whose: one in place that isn't ours stays.
 * After a start of the machine the undo list is gone, but the file in place names connection and token.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "client/network/dns-backend.h"
#include "client/undo/undo.h"

#define IN_USE "resolv.conf"

/* The first line of ours, with token and connection. */
#define HEADER	     "# Set by tsunagu "
#define HEADER_TOKEN 8

/* The names of what lies beside it. */
struct names {
	char kept[sizeof(IN_USE) + 32], new[sizeof(IN_USE) + 32];
};

/* Whose file it is. */
struct owner {
	uint32_t token;
	char name[128]; /* of the connection */
};

static void name_all(uint32_t token, struct names *ret)
{
	(void)snprintf(ret->kept, sizeof(ret->kept), IN_USE ".tsunagu-%08" PRIx32, token);
	(void)snprintf(ret->new, sizeof(ret->new), IN_USE ".tsunagu-%08" PRIx32 "-new", token);
}

void dns_file_kept(const struct dns_record *record, char *ret, size_t size)
{
	struct names names;

	name_all(record->token, &names);
	(void)snprintf(ret, size, TSUNAGU_ETC "/%s", names.kept);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int open_etc(void)
{
	int fd = open(TSUNAGU_ETC, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Whether the file in place is a connection's, and whose. */
static bool read_owner(int etc, struct owner *ret)
{
	char text[256], *end;
	_cleanup_(close_fd) int fd =
		openat(etc, IN_USE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return false;
	text[n] = '\0';
	size_t len = strlen(HEADER);
	if (strncmp(text, HEADER, len) != 0)
		return false;
	char *name = text + len + HEADER_TOKEN;
	ret->token = (uint32_t)strtoul(text + len, &end, 16);
	if (end != name || *name != ' ')
		return false;
	name[1 + strcspn(name + 1, "\n")] = '\0';
	(void)snprintf(ret->name, sizeof(ret->name), "%.127s", name + 1);
	return true;
}

static int give_back(int etc, uint32_t token)
{
	struct names names;
	struct owner owner;
	struct stat st;

	name_all(token, &names);
	int r = 0;
	bool kept = fstatat(etc, names.kept, &st, AT_SYMLINK_NOFOLLOW) == 0;
	bool ours = read_owner(etc, &owner) && owner.token == token;
	/* There was none. A name that can't be looked up is no worse than one asked of nobody. */
	if (ours && !kept && unlinkat(etc, IN_USE, 0) < 0)
		r = -errno;
	if (ours && kept && renameat(etc, names.kept, etc, IN_USE) < 0)
		r = -errno;
	if (!ours && kept && unlinkat(etc, names.kept, 0) < 0)
		r = -errno;
	if (unlinkat(etc, names.new, 0) < 0 && errno != ENOENT && r == 0)
		r = -errno;
	return r;
}

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);

	return n < 0 ? -errno : (size_t)n == len ? 0 : -ENOSPC;
}

/* Root's umask may be anything; everybody reads this file. */
static int write_new(int etc, const struct names *names, const struct dns_wish *wish)
{
	char text[4096];

	int len = snprintf(text, sizeof(text),
			   HEADER "%08" PRIx32 " %.127s\n"
				  "# What was here before comes back when that connection ends.\n",
			   wish->record->token, wish->name);
	int r = dns_lines(wish->network, text + len, sizeof(text) - (size_t)len);
	if (r < 0)
		return r;
	(void)unlinkat(etc, names->new, 0);
	_cleanup_(close_fd) int fd =
		openat(etc, names->new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || fchmod(fd, 0644) < 0)
		return -errno;
	return write_all(fd, text);
}

/* Without a file of before there is nothing to keep. */
static int keep(int etc, const struct names *names)
{
	if (linkat(etc, IN_USE, etc, names->kept, 0) == 0 || errno == ENOENT)
		return 0;
	return -errno;
}

static int replace(int etc, const struct dns_wish *wish, bool again)
{
	struct names names;

	name_all(wish->record->token, &names);
	int r = write_new(etc, &names, wish);
	if (r == 0 && !again)
		r = keep(etc, &names);
	if (r == 0 && renameat(etc, names.new, etc, IN_USE) < 0)
		r = -errno;
	return r;
}

static int explain(struct dns_job *job, int r)
{
	/* A file system without hard links; the number would mean that we aren't there. */
	if (r == -EOPNOTSUPP)
		r = -EPERM;
	if (r == -EROFS)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "%s",
				   _("/etc can't be written"));
	if (r == -EBUSY || r == -EXDEV)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "%s",
				   _("/etc/resolv.conf is mounted there, as containers have it"));
	return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "/etc/resolv.conf: %s", strerror(-r));
}

static int file_set(struct dns_job *job, const struct dns_wish *wish)
{
	struct owner owner;
	_cleanup_(close_fd) int etc = open_etc();

	if (etc < 0)
		return explain(job, etc);
	bool taken = read_owner(etc, &owner);
	if (taken && owner.token != wish->record->token)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, EEXIST,
				   _("/etc/resolv.conf has those of the connection %s"),
				   owner.name);
	int r = replace(etc, wish, taken);
	return r < 0 ? explain(job, r) : 0;
}

static int file_take_back(const struct dns_record *record)
{
	_cleanup_(close_fd) int etc = open_etc();

	return etc < 0 ? etc : give_back(etc, record->token);
}

static int file_revert(struct dns_job *job, const struct dns_record *record)
{
	int r = file_take_back(record);

	return r < 0 ? explain(job, r) : 0;
}

/* It is never under way. */
static int file_stop(struct dns_job *job, int timeout_ms)
{
	(void)job;
	(void)timeout_ms;
	return 0;
}

static bool file_is_there(void)
{
	return access(TSUNAGU_ETC, W_OK) == 0;
}

void dns_file_recover(const char *run_dir, const char *name)
{
	struct owner owner;
	char path[512];
	_cleanup_(close_fd) int etc = open_etc();

	if (etc < 0 || !read_owner(etc, &owner))
		return;
	/* Whoever has a folder there runs, or is known to have died. */
	(void)snprintf(path, sizeof(path), "%s/%s", run_dir, owner.name);
	if (strcmp(owner.name, name) != 0 && access(path, F_OK) == 0)
		return;
	(void)give_back(etc, owner.token);
}

const struct dns_backend dns_file = {
	.name = "/etc/resolv.conf",
	.word = "file",
	.set = file_set,
	.revert = file_revert,
	.stop = file_stop,
	.take_back = file_take_back,
	.is_there = file_is_there,
};
