/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/evidence.h"
#include "client/connection/scout.h"

/* When UDP 4500 is open our key is said again so often that loss alone, of a message or its answer, won't do as a reason. */
#define SCOUTING_JUDGED_PAUSE (100 * NSEC_PER_MSEC)

/* How far the questions before the attempt are. */
enum survey {
	SURVEY_NONE,
	SURVEY_KNOCK_4500,
	SURVEY_OFFER_500,
	SURVEY_OFFER_4500,
	SURVEY_OWN_4500,
	SURVEY_OWN_500,
	SURVEY_DONE,
};

/* When the scout is sent out, and what its findings change. Starts as zeroes. */
struct scouting {
	struct scout scout;
	unsigned int asked; /* in this step of phase 1, by its number */
	enum survey survey;
	/* Of the last decision. */
	enum scout_question question;
	bool floated;
};

/* What it is decided by. */
struct scouting_seen {
	const struct evidence *evidence;
	const struct ike_stats *ike; /* of the attempt's engine; NULL: there is none */
	bool floated;		     /* all of it goes to UDP 4500 */
	bool repairing;
	bool surveyed; /* it was asked before the attempt */
	nsec_t room;   /* when there is room for another half-open SA at the gateway */
};

enum scouting_decision {
	SCOUTING_NOTHING,
	SCOUTING_ASK,	   /* `question`, by UDP 4500 if `floated` */
	SCOUTING_FLOAT,	   /* UDP 4500 is open and 500 silent: going on there */
	SCOUTING_JUDGE,	   /* UDP 4500 is open and our key ignored: that is to be said in haste */
	SCOUTING_OPEN,	   /* UDP 4500 is open; that changes nothing */
	SCOUTING_SURVEYED, /* the questions before the attempt are over */
};

/* Is there a question by now? And what its findings change. Return: neither SURVEYED. */
enum scouting_decision scouting_check(struct scouting *s, const struct scouting_seen *seen,
				      nsec_t now);
enum scouting_decision scouting_find(struct scouting *s, struct evidence *e, bool floated);

/* When scouting_check() or the scout wants to be called. */
nsec_t scouting_deadline(const struct scouting *s, const struct scouting_seen *seen);

/*
 * The questions before the attempt, one after the other: ONLY, none follows. Return: NOTHING as long as there is no
 * answer, ASK or SURVEYED.
 */
enum scouting_decision scouting_survey(struct scouting *s, struct evidence *e, bool only);
