/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What happens to a connection, told to who watches it. */

#include "client/connection/connection-info.h"

enum connection_event_type {
	CONNECTION_EVENT_STATE,	  /* info.state is new */
	CONNECTION_EVENT_STEP,	  /* something within a state went ahead: `text` */
	CONNECTION_EVENT_WARNING, /* the user should know: `text` */
	CONNECTION_EVENT_LOG,	  /* for the log alone: `text` */
	CONNECTION_EVENT_UP, /* traffic can flow, again if `repaired` is there, or by other addresses */
	CONNECTION_EVENT_REPAIR, /* it is lost and is repaired, or a try has failed: `failure` */
	CONNECTION_EVENT_DOWN,	 /* everything is undone; `failure` says why; the last event */
	CONNECTION_EVENT_PHASE1_KEY, /* for a key log: `ike` holds a PHASE1_UP event */
	CONNECTION_EVENT_CHILD_KEY,  /* for a key log: `ike` holds a CHILD_UP event */
};

struct connection_event {
	enum connection_event_type type;
	nsec_t at; /* since the start */
	const struct connection_info *info;
	const struct failure *failure; /* of DOWN; cause NONE: as asked for; of REPAIR */
	const struct connection_repaired *repaired; /* of UP: what it was; NULL: the first one */
	const char *text;
	const struct ike_event *ike; /* valid during the call, wiped afterwards */
};

/* Whom it is told, by which clock. */
struct news {
	const struct connection_info *info;
	const struct failure *failure; /* that ends the connection */
	void *userdata;
	nsec_t (*now)(void *userdata);
	void (*on_event)(void *userdata, const struct connection_event *event);
};

nsec_t news_now(const struct news *n);

/* IKE may be NULL. */
void news_tell(const struct news *n, enum connection_event_type type, const struct ike_event *ike);
/* It is up; REPAIRED by that, or NULL. */
void news_up(const struct news *n, const struct connection_repaired *repaired);
/* It is lost, or a try to repair it has failed, because of F. */
void news_repair(const struct news *n, const struct failure *f);

/* A line for the log, which stays English, and what the user reads: FORMAT is marked by N_(). */
void news_log(const struct news *n, const char *format, ...) _printf_(2, 3);
void news_step(const struct news *n, const char *format, ...) _printf_(2, 3);
void news_warn(const struct news *n, const char *format, ...) _printf_(2, 3);
