/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What a notification says of a failure: the catalogue's words, as the notification server wants them. */

#include <glib.h>
#include <stdbool.h>

/* A connection's failure, as the service tells it. */
struct failed {
	const char *uuid, *id; /* id: as the user calls the connection */
	const char *cause;     /* the catalogue's identifier */
	const char *detail;    /* the evidence; may be empty */
};

/* "Office: the pre-shared key is wrong"; the caller's. */
char *words_summary(const struct failed *failed);

/* What the user can do; with `all`, also the evidence and what the gateway's administrator can do. The caller's. */
char *words_body(const struct failed *failed, bool all);
