/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Sends a few packets through a tunnel that stands: echo requests small and large, and one question
 * to each name server that the gateway names. By sockets bound to its interface, so that no route is
 * needed and no other traffic is touched. It takes three seconds at most, five when no name server
 * answers, and less when all do.
 */

#include <systemd/sd-event.h>

#include "client/connection/connection-info.h"
#include "client/run/tunnel-findings.h"
#include "lib/macros.h"

struct tunnel_check;

/*
 * Begins. ON_DONE comes from the event loop, once; *ret stays the caller's: tunnel_check_free(), not
 * from within ON_DONE. Return: 0; a negative errno.
 */
_must_check_ int tunnel_check_start(sd_event *event, const struct connection_info *info,
				    void (*on_done)(void *userdata,
						    const struct tunnel_findings *findings),
				    void *userdata, struct tunnel_check **ret);

/* Accepts NULL. Returns NULL. */
struct tunnel_check *tunnel_check_free(struct tunnel_check *t);
