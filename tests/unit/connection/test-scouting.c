/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the gateway is asked more than one question, and what its answers change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "client/connection/scouting.h"

static const nsec_t start = 1000 * NSEC_PER_SEC;

#define AFTER_500  (1800 * NSEC_PER_MSEC)
#define AFTER_4500 (900 * NSEC_PER_MSEC)

#define REFUSED 14 /* NO-PROPOSAL-CHOSEN, RFC 2408 3.14.1 */

static const struct ike_proposal ours[] = {
	{ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_ECP384 },
	{ IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_MODP2048 },
};

struct fixture {
	struct scouting scouting;
	struct evidence evidence;
	struct ike_stats ike;
	struct scouting_seen seen;
};

/* In this stage of phase 1, since `start`; the engine and the evidence say the same. */
static void enter(struct fixture *x, enum ike_stage stage)
{
	x->ike.stage = x->evidence.ike.stage = stage;
	evidence_enter_stage(&x->evidence, start);
}

static struct fixture *begin(enum ike_stage stage)
{
	static struct fixture fixture;
	struct fixture *x = &fixture;

	*x = (struct fixture){
		.evidence = { .proposals = ours, .n_proposals = ARRAY_SIZE(ours) },
		.seen = { .evidence = &x->evidence, .ike = &x->ike },
	};
	evidence_enter(&x->evidence, CONNECTION_PHASE1, start);
	enter(x, stage);
	return x;
}

/* In message 5 the port is asked for behind a NAT alone. */
static struct fixture *begin_behind_nat(void)
{
	struct fixture *x = begin(IKE_STAGE_MM5_SENT);

	x->evidence.nat = true;
	return x;
}

static enum scouting_decision check(struct fixture *x, nsec_t now)
{
	return scouting_check(&x->scouting, &x->seen, now);
}

/* It decides that at AT, nothing before, and wants to be called just then. */
static void decides_at(struct fixture *x, nsec_t at, enum scouting_decision decision)
{
	assert_true(scouting_deadline(&x->scouting, &x->seen) == at);
	assert_int_equal(check(x, at - 1), SCOUTING_NOTHING);
	assert_int_equal(check(x, at), decision);
}

static void asks_at(struct fixture *x, nsec_t at, enum scout_question question)
{
	decides_at(x, at, SCOUTING_ASK);
	assert_int_equal(x->scouting.question, question);
	assert_false(x->scouting.floated);
}

static void never_asks(struct fixture *x)
{
	assert_true(scouting_deadline(&x->scouting, &x->seen) == NSEC_NEVER);
	assert_int_equal(check(x, start + 3600 * NSEC_PER_SEC), SCOUTING_NOTHING);
}

static void silence_of_500_asks_for_4500(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	asks_at(x, start + AFTER_500, SCOUT_PORT);
	/* What was heard is no silence. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->ike.heard = 1;
	never_asks(x);
	/* Nor is 500 asked where everything goes to 4500. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->seen.floated = true;
	never_asks(x);
}

static void silence_of_4500_asks_whether_it_is_open(void **state)
{
	struct fixture *x = begin_behind_nat();

	(void)state;
	asks_at(x, start + AFTER_4500, SCOUT_PORT);
	/* Without a NAT message 5 goes to 500. */
	never_asks(begin(IKE_STAGE_MM5_SENT));
	/* Somebody there has another key. */
	x = begin_behind_nat();
	x->evidence.undecryptable = true;
	never_asks(x);
}

static void a_refusal_asks_for_the_algorithms(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);
	const nsec_t refused = start + 40 * NSEC_PER_MSEC;

	(void)state;
	evidence_notify(&x->evidence, REFUSED, false, refused);
	x->ike.heard = 1;
	asks_at(x, refused, SCOUT_OFFER);
	/* It took ours before, so that nothing is learnt. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->seen.repairing = true;
	evidence_notify(&x->evidence, REFUSED, false, refused);
	never_asks(x);
	x->evidence.hint_notify = 0;
	asks_at(x, start + AFTER_500, SCOUT_PORT);
	/* All of it went to 4500: no other offer goes to 500. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->seen.floated = true;
	evidence_notify(&x->evidence, REFUSED, false, refused);
	never_asks(x);
}

static void other_steps_have_no_question(void **state)
{
	static const enum ike_stage stages[] = { IKE_STAGE_IDLE, IKE_STAGE_MM3_SENT,
						 IKE_STAGE_PHASE1_UP, IKE_STAGE_QM1_SENT,
						 IKE_STAGE_CLOSED };
	static const enum connection_state states[] = { CONNECTION_RESOLVE, CONNECTION_PHASE2,
							CONNECTION_L2TP, CONNECTION_UP,
							CONNECTION_CLOSING };
	struct fixture *x;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		x = begin(stages[i]);
		x->evidence.nat = true;
		never_asks(x);
	}
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		x = begin(IKE_STAGE_MM1_SENT);
		x->evidence.state = states[i];
		never_asks(x);
	}
	x = begin(IKE_STAGE_MM1_SENT);
	x->seen.ike = NULL;
	never_asks(x);
}

static void a_step_asks_once(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	asks_at(x, start + AFTER_500, SCOUT_PORT);
	never_asks(x);
	/* A refusal that comes after it changes nothing. */
	evidence_notify(&x->evidence, REFUSED, false, start + AFTER_500);
	never_asks(x);
	enter(x, IKE_STAGE_MM5_SENT);
	x->evidence.nat = true;
	asks_at(x, start + AFTER_4500, SCOUT_PORT);
	never_asks(x);
}

/* What a question leaves at the gateway has to have room there. */
static void room_is_waited_for(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	x->seen.room = start + AFTER_500 - 1;
	asks_at(x, start + AFTER_500, SCOUT_PORT);
	x = begin(IKE_STAGE_MM1_SENT);
	x->seen.room = start + 20 * NSEC_PER_SEC;
	asks_at(x, start + 20 * NSEC_PER_SEC, SCOUT_PORT);
	x = begin(IKE_STAGE_MM1_SENT);
	evidence_notify(&x->evidence, REFUSED, false, start);
	x->seen.room = start + 20 * NSEC_PER_SEC;
	asks_at(x, start + 20 * NSEC_PER_SEC, SCOUT_OFFER);
}

/* And what is known needs none: it is told at the time of the question. */
static void what_is_known_is_not_asked_again(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	x->seen.room = NSEC_NEVER;
	x->evidence.scout.port_open = x->seen.surveyed = true;
	decides_at(x, start + AFTER_500, SCOUTING_FLOAT);
	never_asks(x);
	x = begin_behind_nat();
	x->seen.room = NSEC_NEVER;
	x->evidence.scout.port_open = x->seen.surveyed = true;
	decides_at(x, start + AFTER_4500, SCOUTING_JUDGE);
	/* The attempt itself came to 4500 since that was found open. */
	x = begin_behind_nat();
	x->seen.room = NSEC_NEVER;
	x->evidence.scout.port_open = x->seen.floated = true;
	decides_at(x, start + AFTER_4500, SCOUTING_JUDGE);
}

static void what_may_have_changed_is_asked_again(void **state)
{
	struct fixture *x = begin_behind_nat();

	(void)state;
	/* Found by the question about 500, which was answered there after all. */
	x->evidence.scout.port_open = true;
	asks_at(x, start + AFTER_4500, SCOUT_PORT);
	/* Asked before the attempt, and silent. */
	x = begin_behind_nat();
	x->seen.surveyed = true;
	asks_at(x, start + AFTER_4500, SCOUT_PORT);
	/* The port is known, the algorithms aren't. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->evidence.scout.port_open = x->seen.surveyed = true;
	evidence_notify(&x->evidence, REFUSED, false, start);
	x->seen.room = start + 1;
	asks_at(x, start + 1, SCOUT_OFFER);
}

/* What it comes to that UDP 4500 answers. */
static enum scouting_decision find_open(enum ike_stage stage, bool floated)
{
	struct fixture *x = begin(stage);

	x->scouting.scout.findings.port_open = true;
	return scouting_find(&x->scouting, &x->evidence, floated);
}

static void an_open_port_decides_by_the_step(void **state)
{
	(void)state;
	assert_int_equal(find_open(IKE_STAGE_MM1_SENT, false), SCOUTING_FLOAT);
	assert_int_equal(find_open(IKE_STAGE_MM1_SENT, true), SCOUTING_OPEN);
	assert_int_equal(find_open(IKE_STAGE_MM3_SENT, false), SCOUTING_OPEN);
	assert_int_equal(find_open(IKE_STAGE_MM5_SENT, false), SCOUTING_JUDGE);
	assert_int_equal(find_open(IKE_STAGE_MM5_SENT, true), SCOUTING_JUDGE);
	assert_int_equal(find_open(IKE_STAGE_PHASE1_UP, false), SCOUTING_OPEN);
}

static void findings_decide_once(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	x->scouting.scout.findings.heard_500 = true;
	assert_int_equal(scouting_find(&x->scouting, &x->evidence, false), SCOUTING_NOTHING);
	assert_true(x->evidence.scout.heard_500);
	x->scouting.scout.findings.port_open = true;
	assert_int_equal(scouting_find(&x->scouting, &x->evidence, false), SCOUTING_FLOAT);
	assert_true(x->evidence.scout.port_open);
	assert_int_equal(scouting_find(&x->scouting, &x->evidence, false), SCOUTING_NOTHING);
	/* Before the attempt they are findings and nothing more. */
	x = begin(IKE_STAGE_MM1_SENT);
	x->evidence.surveying = true;
	x->scouting.scout.findings.port_open = true;
	assert_int_equal(scouting_find(&x->scouting, &x->evidence, false), SCOUTING_NOTHING);
	assert_true(x->evidence.scout.port_open);
}

static void send_out(struct scouting *s)
{
	const struct ike_config config = {
		.local = { AF_INET, { 192, 0, 2, 10 }, 500 },
		.local_natt_port = 4500,
		.remote = { AF_INET, { 198, 51, 100, 2 }, 500 },
		.remote_natt_port = 4500,
		.proposals = { ours[0], ours[1] },
		.n_proposals = ARRAY_SIZE(ours),
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
	};

	assert_int_equal(scout_ask(&s->scout, SCOUT_PORT, &config, &crypto_openssl, start), 0);
}

static void a_question_under_way_is_known_and_waited_for(void **state)
{
	struct fixture *x = begin(IKE_STAGE_MM1_SENT);

	(void)state;
	send_out(&x->scouting);
	nsec_t scouts = scout_deadline(&x->scouting.scout);
	assert_true(scouts < start + AFTER_500);
	assert_true(scouting_deadline(&x->scouting, &x->seen) == scouts);
	assert_int_equal(scouting_find(&x->scouting, &x->evidence, false), SCOUTING_NOTHING);
	assert_true(x->evidence.scouting);
	assert_int_equal(scouting_survey(&x->scouting, &x->evidence, true), SCOUTING_NOTHING);
	assert_false(x->evidence.surveying);
	scout_stop(&x->scouting.scout);
	(void)scouting_find(&x->scouting, &x->evidence, false);
	assert_false(x->evidence.scouting);
	assert_int_equal(scouting_survey(&x->scouting, &x->evidence, true), SCOUTING_ASK);
}

/* A gateway before the attempt. */
struct office {
	bool open_500, open_4500;
	bool knocks;			   /* it refuses what nobody has, and isn't silent */
	bool own;			   /* it takes our offer, when that is made */
	const struct ike_proposal *chosen; /* of the offer of all; NULL: it takes none */
	bool signatures;		   /* but with them alone */
	bool forgets;			   /* what it says to our offer gets lost */
};

static void answer(const struct office *o, enum scout_question question, bool floated,
		   struct scout_findings *f)
{
	if (!(floated ? o->open_4500 : o->open_500) || (question == SCOUT_KNOCK && !o->knocks) ||
	    (question == SCOUT_OWN && o->forgets))
		return;
	*(floated ? &f->port_open : &f->heard_500) = true;
	if (question == SCOUT_OWN && o->own)
		f->own_taken = true;
	else if (question == SCOUT_OWN)
		f->own_refused = REFUSED;
	if (question == SCOUT_OFFER && o->chosen) {
		f->offer_known = true;
		f->takes = *o->chosen;
		f->takes_signatures = o->signatures;
	}
}

/* Each question and its port, in order, and what becomes of our own offer. */
static const char *survey(const struct office *o, bool only)
{
	static const char *const names[] = {
		[SCOUT_KNOCK] = "knock", [SCOUT_OFFER] = "all", [SCOUT_OWN] = "own"
	};
	static char text[128];
	struct fixture *x = begin(IKE_STAGE_IDLE);
	enum scouting_decision decision;

	text[0] = '\0';
	while ((decision = scouting_survey(&x->scouting, &x->evidence, only)) == SCOUTING_ASK) {
		size_t len = strlen(text);

		assert_true(x->evidence.surveying && len < sizeof(text) - 20);
		snprintf(text + len, sizeof(text) - len, "%s %s, ", names[x->scouting.question],
			 x->scouting.floated ? "4500" : "500");
		answer(o, x->scouting.question, x->scouting.floated, &x->scouting.scout.findings);
		assert_int_equal(scouting_find(&x->scouting, &x->evidence, false),
				 SCOUTING_NOTHING);
	}
	assert_int_equal(decision, SCOUTING_SURVEYED);
	assert_false(x->evidence.surveying);
	assert_int_equal(scouting_survey(&x->scouting, &x->evidence, only), SCOUTING_NOTHING);
	assert_int_equal(x->evidence.scout.own_taken, x->scouting.scout.findings.own_taken);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
		 x->evidence.scout.own_taken ? "taken" : "not taken");
	return text;
}

static void an_attempt_that_follows_shows_the_rest(void **state)
{
	(void)state;
	assert_string_equal(survey(&(struct office){ 0 }, false), "knock 4500, not taken");
	assert_string_equal(survey(&(struct office){ .open_500 = true,
						     .open_4500 = true,
						     .knocks = true,
						     .own = true,
						     .chosen = &ours[0] },
				   false),
			    "knock 4500, not taken");
}

static void without_one_all_is_asked(void **state)
{
	static const struct {
		struct office office;
		const char *asked;
	} cases[] = {
		/* nobody there */
		{ { 0 }, "knock 4500, all 500, all 4500, not taken" },
		/* what it chose is ours: nothing is left to be asked */
		{ { true, true, true, true, &ours[1], false, false },
		  "knock 4500, all 500, taken" },
		/* nothing of it, so that ours may be taken or not */
		{ { true, true, true, true, NULL, false, false },
		  "knock 4500, all 500, own 500, taken" },
		{ { true, true, true, false, NULL, false, false },
		  "knock 4500, all 500, own 500, not taken" },
		/* ours, and no key: that isn't our offer */
		{ { true, true, true, false, &ours[0], true, false },
		  "knock 4500, all 500, own 500, not taken" },
		/* silent to the knock, or closed: our own offer asks for the port as well */
		{ { true, true, false, true, &ours[0], false, false },
		  "knock 4500, all 500, own 4500, taken" },
		{ { true, true, false, false, NULL, false, false },
		  "knock 4500, all 500, own 4500, not taken" },
		{ { true, false, false, true, NULL, false, false },
		  "knock 4500, all 500, own 4500, own 500, taken" },
		{ { true, false, false, true, &ours[0], false, false },
		  "knock 4500, all 500, own 4500, taken" },
		/* 4500 alone */
		{ { false, true, true, true, &ours[0], false, false },
		  "knock 4500, all 500, all 4500, taken" },
		{ { false, true, false, true, NULL, false, false },
		  "knock 4500, all 500, all 4500, own 4500, taken" },
		{ { false, true, true, false, NULL, false, false },
		  "knock 4500, all 500, all 4500, own 4500, not taken" },
		/* where 500 is silent there is nothing to be gained from it */
		{ { false, true, true, true, NULL, false, true },
		  "knock 4500, all 500, all 4500, own 4500, not taken" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *asked = survey(&cases[i].office, true);

		if (strcmp(asked, cases[i].asked) != 0)
			fail_msg("case %zu: %s, not %s", i, asked, cases[i].asked);
	}
}

/* A choice is ours if all of it is. */
static void a_choice_is_compared_whole(void **state)
{
	static const struct ike_proposal others[] = {
		{ IKE_ENCR_3DES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_ECP384 },
		{ IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, IKE_GROUP_ECP384 },
		{ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_ECP384 },
		{ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
	};
	struct office o = { .open_500 = true, .open_4500 = true, .knocks = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		o.chosen = &others[i];
		assert_string_equal(survey(&o, true), "knock 4500, all 500, own 500, not taken");
	}
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		o.chosen = &ours[i];
		assert_string_equal(survey(&o, true), "knock 4500, all 500, taken");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_of_500_asks_for_4500),
		cmocka_unit_test(silence_of_4500_asks_whether_it_is_open),
		cmocka_unit_test(a_refusal_asks_for_the_algorithms),
		cmocka_unit_test(other_steps_have_no_question),
		cmocka_unit_test(a_step_asks_once),
		cmocka_unit_test(room_is_waited_for),
		cmocka_unit_test(what_is_known_is_not_asked_again),
		cmocka_unit_test(what_may_have_changed_is_asked_again),
		cmocka_unit_test(an_open_port_decides_by_the_step),
		cmocka_unit_test(findings_decide_once),
		cmocka_unit_test(a_question_under_way_is_known_and_waited_for),
		cmocka_unit_test(an_attempt_that_follows_shows_the_rest),
		cmocka_unit_test(without_one_all_is_asked),
		cmocka_unit_test(a_choice_is_compared_whole),
	};

	return cmocka_run_group_tests_name("scouting", tests, NULL, NULL);
}
