/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the profile's own files. */

#include "client/profile/profile.h"
#include "lib/macros.h"

/*
 * As profile_parse(), for a profile that is half-built: P is zeroed but for name, path and others, and gets
 * all that was read, also on failure. *ret_foreign: it is another kind of connection.
 * TEXT is changed; LEN octets and a NUL.
 */
_must_check_ int profile_read(struct profile *p, char *text, size_t len, bool *ret_foreign,
			      struct failure *ret_failure);

/* How far a file is believed; a sum. */
#define PROFILE_NOFOLLOW 1 /* a symbolic link is refused */
#define PROFILE_OTHERS	 2 /* as struct profile has it */

/*
 * Reads the file at PATH into P, which is zeroed, and names it after the file: name and id are there also
 * on failure. *ret_foreign as above. Return: as profile_load().
 */
_must_check_ int profile_file_read(struct profile *p, const char *path, unsigned int flags,
				   bool *ret_foreign, struct failure *ret_failure);

/* The same into a new profile. Return: as profile_load(). */
_must_check_ int profile_file_load(const char *path, unsigned int flags, struct profile **ret,
				   struct failure *ret_failure);

/* The file's name without folder and suffix, cut at PROFILE_PATH_MAX. */
void profile_name_from_path(const char *path, char ret[static PROFILE_PATH_MAX]);

/* The safe name of a file, from its name without folder and suffix; different for different ones. */
void profile_name_derive(const char *base, char ret[static PROFILE_NAME_MAX]);

/* Resolves \xHH as systemd-escape writes it in the names of units. Returns whether there was any. */
bool profile_name_unescape(const char *text, char *ret, size_t size);
