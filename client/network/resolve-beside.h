/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "client/network/resolve.h"

/*
 * One look-up of a name beside the tunnel: the questions carry the mark that the tunnel's own packets
 * carry, and go to the name servers given. Takes three seconds at most.
 */
struct resolve_beside;

/*
 * Starts; without servers those of resolv.conf(5) are asked. FN is called from the loop, as
 * resolve_new()'s. *ret is the caller's: resolve_beside_free().
 * Return: 0; a negative errno.
 */
_must_check_ int resolve_beside_new(sd_event *event, const char *name,
				    const struct endpoint *servers, size_t n_servers, uint32_t mark,
				    resolve_fn fn, void *userdata, struct resolve_beside **ret);

/* FN isn't called any more. Accepts NULL. */
struct resolve_beside *resolve_beside_free(struct resolve_beside *b);
