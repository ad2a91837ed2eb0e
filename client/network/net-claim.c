/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/network/net-claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The file of a claim, beside the connections' folders, whose names never begin with a dot. */
static int claim_path(const char *run_dir, size_t len, const char *name, char ret[static PATH_MAX])
{
	int n = snprintf(ret, PATH_MAX, "%.*s/.%s", (int)len, run_dir, name);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Who has the claim; false: nobody any more. */
static bool claim_owner(const struct undo *u, const char *path, char ret[static NAME_MAX + 1])
{
	char dir[PATH_MAX];
	const char *own = undo_dir(u), *slash = strrchr(own, '/');
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;

	ssize_t n = read(fd, ret, NAME_MAX);
	(void)close(fd);
	ret[n < 0 ? 0 : n] = '\0';
	int len = snprintf(dir, sizeof(dir), "%.*s/%s", (int)(slash - own), own, ret);
	return !undo_name_is_valid(ret) || len < 0 || (size_t)len >= sizeof(dir) ||
	       access(dir, F_OK) == 0;
}

static int claim_make(const char *path, const char *owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;

	int r = write(fd, owner, strlen(owner)) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

int net_claim(struct undo *u, const char *name, char ret_owner[static NAME_MAX + 1])
{
	struct net_claim claim = {};
	const struct undo_entry e = { &net_claim_kind, &claim };
	const char *dir = undo_dir(u), *slash = strrchr(dir, '/'), *own = slash + 1;
	char path[PATH_MAX];

	(void)snprintf(claim.name, sizeof(claim.name), "%s", name);
	if (undo_has(u, &e))
		return 0;
	int r = claim_path(dir, (size_t)(slash - dir), name, path);
	if (r == 0)
		r = undo_add(u, &e);
	if (r < 0)
		return r;
	r = claim_make(path, own);
	if (r == -EEXIST && !claim_owner(u, path, ret_owner)) {
		(void)unlink(path);
		r = claim_make(path, own);
	}
	if (r == -EEXIST) {
		undo_done(u, &e);
		return -EBUSY;
	}
	return r;
}

static void parse_claim(struct undo_fields *f, void *ret)
{
	struct net_claim *claim = ret;

	undo_field_word(f, 1, claim->name, sizeof(claim->name));
	if (f->field[1][strspn(f->field[1], "abcdefghijklmnopqrstuvwxyz0123456789-")])
		f->bad = true;
}

static int format_claim(const void *data, char *ret, size_t size)
{
	const struct net_claim *claim = data;

	return snprintf(ret, size, "%s", claim->name);
}

static int take_back_claim(const void *data)
{
	const struct net_claim *claim = data;
	char path[PATH_MAX];

	int r = claim_path(undo_run_dir(), strlen(undo_run_dir()), claim->name, path);
	if (r < 0)
		return r;
	return unlink(path) < 0 ? -errno : 0;
}

const struct undo_kind net_claim_kind = {
	.word = "claim",
	.n_fields = 2,
	.size = UNDO_SIZE(struct net_claim),
	.traits = UNDO_STAYS_CLOSED,
	.parse = parse_claim,
	.format = format_claim,
	.take_back = take_back_claim,
};

/* Nothing by itself. */
const struct undo_kind net_closed_kind = {
	.word = "closed",
	.n_fields = 1,
	.traits = UNDO_CLOSES | UNDO_STAYS_CLOSED,
};
