/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands around the routes: walls that close the machine's links to sockets which are bound to them,
 * guards of the tunnel's addresses, and the reverse path filter, which knows nothing of marks.
 */
#include "client/net-private.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/netlink.h"
#include "client/xfrm.h"

/* Before the rules of any tunnel. */
#define PRIORITY_LINKS (SYS_TABLE - 2 * SYS_TABLES)

static int read_value(const char *path, char ret[static UNDO_VALUE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	ssize_t n = read(fd, ret, UNDO_VALUE_MAX - 1);
	int r = -errno;
	(void)close(fd);
	if (n < 0)
		return r;
	ret[n] = '\0';
	ret[strcspn(ret, " \n")] = '\0';
	return 0;
}

int net_write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	int r = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

int net_restore_sysctl(const struct undo_sysctl *sysctl)
{
	char value[UNDO_VALUE_MAX];

	int r = read_value(sysctl->path, value);
	if (r < 0)
		return r;
	if (strcmp(value, sysctl->ours) != 0)
		return -ENOENT; /* somebody else has changed it meanwhile: it is theirs now */
	return net_write_value(sysctl->path, sysctl->old);
}

static int rp_filter_of(const char *ifname, struct undo_sysctl *ret)
{
	*ret = (struct undo_sysctl){};
	int n = snprintf(ret->path, sizeof(ret->path), "/proc/sys/net/ipv4/conf/%s/rp_filter",
			 ifname);
	if (n < 0 || (size_t)n >= sizeof(ret->path))
		return -ENAMETOOLONG;
	return read_value(ret->path, ret->old);
}

static int set_rp_filter(struct undo_sysctl *sysctl, const char *value, struct undo *undo,
			 struct failure *f)
{
	struct undo_entry entry = { .kind = UNDO_SYSCTL };

	(void)snprintf(sysctl->ours, sizeof(sysctl->ours), "%s", value);
	entry.u.sysctl = *sysctl;
	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = net_write_value(sysctl->path, sysctl->ours);
	if (r < 0) {
		undo_done(undo, &entry);
		return failure_set(f, CAUSE_NETWORK_SETUP, r, "%s: %s", sysctl->path, strerror(-r));
	}
	return 0;
}

/* The larger of an interface's and the value for all counts: the other interfaces get the latter each. */
static int free_rp_filter_of_all(struct undo_sysctl *all, const char *uplink, struct undo *undo,
				 struct failure *f)
{
	struct if_nameindex *list = if_nameindex();
	struct undo_sysctl one;
	int r = 0;

	for (struct if_nameindex *i = list; i && i->if_index && r == 0; i++)
		if (strcmp(i->if_name, uplink) != 0 && rp_filter_of(i->if_name, &one) == 0 &&
		    strtol(one.old, NULL, 10) < strtol(all->old, NULL, 10))
			r = set_rp_filter(&one, all->old, undo, f);
	if_freenameindex(list);
	return r < 0 ? r : set_rp_filter(all, "0", undo, f);
}

int net_open_uplink(const char *uplink, struct undo *undo, struct failure *f)
{
	struct undo_sysctl all, one;
	int r = 0;

	if (!uplink[0] || rp_filter_of("all", &all) < 0 || rp_filter_of(uplink, &one) < 0)
		return 0;
	if (strcmp(all.old, "0") != 0)
		r = free_rp_filter_of_all(&all, uplink, undo, f);
	if (r == 0 && strcmp(one.old, "0") != 0)
		r = set_rp_filter(&one, "0", undo, f);
	return r;
}

/* A policy of a wall or guard: on the undo list, then in the kernel; once. Somebody's own one does as well. */
static int add_policy(struct netlink *nl, const struct undo_entry *entry, struct undo *undo,
		      struct failure *f)
{
	if (undo_has(undo, entry))
		return 0;
	int r = undo_add(undo, entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = entry->kind == UNDO_WALL ? xfrm_add_wall(nl, &entry->u.wall, f)
				     : xfrm_add_guard(nl, &entry->u.guard, f);
	undo_unless_added(undo, entry, r);
	return r == -EEXIST ? 0 : r;
}

static int add_wall(struct netlink *nl, const struct undo_wall *wall, struct undo *undo,
		    struct failure *f)
{
	return add_policy(nl, &(struct undo_entry){ .kind = UNDO_WALL, .u.wall = *wall }, undo, f);
}

/*
 * Whoever gives the machine a default route by this link (a DHCP client) names a next hop, and the kernel
 * looks for it by the rules, as if it were sent to by a socket that is bound to the link. The networks on the
 * link are shown to such a look-up; the wall stops what sockets would send by it.
 */
static int show_link(const struct sys_network *network, const char *ifname, struct undo *undo,
		     struct failure *f)
{
	struct undo_rule rule = {
		.family = AF_INET,
		.priority = PRIORITY_LINKS + network->table - SYS_TABLE,
		.table = RT_TABLE_MAIN,
		.to = { .family = AF_INET },
		.ignored = 0,
	};

	(void)snprintf(rule.oif, sizeof(rule.oif), "%s", ifname);
	return net_add_rule(&rule, undo, f);
}

/* As the rules have it, for one link. */
static int wall_link(struct netlink *nl, const struct sys_network *network, uint32_t ifindex,
		     struct undo *undo, struct failure *f)
{
	static const struct endpoint anywhere = { .family = AF_INET };
	static const struct endpoint multicast = { AF_INET, { 224 }, 0 };
	int r = add_wall(nl, &(struct undo_wall){ ifindex, anywhere, 0, UNDO_WALL_DHCP }, undo, f);

	if (network->local_network && r == 0)
		r = add_wall(nl, &(struct undo_wall){ ifindex, multicast, 4, UNDO_WALL_PASS }, undo,
			     f);
	for (size_t i = 0; i < ARRAY_SIZE(net_privates) && network->local_network && r == 0; i++) {
		const struct undo_wall wall = { ifindex, net_privates[i].net,
						net_privates[i].prefix_len, UNDO_WALL_PASS };
		if (wall.to.family == AF_INET)
			r = add_wall(nl, &wall, undo, f);
	}
	if (r == 0)
		r = add_wall(nl, &(struct undo_wall){ ifindex, anywhere, 0, UNDO_WALL_BLOCK }, undo,
			     f);
	return r;
}

int net_wall(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	const unsigned int kind = IFF_BROADCAST | IFF_LOOPBACK | IFF_POINTOPOINT;
	struct ifaddrs *list;

	if (!network->default_route)
		return 0;
	int r = xfrm_open(&nl, ret_failure);
	if (r < 0)
		return r;
	if (getifaddrs(&list) < 0)
		return failure_set(ret_failure, CAUSE_NETWORK_SETUP, errno, "getifaddrs: %s",
				   strerror(errno));
	for (struct ifaddrs *a = list; a && r == 0; a = a->ifa_next) {
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_PACKET ||
		    (a->ifa_flags & kind) != IFF_BROADCAST)
			continue;
		r = wall_link(&nl, network, net_ifindex(a->ifa_name), undo, ret_failure);
		/* Behind its wall. */
		if (r == 0)
			r = show_link(network, a->ifa_name, undo, ret_failure);
	}
	freeifaddrs(list);
	return r;
}

static int add_guard(struct netlink *nl, const struct endpoint *address, enum undo_guard_who who,
		     struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = {
		.kind = UNDO_GUARD,
		.u.guard = { .address = *address, .who = who },
	};

	return add_policy(nl, &entry, undo, f);
}

/*
 * Whoever is on the machine's other links learns nothing about the tunnel's address by sending to it
 * (CVE-2019-14899): TCP, UDP and ICMP ask the policies before they answer.
 */
static int guard_address(const struct endpoint *address, struct undo *undo, struct failure *f)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;

	int r = xfrm_open(&nl, f);
	if (r == 0)
		r = add_guard(&nl, address, UNDO_GUARD_TUNNEL, undo, f);
	if (r == 0)
		r = add_guard(&nl, address, UNDO_GUARD_ITSELF, undo, f);
	if (r == 0)
		r = add_guard(&nl, address, UNDO_GUARD_NOBODY, undo, f);
	return r;
}

int net_guard_addresses(const struct sys_network *network, struct undo *undo, struct failure *f)
{
	struct ifaddrs *list;
	int r = 0;

	if (getifaddrs(&list) < 0)
		return failure_set(f, CAUSE_NETWORK_SETUP, errno, "getifaddrs: %s",
				   strerror(errno));
	for (struct ifaddrs *a = list; a && r == 0; a = a->ifa_next) {
		struct endpoint e;

		if (!a->ifa_addr || strcmp(a->ifa_name, network->ifname) != 0 ||
		    (a->ifa_addr->sa_family != AF_INET && a->ifa_addr->sa_family != AF_INET6) ||
		    endpoint_from_sockaddr(a->ifa_addr, sizeof(struct sockaddr_storage), &e) < 0 ||
		    net_is_link_local(&e))
			continue;
		e.port = 0;
		r = guard_address(&e, undo, f);
	}
	freeifaddrs(list);
	return r;
}
