/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/line.h"

/* What the L2TP engine's event comes to, beyond what the line does about it. */
enum line_l2tp_told {
	LINE_L2TP_NOTHING,
	LINE_L2TP_GRANTED, /* the call may begin, which is all that was wanted */
	LINE_L2TP_CLOSED,  /* the engine has nothing more to say */
	LINE_L2TP_FAILED,  /* *f is the reason */
};

enum line_l2tp_told line_l2tp_event(struct line *l, const struct l2tp_event *event,
				    struct failure *f);

/* Gets PPP ready for the next call. */
int line_prepare_ppp(struct line *l, struct failure *f);

/* Another call in the tunnel that stands, with a new PPP. False: there is none, or it can't be made. */
bool line_call_again(struct line *l, enum l2tp_order order);

/* Another tunnel under the same SA, from the same port. Its engine starts where line_begin_tunnel() says so. */
int line_renew_tunnel(struct line *l, struct failure *f);
int line_begin_tunnel(struct line *l, struct failure *f);

/* Whether anything of PPP came since it began. */
bool line_ppp_heard(struct line *l);

/* Why PPP ends, by what it has said so far. ENDED: the gateway has cleared the call. */
struct failure line_ppp_reason(struct line *l, bool ended);

/* Whether PPP's process has been seen twice to do nothing: one that was stopped together with us may only be slower. */
bool line_is_ppp_stuck(struct line *l);

/* Quick mode goes out again with SCCRQ. */
void line_repeat_quick_mode(struct line *l);

/* Asks PPP to end. Return: whether that is told. */
bool line_stop_ppp(struct line *l);

/* The way down: the tunnel's end. False: there is none to wait for. */
bool line_close_l2tp(struct line *l);

/* Without anybody's answer: who might give it is gone, or is told by what follows. */
void line_cut_l2tp(struct line *l);
