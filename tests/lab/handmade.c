/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of PPP over L2TP made by hand, without any L2TP: tunnel and session with given numbers in the kernel, and
 * pppd on it. What a client can reach at best is measured by it (bench-throughput).
 *
 *	handmade LOCAL REMOTE PORT ID PEER-ID ENCAP-PORT PPPD-ARGUMENT...
 *
 * ID and PEER-ID are the numbers of both tunnel and session. ENCAP-PORT: where ESP in UDP is taken; 0: nowhere.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>

#define ESP_IN_UDP \
	2 /* UDP_ENCAP_ESPINUDP of <linux/udp.h>, which doesn't go with <netinet/udp.h> */

_Noreturn static void die(const char *what)
{
	fprintf(stderr, "handmade: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static struct sockaddr_in address_of(const char *text, unsigned int port)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &sa.sin_addr) != 1)
		die(text);
	return sa;
}

static int udp_socket(const char *local, unsigned int port)
{
	struct sockaddr_in sa = address_of(local, port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die("UDP socket");
	return fd;
}

static void take_esp(const char *local, unsigned int port)
{
	int type = ESP_IN_UDP, fd = udp_socket(local, port);

	if (setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)) < 0)
		die("ESP in UDP");
}

/* Session 0 is the tunnel itself. */
static int pppox(struct sockaddr_pppol2tp sa, unsigned int session, unsigned int peer_session)
{
	int fd = socket(AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP);

	sa.pppol2tp.s_session = session;
	sa.pppol2tp.d_session = peer_session;
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		die("PPPoL2TP");
	return fd;
}

int main(int argc, char **argv)
{
	if (argc < 7)
		return 2;
	const char *local = argv[1], *remote = argv[2];
	unsigned int port = strtoul(argv[3], NULL, 10), id = strtoul(argv[4], NULL, 10),
		     peer_id = strtoul(argv[5], NULL, 10), encap = strtoul(argv[6], NULL, 10);
	struct sockaddr_in peer = address_of(remote, port);
	int channel, udp = udp_socket(local, port);

	if (encap)
		take_esp(local, encap);
	if (connect(udp, (struct sockaddr *)&peer, sizeof(peer)) < 0)
		die(remote);
	struct sockaddr_pppol2tp sa = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp = { .fd = udp, .addr = peer, .s_tunnel = id, .d_tunnel = peer_id },
	};
	(void)pppox(sa, 0, 0);
	int session = pppox(sa, id, peer_id);
	if (ioctl(session, PPPIOCGCHAN, &channel) < 0)
		die("channel");

	char number[16];
	const char *words[64] = { "pppd", "plugin", "pppol2tp.so", "pppol2tp", number };
	size_t n = 5;
	snprintf(number, sizeof(number), "%d", session);
	for (int i = 7; i < argc && n < 63; i++)
		words[n++] = argv[i];
	execvp("pppd", (char **)words);
	die("pppd");
}
