/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "client/failure/failure.h"
#include "lib/macros.h"

/* One `key=value`. What can't be shown in the names of section and key has become '?'. */
struct keyfile_item {
	const char *section;
	const char *key;
	char *value; /* as in the file, from the first that is no space on; the handler may change it */
	unsigned int line;
};

struct keyfile_handler {
	void *userdata;
	/* Return: 0, or a negative errno that ends the reading; then *ret_failure says why. */
	int (*item)(void *userdata, const struct keyfile_item *item, struct failure *ret_failure);
};

/*
 * Reads the keyfile in TEXT, LEN octets and a NUL behind them, and hands over every item in order.
 * TEXT is changed; it may hold secrets and stays the caller's to be wiped, and what the items point to
 * stays valid with it. Keys and sections can be shown as they are; values can be anything but NUL.
 * Of a key that comes again in the same section the last one counts.
 * Return: 0; the handler's error; -EINVAL, and CAUSE_PROFILE_INVALID names line and key.
 */
_must_check_ int keyfile_read(char *text, size_t len, const struct keyfile_handler *handler,
			      struct failure *ret_failure);

/* Cuts the spaces off the end, in place. */
void keyfile_cut_space(char *s);

/*
 * Resolves \s \n \t \r \\ in place, as NetworkManager does it: a backslash before anything else stays,
 * one at the end goes.
 */
void keyfile_unescape(char *value);

/*
 * Splits a list at SEPARATOR, in place, and resolves the escapes of each entry, where a separator
 * behind a backslash is an ordinary character. Spaces around entries and empty entries are dropped.
 * Return: 0; -E2BIG for more than MAX entries, of which the first MAX are there.
 */
_must_check_ int keyfile_split(char *value, char separator, char **ret_items, size_t max,
			       size_t *ret_n);
