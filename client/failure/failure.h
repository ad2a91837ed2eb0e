/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Why something could not be done, as data: the edges and the connection name a cause and the
 * evidence; the sentence, the remedies and the exit code that belong to it are the catalogue's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "client/failure/catalogue.h"
#include "lib/macros.h"

#define FAILURE_DETAIL_MAX 640 /* Japanese takes three octets for a letter */

/* One failure: what, the errno behind it (positive, or 0), and the evidence in a few words. */
struct failure {
	enum cause cause;
	int error;
	char detail[FAILURE_DETAIL_MAX]; /* one line, no control characters, no secret */
};

/*
 * Names the cause. F may be NULL (then only the result matters); the first cause named stays, so that
 * what follows from it doesn't cover it. FORMAT is translated here. ERROR is an errno of either sign, or 0.
 * Return: -ERROR as a negative errno, or -EPROTO when ERROR is 0, to be passed on.
 */
int failure_set(struct failure *f, enum cause cause, int error, const char *format, ...)
	_printf_(4, 5);

/* Short cuts into the catalogue. */
const char *cause_id(enum cause cause);
/* The cause of an identifier; CAUSE_NONE for an unknown one. */
enum cause cause_find(const char *id);
int cause_exit_code(enum cause cause);
const char *cause_sentence(enum cause cause); /* in the user's language */

/* The lines that tell what to do about it. */
void failure_print_remedies(FILE *out, enum cause cause);

/* Prints "tsunagu: NAME: sentence (detail)" and the remedies to stderr. NAME may be NULL. */
void failure_print(const char *name, const struct failure *f);
