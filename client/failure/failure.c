/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Naming failures, and telling the user of them. */
#include "client/failure/failure.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"

int failure_set(struct failure *f, enum cause cause, int error, const char *format, ...)
{
	int e = error < 0 ? -error : error;

	if (f && f->cause == CAUSE_NONE) {
		va_list args;

		f->cause = cause;
		f->error = e;
		va_start(args, format);
		(void)vsnprintf(f->detail, sizeof(f->detail), _(format), args);
		va_end(args);
		i18n_trim(f->detail);
		for (char *p = f->detail; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				*p = ' ';
	}
	return e ? -e : -EPROTO;
}

const char *cause_id(enum cause cause)
{
	return cause_info(cause)->id;
}

enum cause cause_find(const char *id)
{
	for (int cause = CAUSE_NONE; cause < CAUSE_COUNT; cause++)
		if (strcmp(cause_info((enum cause)cause)->id, id) == 0)
			return (enum cause)cause;
	return CAUSE_NONE;
}

int cause_exit_code(enum cause cause)
{
	return cause_info(cause)->code;
}

const char *cause_sentence(enum cause cause)
{
	return _(cause_info(cause)->sentence);
}

void failure_print_remedies(FILE *out, enum cause cause)
{
	const struct cause_info *info = cause_info(cause);

	if (info->remedy)
		fprintf(out, "  %s\n", _(info->remedy));
	if (info->admin)
		fprintf(out, _("  At the gateway: %s\n"), _(info->admin));
	if (info->yamaha)
		fprintf(out, _("  On a Yamaha router: %s\n"), info->yamaha);
}

void failure_print(const char *name, const struct failure *f)
{
	fprintf(stderr, "tsunagu: %s%s%s", name ? name : "", name ? ": " : "",
		cause_sentence(f->cause));
	if (f->detail[0])
		fprintf(stderr, " (%s)", f->detail);
	fprintf(stderr, "%s\n", _("."));
	failure_print_remedies(stderr, f->cause);
}
