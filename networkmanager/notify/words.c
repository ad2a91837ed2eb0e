/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Causes of a newer service than this program are named by their identifier: nothing is made up for them. */
#include "networkmanager/notify/words.h"

#include "client/failure/failure.h"
#include "client/failure/i18n.h"

#define TEXT_MAX 2000 /* characters of anything that comes by the bus */

static char *shortened(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);

	return g_utf8_substring(valid, 0, MIN(g_utf8_strlen(valid, -1), TEXT_MAX));
}

char *words_summary(const struct failed *failed)
{
	enum cause cause = cause_find(failed->cause);
	g_autofree char *id = shortened(failed->id);
	g_autofree char *unknown = shortened(failed->cause);

	return g_strdup_printf("%s: %s", id, cause == CAUSE_NONE ? unknown : cause_sentence(cause));
}

static void add_line(GString *body, const char *text)
{
	if (!text || !*text)
		return;
	if (body->len > 0)
		g_string_append_c(body, '\n');
	g_string_append(body, text);
}

static void add_for_administrator(GString *body, const struct cause_info *info)
{
	g_autofree char *text = NULL;

	if (info->admin) {
		text = g_strdup_printf(_("At the gateway: %s"), _(info->admin));
		add_line(body, text);
	}
	if (info->yamaha) {
		g_free(text);
		text = g_strdup_printf(_("On a Yamaha router: %s"), info->yamaha);
		add_line(body, text);
	}
}

char *words_body(const struct failed *failed, bool all)
{
	enum cause cause = cause_find(failed->cause);
	const struct cause_info *info = cause_info(cause);
	GString *body = g_string_new(NULL);
	g_autofree char *detail = shortened(failed->detail);

	if (cause != CAUSE_NONE && info->remedy)
		add_line(body, _(info->remedy));
	if (all || body->len == 0)
		add_line(body, detail);
	if (all) {
		g_autofree char *uuid = shortened(failed->uuid);
		g_autofree char *log = g_strdup_printf("journalctl NM_CONNECTION=%s", uuid);
		g_autofree char *line = g_strdup_printf(_("All that was seen: %s"), log);

		add_for_administrator(body, info);
		add_line(body, line);
	}
	return g_string_free(body, FALSE);
}
