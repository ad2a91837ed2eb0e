/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user sees while a connection comes up. Progress goes to stdout, failures to stderr. */
#include "client/command/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/connection/connection-info.h"
#include "client/failure/i18n.h"
#include "client/run/json.h"

struct report report_init(const char *name, bool json, bool verbose)
{
	return (struct report){
		.form = json			? REPORT_JSON
			: isatty(STDOUT_FILENO) ? REPORT_TERMINAL
						: REPORT_PLAIN,
		.name = name,
		.verbose = verbose,
		.exit_code = -1,
	};
}

/* The column of the states' words. */
#define STATE_COLUMNS 24

/* The words of a state by its identifier. */
static const char *state_words(const char *id)
{
	for (int s = 0; s < CONNECTION_STATE_COUNT; s++)
		if (strcmp(connection_state_id((enum connection_state)s), id) == 0)
			return connection_state_words((enum connection_state)s);
	return id;
}

static void print_json(struct json_object *event)
{
	printf("%s\n", json_text(event));
	(void)fflush(stdout);
}

/* Ends the line of the state under way, so that another one can be printed. */
static void end_line(struct report *r)
{
	if (r->line_open)
		printf("\n");
	r->line_open = false;
}

static bool is_progress(const char *state)
{
	return strcmp(state, "up") != 0 && strcmp(state, "closing") != 0 &&
	       strcmp(state, "down") != 0 && strcmp(state, "idle") != 0;
}

/* The state that was under way is done, and the next one begins. */
static void show_state(struct report *r, const char *state, double at)
{
	bool terminal = r->form == REPORT_TERMINAL;

	if (r->state[0] && (is_progress(state) || strcmp(state, "up") == 0)) {
		const char *words = state_words(r->state);

		printf(_("%s%s: %s%*s %7.3f s\n"), terminal && r->line_open ? "\r" : "", r->name,
		       words, i18n_pad(words, STATE_COLUMNS), "", at - r->state_since);
		r->line_open = false;
	}
	end_line(r);
	r->state[0] = '\0';
	if (is_progress(state)) {
		(void)snprintf(r->state, sizeof(r->state), "%s", state);
		r->state_since = at;
		if (terminal) {
			const char *words = state_words(state);

			printf("%s: %s%*s ...", r->name, words, i18n_pad(words, STATE_COLUMNS), "");
			r->line_open = true;
		}
	}
}

static void show_up(struct report *r, struct json_object *event, double at)
{
	struct json_object *dns;

	struct json_object *repaired;

	if (json_object_object_get_ex(event, "repaired", &repaired))
		printf(_("%s: connected again after %.3f s: %s on %s"), r->name,
		       json_get_double(repaired, "took", 0),
		       json_get_string(event, "address", _("no address")),
		       json_get_string(event, "interface", _("no interface")));
	else
		printf(_("%s: connected in %.3f s: %s on %s"), r->name, at,
		       json_get_string(event, "address", _("no address")),
		       json_get_string(event, "interface", _("no interface")));
	if (json_object_object_get_ex(event, "dns", &dns))
		for (size_t i = 0; i < json_object_array_length(dns); i++)
			printf("%s%s", i ? ", " : _(", DNS "),
			       json_object_get_string(json_object_array_get_idx(dns, i)));
	printf("\n");
	r->exit_code = 0;
}

static void print_failure(const char *name, struct json_object *failure)
{
	const char *detail = json_get_string(failure, "detail", "");

	fprintf(stderr, _("%s: %s%s%s%s.\n"), name,
		json_get_string(failure, "message", _("failed")), detail[0] ? " (" : "", detail,
		detail[0] ? ")" : "");
	failure_print_remedies(stderr, cause_find(json_get_string(failure, "cause", "")));
}

/* The first line of a failure: a remedy is of no use where it mends itself. */
static void show_repair(struct report *r, struct json_object *event)
{
	struct json_object *failure;

	if (!json_object_object_get_ex(event, "failure", &failure))
		return;
	end_line(r);
	fprintf(stderr, _("%s: lost: %s (%s); reconnecting\n"), r->name,
		json_get_string(failure, "message", _("failed")),
		json_get_string(failure, "detail", ""));
}

static void show_down(struct report *r, struct json_object *event)
{
	struct json_object *failure;

	if (!json_object_object_get_ex(event, "failure", &failure))
		return;
	r->exit_code = json_get_int(failure, "exit", EXIT_INTERNAL);
	if (r->form == REPORT_JSON)
		return;
	if (r->exit_code == EXIT_OK)
		printf(_("%s: disconnected\n"), r->name);
	else
		print_failure(r->name, failure);
}

void report_event(struct report *r, struct json_object *event)
{
	const char *type = json_get_string(event, "event", "");
	const char *text = json_get_string(event, "text", "");
	double at = json_get_double(event, "at", 0);
	bool shown = r->verbose || strcmp(type, "log") != 0;

	if (r->form == REPORT_JSON && shown)
		print_json(event);
	if (strcmp(type, "up") == 0 && r->form == REPORT_JSON)
		r->exit_code = 0;
	else if (strcmp(type, "up") == 0)
		show_up(r, event, at);
	else if (strcmp(type, "down") == 0)
		show_down(r, event);
	else if (strcmp(type, "repair") == 0 && r->form != REPORT_JSON)
		show_repair(r, event);
	else if (strcmp(type, "state") == 0 && r->form != REPORT_JSON)
		show_state(r, json_get_string(event, "state", ""), at);
	else if (strcmp(type, "warning") == 0 && r->form != REPORT_JSON)
		report_warning(r, text);
	else if (shown && text[0] && r->form != REPORT_JSON &&
		 (r->verbose || r->form == REPORT_PLAIN)) {
		end_line(r);
		printf("%s: %8.3f  %s\n", r->name, at, text);
	}
	(void)fflush(stdout);
}

void report_warning(struct report *r, const char *text)
{
	if (r->form == REPORT_JSON) {
		struct json_object *o = json_of_warning(text);

		print_json(o);
		json_object_put(o);
		return;
	}
	end_line(r);
	fprintf(stderr, _("%s: warning: %s\n"), r->name, text);
}

void report_end(struct report *r, const struct failure *f)
{
	struct json_object *o = json_of_end(f);

	end_line(r);
	r->exit_code = -1;
	report_event(r, o);
	json_object_put(o);
	/* Memory ran out on that way. */
	if (r->exit_code < 0 && f->cause != CAUSE_NONE)
		failure_print(r->name, f);
	r->exit_code = cause_exit_code(f->cause);
}
