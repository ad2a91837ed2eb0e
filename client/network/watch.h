/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "client/failure/failure.h"
#include "lib/macros.h"

/* Hears from the kernel when links, addresses or routes change, and when what we added is removed. */
struct watch;

/* What a message of the kernel is about. */
enum watch_news {
	WATCH_NOTHING, /* our own doing, or nothing that a connection depends on */
	WATCH_OTHER,   /* a link, address or route of the machine's */
	WATCH_OWN,     /* of the tunnel's interface */
	WATCH_REMOVED, /* a rule, route or policy that may be ours is gone, by whoever's doing */
	WATCH_SWEPT, /* the same, while links, addresses or routes changed: perhaps a route went with its link */
};

/*
 * OWN, REMOVED and SWEPT are told at once, after each burst of messages; OTHER once for everything that happens within
 * 100 ms. May free the watch, but in REMOVED and SWEPT.
 */
typedef void (*watch_fn)(void *userdata, enum watch_news news);

/* *ret is the caller's: watch_free(). Causes: SOCKET, INTERNAL, MEMORY. */
_must_check_ int watch_new(sd_event *event, watch_fn fn, void *userdata, struct watch **ret,
			   struct failure *ret_failure);

/* Which interface is the tunnel's; 0: none. */
void watch_set_own(struct watch *w, uint32_t ifindex);

/* Accepts NULL. Returns NULL. */
struct watch *watch_free(struct watch *w);

/* The judgement alone: OWN as in watch_set_own(). Of rtnetlink's messages, and of XFRM's. */
enum watch_news watch_judge(const struct nlmsghdr *h, uint32_t own);
enum watch_news watch_judge_policy(const struct nlmsghdr *h);
