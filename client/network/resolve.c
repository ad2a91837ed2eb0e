/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to addresses by the C library's resolver, which blocks: it runs in a thread of its own that
 * touches nothing but the job. The job belongs to both and goes with the last of them, because a
 * resolver call can't be interrupted. The result comes back through an eventfd.
 */
#include "client/network/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/failure/i18n.h"

struct job {
	atomic_int owners;
	int fd; /* eventfd: the job is done */
	char *name;
	int result; /* of getaddrinfo() */
	int error;  /* errno, when result is EAI_SYSTEM */
	struct endpoint addrs[RESOLVE_ADDRS_MAX];
	size_t n;
};

struct resolve {
	struct job *job;
	sd_event_source *source;
	resolve_fn fn;
	void *userdata;
};

static void job_release(struct job *job)
{
	if (atomic_fetch_sub(&job->owners, 1) != 1)
		return;
	if (job->fd >= 0)
		(void)close(job->fd);
	free(job->name);
	free(job);
}

static struct job *job_new(const char *name)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	atomic_init(&job->owners, 1);
	job->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	job->name = strdup(name);
	if (job->fd < 0 || !job->name) {
		job_release(job);
		return NULL;
	}
	return job;
}

static bool known(const struct job *job, const struct endpoint *e)
{
	for (size_t i = 0; i < job->n; i++)
		if (endpoint_same_addr(&job->addrs[i], e))
			return true;
	return false;
}

static void look_up(struct job *job)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	struct addrinfo *list = NULL;
	struct endpoint e;

	if (endpoint_parse(job->name, 0, &job->addrs[0]) == 0) {
		job->n = 1;
		return;
	}
	job->result = getaddrinfo(job->name, NULL, &hints, &list);
	job->error = errno;
	if (job->result != 0)
		return;
	for (struct addrinfo *ai = list; ai && job->n < RESOLVE_ADDRS_MAX; ai = ai->ai_next)
		if (endpoint_from_sockaddr(ai->ai_addr, ai->ai_addrlen, &e) == 0 && !known(job, &e))
			job->addrs[job->n++] = e;
	freeaddrinfo(list);
}

static void *thread_main(void *userdata)
{
	struct job *job = userdata;
	uint64_t one = 1;

	look_up(job);
	if (write(job->fd, &one, sizeof(one)) < 0) {
		/* Impossible: the counter is zero. */
	}
	job_release(job);
	return NULL;
}

static int thread_start(struct job *job)
{
	pthread_t thread;
	pthread_attr_t attr;
	sigset_t all, old;

	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, (size_t)1024 * 1024);
	/* Signals are the loop's business. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	atomic_fetch_add(&job->owners, 1);
	int r = pthread_create(&thread, &attr, thread_main, job);
	if (r != 0)
		atomic_fetch_sub(&job->owners, 1);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return -r;
}

static int on_done(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct resolve *resolve = userdata;
	struct job *job = resolve->job;
	struct failure f = {};
	uint64_t count;

	(void)fd;
	(void)revents;
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	/* The counter was written after the result; reading it orders the two. */
	if (read(job->fd, &count, sizeof(count)) < 0)
		return 0;
	if (job->n == 0)
		(void)failure_set(&f, CAUSE_RESOLVE, job->result == EAI_SYSTEM ? job->error : 0,
				  "%.200s: %s", job->name,
				  job->result == 0	      ? _("it has no address")
				  : job->result == EAI_SYSTEM ? strerror(job->error)
							      : gai_strerror(job->result));
	resolve->fn(resolve->userdata, job->addrs, job->n, &f); /* may free RESOLVE */
	return 0;
}

struct resolve *resolve_free(struct resolve *r)
{
	if (!r)
		return NULL;
	(void)sd_event_source_disable_unref(r->source);
	if (r->job)
		job_release(r->job);
	free(r);
	return NULL;
}

static void resolve_freep(struct resolve **r)
{
	*r = resolve_free(*r);
}

int resolve_new(sd_event *event, const char *name, resolve_fn fn, void *userdata,
		struct resolve **ret)
{
	_cleanup_(resolve_freep) struct resolve *resolve = calloc(1, sizeof(*resolve));

	if (!resolve)
		return -ENOMEM;
	resolve->fn = fn;
	resolve->userdata = userdata;
	resolve->job = job_new(name);
	if (!resolve->job)
		return -ENOMEM;
	int r = sd_event_add_io(event, &resolve->source, resolve->job->fd, EPOLLIN, on_done,
				resolve);
	if (r < 0)
		return r;
	r = thread_start(resolve->job);
	if (r < 0)
		return r;
	*ret = steal_ptr(resolve);
	return 0;
}
