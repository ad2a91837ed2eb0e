/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status and disconnect: the verbs that speak with connections that run, by their control sockets. */
#include "client/command/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "client/run/control.h"
#include "client/run/json.h"
#include "client/run/last-failure.h"
#include "client/run/run-kinds.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

#define ASK_MS	      2000
#define DISCONNECT_MS 30000 /* hooks of the end take 11 s at most, the rest 4 s */
#define NAMES_MAX     64
#define LABEL_COLUMNS 12

static int fail(const char *name, const struct failure *f)
{
	failure_print(name, f);
	return cause_exit_code(f->cause);
}

static int fail_ask(const char *name, int error)
{
	struct failure f = { 0 };

	if (error == -ENOENT || error == -ECONNREFUSED)
		(void)failure_set(
			&f, CAUSE_NOT_RUNNING, error,
			undo_left_closed(name, run_kinds)
				? N_("it has left the network closed, until `tsunagu disconnect` "
				     "opens it")
				: N_("no process answers for it"));
	else if (error == -EACCES || error == -EPERM)
		(void)failure_set(&f, CAUSE_PRIVILEGE, error, "its control socket is root's");
	else
		(void)failure_set(&f, CAUSE_CONTROL, error, "%s", strerror(-error));
	return fail(name, &f);
}

static void show_label(const char *text)
{
	printf("  %s%*s ", text, i18n_pad(text, LABEL_COLUMNS), "");
}

static void show_rate(struct json_object *o, const char *label, const char *bytes,
		      const char *packets)
{
	show_label(label);
	printf(_("%.1f kB in %d packets\n"), json_get_double(o, bytes, 0) / 1000,
	       json_get_int(o, packets, 0));
}

static void show_security(struct json_object *o)
{
	struct json_object *part;

	if (json_object_object_get_ex(o, "phase1", &part)) {
		show_label(_("phase 1"));
		printf(_("%s, %s, %s; %.0f s left\n"), json_get_string(part, "encryption", "?"),
		       json_get_string(part, "hash", "?"), json_get_string(part, "group", "?"),
		       json_get_double(part, "life-left", 0));
	}
	if (json_object_object_get_ex(o, "phase2", &part)) {
		show_label(_("phase 2"));
		printf(_("%s, %s; %.0f s left\n"), json_get_string(part, "encryption", "?"),
		       json_get_string(part, "integrity", "?"),
		       json_get_double(part, "life-left", 0));
	}
}

static void show_grade(struct json_object *o)
{
	struct json_object *grade;

	if (!json_object_object_get_ex(o, "cryptography", &grade))
		return;
	const char *reason = json_get_string(grade, "reason", "");
	const char *advice = json_get_string(grade, "advice", "");
	const char *word = json_get_string(grade, "grade", "?");
	show_label(_("cryptography"));
	printf(_("%s%s%s%s%s%s\n"), _(word), reason[0] ? " (" : "", reason, reason[0] ? ")" : "",
	       advice[0] ? ": " : "", advice);
}

static void show_method(struct json_object *o)
{
	const char *method = json_get_string(o, "authentication", NULL);
	struct json_object *reads;

	if (!method)
		return;
	bool shown = json_object_object_get_ex(o, "gateway-reads-password", &reads) &&
		     json_object_get_boolean(reads);
	show_label(_("password"));
	printf(_("by %s%s\n"), method, shown ? _("; the gateway reads it") : "");
}

static void show_nat(struct json_object *o)
{
	struct json_object *nat, *value;
	bool local, remote;

	if (!json_object_object_get_ex(o, "nat", &nat))
		return;
	local = json_object_object_get_ex(nat, "local", &value) && json_object_get_boolean(value);
	remote =
		json_object_object_get_ex(nat, "gateway", &value) && json_object_get_boolean(value);
	show_label(_("NAT"));
	printf(_("%s, traversal: %s\n"),
	       local && remote ? _("on both sides")
	       : local	       ? _("on our side")
	       : remote	       ? _("on the gateway's side")
			       : _("none"),
	       json_get_string(nat, "traversal", _("not known to the gateway")));
}

static void show_addresses(struct json_object *o)
{
	struct json_object *dns;

	show_label(_("address"));
	printf(_("%s on %s, MTU %d\n"), json_get_string(o, "address", _("none")),
	       json_get_string(o, "interface", _("none")), json_get_int(o, "mtu", 0));
	if (json_get_string(o, "link-local", NULL)) {
		show_label("IPv6");
		printf("%s\n",
		       json_get_string(o, "address6", json_get_string(o, "link-local", "")));
	}
	if (!json_object_object_get_ex(o, "dns", &dns) || json_object_array_length(dns) == 0)
		return;
	show_label("DNS");
	for (size_t i = 0; i < json_object_array_length(dns); i++)
		printf("%s%s", i ? " " : "",
		       json_object_get_string(json_object_array_get_idx(dns, i)));
	printf("\n");
}

/* Why, and what to do about it. WHEN: in front of it. */
static void show_failure(const char *label, const char *when, struct json_object *failure)
{
	enum cause cause = cause_find(json_get_string(failure, "cause", ""));

	show_label(label);
	printf(_("%s%s (%s)\n"), when, cause_sentence(cause),
	       json_get_string(failure, "detail", ""));
	if (cause_info(cause)->remedy) {
		show_label(_("remedy"));
		printf("%s\n", _(cause_info(cause)->remedy));
	}
}

/* Its time is the machine's own here. */
static void show_last_failure(struct json_object *o)
{
	struct json_object *failure;
	struct tm tm = { 0 };
	char when[32] = "";

	if (!json_object_object_get_ex(o, "last-failure", &failure))
		return;
	if (strptime(json_get_string(failure, "time", ""), "%Y-%m-%dT%H:%M:%SZ", &tm)) {
		time_t t = timegm(&tm);

		if (localtime_r(&t, &tm))
			(void)strftime(when, sizeof(when), "%F %T: ", &tm);
	}
	show_failure(_("last failure"), when, failure);
}

/* What is repaired at the moment: the loss, why the last try failed, and what the user can do about it. */
static void show_repairing(struct json_object *repairing, const char *name)
{
	struct json_object *failure, *held;

	show_label(_("reconnecting"));
	printf(_("%s; since %.0f s, tries: %d\n"), json_get_string(repairing, "message", "?"),
	       json_get_double(repairing, "since", 0), json_get_int(repairing, "tries", 0));
	if (!json_object_object_get_ex(repairing, "failure", &failure))
		return;
	show_failure(_("last try"), "", failure);
	if (!json_object_object_get_ex(repairing, "held", &held) || !json_object_get_boolean(held))
		return;
	show_label(_("stopped"));
	printf(_("it isn't tried again by itself, and what belongs into the tunnel stays blocked "
		 "until "
		 "`tsunagu disconnect %s`\n"),
	       name);
}

static void show_repairs(struct json_object *o)
{
	struct json_object *part, *last;

	if (json_object_object_get_ex(o, "repairing", &part))
		show_repairing(part, json_get_string(o, "name", "?"));
	if (!json_object_object_get_ex(o, "repairs", &part) ||
	    !json_object_object_get_ex(part, "last", &last))
		return;
	size_t n = json_object_array_length(last);
	if (n == 0)
		return;
	struct json_object *latest = json_object_array_get_idx(last, n - 1);
	show_label(_("repaired"));
	printf(_("%d times, last after %.1f s: %s\n"), json_get_int(part, "count", 0),
	       json_get_double(latest, "took", 0),
	       cause_sentence(cause_find(json_get_string(latest, "cause", ""))));
}

static void show_status(struct json_object *o)
{
	const char *state = json_get_string(o, "state", "?");
	double up = json_get_double(o, "up-for", -1);

	printf("%s: %s", json_get_string(o, "id", json_get_string(o, "name", "?")), state);
	if (up >= 0)
		printf(_(" for %.0f s"), up);
	printf("\n");
	show_label(_("gateway"));
	printf(_("%s from %s\n"), json_get_string(o, "gateway", "?"),
	       json_get_string(o, "local", "?"));
	if (strcmp(json_get_string(o, "login", ""), "checking") == 0) {
		show_label(_("login"));
		printf("%s\n", _("waiting for the gateway to check the password"));
	}
	show_nat(o);
	show_security(o);
	show_grade(o);
	show_method(o);
	if (json_get_string(o, "address", NULL)) {
		show_addresses(o);
		show_rate(o, _("received"), "bytes-in", "packets-in");
		show_rate(o, _("sent"), "bytes-out", "packets-out");
		show_label(_("round trip"));
		printf("%.1f ms\n", json_get_double(o, "round-trip", 0) * 1000);
	}
	show_repairs(o);
	show_last_failure(o);
}

/* The names in the run directory, as undo_list() gives them. */
struct names {
	char names[NAMES_MAX][PROFILE_NAME_MAX];
	size_t n;
};

static void add_name(void *userdata, const char *name, bool running)
{
	struct names *names = userdata;

	(void)running;
	if (names->n < NAMES_MAX && strlen(name) < PROFILE_NAME_MAX)
		(void)snprintf(names->names[names->n++], PROFILE_NAME_MAX, "%s", name);
}

/* Whether the connection says of itself that it has this id or UUID. */
static bool is_called(const char *name, const char *typed)
{
	static char text[CONTROL_ANSWER_MAX];

	if (control_ask(name, "status", text, sizeof(text), ASK_MS) < 0)
		return false;
	struct json_object *o = json_tokener_parse(text);
	bool called = strcmp(json_get_string(o, "id", ""), typed) == 0 ||
		      strcmp(json_get_string(o, "uuid", ""), typed) == 0;
	json_object_put(o);
	return called;
}

/*
 * The run directory's name for what the user typed: that of the profile which connect would take; or of one
 * that runs, when there is no such profile, any more or in a file.
 */
static void run_name(const char *typed, char ret[static PROFILE_NAME_MAX])
{
	struct names names = { .n = 0 };

	profile_resolve(typed, ret);
	if (undo_list(add_name, &names) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.names[i], ret) == 0)
			return;
	for (size_t i = 0; i < names.n; i++)
		if (strcmp(names.names[i], typed) == 0 || is_called(names.names[i], typed)) {
			memcpy(ret, names.names[i], PROFILE_NAME_MAX);
			return;
		}
	struct json_object *failed = last_failure_read(undo_run_dir(), ret);
	if (!failed)
		(void)!last_failure_find(undo_run_dir(), typed, ret);
	json_object_put(failed);
}

/* Nobody answers: what it ended with is known, if it failed. */
static void show_down(const char *name, bool json)
{
	struct json_object *o = last_failure_read(undo_run_dir(), name);

	if (o && json)
		printf("%s\n", json_text(o));
	if (o && !json) {
		printf("%s: %s\n", json_get_string(o, "id", name),
		       json_get_string(o, "state", "?"));
		show_last_failure(o);
	}
	(void)fflush(stdout);
	json_object_put(o);
}

/* Return: the exit code. */
static int status_of(const char *name, bool json)
{
	static char text[CONTROL_ANSWER_MAX];
	int r = control_ask(name, "status", text, sizeof(text), ASK_MS);

	if (r == -ENOENT || r == -ECONNREFUSED)
		show_down(name, json);
	if (r < 0)
		return fail_ask(name, r);
	if (json) {
		printf("%s\n", text);
		return EXIT_OK;
	}
	struct json_object *o = json_tokener_parse(text);
	if (!o)
		return fail_ask(name, -EBADMSG);
	show_status(o);
	json_object_put(o);
	return EXIT_OK;
}

static int status_of_all(bool json)
{
	struct names names = { .n = 0 };
	int code = EXIT_OK;
	int r = undo_list(add_name, &names);

	if (r < 0 && r != -ENOENT)
		return fail_ask("status", r);
	if (names.n == 0 && !json)
		printf(_("No connection runs.\n"));
	for (size_t i = 0; i < names.n; i++) {
		int one = status_of(names.names[i], json);
		if (code == EXIT_OK)
			code = one;
	}
	return code;
}

int verb_status(const struct options *options)
{
	char name[PROFILE_NAME_MAX];
	const struct timespec second = { .tv_sec = 1 };
	int code;

	if (options->name)
		run_name(options->name, name);
	do {
		code = options->name ? status_of(name, options->json)
				     : status_of_all(options->json);
		(void)fflush(stdout);
	} while (options->watch && code == EXIT_OK && nanosleep(&second, NULL) == 0);
	return code;
}

static int clean_up(const char *name, bool open)
{
	int r = undo_recover(name, run_kinds, open);

	if (r == 0)
		printf(_("%s: cleaned up what a killed process had left behind\n"), name);
	return r;
}

static int fail_clean_up(const char *name, int error)
{
	struct failure f = { 0 };

	/* Nothing is there, or a folder that isn't ours. */
	if (error != -EIO)
		return fail_ask(name, error);
	(void)failure_set(&f, CAUSE_LEFT_BEHIND, 0, N_("its record is kept"));
	return fail(name, &f);
}

/*
 * After a service's end (ExecStopPost) nothing is what there should be, and who still runs was begun by somebody
 * else, before the service: that one is none of its business. When it failed it may begin anew, and what the kill
 * switch keeps isn't opened in between.
 */
static int clean_up_service(const char *name, const char *result)
{
	int r = clean_up(name, strcmp(result, "success") == 0);

	return r == 0 || r == -ENOENT || r == -EBUSY ? EXIT_OK : fail_clean_up(name, r);
}

/* A process that runs is asked; what a killed one left behind, perhaps while it was asked, is undone here. */
static int disconnect_one(const char *name)
{
	const char *service = secure_getenv("SERVICE_RESULT");

	if (service)
		return clean_up_service(name, service);
	int asked = control_disconnect(name, DISCONNECT_MS);
	last_failure_forget(undo_run_dir(), name);
	if (asked < 0 && asked != -ENOENT && asked != -ECONNREFUSED)
		return fail_ask(name, asked);
	int r = clean_up(name, true);
	/* One that has ended in order left nothing, and perhaps somebody has begun it anew. */
	if (asked == 0 && (r == -ENOENT || r == -EBUSY))
		return EXIT_OK;
	return r < 0 ? fail_clean_up(name, r) : EXIT_OK;
}

int verb_disconnect(const struct options *options)
{
	struct names names = { .n = 1 };
	struct failure f = { 0 };
	int code = EXIT_OK;

	if (geteuid() != 0) {
		(void)failure_set(&f, CAUSE_PRIVILEGE, EPERM, "user ID %u",
				  (unsigned int)geteuid());
		return fail(options->name, &f);
	}
	if (options->all) {
		names.n = 0;
		int r = undo_list(add_name, &names);
		if (r < 0 && r != -ENOENT)
			return fail_ask("disconnect", r);
	} else {
		run_name(options->name, names.names[0]);
	}
	for (size_t i = 0; i < names.n; i++) {
		int one = disconnect_one(names.names[i]);
		if (code == EXIT_OK)
			code = one;
	}
	return code;
}
