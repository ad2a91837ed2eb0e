/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/profile-keys.h"
#include "client/profile.h"
#include "lib/macros.h"

#define PROFILE_ERROR_MAX 480

/* Where a value came from, and what is wrong with it. */
struct profile_value {
	const struct profile_key *key;
	unsigned int line;	       /* 0: a default of the table */
	char *text;		       /* as in the file; may be changed */
	char error[PROFILE_ERROR_MAX]; /* one line, without the value when that is a secret */
};

/*
 * Reads the value as its key's type says and stores it in the profile. An empty one changes nothing.
 * Return: 0; -ENOMEM; -EINVAL, and value->error says what was expected.
 */
_must_check_ int profile_value_set(struct profile *p, struct profile_value *value);

/*
 * Reads a pre-shared key in the notation of profiles: as it stands, or base64 behind "0s".
 * Return: 0; -EINVAL; -EMSGSIZE.
 */
_must_check_ int profile_psk_decode(const char *text, struct secret *ret);

/* Keeps a warning; when there is no room left, the last one says so. LINE 0: of no line. */
void profile_warn(struct profile *p, unsigned int line, const char *format, ...) _printf_(3, 4);
