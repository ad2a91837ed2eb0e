/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Between the profile's own files. */

#include "client/profile-values.h"
#include "client/profile.h"
#include "lib/macros.h"

/*
 * As profile_parse(), for a profile that is half-built: P is zeroed but for name and path and gets
 * all that was read, also on failure. *ret_foreign: it is another kind of connection.
 * TEXT is changed; LEN octets and a NUL.
 */
_must_check_ int profile_read(struct profile *p, char *text, size_t len, bool *ret_foreign,
			      struct failure *ret_failure);

/* Says in VALUE what its type expects. Return: -EINVAL. */
int profile_value_invalid(struct profile_value *value);

/* The setters of the types KEY_ROUTE, KEY_ROUTE6 and KEY_ROUTES, as profile_value_set(). */
_must_check_ int profile_set_route(struct profile *p, struct profile_value *v);
_must_check_ int profile_set_route6(struct profile *p, struct profile_value *v);
_must_check_ int profile_set_routes(struct profile *p, struct profile_value *v);
