/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* One value on its way from the file into the profile, and what is said of it. */

#include "client/profile/profile-keys.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

#define PROFILE_ERROR_MAX 480

/* Where a value came from, and what is wrong with it. */
struct profile_value {
	const struct profile_key *key;
	unsigned int line;	       /* 0: a default of the table */
	char *text;		       /* as in the file; may be changed */
	char error[PROFILE_ERROR_MAX]; /* one line, without the value when that is a secret */
};

/* Says in VALUE what its type expects. Return: -EINVAL. */
int profile_value_invalid(struct profile_value *value);

/* Keeps a warning; when there is no room left, the last one says so. LINE 0: of no line. */
void profile_warn(struct profile *p, unsigned int line, const char *format, ...) _printf_(3, 4);
