/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection in JSON: the form in which events go from the connection's process to the one that
 * reports them, in which `--json` prints them, and in which `status` is answered. Key names are an
 * interface, described in tsunagu(8). Times are seconds, sizes octets.
 */

#include <json-c/json.h>

#include "client/connection.h"

/*
 * One event; of DOWN the evidence alone: whoever runs the connection tells the failure when everything
 * else is undone, too. The object is the caller's: json_object_put(). NULL when memory ran out.
 */
struct json_object *json_of_event(const struct connection_event *event);

/* A warning that is no event of the connection's. As above. */
struct json_object *json_of_warning(const char *text);

/* The whole status of the connection NAME as of NOW. As above. */
struct json_object *json_of_status(const char *name, const struct connection_info *info,
				   const struct connection_counters *counters, nsec_t now);

/* What went wrong, with words: {"cause","exit","message","detail","remedy",...}. As above. */
struct json_object *json_of_failure(const struct failure *f);

/* Members of an object, with a default where they are missing or of another type. */
const char *json_get_string(struct json_object *o, const char *key, const char *missing);
double json_get_double(struct json_object *o, const char *key, double missing);
int json_get_int(struct json_object *o, const char *key, int missing);
