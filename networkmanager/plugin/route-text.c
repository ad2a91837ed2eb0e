/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words between spaces become parts between commas, and back. Whether an address is one is for libnm to say. */
#include "networkmanager/plugin/route-text.h"

#include <NetworkManager.h>
#include <string.h>

#include "client/failure/i18n.h"

/* The words of "DEST [via HOP] [metric N]". Return: NULL when it is something else. */
static char *numbered_from(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
	const char *parts[] = { NULL, "", "" };

	for (char **word = words; *word; word++) {
		int at = g_str_equal(*word, "via") ? 1 : g_str_equal(*word, "metric") ? 2 : 0;

		if (!**word)
			continue;
		if (at > 0 && !word[1])
			return NULL;
		if (at == 0 && parts[0])
			return NULL;
		if (at > 0)
			word++;
		parts[at] = *word;
	}
	if (!parts[0] || !strchr(parts[0], '/'))
		return NULL;
	return g_strdup_printf(parts[2][0] ? "%s,%s,%s" : "%s,%s", parts[0], parts[1], parts[2]);
}

/* The first number that no route has. */
static unsigned int free_number(GKeyFile *file, const char *section)
{
	for (unsigned int i = 1;; i++) {
		g_autofree char *key = g_strdup_printf("route%u", i);

		if (!g_key_file_has_key(file, section, key, NULL))
			return i;
	}
}

bool route_text_to_numbered(GKeyFile *file, const char *section, GError **error)
{
	g_auto(GStrv) routes = g_key_file_get_string_list(file, section, "routes", NULL, NULL);

	for (char **route = routes; routes && *route; route++) {
		g_autofree char *key = g_strdup_printf("route%u", free_number(file, section));
		g_autofree char *text = numbered_from(g_strstrip(*route));

		if (**route && !text) {
			g_set_error(error, NM_CONNECTION_ERROR,
				    NM_CONNECTION_ERROR_INVALID_PROPERTY,
				    _("[%s] routes: \"%s\" is no route"), section, *route);
			return false;
		}
		if (text)
			g_key_file_set_string(file, section, key, text);
	}
	if (routes)
		g_key_file_remove_key(file, section, "routes", NULL);
	return true;
}

/* NULL when it has more parts than the list can say. */
static char *list_entry_from(const char *numbered)
{
	g_auto(GStrv) parts = g_strsplit(numbered, ",", -1);
	guint n = g_strv_length(parts);
	GString *text = g_string_new(parts[0]);

	if (n > 1 && *parts[1])
		g_string_append_printf(text, " via %s", parts[1]);
	if (n > 2 && *parts[2])
		g_string_append_printf(text, " metric %s", parts[2]);
	return g_string_free(text, n == 0 || n > 3);
}

void route_text_to_list(GKeyFile *file, const char *section)
{
	g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func(g_free);
	unsigned int n = free_number(file, section);

	for (unsigned int i = 1; i < n; i++) {
		g_autofree char *key = g_strdup_printf("route%u", i);
		g_autofree char *options = g_strdup_printf("route%u_options", i);
		g_autofree char *value = g_key_file_get_string(file, section, key, NULL);
		char *entry = list_entry_from(value);

		if (!entry || g_key_file_has_key(file, section, options, NULL)) {
			g_free(entry);
			return;
		}
		g_ptr_array_add(entries, entry);
	}
	if (entries->len == 0)
		return;
	g_key_file_set_string_list(file, section, "routes", (const char *const *)entries->pdata,
				   entries->len);
	for (unsigned int i = 1; i < n; i++) {
		g_autofree char *key = g_strdup_printf("route%u", i);

		g_key_file_remove_key(file, section, key, NULL);
	}
}
