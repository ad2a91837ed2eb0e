/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the user sees while a connection comes up: stages with their times on a terminal, plain lines
 * elsewhere, or one JSON object a line. It is fed with the events' JSON form, whoever made them.
 */

#include <stdbool.h>

#include <json-c/json.h>

enum report_form {
	REPORT_TERMINAL, /* stages shown live; stdout is a terminal */
	REPORT_PLAIN,
	REPORT_JSON,
};

struct report {
	enum report_form form;
	const char *name; /* of the connection */
	bool verbose;	  /* show the log events too */
	char state[16];	  /* the state that is shown as under way */
	double state_since;
	bool line_open; /* the terminal's last line is not ended */
	int exit_code;	/* -1 until an event decides it */
};

/* Chooses the form: JSON when asked for, TERMINAL when stdout is one. */
struct report report_init(const char *name, bool json, bool verbose);

/* Shows one event. Afterwards `exit_code` is 0 when it was "up", the cause's at "down". */
void report_event(struct report *report, struct json_object *event);

/*
 * Shows how the connection ended, or that it never began, in the same form; sets `exit_code`. A failure is
 * shown even if memory has run out.
 */
struct failure;
void report_end(struct report *report, const struct failure *f);

/* Shows a warning in the form. */
void report_warning(struct report *report, const char *text);
