/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "lib/macros.h"

/* The programs of a folder that are to be run as root, by name. */

#define HOOKS_MAX     64
#define HOOK_NAME_MAX 128 /* with the NUL */

struct hooks_folder {
	char names[HOOKS_MAX][HOOK_NAME_MAX]; /* sorted by octets, as in the C locale */
	size_t n;
};

/*
 * Reads the folder PATH. Taken are executable regular files with names of ASCII letters, digits, '_' and
 * '-', as run-parts(8) does: so what editors and packagers leave there is not run. Files, and the folder
 * itself, that somebody else than root (or the caller) may change are refused, each with a call of
 * REFUSED; why is translated. A folder that isn't there is empty.
 */
void hooks_folder_read(const char *path, struct hooks_folder *ret,
		       void (*refused)(void *userdata, const char *name, const char *why),
		       void *userdata);
