/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * Hooks: the administrator's programs in /etc/tsunagu/hooks.d, run when something happens to a
 * connection. One after the other, without a shell, with an environment of vpnc-script's names. What one
 * prints goes to the log; that one fails is a warning and changes nothing.
 */

#include <stdbool.h>

#include <systemd/sd-event.h>

#include "client/connection/connection-info.h"
#include "client/profile/profile.h"
#include "client/run/hooks-environment.h"
#include "lib/macros.h"

#define HOOKS_FOLDER "/etc/tsunagu/hooks.d"

/* Each may take so long; all those of the end together. Then it gets SIGTERM, and a second later SIGKILL. */
#define HOOK_TIME_S 10

struct hooks_config {
	sd_event *event;
	const char *folder;
	const struct profile *profile;
	unsigned int limit_ms; /* 0: HOOK_TIME_S; tests are in haste */
	void *userdata;
	/* A hook was refused or has failed: TEXT is translated. */
	void (*on_warning)(void *userdata, const char *text);
	/* Those of a reason have ended, or were given up for the end. Not called from within hooks_run(). */
	void (*on_done)(void *userdata, enum hook_reason reason);
};

struct hooks;

/* *ret is the caller's: hooks_free(). What CONFIG points to stays valid. Return: 0; -ENOMEM. */
_must_check_ int hooks_new(const struct hooks_config *config, struct hooks **ret);

/*
 * Runs all hooks with a reason, after those that are still to be run for former ones; HOOK_DISCONNECT
 * gives these up and ends the one that runs. Return: true: on_done() follows; false: there is nothing to
 * be run, or it couldn't be begun, which was warned about.
 */
bool hooks_run(struct hooks *h, enum hook_reason reason, const struct connection_info *info);

bool hooks_are_running(const struct hooks *h);

/* Kills the one that runs and gives up the rest, without on_done(). */
void hooks_kill(struct hooks *h);

/* hooks_kill(), then frees. Accepts NULL. Returns NULL. */
struct hooks *hooks_free(struct hooks *h);
