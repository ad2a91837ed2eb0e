/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: the table of which message is for which stage (RFC 2661 7.2.1 and 7.4.1, LAC side,
 * with tunnel and call as one), the way of a datagram through header, channel, rules and table, and
 * the public functions. Delivery is the channel's, contents are message.c's, conclusions the
 * actions'.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "l2tp/actions.h"
#include "l2tp/header.h"
#include "l2tp/outgoing.h"
#include "l2tp/protocol.h"
#include "l2tp/stage.h"
#include "lib/backoff.h"

#define MAX_TRIES_DEFAULT 8
/* Zero is no ID, so it is drawn again; more often than this the source is broken. */
#define DRAWS_MAX 8

/*
 * SCCRQ follows quick mode's last message, by which an LNS installs its SAs. At once it would come before them, or, worse,
 * between the one and the other, so that the answer is lost and comes again after a second. Once more it goes out for
 * those that take their time, without waiting for a round trip to show that the first one was lost. An LNS that has
 * both drops the second.
 */
#define SCCRQ_DELAY	(10 * NSEC_PER_MSEC) /* and a round trip, by which a slow LNS shows itself, */
#define SCCRQ_DELAY_MAX (30 * NSEC_PER_MSEC) /* but no more than this */
#define SCCRQ_TWICE	(30 * NSEC_PER_MSEC) /* later */

/*
 * An ICRP that was lost comes again when the LNS repeats it, after one second, two, four. An ICRQ is answered at once, so
 * one that was acknowledged and not answered so soon is placed anew, in longer pauses each time. Whichever ICRP comes first
 * is taken: an LNS that takes its time, or wants no second call, is as good as one whose ICRP was lost. The others are ended
 * when their ICRPs come: a CDN before that can't name the LNS's session, and xl2tpd ends the tunnel then.
 */
#define ICRP_PAUSE (250 * NSEC_PER_MSEC)

#define STAY (-1)

typedef int (*action_fn)(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);

struct transition {
	unsigned int stages; /* AT()s */
	uint16_t message;
	bool call; /* about a call: the header's session ID must be ours, or 0 */
	action_fn action;
	int next; /* an enum l2tp_stage, or STAY */
};

#define AT(name) (1U << L2TP_STAGE_##name)

#define AT_WITH_CALL (AT(WAIT_ICRP) | AT(WAIT_SESSION) | AT(WAIT_ICCN_ACK) | AT(UP))
#define AT_OPEN	     (AT(WAIT_SCCRP) | AT_WITH_CALL | AT(CLOSING))

/*
 * What comes from the LNS, and when it means something. The rest is acknowledged, as the channel
 * must, and ignored: an SCCRP or ICRP that is told twice, requests for calls that a client has no
 * use for, and everything after the end.
 */
static const struct transition transitions[] = {
	/* LAC: SCCRQ ->  <- SCCRP  LAC: SCCCN, ICRQ -> */
	{ AT(WAIT_SCCRP), L2TP_MSG_SCCRP, false, l2tp_action_sccrp, L2TP_STAGE_WAIT_ICRP },
	/* LAC: ICRQ ->  <- ICRP  (the session is built)  LAC: ICCN -> */
	{ AT(WAIT_ICRP), L2TP_MSG_ICRP, true, l2tp_action_icrp, L2TP_STAGE_WAIT_SESSION },
	/* <- HELLO  LAC: ZLB -> */
	{ AT_OPEN, L2TP_MSG_HELLO, false, NULL, STAY },
	/* <- SLI, WEN  LAC: ZLB -> ; nothing in them matters to PPP over IP */
	{ AT_WITH_CALL | AT(CLOSING), L2TP_MSG_SLI, true, NULL, STAY },
	{ AT_WITH_CALL | AT(CLOSING), L2TP_MSG_WEN, true, NULL, STAY },
	/* <- CDN  LAC: StopCCN -> */
	{ AT_WITH_CALL, L2TP_MSG_CDN, true, l2tp_action_cdn, L2TP_STAGE_CLOSING },
	{ AT(CLOSING), L2TP_MSG_CDN, true, NULL, STAY },
	/* <- StopCCN  LAC: ZLB -> */
	{ AT_OPEN, L2TP_MSG_STOPCCN, false, l2tp_action_stopccn, L2TP_STAGE_CLOSED },
	/* LAC: SCCRQ ->  LAC: StopCCN ->  <- SCCRP  LAC: StopCCN again -> */
	{ AT(CLOSING), L2TP_MSG_SCCRP, false, l2tp_action_late_sccrp, STAY },
};

static const struct transition *find_transition(enum l2tp_stage stage, uint16_t message)
{
	for (size_t i = 0; i < ARRAY_SIZE(transitions); i++) {
		const struct transition *t = &transitions[i];

		if ((t->stages & (1U << stage)) && t->message == message)
			return t;
	}
	return NULL;
}

static bool is_former(const struct l2tp *l2tp, uint16_t session_id)
{
	for (unsigned int i = 0; i < l2tp->n_former; i++)
		if (l2tp->former[i] == session_id)
			return true;
	return false;
}

/* Takes the ID out, in whose place the later ones follow. */
static void forget_former(struct l2tp *l2tp, uint16_t session_id)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < l2tp->n_former; i++)
		if (l2tp->former[i] != session_id)
			l2tp->former[kept++] = l2tp->former[i];
	l2tp->n_former = kept;
}

/* A former call is the present one again, and the other way round. */
static void exchange_calls(struct l2tp *l2tp, uint16_t session_id)
{
	forget_former(l2tp, session_id);
	l2tp->former[l2tp->n_former++] = l2tp->local_session_id;
	l2tp->local_session_id = session_id;
}

/* One of several calls is refused, as by an LNS that has room for one: the others go on, and there are no more. */
static int forget_refused(struct l2tp *l2tp)
{
	l2tp->local_session_id = l2tp->former[--l2tp->n_former];
	l2tp->unanswered = L2TP_UNANSWERED_MAX;
	l2tp->icrp_due = NSEC_NEVER;
	return 0;
}

/* A number that is neither 0 nor one of a call of ours, and that nobody can guess. */
static int draw_id(struct l2tp *l2tp, uint16_t *ret)
{
	for (unsigned int i = 0; i < DRAWS_MAX; i++) {
		uint16_t id = 0;
		int r = l2tp->crypto.random(l2tp->crypto.userdata, &id, sizeof(id));

		if (r < 0)
			return r;
		if (id != 0 && id != l2tp->local_session_id && id != l2tp->old_local &&
		    !is_former(l2tp, id)) {
			*ret = id;
			return 0;
		}
	}
	return -EIO;
}

/* An ID that was in use is never used again. */
static int place_call(struct l2tp *l2tp, nsec_t now)
{
	uint16_t session_id;
	int r = draw_id(l2tp, &session_id);

	if (r < 0)
		return r;
	l2tp->local_session_id = session_id;
	l2tp->peer_session_id = 0;
	l2tp->calls++;
	return l2tp_send_icrq(l2tp, now);
}

/*
 * The only call that is wanted is refused, as by an LNS that has room for the one that stands: that one is ended, and the
 * LNS asked again.
 */
static int call_instead(struct l2tp *l2tp, nsec_t now)
{
	int r = l2tp_send_old_cdn(l2tp, now);

	if (r == 0)
		r = place_call(l2tp, now);
	if (r == 0)
		l2tp_push_event(l2tp, &(struct l2tp_event){ .type = L2TP_EVENT_STAGE,
							    .u.stage = l2tp->stage });
	return r;
}

/* Some leave the ID out. Their ICRPs come in the order of the calls; the rest is about the present one. */
static uint16_t name_session(const struct l2tp *l2tp, uint16_t session_id, uint16_t message)
{
	if (session_id != 0)
		return session_id;
	return message == L2TP_MSG_ICRP && l2tp->n_former > 0 ? l2tp->former[0]
							      : l2tp->local_session_id;
}

/*
 * A message about one of several calls. Return: 0, done; 1, it is to be dispatched as one about the present call; a
 * negative errno.
 */
static int about_calls(struct l2tp *l2tp, uint16_t session_id, const struct l2tp_message *m,
		       nsec_t now)
{
	bool awaited = l2tp->stage == L2TP_STAGE_WAIT_ICRP;
	bool former = is_former(l2tp, session_id);

	if (m->type == L2TP_MSG_CDN && l2tp->old_peer != 0 && session_id == l2tp->old_local) {
		l2tp->old_peer = 0;
		return 0;
	}
	if (m->type == L2TP_MSG_CDN && awaited && session_id == l2tp->local_session_id &&
	    l2tp->n_former > 0)
		return forget_refused(l2tp);
	if (m->type == L2TP_MSG_CDN && awaited && session_id == l2tp->local_session_id)
		return l2tp->old_peer != 0 ? call_instead(l2tp, now) : 1;
	if (m->type == L2TP_MSG_CDN && former)
		forget_former(l2tp, session_id);
	if (m->type != L2TP_MSG_ICRP || !former)
		return !former;
	if (awaited) {
		exchange_calls(l2tp, session_id);
		return 1;
	}
	forget_former(l2tp, session_id);
	return l2tp_send_former_cdn(l2tp, session_id, m->assigned_session_id, now);
}

/* Return: 0; L2TP_DROP_UNEXPECTED; a negative errno. */
static int dispatch(struct l2tp *l2tp, uint16_t session_id, const struct l2tp_message *m,
		    nsec_t now)
{
	const struct transition *t = find_transition(l2tp->stage, m->type);
	int r = 1;

	session_id = name_session(l2tp, session_id, m->type);
	if ((l2tp->n_former > 0 || l2tp->old_peer != 0) && l2tp->stage < L2TP_STAGE_CLOSING)
		r = about_calls(l2tp, session_id, m, now);
	if (r <= 0)
		return r;
	if (!t || (t->call && session_id != l2tp->local_session_id))
		return L2TP_DROP_UNEXPECTED;

	r = t->action ? t->action(l2tp, m, now) : L2TP_ACTION_DONE;
	if (r < 0)
		return r;
	if (r == L2TP_ACTION_DONE && t->next != STAY)
		l2tp_set_stage(l2tp, (enum l2tp_stage)t->next, now);
	return 0;
}

/* Acts upon a message whose turn it is. Return: 0; an enum l2tp_drop; a negative errno. */
static int deliver(struct l2tp *l2tp, uint16_t session_id, struct chunk payload, nsec_t now)
{
	struct l2tp_message m = {};
	struct l2tp_offender offender;
	struct l2tp_hiding hiding = { .crypto = &l2tp->crypto,
				      .secret = secret_chunk(&l2tp->config.secret) };
	int r = l2tp_message_parse(payload.data, payload.len, &hiding, &m, &offender);

	if (r < 0)
		return r;
	if (r == L2TP_MESSAGE_OK)
		return dispatch(l2tp, session_id, &m, now);
	if (r == L2TP_MESSAGE_IGNORE)
		return L2TP_DROP_UNKNOWN_MESSAGE;
	if (r == L2TP_MESSAGE_NO_TYPE)
		return L2TP_DROP_MALFORMED;
	r = l2tp_refuse(l2tp, &m, (enum l2tp_message_verdict)r, &offender, now);
	return r < 0 ? r : L2TP_DROP_MALFORMED;
}

/* Acts upon those that had come ahead of their turn. What became of each is not told. */
static int deliver_held(struct l2tp *l2tp, nsec_t now)
{
	uint16_t session_id;
	struct chunk payload;

	while (l2tp_channel_take_held(&l2tp->channel, &session_id, &payload)) {
		int r = deliver(l2tp, session_id, payload, now);
		if (r < 0)
			return r;
	}
	return 0;
}

static nsec_t icrp_pause(const struct l2tp *l2tp)
{
	nsec_t first = ICRP_PAUSE + 2 * nsec_min(l2tp->config.round_trip, NSEC_PER_SEC);

	return backoff_interval(first, l2tp->unanswered, l2tp->channel.jitter);
}

/*
 * An ICRP that came ahead of its turn is acted upon at once: what is missing before it may be the one for a call that
 * isn't wanted any more. When its turn comes it means nothing.
 */
static int take_early_icrp(struct l2tp *l2tp, const struct l2tp_header *header, nsec_t now)
{
	uint16_t type = 0;
	bool mandatory;

	if (l2tp->stage != L2TP_STAGE_WAIT_ICRP)
		return 0;
	if (header->session_id != l2tp->local_session_id && !is_former(l2tp, header->session_id))
		return 0;
	if (l2tp_message_type(header->payload.data, header->payload.len, &type, &mandatory) != 0 ||
	    type != L2TP_MSG_ICRP)
		return 0;
	return deliver(l2tp, header->session_id, header->payload, now);
}

/* What hangs on an acknowledgement rather than on a message. */
static void check_acknowledged(struct l2tp *l2tp, nsec_t now)
{
	const struct l2tp_channel *ch = &l2tp->channel;

	if (l2tp->stage == L2TP_STAGE_WAIT_ICRP && l2tp->icrp_due == NSEC_NEVER &&
	    l2tp->unanswered < L2TP_UNANSWERED_MAX && l2tp->n_former < L2TP_FORMER_MAX &&
	    l2tp_channel_acknowledged(ch, l2tp->icrq_ns))
		l2tp->icrp_due = now + icrp_pause(l2tp);

	if (l2tp->stage == L2TP_STAGE_WAIT_ICCN_ACK &&
	    l2tp_channel_acknowledged(ch, l2tp->iccn_ns)) {
		l2tp_set_stage(l2tp, L2TP_STAGE_UP, now);
		l2tp_push_event(l2tp, &(struct l2tp_event){ .type = L2TP_EVENT_SESSION_UP });
	}
	if (l2tp->stage == L2TP_STAGE_CLOSING && l2tp_channel_acknowledged(ch, l2tp->stopccn_ns))
		l2tp_set_stage(l2tp, L2TP_STAGE_CLOSED, now);
}

/*
 * A refusal of SCCRQ may come without our tunnel ID, from a gateway that could not read it; taken
 * at its word it is told as what it is, else it would look like silence.
 */
static bool is_ours(const struct l2tp *l2tp, const struct l2tp_header *header, uint16_t type)
{
	if (header->tunnel_id == l2tp->local_tunnel_id)
		return true;
	return header->tunnel_id == 0 && type == L2TP_MSG_STOPCCN && l2tp->peer_tunnel_id == 0;
}

/* Whether there is anything that a control message could be for. */
static bool is_listening(const struct l2tp *l2tp, nsec_t now)
{
	if (l2tp->stage == L2TP_STAGE_CLOSED)
		return now < l2tp->linger_until;
	return l2tp->stage != L2TP_STAGE_IDLE;
}

/* Everything that can be said of a datagram without changing anything. */
static int examine(const struct l2tp *l2tp, const struct endpoint *from, const uint8_t *data,
		   size_t len, nsec_t now, struct l2tp_header *ret)
{
	struct l2tp_header header;
	uint16_t type = 0;
	bool mandatory;
	int r = l2tp_header_parse(data, len, &header);

	if (r != 0)
		return r;
	if (!(header.flags & L2TP_FLAG_CONTROL))
		return L2TP_DROP_DATA;
	if (!is_listening(l2tp, now))
		return L2TP_DROP_UNEXPECTED;
	if (l2tp->pinned && !endpoint_equal(from, &l2tp->peer))
		return L2TP_DROP_PEER;
	if (header.payload.len > 0 &&
	    l2tp_message_type(header.payload.data, header.payload.len, &type, &mandatory) != 0)
		return L2TP_DROP_MALFORMED;
	if (!is_ours(l2tp, &header, type))
		return L2TP_DROP_TUNNEL;
	*ret = header;
	return 0;
}

/* Return: 0; an enum l2tp_drop; a negative errno. */
static int take(struct l2tp *l2tp, const struct l2tp_header *header, nsec_t now)
{
	int verdict = l2tp_channel_receive(&l2tp->channel, header, now);
	int r = 0;

	if (verdict == L2TP_CHANNEL_OUTSIDE)
		return L2TP_DROP_WINDOW;
	l2tp->last_received = now;
	if (verdict == L2TP_CHANNEL_HELD)
		r = take_early_icrp(l2tp, header, now);
	if (verdict == L2TP_CHANNEL_OK) {
		r = deliver(l2tp, header->session_id, header->payload, now);
		int held = r < 0 ? 0 : deliver_held(l2tp, now);
		if (held < 0)
			return held;
	}
	if (r < 0)
		return r;
	check_acknowledged(l2tp, now);
	return verdict == L2TP_CHANNEL_DUPLICATE ? L2TP_DROP_DUPLICATE : r;
}

/* Our own trouble ends the connection without ceremony. */
static int fail(struct l2tp *l2tp, int error, nsec_t now)
{
	if (l2tp->stage == L2TP_STAGE_CLOSED)
		return error;
	l2tp_note_ending(l2tp, L2TP_FAILURE_INTERNAL, 0, 0, (struct chunk){});
	l2tp_set_stage(l2tp, L2TP_STAGE_CLOSED, now);
	return error;
}

int l2tp_input(struct l2tp *l2tp, const struct endpoint *from, const uint8_t *data, size_t len,
	       nsec_t now)
{
	struct l2tp_header header;
	int r = examine(l2tp, from, data, len, now, &header);

	if (r == 0) {
		/* RFC 3193 4: the answer to SCCRQ may come from another port, which then stays. */
		if (!l2tp->pinned)
			l2tp->peer = *from;
		r = take(l2tp, &header, now);
	}
	if (r < 0)
		return fail(l2tp, r, now);
	if (r > 0)
		l2tp->dropped++;
	else
		l2tp->received++;
	return r;
}

/* When the silence has lasted long enough for a HELLO; with a message under way there is no need.
 */
static nsec_t hello_deadline(const struct l2tp *l2tp)
{
	nsec_t interval = l2tp->config.hello_interval;

	if (!((1U << l2tp->stage) & AT_WITH_CALL) || interval == 0)
		return NSEC_NEVER;
	if (!l2tp_channel_idle(&l2tp->channel) || interval > NSEC_NEVER - l2tp->last_received)
		return NSEC_NEVER;
	return l2tp->last_received + interval;
}

static nsec_t call_deadline(const struct l2tp *l2tp)
{
	return l2tp->stage == L2TP_STAGE_WAIT_ICRP ? l2tp->icrp_due : NSEC_NEVER;
}

nsec_t l2tp_deadline(const struct l2tp *l2tp)
{
	nsec_t t = nsec_min(l2tp->stage_deadline, l2tp_channel_deadline(&l2tp->channel));

	return nsec_min(nsec_min(t, call_deadline(l2tp)), hello_deadline(l2tp));
}

/*
 * The stage's deadline remains. One call that nobody answers may be a loss; after two the LNS has no room beside the one that
 * stands, perhaps, and doesn't say so: that one is ended first.
 */
static int call_once_more(struct l2tp *l2tp, nsec_t now)
{
	int r = l2tp->unanswered >= 1 ? l2tp_send_old_cdn(l2tp, now) : 0;

	l2tp->former[l2tp->n_former++] = l2tp->local_session_id;
	l2tp->unanswered++;
	if (r == 0)
		r = place_call(l2tp, now);
	if (r == 0)
		l2tp_push_event(l2tp, &(struct l2tp_event){ .type = L2TP_EVENT_STAGE,
							    .u.stage = l2tp->stage });
	return r;
}

/* The peer acknowledges nothing any more. */
static void give_up(struct l2tp *l2tp, nsec_t now)
{
	l2tp_note_ending(l2tp, L2TP_FAILURE_NO_ANSWER, 0, 0, (struct chunk){});
	l2tp_set_stage(l2tp, L2TP_STAGE_CLOSED, now);
}

/* The peer acknowledges, but does not answer: there is somebody to say farewell to. */
static const struct l2tp_ending no_answer = {
	.reason = L2TP_FAILURE_NO_ANSWER,
	.result = L2TP_STOPCCN_GENERAL,
	.cdn_result = L2TP_CDN_ADMINISTRATIVE,
};

int l2tp_timeout(struct l2tp *l2tp, nsec_t now)
{
	int r = 0;

	if (l2tp->stage == L2TP_STAGE_CLOSING && now >= l2tp->stage_deadline)
		l2tp_set_stage(l2tp, L2TP_STAGE_CLOSED, now);
	if (l2tp_channel_timeout(&l2tp->channel, now) == L2TP_CHANNEL_DEAD)
		give_up(l2tp, now);
	if (now >= l2tp->stage_deadline)
		r = l2tp_end(l2tp, &no_answer, now);
	else if (now >= call_deadline(l2tp))
		r = call_once_more(l2tp, now);
	else if (now >= hello_deadline(l2tp))
		r = l2tp_send_hello(l2tp, now);
	return r < 0 ? fail(l2tp, r, now) : 0;
}

/* A name must be there and end; everything else has a default or bounds of its type. */
static bool config_good(const struct l2tp_config *config)
{
	size_t len = strnlen(config->host_name, sizeof(config->host_name));

	return len > 0 && len < sizeof(config->host_name) && config->receive_window > 0 &&
	       config->receive_window <= L2TP_CHANNEL_HOLD;
}

int l2tp_new(const struct l2tp_config *config, const struct l2tp_crypto *crypto, struct l2tp **ret)
{
	if (!config_good(config))
		return -EINVAL;

	struct l2tp *l2tp = calloc(1, sizeof(*l2tp));
	if (!l2tp)
		return -ENOMEM;
	l2tp->config = *config;
	l2tp->crypto = *crypto;
	l2tp->stage_deadline = NSEC_NEVER;
	if (l2tp->config.max_tries == 0)
		l2tp->config.max_tries = MAX_TRIES_DEFAULT;
	l2tp_channel_init(&l2tp->channel, l2tp->config.max_tries, 0);
	*ret = l2tp;
	return 0;
}

struct l2tp *l2tp_free(struct l2tp *l2tp)
{
	if (!l2tp)
		return NULL;
	secret_clear(&l2tp->config.secret);
	free(l2tp);
	return NULL;
}

/* Everything that nobody may guess. */
static int draw(struct l2tp *l2tp, uint8_t *ret_seed)
{
	const struct l2tp_crypto *crypto = &l2tp->crypto;
	int r = draw_id(l2tp, &l2tp->local_tunnel_id);

	if (r == 0)
		r = draw_id(l2tp, &l2tp->local_session_id);
	if (r == 0)
		r = crypto->random(crypto->userdata, ret_seed, 1);
	if (r == 0 && l2tp->config.secret.len > 0)
		r = crypto->random(crypto->userdata, l2tp->challenge, sizeof(l2tp->challenge));
	return r;
}

static void delay_sccrq(struct l2tp *l2tp, nsec_t now)
{
	nsec_t pause = SCCRQ_DELAY + nsec_min(l2tp->config.round_trip, SCCRQ_DELAY_MAX);
	nsec_t first = now + nsec_min(pause, SCCRQ_DELAY_MAX);

	l2tp_channel_delay(&l2tp->channel, first, first + SCCRQ_TWICE);
}

int l2tp_start(struct l2tp *l2tp, nsec_t now)
{
	uint8_t seed = 0;

	if (l2tp->stage != L2TP_STAGE_IDLE)
		return -EALREADY;
	int r = draw(l2tp, &seed);
	if (r < 0)
		return r;

	l2tp_channel_init(&l2tp->channel, l2tp->config.max_tries, seed);
	l2tp_pace_channel(l2tp);
	r = l2tp_send_sccrq(l2tp, now);
	if (r < 0)
		return r;
	if (l2tp->config.round_trip)
		delay_sccrq(l2tp, now);
	l2tp_set_stage(l2tp, L2TP_STAGE_WAIT_SCCRP, now);
	return 0;
}

int l2tp_session_ready(struct l2tp *l2tp, nsec_t now)
{
	/* The end may have come behind ICRP in one go; CLOSED is to tell it, not we. */
	if (l2tp->stage >= L2TP_STAGE_CLOSING && l2tp->peer_session_id != 0)
		return 0;
	if (l2tp->stage != L2TP_STAGE_WAIT_SESSION)
		return -EINVAL;
	int r = l2tp_send_iccn(l2tp, now);
	if (r < 0)
		return r;
	l2tp_set_stage(l2tp, L2TP_STAGE_WAIT_ICCN_ACK, now);
	return 0;
}

int l2tp_call(struct l2tp *l2tp, enum l2tp_order order, nsec_t now)
{
	if (l2tp->stage != L2TP_STAGE_UP && l2tp->stage != L2TP_STAGE_WAIT_ICCN_ACK)
		return -ENOTCONN;
	l2tp->unanswered = 0;
	if (l2tp->call_open) {
		l2tp->old_local = l2tp->local_session_id;
		l2tp->old_peer = l2tp->peer_session_id;
	}
	l2tp->further = true;
	int r = order == L2TP_CALL_INSTEAD ? l2tp_send_old_cdn(l2tp, now) : 0;
	if (r == 0)
		r = place_call(l2tp, now);
	if (r == 0)
		l2tp_set_stage(l2tp, L2TP_STAGE_WAIT_ICRP, now);
	return r;
}

int l2tp_close(struct l2tp *l2tp, uint16_t result, nsec_t now)
{
	if (l2tp->stage >= L2TP_STAGE_CLOSING)
		return 0;
	/* Nothing has left yet. */
	if (l2tp->stage == L2TP_STAGE_IDLE || l2tp->channel.delayed) {
		l2tp_note_ending(l2tp, L2TP_FAILURE_NONE, 0, 0, (struct chunk){});
		l2tp_set_stage(l2tp, L2TP_STAGE_CLOSED, now);
		return 0;
	}
	return l2tp_end(l2tp,
			&(struct l2tp_ending){ .reason = L2TP_FAILURE_NONE,
					       .result = result,
					       .cdn_result = L2TP_CDN_ADMINISTRATIVE },
			now);
}

int l2tp_probe(struct l2tp *l2tp, nsec_t now)
{
	if (!((1U << l2tp->stage) & AT_WITH_CALL))
		return -ENOTCONN;
	/* Whatever is under way asks the same question. */
	if (!l2tp_channel_idle(&l2tp->channel))
		return 0;
	return l2tp_send_hello(l2tp, now);
}

bool l2tp_next_datagram(struct l2tp *l2tp, struct l2tp_datagram *ret)
{
	return l2tp_channel_next(&l2tp->channel, ret);
}

bool l2tp_next_event(struct l2tp *l2tp, struct l2tp_event *ret)
{
	if (l2tp->event_head == l2tp->event_tail)
		return false;
	*ret = l2tp->events[l2tp->event_head++ % L2TP_EVENTS_MAX];
	return true;
}

void l2tp_get_stats(const struct l2tp *l2tp, struct l2tp_stats *ret)
{
	*ret = (struct l2tp_stats){
		.stage = l2tp->stage,
		.sent = l2tp->channel.sent,
		.received = l2tp->received,
		.dropped = l2tp->dropped,
		.retransmitted = l2tp->channel.repeated,
		.round_trip = l2tp->channel.round_trip,
		.last_received = l2tp->last_received,
	};
}
