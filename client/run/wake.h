/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <systemd/sd-event.h>

#include "lib/macros.h"
#include "lib/nsec.h"

/* Tells when the machine has slept, as soon as it is awake, on any system (no logind is asked). */
struct wake;

typedef void (*wake_fn)(void *userdata, nsec_t slept);

/* FN is called from the loop. *ret is the caller's: wake_free(). Return: 0; a negative errno. */
_must_check_ int wake_new(sd_event *event, wake_fn fn, void *userdata, struct wake **ret);

/* Accepts NULL. Returns NULL. */
struct wake *wake_free(struct wake *w);
