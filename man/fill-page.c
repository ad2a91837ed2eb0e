/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a manual page from its source at build time: a line that is "@KEYS@" becomes the profile's
 * keys from their table, "@CAUSES@" the exit codes with their causes, "@VERSION@" anywhere the
 * version. So the pages can't say something else than the program does.
 *	fill-page SOURCE VERSION [TRANSLATIONS.mo] > PAGE
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/failure.h"
#include "client/failure/i18n.h"
#include "client/profile/profile-keys.h"
#include "translation.h"

/* Text as roff wants it: nothing in it is a request or an escape. */
static void put(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '\\')
			fputs("\\e", stdout);
		else if (*p == '-')
			fputs("\\-", stdout);
		else if (*p == '\'')
			fputs("\\(aq", stdout);
		else if (*p == '`')
			fputs("\\(ga", stdout);
		else if (*p == ',' && isalnum((unsigned char)p[1]))
			fputs(",\\:", stdout); /* long lists may be broken here */
		else
			putchar(*p);
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* As put(), with a capital at the beginning and a full stop at the end. */
static void put_sentence(const char *text)
{
	if (*text >= 'a' && *text <= 'z') {
		putchar(*text - 'a' + 'A');
		text++;
	}
	put(text);
	if (!ends_with(text, ".") && !ends_with(text, _(".")))
		fputs(_("."), stdout);
}

static void put_expects(const struct profile_key *key)
{
	switch (key->type) {
	case KEY_WORD:
	case KEY_KIND:
		put(key->word);
		break;
	case KEY_UINT16:
	case KEY_UINT:
	case KEY_UNIT:
	case KEY_FLAGS:
		printf(_("a number from %u to %u"), key->min, key->max);
		break;
	case KEY_TEXT:
	case KEY_HOST:
	case KEY_BOOL:
	case KEY_METRIC:
	case KEY_DURATION:
	case KEY_IKE:
	case KEY_ESP:
	case KEY_ID:
	case KEY_GROUP_NAME:
	case KEY_USER_AUTH:
	case KEY_SOURCE_PORT:
	case KEY_EPHEMERAL:
	case KEY_LOCAL:
	case KEY_IFNAME:
	case KEY_ROUTE:
	case KEY_ROUTE6:
	case KEY_ROUTES:
	case KEY_IPV6:
	case KEY_ADDRESSES:
	case KEY_DOMAINS:
	case KEY_SECRET:
	case KEY_PSK:
	case KEY_PATH:
	case KEY_SECRET_FILE:
	case KEY_LOCATION:
	case KEY_MACHINE_AUTH:
	case KEY_ARGV:
	case KEY_NO_EFFECT:
	case KEY_OTHERS:
		put(profile_key_expects(key->type));
	}
}

static void put_key(const struct profile_key *key)
{
	printf(".TP\n.B ");
	put(key->name);
	printf("%s\n", key->numbered ? "\\fIN\\fR" : "");
	put_sentence(_(key->help));
	printf("\n.br\n%s ", _("Value:"));
	put_expects(key);
	printf("%s\n", _("."));
	if (key->def) {
		printf(".br\n%s ", _("Default:"));
		put(key->def);
		printf("%s\n", _("."));
	}
}

/* The keys of one section with one type, as a paragraph; nothing when there is none. */
static void put_names(const char *section, enum profile_key_type type, const char *about)
{
	size_t n = 0;

	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];

		if (key->type != type || strcmp(key->section, section) != 0)
			continue;
		printf("%s", n++ == 0 ? ".PP\n" : ", ");
		if (n == 1)
			printf("%s ", about);
		put(key->name);
		if (key->numbered)
			printf("\\fIN\\fR");
	}
	if (n > 0)
		printf("%s\n", _("."));
}

static void put_section(const char *section)
{
	printf(".SS [");
	put(section);
	printf("]\n");
	for (size_t i = 0; i < n_profile_keys; i++) {
		const struct profile_key *key = &profile_keys[i];

		if (strcmp(key->section, section) == 0 && key->type != KEY_OTHERS &&
		    key->type != KEY_NO_EFFECT)
			put_key(key);
	}
	put_names(section, KEY_NO_EFFECT, _("Without effect here, with a warning:"));
	put_names(section, KEY_OTHERS, _("Read by NetworkManager and not here:"));
}

static void put_keys(void)
{
	for (size_t i = 0; i < n_profile_keys; i++) {
		bool first = true;

		for (size_t k = 0; k < i && first; k++)
			first = strcmp(profile_keys[k].section, profile_keys[i].section) != 0;
		if (first)
			put_section(profile_keys[i].section);
	}
}

static const enum cause causes[] = {
#define X(name) CAUSE_##name,
	CAUSES(X)
#undef X
};

static void put_remedies(const struct cause_info *info)
{
	if (info->remedy) {
		put_sentence(_(info->remedy));
		printf("\n");
	}
	if (info->admin) {
		printf("%s ", _("At the gateway:"));
		put_sentence(_(info->admin));
		printf("\n");
	}
	if (info->yamaha) {
		printf("%s\n.B ", _("On a Yamaha router:"));
		put(info->yamaha);
		printf("\n");
	}
	printf("(%s", _(certainty_id(info->sure)));
	if (info->windows)
		printf(_("; Windows: error %u"), info->windows);
	printf(")\n");
}

static void put_causes(void)
{
	printf(".TP\n.B 0\n%s\n", _("It is done. With connect this means that traffic can flow."));
	for (int code = 1; code < 256; code++) {
		bool first = true;

		for (size_t i = 0; i < ARRAY_SIZE(causes); i++) {
			if (cause_exit_code(causes[i]) != code)
				continue;
			if (first)
				printf(".TP\n.B %d\n", code);
			else
				printf(".sp 0.5v\n");
			first = false;
			printf(".I ");
			put(cause_id(causes[i]));
			printf(":\n");
			put_sentence(cause_sentence(causes[i]));
			printf("\n");
			put_remedies(cause_info(causes[i]));
		}
	}
}

static void put_line(char *line, const char *version)
{
	static const char mark[] = "@VERSION@";

	for (char *at; (at = strstr(line, mark)); line = at + strlen(mark)) {
		*at = '\0';
		printf("%s%s", line, version);
	}
	fputs(line, stdout);
}

int main(int argc, char *argv[])
{
	FILE *source = argc == 3 || argc == 4 ? fopen(argv[1], "r") : NULL;
	char line[1024];

	if (!source) {
		fprintf(stderr, "fill-page SOURCE VERSION [TRANSLATIONS]: %s\n", strerror(errno));
		return 1;
	}
	int r = argc == 4 ? translation_read(argv[3]) : 0;
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", argv[3], strerror(-r));
		return 1;
	}
	while (fgets(line, sizeof(line), source)) {
		if (strcmp(line, "@KEYS@\n") == 0)
			put_keys();
		else if (strcmp(line, "@CAUSES@\n") == 0)
			put_causes();
		else
			put_line(line, argv[2]);
	}
	return fclose(source) == 0 && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
