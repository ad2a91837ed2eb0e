/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection machine over recording tables and a virtual clock: what it asks for and in which
 * order, what it makes of failures and of silence, and that everything is closed again each time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "client/connection/verdict.h"
#include "tests/unit/between.h"
#include "tests/unit/connection/recording.h"

static const char profile_text[] = "[vpn]\n"
				   "gateway=gateway.example\n"
				   "user=taro\n"
				   "[vpn-secrets]\n"
				   "ipsec-psk=a long enough pre-shared key\n"
				   "password=himitsu\n"
				   "[ipv4]\n"
				   "never-default=true\n"
				   "route1=192.168.100.0/24\n";

struct fixture {
	struct recording recording;
	struct profile *profile;
	struct secret psk, password, l2tp_secret;
	struct connection *connection;
};

static void make_connection(struct fixture *x, bool survey, enum connection_state until)
{
	const struct connection_config config = {
		.profile = x->profile,
		.psk = &x->psk,
		.password = &x->password,
		.l2tp_secret = &x->l2tp_secret,
		.crypto = &crypto_openssl,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = &x->recording.system,
		.dataplane = &x->recording.dataplane,
		.timeout = 30 * NSEC_PER_SEC,
		.userdata = &x->recording,
		.now = recording_now,
		.on_event = recording_on_event,
		.survey = survey,
		.until = until,
	};

	x->connection = connection_free(x->connection);
	assert_int_equal(connection_new(&config, &x->connection), 0);
}

static int setup(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	struct failure f = { 0 };

	assert_non_null(x);
	recording_init(&x->recording);
	assert_int_equal(profile_parse("office", profile_text, strlen(profile_text), &x->profile,
				       &f),
			 0);
	assert_int_equal(secret_set(&x->psk, "a long enough pre-shared key", 28), 0);
	assert_int_equal(secret_set(&x->password, "himitsu", 7), 0);
	make_connection(x, false, CONNECTION_IDLE);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	connection_free(x->connection);
	profile_free(x->profile);
	free(x);
	return 0;
}

static void start(struct fixture *x)
{
	connection_start(x->connection);
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
}

/* Lets time pass until it is down. Return: how long that took. */
static nsec_t run_down(struct fixture *x)
{
	nsec_t begin = x->recording.now;

	for (int i = 0; i < 1000 && x->recording.downs == 0; i++)
		recording_step(&x->recording, x->connection);
	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(connection_get_info(x->connection)->state, CONNECTION_DOWN);
	assert_true(connection_deadline(x->connection) == NSEC_NEVER);
	return x->recording.now - begin;
}

static void silent_gateway_is_named(void **state)
{
	struct fixture *x = *state;

	start(x);
	nsec_t took = run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_SILENT);
	assert_true(took <= 10 * NSEC_PER_SEC);
	assert_true(x->recording.n_sent >= 5);
	const struct connection_seen *seen = &connection_get_info(x->connection)->seen;
	assert_true(seen->known && seen->ike.sent >= 4 && seen->ike.received == 0);
	assert_true(seen->step > 8 * NSEC_PER_SEC && seen->step <= took);
	size_t to_4500 = 0;
	for (size_t i = 1; i < x->recording.n_sent; i++) {
		to_4500 += x->recording.sent[i].natt;
		if (!x->recording.sent[i].natt)
			assert_memory_equal(x->recording.sent[i].data, x->recording.sent[0].data,
					    x->recording.sent[0].len);
	}
	/* Before silence counts, UDP 4500 was asked as well. */
	assert_true(to_4500 >= 3);
	assert_int_equal(recording_count(x->recording.log, "close"), 1);
	assert_int_equal(recording_count(x->recording.log, "close-ike"), 1);
	/* What the kill switch has closed stays so after a failure. */
	assert_int_equal(recording_count(x->recording.log, "undo-network"), 1);
	assert_false(x->recording.opened);
}

/* A refusal in clear (RFC 2408 5.4) of the message that was sent last, on the path it took. */
static void refuse_last(struct fixture *x)
{
	size_t n = x->recording.n_sent - 1;
	bool natt = x->recording.sent[n].natt;
	size_t marker = natt ? 4 : 0;
	uint8_t answer[4 + 28 + 12] = { 0 };
	uint8_t *p = answer + marker;

	memcpy(p, x->recording.sent[n].data + marker, 8);
	p[16] = 11;   /* notify */
	p[17] = 0x10; /* version */
	p[18] = 5;    /* informational */
	p[27] = 28 + 12;
	p[31] = 12;
	p[35] = 1;  /* DOI */
	p[36] = 1;  /* ISAKMP */
	p[39] = 14; /* NO-PROPOSAL-CHOSEN */
	x->recording.system.listener.on_ike(x->recording.system.listener.userdata, natt,
					    &x->recording.resolved, answer, marker + 28 + 12);
}

/* RFC 3947 4: main mode may begin on port 4500. */
static void silent_500_goes_on_at_4500(void **state)
{
	struct fixture *x = *state;

	start(x);
	while (!x->recording.sent[x->recording.n_sent - 1].natt)
		recording_step(&x->recording, x->connection);
	size_t before = x->recording.n_sent;
	refuse_last(x);
	(void)run_down(x);
	assert_true(x->recording.n_sent > before);
	for (size_t i = before; i < x->recording.n_sent; i++)
		assert_true(x->recording.sent[i].natt);
	assert_int_equal(recording_count(x->recording.log, "open-ike"), 2);
}

/* All algorithms refused: others are asked for, a few messages, and the refusal is named. */
static void refusal_asks_what_would_do(void **state)
{
	struct fixture *x = *state;

	start(x);
	size_t own_len = x->recording.sent[0].len, rounds = 0, refused = 0;
	refuse_last(x);
	for (int i = 0; i < 100 && x->recording.downs == 0; i++) {
		size_t last = x->recording.n_sent - 1;

		if (last > refused && x->recording.sent[last].len != own_len) {
			refused = last;
			rounds++;
			refuse_last(x);
		} else {
			recording_step(&x->recording, x->connection);
		}
	}
	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE1_REFUSED);
	assert_between(rounds, 1, 8);
	assert_true(x->recording.n_sent <= 8);
}

static void policies_stand_before_the_first_message(void **state)
{
	struct fixture *x = *state;

	start(x);
	assert_non_null(strstr(x->recording.log, " resolve open-ike open send-ike prepare-ppp"));
}

static void refused_port_is_named_sooner(void **state)
{
	struct fixture *x = *state;

	start(x);
	x->recording.system.listener.on_ike_error(x->recording.system.listener.userdata, false,
						  ECONNREFUSED);
	nsec_t took = run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_REFUSED);
	assert_true(took <= 3 * NSEC_PER_SEC);
}

static void unresolved_name_is_passed_on(void **state)
{
	struct fixture *x = *state;
	struct failure f = { 0 };

	connection_start(x->connection);
	(void)failure_set(&f, CAUSE_RESOLVE, EAGAIN, "no such name");
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata, NULL, 0,
						 &f);
	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(x->recording.failure.cause, CAUSE_RESOLVE);
	assert_string_equal(x->recording.failure.detail, "no such name");
}

static void resolver_that_hangs_ends_with_the_attempt(void **state)
{
	struct fixture *x = *state;

	connection_start(x->connection);
	nsec_t took = run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_RESOLVE);
	assert_true(took == 30 * NSEC_PER_SEC);
}

/* Each call on the way up fails once: the cause comes through, and what was opened is closed. */
static void each_failing_call_is_undone(void **state)
{
	static const char *const calls[] = { "resolve", "open-ike", "open", "prepare-ppp" };
	struct fixture *x = *state;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
		x = *state;
		x->recording.fail = calls[i];
		x->recording.fail_cause = CAUSE_KERNEL_L2TP;
		start(x);
		(void)run_down(x);
		assert_int_equal(x->recording.failure.cause, CAUSE_KERNEL_L2TP);
		assert_int_equal(recording_count(x->recording.log, "close"),
				 recording_count(x->recording.log, "open"));
		assert_int_equal(recording_count(x->recording.log, "close-ike"), 1);
	}
}

/* Whoever answers with nonsense isn't silent, if he has our cookie; anybody else's nonsense is nothing. */
static void useless_answers_are_named(void **state)
{
	for (int ours = 0; ours < 2; ours++) {
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
		struct fixture *x = *state;
		uint8_t nonsense[40] = { 1, 2, 3, [17] = 0x10, [18] = 2, [27] = 40 };
		const struct endpoint from = { AF_INET, { 198, 51, 100, 2 }, 500 };
		const struct sys_listener *listener = &x->recording.system.listener;

		start(x);
		if (ours)
			memcpy(nonsense, x->recording.sent[0].data, 8);
		for (size_t len = 2; len <= sizeof(nonsense); len++)
			listener->on_ike(listener->userdata, false, &from, nonsense, len);
		(void)run_down(x);
		assert_int_equal(x->recording.failure.cause,
				 ours ? CAUSE_PHASE1_STALLED : CAUSE_UDP500_SILENT);
		/* Who is silent is asked whether UDP 4500 is open. */
		bool asked = false;
		for (size_t i = 0; i < x->recording.n_sent; i++)
			asked |= x->recording.sent[i].natt;
		assert_int_equal(asked, !ours);
	}
}

static void sending_that_fails_is_only_repeated(void **state)
{
	struct fixture *x = *state;

	x->recording.fail = "send-ike";
	start(x);
	assert_int_equal(x->recording.downs, 0);
	(void)run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_SILENT);
}

static void the_user_can_end_the_attempt(void **state)
{
	struct fixture *x = *state;
	struct failure f = { 0 };

	start(x);
	(void)failure_set(&f, CAUSE_INTERRUPTED, ECANCELED, "by the test");
	connection_close(x->connection, &f);
	(void)run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_INTERRUPTED);
	connection_close(x->connection, NULL);
	assert_int_equal(x->recording.downs, 1);
}

static void noise_changes_nothing(void **state)
{
	struct fixture *x = *state;
	uint8_t noise[200];

	start(x);
	size_t sent = x->recording.n_sent;
	for (unsigned int i = 0; i < 500; i++) {
		for (size_t k = 0; k < sizeof(noise); k++)
			noise[k] = (uint8_t)(k * i + 7 * i + k);
		x->recording.system.listener.on_ike(x->recording.system.listener.userdata, i % 2,
						    &x->recording.resolved, noise,
						    i % sizeof(noise));
	}
	assert_int_equal(x->recording.downs, 0);
	assert_int_equal(x->recording.n_sent, sent);
	assert_int_equal(connection_get_info(x->connection)->state, CONNECTION_PHASE1);
}

/* Two addresses of one name, IPv6 first as resolvers have it. */
static void start_with_two(struct fixture *x, struct endpoint addrs[2])
{
	assert_int_equal(endpoint_parse("2001:db8::2", 0, &addrs[0]), 0);
	addrs[1] = x->recording.resolved;
	connection_start(x->connection);
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata, addrs, 2,
						 NULL);
}

static void silent_address_gives_way(void **state)
{
	struct fixture *x = *state;
	struct endpoint addrs[2];
	nsec_t begin = x->recording.now;

	start_with_two(x, addrs);
	for (int i = 0; i < 20 && recording_count(x->recording.log, "open-ike") == 1; i++)
		recording_step(&x->recording, x->connection);
	assert_true(x->recording.now - begin <= 2500 * NSEC_PER_MSEC);
	assert_true(endpoint_same_addr(&x->recording.sent[0].to, &addrs[0]));
	size_t n = x->recording.n_sent;
	assert_true(endpoint_same_addr(&x->recording.sent[n - 1].to, &addrs[1]));
	/* The last one is given the time that a single one has. */
	assert_true(run_down(x) >= 9 * NSEC_PER_SEC);
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_SILENT);
	assert_non_null(strstr(x->recording.steps, "trying 198.51.100.2"));
	assert_int_equal(recording_count(x->recording.log, "open-ike"), 2);
	assert_int_equal(recording_count(x->recording.log, "close-ike"), 2);
}

static void unreachable_address_gives_way_at_once(void **state)
{
	struct fixture *x = *state;
	struct endpoint addrs[2];
	nsec_t begin = x->recording.now;

	x->recording.fail_at = 3; /* open-ike, after guard-network and resolve */
	x->recording.fail_cause = CAUSE_NO_ROUTE;
	start_with_two(x, addrs);
	assert_int_equal(x->recording.now, begin);
	assert_int_equal(x->recording.downs, 0);
	assert_int_equal(recording_count(x->recording.log, "open-ike"), 2);
	assert_true(endpoint_same_addr(&x->recording.sent[0].to, &addrs[1]));
}

/* A refusal of our certificate is explained by the authorities that the gateway named before. */
static void other_authority_is_named(void **state)
{
	struct evidence e = { .state = CONNECTION_PHASE1,
			      .ike.stage = IKE_STAGE_MM5_SENT,
			      .hint_notify = 18,
			      .auth_words = "",
			      .asked = "CN=Head Office" };
	const struct ike_event refused = { .type = IKE_EVENT_FAILED,
					   .u.failed = { .reason = IKE_FAILURE_REFUSED_PHASE1,
							 .notify_type = 18 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct failure f = { 0 };

		e.asked_ours = i % 2;
		if (i < 2)
			verdict_name(&e, &f);
		else
			verdict_ike_failed(&e, &refused, &f);
		assert_int_equal(f.cause, CAUSE_CERT_REFUSED);
		assert_true(!strstr(f.detail, "CN=Head Office") == e.asked_ours);
	}
}

/* Without a key: both ports are asked, and that is all. */
static void survey_of_a_silent_gateway(void **state)
{
	struct fixture *x = *state;

	make_connection(x, true, CONNECTION_PHASE1);
	start(x);
	assert_true(x->recording.sent[0].natt);
	nsec_t took = run_down(x);
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_SILENT);
	assert_true(took <= 10 * NSEC_PER_SEC);
	size_t to_500 = 0;
	for (size_t i = 1; i < x->recording.n_sent; i++)
		to_500 += !x->recording.sent[i].natt;
	assert_true(to_500 >= 3);
	assert_int_equal(recording_count(x->recording.log, "prepare-ppp"), 0);
	assert_int_equal(recording_count(x->recording.log, "close-ike"), 1);
}

/* Every question is refused: our own offer is asked about last, and its refusal is the finding. */
static void survey_finds_the_refusal(void **state)
{
	struct fixture *x = *state;
	size_t refused = 0;

	make_connection(x, true, CONNECTION_PHASE1);
	start(x);
	refuse_last(x);
	for (int i = 0; i < 100 && x->recording.downs == 0; i++) {
		if (x->recording.n_sent - 1 > refused) {
			refused = x->recording.n_sent - 1;
			refuse_last(x);
		} else {
			recording_step(&x->recording, x->connection);
		}
	}
	const struct connection_info *info = connection_get_info(x->connection);
	assert_true(info->surveyed && info->survey.port_open && info->survey.heard_500);
	assert_int_equal(x->recording.failure.cause, CAUSE_PHASE1_REFUSED);
	assert_int_equal(info->survey.own_refused, 14);
	assert_between(x->recording.n_sent, 2, 8);
}

static bool offers_only_what_nobody_has(const struct fixture *x, size_t i)
{
	/* Encryption algorithm 65001, AES-CBC. */
	static const uint8_t private_use[] = { 0x80, 0x01, 0xfd, 0xe9 };
	static const uint8_t aes[] = { 0x80, 0x01, 0x00, 0x07 };

	const uint8_t *data = x->recording.sent[i].data;
	size_t len = x->recording.sent[i].len;

	return memmem(data, len, private_use, sizeof(private_use)) &&
	       !memmem(data, len, aes, sizeof(aes));
}

/* With a key one question comes first, which no gateway can accept; then the attempt. */
static void attempt_follows_the_survey(void **state)
{
	struct fixture *x = *state;

	make_connection(x, true, CONNECTION_IDLE);
	start(x);
	size_t asked = 0;
	while (asked < x->recording.n_sent && x->recording.sent[asked].natt) {
		assert_true(offers_only_what_nobody_has(x, asked++));
		while (x->recording.n_sent == asked)
			recording_step(&x->recording, x->connection);
	}
	assert_between(asked, 2, 6);
	assert_int_equal(recording_count(x->recording.log, "prepare-ppp"), 1);
	(void)run_down(x);
	for (size_t i = asked; i < x->recording.n_sent; i++)
		assert_false(offers_only_what_nobody_has(x, i));
	assert_int_equal(x->recording.failure.cause, CAUSE_UDP500_SILENT);
}

/* 500 is silent and 4500 was heard before: it goes on there without asking once more. */
static void survey_lets_it_begin_at_4500(void **state)
{
	struct fixture *x = *state;

	make_connection(x, true, CONNECTION_IDLE);
	start(x);
	refuse_last(x);
	assert_int_equal(x->recording.n_sent, 2);
	assert_false(x->recording.sent[1].natt);
	(void)run_down(x);
	assert_true(x->recording.sent[x->recording.n_sent - 1].natt);
	assert_true(connection_get_info(x->connection)->floated);
}

static void vendors_are_named(void **state)
{
	static const uint8_t strongswan[] = { 0x88, 0x2f, 0xe5, 0x6d, 0x6f, 0xd2, 0x0d, 0xbc,
					      0x22, 0x51, 0x61, 0x3b, 0x2e, 0xbe, 0x5b, 0xeb };
	static const uint8_t xauth[] = { 0x09, 0x00, 0x26, 0x89, 0xdf, 0xd6, 0xb7, 0x12 };
	static const uint8_t other[] = { 1, 2 };
	struct vendors v = { 0 };
	char words[VENDORS_WORDS_MAX];

	(void)state;
	assert_string_equal(vendors_words(&v, words), "names no product");
	vendors_add(&v, xauth, sizeof(xauth));
	vendors_add(&v, xauth, sizeof(xauth) - 1);
	assert_string_equal(vendors_words(&v, words),
			    "names no product; XAUTH; 1 unknown: 09002689dfd6b7");
	vendors_add(&v, strongswan, sizeof(strongswan));
	vendors_add(&v, other, sizeof(other));
	assert_string_equal(vendors_words(&v, words),
			    "strongSwan; XAUTH; 2 unknown: 09002689dfd6b7");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(silent_gateway_is_named),
		TEST(silent_500_goes_on_at_4500),
		TEST(refusal_asks_what_would_do),
		TEST(policies_stand_before_the_first_message),
		TEST(refused_port_is_named_sooner),
		TEST(unresolved_name_is_passed_on),
		TEST(resolver_that_hangs_ends_with_the_attempt),
		TEST(each_failing_call_is_undone),
		TEST(useless_answers_are_named),
		TEST(sending_that_fails_is_only_repeated),
		TEST(the_user_can_end_the_attempt),
		TEST(noise_changes_nothing),
		TEST(silent_address_gives_way),
		TEST(unreachable_address_gives_way_at_once),
		cmocka_unit_test(other_authority_is_named),
		TEST(survey_of_a_silent_gateway),
		TEST(survey_finds_the_refusal),
		TEST(attempt_follows_the_survey),
		TEST(survey_lets_it_begin_at_4500),
		TEST(vendors_are_named),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
