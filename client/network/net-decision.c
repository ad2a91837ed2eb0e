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
 * What the decision is, is separate from doing it (net.c), so that it can be tested anywhere.
 */
#include "client/network/net-decision.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "client/network/net-address.h"

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

	/* What is to be held back without the tunnel, too, is ours to hold. */
	if (network->managed && !network->kill_switch && !net_is_full(network, dest.family))
		return;
	if (!net_is_full(network, dest.family) && !is_barred(plan, &dest, route->prefix_len))
		plan->barriers[plan->n_barriers++] =
			(struct net_barrier){ dest, route->prefix_len, network->table };
	if (is_planned(plan, &dest, route->prefix_len, route->metric))
		return;
	struct net_route *r = &plan->routes[plan->n_routes++];
	*r = (struct net_route){
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
static struct net_rule rule_base(const struct sys_network *network, int family)
{
	return (struct net_rule){
		.family = family,
		.priority = (net_is_full(network, family) ? PRIORITY_FULL : PRIORITY_SPLIT) +
			    network->table - SYS_TABLE,
		.table = RT_TABLE_MAIN,
		.to = { .family = family },
		.ignored = NET_RULE_ALL,
	};
}

static void plan_local(const struct net_rule *base, const struct endpoint *to, uint8_t prefix_len,
		       uint8_t longest, struct net_plan *plan)
{
	struct net_rule rule = *base;

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
static void plan_local_nets(const struct net_rule *base, const struct endpoint *dest,
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
	const struct net_rule base = rule_base(network, family);
	const struct endpoint anywhere = { .family = family };
	struct net_rule *dhcp = &plan->rules[plan->n_rules++];

	*dhcp = base;
	dhcp->sport = family == AF_INET6 ? DHCP6_CLIENT : DHCP_CLIENT;
	dhcp->dport = family == AF_INET6 ? DHCP6_SERVER : DHCP_SERVER;
	if (family == AF_INET6 && !net_is_full(network, family))
		plan_local(&base, &net_link_local6, 10, NET_RULE_ALL, plan);
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
	struct net_rule rule = rule_base(network, family);

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
