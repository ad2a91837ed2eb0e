/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What several of the ways to set name servers need. */
#include "client/network/dns-backend.h"

#include <errno.h>
#include <stdio.h>

int dns_lines(const struct sys_network *network, char *text, size_t size)
{
	char address[ENDPOINT_STRLEN];
	size_t len = 0, n_domains = 0;

	for (size_t i = 0; i < network->n_dns && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "nameserver %s\n",
					endpoint_addr_str(&network->dns[i], address));
	/* "~domain" only routes queries, which resolv.conf(5) knows nothing of: they are left out. */
	for (size_t i = 0; i < network->n_search && len < size; i++)
		if (network->search[i][0] != '~')
			len += (size_t)snprintf(text + len, size - len, "%s%.253s",
						n_domains++ == 0 ? "search " : " ",
						network->search[i]);
	if (n_domains > 0 && len < size)
		len += (size_t)snprintf(text + len, size - len, "\n");
	return len < size ? 0 : -EMSGSIZE;
}
