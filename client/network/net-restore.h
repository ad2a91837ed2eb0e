/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/undo/undo.h"
#include "lib/macros.h"

/*
 * Puts back what was removed of the routes, rules and policies on the undo list, those of L2TP included. *RET_N is how
 * many of them somebody else has removed: with SWEPT the routes don't count, since each goes with its link.
 * Return: 0; a negative errno when there is something that couldn't be asked for, to be tried again. What can't be had
 * without its interface is none.
 */
_must_check_ int net_restore(const struct undo *undo, bool swept, unsigned int *ret_n);
