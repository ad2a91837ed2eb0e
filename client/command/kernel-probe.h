/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* What this machine has of what a connection needs, without sending a packet: `tsunagu check`. */

#define KERNEL_PROBES_MAX 12

enum probe_verdict {
	PROBE_OK,
	PROBE_MISSING,	/* no connection will come up */
	PROBE_LACKING,	/* it will, with something less */
	PROBE_UNTESTED, /* not without more privilege */
};

struct probe {
	const char *id;	  /* "esp": for --json, stable */
	const char *what; /* "kernel ESP" */
	enum probe_verdict verdict;
	char detail[768]; /* what was found, or what is missing */
	char remedy[512]; /* what to do; "" when there is nothing to do */
};

/* Looks at everything. Return: how many of RET were written. */
size_t kernel_probe(struct probe ret[static KERNEL_PROBES_MAX]);
