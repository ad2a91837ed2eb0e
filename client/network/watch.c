/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's news of links, addresses, routes and rules (rtnetlink(7)), and of IPsec policies. What they say is not
 * kept: whoever is told looks for himself, so that lost news (ENOBUFS) are news like any other.
 */
#include "client/network/watch.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>

#include "client/kernel/xfrm-policy.h"
#include "client/network/net-request.h"

/* A changing uplink makes a dozen messages within a few ms; nobody waits for the last of them longer. */
#define QUIET_USEC (100 * UINT64_C(1000))

#define BURST_MAX   64
#define BUFFER_SIZE 16384

struct watch {
	watch_fn fn;
	void *userdata;
	uint32_t own;
	struct source {
		struct watch *watch;
		int fd;
		sd_event_source *io;
		bool policies; /* of XFRM, else rtnetlink */
	} sources[2];
	sd_event_source *timer;
	bool pending; /* the timer runs */
};

/* NLMSG_DATA() takes const away. */
static const void *payload(const struct nlmsghdr *h)
{
	return (const char *)h + NLMSG_HDRLEN;
}

static uint32_t route_interface(const struct nlmsghdr *h)
{
	struct nlattr *oif =
		nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)h, sizeof(struct rtmsg), RTA_OIF);

	return oif && nla_len(oif) == (int)sizeof(uint32_t) ? nla_get_u32(oif) : 0;
}

static enum watch_news judge_route(const struct nlmsghdr *h, uint32_t own)
{
	struct rtmsg rtm;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(rtm)))
		return WATCH_NOTHING;
	memcpy(&rtm, payload(h), sizeof(rtm));
	/* What the kernel remembers of single peers. */
	if (rtm.rtm_flags & RTM_F_CLONED)
		return WATCH_NOTHING;
	/* Ours, and those of the other connections. */
	if (rtm.rtm_protocol == NET_ROUTE_PROTOCOL)
		return h->nlmsg_type == RTM_DELROUTE ? WATCH_REMOVED : WATCH_NOTHING;
	return own && route_interface(h) == own ? WATCH_OWN : WATCH_OTHER;
}

static enum watch_news judge_rule(const struct nlmsghdr *h)
{
	struct nlattr *protocol = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)h,
						  sizeof(struct fib_rule_hdr), FRA_PROTOCOL);

	return protocol && nla_len(protocol) == 1 && nla_get_u8(protocol) == NET_ROUTE_PROTOCOL
		       ? WATCH_REMOVED
		       : WATCH_NOTHING;
}

/* A deleted policy is in an attribute, behind what it was deleted by. */
enum watch_news watch_judge_policy(const struct nlmsghdr *h)
{
	struct xfrm_userpolicy_info info;

	if (h->nlmsg_type == XFRM_MSG_FLUSHPOLICY)
		return WATCH_REMOVED;
	if (h->nlmsg_type != XFRM_MSG_DELPOLICY)
		return WATCH_NOTHING;
	struct nlattr *policy = nlmsg_find_attr((struct nlmsghdr *)(uintptr_t)h,
						sizeof(struct xfrm_userpolicy_id), XFRMA_POLICY);
	if (!policy || (size_t)nla_len(policy) < sizeof(info))
		return WATCH_NOTHING;
	memcpy(&info, nla_data(policy), sizeof(info));
	return xfrm_is_our_priority(info.priority) ? WATCH_REMOVED : WATCH_NOTHING;
}

enum watch_news watch_judge(const struct nlmsghdr *h, uint32_t own)
{
	struct ifinfomsg link;
	struct ifaddrmsg address;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(link)))
			return WATCH_NOTHING;
		memcpy(&link, payload(h), sizeof(link));
		return own && link.ifi_index == (int)own ? WATCH_OWN : WATCH_OTHER;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(address)))
			return WATCH_NOTHING;
		memcpy(&address, payload(h), sizeof(address));
		return own && address.ifa_index == own ? WATCH_OWN : WATCH_OTHER;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return judge_route(h, own);
	case RTM_DELRULE:
		return judge_rule(h);
	}
	return WATCH_NOTHING;
}

static int on_quiet(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct watch *w = userdata;

	(void)source;
	(void)usec;
	w->pending = false;
	w->fn(w->userdata, WATCH_OTHER);
	return 0;
}

/* Not set back by later news: what goes on changing is told ten times a second. */
static void tell_soon(struct watch *w)
{
	uint64_t now;

	if (w->pending ||
	    sd_event_now(sd_event_source_get_event(w->timer), CLOCK_BOOTTIME, &now) < 0)
		return;
	w->pending = sd_event_source_set_time(w->timer, now + QUIET_USEC) >= 0 &&
		     sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT) >= 0;
}

/* Which news there were, by their numbers. */
struct heard {
	bool of[WATCH_REMOVED + 1];
};

static void lost(struct heard *heard)
{
	heard->of[WATCH_OWN] = heard->of[WATCH_OTHER] = heard->of[WATCH_REMOVED] = true;
}

/* One datagram. Return: whether there was one. */
static bool receive(const struct source *s, struct heard *heard)
{
	union {
		struct nlmsghdr header;
		char bytes[BUFFER_SIZE];
	} buf;
	struct sockaddr_nl from = { 0 };
	socklen_t from_len = sizeof(from);

	ssize_t n =
		recvfrom(s->fd, &buf, sizeof(buf), MSG_TRUNC, (struct sockaddr *)&from, &from_len);
	if (n < 0 && errno == EINTR)
		return true;
	if (n < 0 && errno != ENOBUFS)
		return false;
	if (n < 0 || (size_t)n > sizeof(buf)) {
		lost(heard);
		return true;
	}
	int left = from.nl_pid == 0 ? (int)n : 0;
	for (struct nlmsghdr *h = &buf.header; nlmsg_ok(h, left); h = nlmsg_next(h, &left))
		heard->of[s->policies ? watch_judge_policy(h) : watch_judge(h, s->watch->own)] =
			true;
	return true;
}

static int on_news(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	const struct source *s = userdata;
	struct watch *w = s->watch;
	struct heard heard = { 0 };

	(void)source;
	(void)fd;
	(void)revents;
	for (int i = 0; i < BURST_MAX && receive(s, &heard); i++)
		;
	if (heard.of[WATCH_OTHER])
		tell_soon(w);
	if (heard.of[WATCH_REMOVED])
		w->fn(w->userdata,
		      heard.of[WATCH_OWN] || heard.of[WATCH_OTHER] ? WATCH_SWEPT : WATCH_REMOVED);
	if (heard.of[WATCH_OWN])
		w->fn(w->userdata, WATCH_OWN);
	return 0;
}

static int open_socket(int protocol, const int *groups, size_t n_groups, int *ret_fd)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };

	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (fd < 0)
		return -errno;

	int r = bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0 ? -errno : 0;
	for (size_t i = 0; i < n_groups && r == 0; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			r = -errno;
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static void watch_freep(struct watch **w)
{
	*w = watch_free(*w);
}

static int open_sources(struct watch *w, sd_event *event, struct failure *f)
{
	static const int route[] = { RTNLGRP_LINK,	 RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
				     RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
				     RTNLGRP_IPV6_RULE };
	static const int policies[] = { XFRMNLGRP_POLICY };

	int r = open_socket(NETLINK_ROUTE, route, ARRAY_SIZE(route), &w->sources[0].fd);
	if (r < 0)
		return failure_set(f, CAUSE_SOCKET, r, "rtnetlink: %s", strerror(-r));
	/* Without XFRM there is no policy of ours, and no connection, which says so itself. */
	w->sources[1].policies = true;
	if (open_socket(NETLINK_XFRM, policies, ARRAY_SIZE(policies), &w->sources[1].fd) < 0)
		w->sources[1].fd = -1;
	for (size_t i = 0; i < ARRAY_SIZE(w->sources); i++) {
		struct source *s = &w->sources[i];
		s->watch = w;
		r = s->fd < 0 ? 0 : sd_event_add_io(event, &s->io, s->fd, EPOLLIN, on_news, s);
		if (r < 0)
			return failure_set(f, CAUSE_INTERNAL, r, "event loop");
	}
	return 0;
}

int watch_new(sd_event *event, watch_fn fn, void *userdata, struct watch **ret,
	      struct failure *ret_failure)
{
	_cleanup_(watch_freep) struct watch *w = malloc(sizeof(*w));

	if (!w)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "watch");
	*w = (struct watch){ .fn = fn,
			     .userdata = userdata,
			     .sources = { { .fd = -1 }, { .fd = -1 } } };
	int r = open_sources(w, event, ret_failure);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &w->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_quiet, w);
	if (r >= 0)
		r = sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_INTERNAL, r, "event loop");
	*ret = steal_ptr(w);
	return 0;
}

void watch_set_own(struct watch *w, uint32_t ifindex)
{
	w->own = ifindex;
}

struct watch *watch_free(struct watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(w->sources); i++) {
		(void)sd_event_source_disable_unref(w->sources[i].io);
		if (w->sources[i].fd >= 0)
			(void)close(w->sources[i].fd);
	}
	(void)sd_event_source_disable_unref(w->timer);
	free(w);
	return NULL;
}
