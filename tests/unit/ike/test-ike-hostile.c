/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages by which other IKE daemons fell, one row each, from a gateway that has the keys. What
 * is wrong is dropped or refused, never fatal to the process, and beside each row stands its
 * legitimate twin: the right message, after it where the negotiation goes on, else in a run of its
 * own. The null crypto of the fuzz targets makes every change authentic (tests/fuzz/ike/ike-run.h).
 *
 * What is shown elsewhere: values of key exchange 0, 1, p-1, p, above, points off the curve or of
 * small order, other lengths, for each group: test-crypto.c, *_weak_values. Selections that differ in
 * an attribute, have two transforms, one attribute more or less: test-ike-engine.c,
 * selection_phase1 and selection_phase2. Deletes without proof: test-ike-forged.c. Every octet of
 * every message: test-ike-mutations.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/cursor.h"
#include "tests/fuzz/ike/ike-run.h"

#define SPI_IN_OFFER \
	16 /* of the one proposal in an SA payload's body: DOI, situation, its header */
#define TRANSFORM_ID 25 /* behind the SPI of four octets and the transform's header */
#define ANY_DROP     (-1)

enum what {
	BODY,	  /* another body */
	OCTETS,	  /* octets at an offset of the body */
	RESERVED, /* the reserved octet of the payload's header */
	BEFORE,	  /* a payload of this type put before */
};

struct row {
	const char *cve, *words;
	unsigned int
		answers; /* right ones before it: 0 message 2, 1 message 4, 2 message 6, 3 QM2 */
	enum what what;
	uint8_t type;
	unsigned int nth;
	size_t at;
	const char *data;
	size_t len;
	int wanted; /* an enum ike_drop, 0 or ANY_DROP */
};

#define DATA(text) .data = (text), .len = sizeof(text) - 1
#define ID_ROW(text, result, octets)                                                 \
	{                                                                            \
		"CVE-2023-38711", text, 3, BODY, ISAKMP_PAYLOAD_ID, 1, DATA(octets), \
			.wanted = (result)                                           \
	}

static const char nonces[257] = { 1 };

/* clang-format off */
static const struct row rows[] = {
	/* RFC 2409 5: a nonce has 8 to 256 octets */
	{ "CVE-2015-3240", "nonce of 7 octets", 1, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 7, .wanted = IKE_DROP_WEAK },
	{ "CVE-2015-3240", "nonce of 8 octets", 1, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 8, .wanted = 0 },
	{ "CVE-2015-3240", "nonce of 256 octets", 1, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 256, .wanted = 0 },
	{ "CVE-2015-3240", "nonce of 257 octets", 1, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 257, .wanted = IKE_DROP_WEAK },
	{ "CVE-2015-3240", "quick mode's nonce of 7 octets", 3, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 7, .wanted = IKE_DROP_WEAK },
	{ "CVE-2015-3240", "quick mode's nonce of 8 octets", 3, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 8, .wanted = 0 },
	{ "CVE-2015-3240", "quick mode's nonce of 256 octets", 3, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 256, .wanted = 0 },
	{ "CVE-2015-3240", "quick mode's nonce of 257 octets", 3, BODY, ISAKMP_PAYLOAD_NONCE, .data = nonces, .len = 257, .wanted = IKE_DROP_WEAK },
	{ "CVE-2015-3240", "no octet of a key exchange value", 1, BODY, ISAKMP_PAYLOAD_KE, DATA(""), .wanted = IKE_DROP_WEAK },
	{ "CVE-2015-3240", "a key exchange value of 4 octets", 1, BODY, ISAKMP_PAYLOAD_KE, DATA("\1\2\3\4"), .wanted = IKE_DROP_WEAK },
	/* RFC 2408 3.2: the octet is zero */
	{ "CVE-2015-3204", "reserved octet of message 2", 0, RESERVED, ISAKMP_PAYLOAD_SA, .wanted = IKE_DROP_MALFORMED },
	{ "CVE-2015-3204", "reserved octet of message 4", 1, RESERVED, ISAKMP_PAYLOAD_KE, .wanted = IKE_DROP_MALFORMED },
	{ "CVE-2015-3204", "reserved octet of message 6", 2, RESERVED, ISAKMP_PAYLOAD_ID, .wanted = IKE_DROP_UNDECRYPTABLE },
	{ "CVE-2015-3204", "reserved octet of quick mode", 3, RESERVED, ISAKMP_PAYLOAD_SA, .wanted = IKE_DROP_UNDECRYPTABLE },
	/* RFC 3547's payloads, which are no payloads here: SAK, SAT, KD, SEQ */
	{ "CVE-2015-3204", "SA KEK in message 2", 0, BEFORE, 15, DATA("12345678"), .wanted = IKE_DROP_PAYLOADS },
	{ "CVE-2015-3204", "SA TEK in message 4", 1, BEFORE, 16, DATA("12345678"), .wanted = IKE_DROP_PAYLOADS },
	{ "CVE-2015-3204", "key download in message 6", 2, BEFORE, 17, DATA("12345678"), .wanted = IKE_DROP_PAYLOADS },
	{ "CVE-2015-3204", "key download in quick mode", 3, BEFORE, 17, DATA("12345678"), .wanted = ANY_DROP },
	{ "CVE-2015-3204", "sequence number in quick mode", 3, BEFORE, 18, DATA("1234"), .wanted = ANY_DROP },
	/* quick mode's second identity; the twin behind a NAT is another address, or port 0 */
	ID_ROW("a name", IKE_DROP_NOT_OFFERED, "\2\21\6\245gateway"),
	ID_ROW("a mail address", IKE_DROP_NOT_OFFERED, "\3\21\6\245a@b"),
	ID_ROW("a name without an octet", IKE_DROP_NOT_OFFERED, "\2\21\6\245"),
	ID_ROW("an address of three octets", IKE_DROP_NOT_OFFERED, "\1\21\6\245\300\250\1"),
	ID_ROW("an address of five octets", IKE_DROP_NOT_OFFERED, "\1\21\6\245\300\250\1\1\1"),
	ID_ROW("an address without an octet", IKE_DROP_NOT_OFFERED, "\1\21\6\245"),
	ID_ROW("a subnet", IKE_DROP_NOT_OFFERED, "\4\21\6\245\300\250\1\0\377\377\377\0"),
	ID_ROW("all of IPv4", IKE_DROP_NOT_OFFERED, "\4\0\0\0\0\0\0\0\0\0\0\0"),
	ID_ROW("a range", IKE_DROP_NOT_OFFERED, "\7\21\6\245\300\250\1\1\300\250\1\377"),
	ID_ROW("an IPv6 address", IKE_DROP_NOT_OFFERED, "\5\21\6\245" "2001:db8::1 full"),
	ID_ROW("a directory's name", IKE_DROP_NOT_OFFERED, "\11\21\6\245\60\0"),
	ID_ROW("any octets", IKE_DROP_NOT_OFFERED, "\13\21\6\245key"),
	ID_ROW("TCP", IKE_DROP_NOT_OFFERED, "\1\6\6\245\313\0\161\7"),
	ID_ROW("any protocol", IKE_DROP_NOT_OFFERED, "\1\0\6\245\313\0\161\7"),
	ID_ROW("port 500", IKE_DROP_NOT_OFFERED, "\1\21\1\364\313\0\161\7"),
	ID_ROW("port 1702", IKE_DROP_NOT_OFFERED, "\1\21\6\246\313\0\161\7"),
	ID_ROW("no octet at all", IKE_DROP_NOT_OFFERED, ""),
	ID_ROW("a private address", 0, "\1\21\6\245\300\250\144\1"),
	ID_ROW("port 0", 0, "\1\21\0\0\313\0\161\7"),
	/* ESP transforms that weren't offered: NULL, AES-CTR, AES-GCM, AES-GMAC with keys of length 0 */
	{ "CVE-2024-3652", "ESP NULL", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = TRANSFORM_ID, DATA("\13"), .wanted = IKE_DROP_NOT_OFFERED },
	{ "CVE-2024-3652", "AES-CTR", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = TRANSFORM_ID, DATA("\15"), .wanted = IKE_DROP_NOT_OFFERED },
	{ "CVE-2024-3652", "AES-GCM", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = TRANSFORM_ID, DATA("\24"), .wanted = IKE_DROP_NOT_OFFERED },
	{ "CVE-2024-3652", "AES-GMAC", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = TRANSFORM_ID, DATA("\27"), .wanted = IKE_DROP_NOT_OFFERED },
	{ "CVE-2024-3652", "no transform", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = TRANSFORM_ID, DATA("\0"), .wanted = IKE_DROP_NOT_OFFERED },
	/* SPIs: RFC 4303 2.1 reserves those below 256 */
	{ "CVE-2023-30570", "SPI 0", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = SPI_IN_OFFER, DATA("\0\0\0\0"), .wanted = IKE_DROP_MALFORMED },
	{ "CVE-2023-30570", "SPI 255", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = SPI_IN_OFFER, DATA("\0\0\0\377"), .wanted = IKE_DROP_MALFORMED },
	{ "CVE-2023-30570", "SPI 256", 3, OCTETS, ISAKMP_PAYLOAD_SA, .at = SPI_IN_OFFER, DATA("\0\0\1\0"), .wanted = 0 },
};
/* clang-format on */

/* The peer's message with the change, into its reply. */
static void rewrite(struct peer *p, const struct row *row)
{
	struct cursor c = cursor_init(p->out.data, builder_len(&p->out.b));
	struct builder b = builder_init(p->reply, sizeof(p->reply));
	size_t skip = p->sa.floated ? ISAKMP_MARKER_LEN : 0;
	unsigned int nth = row->nth, changed = 0;
	struct isakmp_header header;
	struct payloads list;

	assert_int_equal(isakmp_header_parse(cursor_rest(&c), &header), 0);
	c = cursor_init(p->out.data, builder_len(&p->out.b));
	(void)cursor_bytes(&c, ISAKMP_HEADER_LEN);
	assert_int_equal(payloads_parse(header.next, cursor_rest(&c), true, &list), 0);
	builder_zero(&b, skip);
	isakmp_header_build(&b, &header);
	struct payload_chain chain = payload_chain_init(&b, skip + (size_t)2 * ISAKMP_COOKIE_LEN);
	for (size_t i = 0; i < list.n; i++) {
		const struct payload *payload = &list.list[i];
		uint8_t body[2048];
		size_t len = payload->body.len;
		bool here = row->what == BEFORE ? i + 1 == list.n
						: payload->type == row->type && nth-- == 0;

		memcpy(body, payload->body.data, len);
		if (here && row->what == BEFORE)
			payload_add(&chain, row->type, row->data, row->len);
		if (here && row->what == OCTETS)
			memcpy(body + row->at, row->data, row->len);
		if (here && row->what == BODY) {
			len = row->len;
			memcpy(body, row->data, len);
		}
		size_t mark = payload_open(&chain, payload->type);
		if (here && row->what == RESERVED)
			builder_patch8(&b, mark + 1, 0xff);
		builder_bytes(&b, body, len);
		payload_close(&chain, mark);
		changed += here;
	}
	assert_int_equal(changed, 1);
	while ((header.flags & ISAKMP_FLAG_ENCRYPTED) &&
	       (builder_len(&b) - skip - ISAKMP_HEADER_LEN) % 16 != 0)
		builder_u8(&b, 0);
	isakmp_header_close(&b, skip);
	assert_false(b.overflow);
	p->reply_len = builder_len(&b);
}

static void answer(struct run *run)
{
	assert_true(run_answer(run));
	run_give(run, run->peer->reply, run->peer->reply_len);
	run_settle(run);
}

static void begin(struct run *run, struct peer *peer, unsigned int answers)
{
	run_begin(run, peer, RUN_NAT);
	for (unsigned int i = 0; i < answers; i++)
		answer(run);
}

static int input(struct run *run)
{
	const struct endpoint from = run->peer->env.config.remote;
	int r = ike_input(run->ike, &from, run->peer->reply, run->peer->reply_len, run->now);

	run_settle(run);
	return r;
}

static unsigned int count_pairs(const struct run *run)
{
	unsigned int n = 0;

	for (size_t i = 0; i < IKE_CHILDREN_MAX; i++)
		n += run->ike->pairs[i].spi_in != 0;
	return n;
}

static void test_rows(void **state)
{
	static struct peer peer;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct run run;

		begin(&run, &peer, row->answers);
		enum ike_stage stage = run.stage;
		assert_true(run_answer(&run));
		struct peer right = peer;
		rewrite(&peer, row);
		int r = input(&run);
		if (row->wanted == ANY_DROP ? r <= 0 : r != row->wanted)
			fail_msg("%s, %s: %s", row->cve, row->words,
				 ike_drop_name((enum ike_drop)r));
		assert_true(r == 0 ? run.stage > stage : run.stage == stage || run.over);
		assert_true(count_pairs(&run) == (r == 0 && row->answers == 3));
		if (r > 0 && !run.over) {
			memcpy(peer.reply, right.reply, right.reply_len);
			peer.reply_len = right.reply_len;
			assert_int_equal(input(&run), 0);
		}
		run_end(&run);
	}
}

/* CVE-2015-3240: our own value comes back, from somebody who has no key of his own. */
static void test_mirrored(void **state)
{
	static struct peer peer;
	struct run run;

	(void)state;
	begin(&run, &peer, 1);
	assert_true(run_answer(&run));
	const struct row mirror = { .what = BODY,
				    .type = ISAKMP_PAYLOAD_KE,
				    .data = (const char *)peer.sa.g_xi.data,
				    .len = peer.sa.g_xi.len };
	rewrite(&peer, &mirror);
	assert_int_equal(input(&run), IKE_DROP_WEAK);
	run_end(&run);
}

/*
 * CVE-2023-30570: a renewal under an SPI that the gateway has given before makes no pair and takes
 * none away; the same number as ours means nothing, since each end counts for itself.
 */
static void test_spi_again(void **state)
{
	static struct peer peer;

	(void)state;
	for (unsigned int same = 0; same < 2; same++) {
		struct run run;
		uint8_t spi[4];
		struct builder b = builder_init(spi, sizeof(spi));

		begin(&run, &peer, 4);
		const struct ike_pair *pair = &run.ike->pairs[0];
		builder_u32(&b, same ? pair->spi_out : pair->spi_in);
		assert_int_equal(ike_rekey(run.ike, run.now), 0);
		run_settle(&run);
		assert_true(run_answer(&run));
		const struct row row = { .what = OCTETS,
					 .type = ISAKMP_PAYLOAD_SA,
					 .at = SPI_IN_OFFER,
					 .data = (const char *)spi,
					 .len = sizeof(spi) };
		rewrite(&peer, &row);
		assert_int_equal(input(&run), same ? IKE_DROP_NOT_OFFERED : 0);
		assert_int_equal(count_pairs(&run), same ? 1 : 2);
		assert_false(run.over);
		run_end(&run);
	}
}

/* CVE-2023-38712: one Delete that names the pair's SPI as often as may be, and the same Delete three times. */
static void test_delete_again(void **state)
{
	static struct peer peer;
	static uint8_t body[8 + ISAKMP_SPIS_MAX * ISAKMP_SPI_LEN];
	struct builder b = builder_init(body, sizeof(body));
	struct run run;

	(void)state;
	begin(&run, &peer, 4);
	builder_u32(&b, 1);
	builder_u8(&b, ISAKMP_PROTOCOL_ESP);
	builder_u8(&b, ISAKMP_SPI_LEN);
	builder_u16(&b, ISAKMP_SPIS_MAX);
	for (unsigned int i = 0; i < ISAKMP_SPIS_MAX; i++)
		builder_u32(&b, run.ike->pairs[0].spi_out);
	assert_int_equal(builder_finish(&b), sizeof(body));
	unsigned int before = run.downs;
	for (uint32_t i = 0; i < 3; i++) {
		peer_send_info(&peer, 10 + i, ISAKMP_PAYLOAD_DELETE,
			       (struct chunk){ body, sizeof(body) });
		assert_int_equal(input(&run), 0);
		assert_int_equal(run.downs, before + 1);
	}
	/* The twin: the gateway wants a pair again, and gets one. */
	assert_false(run.over);
	run_pass_time(&run, ike_deadline(run.ike));
	run_settle(&run);
	answer(&run);
	assert_int_equal(count_pairs(&run), 1);
	run_end(&run);
}

/* Whatever each payload was, it has no octet now; or its length says 0 to 3, less than its header. */
static void test_empty(void **state)
{
	static struct peer peer;
	unsigned int n = 0;

	(void)state;
	for (unsigned int answers = 0; answers < 4; answers++) {
		for (unsigned int number = 0; number < 8 * 5; number++) {
			struct isakmp_header header;
			struct payloads list;
			struct run run;

			begin(&run, &peer, answers);
			assert_true(run_answer(&run));
			size_t skip = peer.sa.floated ? ISAKMP_MARKER_LEN : 0;
			struct cursor c = cursor_init(peer.reply + skip, peer.reply_len - skip);
			assert_int_equal(isakmp_header_parse(cursor_rest(&c), &header), 0);
			c = cursor_init(peer.reply + skip, peer.reply_len - skip);
			(void)cursor_bytes(&c, ISAKMP_HEADER_LEN);
			assert_int_equal(payloads_parse(header.next, cursor_rest(&c), true, &list),
					 0);
			if (number / 5 < list.n) {
				const struct payload *p = &list.list[number / 5];
				uint8_t *length = peer.reply +
						  ((const uint8_t *)p->body.data - peer.reply) - 2;
				unsigned int nth = 0;
				for (const struct payload *q = list.list; q < p; q++)
					nth += q->type == p->type;
				const struct row row = {
					.what = BODY, .type = p->type, .nth = nth, .data = ""
				};
				/* A vendor nobody knows; an address that isn't the one seen. */
				bool harmless = p->type == ISAKMP_PAYLOAD_VENDOR ||
						p->type == ISAKMP_PAYLOAD_NAT_D;
				if (number % 5 == 4)
					rewrite(&peer, &row);
				else
					memcpy(length, (const uint8_t[]){ 0, number % 5 }, 2);
				int r = input(&run);
				if (number % 5 == 4 && harmless ? r != 0 : r <= 0)
					fail_msg("after %u answers payload %u, %u: %d", answers,
						 p->type, number % 5, r);
				n++;
			}
			run_end(&run);
		}
	}
	print_message("%u messages with an empty payload\n", n);
	assert_true(n >= 4 * 3 * 5);
}

/*
 * CVE-2022-23094, CVE-2020-1763: what belongs to no SA is dropped by a name that can be logged, before
 * the start, with other cookies, and after the end.
 */
static void test_without_state(void **state)
{
	static struct peer peer;
	struct ike_config config;

	(void)state;
	for (unsigned int answers = 0; answers < 4; answers++) {
		struct run run;
		struct ike *idle;

		begin(&run, &peer, answers);
		assert_true(run_answer(&run));
		config = peer.env.config;
		config.psk = &peer.env.psk;
		assert_int_equal(ike_new(&config, &null_crypto, &idle), 0);
		const struct endpoint from = config.remote;
		int r = ike_input(idle, &from, peer.reply, peer.reply_len, run.now);
		assert_true(r > 0 && ike_drop_name((enum ike_drop)r)[0]);
		ike_free(idle);
		for (size_t at = peer.sa.floated ? ISAKMP_MARKER_LEN : 0; at < ISAKMP_COOKIE_LEN;
		     at++) {
			peer.reply[at] ^= 1;
			r = input(&run);
			peer.reply[at] ^= 1;
			assert_true(r > 0 && ike_drop_name((enum ike_drop)r)[0]);
		}
		assert_int_equal(ike_close(run.ike, run.now), 0);
		run_settle(&run);
		assert_int_equal(input(&run), IKE_DROP_UNEXPECTED);
		run_end(&run);
	}
	for (unsigned int type = 0; type <= UINT16_MAX; type++)
		assert_non_null(ike_notify_name((uint16_t)type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_mirrored),
		cmocka_unit_test(test_spi_again), cmocka_unit_test(test_delete_again),
		cmocka_unit_test(test_empty),	  cmocka_unit_test(test_without_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
