/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Transactions: XAUTH and mode-cfg. */

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"

/* Any message of a transaction. Return: 0; an enum ike_drop; negative errno. */
_must_check_ int transaction_input(struct ike *ike, struct ike_sa *sa, struct incoming *in);
