/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine against a small gateway, message by message: the good way, and each wrong answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/crypto.h"
#include "ike-peer.h"
#include "tests/unit/between.h"

#define EVENTS_MAX 64

struct run {
	struct ike_config config;
	struct secret psk;
	struct ike *ike;
	struct peer peer;
	nsec_t now;
	struct ike_datagram d;
	size_t n_events;
	struct ike_event events[EVENTS_MAX];
};

static const struct endpoint client_address = { AF_INET, { 10, 1, 2, 3 }, 500 };
static const struct endpoint gateway_address = { AF_INET, { 203, 0, 113, 7 }, 500 };
static const struct endpoint napt_address = { AF_INET, { 198, 51, 100, 9 }, 61234 };
static const struct endpoint lan_address = { AF_INET, { 192, 168, 100, 1 }, 500 };

static struct run *run_new(void)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(secret_set(&run->psk, "a key", 5), 0);
	run->config = (struct ike_config){
		.local = client_address,
		.local_natt_port = 4500,
		.remote = gateway_address,
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.psk = &run->psk,
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
			       { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_ECP256 },
			       { IKE_ENCR_3DES_CBC, 0, IKE_HASH_MD5, IKE_GROUP_MODP1024 },
			       { IKE_ENCR_AES_CBC, 192, IKE_HASH_SHA384, IKE_GROUP_CURVE25519 } },
		.n_proposals = 4,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
			 { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, IKE_GROUP_NONE },
			 { IKE_ENCR_3DES_CBC, 0, IKE_HASH_SHA1, IKE_GROUP_NONE },
			 { IKE_ENCR_AES_GCM_16, 256, IKE_HASH_NONE, IKE_GROUP_NONE } },
		.n_esp = 4,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
		.phase2_life_kb = 250000,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
	run->now = 1000 * NSEC_PER_SEC;
	return run;
}

static void run_start(struct run *run)
{
	peer_init(&run->peer, &run->config, &crypto_openssl);
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
}

static void run_free(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(&run->peer);
	free(run);
}

static void take_events(struct run *run)
{
	while (run->n_events < EVENTS_MAX && ike_next_event(run->ike, &run->events[run->n_events]))
		run->n_events++;
}

/* The NTH event of the type since the last forget_events(), or NULL. */
static const struct ike_event *event(struct run *run, enum ike_event_type type, size_t nth)
{
	take_events(run);
	for (size_t i = 0; i < run->n_events; i++)
		if (run->events[i].type == type && nth-- == 0)
			return &run->events[i];
	return NULL;
}

static void forget_events(struct run *run)
{
	take_events(run);
	run->n_events = 0;
}

static void take(struct run *run)
{
	assert_true(ike_next_datagram(run->ike, &run->d));
}

static void take_none(struct run *run)
{
	struct ike_datagram d;

	assert_false(ike_next_datagram(run->ike, &d));
}

static int feed(struct run *run)
{
	struct endpoint from = run->config.remote;

	if (run->d.natt)
		from.port = run->config.remote_natt_port;
	run->now += 20 * NSEC_PER_MSEC;
	return ike_input(run->ike, &from, run->peer.reply, run->peer.reply_len, run->now);
}

static enum ike_stage stage(const struct run *run)
{
	struct ike_stats stats;

	ike_get_stats(run->ike, &stats);
	return stats.stage;
}

/* Goes on until the engine is in this stage, its last message taken from the queue. */
static void reach(struct run *run, enum ike_stage until)
{
	if (stage(run) == IKE_STAGE_IDLE) {
		assert_int_equal(ike_start(run->ike, run->now), 0);
		take(run);
	}
	if (stage(run) < until && stage(run) == IKE_STAGE_MM1_SENT) {
		peer_mm2(&run->peer, &run->d);
		assert_int_equal(feed(run), 0);
		take(run);
	}
	if (stage(run) < until && stage(run) == IKE_STAGE_MM3_SENT) {
		peer_mm4(&run->peer, &run->d);
		assert_int_equal(feed(run), 0);
		take(run);
	}
	if (stage(run) < until && stage(run) == IKE_STAGE_MM5_SENT) {
		assert_true(peer_mm6(&run->peer, &run->d));
		assert_int_equal(feed(run), 0);
		take(run);
	}
	if (stage(run) < until && stage(run) == IKE_STAGE_QM1_SENT) {
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(feed(run), 0);
		take(run);
	}
	take_none(run);
	assert_int_equal(stage(run), until);
}

static void assert_child(struct run *run, const struct ike_child *child)
{
	const struct ike_sa *sa = &run->peer.sa;
	const struct ike_esp_proposal *esp = &run->config.esp[run->peer.select];
	size_t encr_len = keymat_key_len(esp->encr, esp->key_bits);
	struct keymat_child material = { .protocol = 3,
					 .spi = run->peer.spi_in,
					 .ni_b = octets_chunk(&run->peer.qm_ni),
					 .nr_b = octets_chunk(&run->peer.qm_nr) };
	struct secret all;

	assert_int_equal(child->spi_out, run->peer.spi_in);
	assert_int_equal(child->spi_in, run->peer.spi_out);
	assert_true(child->spi_in >= 0x100);
	assert_int_equal(child->encr_out.len, encr_len);
	assert_int_equal(child->auth_out.len, keymat_hash_len(esp->auth));
	assert_int_equal(keymat_child(&crypto_openssl, sa->proposal.hash, &sa->keys.skeyid_d,
				      &material, encr_len + child->auth_out.len, &all),
			 0);
	assert_memory_equal(child->encr_out.data, all.data, encr_len);
	assert_memory_equal(child->auth_out.data, all.data + encr_len, child->auth_out.len);
	assert_memory_not_equal(child->encr_in.data, child->encr_out.data, encr_len);
	assert_int_equal(child->life_s, 3600);
	assert_int_equal(child->life_kb, 250000);
	assert_int_equal(child->l2tp_local_port, 40000);
}

static void test_direct(void **state)
{
	(void)state;
	for (size_t select = 0; select < 4; select++) {
		struct run *run = run_new();

		run_start(run);
		run->peer.select = select;
		reach(run, IKE_STAGE_CHILD_UP);
		assert_true(peer_qm3(&run->peer, &run->d));
		assert_false(run->d.natt);
		const struct ike_event *natt = event(run, IKE_EVENT_NATT, 0);
		assert_true(natt && natt->u.natt.supported);
		assert_false(natt->u.natt.local_nat || natt->u.natt.remote_nat);
		const struct ike_event *up = event(run, IKE_EVENT_PHASE1_UP, 0);
		assert_true(up && up->u.phase1.dpd);
		assert_int_equal(up->u.phase1.life_s, 28800);
		assert_int_equal(up->u.phase1.peer_id.type, IKE_ID_IPV4_ADDR);
		const struct ike_event *child = event(run, IKE_EVENT_CHILD_UP, 0);
		assert_non_null(child);
		assert_false(child->u.child.udp_encap);
		assert_child(run, &child->u.child);
		assert_null(event(run, IKE_EVENT_FAILED, 0));
		/* Nothing is due before the pair is to be renewed. */
		assert_true(ike_deadline(run->ike) >= run->now + 2700 * NSEC_PER_SEC);
		run_free(run);
	}
}

static struct run *run_natted(void)
{
	struct run *run = run_new();

	run_start(run);
	run->peer.seen = napt_address;
	run->peer.self = lan_address;
	return run;
}

static void test_natted(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.id_private = true;
	reach(run, IKE_STAGE_MM5_SENT);
	assert_true(run->d.natt);
	assert_int_equal(run->d.remote.port, 4500);
	assert_memory_equal(run->d.data, "\0\0\0\0", 4);
	reach(run, IKE_STAGE_CHILD_UP);
	assert_true(peer_qm3(&run->peer, &run->d));
	const struct ike_event *natt = event(run, IKE_EVENT_NATT, 0);
	assert_true(natt->u.natt.local_nat && natt->u.natt.remote_nat && !natt->u.natt.forced);
	assert_string_equal(natt->u.natt.variant, "RFC 3947");
	const struct ike_event *child = event(run, IKE_EVENT_CHILD_UP, 0);
	assert_true(child->u.child.udp_encap);
	assert_int_equal(child->u.child.remote.port, 4500);
	assert_child(run, &child->u.child);

	/* From now on a keepalive every 20 seconds, and nothing else. */
	nsec_t deadline = ike_deadline(run->ike);
	assert_int_equal(deadline, run->now + 20 * NSEC_PER_SEC);
	assert_int_equal(ike_timeout(run->ike, deadline - 1), 0);
	take_none(run);
	assert_int_equal(ike_timeout(run->ike, deadline), 0);
	take(run);
	assert_int_equal(run->d.len, 1);
	assert_int_equal(run->d.data[0], 0xff);
	assert_int_equal(ike_deadline(run->ike), deadline + 20 * NSEC_PER_SEC);
	assert_int_equal(ike_input(run->ike, &gateway_address, run->d.data, 1, run->now),
			 IKE_DROP_KEEPALIVE);
	run_free(run);
}

static void test_forced(void **state)
{
	(void)state;
	struct run *run = run_new();

	run->config.force_encaps = true;
	run_start(run);
	reach(run, IKE_STAGE_CHILD_UP);
	const struct ike_event *natt = event(run, IKE_EVENT_NATT, 0);
	assert_true(natt->u.natt.forced);
	assert_true(event(run, IKE_EVENT_CHILD_UP, 0)->u.child.udp_encap);
	run_free(run);

	/* Without NAT traversal there is no way to do what was asked for. */
	run = run_new();
	run->config.force_encaps = true;
	run_start(run);
	run->peer.no_natt = true;
	reach(run, IKE_STAGE_MM5_SENT);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_true(feed(run) > 0);
	assert_int_equal(event(run, IKE_EVENT_FAILED, 0)->u.failed.reason, IKE_FAILURE_NO_NATT);
	run_free(run);
}

static void test_no_natt(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.no_natt = true;
	reach(run, IKE_STAGE_CHILD_UP);
	assert_false(event(run, IKE_EVENT_NATT, 0)->u.natt.supported);
	assert_false(event(run, IKE_EVENT_CHILD_UP, 0)->u.child.udp_encap);
	run_free(run);
}

/* Message 1 has Windows' shape: the SA, then vendor IDs; its transforms in Windows' order. */
static void test_message_1(void **state)
{
	(void)state;
	static const uint8_t sa[] = {
		0, 0, 0, 1,    0,    0,	   0,  1,    0,	   0, 0, 0x7c, 1,    1,	 0, 3, /* SA,
											  proposal
											*/
		3, 0, 0, 0x28, 1,    1,	   0,  0,    0x80, 1, 0, 7,    0x80, 14, 1, 0, 0x80,
		2, 0, 4, 0x80, 4,    0,	   14, 0x80, 3,	   0, 1, 0x80, 11,   0,	 1, 0, 12,
		0, 4, 0, 0,    0x70, 0x80,
	};
	struct run *run = run_new();
	struct incoming in;

	run->config.n_proposals = 3;
	run_start(run);
	reach(run, IKE_STAGE_MM1_SENT);
	in.raw = (struct chunk){ run->d.data, run->d.len };
	assert_int_equal(isakmp_header_parse(in.raw, &in.header), 0);
	assert_int_equal(in.header.exchange, 2);
	assert_int_equal(in.header.flags, 0);
	assert_int_equal(in.header.msgid, 0);
	assert_memory_equal(in.header.cookie_r, "\0\0\0\0\0\0\0\0", 8);
	assert_int_equal(incoming_parse(&in), 0);
	struct chunk body = incoming_body(&in, ISAKMP_PAYLOAD_SA, 0);
	assert_true(body.len > sizeof(sa));
	assert_memory_equal(body.data, sa, sizeof(sa));
	assert_int_equal(in.list.list[0].type, ISAKMP_PAYLOAD_SA);
	assert_int_equal(in.list.list[1].type, ISAKMP_PAYLOAD_VENDOR);
	run_free(run);
}

static void test_retransmit(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_datagram first;
	struct ike_stats stats;
	nsec_t last = 0;

	run_start(run);
	reach(run, IKE_STAGE_MM1_SENT);
	first = run->d;
	for (unsigned int i = 0; i < 12; i++) {
		nsec_t deadline = ike_deadline(run->ike);
		assert_true(deadline - run->now > last / 2 &&
			    deadline - run->now <= 9 * NSEC_PER_SEC);
		last = deadline - run->now;
		assert_int_equal(ike_timeout(run->ike, deadline - 1), 0);
		take_none(run);
		run->now = deadline;
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		take(run);
		assert_int_equal(run->d.len, first.len);
		assert_memory_equal(run->d.data, first.data, first.len);
	}
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.retransmitted, 12);
	assert_int_equal(stats.sent, 13);
	assert_int_equal(stats.round_trip, 0);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	run_free(run);
}

/* The next pause, which is about NOMINAL; then the message goes out again. */
static void expect_pause(struct run *run, nsec_t nominal)
{
	nsec_t pause = ike_deadline(run->ike) - run->now;

	assert_between(pause, nominal * 9 / 10, nominal * 11 / 10);
	run->now += pause;
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	take(run);
}

/* Repetitions begin soon after a round trip once message 3 is answered, even if that was repeated. */
static void test_soon(void **state)
{
	(void)state;
	for (int lossy = 0; lossy <= 1; lossy++) {
		struct run *run = run_natted();

		reach(run, IKE_STAGE_MM3_SENT);
		if (lossy)
			expect_pause(run, 320 * NSEC_PER_MSEC);
		reach(run, IKE_STAGE_MM5_SENT);
		expect_pause(run, 140 * NSEC_PER_MSEC);
		expect_pause(run, 224 * NSEC_PER_MSEC);
		run_free(run);
	}
}

/* A gateway that takes longer than our pause answers each of our copies: nothing was lost, and it is known to be slow. */
static void test_echo(void **state)
{
	struct ike_stats stats;

	(void)state;
	struct run *run = run_natted();
	const nsec_t begun = run->now;
	reach(run, IKE_STAGE_MM1_SENT);
	run->now = ike_deadline(run->ike);
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	take(run);
	peer_mm2(&run->peer, &run->d);
	assert_int_equal(feed(run), 0);
	take(run);
	const nsec_t answered = run->now;
	ike_get_stats(run->ike, &stats);
	assert_true(stats.round_trip < 100 * NSEC_PER_MSEC); /* a guess */
	/* The answer to the copy: message 3 isn't sent for it, and the path's pace is known. */
	run->now += 250 * NSEC_PER_MSEC;
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take_none(run);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.echoes, 1);
	assert_int_equal(stats.retransmitted, 1);
	assert_true(stats.round_trip == answered - begun);
	/* Once more shows that message 3 was lost. */
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take(run);
	run_free(run);
}

/* What anybody can send who has seen nothing of ours says nothing of the gateway. */
static void test_rubbish_is_nobodys(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_stats stats;
	uint8_t data[64] = { 0 };

	reach(run, IKE_STAGE_MM1_SENT);
	for (size_t len = 0; len <= sizeof(data); len++) {
		memset(data, (int)len, sizeof(data));
		assert_true(ike_input(run->ike, &run->config.remote, data, len, run->now) > 0);
	}
	/* Somebody's main mode, and a refusal that has another cookie. */
	memset(data, 0, sizeof(data));
	memset(data, 0x77, 8);
	data[17] = 0x10;
	data[27] = 28;
	for (uint8_t exchange = 0; exchange < 8; exchange++) {
		data[18] = exchange;
		assert_true(ike_input(run->ike, &run->config.remote, data, 28, run->now) > 0);
	}
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 0);
	assert_int_equal(stats.last_drop, IKE_DROP_NONE);
	assert_int_equal(stats.dropped, stats.received);
	memcpy(data, run->d.data, 8);
	assert_true(ike_input(run->ike, &run->config.remote, data, 28, run->now) > 0);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 1);
	run_free(run);
}

/* A message 4 that comes again while 6 is waited for: no harm, and after a while our 5 again. */
static void test_duplicates(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_stats stats;
	struct ike_datagram five, three;

	reach(run, IKE_STAGE_MM5_SENT);
	five = run->d;
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take_none(run);
	run->now += RETRANSMIT_GUARD;
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take(run);
	assert_memory_equal(run->d.data, five.data, five.len);
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take_none(run);
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.heard, 5); /* and messages 2 and 4 themselves */
	assert_int_equal(stats.last_drop, IKE_DROP_DUPLICATE);
	assert_int_equal(stats.round_trip, 20 * NSEC_PER_MSEC);

	/* Message 6 again, after all is over, is answered by nothing. */
	reach(run, IKE_STAGE_QM1_SENT);
	struct ike_datagram qm1 = run->d;
	run->now += NSEC_PER_SEC;
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take_none(run);

	/* Quick mode's message 2 again shows that 3 was lost. */
	run->d = qm1;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	take(run);
	three = run->d;
	run->now += 60 * NSEC_PER_SEC;
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	take(run);
	assert_int_equal(run->d.len, three.len);
	assert_memory_equal(run->d.data, three.data, three.len);
	assert_non_null(event(run, IKE_EVENT_CHILD_UP, 0));
	assert_null(event(run, IKE_EVENT_CHILD_UP, 1));
	run_free(run);
}

/* Original addresses are for checksums that the kernel doesn't look at: none of them does harm. */
static void test_nat_oa(void **state)
{
	static const uint8_t address[] = { 1, 0, 0, 0, 192, 168, 100, 1 };
	static const uint8_t six[20] = { 5 };
	const struct chunk bodies[] = { { address, 8 }, { address, 7 }, { six, 20 }, { "", 0 } };

	(void)state;
	for (size_t n = 0; n <= 3; n++)
		for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
			struct run *run = run_natted();
			reach(run, IKE_STAGE_QM1_SENT);
			run->peer.n_nat_oa = n;
			run->peer.nat_oa = bodies[i];
			assert_true(peer_qm2(&run->peer, &run->d));
			assert_int_equal(feed(run), n <= 2 ? 0 : IKE_DROP_PAYLOADS);
			assert_int_equal(stage(run),
					 n <= 2 ? IKE_STAGE_CHILD_UP : IKE_STAGE_QM1_SENT);
			run_free(run);
		}
}

static int feed_octets(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->config.remote;

	return ike_input(run->ike, &from, data, len, run->now);
}

/* A piece of an answer in clear, with the answer's header; `next` of the piece's own header. */
static int feed_piece(struct run *run, struct chunk answer, uint8_t number, bool last,
		      struct chunk data, uint8_t next)
{
	const struct payload_fragment piece = {
		.id = 1, .number = number, .last = last, .data = data
	};
	uint8_t buf[IKE_DATAGRAM_MAX];
	struct builder b = builder_init(buf, sizeof(buf));
	struct isakmp_header header;

	assert_int_equal(isakmp_header_parse(answer, &header), 0);
	isakmp_header_build(&b, &header);
	struct payload_chain chain = payload_chain_init(&b, (size_t)2 * ISAKMP_COOKIE_LEN);
	size_t mark = payload_open(&chain, ISAKMP_PAYLOAD_FRAGMENT);
	payload_fragment_build(&b, &piece);
	payload_close(&chain, mark);
	if (next != 0)
		payload_add(&chain, next, "x", 1);
	isakmp_header_close(&b, 0);
	return feed_octets(run, buf, builder_len(&b));
}

/* Message 4 in two pieces, the second first; before it what must not be taken for one. */
static void test_pieces(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t text[600];

	reach(run, IKE_STAGE_MM3_SENT);
	peer_mm4(&run->peer, &run->d);
	struct chunk four = { run->peer.reply, run->peer.reply_len };
	const size_t half = four.len / 2;
	struct chunk head = { four.data, half };
	struct chunk tail = { run->peer.reply + half, four.len - half };

	assert_int_equal(feed_piece(run, four, 1, true, tail, ISAKMP_PAYLOAD_VENDOR),
			 IKE_DROP_PAYLOADS);
	assert_int_equal(feed_piece(run, four, 0, true, tail, 0), IKE_DROP_MALFORMED);
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ "", 0 }, 0),
			 IKE_DROP_MALFORMED);
	assert_int_equal(feed_piece(run, four, 1, true, head, 0), IKE_DROP_MALFORMED);

	/* A piece in a piece, and a message of another SA's in pieces of this one's. */
	assert_true(four.len < sizeof(text));
	memcpy(text, four.data, four.len);
	text[2 * ISAKMP_COOKIE_LEN] = ISAKMP_PAYLOAD_FRAGMENT;
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ text, four.len }, 0),
			 IKE_DROP_MALFORMED);
	memcpy(text, four.data, four.len);
	text[ISAKMP_COOKIE_LEN] ^= 1;
	assert_int_equal(feed_piece(run, four, 1, true, (struct chunk){ text, four.len }, 0),
			 IKE_DROP_COOKIE);
	assert_int_equal(feed_piece(run, (struct chunk){ text, four.len }, 1, true, four, 0),
			 IKE_DROP_COOKIE);
	assert_int_equal(stage(run), IKE_STAGE_MM3_SENT);
	take_none(run);

	assert_int_equal(feed_piece(run, four, 2, true, tail, 0), 0);
	assert_int_equal(stage(run), IKE_STAGE_MM3_SENT);
	assert_int_equal(feed_piece(run, four, 2, true, tail, 0), IKE_DROP_DUPLICATE);
	assert_int_equal(feed_piece(run, four, 1, false, head, 0), 0);
	assert_int_equal(stage(run), IKE_STAGE_MM5_SENT);
	take(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	run_free(run);
}

static void test_wrong_key(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct peer *peer = &run->peer;

	assert_int_equal(secret_set(&peer->env.psk, "another key", 11), 0);
	reach(run, IKE_STAGE_MM5_SENT);
	assert_false(peer_mm6(peer, &run->d));

	/* What such a gateway says, it says under keys that we don't have. */
	memcpy(peer->sa.last_block, peer->iv, sizeof(peer->sa.last_block));
	peer_send_info(peer, 9, ISAKMP_PAYLOAD_NOTIFY,
		       peer_notify(16, (struct chunk){ NULL, 0 }, (struct chunk){ NULL, 0 }));
	forget_events(run);
	assert_int_equal(feed(run), IKE_DROP_UNDECRYPTABLE);
	const struct ike_event *hint = event(run, IKE_EVENT_NOTIFY, 0);
	assert_true(hint && hint->u.notify.undecryptable && !hint->u.notify.authenticated);
	assert_int_equal(hint->u.notify.stage, IKE_STAGE_MM5_SENT);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	assert_int_equal(stage(run), IKE_STAGE_MM5_SENT);
	run_free(run);
}

/* The keys are right and HASH_R isn't: dropped, and the right message 6 still counts. */
static void test_bad_hash_r(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t iv[KEYMAT_BLOCK_MAX];

	reach(run, IKE_STAGE_MM5_SENT);
	struct ike_datagram five = run->d;
	memcpy(iv, run->peer.iv, sizeof(iv));
	run->peer.bad_hash = true;
	assert_true(peer_mm6(&run->peer, &five));
	assert_int_equal(feed(run), IKE_DROP_HASH);
	assert_int_equal(stage(run), IKE_STAGE_MM5_SENT);
	run->peer.bad_hash = false;
	memcpy(run->peer.iv, iv, sizeof(iv));
	assert_true(peer_mm6(&run->peer, &five));
	assert_int_equal(feed(run), 0);
	take(run);
	assert_int_equal(stage(run), IKE_STAGE_QM1_SENT);
	reach(run, IKE_STAGE_CHILD_UP);
	run_free(run);
}

static void test_identity(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->ike = ike_free(run->ike);
	run->config.remote_id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 3, .data = "gw1" };
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	reach(run, IKE_STAGE_MM5_SENT);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_int_equal(feed(run), IKE_DROP_ID);
	assert_int_equal(event(run, IKE_EVENT_FAILED, 0)->u.failed.reason, IKE_FAILURE_ID);
	assert_int_equal(stage(run), IKE_STAGE_CLOSED);
	/* The gateway learns of it. */
	struct incoming in;
	take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payloads_count(&in.list, ISAKMP_PAYLOAD_DELETE), 1);
	assert_int_equal(ike_deadline(run->ike), NSEC_NEVER);
	run_free(run);

	run = run_natted();
	run->ike = ike_free(run->ike);
	run->config.remote_id = (struct ike_id){ .type = IKE_ID_FQDN, .len = 3, .data = "gw1" };
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	run->peer.id = (struct payload_id){ .type = IKE_ID_FQDN, .data = { "gw1", 3 } };
	reach(run, IKE_STAGE_CHILD_UP);
	run_free(run);
}

struct selection_case {
	enum peer_selection selection;
	uint16_t type, value;
	int verdict;
};

/* Attributes: 1 cipher, 2 hash, 3 authentication, 4 group, 11 and 12 life, 14 key length. */
static const struct selection_case phase1_cases[] = {
	{ PEER_SELECT_OFFERED, 0, 0, 0 },
	{ PEER_SELECT_LIFE, 0, 300, 0 },
	{ PEER_SELECT_LIFE, 0, 28801, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_LIFE, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 1, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 1, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 4, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 64221, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 3, 65001, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 2, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 14, 128, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 14, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 11, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 13, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 1, 7, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 16384, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_MISSING, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_TWO, 0, 0, IKE_DROP_NOT_OFFERED },
};

static void test_selection_phase1(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(phase1_cases); i++) {
		const struct selection_case *c = &phase1_cases[i];
		struct run *run = run_natted();

		reach(run, IKE_STAGE_MM1_SENT);
		struct ike_datagram one = run->d;
		run->peer.selection = c->selection;
		run->peer.forged_type = c->type;
		run->peer.forged = c->value;
		peer_mm2(&run->peer, &one);
		assert_int_equal(feed(run), c->verdict);
		if (c->verdict != 0) {
			/* Anybody may have sent that: the right one still counts. */
			assert_null(event(run, IKE_EVENT_FAILED, 0));
			assert_int_equal(stage(run), IKE_STAGE_MM1_SENT);
			run->peer.selection = PEER_SELECT_OFFERED;
			peer_mm2(&run->peer, &one);
			assert_int_equal(feed(run), 0);
		}
		take(run);
		reach(run, IKE_STAGE_MM5_SENT);
		run_free(run);
	}
}

/* Attributes: 1 and 2 life, 3 group, 4 mode, 5 authentication, 6 key length. */
static const struct selection_case phase2_cases[] = {
	{ PEER_SELECT_OFFERED, 0, 0, 0 },
	{ PEER_SELECT_LIFE, 0, 600, 0 },
	{ PEER_SELECT_LIFE, 0, 3601, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 2, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 3, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 61443, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 4, 61444, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 5, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 5, 9, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 128, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_FORGED, 6, 192, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 3, 14, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_EXTRA, 10, 1, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_MISSING, 0, 0, IKE_DROP_NOT_OFFERED },
	{ PEER_SELECT_TWO, 0, 0, IKE_DROP_NOT_OFFERED },
};

/* Aggressive mode, or any other exchange, in answer to message 1: not a word more is said. */
static void test_other_exchange(void **state)
{
	(void)state;
	struct run *run = run_natted();

	reach(run, IKE_STAGE_MM1_SENT);
	peer_mm2(&run->peer, &run->d);
	for (unsigned int exchange = 0; exchange < 256; exchange++) {
		if (exchange == ISAKMP_EXCHANGE_MAIN)
			continue;
		run->peer.reply[18] = (uint8_t)exchange;
		assert_true(feed(run) > 0);
		take_none(run);
		assert_int_equal(stage(run), IKE_STAGE_MM1_SENT);
	}
	run->peer.reply[18] = ISAKMP_EXCHANGE_MAIN;
	assert_int_equal(feed(run), 0);
	take(run);
	reach(run, IKE_STAGE_MM5_SENT);
	run_free(run);
}

static void test_selection_phase2(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(phase2_cases); i++) {
		const struct selection_case *c = &phase2_cases[i];
		struct run *run = run_natted();

		reach(run, IKE_STAGE_QM1_SENT);
		run->peer.selection = c->selection;
		run->peer.forged_type = c->type;
		run->peer.forged = c->value;
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(feed(run), c->verdict);
		const struct ike_event *failed = event(run, IKE_EVENT_FAILED, 0);
		const struct ike_event *up = event(run, IKE_EVENT_CHILD_UP, 0);
		if (c->verdict == 0) {
			assert_non_null(up);
			if (c->selection == PEER_SELECT_LIFE)
				assert_int_equal(up->u.child.life_s, c->value);
		} else {
			assert_null(up);
			assert_int_equal(failed->u.failed.reason, IKE_FAILURE_NOT_OFFERED);
			assert_int_equal(failed->u.failed.stage, IKE_STAGE_QM1_SENT);
		}
		run_free(run);
	}
}

static void test_weak(void **state)
{
	(void)state;
	for (size_t select = 0; select < 4; select++) {
		struct run *run = run_natted();

		run->peer.select = select;
		reach(run, IKE_STAGE_MM3_SENT);
		struct ike_datagram three = run->d;
		run->peer.bad_ke = true;
		peer_mm4(&run->peer, &three);
		assert_int_equal(feed(run), IKE_DROP_WEAK);
		run->peer.bad_ke = false;
		run->peer.short_nonce = true;
		crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
		peer_mm4(&run->peer, &three);
		assert_int_equal(feed(run), IKE_DROP_WEAK);
		run->peer.short_nonce = false;
		crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
		peer_mm4(&run->peer, &three);
		assert_int_equal(feed(run), 0);
		take(run);
		reach(run, IKE_STAGE_CHILD_UP);
		run_free(run);
	}
}

static void test_quick_ids(void **state)
{
	(void)state;
	/* Without a NAT the identities must come back as they went out. */
	struct run *run = run_new();
	run_start(run);
	reach(run, IKE_STAGE_QM1_SENT);
	run->peer.id_private = true;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), IKE_DROP_NOT_OFFERED);
	assert_int_equal(event(run, IKE_EVENT_FAILED, 0)->u.failed.reason, IKE_FAILURE_NOT_OFFERED);
	run_free(run);

	/* With one the address may differ, but never the protocol. */
	run = run_natted();
	reach(run, IKE_STAGE_QM1_SENT);
	run->peer.id_tcp = true;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), IKE_DROP_NOT_OFFERED);
	run_free(run);
}

static void test_responder_lifetime(void **state)
{
	(void)state;
	struct run *run = run_natted();

	run->peer.responder_lifetime = 900;
	reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(event(run, IKE_EVENT_CHILD_UP, 0)->u.child.life_s, 900);
	run_free(run);
}

/* Neither shall a gateway have us negotiate for every packet, nor does a floor lengthen what we offer. */
static void test_life_kb(void **state)
{
	static const struct {
		uint32_t offered;
		size_t said;
		uint32_t life_kb;
	} rows[] = {
		{ 250000, 0, 250000 },	  { 250000, 1, 20480 },	    { 250000, 20479, 20480 },
		{ 250000, 20480, 20480 }, { 250000, 20481, 20481 }, { 1000, 1, 1000 },
		{ 0, 1, 20480 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct run *run = run_new();
		run->config.phase2_life_kb = rows[i].offered;
		run_start(run);
		run->peer.responder_life_kb = rows[i].said;
		reach(run, IKE_STAGE_CHILD_UP);
		assert_int_equal(event(run, IKE_EVENT_CHILD_UP, 0)->u.child.life_kb,
				 rows[i].life_kb);
		run_free(run);
	}
}

static const struct chunk none = { NULL, 0 };

static void test_refused(void **state)
{
	(void)state;
	struct run *run = run_natted();

	/* Phase 1: anybody may have said so. */
	reach(run, IKE_STAGE_MM1_SENT);
	memcpy(run->peer.sa.cookie_i, run->d.data, 8);
	memcpy(run->peer.sa.cookie_r, "anything", 8);
	peer_send_clear(&run->peer, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(feed(run), IKE_DROP_UNAUTHENTICATED);
	const struct ike_event *hint = event(run, IKE_EVENT_NOTIFY, 0);
	assert_true(hint && hint->u.notify.type == 14 && !hint->u.notify.authenticated);
	assert_int_equal(stage(run), IKE_STAGE_MM1_SENT);
	assert_true(ike_deadline(run->ike) != NSEC_NEVER);

	/* Phase 2, in an informational exchange of its own: that is the gateway's word. */
	reach(run, IKE_STAGE_QM1_SENT);
	forget_events(run);
	run->peer.bad_hash = true;
	peer_send_info(&run->peer, 0x1234, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(feed(run), IKE_DROP_HASH);
	assert_null(event(run, IKE_EVENT_NOTIFY, 0));
	run->peer.bad_hash = false;
	peer_send_info(&run->peer, 0x1234, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(feed(run), 0);
	const struct ike_event *failed = event(run, IKE_EVENT_FAILED, 0);
	assert_int_equal(failed->u.failed.reason, IKE_FAILURE_REFUSED_PHASE2);
	assert_int_equal(failed->u.failed.notify_type, 14);
	run_free(run);
}

static void test_delete(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t spi[4], cookies[16];

	reach(run, IKE_STAGE_CHILD_UP);
	struct builder b = builder_init(spi, sizeof(spi));
	builder_u32(&b, run->peer.spi_in);
	memcpy(cookies, run->peer.sa.cookie_i, 8);
	memcpy(cookies + 8, run->peer.sa.cookie_r, 8);
	forget_events(run);

	/* In clear, or with a wrong hash: nothing. */
	peer_send_clear(&run->peer, ISAKMP_PAYLOAD_DELETE,
			peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(feed(run), IKE_DROP_PAYLOADS);
	run->peer.bad_hash = true;
	peer_send_info(&run->peer, 21, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(feed(run), IKE_DROP_HASH);
	run->peer.bad_hash = false;
	assert_null(event(run, IKE_EVENT_CHILD_DOWN, 0));

	peer_send_info(&run->peer, 22, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(3, (struct chunk){ spi, 4 }));
	assert_int_equal(feed(run), 0);
	const struct ike_event *down = event(run, IKE_EVENT_CHILD_DOWN, 0);
	assert_true(down && down->u.child_down.by_peer);
	assert_int_equal(down->u.child_down.spi_out, run->peer.spi_in);
	assert_int_equal(feed(run), IKE_DROP_DUPLICATE);
	assert_null(event(run, IKE_EVENT_CHILD_DOWN, 1));

	peer_send_info(&run->peer, 23, ISAKMP_PAYLOAD_DELETE,
		       peer_delete(1, (struct chunk){ cookies, 16 }));
	assert_int_equal(feed(run), 0);
	/* Obeyed, and begun anew at once. */
	assert_non_null(event(run, IKE_EVENT_PHASE1_DOWN, 0));
	assert_null(event(run, IKE_EVENT_CLOSED, 0));
	take(run);
	assert_int_equal(run->d.data[4 + 18], ISAKMP_EXCHANGE_MAIN);
	assert_int_equal(feed(run), IKE_DROP_COOKIE);
	run_free(run);
}

static struct payload_notify info_notify(struct run *run)
{
	static struct incoming in;
	struct payload_notify n;

	take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_notify_parse(incoming_body(&in, ISAKMP_PAYLOAD_NOTIFY, 0), &n), 0);
	assert_int_equal(n.spi.len, 16);
	return n;
}

static void test_dpd(void **state)
{
	(void)state;
	struct run *run = run_natted();
	uint8_t cookies[16];

	reach(run, IKE_STAGE_QM1_SENT);
	memcpy(cookies, run->peer.sa.cookie_i, 8);
	memcpy(cookies + 8, run->peer.sa.cookie_r, 8);
	for (uint8_t i = 0; i < 3; i++) {
		const uint8_t sequence[] = { 1, 2, 3, i == 0 ? 4 : 5 };
		/* The last two are the same datagram: answered again, though not at once. */
		run->now += NSEC_PER_SEC;
		peer_send_info(&run->peer, i == 0 ? 40 : 41, ISAKMP_PAYLOAD_NOTIFY,
			       peer_notify(36136, (struct chunk){ cookies, 16 },
					   (struct chunk){ sequence, 4 }));
		assert_int_equal(feed(run), i == 2 ? IKE_DROP_DUPLICATE : 0);
		struct payload_notify n = info_notify(run);
		assert_int_equal(n.type, 36137);
		assert_memory_equal(n.data.data, sequence, 4);
		assert_memory_equal(n.spi.data, cookies, 16);
	}

	/* Our own: the same number until it is acknowledged, then the next one. */
	uint8_t first[4], next[4];
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	memcpy(first, info_notify(run).data.data, 4);
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	assert_memory_equal(info_notify(run).data.data, first, 4);
	peer_send_info(&run->peer, 42, ISAKMP_PAYLOAD_NOTIFY,
		       peer_notify(36137, (struct chunk){ cookies, 16 },
				   (struct chunk){ first, 4 }));
	assert_int_equal(feed(run), 0);
	struct ike_stats stats;
	ike_get_stats(run->ike, &stats);
	assert_int_equal(stats.last_authenticated, run->now);
	assert_int_equal(ike_probe(run->ike, run->now), 0);
	memcpy(next, info_notify(run).data.data, 4);
	assert_memory_not_equal(next, first, 4);
	run_free(run);

	run = run_natted();
	run->peer.no_dpd = true;
	reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(ike_probe(run->ike, run->now), -EOPNOTSUPP);
	run_free(run);
}

static void test_close(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct incoming in;
	struct payload_delete del;

	reach(run, IKE_STAGE_CHILD_UP);
	forget_events(run);
	assert_int_equal(ike_close(run->ike, run->now), 0);
	take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, 3);
	take(run);
	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, 1);
	assert_int_equal(del.spis.len, 16);
	take_none(run);
	assert_false(event(run, IKE_EVENT_CHILD_DOWN, 0)->u.child_down.by_peer);
	assert_non_null(event(run, IKE_EVENT_CLOSED, 0));
	assert_int_equal(ike_close(run->ike, run->now), 0);
	take_none(run);
	run_free(run);
}

/* Every message of a whole negotiation again, in the end: nothing but duplicates and strangers. */
static void test_replay(void **state)
{
	(void)state;
	static struct {
		size_t len;
		uint8_t data[IKE_DATAGRAM_MAX];
	} old[4];
	struct run *run = run_natted();

	for (enum ike_stage s = IKE_STAGE_MM1_SENT; s <= IKE_STAGE_CHILD_UP; s++) {
		if (s == IKE_STAGE_PHASE1_UP)
			continue;
		reach(run, s);
		size_t n = s < IKE_STAGE_PHASE1_UP ? s - 1 : s - 2;
		if (n > 0) {
			old[n - 1].len = run->peer.reply_len;
			memcpy(old[n - 1].data, run->peer.reply, run->peer.reply_len);
		}
		struct ike_stats before, after;
		ike_get_stats(run->ike, &before);
		nsec_t deadline = ike_deadline(run->ike);
		forget_events(run);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(ike_input(run->ike, &gateway_address, old[i].data,
						   old[i].len, run->now),
					 IKE_DROP_DUPLICATE);
		/* Our own words, thrown back. */
		assert_true(ike_input(run->ike, &gateway_address, run->d.data, run->d.len,
				      run->now) > 0);
		ike_get_stats(run->ike, &after);
		assert_int_equal(after.stage, before.stage);
		assert_int_equal(after.last_authenticated, before.last_authenticated);
		assert_int_equal(ike_deadline(run->ike), deadline);
		assert_null(event(run, IKE_EVENT_STAGE, 0));
		take_none(run);
	}
	run_free(run);
}

/* Any single octet of any message changed: dropped, and the untouched message still counts. */
static void test_corrupt(void **state)
{
	(void)state;
	struct run *run = run_natted();

	for (enum ike_stage s = IKE_STAGE_MM1_SENT; s < IKE_STAGE_CHILD_UP; s++) {
		if (s == IKE_STAGE_PHASE1_UP)
			continue;
		reach(run, s);
		if (s == IKE_STAGE_MM1_SENT)
			peer_mm2(&run->peer, &run->d);
		else if (s == IKE_STAGE_MM3_SENT)
			continue; /* nothing in it is protected; its corruption is found by message
				     6 */
		else if (s == IKE_STAGE_MM5_SENT)
			assert_true(peer_mm6(&run->peer, &run->d));
		else
			assert_true(peer_qm2(&run->peer, &run->d));
		size_t from = s == IKE_STAGE_MM1_SENT ? 16 : 0;
		size_t to = s == IKE_STAGE_MM1_SENT ? 32 : run->peer.reply_len;
		for (size_t i = from; i < to; i++) {
			if (s != IKE_STAGE_MM1_SENT && (i == 4 + 19 || i == 4 + 17))
				continue; /* the flags that don't matter, and the minor version */
			if (s == IKE_STAGE_MM1_SENT && (i == 17 || i == 19))
				continue;
			uint8_t kept = run->peer.reply[i];
			run->peer.reply[i] ^= 0x20;
			int r = feed(run);
			assert_true(r > 0);
			assert_int_equal(stage(run), s);
			run->peer.reply[i] = kept;
		}
		assert_int_equal(feed(run), 0);
		take(run);
		forget_events(run);
	}
	assert_true(peer_qm3(&run->peer, &run->d));
	run_free(run);
}

/* Lets the time pass until the engine has something to say that isn't a keepalive. */
static void wait_datagram(struct run *run)
{
	for (unsigned int i = 0; i < 5000; i++) {
		run->now = ike_deadline(run->ike);
		assert_true(run->now != NSEC_NEVER);
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		while (ike_next_datagram(run->ike, &run->d))
			if (run->d.len > 1)
				return;
	}
	fail();
}

static void assert_delete(struct run *run, uint8_t protocol)
{
	static struct incoming in;
	struct payload_delete del;

	assert_true(peer_info(&run->peer, &run->d, &in));
	assert_int_equal(payload_delete_parse(incoming_body(&in, ISAKMP_PAYLOAD_DELETE, 0), &del),
			 0);
	assert_int_equal(del.protocol, protocol);
}

static void test_renew_pair(void **state)
{
	(void)state;
	struct run *run = run_natted();

	reach(run, IKE_STAGE_CHILD_UP);
	nsec_t up = run->now;
	uint32_t old = event(run, IKE_EVENT_CHILD_UP, 0)->u.child.spi_in;
	forget_events(run);
	wait_datagram(run);
	assert_true(run->now - up >= 2700 * NSEC_PER_SEC);
	assert_true(run->now - up <= 2880 * NSEC_PER_SEC);
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	take(run);
	assert_true(peer_qm3(&run->peer, &run->d));
	const struct ike_event *child = event(run, IKE_EVENT_CHILD_UP, 0);
	assert_non_null(child);
	assert_int_equal(child->u.child.replaces_spi_in, old);
	assert_int_not_equal(child->u.child.spi_in, old);
	assert_null(event(run, IKE_EVENT_STAGE, 0));
	assert_null(event(run, IKE_EVENT_CHILD_DOWN, 0));

	nsec_t replaced = run->now;
	assert_null(event(run, IKE_EVENT_CHILD_USE, 0));
	assert_int_equal(ike_timeout(run->ike, run->now + 539 * NSEC_PER_MSEC), 0);
	assert_null(event(run, IKE_EVENT_CHILD_USE, 0));
	/* Two round trips of 20 ms and half a second after message 3. */
	assert_int_equal(ike_timeout(run->ike, run->now + 540 * NSEC_PER_MSEC), 0);
	assert_int_equal(event(run, IKE_EVENT_CHILD_USE, 0)->u.child_use.spi_in,
			 child->u.child.spi_in);
	wait_datagram(run);
	assert_int_equal(run->now, replaced + 30 * NSEC_PER_SEC);
	assert_delete(run, 3);
	assert_null(event(run, IKE_EVENT_CHILD_DOWN, 0));
	run->now += NSEC_PER_SEC;
	assert_int_equal(ike_timeout(run->ike, run->now), 0);
	const struct ike_event *down = event(run, IKE_EVENT_CHILD_DOWN, 0);
	assert_int_equal(down->u.child_down.spi_in, old);
	assert_false(down->u.child_down.by_peer);
	run_free(run);
}

static void test_renew_refused(void **state)
{
	(void)state;
	struct run *run = run_natted();

	reach(run, IKE_STAGE_CHILD_UP);
	forget_events(run);
	wait_datagram(run);
	peer_send_info(&run->peer, 0x77, ISAKMP_PAYLOAD_NOTIFY, peer_notify(14, none, none));
	assert_int_equal(feed(run), 0);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	nsec_t refused = run->now;
	wait_datagram(run);
	assert_int_equal(run->now, refused + 60 * NSEC_PER_SEC);

	/* The same for an answer that wasn't offered; in the end the old pair's life is over. */
	run->peer.selection = PEER_SELECT_TWO;
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), IKE_DROP_NOT_OFFERED);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	while (!event(run, IKE_EVENT_CHILD_DOWN, 0))
		wait_datagram(run);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	assert_int_equal(stage(run), IKE_STAGE_CHILD_UP);
	run_free(run);
}

/* Asked for again and again, it never runs out of room. */
static void test_renew_asked(void **state)
{
	(void)state;
	struct run *run = run_natted();

	assert_int_equal(ike_rekey(run->ike, run->now), -ENOENT);
	reach(run, IKE_STAGE_CHILD_UP);
	for (unsigned int i = 0; i < 50; i++) {
		forget_events(run);
		assert_int_equal(ike_rekey(run->ike, run->now), 0);
		take(run);
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(feed(run), 0);
		take(run);
		assert_non_null(event(run, IKE_EVENT_CHILD_UP, 0));
		run->now += 600 * NSEC_PER_MSEC;
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		assert_non_null(event(run, IKE_EVENT_CHILD_USE, 0));
	}
	run_free(run);
}

static void test_renew_phase1(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_sa old;

	run->config.phase1_life_s = 600;
	run_start(run);
	run->peer.seen = napt_address;
	reach(run, IKE_STAGE_CHILD_UP);
	forget_events(run);
	old = run->peer.sa;
	old.dh_private = NULL;
	wait_datagram(run);
	assert_true(run->d.natt);
	crypto_openssl.dh_free(NULL, run->peer.sa.dh_private);
	run->peer.sa.dh_private = NULL;
	run->peer.seen.port = 61235;
	run->peer.self.port = 4500;
	peer_mm2(&run->peer, &run->d);
	memcpy(run->peer.reply + 4 + 8, "another!", 8);
	memcpy(run->peer.sa.cookie_r, "another!", 8);
	assert_int_equal(feed(run), 0);
	take(run);
	peer_mm4(&run->peer, &run->d);
	assert_int_equal(feed(run), 0);
	take(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	take_none(run);
	assert_non_null(event(run, IKE_EVENT_PHASE1_UP, 0));
	assert_null(event(run, IKE_EVENT_STAGE, 0));

	/* The old one goes under its own keys, and what follows comes under the new ones. */
	struct ike_sa new = run->peer.sa;
	wait_datagram(run);
	run->peer.sa = old;
	assert_delete(run, 1);
	run->peer.sa = new;
	assert_int_equal(ike_rekey(run->ike, run->now), 0);
	take(run);
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	assert_non_null(event(run, IKE_EVENT_CHILD_UP, 0));
	run_free(run);
}

/*
 * A main mode that somebody begins who says he is the gateway: from another address it is nothing,
 * from the gateway's it costs one place, however often it is begun, and is forgotten.
 */
static void test_forged_main(void **state)
{
	(void)state;
	struct run *run = run_natted();
	struct ike_datagram first, answer;
	struct ike *forger;

	assert_int_equal(ike_new(&run->config, &crypto_openssl, &forger), 0);
	assert_int_equal(ike_start(forger, run->now), 0);
	assert_true(ike_next_datagram(forger, &first));
	ike_free(forger);

	/* Before a pair stands the first phase 1 is ours to make. */
	reach(run, IKE_STAGE_QM1_SENT);
	assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len, run->now),
			 IKE_DROP_COOKIE);
	reach(run, IKE_STAGE_CHILD_UP);
	assert_int_equal(ike_input(run->ike, &napt_address, first.data, first.len, run->now),
			 IKE_DROP_COOKIE);
	take_none(run);
	for (unsigned int i = 0; i < 1000; i++) {
		first.data[1] = (uint8_t)i;
		first.data[2] = (uint8_t)(i >> 8);
		assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len,
					   run->now),
				 0);
		assert_true(ike_next_datagram(run->ike, &answer));
		assert_true(answer.len <= first.len);
		assert_false(ike_next_datagram(run->ike, &answer));
	}
	/* The same once more isn't answered at the forger's pace. */
	assert_int_equal(ike_input(run->ike, &run->config.remote, first.data, first.len, run->now),
			 IKE_DROP_DUPLICATE);
	take_none(run);
	forget_events(run);
	assert_int_equal(ike_timeout(run->ike, run->now + 31 * NSEC_PER_SEC), 0);
	assert_null(event(run, IKE_EVENT_FAILED, 0));
	assert_null(event(run, IKE_EVENT_CHILD_DOWN, 0));
	run_free(run);
}

static void test_config(void **state)
{
	(void)state;
	struct run *run = run_new();
	struct ike_config good = run->config;
	struct ike *ike;

	run->config.n_proposals = 0;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.n_esp = IKE_PROPOSALS_MAX + 1;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.psk = NULL;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.local.family = 0;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.proposals[1].key_bits = 77;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run->config.esp[1].group = IKE_GROUP_MODP2048;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config = good;
	run_start(run);
	assert_int_equal(ike_start(run->ike, run->now), 0);
	assert_int_equal(ike_start(run->ike, run->now), -EALREADY);
	assert_null(ike_free(NULL));
	run_free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_natted),
		cmocka_unit_test(test_nat_oa),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_forced),
		cmocka_unit_test(test_no_natt),
		cmocka_unit_test(test_message_1),
		cmocka_unit_test(test_retransmit),
		cmocka_unit_test(test_soon),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_rubbish_is_nobodys),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_bad_hash_r),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_selection_phase1),
		cmocka_unit_test(test_selection_phase2),
		cmocka_unit_test(test_other_exchange),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_quick_ids),
		cmocka_unit_test(test_responder_lifetime),
		cmocka_unit_test(test_life_kb),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_delete),
		cmocka_unit_test(test_dpd),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_forged_main),
		cmocka_unit_test(test_renew_pair),
		cmocka_unit_test(test_renew_refused),
		cmocka_unit_test(test_renew_asked),
		cmocka_unit_test(test_renew_phase1),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
