/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Conversations with the L2TP engine as tables: what goes in, what comes out, where it stands. */

#include <stddef.h>
#include <stdint.h>

#include "l2tp/l2tp.h"

#define LOCAL_TUNNEL  0x1111
#define LOCAL_SESSION 0x2222
#define NEXT_SESSION  0x4444 /* of another call */
#define PORT	      1701
#define TALK_SECRET   "ni no hashi"

/*
 * One line of a conversation. IN: "start", "ready", "probe", "call", "call beside", "close RESULT"; "wait": the deadline
 * comes; "sleep MS"; or "NAME NS/NR" for a message of the LNS, optionally followed by " tID"
 * (tunnel), " sID" (session) and " pPORT" (source port). RESULT: of that call. OUT: "NAME NS/NR
 * TUNNEL.SESSION" for each datagram, StopCCN and CDN with "=RESULT:ERROR". EVENTS: as they come,
 * stages left out, which the last column checks.
 */
struct line {
	const char *in;
	int result;
	const char *out;
	const char *events;
	enum l2tp_stage stage;
};

struct talk {
	struct l2tp *l2tp;
	nsec_t now;
	uint8_t drawn;
	enum l2tp_stage told; /* by the events */
};

/* What most conversations start from. */
extern const struct l2tp_config talk_plain;

/* A new engine whose random octets are 11 11, 22 22, 33, and 44 for a challenge. The caller frees talk->l2tp. */
void talk_init(struct talk *talk, const struct l2tp_config *config);

/* Does what the first column of a line says. Return: the engine's. */
int talk_act(struct talk *talk, const char *in);

/* Plays COUNT lines; the test fails at the first that differs. */
void talk_play(struct talk *talk, const struct line *lines, size_t count);

/* The same with a new engine. */
void talk_converse(const struct line *lines, size_t count);

#define CONVERSE(...)                                                      \
	do {                                                               \
		static const struct line lines_[] = { __VA_ARGS__ };       \
		talk_converse(lines_, sizeof(lines_) / sizeof(lines_[0])); \
	} while (0)

#define D(name) L2TP_DROP_##name
#define S(name) L2TP_STAGE_##name

/* The usual beginnings. */
#define STARTED                                                \
	{                                                      \
		"start", 0, "SCCRQ 0/0 0.0", "", S(WAIT_SCCRP) \
	}
#define TUNNEL                                                                                   \
	STARTED,                                                                                 \
	{                                                                                        \
		"SCCRP 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "tunnel 1234", S(WAIT_ICRP) \
	}
#define READY                                                                             \
	TUNNEL,                                                                           \
	{                                                                                 \
		"ICRP 1/3 s2222", 0, "ZLB 3/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) \
	}
#define ICCN                                                           \
	READY,                                                         \
	{                                                              \
		"ready", 0, "ICCN 3/2 1234.5678", "", S(WAIT_ICCN_ACK) \
	}
#define UP                                    \
	ICCN,                                 \
	{                                     \
		"ZLB 2/4", 0, "", "up", S(UP) \
	}
