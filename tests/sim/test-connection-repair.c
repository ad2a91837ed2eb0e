/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection that has worked is lost in every way, over the recording tables and with the models of
 * gateways: what is made anew, how soon and how often it is tried, and what ends it. The time is virtual.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/office.h"

#define PAUSES_MAX 100
#define SECONDS(n) ((nsec_t)(n)*NSEC_PER_SEC)
#define PACKET_GAP (250 * NSEC_PER_MSEC)

struct desk {
	struct office *office;
	struct recording *r;
	struct office_gateway *gateway;		       /* the first one */
	size_t read;				       /* of the recording's log */
	unsigned int asked_name, asked_ppp, asked_end; /* what is to be answered */
	bool nameless;				       /* nobody knows the gateway's name */
	bool slow_names;	/* the resolver doesn't answer before this is taken back */
	bool slow_ppp;		/* the same of PPP's address */
	enum cause ppp_refused; /* in place of an address; NONE: it gets one */
	bool busy;		/* something wants to go through the tunnel, all the time */
	nsec_t next_packet;
	/* Main mode's first messages: the last one, and the gap between two of one attempt. */
	nsec_t first_at, longest_gap;
	uint8_t cookie[8];
	unsigned int cookies;
	/* Each stay in WAIT that took time, and how long after the loss it began. */
	size_t n_pauses;
	nsec_t pauses[PAUSES_MAX], outages[PAUSES_MAX];
	bool waiting;
	nsec_t waits_since, lost_at;
};

static const struct connection_info *info_of(const struct desk *d)
{
	return connection_get_info(d->office->connection);
}

static bool is_in(const struct desk *d, enum connection_state state)
{
	return info_of(d)->state == state;
}

static unsigned int calls(const struct desk *d, const char *word)
{
	return recording_count(d->r->log, word);
}

static unsigned int events(const struct desk *d, const char *word)
{
	return recording_count(d->r->events, word);
}

/* What is to be answered among the calls since the last time. */
static void read_log(struct desk *d)
{
	const char *news = d->r->log + d->read;

	d->asked_name += recording_count(news, "resolve") + recording_count(news, "resolve-beside");
	d->asked_ppp += recording_count(news, "start-ppp");
	d->asked_end += recording_count(news, "stop-ppp");
	d->read += strlen(news);
}

static void ppp_is_through(struct desk *d)
{
	const struct dp_listener *dataplane = &d->r->dataplane.listener;
	struct dp_ppp_event e = { .state = DP_PPP_ADDRESS, .ifname = "ppp0", .mtu = 1400 };

	(void)endpoint_parse("192.168.100.200", 0, &e.local);
	(void)endpoint_parse("192.168.100.1", 0, &e.peer);
	dataplane->on_ppp(dataplane->userdata, &e);
}

static void ppp_ends(struct desk *d, enum cause cause)
{
	const struct dp_listener *dataplane = &d->r->dataplane.listener;
	const struct dp_ppp_event e = { .state = DP_PPP_DOWN, .failure.cause = cause };

	dataplane->on_ppp(dataplane->userdata, &e);
}

/* What the connection asked this machine for. True: it was something. */
static bool answer(struct desk *d)
{
	const struct sys_listener *system = &d->r->system.listener;

	read_log(d);
	if (d->asked_name > 0 && !d->slow_names) {
		d->asked_name--;
		system->on_resolved(system->userdata, &d->r->resolved, !d->nameless, NULL);
	} else if (d->asked_ppp > 0 && !d->slow_ppp) {
		d->asked_ppp--;
		if (d->ppp_refused == CAUSE_NONE)
			ppp_is_through(d);
		else
			ppp_ends(d, d->ppp_refused);
	} else if (d->asked_end > 0) {
		d->asked_end--;
		ppp_ends(d, CAUSE_NONE);
	} else {
		return false;
	}
	return true;
}

static void watch_first_messages(struct desk *d)
{
	for (size_t i = 0; i < d->r->n_sent; i++) {
		const uint8_t *data = d->r->sent[i].data;

		if (d->r->sent[i].natt || data[18] != 2 ||
		    memcmp(data + 8, "\0\0\0\0\0\0\0\0", 8) != 0)
			continue;
		if (memcmp(d->cookie, data, 8) != 0)
			d->cookies++;
		else if (d->r->now - d->first_at > d->longest_gap)
			d->longest_gap = d->r->now - d->first_at;
		memcpy(d->cookie, data, 8);
		d->first_at = d->r->now;
	}
}

static void watch_pauses(struct desk *d)
{
	bool waiting = is_in(d, CONNECTION_WAIT);

	if (is_in(d, CONNECTION_UP))
		d->lost_at = d->r->now;
	if (waiting && !d->waiting) {
		d->waits_since = d->r->now;
	} else if (!waiting && d->waiting && d->r->now > d->waits_since &&
		   d->n_pauses < PAUSES_MAX) {
		d->outages[d->n_pauses] = d->waits_since - d->lost_at;
		d->pauses[d->n_pauses++] = d->r->now - d->waits_since;
	}
	d->waiting = waiting;
}

/* Sends, and gets an answer if there is somebody to give it. */
static void send_packet(struct desk *d)
{
	struct office_gateway *g = office_find(d->office, &d->r->dataplane_config.remote);

	d->next_packet = d->r->now + PACKET_GAP;
	if (!is_in(d, CONNECTION_UP))
		return;
	d->r->counters.esp_out_packets++;
	d->r->counters.esp_in_packets +=
		g && !g->silent && !g->mute && responder_child(&g->responder);
}

/* What is under way arrives, or the time goes on to what is next. False: it has come to UNTIL. */
static bool step(struct desk *d, nsec_t until)
{
	nsec_t next = nsec_min(until, connection_deadline(d->office->connection));

	watch_pauses(d);
	watch_first_messages(d);
	if (office_carry_out(d->office) || office_carry_in(d->office) || answer(d))
		return true;
	if (d->busy)
		next = nsec_min(next, d->next_packet);
	if (next > d->r->now)
		d->r->now = next;
	if (d->busy && d->r->now >= d->next_packet)
		send_packet(d);
	if (d->r->now >= connection_deadline(d->office->connection)) {
		connection_timeout(d->office->connection);
		return true;
	}
	return d->r->now < until;
}

/* Lets so much time pass. */
static void pass(struct desk *d, nsec_t time)
{
	nsec_t until = d->r->now + time;

	while (step(d, until)) {
	}
}

/* Until it is in this state. Return: how long that took; more than MAX: it isn't. */
static nsec_t reach(struct desk *d, enum connection_state state, nsec_t max)
{
	nsec_t since = d->r->now;

	while (!is_in(d, state))
		if (!step(d, since + max))
			return is_in(d, state) ? max : max + 1;
	return d->r->now - since;
}

static struct desk *desk_new(const char *vpn)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->office = office_new(vpn);
	d->r = &d->office->recording;
	d->gateway = &d->office->gateways[0];
	for (size_t i = 0; i < OFFICE_GATEWAYS; i++)
		d->office->gateways[i].responder.config.dpd = true;
	connection_start(d->office->connection);
	return d;
}

static struct desk *desk_up(const char *vpn)
{
	struct desk *d = desk_new(vpn);

	assert_true(reach(d, CONNECTION_UP, SECONDS(5)) <= SECONDS(5));
	pass(d, SECONDS(1));
	return d;
}

/* Nothing is done to the network after it is undone, and undone it is. */
static bool network_undone(const char *log)
{
	const char *last = NULL;

	for (const char *p = log; (p = strstr(p, "-network")); p++)
		last = p;
	return !last || (last - log >= 5 && memcmp(last - 5, " undo", 5) == 0);
}

/* It has ended and is checked. */
static void desk_free(struct desk *d)
{
	assert_true(is_in(d, CONNECTION_DOWN));
	(void)office_carry_out(d->office);
	office_check_closed(d->office);
	assert_true(network_undone(d->r->log));
	office_free(d->office);
	free(d);
}

/* Closed by the user, within MAX. */
static void desk_close(struct desk *d, nsec_t max)
{
	nsec_t since = d->r->now;

	connection_close(d->office->connection, NULL);
	assert_true(reach(d, CONNECTION_DOWN, max) <= max);
	assert_int_equal(d->r->failure.cause, CAUSE_NONE);
	assert_true(d->r->now - since <= max);
	desk_free(d);
}

/* The gateway ends it, and has forgotten it. */
static void gateway_closes(struct desk *d)
{
	lns_stop(&d->gateway->lns, 1, 0, NULL, d->r->now);
	while (is_in(d, CONNECTION_UP))
		assert_true(step(d, d->r->now + 1));
	office_reboot(d->gateway);
}

static void network_changes(struct desk *d)
{
	d->r->system.listener.on_network_change(d->r->system.listener.userdata);
}

static const struct connection_repaired *last_repair(const struct desk *d)
{
	const struct connection_info *info = info_of(d);

	assert_true(info->n_repairs > 0);
	return &info->repairs[(info->n_repairs - 1) % CONNECTION_REPAIRS_MAX];
}

static void assert_up_within(struct desk *d, nsec_t max)
{
	nsec_t took = reach(d, CONNECTION_UP, max);

	if (took > max)
		fail_msg("not up after %.1f s: %s\n%s", (double)took / 1e9, d->r->events,
			 d->r->log);
}

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
				assert_in_range(d->pauses[i], SECONDS(9) / 20, SECONDS(11) / 20);
			} else {
				shortest = nsec_min(shortest, d->pauses[i]);
				longest = d->pauses[i] > longest ? d->pauses[i] : longest;
			}
		}
		assert_in_range(shortest, SECONDS(54), SECONDS(66));
		assert_in_range(longest, SECONDS(54), SECONDS(66));
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

static void a_refused_password_is_sent_once(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->ppp_refused = CAUSE_PPP_AUTH;
	gateway_closes(d);
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(5)) <= SECONDS(5));
	assert_int_equal(d->r->failure.cause, CAUSE_PPP_AUTH);
	assert_int_equal(calls(d, "start-ppp"), 2);
	desk_free(d);

	d = desk_up("");
	d->ppp_refused = CAUSE_PPP_AUTH;
	ppp_ends(d, CAUSE_NONE);
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(5)) <= SECONDS(5));
	assert_int_equal(d->r->failure.cause, CAUSE_PPP_AUTH);
	assert_int_equal(calls(d, "start-ppp"), 2);
	desk_free(d);
}

static void a_wrong_key_is_tried_three_times(void **state)
{
	struct desk *d = desk_up("");

	(void)state;
	d->gateway->responder.config.psk = "another pre-shared key";
	d->gateway->responder.config.complains = RESPONDER_COMPLAINS_ENCRYPTED;
	gateway_closes(d);
	assert_true(reach(d, CONNECTION_DOWN, SECONDS(60)) <= SECONDS(60));
	assert_int_equal(d->r->failure.cause, CAUSE_PSK_WRONG);
	assert_int_equal(calls(d, "open-ike"), 1 + 3);
	desk_free(d);
}

/* Refusals that are over in between don't add up. */
static void a_key_may_be_refused_now_and_then(void **state)
{
	struct desk *d = desk_up("");
	const char *psk = d->gateway->responder.config.psk;

	(void)state;
	d->gateway->responder.config.complains = RESPONDER_COMPLAINS_ENCRYPTED;
	for (int i = 0; i < 4; i++) {
		d->gateway->responder.config.psk = "another pre-shared key";
		gateway_closes(d);
		while (events(d, "repair:psk-wrong") < 2 * (unsigned int)(i + 1))
			assert_true(step(d, d->r->now + SECONDS(20)));
		d->gateway->responder.config.psk = psk;
		assert_up_within(d, SECONDS(10));
	}
	desk_close(d, 0);
}

static void a_refusal_is_borne_with_growing_pauses(void **state)
{
	static const uint8_t randoms[] = { 0, 0x5a, UINT8_MAX };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(randoms); k++) {
		struct desk *d = desk_up("");
		nsec_t pause = SECONDS(1);

		d->r->random = randoms[k];
		d->gateway->responder.config.refuses = RESPONDER_REFUSES_PHASE1;
		gateway_closes(d);
		pass(d, SECONDS(20 * 60));
		assert_int_equal(d->r->downs, 0);
		assert_int_equal(info_of(d)->repairing, CAUSE_LOST_CLOSED);
		assert_true(d->n_pauses > 15);
		for (size_t i = 0; i < d->n_pauses; i++) {
			assert_in_range(d->pauses[i], pause * 9 / 10, pause * 11 / 10);
			pause = nsec_min(pause * 2, SECONDS(60));
		}
		d->gateway->responder.config.refuses = RESPONDER_ACCEPTS;
		assert_up_within(d, SECONDS(72));
		desk_close(d, 0);
	}
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

/* A clear notify as anybody can send it who has seen our cookie. */
static void forge_notify(struct desk *d, uint16_t type)
{
	const struct sys_listener *system = &d->r->system.listener;
	uint8_t message[40] = { [16] = 11, [17] = 0x10, [18] = 5, [23] = 7, [27] = 40, [31] = 12 };
	struct endpoint from = d->gateway->address;

	memcpy(message, d->cookie, sizeof(d->cookie));
	message[35] = 1; /* DOI */
	message[36] = 1; /* ISAKMP */
	message[38] = (uint8_t)(type >> 8);
	message[39] = (uint8_t)type;
	from.port = 500;
	system->on_ike(system->userdata, false, &from, message, sizeof(message));
}

static void a_storm_ends_nothing(void **state)
{
	enum {
		INVALID_COOKIE = 4,
		NO_PROPOSAL = 14,
		INVALID_ID = 18,
		REFUSED = 24
	};
	static const uint16_t types[] = { INVALID_COOKIE, NO_PROPOSAL, INVALID_ID, REFUSED };

	(void)state;
	for (unsigned int pace = 1; pace <= 16; pace *= 4) {
		struct desk *d = desk_up("");
		const struct sys_listener *system = &d->r->system.listener;

		d->busy = d->gateway->silent = true;
		assert_true(reach(d, CONNECTION_PHASE1, SECONDS(10)) <= SECONDS(10));
		for (unsigned int i = 0; i < 4800; i++) {
			pass(d, SECONDS(1) / 8);
			if (i % pace != 0)
				continue;
			forge_notify(d, types[i / pace % ARRAY_SIZE(types)]);
			system->on_ike_error(system->userdata, i % 2, ECONNREFUSED);
		}
		assert_int_equal(d->r->downs, 0);
		office_reboot(d->gateway);
		d->gateway->silent = false;
		assert_up_within(d, SECONDS(70));
		desk_close(d, 0);
	}
}

/* The N-th call from the loss on fails. Return: whether there were so many. */
static bool try_failing(unsigned int n, enum cause cause, bool by_call)
{
	struct desk *d = desk_up("");
	unsigned int before = d->r->calls;

	d->r->fail_at = before + n;
	d->r->fail_cause = cause;
	if (by_call)
		ppp_ends(d, CAUSE_NONE);
	else
		lns_stop(&d->gateway->lns, 1, 0, NULL, d->r->now);
	nsec_t until = d->r->now + SECONDS(100);
	while (d->r->downs == 0 && info_of(d)->n_repairs == 0)
		if (!step(d, until))
			fail_msg("call %u: neither up nor down: %s\n%s", n, d->r->events,
				 d->r->log);
	bool failed = d->r->calls >= d->r->fail_at;
	if (d->r->downs > 0) {
		assert_int_equal(d->r->failure.cause, cause);
		desk_free(d);
	} else {
		desk_close(d, SECONDS(10));
	}
	return failed;
}

static void calls_that_fail_are_borne(void **state)
{
	static const enum cause causes[] = { CAUSE_INTERNAL, CAUSE_SOCKET, CAUSE_NETWORK_SETUP,
					     CAUSE_KERNEL_ESP };
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(causes); i++)
		for (n = 1; try_failing(n, causes[i / 2], i % 2); n++) {
		}
	assert_true(n > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lost_ppp_costs_a_call),
		cmocka_unit_test(names_are_waited_for),
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
		cmocka_unit_test(a_refused_password_is_sent_once),
		cmocka_unit_test(a_wrong_key_is_tried_three_times),
		cmocka_unit_test(a_key_may_be_refused_now_and_then),
		cmocka_unit_test(a_refusal_is_borne_with_growing_pauses),
		cmocka_unit_test(mute_esp_is_replaced),
		cmocka_unit_test(a_new_pair_may_be_enough),
		cmocka_unit_test(after_sleep_it_is_asked_at_once),
		cmocka_unit_test(after_sleep_an_answer_is_enough),
		cmocka_unit_test(it_can_be_closed_at_any_step),
		cmocka_unit_test(without_leave_it_ends),
		cmocka_unit_test(what_never_worked_is_not_repaired),
		cmocka_unit_test(a_storm_ends_nothing),
		cmocka_unit_test(calls_that_fail_are_borne),
	};

	return cmocka_run_group_tests_name("connection-repair", tests, NULL, NULL);
}
