/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The connection in JSON: the form in which events go from the connection's process to the one that
 * reports them, in which `--json` prints them, and in which `status` is answered. Key names are an
 * interface, described in tsunagu(8). Times are seconds, sizes octets.
 */

#include <json-c/json.h>

#include "client/connection/news.h"
#include "client/profile/profile.h"

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

/* Which connection it is: {"id","uuid"}, the latter where there is one. */
void json_add_identity(struct json_object *o, const struct profile *p);

/* What the profile wants of the network, for an UP: {"full-tunnel","full-tunnel6","search"}. */
void json_add_plan(struct json_object *o, const struct profile *p);

/* The end of a connection, as an event: {"event":"down","failure":...}; CAUSE_NONE is an order's. As above. */
struct json_object *json_of_end(const struct failure *f);

/*
 * A member for an object, an element for an array. VALUE is given away. Where memory has run out, for the
 * object or the value, nothing happens; it is missing then.
 */
void json_add(struct json_object *o, const char *key, struct json_object *value_take);
void json_append(struct json_object *array, struct json_object *value_take);

/* A member that is a string; none for NULL. As above. */
void json_add_string(struct json_object *o, const char *key, const char *value);

/* The object in one line, valid as long as O is; {} when memory ran out. */
const char *json_text(struct json_object *o);

/* Members of an object, with a default where they are missing or of another type. */
const char *json_get_string(struct json_object *o, const char *key, const char *missing);
double json_get_double(struct json_object *o, const char *key, double missing);
int json_get_int(struct json_object *o, const char *key, int missing);
