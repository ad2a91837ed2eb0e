/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walls of a full tunnel on a real kernel, in a network namespace of this test's own, with TUN devices for the
 * uplink and the tunnel: links without broadcast, and every packet that leaves can be read. Needs root, TUN and XFRM.
 * Ethernet, containers and neighbour discovery are the lab's business.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
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
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/network/net-restore.h"
#include "client/network/net-uplink.h"
#include "client/network/net-wall.h"
#include "client/network/net-request.h"
#include "client/network/net.h"
#include "client/network/system-linux.h"
#include "client/run/run-kinds.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm-policy.h"

#define MARK  0x7473
#define TABLE (SYS_TABLE + 901)
#define WORD  "leakleak"

#define GATEWAY	 "198.51.100.2"
#define GATEWAY6 "2001:db8:100::2"

static char dir[64];
static int uplink = -1, tunnel = -1;

static void run(const char *command)
{
	if (system(command) != 0) // NOLINT(cert-env33-c)
		fail_msg("%s", command);
}

/* The kernel leaves the route to an address of its own to a thread, also without the search for duplicates. */
static void add_address6(const char *address, unsigned int bits, const char *link)
{
	char command[256];

	(void)snprintf(command, sizeof(command),
		       "ip -6 address add %s/%u dev %s nodad; for n in $(seq 200); do "
		       "ip -6 route show table local | grep -q '^local %s ' && exit; sleep 0.05; "
		       "done; exit 1",
		       address, bits, link, address);
	run(command);
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

	assert_int_equal(undo_open_at(dir, "test", run_kinds, NULL, &u, NULL), 0);
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

#define UPLINKS .source = "10.99.0.1", .source6 = "2001:db8:99::1"

enum how {
	FREE,	    /* as most programs send */
	BOUND,	    /* SO_BINDTODEVICE */
	UNICAST_IF, /* IP_UNICAST_IF */
	PKTINFO,    /* IP_PKTINFO */
	SOURCE,	    /* bound to an address of the uplink's */
	TUNNELS,    /* bound to the uplink, and to the tunnel's address */
	HAD_TUNNEL, /* bound to the tunnel's address alone, as a socket from before */
	HINT_LO, /* bound to an address of the uplink's, and IP_UNICAST_IF of another link, which is a hint then */
	HINT_TUNNEL,
	PKTINFO_LO, /* the same with IP_PKTINFO */
	PKTINFO_TUNNEL,
};

static const struct way {
	const char *device;	/* SO_BINDTODEVICE */
	const char *unicast_if; /* IP_UNICAST_IF */
	const char *pktinfo;	/* IP_PKTINFO */
	const char *source, *source6;
} ways[] = {
	[BOUND] = { .device = "up0" },
	[UNICAST_IF] = { .unicast_if = "up0" },
	[PKTINFO] = { .pktinfo = "up0" },
	[SOURCE] = { UPLINKS },
	[TUNNELS] = { .device = "up0", .source = "10.98.0.1", .source6 = "2001:db8:98::1" },
	[HAD_TUNNEL] = { .source = "10.98.0.1", .source6 = "2001:db8:98::1" },
	[HINT_LO] = { .unicast_if = "lo", UPLINKS },
	[HINT_TUNNEL] = { .unicast_if = "tun0", UPLINKS },
	[PKTINFO_LO] = { .pktinfo = "lo", UPLINKS },
	[PKTINFO_TUNNEL] = { .pktinfo = "tun0", UPLINKS },
};

struct
try {
	const char *to;
	uint16_t sport, dport;
	enum how how;
	int by; /* where it leaves: 0 nowhere, 1 the uplink, 2 the tunnel */
};

static int put_socket(const struct way *way, bool six)
{
	int s = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const uint32_t wide = way->unicast_if ? htonl(if_nametoindex(way->unicast_if)) : 0;
	const int yes = 1;

	assert_int_equal(setsockopt(s, SOL_SOCKET, SO_BROADCAST, &yes, sizeof(yes)), 0);
	if (way->device)
		assert_int_equal(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, way->device,
					    (socklen_t)strlen(way->device) + 1),
				 0);
	if (way->unicast_if)
		assert_int_equal(setsockopt(s, six ? IPPROTO_IPV6 : IPPROTO_IP,
					    six ? IPV6_UNICAST_IF : IP_UNICAST_IF, &wide,
					    sizeof(wide)),
				 0);
	return s;
}

static void bind_source(int s, const struct try *t, bool six)
{
	const struct way *way = &ways[t->how];
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(t->sport) };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(t->sport) };

	if (way->source) {
		inet_pton(AF_INET6, way->source6, &in6.sin6_addr);
		inet_pton(AF_INET, way->source, &in.sin_addr);
	}
	assert_int_equal(bind(s, six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
			      six ? sizeof(in6) : sizeof(in)),
			 0);
}

static void put_pktinfo(struct msghdr *msg, bool six, const char *link)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	const struct in6_pktinfo info6 = { .ipi6_ifindex = if_nametoindex(link) };
	const struct in_pktinfo info = { .ipi_ifindex = (int)if_nametoindex(link) };

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
	const struct way *way = &ways[t->how];
	bool six = strchr(t->to, ':') != NULL;
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
		to6.sin6_scope_id = if_nametoindex("up0");
	if (way->pktinfo) {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		put_pktinfo(&msg, six, way->pktinfo);
	}
	int s = put_socket(way, six);
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
	{ "ff0e::5", 0, 9, BOUND, 0 },		{ GATEWAY, 0, 53, BOUND, 0 },
	{ GATEWAY, 0, 53, HINT_LO, 0 },		{ GATEWAY, 0, 53, PKTINFO_LO, 0 },
	{ GATEWAY6, 0, 53, BOUND, 0 },		{ GATEWAY6, 0, 53, UNICAST_IF, 0 },
	{ GATEWAY6, 0, 53, PKTINFO, 0 },	{ GATEWAY6, 0, 53, SOURCE, 0 },
	{ GATEWAY6, 0, 53, HINT_LO, 0 },	{ GATEWAY6, 0, 53, PKTINFO_LO, 0 },
	{ "2001:db8:1::1", 0, 53, HINT_LO, 0 }, { "2001:db8:1::1", 0, 53, PKTINFO_LO, 0 },
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

/* A rule shows packet filters the way to the gateway; of programs only the tunnel's own sockets find it. */
static void test_gateway(void **state)
{
	static const struct try tries[] = {
		{ GATEWAY, 0, 53, HINT_TUNNEL, 2 },
		{ GATEWAY, 0, 53, PKTINFO_TUNNEL, 2 },
		{ GATEWAY6, 0, 53, HINT_TUNNEL, 0 },
		{ GATEWAY6, 0, 53, PKTINFO_TUNNEL, 0 },
	};
	static const char *const pairs[][2] = { { "10.99.0.1", GATEWAY },
						{ "2001:db8:99::1", GATEWAY6 } };
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	for (size_t i = 0; i < 2; i++) {
		struct endpoint local, gateway;
		assert_int_equal(endpoint_parse(pairs[i][0], 0, &local), 0);
		assert_int_equal(endpoint_parse(pairs[i][1], 0, &gateway), 0);
		assert_int_equal(net_show_gateway(&n, "up0", &local, &gateway, u, NULL), 0);
		ASSERT_TRIES("shown", tries);
		ASSERT_TRIES("shown", never);
	}
	(void)undo_close(u);
}

static unsigned int restored(struct undo *u)
{
	unsigned int n;

	assert_int_equal(net_restore(u, false, &n), 0);
	return n;
}

/* What the kernel has no room for is said, and has its turn later; what the interface lacks isn't asked for again. */
static void test_restore_fails(void **state)
{
	struct sys_network n = full_tunnel();
	struct rlimit before, none;
	unsigned int count;

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	run("ip rule del priority 29901 iif lo ipproto udp sport 68 dport 67");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 3, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int r = net_restore(u, false, &count);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EMFILE);
	assert_int_equal(count, 0);
	assert_int_equal(restored(u), 1);
	run("ip link set tun0 down");
	assert_int_equal(restored(u), 0);
	run("ip link set tun0 up");
	assert_int_equal(restored(u), 1);
	/* What went with its link nobody else has removed. */
	run("ip link set tun0 down");
	run("ip link set tun0 up");
	assert_int_equal(net_restore(u, true, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(restored(u), 0);
	(void)undo_close(u);
	add_address6("2001:db8:98::1", 128, "tun0");
}

/* What the rules have kept is kept by the policies when the rules are gone, until they are put back. */
static void test_rules_removed(void **state)
{
	static const struct try kept[] = {
		{ "203.0.113.1", 0, 53, FREE, 0 },
		{ "203.0.113.1", 0, 53, SOURCE, 0 },
		{ "2001:db8:1::1", 0, 53, FREE, 0 },
		{ "2001:db8:1::1", 0, 53, SOURCE, 0 },
		{ "203.0.113.1", 0, 53, HAD_TUNNEL, 0 },
		{ "203.0.113.1", 0, 53, HINT_TUNNEL, 2 }, /* as named */
	};
	static const struct try rules_alone[] = {
		{ "2001:db8:1::1", 0, 53, HAD_TUNNEL, 0 },
		{ "2001:db8:1::1", 0, 53, HINT_TUNNEL, 0 },
	};
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	ASSERT_TRIES("with rules", rules_alone);
	run("(ip rule list; ip -6 rule list) >$DIR/before");
	run("ip rule flush; ip rule add priority 32766 lookup main");
	run("ip -6 rule flush; ip -6 rule add priority 32766 lookup main");
	ASSERT_TRIES("without rules", kept);
	ASSERT_TRIES("without rules", never);
	assert_true(restored(u) > 6);
	ASSERT_TRIES("with rules again", rules_alone);
	assert_int_equal(restored(u), 0);
	/* In the same order, one of them alone as well. */
	run("ip rule del priority 29901 iif lo ipproto udp sport 68 dport 67");
	assert_int_equal(restored(u), 1);
	run("ip rule add priority 32767 lookup default");
	run("(ip rule list; ip -6 rule list) | diff - $DIR/before");
	run("rm $DIR/before");
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
	assert_true(restored(u) > 10);
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
	undo_run_kinds(u, UNDO_KINDS(&net_route_kind, &xfrm_gate_kind, &xfrm_guard_kind));
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
	/* The kernel may leave it to a thread of its own to take it in. */
	struct pollfd waiting = { .fd = s, .events = POLLIN };
	bool reached = sendto(s, "x", 1, 0, to, len) == 1 && poll(&waiting, 1, 10000) == 1 &&
		       recv(s, &c, 1, 0) == 1;
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
	add_address6("2001:db8:97::1", 64, "up0");
	ASSERT_TRIES("another address", late);
	assert_int_equal(net_wall(&n, u, NULL), 0);
	assert_true(reaches_itself("2001:db8:97::1"));
	run("ip xfrm policy | grep -q 2001:db8:97::1/128");
	run("ip -6 address del 2001:db8:97::1/64 dev up0");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("! ip xfrm policy | grep 2001:db8:97::1");
	add_address6("fe80::1", 64, "up0");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("ip xfrm policy | grep -q 'fe80::1/128 dev up0'");
	run("ip -6 address del fe80::1/64 dev up0");
	assert_int_equal(net_wall(&n, u, NULL), 0);
	run("test \"$(ip xfrm policy | grep -c fe80::1/128)\" -eq 1");
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
	add_address6("fd00:99::1", 64, "up0");
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	ASSERT_TRIES("local", tries);
	(void)undo_close(u);
	run("ip -6 address del fd00:99::1/64 dev up0");
}

/* What can't be closed isn't said to be. */
static void test_cannot_close(void **state)
{
	struct sys_network n = full_tunnel();
	struct rlimit before, none;
	sd_event *event = NULL;
	char command[2 * sizeof(dir) + 32];

	(void)state;
	struct undo *u = open_undo();
	assert_true(sd_event_new(&event) >= 0);
	struct system *sys = system_linux_new(event, u);
	assert_non_null(sys);
	assert_int_equal(sys->ops->guard_network(sys, &n, NULL), 0); /* the claims */
	n.kill_switch = true;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ 3, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int r = sys->ops->guard_network(sys, &n, NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(r < 0);
	assert_false(undo_is_closed(u));
	assert_int_equal(sys->ops->guard_network(sys, &n, NULL), 0);
	assert_true(undo_is_closed(u));
	sys->ops->undo_network(sys, true);
	sys->ops->free(sys);
	sd_event_unref(event);
	(void)undo_close(u);
	(void)snprintf(command, sizeof(command), "rm %s/.table-* %s/.default*", dir, dir);
	run(command);
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
		cmocka_unit_test(test_gateway),
		cmocka_unit_test(test_restore_fails),
		cmocka_unit_test(test_rules_removed),
		cmocka_unit_test(test_policies_removed),
		cmocka_unit_test(test_without_interface),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_local_network),
		cmocka_unit_test(test_cannot_close),
	};
	struct netlink nl = NETLINK_CLOSED;

	(void)snprintf(dir, sizeof(dir), "%s", "/tmp/test-walls.XXXXXX");
	/* For the shells, too. */
	if (!mkdtemp(dir) || setenv("DIR", dir, 1) < 0)
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
	add_address6("2001:db8:99::1", 64, "up0");
	add_address6("2001:db8:98::1", 128, "tun0");
	/* A link-local address of ours is somebody else's on another link. */
	run("ip tuntap add other0 mode tun && ip link set other0 up");
	add_address6("fe80::1", 64, "other0");
	run("ip route add default dev up0 && ip -6 route add default dev up0");
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(dir) < 0 ? 1 : r; /* something left behind is a failure, too */
}
