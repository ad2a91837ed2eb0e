/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diagnose: one real attempt, with a few questions before it and a few packets through the tunnel, shown
 * as the rungs of a ladder. What is missing (a key, a password) ends it earlier and is no failure.
 * The password is sent once at most: nothing is tried again after PPP has begun.
 */
#include "client/command/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/certificate/certificate-profile.h"
#include "client/command/ladder.h"
#include "client/command/report.h"
#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "client/profile/secrets.h"
#include "client/run/json.h"
#include "client/run/run.h"
#include "lib/macros.h"

struct diagnosis {
	struct report report;
	struct profile *profile;
	struct secret psk, password, l2tp_secret;
	struct certificate *certificate;
	enum connection_state until;
	const char *missing; /* why it ends there, or NULL */
	struct ladder ladder;
	struct connection_info info; /* the last one that was seen */
	struct tunnel_findings findings;
};

static void diagnosis_clear(struct diagnosis *d)
{
	secret_clear(&d->psk);
	secret_clear(&d->password);
	secret_clear(&d->l2tp_secret);
	d->certificate = certificate_free(d->certificate);
	d->profile = profile_free(d->profile);
}

/* One secret or all of a certificate that is missing ends the ladder earlier; what is broken fails. */
static int missing(int r, struct diagnosis *d, enum connection_state until, const char *words,
		   struct failure *f)
{
	if (r < 0 && f->cause != CAUSE_SECRET_MISSING)
		return r;
	if (r < 0 && d->until == CONNECTION_IDLE) {
		d->until = until;
		d->missing = words;
	}
	*f = (struct failure){ 0 };
	return 0;
}

static int get_secrets(struct diagnosis *d, bool interactive, struct failure *f)
{
	struct profile *p = d->profile;
	int r = p->certificates ? certificate_for_profile(p, interactive, &d->certificate, f)
				: secrets_get_one(p, SECRET_PSK, interactive, &d->psk, f);

	r = missing(r, d, CONNECTION_PHASE1,
		    p->certificates ? _("no passphrase of the machine's key")
				    : _("no pre-shared key"),
		    f);
	if (r == 0)
		r = secrets_get_l2tp(p, interactive && d->until == CONNECTION_IDLE, &d->l2tp_secret,
				     f);
	r = missing(r, d, CONNECTION_PHASE1, _("no L2TP tunnel secret"), f);
	if (r == 0)
		r = secrets_get_one(p, SECRET_PASSWORD, interactive && d->until == CONNECTION_IDLE,
				    &d->password, f);
	/* Empty as well: PPP isn't begun with what can't be right. */
	if (r == 0 && d->password.len == 0 && !p->ppp.tls.wanted)
		r = failure_set(f, CAUSE_SECRET_MISSING, ENODATA, "password");
	return missing(r, d, CONNECTION_L2TP, _("no password"), f);
}

static int prepare(const struct options *options, struct diagnosis *d, struct failure *f)
{
	if (geteuid() != 0)
		return failure_set(f, CAUSE_PRIVILEGE, EPERM, "user ID %u",
				   (unsigned int)geteuid());
	int r = profile_load(options->name, &d->profile, f);
	if (r < 0)
		return r;
	d->report.name = d->profile->id;
	r = get_secrets(d, isatty(STDIN_FILENO), f);
	profile_forget_secrets(d->profile);
	return r;
}

static void show_rung_json(struct diagnosis *d, enum rung rung)
{
	struct json_object *o = json_object_new_object();

	json_add_string(o, "event", "rung");
	json_add_string(o, "rung", rung_id(rung));
	json_add_string(o, "result", rung_result_id(d->ladder.rungs[rung].result));
	json_add_string(o, "text", d->ladder.rungs[rung].text);
	report_event(&d->report, o);
	json_object_put(o);
}

static void print_rung(const char *rung, const char *result, const char *text)
{
	printf("%s%*s %s%*s  %s\n", rung, i18n_pad(rung, 18), "", result, i18n_pad(result, 10), "",
	       text);
}

static void show_rungs(struct diagnosis *d)
{
	enum rung rung;

	while (ladder_next(&d->ladder, &rung)) {
		if (d->report.form == REPORT_JSON)
			show_rung_json(d, rung);
		else
			print_rung(rung_words(rung),
				   rung_result_words(d->ladder.rungs[rung].result),
				   d->ladder.rungs[rung].text);
	}
	(void)fflush(stdout);
}

static void on_progress(void *userdata, const struct connection_info *info,
			const struct connection_counters *counters)
{
	struct diagnosis *d = userdata;

	/* What it was when it ended says more than that it is over. */
	if (info->state == CONNECTION_DOWN)
		return;
	d->info = *info;
	ladder_observe(&d->ladder, info, counters);
	show_rungs(d);
}

static bool on_checked(void *userdata, const struct tunnel_findings *findings,
		       struct failure *ret_failure)
{
	struct diagnosis *d = userdata;

	d->findings = *findings;
	bool wrong = ladder_checked(&d->ladder, findings, ret_failure);
	show_rungs(d);
	return wrong;
}

/* The protocols' steps, when they are asked for. */
static void on_event(void *userdata, struct json_object *event)
{
	struct diagnosis *d = userdata;
	const char *type = json_get_string(event, "event", "");
	const char *text = json_get_string(event, "text", "");

	if (strcmp(type, "warning") == 0)
		report_warning(&d->report, text);
	else if (d->report.verbose && text[0] && d->report.form != REPORT_JSON)
		printf("%28s  %s\n", "", text);
}

static struct json_object *json_of_suggestions(const struct suggestions *s)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < s->n; i++) {
		struct json_object *o = json_object_new_object();
		json_add_string(o, "section", s->lines[i].section);
		json_add_string(o, "line", s->lines[i].line);
		json_append(array, o);
	}
	return array;
}

static void print_suggestions(const struct suggestions *s)
{
	const char *section = "";

	if (s->n > 0)
		printf("%s\n", _("For the profile:"));
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(section, s->lines[i].section) != 0)
			printf("[%s]\n", s->lines[i].section);
		section = s->lines[i].section;
		printf("%s\n", s->lines[i].line);
	}
}

/* The finding, in the form in which connect ends. */
static void show_finding(struct diagnosis *d, const struct failure *f)
{
	struct suggestions suggestions;
	struct json_object *o = json_object_new_object();

	ladder_suggest(d->profile, &d->info, &d->findings, f, &suggestions);
	json_add_string(o, "event", "finding");
	if (d->missing)
		json_add_string(o, "missing", d->missing);
	json_add(o, "failure", json_of_failure(f));
	json_add(o, "suggestions", json_of_suggestions(&suggestions));
	report_event(&d->report, o);
	json_object_put(o);
	if (d->report.form == REPORT_JSON)
		return;
	if (f->cause != CAUSE_NONE)
		failure_print(d->report.name, f);
	else
		printf("%s: %s\n", d->report.name,
		       d->missing ? _("nothing is wrong as far as could be tested")
				  : _("nothing is wrong"));
	print_suggestions(&suggestions);
}

/* Return: the exit code. */
static int run_diagnosis(const struct options *options, struct diagnosis *d)
{
	struct failure f = { 0 };
	const struct run run = {
		.profile = d->profile,
		.psk = &d->psk,
		.password = &d->password,
		.l2tp_secret = &d->l2tp_secret,
		.certificate = d->certificate,
		.timeout_s = options->timeout_s,
		.until = d->until,
		.on_progress = on_progress,
		.on_checked = on_checked,
		.userdata = d,
		.on_event = on_event,
	};

	if (run_connection(&run, &f) == 0)
		f = (struct failure){ 0 };
	ladder_end(&d->ladder, &f, d->missing);
	show_rungs(d);
	show_finding(d, &f);
	return cause_exit_code(f.cause);
}

int verb_diagnose(const struct options *options)
{
	struct diagnosis d = { .until = CONNECTION_IDLE };
	struct failure f = { 0 };
	int code;

	d.report = report_init(options->name, options->json, options->verbose);
	if (prepare(options, &d, &f) < 0) {
		report_end(&d.report, &f);
		code = d.report.exit_code;
	} else {
		code = run_diagnosis(options, &d);
	}
	diagnosis_clear(&d);
	return code;
}
