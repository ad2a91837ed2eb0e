/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The one table of a profile's keys. The parser, `check`, the manual and the completion are derived
 * from it, so that none of them can say something else than the others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/macros.h"

#define PROFILE_KEYS_MAX 192

enum profile_key_type {
	KEY_TEXT,	 /* `target`: char[max] */
	KEY_HOST,	 /* a DNS name or a numeric address: char[max] */
	KEY_BOOL,	 /* bool */
	KEY_UINT16,	 /* uint16_t, min to max */
	KEY_UINT,	 /* unsigned int or uint32_t, min to max */
	KEY_METRIC,	 /* uint32_t; -1 stands for none */
	KEY_DURATION,	 /* uint32_t, seconds; "3600", "60m", "8h", "1d" */
	KEY_WORD,	 /* must be `word`, or the connection can't be made: no target */
	KEY_KIND,	 /* as KEY_WORD; something else means that the file is no L2TP connection */
	KEY_IKE,	 /* list of phase 1 proposals */
	KEY_ESP,	 /* list of phase 2 proposals */
	KEY_ID,		 /* struct ike_id */
	KEY_GROUP_NAME,	 /* the old name for a local identity */
	KEY_USER_AUTH,	 /* password, tls */
	KEY_SOURCE_PORT, /* auto, ephemeral, 1701 */
	KEY_EPHEMERAL,	 /* NetworkManager-l2tp's way to say the same */
	KEY_LOCAL,	 /* yes, no; otherwise by the kind of the tunnel */
	KEY_IFNAME,	 /* name of a network interface */
	KEY_UNIT,	 /* number of a PPP interface */
	KEY_ROUTE,	 /* "destination/prefix[,next hop[,metric]]", many: routeN */
	KEY_ROUTE6,	 /* the same of IPv6 */
	KEY_ROUTES,    /* routes with ';' between, also as "destination/prefix via hop metric N" */
	KEY_IPV6,      /* how IPv6 is configured: bool */
	KEY_ADDRESSES, /* DNS servers */
	KEY_DOMAINS,   /* DNS search domains */
	KEY_SECRET,    /* struct secret */
	KEY_PSK,       /* struct secret; "0s" before base64 */
	KEY_FLAGS,     /* unsigned int */
	KEY_PATH,      /* absolute path, also as a file: URI: char[max] */
	KEY_SECRET_FILE,  /* KEY_PATH of a file whose first line is a secret */
	KEY_LOCATION,	  /* KEY_PATH, or a pkcs11: URI: char[max] */
	KEY_MACHINE_AUTH, /* psk or tls */
	KEY_ARGV,	  /* a command and its arguments, separated by ';' */
	KEY_NO_EFFECT,	  /* known, accepted, and of no effect here: a warning */
	KEY_OTHERS,	  /* not our business, and nobody would expect otherwise: silence */
};

struct profile_key {
	const char *section;
	const char *name; /* of numbered keys without the number, with `numbered` */
	bool numbered;
	bool steers; /* it decides where traffic or names go: nobody may believe in vain that it counts */
	enum profile_key_type type;
	const char *def;   /* the default in the notation of the file; NULL: none */
	const char *label; /* what forms call it; NULL: they don't show it */
	const char *help;  /* one sentence for the manual */
	const char *word;  /* of KEY_WORD and KEY_KIND */
	size_t target;	   /* offset in struct profile */
	uint32_t min, max; /* of numbers; max also the size of texts */
};

extern const struct profile_key profile_keys[];
extern const size_t n_profile_keys;

/*
 * The key of that section and name, or NULL; `route7` finds the numbered `route`. [ip4] and [ip6] are old
 * names of [ipv4] and [ipv6], and a key of [vpn-secrets] is found in [vpn] as well.
 */
const struct profile_key *profile_key_find(const char *section, const char *name);

/*
 * For what profile_key_find() doesn't know: a key that steers and is written nearly so, or stands in
 * another section; or NULL.
 */
const struct profile_key *profile_key_guess(const char *name);

/* Whether what isn't known in this section may steer: then it can't be passed over. */
bool profile_key_section_steers(const char *section);

/* What a value has to be, for messages and the manual: "yes or no". */
const char *profile_key_expects(enum profile_key_type type);
