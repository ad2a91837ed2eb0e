/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection/news.h"

#include <stdarg.h>
#include <stdio.h>

#include "client/failure/i18n.h"

#define TEXT_MAX 1024

nsec_t news_now(const struct news *n)
{
	return n->now(n->userdata);
}

static void hand_over(const struct news *n, const struct connection_event *event)
{
	struct connection_event whole = *event;

	whole.at = news_now(n) - n->info->started;
	whole.info = n->info;
	n->on_event(n->userdata, &whole);
}

void news_tell(const struct news *n, enum connection_event_type type, const struct ike_event *ike)
{
	hand_over(n, &(struct connection_event){ .type = type, .failure = n->failure, .ike = ike });
}

void news_up(const struct news *n, const struct connection_repaired *repaired)
{
	hand_over(n,
		  &(struct connection_event){ .type = CONNECTION_EVENT_UP, .repaired = repaired });
}

void news_repair(const struct news *n, const struct failure *f)
{
	hand_over(n, &(struct connection_event){ .type = CONNECTION_EVENT_REPAIR, .failure = f });
}

static void _printf_(3, 0) tell_text(const struct news *n, enum connection_event_type type,
				     const char *format, va_list args)
{
	char text[TEXT_MAX];

	(void)vsnprintf(text, sizeof(text), format, args);
	i18n_trim(text);
	hand_over(n,
		  &(struct connection_event){ .type = type, .failure = n->failure, .text = text });
}

void news_log(const struct news *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_text(n, CONNECTION_EVENT_LOG, format, args);
	va_end(args);
}

void news_step(const struct news *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_text(n, CONNECTION_EVENT_STEP, _(format), args);
	va_end(args);
}

void news_warn(const struct news *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell_text(n, CONNECTION_EVENT_WARNING, _(format), args);
	va_end(args);
}
