/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The user's language. Texts are written in English in the code; _() gives the user's, N_()
 * (lib/macros.h) marks those that stand in tables. Some functions translate the format they are
 * given: failure_set(), check_add(), profile_warn() and their like, named in po/update. What
 * is for developers (log events, pppd's words) and all identifiers stay English.
 */

#include <stddef.h>

#define _(text) i18n_text(text)

/* The text in the user's language, or as it is where there is no translation. */
const char *i18n_text(const char *text) __attribute__((format_arg(1)));

/*
 * Sets the locale from the environment and binds the translations to FOLDER. Nothing else is read:
 * languages that name a path are dropped from the environment, since root's program must not take
 * its formats from a file of somebody else.
 */
void i18n_init(const char *folder);

/*
 * Takes out what a full buffer or a precision as in "%.160s" left of letters in UTF-8: JSON has whole
 * ones only.
 */
void i18n_trim(char *text);

/*
 * How many spaces bring the text to that many columns on a terminal, for "%s%*s": printf()'s own
 * widths count octets. 0 when it is as wide already.
 */
int i18n_pad(const char *text, int columns);
