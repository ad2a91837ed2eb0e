/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands around the routes, as IPsec policies that need no SA: a full tunnel's wall, the gates in it, and guards
 * of the tunnel's addresses.
 *
 * The wall stops whatever has no mark and leaves this machine beside the tunnel, by whatever link, sent by this machine
 * or forwarded for somebody else. It names what it lets through (passages, private networks by choice, the machine
 * itself), and nothing else. The rules in net-decision.c say the same in another way; each holds without the other, but for
 * two kinds of sockets: those that are bound to a link or an address of it, which only the wall stops, and in IPv6
 * those that have the tunnel's address or name its link, which only the rules keep from other links.
 *
 * IPv4 asks policies when it knows the link. IPv6 asks them with the link that the socket is bound to, which is none
 * for most; so its packets into the tunnel are known by their source address there, and that comes behind a block for
 * each link, lest somebody binds to another one and uses the tunnel's address.
 */
#include "client/network/net-wall.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/link.h"
#include "client/kernel/netlink.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm-policy.h"
#include "client/network/net-address.h"
#include "client/network/net-request.h"

#define LOOPBACK 1 /* its number in every network namespace */

#define V4                        \
	{                         \
		.family = AF_INET \
	}
#define V6                         \
	{                          \
		.family = AF_INET6 \
	}
#define LINK_SCOPE6                         \
	{                                   \
		AF_INET6, { 0xff, 0x02 }, 0 \
	}
#define NEIGHBOURS6(type)                                             \
	{                                                             \
		.to = V6, .protocol = IPPROTO_ICMPV6, .sport = (type) \
	}
#define LISTENERS6(type)                                                                         \
	{                                                                                        \
		.to = LINK_SCOPE6, .prefix_len = 16, .protocol = IPPROTO_ICMPV6, .sport = (type) \
	}

/*
 * Without these a link is none: leases, neighbour discovery (RFC 4861), and what makes switches pass it on (RFC 2710,
 * RFC 3810). The kernel and root send them: ports below 1024, raw sockets.
 */
static const struct xfrm_wall passages[] = {
	{ .to = V4, .protocol = IPPROTO_UDP, .sport = 68, .dport = 67 },
	{ .to = V6, .protocol = IPPROTO_UDP, .sport = 546, .dport = 547 },
	NEIGHBOURS6(133), /* router solicitation */
	NEIGHBOURS6(134), /* router advertisement */
	NEIGHBOURS6(135), /* neighbour solicitation */
	NEIGHBOURS6(136), /* neighbour advertisement */
	NEIGHBOURS6(137), /* redirect */
	LISTENERS6(131),  /* multicast listener report */
	LISTENERS6(132),  /* multicast listener done */
	LISTENERS6(143),  /* multicast listener report, version 2 */
};

/* With `local-network`, beside the private networks: what finds printers, on the link and in the house. */
static const struct xfrm_wall local_passages[] = {
	{ .to = { AF_INET, { 224 }, 0 }, .prefix_len = 24 },
	{ .to = { AF_INET, { 239 }, 0 }, .prefix_len = 8 },
	{ .to = { AF_INET6, { 0xfe, 0x80 }, 0 }, .prefix_len = 10 },
	{ .to = LINK_SCOPE6, .prefix_len = 16 },
	{ .to = { AF_INET6, { 0xff, 0x05 }, 0 }, .prefix_len = 16 },
};

/* What all steps of a wall need. */
struct work {
	const struct sys_network *network;
	struct undo *undo;
	struct failure *f;
	struct netlink nl;
	struct ifaddrs *addresses;
	struct if_nameindex *links; /* getifaddrs(3) leaves out those without a hardware address */
};

static void work_end(struct work *w)
{
	netlink_close(&w->nl);
	if (w->addresses)
		freeifaddrs(w->addresses);
	if (w->links)
		if_freenameindex(w->links);
}

static int work_begin(struct work *w)
{
	int r = xfrm_open(&w->nl, w->f);

	if (r < 0)
		return r;
	w->links = if_nameindex();
	if (!w->links || getifaddrs(&w->addresses) < 0)
		return failure_set(w->f, CAUSE_NETWORK_SETUP, errno, "links and addresses: %s",
				   strerror(errno));
	return 0;
}

/* As an address of that family; the tunnel's interface's alone with OWN. */
static bool has_address(const struct ifaddrs *a, int family, const char *own, struct endpoint *ret)
{
	if (!a->ifa_addr || (own && strcmp(a->ifa_name, own) != 0) ||
	    a->ifa_addr->sa_family != family ||
	    endpoint_from_sockaddr(a->ifa_addr, sizeof(struct sockaddr_storage), ret) < 0)
		return false;
	ret->port = 0;
	return true;
}

static int add_wall(struct work *w, const struct xfrm_wall *wall)
{
	const struct undo_entry entry = { &xfrm_wall_kind, wall };

	return net_add_policy(&w->nl, &entry, w->undo, w->f);
}

/* For what this machine sends, and for what it forwards. */
static int add_wall_twice(struct work *w, const struct xfrm_wall *wall)
{
	struct xfrm_wall forwarded = *wall;

	forwarded.forwarded = true;
	int r = add_wall(w, wall);
	return r < 0 ? r : add_wall(w, &forwarded);
}

/*
 * In IPv6 a socket that has an address may name lo and leave by another link all the same, but not to groups; what goes
 * by lo otherwise goes to an address of this machine's.
 */
static int pass_always(struct work *w, int family)
{
	struct xfrm_wall lo = { .ifindex = LOOPBACK, .to.family = family };

	if (family == AF_INET6) {
		lo.to.addr[0] = 0xff;
		lo.prefix_len = 8;
	}
	int r = add_wall(w, &lo);

	for (size_t i = 0; i < ARRAY_SIZE(passages) && r == 0; i++)
		if (passages[i].to.family == family)
			r = add_wall(w, &passages[i]);
	return r;
}

static int pass_local_networks(struct work *w, int family)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(local_passages) && r == 0; i++)
		if (local_passages[i].to.family == family)
			r = add_wall_twice(w, &local_passages[i]);
	for (size_t i = 0; i < ARRAY_SIZE(net_privates) && r == 0; i++) {
		const struct xfrm_wall wall = { .to = net_privates[i].net,
						.prefix_len = net_privates[i].prefix_len };
		if (wall.to.family == family)
			r = add_wall_twice(w, &wall);
	}
	return r;
}

/*
 * What a machine sends to itself goes by lo; in IPv6 the policies aren't told. A link-local address is this machine's
 * on its own link alone: bridges of containers have fe80::1, and so have routers.
 */
static bool itself6(const struct ifaddrs *a, struct xfrm_wall *ret)
{
	struct sockaddr_in6 in6;

	*ret = (struct xfrm_wall){ .prefix_len = 128 };
	if (!has_address(a, AF_INET6, NULL, &ret->to))
		return false;
	memcpy(&in6, a->ifa_addr, sizeof(in6));
	if (net_is_link_local(&ret->to))
		ret->ifindex = in6.sin6_scope_id;
	return true;
}

static int pass_itself6(struct work *w)
{
	struct xfrm_wall wall;
	int r = 0;

	for (struct ifaddrs *a = w->addresses; a && r == 0; a = a->ifa_next)
		if (itself6(a, &wall))
			r = add_wall(w, &wall);
	return r;
}

static int block_links6(struct work *w)
{
	int r = 0;

	for (const struct if_nameindex *i = w->links; i->if_index && r == 0; i++)
		if (i->if_index != LOOPBACK && strcmp(i->if_name, w->network->ifname) != 0)
			r = add_wall(w, &(struct xfrm_wall){ .ifindex = i->if_index,
							     .to = V6,
							     .what = XFRM_WALL_BLOCK_LINK });
	return r;
}

/*
 * Whoever gives the machine a default route by a link (a DHCP client) names a next hop, and the kernel looks for it by
 * the rules, as if it were sent to by a socket that is bound to the link; so do reverse path filters for link-local
 * addresses. The networks on the link are shown to such a look-up; the wall stops what sockets would send by it.
 */
static int show_links(struct work *w, int family)
{
	struct net_rule rule = {
		.family = family,
		.priority = NET_PRIORITY_LINKS + w->network->table - SYS_TABLE,
		.table = RT_TABLE_MAIN,
		.to = { .family = family },
		.ignored = 0,
	};
	int r = 0;

	for (const struct if_nameindex *i = w->links; i->if_index && r == 0; i++) {
		if (i->if_index == LOOPBACK)
			continue;
		(void)snprintf(rule.oif, sizeof(rule.oif), "%s", i->if_name);
		r = net_add_rule(&rule, w->undo, w->f);
	}
	return r;
}

static int wall_family(struct work *w, int family)
{
	int r = pass_always(w, family);

	if (r == 0 && w->network->local_network)
		r = pass_local_networks(w, family);
	if (r == 0 && family == AF_INET6)
		r = pass_itself6(w);
	if (r == 0 && family == AF_INET6)
		r = block_links6(w);
	if (r == 0)
		r = add_wall_twice(w, &(struct xfrm_wall){ .to.family = family,
							   .what = XFRM_WALL_BLOCK });
	return r < 0 ? r : show_links(w, family);
}

static bool has_link(const struct work *w, uint32_t ifindex)
{
	for (const struct if_nameindex *i = w->links; i->if_index; i++)
		if (i->if_index == ifindex)
			return true;
	return false;
}

/* Does an entry about an address of this machine's, in either direction, speak of one that it has? */
static bool has_own(const struct work *w, const struct xfrm_wall *wall)
{
	struct xfrm_wall itself;

	for (const struct ifaddrs *a = w->addresses; a; a = a->ifa_next)
		if (itself6(a, &itself) &&
		    (wall->from.family ? endpoint_same_addr(&itself.to, &wall->from)
				       : endpoint_same_addr(&itself.to, &wall->to) &&
						 itself.ifindex == wall->ifindex))
			return true;
	return false;
}

/* Is what the entry speaks of, a link or an address of this machine's, gone? */
static bool is_stale(void *userdata, const struct undo_entry *e)
{
	const struct work *w = userdata;
	const struct net_rule *rule = undo_entry_as(e, &net_rule_kind);
	const struct xfrm_wall *wall = undo_entry_as(e, &xfrm_wall_kind);

	if (!wall)
		wall = undo_entry_as(e, &xfrm_gate_kind);
	if (rule)
		return rule->oif[0] && link_ifindex(rule->oif) == 0;
	if (!wall)
		return false;
	if (wall->from.family || (wall->to.family == AF_INET6 && wall->prefix_len == 128))
		return !has_own(w, wall);
	return wall->ifindex && !has_link(w, wall->ifindex);
}

int net_wall(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	struct work w = {
		.network = network, .undo = undo, .f = ret_failure, .nl = NETLINK_CLOSED
	};

	if (!network->default_route && !network->default_route6)
		return 0;
	int r = work_begin(&w);
	if (r == 0 && network->default_route)
		r = wall_family(&w, AF_INET);
	/* There are kernels without IPv6. */
	if (r == 0 && network->default_route6 && access("/proc/sys/net/ipv6", F_OK) == 0)
		r = wall_family(&w, AF_INET6);
	if (r == 0)
		undo_run_if(undo, is_stale, &w);
	work_end(&w);
	return r;
}

static int add_gate(struct work *w, const struct xfrm_wall *wall)
{
	const struct undo_entry entry = { &xfrm_gate_kind, wall };

	return net_add_policy(&w->nl, &entry, w->undo, w->f);
}

static int open_gates(struct work *w, uint32_t ifindex)
{
	static const int families[] = { AF_INET, AF_INET6 };
	int r = 0;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(families) && r == 0; i++)
		r = add_gate(w, &(struct xfrm_wall){ .forwarded = i % 2,
						     .ifindex = ifindex,
						     .to.family = families[i / 2] });
	for (struct ifaddrs *a = w->addresses; a && r == 0; a = a->ifa_next) {
		struct xfrm_wall wall = { .to = V6, .what = XFRM_WALL_PASS_TUNNEL };
		if (has_address(a, AF_INET6, w->network->ifname, &wall.from) &&
		    !net_is_link_local(&wall.from))
			r = add_gate(w, &wall);
	}
	return r;
}

int net_open_gates(const struct sys_network *network, struct undo *undo, struct failure *f)
{
	struct work w = { .network = network, .undo = undo, .f = f, .nl = NETLINK_CLOSED };
	uint32_t ifindex = link_ifindex(network->ifname);

	if (ifindex == 0)
		return 0;
	int r = work_begin(&w);
	if (r == 0)
		r = open_gates(&w, ifindex);
	work_end(&w);
	return r;
}

static int add_guard(struct work *w, const struct endpoint *address, enum xfrm_guard_who who)
{
	const struct xfrm_guard guard = { .address = *address, .who = who };
	const struct undo_entry entry = { &xfrm_guard_kind, &guard };

	return net_add_policy(&w->nl, &entry, w->undo, w->f);
}

/*
 * Whoever is on the machine's other links learns nothing about the tunnel's address by sending to it
 * (CVE-2019-14899): TCP, UDP and ICMP ask the policies before they answer.
 */
static int guard_address(struct work *w, const struct endpoint *address)
{
	int r = add_guard(w, address, XFRM_GUARD_TUNNEL);

	if (r == 0)
		r = add_guard(w, address, XFRM_GUARD_ITSELF);
	return r < 0 ? r : add_guard(w, address, XFRM_GUARD_NOBODY);
}

int net_guard_addresses(const struct sys_network *network, struct undo *undo, struct failure *f)
{
	struct work w = { .network = network, .undo = undo, .f = f, .nl = NETLINK_CLOSED };
	struct endpoint e;
	int r = work_begin(&w);

	for (struct ifaddrs *a = w.addresses; a && r == 0; a = a->ifa_next)
		if (has_address(a, AF_INET, network->ifname, &e) ||
		    (has_address(a, AF_INET6, network->ifname, &e) && !net_is_link_local(&e)))
			r = guard_address(&w, &e);
	work_end(&w);
	return r;
}
