/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What `tsunagu check` would say about a value, or about a connection as a whole, before it is saved. */

#include <NetworkManager.h>
#include <stdbool.h>

enum value_verdict {
	VALUE_GOOD,
	VALUE_DOUBTFUL, /* it works, and something in it is without effect */
	VALUE_WRONG,	/* no connection is made with it */
};

/*
 * The value of [vpn] NAME; secrets are found there as well. What is wrong is told in *ret_sentence, the caller's:
 * g_free(). It is NULL when all is good.
 */
enum value_verdict value_check(const char *name, const char *value, char **ret_sentence);

/* Whether the value of [vpn] NAME is yes or no, and nothing else. */
bool value_is_boolean(const char *name);

/*
 * The connection as the client would read it. Return: true; false with what is wrong in *ret_sentence, the caller's,
 * where keys are named as [vpn] NAME.
 */
bool connection_check(NMConnection *connection, char **ret_sentence);
