/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the L2TP engine tells; calls, and PPP in them. */
#include "client/connection/line-l2tp.h"

#include <string.h>

#include "client/connection/request.h"
#include "client/connection/verdict.h"
#include "client/failure/i18n.h"

/* What came through ESP and was no control message of L2TP: PPP's. Only the difference of two counts. */
static int64_t ppp_packets(struct line *l)
{
	struct dataplane *dp = l->config->dataplane;
	struct dp_counters counters = { 0 };
	struct l2tp_stats control = { 0 };

	(void)(dp->ops->get_counters(dp, &counters) < 0);
	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &control);
	return (int64_t)counters.esp_in_packets - control.received - control.dropped;
}

bool line_ppp_heard(struct line *l)
{
	return ppp_packets(l) > l->ppp_packets;
}

int line_prepare_ppp(struct line *l, struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	struct dp_ppp ppp;

	l->info->found = (struct ppp_findings){ 0 };
	evidence_new_call(l->evidence);
	request_ppp(l->config->profile, l->info, &l->password, &ppp);
	int r = dp->ops->prepare_ppp(dp, &ppp, f);
	explicit_bzero(&ppp, sizeof(ppp));
	return r;
}

static int start_ppp(struct line *l, bool sequencing, struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	struct dp_link link;

	request_link(l->config->profile, l->info, sequencing, &link);
	verdict_pace(line_evidence(l), &link.pause, &link.patience, &link.lossy);
	link.method = l->way.method;
	link.no_eap = l->way.no_eap;
	int r = dp->ops->start_ppp(dp, &link, f);
	if (r >= 0)
		l->ppp_started = true;
	return r;
}

static enum line_l2tp_told on_session_ready(struct line *l, const struct l2tp_event *event,
					    struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	const struct dp_session session = {
		.local_tunnel_id = event->u.session.local_tunnel_id,
		.peer_tunnel_id = event->u.session.peer_tunnel_id,
		.local_session_id = event->u.session.local_session_id,
		.peer_session_id = event->u.session.peer_session_id,
		.sequencing = event->u.session.sequencing_required,
	};

	l->info->call_granted = true;
	if (l->config->until == CONNECTION_L2TP)
		return LINE_L2TP_GRANTED;
	if (dp->ops->open_session(dp, &session, f) < 0)
		return LINE_L2TP_FAILED;
	l->info->session_id = session.local_session_id;
	l->info->peer_session_id = session.peer_session_id;
	int r = l2tp_session_ready(l->l2tp, news_now(l->news));
	if (r < 0) {
		(void)line_trouble(f, r, "L2TP session");
		return LINE_L2TP_FAILED;
	}
	l->ppp_packets = ppp_packets(l);
	line_enter(l, CONNECTION_PPP);
	return start_ppp(l, session.sequencing, f) < 0 ? LINE_L2TP_FAILED : LINE_L2TP_NOTHING;
}

static void on_tunnel_up(struct line *l, const struct l2tp_event *event)
{
	/* Whatever was held against it. */
	l->evidence->hint_at = 0;
	l->evidence->bare_answered = false;
	connection_info_tunnel(l->info, event);
	news_step(l->news, N_("L2TP server: %s%s%s%s"), l->info->lns_name,
		  l->info->lns_vendor[0] ? ", " : "", l->info->lns_vendor,
		  event->u.tunnel.authenticated ? ", knows the tunnel secret" : "");
}

enum line_l2tp_told line_l2tp_event(struct line *l, const struct l2tp_event *event,
				    struct failure *f)
{
	switch (event->type) {
	case L2TP_EVENT_STAGE:
		news_log(l->news, "L2TP: %s", l2tp_stage_name(event->u.stage));
		break;
	case L2TP_EVENT_TUNNEL_UP:
		on_tunnel_up(l, event);
		break;
	case L2TP_EVENT_SESSION_READY:
		return line_is_ending(l) ? LINE_L2TP_NOTHING : on_session_ready(l, event, f);
	case L2TP_EVENT_SESSION_UP:
		break;
	case L2TP_EVENT_CLOSED:
		return LINE_L2TP_CLOSED;
	}
	return LINE_L2TP_NOTHING;
}

bool line_call_again(struct line *l, enum l2tp_order order)
{
	struct dataplane *dp = l->config->dataplane;
	struct l2tp_stats stats = { .stage = L2TP_STAGE_IDLE };
	struct failure trouble = { 0 };

	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &stats);
	if (stats.stage != L2TP_STAGE_UP && stats.stage != L2TP_STAGE_WAIT_ICCN_ACK)
		return false;
	dp->ops->close_session(dp);
	l->ppp_started = l->ppp_stuck = false;
	if (line_prepare_ppp(l, &trouble) < 0 || l2tp_call(l->l2tp, order, news_now(l->news)) < 0)
		return false;
	l->info->address_known = l->info->address6_known = false;
	line_enter(l, CONNECTION_L2TP);
	return true;
}

/* The acknowledgement of the end, so that the gateway forgets the first tunnel. */
int line_renew_tunnel(struct line *l, struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;

	while (line_send_next_l2tp(l))
		;
	int r = dp->ops->renew_tunnel(dp, f);
	return r < 0 ? r : line_prepare_ppp(l, f);
}

int line_begin_tunnel(struct line *l, struct failure *f)
{
	while (line_send_next_l2tp(l))
		;
	l->l2tp = l2tp_free(l->l2tp);
	l->evidence->state_entered = news_now(l->news);
	return line_start_l2tp(l, f);
}

struct failure line_ppp_reason(struct line *l, bool ended)
{
	struct dataplane *dp = l->config->dataplane;
	struct failure f = { 0 };

	dp->ops->get_ppp_reason(dp, ended, &f);
	return f;
}

bool line_is_ppp_stuck(struct line *l)
{
	struct dataplane *dp = l->config->dataplane;
	bool before = l->ppp_stuck;

	l->ppp_stuck = dp->ops->is_ppp_stuck(dp);
	return before && l->ppp_stuck;
}

/*
 * SCCRQ is repeated because nothing answers it: quick mode's last message may have been lost, and then the
 * gateway has no SA to hear it by.
 */
void line_repeat_quick_mode(struct line *l)
{
	struct l2tp_stats stats;

	if (l->info->state != CONNECTION_L2TP || !l->l2tp || !l->ike)
		return;
	l2tp_get_stats(l->l2tp, &stats);
	if (stats.received > 0 || stats.retransmitted == l->sccrq_repeats)
		return;
	l->sccrq_repeats = stats.retransmitted;
	if (ike_repeat_last(l->ike, news_now(l->news)) < 0)
		news_log(l->news, "quick mode can't be repeated");
}

bool line_stop_ppp(struct line *l)
{
	struct dataplane *dp = l->config->dataplane;

	return l->ppp_started && dp->ops->stop_ppp(dp) == 0;
}

bool line_close_l2tp(struct line *l)
{
	struct l2tp_stats stats = { .stage = L2TP_STAGE_CLOSED };

	if (l->l2tp)
		l2tp_get_stats(l->l2tp, &stats);
	return stats.stage != L2TP_STAGE_CLOSED && stats.stage != L2TP_STAGE_IDLE &&
	       l->n_children > 0 && l2tp_close(l->l2tp, 1, news_now(l->news)) >= 0;
}

void line_cut_l2tp(struct line *l)
{
	struct dataplane *dp = l->config->dataplane;

	if (l->l2tp && l2tp_close(l->l2tp, 1, news_now(l->news)) < 0)
		news_log(l->news, "L2TP could not be told of the end");
	if (l->open)
		dp->ops->close_session(dp);
	l->ppp_started = l->ppp_stuck = false;
}
