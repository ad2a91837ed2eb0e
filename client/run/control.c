/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket, both sides. Requests are bounded words; more clients than a few are refused. */
#include "client/run/control.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/undo/undo.h"

struct client {
	struct control *control;
	int fd;
	sd_event_source *source;
	bool waits; /* for the end of the connection */
};

struct control {
	sd_event *event;
	struct control_handler handler;
	int fd;
	sd_event_source *source;
	struct client clients[CONTROL_CLIENTS_MAX];
};

int control_path(const char *name, char ret[static CONTROL_PATH_MAX])
{
	int n = snprintf(ret, CONTROL_PATH_MAX, "%s/%s/control", undo_run_dir(), name);

	return n < 0 || n >= CONTROL_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int make_address(const char *name, struct sockaddr_un *ret)
{
	static_assert(sizeof(ret->sun_path) == CONTROL_PATH_MAX, "a socket's path");
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return control_path(name, ret->sun_path);
}

static void client_close(struct client *client)
{
	sd_event_source_disable_unref(client->source);
	if (client->fd >= 0)
		(void)close(client->fd);
	*client = (struct client){ .control = client->control, .fd = -1 };
}

static void answer(struct client *client, const char *text)
{
	/* Nobody waits for a client that doesn't read. */
	if (send(client->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		client_close(client);
}

static void handle(struct client *client, const char *request)
{
	struct control *c = client->control;
	static char text[CONTROL_ANSWER_MAX];

	if (strcmp(request, "status") == 0) {
		int r = c->handler.status(c->handler.userdata, text, sizeof(text));
		answer(client, r < 0 ? "{\"error\":\"status\"}" : text);
	} else if (strcmp(request, "disconnect") == 0) {
		client->waits = true;
		c->handler.disconnect(c->handler.userdata);
	} else {
		answer(client, "{\"error\":\"request\"}");
	}
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct client *client = userdata;
	char request[CONTROL_REQUEST_MAX + 1];

	(void)source;
	(void)revents;
	ssize_t n = recv(fd, request, CONTROL_REQUEST_MAX, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		client_close(client);
		return 0;
	}
	request[n] = '\0';
	handle(client, request);
	return 0;
}

static bool peer_allowed(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	return cred.uid == 0 || cred.uid == geteuid();
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct control *c = userdata;
	struct client *client = NULL;

	(void)source;
	(void)revents;
	int new_fd = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (new_fd < 0)
		return 0;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX && !client; i++)
		if (c->clients[i].fd < 0)
			client = &c->clients[i];
	if (!client || !peer_allowed(new_fd) ||
	    sd_event_add_io(c->event, &client->source, new_fd, EPOLLIN, on_client, client) < 0) {
		(void)close(new_fd);
		return 0;
	}
	client->fd = new_fd;
	return 0;
}

static int listen_for(struct control *c, const char *name)
{
	struct sockaddr_un address;
	int r = make_address(name, &address);

	if (r < 0)
		return r;
	c->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return -errno;
	(void)unlink(
		address.sun_path); /* of a killed predecessor: the run directory's lock is ours */

	mode_t mask = umask(0177);
	r = bind(c->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(mask);
	if (r < 0)
		return r;
	if (listen(c->fd, CONTROL_CLIENTS_MAX) < 0)
		return -errno;
	return sd_event_add_io(c->event, &c->source, c->fd, EPOLLIN, on_connect, c);
}

int control_listen(sd_event *event, const char *name, const struct control_handler *handler,
		   struct control **ret, struct failure *ret_failure)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "control socket");
	c->event = event;
	c->handler = *handler;
	c->fd = -1;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		c->clients[i] = (struct client){ .control = c, .fd = -1 };

	int r = listen_for(c, name);
	if (r < 0) {
		control_free(c);
		return failure_set(ret_failure, CAUSE_RUN_DIR, r, "control socket of %s: %s", name,
				   strerror(-r));
	}
	*ret = c;
	return 0;
}

struct control *control_free(struct control *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		if (c->clients[i].fd >= 0 && c->clients[i].waits)
			answer(&c->clients[i], "{\"result\":\"disconnected\"}");
		client_close(&c->clients[i]);
	}
	sd_event_source_disable_unref(c->source);
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c);
	return NULL;
}

static int exchange(int fd, const char *request, char *ret, size_t size, int timeout_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return -errno;

	int r = poll(&poll_fd, 1, timeout_ms);
	if (r <= 0)
		return r < 0 ? -errno : -ETIMEDOUT;
	ssize_t n = recv(fd, ret, size - 1, 0);
	if (n <= 0)
		return n < 0 ? -errno : -ECONNRESET;
	ret[n] = '\0';
	return (int)n;
}

/* A connected socket, or a negative errno. */
static int connect_to(const char *name)
{
	struct sockaddr_un address;
	int r = make_address(name, &address);

	if (r < 0)
		return r;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		(void)close(fd);
		return r;
	}
	return fd;
}

int control_ask(const char *name, const char *request, char *ret, size_t size, int timeout_ms)
{
	int fd = connect_to(name);

	if (fd < 0)
		return fd;
	int r = exchange(fd, request, ret, size, timeout_ms);
	(void)close(fd);
	return r;
}

/* Opened before the request, so that the number can't have gone to another process meanwhile. */
static int open_peer(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	int pidfd = (int)syscall(SYS_pidfd_open, cred.pid, 0);
	return pidfd < 0 ? -errno : pidfd;
}

int control_disconnect(const char *name, int timeout_ms)
{
	char text[CONTROL_ANSWER_MAX];
	int fd = connect_to(name);

	if (fd < 0)
		return fd;
	int pidfd = open_peer(fd);
	int r = exchange(fd, "disconnect", text, sizeof(text), timeout_ms);
	(void)close(fd);
	/* An end that was under way may close the socket without an answer: the process tells it. */
	if ((r >= 0 || r == -ECONNRESET || r == -EPIPE) && pidfd >= 0) {
		struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

		r = poll(&poll_fd, 1, timeout_ms);
		r = r < 0 ? -errno : r == 0 ? -ETIMEDOUT : 0;
	}
	if (pidfd >= 0)
		(void)close(pidfd);
	return r < 0 ? r : 0;
}
