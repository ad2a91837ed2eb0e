/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/connection-info.h"

#include <string.h>

#include "client/failure/i18n.h"

static const struct {
	const char *id, *words;
} states[] = {
#define X(name, id, words) [CONNECTION_##name] = { id, words },
	CONNECTION_STATES(X)
#undef X
};

const char *connection_state_id(enum connection_state state)
{
	return states[state].id;
}

const char *connection_state_words(enum connection_state state)
{
	return _(states[state].words);
}

void connection_info_natt(struct connection_info *info, const struct ike_event *event)
{
	info->natt_known = true;
	info->natt_supported = event->u.natt.supported;
	info->natt_variant = event->u.natt.variant;
	info->local_nat = event->u.natt.local_nat;
	info->remote_nat = event->u.natt.remote_nat;
	info->forced_encap = event->u.natt.forced;
}

void connection_info_phase1(struct connection_info *info, const struct ike_event *event, nsec_t now)
{
	info->phase1_known = true;
	info->phase1 = event->u.phase1.proposal;
	info->phase1_life_s = event->u.phase1.life_s;
	info->peer_id = event->u.phase1.peer_id;
	info->dpd = event->u.phase1.dpd;
	info->phase1_since = now;
}

void connection_info_child(struct connection_info *info, const struct ike_child *child, nsec_t now)
{
	info->child_known = true;
	info->esp = child->algorithms;
	info->udp_encap = child->udp_encap;
	info->spi_in = child->spi_in;
	info->spi_out = child->spi_out;
	info->child_life_s = child->life_s;
	info->child_life_kb = child->life_kb;
	info->child_since = now;
}

void connection_info_tunnel(struct connection_info *info, const struct l2tp_event *event)
{
	info->tunnel_known = true;
	info->tunnel_id = event->u.tunnel.local_id;
	info->peer_tunnel_id = event->u.tunnel.peer_id;
	memcpy(info->lns_name, event->u.tunnel.host_name, sizeof(info->lns_name));
	memcpy(info->lns_vendor, event->u.tunnel.vendor_name, sizeof(info->lns_vendor));
}

void connection_info_ppp(struct connection_info *info, const struct dp_ppp_event *event)
{
	memcpy(info->ifname, event->ifname, sizeof(info->ifname));
	info->ifindex = event->ifindex;
	info->address = event->local;
	info->peer_address = event->peer;
	info->offered_dns[0] = event->dns[0];
	info->offered_dns[1] = event->dns[1];
	info->mtu = event->mtu;
	info->address_known = true;
}

void connection_info_start_over(struct connection_info *info, bool floated)
{
	const struct connection_info old = *info;

	*info = (struct connection_info){
		.state = old.state,
		.started = old.started,
		.attempt = old.attempt,
		.gateway = old.gateway,
		.floated = floated,
		.surveyed = old.surveyed,
		.survey = old.survey,
		.worked = old.worked,
		.repairing = old.repairing,
		.repair_since = old.repair_since,
		.repair_tries = old.repair_tries,
		.repair_last = old.repair_last,
		.n_repairs = old.n_repairs,
	};
	memcpy(info->repairs, old.repairs, sizeof(info->repairs));
	/* The same name is asked for again. */
	memcpy(info->ifname, old.ifname, sizeof(info->ifname));
	memcpy(info->entered, old.entered, sizeof(info->entered));
}
