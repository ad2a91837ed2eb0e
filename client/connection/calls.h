/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* PPP in the calls of a tunnel: what it shows, and when another call is placed for it. */

#include "client/connection/fallback.h"
#include "client/connection/line.h"

/*
 * PPP got stuck: what isn't repeated in it was lost, perhaps. An LNS from which nothing came at all, or
 * whose PPP has said what it doesn't like, isn't called again; then the longer patience counts.
 */
void calls_stuck(struct line *l);

/*
 * Nobody but the gateway can repeat what is missing, and most do it after three seconds: another call is
 * quicker, and without one it goes on waiting. The attempt's deadline ends it.
 */
void calls_missing(struct line *l);

/* The frames show something new. Return: whether that is the end, for *f. */
bool calls_found(struct line *l, struct fallback *fb, const struct ppp_findings *found,
		 struct failure *f);

/*
 * PPP has ended, by itself for *f. CALL_ENDED: why the gateway ended the call before; NULL: it didn't. Return: whether
 * that is the end, for *f.
 */
bool calls_ended(struct line *l, struct fallback *fb, const struct failure *call_ended,
		 struct failure *f);
