/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/kernel/pppd/pppd-ifname.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What pppd and the kernel number interfaces up to, on every machine. */
#define UNIT_MAX 32767

int pppd_ifname_unit(const char *ifname)
{
	char *end = NULL;

	if (strncmp(ifname, "ppp", 3) != 0 || !isdigit((unsigned char)ifname[3]))
		return -1;
	unsigned long unit = strtoul(ifname + 3, &end, 10);
	return *end == '\0' && unit <= UNIT_MAX ? (int)unit : -1;
}
