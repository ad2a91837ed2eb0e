/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The data plane in the kernel: SAs and policies (xfrm.c), the L2TP socket with tunnel and session
 * (pppol2tp.c), PPP (pppd.c). This file keeps their order: the policies that demand ESP stand from
 * before the socket is listened to until after it is closed, and whatever is added is on the undo
 * list before.
 *
 * The socket is bound and connected before the policies only because they name its port and because
 * the kernel refuses to connect where a policy asks for an SA that isn't there yet. Nothing is sent
 * by that, and what came in meanwhile is thrown away.
 */
#include "client/kernel/dataplane-kernel.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/link.h"
#include "client/kernel/module-ban.h"
#include "client/kernel/ppp-channel.h"
#include "client/kernel/ppp-unit.h"
#include "client/kernel/pppd/pppd.h"
#include "client/kernel/pppol2tp.h"
#include "client/kernel/udp.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm-policy.h"
#include "client/kernel/xfrm.h"

/* The current pair, its predecessors that still receive, and some made by both ends at once. */
#define CHILDREN_MAX 16

#define L2TP_DATAGRAM_MAX 4096

/* An LNS speaks first as a rule; one that waits is spoken to after this time. */
#define PPP_SPEAK_LATEST NSEC_PER_SEC

struct child {
	struct ike_child keys; /* of the outbound SA until it is there; wiped then */
	struct xfrm_sa_id in, out;
	bool used; /* the outbound SA is there */
};

struct kernel {
	struct dataplane dp; /* first: they are one */
	sd_event *event;
	struct undo *undo;
	struct dp_config config; /* with the port that the socket has */
	uint32_t reqid;
	struct netlink xfrm;
	struct xfrm_policy policies[2];
	size_t n_policies;
	struct child children[CHILDREN_MAX];
	size_t n_children;
	struct xfrm_counters gone_in, gone_out; /* what SAs that are gone have carried */
	int udp_fd, expire_fd, session_fd, tunnel_fd;
	sd_event_source *udp_source, *expire_source;
	struct ppp_unit unit; /* kept from one call to the next */
	struct pppd *pppd;
	struct ppp_channel *channel;
	struct dp_link link; /* for pppd, once it is started */
	char ifname[DP_IFNAME_MAX];
};

static struct kernel *kernel_of(struct dataplane *dp)
{
	return (struct kernel *)dp;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* ICMP errors, until there are no more. */
static void report_errors(struct kernel *k)
{
	struct endpoint to;
	int error;

	while (k->udp_fd >= 0 && (error = udp_read_error(k->udp_fd, &to)) > 0)
		k->dp.listener.on_l2tp_error(k->dp.listener.userdata, error);
}

static int on_udp(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct kernel *k = userdata;
	uint8_t data[L2TP_DATAGRAM_MAX];
	struct endpoint from;
	size_t len;

	(void)source;
	if (revents & EPOLLERR)
		report_errors(k);
	/* The listener may close us in between. */
	for (int i = 0; i < 16 && k->udp_fd == fd; i++) {
		int r = udp_receive(fd, &from, data, sizeof(data), &len);
		if (r == -EAGAIN)
			break;
		if (r == -ECONNREFUSED || r == -EHOSTUNREACH || r == -ENETUNREACH) {
			report_errors(k);
			continue;
		}
		/* The kernel hands us data messages, too, that belong to no session. */
		if (r < 0 || len == 0 || !(data[0] & 0x80))
			continue;
		k->dp.listener.on_l2tp(k->dp.listener.userdata, &from, data, len);
	}
	return 0;
}

static void on_expire(void *userdata, uint32_t spi, bool hard)
{
	struct kernel *k = userdata;

	for (size_t i = 0; i < k->n_children; i++)
		if (k->children[i].in.spi == spi ||
		    (k->children[i].used && k->children[i].out.spi == spi)) {
			k->dp.listener.on_expire(k->dp.listener.userdata, spi, hard);
			return;
		}
}

static int on_expire_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct kernel *k = userdata;

	(void)source;
	(void)revents;
	/* The listener may close us in between. */
	while (k->expire_fd == fd && xfrm_events_read(fd, on_expire, k) > 0)
		;
	return 0;
}

static void on_ppp(void *userdata, const struct dp_ppp_event *event)
{
	struct kernel *k = userdata;

	if (event->state == DP_PPP_ADDRESS)
		memcpy(k->ifname, event->ifname, sizeof(k->ifname));
	if (event->state == DP_PPP_DOWN)
		k->ifname[0] = '\0';
	k->dp.listener.on_ppp(k->dp.listener.userdata, event);
}

static int add_policy(struct kernel *k, const struct xfrm_policy *policy, struct failure *f)
{
	const struct undo_entry entry = { &xfrm_policy_kind, policy };

	int r = undo_add(k->undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = xfrm_add_policy(&k->xfrm, policy, f);
	if (r < 0) {
		undo_unless_added(k->undo, &entry, r);
		return r;
	}
	k->policies[k->n_policies++] = *policy;
	return 0;
}

/* RFC 3193 3.3: in both directions nothing but ESP, between exactly these ports. */
static int add_policies(struct kernel *k, struct failure *f)
{
	struct xfrm_policy in = {
		.src = k->config.remote,
		.dst = k->config.local,
		.reqid = k->reqid,
	};
	struct xfrm_policy out = {
		.out = true,
		.src = k->config.local,
		.dst = k->config.remote,
		.reqid = k->reqid,
	};

	int r = add_policy(k, &in, f);
	return r < 0 ? r : add_policy(k, &out, f);
}

static int open_socket(struct kernel *k, struct failure *f)
{
	struct sockaddr_storage sa;
	/* The kernel fragments L2TP rather than losing it: the path may be narrower than we know. */
	bool v6 = k->config.local.family == AF_INET6;
	int dont = v6 ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT;

	int r = udp_open(&(struct udp_request){ .local = k->config.local, .mark = k->config.mark },
			 &k->udp_fd, &k->config.local.port, f);
	if (r < 0)
		return r;
	(void)setsockopt(k->udp_fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			 v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &dont, sizeof(dont));
	socklen_t len = endpoint_to_sockaddr(&k->config.remote, &sa);
	if (connect(k->udp_fd, (struct sockaddr *)&sa, len) < 0)
		return failure_set(f, CAUSE_NO_ROUTE, errno, "L2TP: %s", strerror(errno));
	return 0;
}

/* What came before the policies stood may have come in clear. */
static void discard_input(int fd)
{
	uint8_t data[1];
	struct endpoint from;
	size_t len;

	for (;;) {
		int r = udp_receive(fd, &from, data, sizeof(data), &len);
		if (r == -EAGAIN)
			return;
		if (r < 0 && r != -EMSGSIZE && udp_read_error(fd, &from) <= 0)
			return;
	}
}

static int listen_to_l2tp(struct kernel *k, struct failure *f)
{
	int r = sd_event_add_io(k->event, &k->udp_source, k->udp_fd, EPOLLIN, on_udp, k);

	return r < 0 ? failure_set(f, CAUSE_INTERNAL, r, "event loop") : 0;
}

static int listen_to_all(struct kernel *k, struct failure *f)
{
	int r = xfrm_events_open(&k->expire_fd);
	if (r < 0)
		return failure_set(f, CAUSE_KERNEL_XFRM, r, "SA events: %s", strerror(-r));
	r = sd_event_add_io(k->event, &k->expire_source, k->expire_fd, EPOLLIN, on_expire_io, k);
	return r < 0 ? failure_set(f, CAUSE_INTERNAL, r, "event loop") : listen_to_l2tp(k, f);
}

/* Whether a deletion's result means that the thing isn't there any more. */
static bool is_gone(int r)
{
	return r == 0 || r == -ENOENT || r == -ESRCH;
}

static void remove_policies(struct kernel *k)
{
	while (k->n_policies > 0) {
		const struct xfrm_policy *policy = &k->policies[--k->n_policies];
		/* What can't be taken back now stays on the list and is tried again at the end. */
		if (is_gone(xfrm_del_policy(&k->xfrm, policy)))
			undo_done(k->undo, &(struct undo_entry){ &xfrm_policy_kind, policy });
	}
}

/* What it has carried; nothing, when the kernel took it away by itself. */
static void add_counters(struct kernel *k, const struct xfrm_sa_id *sa, struct xfrm_counters *sum)
{
	struct xfrm_counters counters;

	if (xfrm_get_counters(&k->xfrm, sa, &counters) < 0)
		return;
	sum->bytes += counters.bytes;
	sum->packets += counters.packets;
}

static void remove_sa(struct kernel *k, const struct xfrm_sa_id *sa, struct xfrm_counters *sum)
{
	add_counters(k, sa, sum);
	if (is_gone(xfrm_del_sa(&k->xfrm, sa)))
		undo_done(k->undo, &(struct undo_entry){ &xfrm_sa_kind, sa });
}

static void remove_outbound(struct kernel *k, struct child *child)
{
	explicit_bzero(&child->keys, sizeof(child->keys));
	if (child->used)
		remove_sa(k, &child->out, &k->gone_out);
	child->used = false;
}

static void kernel_close_session(struct dataplane *dp)
{
	struct kernel *k = kernel_of(dp);

	if (k->pppd)
		pppd_kill(k->pppd);
	k->channel = ppp_channel_free(k->channel);
	k->pppd = pppd_free(k->pppd);
	close_fd(&k->session_fd);
	k->ifname[0] = '\0';
}

/* The kernel keeps a tunnel as long as its socket. The policies stand meanwhile. */
static int kernel_renew_tunnel(struct dataplane *dp, struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);

	uint16_t port = k->config.local.port;

	/* A pppd that waits for its session may not have closed what it has of ours yet. */
	kernel_close_session(dp);
	(void)sd_event_source_disable_unref(steal_ptr(k->udp_source));
	close_fd(&k->tunnel_fd);
	close_fd(&k->udp_fd);
	int r = open_socket(k, ret_failure);
	if (r == 0 && k->config.local.port != port)
		r = failure_set(ret_failure, CAUSE_SOCKET, EADDRINUSE,
				"UDP port %u was taken meanwhile", port);
	return r < 0 ? r : listen_to_l2tp(k, ret_failure);
}

static bool kernel_is_ppp_stuck(struct dataplane *dp)
{
	struct kernel *k = kernel_of(dp);

	return k->pppd && pppd_is_stuck(k->pppd);
}

static void kernel_close(struct dataplane *dp)
{
	struct kernel *k = kernel_of(dp);

	k->channel = ppp_channel_free(k->channel);
	k->pppd = pppd_free(k->pppd);
	(void)sd_event_source_disable_unref(steal_ptr(k->udp_source));
	(void)sd_event_source_disable_unref(steal_ptr(k->expire_source));
	close_fd(&k->session_fd);
	close_fd(&k->tunnel_fd);
	close_fd(&k->udp_fd);
	close_fd(&k->expire_fd);
	while (k->n_children > 0) {
		struct child *child = &k->children[--k->n_children];
		remove_outbound(k, child);
		remove_sa(k, &child->in, &k->gone_in);
	}
	remove_policies(k);
	netlink_close(&k->xfrm);
	k->ifname[0] = '\0';
}

/* Unique among all that use the kernel's IPsec at the same time, with overwhelming likelihood. */
static int choose_reqid(uint32_t *ret)
{
	uint32_t id;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	*ret = (id & 0x3fffffff) | 0x40000000;
	return 0;
}

static int kernel_open(struct dataplane *dp, const struct dp_config *config, uint16_t *ret_port,
		       struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);

	k->config = *config;
	int r = choose_reqid(&k->reqid);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_INTERNAL, r, "no random numbers");
	r = xfrm_open(&k->xfrm, ret_failure);
	if (r == 0)
		r = open_socket(k, ret_failure);
	if (r == 0)
		r = add_policies(k, ret_failure);
	if (r == 0)
		discard_input(k->udp_fd);
	if (r == 0)
		r = listen_to_all(k, ret_failure);
	if (r < 0) {
		kernel_close(dp);
		return r;
	}
	*ret_port = k->config.local.port;
	return 0;
}

/* What is to be kept is made once. */
static int prepare_unit(struct kernel *k, const struct dp_ppp *ppp, struct failure *f)
{
	if (k->unit.fd < 0)
		return ppp->keep_interface && pppd_takes_units()
			       ? ppp_unit_open(ppp->ifname, &k->unit, f)
			       : 0;
	ppp_unit_reset(&k->unit);
	return 0;
}

static int start_pppd(struct kernel *k, const struct dp_ppp *ppp, struct failure *f)
{
	struct dp_ppp kept = *ppp;
	struct pppd_request request = {
		.ppp = &kept,
		.session_fd = k->session_fd,
		.unit = k->unit.fd < 0 ? -1 : k->unit.number,
	};

	if (request.unit >= 0)
		memcpy(kept.ifname, k->unit.ifname, sizeof(kept.ifname));
	int r = pppd_new(k->event, k->undo, &request, on_ppp, k, &k->pppd, f);
	explicit_bzero(&kept, sizeof(kept));
	return r;
}

static int kernel_prepare_ppp(struct dataplane *dp, const struct dp_ppp *ppp,
			      struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);

	k->pppd = pppd_free(k->pppd);
	close_fd(&k->session_fd);
	int r = pppol2tp_open(&k->session_fd, ret_failure);
	if (r == 0)
		r = prepare_unit(k, ppp, ret_failure);
	return r < 0 ? r : start_pppd(k, ppp, ret_failure);
}

static int add_sa(struct kernel *k, const struct xfrm_sa *sa, struct xfrm_sa_id *ret,
		  struct failure *f)
{
	const struct xfrm_sa_id id = {
		.src = sa->src,
		.dst = sa->dst,
		.spi = sa->spi,
		.reqid = sa->reqid,
	};
	const struct undo_entry entry = { &xfrm_sa_kind, &id };

	int r = undo_add(k->undo, &entry);
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	r = xfrm_add_sa(&k->xfrm, sa, f);
	if (r < 0) {
		undo_unless_added(k->undo, &entry, r);
		return r;
	}
	*ret = id;
	return 0;
}

/* One direction of a pair. */
static struct xfrm_sa direction(const struct kernel *k, const struct ike_child *child, bool out)
{
	return (struct xfrm_sa){
		.out = out,
		.src = out ? child->local : child->remote,
		.dst = out ? child->remote : child->local,
		.udp_encap = child->udp_encap,
		.spi = out ? child->spi_out : child->spi_in,
		.reqid = k->reqid,
		.sel_src = out ? k->config.local : k->config.remote,
		.sel_dst = out ? k->config.remote : k->config.local,
		.algorithms = child->algorithms,
		.encr_key = out ? &child->encr_out : &child->encr_in,
		.auth_key = out ? &child->auth_out : &child->auth_in,
		.life_kb = child->life_kb,
	};
}

static int kernel_install_child(struct dataplane *dp, const struct ike_child *child,
				struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);
	struct xfrm_sa in = direction(k, child, false);

	if (k->n_children == CHILDREN_MAX)
		return failure_set(ret_failure, CAUSE_INTERNAL, ENOBUFS, "too many SAs");
	struct child *pair = &k->children[k->n_children];
	int r = add_sa(k, &in, &pair->in, ret_failure);
	if (r < 0)
		return r;
	pair->keys = *child;
	pair->used = false;
	k->n_children++;
	return 0;
}

static struct child *find_child(struct kernel *k, uint32_t spi_in)
{
	for (size_t i = 0; i < k->n_children; i++)
		if (k->children[i].in.spi == spi_in)
			return &k->children[i];
	return NULL;
}

/*
 * Of several SAs that would do the kernel takes the one that was added last, or not, by its version.
 * So there is only one: the others go when the new one stands, and no packet finds none.
 */
static int kernel_use_child(struct dataplane *dp, uint32_t spi_in, struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);
	struct child *pair = find_child(k, spi_in);

	if (!pair || pair->used)
		return failure_set(ret_failure, CAUSE_INTERNAL, ENOENT, "no such SA pair");
	struct xfrm_sa out = direction(k, &pair->keys, true);
	int r = add_sa(k, &out, &pair->out, ret_failure);
	explicit_bzero(&pair->keys, sizeof(pair->keys));
	if (r < 0)
		return r;
	pair->used = true;
	for (size_t i = 0; i < k->n_children; i++)
		if (&k->children[i] != pair && k->children[i].used)
			remove_outbound(k, &k->children[i]);
	return 0;
}

static int kernel_remove_child(struct dataplane *dp, uint32_t spi_in)
{
	struct kernel *k = kernel_of(dp);
	struct child *pair = find_child(k, spi_in);

	if (!pair)
		return -ENOENT;
	remove_outbound(k, pair);
	remove_sa(k, &pair->in, &k->gone_in);
	*pair = k->children[--k->n_children];
	explicit_bzero(&k->children[k->n_children].keys, sizeof(pair->keys));
	return 0;
}

static int kernel_send_l2tp(struct dataplane *dp, const uint8_t *data, size_t len)
{
	struct kernel *k = kernel_of(dp);

	if (k->udp_fd < 0)
		return -ENOTCONN;
	return udp_send(k->udp_fd, &k->config.remote, data, len);
}

static int kernel_open_session(struct dataplane *dp, const struct dp_session *session,
			       struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);
	struct pppol2tp_session s = {
		.udp_fd = k->udp_fd,
		.remote = k->config.remote,
		.local_tunnel_id = session->local_tunnel_id,
		.peer_tunnel_id = session->peer_tunnel_id,
		.local_session_id = session->local_session_id,
		.peer_session_id = session->peer_session_id,
		.sequencing = session->sequencing,
	};

	if (k->session_fd < 0 || k->udp_fd < 0)
		return failure_set(ret_failure, CAUSE_INTERNAL, ENOTCONN, "no L2TP socket");
	return pppol2tp_connect(k->session_fd, &s, &k->tunnel_fd, ret_failure);
}

/* The LNS's PPP has spoken, or it waits for ours. */
static void on_channel(void *userdata)
{
	struct kernel *k = userdata;
	struct dp_ppp_event e = { .state = DP_PPP_DOWN };

	if (k->pppd && pppd_start(k->pppd, &k->link, &e.failure) < 0)
		on_ppp(k, &e);
}

static int kernel_start_ppp(struct dataplane *dp, const struct dp_link *link,
			    struct failure *ret_failure)
{
	struct kernel *k = kernel_of(dp);

	if (!k->pppd || k->channel)
		return failure_set(ret_failure, CAUSE_INTERNAL, ENOTCONN, "no pppd");
	k->link = *link;
	/* A request that comes too early costs little where it is repeated soon. */
	nsec_t latest =
		pppd_repeats(k->pppd) ? nsec_min(link->pause, PPP_SPEAK_LATEST) : PPP_SPEAK_LATEST;
	int r = ppp_channel_new(k->event, k->session_fd, latest, on_channel, k, &k->channel);
	if (r < 0)
		return module_failure_set(ret_failure, CAUSE_KERNEL_PPP, r, "ppp_generic");
	return 0;
}

static int kernel_stop_ppp(struct dataplane *dp)
{
	struct kernel *k = kernel_of(dp);

	return k->pppd ? pppd_stop(k->pppd) : -ENOTCONN;
}

static void kernel_get_ppp_reason(struct dataplane *dp, bool ended, struct failure *ret)
{
	struct kernel *k = kernel_of(dp);

	*ret = (struct failure){};
	if (k->pppd)
		pppd_get_reason(k->pppd, ended, ret);
}

static int kernel_get_counters(struct dataplane *dp, struct dp_counters *ret)
{
	struct kernel *k = kernel_of(dp);
	struct dp_counters c = {};

	if (k->ifname[0]) {
		(void)link_get_counters(k->ifname, &c.rx_bytes, &c.tx_bytes, &c.rx_packets,
					&c.tx_packets);
		link_get_address6(k->ifname, &c.address6);
	}
	struct xfrm_counters in = k->gone_in, out = k->gone_out;
	for (size_t i = 0; i < k->n_children; i++) {
		add_counters(k, &k->children[i].in, &in);
		if (k->children[i].used)
			add_counters(k, &k->children[i].out, &out);
	}
	c.esp_in_bytes = in.bytes;
	c.esp_in_packets = in.packets;
	c.esp_out_bytes = out.bytes;
	c.esp_out_packets = out.packets;
	*ret = c;
	return 0;
}

static struct dataplane *kernel_free(struct dataplane *dp)
{
	if (!dp)
		return NULL;
	kernel_close(dp);
	ppp_unit_close(&kernel_of(dp)->unit);
	sd_event_unref(kernel_of(dp)->event);
	free(kernel_of(dp));
	return NULL;
}

static const struct dataplane_ops ops = {
	.open = kernel_open,
	.prepare_ppp = kernel_prepare_ppp,
	.install_child = kernel_install_child,
	.use_child = kernel_use_child,
	.remove_child = kernel_remove_child,
	.send_l2tp = kernel_send_l2tp,
	.open_session = kernel_open_session,
	.start_ppp = kernel_start_ppp,
	.stop_ppp = kernel_stop_ppp,
	.get_ppp_reason = kernel_get_ppp_reason,
	.get_counters = kernel_get_counters,
	.close_session = kernel_close_session,
	.renew_tunnel = kernel_renew_tunnel,
	.is_ppp_stuck = kernel_is_ppp_stuck,
	.close = kernel_close,
	.free = kernel_free,
};

struct dataplane *dataplane_kernel_new(sd_event *event, struct undo *undo)
{
	struct kernel *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	*k = (struct kernel){
		.dp.ops = &ops,
		.event = sd_event_ref(event),
		.undo = undo,
		.xfrm = NETLINK_CLOSED,
		.unit = PPP_UNIT_NONE,
		.udp_fd = -1,
		.expire_fd = -1,
		.session_fd = -1,
		.tunnel_fd = -1,
	};
	return &k->dp;
}
