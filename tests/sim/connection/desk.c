/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Somebody at a desk whose connection is up: the office's simulation with this machine's answers, and what is to be seen of
 * repairs from there.
 */
#include "tests/sim/connection/desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PACKET_GAP (250 * NSEC_PER_MSEC)

const struct connection_info *info_of(const struct desk *d)
{
	return connection_get_info(d->office->connection);
}

bool is_in(const struct desk *d, enum connection_state state)
{
	return info_of(d)->state == state;
}

unsigned int calls(const struct desk *d, const char *word)
{
	return recording_count(d->r->log, word);
}

unsigned int events(const struct desk *d, const char *word)
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

void ppp_ends(struct desk *d, enum cause cause)
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

/* Main modes, by their first message's cookie; the repetitions are no other ones. */
static void note_begun(struct desk *d, const uint8_t *cookie)
{
	for (size_t i = 0; i < d->n_begun; i++)
		if (memcmp(d->begun[i].cookie, cookie, sizeof(d->begun[i].cookie)) == 0)
			return;
	assert_true(d->n_begun < BEGUN_MAX);
	memcpy(d->begun[d->n_begun].cookie, cookie, sizeof(d->begun[0].cookie));
	d->begun[d->n_begun++].at = d->r->now;
}

static void watch_main_modes(struct desk *d)
{
	for (size_t i = 0; i < d->r->n_sent; i++) {
		const uint8_t *data = d->r->sent[i].data + (d->r->sent[i].natt ? 4 : 0);

		if (d->r->sent[i].len >= 28 + 4 && data[18] == 2 &&
		    memcmp(data + 8, "\0\0\0\0\0\0\0\0", 8) == 0)
			note_begun(d, data);
	}
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
bool step(struct desk *d, nsec_t until)
{
	nsec_t next = nsec_min(until, connection_deadline(d->office->connection));

	watch_pauses(d);
	watch_first_messages(d);
	watch_main_modes(d);
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
void pass(struct desk *d, nsec_t time)
{
	nsec_t until = d->r->now + time;

	while (step(d, until)) {
	}
}

/* Until it is in this state. Return: how long that took; more than MAX: it isn't. */
nsec_t reach(struct desk *d, enum connection_state state, nsec_t max)
{
	nsec_t since = d->r->now;

	while (!is_in(d, state))
		if (!step(d, since + max))
			return is_in(d, state) ? max : max + 1;
	return d->r->now - since;
}

struct desk *desk_new(const char *vpn)
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

struct desk *desk_up(const char *vpn)
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
void desk_free(struct desk *d)
{
	assert_true(is_in(d, CONNECTION_DOWN));
	(void)office_carry_out(d->office);
	office_check_closed(d->office);
	assert_true(network_undone(d->r->log));
	office_free(d->office);
	free(d);
}

/* Closed by the user, within MAX. */
void desk_close(struct desk *d, nsec_t max)
{
	nsec_t since = d->r->now;

	connection_close(d->office->connection, NULL);
	assert_true(reach(d, CONNECTION_DOWN, max) <= max);
	assert_int_equal(d->r->failure.cause, CAUSE_NONE);
	assert_true(d->r->now - since <= max);
	desk_free(d);
}

/* The gateway ends it, and has forgotten it. */
void gateway_closes(struct desk *d)
{
	lns_stop(&d->gateway->lns, 1, 0, NULL, d->r->now);
	while (is_in(d, CONNECTION_UP))
		assert_true(step(d, d->r->now + 1));
	office_reboot(d->gateway);
}

void network_changes(struct desk *d)
{
	d->r->system.listener.on_network_change(d->r->system.listener.userdata);
}

const struct connection_repaired *last_repair(const struct desk *d)
{
	const struct connection_info *info = info_of(d);

	assert_true(info->n_repairs > 0);
	return &info->repairs[(info->n_repairs - 1) % CONNECTION_REPAIRS_MAX];
}

void assert_up_within(struct desk *d, nsec_t max)
{
	nsec_t took = reach(d, CONNECTION_UP, max);

	if (took > max)
		fail_msg("not up after %.1f s: %s\n%s", (double)took / 1e9, d->r->events,
			 d->r->log);
}
