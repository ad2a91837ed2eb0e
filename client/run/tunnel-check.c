/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/run/tunnel-check.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/connection/request.h"
#include "lib/builder.h"
#include "lib/cursor.h"

#define ROUND_USEC    UINT64_C(500000)
#define ROUNDS_FULL   4 /* full and small size */
#define ROUNDS_SEARCH 2 /* then full size and those between */
/* A Linux LNS that answers ARP for its clients takes up to 0.8 s, and as long again and a second when asked too early. */
#define ROUNDS_DNS    10
#define SIZE_SMALL    64
#define SIZE_MAX_SENT 1500
#define SERVERS_MAX   2
#define IP_HEADER     20
#define ICMP_REPLY    0
#define ICMP_REQUEST  8
#define DNS_PORT      53
#define DNS_RESPONSE  0x8000

/* Sizes of which the largest that passes is looked for: common links less common headers. */
static const uint16_t sizes[] = { 1400, 1380, 1360, 1340, 1320, 1300, 1280, 1240,
				  1200, 1100, 1000, 900,  800,	700,  576 };

struct tunnel_check {
	struct tunnel_findings findings;
	struct endpoint local, peer, servers[SERVERS_MAX];
	char ifname[DP_IFNAME_MAX];
	int echo, dns;
	uint16_t id;
	unsigned int round;
	bool answered[SERVERS_MAX];
	sd_event_source *echo_source, *dns_source, *timer;
	void (*on_done)(void *userdata, const struct tunnel_findings *findings);
	void *userdata;
};

/* RFC 1071. */
static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len % 2)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void send_to(int fd, const struct endpoint *to, const void *data, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = endpoint_to_sockaddr(to, &sa);

	/* What is lost is sent again, whatever lost it. */
	(void)sendto(fd, data, len, MSG_DONTWAIT, (struct sockaddr *)&sa, sa_len);
}

/* An echo request (RFC 792) that makes an IP packet of SIZE octets; its number is its size. */
static void send_echo(struct tunnel_check *t, uint16_t size)
{
	uint8_t data[SIZE_MAX_SENT];
	struct builder b = builder_init(data, (size_t)size - IP_HEADER);

	builder_u8(&b, ICMP_REQUEST);
	builder_u8(&b, 0);
	builder_u16(&b, 0);
	builder_u16(&b, t->id);
	builder_u16(&b, size);
	builder_zero(&b, (size_t)size - IP_HEADER - builder_len(&b));
	builder_patch16(&b, 2, checksum(data, builder_len(&b)));
	send_to(t->echo, &t->peer, data, builder_len(&b));
}

/* "localhost" (RFC 6761 6.3): any answer will do, and nobody else need be asked for it. */
static void send_question(struct tunnel_check *t, const struct endpoint *server)
{
	static const uint8_t name[] = { 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't', 0 };
	uint8_t data[64];
	struct builder b = builder_init(data, sizeof(data));

	builder_u16(&b, t->id);
	builder_u16(&b, 0x0100); /* recursion desired */
	builder_u16(&b, 1);
	builder_zero(&b, 6);
	builder_bytes(&b, name, sizeof(name));
	builder_u16(&b, 1); /* A */
	builder_u16(&b, 1); /* IN */
	send_to(t->dns, server, data, builder_len(&b));
}

/* One that answers shows that the way is there: another one need not be waited for as long. */
static bool dns_is_done(const struct tunnel_check *t)
{
	size_t answered = 0;

	for (size_t i = 0; i < t->findings.dns_asked; i++)
		answered += t->answered[i];
	return answered == t->findings.dns_asked ||
	       t->round >= (answered ? ROUNDS_FULL : ROUNDS_DNS);
}

static bool echo_is_done(const struct tunnel_check *t)
{
	unsigned int rounds = ROUNDS_FULL + (t->findings.echo.family ? ROUNDS_SEARCH : 0);

	return t->findings.passes >= t->findings.full || t->round >= rounds;
}

static void finish(struct tunnel_check *t)
{
	for (size_t i = 0; i < t->findings.dns_asked; i++) {
		if (t->answered[i] && !t->findings.dns.family)
			t->findings.dns = t->servers[i];
		if (!t->answered[i] && !t->findings.dns_silent.family)
			t->findings.dns_silent = t->servers[i];
	}
	(void)sd_event_source_set_enabled(t->echo_source, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(t->dns_source, SD_EVENT_OFF);
	(void)sd_event_source_set_enabled(t->timer, SD_EVENT_OFF);
	t->findings.done = true;
	t->on_done(t->userdata, &t->findings);
}

static void finish_when_done(struct tunnel_check *t)
{
	if (!t->findings.done && echo_is_done(t) && dns_is_done(t))
		finish(t);
}

/* What is not answered yet is sent, full and small size first, then what lies between. */
static void send_round(struct tunnel_check *t)
{
	for (size_t i = 0; i < t->findings.dns_asked; i++)
		if (!t->answered[i])
			send_question(t, &t->servers[i]);
	if (echo_is_done(t))
		return;
	/* The full size each time: on a lossy path it takes many to say that all of them vanish. */
	send_echo(t, t->findings.full);
	if (t->round < ROUNDS_FULL) {
		send_echo(t, SIZE_SMALL);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		if (sizes[i] < t->findings.full)
			send_echo(t, sizes[i]);
}

/* Counted from now, so that who was kept from running doesn't find all rounds past before he reads. */
static int on_round(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct tunnel_check *t = userdata;

	(void)usec;
	t->round++;
	finish_when_done(t);
	if (t->findings.done)
		return 0;
	send_round(t);
	int r = sd_event_source_set_time_relative(source, ROUND_USEC);
	return r < 0 ? r : sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* Return: the octets received from *ret_from, or a negative errno. */
static ssize_t receive(int fd, uint8_t *data, size_t size, struct endpoint *ret_from)
{
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	ssize_t n =
		recvfrom(fd, data, size, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&sa, &len);

	if (n < 0)
		return -errno;
	if (endpoint_from_sockaddr((struct sockaddr *)&sa, len, ret_from) < 0)
		return -EINVAL;
	return n < (ssize_t)size ? n : (ssize_t)size;
}

static void take_echo(struct tunnel_check *t, const uint8_t *data, size_t len)
{
	struct cursor c = cursor_init(data, len);
	size_t header = (size_t)(cursor_u8(&c) & 0x0f) * 4;

	c = cursor_init(data, len);
	(void)cursor_bytes(&c, header);
	uint8_t type = cursor_u8(&c);
	(void)cursor_bytes(&c, 3);
	uint16_t id = cursor_u16(&c), size = cursor_u16(&c);
	if (c.bad || header < IP_HEADER || type != ICMP_REPLY || id != t->id ||
	    size > t->findings.full)
		return;
	t->findings.echo = t->peer;
	if (size > t->findings.passes)
		t->findings.passes = size;
}

static int on_echo(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct tunnel_check *t = userdata;
	uint8_t data[SIZE_MAX_SENT + 64];
	struct endpoint from;

	(void)source;
	(void)events;
	ssize_t n = receive(fd, data, sizeof(data), &from);
	if (n > 0 && endpoint_same_addr(&from, &t->peer))
		take_echo(t, data, (size_t)n);
	finish_when_done(t);
	return 0;
}

static int on_dns(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct tunnel_check *t = userdata;
	uint8_t data[512];
	struct endpoint from;

	(void)source;
	(void)events;
	ssize_t n = receive(fd, data, sizeof(data), &from);
	struct cursor c = cursor_init(data, n > 0 ? (size_t)n : 0);
	uint16_t id = cursor_u16(&c), flags = cursor_u16(&c);
	if (c.bad || id != t->id || !(flags & DNS_RESPONSE))
		return 0;
	for (size_t i = 0; i < t->findings.dns_asked; i++)
		if (endpoint_equal(&from, &t->servers[i]))
			t->answered[i] = true;
	finish_when_done(t);
	return 0;
}

static int open_socket(const struct tunnel_check *t, int type, int protocol)
{
	struct sockaddr_storage sa;
	socklen_t len = endpoint_to_sockaddr(&t->local, &sa);
	const uint32_t mark = REQUEST_MARK; /* past the wall of another connection's full tunnel */
	int whole = IP_PMTUDISC_PROBE;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, t->ifname, (socklen_t)strlen(t->ifname)) ==
		    0 &&
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0 &&
	    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof(whole)) == 0 &&
	    bind(fd, (struct sockaddr *)&sa, len) == 0)
		return fd;
	int r = -errno;
	(void)close(fd);
	return r;
}

static int rp_filter(const char *name)
{
	char path[96], value = '0';
	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, &value, 1) != 1)
		value = '0';
	(void)close(fd);
	return value - '0';
}

/* Strict: the higher of both values counts (Documentation/networking/ip-sysctl.rst). */
static bool filters(const char *ifname)
{
	int all = rp_filter("all"), own = rp_filter(ifname);

	return (all > own ? all : own) == 1;
}

static int open_all(struct tunnel_check *t, sd_event *event)
{
	uint64_t now;

	if (getrandom(&t->id, sizeof(t->id), 0) != sizeof(t->id))
		return -EIO;
	t->echo = open_socket(t, SOCK_RAW, IPPROTO_ICMP);
	t->dns = open_socket(t, SOCK_DGRAM, 0);
	if (t->echo < 0 || t->dns < 0)
		return t->echo < 0 ? t->echo : t->dns;
	int r = sd_event_add_io(event, &t->echo_source, t->echo, EPOLLIN, on_echo, t);
	if (r >= 0)
		r = sd_event_add_io(event, &t->dns_source, t->dns, EPOLLIN, on_dns, t);
	if (r >= 0)
		r = sd_event_now(event, CLOCK_BOOTTIME, &now);
	if (r >= 0)
		r = sd_event_add_time(event, &t->timer, CLOCK_BOOTTIME, now + ROUND_USEC, 1,
				      on_round, t);
	return r;
}

int tunnel_check_start(sd_event *event, const struct connection_info *info,
		       void (*on_done)(void *userdata, const struct tunnel_findings *findings),
		       void *userdata, struct tunnel_check **ret)
{
	struct tunnel_check *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->echo = t->dns = -1;
	t->on_done = on_done;
	t->userdata = userdata;
	t->local = info->address;
	t->local.port = 0;
	t->peer = info->peer_address;
	t->peer.port = 0;
	memcpy(t->ifname, info->ifname, sizeof(t->ifname));
	t->findings.full = info->mtu < SIZE_MAX_SENT ? info->mtu : SIZE_MAX_SENT;
	t->findings.filtered = filters(info->ifname);
	for (size_t i = 0; i < ARRAY_SIZE(info->offered_dns); i++)
		if (info->offered_dns[i].family == AF_INET) {
			t->servers[t->findings.dns_asked] = info->offered_dns[i];
			t->servers[t->findings.dns_asked++].port = DNS_PORT;
		}
	int r = open_all(t, event);
	if (r < 0) {
		tunnel_check_free(t);
		return r;
	}
	send_round(t);
	*ret = t;
	return 0;
}

struct tunnel_check *tunnel_check_free(struct tunnel_check *t)
{
	if (!t)
		return NULL;
	sd_event_source_disable_unref(t->echo_source);
	sd_event_source_disable_unref(t->dns_source);
	sd_event_source_disable_unref(t->timer);
	if (t->echo >= 0)
		(void)close(t->echo);
	if (t->dns >= 0)
		(void)close(t->dns);
	free(t);
	return NULL;
}
