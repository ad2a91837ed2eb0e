/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/undo/undo-entry.h"

/* Every kind of thing that is added to the system, with NULL at the end. */
extern const struct undo_kind *const run_kinds[];
