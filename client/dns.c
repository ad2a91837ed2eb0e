/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Name servers of the tunnel. systemd-resolved is told over D-Bus and keeps names apart by interface:
 * the search domains go to the tunnel's servers, and with everything routed into the tunnel all
 * names do ("~."). resolvconf is given the lines of a resolv.conf. That file itself is never edited:
 * where neither exists, somebody else manages it, and the caller is told.
 *
 * Both are asked and waited for, briefly: a connection is up when its names work.
 */
#include "client/dns.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "client/process.h"

#define RESOLVED_NAME	      "org.freedesktop.resolve1"
#define RESOLVED_PATH	      "/org/freedesktop/resolve1"
#define RESOLVED_INTERFACE    "org.freedesktop.resolve1.Manager"
#define BUS_TIMEOUT_USEC      (2 * UINT64_C(1000000))
#define RESOLVCONF_TIMEOUT_MS 5000

static void bus_closep(sd_bus **bus)
{
	*bus = sd_bus_flush_close_unref(*bus);
}

static int open_bus(sd_bus **ret)
{
	sd_bus *bus = NULL;

	int r = sd_bus_open_system(&bus);
	if (r < 0)
		return r;
	(void)sd_bus_set_method_call_timeout(bus, BUS_TIMEOUT_USEC);
	*ret = bus;
	return 0;
}

/* Somebody answers to the name already; nothing is started for the sake of asking. */
static bool resolved_is_running(void)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;

	if (open_bus(&bus) < 0)
		return false;
	return sd_bus_get_name_creds(bus, RESOLVED_NAME, 0, NULL) >= 0;
}

static const char *resolvconf_path(void)
{
	static const char *const paths[] = {
		"/sbin/resolvconf",
		"/usr/sbin/resolvconf",
		"/usr/bin/resolvconf",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

enum dns_backend dns_find_backend(void)
{
	if (resolved_is_running())
		return DNS_RESOLVED;
	return resolvconf_path() ? DNS_RESOLVCONF : DNS_NONE;
}

const char *dns_backend_name(enum dns_backend backend)
{
	switch (backend) {
	case DNS_RESOLVED:
		return "systemd-resolved";
	case DNS_RESOLVCONF:
		return "resolvconf";
	case DNS_NONE:
		break;
	}
	return "none";
}

static int new_call(sd_bus *bus, const char *method, uint32_t ifindex, sd_bus_message **ret)
{
	sd_bus_message *m = NULL;

	int r = sd_bus_message_new_method_call(bus, &m, RESOLVED_NAME, RESOLVED_PATH,
					       RESOLVED_INTERFACE, method);
	if (r >= 0)
		r = sd_bus_message_append(m, "i", (int)ifindex);
	if (r < 0) {
		sd_bus_message_unref(m);
		return r;
	}
	*ret = m;
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

/* SetLinkDomains(i ifindex, a(sb) domains): the flag says that the domain only routes queries. */
static int append_domains(sd_bus_message *m, const struct sys_network *network)
{
	int r = sd_bus_message_open_container(m, 'a', "(sb)");

	for (size_t i = 0; i < network->n_search && r >= 0; i++) {
		const char *domain = network->search[i];
		int routing = domain[0] == '~';

		r = sd_bus_message_append(m, "(sb)", domain + routing, routing);
	}
	if (r >= 0 && network->default_route)
		r = sd_bus_message_append(m, "(sb)", ".", 1);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int call(sd_bus *bus, const char *method, uint32_t ifindex,
		const struct sys_network *network,
		int (*append)(sd_bus_message *m, const struct sys_network *network),
		struct failure *f)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	sd_bus_message *m = NULL;

	int r = new_call(bus, method, ifindex, &m);
	if (r >= 0 && append)
		r = append(m, network);
	if (r >= 0)
		r = sd_bus_call(bus, m, 0, &error, NULL);
	if (r < 0)
		r = failure_set(f, CAUSE_DNS_SETUP, r, "systemd-resolved, %s: %s", method,
				error.message ? error.message : strerror(-r));
	sd_bus_message_unref(m);
	sd_bus_error_free(&error);
	return r < 0 ? r : 0;
}

static int resolved_apply(const struct sys_network *network, uint32_t ifindex, struct failure *f)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;

	int r = open_bus(&bus);
	if (r < 0)
		return failure_set(f, CAUSE_DNS_SETUP, r, "D-Bus: %s", strerror(-r));
	r = call(bus, "SetLinkDNS", ifindex, network, append_servers, f);
	return r < 0 ? r : call(bus, "SetLinkDomains", ifindex, network, append_domains, f);
}

static int resolved_revert(uint32_t ifindex)
{
	_cleanup_(bus_closep) sd_bus *bus = NULL;

	int r = open_bus(&bus);
	return r < 0 ? r : call(bus, "RevertLink", ifindex, NULL, NULL, NULL);
}

/* resolvconf's name for what the interface provides. */
static void record_name(const char *ifname, char ret[static IF_NAMESIZE + 8])
{
	(void)snprintf(ret, IF_NAMESIZE + 8, "%.15s.tsunagu", ifname);
}

/* "~domain" only routes queries, which resolv.conf(5) knows nothing of: such domains are left out. */
static int resolv_conf(const struct sys_network *network, char *text, size_t size)
{
	char address[ENDPOINT_STRLEN];
	size_t len = 0, n_domains = 0;

	for (size_t i = 0; i < network->n_dns && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "nameserver %s\n",
					endpoint_addr_str(&network->dns[i], address));
	for (size_t i = 0; i < network->n_search && len < size; i++)
		if (network->search[i][0] != '~')
			len += (size_t)snprintf(text + len, size - len, "%s%.253s",
						n_domains++ == 0 ? "search " : " ",
						network->search[i]);
	if (n_domains > 0 && len < size)
		len += (size_t)snprintf(text + len, size - len, "\n");
	return len < size ? 0 : -EMSGSIZE;
}

static int resolvconf_apply(const struct sys_network *network, struct failure *f)
{
	char text[4096], name[IF_NAMESIZE + 8];
	const char *path = resolvconf_path();

	record_name(network->ifname, name);
	const char *argv[] = { "resolvconf", "-a", name, NULL };
	int r = path ? resolv_conf(network, text, sizeof(text)) : -ENOENT;
	if (r == 0)
		r = process_run(path, argv, text, RESOLVCONF_TIMEOUT_MS);
	if (r < 0)
		return failure_set(f, CAUSE_DNS_SETUP, r, "resolvconf: %s", strerror(-r));
	if (r > 0)
		return failure_set(f, CAUSE_DNS_SETUP, EIO, "resolvconf: exit status %d", r);
	return 0;
}

static int resolvconf_revert(const char *ifname)
{
	char name[IF_NAMESIZE + 8];
	const char *path = resolvconf_path();

	record_name(ifname, name);
	const char *argv[] = { "resolvconf", "-d", name, NULL };
	int r = path ? process_run(path, argv, "", RESOLVCONF_TIMEOUT_MS) : -ENOENT;
	return r > 0 ? 0 : r; /* it ran, and once more would tell it no more */
}

static int apply(enum dns_backend backend, const struct sys_network *network, struct undo *undo,
		 struct failure *f)
{
	struct undo_entry entry = { .kind = UNDO_DNS };
	struct undo_dns *dns = &entry.u.dns;

	dns->backend = backend == DNS_RESOLVED ? UNDO_DNS_RESOLVED : UNDO_DNS_RESOLVCONF;
	dns->ifindex = if_nametoindex(network->ifname);
	memcpy(dns->ifname, network->ifname, sizeof(dns->ifname));
	if (dns->ifindex == 0)
		return failure_set(f, CAUSE_DNS_SETUP, errno, "no interface %s", network->ifname);
	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_DNS_SETUP, r, "%s", strerror(-r));
	if (backend == DNS_RESOLVED)
		return resolved_apply(network, dns->ifindex, f);
	return resolvconf_apply(network, f);
}

int dns_apply(const struct sys_network *network, struct undo *undo, struct failure *ret_failure)
{
	if (network->n_dns == 0)
		return 0;
	enum dns_backend backend = dns_find_backend();
	if (backend == DNS_NONE)
		return failure_set(ret_failure, CAUSE_DNS_SETUP, EOPNOTSUPP,
				   "neither systemd-resolved nor resolvconf is there");
	return apply(backend, network, undo, ret_failure);
}

int dns_revert(const struct undo_dns *dns)
{
	if (dns->backend == UNDO_DNS_RESOLVCONF)
		return resolvconf_revert(dns->ifname);
	/* With its interface resolved forgets by itself what belongs to it. */
	if (if_nametoindex(dns->ifname) != dns->ifindex)
		return 0;
	return resolved_revert(dns->ifindex);
}
