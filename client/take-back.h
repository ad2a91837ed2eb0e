/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/undo-entry.h"

/*
 * Takes one thing out of the system again, whatever it is, and only if it still is that thing. What
 * is gone already is no error. Return: 0; a negative errno when it is still there. Blocks for a short while at most (a process is given a second to end).
 */
int take_back(const struct undo_entry *e);
