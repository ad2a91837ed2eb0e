/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile for other people's eyes. What may be shown is decided by the key's type in the table, so
 * that a new secret can't be forgotten here: only the types listed as harmless are shown.
 */
#include "client/profile/profile-redact.h"

#include <stdbool.h>
#include <string.h>

#include "client/profile/keyfile.h"
#include "client/profile/private-file.h"
#include "client/profile/profile-keys.h"
#include "client/profile/profile.h"
#include "client/profile/text.h"

struct redaction {
	FILE *out;
	char section[64];
};

static bool is_harmless(enum profile_key_type type)
{
	switch (type) {
	case KEY_TEXT:
	case KEY_HOST:
	case KEY_BOOL:
	case KEY_UINT16:
	case KEY_UINT:
	case KEY_METRIC:
	case KEY_DURATION:
	case KEY_WORD:
	case KEY_KIND:
	case KEY_IKE:
	case KEY_ESP:
	case KEY_ID:
	case KEY_GROUP_NAME:
	case KEY_SOURCE_PORT:
	case KEY_EPHEMERAL:
	case KEY_LOCAL:
	case KEY_IFNAME:
	case KEY_UNIT:
	case KEY_ROUTE:
	case KEY_ROUTE6:
	case KEY_ROUTES:
	case KEY_IPV6:
	case KEY_USER_AUTH:
	case KEY_MACHINE_AUTH:
	case KEY_ADDRESSES:
	case KEY_DOMAINS:
	case KEY_FLAGS:
	case KEY_PATH:
	case KEY_SECRET_FILE:
		return true;
	case KEY_SECRET:
	case KEY_PSK:
	case KEY_ARGV:
	case KEY_LOCATION:
	case KEY_NO_EFFECT:
	case KEY_OTHERS:
		break;
	}
	return false;
}

static int redact_item(void *userdata, const struct keyfile_item *item, struct failure *f)
{
	struct redaction *r = userdata;
	const struct profile_key *key = profile_key_find(item->section, item->key);

	(void)f;
	text_make_printable(item->value);
	if (strcmp(r->section, item->section) != 0) {
		(void)snprintf(r->section, sizeof(r->section), "%s", item->section);
		fprintf(r->out, "[%s]\n", item->section);
	}
	if (key && is_harmless(key->type))
		fprintf(r->out, "%s=%s\n", item->key, item->value);
	else if (key && key->type == KEY_ARGV)
		fprintf(r->out, "%s=%.*s (arguments not shown)\n", item->key,
			(int)strcspn(item->value, ";"), item->value);
	else if (key &&
		 key->type == KEY_LOCATION) /* a token's URI may have its PIN behind the '?' */
		fprintf(r->out, "%s=%.*s\n", item->key, (int)strcspn(item->value, "?"),
			item->value);
	else
		fprintf(r->out, "%s=(%s, not shown)\n", item->key,
			!key						  ? "unknown key"
			: !item->value[0]				  ? "empty"
			: key->type == KEY_SECRET || key->type == KEY_PSK ? "set"
									  : "no effect");
	return 0;
}

int profile_redact(const char *path, FILE *out, struct failure *ret_failure)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	struct redaction redaction = { .out = out };
	const struct keyfile_handler handler = { &redaction, redact_item };
	const char *reason = "";
	int r = private_file_read(path, false, PROFILE_FILE_MAX, &file, &reason);

	if (r < 0)
		return failure_set(ret_failure, CAUSE_PROFILE_UNREADABLE, r, "%s: %s", path,
				   reason);
	return keyfile_read(file.data, file.len, &handler, ret_failure);
}
