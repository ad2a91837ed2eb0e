/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name servers beside the tunnel. They are read anew for each look-up, since the uplink may be another
 * one by now, from wherever they stand while ours are set; ours are left out. A stub on this machine
 * would ask into the tunnel: systemd-resolved's is replaced by the servers that it knows itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/network/dns-backend.h"

#define RESOLVED_SERVERS TSUNAGU_RUN "/systemd/resolve/resolv.conf"

static void file_closep(FILE **f)
{
	if (*f)
		(void)fclose(*f);
}

static bool is_loopback(const struct endpoint *e)
{
	static const uint8_t six[16] = { [15] = 1 };

	return e->family == AF_INET ? e->addr[0] == 127 : memcmp(e->addr, six, sizeof(six)) == 0;
}

static bool is_ours(const struct endpoint *e, const struct sys_network *ours)
{
	for (size_t i = 0; i < ours->n_dns; i++)
		if (endpoint_same_addr(&ours->dns[i], e))
			return true;
	return false;
}

/* What the resolv.conf(5) there names. */
static size_t read_servers(const char *path, const struct sys_network *ours, struct endpoint *ret,
			   size_t max)
{
	char line[512], address[ENDPOINT_STRLEN];
	size_t n = 0;
	_cleanup_(file_closep) FILE *f = fopen(path, "re");

	while (f && n < max && fgets(line, sizeof(line), f))
		if (sscanf(line, "nameserver %55s", address) == 1 &&
		    endpoint_parse(address, 0, &ret[n]) == 0 && !is_ours(&ret[n], ours))
			n++;
	return n;
}

size_t dns_read_uplink(const struct dns_record *record, const struct sys_network *ours,
		       struct endpoint *ret, size_t max)
{
	char path[sizeof(TSUNAGU_ETC) + 64] = TSUNAGU_ETC "/resolv.conf";
	struct endpoint from_resolved[SYS_DNS_MAX];

	if (record && record->backend == DNS_BY_FILE)
		dns_file_kept(record, path, sizeof(path));
	size_t n = read_servers(path, ours, ret, max);
	if (n > 0 && !is_loopback(&ret[0]))
		return n;
	size_t m = read_servers(RESOLVED_SERVERS, ours, from_resolved,
				max < SYS_DNS_MAX ? max : SYS_DNS_MAX);
	if (m == 0)
		return n;
	memcpy(ret, from_resolved, m * sizeof(*ret));
	return m;
}
