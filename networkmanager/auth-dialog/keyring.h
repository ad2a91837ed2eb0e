/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The user's keyring, by org.freedesktop.secrets: nm-applet and its like keep an agent's secrets there, and leave it to
 * this program to look them up.
 */

#include <stdbool.h>

/* The secret of that connection, the caller's; NULL where there is none, or no keyring. MAY_ASK: it may be unlocked. */
char *keyring_find(const char *uuid, const char *secret, bool may_ask);
