/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Keeping up what has worked: it asks the policies of a connection that is up or lost (liveness, loss, repair) and
 * carries out what they decide. What is final is told, and up to who runs the connection.
 */

#include "client/connection/attempt.h"
#include "client/connection/line-network.h"
#include "client/connection/liveness.h"
#include "client/connection/loss.h"
#include "client/connection/repair.h"

struct upkeep {
	struct attempt *attempt;
	struct line_network *network;
	struct liveness liveness; /* runs while it is up */
	struct loss loss;
	struct repair repair;
};

/* Both stay the caller's. */
void upkeep_init(struct upkeep *u, struct attempt *attempt, struct line_network *network);

/* Whether the gateway is there is looked at from now on. */
void upkeep_watch(struct upkeep *u);

/* It is up. Return: what was repaired by that; NULL: nothing, it is the first time. */
const struct connection_repaired *upkeep_up(struct upkeep *u);

/* It closes: nothing is waited for any more; before, that the user wants it, so that nothing is repaired. */
void upkeep_stop(struct upkeep *u);
void upkeep_end(struct upkeep *u);

/* *f is why the attempt or the connection fails; NULL: as it is to end. Return: whether it is repaired. */
bool upkeep_repairs(struct upkeep *u, const struct failure *f);

/*
 * *f is why what may have been up is lost; silence is inquired into first, for some seconds. Return: FAILED, GOES_ON.
 */
enum attempt_told upkeep_lost(struct upkeep *u, struct failure *f);

/* Times that have come, perhaps: of liveness, of an inquiry (an answer may also have come), of the next try. */
enum attempt_told upkeep_check(struct upkeep *u, struct failure *f);
enum attempt_told upkeep_check_loss(struct upkeep *u, struct failure *f);
enum attempt_told upkeep_try(struct upkeep *u, struct failure *f);
nsec_t upkeep_deadline(const struct upkeep *u);

/* The resolver's answer. Return: whether it was asked for here; *ret_told is what it comes to then. */
bool upkeep_resolved(struct upkeep *u, const struct endpoint *addrs, size_t n,
		     enum attempt_told *ret_told, struct failure *f);

/* The machine's network has changed; it has slept. */
enum attempt_told upkeep_network_changed(struct upkeep *u, struct failure *f);
void upkeep_resumed(struct upkeep *u);
