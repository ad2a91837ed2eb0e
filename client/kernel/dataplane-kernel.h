/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "client/boundary/dataplane.h"
#include "client/undo/undo.h"

/*
 * The data plane made of the kernel's ESP and PPPoL2TP and the stock pppd. EVENT and UNDO stay the
 * caller's and outlive it. NULL without memory; free by its ops.
 */
struct dataplane *dataplane_kernel_new(sd_event *event, struct undo *undo);
