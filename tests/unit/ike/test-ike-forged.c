/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hundred thousand deletes and notifies from somebody who knows the cookies and sees every datagram
 * but has no key: nothing may come of them but hints. Then a true delete, which is obeyed. What he saw
 * he sends again, whenever he likes: the gateway's messages, and ours back to us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-peer.h"
#include "ike/proposal.h"
#include "ike/slots.h"
#include "lib/cursor.h"
#include "tests/unit/between.h"

#define FORGERIES    25000 /* in each of four states */
#define FORGED_KINDS 11

struct run {
	struct ike_config config;
	struct ike *ike;
	struct peer peer;
	nsec_t now;
	struct ike_datagram last;
};

static enum ike_stage stage(const struct run *run)
{
	struct ike_stats stats;

	ike_get_stats(run->ike, &stats);
	return stats.stage;
}

static int feed(struct run *run)
{
	struct endpoint from = run->config.remote;

	return ike_input(run->ike, &from, run->peer.reply, run->peer.reply_len, run->now);
}

/* Empties the queues. Return: how many events came that aren't hints, and datagrams. */
static unsigned int drain(struct run *run)
{
	struct ike_event event;
	struct ike_datagram d;
	unsigned int n = 0;

	while (ike_next_event(run->ike, &event)) {
		n += event.type != IKE_EVENT_NOTIFY || event.u.notify.authenticated;
		ike_event_clear(&event);
	}
	while (ike_next_datagram(run->ike, &d)) {
		run->last = d;
		n++;
	}
	return n;
}

/* Answers until the engine is in this stage. */
static void reach(struct run *run, enum ike_stage until)
{
	while (stage(run) < until) {
		switch ((int)stage(run)) {
		case IKE_STAGE_MM1_SENT:
			peer_mm2(&run->peer, &run->last);
			break;
		case IKE_STAGE_MM3_SENT:
			peer_mm4(&run->peer, &run->last);
			break;
		case IKE_STAGE_MM5_SENT:
			assert_true(peer_mm6(&run->peer, &run->last));
			break;
		default:
			assert_true(peer_qm2(&run->peer, &run->last));
			break;
		}
		assert_int_equal(feed(run), 0);
		assert_true(drain(run) > 0);
	}
}

static struct run *run_new(void)
{
	struct run *run = calloc(1, sizeof(*run));
	struct secret psk;

	assert_non_null(run);
	assert_int_equal(secret_set(&psk, "a key", 5), 0);
	run->config = (struct ike_config){
		.local = { AF_INET, { 10, 1, 2, 3 }, 500 },
		.local_natt_port = 4500,
		.remote = { AF_INET, { 203, 0, 113, 7 }, 500 },
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.psk = &psk,
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_ECP256 } },
		.n_proposals = 1,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
	};
	run->now = 1000 * NSEC_PER_SEC;
	peer_init(&run->peer, &run->config, &crypto_openssl);
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	assert_int_equal(ike_start(run->ike, run->now), 0);
	assert_int_equal(drain(run), 2); /* the stage and message 1 */
	return run;
}

static void run_free(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(&run->peer);
	free(run);
}

static struct chunk cookie_spi(const struct run *run, uint8_t ret[static ISAKMP_COOKIE_SPI])
{
	memcpy(ret, run->peer.sa.cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(ret + ISAKMP_COOKIE_LEN, run->peer.sa.cookie_r, ISAKMP_COOKIE_LEN);
	return (struct chunk){ ret, ISAKMP_COOKIE_SPI };
}

/* Deletes of both phases and errors by turns. */
static struct chunk tempting_body(const struct run *run, unsigned int i, uint8_t *ret_type)
{
	static const uint16_t errors[] = { 14, 24, 16, 18, 23, 9, 11, 30 };
	static uint8_t spi[ISAKMP_COOKIE_SPI];
	const uint32_t out = run->peer.spi_in;
	const uint8_t pair[] = { (uint8_t)(out >> 24), (uint8_t)(out >> 16), (uint8_t)(out >> 8),
				 (uint8_t)out };

	*ret_type = i % 3 == 2 ? ISAKMP_PAYLOAD_NOTIFY : ISAKMP_PAYLOAD_DELETE;
	if (i % 3 == 0)
		return peer_delete(ISAKMP_PROTOCOL_ISAKMP, cookie_spi(run, spi));
	if (i % 3 == 1)
		return peer_delete(ISAKMP_PROTOCOL_ESP, (struct chunk){ pair, sizeof(pair) });
	return peer_notify(errors[i / 3 % ARRAY_SIZE(errors)], (struct chunk){ NULL, 0 },
			   (struct chunk){ NULL, 0 });
}

/* One forgery of the kind into the peer's reply. */
static void forge(struct run *run, unsigned int i)
{
	struct peer *p = &run->peer;
	const size_t skip = p->sa.floated ? ISAKMP_MARKER_LEN : 0;
	uint8_t type, *text = p->reply + skip;
	struct chunk body = tempting_body(run, i, &type);
	unsigned int kind = i % FORGED_KINDS;

	if (kind == 0 || p->sa.cipher_key.len == 0) {
		peer_send_clear(p, type, body);
		return;
	}
	p->bad_hash = kind == 1;
	peer_send_info(p, 0x10000 + i, type, body);
	p->bad_hash = false;
	switch (kind) {
	case 2: /* another message ID in the header than in the hash */
		text[23] ^= 1;
		break;
	case 3: /* the last block changed */
		p->reply[p->reply_len - 1] ^= 1;
		break;
	case 4: /* the first one */
		text[ISAKMP_HEADER_LEN] ^= 0x80;
		break;
	case 5: /* not encrypted, it says */
		text[19] = 0;
		break;
	case 6: /* quick mode, it says */
		text[18] = ISAKMP_EXCHANGE_QUICK;
		break;
	case 7: /* main mode, it says */
		text[18] = ISAKMP_EXCHANGE_MAIN;
		break;
	case 8: /* another SA's */
		text[ISAKMP_COOKIE_LEN] ^= 1;
		break;
	case 9: /* a block too short */
		p->reply_len -= 16;
		text[27] = (uint8_t)(text[27] - 16);
		text[26] = (uint8_t)(text[26] - (text[27] >= 240));
		break;
	case 10: /* in clear what says that it is encrypted */
		peer_send_clear(p, type, body);
		text[19] = ISAKMP_FLAG_ENCRYPTED;
		break;
	}
}

/* All that the engine knows, without what it counts. */
struct memory {
	struct ike_sa sas[IKE_SAS_MAX];
	struct ike_exchange exchanges[IKE_EXCHANGES_MAX];
	struct ike_pair pairs[IKE_CHILDREN_MAX];
	nsec_t deadline, last_authenticated, keepalive;
	const struct ike_sa *sa;
	enum ike_stage stage;
	bool over;
};

static void remember(const struct run *run, struct memory *ret)
{
	const struct ike *ike = run->ike;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->sas, ike->sas, sizeof(ret->sas));
	memcpy(ret->exchanges, ike->exchanges, sizeof(ret->exchanges));
	memcpy(ret->pairs, ike->pairs, sizeof(ret->pairs));
	ret->deadline = ike_deadline(ike);
	ret->last_authenticated = ike->stats.last_authenticated;
	ret->keepalive = ike->keepalive;
	ret->sa = ike->sa;
	ret->stage = ike->stats.stage;
	ret->over = ike->over;
}

static void assert_unchanged(const struct run *run, const struct memory *before)
{
	static struct memory after;

	remember(run, &after);
	assert_memory_equal(&after, before, sizeof(after));
}

static void flood(struct run *run)
{
	static struct memory before;

	remember(run, &before);
	for (unsigned int i = 0; i < FORGERIES; i++) {
		forge(run, i);
		assert_true(feed(run) > 0);
		assert_int_equal(drain(run), 0);
		assert_int_equal(stage(run), before.stage);
		if (i % 500 < FORGED_KINDS)
			assert_unchanged(run, &before);
	}
	assert_unchanged(run, &before);
}

/* A true word again and again: it counted once. */
static void replay(struct run *run)
{
	static struct memory before;
	const uint8_t nobody[] = { 0xab, 0xab, 0xab, 0xab };

	peer_send_info(&run->peer, 7, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(ISAKMP_PROTOCOL_ESP, (struct chunk){ nobody, sizeof(nobody) }));
	assert_int_equal(feed(run), 0);
	assert_int_equal(drain(run), 0);
	remember(run, &before);
	for (unsigned int i = 0; i < FORGERIES; i++) {
		assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
		assert_int_equal(drain(run), 0);
	}
	assert_unchanged(run, &before);
}

static void test_forged(void **state)
{
	static const enum ike_stage stages[] = { IKE_STAGE_MM3_SENT, IKE_STAGE_QM1_SENT,
						 IKE_STAGE_CHILD_UP };
	uint8_t spi[ISAKMP_COOKIE_SPI];

	(void)state;
	struct run *run = run_new();
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		struct ike_datagram last;
		reach(run, stages[i]);
		last = run->last;
		flood(run);
		run->last = last;
	}
	replay(run);

	/* The legitimate twin. */
	peer_send_info(&run->peer, 0x70000001, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(ISAKMP_PROTOCOL_ISAKMP, cookie_spi(run, spi)));
	assert_int_equal(feed(run), 0);
	assert_true(drain(run) > 0);
	assert_true(!run->ike->sa || run->ike->over || run->ike->sa->cookie_i[0] != spi[0]);
	run_free(run);
}

/* Message 1 of a main mode from the gateway's address, or with VALUE message 3. */
static int send_main(struct run *run, const uint8_t *cookie_r, const uint8_t *value)
{
	static const uint8_t nonce[16] = { 1 };
	struct ike_sa sa = { .cookie_i = { 0xbe, 0xef, 1, 2, 3, 4, 5, 6 } };
	struct outgoing out;

	if (cookie_r)
		memcpy(sa.cookie_r, cookie_r, sizeof(sa.cookie_r));
	outgoing_init(&out, &sa, ISAKMP_EXCHANGE_MAIN, 0);
	if (!value) {
		uint8_t offer[512];
		struct builder b = builder_init(offer, sizeof(offer));
		proposal_build_phase1(&b, &run->config);
		payload_add(&out.chain, ISAKMP_PAYLOAD_SA, offer, builder_len(&b));
	} else {
		payload_add(&out.chain, ISAKMP_PAYLOAD_KE, value, 64);
		payload_add(&out.chain, ISAKMP_PAYLOAD_NONCE, nonce, sizeof(nonce));
	}
	assert_int_equal(outgoing_finish(&out), 0);
	return ike_input(run->ike, &run->config.remote, out.data, builder_len(&out.b), run->now);
}

/*
 * Whoever forges the gateway's address doesn't see the cookie that goes there, and so gets no further
 * than message 1. One who sees it does.
 */
static void test_main_mode_unseen(void **state)
{
	uint8_t value[ISAKMP_KE_MAX], cookie_r[ISAKMP_COOKIE_LEN];
	void *dh;
	size_t len;

	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(crypto_openssl.dh_generate(NULL, IKE_GROUP_ECP256, &dh, value, &len), 0);
	crypto_openssl.dh_free(NULL, dh);
	assert_int_equal(len, 64);

	assert_int_equal(send_main(run, NULL, NULL), 0);
	assert_int_equal(drain(run), 1);
	memcpy(cookie_r, run->last.data + ISAKMP_COOKIE_LEN, sizeof(cookie_r));
	assert_int_equal(send_main(run, NULL, value), IKE_DROP_COOKIE);
	assert_int_equal(drain(run), 0);
	run->now += NSEC_PER_SEC; /* our answer may have been lost */
	assert_int_equal(send_main(run, NULL, NULL), IKE_DROP_DUPLICATE);
	assert_int_equal(drain(run), 1);
	assert_int_equal(send_main(run, cookie_r, value), 0);
	assert_int_equal(drain(run), 1);
	run_free(run);
}

/* The peer's message with two more blocks, which are its last ones once more, is refused. */
static void feed_longer(struct run *run)
{
	static struct memory before;
	struct peer *p = &run->peer;
	uint8_t *length =
		p->reply + (p->sa.floated ? ISAKMP_MARKER_LEN : 0) + ISAKMP_HEADER_LEN - 4;
	const size_t more = (size_t)2 * KEYMAT_BLOCK_MAX, len = p->reply_len;
	uint32_t value = (uint32_t)(len - (p->sa.floated ? ISAKMP_MARKER_LEN : 0));

	remember(run, &before);
	memcpy(p->reply + len, p->reply + len - more, more);
	p->reply_len += more;
	length[2] = (uint8_t)((value + more) >> 8);
	length[3] = (uint8_t)(value + more);
	assert_int_equal(feed(run), IKE_DROP_MALFORMED);
	assert_unchanged(run, &before);
	p->reply_len = len;
	length[2] = (uint8_t)(value >> 8);
	length[3] = (uint8_t)value;
}

/* No hash covers what follows the payloads, and the next IV is the last block. */
static void test_longer(void **state)
{
	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_MM5_SENT);
	assert_true(peer_mm6(&run->peer, &run->last));
	feed_longer(run);
	assert_int_equal(feed(run), 0);
	assert_true(drain(run) > 0);
	assert_true(peer_qm2(&run->peer, &run->last));
	feed_longer(run);
	assert_int_equal(feed(run), 0);
	assert_true(drain(run) > 0);
	assert_true(peer_qm3(&run->peer, &run->last));
	run_free(run);
}

/* Whether a message 1 is among what is to be sent; the newest of those stays the last. */
static bool drain_begins(struct run *run)
{
	static const uint8_t unset[ISAKMP_COOKIE_LEN];
	struct ike_event event;
	struct ike_datagram d;
	bool found = false;

	while (ike_next_event(run->ike, &event))
		ike_event_clear(&event);
	while (ike_next_datagram(run->ike, &d)) {
		if (d.len < ISAKMP_HEADER_LEN ||
		    memcmp(d.data + ISAKMP_COOKIE_LEN, unset, sizeof(unset)) != 0)
			continue;
		run->last = d;
		found = true;
	}
	return found;
}

/* For five minutes every main mode of ours gets a forged message 2. Return: how many there were. */
static unsigned int mislead(struct run *run)
{
	const struct ike_sa *sa = run->ike->sa;
	const nsec_t end = run->now + 300 * NSEC_PER_SEC;
	unsigned int n = 0;

	while (run->now < end) {
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		while (drain_begins(run)) {
			n++;
			peer_mm2(&run->peer, &run->last);
			assert_int_equal(feed(run), 0);
		}
		assert_ptr_equal(run->ike->sa, sa);
		run->now = ike_deadline(run->ike);
	}
	return n;
}

/*
 * Forged answers to the main modes that renew phase 1, or replace one that the gateway deleted: those
 * lead nowhere, and others follow.
 */
static void test_renewal_misled(void **state)
{
	uint8_t spi[ISAKMP_COOKIE_SPI];

	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);
	run->now = run->ike->sa->renew;
	assert_true(mislead(run) > 5);
	run_free(run);

	run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);
	peer_send_info(&run->peer, 7, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(ISAKMP_PROTOCOL_ISAKMP, cookie_spi(run, spi)));
	assert_int_equal(feed(run), 0);
	assert_null(run->ike->sa);
	assert_true(mislead(run) > 5);
	run_free(run);
}

static nsec_t last_life(const struct run *run)
{
	struct ike_stats stats;

	ike_get_stats(run->ike, &stats);
	return stats.last_authenticated;
}

/* It comes as the gateway's, a second later, and nothing follows. */
static void feed_in_vain(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->config.remote;
	nsec_t before = last_life(run);

	run->now += NSEC_PER_SEC;
	assert_true(ike_input(run->ike, &from, data, len, run->now) > 0);
	assert_int_equal(last_life(run), before);
	assert_int_equal(drain(run), 0);
}

static void reflect(struct run *run, const struct ike_datagram *d)
{
	feed_in_vain(run, d->data, d->len);
}

/* A message of dead peer detection by the gateway. */
static void peer_dpd(struct run *run, uint32_t msgid, uint16_t type, uint32_t sequence)
{
	uint8_t spi[ISAKMP_COOKIE_SPI];
	const uint8_t number[] = { (uint8_t)(sequence >> 24), (uint8_t)(sequence >> 16),
				   (uint8_t)(sequence >> 8), (uint8_t)sequence };

	peer_send_info(&run->peer, msgid, ISAKMP_PAYLOAD_NOTIFY,
		       peer_notify(type, cookie_spi(run, spi),
				   (struct chunk){ number, sizeof(number) }));
}

/* The number in a question of ours. */
static uint32_t question(struct run *run)
{
	static struct incoming in;
	struct payload_notify n;

	assert_int_equal(ike_probe(run->ike, run->now), 0);
	assert_int_equal(drain(run), 1);
	assert_true(peer_info(&run->peer, &run->last, &in));
	assert_int_equal(payload_notify_parse(incoming_body(&in, ISAKMP_PAYLOAD_NOTIFY, 0), &n), 0);
	struct cursor c = cursor_init(n.data.data, n.data.len);
	return cursor_u32(&c);
}

/* Both sides have the same keys, so that all of our messages have a hash that is right. */
static void test_reflected(void **state)
{
	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);

	struct ike_datagram first, d;
	uint32_t number = question(run);
	first = run->last;
	reflect(run, &first);
	peer_dpd(run, 1, ISAKMP_NOTIFY_R_U_THERE, number + 7);
	assert_int_equal(feed(run), 0);
	assert_int_equal(drain(run), 1);
	d = run->last; /* our acknowledgement */
	reflect(run, &d);
	for (unsigned int i = 0; i < 200; i++)
		(void)question(run);
	reflect(run, &first);

	/* A quick mode of ours, while it lasts and after it. */
	assert_int_equal(ike_rekey(run->ike, run->now), 0);
	assert_int_equal(drain(run), 1);
	first = run->last;
	reflect(run, &first);
	run->last = first;
	assert_true(peer_qm2(&run->peer, &run->last));
	assert_int_equal(feed(run), 0);
	assert_true(drain(run) > 0);
	for (size_t i = 0; i < IKE_EXCHANGES_MAX; i++)
		if (run->ike->exchanges[i].step == IKE_STEP_QM_DONE)
			ike_exchange_clear(run->ike, &run->ike->exchanges[i]);
	reflect(run, &first);
	run_free(run);
}

/* Who passes our own main mode back to us must not have us connected with ourselves. */
static void test_main_mode_reflected(void **state)
{
	struct run *run = run_new();

	(void)state;
	reach(run, IKE_STAGE_CHILD_UP);
	run->now = run->ike->sa->renew;
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	assert_true(drain_begins(run));
	struct ike_datagram d = run->last;
	peer_mm2(&run->peer, &d);
	assert_int_equal(feed(run), 0);
	assert_true(drain(run) > 0);
	feed_in_vain(run, d.data, d.len);
	run_free(run);
}

/* Old words stay old, however many others came since. */
static void test_replayed_late(void **state)
{
	static struct peer old;
	const uint8_t nobody[] = { 0xab, 0xab, 0xab, 0xab };

	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);
	peer_dpd(run, 1, ISAKMP_NOTIFY_R_U_THERE, 1000);
	assert_int_equal(feed(run), 0);
	assert_int_equal(drain(run), 1);
	old = run->peer;
	for (uint32_t i = 0; i < 500; i++) {
		run->now += NSEC_PER_SEC;
		if (i % 2)
			peer_dpd(run, 2 + i, ISAKMP_NOTIFY_R_U_THERE, 1001 + i);
		else
			peer_send_info(&run->peer, 2 + i, ISAKMP_PAYLOAD_DELETE,
				       peer_delete(ISAKMP_PROTOCOL_ESP,
						   (struct chunk){ nobody, sizeof(nobody) }));
		assert_int_equal(feed(run), 0);
		assert_int_equal(last_life(run), run->now);
		(void)drain(run);
	}
	feed_in_vain(run, old.reply, old.reply_len);

	/* The last question may be one whose answer was lost: it has it once more, but not at any pace. */
	run->now += NSEC_PER_SEC;
	nsec_t before = last_life(run);
	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
		assert_int_equal(drain(run), i == 0);
	}
	assert_int_equal(last_life(run), before);

	/* Nor for ever: who replays it would use up the message IDs, and make us renew phase 1. */
	unsigned int answers = 0;
	for (unsigned int i = 0; i < 1000; i++) {
		run->now += NSEC_PER_SEC / 2;
		assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
		answers += drain(run) > 0;
	}
	assert_between(answers, 1, 10);
	run_free(run);
}

/* RFC 3706 6.2 and 7: the numbers of questions grow, and an answer has that of an open question. */
static void test_dpd_numbers(void **state)
{
	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);

	uint32_t number = question(run);
	nsec_t before = last_life(run);
	run->now += NSEC_PER_SEC;
	peer_dpd(run, 1, ISAKMP_NOTIFY_R_U_THERE_ACK, number + 1);
	assert_int_equal(feed(run), IKE_DROP_UNEXPECTED);
	assert_int_equal(last_life(run), before);
	peer_dpd(run, 2, ISAKMP_NOTIFY_R_U_THERE_ACK, number);
	assert_int_equal(feed(run), 0);
	assert_int_equal(last_life(run), run->now);
	before = run->now;
	run->now += NSEC_PER_SEC;
	peer_dpd(run, 3, ISAKMP_NOTIFY_R_U_THERE_ACK, number);
	assert_int_equal(feed(run), IKE_DROP_UNEXPECTED);
	assert_int_equal(last_life(run), before);

	/* Across the end of 32 bits; one below is answered and proves nothing. */
	static const struct {
		uint32_t number;
		bool counts;
	} questions[] = { { 0xfffffffe, true }, { 0xffffffff, true },  { 0, true },
			  { 0, false },		{ 0xffffffff, false }, { 1, true } };
	for (uint32_t i = 0; i < ARRAY_SIZE(questions); i++) {
		run->now += NSEC_PER_SEC;
		peer_dpd(run, 10 + i, ISAKMP_NOTIFY_R_U_THERE, questions[i].number);
		assert_int_equal(feed(run), questions[i].counts ? 0 : IKE_DROP_UNEXPECTED);
		assert_int_equal(drain(run), 1);
		assert_int_equal(last_life(run) == run->now, questions[i].counts);
	}
	run_free(run);
}

/* Before there is no room for message IDs phase 1 is renewed; without room nothing is believed. */
static void test_message_ids_end(void **state)
{
	(void)state;
	struct run *run = run_new();
	reach(run, IKE_STAGE_CHILD_UP);
	uint32_t used = (uint32_t)run->ike->sa->n_msgids;
	for (uint32_t i = used; i < IKE_MSGIDS_MAX; i += 2) {
		assert_int_equal(i >= IKE_MSGIDS_SCARCE, ike_deadline(run->ike) <= run->now);
		peer_dpd(run, 1 + i, ISAKMP_NOTIFY_R_U_THERE, 1 + i);
		assert_int_equal(feed(run), 0);
		assert_int_equal(drain(run), 1);
	}
	peer_dpd(run, 0x70000000, ISAKMP_NOTIFY_R_U_THERE, 0x70000000);
	feed_in_vain(run, run->peer.reply, run->peer.reply_len);
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	assert_true(drain_begins(run));
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forged),		 cmocka_unit_test(test_longer),
		cmocka_unit_test(test_main_mode_unseen), cmocka_unit_test(test_renewal_misled),
		cmocka_unit_test(test_reflected),	 cmocka_unit_test(test_main_mode_reflected),
		cmocka_unit_test(test_replayed_late),	 cmocka_unit_test(test_dpd_numbers),
		cmocka_unit_test(test_message_ids_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
