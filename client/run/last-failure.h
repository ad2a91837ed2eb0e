/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why a connection is down: kept below the folder of all connections, for root alone, from a failure on until the
 * connection is up again or its user has ended it. RUN_DIR is that folder, undo_run_dir(). Nothing depends on it: what
 * can't be written or read isn't there.
 */

#include <stdbool.h>
#include <time.h>

#include <json-c/json.h>

#include "client/failure/failure.h"
#include "client/profile/profile.h"

/* The connection has failed at that time. */
void last_failure_keep(const char *run_dir, const struct profile *p, const struct failure *f,
		       time_t now);

void last_failure_forget(const char *run_dir, const char *name);

/*
 * {"name","id","uuid","state":"down","last-failure":{...}}, the latter as json_of_failure() has it, and with the UTC "time".
 * NULL: there is none. The object is the caller's: json_object_put().
 */
struct json_object *last_failure_read(const char *run_dir, const char *name);

/* The connection that had a failure and has this id or UUID. */
bool last_failure_find(const char *run_dir, const char *typed, char ret[static PROFILE_NAME_MAX]);
