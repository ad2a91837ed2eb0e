/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDP sockets. They are bound to one local address but not connected: a gateway may answer from
 * another port, and ICMP errors reach unconnected sockets by the error queue (IP_RECVERR) just as
 * soon. IKE's sockets are exempt from every IPsec policy, whoever made it, as RFC 2409's messages
 * must be. All carry the mark by which the routing rules know the tunnel's own packets.
 */
#include "client/kernel/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/module-ban.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif

static void close_fdp(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_mark(int fd, uint32_t mark)
{
	if (!mark)
		return 0;
	return setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0 ? -errno : 0;
}

/* Both directions pass without IPsec, whatever the policies say. */
static int set_bypass(int fd, int family)
{
	int level = family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int option = family == AF_INET6 ? IPV6_XFRM_POLICY : IP_XFRM_POLICY;
	static const uint8_t directions[] = { XFRM_POLICY_OUT, XFRM_POLICY_IN };

	for (size_t i = 0; i < ARRAY_SIZE(directions); i++) {
		struct xfrm_userpolicy_info info = {
			.sel = { .family = (uint16_t)family },
			.action = XFRM_POLICY_ALLOW,
			.dir = directions[i],
		};
		if (setsockopt(fd, level, option, &info, sizeof(info)) < 0)
			return -errno;
	}
	return 0;
}

static int bind_to(int fd, const struct endpoint *local)
{
	struct sockaddr_storage sa;
	struct endpoint any_port = *local;
	socklen_t len = endpoint_to_sockaddr(local, &sa);

	if (bind(fd, (struct sockaddr *)&sa, len) == 0)
		return 0;
	/* Taken by another program, or not ours to have: any other one does as well (RFC 3947 4). */
	if (!local->port || (errno != EADDRINUSE && errno != EACCES))
		return -errno;
	any_port.port = 0;
	len = endpoint_to_sockaddr(&any_port, &sa);
	return bind(fd, (struct sockaddr *)&sa, len) == 0 ? 0 : -errno;
}

static int local_name(int fd, struct endpoint *ret)
{
	struct sockaddr_storage sa = {};
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	return endpoint_from_sockaddr((struct sockaddr *)&sa, len, ret);
}

/* The interface of the route to REMOTE, as the kernel would choose it for a packet of that mark. */
static int lookup_interface(const struct endpoint *remote, const struct endpoint *local,
			    uint32_t mark, char ret[static IF_NAMESIZE])
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	uint8_t bits = (uint8_t)(8 * endpoint_addr_len(remote));
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)remote->family,
		.rtm_dst_len = bits,
		.rtm_src_len = bits,
	};
	union {
		struct nlmsghdr header;
		char bytes[2048];
	} answer;

	int r = netlink_open(&nl, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = netlink_msg(RTM_GETROUTE, 0, &rtm, sizeof(rtm));
	if (!msg || netlink_put_addr(msg, RTA_DST, remote) < 0 ||
	    netlink_put_addr(msg, RTA_SRC, local) < 0 ||
	    (mark && nla_put_u32(msg, RTA_MARK, mark) < 0))
		return -ENOMEM;
	r = netlink_get(&nl, msg, &answer, sizeof(answer));
	if (r < 0)
		return r;
	struct nlattr *oif = nlmsg_find_attr(&answer.header, sizeof(rtm), RTA_OIF);
	if (!oif || nla_len(oif) != 4)
		return -ENODEV;
	return if_indextoname(nla_get_u32(oif), ret) ? 0 : -errno;
}

/* What the kernel knows of the connected socket's path: link, route, and what ICMP taught it. */
static uint32_t path_mtu(int fd, int family)
{
	int mtu = 0;
	socklen_t len = sizeof(mtu);
	int r = family == AF_INET6 ? getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &len)
				   : getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &len);

	return r < 0 || mtu < 0 ? 0 : (uint32_t)mtu;
}

/* RFC 8981: an address that changes by itself would take the tunnel along. */
static void prefer_lasting_address(int fd, int family)
{
	if (family == AF_INET6)
		(void)(set_int(fd, IPPROTO_IPV6, IPV6_ADDR_PREFERENCES, IPV6_PREFER_SRC_PUBLIC) <
		       0);
}

int udp_find_path(const struct endpoint *remote, uint32_t mark, struct udp_path *ret,
		  struct failure *ret_failure)
{
	_cleanup_(close_fdp) int fd = -1;
	char text[ENDPOINT_STRLEN];
	struct udp_path path = {};
	struct sockaddr_storage sa;
	socklen_t len = endpoint_to_sockaddr(remote, &sa);

	fd = socket(remote->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, errno, "%s", strerror(errno));
	int r = set_mark(fd, mark);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_PRIVILEGE, r, "marking packets");
	prefer_lasting_address(fd, remote->family);
	if (connect(fd, (struct sockaddr *)&sa, len) < 0)
		return failure_set(ret_failure, CAUSE_NO_ROUTE, errno, "%s: %s",
				   endpoint_addr_str(remote, text), strerror(errno));
	r = local_name(fd, &path.local);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, r, "%s", strerror(-r));
	path.local.port = 0;
	path.mtu = path_mtu(fd, remote->family);
	r = lookup_interface(remote, &path.local, mark, path.ifname);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_NO_ROUTE, r, "%s: %s",
				   endpoint_addr_str(remote, text), strerror(-r));
	*ret = path;
	return 0;
}

/* Everything but the privileged options. */
static int set_common(int fd, int family)
{
	if (family == AF_INET6) {
		int r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		return r < 0 ? r : set_int(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	}
	return set_int(fd, IPPROTO_IP, IP_RECVERR, 1);
}

int udp_open(const struct udp_request *request, int *ret_fd, uint16_t *ret_port,
	     struct failure *ret_failure)
{
	_cleanup_(close_fdp) int fd = -1;
	struct endpoint local = {};

	fd = socket(request->local.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, errno, "%s", strerror(errno));
	int r = set_common(fd, request->local.family);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, r, "%s", strerror(-r));
	r = set_mark(fd, request->mark);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_PRIVILEGE, r, "marking packets");
	r = request->bypass ? set_bypass(fd, request->local.family) : 0;
	if (r == -EPERM)
		return failure_set(ret_failure, CAUSE_PRIVILEGE, r, "exempting IKE from IPsec");
	if (r < 0)
		return failure_set(ret_failure, CAUSE_KERNEL_XFRM, r,
				   "exempting IKE from IPsec: %s, module xfrm_user", strerror(-r));
	r = request->esp_in_udp ? set_int(fd, SOL_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP) : 0;
	if (r < 0)
		return module_failure_set(ret_failure, CAUSE_KERNEL_ESP, r,
					  request->local.family == AF_INET6 ? "xfrm_user esp6"
									    : "xfrm_user esp4");
	r = bind_to(fd, &request->local);
	if (r == 0)
		r = local_name(fd, &local);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SOCKET, r, "%s", strerror(-r));
	*ret_fd = steal_fd(fd);
	*ret_port = local.port;
	return 0;
}

int udp_send(int fd, const struct endpoint *to, const uint8_t *data, size_t len)
{
	struct sockaddr_storage sa;
	socklen_t sa_len = endpoint_to_sockaddr(to, &sa);

	/* The first call may give the error of an earlier datagram instead of sending this one. */
	for (int tries = 0; tries < 2; tries++) {
		ssize_t n = sendto(fd, data, len, MSG_NOSIGNAL, (struct sockaddr *)&sa, sa_len);
		if (n >= 0)
			return 0;
		if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EINTR)
			break;
	}
	return -errno;
}

int udp_receive(int fd, struct endpoint *ret_from, void *buf, size_t size, size_t *ret_len)
{
	struct sockaddr_storage sa = {};
	socklen_t sa_len = sizeof(sa);

	ssize_t n = recvfrom(fd, buf, size, MSG_TRUNC, (struct sockaddr *)&sa, &sa_len);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if ((size_t)n > size)
		return -EMSGSIZE;
	int r = endpoint_from_sockaddr((struct sockaddr *)&sa, sa_len, ret_from);
	if (r < 0)
		return r;
	*ret_len = (size_t)n;
	return 0;
}

static int error_of(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct sock_extended_err err;
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
		if ((!v4 && !v6) || c->cmsg_len < CMSG_LEN(sizeof(err)))
			continue;
		memcpy(&err, CMSG_DATA(c), sizeof(err));
		return err.ee_errno > 0 && err.ee_errno < 4096 ? (int)err.ee_errno : EPROTO;
	}
	return EPROTO;
}

int udp_read_error(int fd, struct endpoint *ret_to)
{
	struct sockaddr_storage sa = {};
	char data[64];
	union {
		struct cmsghdr header;
		char bytes[512];
	} control = {};
	struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
	struct msghdr msg = {
		.msg_name = &sa,
		.msg_namelen = sizeof(sa),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (endpoint_from_sockaddr((struct sockaddr *)&sa, msg.msg_namelen, ret_to) < 0)
		*ret_to = (struct endpoint){};
	return error_of(&msg);
}
