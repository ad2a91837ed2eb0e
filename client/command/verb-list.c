/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list: the profiles there are, and why one is of no use. */
#include "client/command/verbs.h"

#include <stdio.h>
#include <stdlib.h>

#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "client/profile/text.h"
#include "client/run/json.h"

static void print_json(const struct profile_entry *entry)
{
	struct json_object *o = json_object_new_object();

	json_add_string(o, "name", entry->name);
	json_add_string(o, "id", entry->id);
	json_add_string(o, "uuid", entry->uuid);
	json_add_string(o, "gateway", entry->gateway);
	json_add_string(o, "path", entry->path);
	if (entry->failure.cause != CAUSE_NONE)
		json_add(o, "failure", json_of_failure(&entry->failure));
	printf("%s\n", json_text(o));
	json_object_put(o);
}

#define NAME_COLUMNS 20

static void print_line(const struct profile_entry *entry)
{
	if (entry->failure.cause == CAUSE_NONE)
		printf("%s%*s %-28s %s\n", entry->id, i18n_pad(entry->id, NAME_COLUMNS), "",
		       entry->gateway, entry->path);
	else
		printf("%s%*s %s (%s)\n", entry->id, i18n_pad(entry->id, NAME_COLUMNS), "",
		       cause_sentence(entry->failure.cause), entry->failure.detail);
}

int verb_list(const struct options *options)
{
	struct profile_entry *entries = NULL;
	struct failure f = { 0 };
	size_t n = 0;

	if (profile_list(&entries, &n, &f) < 0) {
		failure_print(NULL, &f);
		return cause_exit_code(f.cause);
	}
	if (n == 0 && !options->json)
		printf(_("No profile in %s or %s; tsunagu.nmconnection(5) shows how to write "
			 "one.\n"),
		       PROFILE_DIR_OWN, "/etc" PROFILE_DIR_NM);
	for (size_t i = 0; i < n; i++) {
		/* A file's name may be of any octets, and nothing is opened by it any more. */
		text_make_printable(entries[i].path);
		if (options->json)
			print_json(&entries[i]);
		else
			print_line(&entries[i]);
	}
	free(entries);
	return EXIT_OK;
}
