/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile as a file: what it must be like to be trusted. A profile names commands that run as the
 * caller, so it must be the caller's or root's, secrets or not. Where a name is looked for is
 * profile-list.c's, what is in it profile-read.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/profile/private-file.h"
#include "client/profile/profile-internal.h"
#include "client/profile/profile-keys.h"
#include "client/profile/text.h"

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

int profile_file_read(struct profile *p, const char *path, unsigned int flags, bool *ret_foreign,
		      struct failure *ret_failure)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	char base[PROFILE_PATH_MAX];
	struct failure why = { 0 };
	const char *reason = "";

	*ret_foreign = false;
	p->others = flags & PROFILE_OTHERS;
	(void)snprintf(p->path, sizeof(p->path), "%s", path);
	profile_name_from_path(path, base);
	profile_name_derive(base, p->name);
	text_make_printable(base);
	(void)snprintf(p->id, sizeof(p->id), "%.*s", (int)text_cut(base, sizeof(p->id) - 1), base);

	int r = private_file_read(p->path, flags & PROFILE_NOFOLLOW, PROFILE_FILE_MAX, &file,
				  &reason);
	if (r < 0)
		return file_failure(p->path, r, reason, ret_failure);
	r = profile_read(p, file.data, file.len, ret_foreign, &why);
	if (file.exposed && holds_secret(p) && !*ret_foreign)
		return failure_set(ret_failure, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%s holds secrets and others may read it: chmod 600 it",
				   p->path);
	if (r < 0)
		return failure_set(ret_failure, why.cause, r, "%s: %.400s", p->path, why.detail);
	return 0;
}

int profile_file_load(const char *path, unsigned int flags, struct profile **ret,
		      struct failure *ret_failure)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	char base[PROFILE_PATH_MAX];
	bool foreign;

	if (!p)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "reading the profile");
	if (strlen(path) >= sizeof(p->path))
		return failure_set(ret_failure, CAUSE_PROFILE_MISSING, ENAMETOOLONG,
				   "the path is too long");
	profile_name_from_path(path, base);
	if (!base[0])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EISDIR,
				   "%s is a folder and no profile", path);
	int r = profile_file_read(p, path, flags, &foreign, ret_failure);
	if (r < 0)
		return r;
	*ret = steal_ptr(p);
	return 0;
}
