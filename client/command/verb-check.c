/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: what the kernel and the machine have, and what is to be said of a profile. No packet is sent. */
#include "client/command/verbs.h"

#include <stdbool.h>
#include <stdio.h>

#include "client/certificate/certificate-profile.h"
#include "client/certificate/user-certificate.h"
#include "client/command/kernel-probe.h"
#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/profile/profile-check.h"
#include "client/profile/profile.h"
#include "client/profile/secrets.h"
#include "client/run/json.h"

#define LEVEL_COLUMNS 8

/* Identifiers in --json; translated elsewhere. */
static const char *const level_words[] = {
	[CHECK_OK] = N_("ok"),
	[CHECK_WARNING] = N_("warning"),
	[CHECK_ERROR] = N_("error"),
};

/* One line, and the object is gone. */
static void print_object(struct json_object *o)
{
	printf("%s\n", json_text(o));
	json_object_put(o);
}

static void print_rows(const struct check_report *report, const char *about, bool json)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct check_row *row = &report->rows[i];

		if (!json) {
			const char *level = _(level_words[row->level]);

			printf("%s%*s %s: %s\n", level, i18n_pad(level, LEVEL_COLUMNS), "", about,
			       row->text);
			continue;
		}
		struct json_object *o = json_object_new_object();
		json_add_string(o, "about", about);
		json_add_string(o, "level", level_words[row->level]);
		json_add_string(o, "text", row->text);
		print_object(o);
	}
}

static void add_failure(struct check_report *report, const struct failure *f)
{
	check_add(report, f->cause == CAUSE_SECRET_MISSING ? CHECK_WARNING : CHECK_ERROR, "%s (%s)",
		  cause_sentence(f->cause), f->detail);
}

/* Certificates are loaded as connect does it; a passphrase that would be asked for is no fault. */
static void check_certificate(const struct profile *profile, struct check_report *report)
{
	struct certificate *certificate;
	struct failure f = { 0 };

	if (!profile->certificates)
		return;
	if (certificate_for_profile(profile, false, &certificate, &f) < 0) {
		add_failure(report, &f);
		return;
	}
	if (certificate_warning(certificate)[0])
		check_add(report, CHECK_WARNING, "%s", certificate_warning(certificate));
	check_add(report, CHECK_OK, "certificate, key and authorities can be read");
	certificate_free(certificate);
}

/* The user's for EAP-TLS, in the same way. */
static void check_user_certificate(const struct profile *profile, struct check_report *report)
{
	_cleanup_(secret_clear) struct secret passphrase = { .len = 0 };
	struct user_certificate certificate;
	struct failure f = { 0 };

	if (!profile->ppp.tls.wanted)
		return;
	if (secrets_get_one(profile, SECRET_PASSWORD, false, &passphrase, &f) < 0 ||
	    user_certificate_open(&profile->ppp.tls, &passphrase, &certificate, &f) < 0) {
		add_failure(report, &f);
		return;
	}
	check_add(report, CHECK_OK, "the user's certificate, key and authorities can be read");
	user_certificate_close(&certificate);
}

static int check_profile(const char *name, bool json)
{
	static struct check_report report;
	struct profile *profile = NULL;
	struct failure f = { 0 };

	if (profile_load(name, &profile, &f) < 0) {
		failure_print(name, &f);
		return cause_exit_code(f.cause);
	}
	profile_check(profile, &report);
	check_certificate(profile, &report);
	check_user_certificate(profile, &report);
	print_rows(&report, json ? profile->name : profile->id, json);
	profile_free(profile);
	for (size_t i = 0; i < report.n; i++)
		if (report.rows[i].level == CHECK_ERROR)
			return EXIT_PROFILE;
	return EXIT_OK;
}

static const char *const verdict_words[] = {
	[PROBE_OK] = N_("ok"),
	[PROBE_MISSING] = N_("missing"),
	[PROBE_LACKING] = N_("lacking"),
	[PROBE_UNTESTED] = N_("untested"),
};

static void print_probe(const struct probe *probe, bool json)
{
	if (!json) {
		const char *verdict = _(verdict_words[probe->verdict]);

		printf("%s%*s %s: %s\n", verdict, i18n_pad(verdict, LEVEL_COLUMNS), "",
		       _(probe->what), probe->detail);
		if (probe->remedy[0])
			printf("         %s\n", probe->remedy);
		return;
	}
	struct json_object *o = json_object_new_object();
	json_add_string(o, "about", probe->id);
	json_add_string(o, "level", verdict_words[probe->verdict]);
	json_add_string(o, "text", probe->detail);
	json_add_string(o, "remedy", probe->remedy);
	print_object(o);
}

static int check_machine(bool json)
{
	struct probe probes[KERNEL_PROBES_MAX];
	size_t n = kernel_probe(probes);
	int code = EXIT_OK;

	for (size_t i = 0; i < n; i++) {
		print_probe(&probes[i], json);
		if (probes[i].verdict == PROBE_MISSING)
			code = EXIT_SYSTEM;
	}
	return code;
}

int verb_check(const struct options *options)
{
	int machine = check_machine(options->json);
	int profile = options->name ? check_profile(options->name, options->json) : EXIT_OK;

	return profile != EXIT_OK ? profile : machine;
}
