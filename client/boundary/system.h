/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the connection asks of the system besides the data plane, as a table of functions:
 * system-linux.c is the real one, the recording one serves tests. Whatever is added to the system is
 * on the undo list before it is added. Functions return 0 or a negative errno and then name the cause.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/profile/profile-types.h"
#include "lib/endpoint.h"

#define RESOLVE_ADDRS_MAX 16 /* of a name */

#define SYS_IFNAME_MAX 16
#define SYS_TABLE      29000 /* the first of the tables, */
#define SYS_TABLES     1000  /* and how many there are */

/* The pair of IKE sockets. Wanted ports that are taken give ephemeral ones: never an error. */
struct sys_ike_sockets {
	struct endpoint remote; /* the gateway; decides the local address by routing */
	uint16_t want_port, want_natt_port;
	uint32_t mark;
};

struct sys_ike_local {
	struct endpoint local; /* address, and the port of the first socket */
	uint16_t natt_port;
	char uplink[SYS_IFNAME_MAX]; /* the interface towards the gateway */
	uint32_t path_mtu; /* what the kernel knows: link, route, learned by ICMP; 0: nothing */
};

/* The network as the tunnel is to provide it. */
struct sys_network {
	bool ipv4, ipv6; /* what is to be set up now */
	char ifname[SYS_IFNAME_MAX];
	struct endpoint peer; /* of PPP: its other end */
	struct endpoint
		gateway;    /* of the tunnel: a route that covers it must not catch the tunnel */
	bool default_route; /* full tunnel */
	bool default_route6; /* full tunnel of IPv6, by the default route that the gateway announces */
	bool local_network; /* private networks of the machine's own stay beside it */
	bool kill_switch;   /* full tunnel or nothing */
	bool stays_closed; /* once applied, whatever happens to the process, until undo_network() with OPEN */
	uint32_t mark; /* what the tunnel's own packets carry */
	bool unmarked; /* PPP makes the packets anew (MPPE): no mark of ESP's stays on them */
	bool managed; /* routes of a split tunnel, but for a kill switch, and names are somebody else's to set */
	uint32_t table; /* our own routing table, from SYS_TABLE on; the next free one if taken */
	struct sys_route routes[SYS_ROUTES_MAX];
	size_t n_routes;
	struct endpoint dns[SYS_DNS_MAX];
	size_t n_dns;
	char search[SYS_SEARCH_MAX][SYS_NAME_MAX];
	size_t n_search;
	char uplink[SYS_IFNAME_MAX];
};

struct sys_listener {
	void *userdata;
	/* The name's addresses in the resolver's order; ERROR is 0 or the reason in *failure. */
	void (*on_resolved)(void *userdata, const struct endpoint *addrs, size_t n,
			    const struct failure *failure);
	void (*on_ike)(void *userdata, bool natt, const struct endpoint *from, const uint8_t *data,
		       size_t len);
	void (*on_ike_error)(void *userdata, bool natt, int error); /* positive errno, from ICMP */
	/* The name servers are set, or there is a warning why they are not yet; 2 s are the longest. */
	void (*on_names_ready)(void *userdata, const struct failure *warning);
	/*
	 * Links, addresses or routes of the machine have changed since the IKE sockets were opened, the
	 * tunnel's own aside. May be NULL.
	 */
	void (*on_network_change)(void *userdata);
	/*
	 * Somebody else has removed N of our routes, rules and policies; they stand again. ERROR: 0, or a negative errno
	 * when some can't be put back now, which is tried again every second. Once a minute at most. May be NULL.
	 */
	void (*on_network_restored)(void *userdata, unsigned int n, int error);
};

struct system {
	const struct system_ops *ops;
	struct sys_listener listener;
};

struct system_ops {
	/*
	 * Looks the name up without blocking; on_resolved follows (numeric addresses too). With BESIDE, a
	 * mark: as the tunnel's own packets go, past what it holds back, and within three seconds; 0: as
	 * every program on this machine does.
	 */
	int (*resolve)(struct system *sys, const char *name, uint32_t beside,
		       struct failure *ret_failure);
	int (*open_ike)(struct system *sys, const struct sys_ike_sockets *request,
			struct sys_ike_local *ret, struct failure *ret_failure);
	/* The way that open_ike() would take now, without ports. Nothing is opened. */
	int (*find_path)(struct system *sys, const struct sys_ike_sockets *request,
			 struct sys_ike_local *ret, struct failure *ret_failure);
	int (*send_ike)(struct system *sys, bool natt, const struct endpoint *to,
			const uint8_t *data, size_t len);
	void (*close_ike)(struct system *sys);
	/*
	 * Before anything is sent, with what is known of the network by then: refuses a second full
	 * tunnel (DEFAULT_TAKEN), and with the kill switch closes the network to everything but this
	 * connection. Stays until undo_network().
	 */
	int (*guard_network)(struct system *sys, const struct sys_network *network,
			     struct failure *ret_failure);
	/*
	 * Routes, rules, names. What was done before a failure is taken back by undo_network(). A
	 * cause named together with 0 is a warning: the name servers could not be set. May be called
	 * again, for another interface after hold_network(): what stands already is left alone.
	 * Return: 0; 1: on_names_ready() follows, unless the network is held or undone before; a
	 * negative errno.
	 */
	int (*apply_network)(struct system *sys, const struct sys_network *network,
			     struct failure *ret_failure);
	/*
	 * The tunnel's interface is gone or about to go, and another one is to come. What belongs to it
	 * goes: its routes, the name servers. What keeps the traffic from going another way stays.
	 */
	void (*hold_network)(struct system *sys);
	/* With OPEN all of it; without, what is to stay closed does. Return: does it? */
	bool (*undo_network)(struct system *sys, bool open);
	/* LEN octets nobody can guess. */
	int (*random)(struct system *sys, void *ret, size_t len);
	/* Closes and frees. Accepts NULL. */
	struct system *(*free)(struct system *sys);
};
