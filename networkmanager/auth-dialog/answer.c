/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/auth-dialog/answer.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "networkmanager/shared/l2tp-names.h"
#include "networkmanager/shared/secrets-needed.h"

#define UI_GROUP   "VPN Plugin UI"
#define UI_VERSION 2
#define WAIT_MS	   20000

bool answer_lines(const struct asking *a, FILE *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (a->questions[i].value && strchr(a->questions[i].value, '\n'))
			return false;
	for (size_t i = 0; i < a->n; i++) {
		if (!a->questions[i].value)
			continue;
		n++;
		fprintf(out, "%s\n%s\n", a->questions[i].secret, a->questions[i].value);
	}
	if (n == 0 && !a->lacking)
		fprintf(out, "%s\ntrue\n", L2TP_NO_SECRET);
	fprintf(out, "\n\n");
	return fflush(out) == 0;
}

static void add(GKeyFile *file, const char *secret, const char *value, const char *label, bool ask)
{
	g_key_file_set_string(file, secret, "Value", value);
	g_key_file_set_string(file, secret, "Label", label);
	g_key_file_set_boolean(file, secret, "IsSecret", TRUE);
	g_key_file_set_boolean(file, secret, "ShouldAsk", ask);
}

bool answer_keyfile(const struct asking *a, FILE *out)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autofree char *text = NULL;
	gsize len;

	g_key_file_set_integer(file, UI_GROUP, "Version", UI_VERSION);
	g_key_file_set_string(file, UI_GROUP, "Title", a->title);
	g_key_file_set_string(file, UI_GROUP, "Description", a->message);
	for (size_t i = 0; i < a->n; i++) {
		const struct question *q = &a->questions[i];

		add(file, q->secret, q->value ? q->value : "", l2tp_secret_label(q->secret),
		    q->ask);
	}
	if (a->n == 0 && !a->lacking)
		add(file, L2TP_NO_SECRET, "true", "", false);
	text = g_key_file_to_data(file, &len, NULL);
	fwrite(text, 1, len, out);
	explicit_bzero(text, len);
	return fflush(out) == 0;
}

void answer_wait(int fd)
{
	gint64 until = g_get_monotonic_time() + WAIT_MS * G_TIME_SPAN_MILLISECOND;
	char seen[5] = "", c;

	while (strcmp(seen, "QUIT") != 0) {
		gint64 left = (until - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
		struct pollfd poller = { .fd = fd, .events = POLLIN };

		if (left <= 0 || poll(&poller, 1, (int)left) <= 0 || read(fd, &c, 1) != 1)
			return;
		memmove(seen, seen + 1, 3);
		seen[3] = c;
	}
}
