/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/endpoint.h"
#include "lib/macros.h"

/*
 * One thing that was added to the system, described well enough to take it back, and to be sure that
 * what is found in its place is still the same thing. Its text form is a line of the crash record.
 */

#define UNDO_LINE_MAX  512
#define UNDO_PATH_MAX  200
#define UNDO_VALUE_MAX 32

enum undo_kind {
	UNDO_SA,      /* an XFRM state */
	UNDO_POLICY,  /* an XFRM policy */
	UNDO_ROUTE,   /* a route through our interface */
	UNDO_RULE,    /* a routing rule */
	UNDO_SYSCTL,  /* a value under /proc/sys/net */
	UNDO_DNS,     /* what a resolver was told */
	UNDO_PROCESS, /* a process of ours */
	UNDO_FILE,    /* a file or socket */
	UNDO_BARRIER, /* an unreachable route in our own table */
	UNDO_GUARD,   /* an XFRM policy about who may reach the tunnel's address */
	UNDO_WALL,    /* an XFRM policy about what may leave beside a full tunnel */
	UNDO_CLAIM, /* what only one connection may have, as a file beside the connections' folders */
	UNDO_CLOSED, /* nothing by itself: rules, barriers and claims stay until somebody opens */
	UNDO_GATE,   /* as a wall, and goes with the tunnel's interface: what leaves by it passes */
};

struct undo_sa {
	struct endpoint src, dst; /* ports unused */
	uint32_t spi;		  /* host order */
	uint32_t reqid;		  /* ours: an SA with another one isn't */
};

struct undo_policy {
	bool out;
	struct endpoint src, dst; /* of the selector, with their UDP ports */
	uint32_t reqid;
};

struct undo_route {
	struct endpoint dest; /* port unused */
	uint8_t prefix_len;
	uint32_t table, metric;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex; /* never used twice while the machine runs: tells our pppN from another */
};

struct undo_rule {
	int family;
	uint32_t priority;
	uint32_t table;	      /* to look up; 0: unreachable */
	uint32_t mark;	      /* for packets without it; 0: for all */
	struct endpoint from; /* for packets from that address; family 0: from any */
	struct endpoint to;   /* for packets to there; prefix_len 0: to anywhere */
	uint8_t prefix_len;
	uint8_t ignored; /* the table's routes with prefixes up to that length; UNDO_RULE_ALL: none */
	uint16_t sport, dport; /* for this machine's own UDP with these ports; 0: for everything */
	char oif[IF_NAMESIZE]; /* for what is bound to that interface; "": for everything */
};

#define UNDO_RULE_ALL UINT8_MAX

struct undo_barrier {
	struct endpoint dest; /* port unused */
	uint8_t prefix_len;
	uint32_t table;
};

/* Who may reach an address of the tunnel's. */
enum undo_guard_who {
	UNDO_GUARD_NOBODY, /* besides these */
	UNDO_GUARD_TUNNEL,
	UNDO_GUARD_ITSELF,
	UNDO_GUARD_COUNT,
};

struct undo_guard {
	struct endpoint address; /* port unused */
	enum undo_guard_who who;
};

/* In the order in which they are asked; the first that fits decides. */
enum undo_wall_what {
	UNDO_WALL_PASS,
	UNDO_WALL_BLOCK_LINK,
	UNDO_WALL_PASS_TUNNEL,
	UNDO_WALL_BLOCK,
	UNDO_WALL_COUNT,
};

/* About packets without a mark, with all that is given; 0 is any. */
struct undo_wall {
	enum undo_wall_what what;
	uint32_t ifindex;      /* the link that they leave by */
	struct endpoint from;  /* an address; port unused, family 0: any */
	struct endpoint to;    /* a network; port unused */
	uint16_t sport, dport; /* of ICMP its type in place of the first */
	uint8_t prefix_len;
	uint8_t protocol;
	bool forwarded; /* somebody else's, who routes through this machine; else all that leave */
};

struct undo_claim {
	char name[UNDO_VALUE_MAX]; /* lower case letters, digits and '-' */
};

struct undo_sysctl {
	char path[UNDO_PATH_MAX];
	char old[UNDO_VALUE_MAX], ours[UNDO_VALUE_MAX]; /* restored only while it has our value */
};

enum undo_dns_backend {
	UNDO_DNS_RESOLVED,
	UNDO_DNS_RESOLVCONF,
	UNDO_DNS_FILE,
};

struct undo_dns {
	enum undo_dns_backend backend;
	char ifname[IF_NAMESIZE];
	uint32_t ifindex;
	uint32_t token; /* of the file: tells ours from another connection's */
};

struct undo_process {
	pid_t pid;
	uint64_t
		start; /* field 22 of /proc/PID/stat: tells the process from a later one of that number */
};

struct undo_file {
	char path[UNDO_PATH_MAX];
};

struct undo_entry {
	enum undo_kind kind;
	union {
		struct undo_sa sa;
		struct undo_policy policy;
		struct undo_route route;
		struct undo_rule rule;
		struct undo_sysctl sysctl;
		struct undo_dns dns;
		struct undo_process process;
		struct undo_file file;
		struct undo_barrier barrier;
		struct undo_guard guard;
		struct undo_wall wall;
		struct undo_claim claim;
	} u;
};

/*
 * Writes the entry as one line without the newline.
 * Return: the length; -EINVAL for content that has no place in a line (spaces, control characters).
 */
_must_check_ int undo_entry_format(const struct undo_entry *e, char ret[static UNDO_LINE_MAX]);

/*
 * Reads a line as undo_entry_format() writes it; everything else is refused, paths that lead
 * outside of what we ever change above all.
 * Return: 0; -EBADMSG.
 */
_must_check_ int undo_entry_parse(const char *line, struct undo_entry *ret);

/* The same thing? (Compares the text forms.) */
bool undo_entry_equal(const struct undo_entry *a, const struct undo_entry *b);
