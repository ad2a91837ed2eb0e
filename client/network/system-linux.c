/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system as the connection sees it, made of the edges: name look-up (resolve.c), IKE's sockets
 * (udp.c), routes and rules (net.c), name servers (dns.c). It only ties them together.
 */
#include "client/network/system-linux.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "client/kernel/link.h"
#include "client/kernel/udp.h"
#include "client/kernel/xfrm-policy.h"
#include "client/network/dns.h"
#include "client/network/net-claim.h"
#include "client/network/net-request.h"
#include "client/network/net-restore.h"
#include "client/network/net-sysctl.h"
#include "client/network/net-uplink.h"
#include "client/network/net-wall.h"
#include "client/network/net.h"
#include "client/network/resolve-beside.h"
#include "client/network/resolve.h"
#include "client/network/watch.h"
#include "ike/ike.h"

/* Somebody who removes our rules again and again is told of once in a while. */
#define TELL_USEC (60 * UINT64_C(1000000))

/* What the kernel had no room for. */
#define RESTORE_USEC (1 * UINT64_C(1000000))

struct linux_system;

/* One of the two IKE sockets. */
struct ike_socket {
	struct linux_system *system;
	bool natt;
	int fd;
	sd_event_source *source;
};

struct linux_system {
	struct system sys; /* first: they are one */
	sd_event *event;
	struct undo *undo;
	struct resolve *resolve;
	struct resolve_beside *beside;
	struct ike_socket ike[2];   /* by `natt` */
	struct watch *watch;	    /* NULL before the first look at the network */
	struct sys_network network; /* the last one that was asked for */
	bool applied;
	struct endpoint local, gateway; /* of IKE's sockets; family 0 before there were any */
	char uplink[SYS_IFNAME_MAX];
	unsigned int n_restored; /* and not told of yet */
	uint64_t told_usec;
	sd_event_source *restore_timer; /* NULL before put_back() has left something for later */
	struct dns *dns;
};

static struct linux_system *linux_of(struct system *sys)
{
	return (struct linux_system *)sys;
}

static void on_resolved(void *userdata, const struct endpoint *addrs, size_t n,
			const struct failure *f)
{
	struct linux_system *l = userdata;
	struct failure explained = *f;

	link_explain(&explained);
	l->sys.listener.on_resolved(l->sys.listener.userdata, addrs, n, &explained);
}

static void find_mark(void *userdata, const struct undo_entry *e)
{
	const struct net_rule *rule = undo_entry_as(e, &net_rule_kind);
	uint32_t *mark = userdata;

	if (rule && rule->mark)
		*mark = rule->mark;
}

static int linux_resolve(struct system *sys, const char *name, uint32_t beside,
			 struct failure *ret_failure)
{
	struct linux_system *l = linux_of(sys);
	struct endpoint servers[SYS_DNS_MAX];
	int r;

	/* What a dead predecessor has left closed lets pass what has its mark. */
	if (!beside && undo_is_closed(l->undo))
		undo_each(l->undo, find_mark, &beside);
	l->resolve = resolve_free(l->resolve);
	l->beside = resolve_beside_free(l->beside);
	if (beside)
		r = resolve_beside_new(l->event, name, servers, dns_get_uplink(l->dns, servers),
				       beside, on_resolved, l, &l->beside);
	else
		r = resolve_new(l->event, name, on_resolved, l, &l->resolve);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_RESOLVE, r, "%s", strerror(-r));
	return 0;
}

static void report_errors(struct ike_socket *s, int fd)
{
	const struct sys_listener *listener = &s->system->sys.listener;
	struct endpoint to;
	int error;

	while (s->fd == fd && (error = udp_read_error(fd, &to)) > 0)
		listener->on_ike_error(listener->userdata, s->natt, error);
}

static int on_ike(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct ike_socket *s = userdata;
	const struct sys_listener *listener = &s->system->sys.listener;
	uint8_t data[IKE_DATAGRAM_MAX];
	struct endpoint from;
	size_t len;

	(void)source;
	if (revents & EPOLLERR)
		report_errors(s, fd);
	/* A flood mustn't starve the rest of the loop; the listener may close us in between. */
	for (int i = 0; i < 16 && s->fd == fd; i++) {
		int r = udp_receive(fd, &from, data, sizeof(data), &len);
		if (r == -EAGAIN)
			break;
		if (r == 0)
			listener->on_ike(listener->userdata, s->natt, &from, data, len);
		else if (r != -EMSGSIZE)
			report_errors(s, fd);
	}
	return 0;
}

static void close_ike(struct ike_socket *s)
{
	(void)sd_event_source_disable_unref(steal_ptr(s->source));
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
}

static void linux_close_ike(struct system *sys)
{
	struct linux_system *l = linux_of(sys);

	close_ike(&l->ike[0]);
	close_ike(&l->ike[1]);
}

static int open_ike(struct linux_system *l, const struct udp_request *request, bool natt,
		    uint16_t *ret_port, struct failure *f)
{
	struct ike_socket *s = &l->ike[natt];

	int r = udp_open(request, &s->fd, ret_port, f);
	if (r < 0)
		return r;
	r = sd_event_add_io(l->event, &s->source, s->fd, EPOLLIN, on_ike, s);
	return r < 0 ? failure_set(f, CAUSE_INTERNAL, r, "event loop") : 0;
}

static void tell_restored(struct linux_system *l, int error, uint64_t now)
{
	const struct sys_listener *listener = &l->sys.listener;

	l->told_usec = now;
	if (listener->on_network_restored)
		listener->on_network_restored(listener->userdata, l->n_restored, error);
	l->n_restored = 0;
}

static int on_restore_timer(sd_event_source *source, uint64_t usec, void *userdata);

/* Without memory for a timer the next news do as well. */
static void restore_at(struct linux_system *l, uint64_t usec)
{
	if (!l->restore_timer && sd_event_add_time(l->event, &l->restore_timer, CLOCK_BOOTTIME,
						   UINT64_MAX, 0, on_restore_timer, l) < 0)
		return;
	if (sd_event_source_set_time(l->restore_timer, usec) >= 0)
		(void)sd_event_source_set_enabled(l->restore_timer, SD_EVENT_ONESHOT);
}

/*
 * Without a pause of its own: what isn't there must stand again at once, and whoever removes it sets the pace. What
 * can't be put back now, or told now, has its time.
 */
static void put_back(struct linux_system *l, bool swept)
{
	unsigned int n;
	uint64_t now;

	int r = net_restore(l->undo, swept, &n);
	l->n_restored += n;
	if (sd_event_now(l->event, CLOCK_BOOTTIME, &now) < 0)
		return;
	if ((l->n_restored > 0 || r < 0) && (!l->told_usec || now - l->told_usec >= TELL_USEC))
		tell_restored(l, r, now);
	if (r < 0)
		restore_at(l, now + RESTORE_USEC);
	else if (l->n_restored > 0)
		restore_at(l, l->told_usec + TELL_USEC);
}

static int on_restore_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	put_back(userdata, true);
	return 0;
}

static void on_change(void *userdata, enum watch_news news)
{
	struct linux_system *l = userdata;

	struct failure f = { 0 };

	/* What can't be followed now is tried again with the next news; the rules stand anyway. */
	if (news == WATCH_OWN && l->applied)
		(void)(net_follow(&l->network, l->undo, &f) < 0);
	/* Who only asks knows no network, and leaves a predecessor's walls alone. */
	if ((news == WATCH_OWN || news == WATCH_OTHER) && l->network.mark &&
	    undo_has_kind(l->undo, &xfrm_wall_kind))
		(void)(net_wall(&l->network, l->undo, &f) < 0); /* the same */
	/* Of routes that go with a link that is taken down and up again the kernel says nothing. */
	put_back(l, news != WATCH_REMOVED);
	if (news == WATCH_OTHER && l->local.family && l->sys.listener.on_network_change)
		l->sys.listener.on_network_change(l->sys.listener.userdata);
}

static int begin_watch(struct linux_system *l, struct failure *f)
{
	return l->watch ? 0 : watch_new(l->event, on_change, l, &l->watch, f);
}

static int linux_find_path(struct system *sys, const struct sys_ike_sockets *request,
			   struct sys_ike_local *ret, struct failure *ret_failure)
{
	struct udp_path path;

	(void)sys;
	int r = udp_find_path(&request->remote, request->mark, &path, ret_failure);
	if (r < 0) {
		link_explain(ret_failure);
		return r;
	}
	*ret = (struct sys_ike_local){ .local = path.local, .path_mtu = path.mtu };
	memcpy(ret->uplink, path.ifname, sizeof(ret->uplink));
	return 0;
}

static int linux_open_ike(struct system *sys, const struct sys_ike_sockets *request,
			  struct sys_ike_local *ret, struct failure *ret_failure)
{
	struct linux_system *l = linux_of(sys);
	struct sys_ike_local local = {};

	/* From before the look at the routes: a change after it is none that nobody sees. */
	int r = begin_watch(l, ret_failure);
	if (r == 0)
		r = linux_find_path(sys, request, &local, ret_failure);
	if (r < 0)
		return r;
	l->local = local.local;
	l->gateway = request->remote;
	memcpy(l->uplink, local.uplink, sizeof(l->uplink));
	/* While the network is closed or held, what closes it would drop the gateway's answers as well. */
	if (undo_has_kind(l->undo, &net_rule_kind))
		r = net_open_uplink(local.uplink, l->undo, ret_failure);
	if (r == 0 && undo_has_kind(l->undo, &net_rule_kind))
		r = net_show_gateway(&l->network, l->uplink, &l->local, &l->gateway, l->undo,
				     ret_failure);
	if (r < 0)
		return r;
	struct udp_request udp = { .local = local.local, .mark = request->mark, .bypass = true };
	udp.local.port = request->want_port;
	r = open_ike(l, &udp, false, &local.local.port, ret_failure);
	udp.local.port = request->want_natt_port;
	udp.esp_in_udp = true;
	if (r == 0)
		r = open_ike(l, &udp, true, &local.natt_port, ret_failure);
	if (r < 0) {
		linux_close_ike(sys);
		return r;
	}
	*ret = local;
	return 0;
}

static int linux_send_ike(struct system *sys, bool natt, const struct endpoint *to,
			  const uint8_t *data, size_t len)
{
	struct linux_system *l = linux_of(sys);

	return l->ike[natt].fd < 0 ? -ENOTCONN : udp_send(l->ike[natt].fd, to, data, len);
}

/* The table of the request's number or the next one that no other connection has. */
static int claim_table(struct undo *undo, struct sys_network *network, struct failure *f)
{
	char name[NET_CLAIM_MAX], owner[NAME_MAX + 1];
	uint32_t wish = network->table - SYS_TABLE;
	int r = -EBUSY;

	for (uint32_t i = 0; i < SYS_TABLES && r == -EBUSY; i++) {
		network->table = SYS_TABLE + (wish + i) % SYS_TABLES;
		(void)snprintf(name, sizeof(name), "table-%u", network->table);
		r = net_claim(undo, name, owner);
	}
	return r < 0 ? failure_set(f, CAUSE_RUN_DIR, r, "%s: %s", name, strerror(-r)) : 0;
}

static int claim_default(struct undo *undo, const char *name, struct failure *f)
{
	char owner[NAME_MAX + 1];

	int r = net_claim(undo, name, owner);
	if (r == -EBUSY)
		return failure_set(f, CAUSE_DEFAULT_TAKEN, r, "it is %.100s", owner);
	return r < 0 ? failure_set(f, CAUSE_RUN_DIR, r, "%s: %s", name, strerror(-r)) : 0;
}

/* Both are kept until the end: who has them needn't ask again. */
static int claim(struct undo *undo, struct sys_network *network, struct failure *f)
{
	int r = claim_table(undo, network, f);

	if (r == 0 && network->default_route)
		r = claim_default(undo, "default", f);
	if (r == 0 && network->default_route6)
		r = claim_default(undo, "default6", f);
	return r;
}

static int close_network(struct linux_system *l, struct failure *f)
{
	unsigned int n;

	int r = begin_watch(l, f);
	if (r == 0)
		r = net_guard(&l->network, l->undo, f);
	/* What a dead predecessor has closed was watched by nobody. */
	if (r == 0 && net_restore(l->undo, true, &n) < 0)
		restore_at(l, 0);
	return r;
}

/* What is closed stays so after the process, however it ends, until somebody opens. */
static int stay_closed(struct undo *undo, struct failure *f)
{
	const struct undo_entry closed = { &net_closed_kind, NULL };

	int r = undo_is_closed(undo) ? 0 : undo_add(undo, &closed);
	return r < 0 ? failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r)) : 0;
}

static int linux_guard_network(struct system *sys, const struct sys_network *network,
			       struct failure *ret_failure)
{
	struct linux_system *l = linux_of(sys);
	struct sys_network claimed = *network;

	int r = claim(l->undo, &claimed, ret_failure);
	bool was_closed = undo_is_closed(l->undo);
	if (r < 0 || !(network->kill_switch || (network->stays_closed && was_closed)))
		return r;
	r = stay_closed(l->undo, ret_failure);
	if (r < 0)
		return r;
	l->network = claimed;
	r = close_network(l, ret_failure);
	/* Nobody is told that it stays closed when it isn't. */
	if (r < 0 && !was_closed)
		undo_unlock(l->undo);
	return r;
}

/* What a predecessor left closed, and the profile doesn't ask for any more, ends with a new connection. */
static void open_up(struct linux_system *l)
{
	undo_unlock(l->undo);
	undo_run_kinds(l->undo, UNDO_KINDS(&net_rule_kind, &net_barrier_kind, &xfrm_wall_kind));
}

static void on_names_ready(void *userdata, const struct failure *f)
{
	struct linux_system *l = userdata;

	l->sys.listener.on_names_ready(l->sys.listener.userdata, f);
}

static int linux_apply_network(struct system *sys, const struct sys_network *network,
			       struct failure *ret_failure)
{
	struct linux_system *l = linux_of(sys);
	struct sys_network claimed = *network;

	int r = claim(l->undo, &claimed, ret_failure);
	if (r < 0)
		return r;
	if (undo_is_closed(l->undo) && !network->stays_closed)
		open_up(l);
	watch_set_own(l->watch, link_ifindex(network->ifname));
	l->network = claimed;
	l->applied = true;
	r = net_apply(&claimed, l->undo, ret_failure);
	if (r == 0)
		r = net_show_gateway(&claimed, l->uplink, &l->local, &l->gateway, l->undo,
				     ret_failure);
	if (r == 0 && network->stays_closed)
		r = stay_closed(l->undo, ret_failure);
	if (r < 0)
		return r;
	/* Without its name servers the tunnel is worth having: said, but no reason to give up. */
	return dns_set(l->dns, network, ret_failure) > 0;
}

static void linux_hold_network(struct system *sys)
{
	struct linux_system *l = linux_of(sys);

	undo_run_kinds(l->undo, UNDO_KINDS(&net_route_kind, &xfrm_guard_kind, &xfrm_gate_kind));
	dns_revert(l->dns);
	l->applied = false;
	if (l->watch)
		watch_set_own(l->watch, 0);
}

static bool linux_undo_network(struct system *sys, bool open)
{
	struct linux_system *l = linux_of(sys);

	linux_hold_network(sys);
	if (open)
		undo_unlock(l->undo);
	if (undo_is_closed(l->undo))
		return true;
	undo_run_kinds(l->undo, UNDO_KINDS(&net_rule_kind, &net_barrier_kind, &xfrm_wall_kind,
					   &net_claim_kind, &net_sysctl_kind));
	return false;
}

static int linux_random(struct system *sys, void *ret, size_t len)
{
	uint8_t *p = ret;

	(void)sys;
	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static struct system *linux_free(struct system *sys)
{
	if (!sys)
		return NULL;
	struct linux_system *l = linux_of(sys);
	linux_close_ike(sys);
	resolve_free(l->resolve);
	resolve_beside_free(l->beside);
	dns_free(l->dns);
	watch_free(l->watch);
	(void)sd_event_source_disable_unref(l->restore_timer);
	sd_event_unref(l->event);
	free(l);
	return NULL;
}

static const struct system_ops ops = {
	.resolve = linux_resolve,
	.open_ike = linux_open_ike,
	.find_path = linux_find_path,
	.send_ike = linux_send_ike,
	.close_ike = linux_close_ike,
	.guard_network = linux_guard_network,
	.apply_network = linux_apply_network,
	.hold_network = linux_hold_network,
	.undo_network = linux_undo_network,
	.random = linux_random,
	.free = linux_free,
};

struct system *system_linux_new(sd_event *event, struct undo *undo)
{
	struct linux_system *l = malloc(sizeof(*l));

	if (!l)
		return NULL;
	*l = (struct linux_system){
		.sys.ops = &ops,
		.event = sd_event_ref(event),
		.undo = undo,
		.ike = { { .system = l, .fd = -1 }, { .system = l, .natt = true, .fd = -1 } },
	};
	if (dns_new(event, undo, on_names_ready, l, &l->dns) < 0) {
		linux_free(&l->sys);
		return NULL;
	}
	return &l->sys;
}
