/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel answers, from a socket that isn't the kernel's: datagrams, each behind its length
 * (16 bits). The first request's sequence number is 1. A good acknowledgement ends every answer, since
 * a kernel never stays silent.
 */
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/netlink.h"
#include "tests/fuzz/fuzz.h"
#include "lib/cursor.h"

#define DATAGRAMS_MAX 8

static void answer(int fd, struct cursor *c)
{
	const struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} done = { .header = {
			   .nlmsg_len = sizeof(done), .nlmsg_type = NLMSG_ERROR, .nlmsg_seq = 1 } };

	for (int i = 0; i < DATAGRAMS_MAX && cursor_left(c) > 0; i++) {
		struct chunk text = cursor_chunk(c, cursor_u16(c));
		if (text.len > 0)
			MUST(send(fd, text.data, text.len, 0) == (ssize_t)text.len);
	}
	MUST(send(fd, &done, sizeof(done), 0) == sizeof(done));
}

static void ask(const uint8_t *data, size_t size, bool get)
{
	struct cursor c = cursor_init(data, size);
	const struct rtgenmsg header = { .rtgen_family = AF_UNSPEC };
	char ret[512];
	int fds[2];

	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) == 0);
	struct netlink nl = { .fd = fds[0] };
	struct nl_msg *msg = netlink_msg(RTM_GETLINK, 0, &header, sizeof(header));
	MUST(msg);
	answer(fds[1], &c);
	if (get)
		(void)!netlink_get(&nl, msg, ret, sizeof(ret));
	else
		(void)!netlink_request(&nl, msg);
	MUST(strlen(netlink_error_text()) < 128);
	netlink_msg_freep(&msg);
	netlink_close(&nl);
	(void)close(fds[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 20000)
		return 0;
	ask(data, size, false);
	ask(data, size, true);
	return 0;
}
