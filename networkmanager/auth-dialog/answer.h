/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* How the agent is answered on the standard output. */

#include <stdbool.h>
#include <stdio.h>

#include "networkmanager/auth-dialog/asking.h"

/*
 * The secrets, a name and a value to a line each; no-secret when none is needed. What is lacking is left out: the agent
 * gives nothing then. Return: false when a value has a newline.
 */
bool answer_lines(const struct asking *a, FILE *out);

/* A keyfile with what is to be drawn, and by whom it is answered. */
bool answer_keyfile(const struct asking *a, FILE *out);

/* Until the agent says QUIT, closes, or 20 s have passed: it may still be reading. */
void answer_wait(int fd);
