/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemd-resolved, over D-Bus. It keeps names apart by interface: the search domains go to the tunnel's
 * servers, and with everything routed into the tunnel all names do ("~.", and the link is a default
 * for names). In a split tunnel with domains of its own the link is no default: other names stay where
 * they were. Without domains all names go to the tunnel's servers, as in a full one.
 *
 * All calls are sent together, and nothing is started for their sake. It is there if it answers.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "client/kernel/link.h"
#include "client/network/dns-backend.h"

#define RESOLVED_NAME	   "org.freedesktop.resolve1"
#define RESOLVED_PATH	   "/org/freedesktop/resolve1"
#define RESOLVED_INTERFACE "org.freedesktop.resolve1.Manager"

static void bus_closep(sd_bus **bus)
{
	*bus = sd_bus_close_unref(*bus);
}

static int open_bus(sd_bus **ret)
{
	sd_bus *bus = NULL;

	int r = sd_bus_open_system(&bus);
	if (r < 0)
		return r;
	(void)sd_bus_set_method_call_timeout(bus, (uint64_t)DNS_JOB_MAX_MS * 1000);
	*ret = bus;
	return 0;
}

static void message_unrefp(sd_bus_message **m)
{
	*m = sd_bus_message_unref(*m);
}

static int new_call(sd_bus *bus, const char *method, uint32_t ifindex, sd_bus_message **ret)
{
	_cleanup_(message_unrefp) sd_bus_message *m = NULL;

	int r = sd_bus_message_new_method_call(bus, &m, RESOLVED_NAME, RESOLVED_PATH,
					       RESOLVED_INTERFACE, method);
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	if (r >= 0)
		r = sd_bus_message_append(m, "i", (int)ifindex);
	if (r < 0)
		return r;
	*ret = steal_ptr(m);
	return 0;
}

/* SetLinkDNS(i ifindex, a(iay) addresses) */
static int append_servers(sd_bus_message *m, const struct sys_network *network)
{
	int r = sd_bus_message_open_container(m, 'a', "(iay)");

	for (size_t i = 0; i < network->n_dns && r >= 0; i++) {
		const struct endpoint *server = &network->dns[i];
		r = sd_bus_message_open_container(m, 'r', "iay");
		if (r >= 0)
			r = sd_bus_message_append(m, "i", server->family);
		if (r >= 0)
			r = sd_bus_message_append_array(m, 'y', server->addr,
							endpoint_addr_len(server));
		if (r >= 0)
			r = sd_bus_message_close_container(m);
	}
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/*
 * Without domains nobody can tell which names are the office's. All go there then, as they do by resolvconf
 * and resolv.conf: otherwise whichever of the two servers answers first would say that there is no such name.
 */
static bool takes_all(const struct sys_network *network)
{
	return network->default_route || network->n_search == 0;
}

/* SetLinkDomains(i ifindex, a(sb) domains): the flag says that the domain only routes queries. */
static int append_domains(sd_bus_message *m, const struct sys_network *network)
{
	int r = sd_bus_message_open_container(m, 'a', "(sb)");

	for (size_t i = 0; i < network->n_search && r >= 0; i++) {
		const char *domain = network->search[i];
		int routing = domain[0] == '~';

		r = sd_bus_message_append(m, "(sb)", domain + routing, routing);
	}
	if (r >= 0 && takes_all(network))
		r = sd_bus_message_append(m, "(sb)", ".", 1);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

/* SetLinkDefaultRoute(i ifindex, b enable) */
static int append_default(sd_bus_message *m, const struct sys_network *network)
{
	return sd_bus_message_append(m, "b", (int)takes_all(network));
}

static int end(struct dns_job *job, int result)
{
	bus_closep(&job->bus);
	return result;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *ret_error)
{
	struct dns_job *job = userdata;
	const sd_bus_error *error = sd_bus_message_get_error(m);

	(void)ret_error;
	job->answers--;
	if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
	    sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
		job->result = -EOPNOTSUPP;
	/* SetLinkDefaultRoute came with systemd 240. */
	else if (error && job->result == 0 &&
		 !sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD))
		job->result = failure_set(&job->failure, CAUSE_DNS_SETUP,
					  sd_bus_error_get_errno(error), "systemd-resolved: %s",
					  error->message ? error->message : error->name);
	if (job->answers == 0)
		job->done(job, end(job, job->result));
	return 0;
}

static int ask(struct dns_job *job, const char *method, uint32_t ifindex,
	       const struct sys_network *network,
	       int (*append)(sd_bus_message *m, const struct sys_network *network))
{
	_cleanup_(message_unrefp) sd_bus_message *m = NULL;

	int r = new_call(job->bus, method, ifindex, &m);
	if (r >= 0 && append)
		r = append(m, network);
	if (r >= 0)
		r = sd_bus_call_async(job->bus, NULL, m, on_answer, job, 0);
	if (r >= 0)
		job->answers++;
	return r < 0 ? r : 0;
}

/* Without a bus there is no resolved. */
static int begin(struct dns_job *job)
{
	job->answers = 0;
	job->result = 0;
	int r = open_bus(&job->bus);
	if (r < 0)
		return -EOPNOTSUPP;
	return sd_bus_attach_event(job->bus, job->event, SD_EVENT_PRIORITY_NORMAL);
}

static int asked(struct dns_job *job, int r)
{
	if (r >= 0)
		return 1;
	return end(job, r == -EOPNOTSUPP ? r
					 : failure_set(&job->failure, CAUSE_DNS_SETUP, r,
						       "D-Bus: %s", strerror(-r)));
}

static int resolved_set(struct dns_job *job, const struct dns_wish *wish)
{
	const struct sys_network *network = wish->network;
	uint32_t ifindex = wish->record->ifindex;

	int r = begin(job);
	if (r >= 0)
		r = ask(job, "SetLinkDNS", ifindex, network, append_servers);
	if (r >= 0)
		r = ask(job, "SetLinkDomains", ifindex, network, append_domains);
	if (r >= 0)
		r = ask(job, "SetLinkDefaultRoute", ifindex, network, append_default);
	return asked(job, r);
}

/* With its interface resolved forgets by itself what belongs to it. */
static bool has_interface(const struct dns_record *record)
{
	return link_ifindex(record->ifname) == record->ifindex;
}

static int resolved_revert(struct dns_job *job, const struct dns_record *record)
{
	if (!has_interface(record))
		return 0;
	int r = begin(job);
	if (r >= 0)
		r = ask(job, "RevertLink", record->ifindex, NULL, NULL);
	return asked(job, r);
}

/* What was sent may be done all the same: the undo list knows. */
static int resolved_stop(struct dns_job *job, int timeout_ms)
{
	(void)timeout_ms;
	return end(job, failure_set(&job->failure, CAUSE_DNS_SETUP, ETIMEDOUT,
				    "systemd-resolved: %s", strerror(ETIMEDOUT)));
}

/* It isn't there any more, and what it was told neither. */
static bool is_gone(int error)
{
	return error == -EHOSTUNREACH || error == -ENXIO || error == -ECONNREFUSED;
}

static int resolved_take_back(const struct dns_record *record)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;
	_cleanup_(message_unrefp) sd_bus_message *m = NULL;

	if (!has_interface(record))
		return 0;
	int r = open_bus(&bus);
	if (r >= 0)
		r = new_call(bus, "RevertLink", record->ifindex, &m);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, NULL, NULL);
	return r < 0 && !is_gone(r) ? r : 0;
}

/* Somebody answers to the name already. */
static bool resolved_is_there(void)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;

	if (open_bus(&bus) < 0)
		return false;
	return sd_bus_get_name_creds(bus, RESOLVED_NAME, 0, NULL) >= 0;
}

const struct dns_backend dns_resolved = {
	.name = "systemd-resolved",
	.word = "resolved",
	.set = resolved_set,
	.revert = resolved_revert,
	.stop = resolved_stop,
	.take_back = resolved_take_back,
	.is_there = resolved_is_there,
};
