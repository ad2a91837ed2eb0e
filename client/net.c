/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes and rules. The tunnel's own packets must not be routed into the tunnel. They are known by
 * their mark, so no host route to the gateway has to be guessed, and a change of the uplink needs no
 * repair. For routes that would catch them there is a table of our own and two rules:
 *	PRIORITY      lookup main suppress_prefixlength 0	local networks stay as they are
 *	PRIORITY + 1  not fwmark MARK lookup TABLE		the rest, but for the tunnel itself
 *
 * What the decision is, is separate from doing it (net_decide), so that it can be tested anywhere.
 */
#include "client/net.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/netlink.h"

#define RP_FILTER_STRICT 1
#define RP_FILTER_LOOSE	 2

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

static void plan_route(const struct sys_network *network, uint32_t ifindex,
		       const struct sys_route *route, struct net_plan *plan)
{
	bool own = route->prefix_len == 0 ||
		   net_covers(&route->dest, route->prefix_len, &network->gateway);
	struct undo_route *r = &plan->routes[plan->n_routes++];

	*r = (struct undo_route){
		.dest = network_address(&route->dest, route->prefix_len),
		.prefix_len = route->prefix_len,
		.table = own ? network->table : RT_TABLE_MAIN,
		.metric = own ? 0 : route->metric,
		.ifindex = ifindex,
	};
	memcpy(r->ifname, network->ifname, sizeof(r->ifname));
}

static void plan_rules(const struct sys_network *network, int family, struct net_plan *plan)
{
	plan->rules[plan->n_rules++] = (struct undo_rule){
		.family = family,
		.priority = network->rule_priority,
		.table = RT_TABLE_MAIN,
	};
	plan->rules[plan->n_rules++] = (struct undo_rule){
		.family = family,
		.priority = network->rule_priority + 1,
		.mark = network->mark,
		.table = network->table,
	};
}

static bool uses_own_table(const struct net_plan *plan, int family, uint32_t table)
{
	for (size_t i = 0; i < plan->n_routes; i++)
		if (plan->routes[i].dest.family == family && plan->routes[i].table == table)
			return true;
	return false;
}

void net_decide(const struct sys_network *network, uint32_t ifindex, struct net_plan *ret)
{
	struct sys_route everything = { .dest = { .family = AF_INET } };
	struct net_plan plan = {};

	if (network->ipv4 && network->default_route)
		plan_route(network, ifindex, &everything, &plan);
	for (size_t i = 0; i < network->n_routes && i < SYS_ROUTES_MAX; i++)
		if (network->routes[i].dest.family == AF_INET6 ? network->ipv6 : network->ipv4)
			plan_route(network, ifindex, &network->routes[i], &plan);
	if (uses_own_table(&plan, AF_INET, network->table)) {
		plan_rules(network, AF_INET, &plan);
		plan.loosen_rp_filter = network->gateway.family == AF_INET;
	}
	if (uses_own_table(&plan, AF_INET6, network->table))
		plan_rules(network, AF_INET6, &plan);
	*ret = plan;
}

static int route_request(const struct undo_route *route, uint8_t protocol, uint16_t type,
			 uint16_t flags)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)route->dest.family,
		.rtm_dst_len = route->prefix_len,
		.rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = protocol,
		.rtm_scope = RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(type, flags, &rtm, sizeof(rtm));
	if (!msg || netlink_put_addr(msg, RTA_DST, &route->dest) < 0 ||
	    nla_put_u32(msg, RTA_TABLE, route->table) < 0 ||
	    nla_put_u32(msg, RTA_OIF, route->ifindex) < 0 ||
	    (route->metric && nla_put_u32(msg, RTA_PRIORITY, route->metric) < 0))
		return -ENOMEM;
	return netlink_request(&nl, msg);
}

int net_del_route(const struct undo_route *route)
{
	return route_request(route, NET_ROUTE_PROTOCOL, RTM_DELROUTE, 0);
}

static int rule_request(const struct undo_rule *rule, uint16_t type, uint16_t flags)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	bool is_main = rule->table == RT_TABLE_MAIN;
	struct fib_rule_hdr hdr = {
		.family = (uint8_t)rule->family,
		.table = rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_UNSPEC,
		.action = FR_ACT_TO_TBL,
		.flags = is_main ? 0 : FIB_RULE_INVERT,
	};

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(type, flags, &hdr, sizeof(hdr));
	if (!msg || nla_put_u32(msg, FRA_TABLE, rule->table) < 0 ||
	    nla_put_u32(msg, FRA_PRIORITY, rule->priority) < 0)
		return -ENOMEM;
	if (is_main ? nla_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, 0) < 0
		    : nla_put_u32(msg, FRA_FWMARK, rule->mark) < 0 ||
			      nla_put_u32(msg, FRA_FWMASK, UINT32_MAX) < 0)
		return -ENOMEM;
	return netlink_request(&nl, msg);
}

int net_del_rule(const struct undo_rule *rule)
{
	return rule_request(rule, RTM_DELRULE, 0);
}

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

static int write_value(const char *path, const char *value)
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
	return write_value(sysctl->path, sysctl->old);
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

/*
 * The larger of the two values counts. Strict would drop the gateway's packets, because by the rules
 * an unmarked packet to the gateway would go into the tunnel.
 */
static int loosen_rp_filter(const char *uplink, struct undo *undo, struct failure *f)
{
	struct undo_entry entry = { .kind = UNDO_SYSCTL };
	struct undo_sysctl all;

	if (!uplink[0] || rp_filter_of("all", &all) < 0 ||
	    rp_filter_of(uplink, &entry.u.sysctl) < 0)
		return 0;
	long one = strtol(all.old, NULL, 10), other = strtol(entry.u.sysctl.old, NULL, 10);
	if ((one > other ? one : other) != RP_FILTER_STRICT)
		return 0;
	(void)snprintf(entry.u.sysctl.ours, UNDO_VALUE_MAX, "%d", RP_FILTER_LOOSE);
	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = write_value(entry.u.sysctl.path, entry.u.sysctl.ours);
	if (r < 0) {
		undo_done(undo, &entry);
		return failure_set(f, CAUSE_NETWORK_SETUP, r, "%s: %s", entry.u.sysctl.path,
				   strerror(-r));
	}
	return 0;
}

static int explain(int r, struct failure *f, const char *what)
{
	return failure_set(f, r == -EPERM ? CAUSE_PRIVILEGE : CAUSE_NETWORK_SETUP, r, "%s: %s%s%s",
			   what, strerror(-r), *netlink_error_text() ? ": " : "",
			   netlink_error_text());
}

static int add_route(const struct undo_route *route, struct undo *undo, struct failure *f)
{
	struct undo_entry entry = { .kind = UNDO_ROUTE, .u.route = *route };
	char address[ENDPOINT_STRLEN], what[ENDPOINT_STRLEN + 32];

	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = route_request(route, NET_ROUTE_PROTOCOL, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
	if (r == 0)
		return 0;
	undo_unless_added(undo, &entry, r);
	(void)snprintf(what, sizeof(what), "route %s/%u dev %s",
		       endpoint_addr_str(&route->dest, address), route->prefix_len, route->ifname);
	return explain(r, f, what);
}

static int add_rule(const struct undo_rule *rule, struct undo *undo, struct failure *f)
{
	struct undo_entry entry = { .kind = UNDO_RULE, .u.rule = *rule };
	char what[48];

	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = rule_request(rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
	if (r == 0)
		return 0;
	undo_unless_added(undo, &entry, r);
	(void)snprintf(what, sizeof(what), "routing rule %u", rule->priority);
	return explain(r, f, what);
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
	int r = route_request(&route, RTPROT_KERNEL, RTM_DELROUTE, 0);
	return r >= 0 || r == -ESRCH ? 0 : explain(r, f, "the route to PPP's other end");
}

/* Of the tunnel's interface, with which it goes. Return: 0; a negative errno. */
static int set_ipv6(const char *ifname, const char *name, const char *value)
{
	char path[UNDO_PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.15s/%s", ifname, name);
	return write_value(path, value);
}

/*
 * Addresses and routes of the gateway's router advertisements (RFC 4861 6.3.4) are the kernel's
 * business. Its default route is wanted in a full tunnel only, and then before the uplink's. A kernel
 * that can't prefer it (before 5.11) doesn't get it. None can have come yet: the kernel asks for one
 * a second after the address stands. A machine that forwards takes them from this one gateway, too.
 */
static void take_advertisements(const struct sys_network *network)
{
	bool take =
		network->default_route6 && set_ipv6(network->ifname, "ra_defrtr_metric", "1") == 0;

	if (set_ipv6(network->ifname, "accept_ra_defrtr", take ? "1" : "0") < 0 ||
	    set_ipv6(network->ifname, "accept_ra", "2") < 0)
		return; /* a kernel without IPv6 */
}

int net_apply(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	struct net_plan plan;
	unsigned int ifindex = if_nametoindex(network->ifname);

	if (ifindex == 0)
		return failure_set(ret_failure, CAUSE_NETWORK_SETUP, errno, "no interface %s",
				   network->ifname);
	int r = network->ipv4 ? drop_peer_route(network, ifindex, ret_failure) : 0;
	if (r < 0)
		return r;
	if (network->ipv6)
		take_advertisements(network);
	net_decide(network, ifindex, &plan);
	if (plan.n_rules > 0 && (!network->mark || !network->table))
		return failure_set(ret_failure, CAUSE_INTERNAL, EINVAL, "no mark for the tunnel");
	if (plan.loosen_rp_filter) {
		r = loosen_rp_filter(network->uplink, undo, ret_failure);
		if (r < 0)
			return r;
	}
	/* The table is full before the rules lead there. */
	for (size_t i = 0; i < plan.n_routes; i++) {
		r = add_route(&plan.routes[i], undo, ret_failure);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < plan.n_rules; i++) {
		r = add_rule(&plan.rules[i], undo, ret_failure);
		if (r < 0)
			return r;
	}
	return 0;
}

void net_get_address6(const char *ifname, struct endpoint *ret)
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

int net_get_counters(const char *ifname, uint64_t *ret_rx_bytes, uint64_t *ret_tx_bytes,
		     uint64_t *ret_rx_packets, uint64_t *ret_tx_packets)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct ifinfomsg info = { .ifi_index = (int)if_nametoindex(ifname) };
	struct rtnl_link_stats64 stats;
	union {
		struct nlmsghdr header;
		char bytes[16384];
	} answer;

	if (info.ifi_index == 0)
		return -ENODEV;
	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(RTM_GETLINK, 0, &info, sizeof(info));
	if (!msg)
		return -ENOMEM;
	r = netlink_get(&nl, msg, &answer, sizeof(answer));
	if (r < 0)
		return r;
	struct nlattr *attr = nlmsg_find_attr(&answer.header, sizeof(info), IFLA_STATS64);
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
