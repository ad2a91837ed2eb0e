/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

/*
 * Names: tells whoever keeps this machine's name servers which ones belong to the tunnel's interface.
 * Nothing here holds up the loop but dns_free().
 */
struct dns;

/* The names work, or F says why not. From the loop, once for each dns_set() that returned 1. */
typedef void (*dns_ready_fn)(void *userdata, const struct failure *f);

/* *ret is the caller's: dns_free(). UNDO outlives it. */
_must_check_ int dns_new(sd_event *event, struct undo *undo, dns_ready_fn fn, void *userdata,
			 struct dns **ret);

/*
 * Sets the network's name servers, with the undo list first. May be called again; what belongs to
 * another interface goes first.
 * Return: 0: done, or there are none, or somebody else sets them; 1: FN follows, within two seconds; a negative errno with
 * CAUSE_DNS_SETUP.
 */
_must_check_ int dns_set(struct dns *d, const struct sys_network *network,
			 struct failure *ret_failure);

/* Begins to take back what is set. FN doesn't follow any more. */
void dns_revert(struct dns *d);

/* The name servers that the machine has beside the tunnel. Return: how many. */
size_t dns_get_uplink(const struct dns *d, struct endpoint ret[static SYS_DNS_MAX]);

/* Waits for what is under way, five seconds at most; the undo list knows the rest. Accepts NULL. */
struct dns *dns_free(struct dns *d);

/* Of a dead process it is taken back by waiting for that. */
extern const struct undo_kind dns_kind;

/* "systemd-resolved", "resolvconf", "/etc/resolv.conf"; NULL: there is none. */
const char *dns_find_backend(void);
