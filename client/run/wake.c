/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel cancels a timer of the wall clock that asked for it whenever that clock is set, and it is set
 * at the end of each sleep. Whether it was that, and for how long, tell the two other clocks: one goes on
 * in sleep, one doesn't. A clock that somebody set is no reason for anything: we use those two alone.
 */
#include "client/run/wake.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* As far away as the kernel counts, nearly (the year 2255), or as a time_t of 32 bits does (2038). */
#define NEVER_S ((time_t)(sizeof(time_t) > 4 ? INT64_C(9000000000) : INT32_MAX))

/* Two clocks can't be read at the same moment. */
#define SLEEP_LEAST (200 * NSEC_PER_MSEC)

struct wake {
	wake_fn fn;
	void *userdata;
	int fd;
	sd_event_source *source;
	nsec_t slept; /* ever, as of the last look */
};

static nsec_t read_clock(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + (nsec_t)t.tv_nsec;
}

static nsec_t slept_ever(void)
{
	nsec_t awake = read_clock(CLOCK_MONOTONIC), all = read_clock(CLOCK_BOOTTIME);

	return all - awake;
}

/* A time that never comes. */
static int arm(int fd)
{
	const struct itimerspec never = { .it_value = { .tv_sec = NEVER_S } };

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

static int on_clock(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct wake *w = userdata;
	uint64_t ticks;
	nsec_t slept = slept_ever(), before = w->slept;

	(void)revents;
	if (read(fd, &ticks, sizeof(ticks)) < 0 && errno != ECANCELED)
		return 0;
	if (arm(fd) < 0)
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	w->slept = slept;
	if (slept > before + SLEEP_LEAST)
		w->fn(w->userdata, slept - before);
	return 0;
}

int wake_new(sd_event *event, wake_fn fn, void *userdata, struct wake **ret)
{
	struct wake *w = malloc(sizeof(*w));

	if (!w)
		return -ENOMEM;
	*w = (struct wake){ .fn = fn, .userdata = userdata, .fd = -1, .slept = slept_ever() };
	w->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	int r = w->fd < 0 ? -errno : arm(w->fd);
	if (r == 0)
		r = sd_event_add_io(event, &w->source, w->fd, EPOLLIN, on_clock, w);
	if (r < 0) {
		wake_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

struct wake *wake_free(struct wake *w)
{
	if (!w)
		return NULL;
	sd_event_source_disable_unref(w->source);
	if (w->fd >= 0)
		(void)close(w->fd);
	free(w);
	return NULL;
}
