/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names beside the tunnel, asked of a server of our own on the loopback interface: answers, none, late
 * ones, refusals. The times are the machine's, so only what must not be exceeded is looked at.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "client/network/resolve-beside.h"

#define DNS_HEADER 12
#define TYPE_AAAA  28

/* How the server behaves. */
enum manner {
	ANSWER,
	ONLY_A, /* and of the rest silence */
	SILENT,
	SERVFAIL,
	UNKNOWN,
};

static sd_event *event;
static int server = -1;
static struct endpoint servers[2]; /* as they are given to it */
static size_t n_servers;
static enum manner manner;
static unsigned int asked;
static struct endpoint found[RESOLVE_ADDRS_MAX];
static size_t n_found;
static struct failure failure;
static unsigned int told;

/* Where the question after the header ends; what the client says of itself (EDNS) comes behind it. */
static size_t question_end(const uint8_t *m, size_t len)
{
	size_t at = DNS_HEADER;

	while (at < len && m[at] != 0)
		at += 1U + m[at];
	at += 5; /* the name's end, type and class */
	assert_true(at <= len);
	return at;
}

static bool is_six(const uint8_t *m, size_t end)
{
	return m[end - 3] == TYPE_AAAA;
}

/* "gateway.test" is 198.51.100.2 and 2001:db8::2. Writes the answer over the question that ends at END. */
static size_t answer(uint8_t *m, size_t end)
{
	static const uint8_t four[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 2 };
	static const uint8_t six[] = { 0xc0, 12,   0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0x20, 0x01,
				       0x0d, 0xb8, 0, 0,  0, 0, 0, 0, 0, 0,  0, 0,  0,	  2 };
	bool to_six = is_six(m, end);

	m[2] |= 0x80;
	m[3] = manner == SERVFAIL ? 2 : manner == UNKNOWN ? 3 : 0;
	memset(m + 6, 0, DNS_HEADER - 6);
	if (m[3])
		return end;
	m[7] = 1;
	memcpy(m + end, to_six ? six : four, to_six ? sizeof(six) : sizeof(four));
	return end + (to_six ? sizeof(six) : sizeof(four));
}

static int on_question(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t m[1024];

	(void)source;
	(void)events;
	(void)userdata;
	ssize_t n = recvfrom(fd, m, 512, 0, (struct sockaddr *)&from, &from_len);
	if (n < DNS_HEADER + 5)
		return 0;
	asked++;
	size_t end = question_end(m, (size_t)n);
	if (manner == SILENT || (manner == ONLY_A && is_six(m, end)))
		return 0;
	size_t len = answer(m, end);
	assert_int_equal(sendto(fd, m, len, 0, (struct sockaddr *)&from, from_len), (ssize_t)len);
	return 0;
}

static void on_resolved(void *userdata, const struct endpoint *addrs, size_t n,
			const struct failure *f)
{
	(void)userdata;
	memcpy(found, addrs, n * sizeof(*addrs));
	n_found = n;
	failure = *f;
	told++;
}

static void listen_at(const char *text)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct endpoint any;

	assert_int_equal(endpoint_parse(text, 0, &any), 0);
	server = socket(any.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int any_len = endpoint_to_sockaddr(&any, &ss);
	assert_int_equal(bind(server, (struct sockaddr *)&ss, any_len), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&ss, &len), 0);
	assert_int_equal(endpoint_from_sockaddr((struct sockaddr *)&ss, len, &servers[0]), 0);
	n_servers = 1;
	assert_true(sd_event_add_io(event, NULL, server, EPOLLIN, on_question, NULL) >= 0);
}

static int setup(void **state)
{
	(void)state;
	asked = told = 0;
	assert_int_equal(sd_event_new(&event), 0);
	listen_at("127.0.0.1");
	return 0;
}

static bool has_six(void)
{
	struct sockaddr_storage ss;
	struct endpoint loopback;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)endpoint_parse("::1", 0, &loopback);
	unsigned int len = endpoint_to_sockaddr(&loopback, &ss);
	bool yes = fd >= 0 && bind(fd, (struct sockaddr *)&ss, len) == 0;
	if (fd >= 0)
		(void)close(fd);
	return yes;
}

static int setup_six(void **state)
{
	(void)state;
	asked = told = 0;
	assert_int_equal(sd_event_new(&event), 0);
	listen_at(has_six() ? "::1" : "127.0.0.1");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	event = sd_event_unref(event);
	(void)close(server);
	return 0;
}

/* Looks it up. Return: how many milliseconds that took. */
static int64_t look_up(const char *name, enum manner how)
{
	struct resolve_beside *b = NULL;
	struct timespec begin, end;

	manner = how;
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(resolve_beside_new(event, name, servers, n_servers, 0, on_resolved, NULL,
					    &b),
			 0);
	assert_int_equal(told, 0); /* from the loop alone */
	while (!told)
		assert_true(sd_event_run(event, UINT64_MAX) >= 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	resolve_beside_free(b);
	assert_int_equal(told, 1);
	return (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
}

static void assert_found(size_t i, const char *text)
{
	char buf[ENDPOINT_STRLEN];

	assert_true(i < n_found);
	assert_string_equal(endpoint_addr_str(&found[i], buf), text);
}

static void both_families(void **state)
{
	(void)state;
	(void)look_up("gateway.test", ANSWER);
	assert_int_equal(n_found, 2);
	assert_found(0, "2001:db8::2");
	assert_found(1, "198.51.100.2");
	assert_int_equal(failure.cause, CAUSE_NONE);
}

/* By IPv6, where this machine has it. */
static void a_server_by_six(void **state)
{
	(void)state;
	(void)look_up("gateway.test", ANSWER);
	assert_int_equal(n_found, 2);
	assert_int_equal(failure.cause, CAUSE_NONE);
}

/* The first can't be asked: an address of a link without the link. */
static void the_second_server(void **state)
{
	(void)state;
	servers[1] = servers[0];
	assert_int_equal(endpoint_parse("fe80::1", 0, &servers[0]), 0);
	n_servers = 2;
	(void)look_up("gateway.test", ANSWER);
	assert_int_equal(n_found, 2);
}

static void one_family_is_enough(void **state)
{
	(void)state;
	(void)look_up("gateway.test", ONLY_A);
	assert_int_equal(n_found, 1);
	assert_found(0, "198.51.100.2");
	/* Before the question for the other family is repeated even once. */
	assert_int_equal(asked, 2);
}

static void silence_ends(void **state)
{
	(void)state;
	int64_t took = look_up("gateway.test", SILENT);
	assert_int_equal(n_found, 0);
	assert_int_equal(failure.cause, CAUSE_RESOLVE);
	assert_int_equal(failure.error, ETIMEDOUT); /* by us, c-ares would go on */
	assert_true(asked >= 4);
	assert_true(took >= 2900 && took < 10000);
}

static void refusals_are_told(void **state)
{
	(void)state;
	(void)look_up("gateway.test", SERVFAIL);
	assert_int_equal(n_found, 0);
	assert_int_equal(failure.cause, CAUSE_RESOLVE);
	assert_non_null(strstr(failure.detail, "gateway.test"));
}

static void unknown_name(void **state)
{
	(void)state;
	(void)look_up("gateway.test", UNKNOWN);
	assert_int_equal(n_found, 0);
	assert_int_equal(failure.cause, CAUSE_RESOLVE);
}

/* Of /etc/hosts, and numbers: nobody is asked. */
static void without_a_server(void **state)
{
	(void)state;
	(void)look_up("localhost", SILENT);
	assert_true(n_found >= 1);
	told = 0;
	(void)look_up("192.0.2.7", SILENT);
	assert_int_equal(n_found, 1);
	assert_found(0, "192.0.2.7");
	told = 0;
	(void)look_up("2001:db8::7", SILENT);
	assert_int_equal(n_found, 1);
	assert_found(0, "2001:db8::7");
	assert_int_equal(asked, 0);
}

static void given_up(void **state)
{
	struct resolve_beside *b = NULL;

	(void)state;
	manner = SILENT;
	assert_int_equal(resolve_beside_new(event, "gateway.test", servers, n_servers, 0,
					    on_resolved, NULL, &b),
			 0);
	assert_null(resolve_beside_free(b));
	assert_true(sd_event_run(event, 100 * 1000) >= 0);
	assert_int_equal(told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(both_families, setup, teardown),
		cmocka_unit_test_setup_teardown(a_server_by_six, setup_six, teardown),
		cmocka_unit_test_setup_teardown(the_second_server, setup, teardown),
		cmocka_unit_test_setup_teardown(one_family_is_enough, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_name, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_server, setup, teardown),
		cmocka_unit_test_setup_teardown(given_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
