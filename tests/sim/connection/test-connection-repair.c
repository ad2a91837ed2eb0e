/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection that has worked is lost in every way, over the recording tables and with the models of
 * gateways: what is made anew, how soon and how often it is tried. The time is virtual.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/connection/desk.h"
#include "tests/unit/between.h"

static void a_lost_ppp_costs_a_call(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	for (unsigned int i = 1; i <= 20; i++) {
		ppp_ends(d, CAUSE_NONE);
		assert_true(is_in(d, CONNECTION_L2TP));
		assert_up_within(d, 0);
		assert_int_equal(info_of(d)->n_repairs, i);
		assert_int_equal(last_repair(d)->level, REPAIR_CALL);
		assert_int_equal(last_repair(d)->cause, CAUSE_LOST_PPP);
		assert_int_equal(calls(d, "prepare-ppp"), i + 1);
		assert_int_equal(calls(d, "close-session"), i);
		assert_int_equal(calls(d, "hold-network"), i);
		assert_int_equal(calls(d, "apply-network"), i + 1);
		pass(d, SECONDS(30));
	}
	assert_int_equal(d->gateway->attempts, 1);
	assert_int_equal(d->gateway->lns.calls, 21);
	assert_int_equal(calls(d, "open"), 1);
	assert_int_equal(calls(d, "open-ike"), 1);
	assert_int_equal(events(d, "up-again"), 20);
	desk_close(d, 0);
}

/* The tunnel goes with its last call: another one is begun under the same SA. */
static void a_tunnel_that_ends_with_its_call_is_made_anew(void **state)
{
	struct desk *d = desk_new("");

	(void)state;
	d->gateway->lns.config.ends_with_call = true;
	assert_up_within(d, SECONDS(5));
	for (unsigned int i = 1; i <= 5; i++) {
		ppp_ends(d, CAUSE_NONE);
		assert_up_within(d, SECONDS(1));
		assert_int_equal(info_of(d)->n_repairs, i);
		assert_int_equal(last_repair(d)->level, REPAIR_CALL);
		pass(d, SECONDS(30));
	}
	assert_int_equal(d->gateway->attempts, 1);
	assert_int_equal(calls(d, "open"), 1);
	desk_close(d, 0);
}

static void names_are_ready(struct desk *d, enum cause cause)
{
	const struct sys_listener *system = &d->r->system.listener;
	const struct failure f = { .cause = cause };

	system->on_names_ready(system->userdata, &f);
}

/* It is up when its names work, or are known not to; what ends meanwhile is repaired all the same. */
static void names_are_waited_for(void **state)
{
	struct desk *d = desk_new("");

	(void)state;
	d->r->names_follow = true;
	assert_true(reach(d, CONNECTION_UP, SECONDS(2)) > SECONDS(2));
	assert_true(is_in(d, CONNECTION_PPP));
	assert_int_equal(calls(d, "apply-network"), 1);
	names_are_ready(d, CAUSE_DNS_SETUP);
	assert_true(is_in(d, CONNECTION_UP));
	names_are_ready(d, CAUSE_NONE); /* of IPv6's */
	assert_int_equal(events(d, "up"), 1);
	ppp_ends(d, CAUSE_NONE);
	while (calls(d, "apply-network") < 2)
		assert_true(step(d, d->r->now + SECONDS(1)));
	assert_true(is_in(d, CONNECTION_PPP));
	ppp_ends(d, CAUSE_NONE);
	while (calls(d, "apply-network") < 3)
		assert_true(step(d, d->r->now + SECONDS(10)));
	assert_true(is_in(d, CONNECTION_PPP));
	names_are_ready(d, CAUSE_NONE);
	assert_true(is_in(d, CONNECTION_UP));
	assert_int_equal(events(d, "up-again"), 1);
	desk_close(d, 0);
}

/* What the gateway has shown of its methods holds for another call, and not for ever. */
static void methods_are_found_out_anew_from_the_beginning(void **state)
{
	struct desk *d = desk_new("");
	const struct dp_listener *dataplane = &d->r->dataplane.listener;
	const struct dp_ppp_event vain = {
		.state = DP_PPP_DOWN,
		.found = { .agreed = PPP_METHOD_EAP, .login = PPP_LOGIN_REFUSED },
		.failure.cause = CAUSE_PPP_AUTH_UNKNOWN,
	};

	(void)state;
	d->r->names_follow = true;
	assert_true(reach(d, CONNECTION_UP, SECONDS(2)) > SECONDS(2));
	dataplane->on_ppp(dataplane->userdata, &vain);
	d->r->names_follow = false;
	assert_up_within(d, SECONDS(1));
	assert_true(d->r->link.no_eap);
	ppp_ends(d, CAUSE_NONE);
	assert_up_within(d, SECONDS(1));
	assert_int_equal(last_repair(d)->level, REPAIR_CALL);
	assert_true(d->r->link.no_eap);
	ppp_ends(d, CAUSE_LOST_CLOSED);
	assert_up_within(d, SECONDS(5));
	assert_int_equal(last_repair(d)->level, REPAIR_ALL);
	assert_false(d->r->link.no_eap);
	desk_close(d, 0);
}

/* A network manager sets up what it is told of, so it is told of it. */
static void other_addresses_are_told(void **state)
{
	struct desk *d = desk_up("");
	const struct dp_listener *dataplane = &d->r->dataplane.listener;
	struct dp_ppp_event e = { .state = DP_PPP_ADDRESS, .ifname = "ppp0", .mtu = 1400 };

	(void)state;
	(void)endpoint_parse("192.168.100.201", 0, &e.local);
	dataplane->on_ppp(dataplane->userdata, &e);
	assert_int_equal(events(d, "up"), 1);
	d->office->profile->managed = true;
	dataplane->on_ppp(dataplane->userdata, &e);
	assert_int_equal(events(d, "up"), 2);
	e = (struct dp_ppp_event){ .state = DP_PPP_ADDRESS6 };
	(void)endpoint_parse("fe80::1", 0, &e.local);
	dataplane->on_ppp(dataplane->userdata, &e);
	assert_int_equal(events(d, "up"), 3);
	assert_int_equal(info_of(d)->n_repairs, 0);
	desk_close(d, 0);
}

static void a_refused_call_is_made_anew(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->gateway->lns.config.refuses = LNS_REFUSES_CALL;
	ppp_ends(d, CAUSE_NONE);
	while (calls(d, "open-ike") < 2)
		assert_true(step(d, d->r->now + SECONDS(1)));
	d->gateway->lns.config.refuses = LNS_ACCEPTS;
	assert_up_within(d, SECONDS(1));
	assert_int_equal(info_of(d)->n_repairs, 1);
	assert_int_equal(last_repair(d)->level, REPAIR_ALL);
	assert_int_equal(last_repair(d)->cause, CAUSE_LOST_PPP);
	assert_int_equal(d->gateway->attempts, 2);
	assert_int_equal(calls(d, "open"), 2);
	desk_close(d, 0);
}

/* A tunnel that isn't there any more is found out by the call, soon. */
static void an_unanswered_call_is_made_anew(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	office_reboot(d->gateway);
	ppp_ends(d, CAUSE_NONE);
	assert_true(reach(d, CONNECTION_PHASE1, SECONDS(6)) <= SECONDS(6));
	assert_up_within(d, SECONDS(1));
	assert_int_equal(last_repair(d)->level, REPAIR_ALL);
	desk_close(d, 0);
}

/* The gateway's silence, so long; it begins at a moment of the traffic that is another each time. */
static void try_silence(nsec_t silence, nsec_t offset)
{
	struct desk *d = desk_up("");

	d->busy = true;
	pass(d, SECONDS(60) + offset);
	assert_true(is_in(d, CONNECTION_UP));
	d->gateway->silent = true;
	d->cookies = d->longest_gap = 0;
	assert_true(reach(d, CONNECTION_PHASE1, SECONDS(10)) <= SECONDS(10));
	assert_int_equal(events(d, "repair:gateway-lost"), 1);
	pass(d, silence);
	assert_int_equal(d->r->downs, 0);
	if (d->longest_gap > SECONDS(2))
		fail_msg("%.3f s between two messages", (double)d->longest_gap / 1e9);
	assert_int_equal(d->cookies, info_of(d)->repair_tries);
	assert_true(info_of(d)->repair_tries <= 2 + silence / SECONDS(30));
	office_reboot(d->gateway);
	d->gateway->silent = false;
	assert_up_within(d, SECONDS(3));
	assert_int_equal(last_repair(d)->level, REPAIR_ALL);
	assert_int_equal(last_repair(d)->cause, CAUSE_LOST_GATEWAY);
	desk_close(d, 0);
}

static void silence_under_traffic_is_repaired(void **state)
{
	(void)state;
	for (nsec_t i = 0; i < 40; i++)
		try_silence((i * i * i + 1) * 9000 * NSEC_PER_USEC, i * 67 * NSEC_PER_MSEC);
}

static void silence_is_outlasted(void **state)
{
	static const uint8_t randoms[] = { 0, 0x5a, UINT8_MAX };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(randoms); k++) {
		struct desk *d = desk_up("");
		nsec_t shortest = SECONDS(60), longest = 0;

		d->r->random = randoms[k];
		d->busy = d->gateway->silent = true;
		pass(d, SECONDS(40 * 60));
		assert_int_equal(d->r->downs, 0);
		assert_true(d->n_pauses > 30);
		for (size_t i = 0; i < d->n_pauses; i++) {
			if (d->outages[i] < SECONDS(10 * 60)) {
				assert_between(d->pauses[i], SECONDS(9) / 20, SECONDS(11) / 20);
			} else {
				shortest = nsec_min(shortest, d->pauses[i]);
				longest = d->pauses[i] > longest ? d->pauses[i] : longest;
			}
		}
		assert_between(shortest, SECONDS(54), SECONDS(66));
		assert_between(longest, SECONDS(54), SECONDS(66));
		d->gateway->silent = false;
		office_reboot(d->gateway);
		assert_up_within(d, SECONDS(68));
		desk_close(d, 0);
	}
}

static void idle_silence_is_noticed(void **state)
{
	(void)state;
	for (nsec_t i = 0; i < 30; i++) {
		struct desk *d = desk_up("");

		pass(d, SECONDS(100 + i));
		assert_true(is_in(d, CONNECTION_UP));
		assert_int_equal(info_of(d)->n_repairs, 0);
		d->gateway->silent = true;
		assert_true(reach(d, CONNECTION_PHASE1, SECONDS(35)) <= SECONDS(35));
		office_reboot(d->gateway);
		d->gateway->silent = false;
		assert_up_within(d, SECONDS(3));
		desk_close(d, 0);
	}
}

static void another_way_is_taken_at_once(void **state)
{
	struct desk *d = desk_up("");
	char ip[ENDPOINT_STRLEN];

	(void)state;
	d->r->uplink = "wwan0";
	d->r->address = "192.168.43.7";
	network_changes(d);
	assert_up_within(d, 0);
	assert_int_equal(last_repair(d)->cause, CAUSE_LOST_UPLINK);
	assert_int_equal(last_repair(d)->level, REPAIR_ALL);
	assert_string_equal(endpoint_addr_str(&info_of(d)->local, ip), "192.168.43.7");
	assert_string_equal(info_of(d)->uplink, "wwan0");
	desk_close(d, 0);
}

static void the_same_way_changes_nothing(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	for (int i = 0; i < 5; i++) {
		unsigned int before = d->r->calls;

		network_changes(d);
		assert_int_equal(d->r->calls, before);
		pass(d, SECONDS(1));
		assert_true(is_in(d, CONNECTION_UP));
	}
	assert_int_equal(calls(d, "open-ike"), 1);
	desk_close(d, 0);
}

/* It comes back by the same way or another, after this time without any. */
static void try_without_way(nsec_t gap, const char *uplink)
{
	struct desk *d = desk_up("");

	d->busy = d->gateway->silent = true;
	d->r->uplink = NULL;
	network_changes(d);
	assert_true(is_in(d, CONNECTION_UP));
	pass(d, gap);
	assert_int_equal(d->r->downs, 0);
	d->r->uplink = uplink;
	d->gateway->silent = false;
	network_changes(d);
	pass(d, 0);
	assert_up_within(d, 0);
	pass(d, SECONDS(10));
	assert_true(is_in(d, CONNECTION_UP));
	assert_int_equal(info_of(d)->n_repairs, gap > SECONDS(10));
	desk_close(d, 0);
}

static void without_a_way_it_waits(void **state)
{
	(void)state;
	try_without_way(SECONDS(1), "eth0");
	try_without_way(SECONDS(30), "eth0");
	try_without_way(SECONDS(30), "wlan0");
	try_without_way(SECONDS(3600) + SECONDS(1) / 3, "eth0");
	try_without_way(SECONDS(3600) + SECONDS(1) / 3, "wlan0");
}

/* The pause may be a minute by then. */
static void another_way_ends_the_pause(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->gateway->silent = true;
	pass(d, SECONDS(20 * 60));
	assert_true(reach(d, CONNECTION_WAIT, SECONDS(60)) <= SECONDS(60));
	pass(d, SECONDS(2));
	assert_true(is_in(d, CONNECTION_WAIT));
	d->gateway->silent = false;
	office_reboot(d->gateway);
	d->r->uplink = "wwan0";
	network_changes(d);
	assert_up_within(d, 0);
	desk_close(d, 0);
}

static void a_moved_gateway_is_found(void **state)
{
	static const nsec_t moves_after[] = { 0, SECONDS(1), SECONDS(100) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves_after); i++) {
		struct desk *d = desk_up("");

		d->busy = d->gateway->silent = true;
		if (moves_after[i] > 0) {
			assert_true(reach(d, CONNECTION_PHASE1, SECONDS(10)) <= SECONDS(10));
			pass(d, moves_after[i]);
		}
		d->r->resolved = d->office->gateways[1].address;
		if (moves_after[i] == 0)
			assert_true(reach(d, CONNECTION_PHASE1, SECONDS(10)) <= SECONDS(10));
		assert_up_within(d, moves_after[i] > 0 ? SECONDS(32) : 0);
		assert_true(
			endpoint_same_addr(&info_of(d)->gateway, &d->office->gateways[1].address));
		desk_close(d, 0);
	}
}

/* A name that leads elsewhere is no reason to leave a gateway that answers. */
static void a_gateway_that_answers_is_kept(void **state)
{
	struct desk *d = desk_up("");
	const struct sys_listener *system = &d->r->system.listener;

	(void)state;
	d->r->resolved = d->office->gateways[1].address;
	d->slow_names = true;
	gateway_closes(d);
	while (d->gateway->responder.sas[0].state != RESPONDER_SENT_4)
		assert_true(step(d, d->r->now + SECONDS(1)));
	assert_true(is_in(d, CONNECTION_PHASE1));
	system->on_resolved(system->userdata, &d->r->resolved, 1, NULL);
	assert_up_within(d, 0);
	assert_true(endpoint_same_addr(&info_of(d)->gateway, &d->gateway->address));
	desk_close(d, 0);
}

static void without_a_name_the_last_address_is_good(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->nameless = true;
	d->busy = d->gateway->silent = true;
	pass(d, SECONDS(100));
	assert_true(info_of(d)->repair_tries >= 3);
	office_reboot(d->gateway);
	d->gateway->silent = false;
	assert_up_within(d, SECONDS(3));
	desk_close(d, 0);
}

/* IKE answers and nothing comes through ESP: first another pair, then everything. */
static void mute_esp_is_replaced(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->busy = true;
	pass(d, SECONDS(10));
	d->gateway->mute = true;
	while (calls(d, "use-child") < 2)
		assert_true(step(d, d->r->now + SECONDS(10)));
	assert_true(is_in(d, CONNECTION_UP));
	assert_int_equal(calls(d, "open"), 1);
	assert_true(reach(d, CONNECTION_PHASE1, SECONDS(10)) <= SECONDS(10));
	assert_int_equal(calls(d, "use-child"), 2);
	d->gateway->mute = false;
	assert_up_within(d, SECONDS(1));
	assert_int_equal(last_repair(d)->cause, CAUSE_LOST_GATEWAY);
	desk_close(d, 0);
}

static void a_new_pair_may_be_enough(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->busy = true;
	pass(d, SECONDS(10));
	d->gateway->mute = true;
	while (calls(d, "use-child") < 2)
		assert_true(step(d, d->r->now + SECONDS(10)));
	d->gateway->mute = false;
	pass(d, SECONDS(60));
	assert_true(is_in(d, CONNECTION_UP));
	assert_int_equal(info_of(d)->n_repairs, 0);
	desk_close(d, 0);
}

/* What came before the machine slept is no sign of life after it. */
static void after_sleep_it_is_asked_at_once(void **state)
{
	(void)state;
	for (int traffic = 0; traffic < 2; traffic++) {
		struct desk *d = desk_up("");

		pass(d, SECONDS(10));
		d->gateway->silent = true;
		d->r->counters.esp_in_packets += traffic;
		d->r->counters.esp_out_packets += traffic;
		d->r->now += SECONDS(3600);
		unsigned int probes = calls(d, "send-l2tp");
		nsec_t since = d->r->now;
		connection_resumed(d->office->connection);
		for (int i = 1; i <= 3; i++) {
			pass(d, 0);
			assert_true(is_in(d, CONNECTION_UP));
			assert_true(calls(d, "send-l2tp") >= probes + 1);
			pass(d, SECONDS(1) / 2);
		}
		assert_true(reach(d, CONNECTION_PHASE1, SECONDS(1)) <= SECONDS(1));
		assert_true(d->r->now - since <= SECONDS(3));
		office_reboot(d->gateway);
		d->gateway->silent = false;
		assert_up_within(d, SECONDS(3));
		desk_close(d, 0);
	}
}

static void after_sleep_an_answer_is_enough(void **state)
{
	(void)state;
	for (int traffic = 0; traffic < 2; traffic++) {
		struct desk *d = desk_up("");

		pass(d, SECONDS(10));
		unsigned int probes = calls(d, "send-l2tp"), proofs = calls(d, "send-ike");
		d->r->counters.esp_in_packets += traffic;
		connection_resumed(d->office->connection);
		pass(d, 0);
		assert_int_equal(calls(d, "send-l2tp"), probes + 1);
		assert_int_equal(calls(d, "send-ike"), proofs + 1);
		pass(d, SECONDS(60));
		assert_true(is_in(d, CONNECTION_UP));
		assert_int_equal(info_of(d)->n_repairs, 0);
		assert_int_equal(calls(d, "open-ike"), 1);
		desk_close(d, 0);
	}
}

/* Lost, and then at the step of the repair that is asked for. */
static struct desk *desk_repairing(enum connection_state state, bool by_call)
{
	struct desk *d = desk_up("");

	d->slow_ppp = true;
	if (by_call) {
		ppp_ends(d, CAUSE_NONE);
	} else {
		gateway_closes(d);
		d->gateway->silent = state < CONNECTION_PHASE2 || state == CONNECTION_WAIT;
	}
	if (state == CONNECTION_WAIT) /* the first one is over at once */
		pass(d, SECONDS(30));
	if (state == CONNECTION_RESOLVE) {
		pass(d, SECONDS(30));
		d->slow_names = true;
	}
	while (!is_in(d, state))
		assert_true(step(d, d->r->now + SECONDS(40)));
	return d;
}

static void it_can_be_closed_at_any_step(void **state)
{
	static const struct {
		enum connection_state state;
		bool by_call;
		nsec_t max;
	} steps[] = {
		{ CONNECTION_WAIT, false, 0 },	 { CONNECTION_RESOLVE, false, 0 },
		{ CONNECTION_PHASE1, false, 0 }, { CONNECTION_PHASE2, false, 0 },
		{ CONNECTION_L2TP, false, 0 },	 { CONNECTION_PPP, false, 0 },
		{ CONNECTION_L2TP, true, 0 },	 { CONNECTION_PPP, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct desk *d = desk_repairing(steps[i].state, steps[i].by_call);
		const char *since = d->r->log + strlen(d->r->log);

		connection_close(d->office->connection, NULL);
		assert_true(reach(d, CONNECTION_DOWN, 0) == 0);
		assert_int_equal(d->r->failure.cause, CAUSE_NONE);
		/* The network first, the sockets by which everything else is told last. */
		assert_memory_equal(since, " undo-network", strlen(" undo-network"));
		assert_string_equal(since + strlen(since) - strlen(" close-ike"), " close-ike");
		assert_int_equal(recording_count(since, "undo-network"), 1);
		desk_free(d);
		/* and in haste */
		d = desk_repairing(steps[i].state, steps[i].by_call);
		connection_close(d->office->connection, NULL);
		if (!is_in(d, CONNECTION_DOWN))
			connection_close(d->office->connection, NULL);
		assert_true(is_in(d, CONNECTION_DOWN));
		desk_free(d);
	}
}

static void without_leave_it_ends(void **state)
{
	struct desk *d = desk_up("reconnect=no");

	(void)state;
	ppp_ends(d, CAUSE_NONE);
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(3)) <= SECONDS(3));
	assert_int_equal(d->r->failure.cause, CAUSE_LOST_PPP);
	desk_free(d);

	d = desk_up("reconnect=no");
	d->busy = d->gateway->silent = true;
	d->r->uplink = NULL;
	network_changes(d);
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(20)) <= SECONDS(20));
	assert_int_equal(d->r->failure.cause, CAUSE_LOST_GATEWAY);
	assert_int_equal(calls(d, "hold-network"), 0);
	desk_free(d);
}

static void what_never_worked_is_not_repaired(void **state)
{
	struct desk *d = desk_new("");

	(void)state;
	d->gateway->silent = true;
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(30)) <= SECONDS(30));
	assert_int_equal(d->r->failure.cause, CAUSE_UDP500_SILENT);
	desk_free(d);

	d = desk_new("");
	d->ppp_refused = CAUSE_PPP_NEGOTIATION;
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(30)) <= SECONDS(30));
	assert_int_equal(d->r->failure.cause, CAUSE_PPP_NEGOTIATION);
	assert_int_equal(calls(d, "open-ike"), 1);
	desk_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_ppp_costs_a_call),
		cmocka_unit_test(a_tunnel_that_ends_with_its_call_is_made_anew),
		cmocka_unit_test(names_are_waited_for),
		cmocka_unit_test(methods_are_found_out_anew_from_the_beginning),
		cmocka_unit_test(other_addresses_are_told),
		cmocka_unit_test(a_refused_call_is_made_anew),
		cmocka_unit_test(an_unanswered_call_is_made_anew),
		cmocka_unit_test(silence_under_traffic_is_repaired),
		cmocka_unit_test(silence_is_outlasted),
		cmocka_unit_test(idle_silence_is_noticed),
		cmocka_unit_test(another_way_is_taken_at_once),
		cmocka_unit_test(the_same_way_changes_nothing),
		cmocka_unit_test(without_a_way_it_waits),
		cmocka_unit_test(another_way_ends_the_pause),
		cmocka_unit_test(a_moved_gateway_is_found),
		cmocka_unit_test(a_gateway_that_answers_is_kept),
		cmocka_unit_test(without_a_name_the_last_address_is_good),
		cmocka_unit_test(mute_esp_is_replaced),
		cmocka_unit_test(a_new_pair_may_be_enough),
		cmocka_unit_test(after_sleep_it_is_asked_at_once),
		cmocka_unit_test(after_sleep_an_answer_is_enough),
		cmocka_unit_test(it_can_be_closed_at_any_step),
		cmocka_unit_test(without_leave_it_ends),
		cmocka_unit_test(what_never_worked_is_not_repaired),
	};

	return cmocka_run_group_tests_name("connection-repair", tests, NULL, NULL);
}
