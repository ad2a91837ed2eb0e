/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/macros.h"

/* The content of a file that may hold secrets; wiped when cleared. */
struct private_file {
	char *data; /* LEN octets and a NUL */
	size_t len;
	bool exposed; /* others than its owner may read it */
};

/*
 * Reads a regular file of at most MAX octets that belongs to root or the caller and that nobody else
 * may change. With NOFOLLOW the last part of the path must not be a symbolic link. Never blocks on
 * what is no regular file. *ret is the caller's: private_file_clear().
 * Return: 0; a negative errno, of which -EPERM means that the file is not safe, -EFBIG too large;
 * *ret_reason then is a constant text about it.
 */
_must_check_ int private_file_read(const char *path, bool nofollow, size_t max,
				   struct private_file *ret, const char **ret_reason);

/* Wipes and frees the content. Accepts NULL and what was never read. */
void private_file_clear(struct private_file *file);
