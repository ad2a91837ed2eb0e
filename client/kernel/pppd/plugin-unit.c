/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pppd makes an interface for each connection, when its channel's establish_ppp() is called. With `multilink` it doesn't,
 * since the interface may be another pppd's then: so it is told of that just for this call, and gets a descriptor of the
 * client's interface in the place of one of its own. Only the one who made the interface keeps it: it stays when pppd
 * ends, and goes with the client.
 *
 * What depends on the interface's number and name pppd sets behind that call, by `ifunit` and the option `ifname`.
 */
#include "client/kernel/pppd/plugin-unit.h"

#include "client/kernel/pppd/pppd-interface.h" /* before whatever brings <stdbool.h> */

#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int unit = -1;
static int (*next_establish)(int fd);

static option_t options[] = {
	{ "tsunagu-unit", o_int, &unit, "The unit of PPP that there is already" },
	{ NULL },
};

/* Return: a descriptor of it, with the channel connected to it; -1. */
static int take_unit(int channel)
{
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (ioctl(fd, PPPIOCATTACH, &unit) == 0 && ioctl(channel, PPPIOCCONNECT, &unit) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Return: the channel's descriptor, as of the function in whose place this is. */
static int establish(int fd)
{
	multilink = 1;
	int channel = next_establish(fd);
	multilink = 0;
	if (channel < 0)
		return channel;
	int taken = take_unit(channel);
	if (taken < 0) {
		error("tsunagu: PPP unit %d can't be used: %m", unit);
		return -1;
	}
	ppp_dev_fd = taken;
	ifunit = unit;
	add_fd(taken);
	return channel;
}

/* By now the options have named the channel. */
static void take_over(void)
{
	if (next_establish || !&multilink || !&ppp_dev_fd)
		return;
	next_establish = the_channel->establish_ppp;
	the_channel->establish_ppp = establish;
}

/*
 * pppd takes the interface down when nobody wants it up any more, and with it go all routes. It counts who wants that: here
 * is one who never says that he doesn't. At its end it doesn't count, but looks for the interface by its name.
 */
static void on_phase(void *userdata, int now)
{
	(void)userdata;
	if (unit < 0)
		return;
	if (now == PHASE_SERIALCONN)
		take_over();
	if (now == PHASE_NETWORK)
		(void)sifup(0);
	if (now == PHASE_DEAD)
		ifname[0] = '\0';
}

void plugin_unit_init(void)
{
	ppp_add_options(options);
	ppp_add_notify(NF_PHASE_CHANGE, on_phase, NULL);
}
