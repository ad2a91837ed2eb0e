/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/profile/profile-value.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/failure/i18n.h"

void profile_warn(struct profile *p, unsigned int line, const char *format, ...)
{
	if (p->n_warnings == PROFILE_WARNINGS_MAX)
		return;

	struct profile_warning *w = &p->warnings[p->n_warnings++];
	va_list args;

	w->line = p->n_warnings == PROFILE_WARNINGS_MAX ? 0 : line;
	va_start(args, format);
	if (p->n_warnings == PROFILE_WARNINGS_MAX)
		(void)snprintf(w->text, sizeof(w->text),
			       _("there are more warnings than can be kept"));
	else
		(void)vsnprintf(w->text, sizeof(w->text), _(format), args);
	va_end(args);
	i18n_trim(w->text);
}

int profile_value_invalid(struct profile_value *v)
{
	(void)snprintf(v->error, sizeof(v->error), _("has to be %s"),
		       profile_key_expects(v->key->type));
	return -EINVAL;
}
