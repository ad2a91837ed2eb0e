/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the profile's own files. */

#include "client/profile.h"
#include "lib/macros.h"

/*
 * As profile_parse(), for a profile that is half-built: P is zeroed but for name and path and gets
 * all that was read, also on failure. *ret_foreign: it is another kind of connection.
 * TEXT is changed; LEN octets and a NUL.
 */
_must_check_ int profile_read(struct profile *p, char *text, size_t len, bool *ret_foreign,
			      struct failure *ret_failure);
