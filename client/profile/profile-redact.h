/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdio.h>

#include "client/failure/failure.h"
#include "lib/macros.h"

/*
 * Writes the profile in the file PATH to OUT, line by line, without what is secret: of secrets only
 * that they are there; of commands the program without its arguments; of keys that the table doesn't
 * know, or that have no effect, no value, since it may be a secret of another program's. A file that
 * can't be read as a profile is named as such, not shown.
 * Return: 0; a negative errno with the cause of profile_load().
 */
_must_check_ int profile_redact(const char *path, FILE *out, struct failure *ret_failure);
