/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rungs of a diagnosis: what decides each, their order, the findings, and what is suggested. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "client/command/ladder.h"
#include "tests/unit/connection/recording.h"

static const struct endpoint gateway = { AF_INET, { 198, 51, 100, 2 }, 500 };
static const struct endpoint local = { AF_INET, { 192, 168, 10, 11 }, 500 };
static const struct endpoint server = { AF_INET, { 192, 168, 100, 1 }, 53 };
static const struct ike_proposal strong = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256,
					    IKE_GROUP_MODP2048 };

/* As it is when everything works, behind a NAT. */
static struct connection_info all_well(struct connection_counters *ret_counters)
{
	*ret_counters = (struct connection_counters){
		.ike.stage = IKE_STAGE_CHILD_UP,
		.dataplane = { .esp_in_packets = 9, .esp_out_packets = 10 },
	};
	return (struct connection_info){
		.state = CONNECTION_UP,
		.gateway = gateway,
		.local = local,
		.uplink = "eth0",
		.path_mtu = 1500,
		.surveyed = true,
		.survey = { .port_open = true, .offer_known = true, .takes = strong },
		.natt_known = true,
		.natt_supported = true,
		.local_nat = true,
		.natt_port = 4500,
		.phase1_known = true,
		.phase1 = strong,
		.child_known = true,
		.udp_encap = true,
		.esp = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_NONE },
		.tunnel_known = true,
		.call_granted = true,
		.l2tp_port = 40000,
		.address_known = true,
		.address = local,
		.peer_address = server,
		.mtu = 1400,
	};
}

static struct tunnel_findings all_passes(void)
{
	return (struct tunnel_findings){ .done = true,
					 .echo = server,
					 .full = 1400,
					 .passes = 1400,
					 .dns_asked = 1,
					 .dns = server };
}

static struct profile *parse(const char *lines)
{
	char text[512];
	struct profile *p = NULL;
	struct failure f = { 0 };

	(void)snprintf(text, sizeof(text), "[vpn]\ngateway=gateway.example\nuser=taro\n%s", lines);
	assert_int_equal(profile_parse("office", text, strlen(text), &p, &f), 0);
	return p;
}

static size_t count(const struct ladder *l, enum rung_result result)
{
	size_t n = 0;

	for (size_t i = 0; i < RUNG_COUNT; i++)
		n += l->rungs[i].result == result;
	return n;
}

static void all_is_well(void **state)
{
	struct ladder l = { 0 };
	struct connection_counters counters;
	const struct connection_info info = all_well(&counters);
	const struct tunnel_findings findings = all_passes();
	struct failure f = { 0 };
	enum rung rung;

	(void)state;
	ladder_observe(&l, &info, &counters);
	assert_int_equal(count(&l, RUNG_OK), RUNG_COUNT - 2);
	assert_false(ladder_checked(&l, &findings, &f));
	ladder_end(&l, &f, NULL);
	assert_int_equal(count(&l, RUNG_OK), RUNG_COUNT);
	for (size_t i = 0; i < RUNG_COUNT; i++) {
		assert_true(ladder_next(&l, &rung));
		assert_int_equal(rung, i);
		assert_true(l.rungs[i].text[0]);
	}
	assert_false(ladder_next(&l, &rung));
}

/* A rung that is decided is held back until those before it are. */
static void rungs_come_in_order(void **state)
{
	struct ladder l = { 0 };
	const struct connection_counters none = { 0 };
	struct connection_info info = {
		.state = CONNECTION_PHASE1, .gateway = gateway, .local = local, .surveyed = true
	};
	enum rung rung;

	(void)state;
	info.survey.port_open = info.survey.offer_known = true;
	info.survey.takes = strong;
	ladder_observe(&l, &info, &none);
	assert_int_equal(l.rungs[RUNG_UDP4500].result, RUNG_OK);
	assert_int_equal(l.rungs[RUNG_VENDOR].result, RUNG_OK);
	assert_true(ladder_next(&l, &rung) && rung == RUNG_NAME);
	assert_true(ladder_next(&l, &rung) && rung == RUNG_ROUTE);
	assert_false(ladder_next(&l, &rung));
}

/* Each cause that has a rung makes it fail, and what lies above it isn't reached. */
static void causes_have_their_rung(void **state)
{
	static const struct {
		enum cause cause;
		enum rung rung;
	} rows[] = {
		{ CAUSE_RESOLVE, RUNG_NAME },
		{ CAUSE_NO_ROUTE, RUNG_ROUTE },
		{ CAUSE_UDP500_SILENT, RUNG_UDP500 },
		{ CAUSE_UDP4500_SILENT, RUNG_UDP4500 },
		{ CAUSE_PHASE1_REFUSED, RUNG_PROPOSALS },
		{ CAUSE_PSK_WRONG, RUNG_AUTHENTICATION },
		{ CAUSE_PHASE2_REFUSED, RUNG_PHASE2 },
		{ CAUSE_ESP_SILENT, RUNG_ESP },
		{ CAUSE_L2TP_SILENT, RUNG_L2TP },
		{ CAUSE_PPP_SILENT, RUNG_PPP },
		{ CAUSE_PPP_AUTH, RUNG_PPP_AUTH },
		{ CAUSE_PPP_NO_ADDRESS, RUNG_ADDRESS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ladder l = { 0 };
		struct failure f = { .cause = rows[i].cause, .detail = "evidence" };

		ladder_end(&l, &f, NULL);
		assert_int_equal(l.rungs[rows[i].rung].result, RUNG_FAILED);
		assert_string_equal(l.rungs[rows[i].rung].text, "evidence");
		assert_int_equal(count(&l, RUNG_FAILED), 1);
		assert_int_equal(l.rungs[RUNG_PROPOSALS].result == RUNG_OK,
				 rows[i].rung > RUNG_PROPOSALS);
		assert_int_equal(count(&l, RUNG_UNDECIDED), 0);
		if (rows[i].rung + 1 < RUNG_COUNT)
			assert_string_equal(l.rungs[rows[i].rung + 1].text, "not reached");
	}
}

static void what_is_missing_is_said(void **state)
{
	struct ladder l = { 0 };
	const struct failure none = { 0 };

	(void)state;
	ladder_end(&l, &none, "no password");
	assert_int_equal(count(&l, RUNG_NOT_TESTED), RUNG_COUNT);
	assert_string_equal(l.rungs[RUNG_PPP_AUTH].text, "no password");
}

/* Without a NAT a silent UDP 4500 is no failure. */
static void silent_4500_without_a_nat(void **state)
{
	struct ladder l = { 0 };
	struct connection_counters counters;
	struct connection_info info = all_well(&counters);

	(void)state;
	info.local_nat = info.survey.port_open = false;
	ladder_observe(&l, &info, &counters);
	assert_int_equal(l.rungs[RUNG_UDP4500].result, RUNG_NOT_TESTED);
	assert_int_equal(l.rungs[RUNG_NAT].result, RUNG_OK);
}

static void large_packets_that_vanish(void **state)
{
	struct ladder l = { 0 };
	struct tunnel_findings findings = all_passes();
	struct profile *p = parse("");
	struct connection_counters counters;
	const struct connection_info info = all_well(&counters);
	struct failure f = { 0 };
	struct suggestions s;

	(void)state;
	findings.passes = 1280;
	assert_true(ladder_checked(&l, &findings, &f));
	assert_int_equal(f.cause, CAUSE_MTU);
	assert_int_equal(cause_exit_code(f.cause), EXIT_PATH);
	ladder_suggest(p, &info, &findings, &f, &s);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.lines[0].line, "mtu=1280");
	assert_string_equal(s.lines[1].line, "mru=1280");
	profile_free(p);
}

static void silent_name_servers(void **state)
{
	struct tunnel_findings findings = all_passes();

	(void)state;
	findings.dns.family = 0;
	findings.dns_silent = server;
	for (int filtered = 0; filtered < 2; filtered++) {
		struct ladder l = { 0 };
		struct failure f = { 0 };

		findings.filtered = filtered;
		assert_int_equal(ladder_checked(&l, &findings, &f), !filtered);
		assert_int_equal(f.cause, filtered ? CAUSE_NONE : CAUSE_DNS_SILENT);
		assert_int_equal(l.rungs[RUNG_DNS].result,
				 filtered ? RUNG_NOT_TESTED : RUNG_FAILED);
	}
}

/* Both fail, and the lower rung gives the cause. */
static void two_findings(void **state)
{
	struct ladder l = { 0 };
	struct tunnel_findings findings = all_passes();
	struct failure f = { 0 };

	(void)state;
	findings.passes = 1280;
	findings.dns.family = 0;
	findings.dns_silent = server;
	assert_true(ladder_checked(&l, &findings, &f));
	assert_int_equal(count(&l, RUNG_FAILED), 2);
	assert_int_equal(f.cause, CAUSE_MTU);
}

/* A line is suggested where there is evidence for it, and nowhere else. */
static void suggestions_are_from_evidence(void **state)
{
	static const struct {
		enum cause cause;
		const char *profile;
		const char *line; /* NULL: none */
	} rows[] = {
		{ CAUSE_NONE, "", NULL },
		{ CAUSE_PHASE1_REFUSED, "", "ipsec-ike=aes256-sha256-modp2048" },
		{ CAUSE_PSK_WRONG, "", NULL },
		{ CAUSE_ESP_SILENT, "", NULL },
		{ CAUSE_PPP_AUTH_METHOD, "", NULL },
		{ CAUSE_PPP_AUTH_METHOD, "refuse-mschapv2=yes\n", "refuse-mschapv2=no" },
		{ CAUSE_PPP_ENCRYPTION, "", "require-mppe=yes" },
		{ CAUSE_PPP_ENCRYPTION, "require-mppe=yes\n", "require-mppe=no" },
	};
	const struct tunnel_findings none = { 0 };
	struct connection_counters counters;
	const struct connection_info info = all_well(&counters);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct failure f = { .cause = rows[i].cause };
		struct profile *p = parse(rows[i].profile);
		struct suggestions s;

		ladder_suggest(p, &info, &none, &f, &s);
		assert_int_equal(s.n, rows[i].line ? 1 : 0);
		if (rows[i].line)
			assert_string_equal(s.lines[0].line, rows[i].line);
		profile_free(p);
	}
}

struct watched {
	struct recording recording;
	struct connection *connection;
	struct ladder ladder;
};

static nsec_t watched_now(void *userdata)
{
	struct watched *w = userdata;

	return recording_now(&w->recording);
}

static void watched_event(void *userdata, const struct connection_event *event)
{
	struct watched *w = userdata;
	struct connection_counters counters;

	recording_on_event(&w->recording, event);
	connection_get_counters(w->connection, &counters);
	ladder_observe(&w->ladder, event->info, &counters);
}

/* Over the recording tables: a gateway that is silent, with the connection's own finding. */
static void a_silent_gateway_is_climbed_to(void **state)
{
	struct watched *w = calloc(1, sizeof(*w));
	struct profile *p = parse("");
	const struct secret none = { 0 };
	const struct connection_config config = {
		.profile = p,
		.psk = &none,
		.password = &none,
		.l2tp_secret = &none,
		.crypto = &crypto_openssl,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = &w->recording.system,
		.dataplane = &w->recording.dataplane,
		.timeout = 30 * NSEC_PER_SEC,
		.userdata = w,
		.now = watched_now,
		.on_event = watched_event,
		.survey = true,
		.until = CONNECTION_PHASE1,
	};

	(void)state;
	recording_init(&w->recording);
	assert_int_equal(connection_new(&config, &w->connection), 0);
	connection_start(w->connection);
	w->recording.system.listener.on_resolved(w->recording.system.listener.userdata,
						 &w->recording.resolved, 1, NULL);
	while (w->recording.downs == 0)
		recording_step(&w->recording, w->connection);
	ladder_end(&w->ladder, &w->recording.failure, "no pre-shared key");
	assert_int_equal(w->ladder.rungs[RUNG_NAME].result, RUNG_OK);
	assert_int_equal(w->ladder.rungs[RUNG_ROUTE].result, RUNG_OK);
	assert_int_equal(w->ladder.rungs[RUNG_UDP500].result, RUNG_FAILED);
	assert_int_equal(w->ladder.rungs[RUNG_NAT].result, RUNG_NOT_TESTED);
	assert_int_equal(recording_count(w->recording.log, "apply-network"), 0);
	connection_free(w->connection);
	profile_free(p);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(rungs_come_in_order),
		cmocka_unit_test(causes_have_their_rung),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(silent_4500_without_a_nat),
		cmocka_unit_test(large_packets_that_vanish),
		cmocka_unit_test(silent_name_servers),
		cmocka_unit_test(two_findings),
		cmocka_unit_test(suggestions_are_from_evidence),
		cmocka_unit_test(a_silent_gateway_is_climbed_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
