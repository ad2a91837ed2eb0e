/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole connection, up and down again, over the recording tables and with the gateway's models,
 * again and again: each time another call of the tables fails, then another allocation. Whatever it
 * is, there is one end with one cause, everything that was opened is closed, and nothing leaks (the
 * sanitizers look). Where a failure can be made up for, the connection comes up all the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/certificate/crypto.h"
#include "client/connection/connection.h"
#include "client/profile/profile.h"
#include "tests/sim/ike/ike-responder.h"
#include "tests/sim/l2tp/lns-model.h"
#include "tests/unit/connection/recording.h"
#include "tests/sim/toy-crypto.h"

static const char profile_text[] = "[vpn]\n"
				   "gateway=gateway.example\n"
				   "user=taro\n"
				   "password-command=/bin/echo;himitsu;\n"
				   "ipsec-ike=aes256-sha256-modp2048\n"
				   "ipsec-esp=aes256-sha1\n"
				   "[vpn-secrets]\n"
				   "ipsec-psk=a long enough pre-shared key\n"
				   "[ipv4]\n"
				   "never-default=true\n"
				   "route1=192.168.100.0/24\n";

/* The n-th allocation of the program's own code fails: the linker leads malloc and others here. */
static unsigned int allocations, failing_allocation;
static bool in_gateway; /* whose memory is not of interest */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);

static bool no_memory(void)
{
	if (in_gateway || ++allocations != failing_allocation)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return no_memory() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return no_memory() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return no_memory() ? NULL : __real_reallocarray(p, n, size);
}

char *__wrap_strdup(const char *s)
{
	return no_memory() ? NULL : __real_strdup(s);
}

/* One run. */
struct run {
	struct recording recording;
	struct connection *connection;
	struct prng client_random, gateway_random;
	struct ike_crypto client_crypto, gateway_crypto;
	struct responder responder;
	struct lns lns;
	size_t n_ike, n_l2tp; /* what the gateway has taken of the recording's datagrams */
	bool address_given, stopped;
	bool was_up;
};

static void check(bool good, const char *what, unsigned int n, const struct run *run)
{
	if (good)
		return;
	(void)fprintf(stderr, "with failure %u: %s\n%s\n%s\n", n, what, run->recording.log,
		      run->recording.events);
	exit(EXIT_FAILURE);
}

static struct endpoint address(const char *text, uint16_t port)
{
	struct endpoint e;

	if (endpoint_parse(text, port, &e) < 0)
		abort();
	return e;
}

static void init_gateway(struct run *run)
{
	run->client_random.state = 1;
	run->gateway_random.state = 2;
	run->client_crypto = toy_crypto(&run->client_random);
	run->gateway_crypto = toy_crypto(&run->gateway_random);

	const struct responder_config responder = {
		.crypto = &run->gateway_crypto,
		.local = address("198.51.100.2", 500),
		.psk = "a long enough pre-shared key",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
	};
	const struct lns_config lns = {
		.tunnel_id = 7,
		.session_id = 8,
		.max_tries = 20,
		.seed = 3,
	};
	responder_init(&run->responder, &responder);
	lns_init(&run->lns, &lns);
}

/* What the client sent reaches the gateway. */
static void feed_gateway(struct run *run)
{
	const struct recording *r = &run->recording;

	in_gateway = true;
	for (; run->n_ike < r->n_sent; run->n_ike++) {
		bool natt = r->sent[run->n_ike].natt;
		const struct endpoint from = address("192.168.10.11", natt ? 4500 : 500);
		responder_input(&run->responder, &from, natt, r->sent[run->n_ike].data,
				r->sent[run->n_ike].len, r->now);
	}
	for (; run->n_l2tp < r->n_l2tp; run->n_l2tp++)
		lns_input(&run->lns, r->l2tp[run->n_l2tp].data, r->l2tp[run->n_l2tp].len, r->now);
	in_gateway = false;
}

/* And what the gateway answers, the client. */
static bool feed_client(struct run *run)
{
	const struct sys_listener *sys = &run->recording.system.listener;
	const struct dp_listener *dp = &run->recording.dataplane.listener;
	const struct endpoint from_l2tp = address("198.51.100.2", 1701);
	struct responder_datagram rd;
	struct lns_datagram ld;
	bool any = false;

	if (run->recording.downs > 0)
		return false;
	while (run->recording.downs == 0 && responder_next_datagram(&run->responder, &rd)) {
		const struct endpoint from = address("198.51.100.2", rd.natt ? 4500 : 500);
		sys->on_ike(sys->userdata, rd.natt, &from, rd.data, rd.len);
		any = true;
	}
	while (run->recording.downs == 0 && lns_next_datagram(&run->lns, &ld)) {
		dp->on_l2tp(dp->userdata, &from_l2tp, ld.data, ld.len);
		any = true;
	}
	return any;
}

/* PPP comes up when it was started and ends when it was told to, as far as these calls went well. */
static bool play_ppp(struct run *run)
{
	const struct dp_listener *dp = &run->recording.dataplane.listener;
	struct dp_ppp_event e = { .state = DP_PPP_ADDRESS, .ifname = "ppp0", .mtu = 1400 };

	if (connection_get_info(run->connection)->state == CONNECTION_PPP && !run->address_given) {
		run->address_given = true;
		e.local = address("192.168.100.200", 0);
		e.peer = address("192.168.100.1", 0);
		dp->on_ppp(dp->userdata, &e);
		return true;
	}
	if (recording_count(run->recording.log, "stop-ppp") > 0 && !run->stopped &&
	    run->recording.downs == 0) {
		run->stopped = true;
		e.state = DP_PPP_DOWN;
		dp->on_ppp(dp->userdata, &e);
		return true;
	}
	return false;
}

static void go_on(struct run *run)
{
	do
		feed_gateway(run);
	while (feed_client(run) || play_ppp(run));
	if (connection_get_info(run->connection)->state == CONNECTION_UP) {
		run->was_up = true;
		connection_close(run->connection, NULL);
		return;
	}
	recording_step(&run->recording, run->connection);
	in_gateway = true;
	responder_timeout(&run->responder, run->recording.now);
	lns_timeout(&run->lns, run->recording.now);
	in_gateway = false;
}

/* False: not even the connection could be made. */
static bool run_once(struct run *run, const struct profile *profile, unsigned int failing_call)
{
	static const struct secret psk = { 28, "a long enough pre-shared key" }, none;
	const struct connection_config config = {
		.profile = profile,
		.psk = &psk,
		.password = &none,
		.l2tp_secret = &none,
		.crypto = &run->client_crypto,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = &run->recording.system,
		.dataplane = &run->recording.dataplane,
		.timeout = 30 * NSEC_PER_SEC,
		.userdata = &run->recording,
		.now = recording_now,
		.on_event = recording_on_event,
	};

	*run = (struct run){ 0 };
	recording_init(&run->recording);
	run->recording.fail_at = failing_call;
	run->recording.fail_cause = CAUSE_KERNEL_ESP;
	init_gateway(run);
	allocations = 0;
	if (connection_new(&config, &run->connection) < 0)
		return false;
	connection_start(run->connection);
	if (run->recording.downs == 0)
		run->recording.system.listener.on_resolved(run->recording.system.listener.userdata,
							   &run->recording.resolved, 1, NULL);
	for (unsigned int i = 0; i < 200 && run->recording.downs == 0; i++)
		go_on(run);
	return true;
}

/* What holds at the end of every run. CAUSE is what the failure was given. */
static void check_end(const struct run *run, unsigned int n, enum cause cause)
{
	const struct recording *r = &run->recording;

	check(r->downs == 1, "there is one end", n, run);
	check(connection_get_info(run->connection)->state == CONNECTION_DOWN, "it is down", n, run);
	check(connection_deadline(run->connection) == NSEC_NEVER, "nothing is waited for", n, run);
	check(r->failure.cause == cause || (r->failure.cause == CAUSE_NONE && run->was_up),
	      "the cause is the failure's, or it could be made up for", n, run);
	check(recording_count(r->log, "close") == recording_count(r->log, "open"),
	      "what was opened is closed", n, run);
	check(recording_count(r->log, "close-ike") == 1, "IKE's sockets are closed", n, run);
	check(recording_count(r->log, "undo-network") == recording_count(r->log, "guard-network"),
	      "the network is undone", n, run);
	check(run->responder.violations == 0 && run->lns.violations == 0,
	      "the gateway saw nothing that must not be", n, run);
}

static void end_run(struct run *run)
{
	run->connection = connection_free(run->connection);
	responder_clear(&run->responder);
}

/* Each call once. Return: how many there were. */
static unsigned int fail_calls(const struct profile *profile)
{
	static struct run run;
	unsigned int total;

	if (!run_once(&run, profile, 0))
		abort();
	check(run.was_up && run.recording.failure.cause == CAUSE_NONE, "without failure it works",
	      0, &run);
	total = run.recording.calls;
	end_run(&run);
	for (unsigned int n = 1; n <= total; n++) {
		check(run_once(&run, profile, n), "there is a connection", n, &run);
		check_end(&run, n, CAUSE_KERNEL_ESP);
		end_run(&run);
	}
	return total;
}

static unsigned int fail_allocations(const struct profile *profile)
{
	static struct run run;
	unsigned int total;

	if (!run_once(&run, profile, 0))
		abort();
	total = allocations;
	end_run(&run);
	for (unsigned int n = 1; n <= total; n++) {
		failing_allocation = n;
		if (run_once(&run, profile, 0))
			check_end(&run, n, CAUSE_MEMORY);
		end_run(&run);
	}
	failing_allocation = 0;
	return total;
}

static unsigned int fail_profiles(void)
{
	unsigned int n = 0;

	for (int r = -ENOMEM; r < 0;) {
		struct profile *p = NULL;
		struct failure f = { 0 };

		allocations = 0;
		failing_allocation = ++n;
		r = profile_parse("office", profile_text, strlen(profile_text), &p, &f);
		if (r < 0 && (r != -ENOMEM || f.cause != CAUSE_MEMORY || p)) {
			(void)fprintf(stderr, "profile, allocation %u: %d %s: %s\n", n, r,
				      cause_id(f.cause), f.detail);
			exit(EXIT_FAILURE);
		}
		profile_free(p);
	}
	failing_allocation = 0;
	return n - 1;
}

int main(void)
{
	struct profile *profile = NULL;
	struct failure f = { 0 };

	if (profile_parse("office", profile_text, strlen(profile_text), &profile, &f) < 0) {
		(void)fprintf(stderr, "profile: %s\n", f.detail);
		return EXIT_FAILURE;
	}
	unsigned int calls = fail_calls(profile), memory = fail_allocations(profile);
	unsigned int parsing = fail_profiles();
	profile_free(profile);
	printf("%u calls, %u allocations of a connection and %u of a profile failed, one after the "
	       "other\n",
	       calls, memory, parsing);
	return calls > 20 && memory > 2 && parsing > 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
