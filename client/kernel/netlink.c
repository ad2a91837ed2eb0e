/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the kernel over netlink: one function sends, waits for the acknowledgement of exactly
 * that request and gives the kernel's errno unchanged. Which messages there are is known to xfrm.c
 * and net.c. Answers come from the kernel at once, so waiting for them doesn't hold up the loop; a
 * receive timeout bounds it all the same.
 */
#include "client/kernel/netlink.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MESSAGE_SIZE 4096
#define ANSWER_SIZE  16384

static _Thread_local char error_text[128];

int netlink_open(struct netlink *nl, int protocol)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct timeval timeout = { .tv_sec = 5 };
	int one = 1;

	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	/* Words instead of bare numbers, and errors without our keys in them; old kernels know neither. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	*nl = (struct netlink){ .fd = fd };
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (nl->fd >= 0)
		(void)close(nl->fd);
	*nl = NETLINK_CLOSED;
}

struct nl_msg *netlink_msg(uint16_t type, uint16_t flags, const void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_SIZE);

	if (!msg)
		return NULL;
	if (!nlmsg_put(msg, 0, 0, type, 0, NLM_F_REQUEST | flags) ||
	    nlmsg_append(msg, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

void netlink_msg_freep(struct nl_msg **msg)
{
	if (!*msg)
		return;
	explicit_bzero(nlmsg_hdr(*msg), nlmsg_get_max_size(*msg));
	nlmsg_free(*msg);
	*msg = NULL;
}

int netlink_put_addr(struct nl_msg *msg, int type, const struct endpoint *e)
{
	return nla_put(msg, type, (int)endpoint_addr_len(e), e->addr);
}

const char *netlink_error_text(void)
{
	return error_text;
}

/* Keeps the words of an extended acknowledgement. */
static void keep_text(struct nlmsghdr *h)
{
	struct nlmsgerr *err = nlmsg_data(h);
	size_t len = h->nlmsg_len - NLMSG_HDRLEN, used = sizeof(*err);

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* Our request lies between. */
	if (!(h->nlmsg_flags & NLM_F_CAPPED)) {
		if (err->msg.nlmsg_len < sizeof(err->msg) || err->msg.nlmsg_len > len)
			return;
		used += NLMSG_ALIGN(err->msg.nlmsg_len) - sizeof(err->msg);
	}
	if (used >= len)
		return;
	struct nlattr *text = nla_find((struct nlattr *)((char *)err + used), (int)(len - used),
				       NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(error_text, text, sizeof(error_text));
}

static int error_of(struct nlmsghdr *h)
{
	const struct nlmsgerr *err = nlmsg_data(h);

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*err)))
		return -EBADMSG;
	if (err->error)
		keep_text(h);
	return err->error;
}

union answer {
	struct nlmsghdr header;
	char bytes[ANSWER_SIZE];
};

/* As the next request, whose answers carry its number. Return: 0; a negative errno. */
static int send_numbered(struct netlink *nl, struct nl_msg *msg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);

	error_text[0] = '\0';
	h->nlmsg_seq = ++nl->seq;
	return send(nl->fd, h, h->nlmsg_len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* One datagram. Return: its length; a negative errno. */
static int receive(struct netlink *nl, union answer *ret)
{
	ssize_t n;

	do
		n = recv(nl->fd, ret, sizeof(*ret), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	return (size_t)n > sizeof(*ret) ? -EMSGSIZE : (int)n;
}

/* Sends; then reads until the acknowledgement, or (with RET) the object, of this request came. */
static int transact(struct netlink *nl, struct nl_msg *msg, void *ret, size_t size)
{
	union answer answer;
	int r = send_numbered(nl, msg);

	if (r < 0)
		return r;
	for (;;) {
		int left = receive(nl, &answer);
		if (left < 0)
			return left;
		for (struct nlmsghdr *h = &answer.header; nlmsg_ok(h, left);
		     h = nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != nl->seq)
				continue;
			if (h->nlmsg_type == NLMSG_ERROR) {
				r = error_of(h);
				goto out;
			}
			if (!ret)
				continue;
			r = h->nlmsg_len <= size ? 0 : -EMSGSIZE;
			if (r == 0)
				memcpy(ret, h, h->nlmsg_len);
			goto out;
		}
	}
out:
	explicit_bzero(&answer, sizeof(answer)); /* the kernel shows keys to root */
	return r;
}

int netlink_request(struct netlink *nl, struct nl_msg *msg)
{
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_ACK;
	return transact(nl, msg, NULL, 0);
}

int netlink_get(struct netlink *nl, struct nl_msg *msg, void *ret, size_t size)
{
	return transact(nl, msg, ret, size);
}

int netlink_dump(struct netlink *nl, struct nl_msg *msg,
		 void (*fn)(void *userdata, struct nlmsghdr *h), void *userdata)
{
	union answer answer;

	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	int r = send_numbered(nl, msg);
	if (r < 0)
		return r;
	for (;;) {
		int left = receive(nl, &answer);
		if (left < 0)
			return left;
		for (struct nlmsghdr *h = &answer.header; nlmsg_ok(h, left);
		     h = nlmsg_next(h, &left)) {
			if (h->nlmsg_seq != nl->seq)
				continue;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return error_of(h);
			fn(userdata, h);
		}
	}
}
