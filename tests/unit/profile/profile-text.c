/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of profiles share. */
#include "profile-text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

int parse(const char *text, struct profile **ret, struct failure *why)
{
	*why = (struct failure){ 0 };
	*ret = NULL;
	return profile_parse("office", text, strlen(text), ret, why);
}

struct profile *good(const char *text)
{
	struct profile *p;
	struct failure why;

	if (parse(text, &p, &why) < 0)
		fail_msg("refused: %s\n%s", why.detail, text);
	return p;
}

void bad(const char *text, const char *part_of_detail)
{
	struct profile *p;
	struct failure why;
	int r = parse(text, &p, &why);

	if (r == 0)
		fail_msg("not refused:\n%s", text);
	assert_null(p);
	assert_int_equal(why.cause, CAUSE_PROFILE_INVALID);
	if (!strstr(why.detail, part_of_detail))
		fail_msg("\"%s\" does not say \"%s\"", why.detail, part_of_detail);
}

bool warns(const struct profile *p, const char *part)
{
	for (size_t i = 0; i < p->n_warnings; i++)
		if (strstr(p->warnings[i].text, part))
			return true;
	return false;
}

bool is_secret(const struct profile_key *key)
{
	return key->type == KEY_SECRET || key->type == KEY_PSK;
}
