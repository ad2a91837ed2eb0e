/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The log of a connection's last attempt and of what became of it, /var/log/tsunagu/NAME.log: what
 * `tsunagu report` tells, whatever the system's own log does with our lines. Each attempt begins it
 * anew. Nothing secret is in it, since events hold no secrets.
 */

#include <stddef.h>

#include "lib/macros.h"

/* A connection that stands for months logs on: when the file is this large it becomes NAME.log.1. */
#define ATTEMPT_LOG_OCTETS_MAX ((size_t)256 * 1024)

struct attempt_log;

/*
 * Begins the log of the connection NAME, which is a valid profile name. Without a place for it
 * there is no log, which is no reason not to connect. Return: the log, or NULL.
 */
struct attempt_log *attempt_log_open(const char *name);

/* The same below another folder, for tests. */
struct attempt_log *attempt_log_open_in(const char *folder, const char *name);

/* Appends a line with the time before it. LOG may be NULL. */
void attempt_log_line(struct attempt_log *log, const char *kind, const char *text);

/* Accepts NULL. Returns NULL. */
struct attempt_log *attempt_log_close(struct attempt_log *log);

/*
 * The path of the log of NAME, or of its predecessor (OLDER).
 * Return: 0; -ENAMETOOLONG.
 */
_must_check_ int attempt_log_path(const char *name, int older, char *ret, size_t size);
