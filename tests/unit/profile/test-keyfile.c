/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keyfile's reader against GLib's own, which is NetworkManager's: whatever both are given, they
 * agree on whether it is a keyfile and on every value, octet for octet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib.h>

#include "client/profile/keyfile.h"
#include "client/profile/text.h"

#define TEXT_MAX  512
#define ITEMS_MAX 64
#define RUNS	  40000

/* What our reader found, in order. */
struct found {
	struct keyfile_item items[ITEMS_MAX];
	size_t n;
};

static int take(void *userdata, const struct keyfile_item *item, struct failure *f)
{
	struct found *found = userdata;

	(void)f;
	if (found->n < ITEMS_MAX)
		found->items[found->n++] = *item;
	return 0;
}

/* GLib's reader, from a file as NetworkManager does it. */
static GKeyFile *by_glib(const char *text, size_t len)
{
	static int fd = -1;
	GKeyFile *file = g_key_file_new();
	char path[64];

	if (fd < 0)
		fd = memfd_create("keyfile", MFD_CLOEXEC);
	assert_true(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, text, len, 0) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
		return file;
	g_key_file_free(file);
	return NULL;
}

/* The last of an item in its section. */
static const struct keyfile_item *last(const struct found *found, const char *section,
				       const char *key)
{
	for (size_t i = found->n; i-- > 0;)
		if (strcmp(found->items[i].section, section) == 0 &&
		    strcmp(found->items[i].key, key) == 0)
			return &found->items[i];
	return NULL;
}

static void compare_lists(GKeyFile *theirs, const struct keyfile_item *item)
{
	char raw[TEXT_MAX], *ours[ITEMS_MAX], **list;
	gsize n_theirs = 0, at = 0;
	size_t n = 0;

	list = g_key_file_get_string_list(theirs, item->section, item->key, &n_theirs, NULL);
	snprintf(raw, sizeof(raw), "%s", item->value);
	assert_int_equal(keyfile_split(raw, ';', ours, ITEMS_MAX, &n), 0);
	if (!list) /* a list with a wrong escape is none to GLib; ours is refused by what it is for */
		return;
	for (gsize i = 0; i < n_theirs; i++) {
		if (!list[i][0])
			continue;
		assert_true(at < n);
		assert_string_equal(ours[at++], list[i]);
	}
	assert_int_equal(at, n);
	g_strfreev(list);
}

/* A backslash before what none belongs before. */
static bool has_wrong_escape(const char *value)
{
	for (const char *p = value; *p; p++)
		if (*p == '\\' && (!*++p || !strchr("sntr\\", *p)))
			return true;
	return false;
}

static void compare_item(GKeyFile *theirs, const struct keyfile_item *item, const char *text)
{
	char raw[TEXT_MAX];
	char *value = g_key_file_get_string(theirs, item->section, item->key, NULL);

	/* Since 2.82 GLib has no value for these; ours are refused by what they are for. */
	if (!value) {
		assert_true(has_wrong_escape(item->value));
		return;
	}
	snprintf(raw, sizeof(raw), "%s", item->value);
	keyfile_unescape(raw);
	if (strcmp(raw, value) != 0)
		fail_msg("[%s] %s: |%s|, GLib has |%s| in:\n%s", item->section, item->key, raw,
			 value, text);
	g_free(value);
	if (!strpbrk(item->value, " \t\r\f"))
		compare_lists(theirs, item);
}

/* Returns whether it is a keyfile. */
static bool compare(const char *text)
{
	char copy[TEXT_MAX];
	struct found found = { .n = 0 };
	const struct keyfile_handler handler = { &found, take };
	struct failure why = { 0 };
	GKeyFile *theirs = by_glib(text, strlen(text));
	size_t n_theirs = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	int r = keyfile_read(copy, strlen(copy), &handler, &why);
	if ((r == 0) != (theirs != NULL))
		fail_msg("%s by us alone (%s):\n%s", r == 0 ? "taken" : "refused", why.detail,
			 text);
	char **groups = theirs ? g_key_file_get_groups(theirs, NULL) : NULL;
	for (char **group = groups; group && *group; group++) {
		char **keys = g_key_file_get_keys(theirs, *group, NULL, NULL);

		for (char **key = keys; key && *key; key++, n_theirs++) {
			const struct keyfile_item *item = last(&found, *group, *key);

			if (!text_is_printable(*key)) /* ours has other names for these */
				continue;
			if (!item)
				fail_msg("[%s] %s is lost in:\n%s", *group, *key, text);
			compare_item(theirs, item, text);
		}
		g_strfreev(keys);
	}
	g_strfreev(groups);
	assert_true(n_theirs <= found.n);
	if (theirs)
		g_key_file_free(theirs);
	return r == 0;
}

static void value_is(const char *line, const char *expected)
{
	char text[TEXT_MAX];
	struct found found = { .n = 0 };
	const struct keyfile_handler handler = { &found, take };
	struct failure why = { 0 };

	snprintf(text, sizeof(text), "[vpn]\n%s\n", line);
	assert_true(compare(text));
	assert_int_equal(keyfile_read(text, strlen(text), &handler, &why), 0);
	keyfile_unescape(found.items[0].value);
	assert_string_equal(found.items[0].value, expected);
}

static void test_values(void **state)
{
	(void)state;
	value_is("password=pass word  ", "pass word  ");
	value_is("password=a\\\\b\\s\\s", "a\\b  ");
	value_is("user=CORP\\anna", "CORP\\anna");
	value_is("user=CORP\\suzuki", "CORP uzuki");
	value_is("user \t = \t x\r", "x");
	value_is("password=a\\", "a");
	value_is("password=a;b\\;c#d", "a;b\\;c#d");
	value_is("password=  =\"'", "=\"'");
	value_is("password=", "");
	value_is("password=a\rb\tc", "a\rb\tc");
}

/* Pieces of keyfiles, those that matter more often than chance would have them. */
static const char *const pieces[] = {
	"[vpn]\n",    "[vpn-secrets]\n",
	"\n[",	      "]",
	"\n",	      "\r\n",
	"\n\n",	      "=",
	"=",	      "=",
	"\nuser=",    "\npassword=",
	"\nkey[de]=", "\nk e y =",
	" ",	      "  ",
	"\t",	      "\r",
	"\f",	      "\v",
	"\\",	      "\\\\",
	"\\s",	      "\\n",
	"\\t",	      "\\r",
	"\\;",	      "\\a",
	";a",	      ",",
	"#",	      "\n#",
	"a",	      "b",
	"secret",     "[x]",
	"\n[x] \n",   "\n[y]z\n",
	"\xc3\xbc",   "\xe6\x9c\xac",
	"\"",	      "'",
	"@",	      "%",
	"\x01",	      "-_.",
};

/* Knuth's, so that every run is the same. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* A line that begins with ';' is a comment here alone; no input has one. */
static bool differs_on_purpose(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, " \t\n\f\r");
		if (*line == ';')
			return true;
	}
	return false;
}

static void test_random(void **state)
{
	uint64_t random = 1;
	unsigned int taken = 0, compared = 0;

	(void)state;
	for (unsigned int run = 0; run < RUNS; run++) {
		char text[TEXT_MAX] = "";
		unsigned int n = next_random(&random) % 24;

		if (next_random(&random) % 8)
			strcat(text, "[vpn]\npassword=");
		for (unsigned int i = 0; i < n; i++)
			strcat(text, pieces[next_random(&random) % G_N_ELEMENTS(pieces)]);
		if (differs_on_purpose(text))
			continue;
		compared++;
		taken += compare(text);
	}
	/* Both kinds came often enough to say something. */
	assert_true(taken > RUNS / 10 && compared - taken > RUNS / 10);
}

/* GLib complains about itself when a value has two wrong escapes. */
static void hush(const gchar *domain, GLogLevelFlags level, const gchar *text, gpointer data)
{
	(void)domain;
	(void)level;
	(void)text;
	(void)data;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_random),
	};

	g_log_set_default_handler(hush, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
