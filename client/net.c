/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules. All of the tunnel's routes go to a table of its own. The tunnel's packets must not be
 * routed into the tunnel; they are known by their mark, so no host route to the gateway has to be guessed,
 * and a change of the uplink needs no repair. What a full tunnel asks for, in this order, all but the first two
 * with one priority, before the main table, in which the local network has its say (by DHCP, by router
 * advertisements, by the very addresses that it gives):
 *	oif LINK lookup main suppress_prefixlength 0	for the kernel's look at a new route's next hop
 *	from LOCAL to GATEWAY lookup main	for packet filters that look for the gateway's way back (IPv6: oif UPLINK)
 *	iif lo ipproto udp sport 68 dport 67 lookup main	the machine keeps its lease
 *	to 10.0.0.0/8 ... lookup main suppress_prefixlength 15	with `local-network` only
 *	not fwmark MARK lookup TABLE
 *	not fwmark MARK unreachable
 * The last one holds when the interface is gone and its routes with it. In a split tunnel there are
 * unreachable routes in TABLE in its place.
 *
 * What the decision is, is separate from doing it (net_decide), so that it can be tested anywhere.
 */
#include "client/net-private.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/link.h"
#include "client/netlink.h"
#include "client/xfrm-policy.h"

/*
 * Split tunnels are asked before a full one, whatever their numbers are: they are the more special ones.
 */
#define PRIORITY_SPLIT (SYS_TABLE - SYS_TABLES)
#define PRIORITY_FULL  SYS_TABLE

#define DHCP_CLIENT  68
#define DHCP_SERVER  67
#define DHCP6_CLIENT 546
#define DHCP6_SERVER 547
#define HOST_BITS(e) ((uint8_t)(8 * endpoint_addr_len(e)))

/* RFC 1918, RFC 3927, RFC 4193. Nobody has all of 10.0.0.0/8 on a link. */
const struct net_private net_privates[NET_PRIVATES] = {
	{ { AF_INET, { 10 }, 0 }, 8, 15 },	  { { AF_INET, { 172, 16 }, 0 }, 12, 15 },
	{ { AF_INET, { 192, 168 }, 0 }, 16, 16 }, { { AF_INET, { 169, 254 }, 0 }, 16, 15 },
	{ { AF_INET6, { 0xfc }, 0 }, 7, 47 },
};

static const struct endpoint link_local6 = { AF_INET6, { 0xfe, 0x80 }, 0 };

bool net_covers(const struct endpoint *dest, uint8_t prefix_len, const struct endpoint *address)
{
	uint8_t left = prefix_len;

	if (dest->family != address->family)
		return false;
	for (size_t i = 0; i < endpoint_addr_len(dest) && left > 0; i++) {
		uint8_t bits = left < 8 ? left : 8;
		uint8_t mask = (uint8_t)(0xff << (8 - bits));
		if ((dest->addr[i] ^ address->addr[i]) & mask)
			return false;
		left = (uint8_t)(left - bits);
	}
	return true;
}

bool net_is_link_local(const struct endpoint *address)
{
	return net_covers(&link_local6, 10, address);
}

/* The kernel refuses a destination with bits beyond the prefix. */
static struct endpoint network_address(const struct endpoint *dest, uint8_t prefix_len)
{
	struct endpoint e = *dest;

	e.port = 0;
	for (size_t i = 0; i < endpoint_addr_len(&e); i++) {
		size_t before = 8 * i;
		uint8_t bits = prefix_len <= before	  ? 0
			       : prefix_len - before >= 8 ? 8
							  : (uint8_t)(prefix_len - before);
		e.addr[i] &= (uint8_t)(0xff << (8 - bits));
	}
	return e;
}

bool net_is_full(const struct sys_network *network, int family)
{
	return family == AF_INET6 ? network->default_route6 : network->default_route;
}

static bool is_planned(const struct net_plan *plan, const struct endpoint *dest, uint8_t prefix_len,
		       uint32_t metric)
{
	for (size_t i = 0; i < plan->n_routes; i++)
		if (endpoint_same_addr(&plan->routes[i].dest, dest) &&
		    plan->routes[i].prefix_len == prefix_len && plan->routes[i].metric == metric)
			return true;
	return false;
}

static bool is_barred(const struct net_plan *plan, const struct endpoint *dest, uint8_t prefix_len)
{
	for (size_t i = 0; i < plan->n_barriers; i++)
		if (endpoint_same_addr(&plan->barriers[i].dest, dest) &&
		    plan->barriers[i].prefix_len == prefix_len)
			return true;
	return false;
}

static void plan_route(const struct sys_network *network, uint32_t ifindex,
		       const struct sys_route *route, struct net_plan *plan)
{
	const struct endpoint dest = network_address(&route->dest, route->prefix_len);

	if (!net_is_full(network, dest.family) && !is_barred(plan, &dest, route->prefix_len))
		plan->barriers[plan->n_barriers++] =
			(struct undo_barrier){ dest, route->prefix_len, network->table };
	if (is_planned(plan, &dest, route->prefix_len, route->metric))
		return;
	struct undo_route *r = &plan->routes[plan->n_routes++];
	*r = (struct undo_route){
		.dest = dest,
		.prefix_len = route->prefix_len,
		.table = network->table,
		.metric = route->metric,
		.ifindex = ifindex,
	};
	memcpy(r->ifname, network->ifname, sizeof(r->ifname));
}

/* One address that is to be reached through the tunnel, unless a route covers it already. */
static void plan_host(const struct sys_network *network, uint32_t ifindex,
		      const struct endpoint *host, struct net_plan *plan)
{
	if (host->family == AF_INET6 ? !network->ipv6 || net_is_link_local(host)
				     : !host->family || !network->ipv4 || host->addr[0] == 127)
		return;
	for (size_t i = 0; i < plan->n_routes; i++)
		if (net_covers(&plan->routes[i].dest, plan->routes[i].prefix_len, host))
			return;
	plan_route(network, ifindex,
		   &(struct sys_route){ .dest = *host, .prefix_len = HOST_BITS(host) }, plan);
}

static void plan_routes(const struct sys_network *network, uint32_t ifindex, struct net_plan *plan)
{
	const struct sys_route everything = { .dest = { .family = AF_INET } };

	if (network->ipv4 && network->default_route)
		plan_route(network, ifindex, &everything, plan);
	for (size_t i = 0; i < network->n_routes && i < SYS_ROUTES_MAX; i++)
		if (network->routes[i].dest.family == AF_INET6 ? network->ipv6 : network->ipv4)
			plan_route(network, ifindex, &network->routes[i], plan);
	for (size_t i = 0; i < network->n_dns && i < SYS_DNS_MAX; i++)
		plan_host(network, ifindex, &network->dns[i], plan);
	plan_host(network, ifindex, &network->peer, plan);
}

static bool has_routes(const struct net_plan *plan, int family)
{
	for (size_t i = 0; i < plan->n_routes; i++)
		if (plan->routes[i].dest.family == family)
			return true;
	return false;
}

/* Everything that the rules of one connection and family have in common. */
static struct undo_rule rule_base(const struct sys_network *network, int family)
{
	return (struct undo_rule){
		.family = family,
		.priority = (net_is_full(network, family) ? PRIORITY_FULL : PRIORITY_SPLIT) +
			    network->table - SYS_TABLE,
		.table = RT_TABLE_MAIN,
		.to = { .family = family },
		.ignored = UNDO_RULE_ALL,
	};
}

static void plan_local(const struct undo_rule *base, const struct endpoint *to, uint8_t prefix_len,
		       uint8_t longest, struct net_plan *plan)
{
	struct undo_rule rule = *base;

	rule.to = *to;
	rule.prefix_len = prefix_len;
	rule.ignored = longest;
	for (size_t i = 0; i < plan->n_rules; i++)
		if (endpoint_same_addr(&plan->rules[i].to, to) &&
		    plan->rules[i].prefix_len == prefix_len)
			return;
	if (plan->n_rules < NET_RULES_MAX)
		plan->rules[plan->n_rules++] = rule;
}

/* Where a route of the tunnel's and a private network meet, the machine's longer routes win. */
static void plan_local_nets(const struct undo_rule *base, const struct endpoint *dest,
			    uint8_t prefix_len, struct net_plan *plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(net_privates); i++) {
		const struct endpoint *net = &net_privates[i].net;
		uint8_t net_len = net_privates[i].prefix_len, longest = net_privates[i].longest;

		if (prefix_len <= net_len && net_covers(dest, prefix_len, net))
			plan_local(base, net, net_len, longest, plan);
		else if (prefix_len > net_len && prefix_len < HOST_BITS(dest) &&
			 net_covers(net, net_len, dest))
			plan_local(base, dest, prefix_len,
				   prefix_len > longest ? prefix_len : longest, plan);
	}
}

static void plan_exceptions(const struct sys_network *network, int family, struct net_plan *plan)
{
	const struct undo_rule base = rule_base(network, family);
	const struct endpoint anywhere = { .family = family };
	struct undo_rule *dhcp = &plan->rules[plan->n_rules++];

	*dhcp = base;
	dhcp->sport = family == AF_INET6 ? DHCP6_CLIENT : DHCP_CLIENT;
	dhcp->dport = family == AF_INET6 ? DHCP6_SERVER : DHCP_SERVER;
	if (family == AF_INET6 && !net_is_full(network, family))
		plan_local(&base, &link_local6, 10, UNDO_RULE_ALL, plan);
	if (!network->local_network)
		return;
	if (net_is_full(network, family))
		plan_local_nets(&base, &anywhere, 0, plan);
	for (size_t i = 0; i < plan->n_routes; i++)
		if (plan->routes[i].dest.family == family)
			plan_local_nets(&base, &plan->routes[i].dest, plan->routes[i].prefix_len,
					plan);
}

static void plan_rules(const struct sys_network *network, int family, struct net_plan *plan)
{
	struct undo_rule rule = rule_base(network, family);

	plan_exceptions(network, family, plan);
	rule.mark = network->mark;
	rule.table = network->table;
	plan->rules[plan->n_rules++] = rule;
	rule.table = 0;
	if (net_is_full(network, family))
		plan->rules[plan->n_rules++] = rule;
}

void net_decide(const struct sys_network *network, uint32_t ifindex, struct net_plan *ret)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct net_plan plan = {};

	plan_routes(network, ifindex, &plan);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (net_is_full(network, families[i]) || has_routes(&plan, families[i]))
			plan_rules(network, families[i], &plan);
	plan.open_rp_filter = network->default_route || has_routes(&plan, AF_INET);
	if (ifindex == 0)
		plan.n_routes = 0;
	*ret = plan;
}

/* The tables are full before the rules lead there. */
static int carry_out(const struct net_plan *plan, struct undo *undo, struct failure *f)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_barriers && r == 0; i++)
		r = net_add_barrier(&plan->barriers[i], undo, f);
	for (size_t i = 0; i < plan->n_routes && r == 0; i++)
		r = net_add_route(&plan->routes[i], undo, f);
	for (size_t i = 0; i < plan->n_rules && r == 0; i++)
		r = net_add_rule(&plan->rules[i], undo, f);
	return r;
}

int net_follow(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	uint32_t ifindex = link_ifindex(network->ifname);

	if (ifindex == 0)
		return 0;
	int r = net_open_gates(network, undo, ret_failure);
	if (r == 0 && xfrm_has_marks() && !network->unmarked)
		r = net_guard_addresses(network, undo, ret_failure);
	return r < 0 ? r : net_follow_advertisements(network, ifindex, undo, ret_failure);
}

/*
 * With the interface's address the kernel makes a route to PPP's peer. A gateway that uses its public
 * address there, too, would have the tunnel's own packets go into the tunnel by it.
 */
static int drop_peer_route(const struct sys_network *network, unsigned int ifindex,
			   struct failure *f)
{
	struct undo_route route = {
		.dest = network->peer,
		.prefix_len = (uint8_t)(8 * endpoint_addr_len(&network->peer)),
		.table = RT_TABLE_MAIN,
		.ifindex = ifindex,
	};

	if (!network->peer.family || !endpoint_same_addr(&network->peer, &network->gateway))
		return 0;
	int r = net_route_request(&route, RTPROT_KERNEL, RTM_DELROUTE, 0);
	return r >= 0 || r == -ESRCH ? 0 : net_explain(r, f, "the route to PPP's other end");
}

int net_guard(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	struct net_plan plan;

	net_decide(network, 0, &plan);
	int r = net_wall(network, undo, ret_failure);
	return r < 0 ? r : carry_out(&plan, undo, ret_failure);
}

int net_apply(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	struct net_plan plan;
	uint32_t ifindex = link_ifindex(network->ifname);

	if (ifindex == 0)
		return failure_set(ret_failure, CAUSE_NETWORK_SETUP, ENODEV, "no interface %s",
				   network->ifname);
	int r = network->ipv4 ? drop_peer_route(network, ifindex, ret_failure) : 0;
	if (r < 0)
		return r;
	net_take_advertisements(network);
	net_decide(network, ifindex, &plan);
	if (plan.n_rules > 0 && (!network->mark || !network->table))
		return failure_set(ret_failure, CAUSE_INTERNAL, EINVAL, "no mark for the tunnel");
	if (plan.open_rp_filter)
		r = net_open_uplink(network->uplink, undo, ret_failure);
	if (r == 0)
		r = net_follow(network, undo, ret_failure);
	if (r == 0)
		r = net_wall(network, undo, ret_failure);
	if (r == 0)
		r = carry_out(&plan, undo, ret_failure);
	return r;
}
