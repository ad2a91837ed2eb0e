/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reverse path filters between us and the gateway. The kernel's own for IPv4 knows nothing of marks and is switched off
 * for the uplink. Packet filters have theirs (firewalld for IPv6, iptables' rpfilter), which look for the way back to
 * the sender as if this machine had sent it from the address that the packet came to: for them there is a rule.
 */
#include "client/network/net-uplink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/network/net-address.h"
#include "client/network/net-request.h"
#include "client/network/net-sysctl.h"

static int rp_filter_of(const char *ifname, struct net_sysctl *ret)
{
	*ret = (struct net_sysctl){};
	int n = snprintf(ret->path, sizeof(ret->path), "/proc/sys/net/ipv4/conf/%s/rp_filter",
			 ifname);
	if (n < 0 || (size_t)n >= sizeof(ret->path))
		return -ENAMETOOLONG;
	return net_read_value(ret->path, ret->old);
}

static int set_rp_filter(struct net_sysctl *sysctl, const char *value, struct undo *undo,
			 struct failure *f)
{
	const struct undo_entry entry = { &net_sysctl_kind, sysctl };

	(void)snprintf(sysctl->ours, sizeof(sysctl->ours), "%s", value);
	int r = undo_add(undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = net_write_value(sysctl->path, sysctl->ours);
	if (r < 0) {
		undo_done(undo, &entry);
		return failure_set(f, CAUSE_NETWORK_SETUP, r, "%s: %s", sysctl->path, strerror(-r));
	}
	return 0;
}

/* The larger of an interface's and the value for all counts: the other interfaces get the latter each. */
static int free_rp_filter_of_all(struct net_sysctl *all, const char *uplink, struct undo *undo,
				 struct failure *f)
{
	struct if_nameindex *list = if_nameindex();
	struct net_sysctl one;
	int r = 0;

	for (struct if_nameindex *i = list; i && i->if_index && r == 0; i++)
		if (strcmp(i->if_name, uplink) != 0 && rp_filter_of(i->if_name, &one) == 0 &&
		    strtol(one.old, NULL, 10) < strtol(all->old, NULL, 10))
			r = set_rp_filter(&one, all->old, undo, f);
	if_freenameindex(list);
	return r < 0 ? r : set_rp_filter(all, "0", undo, f);
}

int net_open_uplink(const char *uplink, struct undo *undo, struct failure *f)
{
	struct net_sysctl all, one;
	int r = 0;

	if (!uplink[0] || rp_filter_of("all", &all) < 0 || rp_filter_of(uplink, &one) < 0)
		return 0;
	if (strcmp(all.old, "0") != 0)
		r = free_rp_filter_of_all(&all, uplink, undo, f);
	if (r == 0 && strcmp(one.old, "0") != 0)
		r = set_rp_filter(&one, "0", undo, f);
	return r;
}

static bool is_other_return(void *userdata, const struct undo_entry *e)
{
	const struct net_rule *ours = userdata, *rule = undo_entry_as(e, &net_rule_kind);

	return rule && rule->from.family &&
	       (!endpoint_same_addr(&rule->from, &ours->from) ||
		!endpoint_same_addr(&rule->to, &ours->to) || strcmp(rule->oif, ours->oif) != 0);
}

/*
 * For IPv6 filters ask with the link that the packet came by, and only such look-ups are answered: a socket that is
 * bound to LOCAL and names lo or the tunnel would leave by the uplink else, and the walls, who believe the name in
 * IPv6, let it pass. In IPv4 the name binds, and filters ask without it.
 */
int net_show_gateway(const struct sys_network *network, const char *uplink,
		     const struct endpoint *local, const struct endpoint *gateway,
		     struct undo *undo, struct failure *f)
{
	struct net_rule rule = {
		.family = gateway->family,
		.priority = NET_PRIORITY_LINKS + network->table - SYS_TABLE,
		.table = RT_TABLE_MAIN,
		.from = *local,
		.to = *gateway,
		.prefix_len = (uint8_t)(8 * endpoint_addr_len(gateway)),
		.ignored = NET_RULE_ALL,
	};

	if (!local->family || !uplink[0] || !net_is_full(network, gateway->family))
		return 0;
	if (gateway->family == AF_INET6)
		(void)snprintf(rule.oif, sizeof(rule.oif), "%s", uplink);
	rule.from.port = rule.to.port = 0;
	undo_run_if(undo, is_other_return, &rule);
	return net_add_rule(&rule, undo, f);
}
