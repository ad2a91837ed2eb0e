/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "client/profile/profile.h"
#include "lib/macros.h"
#include "lib/secret.h"

enum check_level {
	CHECK_OK,
	CHECK_WARNING,
	CHECK_ERROR,
};

#define CHECK_TEXT_MAX 1024
#define CHECK_ROWS_MAX (PROFILE_WARNINGS_MAX + 18)

struct check_row {
	enum check_level level;
	char text[CHECK_TEXT_MAX]; /* one line */
};

struct check_report {
	struct check_row rows[CHECK_ROWS_MAX];
	size_t n;
};

/* Appends a row; when the report is full, nothing happens. */
void check_add(struct check_report *report, enum check_level level, const char *format, ...)
	_printf_(3, 4);

/*
 * What is to be said about a profile that could be read: gateway, user, cryptography with its grade,
 * where each secret would come from, the strength of the pre-shared key when it is at hand, routes
 * and names, and the profile's warnings. Appends to the report; no packet is sent and nobody asked.
 */
void profile_check(const struct profile *p, struct check_report *report);

/*
 * Roughly how many bits it takes to guess a pre-shared key, from above: repetitions, sequences and
 * well-known words count little. Below 80 it can be found by trying, once a message 5 was recorded.
 */
unsigned int psk_strength_bits(const struct secret *psk);
