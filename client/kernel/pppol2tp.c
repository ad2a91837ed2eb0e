/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tunnel and session in the kernel: connecting a PPPoX socket makes the one, connecting a second one
 * the other. The kernel takes the data messages of the tunnel's UDP socket and leaves the control
 * messages to whoever reads it.
 *
 * A session socket drops nothing from the moment it is bound to its PPP channel: until PPP's program
 * attaches, the frames wait in the channel. An LNS that speaks first, right after ICCN, is heard.
 */
#include "client/kernel/pppol2tp.h"

#include <errno.h>
#include <linux/ppp-ioctl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_pppox.h>

#include "client/kernel/module-ban.h"

/* How long a packet waits for one before it. */
#define REORDER_TIMEOUT_MS 100

int pppol2tp_open(int *ret_fd, struct failure *ret_failure)
{
	int fd = socket(AF_PPPOX, SOCK_DGRAM | SOCK_CLOEXEC, PX_PROTO_OL2TP);
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	switch (errno) {
	case EPERM:
	case EACCES:
		return failure_set(ret_failure, CAUSE_PRIVILEGE, errno, "opening a PPP socket");
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return module_failure_set(ret_failure, CAUSE_KERNEL_L2TP, errno,
					  "pppox l2tp_core l2tp_netlink l2tp_ppp");
	}
	return failure_set(ret_failure, CAUSE_KERNEL_L2TP, errno, "PPPoL2TP socket: %s",
			   strerror(errno));
}

/* The same for both families, whose structures differ in the order of their fields. */
static int connect_ids(int fd, const struct pppol2tp_session *s, uint16_t local_session_id,
		       uint16_t peer_session_id)
{
	struct sockaddr_storage remote;
	union {
		struct sockaddr any; /* the others are packed, and have no alignment of their own */
		struct sockaddr_pppol2tp v4;
		struct sockaddr_pppol2tpin6 v6;
	} sa;
	socklen_t len;

	(void)endpoint_to_sockaddr(&s->remote, &remote);
	if (s->remote.family == AF_INET6) {
		sa.v6 = (struct sockaddr_pppol2tpin6){
			.sa_family = AF_PPPOX,
			.sa_protocol = PX_PROTO_OL2TP,
			.pppol2tp = { .fd = s->udp_fd,
				      .s_tunnel = s->local_tunnel_id,
				      .d_tunnel = s->peer_tunnel_id,
				      .s_session = local_session_id,
				      .d_session = peer_session_id },
		};
		memcpy(&sa.v6.pppol2tp.addr, &remote, sizeof(sa.v6.pppol2tp.addr));
		len = sizeof(sa.v6);
	} else {
		sa.v4 = (struct sockaddr_pppol2tp){
			.sa_family = AF_PPPOX,
			.sa_protocol = PX_PROTO_OL2TP,
			.pppol2tp = { .fd = s->udp_fd,
				      .s_tunnel = s->local_tunnel_id,
				      .d_tunnel = s->peer_tunnel_id,
				      .s_session = local_session_id,
				      .d_session = peer_session_id },
		};
		memcpy(&sa.v4.pppol2tp.addr, &remote, sizeof(sa.v4.pppol2tp.addr));
		len = sizeof(sa.v4);
	}
	return connect(fd, &sa.any, len) < 0 ? -errno : 0;
}

/*
 * 5.4, 4.4.6: with the Sequencing Required AVP numbers are on every packet, both ways: those without
 * are dropped, and those that overtake one another wait for each other. Without the AVP the kernel does
 * as the LNS does: it begins and stops with numbers when the LNS does.
 */
static int require_sequencing(int fd)
{
	static const struct {
		int option, value;
	} options[] = {
		{ PPPOL2TP_SO_SENDSEQ, 1 },
		{ PPPOL2TP_SO_RECVSEQ, 1 },
		{ PPPOL2TP_SO_REORDERTO, REORDER_TIMEOUT_MS },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (setsockopt(fd, SOL_PPPOL2TP, options[i].option, &options[i].value,
			       sizeof(options[i].value)) < 0)
			return -errno;
	return 0;
}

static int set_up_session(int fd, const struct pppol2tp_session *s)
{
	int channel;

	int r = connect_ids(fd, s, s->local_session_id, s->peer_session_id);
	if (r == 0 && s->sequencing)
		r = require_sequencing(fd);
	if (r < 0)
		return r;
	/* Asking for the channel's number binds the socket to it. */
	return ioctl(fd, PPPIOCGCHAN, &channel) < 0 ? -errno : 0;
}

static int make_tunnel(const struct pppol2tp_session *session, int *ret, struct failure *f)
{
	int fd = -1;

	int r = pppol2tp_open(&fd, f);
	if (r < 0)
		return r;
	r = connect_ids(fd, session, 0, 0);
	if (r < 0) {
		(void)close(fd);
		return failure_set(f, CAUSE_KERNEL_L2TP, r, "making the tunnel: %s", strerror(-r));
	}
	*ret = fd;
	return 0;
}

int pppol2tp_connect(int session_fd, const struct pppol2tp_session *session, int *tunnel_fd,
		     struct failure *ret_failure)
{
	int r = *tunnel_fd < 0 ? make_tunnel(session, tunnel_fd, ret_failure) : 0;
	if (r < 0)
		return r;
	r = set_up_session(session_fd, session);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_KERNEL_L2TP, r, "making the session: %s",
				   strerror(-r));
	return 0;
}
