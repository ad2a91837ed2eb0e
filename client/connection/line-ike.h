/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/line.h"

/* What the IKE engine's event comes to, beyond what the line does about it. */
enum line_ike_told {
	LINE_IKE_NOTHING,
	LINE_IKE_PHASE1,    /* phase 1 stands */
	LINE_IKE_PAIR,	    /* a pair of SAs is sent by */
	LINE_IKE_PAIR_GONE, /* the one that was sent by: *f says why, if no other follows */
	LINE_IKE_REFUSED,   /* the gateway refuses phase 2 on the way up, as *f says */
	LINE_IKE_FAILED,    /* *f is the reason */
};

enum line_ike_told line_ike_event(struct line *l, const struct ike_event *event, struct failure *f);

/* The kernel's octets or packets of a pair are used up, or soon will be. */
void line_expired(struct line *l, uint32_t spi, bool hard);

/* Is the gateway there? Asked under phase 1, where there is one, and through ESP. */
void line_ask_for_life(struct line *l);

/* Another pair is to be negotiated. Return: whether it is. */
bool line_renew_pair(struct line *l);
