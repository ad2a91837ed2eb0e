/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The receiving end of ppp-event. The socket stands in the connection's folder, which only root can
 * enter; the sender's credentials are checked all the same, and what it says is read as strictly as
 * if a stranger had written it: these words become an interface's name and addresses of routes.
 */
#include "client/kernel/pppd/ppp-result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool ifname_is_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len >= DP_IFNAME_MAX || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name == 0x7f || *name == '/' || *name == ':')
			return false;
	return true;
}

static int set_value(struct dp_ppp_event *e, const char *name, const char *value)
{
	if (strcmp(name, "IFNAME") == 0) {
		if (!ifname_is_valid(value))
			return -EBADMSG;
		memcpy(e->ifname, value, strlen(value) + 1);
		return 0;
	}
	if (strcmp(name, "IPLOCAL") == 0)
		return endpoint_parse(value, 0, &e->local);
	if (strcmp(name, "IPREMOTE") == 0)
		return endpoint_parse(value, 0, &e->peer);
	if (strcmp(name, "DNS1") == 0)
		return endpoint_parse(value, 0, &e->dns[0]);
	if (strcmp(name, "DNS2") == 0)
		return endpoint_parse(value, 0, &e->dns[1]);
	return -EBADMSG;
}

static int parse_findings(const char *data, size_t len, struct dp_ppp_event *ret)
{
	struct dp_ppp_event e = { .state = DP_PPP_FOUND };

	if (ppp_findings_parse(data, len, &e.found) < 0)
		return -EBADMSG;
	*ret = e;
	return 0;
}

static int parse_result(const char *text, size_t len, struct dp_ppp_event *ret)
{
	struct dp_ppp_event e = { .state = DP_PPP_ADDRESS };
	char line[128];

	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		if (!newline)
			return -EBADMSG;
		size_t n = (size_t)(newline - text);
		if (n >= sizeof(line) || memchr(text, '\0', n))
			return -EBADMSG;
		memcpy(line, text, n);
		line[n] = '\0';
		char *value = strchr(line, '=');
		if (!value)
			return -EBADMSG;
		*value++ = '\0';
		if (set_value(&e, line, value) < 0)
			return -EBADMSG;
		text += n + 1;
		len -= n + 1;
	}
	if (!e.ifname[0] || !e.local.family)
		return -EBADMSG;
	*ret = e;
	return 0;
}

int ppp_result_parse(const char *text, size_t len, struct dp_ppp_event *ret)
{
	return len > 0 && *text == PPP_FINDINGS_MARK ? parse_findings(text, len, ret)
						     : parse_result(text, len, ret);
}

/* Binds by way of /proc, because the path of the folder may be longer than a socket's address. */
static int bind_in(int fd, const char *dir)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (dir_fd < 0)
		return -errno;
	(void)unlinkat(dir_fd, "ppp", 0);
	(void)snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d/ppp", dir_fd);
	int r = bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
	if (r == 0 && fchmodat(dir_fd, "ppp", 0600, 0) < 0)
		r = -errno;
	(void)close(dir_fd);
	return r;
}

int ppp_result_open(const char *dir)
{
	int one = 1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;

	int r = setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0 ? -errno : 0;
	if (r == 0)
		r = bind_in(fd, dir);
	if (r < 0) {
		(void)close(fd);
		return r;
	}
	return fd;
}

static bool sender_is_root(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct ucred cred;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_CREDENTIALS ||
		    c->cmsg_len < CMSG_LEN(sizeof(cred)))
			continue;
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		return cred.uid == 0;
	}
	return false;
}

int ppp_result_read(int fd, struct dp_ppp_event *ret)
{
	char text[PPP_RESULT_MAX];
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = {};
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	if (!sender_is_root(&msg))
		return -EPERM;
	if (msg.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	return ppp_result_parse(text, (size_t)n, ret);
}
