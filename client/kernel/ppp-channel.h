/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "lib/macros.h"
#include "lib/nsec.h"

/*
 * Waits for the peer's first frame on a PPP channel of the kernel, without taking it: it stays queued
 * for whoever attaches to the channel next.
 */
struct ppp_channel;

/* Called once, from the loop: the peer was heard, or the time is over. */
typedef void (*ppp_channel_fn)(void *userdata);

/*
 * SESSION_FD is a connected PPPoX socket; it is not used any more afterwards. FN is called after
 * LATEST at the latest. *ret is the caller's: ppp_channel_free().
 * Return: 0; -ENOMEM; the errno of /dev/ppp.
 */
_must_check_ int ppp_channel_new(sd_event *event, int session_fd, nsec_t latest, ppp_channel_fn fn,
				 void *userdata, struct ppp_channel **ret);

/* Stops waiting; FN isn't called any more. Accepts NULL. Returns NULL. */
struct ppp_channel *ppp_channel_free(struct ppp_channel *c);
