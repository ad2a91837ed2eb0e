/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resolvconf and openresolv: a program that is given the lines of a resolv.conf and composes the file of
 * everybody's. It may be a shell script that takes a second.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "client/network/dns-backend.h"

/* After a process that was killed: nobody else would do it, and the script may be at it for its other users. */
#define TAKE_BACK_MS 15000

/* systemd-resolved ships one, too, which only speaks to itself: a link to resolvectl. */
static bool is_program(const char *path)
{
	char target[256];

	if (access(path, X_OK) < 0)
		return false;
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return true;
	target[n] = '\0';
	const char *slash = strrchr(target, '/');
	return strcmp(slash ? slash + 1 : target, "resolvectl") != 0;
}

static const char *find(void)
{
	static const char *const paths[] = {
		"/sbin/resolvconf",
		"/usr/sbin/resolvconf",
		"/usr/bin/resolvconf",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (is_program(paths[i]))
			return paths[i];
	return NULL;
}

static bool resolvconf_is_there(void)
{
	return find() != NULL;
}

/* resolvconf's name for what the interface provides. */
static void record_name(const struct dns_record *record, char ret[static IF_NAMESIZE + 8])
{
	(void)snprintf(ret, IF_NAMESIZE + 8, "%.15s.tsunagu", record->ifname);
}

static int ended(struct dns_job *job, int timeout_ms)
{
	job->exited = sd_event_source_disable_unref(job->exited);
	int r = process_end(&job->process, timeout_ms);
	if (r < 0)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "resolvconf: %s",
				   strerror(-r));
	if (r > 0)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, EIO,
				   "resolvconf: exit status %d", r);
	return 0;
}

static int on_exited(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct dns_job *job = userdata;

	(void)source;
	(void)fd;
	(void)events;
	job->done(job, ended(job, 0));
	return 0;
}

static int begin(struct dns_job *job, const char *option, const struct dns_record *record,
		 const char *input)
{
	char name[IF_NAMESIZE + 8];
	const char *path = find();

	if (!path)
		return -EOPNOTSUPP;
	record_name(record, name);
	const char *argv[] = { "resolvconf", option, name, NULL };
	int r = process_begin(path, argv, input, &job->process);
	if (r < 0)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "resolvconf: %s",
				   strerror(-r));
	r = sd_event_add_io(job->event, &job->exited, job->process.fd, EPOLLIN, on_exited, job);
	return r < 0 ? ended(job, DNS_JOB_MAX_MS) : 1;
}

static int resolvconf_set(struct dns_job *job, const struct dns_wish *wish)
{
	char text[4096];

	int r = dns_lines(wish->network, text, sizeof(text));
	if (r < 0)
		return failure_set(&job->failure, CAUSE_DNS_SETUP, r, "resolvconf: %s",
				   strerror(-r));
	return begin(job, "-a", wish->record, text);
}

static int resolvconf_revert(struct dns_job *job, const struct dns_record *record)
{
	return begin(job, "-d", record, "");
}

static int resolvconf_stop(struct dns_job *job, int timeout_ms)
{
	return ended(job, timeout_ms);
}

static int resolvconf_take_back(const struct dns_record *record)
{
	char name[IF_NAMESIZE + 8];
	const char *path = find();

	record_name(record, name);
	const char *argv[] = { "resolvconf", "-d", name, NULL };
	const char *update[] = { "resolvconf", "-u", NULL };
	int r = path ? process_run(path, argv, "", TAKE_BACK_MS) : -ENOENT;
	/* It knows nothing of it: somebody may have ended it between forgetting it and making that known. */
	if (r > 0)
		r = process_run(path, update, "", TAKE_BACK_MS);
	return r > 0 ? 0 : r; /* it ran, and once more would tell it no more */
}

const struct dns_backend dns_resolvconf = {
	.name = "resolvconf",
	.word = "resolvconf",
	.set = resolvconf_set,
	.revert = resolvconf_revert,
	.stop = resolvconf_stop,
	.take_back = resolvconf_take_back,
	.is_there = resolvconf_is_there,
};
