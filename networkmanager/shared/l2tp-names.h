/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "lib/macros.h"

/* Names that NetworkManager-l2tp gave, and that its connections, agents and other editors know. */

#define L2TP_SERVICE "org.freedesktop.NetworkManager.l2tp"

/* The secret that stands for none: an agent must be given something. */
#define L2TP_NO_SECRET "no-secret"

/* What the list of kinds of VPN shows. */
#define L2TP_KIND	 N_("Layer 2 Tunneling Protocol (L2TP)")
#define L2TP_DESCRIPTION N_("L2TP over IPsec, as Windows' own client does it")
