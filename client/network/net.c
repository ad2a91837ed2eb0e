/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is decided (net-decision.c) is carried out in its order, with what stands around it. */
#include "client/network/net.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "client/kernel/link.h"
#include "client/kernel/xfrm-policy.h"
#include "client/network/net-advertised.h"
#include "client/network/net-decision.h"
#include "client/network/net-request.h"
#include "client/network/net-uplink.h"
#include "client/network/net-wall.h"

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
	struct net_route route = {
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
