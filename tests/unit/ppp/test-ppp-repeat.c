/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP's repetitions, with the frames of a real negotiation in short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/macros.h"
#include "ppp/repeat.h"
#include "tests/unit/hex.h"

#define PAUSE	 (300 * NSEC_PER_MSEC)
#define PATIENCE (800 * NSEC_PER_MSEC)

/* A frame of PROTOCOL with CODE and ID; an Authentication-Protocol option with AUTH, when that is not 0. */
struct frame {
	uint8_t data[16];
	size_t len;
};

static struct frame frame_of(uint16_t protocol, uint8_t code, uint8_t id, uint16_t auth)
{
	struct frame f = { .data = { 0xff, 3, (uint8_t)(protocol >> 8), (uint8_t)protocol, code, id,
				     0, auth ? 8 : 4, 3, 4, (uint8_t)(auth >> 8), (uint8_t)auth },
			   .len = auth ? 12 : 8 };

	return f;
}

struct run {
	struct ppp_repeat r;
	nsec_t now;
};

static struct run run_new(void)
{
	struct run run = { .now = NSEC_PER_SEC };

	ppp_repeat_init(&run.r, PAUSE, PATIENCE, true);
	return run;
}

static void sent(struct run *run, uint16_t protocol, uint8_t code, uint8_t id)
{
	struct frame f = frame_of(protocol, code, id, 0);

	ppp_repeat_sent(&run->r, f.data, f.len, run->now);
}

static void came(struct run *run, uint16_t protocol, uint8_t code, uint8_t id, uint16_t auth)
{
	struct frame f = frame_of(protocol, code, id, auth);

	ppp_repeat_received(&run->r, f.data, f.len, run->now);
}

/* The next thing happens after AFTER and is this frame again, and nothing else. */
static void expect_again(struct run *run, nsec_t after, uint16_t protocol, uint8_t code)
{
	size_t len = 0;

	assert_true(ppp_repeat_deadline(&run->r) == run->now + after);
	assert_null(ppp_repeat_due(&run->r, run->now + after - 1, &len));
	run->now += after;
	const uint8_t *again = ppp_repeat_due(&run->r, run->now, &len);
	assert_non_null(again);
	assert_int_equal(len, 8);
	assert_int_equal(again[2] << 8 | again[3], protocol);
	assert_int_equal(again[4], code);
	assert_null(ppp_repeat_due(&run->r, run->now, &len));
	assert_int_equal(ppp_repeat_missing(&run->r, run->now), PPP_MISSING_NOTHING);
}

static void expect_again_long(struct run *run, nsec_t after, const char *text)
{
	struct hex h = hex(text);
	size_t len = 0;

	run->now += after;
	const uint8_t *again = ppp_repeat_due(&run->r, run->now, &len);
	assert_non_null(again);
	assert_int_equal(len, h.len);
	assert_memory_equal(again, h.data, len);
}

static void expect_quiet(struct run *run)
{
	assert_true(ppp_repeat_deadline(&run->r) == NSEC_NEVER);
}

/* The next thing that happens, after AFTER, is that this is told, once. */
static void expect_missing(struct run *run, nsec_t after, enum ppp_missing what)
{
	size_t len;

	assert_true(ppp_repeat_deadline(&run->r) == run->now + after);
	assert_int_equal(ppp_repeat_missing(&run->r, run->now + after - 1), PPP_MISSING_NOTHING);
	run->now += after;
	assert_null(ppp_repeat_due(&run->r, run->now, &len));
	assert_int_equal(ppp_repeat_missing(&run->r, run->now), what);
	assert_int_equal(ppp_repeat_missing(&run->r, run->now + NSEC_PER_SEC), PPP_MISSING_NOTHING);
}

/* LCP is open at both; the peer wants CHAP. */
static void open_lcp(struct run *run)
{
	sent(run, 0xc021, 1, 1);
	came(run, 0xc021, 1, 1, 0xc223);
	sent(run, 0xc021, 2, 1);
	came(run, 0xc021, 2, 1, 0);
}

/* LCP is open for us; the acknowledgement comes again twice, and then the peer is asked to begin anew. */
static void open_until_provoked(struct run *run)
{
	open_lcp(run);
	expect_again(run, PAUSE, 0xc021, 2);
	expect_again(run, PAUSE * 8 / 5, 0xc021, 2);
	expect_again(run, PATIENCE - PAUSE - PAUSE * 8 / 5, 0xc021, 1);
}

/* What waits for an answer comes again in growing pauses, and no more once that is there. */
static void test_requests(void **state)
{
	static const struct {
		uint16_t protocol;
		uint8_t code, answers[3];
	} cases[] = {
		{ 0xc021, 1, { 2, 3, 4 } },
		{ 0x8021, 1, { 2, 3, 4 } },
		{ 0x8057, 1, { 2, 3, 4 } },
		{ 0x80fd, 1, { 2, 3, 4 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint16_t protocol = cases[i].protocol;
		for (size_t k = 0; k < 3; k++) {
			struct run run = run_new();

			sent(&run, protocol, cases[i].code, 7);
			expect_again(&run, PAUSE, protocol, cases[i].code);
			/* pppd's own repetition changes nothing. */
			sent(&run, protocol, cases[i].code, 7);
			expect_again(&run, PAUSE * 8 / 5, protocol, cases[i].code);
			came(&run, protocol, cases[i].answers[k], 6, 0);
			assert_true(ppp_repeat_deadline(&run.r) != NSEC_NEVER);
			came(&run, protocol, cases[i].answers[k], 7, 0);
			for (size_t s = 0; s < ARRAY_SIZE(run.r.slots); s++)
				assert_false(run.r.slots[s].waiting);
		}
	}
}

/* pppd says it again by itself: ours is due as if it had been that, and isn't said beside it. */
static void test_beside_pppd(void **state)
{
	struct run run = run_new();

	(void)state;
	sent(&run, 0x8057, 1, 1);
	run.now += PAUSE / 2;
	sent(&run, 0x8057, 1, 1);
	expect_again(&run, PAUSE, 0x8057, 1);
	run.now += PAUSE;
	sent(&run, 0x8057, 1, 1);
	expect_again(&run, PAUSE * 8 / 5, 0x8057, 1);
}

/* A new request takes the place of the former, and begins with the short pause. */
static void test_newer(void **state)
{
	struct run run = run_new();

	(void)state;
	sent(&run, 0x8021, 1, 1);
	expect_again(&run, PAUSE, 0x8021, 1);
	sent(&run, 0x8021, 1, 2);
	came(&run, 0x8021, 2, 1, 0);
	expect_again(&run, PAUSE, 0x8021, 1);
}

/* Who answers twice is slow: there is more time from then on, and once for what was repeated. */
static void test_slow(void **state)
{
	struct run run = run_new();

	(void)state;
	sent(&run, 0xc021, 1, 1);
	expect_again(&run, PAUSE, 0xc021, 1);
	came(&run, 0xc021, 2, 1, 0);
	assert_true(run.r.pause == PAUSE);
	for (int i = 0; i < 2; i++) {
		came(&run, 0xc021, 2, 1, 0);
		assert_true(run.r.pause == 2 * PAUSE && run.r.patience == 2 * PATIENCE);
	}
	/* Also when it is the answer to one that we have gone on from. */
	run = run_new();
	sent(&run, 0x8057, 1, 1);
	expect_again(&run, PAUSE, 0x8057, 1);
	came(&run, 0x8057, 3, 1, 0);
	sent(&run, 0x8057, 1, 2);
	came(&run, 0x8057, 3, 1, 0);
	came(&run, 0x8057, 3, 1, 0);
	assert_true(run.r.pause == 2 * PAUSE);
	expect_again(&run, 2 * PAUSE, 0x8057, 1);
	for (uint8_t id = 3; id < 13; id++) {
		size_t len;

		sent(&run, 0x8021, 1, id);
		run.now += 4 * NSEC_PER_SEC;
		unsigned int n = 0;
		while (ppp_repeat_due(&run.r, run.now, &len))
			n++;
		assert_true(n > 0);
		came(&run, 0x8021, 2, id, 0);
		came(&run, 0x8021, 2, id, 0);
	}
	assert_true(run.r.pause == 4 * NSEC_PER_SEC && run.r.patience == 4 * NSEC_PER_SEC);

	/* What wasn't repeated by us tells nothing: pppd's own repetition, or a network that doubles. */
	run = run_new();
	sent(&run, 0xc021, 1, 1);
	came(&run, 0xc021, 2, 1, 0);
	came(&run, 0xc021, 2, 1, 0);
	assert_true(run.r.pause == PAUSE);
}

/* A peer that never answers is not asked for ever: pppd goes on by itself. */
static void test_end(void **state)
{
	struct run run = run_new();
	size_t len;

	(void)state;
	sent(&run, 0x8057, 1, 1);
	unsigned int n = 0;
	while (ppp_repeat_deadline(&run.r) != NSEC_NEVER) {
		run.now = ppp_repeat_deadline(&run.r);
		n += ppp_repeat_due(&run.r, run.now, &len) != NULL;
	}
	assert_int_equal(n, 10);
}

/* LCP's acknowledgement may be what was lost: twice more, then the peer's word is missing. */
static void test_acknowledgement(void **state)
{
	struct run run = run_new();

	(void)state;
	open_until_provoked(&run);
	expect_again(&run, PAUSE, 0xc021, 2);
	expect_again(&run, PAUSE, 0xc021, 1);
	expect_again(&run, PAUSE, 0xc021, 2);
	expect_again(&run, PAUSE, 0xc021, 1);
	expect_missing(&run, PAUSE, PPP_MISSING_AUTH);
	expect_quiet(&run);

	/* As soon as the peer speaks of something else, it has it. */
	run = run_new();
	open_lcp(&run);
	came(&run, 0xc223, 1, 1, 0);
	expect_quiet(&run);

	for (uint8_t echo = 9; echo <= 10; echo++) {
		run = run_new();
		open_lcp(&run);
		came(&run, 0xc021, echo, 1, 0);
		/* What asks who we are was to come with it. The peer is open: nothing but a new beginning helps. */
		expect_again(&run, PATIENCE / 4, 0xc021, 1);
		expect_again(&run, PAUSE, 0xc021, 1);
		/* The answer to that says nothing about the peer's speed. */
		came(&run, 0xc021, 2, 1, 0);
		assert_true(run.r.pause == PAUSE);
	}

	/* Asked again, pppd answers again. */
	run = run_new();
	open_lcp(&run);
	came(&run, 0xc021, 1, 2, 0xc223);
	assert_false(run.r.slots[PPP_REPEAT_SLOTS - 1].waiting);
}

/* The next thing that happens are Naks for the requests up to number LAST, the latest first. */
static void expect_naks(struct run *run, nsec_t after, uint16_t protocol, uint8_t last)
{
	size_t len = 0;

	assert_true(ppp_repeat_deadline(&run->r) == run->now + after);
	assert_null(ppp_repeat_due(&run->r, run->now + after - 1, &len));
	run->now += after;
	for (uint8_t id = last; id > 0; id--) {
		const uint8_t *nak = ppp_repeat_due(&run->r, run->now, &len);

		assert_non_null(nak);
		assert_int_equal(len, 8);
		assert_int_equal(nak[2] << 8 | nak[3], protocol);
		assert_int_equal(nak[4], 3);
		assert_int_equal(nak[5], id);
	}
	assert_null(ppp_repeat_due(&run->r, run->now, &len));
	assert_int_equal(ppp_repeat_missing(&run->r, run->now), PPP_MISSING_NOTHING);
}

static void test_missing(void **state)
{
	struct run run = run_new();

	(void)state;
	/* Nothing is owed as long as the peer may not have heard us. */
	sent(&run, 0xc021, 1, 1);
	assert_int_equal(ppp_repeat_missing(&run.r, NSEC_NEVER - 1), PPP_MISSING_NOTHING);
	came(&run, 0xc021, 2, 1, 0);
	for (uint8_t i = 1; i <= 5; i++)
		expect_naks(&run, PATIENCE / 4, 0xc021, i);
	expect_missing(&run, PATIENCE / 4, PPP_MISSING_LCP);

	/* With PAP, and without authentication, we speak next. */
	static const uint16_t auths[] = { 0, 0xc023 };
	for (size_t i = 0; i < ARRAY_SIZE(auths); i++) {
		run = run_new();
		sent(&run, 0xc021, 1, 1);
		came(&run, 0xc021, 2, 1, 0);
		came(&run, 0xc021, 1, 1, auths[i]);
		sent(&run, 0xc021, 2, 1);
		assert_int_equal(ppp_repeat_missing(&run.r, NSEC_NEVER - 1), PPP_MISSING_NOTHING);
	}

	/* IPCP: the peer answers ours, and its own doesn't come. */
	run = run_new();
	open_lcp(&run);
	came(&run, 0xc223, 1, 1, 0);
	sent(&run, 0xc223, 2, 1);
	came(&run, 0xc223, 3, 1, 0);
	sent(&run, 0x8021, 1, 1);
	came(&run, 0x8021, 3, 1, 0);
	for (uint8_t i = 1; i <= 4; i++)
		expect_naks(&run, PATIENCE / 4, 0x8021, i);
	expect_again(&run, PATIENCE / 4, 0xc021, 1);
	expect_missing(&run, PATIENCE / 4, PPP_MISSING_IPCP);
	came(&run, 0x8021, 1, 1, 0);
	expect_quiet(&run);
}

/* This frame is to be handed in now, and no other. */
static void expect_early(struct run *run, uint16_t protocol, uint8_t code, uint8_t id)
{
	size_t len = 0;

	assert_true(ppp_repeat_deadline(&run->r) <= run->now);
	const uint8_t *early = ppp_repeat_early(&run->r, &len);
	assert_non_null(early);
	assert_int_equal(len, 8);
	assert_int_equal(early[2] << 8 | early[3], protocol);
	assert_int_equal(early[4], code);
	assert_int_equal(early[5], id);
	assert_null(ppp_repeat_early(&run->r, &len));
}

/*
 * Who speaks of something else has agreed to our LCP: that was lost, or comes late. Our request is said again, and nobody
 * says it for the peer; an Echo-Request, which some send with their first frame, shows nothing.
 */
static void test_agreement(void **state)
{
	static const struct {
		uint16_t protocol;
		uint8_t code;
		bool open;
	} cases[] = {
		{ 0xc223, 1, true },  { 0x8021, 1, true },   { 0x8057, 1, true },
		{ 0xc021, 9, false }, { 0xc021, 10, false }, { 0xc021, 12, false },
		{ 0xc021, 1, false },
	};
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct run run = run_new();

		sent(&run, 0xc021, 1, 5);
		came(&run, 0xc021, 1, 1, 0xc223);
		sent(&run, 0xc021, 2, 1);
		came(&run, cases[i].protocol, cases[i].code, 2, 0);
		assert_null(ppp_repeat_early(&run.r, &len));
		assert_true(run.r.slots[0].waiting && !run.r.lcp_agreed);
		expect_again(&run, cases[i].open ? PAUSE / 8 : PAUSE, 0xc021, 1);
		assert_null(ppp_repeat_early(&run.r, &len));
	}
}

/* It was only overtaken: then pppd gets what came before it, once it has seen the agreement. */
static void test_agreement_late(void **state)
{
	static const uint16_t protocols[] = { 0xc223, 0xc227 };
	size_t len;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		struct run run = run_new();

		sent(&run, 0xc021, 1, 5);
		came(&run, 0xc021, 1, 1, protocols[i]);
		sent(&run, 0xc021, 2, 1);
		came(&run, protocols[i], 1, 3, 0);
		came(&run, 0xc021, 2, 5, 0);
		expect_early(&run, protocols[i], 1, 3);
		assert_true(run.r.pause == PAUSE);

		/* Not when the peer has begun anew in between. */
		run = run_new();
		sent(&run, 0xc021, 1, 5);
		came(&run, 0xc021, 1, 1, protocols[i]);
		sent(&run, 0xc021, 2, 1);
		came(&run, protocols[i], 1, 3, 0);
		came(&run, 0xc021, 1, 2, protocols[i]);
		sent(&run, 0xc021, 2, 2);
		came(&run, 0xc021, 2, 5, 0);
		assert_null(ppp_repeat_early(&run.r, &len));
	}
	/* Without authentication it is the network's request, which pppd takes after its own. */
	struct run run = run_new();
	sent(&run, 0xc021, 1, 5);
	came(&run, 0xc021, 1, 1, 0);
	sent(&run, 0xc021, 2, 1);
	came(&run, 0x8021, 1, 1, 0);
	came(&run, 0xc021, 2, 5, 0);
	assert_null(ppp_repeat_early(&run.r, &len));
	sent(&run, 0x8021, 1, 1);
	expect_early(&run, 0x8021, 1, 1);
}

static void show(struct run *run, bool ours, const char *text)
{
	struct hex h = hex(text);

	(ours ? ppp_repeat_sent : ppp_repeat_received)(&run->r, h.data, h.len, run->now);
}

/* A SoftEther server: its echo comes before it rejects what we ask for. */
static void test_softether(void **state)
{
	struct run run = run_new();
	size_t len;

	(void)state;
	show(&run, true, "ff03c021 01010018 010405780206000000000506010203040702 0802");
	show(&run, false, "ff03c021 01000008 0304c227");
	show(&run, true, "ff03c021 02000008 0304c227");
	show(&run, false, "ff03c021 09000018 0000000041686f2042616b61204d616e756b6500");
	assert_null(ppp_repeat_early(&run.r, &len));
	assert_false(run.r.lcp_agreed);
	show(&run, false, "ff03c021 04010014 020600000000050601020304 07020802");
	assert_null(ppp_repeat_early(&run.r, &len));
	assert_false(run.r.lcp_agreed || run.r.peer_open);
	show(&run, true, "ff03c021 01020008 01040578");
	expect_again_long(&run, PAUSE, "ff03c021 01020008 01040578");
	show(&run, false, "ff03c021 02020008 01040578");
	assert_true(run.r.lcp_agreed);
	assert_null(ppp_repeat_early(&run.r, &len));
}

/* Its own request shows that it listens now: ours came too early. What it did hear it answers in its time. */
static void test_listens(void **state)
{
	static const uint16_t networks[] = { 0x8021, 0x8057, 0x80fd };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		struct run run = run_new();

		open_lcp(&run);
		came(&run, 0xc223, 1, 1, 0);
		sent(&run, networks[i], 1, 1);
		run.now += 8 * NSEC_PER_MSEC;
		came(&run, networks[i], 1, 1, 0);
		expect_again(&run, PAUSE / 8, networks[i], 1);
		came(&run, networks[i], 2, 1, 0);
		ppp_repeat_up(&run.r);
		expect_quiet(&run);
	}
	struct run run = run_new();
	run.now -= 100 * NSEC_PER_MSEC;
	sent(&run, 0xc021, 1, 1);
	run.now += 100 * NSEC_PER_MSEC;
	came(&run, 0xc021, 1, 1, 0xc223);
	sent(&run, 0xc021, 2, 1);
	came(&run, 0xc021, 2, 1, 0);
	came(&run, 0xc223, 1, 1, 0);
	sent(&run, 0x8021, 1, 1);
	run.now += 50 * NSEC_PER_MSEC;
	came(&run, 0x8021, 1, 1, 0);
	expect_again(&run, 50 * NSEC_PER_MSEC + PAUSE / 8, 0x8021, 1);
}

/* What was sent before something that is answered was lost; the peer's networks come after its Success. */
static void test_overtaken(void **state)
{
	static const uint16_t networks[] = { 0x8021, 0x8057, 0x80fd };
	struct run run = run_new();

	(void)state;
	open_lcp(&run);
	came(&run, 0xc223, 1, 1, 0);
	ppp_repeat_up(&run.r);
	sent(&run, 0x8021, 1, 1);
	sent(&run, 0x8057, 1, 1);
	sent(&run, 0x80fd, 1, 1);
	came(&run, 0x8057, 2, 1, 0);
	expect_again(&run, PAUSE / 8, 0x8021, 1);
	expect_again(&run, PAUSE - PAUSE / 8, 0x80fd, 1);
	/* That one left before IPCP's did again, so it tells nothing. */
	came(&run, 0x8057, 2, 1, 0);
	assert_true(ppp_repeat_deadline(&run.r) > run.now + PATIENCE / 4);

	for (size_t i = 0; i < ARRAY_SIZE(networks); i++) {
		run = run_new();
		open_lcp(&run);
		came(&run, 0xc223, 1, 1, 0);
		sent(&run, 0xc223, 2, 1);
		came(&run, networks[i], 1, 1, 0);
		expect_again(&run, PAUSE / 8, 0xc223, 2);
	}
}

/* What came before pppd takes it is as if it had not come; IPCP's request is handed to it later. */
static void test_too_early(void **state)
{
	struct run run = run_new();

	(void)state;
	open_lcp(&run);
	came(&run, 0xc223, 1, 2, 0);
	sent(&run, 0xc223, 2, 2);
	came(&run, 0x8021, 1, 1, 0);
	came(&run, 0xc223, 3, 2, 0);
	size_t len = 0;
	assert_null(ppp_repeat_early(&run.r, &len));
	sent(&run, 0x8021, 1, 1);
	expect_early(&run, 0x8021, 1, 1);
	/* What pppd says to it, and its next request, don't bring it out again. */
	sent(&run, 0x8021, 2, 1);
	assert_null(ppp_repeat_early(&run.r, &len));
	sent(&run, 0x8021, 1, 2);
	assert_null(ppp_repeat_early(&run.r, &len));
	came(&run, 0x8021, 2, 2, 0);
	expect_quiet(&run);

	/* One that came in time isn't handed in, nor one from before a new beginning. */
	run = run_new();
	open_lcp(&run);
	sent(&run, 0x8021, 1, 1);
	came(&run, 0x8021, 1, 1, 0);
	assert_null(ppp_repeat_early(&run.r, &len));
	run = run_new();
	open_lcp(&run);
	came(&run, 0x8021, 1, 1, 0);
	open_lcp(&run);
	sent(&run, 0x8021, 1, 1);
	assert_null(ppp_repeat_early(&run.r, &len));
}

/* The request that we didn't see has the number after the last one that we saw. */
static void test_numbers(void **state)
{
	static const uint8_t last[] = { 0, 1, 7, 255 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
		struct run run = run_new();
		size_t len;

		if (last[i] != 0) {
			came(&run, 0xc021, 1, last[i], 0xc223);
			sent(&run, 0xc021, 5, 1);
		}
		sent(&run, 0xc021, 1, 1);
		came(&run, 0xc021, 2, 1, 0);
		run.now = ppp_repeat_deadline(&run.r);
		const uint8_t *nak = ppp_repeat_due(&run.r, run.now, &len);
		assert_non_null(nak);
		assert_int_equal(len, 8);
		const uint8_t expected[] = { 0xff, 3, 0xc0, 0x21, 3, (uint8_t)(last[i] + 1), 0, 4 };
		assert_memory_equal(nak, expected, sizeof(expected));
	}
}

/* One that begins anew for each provocation, and takes its time then: it gets more each time, and it ends. */
static void test_slow_to_ask(void **state)
{
	struct run run = run_new();
	nsec_t waited = 0;
	uint8_t id = 1;
	size_t len;

	(void)state;
	open_lcp(&run);
	for (unsigned int i = 0; i < 5; i++) {
		came(&run, 0xc021, 10, 0, 0);
		assert_true(ppp_repeat_deadline(&run.r) > run.now + waited);
		waited = ppp_repeat_deadline(&run.r) - run.now;
		expect_again(&run, waited, 0xc021, 1);
		came(&run, 0xc021, 1, ++id, 0xc223);
		sent(&run, 0xc021, 1, id);
		sent(&run, 0xc021, 2, id);
		came(&run, 0xc021, 2, id, 0);
	}
	assert_true(waited >= 2 * NSEC_PER_SEC);
	came(&run, 0xc021, 10, 0, 0);
	run.now = ppp_repeat_deadline(&run.r);
	assert_null(ppp_repeat_due(&run.r, run.now, &len));
	assert_int_equal(ppp_repeat_missing(&run.r, run.now), PPP_MISSING_AUTH);
	/* Told once. */
	came(&run, 0xc021, 10, 0, 0);
	assert_int_equal(ppp_repeat_missing(&run.r, run.now + NSEC_PER_SEC), PPP_MISSING_NOTHING);
}

/* The peer begins anew, as it was provoked to: all of it counts once more. */
static void test_anew(void **state)
{
	struct run run = run_new();

	(void)state;
	open_until_provoked(&run);
	came(&run, 0xc021, 1, 2, 0xc223);
	sent(&run, 0xc021, 1, 2);
	sent(&run, 0xc021, 2, 2);
	came(&run, 0xc021, 2, 1, 0);
	assert_int_equal(run.r.missing, PPP_MISSING_NOTHING);
	expect_again(&run, PAUSE, 0xc021, 1);
	came(&run, 0xc021, 2, 2, 0);
	assert_int_equal(run.r.missing, PPP_MISSING_AUTH);
	came(&run, 0xc223, 1, 3, 0);
	expect_quiet(&run);
}

/* Once up nothing is missing, and what is renegotiated is repeated as ever. */
static void test_up(void **state)
{
	struct run run = run_new();

	(void)state;
	open_lcp(&run);
	ppp_repeat_up(&run.r);
	expect_quiet(&run);
	came(&run, 0xc021, 1, 9, 0xc223);
	sent(&run, 0xc021, 1, 2);
	expect_again(&run, PAUSE, 0xc021, 1);
	came(&run, 0xc021, 2, 2, 0);
	expect_quiet(&run);
}

/* The end of LCP, and a protocol that the peer doesn't have, end what waits. */
static void test_ends(void **state)
{
	static const uint8_t codes[] = { 5, 6 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct run run = run_new();

		open_lcp(&run);
		sent(&run, 0x8021, 1, 1);
		came(&run, 0xc021, codes[i], 3, 0);
		expect_quiet(&run);
		sent(&run, 0x8021, 1, 1);
		sent(&run, 0xc021, codes[i], 3);
		expect_quiet(&run);
	}
	static const uint8_t rejected[] = { 0xff, 3, 0xc0, 0x21, 8, 1, 0, 6, 0x80, 0x57 };
	struct run run = run_new();
	sent(&run, 0x8057, 1, 1);
	ppp_repeat_received(&run.r, rejected, sizeof(rejected), run.now);
	expect_quiet(&run);
}

/* Cut off anywhere, with every length field, too long: nothing that isn't whole counts. */
static void test_bounds(void **state)
{
	struct frame whole = frame_of(0xc021, 1, 1, 0xc223);
	uint8_t large[PPP_REPEAT_FRAME_MAX + 1] = { 0xff, 3, 0x80, 0x21, 1, 1, 1, 0xfc };

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		struct run run = run_new();

		ppp_repeat_sent(&run.r, whole.data, len, run.now);
		expect_quiet(&run);
		ppp_repeat_received(&run.r, whole.data, len, run.now);
		assert_false(run.r.lcp_heard);
	}
	for (unsigned int length = 0; length < 256; length++) {
		struct run run = run_new();
		struct frame f = whole;

		f.data[7] = (uint8_t)length;
		ppp_repeat_received(&run.r, f.data, f.len, run.now);
		assert_int_equal(run.r.lcp_heard, length >= 4 && length <= 8);
		assert_int_equal(run.r.asks_first, length == 8);
		/* And every length of the option. */
		f = whole;
		f.data[9] = (uint8_t)length;
		run = run_new();
		ppp_repeat_received(&run.r, f.data, f.len, run.now);
		assert_int_equal(run.r.asks_first, length == 4);
	}
	struct run run = run_new();
	ppp_repeat_sent(&run.r, large, sizeof(large), run.now);
	expect_quiet(&run);
	ppp_repeat_sent(&run.r, large, sizeof(large) - 1, run.now);
	assert_true(ppp_repeat_deadline(&run.r) == run.now + PAUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_newer),
		cmocka_unit_test(test_beside_pppd),
		cmocka_unit_test(test_end),
		cmocka_unit_test(test_acknowledgement),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_agreement_late),
		cmocka_unit_test(test_softether),
		cmocka_unit_test(test_listens),
		cmocka_unit_test(test_overtaken),
		cmocka_unit_test(test_too_early),
		cmocka_unit_test(test_slow_to_ask),
		cmocka_unit_test(test_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
