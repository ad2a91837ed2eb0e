/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/report.h"

#include <syslog.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#define FAILURE_PATH	  "/jp/tsunagu/Failure"
#define FAILURE_INTERFACE "jp.tsunagu.Failure"

/* Where the journal listens; without one syslog has the line. */
#define JOURNAL "/run/systemd/journal/socket"

/* What another password may mend, by the identifiers of causes. */
static const char *const refused[] = { "ppp-auth", "login-refused", "password-expired" };

void report_clear(struct report *r)
{
	g_free(r->uuid);
	g_free(r->id);
	g_free(r->cause);
	g_free(r->message);
	g_free(r->detail);
	g_free(r->remedy);
	g_free(r->secret);
	*r = (struct report){ 0 };
}

static void take(char **place, struct json_object *o, const char *key)
{
	struct json_object *value = json_object_object_get(o, key);

	g_free(*place);
	*place = value ? g_strdup(json_object_get_string(value)) : NULL;
}

bool report_take(struct report *r, struct json_object *down)
{
	struct json_object *failure = json_object_object_get(down, "failure");

	take(&r->cause, failure, "cause");
	take(&r->message, failure, "message");
	take(&r->detail, failure, "detail");
	take(&r->remedy, failure, "remedy");
	take(&r->secret, failure, "secret");
	return r->cause != NULL;
}

const char *report_secret(const struct report *r)
{
	for (size_t i = 0; r->cause && i < G_N_ELEMENTS(refused); i++)
		if (g_str_equal(r->cause, refused[i]))
			return "password";
	return r->secret;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* In one line: cause, evidence, remedy. */
static char *line_of(const struct report *r)
{
	GString *line = g_string_new(r->id);

	g_string_append_printf(line, ": %s", or_empty(r->message));
	if (r->detail)
		g_string_append_printf(line, " (%s)", r->detail);
	if (r->remedy)
		g_string_append_printf(line, ". %s", r->remedy);
	for (char *p = line->str; *p; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	return g_string_free(line, FALSE);
}

void report_log(const struct report *r)
{
	g_autofree char *line = line_of(r);

	if (access(JOURNAL, F_OK) == 0)
		(void)sd_journal_send("MESSAGE=%s", line, "PRIORITY=%i", LOG_WARNING,
				      "SYSLOG_IDENTIFIER=tsunagu", "NM_CONNECTION=%s", r->uuid,
				      "TSUNAGU_CAUSE=%s", or_empty(r->cause), NULL);
	else
		syslog(LOG_WARNING, "%s", line);
}

void report_signal(const struct report *r, GDBusConnection *bus)
{
	if (bus)
		(void)g_dbus_connection_emit_signal(bus, NULL, FAILURE_PATH, FAILURE_INTERFACE,
						    "Failed",
						    g_variant_new("(ssss)", r->uuid, r->id,
								  or_empty(r->cause),
								  or_empty(r->detail)),
						    NULL);
}
