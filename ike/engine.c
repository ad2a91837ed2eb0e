/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: its public functions, and the way of a datagram from the socket to the handler that
 * is due. A datagram is told by its cookies, exchange type and message ID, never by its source
 * address, which a NAT may change at will. Then comes the table of transitions: what isn't in it
 * isn't expected. Silence is no error here: whoever waits repeats until the caller has had enough.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ike/algorithm.h"
#include "ike/auth.h"
#include "ike/end.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/info.h"
#include "ike/inform.h"
#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/main-mode.h"
#include "ike/main-responder.h"
#include "ike/message.h"
#include "ike/pairs.h"
#include "ike/payload.h"
#include "ike/queue.h"
#include "ike/quick-mode.h"
#include "ike/quick-responder.h"
#include "ike/rekey.h"
#include "ike/retransmit.h"
#include "ike/rules.h"
#include "ike/slots.h"
#include "ike/state.h"
#include "ike/transaction.h"
#include "lib/backoff.h"
#include "lib/cursor.h"

struct transition {
	enum ike_step step;
	uint8_t exchange;
	enum rules_message message;
	int (*action)(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);
	enum ike_step next;
	enum ike_stage stage;
	int (*then)(struct ike *ike, nsec_t now); /* what we start by ourselves after it, or NULL */
};

/* A phase 1 that replaces another one has nothing to begin with. */
static int begin_quick(struct ike *ike, nsec_t now)
{
	return ike->stats.stage == IKE_STAGE_PHASE1_UP ? quick_start(ike, 0, now) : 0;
}

static const struct transition transitions[] = {
	/* HDR, SA, VID... --> ; <-- HDR, SA, VID... (RFC 2409 5.4) */
	{ IKE_STEP_MM1_SENT, ISAKMP_EXCHANGE_MAIN, RULES_MM2, main_recv_2, IKE_STEP_MM3_SENT,
	  IKE_STAGE_MM3_SENT, NULL },
	/* HDR, KE, Ni, NAT-D... --> ; <-- HDR, KE, Nr, NAT-D... */
	{ IKE_STEP_MM3_SENT, ISAKMP_EXCHANGE_MAIN, RULES_MM4, main_recv_4, IKE_STEP_MM5_SENT,
	  IKE_STAGE_MM5_SENT, NULL },
	/* HDR*, IDii, HASH_I --> ; <-- HDR*, IDir, HASH_R */
	{ IKE_STEP_MM5_SENT, ISAKMP_EXCHANGE_MAIN, RULES_MM6, main_recv_6, IKE_STEP_MM_DONE,
	  IKE_STAGE_PHASE1_UP, begin_quick },
	/* <-- HDR, SA, VID... ; HDR, SA, VID... --> : main_respond()
	 * <-- HDR, KE, Ni, NAT-D... ; HDR, KE, Nr, NAT-D... --> */
	{ IKE_STEP_MM2_SENT, ISAKMP_EXCHANGE_MAIN, RULES_MM4, main_recv_3, IKE_STEP_MM4_SENT,
	  IKE_STAGE_CHILD_UP, NULL },
	/* <-- HDR*, IDii, HASH_I ; HDR*, IDir, HASH_R --> */
	{ IKE_STEP_MM4_SENT, ISAKMP_EXCHANGE_MAIN, RULES_MM6, main_recv_5, IKE_STEP_MM_DONE,
	  IKE_STAGE_CHILD_UP, NULL },
	/* HDR*, HASH(1), SA, Ni... --> ; <-- HDR*, HASH(2), SA, Nr... ; HDR*, HASH(3) --> (5.5) */
	{ IKE_STEP_QM1_SENT, ISAKMP_EXCHANGE_QUICK, RULES_QM2, quick_recv_2, IKE_STEP_QM_DONE,
	  IKE_STAGE_CHILD_UP, NULL },
	/* <-- HDR*, HASH(1), N(CONNECTED), where the gateway set the commit bit (RFC 2408 3.1) */
	{ IKE_STEP_QM_DONE, ISAKMP_EXCHANGE_QUICK, RULES_QM4, quick_recv_connected,
	  IKE_STEP_QM_DONE, IKE_STAGE_CHILD_UP, NULL },
	/* <-- HDR*, HASH(1), SA, Ni... ; HDR*, HASH(2), SA, Nr... --> : quick_respond()
	 * <-- HDR*, HASH(3) */
	{ IKE_STEP_QM2_SENT, ISAKMP_EXCHANGE_QUICK, RULES_QM3, quick_recv_3, IKE_STEP_QM_DONE,
	  IKE_STAGE_CHILD_UP, NULL },
};

static const struct transition *transition_find(enum ike_step step, uint8_t exchange)
{
	for (size_t i = 0; i < ARRAY_SIZE(transitions); i++)
		if (transitions[i].step == step && transitions[i].exchange == exchange)
			return &transitions[i];
	return NULL;
}

static bool proposals_valid(const struct ike_config *config)
{
	if (config->n_proposals == 0 || config->n_proposals > IKE_PROPOSALS_MAX ||
	    config->n_esp == 0 || config->n_esp > IKE_PROPOSALS_MAX)
		return false;
	for (size_t i = 0; i < config->n_proposals; i++) {
		const struct ike_proposal *p = &config->proposals[i];
		if (keymat_key_len(p->encr, p->key_bits) == 0 || algorithm_encr1(p->encr) == 0 ||
		    keymat_hash_len(p->hash) == 0 || algorithm_group_len(p->group) == 0)
			return false;
	}
	for (size_t i = 0; i < config->n_esp; i++) {
		const struct ike_esp_proposal *p = &config->esp[i];
		/* RFC 4106 8.3: integrity is either the cipher's own or an HMAC's. */
		if (keymat_key_len(p->encr, p->key_bits) == 0 ||
		    (p->encr == IKE_ENCR_AES_GCM_16 ? p->auth != IKE_HASH_NONE
						    : keymat_hash_len(p->auth) == 0))
			return false;
		/* RFC 2409 5.5: there is one KE payload, so all transforms name its group. */
		if (p->group != config->esp[0].group ||
		    (p->group != IKE_GROUP_NONE && algorithm_group_len(p->group) == 0))
			return false;
	}
	return true;
}

static bool auth_valid(const struct ike_auth *auth)
{
	if (auth->method == IKE_AUTH_PSK || !auth->sign || !auth->verify || auth->n_certs == 0 ||
	    auth->n_certs > IKE_CERTS_MAX || auth->n_cas > IKE_CAS_MAX)
		return false;
	for (size_t i = 0; i < auth->n_certs; i++)
		if (auth->certs[i].len == 0 || auth->certs[i].len > IKE_CERT_MAX)
			return false;
	return true;
}

static bool config_valid(const struct ike_config *config)
{
	if (endpoint_addr_len(&config->local) == 0 || config->local.family != config->remote.family)
		return false;
	if (config->phase1_life_s == 0 || config->phase2_life_s == 0)
		return false;
	/* Who only asks proves nothing. */
	if (!config->ask_only &&
	    (config->auth ? !auth_valid(config->auth) : !config->psk || config->psk->len == 0))
		return false;
	return config->local_id.len <= IKE_ID_MAX && config->remote_id.len <= IKE_ID_MAX &&
	       proposals_valid(config);
}

int ike_new(const struct ike_config *config, const struct ike_crypto *crypto, struct ike **ret)
{
	if (!config_valid(config))
		return -EINVAL;

	struct ike *ike = calloc(1, sizeof(*ike));
	if (!ike)
		return -ENOMEM;
	ike->config = *config;
	ike->config.psk = NULL;
	ike->floated = config->floated;
	if (config->auth)
		ike->config.remote_id = (struct ike_id){ .type = IKE_ID_ANY };
	else if (config->psk)
		ike->psk = *config->psk;
	ike->crypto = *crypto;
	ike->keepalive = ike->child_wanted = NSEC_NEVER;
	*ret = ike;
	return 0;
}

struct ike *ike_free(struct ike *ike)
{
	if (!ike)
		return NULL;
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		ike_sa_clear(ike, &ike->sas[i]);
	ike_queue_clear(ike);
	explicit_bzero(ike, sizeof(*ike));
	free(ike);
	return NULL;
}

int ike_start(struct ike *ike, nsec_t now)
{
	if (ike->stats.stage != IKE_STAGE_IDLE)
		return -EALREADY;
	return main_start(ike, now);
}

/* The SA of the cookies. Before message 2 there is only ours, and a refusal may carry any other. */
static struct ike_sa *sa_find(struct ike *ike, const struct isakmp_header *header)
{
	static const uint8_t unset[ISAKMP_COOKIE_LEN];

	for (size_t i = 0; i < IKE_SAS_MAX; i++) {
		struct ike_sa *sa = &ike->sas[i];
		if (!sa->used || memcmp(sa->cookie_i, header->cookie_i, ISAKMP_COOKIE_LEN) != 0)
			continue;
		if (memcmp(sa->cookie_r, unset, ISAKMP_COOKIE_LEN) == 0 ||
		    memcmp(sa->cookie_r, header->cookie_r, ISAKMP_COOKIE_LEN) == 0)
			return sa;
		/* RFC 2408 5.14: a notify in clear may come before the responder has a cookie. */
		if (header->exchange == ISAKMP_EXCHANGE_INFO &&
		    !(header->flags & ISAKMP_FLAG_ENCRYPTED))
			return sa;
	}
	return NULL;
}

/* What decides about the message before it is looked into. */
static int open_message(struct ike *ike, struct ike_exchange *ex, enum rules_message message,
			struct incoming *in)
{
	message = auth_rules(ike, message);
	bool encrypted = in->header.flags & ISAKMP_FLAG_ENCRYPTED;

	if (rules_encrypted(message) && !encrypted)
		return IKE_DROP_NOT_ENCRYPTED;
	if (!rules_encrypted(message) && encrypted)
		return IKE_DROP_UNEXPECTED;

	int r = encrypted ? incoming_decrypt(in, ike, ex->sa, ex->iv) : incoming_parse(in);
	if (r == IKE_DROP_UNDECRYPTABLE && !ex->sa->up)
		ike_emit_notify(ike, 0, false, true);
	if (r != 0)
		return r;
	return rules_check(message, &in->list);
}

/* A message that was taken before: it answers ours a second time, or our answer to it was lost. */
static int input_duplicate(struct ike *ike, struct ike_exchange *ex, enum retransmit_seen seen,
			   nsec_t now)
{
	nsec_t round_trip;

	if (seen == RETRANSMIT_LAST && retransmit_echo(&ex->rt, &round_trip)) {
		ike->stats.echoes++;
		ike->stats.round_trip = round_trip;
		return IKE_DROP_DUPLICATE;
	}
	if (seen != RETRANSMIT_LAST || !retransmit_wanted(&ex->rt, now))
		return IKE_DROP_DUPLICATE;
	retransmit_copied(&ex->rt, now);
	int r = ike_exchange_send_again(ike, ex, now);
	return r < 0 ? r : IKE_DROP_DUPLICATE;
}

static int input_exchange(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	struct ike_exchange *ex = ike_exchange_find(ike, sa, in->header.msgid);

	if (!ex)
		return in->header.exchange == ISAKMP_EXCHANGE_QUICK ? quick_respond(ike, sa, in)
								    : IKE_DROP_UNEXPECTED;
	enum retransmit_seen seen = retransmit_seen(&ex->rt, in->digest);
	if (seen != RETRANSMIT_NEW)
		return input_duplicate(ike, ex, seen, in->now);

	const struct transition *t = transition_find(ex->step, in->header.exchange);
	if (!t)
		return IKE_DROP_UNEXPECTED;
	int r = open_message(ike, ex, t->message, in);
	if (r != 0)
		return r;
	r = t->action(ike, ex, in);
	if (r != 0)
		return r;
	ike_enter(ike, ex, t->next, t->stage);
	return t->then ? t->then(ike, in->now) : 0;
}

static int digest(const struct ike *ike, struct incoming *in)
{
	return ike->crypto.hash(ike->crypto.userdata, IKE_HASH_SHA256, &in->raw, 1, in->digest);
}

static int input_whole(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	int r = digest(ike, in);

	if (r < 0)
		return r;
	switch (in->header.exchange) {
	case ISAKMP_EXCHANGE_MAIN:
		return in->header.msgid == 0 ? input_exchange(ike, sa, in) : IKE_DROP_MALFORMED;
	case ISAKMP_EXCHANGE_QUICK:
		return in->header.msgid != 0 ? input_exchange(ike, sa, in) : IKE_DROP_MALFORMED;
	case ISAKMP_EXCHANGE_INFO:
		return info_input(ike, sa, in);
	case ISAKMP_EXCHANGE_TRANSACTION:
		return transaction_input(ike, sa, in);
	}
	return IKE_DROP_UNEXPECTED;
}

/*
 * A piece of a message. The last one that is missing puts the whole in the place of the piece; it
 * has to be of the SA whose cookies its pieces had, and not a piece again.
 */
static int input_piece(struct ike *ike, struct ike_sa *sa, struct incoming *in)
{
	struct payload_fragment piece;
	struct isakmp_header whole;
	size_t len;
	int r = incoming_parse(in);

	if (r != 0)
		return r;
	if (in->list.n != 1)
		return IKE_DROP_PAYLOADS;
	r = payload_fragment_parse(incoming_body(in, ISAKMP_PAYLOAD_FRAGMENT, 0), &piece);
	if (r != 0)
		return r;
	r = fragments_add(&sa->fragments, &piece, in->now, in->whole, &len);
	if (r != 0 || len == 0)
		return r;

	in->raw = (struct chunk){ in->whole, len };
	r = isakmp_header_parse(in->raw, &whole);
	if (r != 0)
		return r;
	if (memcmp(whole.cookie_i, in->header.cookie_i, ISAKMP_COOKIE_LEN) != 0 ||
	    memcmp(whole.cookie_r, in->header.cookie_r, ISAKMP_COOKIE_LEN) != 0)
		return IKE_DROP_COOKIE;
	if (whole.next == ISAKMP_PAYLOAD_FRAGMENT)
		return IKE_DROP_MALFORMED;
	in->header = whole;
	return input_whole(ike, sa, in);
}

/* Message 1 of a main mode, which has no cookie of the responder's. */
static bool begins_main(const struct isakmp_header *header)
{
	static const uint8_t unset[ISAKMP_COOKIE_LEN];

	return header->exchange == ISAKMP_EXCHANGE_MAIN &&
	       memcmp(header->cookie_r, unset, sizeof(unset)) == 0;
}

/*
 * It may be a duplicate of one that was answered, and nothing else: message 3 has our cookie, which
 * shows that its sender gets what goes to the gateway's address.
 */
static int input_first(struct ike *ike, struct incoming *in)
{
	struct ike_sa *sa = main_begun(ike, in->header.cookie_i);
	struct ike_exchange *ex = sa ? ike_exchange_find(ike, sa, 0) : NULL;
	int r = digest(ike, in);

	if (r < 0)
		return r;
	if (!ex)
		return main_respond(ike, in);
	enum retransmit_seen seen = retransmit_seen(&ex->rt, in->digest);
	return seen == RETRANSMIT_NEW ? IKE_DROP_COOKIE : input_duplicate(ike, ex, seen, in->now);
}

/* The gateway's word that a phase 1 is no more. */
static int follow_deleted(struct ike *ike, nsec_t now)
{
	struct ike_sa *sa = ike->deleted;

	ike->deleted = NULL;
	if (!sa)
		return 0;
	if (ike->stats.stage == IKE_STAGE_CHILD_UP)
		return rekey_sa_gone(ike, sa, now);
	sa->up = false; /* there is nothing to delete any more */
	ike_fail(ike, IKE_FAILURE_DELETED, 0, now);
	return 0;
}

static int input_message(struct ike *ike, struct incoming *in)
{
	struct ike_sa *sa = sa_find(ike, &in->header);

	if (!sa && begins_main(&in->header))
		return input_first(ike, in);
	if (!sa)
		return IKE_DROP_COOKIE;
	/* Anybody can send us anything; who knows our cookie has at least seen what we sent. */
	ike->stats.heard++;
	int r = in->header.next == ISAKMP_PAYLOAD_FRAGMENT ? input_piece(ike, sa, in)
							   : input_whole(ike, sa, in);
	int followed = r < 0 ? 0 : follow_deleted(ike, in->now);
	if (followed < 0)
		return followed;
	if (r > 0)
		ike->stats.last_drop = (enum ike_drop)r;
	return r;
}

/* The ISAKMP message in a datagram. Return: 0; IKE_DROP_KEEPALIVE; MALFORMED; LIMIT. */
static int strip(const uint8_t *data, size_t len, struct incoming *in)
{
	static const uint8_t marker[ISAKMP_MARKER_LEN];
	struct cursor c = cursor_init(data, len);

	if (len == 1 && cursor_u8(&c) == ISAKMP_KEEPALIVE)
		return IKE_DROP_KEEPALIVE;
	if (len > IKE_DATAGRAM_MAX)
		return IKE_DROP_LIMIT;
	in->natt = len > sizeof(marker) && memcmp(data, marker, sizeof(marker)) == 0;
	if (in->natt)
		(void)cursor_bytes(&c, sizeof(marker));
	in->raw = cursor_rest(&c);
	return isakmp_header_parse(in->raw, &in->header);
}

int ike_input(struct ike *ike, const struct endpoint *from, const uint8_t *data, size_t len,
	      nsec_t now)
{
	struct incoming in;

	in.from = *from;
	in.now = now;
	ike->stats.received++;
	int r = strip(data, len, &in);
	if (r == 0)
		r = ike->over ? IKE_DROP_UNEXPECTED : input_message(ike, &in);
	explicit_bzero(in.plain, sizeof(in.plain));
	ike->stats.dropped += r > 0;
	if (r < 0 && !ike->over)
		ike_fail(ike, IKE_FAILURE_INTERNAL, 0, now);
	return r;
}

nsec_t ike_deadline(const struct ike *ike)
{
	nsec_t deadline = nsec_min(ike->keepalive, rekey_deadline(ike));

	if (ike->over)
		return NSEC_NEVER;
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (ike->exchanges[i].step != IKE_STEP_FREE)
			deadline = nsec_min(deadline, retransmit_deadline(&ike->exchanges[i].rt));
	return deadline;
}

/* Until the first SA stands somebody waits, and the pauses stay short. */
static nsec_t longest_pause(const struct ike *ike)
{
	if (ike->hurry && ike->hurried == ike->stats.stage)
		return ike->hurry;
	if (ike->config.repeat_longest)
		return ike->config.repeat_longest;
	return ike->stats.stage < IKE_STAGE_CHILD_UP ? BACKOFF_CLOSE : 0;
}

static int repeat(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	uint8_t jitter;
	int r = ike_random(ike, &jitter, sizeof(jitter));

	if (r < 0)
		return r;
	retransmit_again(&ex->rt, now, jitter, longest_pause(ike));
	main_repeated(ex);
	r = ike_exchange_send_again(ike, ex, now);
	return r < 0 ? r : rekey_main_silent(ike, ex, now);
}

int ike_timeout(struct ike *ike, nsec_t now)
{
	static const uint8_t keepalive[] = { ISAKMP_KEEPALIVE };

	if (ike->over)
		return 0;
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];
		if (ex->step == IKE_STEP_FREE || retransmit_deadline(&ex->rt) > now)
			continue;
		int r = repeat(ike, ex, now);
		if (r < 0)
			return r;
	}
	if (ike->keepalive <= now)
		ike_queue(ike, true, keepalive, sizeof(keepalive), now);
	return rekey_timeout(ike, now);
}

int ike_close(struct ike *ike, nsec_t now)
{
	bool told = ike->sa && ike->sa->up;
	int result = 0;

	if (ike->over)
		return 0;
	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++) {
		struct ike_pair *pair = &ike->pairs[i];
		if (pair->spi_in == 0)
			continue;
		int r = told ? inform_delete_pair(ike, ike->sa, pair->spi_in, now) : 0;
		result = result != 0 ? result : r;
		ike_emit_child_down(ike, pair, false);
		*pair = (struct ike_pair){ .spi_in = 0 };
	}
	if (told) {
		int r = inform_delete_sa(ike, ike->sa, now);
		result = result != 0 ? result : r;
	}
	ike_finish(ike);
	return result;
}

int ike_rekey(struct ike *ike, nsec_t now)
{
	struct ike_pair *head = pair_head(ike);

	if (ike->over || !head)
		return -ENOENT;
	if (ike_exchange_quick(ike))
		return 0;
	head->renew = now;
	return rekey_timeout(ike, now);
}

void ike_hurry(struct ike *ike, nsec_t pause, nsec_t now)
{
	ike->hurry = pause;
	ike->hurried = ike->stats.stage;
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (ike->exchanges[i].rt.waiting)
			ike->exchanges[i].rt.next = nsec_min(ike->exchanges[i].rt.next, now);
}

int ike_repeat_last(struct ike *ike, nsec_t now)
{
	struct ike_exchange *newest = NULL;

	for (size_t i = 0; i < IKE_EXCHANGES_MAX && !ike->over; i++) {
		struct ike_exchange *ex = &ike->exchanges[i];

		if (ex->step == IKE_STEP_QM_DONE && (!newest || ex->since > newest->since))
			newest = ex;
	}
	if (!newest || !retransmit_wanted(&newest->rt, now))
		return 0;
	newest->rt.sent = now;
	return ike_exchange_send_again(ike, newest, now);
}

int ike_expired(struct ike *ike, uint32_t spi, nsec_t now)
{
	struct ike_pair *pair = ike->over ? NULL : pair_find(ike, spi, 0);

	if (!pair)
		pair = ike->over ? NULL : pair_find(ike, 0, spi);
	if (!pair)
		return -ENOENT;
	int r = ike->sa && ike->sa->up && !pair->told
			? inform_delete_pair(ike, ike->sa, pair->spi_in, now)
			: 0;
	pair_gone(ike, pair, false, now);
	return r < 0 ? r : rekey_timeout(ike, now);
}

int ike_probe(struct ike *ike, nsec_t now)
{
	if (ike->over || !ike->sa || !ike->sa->up || !ike->sa->dpd)
		return -EOPNOTSUPP;
	return inform_probe(ike, ike->sa, now);
}

void ike_get_stats(const struct ike *ike, struct ike_stats *ret)
{
	*ret = ike->stats;
}
