/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/failure.h"

/* Whether any network interface but the loopback is up and has carrier. */
bool link_any(void);

/* A failure for which there may be no way at all is named so if this machine has no network. */
void link_explain(struct failure *f);
