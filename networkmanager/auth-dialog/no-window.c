/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For a build without a toolkit: an agent that draws by itself is served all the same. */
#include "networkmanager/auth-dialog/window.h"

#include <stdio.h>

bool window_ask(struct asking *a)
{
	(void)a;
	fprintf(stderr, "nm-l2tp-auth-dialog: this build has no window\n");
	return false;
}
