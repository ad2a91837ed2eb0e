/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "client/boundary/system.h"
#include "client/undo/undo.h"

/*
 * The real system. EVENT and UNDO stay the caller's and outlive it. NULL without memory; free by its
 * ops.
 */
struct system *system_linux_new(sd_event *event, struct undo *undo);
