/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection: the one place that knows both engines and the order of things. It reaches the
 * system through two tables (system.h, dataplane.h) and the time through a function, so that tests
 * run it without kernel, network and clock. It never writes to the terminal or the log: what happens
 * comes out as events.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/connection/connection-config.h"
#include "client/connection/connection-info.h"
#include "client/connection/news.h"

struct connection;

/*
 * Makes a connection in state IDLE and takes the listeners of system and data plane.
 * Return: 0; -ENOMEM.
 */
_must_check_ int connection_new(const struct connection_config *config, struct connection **ret);

/* Frees it; the data plane and the network must have been closed by then (DOWN). Accepts NULL. */
struct connection *connection_free(struct connection *c);

/* Begins. From now on events come, the last one is DOWN, also when the beginning fails. */
void connection_start(struct connection *c);

/*
 * Ends it in order: routes and names first, then PPP, L2TP, IKE. DOWN follows within a few seconds,
 * with F's failure (NULL: it was asked for). A second call makes haste: nothing is waited for.
 */
void connection_close(struct connection *c, const struct failure *f);

/* To be called when connection_deadline() has come. */
void connection_timeout(struct connection *c);

/* The machine has slept, or the process was stopped: what stood is in doubt. */
void connection_resumed(struct connection *c);

/* When connection_timeout() wants to be called; NSEC_NEVER for not at all. */
nsec_t connection_deadline(const struct connection *c);

const struct connection_info *connection_get_info(const struct connection *c);

/* What isn't there is zero. */
void connection_get_counters(const struct connection *c, struct connection_counters *ret);
