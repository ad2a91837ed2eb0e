/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text in the language of the environment, from our own domain: in another program's process the default is its. The
 * pages' builder has another way to it (man/translation.c).
 */
#include "client/failure/i18n.h"

#include <libintl.h>

const char *i18n_text(const char *text)
{
	return dgettext("tsunagu", text);
}
