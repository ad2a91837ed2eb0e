/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which secrets a connection wants, by its keys, and which of them nobody has given. */

#include <NetworkManager.h>
#include <stdbool.h>

/*
 * The name of the first secret that is wanted and isn't there, as in vpn.secrets; NULL: none. The passphrase of a
 * certificate is wanted only where somebody keeps it: whether it has one shows when it is read.
 */
const char *needs_missing(NMSettingVpn *vpn);
