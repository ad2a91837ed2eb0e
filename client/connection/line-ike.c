/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the IKE engine tells, and what follows for the SAs. */
#include "client/connection/line-ike.h"

#include <errno.h>
#include <string.h>

#include "client/connection/verdict.h"
#include "client/failure/i18n.h"

static void on_natt(struct line *l, const struct ike_event *event)
{
	struct evidence *e = l->evidence;

	connection_info_natt(l->info, event);
	e->nat = event->u.natt.local_nat || event->u.natt.remote_nat || event->u.natt.forced;
	e->nat_unseen = !event->u.natt.supported && endpoint_is_private(&l->info->local) !=
							    endpoint_is_private(&l->info->gateway);
	news_log(l->news, "NAT traversal: %s",
		 event->u.natt.variant ? event->u.natt.variant : "not known to the gateway");
	news_step(l->news, N_("NAT: %s"),
		  event->u.natt.local_nat && event->u.natt.remote_nat ? _("on both sides")
		  : event->u.natt.local_nat			      ? _("on our side")
		  : event->u.natt.remote_nat			      ? _("on the gateway's side")
		  : event->u.natt.forced ? _("none, encapsulation asked for")
					 : _("none"));
}

static enum line_ike_told on_phase1_up(struct line *l, const struct ike_event *event)
{
	connection_info_phase1(l->info, event, news_now(l->news));
	if (l->config->want_keys)
		news_tell(l->news, CONNECTION_EVENT_PHASE1_KEY, event);
	if (l->info->state == CONNECTION_PHASE1)
		line_enter(l, CONNECTION_PHASE2);
	return LINE_IKE_PHASE1;
}

static enum line_ike_told on_child_up(struct line *l, const struct ike_event *event,
				      struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	const struct ike_child *child = &event->u.child;

	if (l->n_children == LINE_CHILDREN_MAX) {
		(void)line_trouble(f, -E2BIG, "SA pairs");
		return LINE_IKE_FAILED;
	}
	if (dp->ops->install_child(dp, child, f) < 0)
		return LINE_IKE_FAILED;
	struct ike_child *known = &l->children[l->n_children++];
	*known = *child;
	secret_clear(&known->encr_in);
	secret_clear(&known->auth_in);
	secret_clear(&known->encr_out);
	secret_clear(&known->auth_out);
	if (l->config->want_keys)
		news_tell(l->news, CONNECTION_EVENT_CHILD_KEY, event);
	return LINE_IKE_NOTHING;
}

static enum line_ike_told on_child_use(struct line *l, uint32_t spi_in, struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	const struct ike_child *child = NULL;

	for (size_t i = 0; i < l->n_children; i++)
		if (l->children[i].spi_in == spi_in)
			child = &l->children[i];
	if (!child)
		return LINE_IKE_NOTHING;
	if (dp->ops->use_child(dp, spi_in, f) < 0)
		return LINE_IKE_FAILED;
	connection_info_child(l->info, child, news_now(l->news));
	if (l->info->state != CONNECTION_PHASE2)
		return LINE_IKE_PAIR;
	line_enter(l, CONNECTION_L2TP);
	return line_start_l2tp(l, f) < 0 ? LINE_IKE_FAILED : LINE_IKE_PAIR;
}

static enum line_ike_told on_child_down(struct line *l, const struct ike_event *event,
					struct failure *f)
{
	struct dataplane *dp = l->config->dataplane;
	uint32_t spi_in = event->u.child_down.spi_in;
	bool by_peer = event->u.child_down.by_peer;

	for (size_t i = 0; i < l->n_children; i++) {
		if (l->children[i].spi_in != spi_in)
			continue;
		(void)dp->ops->remove_child(dp, spi_in);
		l->children[i] = l->children[--l->n_children];
		break;
	}
	if (spi_in != l->info->spi_in || line_is_ending(l))
		return LINE_IKE_NOTHING;
	/* Another one to send by follows at once, or is negotiated, or it is the end. */
	(void)failure_set(f, by_peer ? verdict_ended(l->evidence) : CAUSE_LOST_LIFETIME, 0, "%s",
			  by_peer ? _("it deleted the phase 2 SA") : _("the phase 2 SA expired"));
	return LINE_IKE_PAIR_GONE;
}

static void on_notify(struct line *l, const struct ike_event *event)
{
	news_log(l->news, "gateway: %s%s",
		 event->u.notify.undecryptable ? "a message that our key does not open"
					       : ike_notify_name(event->u.notify.type),
		 event->u.notify.authenticated ? "" : " (not authenticated)");
	if (!event->u.notify.authenticated && l->info->state <= CONNECTION_PHASE2)
		evidence_notify(l->evidence, event->u.notify.type, event->u.notify.undecryptable,
				news_now(l->news));
}

/* Nothing protects it (RFC 2408 3.10): it explains a refusal and is no reason for one. */
static void on_cert_request(struct line *l, const struct ike_id *authority)
{
	char name[CONNECTION_AUTHORITY_MAX];
	bool ours = l->config->issued_by(l->config->auth->userdata, authority, name);

	evidence_authority(l->evidence, name, ours);
	news_log(l->news, "the gateway takes certificates of %s", name);
}

static void on_stage(struct line *l, enum ike_stage stage)
{
	line_enter_stage(l);
	news_log(l->news, "IKE: %s", ike_stage_name(stage));
}

static enum line_ike_told on_failed(struct line *l, const struct ike_event *event,
				    struct failure *f)
{
	if (event->u.failed.reason == IKE_FAILURE_ID)
		l->info->peer_id = event->u.failed.peer_id;
	verdict_ike_failed(line_evidence(l), event, f);
	return l->info->state == CONNECTION_PHASE2 &&
			       event->u.failed.reason == IKE_FAILURE_REFUSED_PHASE2
		       ? LINE_IKE_REFUSED
		       : LINE_IKE_FAILED;
}

enum line_ike_told line_ike_event(struct line *l, const struct ike_event *event, struct failure *f)
{
	switch (event->type) {
	case IKE_EVENT_STAGE:
		if (!line_is_ending(l))
			on_stage(l, event->u.stage);
		break;
	case IKE_EVENT_NATT:
		on_natt(l, event);
		break;
	case IKE_EVENT_PHASE1_UP:
		return on_phase1_up(l, event);
	case IKE_EVENT_CHILD_UP:
		return line_is_ending(l) ? LINE_IKE_NOTHING : on_child_up(l, event, f);
	case IKE_EVENT_CHILD_USE:
		return line_is_ending(l) ? LINE_IKE_NOTHING
					 : on_child_use(l, event->u.child_use.spi_in, f);
	case IKE_EVENT_CHILD_DOWN:
		return on_child_down(l, event, f);
	case IKE_EVENT_NOTIFY:
		on_notify(l, event);
		break;
	case IKE_EVENT_CERT_REQUEST:
		on_cert_request(l, &event->u.cert_request);
		break;
	case IKE_EVENT_VENDOR:
		vendors_add(&l->info->vendors, event->u.vendor.data, event->u.vendor.len);
		break;
	case IKE_EVENT_FAILED:
		return on_failed(l, event, f);
	case IKE_EVENT_PHASE1_DOWN:
		news_log(l->news, "the gateway deleted phase 1; another one is begun");
		break;
	case IKE_EVENT_SELECTED:
	case IKE_EVENT_CLOSED: /* it was asked for */
		break;
	}
	return LINE_IKE_NOTHING;
}

void line_expired(struct line *l, uint32_t spi, bool hard)
{
	int r = 0;

	news_log(l->news, "the kernel reports %s expiry of SPI %08x", hard ? "hard" : "soft", spi);
	/* Time is the engine's business; octets and packets are counted by the kernel alone. */
	if (!l->ike || line_is_ending(l))
		return;
	if (hard)
		r = ike_expired(l->ike, spi, news_now(l->news));
	else if (spi == l->info->spi_in || spi == l->info->spi_out)
		r = ike_rekey(l->ike, news_now(l->news));
	if (r < 0)
		news_log(l->news, "no new SA pair: %s", strerror(-r));
}

void line_ask_for_life(struct line *l)
{
	nsec_t t = news_now(l->news);
	bool ike = l->ike && ike_probe(l->ike, t) == 0;
	bool l2tp = l->l2tp && l2tp_probe(l->l2tp, t) == 0;

	news_log(l->news, "is the gateway there? Asked by%s%s%s", ike ? " DPD" : "",
		 l2tp ? " HELLO" : "", ike || l2tp ? "" : " nothing");
}

bool line_renew_pair(struct line *l)
{
	return l->ike && ike_rekey(l->ike, news_now(l->news)) == 0;
}
