/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's part of a client: SAs and policies, the tunnel's UDP socket, the PPPoL2TP session and
 * pppd at its end.
 *
 * The inbound SA stands before quick mode's message 2 leaves, the outbound one once message 3 has come.
 * A client that comes again from the same port takes over what is in its way.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ppp-ioctl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <net/if.h>
#include <linux/if_pppox.h>

#include "client/kernel/pppol2tp.h"
#include "client/process/process.h"
#include "gateway.h"

#define L2TP_PORT  1701
#define REQID_BASE 0x20000000

void plane_init(struct client *c)
{
	c->udp_fd = c->session_fd = c->tunnel_fd = c->pppd_fd = -1;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static struct endpoint with_port(const struct endpoint *e, uint16_t port)
{
	struct endpoint other = *e;

	other.port = port;
	return other;
}

static void remove_sa(struct gateway *g, bool *there, const struct xfrm_sa_id *sa)
{
	/* One whose limit was reached is gone already. */
	if (*there)
		(void)xfrm_del_sa(&g->xfrm, sa);
	*there = false;
}

static bool add_sa(struct gateway *g, struct client *c, const struct responder_child *child,
		   bool out, struct xfrm_sa_id *ret)
{
	const struct gateway_config *config = &g->config;
	struct failure failure = { 0 };
	struct endpoint ours = with_port(&config->local, child->udp_encap ? 4500 : 0);
	struct endpoint ours_l2tp = with_port(&config->local, child->own_port);
	struct xfrm_sa sa = {
		.out = out,
		.src = out ? ours : c->peer,
		.dst = out ? c->peer : ours,
		.udp_encap = child->udp_encap,
		.spi = out ? child->spi_out : child->spi_in,
		.reqid = REQID_BASE + c->number,
		.sel_src = out ? ours_l2tp : c->l2tp,
		.sel_dst = out ? c->l2tp : ours_l2tp,
		.algorithms = c->responder.config.phase2,
		.encr_key = out ? &child->encr_out : &child->encr_in,
		.auth_key = out ? &child->auth_out : &child->auth_in,
	};

	if (xfrm_add_sa(&g->xfrm, &sa, &failure) < 0) {
		note(c, "no SA: %s", failure.detail);
		return false;
	}
	*ret = (struct xfrm_sa_id){
		.src = sa.src, .dst = sa.dst, .spi = sa.spi, .reqid = sa.reqid
	};
	return true;
}

/* Connected before the policies stand: the kernel refuses to connect where an SA is missing. */
static bool open_socket(struct gateway *g, struct client *c)
{
	struct sockaddr_storage local, remote;
	struct endpoint own = with_port(&g->config.local, L2TP_PORT);
	socklen_t local_len = endpoint_to_sockaddr(&own, &local);
	socklen_t remote_len = endpoint_to_sockaddr(&c->l2tp, &remote);
	int one = 1, dont = IP_PMTUDISC_DONT;

	c->udp_fd = socket(own.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->udp_fd < 0 ||
	    setsockopt(c->udp_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    setsockopt(c->udp_fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont)) < 0 ||
	    bind(c->udp_fd, (struct sockaddr *)&local, local_len) < 0 ||
	    connect(c->udp_fd, (struct sockaddr *)&remote, remote_len) < 0) {
		note(c, "no L2TP socket: %s", strerror(errno));
		return false;
	}
	return true;
}

static void add_policy(struct gateway *g, struct client *c, bool out)
{
	struct endpoint own = with_port(&g->config.local, L2TP_PORT);
	struct xfrm_policy *policy = &c->policies[c->n_policies];
	struct failure failure = { 0 };

	*policy = (struct xfrm_policy){
		.out = out,
		.src = out ? own : c->l2tp,
		.dst = out ? c->l2tp : own,
		.reqid = REQID_BASE + c->number,
	};
	if (xfrm_add_policy(&g->xfrm, policy, &failure) < 0)
		note(c, "no policy: %s", failure.detail);
	else
		c->n_policies++;
}

/* Whoever had this address and port before is gone: one packet can't be for two tunnels. */
static void displace(struct gateway *g, const struct client *c)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *other = g->clients[i];
		if (other && other != c && endpoint_equal(&other->l2tp, &c->l2tp)) {
			note(other, "displaced by client %u", c->number);
			clients_forget(g, other);
		}
	}
}

void plane_stop_ppp(struct client *c)
{
	if (c->pppd > 0) {
		(void)kill(c->pppd, SIGKILL);
		(void)waitpid(c->pppd, NULL, 0);
	}
	c->pppd = 0;
	close_fd(&c->pppd_fd);
	close_fd(&c->session_fd);
	close_fd(&c->tunnel_fd);
}

static void close_way(struct gateway *g, struct client *c)
{
	plane_stop_ppp(c);
	close_fd(&c->udp_fd);
	while (c->n_policies > 0)
		(void)xfrm_del_policy(&g->xfrm, &c->policies[--c->n_policies]);
}

/* The first pair brings the way to the L2TP service with it, and each from another port a new one. */
static void open_way(struct gateway *g, struct client *c, const struct responder_child *child)
{
	const struct responder *r = &c->responder;
	const struct responder_sa *newest = NULL;

	for (size_t i = 0; i < RESPONDER_SAS_MAX; i++)
		if (r->sas[i].state == RESPONDER_UP && (!newest || r->sas[i].age > newest->age))
			newest = &r->sas[i];
	if (!newest)
		return;
	c->peer = newest->remote;
	if (!child->udp_encap)
		c->peer.port = 0;
	if (c->udp_fd >= 0 && c->l2tp.port == child->client_port)
		return;
	close_way(g, c);
	c->l2tp = with_port(&c->peer, child->client_port);
	displace(g, c);
	if (open_socket(g, c)) {
		add_policy(g, c, false);
		add_policy(g, c, true);
	}
}

/* The pairs before this one are cut some time after it came. */
static void cut_others(struct gateway *g, struct client *c, const struct pair *newest)
{
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		if (c->pairs[i].in && &c->pairs[i] != newest && c->pairs[i].cut_at == NSEC_NEVER)
			c->pairs[i].cut_at = g->now + g->config.cut_s * NSEC_PER_SEC;
}

static void sync_pair(struct gateway *g, struct client *c, const struct responder_child *child,
		      struct pair *pair)
{
	if (pair->in && (!child->used || child->deleted || child->spi_in != pair->sa_in.spi)) {
		note(c, "pair %08x gone", pair->sa_in.spi);
		remove_sa(g, &pair->out, &pair->sa_out);
		remove_sa(g, &pair->in, &pair->sa_in);
	}
	/* Of one that the gateway began there are keys once message 2 is there. */
	if (!child->used || child->deleted || child->encr_in.len == 0)
		return;
	if (!pair->in) {
		open_way(g, c, child);
		pair->in = add_sa(g, c, child, false, &pair->sa_in);
		pair->cut_at = NSEC_NEVER;
	}
	if (pair->in && child->up && !pair->out) {
		pair->out = add_sa(g, c, child, true, &pair->sa_out);
		cut_others(g, c, pair);
		note(c, "pair %08x up", child->spi_in);
	}
}

void plane_sync(struct gateway *g, struct client *c)
{
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++)
		sync_pair(g, c, &c->responder.children[i], &c->pairs[i]);
}

bool plane_send(struct client *c, const uint8_t *data, size_t len)
{
	return c->udp_fd >= 0 && send(c->udp_fd, data, len, MSG_NOSIGNAL) >= 0;
}

bool plane_receive(struct client *c, uint8_t *buf, size_t size, size_t *ret_len)
{
	for (int tries = 0; c->udp_fd >= 0 && tries < 3; tries++) {
		ssize_t n = recv(c->udp_fd, buf, size, MSG_DONTWAIT);
		if (n > 0) {
			*ret_len = (size_t)n;
			return true;
		}
		/* An ICMP error of something that was sent before. */
		if (n < 0 && errno != ECONNREFUSED && errno != EHOSTUNREACH)
			break;
	}
	return false;
}

static bool make_session(struct client *c)
{
	struct failure failure = { 0 };
	struct pppol2tp_session s = {
		.udp_fd = c->udp_fd,
		.remote = c->l2tp,
		.local_tunnel_id = c->lns.config.tunnel_id,
		.peer_tunnel_id = c->lns.client_tunnel,
		.local_session_id = lns_session(&c->lns),
		.peer_session_id = c->lns.client_session,
		.sequencing = c->lns.config.sequencing,
	};

	if (pppol2tp_open(&c->session_fd, &failure) < 0 ||
	    pppol2tp_connect(c->session_fd, &s, &c->tunnel_fd, &failure) < 0) {
		note(c, "no session: %s", failure.detail);
		return false;
	}
	return true;
}

/* pppd inherits the session; secrets are in its own files. */
_Noreturn static void run_pppd(const struct gateway *g, const struct client *c)
{
	struct endpoint address;
	char fd[16], tunnel[16], session[16], addresses[2 * ENDPOINT_STRLEN + 2];
	char one[ENDPOINT_STRLEN], two[ENDPOINT_STRLEN];

	if (endpoint_parse(g->config.pool, 0, &address) < 0)
		_exit(EXIT_FAILURE);
	address.addr[3] = (uint8_t)(address.addr[3] + c->address);
	(void)snprintf(fd, sizeof(fd), "%d", c->session_fd);
	(void)snprintf(tunnel, sizeof(tunnel), "%u", c->lns.config.tunnel_id);
	(void)snprintf(session, sizeof(session), "%u", lns_session(&c->lns));
	(void)snprintf(addresses, sizeof(addresses), "%s:%s",
		       endpoint_addr_str(&g->config.inside, one), endpoint_addr_str(&address, two));
	/* It tells the system's log. */
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILURE);
	(void)fcntl(c->session_fd, F_SETFD, 0);
	execl("/usr/sbin/pppd", "pppd", "plugin", "pppol2tp.so", "pppol2tp", fd,
	      "pppol2tp_lns_mode", "pppol2tp_tunnel_id", tunnel, "pppol2tp_session_id", session,
	      "nodetach", "passive", addresses, "file", g->config.ppp_options, (char *)NULL);
	_exit(EXIT_FAILURE);
}

/* The first address of the pool that nobody has. */
static void choose_address(const struct gateway *g, struct client *c)
{
	c->address = 0;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct client *other = g->clients[i];
		if (other && other != c && other->pppd > 0 && other->address == c->address) {
			c->address++;
			i = SIZE_MAX; /* from the beginning */
		}
	}
}

void plane_start_ppp(struct gateway *g, struct client *c)
{
	if (c->pppd > 0 || !make_session(c))
		return;
	choose_address(g, c);
	c->pppd = fork();
	if (c->pppd == 0)
		run_pppd(g, c);
	if (c->pppd <= 0 || process_open(c->pppd, &c->pppd_fd) < 0)
		c->pppd_fd = -1;
	c->data_at = g->now;
	note(c, "pppd runs");
}

/* Data messages of the session in both directions, what the client sends foremost. */
uint64_t plane_data(const struct client *c)
{
	struct pppol2tp_ioc_stats stats = { 0 };

	if (c->session_fd < 0 || ioctl(c->session_fd, PPPIOCGL2TPSTATS, &stats) < 0)
		return 0;
	return stats.rx_packets + stats.tx_packets;
}

void plane_clear(struct gateway *g, struct client *c)
{
	close_way(g, c);
	for (size_t i = 0; i < RESPONDER_CHILDREN_MAX; i++) {
		remove_sa(g, &c->pairs[i].out, &c->pairs[i].sa_out);
		remove_sa(g, &c->pairs[i].in, &c->pairs[i].sa_in);
	}
}
