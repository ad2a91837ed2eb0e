/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "client/undo/undo-entry.h"

/* What pppd leaves to be taken back. */

#define PPPD_PATH_MAX 200

struct pppd_process {
	pid_t pid;
	uint64_t
		start; /* field 22 of /proc/PID/stat: tells the process from a later one of that number */
};

/* A file or socket below /run. Nobody adds one any more; older versions did. */
struct pppd_file {
	char path[PPPD_PATH_MAX];
};

extern const struct undo_kind pppd_process_kind, pppd_file_kind;

/*
 * A pppd that was killed leaves /run/pppN.pid behind, where a later one's may stand by now: the one that
 * names PID goes. To be called only when no process has that number.
 */
void pppd_remove_pid_file(pid_t pid);
