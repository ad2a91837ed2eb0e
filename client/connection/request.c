/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the profile to requests. The only file that knows both the profile's fields and the tables'. */
#include "client/connection/request.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/connection/mtu.h"

#define MTU_UNKNOWN 1280 /* fits nearly everywhere */
#define IPV6_LEAST  1280

void request_gateway(const struct profile *p, char *ret, size_t size)
{
	(void)snprintf(ret, size, "%s", p->gateway);
}

void request_offer(const struct profile *p, const struct ike_proposal **ret, size_t *ret_n)
{
	*ret = p->ike;
	*ret_n = p->n_ike;
}

void request_ike_sockets(const struct profile *p, const struct connection_info *info,
			 struct sys_ike_sockets *ret)
{
	(void)p;
	*ret = (struct sys_ike_sockets){
		.remote = info->gateway,
		.want_port = 500,
		.want_natt_port = 4500,
		.mark = REQUEST_MARK,
	};
}

void request_dataplane(const struct profile *p, const struct connection_info *info, bool fixed,
		       struct dp_config *ret)
{
	*ret = (struct dp_config){
		.local = info->local,
		.remote = info->gateway,
		.mark = REQUEST_MARK,
	};
	ret->local.port = fixed || p->source_port == PROFILE_PORT_1701 ? 1701 : 0;
	ret->remote.port = 1701;
}

void request_ike(const struct profile *p, const struct connection_info *info,
		 const struct secret *psk, struct ike_config *ret)
{
	*ret = (struct ike_config){
		.local = info->local,
		.local_natt_port = info->natt_port,
		.remote = info->gateway,
		.remote_natt_port = 4500,
		.l2tp_local_port = info->l2tp_port,
		.l2tp_remote_port = 1701,
		.psk = psk,
		.local_id = p->local_id,
		.remote_id = p->remote_id,
		.n_proposals = p->n_ike,
		.n_esp = p->n_esp,
		.phase1_life_s = p->ike_life_s,
		.phase2_life_s = p->sa_life_s,
		.phase2_life_kb = 250000,
		.force_encaps = p->force_encaps,
		.initial_contact = p->initial_contact,
	};
	memcpy(ret->proposals, p->ike, sizeof(p->ike));
	memcpy(ret->esp, p->esp, sizeof(p->esp));
}

void request_l2tp(const struct profile *p, const struct secret *secret,
		  const struct ike_stats *path, struct l2tp_config *ret)
{
	(void)p;
	*ret = (struct l2tp_config){
		.receive_window = 8,
		.secret = *secret,
		.round_trip = path->round_trip,
	};
	if (gethostname(ret->host_name, sizeof(ret->host_name) - 1) < 0 || !ret->host_name[0])
		(void)snprintf(ret->host_name, sizeof(ret->host_name), "tsunagu");
}

/* Whoever manages the network is told of the gateway's servers, and knows what the profile says of them. */
static bool wants_dns(const struct profile *p)
{
	return p->managed || !p->ignore_auto_dns;
}

void request_ppp(const struct profile *p, const struct connection_info *info,
		 const struct secret *password, struct dp_ppp *ret)
{
	*ret = p->ppp;
	ret->password = *password;
	/* A connection that is repaired keeps its interface's name. */
	if (info->ifname[0])
		memcpy(ret->ifname, info->ifname, sizeof(ret->ifname));
	ret->want_dns = wants_dns(p);
	ret->keep_interface = p->managed;
}

/* FNV-1a: spreads names over the tables, the same at every start. */
static uint32_t name_slot(const char *name)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
	return hash % SYS_TABLES;
}

/* Gateways like to name one server twice. */
static void add_dns(struct sys_network *network, const struct endpoint *server)
{
	for (size_t i = 0; i < network->n_dns; i++)
		if (endpoint_same_addr(&network->dns[i], server))
			return;
	if (server->family && network->n_dns < SYS_DNS_MAX)
		network->dns[network->n_dns++] = *server;
}

/*
 * The network that the address is in by its class (RFC 791 3.2), as Windows routes it into a tunnel that
 * isn't the way to everything.
 */
static void add_class_route(struct sys_network *network, const struct endpoint *address)
{
	uint8_t first = address->addr[0];
	uint8_t prefix_len = first < 128 ? 8 : first < 192 ? 16 : 24;

	if (address->family != AF_INET || first >= 224 || network->n_routes == SYS_ROUTES_MAX)
		return;
	network->routes[network->n_routes++] =
		(struct sys_route){ .dest = *address, .prefix_len = prefix_len };
}

void request_network(const struct profile *p, const struct connection_info *info,
		     struct sys_network *ret)
{
	*ret = (struct sys_network){
		.gateway = info->gateway,
		.ipv4 = true,
		.ipv6 = info->address6_known,
		.default_route = !p->never_default,
		.default_route6 = !p->never_default6,
		.local_network = p->local_network == PROFILE_LOCAL_AUTO
					 ? p->never_default
					 : p->local_network == PROFILE_LOCAL_YES,
		.kill_switch = p->kill_switch,
		.stays_closed = p->kill_switch || (p->reconnect && !p->never_default),
		.mark = REQUEST_MARK,
		.unmarked =
			p->ppp.require_mppe || p->ppp.require_mppe_40 || p->ppp.require_mppe_128,
		.managed = p->managed,
		.table = SYS_TABLE + name_slot(p->name),
		.n_routes = p->n_routes,
		.n_search = p->n_search,
	};
	ret->peer = info->peer_address;
	memcpy(ret->ifname, info->ifname, sizeof(ret->ifname));
	memcpy(ret->uplink, info->uplink, sizeof(ret->uplink));
	memcpy(ret->routes, p->routes, sizeof(ret->routes));
	memcpy(ret->search, p->search, sizeof(ret->search));
	if (p->class_based_route && p->never_default)
		add_class_route(ret, &info->address);
	for (size_t i = 0; i < p->n_dns; i++)
		add_dns(ret, &p->dns[i]);
	for (size_t i = 0; i < p->n_dns6 && info->address6_known; i++)
		add_dns(ret, &p->dns6[i]);
	for (size_t i = 0; i < ARRAY_SIZE(info->offered_dns) && wants_dns(p); i++)
		add_dns(ret, &info->offered_dns[i]);
}

uint16_t request_methods(const struct profile *p)
{
	const struct {
		bool refused;
		enum ppp_method method;
	} methods[] = {
		{ p->ppp.refuse_pap, PPP_METHOD_PAP },
		{ p->ppp.refuse_chap, PPP_METHOD_CHAP },
		{ p->ppp.refuse_mschap, PPP_METHOD_MSCHAP },
		{ p->ppp.refuse_mschapv2, PPP_METHOD_MSCHAPV2 },
		{ p->ppp.refuse_eap, PPP_METHOD_EAP },
	};
	uint16_t allowed = 0;

	if (p->ppp.tls.wanted)
		return ppp_method_bit(PPP_METHOD_EAP);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (!methods[i].refused)
			allowed |= ppp_method_bit(methods[i].method);
	return allowed;
}

static uint16_t at_most(uint16_t limit, uint16_t fitting)
{
	uint16_t size = fitting ? fitting : MTU_UNKNOWN;

	return size < limit ? size : limit;
}

void request_link(const struct profile *p, const struct connection_info *info, bool sequencing,
		  struct dp_link *ret)
{
	const struct mtu_path path = {
		.mtu = info->path_mtu,
		.ipv6 = info->gateway.family == AF_INET6,
		.udp_encap = info->udp_encap,
		.esp = info->esp,
	};
	uint32_t header = MTU_L2TP_HEADER + (sequencing ? MTU_L2TP_SEQUENCES : 0);

	*ret = (struct dp_link){
		.mtu = at_most(p->mtu, mtu_fitting(&path, header)),
		.mru = at_most(p->mru, mtu_fitting(&path, header + MTU_L2TP_LENGTH)),
	};
	/* RFC 8200 5: less than that is no link for IPv6. */
	ret->ipv6 = p->ipv6 && ret->mtu >= IPV6_LEAST && ret->mru >= IPV6_LEAST;
}
