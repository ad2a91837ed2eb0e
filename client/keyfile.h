/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "client/failure.h"
#include "lib/macros.h"

/* One `key=value`. Section and key are of letters, digits and "-_." (the section also of spaces). */
struct keyfile_item {
	const char *section;
	const char *key;
	char *value; /* as in the file, without the spaces around it; the handler may change it */
	unsigned int line;
};

struct keyfile_handler {
	void *userdata;
	/* Return: 0, or a negative errno that ends the reading; then *ret_failure says why. */
	int (*item)(void *userdata, const struct keyfile_item *item, struct failure *ret_failure);
};

/*
 * Reads the keyfile in TEXT, LEN octets and a NUL behind them, and hands over every item in order.
 * TEXT is changed; it may hold secrets and stays the caller's to be wiped. Keys and sections can be
 * shown as they are. Values hold neither NUL nor control characters.
 * Return: 0; the handler's error; -EINVAL, and CAUSE_PROFILE_INVALID names line and key.
 */
_must_check_ int keyfile_read(char *text, size_t len, const struct keyfile_handler *handler,
			      struct failure *ret_failure);

/*
 * Resolves \s \n \t \r \\ in place, as GKeyFile writes them.
 * Return: 0; -EINVAL for an unknown escape.
 */
_must_check_ int keyfile_unescape(char *value);

/*
 * Splits a list at SEPARATOR, in place, and resolves the escapes of each entry, where a separator
 * behind a backslash is an ordinary character. Spaces around entries and empty entries are dropped.
 * Return: 0; -EINVAL for an unknown escape; -E2BIG for more than MAX entries.
 */
_must_check_ int keyfile_split(char *value, char separator, char **ret_items, size_t max,
			       size_t *ret_n);
