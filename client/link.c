/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether this machine is connected to anything. */
#include "client/link.h"

#include <ifaddrs.h>
#include <net/if.h>

bool link_any(void)
{
	const unsigned int up = IFF_UP | IFF_RUNNING;
	struct ifaddrs *list;
	bool any = false;

	if (getifaddrs(&list) < 0)
		return true; /* nothing is known, so nothing is said */
	for (struct ifaddrs *i = list; i; i = i->ifa_next)
		any |= (i->ifa_flags & up) == up && !(i->ifa_flags & IFF_LOOPBACK);
	freeifaddrs(list);
	return any;
}

void link_explain(struct failure *f)
{
	const struct failure before = *f;

	if ((f->cause != CAUSE_NO_ROUTE && f->cause != CAUSE_RESOLVE) || link_any())
		return;
	*f = (struct failure){ 0 };
	(void)failure_set(f, CAUSE_NO_LINK, before.error, "%s; no interface has a carrier",
			  before.detail);
}
