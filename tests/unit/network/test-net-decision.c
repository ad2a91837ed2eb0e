/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routes and rules there are to be. */
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/kernel/link.h"
#include "client/network/net-address.h"
#include "client/network/net-decision.h"

#define TABLE (SYS_TABLE + 7)
#define MARK  0x54

static struct endpoint address(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(text, 0, &e), 0);
	return e;
}

static struct sys_network network(const char *gateway)
{
	struct sys_network n = {
		.ipv4 = true,
		.ipv6 = true,
		.ifname = "ppp0",
		.mark = MARK,
		.table = TABLE,
		.uplink = "eth0",
	};

	n.gateway = address(gateway);
	return n;
}

static void add(struct sys_network *n, const char *dest, uint8_t prefix_len, uint32_t metric)
{
	n->routes[n->n_routes++] = (struct sys_route){ address(dest), prefix_len, metric };
}

/* The rules of that family as words, in their order. */
static const char *rules(const struct net_plan *plan, int family)
{
	static char text[4096];
	char to[ENDPOINT_STRLEN];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < plan->n_rules; i++) {
		const struct net_rule *r = &plan->rules[i];
		if (r->family != family)
			continue;
		const char *table = r->table == TABLE		? "table"
				    : r->table == RT_TABLE_MAIN ? "main"
								: "unreachable";
		if (r->sport)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "udp %u>%u ",
						 r->sport, r->dport);
		if (r->prefix_len)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "to %s/%u ",
						 endpoint_addr_str(&r->to, to), r->prefix_len);
		if (r->mark)
			used += (size_t)snprintf(text + used, sizeof(text) - used, "not %#x ",
						 r->mark);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", table);
		if (r->ignored != NET_RULE_ALL)
			used += (size_t)snprintf(text + used, sizeof(text) - used, " beyond %u",
						 r->ignored);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "; ");
	}
	return text;
}

static void assert_priority(const struct net_plan *plan, int family, uint32_t priority)
{
	for (size_t i = 0; i < plan->n_rules; i++)
		if (plan->rules[i].family == family)
			assert_int_equal(plan->rules[i].priority, priority);
}

/* Everything goes to our own table, and has a barrier there for the time without an interface. */
static void test_split(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;
	char buf[ENDPOINT_STRLEN];

	(void)state;
	add(&n, "192.168.100.77", 24, 50);
	add(&n, "10.0.0.0", 8, 0);
	add(&n, "10.0.0.1", 8, 0);
	add(&n, "10.0.0.0", 8, 9);
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 3); /* the third is the second */
	assert_int_equal(plan.n_barriers, 2);
	assert_int_equal(plan.routes[0].table, TABLE);
	assert_int_equal(plan.routes[0].metric, 50);
	assert_int_equal(plan.routes[0].ifindex, 42);
	assert_string_equal(plan.routes[0].ifname, "ppp0");
	assert_int_equal(plan.barriers[0].table, TABLE);
	assert_int_equal(plan.barriers[0].prefix_len, 24);
	/* Bits beyond the prefix are what the kernel refuses. */
	assert_string_equal(endpoint_addr_str(&plan.routes[0].dest, buf), "192.168.100.0");
	assert_string_equal(endpoint_addr_str(&plan.barriers[0].dest, buf), "192.168.100.0");
	assert_string_equal(rules(&plan, AF_INET), "udp 68>67 main; not 0x54 table; ");
	assert_string_equal(rules(&plan, AF_INET6), "");
	assert_priority(&plan, AF_INET, TABLE - SYS_TABLES);
	assert_true(plan.open_rp_filter);
}

/* Each family when it is there: IPv6 may come later, or never. */
static void test_families(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	n.default_route = true;
	add(&n, "10.0.0.0", 8, 0);
	add(&n, "fd00:1::", 48, 0);
	n.ipv6 = false;
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 2);
	assert_int_equal(plan.routes[1].dest.family, AF_INET);
	assert_string_equal(rules(&plan, AF_INET6), "");
	n.ipv6 = true;
	n.ipv4 = false;
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 1);
	assert_int_equal(plan.n_barriers, 1);
	assert_int_equal(plan.routes[0].dest.family, AF_INET6);
	assert_string_equal(rules(&plan, AF_INET6),
			    "udp 546>547 main; to fe80::/10 main; not 0x54 table; ");
}

/* Somebody else routes what a split tunnel is for; what holds traffic back stays ours. */
static void test_managed(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan, same;

	(void)state;
	add(&n, "192.168.100.0", 24, 0);
	n.peer = address("192.168.100.1");
	n.dns[n.n_dns++] = address("192.168.100.1");
	n.managed = true;
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes + plan.n_barriers + plan.n_rules, 0);
	assert_false(plan.open_rp_filter);

	n.kill_switch = true;
	net_decide(&n, 0, &plan);
	assert_int_equal(plan.n_barriers, 1);
	assert_string_equal(rules(&plan, AF_INET), "udp 68>67 main; not 0x54 table; ");

	n.kill_switch = false;
	n.default_route = n.default_route6 = true;
	net_decide(&n, 42, &plan);
	n.managed = false;
	net_decide(&n, 42, &same);
	assert_true(plan.n_routes > 0 && plan.n_rules > 0);
	assert_memory_equal(&plan, &same, sizeof(plan));
}

/* A full tunnel closes IPv6 whether the gateway has it or not. */
static void test_full(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	n.default_route = n.default_route6 = true;
	n.ipv6 = false;
	add(&n, "192.168.100.0", 24, 0);
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 2);
	assert_int_equal(plan.n_barriers, 0);
	assert_int_equal(plan.routes[0].prefix_len, 0);
	assert_int_equal(plan.routes[0].table, TABLE);
	assert_int_equal(plan.routes[1].table, TABLE);
	assert_string_equal(rules(&plan, AF_INET),
			    "udp 68>67 main; not 0x54 table; not 0x54 unreachable; ");
	assert_string_equal(rules(&plan, AF_INET6), "udp 546>547 main; not 0x54 table; "
						    "not 0x54 unreachable; ");
	assert_priority(&plan, AF_INET, TABLE);
	assert_priority(&plan, AF_INET6, TABLE);
	assert_true(plan.open_rp_filter);
}

/* Before there is an interface: what closes, and no more. */
static void test_closed(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan before, after;

	(void)state;
	n.default_route = n.default_route6 = true;
	n.local_network = true;
	n.ipv6 = false;
	net_decide(&n, 0, &before);
	assert_int_equal(before.n_routes, 0);
	net_decide(&n, 42, &after);
	/* What stands is found again. */
	assert_int_equal(before.n_rules, after.n_rules);
	assert_memory_equal(before.rules, after.rules, before.n_rules * sizeof(before.rules[0]));
}

/* Local networks are believed in where private ones may be, and only when they are no larger. */
static void test_local_networks(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	n.default_route = n.local_network = true;
	net_decide(&n, 42, &plan);
	assert_string_equal(
		rules(&plan, AF_INET),
		"udp 68>67 main; to 10.0.0.0/8 main beyond 15; to 172.16.0.0/12 main beyond 15; "
		"to 192.168.0.0/16 main beyond 16; to 169.254.0.0/16 main beyond 15; "
		"not 0x54 table; not 0x54 unreachable; ");
	n.default_route = false;
	add(&n, "10.1.0.0", 16, 0);
	add(&n, "198.51.100.0", 24, 0); /* public: nobody's own */
	add(&n, "192.168.7.7", 32, 0);	/* nothing is longer */
	add(&n, "fd00:1::", 48, 0);
	net_decide(&n, 42, &plan);
	assert_string_equal(rules(&plan, AF_INET),
			    "udp 68>67 main; to 10.1.0.0/16 main beyond 16; not 0x54 table; ");
	assert_string_equal(rules(&plan, AF_INET6),
			    "udp 546>547 main; to fe80::/10 main; to fd00:1::/48 main beyond 48; "
			    "not 0x54 table; ");
	n.n_routes = 0;
	add(&n, "0.0.0.0", 1, 0);
	net_decide(&n, 42, &plan);
	assert_string_equal(rules(&plan, AF_INET),
			    "udp 68>67 main; to 10.0.0.0/8 main beyond 15; not 0x54 table; ");
}

/* Name servers and PPP's other end are reached through the tunnel, covered by a route or not. */
static void test_hosts(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;
	char buf[ENDPOINT_STRLEN];

	(void)state;
	add(&n, "192.168.100.0", 24, 0);
	n.dns[0] = address("192.168.100.1");
	n.dns[1] = address("10.9.9.9");
	n.dns[2] = address("127.0.0.53");
	n.dns[3] = address("fe80::1");
	n.dns[4] = address("fd00:1::53");
	n.n_dns = 5;
	n.peer = address("198.51.100.2");
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 4);
	assert_string_equal(endpoint_addr_str(&plan.routes[1].dest, buf), "10.9.9.9");
	assert_int_equal(plan.routes[1].prefix_len, 32);
	assert_string_equal(endpoint_addr_str(&plan.routes[2].dest, buf), "fd00:1::53");
	assert_int_equal(plan.routes[2].prefix_len, 128);
	assert_string_equal(endpoint_addr_str(&plan.routes[3].dest, buf), "198.51.100.2");
	assert_int_equal(plan.n_barriers, 4);
}

static void test_covers(void **state)
{
	static const struct {
		const char *dest, *address;
		uint8_t prefix_len;
		bool covers;
	} cases[] = {
		{ "0.0.0.0", "255.255.255.255", 0, true },
		{ "10.0.0.0", "10.255.0.1", 8, true },
		{ "10.0.0.0", "11.0.0.1", 8, false },
		{ "10.0.0.0", "11.0.0.1", 7, true },
		{ "10.0.0.128", "10.0.0.127", 25, false },
		{ "10.0.0.128", "10.0.0.129", 25, true },
		{ "10.0.0.1", "10.0.0.1", 32, true },
		{ "10.0.0.1", "10.0.0.0", 32, false },
		{ "::", "10.0.0.1", 0, false },
		{ "2001:db8::", "2001:db8::1", 64, true },
		{ "2001:db8::", "2001:db9::1", 32, false },
		{ "::1", "::1", 128, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct endpoint d = address(cases[i].dest), a = address(cases[i].address);
		assert_int_equal(net_covers(&d, cases[i].prefix_len, &a), cases[i].covers);
	}
}

static void test_limit(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;
	char text[32];

	(void)state;
	n.default_route6 = n.local_network = true;
	while (n.n_routes < SYS_ROUTES_MAX) {
		(void)snprintf(text, sizeof(text), "10.%zu.0.0", n.n_routes);
		add(&n, text, 16, 0);
	}
	for (; n.n_dns < SYS_DNS_MAX; n.n_dns++) {
		(void)snprintf(text, sizeof(text), "192.0.2.%zu", n.n_dns);
		n.dns[n.n_dns] = address(text);
	}
	n.peer = address("192.0.2.99");
	net_decide(&n, 1, &plan);
	assert_int_equal(plan.n_routes, SYS_ROUTES_MAX + SYS_DNS_MAX + 1);
	assert_int_equal(plan.n_barriers, SYS_ROUTES_MAX + SYS_DNS_MAX + 1);
	assert_int_equal(plan.n_rules, SYS_ROUTES_MAX + 2 + 4);
	assert_true(plan.n_rules <= NET_RULES_MAX);
}

static void test_ifindex(void **state)
{
	(void)state;
	assert_int_equal(link_ifindex("lo"), if_nametoindex("lo"));
	assert_int_equal(link_ifindex("nosuch0"), 0);
	assert_int_equal(link_ifindex(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),	       cmocka_unit_test(test_full),
		cmocka_unit_test(test_families),       cmocka_unit_test(test_closed),
		cmocka_unit_test(test_local_networks), cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_covers),	       cmocka_unit_test(test_ifindex),
		cmocka_unit_test(test_limit),	       cmocka_unit_test(test_managed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
