/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lib/macros.h"
#include "lib/nsec.h"

/* The longest line a secret may stand in: base64 of SECRET_MAX octets and some room. */
#define SECRET_LINE_MAX 1024

/*
 * Runs the command and gives the first line that it writes, without shell and without terminal as
 * its input; what follows the line is read and dropped. LINE is wiped on failure.
 * Return: 0; -ETIME when it has not ended within TIMEOUT (it is killed then); -EIO when it failed;
 * -EMSGSIZE for a line that is too long; another negative errno when it can't be started.
 */
_must_check_ int secret_from_command(char *const argv[], nsec_t timeout,
				     char line[static SECRET_LINE_MAX]);

/*
 * Asks on the controlling terminal, with echo off. LINE is wiped on failure.
 * Return: 0; -ENXIO without terminal; -EINTR when the user interrupted it (the signal stays pending
 * until the terminal is as it was); -EMSGSIZE; -ENODATA at the end of input.
 */
_must_check_ int secret_from_terminal(const char *prompt, char line[static SECRET_LINE_MAX]);
