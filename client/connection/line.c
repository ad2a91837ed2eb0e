/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/line.h"

#include <errno.h>
#include <string.h>

#include "client/connection/request.h"

/* Between the messages to a gateway that is waited for. */
#define REPEAT_LONGEST (2 * NSEC_PER_SEC)

void line_init(struct line *l, const struct connection_config *config, struct connection_info *info,
	       struct evidence *evidence, const struct news *news)
{
	*l = (struct line){
		.config = config,
		.info = info,
		.evidence = evidence,
		.news = news,
	};
	/* Not above, where copies of them might stay on the stack. */
	l->psk = *config->psk;
	l->password = *config->password;
	l->l2tp_secret = *config->l2tp_secret;
	evidence->auth_words = config->auth ? config->auth_words : NULL;
	evidence->l2tp_secret = config->l2tp_secret->len > 0;
	request_offer(config->profile, &evidence->proposals, &evidence->n_proposals);
}

void line_free(struct line *l)
{
	ike_free(l->ike);
	l2tp_free(l->l2tp);
}

void line_forget_secrets(struct line *l)
{
	secret_clear(&l->psk); /* the IKE engine has its own, for renewals */
	secret_clear(&l->password);
	secret_clear(&l->l2tp_secret);
}

int line_trouble(struct failure *f, int error, const char *what)
{
	(void)failure_set(f, error == -ENOMEM ? CAUSE_MEMORY : CAUSE_INTERNAL, error, "%s: %s",
			  what, strerror(error < 0 ? -error : error));
	return error;
}

/* What follows is judged by what comes from here on. */
static void refresh_ike(struct line *l)
{
	if (l->ike)
		ike_get_stats(l->ike, &l->evidence->ike);
}

void line_enter(struct line *l, enum connection_state state)
{
	nsec_t t = news_now(l->news);

	if (l->info->state == state)
		return;
	l->info->state = state;
	l->info->entered[state] = t;
	refresh_ike(l);
	evidence_enter(l->evidence, state, t);
	news_tell(l->news, CONNECTION_EVENT_STATE, NULL);
}

void line_enter_stage(struct line *l)
{
	refresh_ike(l);
	evidence_enter_stage(l->evidence, news_now(l->news));
}

bool line_is_ending(const struct line *l)
{
	return l->info->state == CONNECTION_CLOSING || l->info->state == CONNECTION_DOWN;
}

const struct evidence *line_evidence(struct line *l)
{
	struct dataplane *dp = l->config->dataplane;
	struct evidence *e = l->evidence;
	struct dp_counters counters;

	refresh_ike(l);
	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &e->l2tp);
	/* Whether ESP comes back at all is asked only where it matters. */
	if (l->info->state == CONNECTION_L2TP && l->open &&
	    dp->ops->get_counters(dp, &counters) == 0) {
		e->esp_sent = counters.esp_out_packets;
		e->esp_received = counters.esp_in_packets;
	}
	return e;
}

void line_get_counters(const struct line *l, struct connection_counters *ret)
{
	struct dataplane *dp = l->config->dataplane;

	*ret = (struct connection_counters){ 0 };
	if (l->ike)
		ike_get_stats(l->ike, &ret->ike);
	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &ret->l2tp);
	if (l->open)
		(void)dp->ops->get_counters(dp, &ret->dataplane);
}

static int open_ike(struct line *l, struct failure *f)
{
	struct system *sys = l->config->system;
	struct sys_ike_sockets request;
	struct sys_ike_local local;

	request_ike_sockets(l->config->profile, l->info, &request);
	int r = sys->ops->open_ike(sys, &request, &local, f);
	if (r < 0)
		return r;
	l->info->local = local.local;
	l->info->natt_port = local.natt_port;
	memcpy(l->info->uplink, local.uplink, sizeof(l->info->uplink));
	l->info->path_mtu = local.path_mtu;
	return 0;
}

static int open_dataplane(struct line *l, struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	struct dp_config config;

	request_dataplane(l->config->profile, l->info, l->way.port_1701, &config);
	l->open = true;
	return dp->ops->open(dp, &config, &l->info->l2tp_port, f);
}

int line_open(struct line *l, struct failure *f)
{
	int r = open_ike(l, f);

	if (r == 0)
		r = open_dataplane(l, f);
	if (r < 0)
		return r;
	l->evidence->gateway = l->info->gateway;
	return 0;
}

void line_request_ike(const struct line *l, struct ike_config *ret)
{
	const struct connection_config *config = l->config;

	request_ike(config->profile, l->info, &l->psk, ret);
	ret->auth = config->auth;
	if (ret->auth && ret->local_id.type == IKE_ID_ANY)
		ret->local_id = *config->auth_id;
	ret->floated = l->way.floated;
	ret->keepalive_interval = l->way.keepalive;
	ret->repeat_longest = l->way.waited_for ? REPEAT_LONGEST : 0;
	ret->one_main_mode = l->way.frugal;
}

int line_start_ike(struct line *l, struct failure *f)
{
	struct ike_config config;

	l->evidence->ike_stage_entered = news_now(l->news);
	line_request_ike(l, &config);
	int r = ike_new(&config, l->config->crypto, &l->ike);
	explicit_bzero(&config, sizeof(config));
	if (r == 0)
		r = ike_start(l->ike, news_now(l->news));
	return r < 0 ? line_trouble(f, r, "IKE engine") : 0;
}

int line_start_l2tp(struct line *l, struct failure *f)
{
	struct l2tp_config config;

	request_l2tp(l->config->profile, &l->l2tp_secret, &line_evidence(l)->ike, &config);
	l->sccrq_repeats = 0;
	config.sccrq = l->way.minimal_sccrq ? L2TP_SCCRQ_MINIMAL : L2TP_SCCRQ_WINDOWS;
	int r = l2tp_new(&config, l->config->l2tp_crypto, &l->l2tp);
	secret_clear(&config.secret);
	if (r == 0)
		r = l2tp_start(l->l2tp, news_now(l->news));
	return r < 0 ? line_trouble(f, r, "L2TP engine") : 0;
}

/* A lost datagram is repeated by the engine, whatever lost it; the reason is evidence. */
void line_send_ike(struct line *l, const struct ike_datagram *d)
{
	struct system *sys = l->config->system;
	int r = sys->ops->send_ike(sys, d->natt, &d->remote, d->data, d->len);

	l->evidence->send_error = r < 0 ? -r : 0;
}

void line_send_l2tp(struct line *l, const struct l2tp_datagram *d)
{
	struct dataplane *dp = l->config->dataplane;

	(void)dp->ops->send_l2tp(dp, d->data, d->len);
}

bool line_send_next_ike(struct line *l)
{
	struct ike_datagram d;

	if (!l->ike || !ike_next_datagram(l->ike, &d))
		return false;
	line_send_ike(l, &d);
	return true;
}

bool line_send_next_l2tp(struct line *l)
{
	struct l2tp_datagram d;

	if (!l->l2tp || !l->open || !l2tp_next_datagram(l->l2tp, &d))
		return false;
	line_send_l2tp(l, &d);
	return true;
}

void line_close(struct line *l)
{
	struct system *sys = l->config->system;
	struct dataplane *dp = l->config->dataplane;
	struct ike_datagram d;

	if (l->ike && ike_close(l->ike, news_now(l->news)) < 0)
		news_log(l->news, "the gateway could not be told of the end");
	while (l->ike && ike_next_datagram(l->ike, &d))
		(void)sys->ops->send_ike(sys, d.natt, &d.remote, d.data, d.len);
	if (l->open)
		dp->ops->close(dp);
	l->open = false;
	sys->ops->close_ike(sys);
	l->ike = ike_free(l->ike);
	l->l2tp = l2tp_free(l->l2tp);
}

void line_forget(struct line *l, bool more_addresses)
{
	l->told_checking = false;
	l->n_children = 0;
	connection_info_start_over(l->info, l->way.floated);
	evidence_start_over(l->evidence, l->way.waited_for, more_addresses);
}
