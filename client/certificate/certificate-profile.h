/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/certificate/certificate.h"
#include "client/failure/failure.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

/*
 * Loads what a profile names, with the passphrase from where it says. *ret is the caller's:
 * certificate_free(); NULL for a profile with a pre-shared key.
 * Return: 0; a negative errno, *ret_failure as by certificate_load() and secrets_get().
 */
_must_check_ int certificate_for_profile(const struct profile *profile, bool interactive,
					 struct certificate **ret, struct failure *ret_failure);
