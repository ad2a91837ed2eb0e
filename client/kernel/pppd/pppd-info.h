/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

/*
 * Which pppd is there, and what it can do. It is read from the program's file, not asked: that takes no process. There
 * stand the folder of its plugins, which ends in its version, and the names of its options.
 */

#define PPPD_DIR_MAX	 256
#define PPPD_VERSION_MAX 16

/* What a pppd may have been built without. */
struct pppd_features {
	bool eap_tls, mppe, mschap, ipv6;
	bool noresolvconf; /* the option (2.5.1) */
	bool units;	   /* its plugins can have it work on an interface that there is */
};

/* tsunagu.so beside pppol2tp.so. */
enum pppd_plugin {
	PPPD_PLUGIN_NONE,
	PPPD_PLUGIN_OTHER, /* built for another pppd, which ends when it is told to load it */
	PPPD_PLUGIN_OURS,
};

struct pppd_info {
	const char *path;	/* NULL: not found */
	char dir[PPPD_DIR_MAX]; /* where it looks for plugins; "": nowhere, or not known */
	unsigned int version[3];
	bool pppol2tp;
	enum pppd_plugin own;
	char own_version[PPPD_VERSION_MAX]; /* of the pppd that it was built for; "": not known */
	bool own_units; /* it knows of interfaces that there are; an older one ends pppd by that option */
	struct pppd_features has;
};

/* Looks pppd up, at the places where it is, and reads it. */
void pppd_find(struct pppd_info *ret);

/* Reads the program at PATH. What isn't pppd's own file, as a script that starts it, is taken for one that has everything. */
void pppd_info_read(const char *path, struct pppd_info *ret);

/* Its version in one number: 20502 is 2.5.2; 0: not known. */
unsigned int pppd_version_number(const struct pppd_info *info);
