/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service manager's view of a connection. */
#include "client/run/service.h"

#include <stdio.h>

#include <systemd/sd-daemon.h>

#include "client/failure/i18n.h"

static void tell(const struct connection_info *info)
{
	char gateway[ENDPOINT_STRLEN] = "", address[ENDPOINT_STRLEN] = "", text[512];
	const char *words = connection_state_words(info->state);

	if (info->gateway.family)
		(void)endpoint_addr_str(&info->gateway, gateway);
	if (info->repairing != CAUSE_NONE && info->repair_held)
		(void)snprintf(text, sizeof(text),
			       _("not connected, and not tried again by itself: %s"),
			       cause_sentence(info->repair_last.cause));
	else if (info->repairing != CAUSE_NONE)
		(void)snprintf(text, sizeof(text),
			       _("reconnecting, tries: %u: %s; it was lost: %s; the last try: %s"),
			       info->repair_tries, words, cause_sentence(info->repairing),
			       cause_sentence(info->repair_last.cause));
	else if (info->state == CONNECTION_UP && info->address_known)
		(void)snprintf(text, sizeof(text), _("connected: %s on %s, gateway %s"),
			       endpoint_addr_str(&info->address, address), info->ifname, gateway);
	else if (gateway[0])
		(void)snprintf(text, sizeof(text), _("%s, gateway %s"), words, gateway);
	else
		(void)snprintf(text, sizeof(text), "%s", words);
	i18n_trim(text);
	(void)sd_notifyf(0, "STATUS=%s", text);
}

void service_event(const struct connection_event *event)
{
	switch (event->type) {
	case CONNECTION_EVENT_STATE:
	case CONNECTION_EVENT_UP:
	case CONNECTION_EVENT_REPAIR:
		tell(event->info);
		return;
	case CONNECTION_EVENT_DOWN:
		if (event->failure->cause == CAUSE_NONE)
			return;
		(void)sd_notifyf(0, "STATUS=%s (%s)", cause_sentence(event->failure->cause),
				 event->failure->detail);
		return;
	case CONNECTION_EVENT_STEP:
	case CONNECTION_EVENT_WARNING:
	case CONNECTION_EVENT_LOG:
	case CONNECTION_EVENT_PHASE1_KEY:
	case CONNECTION_EVENT_CHILD_KEY:
		return;
	}
}

void service_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void service_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}
