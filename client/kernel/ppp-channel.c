/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second descriptor of /dev/ppp on the session's channel: it becomes readable when a frame waits
 * there. So the moment at which the LNS's session stands and its PPP speaks is an event, and neither
 * side's first Configure-Request is lost.
 */
#include "client/kernel/ppp-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

struct ppp_channel {
	int fd;
	sd_event_source *heard, *timer;
	ppp_channel_fn fn;
	void *userdata;
};

static void stop(struct ppp_channel *c)
{
	c->heard = sd_event_source_disable_unref(c->heard);
	c->timer = sd_event_source_disable_unref(c->timer);
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}

static int on_heard(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ppp_channel *c = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	stop(c);
	c->fn(c->userdata);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)usec;
	return on_heard(source, -1, 0, userdata);
}

static int attach(int session_fd, int *ret_fd)
{
	int channel;
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (ioctl(session_fd, PPPIOCGCHAN, &channel) < 0 ||
	    ioctl(fd, PPPIOCATTCHAN, &channel) < 0) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int ppp_channel_new(sd_event *event, int session_fd, nsec_t latest, ppp_channel_fn fn,
		    void *userdata, struct ppp_channel **ret)
{
	struct ppp_channel *c = malloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct ppp_channel){ .fd = -1, .fn = fn, .userdata = userdata };
	int r = attach(session_fd, &c->fd);
	if (r >= 0)
		r = sd_event_add_io(event, &c->heard, c->fd, EPOLLIN, on_heard, c);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &c->timer, CLOCK_MONOTONIC,
					       latest / NSEC_PER_USEC, 1, on_timer, c);
	if (r < 0) {
		ppp_channel_free(c);
		return r;
	}
	*ret = c;
	return 0;
}

struct ppp_channel *ppp_channel_free(struct ppp_channel *c)
{
	if (c)
		stop(c);
	free(c);
	return NULL;
}
