/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the gateway is asked beside the attempt, each as somebody whom it doesn't know: the scout's questions, before the
 * attempt and while it waits, and whether L2TP is answered without the tunnel's secret. It asks the policies that know
 * when (scouting, bare), by the line, and writes down what is answered. What an answer changes about the way up is told,
 * never done.
 */

#include "client/connection/bare.h"
#include "client/connection/half-open.h"
#include "client/connection/line.h"
#include "client/connection/scouting.h"

struct questions {
	struct line *line;
	struct half_open *half_open;
	struct scouting scouting;
	struct bare bare;
};

/* What they come to. */
enum questions_told {
	QUESTIONS_NOTHING,
	QUESTIONS_FLOAT,    /* UDP 4500 is open and 500 silent: on there, and anew */
	QUESTIONS_SURVEYED, /* those before the attempt are over */
};

/* Starts as zeroes; both stay the caller's. The line's way is to be taken before anything is asked. */
void questions_init(struct questions *q, struct line *line, struct half_open *half_open);
/* None is under way any more. */
void questions_stop(struct questions *q);

/* Whether there are some before the attempt; and on with them. */
bool questions_before(const struct questions *q);
enum questions_told questions_survey(struct questions *q);

/* One question of the scout's. */
void questions_put(struct questions *q, enum scout_question question, bool floated);

/* Times that have come, perhaps. FLOATED: all of IKE goes to UDP 4500. REPAIRING: of what has worked. */
enum questions_told questions_check(struct questions *q, bool floated, bool repairing);
nsec_t questions_deadline(const struct questions *q, bool floated, bool repairing);

/* Datagrams that the attempt's engines don't know. Return: whether it was an answer. */
bool questions_ike_input(struct questions *q, bool floated, const struct endpoint *from,
			 const uint8_t *data, size_t len, enum questions_told *ret_told);
bool questions_l2tp_input(struct questions *q, const struct endpoint *from, const uint8_t *data,
			  size_t len);

/* Sends a datagram. Return: whether there was one. */
bool questions_send_next_ike(struct questions *q);
bool questions_send_next_l2tp(struct questions *q);
