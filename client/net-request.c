/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/net-request.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/xfrm-policy.h"

int net_route_request(const struct undo_route *route, uint8_t protocol, uint16_t type,
		      uint16_t flags)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)route->dest.family,
		.rtm_dst_len = route->prefix_len,
		.rtm_table = route->table < 256 ? (uint8_t)route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = protocol,
		.rtm_scope = route->ifindex ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = route->ifindex ? RTN_UNICAST : RTN_UNREACHABLE,
	};

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(type, flags, &rtm, sizeof(rtm));
	if (!msg || netlink_put_addr(msg, RTA_DST, &route->dest) < 0 ||
	    nla_put_u32(msg, RTA_TABLE, route->table) < 0 ||
	    (route->ifindex && nla_put_u32(msg, RTA_OIF, route->ifindex) < 0) ||
	    (route->metric && nla_put_u32(msg, RTA_PRIORITY, route->metric) < 0))
		return -ENOMEM;
	return netlink_request(&nl, msg);
}

int net_del_route(const struct undo_route *route)
{
	return net_route_request(route, NET_ROUTE_PROTOCOL, RTM_DELROUTE, 0);
}

static int barrier_request(const struct undo_barrier *barrier, uint16_t type, uint16_t flags)
{
	const struct undo_route route = {
		.dest = barrier->dest,
		.prefix_len = barrier->prefix_len,
		.table = barrier->table,
		.metric = UINT32_MAX,
	};

	return net_route_request(&route, NET_ROUTE_PROTOCOL, type, flags);
}

int net_del_barrier(const struct undo_barrier *barrier)
{
	return barrier_request(barrier, RTM_DELROUTE, 0);
}

/* For what the machine sends itself: what it forwards comes by another interface than lo. */
static int put_ports(struct nl_msg *msg, const struct undo_rule *rule)
{
	const struct fib_rule_port_range sport = { rule->sport, rule->sport };
	const struct fib_rule_port_range dport = { rule->dport, rule->dport };

	if (!rule->sport)
		return 0;
	return nla_put_string(msg, FRA_IIFNAME, "lo") < 0 ||
			       nla_put_u8(msg, FRA_IP_PROTO, IPPROTO_UDP) < 0 ||
			       nla_put(msg, FRA_SPORT_RANGE, sizeof(sport), &sport) < 0 ||
			       nla_put(msg, FRA_DPORT_RANGE, sizeof(dport), &dport) < 0
		       ? -ENOMEM
		       : 0;
}

static int put_rule(struct nl_msg *msg, const struct undo_rule *rule)
{
	if (nla_put_u32(msg, FRA_PRIORITY, rule->priority) < 0 ||
	    nla_put_u8(msg, FRA_PROTOCOL, NET_ROUTE_PROTOCOL) < 0 ||
	    (rule->table && nla_put_u32(msg, FRA_TABLE, rule->table) < 0) ||
	    (rule->mark && (nla_put_u32(msg, FRA_FWMARK, rule->mark) < 0 ||
			    nla_put_u32(msg, FRA_FWMASK, UINT32_MAX) < 0)) ||
	    (rule->prefix_len && netlink_put_addr(msg, FRA_DST, &rule->to) < 0) ||
	    (rule->from.family && netlink_put_addr(msg, FRA_SRC, &rule->from) < 0) ||
	    (rule->oif[0] && nla_put_string(msg, FRA_OIFNAME, rule->oif) < 0) ||
	    (rule->ignored != UNDO_RULE_ALL &&
	     nla_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, rule->ignored) < 0))
		return -ENOMEM;
	return put_ports(msg, rule);
}

static int rule_request(const struct undo_rule *rule, uint16_t type, uint16_t flags)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	const struct fib_rule_hdr hdr = {
		.family = (uint8_t)rule->family,
		.dst_len = rule->prefix_len,
		.src_len = (uint8_t)(rule->from.family ? 8 * endpoint_addr_len(&rule->from) : 0),
		.table = rule->table < 256 ? (uint8_t)rule->table : RT_TABLE_UNSPEC,
		.action = rule->table ? FR_ACT_TO_TBL : FR_ACT_UNREACHABLE,
		.flags = rule->mark ? FIB_RULE_INVERT : 0,
	};

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(type, flags, &hdr, sizeof(hdr));
	if (!msg || put_rule(msg, rule) < 0)
		return -ENOMEM;
	return netlink_request(&nl, msg);
}

int net_del_rule(const struct undo_rule *rule)
{
	return rule_request(rule, RTM_DELRULE, 0);
}

int net_explain(int r, struct failure *f, const char *what)
{
	return failure_set(f, r == -EPERM ? CAUSE_PRIVILEGE : CAUSE_NETWORK_SETUP, r, "%s: %s%s%s",
			   what, strerror(-r), *netlink_error_text() ? ": " : "",
			   netlink_error_text());
}

/* Is there nothing of the kind in this kernel? */
static bool no_ipv6(int family, int r)
{
	return family == AF_INET6 && (r == -EAFNOSUPPORT || r == -EOPNOTSUPP || r == -ENODEV);
}

/* Return: 1: it is to be asked for; 0: it is on the undo list already; a negative errno with its cause. */
static int record(const struct undo_entry *entry, struct undo *undo, struct failure *f)
{
	if (undo_has(undo, entry))
		return 0;
	int r = undo_add(undo, entry);
	return r < 0 ? failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r)) : 1;
}

/* R is the kernel's answer. */
static int settle(int r, const struct undo_entry *entry, int family, struct undo *undo,
		  struct failure *f, const char *what)
{
	if (r == 0)
		return 0;
	undo_unless_added(undo, entry, r);
	if (no_ipv6(family, r)) {
		undo_done(undo, entry);
		return 0;
	}
	return net_explain(r, f, what);
}

int net_put_route(const struct undo_route *route)
{
	return net_route_request(route, NET_ROUTE_PROTOCOL, RTM_NEWROUTE,
				 NLM_F_CREATE | NLM_F_EXCL);
}

int net_put_barrier(const struct undo_barrier *barrier)
{
	return barrier_request(barrier, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}

int net_put_rule(const struct undo_rule *rule)
{
	return rule_request(rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

int net_add_route(const struct undo_route *route, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { .kind = UNDO_ROUTE, .u.route = *route };
	char address[ENDPOINT_STRLEN], what[ENDPOINT_STRLEN + 32];

	(void)snprintf(what, sizeof(what), "route %s/%u dev %s",
		       endpoint_addr_str(&route->dest, address), route->prefix_len, route->ifname);
	int r = record(&entry, undo, f);
	return r <= 0 ? r : settle(net_put_route(route), &entry, AF_UNSPEC, undo, f, what);
}

int net_add_barrier(const struct undo_barrier *barrier, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { .kind = UNDO_BARRIER, .u.barrier = *barrier };
	char address[ENDPOINT_STRLEN], what[ENDPOINT_STRLEN + 32];

	(void)snprintf(what, sizeof(what), "route unreachable %s/%u",
		       endpoint_addr_str(&barrier->dest, address), barrier->prefix_len);
	int r = record(&entry, undo, f);
	return r <= 0 ? r
		      : settle(net_put_barrier(barrier), &entry, barrier->dest.family, undo, f,
			       what);
}

int net_add_rule(const struct undo_rule *rule, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { .kind = UNDO_RULE, .u.rule = *rule };
	char what[48];

	(void)snprintf(what, sizeof(what), "routing rule %u", rule->priority);
	int r = record(&entry, undo, f);
	return r <= 0 ? r : settle(net_put_rule(rule), &entry, rule->family, undo, f, what);
}

/* A policy of a wall, gate or guard; somebody's own one that is the same does as well. */
int net_add_policy(struct netlink *nl, const struct undo_entry *entry, struct undo *undo,
		   struct failure *f)
{
	int r = record(entry, undo, f);
	if (r <= 0)
		return r;
	r = entry->kind == UNDO_GUARD ? xfrm_add_guard(nl, &entry->u.guard, f)
				      : xfrm_add_wall(nl, &entry->u.wall, f);
	undo_unless_added(undo, entry, r);
	return r == -EEXIST ? 0 : r;
}
