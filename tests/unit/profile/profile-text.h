/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Profiles from texts, for the tests of what is in them. */

#include <stdbool.h>

#include "client/profile/profile-keys.h"
#include "client/profile/profile.h"

/* The least that is a profile: three lines. */
#define MINIMAL "[vpn]\ngateway=vpn.example.jp\nuser=taro\n"

/* As profile_parse(), of a text. */
int parse(const char *text, struct profile **ret, struct failure *why);

/* A text that has to be accepted; profile_free() what it gives. */
struct profile *good(const char *text);

/* A text that has to be refused as an invalid profile, with these words among others. */
void bad(const char *text, const char *part_of_detail);

/* Whether a warning has these words. */
bool warns(const struct profile *p, const char *part);

bool is_secret(const struct profile_key *key);
