/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/failure.h"
#include "client/undo-entry.h"
#include "lib/macros.h"

/*
 * The undo list of a connection, in memory and in /run/tsunagu/NAME/, where it survives the process:
 *	lock	locked by the running process: tells a running connection from a dead one
 *	undo	one line per thing that was added, written before the thing is added
 * The folder is 0700 and gives a home to the connection's sockets as well; it goes as a whole.
 */
struct undo;

/*
 * Takes one entry back. Return: 0, also for a thing that is gone already or that isn't ours; a negative
 * errno when it is still there.
 */
typedef int (*undo_take_back_fn)(const struct undo_entry *e);

/* The folder of all connections: "/run/tsunagu". */
const char *undo_run_dir(void);

/*
 * Makes the connection's folder and takes its lock. What a killed predecessor left is taken back
 * first. *ret is the caller's: undo_close().
 * Return: 0; -EBUSY (CAUSE_RUNNING) when the connection runs; -EINVAL for a NAME that is no file
 * name; else the errno of the folder (CAUSE_RUN_DIR).
 */
_must_check_ int undo_open(const char *name, struct undo **ret, struct failure *ret_failure);

/* The same below another folder and with another way to take things back, for tests. */
_must_check_ int undo_open_at(const char *run_dir, const char *name, undo_take_back_fn fn,
			      struct undo **ret, struct failure *ret_failure);

/* The connection's folder, without a slash at the end. */
const char *undo_dir(const struct undo *u);

/* To be called before the thing is added. Return: 0; -ENOMEM; -EINVAL; the errno of the record. */
_must_check_ int undo_add(struct undo *u, const struct undo_entry *e);

/* The thing was taken back in the ordinary way, or could not be added. */
void undo_done(struct undo *u, const struct undo_entry *e);

/*
 * Asking the kernel for the thing gave ERROR. When it says that there is one already, that one isn't
 * ours. Else the entry stays: where the answer was lost, the thing may stand all the same.
 */
void undo_unless_added(struct undo *u, const struct undo_entry *e, int error);

/* Is the thing on the list? */
bool undo_has(const struct undo *u, const struct undo_entry *e);

/* Is anything of that kind on it? */
bool undo_has_kind(const struct undo *u, enum undo_kind kind);

/*
 * Takes for this connection what only one may have at a time: a name of lower case letters, digits and
 * '-'. Held until it is taken back.
 * Return: 0, also when it has it already; -EBUSY, then OWNER is the connection that has it; another
 * negative errno.
 */
_must_check_ int undo_claim(struct undo *u, const char *name, char ret_owner[static NAME_MAX + 1]);

/* For take-back.c. Return: 0; a negative errno. */
int undo_give_up_claim(const struct undo_claim *claim);

/*
 * The kill switch: with UNDO_CLOSED on the list, rules, barriers, walls and claims stay whatever else is taken
 * back, also after the process; until undo_unlock(), or undo_recover() with OPEN.
 */
bool undo_is_closed(const struct undo *u);
void undo_unlock(struct undo *u);

/* Has the connection, which doesn't run, left the network closed? */
bool undo_left_closed(const char *name);

/* A set of kinds, for undo_run_kinds(). */
#define UNDO_KIND_BIT(kind) (1U << (kind))

/* Which entries? */
typedef bool (*undo_choose_fn)(void *userdata, const struct undo_entry *e);

/* Takes back the entries that FN chooses, last one first; what can't be taken back stays on the list. */
void undo_run_if(struct undo *u, undo_choose_fn fn, void *userdata);

/* Calls FN for each entry, first one first. FN leaves the list alone. */
void undo_each(const struct undo *u, void (*fn)(void *userdata, const struct undo_entry *e),
	       void *userdata);

/* Takes back the entries of these kinds, last one first; what can't be taken back stays on the list. */
void undo_run_kinds(struct undo *u, unsigned int kinds);

/* Takes back what is left, processes before all else, last one first; but for what the kill switch keeps. */
void undo_run(struct undo *u);

/*
 * undo_run(), then removes the folder and gives up the lock. What can't be taken back, even the second
 * time, or is kept by the kill switch, stays recorded there for the next start or `disconnect`. Accepts
 * NULL. Returns NULL.
 */
struct undo *undo_close(struct undo *u);

/*
 * Takes back what the killed process of that connection left; with OPEN also what its kill switch keeps.
 * Return: 0; -ENOENT when there is nothing; -EBUSY when the connection runs; -EIO when something can't
 * be taken back; another negative errno.
 */
_must_check_ int undo_recover(const char *name, bool open);

/*
 * The names of all connections that run or left something, each with whether it runs.
 * Calls FN for each. Return: how many there are; a negative errno.
 */
int undo_list(void (*fn)(void *userdata, const char *name, bool running), void *userdata);
