/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* tsunagu.so has a string of this and the version of the pppd that it was built for; the client looks for it. */
#define PLUGIN_MARK "tsunagu.so for pppd "
