/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces, and whether this machine is connected to anything. */
#include "client/kernel/link.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "client/kernel/netlink.h"

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

void link_get_address6(const char *ifname, struct endpoint *ret)
{
	struct ifaddrs *list;

	*ret = (struct endpoint){};
	if (getifaddrs(&list) < 0)
		return;
	for (struct ifaddrs *a = list; a && !ret->family; a = a->ifa_next) {
		struct endpoint e;

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET6 ||
		    strcmp(a->ifa_name, ifname) != 0 ||
		    endpoint_from_sockaddr(a->ifa_addr, sizeof(struct sockaddr_in6), &e) < 0)
			continue;
		if (e.addr[0] != 0xfe)
			*ret = e;
	}
	freeifaddrs(list);
}

union link_answer {
	struct nlmsghdr header;
	char bytes[16384];
};

static int get_link(const char *ifname, union link_answer *ret)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	const struct ifinfomsg info = { 0 };

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(RTM_GETLINK, 0, &info, sizeof(info));
	if (!msg || nla_put_string(msg, IFLA_IFNAME, ifname) < 0)
		return -ENOMEM;
	return netlink_get(&nl, msg, ret, sizeof(*ret));
}

uint32_t link_ifindex(const char *ifname)
{
	union link_answer answer;
	struct ifinfomsg info;

	if (!ifname[0] || get_link(ifname, &answer) < 0)
		return 0;
	memcpy(&info, nlmsg_data(&answer.header), sizeof(info));
	return (uint32_t)info.ifi_index;
}

int link_add_dummy_address(const char *ifname, const struct endpoint *address, const char *label)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	const struct ifaddrmsg header = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = 32,
		.ifa_scope = RT_SCOPE_HOST,
		.ifa_index = link_ifindex(ifname),
	};

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	if (!msg || netlink_put_addr(msg, IFA_LOCAL, address) < 0 ||
	    netlink_put_addr(msg, IFA_ADDRESS, address) < 0 ||
	    nla_put_string(msg, IFA_LABEL, label) < 0)
		return -ENOMEM;
	return netlink_request(&nl, msg);
}

int link_get_counters(const char *ifname, uint64_t *ret_rx_bytes, uint64_t *ret_tx_bytes,
		      uint64_t *ret_rx_packets, uint64_t *ret_tx_packets)
{
	union link_answer answer;
	struct rtnl_link_stats64 stats;

	int r = get_link(ifname, &answer);
	if (r < 0)
		return r;
	struct nlattr *attr =
		nlmsg_find_attr(&answer.header, sizeof(struct ifinfomsg), IFLA_STATS64);
	/* Newer kernels append fields. */
	size_t len = offsetof(struct rtnl_link_stats64, rx_errors);
	if (!attr || (size_t)nla_len(attr) < len)
		return -ENODATA;
	memcpy(&stats, nla_data(attr), len);
	*ret_rx_bytes = stats.rx_bytes;
	*ret_tx_bytes = stats.tx_bytes;
	*ret_rx_packets = stats.rx_packets;
	*ret_tx_packets = stats.tx_packets;
	return 0;
}
