/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture, by libpcap: on all interfaces at once ("any"), since the way to the gateway may
 * change, with a filter of the kernel's that lets through only what is between this machine and the
 * gateway, and routers' complaints about it.
 */
#include "client/run/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcap/pcap.h>

#define SNAPLEN	      2048 /* above every packet on an ordinary network */
#define KERNEL_OCTETS (2 << 20)
#define AT_ONCE	      64 /* packets in one turn of the event loop */
#define FILTER_MAX    512
#define RECORD_HEADER 16 /* of a packet in the file */

struct capture {
	FILE *file; /* the dumper's, once there is one */
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	sd_event_source *source;
	struct endpoint gateway;
	size_t octets;
	bool full;
};

int capture_open(const char *path, struct capture **ret, struct failure *ret_failure)
{
	struct capture *c = calloc(1, sizeof(*c));
	int fd = c ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
	int error = errno;

	if (fd >= 0)
		c->file = fdopen(fd, "w");
	if (c && c->file) {
		*ret = c;
		return 0;
	}
	if (fd >= 0)
		(void)close(fd);
	free(c);
	if (!c || fd >= 0)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "capture");
	return failure_set(ret_failure, CAUSE_USAGE, error, "capture %s: %s", path,
			   error == EEXIST ? "it is there already, and is not written over"
					   : strerror(error));
}

static void on_packet(u_char *userdata, const struct pcap_pkthdr *header, const u_char *data)
{
	struct capture *c = (struct capture *)userdata;

	if (c->full || c->octets + header->caplen > CAPTURE_OCTETS_MAX) {
		c->full = true;
		return;
	}
	pcap_dump((u_char *)c->dumper, header, data);
	c->octets += header->caplen + RECORD_HEADER;
	/* What came so far is to be read even when this process is killed. */
	if (pcap_dump_flush(c->dumper) < 0)
		c->full = true;
}

/* At most MOST packets, or all that are there (-1). Return: whether there may be more some time. */
static bool take(struct capture *c, int most)
{
	return !c->full && pcap_dispatch(c->pcap, most, on_packet, (u_char *)c) >= 0 && !c->full;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct capture *c = userdata;

	(void)fd;
	(void)revents;
	if (take(c, AT_ONCE))
		return 0;
	return sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

/* The octets of an address as the filter's words, each compared with what stands at OFFSET. */
static void same_octets(const char *layer, unsigned int offset, const struct endpoint *e, char *ret,
			size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i + 4 <= endpoint_addr_len(e) && used < size; i += 4) {
		const uint8_t *p = e->addr + i;
		int n = snprintf(ret + used, size - used, " and %s[%zu:4] == 0x%02x%02x%02x%02x",
				 layer, offset + i, p[0], p[1], p[2], p[3]);
		if (n < 0)
			return;
		used += (size_t)n;
	}
}

/*
 * Unreachable and time exceeded come from any router; they quote the packet that they are about,
 * whose destination stands 16 octets into its header in IPv4, 24 in IPv6.
 */
static void filter_text(const struct endpoint *gateway, char *ret, size_t size)
{
	char address[ENDPOINT_STRLEN], quoted[FILTER_MAX / 2] = "";
	bool six = gateway->family == AF_INET6;

	endpoint_addr_str(gateway, address);
	same_octets(six ? "ip6" : "icmp", six ? 40 + 8 + 24 : 8 + 16, gateway, quoted,
		    sizeof(quoted));
	(void)snprintf(ret, size,
		       "(host %s and (udp port 500 or udp port 4500 or proto 50)) or (%s%s)",
		       address,
		       six ? "icmp6 and ip6[40] >= 1 and ip6[40] <= 4"
			   : "icmp and (icmp[icmptype] == 3 or icmp[icmptype] == 11)",
		       quoted);
}

static int set_filter(struct capture *c, const struct endpoint *gateway)
{
	struct bpf_program program;
	char text[FILTER_MAX];

	filter_text(gateway, text, sizeof(text));
	if (pcap_compile(c->pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return -EINVAL;
	int r = pcap_setfilter(c->pcap, &program);
	pcap_freecode(&program);
	return r < 0 ? -EINVAL : 0;
}

static int activate(struct capture *c, struct failure *f)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	c->pcap = pcap_create("any", error);
	if (!c->pcap)
		return failure_set(f, CAUSE_SOCKET, EIO, "capture: %s", error);
	int r = pcap_set_snaplen(c->pcap, SNAPLEN);
	if (r >= 0)
		r = pcap_set_immediate_mode(c->pcap, 1);
	if (r >= 0)
		r = pcap_set_buffer_size(c->pcap, KERNEL_OCTETS);
	if (r >= 0)
		r = pcap_activate(c->pcap);
	if (r == PCAP_ERROR_PERM_DENIED)
		return failure_set(f, CAUSE_PRIVILEGE, EPERM, "capturing needs CAP_NET_RAW");
	if (r < 0)
		return failure_set(f, CAUSE_SOCKET, EIO, "capture: %s", pcap_geterr(c->pcap));
	if (pcap_setnonblock(c->pcap, 1, error) < 0)
		return failure_set(f, CAUSE_SOCKET, EIO, "capture: %s", error);
	return 0;
}

int capture_start(struct capture *c, sd_event *event, const struct endpoint *gateway,
		  struct failure *ret_failure)
{
	if (c->pcap && endpoint_same_addr(&c->gateway, gateway))
		return 0;
	int r = c->pcap ? 0 : activate(c, ret_failure);
	if (r < 0)
		return r;
	r = set_filter(c, gateway);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, r, "capture: %s",
				   pcap_geterr(c->pcap));
	c->gateway = *gateway;
	if (c->dumper)
		return 0;
	c->dumper = pcap_dump_fopen(c->pcap, c->file);
	if (!c->dumper)
		return failure_set(ret_failure, CAUSE_SOCKET, EIO, "capture: %s",
				   pcap_geterr(c->pcap));
	c->file = NULL; /* consumed */
	r = sd_event_add_io(event, &c->source, pcap_get_selectable_fd(c->pcap), EPOLLIN,
			    on_readable, c);
	return r < 0 ? failure_set(ret_failure, CAUSE_SOCKET, r, "capture: %s", strerror(-r)) : 0;
}

bool capture_is_full(const struct capture *c)
{
	return c->full;
}

struct capture *capture_close(struct capture *c)
{
	if (!c)
		return NULL;
	if (c->dumper)
		(void)take(c, -1);
	sd_event_source_disable_unref(c->source);
	if (c->dumper)
		pcap_dump_close(c->dumper);
	if (c->pcap)
		pcap_close(c->pcap);
	if (c->file)
		(void)fclose(c->file);
	free(c);
	return NULL;
}
