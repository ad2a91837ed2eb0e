/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/attempt.h"

#include "client/connection/calls.h"
#include "client/connection/line-ike.h"
#include "client/connection/line-l2tp.h"
#include "client/connection/verdict.h"
#include "client/failure/i18n.h"

static enum attempt_told follow(struct attempt *a, enum questions_told told, struct failure *f);

static nsec_t now(const struct attempt *a)
{
	return news_now(a->line.news);
}

static enum attempt_told trouble(struct failure *f, int error, const char *what)
{
	(void)line_trouble(f, error, what);
	return ATTEMPT_FAILED;
}

void attempt_init(struct attempt *a, const struct connection_config *config,
		  struct connection_info *info, struct evidence *evidence, const struct news *news)
{
	line_init(&a->line, config, info, evidence, news);
	deadlines_clear(&a->deadlines);
	questions_init(&a->questions, &a->line, &a->half_open);
}

void attempt_free(struct attempt *a)
{
	questions_stop(&a->questions);
	line_free(&a->line);
}

/* How the line is to go about it, as the policies have it by now. */
static void take_way(struct attempt *a)
{
	nsec_t alone = half_open_until(&a->half_open, &a->line.info->gateway, 1);

	a->line.way = (struct line_way){
		.floated = a->fallback.floated,
		.port_1701 = a->fallback.port_changed,
		.minimal_sccrq = a->fallback.sccrq_changed,
		.waited_for = a->repairing,
		/* Others may be half open, or follow soon. */
		.frugal = a->repairing || alone > now(a),
		.keepalive = a->keepalive,
		.method = a->fallback.method,
		.no_eap = a->fallback.no_eap,
	};
}

static bool is_free_port(const struct attempt *a)
{
	return a->line.config->profile->source_port == PROFILE_PORT_AUTO;
}

/* The beginning and the end. */

static void count_main_modes(struct attempt *a)
{
	struct ike_stats ike;

	if (!a->line.ike)
		return;
	ike_get_stats(a->line.ike, &ike);
	half_open_count(&a->half_open, &a->line.info->gateway, ike.main_modes, now(a));
}

void attempt_release(struct attempt *a)
{
	const struct evidence *e = line_evidence(&a->line);

	count_main_modes(a);
	/* A gateway that refuses message 1 keeps nothing of it; its other answer would have come beside a forged refusal. */
	if (a->line.ike && e->ike.stage == IKE_STAGE_MM1_SENT && e->hint_notify)
		half_open_done(&a->half_open, &a->line.info->gateway);
	half_open_leave(&a->half_open);
	while (line_send_next_l2tp(&a->line) || questions_send_next_l2tp(&a->questions))
		;
	questions_stop(&a->questions);
	line_close(&a->line);
}

static enum attempt_told begin(struct attempt *a, struct failure *f)
{
	take_way(a);
	if (line_start_ike(&a->line, f) < 0)
		return ATTEMPT_FAILED;
	enum attempt_told told = attempt_settle(a, f);
	if (told != ATTEMPT_GOES_ON)
		return told;
	/* While the first message travels, PPP's process gets ready. */
	if (a->line.config->until != CONNECTION_L2TP && line_prepare_ppp(&a->line, f) < 0)
		return ATTEMPT_FAILED;
	return ATTEMPT_GOES_ON;
}

void attempt_set_addresses(struct attempt *a, const struct endpoint *addrs, size_t n)
{
	fallback_set_addresses(&a->fallback, addrs, n);
	a->line.info->gateway = fallback_next_address(&a->fallback);
	a->line.evidence->more_addresses = fallback_has_address(&a->fallback);
}

/* Towards the next address; *f is why not to the one before. */
static enum attempt_told go_next(struct attempt *a, struct failure *f)
{
	const struct failure before = *f;
	char text[ENDPOINT_STRLEN];

	*f = (struct failure){ 0 };
	a->line.info->gateway = fallback_next_address(&a->fallback);
	news_step(a->line.news, N_("%s (%s); trying %s"), cause_sentence(before.cause),
		  before.detail, endpoint_addr_str(&a->line.info->gateway, text));
	return attempt_start_over(a, f);
}

enum attempt_told attempt_go(struct attempt *a, struct failure *f)
{
	take_way(a);
	if (line_open(&a->line, f) < 0)
		return fallback_has_address(&a->fallback) ? go_next(a, f) : ATTEMPT_FAILED;
	line_enter(&a->line, CONNECTION_PHASE1);
	if (questions_before(&a->questions))
		return follow(a, questions_survey(&a->questions), f);
	return begin(a, f);
}

enum attempt_told attempt_start_over(struct attempt *a, struct failure *f)
{
	attempt_release(a);
	take_way(a);
	line_forget(&a->line, fallback_has_address(&a->fallback));
	return attempt_go(a, f);
}

/* What is asked beside it. */

void attempt_put_question(struct attempt *a, enum scout_question question, bool floated)
{
	take_way(a);
	questions_put(&a->questions, question, floated);
}

static enum attempt_told follow(struct attempt *a, enum questions_told told, struct failure *f)
{
	switch (told) {
	case QUESTIONS_NOTHING:
		break;
	case QUESTIONS_FLOAT:
		a->fallback.floated = true;
		news_warn(a->line.news,
			  N_("UDP 500 gets no answer and UDP 4500 does: going on there"));
		return attempt_start_over(a, f);
	case QUESTIONS_SURVEYED:
		if (a->line.config->until != CONNECTION_PHASE1)
			return begin(a, f);
		return verdict_survey(line_evidence(&a->line), f) ? ATTEMPT_FAILED : ATTEMPT_ENDED;
	}
	return ATTEMPT_GOES_ON;
}

enum attempt_told attempt_ask(struct attempt *a, struct failure *f)
{
	take_way(a);
	return follow(a, questions_check(&a->questions, a->fallback.floated, a->repairing), f);
}

/* Datagrams. */

enum attempt_told attempt_ike_input(struct attempt *a, const struct endpoint *from,
				    const uint8_t *data, size_t len, struct failure *f)
{
	struct ike *ike = a->line.ike;
	int r = ike ? ike_input(ike, from, data, len, now(a)) : IKE_DROP_COOKIE;

	if (r == IKE_DROP_COOKIE) {
		enum questions_told answer;

		take_way(a);
		bool taken = questions_ike_input(&a->questions, a->fallback.floated, from, data,
						 len, &answer);
		enum attempt_told told = follow(a, answer, f);
		if (taken || !ike || told != ATTEMPT_GOES_ON)
			return told;
	}
	if (r < 0)
		return trouble(f, r, "IKE engine");
	if (r > 0 && evidence_drop_ike(a->line.evidence, (enum ike_drop)r, now(a)))
		news_log(a->line.news, "IKE: dropped a datagram: %s",
			 ike_drop_name((enum ike_drop)r));
	return ATTEMPT_GOES_ON;
}

enum attempt_told attempt_l2tp_input(struct attempt *a, const struct endpoint *from,
				     const uint8_t *data, size_t len, struct failure *f)
{
	if (!a->line.l2tp)
		return ATTEMPT_GOES_ON;
	int r = l2tp_input(a->line.l2tp, from, data, len, now(a));
	if (r == L2TP_DROP_TUNNEL && questions_l2tp_input(&a->questions, from, data, len))
		r = 0;
	if (r < 0)
		return trouble(f, r, "L2TP engine");
	if (r > 0 && evidence_drop_l2tp(a->line.evidence, (enum l2tp_drop)r))
		news_log(a->line.news, "L2TP: dropped a datagram: %s",
			 l2tp_drop_name((enum l2tp_drop)r));
	return ATTEMPT_GOES_ON;
}

/* Once more in the same attempt. */

static enum attempt_told go_from_1701(struct attempt *a, struct failure *f)
{
	news_step(a->line.news, N_("%s; once more from UDP port 1701"), cause_sentence(f->cause));
	*f = (struct failure){ 0 };
	enum attempt_told told = attempt_start_over(a, f);
	if (told != ATTEMPT_GOES_ON || a->line.info->l2tp_port == 1701)
		return told;
	/* Another program has the port: nothing is gained by trying a third one. */
	*f = a->fallback.before;
	return ATTEMPT_FAILED;
}

static enum attempt_told on_silence(struct attempt *a, struct failure *f)
{
	const struct evidence *e = line_evidence(&a->line);

	verdict_name(e, f);
	switch (fallback_silence(&a->fallback, e, f, is_free_port(a))) {
	case FALLBACK_ADDRESS:
		return go_next(a, f);
	case FALLBACK_PORT:
		return go_from_1701(a, f);
	case FALLBACK_CALL:
		calls_stuck(&a->line);
		return ATTEMPT_GOES_ON;
	case FALLBACK_GATEWAY:
	case FALLBACK_SCCRQ:
	case FALLBACK_TUNNEL:
	case FALLBACK_NONE:
		break;
	}
	struct failure said = { 0 };
	if (a->line.ppp_started)
		said = line_ppp_reason(&a->line, false);
	if (said.cause != CAUSE_NONE)
		*f = said;
	return ATTEMPT_FAILED;
}

enum attempt_told attempt_check(struct attempt *a, struct failure *f)
{
	switch (deadlines_reached(&a->deadlines, now(a))) {
	case DEADLINE_LAST_WORDS:
		/* pppd may wait for the gateway's part of the end, which doesn't come any more. */
		*f = line_ppp_reason(&a->line, true);
		if (f->cause == CAUSE_NONE || f->cause == CAUSE_PPP_CLOSED ||
		    f->cause == CAUSE_PPP_NO_ADDRESS)
			*f = a->deadlines.call_ended;
		return ATTEMPT_FAILED;
	case DEADLINE_BRIDGE:
		a->deadlines.bridge = NSEC_NEVER;
		*f = a->deadlines.bridge_ends;
		return ATTEMPT_LOST;
	case DEADLINE_ATTEMPT:
		/* Time that ran out in the second try says less than what ended the first. */
		*f = a->fallback.before;
		if (f->cause == CAUSE_NONE)
			verdict_name(line_evidence(&a->line), f);
		return ATTEMPT_FAILED;
	case DEADLINE_NONE:
		break;
	}
	if (now(a) < verdict_patience(line_evidence(&a->line)))
		return ATTEMPT_GOES_ON;
	return on_silence(a, f);
}

static enum attempt_told begin_tunnel(struct attempt *a, struct failure *f)
{
	take_way(a);
	return line_begin_tunnel(&a->line, f) < 0 ? ATTEMPT_FAILED : ATTEMPT_GOES_ON;
}

static enum attempt_told on_l2tp_closed(struct attempt *a, const struct l2tp_event *event,
					struct failure *f)
{
	struct connection_info *info = a->line.info;
	const struct evidence *e = line_evidence(&a->line);
	struct endpoint to = { 0 };
	char text[ENDPOINT_STRLEN];

	switch (fallback_closed(&a->fallback, e, event, &info->local, &to)) {
	case FALLBACK_SCCRQ:
		news_step(a->line.news,
			  N_("the gateway refuses the first message of L2TP (result %u, error "
			     "%u%s%s); "
			     "once more with what RFC 2661 demands alone"),
			  event->u.closed.result, event->u.closed.error,
			  event->u.closed.text[0] ? ": " : "", event->u.closed.text);
		return begin_tunnel(a, f);
	case FALLBACK_GATEWAY:
		news_step(a->line.news, N_("the gateway sends us on to %s"),
			  endpoint_addr_str(&to, text));
		info->gateway = to;
		return attempt_start_over(a, f);
	case FALLBACK_TUNNEL:
		/* The first one went with the call that we ended. */
		news_log(a->line.news,
			 "the gateway ended the tunnel with its last call; another tunnel");
		if (line_renew_tunnel(&a->line, f) < 0)
			return ATTEMPT_FAILED;
		return begin_tunnel(a, f);
	case FALLBACK_ADDRESS:
	case FALLBACK_PORT:
	case FALLBACK_CALL:
	case FALLBACK_NONE:
		break;
	}
	verdict_l2tp_closed(e, event, f);
	if (info->state != CONNECTION_PPP || !a->line.ppp_started)
		return ATTEMPT_LOST;
	deadlines_call_ended(&a->deadlines, f, now(a));
	return ATTEMPT_GOES_ON;
}

/* PPP. */

enum attempt_told attempt_ppp_found(struct attempt *a, const struct ppp_findings *found,
				    struct failure *f)
{
	return calls_found(&a->line, &a->fallback, found, f) ? ATTEMPT_FAILED : ATTEMPT_GOES_ON;
}

void attempt_ppp_missing(struct attempt *a)
{
	calls_missing(&a->line);
}

enum attempt_told attempt_ppp_down(struct attempt *a, struct failure *f)
{
	/* The gateway's end of the call is the reason if PPP names none. */
	const struct failure *ended =
		a->deadlines.last_words != NSEC_NEVER ? &a->deadlines.call_ended : NULL;

	return calls_ended(&a->line, &a->fallback, ended, f) ? ATTEMPT_LOST : ATTEMPT_GOES_ON;
}

/* The engines. */

static enum attempt_told on_ike_event(struct attempt *a, const struct ike_event *event,
				      struct failure *f)
{
	switch (line_ike_event(&a->line, event, f)) {
	case LINE_IKE_NOTHING:
		break;
	case LINE_IKE_PHASE1:
		count_main_modes(a);
		half_open_done(&a->half_open, &a->line.info->gateway);
		break;
	case LINE_IKE_PAIR:
		a->deadlines.bridge = NSEC_NEVER;
		break;
	case LINE_IKE_PAIR_GONE:
		if (a->line.info->state != CONNECTION_UP)
			return ATTEMPT_FAILED;
		deadlines_pair_gone(&a->deadlines, f, now(a));
		break;
	case LINE_IKE_REFUSED:
		if (fallback_refused(&a->fallback, f, is_free_port(a)) == FALLBACK_PORT)
			return go_from_1701(a, f);
		return ATTEMPT_FAILED;
	case LINE_IKE_FAILED:
		return ATTEMPT_FAILED;
	}
	return ATTEMPT_GOES_ON;
}

static enum attempt_told on_l2tp_event(struct attempt *a, const struct l2tp_event *event,
				       struct failure *f)
{
	switch (line_l2tp_event(&a->line, event, f)) {
	case LINE_L2TP_NOTHING:
		break;
	case LINE_L2TP_GRANTED:
		return ATTEMPT_ENDED;
	case LINE_L2TP_CLOSED:
		return a->line.info->state == CONNECTION_CLOSING ? ATTEMPT_CLOSED
								 : on_l2tp_closed(a, event, f);
	case LINE_L2TP_FAILED:
		return ATTEMPT_FAILED;
	}
	return ATTEMPT_GOES_ON;
}

/* One event of either engine. Return: whether there was one. */
static bool settle_event(struct attempt *a, enum attempt_told *ret, struct failure *f)
{
	struct ike_event ike_event;
	struct l2tp_event l2tp_event;

	take_way(a);
	if (a->line.ike && ike_next_event(a->line.ike, &ike_event)) {
		*ret = on_ike_event(a, &ike_event, f);
		ike_event_clear(&ike_event);
		return true;
	}
	if (a->line.l2tp && l2tp_next_event(a->line.l2tp, &l2tp_event)) {
		*ret = on_l2tp_event(a, &l2tp_event, f);
		return true;
	}
	return false;
}

static bool settle_datagram(struct attempt *a)
{
	return line_send_next_ike(&a->line) || questions_send_next_ike(&a->questions) ||
	       line_send_next_l2tp(&a->line) || questions_send_next_l2tp(&a->questions);
}

enum attempt_told attempt_settle(struct attempt *a, struct failure *f)
{
	enum attempt_told told = ATTEMPT_GOES_ON;

	if (a->settling)
		return told;
	a->settling = true;
	do
		*f = (struct failure){ 0 };
	while ((settle_event(a, &told, f) || settle_datagram(a)) && told == ATTEMPT_GOES_ON);
	count_main_modes(a);
	a->settling = false;
	return told;
}

enum attempt_told attempt_run(struct attempt *a, struct failure *f)
{
	struct line *l = &a->line;
	nsec_t t = now(a);
	int r = 0;

	if (l->ike && t >= ike_deadline(l->ike))
		r = ike_timeout(l->ike, t);
	if (r < 0)
		return trouble(f, r, "IKE engine");
	if (l->l2tp && t >= l2tp_deadline(l->l2tp))
		r = l2tp_timeout(l->l2tp, t);
	if (r < 0)
		return trouble(f, r, "L2TP engine");
	line_repeat_quick_mode(l);
	return ATTEMPT_GOES_ON;
}

nsec_t attempt_deadline(const struct attempt *a)
{
	nsec_t t = deadlines_next(&a->deadlines);

	if (a->line.ike)
		t = nsec_min(t, ike_deadline(a->line.ike));
	if (a->line.l2tp)
		t = nsec_min(t, l2tp_deadline(a->line.l2tp));
	if (line_is_ending(&a->line))
		return t;
	/* The evidence's counters may be old here, its times are not. */
	t = nsec_min(t, verdict_patience(a->line.evidence));
	return nsec_min(t, questions_deadline(&a->questions, a->fallback.floated, a->repairing));
}
