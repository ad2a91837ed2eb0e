/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A connection's profile: a NetworkManager keyfile, read into typed fields. Everything in it was
 * checked: texts are valid UTF-8 without control characters, numbers are in their ranges, lists fit.
 *
 * NAME is /etc/tsunagu/NAME.nmconnection, or the file there whose `[connection] id=` is NAME; else one of
 * NetworkManager's connections, by its id, its UUID or its file's name, in this order; or any path that
 * begins with "/", "./" or "../". NetworkManager's are in three folders, of which the first that has a UUID
 * counts: /run/NetworkManager/system-connections (netplan's), /etc/..., /usr/lib/...
 *
 * A profile's own name is made from its file's: it is safe as the name of a run directory, and a socket's
 * path with it fits in 108 octets. Users see the id.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure/failure.h"
#include "client/profile/profile-types.h"
#include "ike/ike.h"
#include "lib/secret.h"

#define PROFILE_NAME_MAX     80 /* with the NUL */
#define PROFILE_WARNING_MAX  512
#define PROFILE_TEXT_MAX     256  /* with the NUL */
#define PROFILE_PATH_MAX     1024 /* with the NUL */
#define PROFILE_ARGV_MAX     16
#define PROFILE_FILE_MAX     65536 /* octets of a profile */
#define PROFILE_WARNINGS_MAX 64
#define PROFILE_PASSWORD_MAX 255 /* octets that pppd takes */

#define PROFILE_DIR_OWN "/etc/tsunagu"
#define PROFILE_DIR_NM	"/NetworkManager/system-connections" /* below /run, /etc and /usr/lib */
#define PROFILE_SUFFIX	".nmconnection"

/* Where L2TP sends from. AUTO: an ephemeral port, and 1701 once when the gateway refuses that. */
enum profile_source_port {
	PROFILE_PORT_AUTO,
	PROFILE_PORT_EPHEMERAL,
	PROFILE_PORT_1701,
};

/* Whether private networks of the machine's own stay beside the tunnel. AUTO: in a split one. */
enum profile_local {
	PROFILE_LOCAL_AUTO,
	PROFILE_LOCAL_NO,
	PROFILE_LOCAL_YES,
};

/* NetworkManager's secret flags; a sum. */
#define PROFILE_SECRET_AGENT	    1
#define PROFILE_SECRET_NOT_SAVED    2
#define PROFILE_SECRET_NOT_REQUIRED 4

/* Where a secret is to come from; secrets.h follows the order. */
struct profile_secret {
	struct secret value;		  /* from the profile, decoded; empty: not there */
	char file[PROFILE_PATH_MAX];	  /* *-file, or empty */
	char *argv[PROFILE_ARGV_MAX + 1]; /* *-command; argv[0] NULL: none */
	unsigned int flags;
};

struct profile_warning {
	unsigned int line; /* 0: about no line in particular */
	char text[PROFILE_WARNING_MAX];
};

/* For an attempt, in seconds. */
#define TIMEOUT_DEFAULT_S 30
#define TIMEOUT_MAX_S	  3600

struct profile {
	/* [connection] */
	char name[PROFILE_NAME_MAX]; /* from the file's: safe as a directory */
	char path[PROFILE_PATH_MAX];
	char id[PROFILE_TEXT_MAX];   /* as users see it; the file's name when there is none */
	char uuid[PROFILE_TEXT_MAX]; /* or empty */

	/* [vpn]: who and whereto */
	char gateway[PROFILE_TEXT_MAX]; /* name or numeric address */
	char user[PROFILE_TEXT_MAX];	/* ppp.user has DOMAIN\user joined */
	char domain[PROFILE_TEXT_MAX];
	struct profile_secret psk, password, l2tp_secret;
	struct profile_secret certpass; /* in the password's place when ppp.tls is wanted */
	bool certificates; /* in the place of the pre-shared key; then the first three are set */
	char machine_ca[PROFILE_PATH_MAX], machine_cert[PROFILE_PATH_MAX];
	char machine_key[PROFILE_PATH_MAX], crl[PROFILE_PATH_MAX];
	struct profile_secret machine_certpass; /* for all four */

	/* [vpn]: IPsec */
	struct ike_proposal ike[IKE_PROPOSALS_MAX];
	size_t n_ike;
	struct ike_esp_proposal esp[IKE_PROPOSALS_MAX];
	size_t n_esp;
	bool legacy; /* the weak ones are offered too */
	bool pfs;    /* every entry of esp has the same group then */
	bool force_encaps, initial_contact;
	uint32_t timeout_s; /* of an attempt; 0: the default */
	bool reconnect;	    /* when a connection that has worked is lost */
	struct ike_id local_id, remote_id;
	bool remote_id_given; /* with IKE_ID_ANY: anybody on purpose */
	bool others; /* NetworkManager wrote it, for whoever asked: it says what to use, not what to run */
	bool managed; /* no file has it: a split tunnel's routes and all names are a network manager's */
	uint32_t ike_life_s, sa_life_s;

	/* [vpn]: traffic */
	enum profile_local local_network;
	bool kill_switch, class_based_route;

	/* [vpn]: L2TP */
	enum profile_source_port source_port;

	/* [vpn]: PPP, ready to be handed on but for the password, which stays empty here */
	struct dp_ppp ppp;
	uint16_t mtu, mru; /* at most */

	/* [ipv4] */
	bool never_default;
	bool ignore_auto_dns, ignore_auto_routes;
	uint32_t route_metric; /* 0: none given; routes[].metric has it where a route has none */
	struct sys_route routes[SYS_ROUTES_MAX];
	size_t n_routes;
	struct endpoint dns[SYS_DNS_MAX];
	size_t n_dns;
	char search[SYS_SEARCH_MAX][SYS_NAME_MAX];
	size_t n_search;

	/* [ipv6]; its routes stand with those of [ipv4] */
	bool ipv6, never_default6;
	struct endpoint dns6[SYS_DNS_MAX];
	size_t n_dns6;

	/* What is worth saying and doesn't hinder: unknown keys, keys without effect, weak choices. */
	struct profile_warning warnings[PROFILE_WARNINGS_MAX];
	size_t n_warnings;
};

/* The folders to look in: our own, and NetworkManager's in their order; what is NULL is left out. */
struct profile_folders {
	const char *own, *run, *etc, *lib;
};

/*
 * Whether NAME is safe as it stands: 1 to 79 octets of UTF-8; of ASCII letters, digits, space and
 * "._@+()-" only; neither '.', '-' nor space at the beginning.
 */
bool profile_name_valid(const char *name);

/*
 * Finds and reads a profile. *ret is the caller's: profile_free().
 * Return: 0; a negative errno, and *ret_failure has one of CAUSE_PROFILE_MISSING, _UNREADABLE,
 * _UNSAFE, _INVALID (with key and line), MEMORY.
 */
_must_check_ int profile_load(const char *name_or_path, struct profile **ret,
			      struct failure *ret_failure);

/* The same in other folders, for tests. */
_must_check_ int profile_load_in(const struct profile_folders *folders, const char *name_or_path,
				 struct profile **ret, struct failure *ret_failure);

/*
 * Reads what a network manager hands over, the file at PATH, which is believed as one of NetworkManager's and belongs to
 * no folder: its name is that of the file that NetworkManager has of the connection, by the UUID; else it is made from the id.
 * Return: as profile_load().
 */
_must_check_ int profile_load_managed(const char *path, struct profile **ret,
				      struct failure *ret_failure);
_must_check_ int profile_load_managed_in(const struct profile_folders *folders, const char *path,
					 struct profile **ret, struct failure *ret_failure);

/*
 * The name of the connection that profile_load() would read, also when it is of no use or can't be read
 * any more: for what runs already.
 */
void profile_resolve(const char *name_or_path, char ret[static PROFILE_NAME_MAX]);
void profile_resolve_in(const struct profile_folders *folders, const char *name_or_path,
			char ret[static PROFILE_NAME_MAX]);

/*
 * Reads a profile from memory, for tests and the fuzzer; TEXT may hold anything. Every check is made
 * but those of the file. Return: as profile_load().
 */
_must_check_ int profile_parse(const char *name, const void *text, size_t len, struct profile **ret,
			       struct failure *ret_failure);

/* Wipes the secrets that stood in the file: they have been handed on. */
void profile_forget_secrets(struct profile *p);

/* Wipes and frees. Accepts NULL. Returns NULL. */
struct profile *profile_free(struct profile *p);

/* For _cleanup_(). */
static inline void profile_freep(struct profile **p)
{
	*p = profile_free(*p);
}

/* One connection that `list` names. */
struct profile_entry {
	char name[PROFILE_NAME_MAX];
	char id[PROFILE_TEXT_MAX];
	char uuid[PROFILE_TEXT_MAX];
	char gateway[PROFILE_TEXT_MAX];
	char path[PROFILE_PATH_MAX];
	bool own;		/* in our own folder */
	bool foreign;		/* another kind of connection; never in profile_list()'s */
	struct failure failure; /* why it is of no use; CAUSE_NONE: it is usable */
};

/*
 * All L2TP connections of the folders, sorted by id. What is in /etc/tsunagu hides NetworkManager's of the
 * same file's name. Files that are other kinds of connections are left out; ones that can't be used are
 * there with the failure; what a folder that may not be read holds is left out. *ret is the caller's:
 * free().
 * Return: 0; -ENOMEM; -EACCES, CAUSE_PRIVILEGE, when there is nothing because of such a folder.
 */
_must_check_ int profile_list(struct profile_entry **ret, size_t *ret_n,
			      struct failure *ret_failure);
_must_check_ int profile_list_in(const struct profile_folders *folders, struct profile_entry **ret,
				 size_t *ret_n, struct failure *ret_failure);
