/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walls of a full tunnel on a real kernel, in a network namespace of this test's own, with TUN devices for the
 * uplink and the tunnel: links without broadcast, and every packet that leaves can be read. Needs root, TUN and XFRM.
 * Ethernet, containers and neighbour discovery are the lab's business.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/net.h"
#include "client/take-back.h"
#include "client/xfrm.h"

#define MARK  0x7473
#define TABLE (SYS_TABLE + 901)
#define WORD  "leakleak"

static char dir[64];
static int uplink = -1, tunnel = -1;

static void run(const char *command)
{
	if (system(command) != 0) // NOLINT(cert-env33-c)
		fail_msg("%s", command);
}

static int make_tun(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return fd >= 0 && ioctl(fd, TUNSETIFF, &ifr) < 0 ? -1 : fd;
}

static struct sys_network full_tunnel(void)
{
	return (struct sys_network){
		.ipv4 = true,
		.ipv6 = true,
		.ifname = "tun0",
		.gateway = { AF_INET, { 198, 51, 100, 2 }, 0 },
		.default_route = true,
		.default_route6 = true,
		.mark = MARK,
		.table = TABLE,
		.uplink = "up0",
	};
}

static struct undo *open_undo(void)
{
	struct undo *u = NULL;

	assert_int_equal(undo_open_at(dir, "test", take_back, &u, NULL), 0);
	return u;
}

/* Does one of the packets that have left there carry the word? */
static bool left_by(int fd)
{
	char packet[2048];
	bool seen = false;
	ssize_t n;

	while ((n = read(fd, packet, sizeof(packet))) > 0)
		seen |= memmem(packet, (size_t)n, WORD, strlen(WORD)) != NULL;
	return seen;
}

enum how {
	FREE,	    /* as most programs send */
	BOUND,	    /* SO_BINDTODEVICE */
	UNICAST_IF, /* IP_UNICAST_IF */
	PKTINFO,    /* IP_PKTINFO */
	SOURCE,	    /* bound to an address of the uplink's */
	TUNNELS,    /* bound to the uplink, and to the tunnel's address */
};

struct
try {
	const char *to;
	uint16_t sport, dport;
	enum how how;
	int by; /* where it leaves: 0 nowhere, 1 the uplink, 2 the tunnel */
};

static int put_socket(const struct try *t, bool six, int index)
{
	int s = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const uint32_t wide = htonl((uint32_t)index);
	const int yes = 1;

	assert_int_equal(setsockopt(s, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)), 0);
	if (t->how == BOUND || t->how == TUNNELS)
		assert_int_equal(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, "up0", 4), 0);
	if (t->how == UNICAST_IF)
		assert_int_equal(setsockopt(s, six ? IPPROTO_IPV6 : IPPROTO_IP,
					    six ? IPV6_UNICAST_IF : IP_UNICAST_IF, &wide,
					    sizeof(wide)),
				 0);
	return s;
}

static void bind_source(int s, const struct try *t, bool six)
{
	bool tunnels = t->how == TUNNELS;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(t->sport) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(t->sport) };

	if (t->how == SOURCE || tunnels) {
		inet_pton(AF_INET6, tunnels ? "2001:db8:98::1" : "2001:db8:99::1", &in6.sin6_addr);
		inet_pton(AF_INET, tunnels ? "10.98.0.1" : "10.99.0.1", &in.sin_addr);
	}
	assert_int_equal(bind(s, six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
			      six ? sizeof(in6) : sizeof(in)),
			 0);
}

static void put_pktinfo(struct msghdr *msg, bool six, int index)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	const struct in6_pktinfo info6 = { .ipi6_ifindex = (unsigned int)index };
	const struct in_pktinfo info = { .ipi_ifindex = index };

	c->cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP;
	c->cmsg_type = six ? IPV6_PKTINFO : IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(six ? sizeof(info6) : sizeof(info));
	msg->msg_controllen = CMSG_SPACE(six ? sizeof(info6) : sizeof(info));
	memcpy(CMSG_DATA(c), six ? (const void *)&info6 : &info,
	       six ? sizeof(info6) : sizeof(info));
}

/* Whether it is refused or dropped is no matter; where it comes out is. */
static void send_it(const struct try *t)
{
	bool six = strchr(t->to, ':') != NULL;
	int index = (int)if_nametoindex("up0");
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(t->dport) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(t->dport) };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {};
	struct iovec iov = { (void *)(uintptr_t)WORD, strlen(WORD) };
	struct msghdr msg = { six ? (void *)&to6 : (void *)&to, six ? sizeof(to6) : sizeof(to),
			      &iov, 1 };

	inet_pton(AF_INET6, t->to, &to6.sin6_addr);
	inet_pton(AF_INET, t->to, &to.sin_addr);
	if (six && t->how != FREE && t->to[0] == 'f')
		to6.sin6_scope_id = (uint32_t)index;
	if (t->how == PKTINFO) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		put_pktinfo(&msg, six, index);
	}
	int s = put_socket(t, six, index);
	bind_source(s, t, six);
	(void)sendmsg(s, &msg, 0);
	(void)close(s);
}

static void assert_tries(const char *state, const struct try *tries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		(void)left_by(uplink);
		(void)left_by(tunnel);
		send_it(&tries[i]);
		int by = (left_by(uplink) ? 1 : 0) + (left_by(tunnel) ? 2 : 0);
		if (by != tries[i].by)
			fail_msg("%s: to %s in way %d: left by %d", state, tries[i].to,
				 (int)tries[i].how, by);
	}
}

#define ASSERT_TRIES(state, tries) assert_tries(state, tries, sizeof(tries) / sizeof((tries)[0]))

/* All that must not leave beside the tunnel, in any state. */
static const struct try never[] = {
	{ "203.0.113.1", 0, 53, BOUND, 0 },	{ "203.0.113.1", 0, 53, UNICAST_IF, 0 },
	{ "203.0.113.1", 0, 53, PKTINFO, 0 },	{ "203.0.113.1", 0, 53, TUNNELS, 0 },
	{ "10.99.0.7", 0, 53, BOUND, 0 },	{ "198.51.100.2", 0, 500, BOUND, 0 },
	{ "224.0.0.251", 0, 5353, BOUND, 0 },	{ "255.255.255.255", 0, 9, BOUND, 0 },
	{ "2001:db8:1::1", 0, 53, BOUND, 0 },	{ "2001:db8:1::1", 0, 53, UNICAST_IF, 0 },
	{ "2001:db8:1::1", 0, 53, PKTINFO, 0 }, { "2001:db8:1::1", 0, 53, TUNNELS, 0 },
	{ "2001:db8:99::7", 0, 53, BOUND, 0 },	{ "fe80::1", 0, 53, BOUND, 0 },
	{ "fe80::1", 0, 53, PKTINFO, 0 },	{ "ff02::fb", 0, 5353, BOUND, 0 },
	{ "ff02::fb", 0, 5353, PKTINFO, 0 },	{ "ff0e::5", 0, 9, FREE, 0 },
	{ "ff0e::5", 0, 9, BOUND, 0 },
};

/* The twins: leases. */
static const struct try leases[] = {
	{ "255.255.255.255", 68, 67, BOUND, 1 },
	{ "ff02::1:2", 546, 547, BOUND, 1 },
	{ "fe80::1", 546, 547, BOUND, 1 },
};

static void test_up(void **state)
{
	static const struct try through[] = {
		{ "203.0.113.1", 0, 53, FREE, 2 },
		{ "2001:db8:1::1", 0, 53, FREE, 2 },
	};
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	/* As the gateway's advertisement makes it. */
	run("ip -6 route add default dev tun0 metric 2147483647 proto ra");
	assert_int_equal(net_follow(&n, u, NULL), 0);
	ASSERT_TRIES("up", through);
	ASSERT_TRIES("up", never);
	ASSERT_TRIES("up", leases);
	run("ip -6 route del default dev tun0 metric 2147483647 proto ra");
	(void)undo_close(u);
}

/* What the rules have kept is kept by the policies when the rules are gone, until they are put back. */
static void test_rules_removed(void **state)
{
	static const struct try kept[] = {
		{ "203.0.113.1", 0, 53, FREE, 0 },
		{ "203.0.113.1", 0, 53, SOURCE, 0 },
		{ "2001:db8:1::1", 0, 53, FREE, 0 },
		{ "2001:db8:1::1", 0, 53, SOURCE, 0 },
	};
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	run("ip rule list >/tmp/test-walls.before; ip -6 rule list >>/tmp/test-walls.before");
	run("ip rule flush; ip rule add priority 32766 lookup main");
	run("ip -6 rule flush; ip -6 rule add priority 32766 lookup main");
	ASSERT_TRIES("without rules", kept);
	ASSERT_TRIES("without rules", never);
	assert_true(net_restore(u) > 6);
	assert_int_equal(net_restore(u), 0);
	/* In the same order, one of them alone as well. */
	run("ip rule del priority 29901 iif lo ipproto udp sport 68 dport 67");
	assert_int_equal(net_restore(u), 1);
	run("ip rule add priority 32767 lookup default");
	run("(ip rule list; ip -6 rule list) | diff - /tmp/test-walls.before");
	run("rm /tmp/test-walls.before");
	(void)undo_close(u);
}

/* The other way round: who isn't bound to the uplink has no way by it. */
static void test_policies_removed(void **state)
{
	static const struct try kept[] = {
		{ "203.0.113.1", 0, 53, FREE, 2 },
		{ "2001:db8:1::1", 0, 53, FREE, 0 },
		{ "2001:db8:1::1", 0, 53, SOURCE, 0 },
		{ "2001:db8:1::1", 0, 53, BOUND, 0 },
	};
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	run("ip xfrm policy flush");
	ASSERT_TRIES("without policies", kept);
	assert_true(net_restore(u) > 10);
	ASSERT_TRIES("with policies again", never);
	(void)undo_close(u);
}

/* Before there is an interface, and after it is gone. */
static void test_without_interface(void **state)
{
	static const struct try kept[] = {
		{ "203.0.113.1", 0, 53, FREE, 0 },
		{ "2001:db8:1::1", 0, 53, FREE, 0 },
		{ "2001:db8:99::1", 0, 9, FREE, 0 }, /* its own: by lo */
	};
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_guard(&n, u, NULL), 0);
	ASSERT_TRIES("closed", kept);
	ASSERT_TRIES("closed", never);
	ASSERT_TRIES("closed", leases);
	assert_int_equal(net_apply(&n, u, NULL), 0);
	undo_run_kinds(u, UNDO_KIND_BIT(UNDO_ROUTE) | UNDO_KIND_BIT(UNDO_GATE) |
				  UNDO_KIND_BIT(UNDO_GUARD));
	ASSERT_TRIES("held", kept);
	ASSERT_TRIES("held", never);
	(void)undo_close(u);
}

/* A socket of that address sends to itself. */
static bool reaches_itself(const char *address)
{
	bool six = strchr(address, ':') != NULL;
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(5001) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(5001) };
	struct sockaddr *to = six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in;
	socklen_t len = six ? sizeof(in6) : sizeof(in);
	int s = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char c;

	inet_pton(AF_INET6, address, &in6.sin6_addr);
	inet_pton(AF_INET, address, &in.sin_addr);
	assert_int_equal(bind(s, to, len), 0);
	bool reached = sendto(s, "x", 1, 0, to, len) == 1 && recv(s, &c, 1, MSG_DONTWAIT) == 1;
	(void)close(s);
	return reached;
}

/* What the machine sends to itself is nobody's business; links and addresses come and go. */
static void test_itself(void **state)
{
	static const char *const own[] = { "127.0.0.1", "10.99.0.1",	  "10.98.0.1",
					   "::1",	"2001:db8:99::1", "2001:db8:98::1" };
	static const struct try late[] = { { "2001:db8:1::1", 0, 53, BOUND, 0 } };
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		assert_true(reaches_itself(own[i]));
	run("ip -6 address add 2001:db8:97::1/64 dev up0 nodad");
	ASSERT_TRIES("another address", late);
	assert_int_equal(net_wall(&n, u, NULL), 0);
	assert_true(reaches_itself("2001:db8:97::1"));
	run("ip xfrm policy | grep -q 2001:db8:97::1/128");
	run("ip -6 address del 2001:db8:97::1/64 dev up0");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("! ip xfrm policy | grep 2001:db8:97::1");
	run("ip tuntap add late0 mode tun && ip link set late0 up");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("ip rule | grep -q 'oif late0' && ip xfrm policy | grep -q 'dev late0'");
	run("ip link del late0");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("! ip rule | grep late0");
	(void)undo_close(u);
	run("test -z \"$(ip xfrm policy)\"");
}

/* By choice: what finds printers, and no more. */
static void test_local_network(void **state)
{
	static const struct try tries[] = {
		{ "10.99.0.7", 0, 631, FREE, 1 },     { "10.99.0.7", 0, 631, BOUND, 1 },
		{ "224.0.0.251", 0, 5353, BOUND, 1 }, { "239.255.255.250", 0, 1900, BOUND, 1 },
		{ "fe80::1", 0, 631, BOUND, 1 },      { "ff02::fb", 0, 5353, BOUND, 1 },
		{ "fd00:99::7", 0, 631, FREE, 1 },    { "fd00:99::7", 0, 631, BOUND, 1 },
		{ "224.0.1.129", 0, 320, BOUND, 0 },  { "ff0e::5", 0, 9, BOUND, 0 },
		{ "203.0.113.1", 0, 53, BOUND, 0 },   { "2001:db8:99::7", 0, 53, BOUND, 0 },
	};
	struct sys_network n = full_tunnel();

	(void)state;
	n.local_network = true;
	run("ip -6 address add fd00:99::1/64 dev up0 nodad");
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	ASSERT_TRIES("local", tries);
	(void)undo_close(u);
	run("ip -6 address del fd00:99::1/64 dev up0");
}

static int skip_all(const char *why)
{
	(void)fprintf(stderr, "skipped: %s\n", why);
	(void)rmdir(dir);
	return 77;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_rules_removed),
		cmocka_unit_test(test_policies_removed),
		cmocka_unit_test(test_without_interface),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_local_network),
	};
	struct netlink nl = NETLINK_CLOSED;

	(void)snprintf(dir, sizeof(dir), "%s", "/tmp/test-walls.XXXXXX");
	if (!mkdtemp(dir))
		return 77;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return skip_all("no network namespace of our own without root");
	uplink = make_tun("up0");
	tunnel = make_tun("tun0");
	if (uplink < 0 || tunnel < 0)
		return skip_all("no TUN devices");
	if (xfrm_open(&nl, NULL) < 0)
		return skip_all("no XFRM in this kernel");
	netlink_close(&nl);
	if (access("/proc/sys/net/ipv6", F_OK) < 0)
		return skip_all("no IPv6 in this kernel");
	run("ip link set lo up && ip link set up0 up && ip link set tun0 up");
	run("ip address add 10.99.0.1/24 dev up0 && ip address add 10.98.0.1/32 dev tun0");
	run("ip -6 address add 2001:db8:99::1/64 dev up0 nodad");
	run("ip -6 address add 2001:db8:98::1/128 dev tun0 nodad");
	run("ip route add default dev up0 && ip -6 route add default dev up0");
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(dir) < 0 ? 1 : r; /* something left behind is a failure, too */
}
