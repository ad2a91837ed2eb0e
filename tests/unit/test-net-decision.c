/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which route goes where: the tunnel's own packets must never be caught. */
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>

#include "client/net.h"

#define TABLE	 0x7001
#define MARK	 0x54
#define PRIORITY 31000

static struct endpoint address(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(text, 0, &e), 0);
	return e;
}

static struct sys_network network(const char *gateway)
{
	return (struct sys_network){
		.ipv4 = true,
		.ipv6 = true,
		.ifname = "ppp0",
		.gateway = address(gateway),
		.mark = MARK,
		.table = TABLE,
		.rule_priority = PRIORITY,
		.uplink = "eth0",
	};
}

static void add(struct sys_network *n, const char *dest, uint8_t prefix_len, uint32_t metric)
{
	n->routes[n->n_routes++] = (struct sys_route){ address(dest), prefix_len, metric };
}

static void test_split(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;
	char buf[ENDPOINT_STRLEN];

	(void)state;
	add(&n, "192.168.100.77", 24, 50);
	add(&n, "10.0.0.0", 8, 0);
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 2);
	assert_int_equal(plan.n_rules, 0);
	assert_false(plan.loosen_rp_filter);
	assert_int_equal(plan.routes[0].table, RT_TABLE_MAIN);
	assert_int_equal(plan.routes[0].metric, 50);
	assert_int_equal(plan.routes[0].ifindex, 42);
	assert_string_equal(plan.routes[0].ifname, "ppp0");
	/* Bits beyond the prefix are what the kernel refuses. */
	assert_string_equal(endpoint_addr_str(&plan.routes[0].dest, buf), "192.168.100.0");
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
	n.ipv6 = true;
	n.ipv4 = false;
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 1);
	assert_int_equal(plan.n_rules, 0);
	assert_int_equal(plan.routes[0].dest.family, AF_INET6);
	assert_int_equal(plan.routes[0].table, RT_TABLE_MAIN);
}

static void test_full(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	n.default_route = true;
	add(&n, "192.168.100.0", 24, 0);
	net_decide(&n, 42, &plan);
	assert_int_equal(plan.n_routes, 2);
	assert_int_equal(plan.routes[0].prefix_len, 0);
	assert_int_equal(plan.routes[0].table, TABLE);
	assert_int_equal(plan.routes[1].table, RT_TABLE_MAIN);
	assert_true(plan.loosen_rp_filter);
	assert_int_equal(plan.n_rules, 2);
	assert_int_equal(plan.rules[0].family, AF_INET);
	assert_int_equal(plan.rules[0].table, RT_TABLE_MAIN);
	assert_int_equal(plan.rules[0].priority, PRIORITY);
	assert_int_equal(plan.rules[1].table, TABLE);
	assert_int_equal(plan.rules[1].mark, MARK);
	assert_int_equal(plan.rules[1].priority, PRIORITY + 1);
}

/* The gateway's own network routed into the tunnel is as dangerous as a default route. */
static void test_route_over_gateway(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	add(&n, "198.51.100.0", 24, 5);
	add(&n, "198.51.101.0", 24, 5);
	add(&n, "198.51.100.2", 32, 5);
	add(&n, "198.51.100.3", 32, 5);
	net_decide(&n, 1, &plan);
	assert_int_equal(plan.routes[0].table, TABLE);
	assert_int_equal(plan.routes[1].table, RT_TABLE_MAIN);
	assert_int_equal(plan.routes[2].table, TABLE);
	assert_int_equal(plan.routes[3].table, RT_TABLE_MAIN);
	assert_int_equal(plan.n_rules, 2);
}

/* Two halves are a default route, too. */
static void test_halves(void **state)
{
	struct sys_network n = network("198.51.100.2");
	struct net_plan plan;

	(void)state;
	add(&n, "0.0.0.0", 1, 0);
	add(&n, "128.0.0.0", 1, 0);
	net_decide(&n, 1, &plan);
	assert_int_equal(plan.routes[0].table, RT_TABLE_MAIN);
	assert_int_equal(plan.routes[1].table, TABLE);
}

/* A default route must not displace the one of the main table, whatever the gateway's family is. */
static void test_ipv6_gateway(void **state)
{
	struct sys_network n = network("2001:db8::2");
	struct net_plan plan;

	(void)state;
	n.default_route = true;
	net_decide(&n, 1, &plan);
	assert_int_equal(plan.routes[0].table, TABLE);
	assert_false(plan.loosen_rp_filter);
	assert_int_equal(plan.n_rules, 2);
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

	(void)state;
	n.default_route = true;
	while (n.n_routes < SYS_ROUTES_MAX)
		add(&n, "10.0.0.0", 8, (uint32_t)n.n_routes);
	net_decide(&n, 1, &plan);
	assert_int_equal(plan.n_routes, SYS_ROUTES_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),	 cmocka_unit_test(test_full),
		cmocka_unit_test(test_families), cmocka_unit_test(test_route_over_gateway),
		cmocka_unit_test(test_halves),	 cmocka_unit_test(test_ipv6_gateway),
		cmocka_unit_test(test_covers),	 cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
