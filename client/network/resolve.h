/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* One look-up of a name, which doesn't hold up the loop. */
struct resolve;

/* Called once, from the loop: N addresses in the resolver's order, or F says why there are none. */
typedef void (*resolve_fn)(void *userdata, const struct endpoint *addrs, size_t n,
			   const struct failure *f);

/* Starts. *ret is the caller's, also after FN was called: resolve_free(). Return: 0; negative errno. */
_must_check_ int resolve_new(sd_event *event, const char *name, resolve_fn fn, void *userdata,
			     struct resolve **ret);

/* Forgets the look-up; FN isn't called any more. Accepts NULL. Returns NULL. */
struct resolve *resolve_free(struct resolve *r);
