/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/boundary/dataplane.h"
#include "client/failure/failure.h"
#include "lib/macros.h"

/*
 * An interface of PPP that one pppd after the other works on. The kernel keeps it as long as the descriptor, which is
 * the process's own: it goes with the process, however that ends.
 */
struct ppp_unit {
	int fd; /* -1: there is none */
	int number;
	char ifname[DP_IFNAME_MAX];
};

#define PPP_UNIT_NONE ((struct ppp_unit){ .fd = -1 })

/*
 * Makes one. pppN is asked for by its number, and is another one when that is taken; another name is given to it. *ret is
 * to be given to ppp_unit_close(). Causes: KERNEL_PPP, KERNEL_BLACKLISTED, NETWORK_SETUP.
 */
_must_check_ int ppp_unit_open(const char *ifname, struct ppp_unit *ret,
			       struct failure *ret_failure);

/*
 * For the next pppd: as a new one is, but for its number and name, and that it may be up and have its IPv4 address still,
 * on which other programs' routes depend. Nothing of them passes it until PPP has agreed on the network.
 */
void ppp_unit_reset(const struct ppp_unit *unit);

/* The interface goes. */
void ppp_unit_close(struct ppp_unit *unit);
