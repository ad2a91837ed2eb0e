/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/network/net-request.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/kernel/xfrm-policy.h"

int net_route_request(const struct net_route *route, uint8_t protocol, uint16_t type,
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

int net_del_route(const struct net_route *route)
{
	return net_route_request(route, NET_ROUTE_PROTOCOL, RTM_DELROUTE, 0);
}

static int barrier_request(const struct net_barrier *barrier, uint16_t type, uint16_t flags)
{
	const struct net_route route = {
		.dest = barrier->dest,
		.prefix_len = barrier->prefix_len,
		.table = barrier->table,
		.metric = UINT32_MAX,
	};

	return net_route_request(&route, NET_ROUTE_PROTOCOL, type, flags);
}

int net_del_barrier(const struct net_barrier *barrier)
{
	return barrier_request(barrier, RTM_DELROUTE, 0);
}

/* For what the machine sends itself: what it forwards comes by another interface than lo. */
static int put_ports(struct nl_msg *msg, const struct net_rule *rule)
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

static int put_rule(struct nl_msg *msg, const struct net_rule *rule)
{
	if (nla_put_u32(msg, FRA_PRIORITY, rule->priority) < 0 ||
	    nla_put_u8(msg, FRA_PROTOCOL, NET_ROUTE_PROTOCOL) < 0 ||
	    (rule->table && nla_put_u32(msg, FRA_TABLE, rule->table) < 0) ||
	    (rule->mark && (nla_put_u32(msg, FRA_FWMARK, rule->mark) < 0 ||
			    nla_put_u32(msg, FRA_FWMASK, UINT32_MAX) < 0)) ||
	    (rule->prefix_len && netlink_put_addr(msg, FRA_DST, &rule->to) < 0) ||
	    (rule->from.family && netlink_put_addr(msg, FRA_SRC, &rule->from) < 0) ||
	    (rule->oif[0] && nla_put_string(msg, FRA_OIFNAME, rule->oif) < 0) ||
	    (rule->ignored != NET_RULE_ALL &&
	     nla_put_u32(msg, FRA_SUPPRESS_PREFIXLEN, rule->ignored) < 0))
		return -ENOMEM;
	return put_ports(msg, rule);
}

static int rule_request(const struct net_rule *rule, uint16_t type, uint16_t flags)
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

int net_del_rule(const struct net_rule *rule)
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

int net_put_route(const struct net_route *route)
{
	return net_route_request(route, NET_ROUTE_PROTOCOL, RTM_NEWROUTE,
				 NLM_F_CREATE | NLM_F_EXCL);
}

int net_put_barrier(const struct net_barrier *barrier)
{
	return barrier_request(barrier, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
}

int net_put_rule(const struct net_rule *rule)
{
	return rule_request(rule, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL);
}

int net_add_route(const struct net_route *route, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { &net_route_kind, route };
	char address[ENDPOINT_STRLEN], what[ENDPOINT_STRLEN + 32];

	(void)snprintf(what, sizeof(what), "route %s/%u dev %s",
		       endpoint_addr_str(&route->dest, address), route->prefix_len, route->ifname);
	int r = record(&entry, undo, f);
	return r <= 0 ? r : settle(net_put_route(route), &entry, AF_UNSPEC, undo, f, what);
}

int net_add_barrier(const struct net_barrier *barrier, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { &net_barrier_kind, barrier };
	char address[ENDPOINT_STRLEN], what[ENDPOINT_STRLEN + 32];

	(void)snprintf(what, sizeof(what), "route unreachable %s/%u",
		       endpoint_addr_str(&barrier->dest, address), barrier->prefix_len);
	int r = record(&entry, undo, f);
	return r <= 0 ? r
		      : settle(net_put_barrier(barrier), &entry, barrier->dest.family, undo, f,
			       what);
}

int net_add_rule(const struct net_rule *rule, struct undo *undo, struct failure *f)
{
	const struct undo_entry entry = { &net_rule_kind, rule };
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
	r = entry->kind == &xfrm_guard_kind ? xfrm_add_guard(nl, entry->data, f)
					    : xfrm_add_wall(nl, entry->data, f);
	undo_unless_added(undo, entry, r);
	return r == -EEXIST ? 0 : r;
}

static void parse_route(struct undo_fields *f, void *ret)
{
	struct net_route *route = ret;

	route->dest = undo_field_address(f, 1, 0);
	route->prefix_len = undo_field_prefix(f, 2, &route->dest);
	route->table = undo_field_number32(f, 3);
	route->metric = undo_field_number32(f, 4);
	undo_field_ifname(f, 5, route->ifname);
	route->ifindex = undo_field_number32(f, 6);
}

static int format_route(const void *data, char *ret, size_t size)
{
	const struct net_route *route = data;
	char dest[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %u %u %u %s %u", endpoint_addr_str(&route->dest, dest),
			route->prefix_len, route->table, route->metric, route->ifname,
			route->ifindex);
}

static int take_back_route(const void *data)
{
	return net_del_route(data);
}

const struct undo_kind net_route_kind = {
	.word = "route",
	.n_fields = 7,
	.size = UNDO_SIZE(struct net_route),
	.parse = parse_route,
	.format = format_route,
	.take_back = take_back_route,
};

static void parse_barrier(struct undo_fields *f, void *ret)
{
	struct net_barrier *barrier = ret;

	barrier->dest = undo_field_address(f, 1, 0);
	barrier->prefix_len = undo_field_prefix(f, 2, &barrier->dest);
	barrier->table = undo_field_number32(f, 3);
}

static int format_barrier(const void *data, char *ret, size_t size)
{
	const struct net_barrier *barrier = data;
	char dest[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %u %u", endpoint_addr_str(&barrier->dest, dest),
			barrier->prefix_len, barrier->table);
}

static int take_back_barrier(const void *data)
{
	return net_del_barrier(data);
}

const struct undo_kind net_barrier_kind = {
	.word = "barrier",
	.n_fields = 4,
	.size = UNDO_SIZE(struct net_barrier),
	.traits = UNDO_STAYS_CLOSED,
	.parse = parse_barrier,
	.format = format_barrier,
	.take_back = take_back_barrier,
};

static void parse_rule(struct undo_fields *f, void *ret)
{
	struct net_rule *rule = ret;

	rule->family = undo_field_choice(f, 1, "4", "6") ? AF_INET : AF_INET6;
	rule->priority = undo_field_number32(f, 2);
	rule->table = undo_field_number32(f, 3);
	rule->mark = undo_field_number32(f, 4);
	rule->to = undo_field_address(f, 5, 0);
	rule->prefix_len = undo_field_prefix(f, 6, &rule->to);
	rule->ignored = (uint8_t)undo_field_number(f, 7, NET_RULE_ALL);
	rule->sport = undo_field_port(f, 8);
	rule->dport = undo_field_port(f, 9);
	if (strcmp(f->field[10], "-") != 0)
		undo_field_ifname(f, 10, rule->oif);
	rule->from = undo_field_address_or_any(f, 11);
	if (rule->to.family != rule->family ||
	    (rule->from.family && rule->from.family != rule->family))
		f->bad = true;
}

static int format_rule(const void *data, char *ret, size_t size)
{
	const struct net_rule *rule = data;
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %u %u %u %s %u %u %u %u %s %s",
			rule->family == AF_INET ? "4" : "6", rule->priority, rule->table,
			rule->mark, endpoint_addr_str(&rule->to, a), rule->prefix_len,
			rule->ignored, rule->sport, rule->dport, rule->oif[0] ? rule->oif : "-",
			undo_address_or_any(&rule->from, b));
}

static int take_back_rule(const void *data)
{
	return net_del_rule(data);
}

const struct undo_kind net_rule_kind = {
	.word = "rule",
	.n_fields = 12,
	.size = UNDO_SIZE(struct net_rule),
	.traits = UNDO_STAYS_CLOSED,
	.parse = parse_rule,
	.format = format_rule,
	.take_back = take_back_rule,
};
