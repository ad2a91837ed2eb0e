/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/profile/profile-value.h"
#include "client/profile/profile.h"
#include "lib/macros.h"

/* The setters of the types KEY_ROUTE, KEY_ROUTE6 and KEY_ROUTES, as profile_value_set(). */
_must_check_ int profile_set_route(struct profile *p, struct profile_value *v);
_must_check_ int profile_set_route6(struct profile *p, struct profile_value *v);
_must_check_ int profile_set_routes(struct profile *p, struct profile_value *v);
