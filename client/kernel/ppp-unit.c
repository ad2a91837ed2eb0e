/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/kernel/ppp-unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <linux/ppp_defs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/link.h"
#include "client/kernel/module-ban.h"
#include "client/kernel/pppd/pppd-ifname.h"

#define FRAME_MAX 2048

/* RFC 7600: of an IPv4 that isn't there, as between one pppd and the next. */
#define DUMMY_ADDRESS "192.0.0.8"
#define DUMMY_LABEL   "tsunagu"

static int make_unit(int fd, int wanted, int *ret)
{
	int unit = wanted;

	int r = ioctl(fd, PPPIOCNEWUNIT, &unit);
	if (r < 0 && errno == EEXIST && wanted >= 0) {
		unit = -1;
		r = ioctl(fd, PPPIOCNEWUNIT, &unit);
	}
	if (r < 0)
		return -errno;
	*ret = unit;
	return 0;
}

static int rename_link(const char *from, const char *to)
{
	struct ifreq ifr = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	memcpy(ifr.ifr_name, from, strnlen(from, sizeof(ifr.ifr_name) - 1));
	memcpy(ifr.ifr_newname, to, strnlen(to, sizeof(ifr.ifr_newname) - 1));
	int r = ioctl(fd, SIOCSIFNAME, &ifr) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

static int name_unit(struct ppp_unit *unit, const char *ifname, struct failure *f)
{
	(void)snprintf(unit->ifname, sizeof(unit->ifname), "ppp%d", unit->number);
	if (!ifname[0] || pppd_ifname_unit(ifname) >= 0)
		return 0;
	int r = rename_link(unit->ifname, ifname);
	if (r < 0)
		return failure_set(f, CAUSE_NETWORK_SETUP, r, "an interface %s: %s", ifname,
				   strerror(-r));
	memcpy(unit->ifname, ifname, strlen(ifname) + 1);
	return 0;
}

/* Other programs' routes survive a change of the address. A kernel that refuses it has them go. */
static void anchor_routes(const struct ppp_unit *unit)
{
	struct endpoint dummy;

	if (endpoint_parse(DUMMY_ADDRESS, 0, &dummy) == 0)
		(void)!link_add_dummy_address(unit->ifname, &dummy, DUMMY_LABEL);
}

int ppp_unit_open(const char *ifname, struct ppp_unit *ret, struct failure *ret_failure)
{
	struct ppp_unit unit = { .fd = open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK) };

	int r = unit.fd < 0 ? -errno : make_unit(unit.fd, pppd_ifname_unit(ifname), &unit.number);
	if (r < 0)
		r = module_failure_set(ret_failure, CAUSE_KERNEL_PPP, r, "ppp_generic");
	else
		r = name_unit(&unit, ifname, ret_failure);
	if (r < 0) {
		ppp_unit_close(&unit);
		return r;
	}
	anchor_routes(&unit);
	*ret = unit;
	return 0;
}

/*
 * What the last pppd has set, and hasn't taken back where it was killed; a compressor goes when CCP is closed. A new
 * interface is down until PPP has agreed on the network, this one may be up: so nothing passes before pppd lets it pass.
 */
static void reset_ppp(const struct ppp_unit *unit)
{
	const int steps[] = { SC_CCP_OPEN, 0 };
	const struct npioctl np[] = { { PPP_IP, NPMODE_DROP }, { PPP_IPV6, NPMODE_DROP } };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		(void)ioctl(unit->fd, PPPIOCSFLAGS, &steps[i]);
	for (size_t i = 0; i < ARRAY_SIZE(np); i++)
		(void)ioctl(unit->fd, PPPIOCSNPMODE, &np[i]);
}

/* Addresses and routes of IPv6 go when it is switched off. Who has it off has it so. */
static void reset_ipv6(const struct ppp_unit *unit)
{
	static const char values[] = { '1', '0' };
	char path[64], now = '1';

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%.15s/disable_ipv6",
		       unit->ifname);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return; /* a kernel without it */
	if (read(fd, &now, 1) == 1 && now == '0')
		for (size_t i = 0; i < ARRAY_SIZE(values); i++)
			if (pwrite(fd, &values[i], 1, 0) < 0)
				break;
	(void)close(fd);
}

/* Frames that nobody has read any more would be the next pppd's first. */
static void drop_frames(const struct ppp_unit *unit)
{
	char frame[FRAME_MAX];

	while (read(unit->fd, frame, sizeof(frame)) > 0)
		;
}

void ppp_unit_reset(const struct ppp_unit *unit)
{
	reset_ppp(unit);
	reset_ipv6(unit);
	drop_frames(unit);
}

void ppp_unit_close(struct ppp_unit *unit)
{
	if (unit->fd >= 0)
		(void)close(unit->fd);
	*unit = PPP_UNIT_NONE;
}
