/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* How a file spells yes and no. */
struct boolean_words {
	const char *yes, *no;
};

extern const struct boolean_words booleans_of_profile; /* yes, no */
extern const struct boolean_words
	booleans_of_peer; /* true, false: as NetworkManager-l2tp exports them */

/* The values of [vpn] that are FROM's yes or no, to the letter, become TO's; only of keys that know nothing else. */
void booleans_respell(GKeyFile *file, const struct boolean_words *from,
		      const struct boolean_words *to);
