/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/profile/profile-value.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

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
