/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a connection that worked ended. When the gateway falls silent it is asked three things at once:
 * a proof of life under phase 1 (RFC 3706), a first message as if we came anew, and its name is looked
 * up once more. What comes back in a few seconds tells a gateway that was restarted from one that
 * moved, one that gave our place to a neighbour, and one that is gone.
 */
#include "client/connection-private.h"

#include <string.h>

#include "client/request.h"

/* So long the answers may take: a first message and one repetition. */
#define INQUIRY (3 * NSEC_PER_SEC)

/*
 * A connection without traffic for so long that the gateway ends in good order ran into its idle limit,
 * perhaps. Limits are a minute or more, and traffic is looked at by liveness, every third of one.
 */
#define IDLE_LIMIT (40 * NSEC_PER_SEC)

void connection_note_traffic(struct connection *c)
{
	struct connection_counters counters;

	connection_get_counters(c, &counters);
	uint64_t packets = counters.dataplane.rx_packets + counters.dataplane.tx_packets;
	if (packets != c->loss.packets || !c->loss.traffic_at)
		c->loss.traffic_at = connection_now(c);
	c->loss.packets = packets;
}

void connection_look_name_up(struct connection *c)
{
	struct failure f = { 0 };
	char gateway[SYS_NAME_MAX];

	request_gateway(c->config.profile, gateway, sizeof(gateway));
	if (c->config.system->ops->resolve(c->config.system, gateway, REQUEST_MARK, &f) < 0)
		news_log(&c->news, "no name: %s", f.detail);
}

static void begin_inquiry(struct connection *c, const struct failure *f)
{
	struct ike_config config;
	nsec_t t = connection_now(c);

	c->loss.why = *f;
	c->loss.since = t;
	c->loss.until = t + INQUIRY;
	c->liveness = (struct liveness){ 0 };
	c->bridge = NSEC_NEVER;
	news_log(&c->news, "%s: asking whether it is there at all", f->detail);
	connection_request_ike(c, &config);
	if (scout_ask(&c->scout, SCOUT_PORT, &config, c->config.crypto, t) < 0)
		news_log(&c->news, "it can't be asked");
	else
		half_open_add(&c->half_open, &c->info.gateway, t);
	explicit_bzero(&config, sizeof(config));
	if (c->ike && c->info.dpd && ike_probe(c->ike, t) < 0)
		news_log(&c->news, "without phase 1");
	connection_look_name_up(c);
}

void connection_lost(struct connection *c, const struct failure *f)
{
	struct failure idle = { 0 };
	nsec_t t = connection_now(c);

	if (c->info.state != CONNECTION_UP || c->loss.until != NSEC_NEVER) {
		/* What follows from the loss that is inquired into is no other reason. */
		if (c->info.state != CONNECTION_UP)
			connection_fail(c, f);
		return;
	}
	if (f->cause == CAUSE_LOST_GATEWAY && !c->repair.armed) {
		begin_inquiry(c, f);
		return;
	}
	if (f->cause == CAUSE_LOST_CLOSED && c->loss.traffic_at &&
	    t - c->loss.traffic_at >= IDLE_LIMIT) {
		(void)failure_set(&idle, CAUSE_LOST_IDLE, f->error, "%.200s; no traffic for %u s",
				  f->detail,
				  (unsigned int)((t - c->loss.traffic_at) / NSEC_PER_SEC));
		f = &idle;
	}
	connection_fail(c, f);
}

bool connection_loss_resolved(struct connection *c, const struct endpoint *addrs, size_t n)
{
	if (c->info.state != CONNECTION_UP || c->loss.until == NSEC_NEVER)
		return false;
	c->loss.moved = n > 0;
	for (size_t i = 0; i < n; i++)
		c->loss.moved &= !endpoint_same_addr(&addrs[i], &c->info.gateway);
	if (c->loss.moved)
		c->loss.moved_to = addrs[0];
	return true;
}

void connection_loss_timeout(struct connection *c)
{
	struct failure f = { 0 };
	struct ike_stats ike = { 0 };
	struct loss_evidence e = {
		.why = &c->loss.why,
		.answers = c->evidence.scout.port_open,
		.moved = c->loss.moved,
		.moved_to = c->loss.moved_to,
		.shared_port = c->info.l2tp_port == 1701 && c->info.local_nat,
	};

	if (c->info.state != CONNECTION_UP || c->loss.until == NSEC_NEVER)
		return;
	if (c->ike)
		ike_get_stats(c->ike, &ike);
	e.ike_alive = ike.last_authenticated >= c->loss.since && ike.last_authenticated > 0;
	/* An answer to a fresh message may overtake the proof of life. */
	if (connection_now(c) < c->loss.until && !e.ike_alive)
		return;
	verdict_lost(&e, &f);
	connection_fail(c, &f);
}
