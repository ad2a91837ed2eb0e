/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check: what the kernel and the machine have, and what is to be said of a profile. No packet is sent. */
#include "client/verbs.h"

#include <stdbool.h>
#include <stdio.h>

#include "client/failure.h"
#include "client/json.h"
#include "client/profile-check.h"
#include "client/profile.h"

static const char *const level_words[] = {
	[CHECK_OK] = "ok",
	[CHECK_WARNING] = "warning",
	[CHECK_ERROR] = "error",
};

static void print_rows(const struct check_report *report, const char *about, bool json)
{
	for (size_t i = 0; i < report->n; i++) {
		const struct check_row *row = &report->rows[i];

		if (!json) {
			printf("%-8s %s: %s\n", level_words[row->level], about, row->text);
			continue;
		}
		struct json_object *o = json_object_new_object();
		json_object_object_add(o, "about", json_object_new_string(about));
		json_object_object_add(o, "level", json_object_new_string(level_words[row->level]));
		json_object_object_add(o, "text", json_object_new_string(row->text));
		printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(o);
	}
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
	print_rows(&report, profile->name, json);
	profile_free(profile);
	for (size_t i = 0; i < report.n; i++)
		if (report.rows[i].level == CHECK_ERROR)
			return EXIT_PROFILE;
	return EXIT_OK;
}

int verb_check(const struct options *options)
{
	return options->name ? check_profile(options->name, options->json) : EXIT_OK;
}
