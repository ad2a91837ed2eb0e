/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edges on a real kernel, in a network namespace of this test's own: two TUN devices stand for the
 * uplink and the tunnel, so that every packet that leaves can be read, and any packet be sent in.
 * Needs root, TUN and XFRM; says what is missing otherwise. ESP and PPP are the lab's business.
 */
#include <arpa/inet.h>
#include <errno.h>
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
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/dataplane-kernel.h"
#include "client/kernel/udp.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm-policy.h"
#include "client/network/net-claim.h"
#include "client/network/net-request.h"
#include "client/network/net.h"
#include "client/run/run-kinds.h"

#define MARK  0x7473
#define TABLE (SYS_TABLE + 900)

static char dir[64];
static int uplink = -1, tunnel = -1;
static const struct endpoint local = { AF_INET, { 10, 99, 0, 1 }, 0 };
static const struct endpoint gateway = { AF_INET, { 198, 51, 100, 2 }, 1701 };

static int make_tun(const char *name, const char *address)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr.ifr_name, name);
	if (fd < 0 || s < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0)
		return -1;
	in->sin_family = AF_INET;
	if (inet_pton(AF_INET, address, &in->sin_addr) != 1 || ioctl(s, SIOCSIFADDR, &ifr) < 0 ||
	    inet_pton(AF_INET, "255.255.255.0", &in->sin_addr) != 1 ||
	    ioctl(s, SIOCSIFNETMASK, &ifr) < 0)
		return -1;
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(s, SIOCSIFFLAGS, &ifr) < 0)
		return -1;
	(void)close(s);
	return fd;
}

static struct undo *open_undo(void)
{
	struct undo *u = NULL;

	assert_int_equal(undo_open_at(dir, "test", run_kinds, NULL, &u, NULL), 0);
	return u;
}

/* Which interface a packet to ADDRESS would leave by. */
static void assert_way(const char *address, uint32_t mark, const char *ifname)
{
	struct udp_path path;
	struct endpoint to;
	struct failure f = {};

	assert_int_equal(endpoint_parse(address, 500, &to), 0);
	assert_int_equal(udp_find_path(&to, mark, &path, &f), 0);
	assert_string_equal(path.ifname, ifname);
}

static void assert_no_way(const char *address)
{
	struct udp_path path;
	struct endpoint to;
	struct failure f = {};

	assert_int_equal(endpoint_parse(address, 500, &to), 0);
	assert_true(udp_find_path(&to, 0, &path, &f) < 0);
	assert_int_equal(f.cause, CAUSE_NO_ROUTE);
}

/* The uplink's default route, as the machine would have it, or an attacker: in two halves, too. */
static void uplink_route(bool add, bool halves)
{
	const char *words = add ? "add" : "del";
	char command[256];

	(void)snprintf(command, sizeof(command),
		       halves ? "ip route %s 0.0.0.0/1 dev up0; ip route %s 128.0.0.0/1 dev up0"
			      : "ip route %s default dev up0",
		       words, words);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

static struct sys_network full_tunnel(void)
{
	return (struct sys_network){
		.ipv4 = true,
		.ifname = "tun0",
		.gateway = gateway,
		.default_route = true,
		.mark = MARK,
		.table = TABLE,
		.uplink = "up0",
	};
}

static void test_split_routes(void **state)
{
	struct sys_network n = full_tunnel();

	(void)state;
	struct undo *u = open_undo();
	n.default_route = false;
	assert_int_equal(endpoint_parse("192.168.100.0", 0, &n.routes[0].dest), 0);
	n.routes[0].prefix_len = 24;
	assert_int_equal(endpoint_parse("198.51.100.0", 0, &n.routes[1].dest),
			 0); /* the gateway's */
	n.routes[1].prefix_len = 24;
	n.n_routes = 2;
	uplink_route(true, false);
	assert_way("192.168.100.7", 0, "up0");
	assert_int_equal(net_apply(&n, u, NULL), 0);
	assert_way("192.168.100.7", 0, "tun0");
	assert_way("198.51.100.2", 0, "tun0");
	assert_way("198.51.100.2", MARK, "up0");
	assert_way("203.0.113.1", 0, "up0");
	/* Once more is nothing new. */
	assert_int_equal(net_apply(&n, u, NULL), 0);
	/* Without the interface's routes there is no way, instead of another one. */
	undo_run_kinds(u, UNDO_KINDS(&net_route_kind));
	assert_no_way("192.168.100.7");
	assert_no_way("198.51.100.2");
	assert_way("198.51.100.2", MARK, "up0");
	assert_way("203.0.113.1", 0, "up0");
	assert_int_equal(net_apply(&n, u, NULL), 0);
	assert_way("192.168.100.7", 0, "tun0");
	(void)undo_close(u);
	assert_way("192.168.100.7", 0, "up0");
	uplink_route(false, false);
}

/* What the local network gives doesn't count: its link, halves of the internet, single addresses. */
static void test_full_tunnel(void **state)
{
	struct sys_network n = full_tunnel();
	struct failure f = {};

	(void)state;
	struct undo *u = open_undo();
	uplink_route(true, true);
	assert_int_equal(system("ip route add 203.0.113.1/32 dev up0"), 0); // NOLINT(cert-env33-c)
	assert_way("203.0.113.1", 0, "up0");
	assert_int_equal(net_apply(&n, u, &f), 0);
	assert_way("203.0.113.1", 0, "tun0");
	assert_way("10.99.0.7", 0, "tun0");
	assert_way("198.51.100.2", 0, "tun0");
	assert_way("198.51.100.2", MARK, "up0");
	undo_run_kinds(u, UNDO_KINDS(&net_route_kind));
	assert_no_way("203.0.113.1");
	assert_no_way("10.99.0.7");
	assert_way("198.51.100.2", MARK, "up0");
	(void)undo_close(u);
	assert_way("203.0.113.1", 0, "up0");
	/* By choice the machine's own private networks do count. */
	u = open_undo();
	n.local_network = true;
	assert_int_equal(net_apply(&n, u, &f), 0);
	assert_way("10.99.0.7", 0, "up0");
	assert_way("203.0.113.1", 0, "tun0");
	(void)undo_close(u);
	assert_int_equal(system("ip route del 203.0.113.1/32 dev up0"), 0); // NOLINT(cert-env33-c)
	uplink_route(false, true);
	assert_no_way("203.0.113.1");
}

/* The kill switch: closed before there is an interface, and after everything else is taken back. */
static void test_closed(void **state)
{
	const struct undo_entry closed = { &net_closed_kind, NULL };
	struct sys_network n = full_tunnel();

	(void)state;
	uplink_route(true, false);
	struct undo *u = open_undo();
	n.kill_switch = true;
	assert_int_equal(undo_add(u, &closed), 0);
	assert_int_equal(net_guard(&n, u, NULL), 0);
	assert_no_way("203.0.113.1");
	assert_way("203.0.113.1", MARK, "up0");
	(void)undo_close(u);
	assert_no_way("203.0.113.1");
	/* The next one takes it over. */
	u = open_undo();
	assert_true(undo_is_closed(u));
	assert_int_equal(net_apply(&n, u, NULL), 0);
	assert_way("203.0.113.1", 0, "tun0");
	undo_unlock(u);
	(void)undo_close(u);
	assert_way("203.0.113.1", 0, "up0");
	uplink_route(false, false);
}

/* What somebody else has put there stays, and is an error for us. */
static void test_route_exists(void **state)
{
	struct sys_network n = full_tunnel();
	struct failure f = {};

	(void)state;
	struct undo *first = NULL;
	assert_int_equal(undo_open_at(dir, "machine", run_kinds, NULL, &first, NULL), 0);
	struct undo *second = open_undo();
	assert_int_equal(net_apply(&n, first, NULL), 0);
	assert_int_equal(net_apply(&n, second, &f), -EEXIST);
	assert_int_equal(f.cause, CAUSE_NETWORK_SETUP);
	(void)undo_close(second);
	assert_way("203.0.113.1", 0, "tun0");
	(void)undo_close(first);
	assert_no_way("203.0.113.1");
}

static struct xfrm_policy policy(uint32_t reqid)
{
	struct xfrm_policy p = { .out = true, .src = local, .dst = gateway, .reqid = reqid };

	p.src.port = 40000;
	return p;
}

static void test_policies(void **state)
{
	struct netlink nl = NETLINK_CLOSED;
	struct xfrm_policy ours = policy(7), theirs = policy(8);
	struct failure f = {};

	(void)state;
	assert_int_equal(xfrm_open(&nl, NULL), 0);
	assert_int_equal(xfrm_add_policy(&nl, &ours, NULL), 0);
	assert_int_equal(xfrm_add_policy(&nl, &theirs, &f), -EEXIST);
	assert_int_equal(f.cause, CAUSE_KERNEL_XFRM);
	assert_int_equal(xfrm_del_policy(&nl, &theirs), -ENOENT); /* it is not that one */
	assert_int_equal(xfrm_del_policy(&nl, &ours), 0);
	assert_int_equal(xfrm_del_policy(&nl, &ours), -ENOENT);
	netlink_close(&nl);
}

static void test_sockets(void **state)
{
	struct udp_request request = { .local = { AF_INET, { 127, 0, 0, 1 }, 45500 },
				       .mark = MARK,
				       .bypass = true,
				       .esp_in_udp = true };
	struct endpoint to = request.local, at = {};
	uint16_t first, second;
	int a, b;

	(void)state;
	assert_int_equal(udp_open(&request, &a, &first, NULL), 0);
	assert_int_equal(first, 45500);
	assert_int_equal(udp_open(&request, &b, &second, NULL), 0);
	assert_int_not_equal(second, 45500); /* taken is no error */

	/* A closed port is known at once, and which. */
	(void)close(b);
	request.esp_in_udp = false;
	assert_int_equal(udp_open(&request, &b, &second, NULL), 0);
	to.port = 45501;
	assert_int_equal(udp_read_error(b, &at), 0);
	assert_int_equal(udp_send(b, &to, (const uint8_t *)"x", 1), 0);
	struct pollfd p = { .fd = b };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_true(p.revents & POLLERR);
	assert_int_equal(udp_read_error(b, &at), ECONNREFUSED);
	assert_true(endpoint_equal(&at, &to));
	assert_int_equal(udp_read_error(b, &at), 0);
	(void)close(a);
	(void)close(b);
}

static unsigned int heard;

static void on_l2tp(void *userdata, const struct endpoint *from, const uint8_t *data, size_t len)
{
	(void)userdata;
	(void)from;
	(void)data;
	(void)len;
	heard++;
}

static void on_l2tp_error(void *userdata, int error)
{
	(void)userdata;
	(void)error;
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* L2TP in clear from the gateway, as an attacker on the way would write it. */
static void send_clear(uint16_t port)
{
	uint8_t p[20 + 8 + 12] = { 0x45, 0, 0, sizeof(p), 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0 };

	memcpy(p + 12, gateway.addr, 4);
	memcpy(p + 16, local.addr, 4);
	uint16_t sum = checksum(p, 20);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	p[20] = 1701 >> 8;
	p[21] = 1701 & 0xff;
	p[22] = (uint8_t)(port >> 8);
	p[23] = (uint8_t)port;
	p[25] = 8 + 12;
	p[28] = 0xc8;
	p[29] = 0x02;
	p[31] = 12;
	assert_int_equal(write(uplink, p, sizeof(p)), sizeof(p));
}

/* How many UDP packets of port 1701 have left by the uplink. */
static unsigned int clear_packets(void)
{
	uint8_t p[2048];
	unsigned int n = 0;
	ssize_t len;

	while ((len = read(uplink, p, sizeof(p))) > 0)
		if (len >= 28 && p[0] == 0x45 && p[9] == IPPROTO_UDP && p[22] == 1701 >> 8 &&
		    p[23] == (1701 & 0xff))
			n++;
	return n;
}

static void run_loop(sd_event *event)
{
	for (int i = 0; i < 50; i++)
		(void)sd_event_run(event, 1000);
}

/* Without an SA nothing leaves and nothing is accepted; afterwards nothing is left behind. */
static void test_never_in_clear(void **state)
{
	static const uint8_t sccrq[64] = { 0xc8, 0x02, 0, sizeof(sccrq) };
	struct dp_config config = { .local = local, .remote = gateway, .mark = MARK };
	struct netlink nl = NETLINK_CLOSED;
	struct failure f = {};
	sd_event *event = NULL;
	uint16_t port = 0;

	(void)state;
	uplink_route(true, false);
	struct undo *u = open_undo();
	assert_true(sd_event_new(&event) >= 0);
	struct dataplane *dp = dataplane_kernel_new(event, u);
	assert_non_null(dp);
	dp->listener = (struct dp_listener){ .on_l2tp = on_l2tp, .on_l2tp_error = on_l2tp_error };
	assert_int_equal(dp->ops->open(dp, &config, &port, &f), 0);
	assert_int_not_equal(port, 0);

	(void)clear_packets();
	for (int i = 0; i < 5; i++)
		(void)dp->ops->send_l2tp(dp, sccrq, sizeof(sccrq));
	send_clear(port);
	run_loop(event);
	assert_int_equal(clear_packets(), 0);
	assert_int_equal(heard, 0);

	dp = dp->ops->free(dp);
	assert_int_equal(xfrm_open(&nl, NULL), 0);
	struct xfrm_policy mine = { .out = true, .src = local, .dst = gateway, .reqid = 1 };
	mine.src.port = port;
	assert_int_equal(xfrm_add_policy(&nl, &mine, NULL), 0); /* the place is free again */
	assert_int_equal(xfrm_del_policy(&nl, &mine), 0);
	netlink_close(&nl);
	sd_event_unref(event);
	(void)undo_close(u);
	uplink_route(false, false);
}

/* The test above would see a packet in clear if there were one. */
static void test_that_clear_is_seen(void **state)
{
	struct udp_request request = { .local = local };
	uint8_t buf[64];
	struct endpoint from;
	uint16_t port;
	size_t len;
	int fd;

	(void)state;
	uplink_route(true, false);
	assert_int_equal(udp_open(&request, &fd, &port, NULL), 0);
	(void)clear_packets();
	assert_int_equal(udp_send(fd, &gateway, (const uint8_t *)"x", 1), 0);
	assert_int_equal(clear_packets(), 1);
	send_clear(port);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(udp_receive(fd, &from, buf, sizeof(buf), &len), 0);
	assert_true(endpoint_equal(&from, &gateway));
	(void)close(fd);
	uplink_route(false, false);
}

/* A packet to the tunnel's address by the uplink, or by the tunnel. */
static void send_to_tunnel(int fd, uint16_t port)
{
	uint8_t p[20 + 8 + 4] = { 0x45, 0, 0, sizeof(p), 0, 0, 0, 0, 64, IPPROTO_UDP, 0, 0 };

	memcpy(p + 12, gateway.addr, 4);
	memcpy(p + 16, (const uint8_t[]){ 10, 98, 0, 1 }, 4);
	uint16_t sum = checksum(p, 20);
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
	p[22] = (uint8_t)(port >> 8);
	p[23] = (uint8_t)port;
	p[25] = 8 + 4;
	assert_int_equal(write(fd, p, sizeof(p)), sizeof(p));
}

static bool arrives(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char buf[64];

	return poll(&p, 1, 100) == 1 && read(fd, buf, sizeof(buf)) > 0;
}

/* The tunnel's address is reached from the machine itself, and through IPsec, which only the lab has. */
static void test_guards(void **state)
{
	struct udp_request request = { .local = { AF_INET, { 10, 98, 0, 1 }, 0 } };
	struct sys_network n = full_tunnel();
	struct endpoint own = request.local;
	uint16_t port, other;
	int fd, from;

	(void)state;
	uplink_route(true, false);
	assert_int_equal(udp_open(&request, &fd, &port, NULL), 0);
	assert_int_equal(udp_open(&request, &from, &other, NULL), 0);
	own.port = port;
	send_to_tunnel(uplink, port);
	assert_true(arrives(fd));
	struct undo *u = open_undo();
	assert_int_equal(net_apply(&n, u, NULL), 0);
	send_to_tunnel(uplink, port);
	assert_false(arrives(fd));
	assert_int_equal(udp_send(from, &own, (const uint8_t *)"x", 1), 0);
	assert_true(arrives(fd));
	(void)undo_close(u);
	send_to_tunnel(uplink, port);
	assert_true(arrives(fd));
	(void)close(fd);
	(void)close(from);
	uplink_route(false, false);
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
		cmocka_unit_test(test_split_routes),   cmocka_unit_test(test_full_tunnel),
		cmocka_unit_test(test_closed),	       cmocka_unit_test(test_guards),
		cmocka_unit_test(test_route_exists),   cmocka_unit_test(test_policies),
		cmocka_unit_test(test_sockets),	       cmocka_unit_test(test_that_clear_is_seen),
		cmocka_unit_test(test_never_in_clear),
	};
	struct netlink nl = NETLINK_CLOSED;
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	strcpy(dir, "/tmp/test-kernel.XXXXXX");
	if (!mkdtemp(dir))
		return 77;
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0)
		return skip_all("no network namespace of our own without root");
	uplink = make_tun("up0", "10.99.0.1");
	tunnel = make_tun("tun0", "10.98.0.1");
	if (uplink < 0 || tunnel < 0)
		return skip_all("no TUN devices");
	if (xfrm_open(&nl, NULL) < 0)
		return skip_all("no XFRM in this kernel");
	netlink_close(&nl);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	(void)ioctl(s, SIOCSIFFLAGS, &lo);
	(void)close(s);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	return rmdir(dir) < 0 ? 1 : r; /* something left behind is a failure, too */
}
