/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the files of the name servers share: dns.c decides what is to be done and when, and each way to
 * set them is a table of functions in a file of its own.
 */

#include <net/if.h>
#include <stdint.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#include "client/boundary/system.h"
#include "client/failure/failure.h"
#include "client/process/process.h"
#include "lib/macros.h"

/* So long anybody may take for what he is asked. */
#define DNS_JOB_MAX_MS 5000

enum dns_by {
	DNS_BY_RESOLVED,
	DNS_BY_RESOLVCONF,
	DNS_BY_FILE,
};

/* As it stands on the undo list. */
struct dns_record {
	enum dns_by backend;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex;
	uint32_t token; /* of the file: tells ours from another connection's */
};

/* What is to be set. */
struct dns_wish {
	const struct sys_network *network;
	const struct dns_record *record; /* as it is on the undo list */
	const char *name;		 /* of the connection */
};

/* What a backend is at; one at a time. */
struct dns_job {
	sd_event *event;
	/* It is done: as the return value of set() and revert(), but for 1. */
	void (*done)(struct dns_job *job, int result);
	struct failure failure;

	/* Of the backends: */
	sd_bus *bus;
	unsigned int answers; /* that are to come */
	int result;
	struct process process;
	sd_event_source *exited;
};

struct dns_backend {
	const char *name;
	const char *word; /* on the undo list, which an older version may have written */
	/*
	 * Both return at once. Return: 0: done; 1: done() follows; -EOPNOTSUPP (set): it isn't there and
	 * nothing was done; another negative errno, with the failure in JOB.
	 */
	int (*set)(struct dns_job *job, const struct dns_wish *wish);
	int (*revert)(struct dns_job *job, const struct dns_record *record);
	/*
	 * done() doesn't follow any more. Waits that long for what can't be left half done, then ends it.
	 * Return: as done().
	 */
	int (*stop)(struct dns_job *job, int timeout_ms);
	/* Takes it back and waits for that, in a process without a loop. Return: 0; a negative errno. */
	int (*take_back)(const struct dns_record *record);
	/* Whether it is there. Waits for an answer. */
	bool (*is_there)(void);
};

extern const struct dns_backend dns_resolved, dns_resolvconf, dns_file;

/*
 * dns-file.c: puts back what a connection left in place before the machine was started anew: the one
 * called NAME, which starts just now, or one that has no folder in RUN_DIR.
 */
void dns_file_recover(const char *run_dir, const char *name);

/* dns-file.c: the path of what was in place before ours. */
void dns_file_kept(const struct dns_record *record, char *ret, size_t size);

/*
 * dns-uplink.c: the servers that names are asked of beside the tunnel, without OURS. RECORD: what is on the
 * undo list now; NULL: nothing. Return: how many.
 */
size_t dns_read_uplink(const struct dns_record *record, const struct sys_network *ours,
		       struct endpoint *ret, size_t max);

/* The lines of a resolv.conf(5). Return: 0; -EMSGSIZE. */
_must_check_ int dns_lines(const struct sys_network *network, char *text, size_t size);
