/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name servers of the tunnel: which of the backends is asked, and one thing after the other. What is to
 * stand may change while a backend is still at something; it is left to finish, and then comes what
 * is to stand by then.
 */
#include "client/network/dns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client/failure/i18n.h"
#include "client/kernel/link.h"
#include "client/network/dns-backend.h"

/* A connection is up when its names work, and after that time in any case. */
#define PATIENCE_MS 2000

static const struct dns_backend *const backends[] = {
	[DNS_BY_RESOLVED] = &dns_resolved,
	[DNS_BY_RESOLVCONF] = &dns_resolvconf,
	[DNS_BY_FILE] = &dns_file,
};

enum doing {
	DOING_NOTHING,
	DOING_SET,
	DOING_REVERT,
};

struct dns {
	struct dns_job job; /* first: they are one */
	struct undo *undo;
	dns_ready_fn fn;
	void *userdata;
	enum doing doing;
	enum dns_by first;	  /* of those that may be there */
	struct dns_record record; /* with the backend that is asked */
	bool recorded;		  /* it is on the undo list */
	bool stale;		  /* and it is to go */
	struct sys_network network;
	bool wanted;			     /* it is to be set */
	bool awaited;			     /* FN is to be called */
	struct endpoint uplink[SYS_DNS_MAX]; /* as it was at the start */
	size_t n_uplink;
	struct failure failure;
	sd_event_source *patience, *late; /* FN's, the backend's */
};

static void announce(struct dns *d)
{
	struct failure f = d->failure;

	if (!d->awaited)
		return;
	d->awaited = false;
	(void)sd_event_source_set_enabled(d->patience, SD_EVENT_OFF);
	d->fn(d->userdata, &f);
}

static int on_impatient(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct dns *d = userdata;

	(void)source;
	(void)usec;
	(void)failure_set(&d->failure, CAUSE_DNS_SETUP, ETIMEDOUT, _("%s: no answer for %u s"),
			  backends[d->record.backend]->name, PATIENCE_MS / 1000);
	announce(d);
	return 0;
}

static void forget(struct dns *d)
{
	undo_done(d->undo, &(struct undo_entry){ &dns_kind, &d->record });
	d->recorded = false;
}

/* The connection's name is that of its folder. */
static const char *connection_name(const struct dns *d)
{
	return strrchr(undo_dir(d->undo), '/') + 1;
}

static int record(struct dns *d)
{
	struct dns_record *dns = &d->record;

	memcpy(dns->ifname, d->network.ifname, sizeof(dns->ifname));
	dns->ifindex = link_ifindex(dns->ifname);
	if (dns->ifindex == 0)
		return failure_set(&d->job.failure, CAUSE_DNS_SETUP, ENODEV, "no interface %s",
				   dns->ifname);
	if (getrandom(&dns->token, sizeof(dns->token), GRND_NONBLOCK) < 0)
		return failure_set(&d->job.failure, CAUSE_DNS_SETUP, errno, "%s", strerror(errno));
	int r = undo_add(d->undo, &(struct undo_entry){ &dns_kind, dns });
	if (r < 0)
		return failure_set(&d->job.failure, CAUSE_DNS_SETUP, r, "%s", strerror(-r));
	d->recorded = true;
	return 0;
}

static int ask(struct dns *d)
{
	const struct dns_wish wish = { &d->network, &d->record, connection_name(d) };

	d->job.failure = (struct failure){ 0 };
	int r = d->recorded ? 0 : record(d);
	return r < 0 ? r : backends[d->record.backend]->set(&d->job, &wish);
}

/* The first of the backends that is there, from the present one on; the last always is. */
static int set(struct dns *d)
{
	int r;

	while ((r = ask(d)) == -EOPNOTSUPP) {
		forget(d);
		d->record.backend++;
	}
	return r;
}

static void was_set(struct dns *d, int result)
{
	d->doing = DOING_NOTHING;
	if (result == -EOPNOTSUPP) {
		forget(d);
		d->first = d->record.backend + 1;
		d->wanted |= !d->stale;
		d->stale = false;
	} else if (result < 0) {
		d->failure = d->job.failure;
	}
}

static void was_reverted(struct dns *d, int result)
{
	d->doing = DOING_NOTHING;
	if (result == 0 || result == -EOPNOTSUPP)
		forget(d);
	/* Else it stays on the list, and the end tries once more. */
	d->recorded = d->stale = false;
}

static int begin_revert(struct dns *d)
{
	d->doing = DOING_REVERT;
	int r = backends[d->record.backend]->revert(&d->job, &d->record);
	if (r <= 0)
		was_reverted(d, r);
	return r;
}

static int begin_set(struct dns *d)
{
	d->doing = DOING_SET;
	d->wanted = false;
	d->failure = (struct failure){ 0 };
	if (!d->recorded)
		d->record = (struct dns_record){ .backend = d->first };
	int r = set(d);
	if (r <= 0)
		was_set(d, r);
	return r;
}

/* Begins what is to be done next. Return: whether something is under way. */
static bool advance(struct dns *d)
{
	if (d->doing != DOING_NOTHING)
		return true;
	while (d->stale || d->wanted) {
		if ((d->stale ? begin_revert(d) : begin_set(d)) <= 0)
			continue;
		(void)sd_event_source_set_time_relative(d->late, DNS_JOB_MAX_MS * UINT64_C(1000));
		(void)sd_event_source_set_enabled(d->late, SD_EVENT_ONESHOT);
		return true;
	}
	return false;
}

static void on_done(struct dns_job *job, int result)
{
	struct dns *d = (struct dns *)job;

	(void)sd_event_source_set_enabled(d->late, SD_EVENT_OFF);
	if (d->doing == DOING_REVERT)
		was_reverted(d, result);
	else
		was_set(d, result);
	if (!advance(d))
		announce(d);
}

static int on_late(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct dns *d = userdata;

	(void)source;
	(void)usec;
	on_done(&d->job, backends[d->record.backend]->stop(&d->job, 0));
	return 0;
}

int dns_set(struct dns *d, const struct sys_network *network, struct failure *ret_failure)
{
	if (network->n_dns == 0)
		return 0;
	d->network = *network;
	/* No servers of the uplink's all the same. */
	if (network->managed)
		return 0;
	d->wanted = true;
	d->failure = (struct failure){ 0 };
	if (d->doing != DOING_SET)
		d->first = 0;
	if (d->recorded && (strcmp(d->record.ifname, network->ifname) != 0 ||
			    d->record.ifindex != link_ifindex(network->ifname)))
		d->stale = true;
	if (advance(d)) {
		d->awaited = true;
		(void)sd_event_source_set_time_relative(d->patience, PATIENCE_MS * UINT64_C(1000));
		(void)sd_event_source_set_enabled(d->patience, SD_EVENT_ONESHOT);
		return 1;
	}
	if (d->failure.cause == CAUSE_NONE)
		return 0;
	*ret_failure = d->failure;
	return -EIO;
}

void dns_revert(struct dns *d)
{
	d->wanted = d->awaited = false;
	d->stale = d->recorded;
	(void)sd_event_source_set_enabled(d->patience, SD_EVENT_OFF);
	(void)advance(d);
}

size_t dns_get_uplink(const struct dns *d, struct endpoint ret[static SYS_DNS_MAX])
{
	size_t n = dns_read_uplink(d->recorded ? &d->record : NULL, &d->network, ret, SYS_DNS_MAX);

	if (n > 0)
		return n;
	memcpy(ret, d->uplink, sizeof(d->uplink));
	return d->n_uplink;
}

struct dns *dns_free(struct dns *d)
{
	if (!d)
		return NULL;
	if (d->doing != DOING_NOTHING) {
		int r = backends[d->record.backend]->stop(&d->job, DNS_JOB_MAX_MS);
		if (r == 0 && d->doing == DOING_REVERT)
			forget(d);
	}
	sd_event_source_disable_unref(d->patience);
	sd_event_source_disable_unref(d->late);
	sd_event_unref(d->job.event);
	free(d);
	return NULL;
}

static void dns_freep(struct dns **d)
{
	*d = dns_free(*d);
}

static int add_timer(sd_event *event, sd_event_time_handler_t fn, struct dns *d,
		     sd_event_source **ret)
{
	int r = sd_event_add_time(event, ret, CLOCK_BOOTTIME, UINT64_MAX, 1, fn, d);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

int dns_new(sd_event *event, struct undo *undo, dns_ready_fn fn, void *userdata, struct dns **ret)
{
	_cleanup_(dns_freep) struct dns *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->job = (struct dns_job){
		.event = sd_event_ref(event),
		.done = on_done,
		.process = PROCESS_NONE,
	};
	d->undo = undo;
	d->fn = fn;
	dns_file_recover(undo_run_dir(), connection_name(d));
	d->n_uplink = dns_read_uplink(NULL, &d->network, d->uplink, SYS_DNS_MAX);
	d->userdata = userdata;
	int r = add_timer(event, on_impatient, d, &d->patience);
	if (r == 0)
		r = add_timer(event, on_late, d, &d->late);
	if (r < 0)
		return r;
	*ret = steal_ptr(d);
	return 0;
}

static void parse_record(struct undo_fields *f, void *ret)
{
	struct dns_record *dns = ret;
	size_t i = 0;

	while (i < ARRAY_SIZE(backends) && strcmp(f->field[1], backends[i]->word) != 0)
		i++;
	f->bad |= i == ARRAY_SIZE(backends);
	dns->backend = (enum dns_by)i;
	undo_field_ifname(f, 2, dns->ifname);
	dns->ifindex = undo_field_number32(f, 3);
	dns->token = undo_field_number32(f, 4);
}

static int format_record(const void *data, char *ret, size_t size)
{
	const struct dns_record *dns = data;

	return snprintf(ret, size, "%s %s %u %u", backends[dns->backend]->word, dns->ifname,
			dns->ifindex, dns->token);
}

static int take_back_record(const void *data)
{
	const struct dns_record *dns = data;

	return backends[dns->backend]->take_back(dns);
}

const struct undo_kind dns_kind = {
	.word = "dns",
	.n_fields = 5,
	.size = UNDO_SIZE(struct dns_record),
	.parse = parse_record,
	.format = format_record,
	.take_back = take_back_record,
};

const char *dns_find_backend(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->is_there())
			return backends[i]->name;
	return NULL;
}
