/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/failure/failure.h"
#include "client/undo/undo-entry.h"
#include "lib/macros.h"

/*
 * The undo list of a connection, in memory and in /run/tsunagu/NAME/, where it survives the process:
 *	lock	locked by the running process: tells a running connection from a dead one
 *	undo	one line per thing that was added, written before the thing is added
 * The folder is 0700 and gives a home to the connection's sockets as well; it goes as a whole.
 */
struct undo;

/* Takes one entry back. Return: as take_back() of its kind. */
typedef int (*undo_take_back_fn)(const struct undo_entry *e);

/* The folder of all connections: "/run/tsunagu". */
const char *undo_run_dir(void);

/* Whether it may be a connection's: a file's name without control characters that doesn't begin with a dot. */
bool undo_name_is_valid(const char *name);

/*
 * Makes the connection's folder and takes its lock. What a killed predecessor left is taken back
 * first. KINDS, here and below, are all that anybody adds, with NULL at the end: a record may have whatever a
 * predecessor added. *ret is the caller's: undo_close().
 * Return: 0; -EBUSY (CAUSE_RUNNING) when the connection runs; -EINVAL for a NAME that is no file
 * name; else the errno of the folder (CAUSE_RUN_DIR).
 */
_must_check_ int undo_open(const char *name, const struct undo_kind *const *kinds,
			   struct undo **ret, struct failure *ret_failure);

/* The same below another folder, and with another way to take things back if FN isn't NULL, for tests. */
_must_check_ int undo_open_at(const char *run_dir, const char *name,
			      const struct undo_kind *const *kinds, undo_take_back_fn fn,
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
bool undo_has_kind(const struct undo *u, const struct undo_kind *kind);

/*
 * The kill switch: with one of UNDO_CLOSES on the list, those of UNDO_STAYS_CLOSED stay whatever else is taken
 * back, also after the process; until undo_unlock(), or undo_recover() with OPEN.
 */
bool undo_is_closed(const struct undo *u);
void undo_unlock(struct undo *u);

/* Has the connection, which doesn't run, left the network closed? */
bool undo_left_closed(const char *name, const struct undo_kind *const *kinds);

/* Which entries? */
typedef bool (*undo_choose_fn)(void *userdata, const struct undo_entry *e);

/* Takes back the entries that FN chooses, last one first; what can't be taken back stays on the list. */
void undo_run_if(struct undo *u, undo_choose_fn fn, void *userdata);

/* Calls FN for each entry, first one first. FN leaves the list alone. */
void undo_each(const struct undo *u, void (*fn)(void *userdata, const struct undo_entry *e),
	       void *userdata);

/* Takes back the entries of these kinds, last one first; what can't be taken back stays on the list. */
#define UNDO_KINDS(...) ((const struct undo_kind *[]){ __VA_ARGS__, NULL })
void undo_run_kinds(struct undo *u, const struct undo_kind **kinds);

/* Takes back what is left, what sends before all else, last one first; but for what the kill switch keeps. */
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
_must_check_ int undo_recover(const char *name, const struct undo_kind *const *kinds, bool open);

/*
 * The names of all connections that run or left something, each with whether it runs.
 * Calls FN for each. Return: how many there are; a negative errno.
 */
int undo_list(void (*fn)(void *userdata, const char *name, bool running), void *userdata);
