/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/connection-info.h"

/* What is known of the end of a connection that worked. Starts as zeroes and loss_forget(). */
struct loss {
	uint64_t packets;    /* of the interface, when it was last looked */
	nsec_t traffic_at;   /* when there was traffic last, as far as known; 0: never looked */
	nsec_t since, until; /* of the inquiry into a loss; until NSEC_NEVER: there is none */
	struct failure why;
	bool moved; /* the gateway's name leads to none of its former address */
	struct endpoint moved_to;
};

/* What the gateway's answers to the inquiry show. */
struct loss_seen {
	nsec_t authenticated; /* when an IKE message last was the gateway's; 0: never */
	bool answers;	      /* a first message, as a stranger's */
	bool shared_port;     /* we came from UDP 1701, behind a NAT */
};

enum loss_decision {
	LOSS_NOTHING,
	LOSS_INQUIRE, /* the gateway is to be asked what it is, three things at once */
	LOSS_NAMED,   /* *ret is the reason */
};

/* No inquiry goes on. */
void loss_forget(struct loss *l);

/* So many packets the interface has carried. */
void loss_note_traffic(struct loss *l, uint64_t packets, nsec_t now);

/* It is lost because of F. REPAIRED: it will be, and that asks the same. */
enum loss_decision loss_tell(struct loss *l, const struct failure *f, bool repaired, nsec_t now,
			     struct failure *ret);

/* The addresses that the gateway's name has now. Return: whether an inquiry wants them. */
bool loss_resolved(struct loss *l, const struct endpoint *gateway, const struct endpoint *addrs,
		   size_t n);

/* Ends the inquiry if it has gone on long enough. */
enum loss_decision loss_check(struct loss *l, const struct loss_seen *seen, nsec_t now,
			      struct failure *ret);

/* NSEC_NEVER: there is no inquiry. */
nsec_t loss_deadline(const struct loss *l);
