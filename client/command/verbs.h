/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The command line's verbs. Each takes what stands after the verb's name and returns the program's
 * exit code, having told the user everything.
 */

struct options {
	const char *name;	/* NAME, or NULL */
	int all;		/* --all */
	int foreground;		/* --foreground */
	int json;		/* --json */
	int managed;		/* --managed */
	int watch;		/* --watch */
	int verbose;		/* --verbose */
	unsigned int timeout_s; /* --timeout SECONDS; 0: not given */
	const char *keylog;	/* --keylog DIR, or NULL */
	const char *capture;	/* --capture FILE, or NULL */
};

int verb_connect(const struct options *options);
int verb_disconnect(const struct options *options);
int verb_status(const struct options *options);
int verb_check(const struct options *options);
int verb_list(const struct options *options);
int verb_diagnose(const struct options *options);
int verb_report(const struct options *options);
