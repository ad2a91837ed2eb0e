/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/line.h"

/* The machine's network, as the connection needs it: what of it stands. */
struct line_network {
	bool applied;
	bool names_awaited; /* all else stands */
};

/* Before anything is sent, the look-up of the gateway's name included. */
int line_network_guard(struct line_network *n, const struct line *l, struct failure *f);

/* Asks for the gateway's addresses; they come by the listener. BESIDE: as the tunnel's own packets go. */
int line_network_resolve(const struct line *l, bool beside, struct failure *f);
/* The same beside the tunnel; that it fails is no failure. */
void line_network_look_up(const struct line *l);

/* PPP has an address, which info knows. Return: 0; a negative errno. */
int line_network_apply(struct line_network *n, const struct line *l, struct failure *f);
/* IPv6 comes when it comes: before the IPv4 address it is set up with that. */
void line_network_apply6(const struct line_network *n, const struct line *l);
/* Name servers that are not set are told, but no reason to give up. */
void line_network_warn(const struct line *l, const struct failure *warning);

/* The tunnel's interface is gone: what belongs into the tunnel goes nowhere. */
void line_network_hold(const struct line_network *n, const struct line *l);
/* ASKED: the user wants it open; else what is to stay closed does. */
void line_network_undo(struct line_network *n, const struct line *l, bool asked);

/* Another program has removed N parts of it; ERROR: some can't be put back. */
void line_network_restored(const struct line *l, unsigned int n, int error);

/* Whether there is a way to the gateway at all; *ret_same: the one that we use. */
bool line_network_has_path(const struct line *l, bool *ret_same);
