/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/line-network.h"

#include <stdio.h>
#include <string.h>

#include "client/connection/request.h"
#include "client/failure/i18n.h"

int line_network_guard(struct line_network *n, const struct line *l, struct failure *f)
{
	struct system *sys = l->config->system;
	struct sys_network network;

	request_network(l->config->profile, l->info, &network);
	n->applied = true;
	return sys->ops->guard_network(sys, &network, f);
}

int line_network_resolve(const struct line *l, bool beside, struct failure *f)
{
	struct system *sys = l->config->system;
	char gateway[SYS_NAME_MAX];

	request_gateway(l->config->profile, gateway, sizeof(gateway));
	return sys->ops->resolve(sys, gateway, beside ? REQUEST_MARK : 0, f);
}

void line_network_look_up(const struct line *l)
{
	struct failure f = { 0 };

	if (line_network_resolve(l, true, &f) < 0)
		news_log(l->news, "no name: %s", f.detail);
}

void line_network_warn(const struct line *l, const struct failure *warning)
{
	if (warning->cause != CAUSE_NONE)
		news_warn(l->news, N_("%s (%s)"), cause_sentence(warning->cause), warning->detail);
}

int line_network_apply(struct line_network *n, const struct line *l, struct failure *f)
{
	struct system *sys = l->config->system;
	struct connection_info *info = l->info;
	struct sys_network network;

	request_network(l->config->profile, info, &network);
	memcpy(info->dns, network.dns, sizeof(info->dns));
	info->n_dns = network.n_dns;
	n->applied = !l->config->survey;
	int r = l->config->survey ? 0 : sys->ops->apply_network(sys, &network, f);
	if (r < 0)
		return r;
	line_network_warn(l, f);
	n->names_awaited = r > 0;
	return 0;
}

void line_network_apply6(const struct line_network *n, const struct line *l)
{
	struct system *sys = l->config->system;
	struct connection_info *info = l->info;
	struct sys_network network;
	struct failure f = { 0 };

	if ((info->state != CONNECTION_UP && !n->names_awaited) || l->config->survey)
		return;
	request_network(l->config->profile, info, &network);
	network.ipv4 = false;
	if (l->config->profile->n_dns6 == 0)
		network.n_dns = network.n_search = 0; /* they are set already */
	memcpy(info->dns, network.dns, network.n_dns * sizeof(network.dns[0]));
	info->n_dns = network.n_dns > 0 ? network.n_dns : info->n_dns;
	if (sys->ops->apply_network(sys, &network, &f) < 0)
		news_warn(l->news, N_("IPv6 in the tunnel: %s (%s)"), cause_sentence(f.cause),
			  f.detail);
}

void line_network_hold(const struct line_network *n, const struct line *l)
{
	struct system *sys = l->config->system;

	if (n->applied)
		sys->ops->hold_network(sys);
}

void line_network_undo(struct line_network *n, const struct line *l, bool asked)
{
	struct system *sys = l->config->system;

	if (n->applied && sys->ops->undo_network(sys, asked))
		news_warn(l->news,
			  N_("the network stays closed; `tsunagu disconnect %.80s` opens it"),
			  l->config->profile->name);
	n->applied = false;
}

void line_network_restored(const struct line *l, unsigned int n, int error)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", n);
	if (n > 0)
		news_warn(
			l->news,
			N_("another program has removed routes, rules or IPsec policies of this "
			   "connection "
			   "(%s); they stand again. If it is systemd-networkd: "
			   "ManageForeignRoutes=no and "
			   "ManageForeignRoutingPolicyRules=no in networkd.conf keep it from that"),
			text);
	if (error < 0)
		news_warn(l->news,
			  N_("routes, rules or IPsec policies of this connection may be "
			     "missing, and can't be put "
			     "back (%s); it is tried again every second"),
			  strerror(-error));
}

bool line_network_has_path(const struct line *l, bool *ret_same)
{
	struct system *sys = l->config->system;
	struct sys_ike_sockets request;
	struct sys_ike_local local;
	struct failure f = { 0 };

	request_ike_sockets(l->config->profile, l->info, &request);
	if (sys->ops->find_path(sys, &request, &local, &f) < 0)
		return false;
	*ret_same = endpoint_same_addr(&local.local, &l->info->local) &&
		    strcmp(local.uplink, l->info->uplink) == 0;
	if (!*ret_same)
		news_log(l->news, "the way to the gateway is by %s now", local.uplink);
	return true;
}
