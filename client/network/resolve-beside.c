/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to addresses while the machine's own way to them is the tunnel, which is what is to be repaired:
 * the C library's sockets carry no mark of ours, so they would ask into the tunnel or nowhere. c-ares
 * lets us mark each socket before it is connected, and has no thread: our loop tells it what its
 * sockets have. /etc/hosts comes first, as everywhere.
 *
 * IPv4 and IPv6 are two questions, so that a server that drops one of them spoils only that one.
 */
#include "client/network/resolve-beside.h"

#include <ares.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "client/failure/i18n.h"

#define DNS_PORT    53
#define SERVERS_MAX 8
#define SOCKETS_MAX 32

/* The first repetition goes to the next server, each later round takes longer. */
#define TIMEOUT_MS 700
#define TRIES	   3

#define LONGEST_USEC (3 * UINT64_C(1000000))
/* For the other family, once there is an address. */
#define GRACE_USEC (300 * UINT64_C(1000))

struct watched {
	ares_socket_t fd;
	sd_event_source *source; /* NULL: free */
};

struct resolve_beside {
	sd_event *event;
	ares_channel channel;
	uint32_t mark;
	char *name;
	struct watched sockets[SOCKETS_MAX];
	sd_event_source *again, *end;
	unsigned int pending; /* questions */
	int status;	      /* of the last one that failed */
	struct endpoint addrs[RESOLVE_ADDRS_MAX];
	size_t n;
	resolve_fn fn;
	void *userdata;
};

static bool known(const struct resolve_beside *b, const struct endpoint *e)
{
	for (size_t i = 0; i < b->n; i++)
		if (endpoint_same_addr(&b->addrs[i], e))
			return true;
	return false;
}

/* IPv6 first, as RFC 6724 has it: one that we have no way to is passed over at once. */
static void add(struct resolve_beside *b, const struct endpoint *e)
{
	size_t at = b->n;

	if (known(b, e) || b->n == RESOLVE_ADDRS_MAX)
		return;
	while (e->family == AF_INET6 && at > 0 && b->addrs[at - 1].family == AF_INET)
		at--;
	memmove(&b->addrs[at + 1], &b->addrs[at], (b->n - at) * sizeof(b->addrs[0]));
	b->addrs[at] = *e;
	b->n++;
}

static void end_within(struct resolve_beside *b, uint64_t usec)
{
	uint64_t now, end;

	if (sd_event_now(b->event, CLOCK_BOOTTIME, &now) >= 0 &&
	    sd_event_source_get_time(b->end, &end) >= 0 && now + usec < end)
		(void)sd_event_source_set_time(b->end, now + usec);
}

static void on_answer(void *userdata, int status, int timeouts, struct ares_addrinfo *result)
{
	struct resolve_beside *b = userdata;
	struct endpoint e;

	(void)timeouts;
	/* We are about to be freed. */
	if (status == ARES_EDESTRUCTION)
		return;
	b->pending--;
	if (status != ARES_SUCCESS) {
		b->status = status;
	} else {
		for (struct ares_addrinfo_node *node = result->nodes; node; node = node->ai_next)
			if (endpoint_from_sockaddr(node->ai_addr, node->ai_addrlen, &e) == 0)
				add(b, &e);
		ares_freeaddrinfo(result);
	}
	if (b->pending == 0)
		end_within(b, 0);
	else if (b->n > 0)
		end_within(b, GRACE_USEC);
}

static int on_end(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct resolve_beside *b = userdata;
	struct failure f = { 0 };

	(void)source;
	(void)usec;
	if (b->n == 0)
		(void)failure_set(&f, CAUSE_RESOLVE, b->pending ? ETIMEDOUT : 0, "%.200s: %s",
				  b->name,
				  b->pending ? _("no name server answers")
					     : ares_strerror(b->status));
	b->fn(b->userdata, b->addrs, b->n, &f); /* may free B */
	return 0;
}

/* When c-ares wants to be called next. */
static void set_timer(struct resolve_beside *b)
{
	struct timeval tv;

	if (!ares_timeout(b->channel, NULL, &tv)) {
		(void)sd_event_source_set_enabled(b->again, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time_relative(b->again, (uint64_t)tv.tv_sec * 1000000 +
								  (uint64_t)tv.tv_usec);
	(void)sd_event_source_set_enabled(b->again, SD_EVENT_ONESHOT);
}

static int on_again(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct resolve_beside *b = userdata;

	(void)source;
	(void)usec;
	ares_process_fd(b->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	set_timer(b);
	return 0;
}

static int on_socket(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct resolve_beside *b = userdata;

	(void)source;
	ares_process_fd(b->channel, events & ~(uint32_t)EPOLLOUT ? fd : ARES_SOCKET_BAD,
			events & EPOLLOUT ? fd : ARES_SOCKET_BAD);
	set_timer(b);
	return 0;
}

static struct watched *find_socket(struct resolve_beside *b, ares_socket_t fd)
{
	struct watched *unused = NULL;

	for (size_t i = 0; i < SOCKETS_MAX; i++) {
		if (b->sockets[i].source && b->sockets[i].fd == fd)
			return &b->sockets[i];
		if (!b->sockets[i].source)
			unused = &b->sockets[i];
	}
	return unused;
}

/* c-ares waits for something else at the socket from now on; for nothing: it closes it. */
static void on_socket_state(void *userdata, ares_socket_t fd, int readable, int writable)
{
	struct resolve_beside *b = userdata;
	struct watched *w = find_socket(b, fd);
	uint32_t events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);

	/* What isn't watched is repeated in vain, and the time runs out. */
	if (!w)
		return;
	if (!events)
		w->source = sd_event_source_disable_unref(w->source);
	else if (w->source)
		(void)sd_event_source_set_io_events(w->source, events);
	else if (sd_event_add_io(b->event, &w->source, fd, events, on_socket, b) >= 0)
		w->fd = fd;
}

/* Before the socket is connected, which decides its address. Without the mark nothing is asked. */
static int on_socket_new(ares_socket_t fd, int type, void *userdata)
{
	const struct resolve_beside *b = userdata;

	(void)type;
	return b->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &b->mark, sizeof(b->mark)) < 0 ? -1
											     : 0;
}

/* By text, the one way that every c-ares knows and none of them calls old. */
static int set_servers(struct resolve_beside *b, const struct endpoint *servers, size_t n)
{
	char list[SERVERS_MAX * (ENDPOINT_STRLEN + 1)] = "", one[ENDPOINT_STRLEN];
	size_t len = 0;

	if (n > SERVERS_MAX)
		n = SERVERS_MAX;
	for (size_t i = 0; i < n; i++) {
		struct endpoint e = servers[i];

		if (e.port == 0)
			e.port = DNS_PORT;
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i > 0 ? "," : "",
					endpoint_str(&e, one));
	}
	return n > 0 ? ares_set_servers_ports_csv(b->channel, list) : ARES_SUCCESS;
}

static int error_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int open_channel(struct resolve_beside *b, const struct endpoint *servers, size_t n)
{
	char lookups[] = "b"; /* the servers alone */
	struct ares_options options = {
		.timeout = TIMEOUT_MS,
		.tries = TRIES,
		.lookups = lookups,
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = b,
	};

	int r = ares_init_options(&b->channel, &options,
				  ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS |
					  ARES_OPT_SOCK_STATE_CB);
	if (r != ARES_SUCCESS) {
		b->channel = NULL;
		return error_of(r);
	}
	ares_set_socket_configure_callback(b->channel, on_socket_new, b);
	return error_of(set_servers(b, servers, n));
}

static void look_in_hosts(struct resolve_beside *b, int family)
{
	struct hostent *host = NULL;
	struct endpoint e = { .family = family };

	if (ares_gethostbyname_file(b->channel, b->name, family, &host) != ARES_SUCCESS)
		return;
	for (char **addr = host->h_addr_list; *addr; addr++) {
		memcpy(e.addr, *addr, endpoint_addr_len(&e));
		add(b, &e);
	}
	ares_free_hostent(host);
}

static void ask(struct resolve_beside *b, int family)
{
	const struct ares_addrinfo_hints hints = {
		.ai_family = family,
		.ai_socktype = SOCK_DGRAM,
		.ai_flags = ARES_AI_NOSORT,
	};

	ares_getaddrinfo(b->channel, b->name, NULL, &hints, on_answer, b);
}

/* A number needs nobody, and a name in /etc/hosts is what it is there, whatever servers say. */
static void begin(struct resolve_beside *b)
{
	struct endpoint e;

	if (endpoint_parse(b->name, 0, &e) == 0) {
		add(b, &e);
	} else {
		look_in_hosts(b, AF_INET);
		look_in_hosts(b, AF_INET6);
	}
	if (b->n > 0) {
		end_within(b, 0);
		return;
	}
	b->pending = 2;
	ask(b, AF_INET);
	ask(b, AF_INET6);
	set_timer(b);
}

struct resolve_beside *resolve_beside_free(struct resolve_beside *b)
{
	if (!b)
		return NULL;
	if (b->channel)
		ares_destroy(b->channel);
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		sd_event_source_disable_unref(b->sockets[i].source);
	sd_event_source_disable_unref(b->again);
	sd_event_source_disable_unref(b->end);
	sd_event_unref(b->event);
	free(b->name);
	free(b);
	return NULL;
}

static void resolve_beside_freep(struct resolve_beside **b)
{
	*b = resolve_beside_free(*b);
}

static int add_timers(struct resolve_beside *b)
{
	int r = sd_event_add_time_relative(b->event, &b->end, CLOCK_BOOTTIME, LONGEST_USEC, 1,
					   on_end, b);
	if (r >= 0)
		r = sd_event_add_time(b->event, &b->again, CLOCK_BOOTTIME, UINT64_MAX, 1, on_again,
				      b);
	if (r >= 0)
		r = sd_event_source_set_enabled(b->again, SD_EVENT_OFF);
	return r < 0 ? r : 0;
}

int resolve_beside_new(sd_event *event, const char *name, const struct endpoint *servers,
		       size_t n_servers, uint32_t mark, resolve_fn fn, void *userdata,
		       struct resolve_beside **ret)
{
	_cleanup_(resolve_beside_freep) struct resolve_beside *b = calloc(1, sizeof(*b));

	if (!b)
		return -ENOMEM;
	b->event = sd_event_ref(event);
	b->mark = mark;
	b->fn = fn;
	b->userdata = userdata;
	b->name = strdup(name);
	if (!b->name)
		return -ENOMEM;
	int r = add_timers(b);
	if (r == 0)
		r = open_channel(b, servers, n_servers);
	if (r < 0)
		return r;
	begin(b);
	*ret = steal_ptr(b);
	return 0;
}
