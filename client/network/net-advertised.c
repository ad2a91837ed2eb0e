/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements of the gateway (RFC 4861 6.3.4): the kernel makes addresses of them, and of routes only what
 * the profile asks for counts. The default route, in a full tunnel, comes into the main table behind everything, where
 * it must not matter; one in our own table follows it. More specific routes (RFC 4191) and redirects are refused. That
 * an announced prefix is on the link can't be refused apart from the address: the kernel's route for it is deleted as
 * it comes. In the main table it would take what the profile didn't ask for, up to the tunnel's own packets.
 */
#include "client/network/net-advertised.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/kernel/netlink.h"
#include "client/network/net-address.h"
#include "client/network/net-request.h"
#include "client/network/net-sysctl.h"

#define RA_DEFAULT_METRIC 2147483647 /* behind everything that the machine has itself */

/* More than a gateway announces; what is beyond goes with the next news, which each deletion is. */
#define FOREIGN_MAX 32

struct announced {
	uint32_t ifindex;
	bool full;
	bool default_route;
	struct foreign {
		struct net_route route;
		uint8_t protocol;
	} foreign[FOREIGN_MAX];
	size_t n_foreign;
};

static uint32_t number_of(struct nlattr *attr)
{
	return attr && nla_len(attr) == (int)sizeof(uint32_t) ? nla_get_u32(attr) : 0;
}

static void judge_route(struct announced *announced, struct nlmsghdr *h, const struct rtmsg *rtm)
{
	struct foreign foreign = {
		.route = { .dest = { .family = AF_INET6 },
			   .prefix_len = rtm->rtm_dst_len,
			   .table = RT_TABLE_MAIN,
			   .metric = number_of(nlmsg_find_attr(h, sizeof(*rtm), RTA_PRIORITY)),
			   .ifindex = announced->ifindex },
		.protocol = rtm->rtm_protocol,
	};
	struct nlattr *dest = nlmsg_find_attr(h, sizeof(*rtm), RTA_DST);

	if (dest && nla_len(dest) == (int)endpoint_addr_len(&foreign.route.dest))
		memcpy(foreign.route.dest.addr, nla_data(dest), (size_t)nla_len(dest));
	if (rtm->rtm_dst_len == 0 && rtm->rtm_protocol == RTPROT_RA)
		announced->default_route = true;
	if (net_is_link_local(&foreign.route.dest) ||
	    (announced->full && foreign.route.metric == RA_DEFAULT_METRIC))
		return;
	if (announced->n_foreign < FOREIGN_MAX)
		announced->foreign[announced->n_foreign++] = foreign;
}

static void look_at_route(void *userdata, struct nlmsghdr *h)
{
	struct announced *announced = userdata;
	struct rtmsg rtm;

	if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof(rtm)))
		return;
	memcpy(&rtm, nlmsg_data(h), sizeof(rtm));
	if (rtm.rtm_table == RT_TABLE_MAIN &&
	    (rtm.rtm_protocol == RTPROT_RA || rtm.rtm_protocol == RTPROT_KERNEL) &&
	    number_of(nlmsg_find_attr(h, sizeof(rtm), RTA_OIF)) == announced->ifindex)
		judge_route(announced, h, &rtm);
}

static int find_announced(struct announced *announced)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	const struct rtmsg rtm = { .rtm_family = AF_INET6 };

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	return msg ? netlink_dump(&nl, msg, look_at_route, announced) : -ENOMEM;
}

static void drop_foreign(const struct announced *announced)
{
	for (size_t i = 0; i < announced->n_foreign; i++) {
		const struct foreign *foreign = &announced->foreign[i];
		if (net_route_request(&foreign->route, foreign->protocol, RTM_DELROUTE, 0) < 0)
			continue; /* gone by itself */
	}
}

static int follow_default(const struct sys_network *network, const struct announced *announced,
			  struct undo *undo, struct failure *f)
{
	struct net_route route = {
		.dest = { .family = AF_INET6 },
		.table = network->table,
		.ifindex = announced->ifindex,
	};
	const struct undo_entry entry = { &net_route_kind, &route };

	memcpy(route.ifname, network->ifname, sizeof(route.ifname));
	if (announced->default_route)
		return net_add_route(&route, undo, f);
	if (undo_has(undo, &entry)) {
		(void)net_del_route(&route);
		undo_done(undo, &entry);
	}
	return 0;
}

int net_follow_advertisements(const struct sys_network *network, uint32_t ifindex,
			      struct undo *undo, struct failure *f)
{
	struct announced announced = { .ifindex = ifindex, .full = network->default_route6 };

	if (find_announced(&announced) < 0)
		return 0; /* the barrier stands */
	drop_foreign(&announced);
	return network->default_route6 ? follow_default(network, &announced, undo, f) : 0;
}

/* Of the tunnel's interface, with which it goes. Return: 0; a negative errno. */
static int set_ipv6(const char *ifname, const char *name, const char *value)
{
	char path[NET_PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.15s/%s", ifname, name);
	return net_write_value(path, value);
}

/*
 * A kernel that can't put the default route behind the others (before 5.11) doesn't get it. A machine that forwards
 * takes advertisements from this one gateway, too. Not every kernel knows all of these.
 */
void net_take_advertisements(const struct sys_network *network)
{
	static const char *const refused[] = { "accept_ra_rtr_pref", "accept_redirects" };
	char metric[16];

	(void)snprintf(metric, sizeof(metric), "%d", RA_DEFAULT_METRIC);
	bool take = network->default_route6 &&
		    set_ipv6(network->ifname, "ra_defrtr_metric", metric) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (set_ipv6(network->ifname, refused[i], "0") < 0)
			continue;
	if (set_ipv6(network->ifname, "accept_ra_defrtr", take ? "1" : "0") < 0 ||
	    set_ipv6(network->ifname, "accept_ra", "2") < 0)
		return; /* a kernel without IPv6 */
}
